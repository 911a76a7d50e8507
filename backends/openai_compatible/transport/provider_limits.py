"""Limits of a provider that counts requests and tokens per minute: who may send when, and who waits.

Requests wait here, in the order of their answers: one of an early answer goes before all of a later one. An
answer's skeleton is sent once there is room for the points that usually follow it, and keeps that room for
them, so that no answer stops in its middle for a minute.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush

from sot.errors import ConfigError

from .budget import Budget

_FIRST_GUESS = 8  # requests of an answer with a skeleton, before any is over
_REMEMBERED = 32  # answers
_LINGER_S = 0.25  # without any request, after which an answer counts as over
_LONGEST_HOLD_S = 60.0
_UNTOLD_HOLD_S = 1.0
_AT_ONCE_S = 1e-6  # a shorter wait is an error of rounding


@dataclass(frozen=True, slots=True)
class ProviderLimits:
    """Limits of a provider; the arguments are those of `OpenAICompatibleBackend`.

    Raises:
        ConfigError: One is out of range.
    """

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    burst: float | None = None

    def __post_init__(self) -> None:
        for name in ("requests_per_minute", "tokens_per_minute", "burst"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (number and 1 <= value < 1e12):
                raise ConfigError(f"{name} must be a number of at least 1, not {value!r:.40}")
        if self.burst is not None and self.requests_per_minute is None:
            raise ConfigError("burst is a part of requests_per_minute: give that, too")

    @property
    def any(self) -> bool:
        """True where there is a limit."""
        return self.requests_per_minute is not None or self.tokens_per_minute is not None


@dataclass(eq=False, slots=True)
class Member:
    """Answer whose requests are sent; requests without an answer are each one of their own.

    Args:
        number: Its place in the order of the answers.
        key: Its key among the members.
    """

    number: int
    key: str
    active: int = 0  # requests that wait or are under way
    reserves: bool = False  # it has, or waits for, a skeleton
    reserved: tuple[float, float] = (0.0, 0.0)  # requests and tokens that are kept for it
    sent: tuple[float, float] = (0.0, 0.0)
    end: asyncio.TimerHandle | None = None


@dataclass(order=True, slots=True)
class _Waiting:
    number: int
    place: int
    member: Member = field(compare=False)
    tokens: float = field(compare=False)
    opens: bool = field(compare=False)
    ready: asyncio.Future[tuple[float, float]] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to send one request, and what the provider then says of it.

    Args:
        limiter: The limiter that gave it.
        tokens: Tokens that it was counted with.
        total: Requests and tokens sent by then, this one among them.
    """

    limiter: Limiter
    tokens: float
    total: tuple[float, float]

    def told(self, headers: Mapping[str, str]) -> None:
        """Heed what a response's headers say is left."""
        self.limiter.told(headers, self.total)

    def used(self, tokens: float) -> None:
        """Count what the request took, where that is more than was expected."""
        self.limiter.correct(tokens - self.tokens)

    def refused(self, retry_after: float | None) -> None:
        """Let all requests wait: the provider counts differently, or others use the same key.

        Args:
            retry_after: Seconds that the provider asks to wait.
        """
        self.limiter.hold(_UNTOLD_HOLD_S if retry_after is None else min(retry_after, _LONGEST_HOLD_S))


