"""``POST /v1/chat/completions``: one answer, by the core or by the engine itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from ..admission import Turn
from ..events import Finished, PointFound, TextDelta
from ..types import Answer, Forwards, Route
from .failures import Failure, bad_request
from .forward import pass_on
from .metrics import Record
from .openai_format import ChunkWriter, whole
from .reply import EVENTS, Reply
from .request_reader import Asked, read_request
from .service import Service, log


class ChatCompletions:
    """Answers chat-completion requests.

    Args:
        service: What the endpoints share.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, raw: bytes, reply: Reply, record: Record) -> None:
        """Answer one request.

        Args:
            raw: Its body.
            reply: Where the answer goes.
            record: What is remembered of it.

        Raises:
            Failure: It cannot be answered.
            SotError: The engine failed.
        """
        service = self._service
        backend = service.sot.backend
        info = await service.info()
        asked = read_request(raw, own_model=info.model, short_tokens=service.settings.short_answer_tokens)
        if service.settings.log_questions and asked.messages:
            log.info("question: %r", asked.messages[-1].content)
        if asked.direct is not None:
            if not isinstance(backend, Forwards):
                message = f"{asked.direct}, which the engine {info.backend} does not take"
                raise bad_request(message, param=asked.direct_param, code="unsupported_parameter")
            record.strategy = "direct"
            usage = await pass_on(backend, self._as_it_is(asked), reply, record)
            service.metrics.spent(usage)
            return
        with service.sot.turn() as turn:
            await self._answer(asked, turn, info.model, reply, record)

    async def _answer(self, asked: Asked, turn: Turn, model: str, reply: Reply, record: Record) -> None:
        service, backend = self._service, self._service.sot.backend
        route = await self._route(asked, turn)
        if route.strategy == "normal" and isinstance(backend, Forwards) and not asked.details:
            record.strategy = "normal"
            with service.sot.forwarding(route, turn=turn) as learn:
                usage = await pass_on(backend, self._as_it_is(asked), reply, record)
                learn(usage)
            service.metrics.spent(usage + route.usage)
            return
        record.strategy = route.strategy
        answer = await self._made(asked, route, turn, model, reply, record)
        service.metrics.answer_made(answer)

    async def _route(self, asked: Asked, turn: Turn) -> Route:
        if asked.short and asked.strategy in ("auto", "skeleton"):
            return Route("normal", 1.0, "the answer may only be short", "server")
        if asked.strategy != "auto":
            return Route(asked.strategy, 1.0, "chosen by the caller", "caller")
        return await self._service.route(asked.messages, turn)

    async def _made(
        self, asked: Asked, route: Route, turn: Turn, model: str, reply: Reply, record: Record
    ) -> Answer:
        settings = {**asked.settings, "extra": self._extra(asked)}
        writer = ChunkWriter(model, include_usage=asked.include_usage) if asked.stream else None
        headers = {"x-sot-strategy": route.strategy}
        stream = self._service.sot.stream(asked.messages, decided=route, turn=turn, **settings)
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, Finished):
                    answer = event.answer
                    if writer is None:
                        await reply.json(whole(answer, details=asked.details), headers=headers)
                    else:
                        await _begin(reply, writer, headers)
                        await reply.end(writer.finish(answer, details=asked.details))
                    return answer
                # Nothing is sent before the engine has shown that it works: until then an error has a
                # status of its own.
                if isinstance(event, TextDelta):
                    record.text_came()
                    if writer is not None:
                        await _begin(reply, writer, headers)
                        await reply.write(writer.text(event.text))
                elif isinstance(event, PointFound) and writer is not None:
                    await _begin(reply, writer, headers)
        raise Failure(500, "the answer ended without an end", "server_error")

    def _as_it_is(self, asked: Asked) -> Mapping[str, Any]:
        """The caller's request, with the fields that whoever runs the server adds to every one."""
        return {**self._service.sot.options.extra, **asked.body}

    def _extra(self, asked: Asked) -> dict[str, Any]:
        """Sampling fields for the engine; what it cannot take is refused, not dropped."""
        backend = self._service.sot.backend
        if not isinstance(backend, Forwards):
            taken: frozenset[str] = getattr(backend, "sampling_fields", frozenset[str]())
            if unknown := sorted(asked.extra.keys() - taken):
                message = f"the engine does not take {unknown[0]}"
                raise bad_request(message, param=unknown[0], code="unsupported_parameter")
            return {**self._service.sot.options.extra, **asked.extra}
        return {**self._service.sot.options.extra, **asked.extra, **asked.notes}


async def _begin(reply: Reply, writer: ChunkWriter, headers: dict[str, str]) -> None:
    if not reply.started:
        await reply.start(200, EVENTS, headers)
        await reply.write(writer.role())
