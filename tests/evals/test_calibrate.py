"""`sot bench calibrate`: what is measured, what is fitted, and how well the profile then predicts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest
from cli_server import ScriptServer
from fault_server import status
from scripted import Script, ScriptedBackend
from speeds import like_vllm, profile

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.cli import main
from sot.errors import BadRequestError, ConfigError
from sot.evals.bench.options import parse_counts
from sot.evals.calibrate.fit import fit_cache, fit_reads, fit_steps, least_squares
from sot.evals.calibrate.held_out import compare, runs
from sot.evals.calibrate.measure import Measured, Steps, steps_of
from sot.evals.calibrate.requests import Requests, Timed
from sot.evals.measure.shapes import Shape
from sot.load.profile import (
    EngineProfile,
    PrefillTime,
    PrefixCacheProfile,
    StepTime,
    read_profile,
    write_profile,
)
from sot.types import BackendInfo, Chunk, GenerateConfig, Load, Message, Usage


def steps(batch: int, context: float, seconds: float, *, long: bool = False) -> Steps:
    return Steps(batch, context, seconds, 0.0, long)


class TestFit:
    def test_a_line_and_a_parabola(self) -> None:
        line = [(x, 3.0 + 2.0 * x) for x in (1.0, 10.0, 100.0, 1000.0)]
        assert least_squares(line, 2) == pytest.approx([3.0, 2.0])
        parabola = [(x, 3.0 + 2.0 * x + 0.5 * x * x) for x in (1.0, 10.0, 100.0, 1000.0)]
        assert least_squares(parabola, 3) == pytest.approx([3.0, 2.0, 0.5])

    @pytest.mark.parametrize("template", [0, 400], ids=["bare prompts", "a long system prompt"])
    def test_steps_with_contexts(self, template: int) -> None:
        measured = [
            steps(batch, template + context, base + 1e-6 * batch * (template + context), long=context > 500)
            for batch, base in ((1, 0.010), (4, 0.013), (8, 0.017))
            for context in (50, 550)
        ]
        fitted = fit_steps(measured)
        assert fitted.batch == (1, 4, 8)
        assert fitted.seconds == pytest.approx((0.010, 0.013, 0.017))
        assert fitted.per_context_token_s == pytest.approx(1e-6)

    def test_a_disturbed_round_does_not_count(self) -> None:
        rounds = [steps(1, 50, 0.010), steps(1, 50, 0.010), steps(1, 50, 0.090)]
        assert fit_steps(rounds).seconds == (0.010,)

    def test_steps_never_fall(self) -> None:
        fitted = fit_steps([steps(1, 50, 0.012), steps(2, 50, 0.010), steps(4, 50, 0.020)])
        assert fitted.seconds == pytest.approx((0.011, 0.011, 0.020))

    def test_prefill(self) -> None:
        reads = [(tokens, 0.012 + 0.001 * tokens) for tokens in (64, 128, 256, 512, 1024)]
        prefill, overhead = fit_reads(reads, 0.010)
        assert prefill.per_token_s == pytest.approx(0.001)
        assert prefill.per_token_squared_s == 0
        assert (prefill.fixed_s, overhead) == (pytest.approx(0.010), pytest.approx(0.002))

    def test_prefill_that_grows_with_the_square(self) -> None:
        reads = [(tokens, 0.01 + 1e-3 * tokens + 1e-6 * tokens**2) for tokens in (64, 128, 256, 512, 1024)]
        prefill, _ = fit_reads(reads, 0.010)
        assert prefill.of(800) == pytest.approx(1e-3 * 800 + 1e-6 * 800**2)

    @pytest.mark.parametrize(
        ("measured", "said", "cache"),
        [
            (Measured(cached=[96, 160, 480]), True, PrefixCacheProfile(block_tokens=32)),
            (Measured(again=0.1), False, PrefixCacheProfile(block_tokens=16)),
            (Measured(again=0.98), True, PrefixCacheProfile(enabled=False)),
        ],
    )
    def test_the_cache(self, measured: Measured, said: bool, cache: PrefixCacheProfile) -> None:
        fitted = fit_cache(measured, said=said)
        assert (fitted.enabled, fitted.block_tokens) == (cache.enabled, cache.block_tokens)


class TestSteps:
    def timed(self, times: Sequence[float], tokens: int = 1) -> Timed:
        counted = [((number + 1) * tokens, at) for number, at in enumerate(times)]
        return Timed(0.0, counted, Usage(40, 0, len(times) * tokens, 1), times[-1])

    def test_only_the_time_together_counts(self) -> None:
        first = self.timed([number * 0.010 for number in range(1, 11)])
        later = self.timed([0.100 + number * 0.020 for number in range(1, 31)])
        first.tokens += [(10 + number, 0.100 + number * 0.020) for number in range(1, 31)]
        found = steps_of([first, later])
        assert found.seconds == pytest.approx(0.020)
        assert found.batch == 2

    def test_several_tokens_in_a_piece(self) -> None:
        assert steps_of(
            [self.timed([0.040 * number for number in range(1, 9)], tokens=4)]
        ).seconds == pytest.approx(0.010)

    def test_requests_that_do_not_overlap_are_no_batch(self) -> None:
        one = self.timed([0.01 * number for number in range(1, 11)])
        other = self.timed([1 + 0.01 * number for number in range(1, 11)])
        with pytest.raises(ConfigError, match="hardly decoded together"):
            steps_of([one, other])


SPEEDS = {
    "vllm": like_vllm(),
    "chunked": profile(
        max_batch=16,
        step=StepTime(batch=(1, 16), seconds=(0.010, 0.025), per_context_token_s=2e-7),
        prefill=PrefillTime(fixed_s=0.008, per_token_s=0.0006, budget_tokens=128),
        overhead_s=0.004,
        context_length=2048,
    ),
    "shared": profile(
        step=StepTime(batch=(1, 8), seconds=(0.010, 0.017), per_context_token_s=4e-6, shared_context=0.25)
    ),
    "uncached": profile(
        cache=PrefixCacheProfile(enabled=False), prefill=PrefillTime(fixed_s=0.01, per_token_s=0.0006)
    ),
}


@pytest.mark.parametrize("name", SPEEDS)
def test_a_simulated_engine_is_found_out(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, found = tmp_path / "engine.json", tmp_path / "found.json"
    write_profile(engine, SPEEDS[name])
    arguments = ["--backend", f"replay:{engine}", "--out", str(found), "--repeat", "1"]
    assert main(["bench", "calibrate", *arguments]) == 0
    fitted, truth = read_profile(found), SPEEDS[name]
    for batch in (1, 3, 8):
        assert fitted.step_s(batch, 300) == pytest.approx(truth.step_s(batch, 300), rel=0.02)
    assert fitted.prefill.of(700) == pytest.approx(truth.prefill.of(700), rel=0.05)
    assert fitted.step.shared_context == pytest.approx(truth.step.shared_context, abs=0.1)
    assert fitted.cache.enabled == truth.cache.enabled
    if truth.cache.enabled:
        assert fitted.cache.block_tokens == truth.cache.block_tokens
    if truth.prefill.budget_tokens == 128:
        assert fitted.prefill.budget_tokens == pytest.approx(128, rel=0.15)
    assert (fitted.max_batch, fitted.simulated) == (truth.max_batch, True)
    assert fitted.held_out
    assert all(abs(one.error) < 0.05 for one in fitted.held_out)
    output, errors = capsys.readouterr()
    assert "(simulated)" in output.splitlines()[0]
    assert "| skeleton: 40 tokens, then 8 points of 40 " in output
    assert "measured" not in output
    assert "starting the engine" in errors


def test_what_was_not_fitted_shows_the_error() -> None:
    """An engine that decodes more slowly than its profile says is seen in the runs that were kept apart."""

    measured = {one.run: one.predicted_s for one in compare(dict.fromkeys(runs(8), 1.0), profile())}
    quicker = profile(step=StepTime(batch=(1, 8), seconds=(0.005, 0.0085)))
    errors = [one.error for one in compare(measured, quicker)]
    assert len(errors) == 8  # 12 at once are more than it takes
    assert all(-0.5 < error < -0.2 for error in errors)


@pytest.mark.model
def test_the_built_in_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For real, with less of everything than the command measures."""
    monkeypatch.setattr("sot.evals.calibrate.measure.PREFILL", (64, 128))
    monkeypatch.setattr("sot.evals.calibrate.measure.LONG", 96)
    monkeypatch.setattr("sot.evals.calibrate.measure._STEPS", 12)
    monkeypatch.setattr("sot.evals.calibrate.held_out._BATCHES", (3,))
    monkeypatch.setattr("sot.evals.calibrate.held_out._TOKENS", 8)
    monkeypatch.setattr("sot.evals.calibrate.held_out._PROMPT", 40)
    monkeypatch.setattr("sot.evals.calibrate.held_out._STAGGERED", 2)
    short = (("normal", Shape((6,) * 3)), ("skeleton", Shape((6,) * 3)))
    monkeypatch.setattr("sot.evals.calibrate.held_out._ANSWERS", short)
    file = tmp_path / "profile.json"
    arguments = ["--backend", "torch:", "--batches", "1,2", "--repeat", "1", "--out", str(file), "--json"]
    assert main(["bench", "calibrate", *arguments]) == 0
    fitted = read_profile(file)
    assert EngineProfile.model_validate_json(capsys.readouterr().out) == fitted
    assert (fitted.model, fitted.simulated) == ("SmolLM2-135M-Instruct", False)
    assert fitted.step.batch == (1, 2)
    assert fitted.prefill.fixed_s + fitted.prefill.per_token_s > 0  # which of both, a busy machine may hide
    assert fitted.cache.enabled
    assert len(fitted.held_out) == 4