class Limiter:
    """Limiter of the requests of one event loop, inside which it must be made.

    Args:
        limits: The provider's limits.
    """

    def __init__(self, limits: ProviderLimits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._held_until = 0.0
        now = self._loop.time()
        requests, tokens, burst = limits.requests_per_minute, limits.tokens_per_minute, limits.burst
        self._requests = Budget(requests or 1e12, burst=burst, least=_FIRST_GUESS + 1, now=now)
        part = burst / requests if burst is not None and requests else None
        self._tokens = Budget(tokens or 1e12, burst=part and part * (tokens or 1e12), now=now)
        self._members: dict[str, Member] = {}
        self._keeping: set[Member] = set()  # those with something reserved
        self._numbers = 0
        self._queue: list[_Waiting] = []
        self._timer: asyncio.TimerHandle | None = None
        self._total = (0.0, 0.0)
        self._usual: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self._mean: tuple[float, float] | None = None

    @contextmanager
    def member(self, answer: str) -> Generator[Member, None, None]:
        """Count a request as one of an answer, from before it waits until it is over.

        Args:
            answer: The answer's key; empty for a request without one.
        """
        member = self._members.get(answer) if answer else None
        if member is None:
            self._numbers += 1
            member = Member(self._numbers, answer or f"\0{self._numbers}")
            self._members[member.key] = member
        member.active += 1
        if member.end is not None:
            member.end.cancel()
            member.end = None
        try:
            yield member
        finally:
            member.active -= 1
            if not member.active:
                member.end = self._loop.call_later(_LINGER_S if answer else 0.0, self._forget, member)

    async def admit(self, member: Member, tokens: float, *, opens: bool = False) -> Grant:
        """Wait until a request may be sent, and count it.

        Args:
            member: The answer that it belongs to.
            tokens: Tokens that the provider will count.
            opens: Whether it is the skeleton's, which other requests will follow.

        Raises:
            ConfigError: It alone is more than the limit.
        """
        most = self._limits.tokens_per_minute
        if most is not None and tokens > most:
            raise ConfigError(
                f"one request counts as about {tokens:,.0f} tokens (its prompt and max_tokens), more than "
                f"tokens_per_minute {most:,.0f}",
                public="the request counts as more tokens than the engine's provider takes in a minute",
            )
        self._numbers += 1
        opens = opens and not member.reserves
        member.reserves = member.reserves or opens
        ready: asyncio.Future[tuple[float, float]] = self._loop.create_future()
        heappush(self._queue, _Waiting(member.number, self._numbers, member, tokens, opens, ready))
        self._serve()
        try:
            total = await ready
        except asyncio.CancelledError:
            ready.cancel()
            self._serve()
            raise
        return Grant(self, tokens, total)

    def told(self, headers: Mapping[str, str], total: tuple[float, float]) -> None:
        """Heed what a response's headers say is left, after a number of requests and tokens."""
        now = self._loop.time()
        for budget, name, since in zip(
            (self._requests, self._tokens),
            ("requests", "tokens"),
            (sent - then for sent, then in zip(self._total, total, strict=True)),
            strict=True,
        ):
            left = _number(headers.get(f"x-ratelimit-remaining-{name}"))
            if left is not None:
                budget.lower(left - since, now)

    def correct(self, more: float) -> None:
        """Count tokens that a request took beyond what was expected."""
        self._tokens.correct(more, self._loop.time())

    def hold(self, seconds: float) -> None:
        """Send nothing for some seconds."""
        self._held_until = max(self._held_until, self._loop.time() + seconds)
        self._serve()

    def _serve(self) -> None:
        """Admit what may be sent now, and set a timer for what may be sent next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._queue:
            head = self._queue[0]
            if head.ready.done():
                heappop(self._queue)
                continue
            now = self._loop.time()
            wait = max(self._held_until - now, self._wait(head, now))
            if wait > _AT_ONCE_S:
                self._timer = self._loop.call_later(wait, self._serve)
                return
            heappop(self._queue)
            self._send(head, now)

    def _wait(self, head: _Waiting, now: float) -> float:
        """Return the seconds until a request may be sent if nothing else happens before."""
        kept = [one.reserved for one in self._keeping if one.number < head.number]
        requests, tokens = self._expected(head.tokens) if head.opens else (1.0, head.tokens)
        requests += sum(each[0] for each in kept)
        tokens += sum(each[1] for each in kept)
        return max(self._requests.wait(requests, now), self._tokens.wait(tokens, now))

    def _send(self, head: _Waiting, now: float) -> None:
        member, tokens = head.member, head.tokens
        self._requests.spend(1.0, now)
        self._tokens.spend(tokens, now)
        self._total = self._total[0] + 1, self._total[1] + tokens
        member.sent = member.sent[0] + 1, member.sent[1] + tokens
        kept = self._expected(tokens) if head.opens else member.reserved
        member.reserved = max(0.0, kept[0] - 1), max(0.0, kept[1] - tokens)
        (self._keeping.add if member.reserved[0] else self._keeping.discard)(member)
        head.ready.set_result(self._total)

    def _expected(self, tokens: float) -> tuple[float, float]:
        """Return the requests and tokens that an answer with a skeleton usually takes from there on."""
        if self._mean is None:
            return float(_FIRST_GUESS), _FIRST_GUESS * tokens
        return self._mean[0], max(tokens, self._mean[1])

    def _forget(self, member: Member) -> None:
        """End an answer that has had no request for a while."""
        if member.reserves and member.sent[0]:
            self._usual.append(member.sent)
            sums = [sum(each) for each in zip(*self._usual, strict=True)]
            self._mean = sums[0] / len(self._usual), sums[1] / len(self._usual)
        del self._members[member.key]
        self._keeping.discard(member)
        self._serve()


def _number(text: str | None) -> float | None:
    """Return the number in a header; ``None`` where it is none, or below 0, which says nothing."""
    try:
        number = float(text) if text and len(text) < 30 else -1.0
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None
