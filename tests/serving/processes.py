"""Starts the servers of a measurement, each in a process of its own, and ends them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sot.errors import EngineError

_START_S = 60.0


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(
    arguments: Sequence[str], ready: str, *, folder: Path | None = None
) -> Generator[int, None, None]:
    """A Python program that runs until the block ends; gives its process id.

    Args:
        arguments: What follows ``python``.
        ready: An address that answers once it runs.
        folder: Where it runs, and whose packages it imports; unless given, the current one.

    Raises:
        EngineError: It ended, or did not come up.
    """
    words = tempfile.TemporaryFile()  # noqa: SIM115 - closed below; not a pipe, which nobody reads meanwhile
    environment = {name: value for name, value in os.environ.items() if name != "SOT_API_KEY"}
    if folder is not None:
        environment["PYTHONPATH"] = str(folder)
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=words
    )
    try:
        end = time.monotonic() + _START_S
        while not _answers(ready):
            if process.poll() is not None:
                words.seek(0)
                said = words.read().decode("utf-8", "replace").strip()
                raise EngineError(f"{' '.join(arguments[:2])} ended: {said[-300:]}")
            if time.monotonic() > end:
                raise EngineError(f"{' '.join(arguments[:2])} did not come up in {_START_S:.0f} s")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        words.close()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in use, in bytes; 0 where the system does not say."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def open_sockets(pid: int) -> int:
    """Sockets that a process has open; 0 where the system does not say."""
    try:
        entries = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0
    return sum(_is_socket(entry) for entry in entries)


def _is_socket(entry: Path) -> bool:
    try:
        return str(entry.readlink()).startswith("socket:")
    except OSError:
        return False
