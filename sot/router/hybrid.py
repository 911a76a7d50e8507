"""Trained router: small linear models over hashed features, trained on the project's own corpus.

They are trained with torch (`sot.router.training.train`) and used without it: a question takes a millisecond
or two of pure Python. The weights of each variant are one compressed file of less than 1 MB in the package.
"""

from __future__ import annotations

import json
import math
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..types import Message, Route, StrategyName
from .context import context_features, earlier_question
from .features import BUCKETS, question_features
from .items import with_items
from .rules.router import CERTAIN, rule_route
from .wishes import cleaned, read_wishes, ruled

WEIGHTS = Path(__file__).parent / "weights"
CLASSES: tuple[StrategyName, ...] = ("skeleton", "normal", "cot")
_REMEMBERED = 3  # earlier user turns that count
_MAGIC = b"SOTROUTER3\n"
_READS_LIKE: Mapping[StrategyName, str] = {
    "skeleton": "reads like a question for several independent points",
    "normal": "reads like a question for one connected or short answer",
    "cot": "reads like a question with a result to work out",
}


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """Linear classifier over hashed features, with 8-bit weights.

    Args:
        weights: One signed byte for each bucket and class.
        scale: Value of a byte of 1.
    """

    weights: array[int]
    scale: float

    def probabilities(self, buckets: Sequence[int], temperature: float) -> dict[StrategyName, float]:
        """Return the probability of every strategy.

        Args:
            buckets: Features of the question.
            temperature: Divisor of the scores, which calibrates the probabilities (temperature scaling).
        """
        weights, factor = self.weights, self.scale / (temperature * math.sqrt(max(1, len(buckets))))
        scores = [factor * sum(weights[3 * bucket + number] for bucket in buckets) for number in range(3)]
        most = max(scores)
        powers = [math.exp(score - most) for score in scores]
        total = sum(powers)
        return {name: power / total for name, power in zip(CLASSES, powers, strict=True)}


@dataclass(frozen=True, slots=True)
class Temperatures:
    """Calibration temperatures, one for each use of a classifier; see `LinearClassifier.probabilities`."""

    opinion: float
    alone: float
    follow_up: float


@dataclass(frozen=True, slots=True)
class RouterModel:
    """Trained model: one classifier of questions by themselves, and one that decides, in context.

    Args:
        opinion: Classifier of questions by themselves; its probabilities for a follow-up are features of the
            other classifier.
        decision: Classifier that decides.
        temperatures: Calibration temperatures.
        threshold: Least probability of ``skeleton`` for it to be chosen.
        uses_rules: Whether the rules router's route is among the features.
        trained_on: Fingerprint of the training; see `sot.router.training.fingerprint`.
    """

    opinion: LinearClassifier
    decision: LinearClassifier
    temperatures: Temperatures
    threshold: float
    uses_rules: bool
    trained_on: str = ""

    def probabilities(self, messages: Sequence[Message]) -> dict[StrategyName, float]:
        """Return the probability of every strategy for a conversation's last question."""
        recent = remembered(messages)
        earlier = earlier_question(recent)
        if earlier is None:
            return self.decision.probabilities(self.question(recent), self.temperatures.alone)
        buckets = self.conversation(recent, self.probabilities(earlier))
        return self.decision.probabilities(buckets, self.temperatures.follow_up)

    def question(self, messages: Sequence[Message]) -> list[int]:
        """Return the features of the last question by itself."""
        own = by_itself(messages)
        return question_features(own, rule_route(own) if self.uses_rules else None)

    def conversation(self, messages: Sequence[Message], before: Mapping[StrategyName, float]) -> list[int]:
        """Return the features of the last question in its conversation.

        Args:
            before: Probabilities of the question before the last.
        """
        own = self.question(messages)
        alone = self.opinion.probabilities(own, self.temperatures.opinion)
        rules = rule_route(messages) if self.uses_rules else None
        return sorted({*own, *context_features(messages, alone, before, rules)})

    def choose(self, probabilities: Mapping[StrategyName, float]) -> StrategyName:
        """Choose the strategy by probabilities.

        ``skeleton`` needs a high one: a story cut into points is worse than an answer that comes later.
        """
        if probabilities["skeleton"] >= self.threshold:
            return "skeleton"
        return "cot" if probabilities["cot"] > probabilities["normal"] else "normal"

    def save(self, path: Path) -> None:
        """Write the model to a file."""
        tables = (self.opinion, self.decision)
        head = {
            "scales": [table.scale for table in tables],
            "temperatures": asdict(self.temperatures),
            "threshold": self.threshold,
            "uses_rules": self.uses_rules,
            "trained_on": self.trained_on,
        }
        body = b"".join(table.weights.tobytes() for table in tables)
        path.write_bytes(_MAGIC + json.dumps(head).encode() + b"\n" + zlib.compress(body, 9))


