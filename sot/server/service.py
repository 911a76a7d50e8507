"""Server state shared by the endpoints: the core, admission control, metrics, shutdown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from starlette.types import Receive, Scope, Send

from ..api import SkeletonOfThought
from ..errors import (
    BackendConnectionError,
    BackendError,
    BackendTimeoutError,
    ConfigError,
    InvalidFieldError,
    SotError,
)
from ..keys import request_keys
from ..session import Session
from ..terminal import one_line
from ..tracing.incoming import continued
from ..types import BackendInfo, Checks, Route, Sleeps, Usage
from .caller_keys import caller_keys
from .capacity import Capacity
from .error_shapes import error_shape
from .failures import Failure, failure_of
from .intake import BodyLimits, Intake
from .merged_metrics import MetricsOfAll
from .metrics import Metrics, RequestRecord
from .public import PublicView
from .reply import Reply, ServerStops, while_connected
from .request_body import ClientGone, read_body
from .request_models import strategy_models
from .settings import ServerSettings

log = logging.getLogger("sot.server")

Handler = Callable[[bytes, Reply, RequestRecord], Awaitable[None]]
_READY_S = 5.0


class Service:
    """State of the server.

    Args:
        sot: Core that answers; the caller closes it.
        settings: Server settings.
    """

    def __init__(self, sot: SkeletonOfThought, settings: ServerSettings) -> None:
        self.sot = sot
        self.settings = settings
        self.capacity = Capacity(settings.max_answers, settings.max_waiting, settings.max_wait_s)
        limits = BodyLimits(settings.max_held_bytes, settings.body_s, settings.body_idle_s)
        self.intake = Intake(self.capacity, limits)
        sleeps = sot.backend if isinstance(sot.backend, Sleeps) else None
        self.metrics = Metrics(self.capacity, lambda: sot.gain.times, sleeps)
        self.known: BackendInfo | None = None  # the engine, once it has been asked
        self.metrics_of_all: MetricsOfAll | None = None  # of the processes of one server
        self.view = PublicView(debug=settings.debug)
        self.stopping = False
        self._cut = asyncio.Event()

    def stop_accepting(self) -> None:
        """Begin a graceful shutdown: refuse new answers, and let running ones continue."""
        self.stopping = True

    def cut(self) -> None:
        """Cancel the answers that still run; their clients get an error event."""
        self._cut.set()

    async def ready(self) -> None:
        """Check that the server could answer now.

        Raises:
            Failure: It could not (503); the message says why.
        """
        if self.stopping:
            raise _stopping_failure()
        try:
            async with asyncio.timeout(_READY_S):
                if isinstance(self.sot.backend, Checks):
                    await self.sot.backend.check()
                await self.sot.info()
        except TimeoutError:
            raise Failure(503, "the engine is being loaded, or is too slow to answer", "not_ready") from None
        except SotError as error:
            failure = failure_of(error, self.view)
            raise Failure(503, failure.message, "not_ready", retry_after_s=failure.retry_after_s) from None

    async def info(self) -> BackendInfo:
        """Return the engine's identity and capabilities.

        Raises:
            Failure: The server's own configuration is wrong (503).
            SotError: The engine cannot be reached.
        """
        try:
            info = self.known = await self.sot.info()
        except ConfigError as error:
            log.info("the engine: %s", one_line(str(error)))
            raise Failure(503, self.view.error(error), "not_ready") from None
        if self.settings.cache_salt_by is not None and not info.separates_tenants:
            message = "the engine is not known to keep tenants' prefixes apart (--cache-salt-by)"
            raise Failure(503, message, "not_ready")
        return info

    async def start(self) -> BackendInfo:
        """Load or contact the engine; returns what it is.

        Raises:
            SotError: It cannot be used.
        """
        self.known = await self.sot.info()
        return self.known

    @property
    def sleeps(self) -> bool:
        """Whether the model was given back, so that the next question has to wake it."""
        backend = self.sot.backend
        return self.known is not None and isinstance(backend, Sleeps) and backend.asleep

    async def model_names(self) -> list[str]:
        """Return the names by which clients choose a strategy.

        Raises:
            SotError: The engine cannot be reached.
        """
        info = await self.info()
        aliases = [name for name, _ in self.settings.aliases]
        return list(dict.fromkeys([*strategy_models(), info.model, *aliases]))

    def awake_while(self) -> AbstractAsyncContextManager[None]:
        """Hold the model's place among those that are awake, where there are several models."""
        return nullcontext()

    def serving(self, model: object) -> Service:
        """Return the state of the model that a request names; for other requests, that of the first."""
        del model
        return self

    @property
    def choices(self) -> list[str]:
        """The models' own names, where there are several."""
        return []

    async def route(self, session: Session) -> Route:
        """Choose the strategy for a session's question.

        Raises:
            Failure: The server's own configuration of the router is wrong (500).
            SotError: The router asked the engine, and that failed.
        """
        try:
            return await session.route()
        except ConfigError as error:
            raise Failure(500, self.view.error(error), "server_error") from None

    def count_forwarded(self, usage: Usage, model: str, strategy: str) -> None:
        """Count the usage of a forwarded request, and its cost where the engine told the usage."""
        self.metrics.count_usage(usage)
        pricing = self.sot.pricing
        if pricing is not None and (spent := pricing.cost_of_request(usage, model)) is not None:
            self.metrics.count_cost(strategy, spent, pricing.prices.currency)

    def endpoint(self, make: Callable[[Service], Handler], *, names_model: bool = False) -> Endpoint:
        """Make a POST endpoint of a handler, which gets the request's body.

        Args:
            make: Makes the handler.
            names_model: Whether its requests have the field ``model``.
        """
        return Endpoint(self, self.handler(make, names_model=names_model))

    def handler(self, make: Callable[[Service], Handler], *, names_model: bool) -> Handler:
        """Make the handler of an endpoint; see `endpoint`."""
        del names_model
        return make(self)

    async def handle(self, scope: Scope, receive: Receive, send: Send, handler: Handler) -> None:
        """Answer one request by a handler, and count and log it whatever its outcome."""
        reply, record = Reply(send, error_shape(scope)), RequestRecord()
        try:
            if self.stopping:
                raise _stopping_failure()
            with self.intake.place() as place:
                most = self.settings.max_body_bytes
                raw = b"" if scope["method"] == "GET" else await read_body(scope, receive, most, place)
                headers = scope["headers"]
                with request_keys(caller_keys(headers, self.settings)), continued(headers):
                    work = self._admitted(handler, raw, reply, record)
                    await while_connected(receive, reply, self._cut, work)
        except ClientGone:
            record.outcome = "client_gone"
        except ServerStops:
            record.outcome = "stopped"
            await reply.fail(_stopping_failure())
        except Failure as failure:
            record.outcome = "failed" if failure.status >= 500 else "refused"
            await reply.fail(failure)
        except asyncio.CancelledError:
            record.outcome = "stopped"
            raise
        except Exception as error:
            failure = failure_of(error, self.view)
            record.outcome = "failed" if failure.status >= 500 else "refused"
            if not isinstance(error, SotError):
                log.exception("a request failed")
            elif failure.status >= 500 or isinstance(error, BackendError):
                log.info("the engine: %s", self._for_the_log(error))
            await reply.fail(failure)
        finally:
            self.metrics.count_request(record)
            log.info("%s", _log_line(scope, reply, record))

    def _for_the_log(self, error: SotError) -> str:
        """Return an error for the log: the engine's address, not its words, which may quote a question."""
        if self.settings.debug or isinstance(error, (BackendConnectionError, BackendTimeoutError)):
            return one_line(str(error))
        if isinstance(error, InvalidFieldError):  # the field's name is the caller's
            return type(error).__name__
        return f"{type(error).__name__}: {self.view.error(error)}"

    async def _admitted(self, handler: Handler, raw: bytes, reply: Reply, record: RequestRecord) -> None:
        async with self.capacity.admit():
            await handler(raw, reply, record)


class Endpoint:
    """ASGI application of one handler, which notices a client that leaves while the handler works."""

    def __init__(self, service: Service, handler: Handler) -> None:
        self._service = service
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._service.handle(scope, receive, send, self._handler)


def _stopping_failure() -> Failure:
    return Failure(503, "the server is stopping", "server_stops", retry_after_s=5)


def _log_line(scope: Scope, reply: Reply, record: RequestRecord) -> str:
    first = "" if record.first_text_s is None else f", first text {record.first_text_s:.3f} s"
    return (
        f"{scope['method']} {scope['path']} {reply.status or '-'} {record.outcome} "
        f"{record.strategy or '-'} {record.elapsed():.3f} s{first}"
    )
