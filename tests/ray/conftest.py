"""A real Ray Serve cluster of this machine, started by the documented command, for the whole run."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml
from free_port import free_port
from tied import tied

ROOT = Path(__file__).parents[2]
APP = ROOT / "deploy" / "ray_serve"
sys.path.insert(0, str(APP))
with warnings.catch_warnings():  # what Ray warns about at import is not ours to turn into errors
    warnings.simplefilter("ignore")
    import ray.serve  # noqa: F401

_START_S = 240.0
_STARTS = 3
_LOAD = re.compile(r'^sot_engine_load\{replica="(\w+)",state="\w+"\} (\d+)$', re.MULTILINE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The same for what it warns about later.
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.filterwarnings("default"), append=False)
            for kind in ("PytestUnraisableExceptionWarning", "PytestUnhandledThreadExceptionWarning"):
                item.add_marker(pytest.mark.filterwarnings(f"error::pytest.{kind}"))


class ServedOnRay:
    """`serve run` with the configuration of the documentation, changed in a few places.

    Use it as a context manager.

    Args:
        engines: Number of engine replicas.
        args: Arguments of the application that are changed.
    """

    def __init__(self, engines: int = 2, **args: Any) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        config = yaml.safe_load((APP / "config.yaml").read_text(encoding="utf-8"))
        config["http_options"]["port"] = self.port
        (self.app,) = config["applications"]
        self.app["args"] |= args
        engine = self.deployment("Engine")
        del engine["autoscaling_config"]
        engine["num_replicas"] = engines
        engine["ray_actor_options"] = {"num_cpus": 0.3}
        self._config = config

    def deployment(self, name: str) -> dict[str, Any]:
        """The configuration of one deployment."""
        return next(one for one in self.app["deployments"] if one["name"] == name)

    def __enter__(self) -> ServedOnRay:
        for _ in range(_STARTS - 1):  # Ray gives its own processes 30 s: a busy machine may take longer
            try:
                return self._started()
            except pytest.fail.Exception:
                if not self._gave_up:
                    raise
        return self._started()

    def _started(self) -> ServedOnRay:
        self._folder = Path(tempfile.mkdtemp(prefix="sotray", dir="/tmp"))  # sockets need a short path
        self._file = self._folder / "config.yaml"
        self._write()
        self._log = (self._folder / "log").open("w+")
        self.env = {**os.environ, **self._variables()}
        command = [str(Path(sys.executable).with_name("serve")), "run", str(self._file)]
        self._process = subprocess.Popen(
            tied(command), cwd=APP, env=self.env, stdout=self._log, stderr=self._log, start_new_session=True
        )
        try:
            self.wait_until_ready()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _variables(self) -> Mapping[str, str]:
        return {
            "RAY_ADDRESS": "local",  # a cluster of its own
            "RAY_TMPDIR": str(self._folder),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_DASHBOARD_STARTUP_TIMEOUT_S": "240",
            "RAY_gcs_server_port_wait_time_s": "240",
            "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
            "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "60",
            "RAY_AUTH_MODE": "disabled",  # it would write a token into the home folder
            "PYTHONPATH": str(APP),
        }

    def _write(self) -> None:
        self._file.write_text(yaml.safe_dump(self._config), encoding="utf-8")

    def wait_until_ready(self, engines: int | None = None) -> None:
        """Wait until the application answers, by default with all engine replicas."""
        wanted = self.deployment("Engine")["num_replicas"] if engines is None else engines
        end = time.monotonic() + _START_S
        while time.monotonic() < end and self._process.poll() is None and not self._refused():
            try:
                ready = httpx.get(f"{self.address}/ready", timeout=10).status_code == 200
                if ready and len(self.engine_loads()) >= wanted:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.3)  # a server in another process tells by answering alone
        self._log.seek(0)
        self._gave_up = self._process.poll() is not None
        pytest.fail(f"serve run did not start:\n{self._log.read()[-6000:]}", pytrace=False)

    def wait_until_replaced(self, killed: set[int]) -> None:
        """Wait until as many engine processes as before run, none of them among those that were killed."""
        wanted = self.deployment("Engine")["num_replicas"]
        end = time.monotonic() + _START_S
        while len({process.pid for process in self.engine_processes()} - killed) < wanted:
            assert time.monotonic() < end, "Serve has started no other engine replica"
            time.sleep(0.3)  # nothing announces it
        self.wait_until_ready()

    def _refused(self) -> bool:
        """Whether Serve has given the deployment up; the command itself would run on."""
        return "Deploying app 'sot' failed" in Path(self._log.name).read_text(encoding="utf-8")

    def metrics(self) -> str:
        """The application's metrics."""
        return httpx.get(f"{self.address}/metrics", timeout=120).text

    def engine_loads(self) -> dict[str, int]:
        """Requests at each engine replica, running and waiting."""
        loads: dict[str, int] = {}
        for replica, requests in _LOAD.findall(self.metrics()):
            loads[replica] = loads.get(replica, 0) + int(requests)
        return loads

    def wait_until_idle(self) -> None:
        """Wait until no engine has a request; for a minute, in which a long one could not end."""
        end = time.monotonic() + 60
        while any(self.engine_loads().values()):
            assert time.monotonic() < end, f"still busy: {self.engine_loads()}"
            time.sleep(0.2)  # nothing announces it

    def engine_processes(self) -> list[psutil.Process]:
        """The engine replicas' processes."""
        found: list[psutil.Process] = []
        for process in psutil.Process(self._process.pid).children(recursive=True):
            try:
                if "ServeReplica:sot:Engine" in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:  # it has just ended
                continue
        return found

    def _end(self) -> None:
        children: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):  # it has ended by itself
            children = psutil.Process(self._process.pid).children(recursive=True)
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _, left = psutil.wait_procs(children, timeout=20)
        for process in left:
            process.kill()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # what it has left behind
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def served() -> Iterator[ServedOnRay]:
    """The application with two engine replicas of one thread each."""
    answers = {"max_points": 3, "max_point_tokens": 24, "max_skeleton_tokens": 60}
    with ServedOnRay(answers=answers) as served:
        yield served
