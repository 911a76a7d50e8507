"""Endpoints ``POST /sot/events`` and ``/sot/revise``: the events of one answer, as server-sent events."""

from __future__ import annotations

from contextlib import aclosing

from ..events import Finished, Routed, TextDelta
from ..session import Session
from ..strategies import part_of
from .failures import Failure
from .metrics import RequestRecord
from .openai_format import frame
from .reply import EVENTS, Reply
from .request_adapter import with_adapters
from .request_json import off_the_loop
from .request_reader import read_events_request, read_revision_request
from .service import Service, log


class EventStream:
    """Handler of requests for an answer's events.

    Args:
        service: State shared by the endpoints.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, raw: bytes, reply: Reply, record: RequestRecord) -> None:
        """Answer one request.

        Args:
            raw: The request's body.
            reply: The response.
            record: The request's record for the metrics.

        Raises:
            Failure: The request is invalid.
            SotError: The engine failed.
        """
        service = self._service
        parsed = await off_the_loop(raw, read_events_request)
        reply.broken = _broken
        if service.settings.log_questions:
            log.info("question: %r", parsed.messages[-1].content)
        if service.sleeps:  # which takes a while: the reader is told
            await reply.start(200, EVENTS)
            await reply.write(frame({"type": "waking", "at_s": round(record.elapsed(), 4)}))
        info = await service.info()  # a failure before the first event gets an HTTP status of its own
        settings = with_adapters(parsed.settings, service.sot.options.adapter, info)
        with service.sot.session(parsed.messages, **settings) as session:
            await service.route(session)
            await _stream(service, session, reply, record)


class RevisionStream:
    """Handler of requests for the events of a revised answer.

    Args:
        service: State shared by the endpoints.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, raw: bytes, reply: Reply, record: RequestRecord) -> None:
        """Revise one answer.

        Args:
            raw: The request's body.
            reply: The response.
            record: The request's record for the metrics.

        Raises:
            Failure: The request is invalid.
            ConfigError: The answer cannot be revised in this way.
            SotError: The engine failed.
        """
        service = self._service
        request, settings = await off_the_loop(raw, read_revision_request)
        reply.broken = _broken
        stored = request.answer
        if stored.fell_back is not None:
            raise Failure(409, "normal decoding wrote a part of this answer: its points are not all of it")
        if (part := part_of(stored.route.strategy)) not in ("", "point"):
            raise Failure(409, f"this answer has no points: its {part}s are given by the question")
        settings = with_adapters(settings, service.sot.options.adapter, await service.info())
        revision = service.sot.revision(
            stored.answer(), request.points, conversation=stored.conversation(), **settings
        )
        if service.settings.log_questions:
            log.info("question: %r", stored.question)
        with revision as session:
            await _stream(service, session, reply, record)


def _broken(failure: Failure) -> bytes:
    return frame({"type": "error", **failure.body()})


async def _stream(service: Service, session: Session, reply: Reply, record: RequestRecord) -> None:
    info = await service.info()
    async with aclosing(session.stream()) as events:
        async for event in events:
            if isinstance(event, Routed):
                record.strategy = event.route.strategy
            elif isinstance(event, TextDelta):
                record.note_first_text()
            elif isinstance(event, Finished):
                service.metrics.count_answer(event.answer)
            if not reply.started:
                await reply.start(200, EVENTS)
            payload = service.view.event(event, info)
            payload["at_s"] = round(record.elapsed(), 4)
            await reply.write(frame(payload))
    await reply.end()
