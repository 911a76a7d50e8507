"""The program without its start: processes forked from one that has imported it, each as good as a new one.

A start of ``sot`` takes half a second of processor time, nearly all of it for imports, and a run of the
tests starts hundreds. Where neither the start nor the interpreter is what is tested, `QuickStart` takes the
place of `subprocess.Popen`.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from types import TracebackType
from typing import IO, Any, Self

from plain_environment import WORDS_S
from tls_memory import remember_authorities

_LONGEST = 1 << 17  # bytes of an order: the arguments and the environment
_IMPORTED = (
    "sot.api",
    "sot.backends.openai_compatible.backend",
    "sot.cli.app",
    "sot.cli.ask",
    "sot.cli.chat",
    "sot.cli.route",
    "sot.cli.serve",
    "sot.evals.cli.bench_commands",
    "sot.evals.cli.eval_commands",
    "sot.evals.run.answering",
    "sot.evals.run.command",
    "sot.prompting.sandbox",
    "sot.prompting.vocabulary",
    "sot.router.rules.en",
    "sot.router.wishes.words.en",
    "sot.server.app",
    "sot.skeleton",
    "sot.strategies.sequential",
    "sot.strategies.skeleton",
    "uvicorn.protocols.http.auto",
)


class QuickStart:
    """The program ``sot`` as a process of its own, begun behind its imports.

    Attributes and methods are those of `subprocess.Popen`. Use it as a context manager, or wait for its end.

    Args:
        arguments: The program's arguments.
        env: Its environment; what the interpreter itself reads there comes too late.
        stdin: As for `subprocess.Popen`, likewise the others.
        stdout: See ``stdin``.
        stderr: See ``stdin``.
        text: The streams are of text in UTF-8.
        terminal: The streams are a terminal, which becomes that of the process's own session.
        soon: A server does not compile the router's patterns ahead.
    """

    def __init__(
        self,
        arguments: Sequence[str | bytes | os.PathLike[str]],
        *,
        env: Mapping[str, str],
        stdin: int | IO[Any] | None = None,
        stdout: int | IO[Any] | None = None,
        stderr: int | IO[Any] | None = None,
        text: bool = False,
        terminal: bool = False,
        soon: bool = False,
    ) -> None:
        order = {
            "arguments": [os.fsdecode(argument) for argument in arguments],
            "environment": dict(env),
            "folder": os.getcwd(),
            "terminal": terminal,
            "soon": soon,
        }
        self.args = ["sot", *arguments]
        self.returncode: int | None = None
        self._ending = threading.Lock()
        theirs: list[int] = []
        streams: list[IO[Any] | None] = []
        for number, given in enumerate((stdin, stdout, stderr)):
            end, own = _stream(number, given, theirs)
            theirs.append(end)
            streams.append(None if own is None else _opened(own, number, text=text))
        self.stdin, self.stdout, self.stderr = streams
        self._told, tells = os.pipe()
        told = json.dumps(order).encode()
        assert len(told) <= _LONGEST, "the arguments and the environment are too long for one message"
        socket.send_fds(_origin(), [told], [*theirs, tells])
        for end in (*theirs, tells):
            os.close(end)
        self.pid = int(self._line())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self.stdout, self.stderr, self.stdin):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self.wait()

    def poll(self) -> int | None:
        """The exit code, or ``None`` while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; returns the exit code, or a signal's negative number."""
        with self._ending:
            if self.returncode is None:
                ready, _, _ = select.select([self._told], [], [], timeout)
                if not ready:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
                self.returncode = int(self._line())
                os.close(self._told)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)

    def communicate(self, given: bytes | None = None, timeout: float | None = None) -> tuple[Any, Any]:
        """Write its input, read its outputs to their ends and wait for its own; returns the outputs."""
        found: dict[str, Any] = {}
        threads = [
            threading.Thread(target=partial(_read, stream, found, name), daemon=True)
            for name, stream in (("stdout", self.stdout), ("stderr", self.stderr))
            if stream is not None
        ]
        for thread in threads:
            thread.start()
        if self.stdin is not None:
            with suppress(BrokenPipeError):
                self.stdin.write(given or b"")
            with suppress(BrokenPipeError):
                self.stdin.close()
        for thread in threads:
            thread.join(timeout)
            if thread.is_alive():
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        self.wait(timeout)
        return found.get("stdout"), found.get("stderr")

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(self._told, 1)
            assert piece, "the process that all are forked from has ended"
            line += piece
        return line


