"""Address and headers of a server, as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx

from sot.errors import ConfigError

from ..wire.error_mapping import one_line

# Endpoints at the end of addresses that were copied from documentation. Without a version before it,
# "/models" can be part of a base address (Azure).
_ENDPOINT = re.compile(r"(?:/chat)?/completions$|/responses$|(?<=/v\d)/models$|(?<=/v\dbeta)/models$")
# Headers that carry a key in place of a bearer token: Azure's, and those of other vendors.
_KEY_HEADERS = frozenset(
    {"authorization", "api-key", "x-api-key", "x-goog-api-key", "ocp-apim-subscription-key"}
)

_LONGEST_SHOWN = 500  # characters

_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.~-]+)+")


def parse_base_url(base_url: str) -> tuple[httpx.URL, str]:
    """Parse the server's address; returns it and its form for messages, without query and fragment.

    An endpoint at the end, such as ``/chat/completions``, is taken off.

    Raises:
        ConfigError: The address is no HTTP URL, or holds a user or password.
    """
    try:
        url = httpx.URL(base_url.strip())
        known = url.scheme in ("http", "https") and bool(url.host)
    except (httpx.InvalidURL, UnicodeError, TypeError, AttributeError):
        raise ConfigError("the server's address is not a valid URL, expected http(s)://HOST/v1") from None
    if not known:
        raise ConfigError(f"the server's address must look like http(s)://HOST/v1{_with_scheme(base_url)}")
    if url.userinfo:
        raise ConfigError("the server's address must not contain a user or password: use api_key or headers")
    url = url.copy_with(path=_ENDPOINT.sub("", url_path(url)) or "/", fragment=None)
    shown = f"{url.scheme}://{url.netloc.decode('ascii')}{url.path.rstrip('/')}"
    return url, one_line(shown, limit=_LONGEST_SHOWN)


def url_path(url: httpx.URL) -> str:
    """Return an address's path as it is sent, percent-encoded, without a slash at its end."""
    return url.raw_path.partition(b"?")[0].decode("ascii").rstrip("/")


def checked_path(path: str) -> str:
    """Return a path below the base address: plain names between slashes, none of which leads upwards.

    Raises:
        ConfigError: It is none.
    """
    if not _PATH.fullmatch(path):
        raise ConfigError(f"{one_line(path, limit=100)!r} is no path below the server's address")
    return path


def carries_key(header: str) -> bool:
    """Return whether a header is one that carries a key in place of a bearer token."""
    return header.lower() in _KEY_HEADERS


def make_headers(key: str, headers: Mapping[str, str]) -> httpx.Headers:
    """Build the headers of every request; the key is a bearer token, unless a header carries one.

    Raises:
        ConfigError: HTTP cannot carry the key or a header; values are not shown, because they may be secret.
    """
    result = httpx.Headers({"User-Agent": "skeleton-of-thought"})
    if key and not any(map(carries_key, headers)):
        if not (key.isascii() and key.isprintable()):
            raise ConfigError("the API key contains characters that no key has")
        result["Authorization"] = f"Bearer {key}"
    for name, value in headers.items():
        token = name.replace("-", "").replace("_", "")
        if not (token.isascii() and token.isalnum() and value.isascii() and value.isprintable()):
            raise ConfigError(f"the header {one_line(name, limit=40)!r} is not a valid HTTP header")
        result[name] = value
    return result


def _with_scheme(address: str) -> str:
    """Return the advice to put a scheme before an address that lacks one; never for one with a password."""
    address = one_line(address, limit=100)
    if not address or "//" in address or "@" in address:
        return ""
    return f" (did you mean http://{address}?)"
