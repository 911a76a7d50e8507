"""Endpoint ``POST /sot/events``: streams the events of one answer as server-sent events."""

from __future__ import annotations

from contextlib import aclosing

from ..events import Finished, Routed, TextDelta
from ..serialise import event_json
from ..session import Session
from .metrics import RequestRecord
from .openai_format import frame
from .reply import EVENTS, Reply
from .request_reader import read_events_request
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
        parsed = read_events_request(raw)
        reply.in_errors = {"type": "error"}
        if service.settings.log_questions:
            log.info("question: %r", parsed.messages[-1].content)
        await service.info()  # a failure before the first event gets an HTTP status of its own
        with service.sot.session(parsed.messages, **parsed.settings) as session:
            await self._stream(session, reply, record)

    async def _stream(self, session: Session, reply: Reply, record: RequestRecord) -> None:
        service = self._service
        await service.route(session)
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
                payload = event_json(event)
                payload["at_s"] = round(record.elapsed(), 4)
                await reply.write(frame(payload))
        await reply.end()
