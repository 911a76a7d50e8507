"""Estimates of arrival rate and answer lengths, from the answers of one object."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

from ..types import Answer, Usage
from .prediction import MeanLengths

_GIVEN_PARTS = frozenset({"fields", "items"})  # strategies whose parts come with the question
_LONG = 600  # window of the slow mean of the gaps between arrivals, in answers
_SHORT = 30  # window of the quick mean, which shows that the rate has changed
_LULL = 6  # longest gap that counts, in mean gaps; of random (exponential) gaps one in four hundred is longer
_CHANGED = 3.7  # standard deviations of the quick mean from the slow one that count as a change
_LENGTHS = 30  # window of the mean lengths, in answers
_LEVEL = 3  # weight of the initial length, in answers
_DIFFERENCE = 10  # answers of each kind after which a difference of their lengths is half believed
_COMPACT = MeanLengths(skeleton_prompt=800.0, skeleton_context=130.0, skeleton_shared=0.0)  # compact style
_TURN = 40  # tokens of a request's own last turn, where the engine does not report cached tokens


class ArrivalRate:
    """Estimator of the arrival rate with change detection.

    A slow mean of the gaps, restarted when a quick one differs significantly: steady traffic is estimated
    precisely, and a change is detected after about thirty answers.
    """

    def __init__(self) -> None:
        self._last: float | None = None
        self._gap = self._recent = 0.0
        self._count = 0
        self._suited = 1.0
        self._last_gaps: deque[float] = deque(maxlen=_SHORT // 3)

    @property
    def suited(self) -> float:
        """Share of the answers that a skeleton suits, from 0 to 1."""
        return self._suited

    @property
    def per_second(self) -> float:
        """Arrivals per second; 0 before the second arrival."""
        return 1 / max(self._gap, 1e-9) if self._count else 0.0

    @property
    def doubt(self) -> float:
        """Relative standard error of the rate."""
        return max(1 / math.sqrt(max(self._count, 1)), 0.05)

    def arrived(self, now: float, *, suited: bool) -> None:
        """Record the arrival of an answer.

        Args:
            now: The time in seconds.
            suited: Whether a skeleton suits it.
        """
        last, self._last = self._last, now
        if last is None:
            self._suited = float(suited)
            return
        gap = max(now - last, 0.0)
        if self._count >= _SHORT // 3:  # a single pause is not a new rate
            gap = min(gap, _LULL * self._gap)
        self._count += 1
        self._gap += (gap - self._gap) / min(self._count, _LONG)
        self._recent += (gap - self._recent) / min(self._count, _SHORT)
        self._last_gaps.append(gap)
        self._suited += (suited - self._suited) / min(self._count + 1, _LONG)
        if self._count > 2 * _SHORT and self._differs():
            self._count = len(self._last_gaps)
            self._gap = self._recent = sum(self._last_gaps) / self._count

    def _differs(self) -> bool:
        # An exponential moving average over n gaps has about the variance of a plain mean of 2n.
        off = math.log(max(self._recent, 1e-9) / max(self._gap, 1e-9))
        return abs(off) > _CHANGED / math.sqrt(2 * _SHORT)


class AnswerLengths:
    """Estimator of the mean answer lengths, from finished answers.

    Args:
        caches: Whether the engine caches prefixes.
        start: Initial lengths; typical ones unless given.
    """

    def __init__(self, *, caches: bool = True, start: MeanLengths | None = None) -> None:
        self._caches = caches
        self._start = start or (MeanLengths() if caches else _COMPACT)
        self._lengths = self._start
        self._skeletons = 0
        self._normals = 0

    @property
    def now(self) -> MeanLengths:
        """Current estimate.

        The normal and the skeleton answers' lengths are shrunk towards their common mean, until there are
        many of both kinds: they answer the same questions, a few differ by chance, and short answers finish
        first.
        """
        found, normals, skeletons = self._lengths, self._normals, self._skeletons
        if not normals + skeletons:
            return found
        seen = normals * found.normal + skeletons * found.written + _LEVEL * self._start.normal
        level = seen / (normals + skeletons + _LEVEL)
        both = 2 * normals * skeletons / (normals + skeletons)
        sure = both / (both + _DIFFERENCE)
        normal, written = level + (found.normal - level) * sure, level + (found.written - level) * sure
        return replace(
            found,
            normal=normal,
            normal_context=found.normal_context + (normal - found.normal) / 2,
            written=written,
            last_point=found.last_point * written / max(found.written, 1.0),
        )

    def learn(self, answer: Answer) -> None:
        """Update the estimate with a finished answer; one that a skeleton does not suit is ignored."""
        if answer.fell_back is not None or not answer.usage.completion_tokens:
            return
        suits = answer.route.instead_of or answer.route.strategy
        if suits in _GIVEN_PARTS:  # neither is like a skeleton's answer
            return
        if answer.points:
            self._learn_skeleton(answer)
        elif answer.route.instead_of is not None:
            self.learn_normal(answer.usage)

    def learn_normal(self, usage: Usage) -> None:
        """Update the estimate with the usage of a normal answer to a question that a skeleton suits."""
        if not usage.completion_tokens:  # the engine does not report it
            return
        self._normals += 1
        self._mean(
            self._normals,
            normal=usage.completion_tokens,
            normal_prompt=self._uncached(usage.prompt_tokens, usage.cached_tokens, 1),
            normal_context=usage.prompt_tokens + usage.completion_tokens / 2,
        )

    def _learn_skeleton(self, answer: Answer) -> None:
        self._skeletons += 1
        usage, skeleton = answer.usage, answer.skeleton_usage
        last = max(answer.points, key=lambda point: point.finished_s)
        written = usage.completion_tokens - skeleton.completion_tokens
        requests = max(usage.requests, 1)
        self._mean(
            self._skeletons,
            skeleton=skeleton.completion_tokens,
            points=len(answer.points),
            written=written,
            last_point=last.usage.completion_tokens,
            skeleton_prompt=self._uncached(usage.prompt_tokens, usage.cached_tokens, requests),
            skeleton_context=(usage.prompt_tokens + usage.completion_tokens / 2) / requests,
            # What all requests share cannot be longer than what the least of them found in the cache.
            skeleton_shared=min(
                one.cached_tokens for one in (skeleton, *(point.usage for point in answer.points))
            ),
        )

    def _uncached(self, prompt: int, cached: int, requests: int) -> float:
        if cached or not self._caches:
            return prompt - cached
        # The engine caches, but does not report how much: each request's last turn counts as new.
        return min(prompt, requests * _TURN)

    def _mean(self, count: int, **values: float) -> None:
        weight = 1 / min(count, _LENGTHS)
        old = self._lengths
        changed = {
            name: getattr(old, name) + (value - getattr(old, name)) * weight for name, value in values.items()
        }
        self._lengths = replace(old, **changed)
