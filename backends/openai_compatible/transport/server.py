"""OpenAI-compatible server as seen over HTTP: address, key, limits, retries, refusals."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from sot.errors import BackendError, BackendStatusError, ConfigError, MalformedResponseError, SotError

from ..wire.error_mapping import StatusNotOk, one_line, status_error
from .address import carries_key, make_headers, parse_base_url, url_path
from .connections import Connections
from .decompression import ACCEPTED
from .environment import certificates, proxy_for
from .http_session import Exchange, HttpSession
from .plain_stream import PlainTransport
from .provider_limits import ProviderLimits
from .retry import RetryPolicy, parse_retry_after

_MAX_BODY_BYTES = 4 * 1024 * 1024  # model list, metrics
_MAX_ERROR_BYTES = 64 * 1024
_IDLE_SECONDS = 4.0  # uvicorn closes idle connections after 5 s
_ERROR_SECONDS = 5.0  # for reading the body of a refusal


class OpenAIServer:
    """One server, with its limits; the arguments are those of `OpenAICompatibleBackend`.

    No connection is opened before the first request; each event loop gets a session of its own.

    Attributes:
        shown: Its address for messages, without query.
        retry: Retry policy of requests to it.
        running: Requests that hold a place now.
        waiting: Requests that wait for one.

    Raises:
        ConfigError: The address, the key or a limit cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None,
        headers: Mapping[str, str],
        max_in_flight: int | None,
        rate_limit: float | None,
        connect_timeout: float,
        retry: RetryPolicy,
        limits: ProviderLimits | None = None,
    ) -> None:
        if max_in_flight is not None and max_in_flight < 1:
            raise ConfigError(f"max_in_flight must be at least 1, not {max_in_flight}")
        if rate_limit is not None and not rate_limit > 0:
            raise ConfigError(f"rate_limit must be above 0 requests per second, not {rate_limit}")
        self._base, self.shown = parse_base_url(base_url)
        key = (os.environ.get("OPENAI_API_KEY", "") if api_key is None else api_key).strip()
        self._headers = make_headers(key, {"Accept-Encoding": ACCEPTED, **headers})
        values = {key, *headers.values()}
        # Servers repeat a token without the scheme before it, such as "Bearer".
        with_scheme = [name for name in headers if carries_key(name) or name.lower() == "proxy-authorization"]
        values |= {headers[name].strip().partition(" ")[2].strip() for name in with_scheme}
        self._secrets = sorted({value for value in values if len(value) >= 6}, key=len, reverse=True)
        self._completions = self.url("/chat/completions")
        self._max_in_flight = max_in_flight
        self._rate_limit = rate_limit
        self._limits = limits
        self._connect_timeout = connect_timeout
        self.retry = retry
        self._current: HttpSession | None = None
        self.running = 0
        self.waiting = 0

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key and the values of the user's headers, which no message and no client may see."""
        return tuple(self._secrets)

    @property
    def host(self) -> str:
        """Its host name."""
        return self._base.host

    @property
    def metrics_url(self) -> httpx.URL:
        """Address of the engine's Prometheus metrics: beside ``/v1``, not below it."""
        return self._base.copy_with(path=url_path(self._base).removesuffix("/v1") + "/metrics")

    def url(self, path: str) -> httpx.URL:
        """Return an address below the base, for a path with a slash in front."""
        return self._base.copy_with(path=url_path(self._base) + path)

    def clean(self, text: str) -> str:
        """Reduce a server's text to one short line without keys, for messages."""
        return one_line(text, self._secrets)

    def session(self) -> HttpSession:
        """Return the session of the running event loop, made if need be.

        Raises:
            ConfigError: The environment names a proxy or certificates that cannot be used.
        """
        loop = asyncio.get_running_loop()
        if self._current is None or self._current.loop is not loop:
            proxy = proxy_for(self._base)
            plain = self._base.scheme == "http" and proxy is None
            authorities = certificates()  # once: it takes 20 ms and more

            def connection() -> httpx.AsyncBaseTransport:
                if plain:
                    return PlainTransport(_IDLE_SECONDS)
                return httpx.AsyncHTTPTransport(
                    verify=authorities,
                    trust_env=False,
                    limits=httpx.Limits(max_connections=1, keepalive_expiry=_IDLE_SECONDS),
                    proxy=httpx.Proxy(proxy.url) if proxy else None,
                )

            connections = Connections(connection, _IDLE_SECONDS)
            client = httpx.AsyncClient(
                transport=connections,
                headers=self._headers,
                trust_env=False,  # `environment` has read it
                # No cookies are kept: many callers share this client.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                timeout=httpx.Timeout(None, connect=self._connect_timeout),
            )
            self._current = HttpSession(
                client,
                connections,
                self.shown,
                proxy=proxy.shown if proxy else None,
                max_in_flight=self._max_in_flight,
                rate_limit=self._rate_limit,
                limits=self._limits,
            )
        return self._current

    async def aclose(self) -> None:
        """Close every connection. Requests in flight end with `BackendConnectionError`."""
        session, self._current = self._current, None
        if session is not None:
            await session.close()

    @asynccontextmanager
    async def slot(self, session: HttpSession) -> AsyncIterator[None]:
        """Hold one of the ``max_in_flight`` places at the server, after waiting for it."""
        slots = session.slots
        if slots is not None:
            self.waiting += 1
            try:
                await session.within(slots.acquire, None)
            finally:
                self.waiting -= 1
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            if slots is not None:
                slots.release()

    def completion_request(
        self, session: HttpSession, content: bytes, further: Mapping[str, str] | None = None
    ) -> httpx.Request:
        """Build the HTTP request of a completion from its JSON body.

        Args:
            session: The running loop's session.
            content: The body.
            further: Headers of this request alone; one that the user set for every request wins.
        """
        accept = "text/event-stream, application/json"
        return self._request(session, "POST", self._completions, content, accept, further)

    def path_request(
        self,
        session: HttpSession,
        method: str,
        path: str,
        content: bytes | None,
        further: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        """Build the HTTP request to a path below the base, from its JSON body where it has one."""
        return self._request(session, method, self.url(path), content, "*/*", further)

    def _request(
        self,
        session: HttpSession,
        method: str,
        url: httpx.URL,
        content: bytes | None,
        accept: str,
        further: Mapping[str, str] | None,
    ) -> httpx.Request:
        headers = session.client.headers.copy()
        for name, value in (further or {}).items():
            headers.setdefault(name, value)
        headers.update(
            {
                **({} if content is None else {"Content-Type": "application/json"}),
                "Accept": accept,
                "Accept-Encoding": "identity",  # a proxy that compresses holds deltas back
                "X-Request-Id": f"sot-{uuid.uuid4().hex}",
            }
        )
        # Not by the client's `build_request`: it would merge and parse the address anew for each.
        extensions = {"timeout": session.client.timeout.as_dict()}
        return httpx.Request(method, url, headers=headers, content=content, extensions=extensions)

    async def get(self, session: HttpSession, url: httpx.URL, deadline: float) -> bytes:
        """Fetch the whole body at an address.

        Args:
            deadline: In seconds on the loop's clock.

        Raises:
            StatusNotOk: The status is none of 200 to 299.
            BackendError: The server cannot be reached, or is too slow.
        """
        request = session.client.build_request("GET", url)
        request.headers["X-Request-Id"] = f"sot-{uuid.uuid4().hex}"
        late = f"{self.shown} did not answer {url_path(url)} in time"
        async with Exchange(session, request) as exchange:
            response = await exchange.open(deadline, late)
            if not response.is_success:
                raise await self.not_ok(exchange, response)
            return await exchange.read_all(deadline, late, _MAX_BODY_BYTES)

    async def not_ok(self, exchange: Exchange, response: httpx.Response) -> StatusNotOk:
        """Return the exception for a status outside 200 to 299, with what arrives of its body in time."""
        body = b""
        try:
            deadline = exchange.session.loop.time() + _ERROR_SECONDS
            body = await exchange.read_all(deadline, "", _MAX_ERROR_BYTES, truncate=True)
        except BackendError:
            if exchange.session.closed:
                raise
        text = body.decode("utf-8", "replace")
        return StatusNotOk(response.status_code, text, response.headers)

    def error(self, answer: StatusNotOk) -> tuple[SotError, float | None]:
        """Map a refusal to an error; returns also the seconds that the server asks to wait."""
        status, headers = answer.status, answer.headers
        if not 200 <= status < 600:
            return MalformedResponseError(f"{self.shown} answered with the status {status}"), None
        if status < 400:
            target = self.clean(headers.get("location", "nowhere").partition("?")[0])
            return MalformedResponseError(
                f"{self.shown} answered with a redirect ({status}) to {target}: give that address"
            ), None
        retry_after = parse_retry_after(headers, now=self.retry.now())
        prefix = f"HTTP {status} from {self._sender(status)}: "
        error = status_error(
            status,
            answer.text,
            self.clean,
            prefix="the stream ended in an error: " if answer.streamed else prefix,
            hint=self._hint(status),
            retry_after=retry_after,
        )
        if isinstance(error, BackendStatusError) and headers.get("x-should-retry") == "false":
            error.retryable = False
        return error, retry_after

    def _sender(self, status: int) -> str:
        """Return who sent a status, for messages."""
        proxy = self._current.proxy if self._current else None
        return f"the proxy {proxy}" if proxy and status == 407 else self.shown

    def _hint(self, status: int) -> str:
        """Return advice for a status, to be put after the server's message."""
        if status == 401:
            return " (check the API key)"
        if status == 404 and not url_path(self._base).endswith("/v1"):
            return " (does the address lack /v1?)"
        proxy = self._current.proxy if self._current else None
        if proxy and self._base.scheme == "http" and status in (403, 407, 502, 503, 504):
            return f" (it may come from the proxy {proxy}: NO_PROXY names hosts that are reached directly)"
        return ""
