"""``sot serve``: the OpenAI-compatible server and its page."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import ConfigError, MissingDependencyError
from ..registry import resolve_spec
from .asking import Asking
from .lifecycle import leave

_PER_ANSWER = 8  # requests in flight, on average, that an answer may have
_BACKEND_TRIES = 1  # clients try again by themselves: no long waits in between


@dataclass(frozen=True, slots=True)
class Serving:
    """What the options of ``sot serve`` say of the server."""

    host: str
    port: int
    api_key_file: Path | None
    insecure: bool
    cors_origins: tuple[str, ...]
    limits: Mapping[str, Any]
    quiet: bool


def run_serve(asking: Asking, serving: Serving) -> None:
    """Serve until told to stop.

    Args:
        asking: The options of answers.
        serving: The options of the server.

    Raises:
        ConfigError: An option makes no sense, or is not safe.
        MissingDependencyError: The packages of the extra ``serve`` are not installed.
    """
    missing = [name for name in ("uvicorn", "starlette", "prometheus_client") if find_spec(name) is None]
    if missing:
        raise MissingDependencyError(missing[0], 'pip install "skeleton-of-thought[serve]"')
    from ..server import ServerSettings

    keys = _keys(serving.api_key_file)
    local = _is_loopback(serving.host)
    if not (local or keys or serving.insecure):
        raise ConfigError(
            f"{serving.host} can be reached from other machines: give --api-key-file, "
            "or --insecure to let anyone in"
        )
    hosts: dict[str, Any] = {} if local and not serving.insecure else {"allowed_hosts": None}
    settings = ServerSettings(api_keys=keys, cors_origins=serving.cors_origins, **hosts, **serving.limits)
    if not serving.quiet:
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
        logging.getLogger("sot.server").setLevel(logging.INFO)
    asyncio.run(_serve(asking, serving, settings))


async def _serve(asking: Asking, serving: Serving, settings: Any) -> None:
    from ..server.run import serve

    in_flight = settings.max_answers * _PER_ANSWER
    http = resolve_spec(asking.backend).lower().startswith("http")
    engine = {"max_in_flight": in_flight, "max_retries": _BACKEND_TRIES} if http else {}
    sot = asking.make(max_in_flight=in_flight, engine=engine)
    try:
        await serve(sot, settings, host=serving.host, port=serving.port, announce=_announce)
    finally:
        await leave(sot)


def _announce(line: str) -> None:
    print(f"sot: {line}", file=sys.stderr, flush=True)


def _keys(file: Path | None) -> tuple[str, ...]:
    """The keys, from a file with one a line, or from ``SOT_API_KEY``."""
    if file is None:
        key = os.environ.get("SOT_API_KEY", "").strip()
        return (key,) if key else ()
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"--api-key-file {file}: {reason}") from None
    keys = tuple(key for line in lines if (key := line.strip()) and not key.startswith("#"))
    if not keys:
        raise ConfigError(f"--api-key-file {file}: there is no key in it")
    return keys


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
