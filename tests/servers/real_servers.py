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
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sot.backends.torch_engine.convert import converted
from sot.backends.torch_engine.source import resolve

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".venv-servers"
MODEL = "smol"
SLOTS = 8
SLOT_CONTEXT = 2048
VLLM_CONTEXT = 4096
LITELLM_KEY = "sk-of-these-tests-alone-0123456789"
_START_S = 240.0
_END_S = 20.0


@dataclass(frozen=True, slots=True)
class Launch:
    """Start of one server.

    Args:
        command: Program and arguments.
        ready: Path that answers with 200 once the server is ready.
        model: Name to ask it for.
        key: Its API key; empty without one.
        variables: Environment variables.
    """

    command: Sequence[str | Path]
    ready: str = "/health"
    model: str = MODEL
    key: str = ""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


class RealServer:
    """A running server with its process group; a context manager.

    Args:
        kind: One of `KINDS`.
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
        self._launch = KINDS[kind](self._port, self._folder, self.behind)
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
                    [*map(str, self._launch.command), *self._extra],
                    env={**os.environ, **self._launch.variables},
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
        with urllib.request.urlopen(request, timeout=60) as response:
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


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def gguf() -> Path:
    """Return the file with the real SmolLM2."""
    return Path(resolve("").place)


def _llamacpp(port: int, folder: Path, behind: RealServer | None) -> Launch:
    [binary] = (ENVIRONMENTS / "llamacpp").glob("*/bin/llama-server")
    command = [binary, "-m", gguf(), "--alias", MODEL, "--host", "127.0.0.1", "--port", str(port)]
    command += ["-c", str(SLOTS * SLOT_CONTEXT), "--parallel", str(SLOTS), "-t", "2", "--metrics", "--slots"]
    return Launch(command, variables={"LD_LIBRARY_PATH": str(binary.parent)})


def _transformers(port: int, folder: Path, behind: RealServer | None) -> Launch:
    model = converted(gguf())
    command = [ENVIRONMENTS / "transformers" / "bin" / "transformers", "serve", model, "--port", str(port)]
    command += ["--host", "127.0.0.1", "--device", "cpu", "--dtype", "float32", "--continuous-batching"]
    command += ["--cb-num-blocks", "256", "--cb-max-batch-tokens", "512"]
    variables = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(folder), "OMP_NUM_THREADS": "1"}
    return Launch(command, model=str(model), variables=variables)


def _litellm(port: int, folder: Path, behind: RealServer | None) -> Launch:
    assert behind is not None
    entry = {"model": f"openai/{MODEL}", "api_base": behind.url, "api_key": "none"}
    config = folder / "litellm.yaml"  # JSON is YAML
    config.write_text(json.dumps({"model_list": [{"model_name": MODEL, "litellm_params": entry}]}))
    command = [ENVIRONMENTS / "litellm" / "bin" / "litellm", "--config", config, "--telemetry", "False"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    variables = {"LITELLM_MASTER_KEY": LITELLM_KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return Launch(command, "/health/readiness", key=LITELLM_KEY, variables=variables)


def _vllm(port: int, folder: Path, behind: RealServer | None) -> Launch:
    command = [ROOT / ".venv-vllm" / "bin" / "vllm", "serve", converted(gguf()), "--served-model-name", MODEL]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", "bfloat16", "--enforce-eager"]
    command += ["--max-model-len", str(VLLM_CONTEXT), "--max-num-seqs", "16", "--block-size", "32"]
    command += ["--enable-prefix-caching", "--enable-prompt-tokens-details"]
    return Launch(command, variables={"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"})


KINDS: Mapping[str, Callable[[int, Path, RealServer | None], Launch]] = {
    "llamacpp": _llamacpp,
    "litellm": _litellm,
    "transformers": _transformers,
    "vllm": _vllm,
}


def main() -> None:
    """Run one server until Ctrl-C."""
    own, _, extra = " ".join(sys.argv[1:]).partition(" -- ")
    parser = argparse.ArgumentParser(description="Run one real server with SmolLM2 until Ctrl-C.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args(own.split())
    with RealServer(given.kind, port=given.port, extra=extra.split()) as server:
        key = f" OPENAI_API_KEY={server.key}" if server.key else ""
        print(f"--backend {server.url} --model {server.model}{key}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