def by_itself(messages: Sequence[Message]) -> list[Message]:
    """Return the last user turn with the system prompt, without the conversation between."""
    last = [turn for turn in messages if turn.role == "user"][-1:]
    return [*(turn for turn in messages if turn.role == "system"), *last]


def remembered(messages: Sequence[Message]) -> Sequence[Message]:
    """Return the system prompt and the last few turns of a long conversation; a short one whole."""
    asked = [index for index, turn in enumerate(messages) if turn.role == "user"]
    if len(asked) <= _REMEMBERED + 1:
        return messages
    start = asked[-_REMEMBERED - 1]
    return [*(turn for turn in messages[:start] if turn.role == "system"), *messages[start:]]


@lru_cache(maxsize=8)
def load_model(path: Path) -> RouterModel:
    """Read a model from a file.

    Raises:
        ConfigError: The file is missing or broken.
    """
    try:
        magic, head, body = path.read_bytes().split(b"\n", 2)
        if magic + b"\n" != _MAGIC:
            raise ValueError("not a router's weights")
        unpacked = zlib.decompressobj()
        body = unpacked.decompress(body, 6 * BUCKETS + 1)  # a broken file must not fill the memory
        if len(body) != 6 * BUCKETS or not unpacked.eof:
            raise ValueError("its table has another size")
        values: Any = json.loads(head)
        opinion, decision = (
            LinearClassifier(array("b", body[start : start + 3 * BUCKETS]), _positive(scale))
            for start, scale in zip((0, 3 * BUCKETS), values["scales"], strict=True)
        )
        temperatures = Temperatures(**{name: _positive(t) for name, t in values["temperatures"].items()})
        return RouterModel(
            opinion,
            decision,
            temperatures,
            _positive(values["threshold"]),
            bool(values["uses_rules"]),
            str(values.get("trained_on", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        raise ConfigError(f"the router's weights {path} cannot be used: {error}") from None


def _positive(value: Any) -> float:
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError("a number in its head is out of range")
    return number


class TrainedRouter:
    """Router by a trained model alone.

    Args:
        path: File of weights, read at the first question; ``None`` takes those of the package.
    """

    name = "trained"

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or WEIGHTS / f"{self.name}.bin"

    async def route(self, messages: Sequence[Message]) -> Route:
        """Choose the strategy, by given items, the look of the question and wishes; see `Router.route`.

        Raises:
            ConfigError: The weights are missing or broken.
        """
        wishes = read_wishes(messages)
        return with_items(ruled(self._by_look(cleaned(messages)), wishes), messages, wishes)

    def _by_look(self, messages: Sequence[Message]) -> Route:
        model = load_model(self._path)
        rules = rule_route(messages)
        if not any(message.role == "user" and message.content.strip() for message in messages[-1:]):
            return Route("normal", rules.confidence, rules.reason, self.name)
        probabilities = model.probabilities(messages)
        chosen = model.choose(probabilities)
        if model.uses_rules and rules.confidence >= CERTAIN and rules.strategy != chosen:
            return Route(rules.strategy, rules.confidence, rules.reason, self.name)
        agrees = model.uses_rules and rules.strategy == chosen and rules.confidence > 0.5
        reason = rules.reason if agrees else _READS_LIKE[chosen]
        return Route(chosen, probabilities[chosen], reason, self.name)

    async def scores(self, messages: Sequence[Message]) -> dict[StrategyName, float]:
        """Return the probability of every strategy for the conversation's last question."""
        return load_model(self._path).probabilities(cleaned(messages))


class HybridRouter(TrainedRouter):
    """Default router: a trained model with the rules router's route as a further feature.

    A rule that is certain overrules the model: the corpus is small, and "12 + 30 / 4" is a calculation in any
    case.
    """

    name = "hybrid"
