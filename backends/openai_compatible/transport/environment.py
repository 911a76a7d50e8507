"""Environment variables of HTTP clients: proxies, their exceptions, and certificate authorities.

Read here and not by httpx, which raises errors of many kinds for values that it does not understand, and
which sends requests to this very machine through a proxy.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeVar

import httpx

from sot.errors import ConfigError

from ..wire.error_mapping import one_line

_T = TypeVar("_T")

_SOCKS = ("socks5", "socks5h")
_SCHEMES = ("http", "https", *_SOCKS)
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first counts
_CERTIFICATE_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True, slots=True)
class ProxyChoice:
    """Proxy for the requests to one server.

    Args:
        url: Address, which may hold a user and password.
        shown: Address for messages, without them, and the variable that names it.
    """

    url: httpx.URL
    shown: str


def proxy_for(url: httpx.URL, environ: Mapping[str, str] = os.environ) -> ProxyChoice | None:
    """Choose the proxy for a server's address; ``None`` reaches it directly, as always on this machine.

    Args:
        url: The server's address.
        environ: Environment variables; a name in lower case wins over the same in upper case.

    Raises:
        ConfigError: The proxy's address cannot be used; the message names the variable.
    """
    host = url.host.strip("[]").rstrip(".").lower()
    if is_loopback(host) or _is_excepted(host, url.port or _port(url.scheme), _value("no_proxy", environ)[1]):
        return None
    for name in (f"{url.scheme}_proxy", "all_proxy"):
        variable, value = _value(name, environ)
        if value:
            return _parse_proxy(variable, value)
    return _system_proxy(url) if environ is os.environ else None


def is_loopback(host: str) -> bool:
    """Return whether a host, by its name alone, is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_unspecified)


def certificates(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """Load the certificate authorities: those that the environment names, else certifi's.

    Raises:
        ConfigError: They cannot be read; the message names the variable and the file.
    """
    if log := environ.get("SSLKEYLOGFILE"):  # where Python's ssl module writes the keys of every connection
        _try("SSLKEYLOGFILE", log, lambda: open(log, "ab").close())
    for name in _CERTIFICATE_FILES:  # also one that another takes precedence over: it can only be a mistake
        if path := environ.get(name):
            _try(name, path, lambda path=path: os.stat(path))
    variable = next((name for name in _CERTIFICATES if environ.get(name)), None)
    if variable is None:
        return _try("the package certifi", "", lambda: httpx.create_ssl_context(trust_env=False))
    path = environ[variable]
    folders = [folder for folder in path.split(os.pathsep) if os.path.isdir(folder)]
    if folders and variable != "SSL_CERT_FILE":
        return ssl.create_default_context(capath=os.pathsep.join(folders))
    _try(variable, path, lambda: open(path, "rb").close())  # OpenSSL's message for a missing file is empty
    return _try(variable, path, lambda: ssl.create_default_context(cafile=path))


def _try(variable: str, path: str, read: Callable[[], _T]) -> _T:
    """Call a function that uses the file of a variable, and name both if it fails."""
    try:
        return read()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise ConfigError(
            f"{variable} names {one_line(path)!r}, which cannot be used ({one_line(why, limit=120)}): "
            "correct the variable or unset it"
        ) from None


def _value(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return a variable's name as it is set and its value; an empty value counts as not set."""
    for variable in (name, name.upper()):
        # In a CGI script HTTP_PROXY is the request's header "Proxy", which anybody can send.
        if variable == "HTTP_PROXY" and "REQUEST_METHOD" in environ:
            continue
        if value := environ.get(variable, "").strip():
            return variable, value
    return name, ""


def _parse_proxy(variable: str, value: str) -> ProxyChoice:
    scheme, mark, rest = value.partition("://")
    if not mark:
        scheme, rest = "http", value
    scheme = scheme.lower()
    scheme = "socks5" if scheme == "socks" else scheme  # GNOME's way of writing it
    try:
        url = httpx.URL(f"{scheme}://{rest}")
        usable = bool(url.host) and "%" not in url.host and scheme in _SCHEMES
    except (httpx.InvalidURL, UnicodeError, ValueError):
        usable, url = False, httpx.URL()
    if not usable:
        kinds = ", ".join(_SCHEMES)
        raise ConfigError(
            f"{variable} is not the address of a proxy: it must look like http://HOST:PORT ({kinds}); "
            "correct it, unset it, or name the server's host in NO_PROXY"
        )
    shown = f"{scheme}://{url.netloc.decode('ascii', 'replace')}"  # without user and password
    if scheme in _SOCKS and find_spec("socksio") is None:
        raise ConfigError(
            f"{variable} names the SOCKS proxy {shown}, which needs the package socksio: "
            "pip install 'httpx[socks]', or name the server's host in NO_PROXY"
        )
    return ProxyChoice(url, f"{shown} ({variable})")


def _system_proxy(url: httpx.URL) -> ProxyChoice | None:
    """Return the proxy of the system's settings (macOS, Windows); elsewhere there are none."""
    from urllib.request import getproxies, proxy_bypass

    found = getproxies()
    value = found.get(url.scheme) or found.get("all")
    if not value or proxy_bypass(url.host):
        return None
    return _parse_proxy("the system's proxy setting", value)


def _is_excepted(host: str, port: int, exceptions: str) -> bool:
    """Return whether ``NO_PROXY`` names a host: by name, domain, address or network, perhaps with a port."""
    return any(_excepts(entry, host, port) for entry in exceptions.replace(",", " ").split())


def _excepts(entry: str, host: str, port: int) -> bool:
    entry = entry.lower().rpartition("://")[2]
    if entry == "*":
        return True
    address = _address(host)
    if address is not None and "/" in entry:
        try:
            return address in ip_network(entry.replace("[", "").replace("]", ""), strict=False)
        except ValueError:
            return False
    name, only = _split_port(entry)
    if only is not None and only != port:
        return False
    if address is not None:
        return _address(name) == address
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _split_port(entry: str) -> tuple[str, int | None]:
    """Split ``HOST:PORT`` or ``[IPv6]:PORT``; an IPv6 address without brackets has no port."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    elif entry.count(":") == 1:
        name, _, port = entry.partition(":")
    else:
        name, port = entry, ""
    return name, int(port) if port.isascii() and port.isdigit() else None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
