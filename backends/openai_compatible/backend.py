"""Backend of OpenAI-compatible servers: vLLM, SGLang, llama.cpp, Ollama, OpenAI, gateways.

Beside it, from the outside in, each room importing only those that follow:

- here: `model_list`, `adapters`, `forwarding`, `completion` (tries of one completion), `negotiation` (with
  a server that refuses fields), `attempt` (one response);
- `discovery`: what the engine can do: its own words, what its answers show, a probe;
- `transport`: address, key, limits, retries, connections and exchanges of one event loop, proxies,
  certificates;
- `wire`: request bodies, response objects, event streams, refusals and errors, without any network.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Self

from sot.errors import BackendError, ConfigError, MalformedResponseError, PrefillRefusedError, SotError
from sot.types import BackendInfo, Chunk, Forwarded, GenerateConfig, Load, Message

from ..idle_timer import IdleTimer
from .adapters import listed_adapters, model_for
from .attempt import TokenTimeouts
from .completion import stream_completion
from .discovery.asking import Asker, is_private
from .discovery.capabilities import backend_info, learned_findings, settings_findings
from .discovery.findings import Findings, value_of
from .discovery.learned import learned_of
from .discovery.template_words import CONTINUES
from .discovery.watching import CompletionWatch
from .discovery.words import Words, known_words, read_words
from .forwarding import forwarded
from .model_list import ModelList
from .remote_sleep import RemoteSleep
from .transport.address import checked_path
from .transport.http_session import HttpSession
from .transport.provider_limits import ProviderLimits
from .transport.retry import RetryPolicy
from .transport.server import OpenAIServer
from .wire.completion_reader import CompletionReader
from .wire.error_mapping import StatusNotOk
from .wire.key_fields import PRIORITY, TENANT, KeyFields, tenant_field
from .wire.payloads import ServedModel, parse_metrics
from .wire.request import RequestBody, Terms, encode, request_body
from .wire.schema_field import SCHEMA

_log = logging.getLogger(__name__)

_METRICS_SECONDS = 5.0
_WORDS_SECONDS = 2.0  # for all questions to an engine's own endpoints
_ASK_AGAIN_SECONDS = 60.0  # where some of them got no response
_BYTES_OF_TOKEN = 4.0  # of a body whose meaning is not known here


class OpenAICompatibleBackend:
    """Backend of one OpenAI-compatible server, reached over HTTP.

    No connection is opened before the first request. An object belongs to the event loop it is used in;
    after `aclose`, or in another loop, the next request opens a new client.

    Args:
        base_url: Address above ``/chat/completions``, usually ending in ``/v1``.
        model: Name of the model; ``None`` takes the only one that the server lists.
        api_key: Sent as a bearer token; ``None`` takes ``OPENAI_API_KEY``, an empty text sends none.
        extra_body: Further fields for every request.
        headers: Further headers for every request; their values are kept out of messages like the key. One
            that carries a key (``api-key``, ``authorization``) takes the place of the bearer token.
        max_in_flight: Most concurrent requests at the server; others wait here. ``None`` sets no limit.
        rate_limit: Most requests per second.
        requests_per_minute: Most requests a minute, of a provider that counts them. They wait in the order of
            their answers, and an answer's skeleton waits until its points can follow.
        tokens_per_minute: Most tokens a minute: those of a prompt, estimated, and its ``max_tokens``.
        burst: Most requests at once, of a provider whose limit holds for shorter times, too; ``None``: a
            quarter of a minute's.
        connect_timeout: Most seconds to establish a connection.
        first_token_timeout: Most seconds from sending to the first text, reasoning or finish reason.
        between_token_timeout: Most seconds from one delta to the next.
        max_retries: Tries after the first, all before the first token reaches the reader.
        engine_can: What the engine can do, by hand, over all that is found out: values by capability, such as
            ``{"continues_turn": True, "parallel": 8, "refuses": "stop"}``; see `sot.types.BackendInfo`.
        session_header: HTTP header with the key of the answer (``GenerateConfig.answer``), by which engine
            routers send its requests to one replica; ``off``: none. ``None``: ``X-Session-ID``.
        session_field: Body field with that key; ``off``: none. ``None``: ``prompt_cache_key`` at OpenAI's
            API, else none.
        priority: Whether points are ranked by their order (body field ``priority``), for servers that take
            it, such as vLLM with ``--scheduling-policy priority``. Where it is refused it is left out.
        can_prefill: Shorthand for ``engine_can`` ``continues_turn``.
        caches_prefixes: Shorthand for ``engine_can`` ``caches_prefixes``: ``running`` or ``no``.
        retry: Retry policy, in place of ``max_retries``.
        sleep_after: Seconds without a request after which a vLLM server in its development mode is put to
            sleep (level 1), and the next request wakes it; without effect on other servers. ``None``: never.

    Raises:
        ConfigError: The address, the key or ``engine_can`` cannot be used.
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
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        burst: float | None = None,
        connect_timeout: float = 10.0,
        first_token_timeout: float = 120.0,
        between_token_timeout: float = 60.0,
        max_retries: int = 3,
        engine_can: Mapping[str, Any] | None = None,
        session_header: str | None = None,
        session_field: str | None = None,
        priority: bool = False,
        can_prefill: bool | None = None,
        caches_prefixes: bool | None = None,
        retry: RetryPolicy | None = None,
        sleep_after: float | None = None,
    ) -> None:
        self._server = OpenAIServer(
            base_url,
            api_key=api_key,
            headers=headers or {},
            max_in_flight=max_in_flight,
            rate_limit=rate_limit,
            connect_timeout=connect_timeout,
            retry=retry or RetryPolicy(max_retries=max_retries),
            limits=ProviderLimits(requests_per_minute, tokens_per_minute, burst),
        )
        self._shown = self._server.shown
        self._keys = KeyFields.chosen(self._server.host, session_header, session_field, priority=priority)
        self._timeouts = TokenTimeouts(first_token_timeout, between_token_timeout)
        self._model = model
        self._extra_body = dict(extra_body or {})
        self._settings = settings_findings(engine_can, can_prefill, caches_prefixes)
        self._models = ModelList(self._server, model, first_token_timeout)
        self._words: Words | None = None
        self._words_until = float("inf")
        self._timed = rate_limit is None  # else requests wait between their sending here and the server
        self._refused: frozenset[str] = frozenset(value_of(self._settings, "refuses", ()))
        self._has_metrics = True
        self._idle = IdleTimer(sleep_after, self._fall_asleep)
        self._rest = RemoteSleep(self._server, self.load)
        self._falling: asyncio.Task[bool] | None = None

    def __repr__(self) -> str:
        return f"OpenAICompatibleBackend({self._shown!r}, model={self._model!r})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key and the values of the headers, which no client of a server in front may see."""
        return self._server.secrets

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
        opens = config.stage == "skeleton"
        async with self._awake(session), self._server.slot(session):
            if config.tenant is not None:
                await self._check_tenants(session)
            served = ServedModel(self._model or "")
            by_engine = (
                prefill,
                config.repetition_penalty,
                config.schema,
                config.adapter,
            )  # what is sent depends on the engine
            needs_list = any(each is not None for each in by_engine)
            if self._model is None or self._models.entries is not None or needs_list:
                served = await self._models.served(session)
            model = self._model_for(config.adapter, served)
            learned = learned_of(self._shown, served.name)
            if prefill is not None and not self._prefills(served):
                if learned.continues_turn is False:  # found out since the request was made
                    raise PrefillRefusedError(learned.evidence.get("continues_turn", "it starts a turn anew"))
                said = "is not known to continue a started turn (can_prefill)"
                raise ConfigError(f"{self._shown} {said}", public=f"the engine {said}")

            def make_body(terms: Terms) -> RequestBody:
                return request_body(
                    messages,
                    config,
                    model=model,
                    prefill=prefill,
                    engine=self._engine(served),
                    extra_body=self._extra_body,
                    terms=terms,
                    constrains=self._constrains(served, config),
                    keys=self._keys,
                )

            def watch(reader: CompletionReader, body: RequestBody) -> CompletionWatch:
                sure = CONTINUES in self._findings(served).get("continues_turn", (None, ""))[1]
                schema = None if config.stop else body.schema  # a stop sequence may end it in the middle
                return CompletionWatch(
                    reader, learned, self._shown, messages, prefill, model=model, sure=sure, schema=schema
                )

            with session.answer(config.answer, opens=opens) as admit:
                completion = stream_completion(
                    self._server,
                    session,
                    make_body,
                    self._timeouts,
                    learned,
                    prefilled=prefill is not None,
                    refused=self._refused,
                    watch=watch if self._timed else None,
                    headers=self._keys.headers(config.answer, config.traceparent),
                    admit=admit,
                )
                async with aclosing(completion):
                    async for chunk in completion:
                        yield chunk

    async def info(self) -> BackendInfo:
        """Describe the engine: by hand, by what its answers have shown, by its own words.

        The model list and the engine's own endpoints are asked once.

        Raises:
            ConfigError: No model is chosen and the server does not offer exactly one.
            BackendError: The server cannot be reached, or refuses.
        """
        session = self._server.session()
        served = await self._models.served(session)
        await self._read_words(session, served)
        return backend_info(self._shown, served.name, self._findings(served))

    async def models(self) -> list[str]:
        """Return the names that the server's model list holds; empty where it has none.

        Raises:
            BackendError: The server cannot be reached, or refuses.
        """
        await self._models.served(self._server.session())
        return [model.name for model in self._models.entries or ()]

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
    async def forward(
        self,
        body: Mapping[str, Any],
        *,
        adapter: str | None = None,
        answer: str = "",
        tenant: str | None = None,
        traceparent: str = "",
    ) -> AsyncIterator[Forwarded]:
        """Forward a caller's own request and hand back the server's response; see `sot.types.Forwards`.

        Args:
            body: JSON object of the request; its model is replaced by this backend's, or by the adapter's.
                Keys that it has itself stay.
            adapter: Name of the adapter that decodes it.
            answer: Key of the answer.
            tenant: Owner of its prefixes.
            traceparent: W3C header of its trace.

        Raises:
            BackendError: The server cannot be reached.
            ConfigError: No model is chosen, there is no such adapter, or the engine does not keep tenants
                apart.
        """
        session = self._server.session()
        async with self._awake(session), self._server.slot(session):
            if tenant is not None:
                await self._check_tenants(session)
            unlisted = self._model is not None and self._models.entries is None and adapter is None
            served = ServedModel(self._model or "") if unlisted else await self._models.served(session)
            named = self._keys.own(GenerateConfig(answer=answer))
            learned = learned_of(self._shown, served.name)
            refused = self._refused | learned.refused
            own = {name: value for name, value in named.items() if name not in refused}
            model = self._model_for(adapter, served)
            fields = {**own, **self._extra_body, **body, **tenant_field(tenant), "model": model}
            content, headers = encode(fields), self._keys.headers(answer, traceparent)
            tokens, patience = learned.tokens.of(fields), self._timeouts.first
            with session.answer(answer) as admit:
                waits = partial(admit, tokens)
                request = partial(self._server.completion_request, session, content, headers)
                sent = forwarded(self._server, session, request, patience, admit=waits)
                async with sent as response:
                    yield response

    @asynccontextmanager
    async def forward_path(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        answer: str = "",
        traceparent: str = "",
    ) -> AsyncIterator[Forwarded]:
        """Pass a caller's own request on to another address; see `sot.types.ForwardsPaths`.

        Args:
            method: ``GET`` or ``POST``.
            path: Address below the base address.
            content: The body, JSON; ``None``: none.
            answer: Key of the answer.
            traceparent: W3C header of its trace.

        Raises:
            BackendError: The server cannot be reached.
            ConfigError: The path leads elsewhere.
        """
        session = self._server.session()
        headers, patience = self._keys.headers(answer, traceparent), self._timeouts.first
        request = partial(self._server.path_request, session, method, checked_path(path), content, headers)
        async with self._awake(session), self._server.slot(session):
            with session.answer(answer) as admit:
                waits = partial(admit, len(content or b"") / _BYTES_OF_TOKEN)
                async with forwarded(self._server, session, request, patience, admit=waits) as response:
                    yield response

    async def load(self) -> Load:
        """Return the load from ``/metrics`` (vLLM, SGLang, llama.cpp), else this object's own count."""
        if self._has_metrics:
            session = self._server.session()
            deadline = asyncio.get_running_loop().time() + _METRICS_SECONDS
            try:
                body = await self._server.get(session, self._server.metrics_url, deadline)
                load = parse_metrics(body.decode("utf-8", "replace"))
                if load is not None:
                    return replace(load, capacity=load.capacity or self._capacity())
                self._has_metrics = False
            except (StatusNotOk, MalformedResponseError):
                self._has_metrics = False
            except BackendError as error:  # overloaded or unreachable: ask again next time
                _log.debug("no metrics: %s", error)
        return Load(self._server.running, self._server.waiting, self._capacity())

    def _capacity(self) -> int | None:
        """Return the most requests in one batch, as far as that is known without asking."""
        try:
            return value_of(self._findings(self._models.chosen()), "parallel")
        except ConfigError:  # the model is not known yet
            return value_of(self._settings, "parallel")

    def note_thinking(self, *, told: bool | None, thought: bool, bare: bool) -> None:
        """Remember how a completion began; see `sot.types.RemembersThinking`."""
        learned = learned_of(self._shown, self._models.chosen().name)
        learned.note_thinking(told=told, thought=thought, bare=bare)

    @property
    def asleep(self) -> bool:
        """True where the server slept when it was last asked; see `sot.types.Sleeps`."""
        return self._rest.asleep

    @property
    def wakes(self) -> int:
        """Number of times that this backend woke the server."""
        return self._rest.wakes

    async def sleep(self) -> bool:
        """Put the server to sleep, unless it has requests or cannot sleep; see `sot.types.Sleeps`."""
        return await self._rest.sleep(self._server.session(), idle=lambda: not self._idle.uses)

    async def wake(self) -> None:
        """Wake the server if it sleeps; see `sot.types.Sleeps`.

        Raises:
            BackendConnectionError: It cannot be woken.
        """
        async with self._awake(self._server.session()):
            pass

    @asynccontextmanager
    async def _awake(self, session: HttpSession) -> AsyncIterator[None]:
        """Count a use of the server, which is awake meanwhile."""
        if not self._idle.is_set:
            yield
            return
        with self._idle.use():
            try:
                await self._rest.wake(session)
                yield
            finally:
                if self._idle.uses == 1:  # the last one: others may put it to sleep from now on
                    self._rest.sure = False

    def _fall_asleep(self) -> None:
        self._falling = asyncio.create_task(self._sleep_or_wait())

    async def _sleep_or_wait(self) -> bool:
        """Put the server to sleep, or try again later where other clients keep it busy."""
        try:
            return await self.sleep()
        except SotError as error:
            _log.debug("the server is not put to sleep: %s", error)
            return False
        finally:
            if not self._rest.asleep:
                self._idle.start()

    async def aclose(self) -> None:
        """Close every connection. Requests in flight end with `BackendConnectionError`."""
        self._idle.stop()
        if self._falling is not None:
            self._falling.cancel()
        await self._server.aclose()

    async def _read_words(self, session: HttpSession, served: ServedModel) -> None:
        """Ask the engine's own endpoints, once; an engine that does not answer is asked again later."""
        if self._words is not None and session.loop.time() < self._words_until:
            return
        async with session.listing:
            now = session.loop.time()
            if self._words is not None and now < self._words_until:
                return
            asker = Asker(self._server, session, now + _WORDS_SECONDS)
            private = is_private(self._server.metrics_url)
            words = await read_words(asker, served.name, served.engine, private=private)
            if self._words is None or words.name:
                self._words = words
            done = words.complete and self._models.entries is not None
            self._words_until = float("inf") if done else now + _ASK_AGAIN_SECONDS

    def _findings(self, served: ServedModel) -> Findings:
        """Return what is known of the engine; settings win over answers, answers over its own words."""
        words = self._words or known_words(served.engine)
        learned = learned_of(self._shown, served.name)
        listed: dict[str, tuple[Any, str]] = {"context_length": (served.context_length, "/v1/models")}
        if served.thinks is not None:
            listed["thinks"] = (served.thinks, "supported_parameters in /v1/models")
        if served.parameters is not None:
            listed["parameters"] = (served.parameters, "/v1/models: n_params")
        listed["adapters"] = listed_adapters(self._models.entries, served, self._engine(served))
        shown = learned_findings(learned, {**listed, **words.findings})
        known = {**listed, **words.findings, **shown, **learned.observed.findings(), **self._settings}
        if self._keys.priority:
            known["takes_priority"] = (True, "the setting priority; no request with it was refused")
        if PRIORITY in learned.refused:
            known["takes_priority"] = (False, "a request with it was refused, and taken without it")
        if self._engine(served) == "vllm" and "separates_tenants" not in known:
            known["separates_tenants"] = (True, f"vLLM takes {TENANT}")
        if learned.refused:
            refuses = tuple(sorted(self._refused | learned.refused))
            known["refuses"] = (refuses, "requests with these fields were refused, and taken without them")
        if SCHEMA in value_of(known, "refuses", ()) and "constrains" not in self._settings:
            known["constrains"] = (False, f"it refuses {SCHEMA}")
        return known

    def _model_for(self, adapter: str | None, served: ServedModel) -> str:
        """Return the model that a request names."""
        if adapter is None:
            return served.name
        known = value_of(self._findings(served), "adapters")
        return model_for(adapter, served, known, self._engine(served), self._server.clean)

    async def _check_tenants(self, session: HttpSession) -> None:
        """Require a server that keeps tenants' prefixes apart.

        Raises:
            ConfigError: It is not known to.
        """
        served = await self._models.served(session)
        await self._read_words(session, served)
        if not value_of(self._findings(served), "separates_tenants"):
            said = "is not known to keep tenants' prefixes apart (engine_can separates_tenants)"
            raise ConfigError(f"{self._shown} {said}", public=f"the engine {said}")

    def _prefills(self, served: ServedModel) -> bool:
        return bool(value_of(self._findings(served), "continues_turn", False))

    def _constrains(self, served: ServedModel, config: GenerateConfig) -> bool | None:
        """Return whether the engine is known to decode by a schema, and can where thoughts come first."""
        findings = self._findings(served)
        if value_of(findings, "opens_thinking") and config.think is not False:
            return False
        return value_of(findings, "constrains")

    def _engine(self, served: ServedModel) -> str | None:
        """Return the name whose dialect the server speaks, also behind another ``owned_by``."""
        return (self._words.name if self._words else "") or served.engine
