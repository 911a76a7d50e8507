"""Attack with idle sockets: connections that send nothing, half a header or half a body, kept open.

``python -m tests.chaos.idle_sockets`` starts ``sot serve`` with a small limit of open files, opens the
sockets, asks for ``/health`` all the time, and prints figures. The exit code is 1 if a probe took longer than
a second or got no answer, if a socket stayed open, if an answer was refused after the attack, or if the log
was flooded.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from cli_server import SOT, environment
from engine_server import EngineServer
from server_process import COMPLETIONS, body

HOST = "127.0.0.1"
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
KINDS = {
    "nothing": b"",
    "half a header": HEAD + b"X-Odd: one",
    "half a body": HEAD + b'Content-Length: 1000\r\n\r\n{"model": "auto", "messages": [',
}
_PROBE_S = 1.0


@dataclass(slots=True)
class Figures:
    """Figures of an attack.

    Args:
        sockets: Number of sockets that were opened.
        probes: Seconds of every probe of ``/health``.
        failed: Number of probes without an answer.
        left: Number of sockets that were still open at the end.
        answered: Whether a question was answered after the attack.
        logged: Bytes in the server's log.
    """

    sockets: int = 0
    probes: list[float] = field(default_factory=list[float])
    failed: int = 0
    left: int = 0
    answered: bool = False
    logged: int = 0

    @property
    def good(self) -> bool:
        """Whether the server has kept its promises."""
        quick = bool(self.probes) and max(self.probes) <= _PROBE_S
        return quick and not self.failed and not self.left and self.answered and self.logged < 100_000

    def lines(self) -> Sequence[str]:
        """Return the figures for people."""
        slowest = max(self.probes, default=float("nan"))
        return (
            f"idle sockets: {self.sockets}, still open at the end: {self.left}",
            f"/health: {len(self.probes)} probes, slowest {slowest * 1000:.0f} ms, failed {self.failed}",
            f"answer after the attack: {'yes' if self.answered else 'no'}; log: {self.logged} bytes",
        )


def attack(port: int, count: int, kinds: Sequence[bytes], *, patience: float, few: int = 0) -> Figures:
    """Open sockets, hold them, and probe until the server has closed all but a few of them.

    Args:
        port: Port of the server.
        count: Number of sockets.
        kinds: What a socket sends, in turn.
        patience: Most seconds to wait for the server to close them.
        few: So many may be left.
    """
    figures = Figures()
    selector = selectors.DefaultSelector()
    with contextlib.ExitStack() as opened:
        for sent in islice(cycle(kinds), count):
            idle = opened.enter_context(socket.create_connection((HOST, port), timeout=10))
            with contextlib.suppress(ConnectionError):  # closed for another one already
                idle.sendall(sent)
            idle.setblocking(False)
            selector.register(idle, selectors.EVENT_READ)
            figures.sockets += 1
            if figures.sockets % 50 == 0:
                _probe(port, figures)
        end = time.monotonic() + patience
        while True:
            _probe(port, figures)
            for key, _ in selector.select(0.1):
                if _ended(key.fileobj):
                    selector.unregister(key.fileobj)
            if len(selector.get_map()) <= few or time.monotonic() >= end:
                break
        figures.left = len(selector.get_map())
        selector.close()
    return figures


def _ended(idle: object) -> bool:
    """Whether the server has closed a socket; what it says before that is read."""
    assert isinstance(idle, socket.socket)
    try:
        while idle.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def _probe(port: int, figures: Figures) -> None:
    began = time.monotonic()
    try:
        with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=10)) as connection:
            connection.request("GET", "/health")
            good = connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        good = False
    figures.probes.append(time.monotonic() - began)
    figures.failed += not good


def _ask(port: int) -> bool:
    with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
        content = json.dumps(body())
        connection.request("POST", COMPLETIONS, content, {"content-type": "application/json"})
        return connection.getresponse().status == 200


def run(count: int, files: int, kinds: Sequence[bytes], patience: float, few: int = 0) -> Figures:
    """Attack a server of its own.

    Args:
        count: Number of sockets.
        files: The server's limit of open files.
        kinds: What a socket sends, in turn.
        patience: Most seconds to wait for the server to close them.
        few: So many may be left.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 500), hard))
    with EngineServer() as engine, tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", SOT, "serve", "--port", "0"]
        with log.open("wb") as output:
            process = subprocess.Popen([*command, "--backend", engine.url], stderr=output, env=environment())
        try:
            port = _port(process, log)
            figures = attack(port, count, kinds, patience=patience, few=few)
            figures.answered = _ask(port)
        finally:
            process.terminate()
            process.wait(60)
        figures.logged = log.stat().st_size
        return figures


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    while process.poll() is None:
        said = log.read_text()
        if "sot: ready" in said:
            return int(said.partition("listening on http://127.0.0.1:")[2].split()[0])
        time.sleep(0.05)
    raise SystemExit(f"sot serve did not start: {log.read_text()}")


def main() -> int:
    """Run the attack once with each kind of socket and once with all; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.idle_sockets", description=__doc__)
    parser.add_argument("--sockets", type=int, default=1100, metavar="N", help="sockets (%(default)s)")
    parser.add_argument(
        "--files", type=int, default=1024, metavar="N", help="the server's ulimit -n (%(default)s)"
    )
    parser.add_argument(
        "--patience", type=float, default=95.0, metavar="S", help="most seconds (%(default)g)"
    )
    parser.add_argument("--each", action="store_true", help="every kind alone, too")
    options = parser.parse_args()
    runs = {"all kinds": tuple(KINDS.values())}
    if options.each:
        runs |= {name: (sent,) for name, sent in KINDS.items()}
    good = True
    for name, kinds in runs.items():
        figures = run(options.sockets, options.files, kinds, options.patience)
        print(f"{name}:", *figures.lines(), sep="\n  ", flush=True)
        good = good and figures.good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
