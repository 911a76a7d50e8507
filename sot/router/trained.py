"""The trained router: a small linear model over hashed features, trained on the project's own corpus.

Trained with torch (`sot.router.train`), used without it: a question costs well under a millisecond of pure
Python. The weights of each variant are one file of at most 200 KB in the package.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import ConfigError
from ..types import Message, Route, StrategyName
from .features import BUCKETS, features
from .rules import RulesRouter

WEIGHTS = Path(__file__).parent / "weights"
CLASSES: tuple[StrategyName, ...] = ("skeleton", "normal", "cot")
_CERTAIN = 0.9  # a rule this sure (a bare calculation, one piece of creative writing) overrules the model
_MAGIC = b"SOTROUTER1\n"
_READS_LIKE: Mapping[StrategyName, str] = {
    "skeleton": "reads like a question for several independent points",
    "normal": "reads like a question for one connected or short answer",
    "cot": "reads like a question with a result to work out",
}


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model.

    Args:
        weights: For every bucket one number a class, as signed bytes.
        scale: What a byte of 1 is worth.
        temperature: Divides the scores, so that the probabilities are honest (temperature scaling).
        threshold: Least probability of ``skeleton`` for it to be chosen.
        uses_rules: Whether the rules router's opinion is among the features.
    """

    weights: array[int]
    scale: float
    temperature: float
    threshold: float
    uses_rules: bool

    def probabilities(self, buckets: Sequence[int]) -> dict[StrategyName, float]:
        """The probability of every strategy, for the features of a conversation."""
        weights, factor = self.weights, self.scale / (self.temperature * math.sqrt(max(1, len(buckets))))
        scores = [factor * sum(weights[3 * bucket + number] for bucket in buckets) for number in range(3)]
        most = max(scores)
        powers = [math.exp(score - most) for score in scores]
        total = sum(powers)
        return {name: power / total for name, power in zip(CLASSES, powers, strict=True)}

    def choose(self, probabilities: Mapping[StrategyName, float]) -> StrategyName:
        """The strategy for these probabilities.

        ``skeleton`` needs to be sure: a story cut into points is worse than an answer that comes later.
        """
        if probabilities["skeleton"] >= self.threshold:
            return "skeleton"
        return "cot" if probabilities["cot"] > probabilities["normal"] else "normal"

    def save(self, path: Path) -> None:
        """Write the model to a file."""
        head = {
            "scale": self.scale,
            "temperature": self.temperature,
            "threshold": self.threshold,
            "uses_rules": self.uses_rules,
        }
        path.write_bytes(_MAGIC + json.dumps(head).encode() + b"\n" + self.weights.tobytes())


@lru_cache(maxsize=8)
def load_model(path: Path) -> Model:
    """Read a model from a file.

    Args:
        path: The file.

    Raises:
        ConfigError: It is missing or broken.
    """
    try:
        magic, head, body = path.read_bytes().split(b"\n", 2)
        if magic + b"\n" != _MAGIC or len(body) != 3 * BUCKETS:
            raise ValueError("not a router's weights")
        values = json.loads(head)
        scale, temperature, threshold = (
            float(values[name]) for name in ("scale", "temperature", "threshold")
        )
        if not all(math.isfinite(number) and number > 0 for number in (scale, temperature, threshold)):
            raise ValueError("a number in its head is out of range")
        return Model(array("b", body), scale, temperature, threshold, bool(values["uses_rules"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"the router's weights {path} cannot be used: {error}") from None


class TrainedRouter:
    """Routes by a trained model alone.

    Args:
        path: The weights; those of the package unless given. Read at the first question.
    """

    name = "trained"

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or WEIGHTS / f"{self.name}.bin"
        self._rules = RulesRouter()

    async def route(self, messages: Sequence[Message]) -> Route:
        """Choose the strategy; see `Router.route`.

        Args:
            messages: The conversation; the last user turn is the question.

        Raises:
            ConfigError: The weights are missing or broken.
        """
        model = load_model(self._path)
        rules = await self._rules.route(messages)
        if not any(message.role == "user" and message.content.strip() for message in messages[-1:]):
            return Route("normal", rules.confidence, rules.reason, self.name)
        probabilities = model.probabilities(features(messages, rules if model.uses_rules else None))
        chosen = model.choose(probabilities)
        if model.uses_rules and rules.confidence >= _CERTAIN and rules.strategy != chosen:
            return Route(rules.strategy, rules.confidence, rules.reason, self.name)
        agrees = model.uses_rules and rules.strategy == chosen and rules.confidence > 0.5
        reason = rules.reason if agrees else _READS_LIKE[chosen]
        return Route(chosen, probabilities[chosen], reason, self.name)

    async def scores(self, messages: Sequence[Message]) -> dict[StrategyName, float]:
        """The probability of every strategy.

        Args:
            messages: The conversation; the last user turn is the question.
        """
        model = load_model(self._path)
        rules = await self._rules.route(messages) if model.uses_rules else None
        return model.probabilities(features(messages, rules))


class HybridRouter(TrainedRouter):
    """The default: a trained model to which the rules router's opinion is one more feature.

    A rule that is certain overrules it: the corpus is small, and "12 + 30 / 4" is a calculation all the same.
    """

    name = "hybrid"
