"""`sot serve --workers N`: several processes on one port, started, replaced and ended as one server."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from cli_server import MODEL, SOON, TEXT, one_line, run_sot
from engine_server import PATIENCE, EngineServer
from fault_server import status
from server_process import COMPLETIONS, ServeProcess, body

from sot.server.capacity import Capacity
from sot.server.merged_metrics import MetricsOfAll, merged
from sot.server.metrics import Metrics
from sot.speed.step_times import StepTimes
from sot.types import Usage


@pytest.fixture
def engine() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


def worker_of(served: ServeProcess, number: int) -> int:
    """Process id of a worker."""
    return int(served.wait_for(rf"sot: worker {number} is process (\d+)")[1])


def ask(served: ServeProcess) -> str:
    asked = httpx.post(served.address + COMPLETIONS, json=body(), timeout=PATIENCE)
    return asked.json()["choices"][0]["message"]["content"]


def counted(served: ServeProcess) -> float:
    """Answers that are done, as the metrics have it."""
    text = httpx.get(served.address + "/metrics", timeout=PATIENCE).text
    return sum(float(value) for value in re.findall(r'sot_answers_total\{outcome="done".*\} (\S+)', text))


def wait_counted(served: ServeProcess, answers: float) -> None:
    """Wait until so many answers are counted: who has read an answer's last byte may be ahead of that."""
    deadline = time.monotonic() + PATIENCE
    while counted(served) != answers:
        assert time.monotonic() < deadline, "answers are not counted"


def test_one_server_of_two_processes(engine: EngineServer) -> None:
    with ServeProcess(engine.url, "--workers", "2", "--quiet", several=True) as served:
        served.wait_for("sot: listening on .* with 2 workers")
        served.wait_for(f"sot: ready: {MODEL} on {engine.url}")
        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(ask, [served] * 6)) == [TEXT] * 6
        for _ in range(4):
            wait_counted(served, 6.0)  # whichever worker is asked
        os.kill(worker_of(served, 1), signal.SIGKILL)
        served.wait_for("sot: worker 1 ended unasked: another one takes its place")
        assert ask(served) == TEXT
        served.stop(signal.SIGINT)
        assert served.wait() == 0
    assert served.log.count("sot: ready") == 1


def test_workers_end_with_the_first_process(engine: EngineServer) -> None:
    served = ServeProcess(engine.url, "--workers", "2", "--quiet", several=True)
    with suppress(AssertionError), served:  # its exit code is not 0
        served.wait_for("sot: ready")
        served.stop(signal.SIGKILL)
        served.wait()
    assert served.process.returncode == -signal.SIGKILL
    assert served.ended, "a worker still holds the log open"


def test_an_engine_that_refuses_the_key_ends_them(engine: EngineServer) -> None:
    engine.other["/v1/models"] = status(401, {"error": {"message": "who are you?"}})
    done = run_sot(
        *("serve", "--backend", engine.url, "--port", "0", "--workers", "2"),
        program=SOON,
        OPENAI_API_KEY="secret-0123456789",
    )
    assert done.returncode == 1
    line = one_line(done.stderr.decode().splitlines(keepends=True)[-1], "secret-0123456789")
    assert "check the API key" in line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--backend", "torch:"), "each process would load the model"),
        (("--backend", "vllm:some/model"), "each process would load the model"),
        (("--backend", "http://127.0.0.1:9/v1", "--max-answers", "1"), "is more than --max-answers 1"),
        (("--backend", "http://127.0.0.1:9/v1", "--extra-body", "{"), "--extra-body is not JSON"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = run_sot("serve", "--port", "0", "--workers", "2", *arguments)
    assert done.returncode == 2
    assert says in done.stderr.decode()


def _texts(several: list[Metrics]) -> list[str]:
    return [metrics.text().decode() for metrics in several]


def test_metrics_are_added_up() -> None:
    several = [Metrics(Capacity(2, 2, 1.0)) for _ in range(2)]
    for number, metrics in enumerate(several):
        for _ in range(number + 1):
            metrics.count_usage(Usage(prompt_tokens=10, completion_tokens=1, requests=1))
    text = merged(metrics.text() for metrics in several).decode()
    assert 'sot_tokens_total{kind="prompt"} 30.0' in text
    assert "sot_engine_requests_total 3.0" in text
    assert text.count("# TYPE sot_tokens_total counter") == 1
    created = re.findall(r"^sot_engine_requests_created (\S+)", "\n".join(_texts(several)), re.MULTILINE)
    assert f"sot_engine_requests_created {min(map(float, created))}" in text
    one = several[0].text().decode()
    names = [line.rpartition(" ")[0] for line in one.splitlines()]
    assert [line.rpartition(" ")[0] for line in merged([one.encode()]).decode().splitlines()] == names


def test_ratios_are_not_added_up() -> None:
    def worker(ratio: float | None) -> bytes:
        times = None if ratio is None else StepTimes.stated(ratio)
        return Metrics(Capacity(2, 2, 1.0), lambda: times).text()

    text = merged(map(worker, (1.0, None, 3.0, 7.0, None))).decode()
    assert "\nsot_step_ratio 3.0\n" in text
    assert "\nsot_skeleton_speed_up 2.0\n" in text  # 320 / (40 + 40 * 3)
    assert "\nsot_step_ratio 0.0\n" in merged(map(worker, (None, None))).decode()


_COUNTED = b"# HELP seen Things.\n# TYPE seen counter\nseen 1.0\n"


@pytest.mark.parametrize(
    ("sibling", "seen"),
    [
        (_COUNTED, 2),
        (b"".join(b"# HELP many%d Things.\n" % number for number in range(40_000)) + _COUNTED, 2),
        (b"# HELP seen Things.\n# TYPE seen counter\nseen 1", 1),  # of 12, say
        (b"", 1),
    ],
    ids=["short", "longer than one read", "cut off", "silent"],
)
def test_a_sibling_is_counted_where_all_of_it_came(sibling: bytes, seen: int, tmp_path: Path) -> None:
    async def asked() -> bytes:
        own, other = MetricsOfAll(tmp_path, 1, lambda: _COUNTED), MetricsOfAll(tmp_path, 2, lambda: sibling)
        await own.start()
        await other.start()
        try:
            return await own.text()
        finally:
            await own.stop()
            await other.stop()

    assert asyncio.run(asked()).decode().count(f"\nseen {seen}.0\n") == 1
