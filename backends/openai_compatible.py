"""Any server that speaks OpenAI's chat completions: vLLM, SGLang, llama.cpp, Ollama, OpenAI, gateways.

The format is read and written in `openai_wire` and `openai_errors`, the event stream in `sse`, retries
are timed in `retry`, limits kept in `in_flight`, connections in `http_session`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self

import httpx

from sot.errors import (
    BackendConnectionError,
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    ConfigError,
    MalformedResponseError,
    SotError,
)
from sot.types import BackendInfo, Chunk, Forwarded, GenerateConfig, Load, Message

from .client_pool import PER_CLIENT, ClientPool
from .http_session import Exchange, HttpSession, make_headers, parse_base_url, url_path
from .openai_errors import one_line, status_error
from .openai_wire import (
    Completion,
    ServedModel,
    choose_model,
    parse_metrics,
    parse_models,
    parse_object,
    refused_field,
    request_body,
)
from .retry import RetryPolicy, parse_retry_after
from .sse import MAX_EVENT_BYTES, SSEDecoder

_log = logging.getLogger(__name__)

_CONTINUE_A_TURN = ("vllm", "sglang")
# OpenAI and its like cache prompts too, but only from 1,024 tokens on and for money, so that a long
# shared prefix does not pay there: they count as not caching and get the compact prompts.
_CACHE_PREFIXES = ("vllm", "sglang", "llamacpp")
_MAX_ERROR_BYTES = 64 * 1024
_METRICS_SECONDS = 5.0
_AFTER_FINISH_SECONDS = 5.0  # for the usage that follows a complete answer
# Of a forwarded answer; the rest concerns this connection alone.
_CALLERS_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-request-id", "x-should-retry")
_DRAIN_SECONDS = 0.25  # for the end of the response after [DONE], so that the connection can be reused


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
        if max_in_flight < 1:
            raise ConfigError(f"max_in_flight must be at least 1, not {max_in_flight}")
        if rate_limit is not None and not rate_limit > 0:
            raise ConfigError(f"rate_limit must be above 0 requests per second, not {rate_limit}")
        self._base, self._shown = parse_base_url(base_url)
        key = (os.environ.get("OPENAI_API_KEY", "") if api_key is None else api_key).strip()
        self._headers = make_headers(key, headers or {})
        self._secrets = sorted(
            {value for value in (key, *(headers or {}).values()) if len(value) >= 6}, key=len, reverse=True
        )
        self._model = model
        self._extra_body = dict(extra_body or {})
        self._max_in_flight = max_in_flight
        self._rate_limit = rate_limit
        self._connect_timeout = connect_timeout
        self._first_token_timeout = first_token_timeout
        self._between_token_timeout = between_token_timeout
        self._can_prefill = can_prefill
        self._caches_prefixes = caches_prefixes
        self._retry = retry or RetryPolicy(max_retries=max_retries)
        self._current: HttpSession | None = None
        self._listed: list[ServedModel] | None = None
        self._refused: frozenset[str] = frozenset()
        self._has_metrics = True
        self._running = 0
        self._waiting = 0

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
        session = self._session()
        async with self._slot(session):
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
                    async with aclosing(self._complete(session, body)) as chunks:
                        async for chunk in chunks:
                            if not started:
                                started = True
                                self._refused |= refused  # without them it works: remember that
                            yield chunk
                    return
                except _StatusNotOk as answer:
                    field = refused_field(answer.status, answer.text, body)
                    if field is not None:
                        refused |= {field}
                        continue
                    error, retry_after = self._error(answer)
                except BackendError as broken:
                    if started:
                        raise
                    error, retry_after = broken, None
                tries += 1
                await self._pause(session, error, tries, retry_after)

    async def info(self) -> BackendInfo:
        """What the server's model list says; asked once.

        Raises:
            ConfigError: No model is chosen and the server does not offer exactly one.
            BackendError: The server cannot be reached, or refuses.
        """
        served = await self._served(self._session())
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
        session = self._session()
        try:
            await self._get(session, self._url("/models"), session.loop.time() + _METRICS_SECONDS)
        except _StatusNotOk as answer:
            if answer.status not in (403, 404, 405, 501):
                raise self._error(answer)[0] from None

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
        session = self._session()
        async with self._slot(session):
            served = ServedModel(self._model) if self._model else await self._served(session)
            content = _encode({**self._extra_body, **body, "model": served.name})
            tries = 0
            while True:
                await session.pass_rate_limit()
                async with Exchange(session, self._completion_request(session, content)) as exchange:
                    limit = self._first_token_timeout
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
                await self._pause(session, broken, tries)

    async def load(self) -> Load:
        """The engine's own count from ``/metrics`` (vLLM, SGLang, llama.cpp), else this object's."""
        if self._has_metrics:
            session = self._session()
            url = self._base.copy_with(path=url_path(self._base).removesuffix("/v1") + "/metrics")
            try:
                body = await self._get(session, url, asyncio.get_running_loop().time() + _METRICS_SECONDS)
                load = parse_metrics(body.decode("utf-8", "replace"))
                if load is not None:
                    return load
                self._has_metrics = False
            except (_StatusNotOk, MalformedResponseError):
                self._has_metrics = False
            except BackendError as error:  # too busy to say, or gone: ask again next time
                _log.debug("no metrics: %s", error)
        return Load(self._running, self._waiting)

    async def aclose(self) -> None:
        """Close every connection. Requests in flight end with `BackendConnectionError`."""
        session, self._current = self._current, None
        if session is not None:
            await session.close()

    def _session(self) -> HttpSession:
        loop = asyncio.get_running_loop()
        if self._current is None or self._current.loop is not loop:
            certificates = httpx.create_ssl_context()  # once: it takes 20 ms and more

            def client() -> httpx.AsyncClient:
                return httpx.AsyncClient(
                    headers=self._headers,
                    verify=certificates,
                    # A server's cookies belong to nobody: the answers of many callers pass here.
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                    timeout=httpx.Timeout(None, connect=self._connect_timeout),
                    # A pool never makes anyone wait: `_slot` does. uvicorn drops idle connections after
                    # 5 s, so they are given up a little earlier.
                    limits=httpx.Limits(max_keepalive_connections=PER_CLIENT, keepalive_expiry=4.0),
                )

            self._current = HttpSession(
                ClientPool(client),
                self._shown,
                max_in_flight=self._max_in_flight,
                rate_limit=self._rate_limit,
            )
        return self._current

    @asynccontextmanager
    async def _slot(self, session: HttpSession) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            await session.within(session.slots.acquire, None)
        finally:
            self._waiting -= 1
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            session.slots.release()

    async def _complete(self, session: HttpSession, body: dict[str, Any]) -> AsyncGenerator[Chunk, None]:
        """One try: send the request and read the answer."""
        loop = session.loop
        await session.pass_rate_limit()
        request = self._completion_request(session, _encode(body))
        deadline = loop.time() + self._first_token_timeout
        late = (
            f"{self._shown} gave no first token within {self._first_token_timeout:g} s (first_token_timeout)"
        )
        completion = Completion(self._clean)
        async with Exchange(session, request) as exchange:
            response = await exchange.open(deadline, late)
            if response.status_code != 200:
                raise await self._not_ok(exchange, response)
            head = b""
            while not head.lstrip(b"\xef\xbb\xbf \t\r\n"):
                piece = await exchange.read(deadline, late)
                if not piece:
                    raise BackendConnectionError(f"{self._shown} closed the connection without an answer")
                head += piece
            first = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
            if first == b"{":  # it does not stream
                whole = await exchange.read_all(deadline, late, MAX_EVENT_BYTES, head)
                yield self._whole_answer(completion, whole)
                return
            if first == b"<":
                raise self._not_events(head)
            decoder = SSEDecoder()
            seen = done = False
            piece = head
            while not done:
                events = decoder.feed(piece) if piece else decoder.close()
                progress = False
                for event in events:
                    seen = True
                    if event.data.startswith("[DONE]"):
                        done = True
                        break
                    if not event.data.strip():
                        continue
                    payload = parse_object(event.data, self._clean)
                    if event.event == "error" and not payload.get("error"):
                        payload = {"error": payload}
                    chunk = completion.take(payload)
                    if chunk is not None:
                        progress = True
                        yield chunk
                if done or not piece:
                    break
                if progress:
                    limit = self._between_token_timeout
                    late = f"{self._shown} paused for more than {limit:g} s (between_token_timeout)"
                    if completion.finish_reason:
                        limit = min(limit, _AFTER_FINISH_SECONDS)
                    deadline = loop.time() + limit
                try:
                    piece = await exchange.read(deadline, late)
                except (BackendConnectionError, BackendTimeoutError):
                    if completion.finish_reason is None or session.closed:
                        raise
                    break  # the answer is complete; only its usage is missing
            if not done and completion.finish_reason is None:
                if not seen:
                    raise self._not_events(head)
                raise BackendConnectionError(f"{self._shown} ended the stream in the middle of an answer")
            finish = "stop" if completion.finish_reason is None else None
            yield Chunk(finish_reason=finish, usage=completion.usage())
            if done:
                await exchange.drain(loop.time() + _DRAIN_SECONDS)

    def _completion_request(self, session: HttpSession, content: bytes) -> httpx.Request:
        request = session.clients.any.build_request("POST", self._url("/chat/completions"), content=content)
        request.headers.update(
            {
                "Content-Type": "application/json",
                "Accept": "text/event-stream, application/json",
                "Accept-Encoding": "identity",  # a proxy that compresses holds deltas back
                "X-Request-Id": f"sot-{uuid.uuid4().hex}",
            }
        )
        return request

    def _whole_answer(self, completion: Completion, whole: bytes) -> Chunk:
        payload = parse_object(whole, self._clean)
        chunk = completion.take(payload)
        if chunk is None and not payload.get("choices"):
            raise self._not_events(whole)
        chunk = chunk or Chunk()
        return replace(chunk, finish_reason=chunk.finish_reason or "stop", usage=completion.usage())

    def _not_events(self, head: bytes) -> MalformedResponseError:
        excerpt = self._clean(head[:4096].decode("utf-8", "replace"))
        return MalformedResponseError(
            f"{self._shown} answered with something that is not a chat completion "
            f"(is the address right, with /v1?): {excerpt}"
        )

    async def _served(self, session: HttpSession) -> ServedModel:
        """The model that requests name, with what the server's list says of it."""
        if self._listed is None:
            async with session.listing:
                if self._listed is None:
                    self._listed = await self._list_models(session)
        return choose_model(self._listed, self._model, self._shown, self._clean)

    async def _list_models(self, session: HttpSession) -> list[ServedModel]:
        """Ask for the model list. A server without one is taken as it is if the model is named."""
        tries = 0
        while True:
            deadline = session.loop.time() + self._first_token_timeout
            try:
                await session.pass_rate_limit()
                body = await self._get(session, self._url("/models"), deadline)
                return parse_models(parse_object(body, self._clean))
            except _StatusNotOk as answer:
                # 403: keys that may complete, but not list.
                if self._model is not None and answer.status in (403, 404, 405, 501):
                    return []
                error, retry_after = self._error(answer)
            except MalformedResponseError:
                if self._model is not None:
                    return []
                raise
            except BackendError as broken:
                error, retry_after = broken, None
            tries += 1
            await self._pause(session, error, tries, retry_after)

    def _prefills(self, served: ServedModel) -> bool:
        return served.engine in _CONTINUE_A_TURN if self._can_prefill is None else self._can_prefill

    async def _get(self, session: HttpSession, url: httpx.URL, deadline: float) -> bytes:
        request = session.clients.any.build_request("GET", url)
        request.headers["X-Request-Id"] = f"sot-{uuid.uuid4().hex}"
        late = f"{self._shown} did not answer {url.path} in time"
        async with Exchange(session, request) as exchange:
            response = await exchange.open(deadline, late)
            if response.status_code != 200:
                raise await self._not_ok(exchange, response)
            return await exchange.read_all(deadline, late, MAX_EVENT_BYTES)

    async def _not_ok(self, exchange: Exchange, response: httpx.Response) -> _StatusNotOk:
        body = b""
        try:
            deadline = exchange.session.loop.time() + _METRICS_SECONDS
            body = await exchange.read_all(deadline, "", _MAX_ERROR_BYTES, truncate=True)
        except BackendError:
            if exchange.session.closed:
                raise
        text = body.decode("utf-8", "replace")
        return _StatusNotOk(response.status_code, text, response.headers)

    def _error(self, answer: _StatusNotOk) -> tuple[SotError, float | None]:
        """The error for a status other than 200, and how long the server asks to wait."""
        status, headers = answer.status, answer.headers
        if status < 400:
            target = self._clean(headers.get("location", "nowhere").partition("?")[0])
            return MalformedResponseError(
                f"{self._shown} answered with a redirect ({status}) to {target}: give that address"
            ), None
        hint = ""
        if status == 401:
            hint = " (check the API key)"
        elif status == 404 and not url_path(self._base).endswith("/v1"):
            hint = " (does the address lack /v1?)"
        retry_after = parse_retry_after(headers, now=self._retry.now())
        error = status_error(
            status,
            answer.text,
            self._clean,
            prefix=f"HTTP {status} from {self._shown}: ",
            hint=hint,
            retry_after=retry_after,
        )
        if isinstance(error, BackendStatusError) and headers.get("x-should-retry") == "false":
            error.retryable = False
        return error, retry_after

    async def _pause(
        self, session: HttpSession, error: SotError, tries: int, retry_after: float | None = None
    ) -> None:
        """Wait before the next try, or raise the error if there is none."""
        if retry_after is None:
            retry_after = getattr(error, "retry_after", None)
        retryable = isinstance(error, BackendError) and error.retryable
        delay = self._retry.delay(tries, retry_after) if retryable and not session.closed else None
        if delay is None:
            raise error from None
        _log.info("try %d failed, the next one in %.2f s: %s", tries, delay, error)
        await session.within(lambda: self._retry.sleep(delay), None)

    def _url(self, path: str) -> httpx.URL:
        return self._base.copy_with(path=url_path(self._base) + path)

    def _clean(self, text: str) -> str:
        return one_line(text, self._secrets)


class _StatusNotOk(Exception):
    """A response that is not a 200, before it is known what that means. Never leaves this file."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        super().__init__(status)
        self.status = status
        self.text = text
        self.headers = headers


def _encode(body: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"the request's extra fields are not JSON: {one_line(str(error))}") from None
    return text.encode("utf-8", "replace")  # "replace": half a surrogate pair is no text
