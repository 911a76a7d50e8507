"""Certificate authorities that are read once: each reading takes 20 to 40 ms of processor time."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from typing import Any

_Key = tuple[object, ...]


def remember_authorities() -> None:
    """Have clients that trust the same authorities share what was read of them.

    A run of the tests makes thousands of clients, nearly all of them of servers without TLS. Files that have
    changed, other folders, and contexts of servers are read anew; so is what could not be read.
    """
    read: Callable[..., ssl.SSLContext] = ssl.create_default_context
    known: dict[_Key, ssl.SSLContext] = {}

    def create(
        purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH,
        *,
        cafile: str | None = None,
        capath: str | None = None,
        cadata: Any = None,
    ) -> ssl.SSLContext:
        given = {"cafile": cafile, "capath": capath, "cadata": cadata}
        if purpose is not ssl.Purpose.SERVER_AUTH or capath or cadata or not cafile:
            return read(purpose, **given)
        try:
            stat = os.stat(cafile)
        except OSError:
            return read(purpose, **given)
        key = (cafile, stat.st_mtime_ns, stat.st_size, stat.st_ino, os.environ.get("SSLKEYLOGFILE"))
        if key not in known:
            known[key] = read(purpose, **given)
        return known[key]

    ssl.create_default_context = create
