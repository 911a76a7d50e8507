"""Tries of one request: pauses between them, and patience with a server that is still loading its model."""

from __future__ import annotations

import logging

from sot.errors import BackendError, SotError

from ..wire.error_mapping import StatusNotOk, is_loading
from .http_session import HttpSession
from .server import OpenAIServer

_log = logging.getLogger(__name__)

_FIRST_POLL = 0.25  # seconds
_LONGEST_POLL = 2.0


class Retries:
    """Tries of one request.

    Args:
        session: The running loop's session.
        patience: Most seconds to wait for a model that is still being loaded; such waits count as no try.
    """

    def __init__(self, server: OpenAIServer, session: HttpSession, patience: float) -> None:
        self._server = server
        self._session = session
        self._patience = patience
        self._waited = 0.0
        self._poll = _FIRST_POLL
        self._tries = 0

    async def after_refusal(self, answer: StatusNotOk) -> None:
        """Wait before the next try, or raise the refusal as an error.

        Args:
            answer: The server's last answer.
        """
        error, retry_after = self._server.error(answer)
        left = self._patience - self._waited
        if left <= 0 or not is_loading(answer.status, answer.text):
            await self.after_error(error, retry_after)
            return
        if not self._waited:
            _log.warning("%s is loading its model: waiting for it up to %g s", self._server.shown, left)
        delay = min(max(self._poll, retry_after or 0.0), left)
        self._waited += delay
        self._poll = min(_LONGEST_POLL, self._poll * 1.5)
        await self._sleep(delay)

    async def after_error(self, error: SotError, retry_after: float | None = None) -> None:
        """Wait before the next try, or raise the last error if the retry policy allows none.

        Args:
            error: Error of the last try.
            retry_after: Seconds the server asks to wait.
        """
        self._tries += 1
        if retry_after is None:
            retry_after = getattr(error, "retry_after", None)
        retryable = isinstance(error, BackendError) and error.retryable and not self._session.closed
        delay = self._server.retry.delay(self._tries, retry_after) if retryable else None
        if delay is None:
            raise error from None
        _log.info("try %d failed, the next one in %.2f s: %s", self._tries, delay, error)
        await self._sleep(delay)

    async def _sleep(self, seconds: float) -> None:
        await self._session.within(lambda: self._server.retry.sleep(seconds), None)
