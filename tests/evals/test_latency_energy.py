"""Meters beside an answer: energy, and the counters of speculative decoding."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_server import Exchange, FaultServer

from sot.evals.measure.meters import NoMeter, NvidiaSmi, Rapl, parse_drafts, server_drafts
from sot.evals.run.machine import describe_machine


class TestRapl:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        for name, used in (("intel-rapl:0", 900), ("intel-rapl:1", 10), ("intel-rapl:0:0", 5)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "energy_uj").write_text(f"{used * 1_000_000}\n")
            (tmp_path / name / "max_energy_range_uj").write_text("999999999\n")
        return tmp_path

    def test_packages_add_up_and_their_parts_do_not(self, root: Path) -> None:
        meter = Rapl(root)
        assert meter.joules() == 0
        (root / "intel-rapl:0" / "energy_uj").write_text("930000000")
        (root / "intel-rapl:1" / "energy_uj").write_text("12000000")
        (root / "intel-rapl:0:0" / "energy_uj").write_text("800000000")
        assert meter.joules() == 32

    def test_a_counter_that_starts_again(self, root: Path) -> None:
        meter = Rapl(root)
        (root / "intel-rapl:0" / "energy_uj").write_text("20000000")
        assert meter.joules() == 120

    def test_one_that_disappears(self, root: Path) -> None:
        meter = Rapl(root)
        (root / "intel-rapl:1" / "energy_uj").unlink()
        assert meter.joules() is None

    def test_none_there(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="no energy counters"):
            Rapl(tmp_path)
        assert NoMeter().joules() is None


class TestNvidiaSmi:
    """The program is a double: it says what `nvidia-smi` says on a machine with two GPUs."""

    @pytest.fixture
    def program(self, tmp_path: Path) -> Path:
        path = tmp_path / "nvidia-smi"
        path.write_text(
            f"#!{sys.executable}\n"
            "import signal, sys\n"
            "if sys.argv[1:] == ['-L']:\n"
            "    print('GPU 0: one\\nGPU 1: two'); sys.exit()\n"
            "assert '--query-gpu=power.draw' in sys.argv\n"
            "print('100.5\\n99.5', flush=True)\n"
            "signal.pause()\n"
        )
        path.chmod(0o755)
        return path

    def test_power_over_time_is_energy(self, program: Path) -> None:
        now = 0.0
        told = threading.Event()

        def clock() -> float:
            if threading.current_thread() is not threading.main_thread():
                told.set()  # both GPUs have told their power
            return now

        meter = NvidiaSmi(str(program), clock)
        try:
            assert told.wait(120)
            before = meter.joules()
            assert before == 0
            now = 2.5
            after = meter.joules()
        finally:
            meter.close()
        assert after == 500

    def test_without_gpus(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="No such file"):
            NvidiaSmi(str(tmp_path / "nvidia-smi"))


METRICS = """\
# TYPE vllm:spec_decode_num_draft_tokens_total counter
vllm:spec_decode_num_draft_tokens_total{engine="0",model_name="m"} 30.0
vllm:spec_decode_num_draft_tokens_total{engine="1",model_name="m"} 12.0
vllm:spec_decode_num_draft_tokens_created{engine="0",model_name="m"} 1.7e+09
vllm:spec_decode_num_accepted_tokens_total{engine="0",model_name="m"} 7.0
vllm:spec_decode_num_accepted_tokens_total{engine="1",model_name="m"} 1.0
vllm:spec_decode_num_accepted_tokens_per_pos_total{engine="0",position="0"} 6.0
"""


class TestDrafts:
    def test_engines_behind_one_address_add_up(self) -> None:
        assert parse_drafts(METRICS) == (42, 8)

    @pytest.mark.parametrize("text", ["", "vllm:num_requests_running 1\n", METRICS.replace("30.0", "many")])
    def test_none(self, text: str) -> None:
        assert parse_drafts(text) is None

    @pytest.fixture
    def server(self) -> Iterator[FaultServer]:
        with FaultServer() as server:
            yield server

    async def test_of_a_server(self, server: FaultServer) -> None:
        async def metrics(exchange: Exchange) -> None:
            await exchange.start(headers={"content-type": "text/plain"})
            await exchange.send(METRICS.encode())
            await exchange.end()

        server.other["/metrics"] = metrics
        assert await server_drafts(server.url)() == (42, 8)

    async def test_a_server_without_is_asked_once(self, server: FaultServer) -> None:
        asked = 0

        async def metrics(exchange: Exchange) -> None:
            nonlocal asked
            asked += 1
            await exchange.start(404)
            await exchange.end()

        server.other["/metrics"] = metrics
        read = server_drafts(server.url)
        assert [await read(), await read()] == [None, None]
        assert asked == 1


def test_the_machine_in_one_line() -> None:
    line = describe_machine()
    assert "cores" in line
    assert line.isprintable()
