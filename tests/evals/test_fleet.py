"""The simulated fleet, and its short cut, requests without an event loop, against the real orchestrator."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path
from statistics import mean
from types import SimpleNamespace

import pytest
from speeds import like_vllm, measured_vllm, profile

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.cli import main
from sot.evals.bench.arrivals import Arrival, Load, Turn, poisson
from sot.evals.bench.open_loop import Setting, closed_loop, open_loop
from sot.evals.bench.options import Policy
from sot.evals.measure.shapes import Shape, shapes
from sot.evals.simulate.fleet import figures
from sot.evals.simulate.prompt_sizes import PromptSizes, prompt_sizes
from sot.evals.simulate.replica import Fleet, Replica, SimulatedAnswer
from sot.evals.stats.bootstrap import percentile
from sot.load.profile import EngineProfile, PrefillTime, write_profile

FILLS_THE_CACHE = Load(0.1, [Arrival(0.0, question="Parks need a lot of care: who gives it?")], 1.0)
SIZES = PromptSizes((20, 0), (400, 384), {8: [(60, 0), *[(70, 32)] * 7]})


def lean(
    speed: EngineProfile,
    policy: Policy,
    arrivals: list[Arrival],
    answers: list[Shape],
    *,
    opening: bool = False,
) -> list[SimulatedAnswer]:
    """What the short cut makes of arrivals."""
    done: list[SimulatedAnswer] = []
    sizes = prompt_sizes(speed, answers, opening=opening)
    replica = Replica(speed, sizes, policy, opening=opening, finished=done.append)
    for arrival, shape in zip(arrivals, answers, strict=True):
        replica.run(arrival.at_s)
        replica.arrive(SimulatedAnswer(shape, arrival.at_s))
    replica.run()
    return sorted(done, key=lambda answer: answer.arrived)


def test_no_token_is_lost_where_a_point_has_a_single_one() -> None:
    slow = PrefillTime(fixed_s=0.01, per_token_s=0.001, budget_tokens=16)
    fleet = Fleet(profile(prefill=slow), [Shape((1, 40, 40))], opening=True)
    for answer in fleet.answer([Arrival(0.0)] * 4, "skeleton"):
        shape = answer.shape
        assert shape.skeleton + shape.normal <= answer.completion_tokens <= shape.skeleton + 2 * shape.normal


class TestShortCut:
    @pytest.mark.parametrize(
        ("speed", "policy", "opening", "rate"),
        [
            (like_vllm(overhead_s=0.02), "normal", True, 0.7),
            (like_vllm(), "skeleton", False, 0.7),
            (like_vllm(overhead_s=0.02), "skeleton", True, 0.7),
            (measured_vllm(), "skeleton", True, 0.7),  # what requests begin alike is read once a step
            (like_vllm(), "skeleton", True, 1.2),  # near the capacity, where a request too many shows
        ],
    )
    def test_it_takes_the_orchestrators_times(
        self, speed: EngineProfile, policy: Policy, opening: bool, rate: float
    ) -> None:
        answers = list(shapes(4, 120))
        arrivals = poisson(rate, 1000.0, 5)[:120]

        async def real() -> list[tuple[float, float]]:
            # With the number that a setting adds, as long as the questions that the prompts' sizes are taken
            # from: four tokens more would fill a block that these leave open. No number that asks for points.
            questions = [f"Town {number}: how to care for its parks?" for number in range(120)]
            setting = Setting(ReplayBackend(speed), questions, shapes=answers, options={"opening": opening})
            await open_loop(setting, FILLS_THE_CACHE, Turn(policy))
            records = await open_loop(setting, Load(0.5, arrivals, 1.0), Turn(policy))
            assert all(record.fell_back is None for record in records)
            return [(record.first_text_s, record.total_s) for record in records]

        own = lean(speed, policy, arrivals, answers, opening=opening)
        theirs = run_virtually(real())
        # Near the capacity, two turns changed by requests of one moment shift all that wait behind.
        close = 0.005 if rate < 1 else 0.03
        for percent in (50, 95):
            first = percentile([answer.first_text_s for answer in own], percent)
            total = percentile([answer.total_s for answer in own], percent)
            assert first == pytest.approx(percentile([times[0] for times in theirs], percent), rel=close)
            assert total == pytest.approx(percentile([times[1] for times in theirs], percent), rel=close)

    def test_a_lonely_answer_takes_exactly_as_long(self) -> None:
        speed, shape = profile(max_batch=16, step=like_vllm().step), Shape()

        async def real() -> float:
            setting = Setting(
                ReplayBackend(speed),
                ["Town 4: how to care for its parks?"],
                shapes=[shape],
                options={"opening": False},
            )
            await open_loop(setting, FILLS_THE_CACHE, Turn("skeleton"))
            (record,) = await open_loop(setting, Load(0.1, [Arrival(0.0)], 1.0), Turn("skeleton"))
            return record.total_s

        (own,) = lean(speed, "skeleton", [Arrival(0.0)], [shape])
        assert own.total_s == pytest.approx(run_virtually(real()), rel=0.001)

    def test_fewer_points_at_once_take_longer_but_all_are_written(self) -> None:
        def seconds(parallel: int) -> float:
            done: list[SimulatedAnswer] = []
            replica = Replica(like_vllm(), SIZES, "skeleton", most=parallel, finished=done.append)
            replica.arrive(SimulatedAnswer(Shape(), 0.0))
            replica.run()
            assert done[0].written == 8
            return done[0].total_s

        assert seconds(16) < seconds(4) < seconds(2)

    def test_its_capacity_is_the_orchestrators(self) -> None:
        speed, answers = like_vllm(), shapes(0, 200)

        async def real() -> float:
            return await closed_loop(Setting(ReplayBackend(speed), ["Why?"], shapes=answers), 64, 256)

        assert Fleet(speed, answers).capacity == pytest.approx(run_virtually(real()), rel=0.05)

    async def test_it_needs_an_event_loop_of_its_own(self) -> None:
        sizes = await asyncio.to_thread(prompt_sizes, like_vllm(), [Shape()])
        assert sizes.skeleton[1] > sizes.skeleton[0] / 2, "the demonstrations come from the cache"


@cache
def fleet(*, opening: bool = False) -> Fleet:
    return Fleet(like_vllm(), shapes(1, 100), opening=opening)


def run(
    replicas: int, policy: Policy, rate: float = 3.0, *, least_loaded: bool = True, opening: bool = False
) -> SimpleNamespace:
    arrivals = poisson(rate, 300.0, 0)
    answers = fleet(opening=opening).answer(arrivals, policy, replicas, least_loaded=least_loaded)
    return SimpleNamespace(**figures(answers))


class TestFleet:
    def test_more_replicas_are_quicker(self) -> None:
        rows = [run(replicas, "normal") for replicas in (1, 4, 16)]
        assert rows[0].total_p95 > 2 * rows[1].total_p95 > 2 * rows[2].total_p95 * 0.9
        assert {row.answers for row in rows} == {rows[0].answers}

    def test_the_adaptive_share_falls_with_the_load(self) -> None:
        idle, busy = run(16, "adaptive"), run(1, "adaptive")
        assert idle.skeleton > 0.95
        assert busy.skeleton < 0.2
        assert busy.total_p95 < 1.1 * run(1, "normal").total_p95

    def test_tokens_are_counted(self) -> None:
        normal, skeleton = run(8, "normal"), run(8, "skeleton")
        assert normal.prompt_tokens == fleet().sizes.normal[0] * normal.answers
        assert skeleton.completion_tokens > normal.completion_tokens
        # The demonstrations come from the cache with every skeleton, and of all points but the first two the
        # block with the question.
        expected = [fleet().sizes.skeleton[1] + 32 * (len(shape.points) - 2) for shape in shapes(1, 100)]
        assert skeleton.cached_tokens / skeleton.answers == pytest.approx(mean(expected), rel=0.02)

    def test_an_opening_shows_text_as_soon_as_normal_decoding(self) -> None:
        normal, without, opened = run(16, "normal"), run(16, "skeleton"), run(16, "skeleton", opening=True)
        assert opened.first_text_p50 == pytest.approx(normal.first_text_p50, rel=0.01)
        assert opened.first_text_p50 < 0.3 * without.first_text_p50
        each = (opened.completion_tokens - without.completion_tokens) / opened.answers
        assert 5 < each < 30, "it ends when two points are known"
        assert without.total_p50 < opened.total_p50 < 1.1 * without.total_p50

    def test_the_least_loaded_replica_does_better_than_the_next_one(self) -> None:
        assert run(4, "normal", 5.5).total_p95 <= run(4, "normal", 5.5, least_loaded=False).total_p95

    def test_it_is_repeatable(self) -> None:
        assert run(4, "adaptive") == run(4, "adaptive")


class TestCommand:
    @pytest.fixture
    def speed(self, tmp_path: Path) -> str:
        file = tmp_path / "profile.json"
        write_profile(file, like_vllm())
        return str(file)

    def test_a_run(self, speed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "fleet.json"
        arguments = [
            "bench",
            "fleet",
            "--profile",
            speed,
            "--users",
            "200",
            "--replicas",
            "1,3",
            "--out",
            str(file),
        ]
        assert main(arguments) == 0
        output, errors = capsys.readouterr()
        assert output.startswith("**Simulated**: 200 users, each asks every ")
        assert len([line for line in output.splitlines() if line.startswith(("| 1  ", "| 3  "))]) == 6
        assert errors.startswith("simulated: ")
        written = json.loads(file.read_text())
        assert written["kind"] == "simulated"
        assert [row["replicas"] for row in written["rows"]] == [1, 1, 1, 3, 3, 3]
        assert written["opening"]
        loads = [row["load"] for row in written["rows"] if row["policy"] == "normal"]
        assert loads == pytest.approx([4.0, 4.0 / 3]), "eight replicas would be half busy"

    def test_an_engine_behind_a_slow_gateway(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_profile(tmp_path / "slow.json", like_vllm(overhead_s=1.5))
        arguments = ["--profile", str(tmp_path / "slow.json"), "--users", "50", "--replicas", "1", "--json"]
        assert main(["bench", "fleet", *arguments]) == 0
        rows = json.loads(capsys.readouterr().out)["rows"]
        assert all(row["first_text_p50"] > 1.5 for row in rows)

    def test_as_json(self, speed: str, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = [
            "--users",
            "50",
            "--replicas",
            "2",
            "--policy",
            "adaptive",
            "--every",
            "20",
            "--duration",
            "40",
        ]
        assert main(["bench", "fleet", "--profile", speed, "--json", *arguments]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert printed["kind"] == "simulated"
        assert (printed["every_s"], printed["duration_s"]) == (20, 40)

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["--replicas", "0"], "--replicas is '0'"),
            (["--replicas", "many"], "--replicas is 'many'"),
            (["--users", "0"], "--users"),
            (["--every", "0"], "--every"),
            (["--balance", "random"], "least-loaded, round-robin"),
            (["--policy", "best"], "unknown policy 'best'"),
            (["--profile", "/no/such/file"], "cannot be read"),
            (["--out", "/no/such/folder/file"], "no folder"),
            (["--every", "0.01", "--duration", "1000"], "shorter --duration"),
            (["--users", "1", "--duration", "0.001"], "no question arrives"),
        ],
    )
    def test_bad_use(self, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
        assert main(["bench", "fleet", *arguments]) == 2
        output, errors = capsys.readouterr()
        assert output == ""
        assert says in errors
        assert len([line for line in errors.splitlines() if line.startswith("sot: ")]) == 1
