"""Endpoints of answers: made by the core, or by the engine, to which the request is forwarded."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, cast

from ..events import FellBack, Finished, PointFound, TextDelta
from ..keys import current_keys, forward_keywords
from ..options import AUTO, AnswerSettings
from ..options.adapters import adapter_of
from ..session import Session
from ..strategies import makes_json, part_of
from ..types import Answer, BackendInfo, Forwards, ForwardsPaths, Route
from .answer_format import AnswerFormat, AnswerWriter
from .caller_keys import CACHE_SALT, key_settings
from .failures import Failure, bad_request
from .forward import forward_request
from .metrics import RequestRecord
from .openai_format import encoded
from .redaction import Secrets
from .reply import EVENTS, Reply
from .request_adapter import with_adapters
from .request_fields import with_defaults, without_effect
from .request_json import off_the_loop
from .request_reader import ParsedRequest
from .request_terms import ReadingTerms
from .service import Service, log
from .visible_usage import visible_usage

STRATEGY = "x-sot-strategy"


class Answers:
    """Handler of requests for answers.

    Args:
        service: State shared by the endpoints.
        form: Interface by which requests are read and answers written.
    """

    def __init__(self, service: Service, form: AnswerFormat) -> None:
        self._service = service
        self._form = form

    async def __call__(self, raw: bytes, reply: Reply, record: RequestRecord) -> None:
        """Answer one request.

        Args:
            raw: The request's body.
            reply: The response.
            record: The request's record for the metrics.

        Raises:
            Failure: The request is invalid, or cannot be answered.
            SotError: The engine failed.
        """
        service = self._service
        info = await service.info()
        reply.broken = self._form.broken
        terms = ReadingTerms.of(info, service.settings)
        parsed = await off_the_loop(raw, partial(self._form.read, terms=terms))
        if service.settings.log_questions and parsed.messages:
            log.info("question: %r", parsed.messages[-1].content)
        settings = with_adapters(parsed.settings, service.sot.options.adapter, info)
        adapter = adapter_of(settings.get("adapter", service.sot.options.adapter), "normal")
        if parsed.direct is not None:
            if not info.forwards:
                raise _not_taken(parsed, f"the engine {service.view.backend(info)} does not take")
            record.strategy = "direct"
            keys = key_settings(parsed.body, current_keys(), info, core=False)
            with service.sot.session(**keys) as session:
                await self._forward(parsed, session, reply, record, adapter)
            return
        keys = key_settings(parsed.body, current_keys(), info, core=True)
        if "tenant" in keys:  # a setting, so that engines in this process know it, too
            further = {name: value for name, value in parsed.extra.items() if name != CACHE_SALT}
            parsed = replace(parsed, extra=further)
        settings = cast("AnswerSettings", {**settings, **keys})
        settings["extra"] = self._extra(parsed, info, whole=False)
        with service.sot.session(parsed.messages, **settings) as session:
            if parsed.short and settings.get("strategy") in (AUTO, "skeleton"):
                session.decide(Route("normal", 1.0, "the answer may only be short", "server"))
            route = await service.route(session)
            record.strategy = reply.headers[STRATEGY] = route.strategy
            alone = route.strategy == "normal" and info.forwards and self._form.endpoint is None
            if alone and not self._needs_core(parsed):
                service.count_forwarded(route.usage, info.model, route.strategy)
                await self._forward(parsed, session, reply, record, adapter)
                return
            if parsed.thinks and not part_of(route.strategy):
                session.change(**self._whole_settings(parsed, info))
            answer = await self._answer(parsed, session, route, info, reply, record)
        service.metrics.count_answer(answer)

    async def _forward(
        self,
        parsed: ParsedRequest,
        session: Session,
        reply: Reply,
        record: RequestRecord,
        adapter: str | None,
    ) -> None:
        """Forward the caller's request to the engine, which decodes it with an adapter if one is named."""
        reply.headers[STRATEGY] = record.strategy or "direct"
        info, backend, keys = await self._service.info(), self._service.sot.backend, session.keys
        body, endpoint = self._forwarded_body(parsed), self._form.endpoint
        traced = {"traceparent": parent} if (parent := session.traceparent(info)) else {}
        missing = _not_taken(parsed, f"needs the engine's own /v1{endpoint}: it has none")
        if endpoint is None:
            forward = cast("Forwards", backend).forward  # `BackendInfo.forwards` says so
            sent = forward(body, **forward_keywords(forward, keys, adapter, traced.get("traceparent")))
        elif keys.tenant is not None:
            raise _not_taken(parsed, f"would go to /v1{endpoint} of the engine, which keeps no tenants apart")
        elif isinstance(backend, ForwardsPaths):
            content = encoded({**body, "model": adapter or info.model})
            sent = backend.forward_path("POST", endpoint, content, answer=keys.answer, **traced)
        else:
            raise missing
        async with session.forward() as spent:
            secrets = Secrets.of(backend, info, debug=self._service.settings.debug)
            usage = await forward_request(
                sent, reply, record, secrets, missing=lambda said: None if endpoint is None else missing
            )
            spent(usage)
        self._service.count_forwarded(usage, info.model, record.strategy or "direct")

    async def _answer(
        self,
        parsed: ParsedRequest,
        session: Session,
        route: Route,
        info: BackendInfo,
        reply: Reply,
        record: RequestRecord,
    ) -> Answer:
        """Answer by the core, streamed or as a whole."""
        writer = self._form.writer(parsed, info) if parsed.stream else None
        if writer is not None:
            reply.broken = writer.failed
        found = part_of(route.strategy) == "point"  # by the engine; other parts are given before it is asked
        async with aclosing(session.stream()) as events:
            async for event in events:
                if isinstance(event, Finished):
                    answer = event.answer
                    details = self._service.view.details(answer, info) if parsed.details else None
                    shown = _for_parsers(answer, parsed)
                    if self._service.settings.usage == "visible":
                        shown = replace(shown, usage=visible_usage(answer))
                    if writer is None:
                        await reply.json(self._form.whole(parsed, shown, details))
                    else:
                        await _begin(reply, writer)
                        await reply.end(writer.finish(shown, details))
                    return answer
                if isinstance(event, FellBack) and not reply.started:
                    reply.headers[STRATEGY] = "normal"
                # The response starts only when the engine has produced something, so that an error before
                # that gets an HTTP status of its own.
                if isinstance(event, TextDelta):
                    record.note_first_text()
                    if writer is not None:
                        await _begin(reply, writer)
                        await reply.write(writer.text(event.text))
                elif isinstance(event, PointFound) and found and writer is not None:
                    await _begin(reply, writer)
        raise Failure(500, "the answer ended without an end", "server_error")

    def _needs_core(self, parsed: ParsedRequest) -> bool:
        """Return whether the engine alone could not give a normal answer as the caller wants it."""
        operators = self._service.sot.options.thinking in ("off", "on") and parsed.thinks is None
        return parsed.details or parsed.own_thinking or operators

    def _whole_settings(self, parsed: ParsedRequest, info: BackendInfo) -> AnswerSettings:
        """Return the settings of an answer that is decoded as one, by a model that shall think."""
        settings: AnswerSettings = {"extra": self._extra(parsed, info, whole=True)}
        if (info.sampling_fields is not None or not parsed.switches) and "thinking" not in parsed.settings:
            settings["thinking"] = "on"  # engines in this process take no fields about thinking
        return settings

    def _forwarded_body(self, parsed: ParsedRequest) -> Mapping[str, Any]:
        """Return the caller's request, with the operator's own fields for the engine as defaults."""
        return with_defaults(self._service.sot.options.extra, parsed.body)

    def _extra(self, parsed: ParsedRequest, info: BackendInfo, *, whole: bool) -> dict[str, Any]:
        """Return the further request fields for the engine.

        Args:
            whole: Whether the answer is decoded as one. What tells the model to think goes with such answers
                only: the requests of a skeleton do not think, unless the setting says so.

        Raises:
            Failure: The engine does not take one of the caller's fields, which must not be dropped silently.
        """
        own = self._service.sot.options.extra
        if info.sampling_fields is None:
            thinking = parsed.settings.get("thinking", self._service.sot.options.thinking)
            follows = thinking == "off" if parsed.thinks is False else whole or thinking == "on"
            fields = {**parsed.extra, **parsed.notes}
            return with_defaults(own, {**fields, **parsed.switches} if follows else fields)
        unknown = parsed.extra.keys() - info.sampling_fields
        effective = sorted(name for name in unknown if not without_effect(name, parsed.extra[name]))
        if effective:
            message = f"the engine does not take {effective[0]}"
            raise bad_request(message, param=effective[0], code="unsupported_parameter")
        taken = {name: value for name, value in parsed.extra.items() if name not in unknown}
        return with_defaults(own, taken)


def _for_parsers(answer: Answer, parsed: ParsedRequest) -> Answer:
    """Return an answer with the finish reason for clients that parse it.

    OpenAI's client throws a JSON text away whose finish reason is ``length``: it takes it for broken. This
    one is whole and valid; where the caller set no limit, our own ended a text in it at a sentence.
    """
    limited = parsed.settings.get("max_answer_tokens") is not None
    if makes_json(answer.route.strategy) and answer.finish_reason == "length" and not limited:
        return replace(answer, finish_reason="stop")
    return answer


def _not_taken(parsed: ParsedRequest, why: str) -> Failure:
    """Make the failure of a request that only an engine could answer which does not."""
    advice = " (--tools ignore answers without them)" if parsed.direct_param in ("tools", "functions") else ""
    message = f"{parsed.direct}, which {why}{advice}"
    return bad_request(message, param=parsed.direct_param, code="unsupported_parameter")


async def _begin(reply: Reply, writer: AnswerWriter) -> None:
    if not reply.started:
        await reply.start(200, EVENTS)
        await reply.write(writer.begin())
