"""Mapping of what httpx raises for a connection to the errors of `sot.errors`."""

from __future__ import annotations

import os
import re

import httpx

from sot.errors import BackendConnectionError, BackendTimeoutError, SotError

from ..wire.error_mapping import one_line


def transport_error(
    error: Exception, server: str, proxy: str | None = None, connect_timeout: float | None = None
) -> SotError:
    """Map a transport's exception to an error.

    Args:
        error: What httpx raised, or h11 or anyio below it.
        server: Address of the server, for messages.
        proxy: The proxy on the way to it.
        connect_timeout: The time limit for connecting, in seconds.
    """
    way = f"{server} through the proxy {proxy}" if proxy else server
    if isinstance(error, httpx.ConnectTimeout):
        limit = f"{connect_timeout:g} s" if connect_timeout else "its time limit"
        return BackendTimeoutError(f"no connection to {way} within {limit} (connect_timeout)")
    if isinstance(error, httpx.ProxyError):
        return _proxy_error(str(error), server, proxy)
    if isinstance(error, httpx.ConnectError):
        return _connect_error(_reason(error), way, proxy)
    # The text of a protocol error may quote a header, and so the key: only its type is shown.
    return BackendConnectionError(f"the connection to {way} broke ({_reason(error)})")


def _proxy_error(says: str, server: str, proxy: str | None) -> SotError:
    """Return the error for a proxy that refuses the way to the server."""
    status = re.match(r"\d{3}", says)
    # 502 to 504: the proxy may reach the server later; all else it refuses for good.
    later = status is not None and status[0] in ("502", "503", "504")
    hint = "check its user and password" if says.startswith("407") else "name the server's host in NO_PROXY"
    return BackendConnectionError(
        f"the proxy {proxy} refuses the connection to {server} ({one_line(says, limit=80)}): {hint}, "
        "or unset the variable",
        retryable=later,
        reached=False,
    )


def _connect_error(reason: str, way: str, proxy: str | None) -> SotError:
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return BackendConnectionError(
            f"the certificate of {way} is not trusted ({reason}): "
            "name the file of its authority in the variable SSL_CERT_FILE",
            retryable=False,
            reached=False,
        )
    hint = "check that the server is running and that the address is right"
    if proxy:
        hint = "check the proxy's address, or name the server's host in NO_PROXY"
    elif "WRONG_VERSION_NUMBER" in reason or "record layer failure" in reason:
        hint = "it does not speak HTTPS; the address may have to begin with http://"
    return BackendConnectionError(f"cannot connect to {way} ({reason}): {hint}", reached=False)


def _reason(error: BaseException) -> str:
    """Return why a connection failed: the operating system's message if the chain of causes holds one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        if isinstance(cause, ConnectionError) and cause.errno:
            return os.strerror(cause.errno)
        if isinstance(cause, OSError) and cause.strerror:
            return one_line(cause.strerror, limit=120)
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
