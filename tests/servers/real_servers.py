"""The real servers of these tests as processes: how each is started, when it is ready, how it ends.

By hand, after ``tests/servers/setup.sh``; what follows ``--`` goes to the server as it is, after our own
options, so that it wins over them; Ctrl-C ends it:

    .venv/bin/python tests/servers/real_servers.py llamacpp --port 8080 -- -c 16384 --parallel 8 -t 2
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from launches import KINDS, ROOT

sys.path.append(str(ROOT / "tests" / "support"))  # where it is started by hand
from tied import tied

sys.path.append(str(Path(__file__).parents[1] / "support"))  # by hand it is a program of its own

from free_port import free_port

_START_S = 480.0
_END_S = 20.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever the environment says


class RealServer:
    """A running server with its process group; a context manager.

    Args:
        kind: One of `launches.KINDS`.
        port: Its port; a free one unless given.
        extra: Further arguments of the program.

    Attributes:
        behind: The server that this one hands requests on to.
    """

    def __init__(self, kind: str, *, port: int = 0, extra: Sequence[str] = ()) -> None:
        self.kind = kind
        self.behind = RealServer("llamacpp") if kind == "litellm" else None
        self._port = port or free_port()
        self._extra = extra
        self._folder = Path(tempfile.mkdtemp(prefix=f"{kind}-"))
        self._launch = KINDS[kind](self._port, self._folder, self.behind.url if self.behind else "")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> str:
        """Its address without a path."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """Its address for a client, ending in ``/v1``."""
        return f"{self.root}/v1"

    @property
    def model(self) -> str:
        """The name to ask it for."""
        return self._launch.model

    @property
    def key(self) -> str:
        """Its API key; empty without one."""
        return self._launch.key

    @property
    def engine(self) -> RealServer:
        """The server that decodes: this one, or the one behind it."""
        return self.behind or self

    @property
    def log(self) -> str:
        """The end of what it has said."""
        file = self._folder / "log"
        return file.read_text("utf-8", "replace")[-6000:] if file.exists() else ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self.__exit__, None, None, None)
            self.ensure_running()
            stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end(signal.SIGTERM)
        finally:
            if self.behind is not None:
                self.behind.__exit__(kind, error, trace)
            shutil.rmtree(self._folder, ignore_errors=True)

    def ensure_running(self) -> None:
        """Start it, and what is behind it, where it does not run; returns when it is ready.

        Raises:
            RuntimeError: It does not start; with the end of its log.
        """
        if self.behind is not None:
            self.behind.ensure_running()
        if self._process is None or self._process.poll() is not None:
            with (self._folder / "log").open("wb") as log:
                self._process = subprocess.Popen(
                    tied([*map(str, self._launch.command), *self._extra]),
                    env={**os.environ, "NO_PROXY": "127.0.0.1", **self._launch.variables},
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # a group of its own, to be ended as a whole
                )
            self._wait_until_ready(self._process)

    def kill(self) -> None:
        """End it and its children at once, as a crash would."""
        self._end(signal.SIGKILL)

    def processor_time(self) -> float:
        """Processor time that its process group has used, in seconds."""
        assert self._process is not None
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
            if int(fields[2]) == self._process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def get(self, path: str) -> str:
        """Fetch the body at one of its paths."""
        return self._request(path, None)

    def post(self, path: str, body: Mapping[str, object]) -> str:
        """Post a JSON body and return that of the response."""
        return self._request(path, json.dumps(body).encode())

    def _request(self, path: str, body: bytes | None) -> str:
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.key}"} if self.key else {}
        )
        request = urllib.request.Request(self.root + path, body, headers)
        with _DIRECT.open(request, timeout=60) as response:
            return response.read().decode()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + _START_S
        while time.monotonic() < end and process.poll() is None:
            try:
                self.get(self._launch.ready)
            except OSError:
                time.sleep(0.2)  # a server in another process tells by answering alone
            else:
                return
        how = "in time" if process.poll() is None else f"(exit code {process.returncode})"
        raise RuntimeError(f"{self.kind} did not start {how}:\n{self.log}")

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(_END_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what has not heard, or was left behind
        process.wait()


def main() -> None:
    """Run one server until Ctrl-C or a SIGTERM."""
    arguments = sys.argv[1:]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(description="Run one real server with SmolLM2 until Ctrl-C.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args(arguments[:end])
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell has them ignored in the background
        signal.signal(number, signal.default_int_handler)
    with (
        suppress(KeyboardInterrupt),
        RealServer(given.kind, port=given.port, extra=arguments[end + 1 :]) as it,
    ):
        key = f" OPENAI_API_KEY={it.key}" if it.key else ""
        print(f"--backend {it.url} --model {it.model}{key}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
