"""Expected lengths of completions, learned from the answers of one object."""

from __future__ import annotations

from ..load.observed import AnswerLengths
from ..types import Answer
from .planned import Lengths

_USUAL = {"normal": 200.0, "cot": 250.0, "plan": 350.0}  # of questions that no skeleton suits
_STEADY = 3  # answers that the first guess weighs
_WINDOW = 30


class CompletionLengths:
    """Estimator of completions: of skeletons with their points, and of each strategy with one request."""

    def __init__(self) -> None:
        self._suited = AnswerLengths()
        self._means = dict(_USUAL)
        self._seen: dict[str, int] = {}

    @property
    def of_skeletons(self) -> Lengths:
        """Lengths of an answer to a question that a skeleton suits, by a skeleton and without one."""
        now = self._suited.now
        return Lengths(now.skeleton, now.points, now.written, now.normal)

    def of(self, strategy: str) -> float:
        """Return the tokens of an answer that is decoded in one request, where no skeleton suits it."""
        return self._means.get(strategy, _USUAL["normal"])

    def learn(self, answer: Answer) -> None:
        """Take note of a finished answer."""
        self._suited.learn(answer)
        route = answer.route
        if route.instead_of is not None or answer.points or answer.fell_back is not None:
            return
        if (tokens := answer.usage.completion_tokens) and route.strategy in _USUAL:
            seen = self._seen[route.strategy] = self._seen.get(route.strategy, 0) + 1
            weight = 1 / min(seen + _STEADY, _WINDOW)
            self._means[route.strategy] += (tokens - self._means[route.strategy]) * weight
