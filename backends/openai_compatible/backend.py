"""Any server that speaks OpenAI's chat completions: vLLM, SGLang, llama.cpp, Ollama, OpenAI, gateways.

The server itself (address, key, limits, retries) is in `openai_server`, reading an answer in `openai_answer`;
the format is read and written in `openai_wire` and `openai_errors`, the event stream in `sse`, retries are
timed in `retry`, limits kept in `in_flight`, connections in `http_session`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Self

from sot.errors import BackendConnectionError, BackendError, ConfigError, MalformedResponseError
from sot.types import BackendInfo, Chunk, Forwarded, GenerateConfig, Load, Message

from .attempt import TokenTimeouts, complete
from .error_mapping import one_line
from .http_session import Exchange, HttpSession
from .retry import RetryPolicy
from .server import OpenAIServer, StatusNotOk
from .wire import (
    ServedModel,
    choose_model,
    parse_metrics,
    parse_models,
    parse_object,
    refused_field,
    request_body,
)

_log = logging.getLogger(__name__)

_CONTINUE_A_TURN = ("vllm", "sglang")
# OpenAI and its like cache prompts too, but only from 1,024 tokens on and for money, so that a long
# shared prefix does not pay there: they count as not caching and get the compact prompts.
_CACHE_PREFIXES = ("vllm", "sglang", "llamacpp")
_METRICS_SECONDS = 5.0
# Of a forwarded answer; the rest concerns this connection alone.
_CALLERS_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-request-id", "x-should-retry")


class OpenAICompatibleBackend:
    """A server reached over HTTP.

    Nothing is opened before the first request. An object belongs to the event loop it is used in;
    after `aclose`, or in another loop, the next request opens a new client.

    Args:
        base_url: Where ``/chat/completions`` lives, usually ending in ``/v1``.
        model: The model's name; ``None`` takes the only one that the server lists.
        api_key: Sent as a bearer token; ``None`` takes ``OPENAI_API_KEY``, an empty text sends none.
        extra_body: Further fields for every request.
        headers: Further headers for every request; their values are kept out of messages like the key.
        max_in_flight: Requests at the server at the same time; others wait here.
        rate_limit: Requests per second at most.
        connect_timeout: Seconds until a connection stands.
        first_token_timeout: Seconds from sending until the first text, reasoning or finish.
        between_token_timeout: Seconds from one delta to the next.
        max_retries: Tries after the first, all before the first token reaches the reader.
        can_prefill: Whether the server continues a started assistant turn; ``None`` finds out.
        caches_prefixes: Whether the server caches prefixes; ``None`` finds out.
        retry: The whole policy, in place of ``max_retries``.

    Raises:
        ConfigError: The address or the key cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        max_in_flight: int = 64,
        rate_limit: float | None = None,
        connect_timeout: float = 10.0,
        first_token_timeout: float = 120.0,
        between_token_timeout: float = 60.0,
        max_retries: int = 3,
        can_prefill: bool | None = None,
        caches_prefixes: bool | None = None,
        retry: RetryPolicy | None = None,
    ) -> None:
        self._server = OpenAIServer(
            base_url,
            api_key=api_key,
            headers=headers or {},
            max_in_flight=max_in_flight,
            rate_limit=rate_limit,
            connect_timeout=connect_timeout,
            retry=retry or RetryPolicy(max_retries=max_retries),
        )
        self._shown = self._server.shown
        self._timeouts = TokenTimeouts(first_token_timeout, between_token_timeout)
        self._model = model
        self._extra_body = dict(extra_body or {})
        self._can_prefill = can_prefill
        self._caches_prefixes = caches_prefixes
        self._listed: list[ServedModel] | None = None
        self._refused: frozenset[str] = frozenset()
        self._has_metrics = True

    def __repr__(self) -> str:
        return f"OpenAICompatibleBackend({self._shown!r}, model={self._model!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Start a completion and yield it piece by piece, as `sot.types.Backend.stream` says.

        Closing the generator, or cancelling the task that reads it, closes the connection at once, by
        which engines notice and stop.

        Raises:
            BackendError: The server failed, also after all tries.
            ContextLengthError: The prompt does not fit.
            ConfigError: No model is chosen, the server cannot continue a turn, or ``extra`` is no JSON.
        """
        session = self._server.session()
        async with self._server.slot(session):
            served = ServedModel(self._model or "")
            if self._model is None or prefill is not None or config.repetition_penalty is not None:
                served = await self._served(session)
            if prefill is not None and not self._prefills(served):
                raise ConfigError(f"{self._shown} is not known to continue a started turn (can_prefill)")
            refused = self._refused
            tries = 0
            while True:
                body = request_body(
                    messages,
                    config,
                    model=served.name,
                    prefill=prefill,
                    engine=served.engine,
                    extra_body=self._extra_body,
                    refused=refused,
                )
                started = False
                try:
                    async with aclosing(
                        complete(self._server, session, _encode(body), self._timeouts)
                    ) as chunks:
                        async for chunk in chunks:
                            if not started:
                                started = True
                                self._refused |= refused  # without them it works: remember that
                            yield chunk
                    return
                except StatusNotOk as answer:
                    field = refused_field(answer.status, answer.text, body)
                    if field is not None:
                        refused |= {field}
                        continue
                    error, retry_after = self._server.error(answer)
                except BackendError as broken:
                    if started:
                        raise
                    error, retry_after = broken, None
                tries += 1
                await self._server.pause(session, error, tries, retry_after)

    async def info(self) -> BackendInfo:
        """What the server's model list says; asked once.

        Raises:
            ConfigError: No model is chosen and the server does not offer exactly one.
            BackendError: The server cannot be reached, or refuses.
        """
        served = await self._served(self._server.session())
        caches = served.engine in _CACHE_PREFIXES
        return BackendInfo(
            backend=self._shown,
            model=served.name,
            context_length=served.context_length,
            can_prefill=self._prefills(served),
            caches_prefixes=caches if self._caches_prefixes is None else self._caches_prefixes,
        )

    async def check(self) -> None:
        """Ask for the model list, once and now; a server without one answers as well.

        Raises:
            BackendError: The server cannot be reached, or refuses the key.
        """
        session = self._server.session()
        try:
            await self._server.get(
                session, self._server.url("/models"), session.loop.time() + _METRICS_SECONDS
            )
        except StatusNotOk as answer:
            if answer.status not in (403, 404, 405, 501):
                raise self._server.error(answer)[0] from None

    @asynccontextmanager
    async def forward(self, body: Mapping[str, Any]) -> AsyncIterator[Forwarded]:
        """Send a caller's own request and hand the server's answer back, as `sot.types.Forwards` says.

        A connection that broke before the answer began, such as one that was idle for too long, is tried
        again; nothing else is: the caller sees the server's own status, retry hints and words.

        Args:
            body: The request's JSON object; its model is replaced by this backend's.

        Raises:
            BackendError: The server cannot be reached.
            ConfigError: No model is chosen.
        """
        session = self._server.session()
        async with self._server.slot(session):
            served = ServedModel(self._model) if self._model else await self._served(session)
            content = _encode({**self._extra_body, **body, "model": served.name})
            tries = 0
            while True:
                await session.pass_rate_limit()
                async with Exchange(session, self._server.completion_request(session, content)) as exchange:
                    limit = self._timeouts.first
                    late = f"{self._shown} gave no answer within {limit:g} s (first_token_timeout)"
                    try:
                        response = await exchange.open(session.loop.time() + limit, late)
                    except BackendConnectionError as error:
                        broken = error
                    else:
                        # A whole answer has its headers early and its body when it is complete.
                        pieces = exchange.pieces(limit, late)
                        headers = {n: response.headers[n] for n in _CALLERS_HEADERS if n in response.headers}
                        async with aclosing(pieces):
                            yield Forwarded(response.status_code, headers, pieces)
                        return
                tries += 1
                await self._server.pause(session, broken, tries)

    async def load(self) -> Load:
        """The engine's own count from ``/metrics`` (vLLM, SGLang, llama.cpp), else this object's."""
        if self._has_metrics:
            session = self._server.session()
            deadline = asyncio.get_running_loop().time() + _METRICS_SECONDS
            try:
                body = await self._server.get(session, self._server.metrics_url, deadline)
                load = parse_metrics(body.decode("utf-8", "replace"))
                if load is not None:
                    return load
                self._has_metrics = False
            except (StatusNotOk, MalformedResponseError):
                self._has_metrics = False
            except BackendError as error:  # too busy to say, or gone: ask again next time
                _log.debug("no metrics: %s", error)
        return Load(self._server.running, self._server.waiting)

    async def aclose(self) -> None:
        """Close every connection. Requests in flight end with `BackendConnectionError`."""
        await self._server.aclose()

    async def _served(self, session: HttpSession) -> ServedModel:
        """The model that requests name, with what the server's list says of it."""
        if self._listed is None:
            async with session.listing:
                if self._listed is None:
                    self._listed = await self._list_models(session)
        return choose_model(self._listed, self._model, self._shown, self._server.clean)

    async def _list_models(self, session: HttpSession) -> list[ServedModel]:
        """Ask for the model list. A server without one is taken as it is if the model is named."""
        tries = 0
        while True:
            deadline = session.loop.time() + self._timeouts.first
            try:
                await session.pass_rate_limit()
                body = await self._server.get(session, self._server.url("/models"), deadline)
                return parse_models(parse_object(body, self._server.clean))
            except StatusNotOk as answer:
                # 403: keys that may complete, but not list.
                if self._model is not None and answer.status in (403, 404, 405, 501):
                    return []
                error, retry_after = self._server.error(answer)
            except MalformedResponseError:
                if self._model is not None:
                    return []
                raise
            except BackendError as broken:
                error, retry_after = broken, None
            tries += 1
            await self._server.pause(session, error, tries, retry_after)

    def _prefills(self, served: ServedModel) -> bool:
        return served.engine in _CONTINUE_A_TURN if self._can_prefill is None else self._can_prefill


def _encode(body: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"the request's extra fields are not JSON: {one_line(str(error))}") from None
    return text.encode("utf-8", "replace")  # "replace": half a surrogate pair is no text
