"""Budget of requests or tokens per minute, so kept that no provider's way of counting finds too many.

Providers count in fixed minutes, in sliding ones, or by a bucket that fills evenly. A budget keeps to all
three: no 60 seconds (and one more, for requests that arrive closer together than they were sent) hold more
than the limit, and no more goes out at once than the burst allows.
"""

from __future__ import annotations

from collections import deque

PERIOD_S = 60.0
SLACK_S = 1.0
_BURST = 4  # the part of the limit that may go out at once, unless told
_EXACT = 1e-9


class Budget:
    """Budget of one kind. Independent of an event loop: the time is given.

    Args:
        limit: Most in any minute.
        burst: Most at once, as the provider counts; ``None``: a quarter of the limit.
        least: Most at once is not less than this, as far as the limit allows.
        now: The time, in seconds.
    """

    def __init__(self, limit: float, *, burst: float | None = None, least: float = 1.0, now: float) -> None:
        self.limit = limit
        self._rate = limit / (PERIOD_S + SLACK_S)
        wanted = limit / _BURST if burst is None else burst - self._rate * SLACK_S
        self.burst = min(limit, max(wanted, 1.0 if burst is not None else least))
        self._level = self.burst
        self._filled = now
        self._spent: deque[tuple[float, float]] = deque()
        self._in_window = 0.0

    def wait(self, amount: float, now: float) -> float:
        """Return the seconds until an amount may be spent; more than the burst waits until it is whole."""
        self._refresh(now)
        bucket = max(0.0, (min(amount, self.burst) - self._level) / self._rate)
        return max(bucket, self._window_wait(min(amount, self.limit), now))

    def spend(self, amount: float, now: float) -> None:
        """Count an amount as sent."""
        self._refresh(now)
        self._level -= amount
        self._spent.append((now, amount))
        self._in_window += amount

    def correct(self, more: float, now: float) -> None:
        """Count what an earlier amount turned out to be larger by."""
        if more > 0:
            self.spend(more, now)

    def lower(self, remaining: float, now: float) -> None:
        """Take note that the provider has no more than this left now."""
        self._refresh(now)
        self._level = min(self._level, remaining)

    def _window_wait(self, amount: float, now: float) -> float:
        free, until = self.limit - self._in_window, now
        for sent, spent in self._spent:
            if free >= amount - _EXACT:
                break
            free += spent
            until = sent + PERIOD_S + SLACK_S
        return max(0.0, until - now)

    def _refresh(self, now: float) -> None:
        self._level = min(self.burst, self._level + (now - self._filled) * self._rate)
        self._filled = now
        while self._spent and self._spent[0][0] <= now - PERIOD_S - SLACK_S:
            self._in_window -= self._spent.popleft()[1]
        if not self._spent:
            self._in_window = 0.0  # no error of addition stays
