"""Server settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from ..errors import ConfigError
from ..terminal import one_line
from .engine_paths import is_path

BY_KEY = "key"
"""Value of ``cache_salt_by``: each API key is a tenant."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ToolsChoice = Literal["forward", "ignore"]
UsageChoice = Literal["all", "visible"]
_LEAST = (("max_answers", 1), ("max_waiting", 0), ("max_body_bytes", 1), ("max_held_bytes", 1))
_NOT_NEGATIVE = ("max_wait_s", "grace_s")
_ABOVE_ZERO = ("head_s", "body_s", "body_idle_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Server settings; every one has a sensible default.

    Args:
        api_keys: API keys that clients may use; with none, no key is needed. Never shown by ``repr``.
        allowed_hosts: Accepted values of the ``Host`` header, without port; ``None``: any. Protects a server
            on loopback from DNS rebinding by web pages of other sites.
        cors_origins: Origins whose pages may call the server (CORS); ``*`` for all.
        max_answers: Most answers in progress at the same time, at least 1.
        max_waiting: Most answers in the queue; more are refused with 429.
        max_wait_s: Longest time in the queue, in seconds; then the answer is refused with 429.
        max_body_bytes: Largest request body, in bytes; larger ones are refused with 413.
        max_held_bytes: Most bytes of request bodies held for all answers together, at least
            ``max_body_bytes``.
        max_connections: Most open connections (``sot serve`` only); the ones that have been silent for
            longest make room for new ones. ``None``: about half of the process's open files.
        head_s: Longest time until a request's headers are complete, in seconds (``sot serve`` only).
        body_s: Longest time until a request's body is complete, in seconds; then 408.
        body_idle_s: Longest pause between two pieces of a request's body, in seconds; then 408.
        short_answer_tokens: Requests with a smaller ``max_tokens`` are decoded normally.
        parallel_fields: Whether requests for JSON by a schema with at least two long fields get the strategy
            ``fields`` where they leave the choice to this server (model ``auto``); without it, only those
            that ask for it do.
        cache_salt_by: What tells tenants apart, whose requests must share no cached prefixes at the engine:
            ``key`` (each API key is one) or the name of a header; ``None``: all share them. An engine that
            is not known to keep tenants apart then gets no request.
        aliases: Further names of models, each with the model that it stands for.
        tools: Tools in a request that does not insist on one: ``forward`` passes it to the engine, where that
            can be; ``ignore`` answers it without them.
        pass_on: Further addresses of the engine below ``/v1`` that requests are passed on to, such as
            ``files``, or ``files/*`` for all below it; those of inference always are.
        usage: Tokens that responses tell: those of ``all`` requests to the engine, or those that one request
            for the ``visible`` text would have told.
        grace_s: Grace time of running answers at shutdown, in seconds.
        max_awake: Most models in memory at once, of several that can sleep; ``None``: all.
        log_questions: Whether questions are written to the log.
        own_secret: Secret by which this user's commands on this machine know the server (``/sot/proof``), and
            which they may give in place of an API key to ask for an answer's events; ``None``: none.
        debug: Whether clients see the engine's address, its error messages and the evidence for its
            capabilities. For development: never where clients are strangers.

    Raises:
        ConfigError: A value is out of range.
    """

    api_keys: tuple[str, ...] = field(default=(), repr=False)
    allowed_hosts: tuple[str, ...] | None = LOOPBACK
    cors_origins: tuple[str, ...] = ()
    max_answers: int = 64
    max_waiting: int = 256
    max_wait_s: float = 60.0
    max_body_bytes: int = 8 * 1024 * 1024
    max_held_bytes: int = 256 * 1024 * 1024
    max_connections: int | None = None
    head_s: float = 15.0
    body_s: float = 60.0
    body_idle_s: float = 15.0
    short_answer_tokens: int = 128
    parallel_fields: bool = False
    cache_salt_by: str | None = None
    aliases: tuple[tuple[str, str], ...] = ()
    tools: ToolsChoice = "forward"
    pass_on: tuple[str, ...] = ()
    usage: UsageChoice = "all"
    grace_s: float = 30.0
    max_awake: int | None = None
    log_questions: bool = False
    own_secret: str | None = field(default=None, repr=False)
    debug: bool = False

    def __post_init__(self) -> None:
        for name, least in _LEAST:
            if getattr(self, name) < least:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        if self.max_awake is not None and self.max_awake < 1:
            raise ConfigError(f"max_awake is {self.max_awake}; it must be at least 1")
        if self.max_connections is not None and self.max_connections < 4:
            raise ConfigError(f"max_connections is {self.max_connections}; it must be at least 4")
        if self.cache_salt_by == BY_KEY and not self.api_keys:
            raise ConfigError("cache_salt_by is 'key', and there are no API keys (--api-key-file)")
        word = (self.cache_salt_by or BY_KEY).replace("-", "").replace("_", "")
        if not (word.isascii() and word.isalnum()):
            raise ConfigError(f"cache_salt_by is {self.cache_salt_by!r}; it must be key or a header's name")
        for name, choices in (("tools", get_args(ToolsChoice)), ("usage", get_args(UsageChoice))):
            if getattr(self, name) not in choices:
                raise ConfigError(f"{name} must be {' or '.join(choices)}, not {getattr(self, name)!r}")
        if any(not (name.strip() and model.strip()) for name, model in self.aliases):
            raise ConfigError("an alias needs a name and the model that it stands for")
        for path in self.pass_on:
            if not is_path(path):
                message = "expected an address below /v1, such as files or files/*"
                raise ConfigError(f"pass_on: {one_line(path)[:100]!r}: {message}")
        for name in _NOT_NEGATIVE:
            if not getattr(self, name) >= 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must not be negative")
        for name in _ABOVE_ZERO:
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be above 0")
