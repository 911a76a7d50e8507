"""Predicted answer times on a shared engine, from its speed profile.

A skeleton finishes its own answer sooner and costs the engine more: the skeleton's tokens, and more prompt
tokens. Near the engine's capacity that surplus delays all answers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .profile import EngineProfile

_NEARLY = 0.94  # share of the peak throughput that counts as enough
_WORTH = 0.75  # share of the places; a limit above it would save little and leave places free at times
_SPARE = 0.0625  # requests beyond the places, as a share of them


@dataclass(frozen=True, slots=True)
class MeanLengths:
    """Mean lengths of an answer's prompts and completions, in tokens.

    Args:
        normal: Completion of a normal answer.
        skeleton: Completion of the skeleton.
        points: Number of points.
        written: Completions of all points together.
        last_point: Completion of the point that finishes last.
        normal_prompt: Uncached prompt tokens of a normal answer.
        skeleton_prompt: Uncached prompt tokens of the skeleton and all points together.
        normal_context: Mean context of a normal answer while it is decoded.
        skeleton_context: Mean context of the skeleton's and the points' requests while they are decoded.
        skeleton_shared: Prefix of that context that the requests of all answers share.
    """

    normal: float = 300.0
    skeleton: float = 40.0
    points: float = 7.5
    written: float = 300.0
    last_point: float = 45.0
    normal_prompt: float = 40.0
    skeleton_prompt: float = 320.0
    normal_context: float = 190.0
    skeleton_context: float = 140.0
    skeleton_shared: float = 10.0


@dataclass(frozen=True, slots=True)
class EngineState:
    """State of the engine when an answer arrives.

    Args:
        running: Requests in the batch.
        waiting: Requests in the engine's queue.
        answers: Other answers under way; a request of another client counts as one.
    """

    running: float
    waiting: float
    answers: float


class Prediction:
    """Predictor of answer times for one engine and given lengths.

    Args:
        profile: The engine's speed profile.
        lengths: Mean lengths of answers.
        capacity: Most requests in one batch.

    Attributes:
        normal_prefill_s: Seconds of prefill of a normal answer.
        skeleton_prefill_s: Seconds of prefill of a skeleton answer's requests together.
        normal_work: Engine time of a normal answer at a full batch, in seconds: prefill, and its share of
            steps.
        skeleton_work: The same of a skeleton answer.
    """

    def __init__(self, profile: EngineProfile, lengths: MeanLengths, capacity: int) -> None:
        self._profile = profile
        self.lengths = lengths
        self.capacity = max(capacity, 1)
        one, many = lengths, lengths.points + 1
        self.normal_prefill_s = profile.prefill.of(one.normal_prompt)
        self.skeleton_prefill_s = many * profile.prefill.of(one.skeleton_prompt / many)
        self.normal_work = one.normal * self._share(one.normal_context) + self.normal_prefill_s
        written = one.written + one.skeleton
        self.skeleton_work = (
            written * self._share(one.skeleton_context, one.skeleton_shared) + self.skeleton_prefill_s
        )

    def efficient_batch(self) -> int:
        """Return the smallest batch of skeletons' requests with nearly the engine's peak throughput.

        Never smaller than the requests of one answer. Where that is most of the capacity,
        `saturating_requests`.
        """
        rates = [batch / self._skeleton_step_s(batch) for batch in range(1, self.capacity + 1)]
        nearly = _NEARLY * max(rates)
        enough = next(batch for batch, rate in enumerate(rates, 1) if rate >= nearly)
        enough = max(enough, math.ceil(self.lengths.points) + 1)
        return enough if enough < _WORTH * self.capacity else saturating_requests(self.capacity)

    def normal_s(self, state: EngineState) -> float:
        """Return the predicted seconds of a normal answer that starts now."""
        one, there = self.lengths, state.running + state.waiting
        return (
            self._wait_s(state, 1)
            + one.normal * self.step_s(there + 1, one.normal_context)
            + self.normal_prefill_s
        )

    def skeleton_s(self, state: EngineState, parallel: float) -> float:
        """Return the predicted seconds of a skeleton answer that starts now.

        Args:
            state: The engine's state now.
            parallel: Most requests of the answer in flight.
        """
        one, there = self.lengths, state.running + state.waiting
        wide = max(min(parallel, one.points), 1.0)
        rounds = one.points / wide
        seconds = self._wait_s(state, 1) + self._wait_s(state, wide)
        seconds += one.skeleton * self._skeleton_step_s(there + 0.4 * wide)
        seconds += rounds * one.last_point * self._skeleton_step_s(there + 0.7 * wide)
        return seconds + self.skeleton_prefill_s

    def step_s(self, batch: float, context: float, shared: float = 0.0) -> float:
        """Return the seconds of one decode step.

        Args:
            batch: Requests in the batch; may be fractional, and is clipped to the capacity.
            context: Context tokens of each request.
            shared: Tokens of the prefix that all requests share.
        """
        return self._profile.step_s(min(max(batch, 1.0), self.capacity), context, shared)

    def _skeleton_step_s(self, batch: float) -> float:
        return self.step_s(batch, self.lengths.skeleton_context, self.lengths.skeleton_shared)

    def _share(self, context: float, shared: float = 0.0) -> float:
        """Return the engine time of one token at a full batch, in seconds."""
        return self.step_s(self.capacity, context, shared) / self.capacity

    def _wait_s(self, state: EngineState, more: float) -> float:
        """Return the seconds that the last of ``more`` new requests waits for a place."""
        there = state.running + state.waiting
        ahead = max(there + more - self.capacity, 0.0)
        # An answer has about as many tokens with a skeleton as without, in many requests or in one.
        each = self.lengths.normal * min(state.answers / max(there, 1.0), 1.0)
        return ahead * each * self._share(self.lengths.normal_context)


def saturating_requests(capacity: int) -> int:
    """Return the requests that keep ``capacity`` places busy: a few more, to refill a free place at once."""
    return capacity + math.ceil(capacity * _SPARE)
