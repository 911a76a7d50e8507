"""Discrete-event simulation of an engine with continuous batching: no text, no sleeping, a clock of its own.

It schedules as vLLM does: requests wait in a queue, join the running batch at the next step while there is
room, prefill (the part that the prefix cache serves is skipped; other prompts and the requests in decode
share the step), then get one token with every step. Between two events nothing changes, so many steps are
taken at once, and thousands of answers take seconds. KV cache memory is not modelled: nothing is preempted.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random

from sot.load.profile import EngineProfile

from .prefix import BlockCache
from .sharing import SharedPrefix
from .sim_request import SimRequest

_NO_LIMIT = 2**62  # whole prompts in one step

TokenCount = tuple[SimRequest, int]
"""A request and its completion tokens so far; it is over when it has all of them."""


@dataclass(slots=True)
class _Step:
    """Step under way: its end, and the prompt tokens that it prefills."""

    end: float
    chunks: list[tuple[SimRequest, int]] = field(default_factory=list[tuple[SimRequest, int]])


class Simulation:
    """Simulation of one engine. Time, in seconds, moves only in `finish`, `advance` and `skip_to`.

    Args:
        profile: Measured speed of the engine.
        jitter: Source of the variation of step times by the profile's spread; ``None``: no variation.
    """

    def __init__(self, profile: EngineProfile, *, jitter: Random | None = None) -> None:
        self.profile = profile
        self.now = 0.0
        self.cache = BlockCache(profile.cache.capacity_tokens // profile.cache.block_tokens)
        self._base = [profile.step.at(max(batch, 1)) for batch in range(profile.max_batch + 1)]
        self._per_context = profile.step.per_context_token_s
        self._budget = profile.prefill.budget_tokens or _NO_LIMIT
        self._jitter = jitter if profile.spread else None
        self._waiting: deque[SimRequest] = deque()
        self._prefilling: deque[SimRequest] = deque()
        self._decoding = 0
        self._context = 0  # tokens of all requests in decode together
        self._steps = 0
        self._marks: list[tuple[int, int, SimRequest]] = []
        self._order = 0
        self._every: dict[SimRequest, None] = {}  # in decode, and reported with every token
        self._step: _Step | None = None
        self._each = profile.step.shared_context
        self._shared = SharedPrefix(profile.cache.block_tokens) if self._each < 1 else None

    @property
    def running(self) -> int:
        """Number of requests in the batch."""
        return self._decoding + len(self._prefilling)

    @property
    def waiting(self) -> int:
        """Number of requests in the queue."""
        return len(self._waiting)

    @property
    def idle(self) -> bool:
        """Whether there is no request at all."""
        return not (self._decoding or self._prefilling or self._waiting)

    def submit(self, request: SimRequest) -> None:
        """Queue a request; it may join the batch at the next step."""
        self._waiting.append(request)

    def abort(self, request: SimRequest) -> None:
        """Abort a request, at any time; its place is free at the next step. A finished one is left alone."""
        if request.state == "waiting":
            self._waiting.remove(request)
        elif request.state == "prefilling":
            self._prefilling.remove(request)
        elif request.state == "decoding":
            self._leave(request, self._steps - request.begun + 1)
        request.state = "over"

    def skip_to(self, time: float) -> None:
        """Move an idle engine's clock forward."""
        assert self.idle, "an engine at work does not jump"
        self.now = max(self.now, time)

    def begin(self) -> float | None:
        """Begin a step; returns the time of its end, or ``None`` if the engine is idle."""
        assert self._step is None, "one step at a time"
        self._admit()
        if not (self._decoding or self._prefilling):
            return None
        chunks, extra = self._chunks()
        seconds = self._seconds(1) if self._decoding else self.profile.prefill.fixed_s
        self._step = _Step(self.now + self._varied(seconds + extra, 1), chunks)
        return self._step.end

    def finish(self) -> list[TokenCount]:
        """Finish the step that was begun; returns the requests with a token count to report."""
        step, self._step = self._step, None
        assert step is not None, "no step was begun"
        self.now = step.end
        told = self._decoded(1)
        for request, count in step.chunks:
            if request.state != "prefilling":  # aborted meanwhile
                continue
            request.left -= count
            if not request.left:
                self._prefilling.remove(request)
                told += self._first_token(request)
        return told

    def advance(self, until: float = math.inf) -> list[TokenCount]:
        """Run until some request has a token count to report, or the engine is idle.

        Args:
            until: Time at or after which the next end of a step returns as well.
        """
        while self.now < until:
            if not (self._prefilling or self._waiting or self._every):
                if not self._decoding:
                    break
                told = self._jump(until)
            else:
                self.begin()
                told = self.finish()
            if told:
                return told
        return []

    def _jump(self, until: float) -> list[TokenCount]:
        """Take many decode steps at once, while no request joins or leaves."""
        marks = self._marks
        while marks[0][2].state != "decoding":
            heappop(marks)
        count = marks[0][0] - self._steps
        seconds = self._seconds(count)
        if self.now + seconds > until:
            count = max(1, min(count, self._steps_within(until - self.now)))
            seconds = self._seconds(count)
        self.now += self._varied(seconds, count)
        return self._decoded(count)

    def _steps_within(self, seconds: float) -> int:
        """Return the number of decode steps after which so much time has passed."""
        first = self._seconds(1)
        growth = self._per_context * self._decoding
        if growth * seconds < first * first * 1e-6:
            return math.ceil(seconds / first - 1e-9)
        # n steps take n * first + growth * n * (n - 1) / 2
        half = first - growth / 2
        return math.ceil((math.sqrt(half * half + 2 * growth * seconds) - half) / growth - 1e-9)

    def _seconds(self, count: int) -> float:
        """Return the seconds of so many decode steps; each makes every context one token longer."""
        batch = self._decoding
        read = float(self._context)
        if self._shared is not None and batch > 1:
            read -= (1 - self._each) * (batch - 1) * self._shared.tokens
        first = self._base[batch] + self._per_context * read
        return count * (first + self._per_context * batch * (count - 1) / 2)

    def _varied(self, seconds: float, steps: int) -> float:
        """Vary the duration of some steps at random, log-normally."""
        if self._jitter is None:
            return seconds
        return seconds * math.exp(self._jitter.gauss(0, self.profile.spread) / math.sqrt(steps))

    def _admit(self) -> None:
        """Move waiting requests to the batch while it has room."""
        while self._waiting and self.running < self.profile.max_batch:
            request = self._waiting.popleft()
            if request.blocks is not None:
                request.cached = self._from_cache(request, request.blocks)
            request.left = max(request.prompt - request.cached, 1)
            request.state = "prefilling"
            self._prefilling.append(request)

    def _from_cache(self, request: SimRequest, blocks: Sequence[int]) -> int:
        """Return the prompt tokens that the prefix cache serves, and cache the request's other blocks."""
        cache = self.profile.cache
        if not cache.enabled:
            return 0
        # The last prompt token is computed in any case: it gives the first one of the completion.
        most = (request.prompt - 1) // cache.block_tokens
        found = min(self.cache.match(blocks), most)
        for block in blocks[found:]:
            self.cache.add(block)
        return found * cache.block_tokens

    def _chunks(self) -> tuple[list[tuple[SimRequest, int]], float]:
        """Choose the prompt tokens that the next step prefills; returns also the seconds that they add."""
        chunks: list[tuple[SimRequest, int]] = []
        extra = 0.0
        budget = max(self._budget - self._decoding, 1)
        for request in self._prefilling:
            count = min(request.left, budget)
            chunks.append((request, count))
            extra += self.profile.prefill.of(count)
            budget -= count
            if not budget:
                break
        return chunks, extra

    def _decoded(self, count: int) -> list[TokenCount]:
        """Account for so many steps: one token each for every request in decode."""
        self._steps += count
        self._context += count * self._decoding
        told: list[TokenCount] = []
        for request in self._every:
            told.append((request, self._steps - request.begun + 1))
        marks = self._marks
        while marks and marks[0][0] <= self._steps:
            request = heappop(marks)[2]
            if request.state == "decoding":
                told.append((request, self._steps - request.begun + 1))
        for request, done in told:
            if done >= request.tokens:
                self._leave(request, done)
                request.state = "over"
            elif request.marks is not None:
                self._mark(request, done)
        return told

    def _first_token(self, request: SimRequest) -> list[TokenCount]:
        """Move a request from prefill, which gives the first token, to decode."""
        request.begun = self._steps
        if request.tokens <= 1:
            request.state = "over"
            return [(request, 1)]
        request.state = "decoding"
        self._decoding += 1
        self._context += request.prompt + 1
        if self._shared is not None:
            self._shared.add(request)
        if request.marks is None:
            self._every[request] = None
            return [(request, 1)]
        told = request.after(0) == 1
        self._mark(request, 1)
        return [(request, 1)] if told else []

    def _mark(self, request: SimRequest, done: int) -> None:
        """Schedule the step at which the request's next token count is reported."""
        self._order += 1
        heappush(self._marks, (request.begun + request.after(done) - 1, self._order, request))

    def _leave(self, request: SimRequest, done: int) -> None:
        self._decoding -= 1
        self._context -= request.prompt + done
        self._every.pop(request, None)
        if self._shared is not None:
            self._shared.remove(request)
