"""Assumed speed of an engine without a profile: a cautious prior, refined by the answers' own times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..speed.step_times import StepTimes
from ..types import Answer

if TYPE_CHECKING:
    from .profile import EngineProfile

_GUESS_S = 0.02  # seconds of a decode step at batch 1
_GROWTH = 0.06  # of that, added by every further request: typical of a CPU, high for a GPU
_PROMPT_TOKENS = 20  # prompt tokens whose prefill takes as long as one decode step
_FADE = 0.97  # weight that an older measurement keeps with each new one
_TRUST = 1.0  # weight of the prior, in measurements
_GUESSED_AT = (1.0, 12.0)  # batch sizes at which the prior enters the fit
_FEWEST_TOKENS = 8  # shorter completions say too little about the step time


class AssumedSpeed:
    """Linear fit of the decode step's time over the batch size, with exponential forgetting and a prior."""

    def __init__(self) -> None:
        self._sums = (0.0,) * 5  # of 1, batch, seconds, batch², batch × seconds: the normal equations

    def learn(self, answer: Answer, running: int) -> None:
        """Update the fit with a finished answer.

        Args:
            answer: The answer.
            running: Requests in the engine's batch at about that time.
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

    def profile(self, capacity: int, measured: StepTimes | None = None) -> EngineProfile:
        """Return the fit as a speed profile.

        Args:
            capacity: Most requests in a batch.
            measured: Step times of small batches, which take the place of the guess; the answers' own times
                tell about larger ones.
        """
        from .profile import EngineProfile, PrefillTime, StepTime

        one, each = self._line(measured or StepTimes(_GUESS_S, _GUESS_S * _GROWTH))
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

    def _line(self, prior: StepTimes) -> tuple[float, float]:
        """Return the seconds of a step at batch 1, and those that every further request adds."""
        weight, batches, seconds, _, _ = self._sums
        if not weight:
            return prior.one_s, prior.each_s
        growth = prior.each_s / prior.one_s
        # The prior keeps its slope; its level is scaled to the measurements.
        height = seconds / weight / (1 + growth * (batches / weight - 1))
        sums = self._sums
        for batch in _GUESSED_AT:
            sums = _plus(sums, batch, height * (1 + growth * (batch - 1)), _TRUST / len(_GUESSED_AT))
        weight, batches, seconds, squares, products = sums
        batch, step = batches / weight, seconds / weight
        each = (products / weight - batch * step) / (squares / weight - batch * batch)
        each = min(max(each, 0.0), step / batch)
        return max(step - each * (batch - 1), 1e-6), each


def _plus(sums: Sequence[float], batch: float, step: float, weight: float) -> tuple[float, ...]:
    new = (1.0, batch, step, batch * batch, batch * step)
    return tuple(old + weight * value for old, value in zip(sums, new, strict=True))
