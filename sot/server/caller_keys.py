"""Keys of a caller's requests: its session, by which an engine router goes, and the owner of its prefixes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..keys import LONGEST_KEY, RequestKeys
from ..options import AnswerSettings
from ..types import BackendInfo
from .auth import given_key
from .failures import bad_request
from .settings import BY_KEY, ServerSettings

SESSION_HEADER = b"x-session-id"
CACHE_SALT = "cache_salt"
_SESSION_FIELDS = ("prompt_cache_key", "session_id")

Headers = Sequence[tuple[bytes, bytes]]


def caller_keys(headers: Headers, settings: ServerSettings) -> RequestKeys:
    """Return the keys that a request's headers give.

    Args:
        headers: Its headers, with names in lower case.
        settings: Server settings, of which ``cache_salt_by`` tells what a tenant is known by.

    Raises:
        Failure: The header by which tenants are told apart is missing (400).
    """
    return RequestKeys(_session(_first(headers, SESSION_HEADER)) or "", _tenant(headers, settings))


def key_settings(
    fields: Mapping[str, Any], keys: RequestKeys, info: BackendInfo, *, core: bool
) -> AnswerSettings:
    """Return the settings that a request's own fields for routers and prefix caches stand for.

    Args:
        fields: The request's body.
        keys: Keys by its headers, which the core knows already.
        info: The engine's capabilities.
        core: Whether the core answers, whose requests carry the owner as a setting.
    """
    settings: AnswerSettings = {}
    if not keys.answer:
        session = next((key for name in _SESSION_FIELDS if (key := _session(fields.get(name)))), None)
        if session is not None:
            settings["session_key"] = session
    salt = fields.get(CACHE_SALT)
    if isinstance(salt, str) and salt:
        if keys.tenant is not None:  # the caller divides its own tenant further
            settings["tenant"] = _digest(f"{keys.tenant}\n{salt}".encode("utf-8", "replace"))
        elif core and info.separates_tenants:
            settings["tenant"] = _digest(salt.encode("utf-8", "replace"))
    return settings


def _tenant(headers: Headers, settings: ServerSettings) -> str | None:
    by = settings.cache_salt_by
    if by is None:
        return None
    value = given_key(headers, settings) if by == BY_KEY else _only(headers, by.lower().encode())
    if not value:  # with `key`, the access check has let nobody in without one
        raise bad_request(f"the header {by}, by which tenants are told apart, is missing")
    return _digest(value)


def _only(headers: Headers, name: bytes) -> bytes | None:
    """Return a header's value, which a gateway may have set beside the caller's own.

    Raises:
        Failure: It is there with several values (400).
    """
    values = {value for key, value in headers if key == name}
    if len(values) > 1:
        raise bad_request(f"the header {name.decode()}, by which tenants are told apart, is there twice")
    return next(iter(values), None)


def _digest(value: bytes) -> str:
    """Return the engine's name of a tenant, by which nobody finds the key."""
    return "sot-" + hashlib.sha256(b"cache salt\n" + value).hexdigest()


def _first(headers: Headers, name: bytes) -> bytes | None:
    return next((value for key, value in headers if key == name), None)


def _session(value: object) -> str | None:
    """Return a caller's session key, where a header can carry it."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str) or not (value := value.strip()):
        return None
    if len(value) <= LONGEST_KEY and value.isascii() and value.isprintable():
        return value
    return "sot-" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
