"""Backend of OpenAI-compatible servers: vLLM, SGLang, llama.cpp, Ollama, OpenAI, gateways.

Here are retries, model discovery and forwarding. The modules beside it, from the outside in:

- `server`: the server's address, key, limits and retry pauses; `retry`: backoff and ``Retry-After``;
- `attempt`: one request and its response, without retries;
- `wire`: JSON bodies and payloads; `error_mapping`: statuses and error objects; `sse`: the event stream;
- `http_session`: clients and exchanges of one event loop, on `client_pool` (connections), `deadlines`
  (concurrency, rate and time limits) and `stall` (a cheap read timeout for forwarded bodies).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Self

from sot.errors import BackendConnectionError, BackendError, ConfigError, MalformedResponseError
from sot.types import BackendInfo, Chunk, Forwarded, GenerateConfig, Load, Message, PrefixCaching

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

_CONTINUE_A_TURN = ("vllm", "sglang")  # by `continue_final_message`
# OpenAI and its like cache prompts too, but only from 1,024 tokens on and for money, so that a long
# shared prefix does not pay there: they count as unknown and get the compact prompts. llama.cpp takes a
# known beginning from idle slots only.
_CACHES_PREFIXES: Mapping[str, PrefixCaching] = {"vllm": "running", "sglang": "running", "llamacpp": "idle"}
_METRICS_SECONDS = 5.0
# Headers of a forwarded response that concern the caller; the rest belongs to this connection alone.
_CALLERS_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-request-id", "x-should-retry")


class OpenAICompatibleBackend:
    """Backend of one OpenAI-compatible server, reached over HTTP.

    No connection is opened before the first request. An object belongs to the event loop it is used in;
    after `aclose`, or in another loop, the next request opens a new client.

    Args:
        base_url: Address above ``/chat/completions``, usually ending in ``/v1``.
        model: Name of the model; ``None`` takes the only one that the server lists.
        api_key: Sent as a bearer token; ``None`` takes ``OPENAI_API_KEY``, an empty text sends none.
        extra_body: Further fields for every request.
        headers: Further headers for every request; their values are kept out of messages like the key.
        max_in_flight: Most concurrent requests at the server; others wait here. ``None`` sets no limit.
        rate_limit: Most requests per second.
        connect_timeout: Most seconds to establish a connection.
        first_token_timeout: Most seconds from sending to the first text, reasoning or finish reason.
        between_token_timeout: Most seconds from one delta to the next.
        max_retries: Tries after the first, all before the first token reaches the reader.
        can_prefill: Whether the server continues a started assistant turn; ``None`` concludes it from the
            engine's name in the model list.
        caches_prefixes: Whether the server has a prefix cache; ``None`` concludes it in the same way.
        retry: Retry policy, in place of ``max_retries``.

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
        max_in_flight: int | None = None,
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
        """Stream a completion chunk by chunk; see `sot.types.Backend.stream`.

        Closing the generator, or cancelling the task that reads it, closes the connection at once, and the
        engine aborts the request.

        Raises:
            BackendError: The server failed, and no retry is left.
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
                                self._refused |= refused  # it works without them: remember that
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
        """Describe the model by the server's model list, which is asked for once.

        Raises:
            ConfigError: No model is chosen and the server does not offer exactly one.
            BackendError: The server cannot be reached, or refuses.
        """
        served = await self._served(self._server.session())
        caches: PrefixCaching = _CACHES_PREFIXES.get(served.engine or "", "unknown")
        if self._caches_prefixes is not None:
            caches = "running" if self._caches_prefixes else "no"
        return BackendInfo(
            backend=self._shown,
            model=served.name,
            context_length=served.context_length,
            name=served.engine or "",
            continues_turn=self._prefills(served),
            caches_prefixes=caches,
            sampling_fields=None,  # the server says what it refuses
            refuses=tuple(sorted(self._refused)),
            forwards=True,
            evidence=self._evidence(served),
        )

    async def check(self) -> None:
        """Probe the server by one request for its model list; a server without one counts as alive.

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
        """Forward a caller's own request and hand back the server's response; see `sot.types.Forwards`.

        Only a connection that broke before the response began, such as one that was idle for too long, is
        tried again: of everything else the caller sees the server's own status, retry hints and message.

        Args:
            body: JSON object of the request; its model is replaced by this backend's.

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
                        # A response that does not stream sends its headers early, its body when it is done.
                        pieces = exchange.pieces(limit, late)
                        headers = {n: response.headers[n] for n in _CALLERS_HEADERS if n in response.headers}
                        async with aclosing(pieces):
                            yield Forwarded(response.status_code, headers, pieces)
                        return
                tries += 1
                await self._server.pause(session, broken, tries)

    async def load(self) -> Load:
        """Return the load from ``/metrics`` (vLLM, SGLang, llama.cpp), else this object's own count."""
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
            except BackendError as error:  # overloaded or unreachable: ask again next time
                _log.debug("no metrics: %s", error)
        return Load(self._server.running, self._server.waiting)

    async def aclose(self) -> None:
        """Close every connection. Requests in flight end with `BackendConnectionError`."""
        await self._server.aclose()

    async def _served(self, session: HttpSession) -> ServedModel:
        """Return the model to name in requests, as the server lists it; the list is asked for once."""
        if self._listed is None:
            async with session.listing:
                if self._listed is None:
                    self._listed = await self._list_models(session)
        return choose_model(self._listed, self._model, self._shown, self._server.clean)

    async def _list_models(self, session: HttpSession) -> list[ServedModel]:
        """Fetch the model list; empty for a server without one, if the caller has named the model."""
        tries = 0
        while True:
            deadline = session.loop.time() + self._timeouts.first
            try:
                await session.pass_rate_limit()
                body = await self._server.get(session, self._server.url("/models"), deadline)
                return parse_models(parse_object(body, self._server.clean))
            except StatusNotOk as answer:
                # 403: keys with permission for completions, but not for the list.
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

    def _evidence(self, served: ServedModel) -> dict[str, str]:
        """Return the source of what is known of the engine, by field of `BackendInfo`."""
        name = (
            f"owned_by says {served.engine} in /v1/models" if served.engine else "/v1/models names no engine"
        )
        found = {"continues_turn": name, "caches_prefixes": name}
        if self._can_prefill is not None:
            found["continues_turn"] = "the setting can_prefill"
        if self._caches_prefixes is not None:
            found["caches_prefixes"] = "the setting caches_prefixes"
        if served.context_length is not None:
            found["context_length"] = "/v1/models"
        if self._refused:
            found["refuses"] = "requests with these fields were refused, and taken without them"
        return found

    def _prefills(self, served: ServedModel) -> bool:
        return served.engine in _CONTINUE_A_TURN if self._can_prefill is None else self._can_prefill


def _encode(body: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"the request's extra fields are not JSON: {one_line(str(error))}") from None
    return text.encode("utf-8", "replace")  # "replace": a lone surrogate has no UTF-8 form
