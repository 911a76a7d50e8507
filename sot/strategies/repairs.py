"""Permission for repairs: how long the engine asks to wait, and whether it is worth asking again."""

from __future__ import annotations

import asyncio

from ..errors import (
    BackendConnectionError,
    BackendStatusError,
    BackendTimeoutError,
    EngineError,
    RateLimitError,
    SotError,
)

LONGEST_WAIT = 20.0
"""Most seconds that the repairs of one answer wait because the engine asks for it (``Retry-After``)."""

_LOSSES = (BackendConnectionError, BackendTimeoutError, EngineError)


class RepairGate:
    """Gate that the repairs of one answer pass, shared by the writers of its points.

    A repair waits as long as the engine asks (``Retry-After``), and is given up where that is longer than the
    answer's patience. It is also given up where the engine is gone, that is, where it refuses connections
    although the backend has tried several times. After a failure that other points are likely to share, such
    as a broken connection, one repair goes ahead, and the others wait until it has shown whether the engine
    is still there: a dead engine is not asked once for each point.

    Args:
        patience: Most seconds to wait for the engine, counted from the answer's first wait.

    Attributes:
        clock: Count of losses so far, which tells requests that began before a loss from later ones.
    """

    def __init__(self, patience: float = LONGEST_WAIT) -> None:
        self._patience = patience
        self._until: float | None = None  # end of the patience, in the event loop's time
        self._gone = False
        self._heard = False  # text has come of a request that began after the last loss
        self._lost_at = 0  # value of `clock` then
        self._probe: asyncio.Event | None = None  # set once the repair that goes ahead has text, or is over
        self.clock = 0

    async def enter(self, error: SotError | None) -> bool:
        """Wait until the repair may be sent; return whether it is to be sent at all.

        Every call that returns true is followed by `leave`.

        Args:
            error: Error of the point's last request; ``None`` where the engine completed it.
        """
        self._note_refusal(error)
        if self._gone or _is_final(error) or not await self._wait(error):
            return False
        if isinstance(error, _LOSSES):
            if self._probe is None:
                self._probe = asyncio.Event()
                self._lose()
            else:
                await self._probe.wait()
        return not self._gone

    def alive(self, began: int) -> None:
        """Take note that the engine has sent text.

        Args:
            began: The gate's `clock` when the request began; text that was under way before the engine was
                lost says nothing.
        """
        if began >= self._lost_at:
            self._gone, self._heard = False, True
            self._end_probe()

    def leave(self, error: SotError | None) -> None:
        """End a repair that has been sent, with its error; those that wait for it go on."""
        self._note_refusal(error)
        if isinstance(error, BackendTimeoutError | EngineError) and not self._heard:
            self._lose(gone=True)
        self._end_probe()

    def _note_refusal(self, error: SotError | None) -> None:
        if isinstance(error, BackendConnectionError) and not (error.reached and error.retryable):
            self._lose(gone=True)

    def _lose(self, *, gone: bool = False) -> None:
        self.clock += 1
        self._lost_at, self._heard, self._gone = self.clock, False, self._gone or gone

    def _end_probe(self) -> None:
        if self._probe is not None:
            self._probe.set()
            self._probe = None

    async def _wait(self, error: SotError | None) -> bool:
        """Wait as long as the engine asks; return false, at once, where that exceeds the patience."""
        seconds = error.retry_after if isinstance(error, BackendStatusError) else None
        if not seconds:
            return True
        now = asyncio.get_running_loop().time()  # so that a simulated loop gives simulated waits
        if self._until is None:
            self._until = now + self._patience
        if not now + seconds <= self._until:
            return False
        await asyncio.sleep(seconds)
        return not self._gone


def _is_final(error: SotError | None) -> bool:
    """Whether another request would meet the same refusal, whatever its prompt: an account without credit."""
    return isinstance(error, RateLimitError) and not error.retryable