class Strict(ScriptedBackend):
    """The scripted engine, which knows no ``ignore_eos``, tells every token, and may be busy."""

    def __init__(self, *, usage: bool = True, refuses: bool = True, busy: int = 0) -> None:
        text = [f" word{number}" for number in range(60)]
        super().__init__(lambda request: Script(*text, usage=Usage(64 if usage else 0, 0, 60, 1)))
        self.refuses = refuses
        self.busy = busy

    def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        if self.refuses and config.extra:
            raise BadRequestError("unknown field ignore_eos", status=400)
        return super().stream(messages, config, prefill=prefill)

    async def info(self) -> BackendInfo:
        return BackendInfo("strict:", "strict", parallel=2, context_length=4096)

    async def load(self) -> Load:
        return Load(running=self.busy)


class TestEngines:
    def run(self, backend: Any, monkeypatch: pytest.MonkeyPatch, out: Path) -> int:
        monkeypatch.setattr("sot.command.engine.create_backend", lambda spec, **settings: backend)
        return main(
            ["bench", "calibrate", "--backend", "http://127.0.0.1:9/v1", "--out", str(out), "--repeat", "1"]
        )

    async def test_a_refused_field_is_left_out(self) -> None:
        requests = Requests(Strict())
        timed = await requests.send("Go on.", 60)
        assert not requests.forced
        assert timed.tokens[-1][0] == 60

    def test_an_engine_that_tells_no_prompt_lengths(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(Strict(usage=False, refuses=False), monkeypatch, tmp_path / "x.json") == 2
        assert "does not tell how many tokens" in capsys.readouterr().err
        assert not (tmp_path / "x.json").exists()

    def test_a_busy_engine_is_left_alone(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(Strict(busy=3), monkeypatch, tmp_path / "x.json") == 2
        assert "busy with other requests" in capsys.readouterr().err

    def test_a_failing_server(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with ScriptServer() as server:
            server.default = status(400, {"error": {"message": "broken"}})
            out = str(tmp_path / "x.json")
            assert main(["bench", "calibrate", "--backend", server.url, "--out", out]) == 1
        assert capsys.readouterr().err.splitlines()[-1].endswith(": broken")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "/no/such/folder/x.json"], "there is no folder"),
        (["--out", "x.json", "--repeat", "0"], "--repeat"),
        (["--out", "x.json", "--max-batch", "0"], "--max-batch"),
        (["--out", "x.json", "--batches", "two"], "--batches is 'two'"),
        (["--out", "x.json", "--batches", "1,64"], "between 1 and 8"),
        (["--out", "x.json", "--batches", "1,2048"], "between 1 and 8"),
        (["--out", "x.json", "--batches", "1,2048", "--max-batch", "1536"], "between 1 and 1536"),
        (["--out", "x.json", "--tokens", "64"], "--tokens is for --steps-only"),
        (["--steps-only", "--note", "mine"], "--note is for a profile"),
        (["--steps-only", "--max-batch", "4"], "--max-batch is for a profile"),
        (["--steps-only", "--batches", "1,64"], "between 1 and 8"),
        (["--out", "x.json", "--engine-arg", "a=1"], "--engine-arg is for torch:, vllm:"),
        ([], "--out is missing"),
        (["--steps-only", "--out", "x.json"], "--steps-only makes none"),
        (["--steps-only", "--batches", "0"], "--batches is '0'"),
        (["--steps-only", "--batches", "2,many"], "--batches is '2,many'"),
        (["--steps-only", "--tokens", "0"], "--tokens is 0"),
    ],
)
def test_bad_use(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_profile("engine.json", profile())
    assert main(["bench", "calibrate", "--backend", "replay:engine.json", *arguments]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert says in errors.splitlines()[-1]
    assert not Path("x.json").exists()


class TestStepsOnly:
    def test_requests_are_at_the_engine_together(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        backend = ScriptedBackend(lambda request: Script("a", "b", usage=Usage(5, 1, 2, 1)))
        monkeypatch.setattr("sot.command.engine.create_backend", lambda spec, **settings: backend)
        assert main([*self.STEPS, "--batches", "8", "--repeat", "1", "--json"]) == 0
        assert backend.peak == 8
        assert {request.config.max_tokens for request in backend.requests} == {64}
        asked = [request.last for request in backend.requests]
        assert len(set(asked)) == len(asked) == 2 * 9, "a prefix cache must not help"
        found = json.loads(capsys.readouterr().out)
        assert [(row["batch"], row["tokens"]) for row in found["rows"]] == [(1, 2), (8, 16)]

    STEPS = ("bench", "calibrate", "--steps-only", "--backend", "http://127.0.0.1:9/v1", "--model", "x")

    def test_a_table(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Of a simulated engine, whose steps take 10 ms for one request and 17 ms for eight."""
        write_profile(tmp_path / "engine.json", profile(prefill=PrefillTime(per_token_s=1e-9)))
        arguments = ["--backend", f"replay:{tmp_path / 'engine.json'}", "--batches", "8,4", "--repeat", "3"]
        assert main(["bench", "calibrate", "--steps-only", *arguments]) == 0
        output = capsys.readouterr().out
        assert "(simulated), 64 tokens a request" in output.splitlines()[0]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in output.splitlines()[4:7]]
        assert [row[0] for row in rows] == ["1", "4", "8"]
        assert rows[0][2] == "1.00x (1.00 to 1.00)"
        assert rows[2][2].startswith("1.7")
        assert output.rstrip().endswith("Median (least to greatest) of 3 rounds; ratios round by round.")

    def test_more_at_once_than_any_fleet_has_engines(self) -> None:
        assert parse_counts("--batches", "2048,1", "1,2,4,8", most=None) == [1, 2048]

    def test_nobody_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(list(self.STEPS)) == 1
        assert "cannot connect" in capsys.readouterr().err.splitlines()[-1]


def test_a_run_that_is_cancelled_leaves_no_request() -> None:
    async def cancel() -> tuple[int, int]:
        backend = ReplayBackend(like_vllm())
        task = asyncio.create_task(Requests(backend).together(["a b c", "d e f"], 5000))
        await asyncio.sleep(1)  # simulated
        during = (await backend.load()).running
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return during, (await backend.load()).running

    assert run_virtually(cancel()) == (2, 0)


def test_the_profile_is_plain_json(tmp_path: Path) -> None:
    file = tmp_path / "profile.json"
    write_profile(file, profile())
    assert json.loads(file.read_text())["format"] == "sot-engine-profile"
