"""Request fields for engine routers, schedulers and prefix caches: key, rank and owner of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sot.errors import ConfigError
from sot.types import GenerateConfig

from ...cache_salt import cache_salt

PRIORITY = "priority"
TENANT = "cache_salt"  # vLLM's name
SESSION_HEADER = "X-Session-ID"  # of vLLM, vllm-router, SGLang's gateway
TRACE_HEADER = "traceparent"  # of W3C; vLLM and SGLang continue the trace
_CACHE_KEY = "prompt_cache_key"  # of OpenAI's API
_OPENAI_HOSTS = ("api.openai.com",)
_OFF = "off"
# What a key would overwrite: headers of every request, and fields of every body.
_TAKEN = frozenset(
    (
        *("accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length"),
        *("content-type", "host", "transfer-encoding", "upgrade", TRACE_HEADER),
        *("api-key", "x-api-key", "x-request-id"),
        *("model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "prompt"),
        *("input", "n", "stop", "temperature", PRIORITY, TENANT),
    )
)


@dataclass(frozen=True, slots=True)
class KeyFields:
    """Names under which a server gets the keys of a request.

    Args:
        header: HTTP header of the answer's key; empty: none.
        field: Body field of the answer's key; empty: none.
        priority: Whether the rank is sent.

    Raises:
        ConfigError: HTTP has no such header, or JSON requests no such field.
    """

    header: str = SESSION_HEADER
    field: str = ""
    priority: bool = False

    def __post_init__(self) -> None:
        for name, setting in ((self.header, "session_header"), (self.field, "session_field")):
            word = name.replace("-", "").replace("_", "")
            if name and not (word.isascii() and word.isalnum()):
                raise ConfigError(f"{setting} is {name!r}; it must be a name of letters, digits and dashes")
            if name.lower() in _TAKEN:
                raise ConfigError(f"{setting} is {name!r}, which every request uses for something else")

    @classmethod
    def chosen(cls, host: str, header: str | None, field: str | None, *, priority: bool) -> KeyFields:
        """Return the names for a server: those that were given, else those that are known to be taken.

        Args:
            host: The server's host name.
            header: A name, ``off``, or ``None`` where none was given.
            field: Likewise.
            priority: Whether the rank is sent.
        """
        if header is None:
            header = SESSION_HEADER  # no server refuses a header that it does not know
        if field is None:
            field = _CACHE_KEY if host in _OPENAI_HOSTS else ""
        sent, named = ("" if name == _OFF else name for name in (header, field))
        return cls(sent, named, priority)

    def headers(self, answer: str, traceparent: str = "") -> dict[str, str]:
        """Return the HTTP headers of a request: the answer's key, and the trace that it belongs to.

        Raises:
            ConfigError: A header cannot carry one of them.
        """
        given = {self.header: answer, TRACE_HEADER: traceparent}
        named = {name: value for name, value in given.items() if name and value}
        for name, value in named.items():
            if not (value.isascii() and value.isprintable()):
                raise ConfigError(f"the header {name} cannot carry {value[:40]!r}: printable ASCII alone")
        return named

    def own(self, config: GenerateConfig) -> dict[str, Any]:
        """Return the body's fields that a server may refuse, and then does not get."""
        fields: dict[str, Any] = {}
        if self.field and config.answer:
            fields[self.field] = config.answer
        if self.priority and config.priority:
            fields[PRIORITY] = config.priority
        return fields


def tenant_field(tenant: str | None) -> dict[str, str]:
    """Return the body's field with the owner; a server that refuses it refuses the request."""
    return {} if tenant is None else {TENANT: cache_salt(tenant)}
