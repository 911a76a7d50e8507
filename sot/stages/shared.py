"""Engines of stages, shared by all answers of one object, with a cool-down after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..admission import Admission
from ..errors import (
    BackendError,
    BackendStatusError,
    BadRequestError,
    ContentFilterError,
    ContextLengthError,
    EmptyAnswerError,
    PrefillRefusedError,
    ThinkingError,
)
from ..types import Backend, BackendInfo

COOL_S = 30.0
"""Seconds after a failure in which an engine of a stage is left alone."""
_LONGEST_COOL_S = 600.0  # however long an engine asks to wait
_REQUESTS_OWN = (ContextLengthError, BadRequestError, ThinkingError)  # another request may succeed
_NOT_REPLACED = (ContentFilterError, EmptyAnswerError, PrefillRefusedError)
_NO_SUCH_MODEL = 404


class SharedEngine:
    """Engine of one or more stages, with admission control of its own.

    An engine that fails is left alone for a while, and the main engine does its work. When that time is over
    one answer tries it again; the others follow once that answer has succeeded.

    Args:
        backend: The engine.
        limit: Most requests in flight at it.
        own: Whether it was made here, and is to be closed here.
        shown: Its spec or model, for messages until it has told its name.
    """

    def __init__(self, backend: Backend, *, limit: int, own: bool, shown: str = "") -> None:
        self.backend = backend
        self.admission = Admission(limit)
        self.own = own
        self.known: BackendInfo | None = None
        self.reason = ""  # of the last failure
        self._shown = shown
        self._cool_until: float | None = None

    @property
    def model(self) -> str:
        """The model's name, as far as it is known."""
        return self.known.model if self.known is not None else self._shown

    @property
    def spec(self) -> str:
        """The backend spec, as far as it is known."""
        return self.known.backend if self.known is not None else ""

    async def info(self) -> BackendInfo:
        """Return the engine's identity and capabilities.

        Raises:
            SotError: It cannot be used.
        """
        try:
            self.known = await self.backend.info()
        except BackendError as error:
            self.failed(error)
            raise
        return self.known

    def may_try(self) -> bool:
        """Whether an answer may use the engine now; after the cool-down one answer alone may, for a while."""
        if self._cool_until is None:
            return True
        now = asyncio.get_running_loop().time()
        if now < self._cool_until:
            return False
        self._cool_until = now + COOL_S
        return True

    def failed(self, error: BackendError) -> None:
        """Take note of a failure, and leave the engine alone for a while."""
        asked = error.retry_after if isinstance(error, BackendStatusError) else None
        wait = max(COOL_S, min(asked or 0.0, _LONGEST_COOL_S))
        self.reason = str(error)
        self._cool_until = asyncio.get_running_loop().time() + wait

    def worked(self) -> None:
        """Take note that an answer was served: all may use it again."""
        self._cool_until = None


@dataclass(frozen=True, slots=True)
class Stages:
    """Engines of the stages that are not on the main engine, by the names of `STAGE_NAMES`."""

    engines: Mapping[str, SharedEngine] = field(default_factory=dict[str, SharedEngine])

    def distinct(self) -> tuple[SharedEngine, ...]:
        """Return the engines, each once."""
        return tuple({id(engine): engine for engine in self.engines.values()}.values())

    async def aclose(self) -> None:
        """Release the engines that were made here."""
        for engine in self.distinct():
            if engine.own:
                await engine.backend.aclose()


def is_replaced(error: Exception) -> bool:
    """Whether the main engine takes a request over that ended with an error at the engine of its stage."""
    return isinstance(error, BackendError) and not isinstance(error, _NOT_REPLACED)


def is_engines_own(error: BackendError) -> bool:
    """Whether a failure is the engine's, and not that of one request, so that the next would meet it, too."""
    if isinstance(error, BadRequestError):
        return error.status == _NO_SUCH_MODEL
    return not isinstance(error, _REQUESTS_OWN)
