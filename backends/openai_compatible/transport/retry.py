"""Retry policy: exponential backoff with jitter, and the server's ``Retry-After``."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_EPOCH = 1e9  # seconds; what is larger is a point in time
_EPOCH_MS = 1e12
_LONGEST_RESET = 60.0  # seconds
_LONGEST_HEADER = 100  # characters that are read of one
_RESETS = ("x-ratelimit-reset", "ratelimit-reset")


def parse_retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return how long a server asks its clients to wait.

    Reads ``retry-after-ms`` (milliseconds) first, then ``retry-after``: seconds, a point in time in seconds
    or milliseconds since the epoch, or a date. Without them the reset of a rate limit counts, if it is near.

    Args:
        headers: Headers of the response; names are looked up in lower case.
        now: Wall clock, in seconds since the epoch, that a point in time is compared with.

    Returns:
        Seconds, 0 for a time that has passed, ``None`` without a header that makes sense.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return _wait(milliseconds if milliseconds >= _EPOCH_MS else milliseconds / 1000, now)
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None:
        return _wait(seconds, now)
    if value:
        return _until_date(value, now)
    for name in _RESETS:
        reset = _number(headers.get(name))
        if reset is not None and (wait := _wait(reset, now)) <= _LONGEST_RESET:
            return wait
    return None


def _wait(seconds: float, now: float) -> float:
    """Return seconds to wait, for seconds or a point in time."""
    if seconds >= _EPOCH_MS:
        seconds /= 1000
    return max(0.0, seconds - now if seconds >= _EPOCH else seconds)


def _until_date(value: str, now: float) -> float | None:
    """Return the seconds until an HTTP date or an ISO 8601 date."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = parse(value[:_LONGEST_HEADER].strip())
            if date.tzinfo is None:  # "-0000" or no zone at all; HTTP dates are in UTC
                date = date.replace(tzinfo=UTC)
            return max(0.0, date.timestamp() - now)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text[:_LONGEST_HEADER]) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Retry policy with exponential backoff and full jitter.

    Args:
        max_retries: Tries after the first one; 0 never tries again.
        base: Ceiling of the first wait, in seconds; it doubles with every try.
        cap: Highest ceiling, in seconds.
        longest_retry_after: Longest wait, in seconds, that a server may ask for; beyond it the request fails.
        sleep: Waits that many seconds (tests put their own here).
        random: Returns a number in [0, 1).
        now: Wall clock, in seconds since the epoch.
    """

    max_retries: int = 3
    base: float = 0.5
    cap: float = 8.0
    longest_retry_after: float = 60.0
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    random: Callable[[], float] = random.random
    now: Callable[[], float] = time.time

    def delay(self, tries: int, retry_after: float | None = None) -> float | None:
        """Return how long to wait before the next try.

        A server's own figure is a minimum. The jitter comes on top, or all clients that were refused
        together would come back together.

        Args:
            tries: Tries made so far, from 1.
            retry_after: What the server asks for, in seconds.

        Returns:
            Seconds, or ``None`` where there is no next try.
        """
        if tries > self.max_retries:
            return None
        if retry_after is not None:
            if retry_after > self.longest_retry_after:
                return None
            return retry_after + self.random() * self.base
        return self.random() * min(self.cap, self.base * 2.0 ** min(tries - 1, 30))
