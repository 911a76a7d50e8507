"""What the endpoints share: the object that answers, the limits, the counts, the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from starlette.types import Receive, Scope, Send

from ..admission import Turn
from ..api import SkeletonOfThought
from ..errors import ConfigError, SotError
from ..terminal import one_line
from ..types import BackendInfo, Checks, Message, Route
from .capacity import Gate
from .failures import Failure, failure_of
from .metrics import Metrics, Record
from .reply import ClientGone, Reply, ServerStops, read_body, while_connected
from .settings import ServerSettings

log = logging.getLogger("sot.server")

Handler = Callable[[bytes, Reply, Record], Awaitable[None]]
_READY_S = 5.0


class Service:
    """The server's state.

    Args:
        sot: Answers questions; stays the caller's to close.
        settings: The settings.
    """

    def __init__(self, sot: SkeletonOfThought, settings: ServerSettings) -> None:
        self.sot = sot
        self.settings = settings
        self.gate = Gate(settings.max_answers, settings.max_waiting, settings.max_wait_s)
        self.metrics = Metrics(self.gate)
        self.stopping = False
        self._cut = asyncio.Event()

    def stop_accepting(self) -> None:
        """New answers are refused from now on; running ones go on."""
        self.stopping = True

    def cut(self) -> None:
        """End the answers that still run; their readers get an error event."""
        self._cut.set()

    async def ready(self) -> None:
        """Whether an answer could be made now.

        Raises:
            Failure: It could not; says why.
        """
        if self.stopping:
            raise _stops()
        try:
            async with asyncio.timeout(_READY_S):
                if isinstance(self.sot.backend, Checks):
                    await self.sot.backend.check()
                await self.sot.info()
        except TimeoutError:
            raise Failure(503, "the engine is being loaded, or is too slow to answer", "not_ready") from None
        except SotError as error:
            failure = failure_of(error)
            raise Failure(503, failure.message, "not_ready", retry_after_s=failure.retry_after_s) from None

    async def info(self) -> BackendInfo:
        """What the engine is and can do.

        Raises:
            Failure: That cannot be found out as the server is set up, which is not the client's fault.
            SotError: The engine cannot be reached.
        """
        try:
            return await self.sot.info()
        except ConfigError as error:
            raise Failure(503, one_line(str(error)), "not_ready") from None

    async def route(self, messages: Sequence[Message], turn: Turn) -> Route:
        """How a question is to be answered.

        Args:
            messages: The conversation.
            turn: The answer's place in the queue.

        Raises:
            Failure: The router cannot be used as the server is set up, which is not the client's fault.
            SotError: The router asked the engine, and it failed.
        """
        try:
            return await self.sot.route(messages, turn=turn)
        except ConfigError as error:
            raise Failure(500, one_line(str(error)), "server_error") from None

    def endpoint(self, handler: Handler) -> Endpoint:
        """A POST endpoint that makes an answer.

        Args:
            handler: Gets the request's body and answers it.
        """
        return Endpoint(self, handler)

    async def handle(self, scope: Scope, receive: Receive, send: Send, handler: Handler) -> None:
        """Answer one request, and count it, whatever happens to it."""
        reply, record = Reply(send), Record()
        try:
            if self.stopping:
                raise _stops()
            _json_only(scope)
            raw = await read_body(scope, receive, self.settings.max_body_bytes)
            await while_connected(receive, reply, self._cut, self._in_place(handler, raw, reply, record))
        except ClientGone:
            record.outcome = "client_gone"
        except ServerStops:
            record.outcome = "stopped"
            await reply.fail(_stops())
        except Failure as failure:
            record.outcome = "failed" if failure.status >= 500 else "refused"
            await reply.fail(failure)
        except asyncio.CancelledError:
            record.outcome = "stopped"
            raise
        except Exception as error:
            failure = failure_of(error)
            record.outcome = "failed" if failure.status >= 500 else "refused"
            if not isinstance(error, SotError):
                log.exception("a request failed")
            await reply.fail(failure)
        finally:
            self.metrics.ended(record)
            log.info("%s", _line(scope, reply, record))

    async def _in_place(self, handler: Handler, raw: bytes, reply: Reply, record: Record) -> None:
        async with self.gate.place():
            await handler(raw, reply, record)


class Endpoint:
    """An ASGI application of one handler; it reads and sends by itself, and notices a client that leaves."""

    def __init__(self, service: Service, handler: Handler) -> None:
        self._service = service
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._service.handle(scope, receive, send, self._handler)


def _json_only(scope: Scope) -> None:
    """Only JSON: browsers send other kinds to any site without asking it first."""
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    if kind.partition(b";")[0].strip().lower() != b"application/json":
        raise Failure(415, "the request's content-type must be application/json", "unsupported_media_type")


def _stops() -> Failure:
    return Failure(503, "the server is stopping", "server_stops", retry_after_s=5)


def _line(scope: Scope, reply: Reply, record: Record) -> str:
    first = "" if record.first_text_s is None else f", first text {record.first_text_s:.3f} s"
    return (
        f"{scope['method']} {scope['path']} {reply.status or '-'} {record.outcome} "
        f"{record.strategy or '-'} {record.elapsed():.3f} s{first}"
    )