def _stream(number: int, given: int | IO[Any] | None, before: Sequence[int]) -> tuple[int, int | None]:
    """The process's end of a stream and, of a pipe, our own."""
    if given is None:
        return os.dup(number), None
    if not isinstance(given, int):
        return os.dup(given.fileno()), None
    if given == subprocess.PIPE:
        reading, writing = os.pipe()
        return (reading, writing) if number == 0 else (writing, reading)
    if given == subprocess.DEVNULL:
        return os.open(os.devnull, os.O_RDWR), None
    return os.dup(before[1] if given == subprocess.STDOUT else given), None


def _opened(descriptor: int, number: int, *, text: bool) -> IO[Any]:
    mode = "w" if number == 0 else "r"
    return open(descriptor, mode, encoding="utf-8") if text else open(descriptor, mode + "b")


def _read(stream: IO[Any], found: dict[str, Any], name: str) -> None:
    with stream:
        found[name] = stream.read()


@cache
def _origin() -> socket.socket:
    """The process that all are forked from: the socket on which it takes orders."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        number = str(theirs.fileno())
        process = subprocess.Popen([sys.executable, __file__, number], pass_fds=[theirs.fileno()])

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _wait_for_order(orders: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Fork a process for every order; returns the order in that process, and nothing at the end."""
    woken, wakes = os.pipe()
    for end in (woken, wakes):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which then leave
    ends: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([orders, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_ends(ends)
        if orders not in ready:
            continue
        order, given, *_ = socket.recv_fds(orders, _LONGEST, 4)
        if not order:
            for pid in ends:  # left behind by tests that were killed
                os.kill(pid, signal.SIGTERM)
            return None
        *streams, tells = given
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for end in (orders.detach(), woken, wakes, tells, *ends.values()):
                os.close(end)
            return json.loads(order), streams
        with suppress(BrokenPipeError):  # who ordered it was interrupted meanwhile
            os.write(tells, b"%d\n" % pid)
        ends[pid] = tells
        for stream in streams:
            os.close(stream)


def _tell_ends(ends: dict[int, int]) -> None:
    """Tell who waits for them with which codes processes have ended."""
    while ends:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with suppress(BrokenPipeError):
            os.write(ends[pid], b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(ends.pop(pid))


def _become(order: Mapping[str, Any], streams: Sequence[int]) -> None:
    """Take on what a new process has by itself: streams, environment, folder, signals."""
    if order["terminal"]:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if order["terminal"]:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.argv = ["sot", *order["arguments"]]
    for number, (name, mode) in enumerate((("stdin", "rb"), ("stdout", "wb"), ("stderr", "wb"))):
        old = getattr(sys, name)
        stream = io.TextIOWrapper(
            open(number, mode, closefd=False),  # noqa: SIM115 - until the exit
            encoding=old.encoding,
            errors=old.errors,
            line_buffering=name == "stderr" or os.isatty(number),
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _main(descriptor: int) -> None:
    del sys.path[0]  # the folder of this file, which the program does not see
    remember_authorities()
    for name in _IMPORTED:
        import_module(name)
    import_module("httpx").create_ssl_context()
    vars(import_module("sot.backends.openai_compatible.backend"))["_WORDS_SECONDS"] = WORDS_S
    gc.collect()
    gc.freeze()
    ordered = _wait_for_order(socket.socket(fileno=descriptor))
    if ordered is not None:
        _become(*ordered)
        if ordered[0]["soon"]:
            api: Any = import_module("sot.api")
            api.warm_up = lambda: None
        import_module("sot.cli").console()


if __name__ == "__main__":
    _main(int(sys.argv[1]))
