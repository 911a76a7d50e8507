"""Ports for servers of other programs, which cannot be asked for any free one."""

from __future__ import annotations

import socket
from random import SystemRandom

_RANGE = range(15_000, 32_000)  # below the ports that systems take for outgoing connections


def free_port() -> int:
    """Return a port that nothing listens on, and that no connection takes before its server does."""
    choose = SystemRandom()  # whatever a test has seeded
    while True:
        port = choose.choice(_RANGE)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
