"""What an answer takes on an engine that others use as well: predicted from its profile, without running it.

A skeleton finishes its own answer sooner and costs the engine more: the skeleton itself, and more prompt
tokens. Near the engine's capacity that surplus makes everybody wait.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .profile import EngineProfile

_NEARLY = 0.94  # of the most tokens a second that any batch gives
_WORTH = 0.75  # of the places: holding back fewer would only leave one free now and then
_SPARE = 0.0625


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long answers usually are, in tokens.

    Args:
        normal: Completion of a normal answer.
        skeleton: Completion of the skeleton.
        points: How many points.
        written: Completions of all points together.
        last_point: Completion of the point that is ready last.
        normal_prompt: Prompt of a normal answer that the prefix cache does not serve.
        skeleton_prompt: The same of the skeleton and all points together.
        normal_context: Context of a normal answer while it is written, on average.
        skeleton_context: The same of the skeleton's and the points' requests.
        skeleton_shared: Tokens of it that those of all answers have in common.
    """

    normal: float = 300.0
    skeleton: float = 40.0
    points: float = 7.5
    written: float = 300.0
    last_point: float = 45.0
    normal_prompt: float = 40.0
    skeleton_prompt: float = 320.0
    normal_context: float = 190.0
    skeleton_context: float = 500.0
    skeleton_shared: float = 380.0


@dataclass(frozen=True, slots=True)
class Busy:
    """How busy the engine is when an answer arrives.

    Args:
        running: Requests in the batch.
        waiting: Requests that have no place.
        answers: Other answers under way; a request that is not ours counts as one.
    """

    running: float
    waiting: float
    answers: float


class Prediction:
    """Predicts for one engine and usual lengths.

    Args:
        profile: How fast the engine is.
        lengths: How long answers are.
        capacity: Requests decoded together at most.
    """

    def __init__(self, profile: EngineProfile, lengths: Lengths, capacity: int) -> None:
        self._profile = profile
        self.lengths = lengths
        self.capacity = max(capacity, 1)
        one, many = lengths, lengths.points + 1
        self.normal_read = profile.prefill.of(one.normal_prompt)
        self.skeleton_read = many * profile.prefill.of(one.skeleton_prompt / many)
        self.normal_work = one.normal * self._share(one.normal_context) + self.normal_read
        written = one.written + one.skeleton
        self.skeleton_work = (
            written * self._share(one.skeleton_context, one.skeleton_shared) + self.skeleton_read
        )

    def efficient_batch(self) -> int:
        """Requests of skeletons together with which the engine decodes nearly as much as it ever does.

        Never fewer than those of one answer.
        """
        rates = [batch / self._skeleton_step_s(batch) for batch in range(1, self.capacity + 1)]
        nearly = _NEARLY * max(rates)
        enough = next(batch for batch, rate in enumerate(rates, 1) if rate >= nearly)
        enough = max(enough, math.ceil(self.lengths.points) + 1)
        return enough if enough < _WORTH * self.capacity else every_place(self.capacity)

    def normal_s(self, busy: Busy) -> float:
        """Seconds of a normal answer that starts now.

        Args:
            busy: The engine now.
        """
        one, there = self.lengths, busy.running + busy.waiting
        return (
            self._wait_s(busy, 1) + one.normal * self.step_s(there + 1, one.normal_context) + self.normal_read
        )

    def skeleton_s(self, busy: Busy, parallel: float) -> float:
        """Seconds of a skeleton answer that starts now.

        Args:
            busy: The engine now.
            parallel: Requests of the answer at the same time, at most.
        """
        one, there = self.lengths, busy.running + busy.waiting
        wide = max(min(parallel, one.points), 1.0)
        rounds = one.points / wide
        seconds = self._wait_s(busy, 1) + self._wait_s(busy, wide)
        seconds += one.skeleton * self._skeleton_step_s(there + 0.4 * wide)
        seconds += rounds * one.last_point * self._skeleton_step_s(there + 0.7 * wide)
        return seconds + self.skeleton_read

    def step_s(self, batch: float, context: float, shared: float = 0.0) -> float:
        """Seconds of a decode step.

        Args:
            batch: Requests decoded together; may be an average, and above what the engine takes.
            context: Tokens of context of each.
            shared: Those of them that all have in common.
        """
        return self._profile.step_s(min(max(batch, 1.0), self.capacity), context, shared)

    def _skeleton_step_s(self, batch: float) -> float:
        return self.step_s(batch, self.lengths.skeleton_context, self.lengths.skeleton_shared)

    def _share(self, context: float, shared: float = 0.0) -> float:
        """A token's share of a step of a full engine."""
        return self.step_s(self.capacity, context, shared) / self.capacity

    def _wait_s(self, busy: Busy, more: float) -> float:
        """How long the last of some more requests waits for a place."""
        there = busy.running + busy.waiting
        ahead = max(there + more - self.capacity, 0.0)
        # An answer has about as many tokens either way, in one request or in many.
        each = self.lengths.normal * min(busy.answers / max(there, 1.0), 1.0)
        return ahead * each * self._share(self.lengths.normal_context)


def every_place(capacity: int) -> int:
    """Requests that keep all places of an engine busy: a few more, for a place free for one step is lost.

    Args:
        capacity: The places.
    """
    return capacity + math.ceil(capacity * _SPARE)
