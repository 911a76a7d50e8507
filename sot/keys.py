"""Keys of an answer's requests: the key that engine routers go by, and the owner of their prefixes."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from .errors import ConfigError
from .types import BackendInfo

LONGEST_KEY = 256
"""Most characters of a key."""


@dataclass(frozen=True, slots=True)
class RequestKeys:
    """Keys of the requests of one answer.

    Args:
        answer: Key by which an engine router can send them to one replica; empty: none was given.
        tenant: Owner of the prefixes; ``None``: all share them.
    """

    answer: str = ""
    tenant: str | None = None


_NONE = RequestKeys()
_current: ContextVar[RequestKeys] = ContextVar("sot_request_keys", default=_NONE)


def new_answer_key() -> str:
    """Return a random key, which no other answer has."""
    return f"sot-{uuid.uuid4().hex}"


def current_keys() -> RequestKeys:
    """Return the keys that `request_keys` set for what runs now; empty ones where it did not."""
    return _current.get()


@contextmanager
def request_keys(keys: RequestKeys) -> Generator[None, None, None]:
    """Set the keys of the requests that are made inside the context, also by its tasks."""
    token = _current.set(keys)
    try:
        yield
    finally:
        _current.reset(token)


def forward_keywords(
    forward: Callable[..., object], keys: RequestKeys, adapter: str | None, traceparent: str | None = None
) -> dict[str, str]:
    """Return the keywords for `sot.types.Forwards.forward`, which not every backend of others knows.

    The answer's key and the trace are left out where they are not taken: an answer is the same without them.
    The others are not.
    """
    known = inspect.signature(forward).parameters
    any_name = any(each.kind is each.VAR_KEYWORD for each in known.values())
    wished = {"answer": keys.answer, "traceparent": traceparent}
    given = {name: value for name, value in wished.items() if any_name or name in known}
    given |= {"tenant": keys.tenant, "adapter": adapter}
    return {name: value for name, value in given.items() if value}


def require_separation(info: BackendInfo, tenant: str | None) -> None:
    """Require an engine that keeps tenants' prefixes apart, where there is a tenant.

    Raises:
        ConfigError: The engine is not known to.
    """
    if tenant is not None and not info.separates_tenants:
        raise ConfigError(
            f"{info.backend} is not known to keep tenants' prefixes apart (tenant): vLLM, the torch engine "
            "and servers told so by engine_can separates_tenants=yes do",
            public="the engine is not known to keep tenants' prefixes apart (tenant)",
        )
