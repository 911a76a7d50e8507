"""``POST /sot/events``: an answer as it is made, event by event, for those who want to watch."""

from __future__ import annotations

from contextlib import aclosing

from ..admission import Turn
from ..events import Finished, Routed, TextDelta
from ..serialise import event_json
from .metrics import Record
from .openai_format import frame
from .reply import EVENTS, Reply
from .request_reader import Asked, read_events_request
from .service import Service, log


class Watch:
    """Streams the events of one answer.

    Args:
        service: What the endpoints share.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, raw: bytes, reply: Reply, record: Record) -> None:
        """Answer one request.

        Args:
            raw: Its body.
            reply: Where the events go.
            record: What is remembered of it.

        Raises:
            Failure: It is not such a request.
            SotError: The engine failed.
        """
        service = self._service
        asked = read_events_request(raw)
        reply.in_errors = {"type": "error"}
        if service.settings.log_questions:
            log.info("question: %r", asked.messages[-1].content)
        await service.info()  # what fails before the first event has a status of its own
        with service.sot.turn() as turn:
            await self._stream(asked, turn, reply, record)

    async def _stream(self, asked: Asked, turn: Turn, reply: Reply, record: Record) -> None:
        service = self._service
        decided = await service.route(asked.messages, turn) if asked.strategy == "auto" else None
        stream = service.sot.stream(
            asked.messages, decided=decided, turn=turn, strategy=asked.strategy, **asked.settings
        )
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, Routed):
                    record.strategy = event.route.strategy
                elif isinstance(event, TextDelta):
                    record.text_came()
                elif isinstance(event, Finished):
                    service.metrics.answer_made(event.answer)
                if not reply.started:
                    await reply.start(200, EVENTS)
                payload = event_json(event)
                payload["at_s"] = round(record.elapsed(), 4)
                await reply.write(frame(payload))
        await reply.end()
