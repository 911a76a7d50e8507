"""How fast an engine without a profile seems to be: a cautious guess, refined by the answers' own times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..types import Answer

if TYPE_CHECKING:
    from .profile import EngineProfile

_GUESS_S = 0.02  # a step of a batch of one
_GROWTH = 0.06  # what every further request adds, as a share of that: as on a CPU, more than on a GPU
_PROMPT_TOKENS = 20  # prompt tokens that take as long as one step
_FADE = 0.97
_TRUST = 1.0  # measurements that the guess is worth
_GUESSED_AT = (1.0, 12.0)
_FEWEST_TOKENS = 8


class AssumedSpeed:
    """A straight line through the step times that were seen; old ones fade, the guess stays."""

    def __init__(self) -> None:
        self._sums = (0.0,) * 5

    def learn(self, answer: Answer, running: int) -> None:
        """Take in a finished answer.

        Args:
            answer: The answer.
            running: Requests in the engine's batch about then.
        """
        if answer.points:
            last = max(answer.points, key=lambda point: point.finished_s)
            first, tokens, end = last.first_text_s, last.usage.completion_tokens, last.finished_s
        else:
            timing = answer.timing
            first, tokens, end = timing.first_text_s, answer.usage.completion_tokens, timing.total_s
        if first is None or tokens < _FEWEST_TOKENS or end <= first:
            return
        batch, step = float(max(running, 1)), (end - first) / (tokens - 1)
        faded = [_FADE * old for old in self._sums]
        self._sums = _plus(faded, batch, step, 1.0)

    def profile(self, capacity: int) -> EngineProfile:
        """The guess as a profile.

        Args:
            capacity: Requests decoded together at most.
        """
        from .profile import EngineProfile, PrefillTime, StepTime

        one, each = self._line()
        batches, seconds = (1,), (one,)
        if capacity > 1:
            batches, seconds = (1, capacity), (one, one + each * (capacity - 1))
        return EngineProfile(
            engine="unknown",
            model="unknown",
            note="guessed, not measured",
            max_batch=capacity,
            step=StepTime(batch=batches, seconds=seconds),
            prefill=PrefillTime(fixed_s=one, per_token_s=one / _PROMPT_TOKENS),
        )

    def _line(self) -> tuple[float, float]:
        """Seconds of a step of one, and what every further request adds."""
        weight, batches, seconds, _, _ = self._sums
        if not weight:
            return _GUESS_S, _GUESS_S * _GROWTH
        # The guess keeps its slope and takes its height from what was seen.
        height = seconds / weight / (1 + _GROWTH * (batches / weight - 1))
        sums = self._sums
        for batch in _GUESSED_AT:
            sums = _plus(sums, batch, height * (1 + _GROWTH * (batch - 1)), _TRUST / len(_GUESSED_AT))
        weight, batches, seconds, squares, products = sums
        batch, step = batches / weight, seconds / weight
        each = (products / weight - batch * step) / (squares / weight - batch * batch)
        each = min(max(each, 0.0), step / batch)
        return max(step - each * (batch - 1), 1e-6), each


def _plus(sums: Sequence[float], batch: float, step: float, weight: float) -> tuple[float, ...]:
    new = (1.0, batch, step, batch * batch, batch * step)
    return tuple(old + weight * value for old, value in zip(sums, new, strict=True))
