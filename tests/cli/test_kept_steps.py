"""Step times that one command keeps for the next, and what the commands show of them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from speeds import profile

from sot.backends.replay import ReplayBackend
from sot.cli import main
from sot.command.kept_steps import read_steps, write_steps
from sot.load.profile import EngineProfile, PrefillTime, StepTime, write_profile
from sot.speed.step_times import StepTimes
from sot.types import BackendInfo

QUESTION = "What are good ways to sleep better?"
INFO = BackendInfo("http://127.0.0.1:8000/v1", "model")
TIMES = StepTimes(0.01, 0.005, 0.02)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def engine(tmp_path: Path) -> str:
    """Spec of the replay engine with made-up step times: eight requests take seven times as long as one."""
    speed: EngineProfile = profile(
        step=StepTime(batch=(1, 8), seconds=(0.003, 0.021)), prefill=PrefillTime(), max_batch=32
    )
    write_profile(tmp_path / "dear.json", speed)
    return f"replay:{tmp_path / 'dear.json'}"


def test_what_was_kept_is_read_for_this_engine_and_model_alone() -> None:
    write_steps(INFO, TIMES)
    found = read_steps(INFO)
    assert found is not None
    assert found.times == TIMES
    assert read_steps(BackendInfo("http://127.0.0.1:8000/v1", "another")) is None
    assert read_steps(BackendInfo("http://127.0.0.1:8001/v1", "model")) is None


@pytest.mark.parametrize(
    "change",
    [{"at": 0.0}, {"at": 1e12}, {"one_s": 0.0}, {"one_s": "quick"}, {"each_s": -1.0}, {"reading_s": None}]
    + [
        {name: value} for name in ("at", "one_s", "each_s") for value in (10**400, float("inf"), float("nan"))
    ],
)
def test_what_is_old_or_broken_is_not_believed(cache: Path, change: dict[str, Any]) -> None:
    write_steps(INFO, TIMES)
    (file,) = cache.rglob("*.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    assert read_steps(INFO) is None


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"at": 1}', "[" * 100_000, "\0\ud800"])
def test_a_file_that_is_none_of_ours_stops_nothing(cache: Path, text: str) -> None:
    write_steps(INFO, TIMES)
    (file,) = cache.rglob("*.json")
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    assert read_steps(INFO) is None


def test_a_folder_that_cannot_be_written_stops_nothing(cache: Path) -> None:
    cache.write_text("a file in its place")
    write_steps(INFO, TIMES)
    assert read_steps(INFO) is None


def test_a_place_that_cannot_be_taken_leaves_nothing_behind(cache: Path) -> None:
    write_steps(INFO, TIMES)
    (file,) = cache.rglob("*.json")
    file.unlink()
    (file / "a folder in its place").mkdir(parents=True)
    write_steps(INFO, TIMES)
    assert list(file.parent.iterdir()) == [file]


def asked(capsys: pytest.CaptureFixture[str], engine: str, *words: str) -> dict[str, Any]:
    assert main(["ask", QUESTION, "--backend", engine, "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def kept(engine: str, times: StepTimes) -> None:
    """Keep step times for the engine, as an earlier command would."""
    write_steps(asyncio.run(ReplayBackend(engine.partition(":")[2]).info()), times)


def test_an_answer_keeps_what_it_has_shown(
    capsys: pytest.CaptureFixture[str], engine: str, cache: Path
) -> None:
    assert asked(capsys, engine, "--strategy", "skeleton")["route"]["reason"] == "chosen by the caller"
    (file,) = (cache / "steps").iterdir()
    assert json.loads(file.read_text())["one_s"] > 0.002


def test_the_next_command_decides_by_what_was_kept(capsys: pytest.CaptureFixture[str], engine: str) -> None:
    dear = StepTimes.stated(7.0)
    kept(engine, dear)
    routed = asked(capsys, engine)
    assert routed["route"]["strategy"] == "normal"
    assert routed["route"]["reason"].endswith(f"; decoded normally, {dear.summary}")
    assert main(["doctor", "--backend", engine, "--json"]) == 0
    evidence = json.loads(capsys.readouterr().out)["engine"]["evidence"]
    assert evidence["step_times"] == f"measured 0 minutes ago: {dear.summary}"
    forced = asked(capsys, engine, "--strategy", "skeleton")
    assert forced["route"]["reason"] == f"chosen by the caller; {dear.summary}"
    assert forced["points"]


def test_after_ten_minutes_skeletons_are_tried_anew(
    capsys: pytest.CaptureFixture[str], engine: str, cache: Path
) -> None:
    kept(engine, StepTimes.stated(7.0))
    (file,) = (cache / "steps").iterdir()
    old = json.loads(file.read_text())
    for minutes, strategy in ((9, "normal"), (11, "skeleton"), (0, "normal")):
        file.write_text(json.dumps({**old, "at": old["at"] - 60 * minutes}))
        assert asked(capsys, engine)["route"]["strategy"] == strategy


@pytest.mark.parametrize("stated", ["off", "1.2"])
def test_the_operator_s_word_goes_before_it(
    capsys: pytest.CaptureFixture[str], engine: str, stated: str
) -> None:
    kept(engine, StepTimes.stated(7.0))
    assert asked(capsys, engine, "--step-ratio", stated)["route"]["strategy"] == "skeleton"


def test_a_profile_goes_before_it(capsys: pytest.CaptureFixture[str], engine: str, tmp_path: Path) -> None:
    quick = profile(step=StepTime(batch=(1, 8), seconds=(0.003, 0.004)), prefill=PrefillTime(), max_batch=32)
    write_profile(tmp_path / "quick.json", quick)
    kept(engine, StepTimes.stated(7.0))
    words = ("--adapt", "--profile", str(tmp_path / "quick.json"))  # as before profiles of sot.toml
    assert asked(capsys, engine, *words)["route"]["strategy"] == "skeleton"


def test_a_ratio_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], engine: str) -> None:
    assert main(["ask", QUESTION, "--backend", engine, "--step-ratio", "often"]) == 2
    assert "step_ratio" in capsys.readouterr().err


def test_normal_answers_alone_keep_nothing(
    capsys: pytest.CaptureFixture[str], engine: str, cache: Path
) -> None:
    asked(capsys, engine, "--strategy", "normal")
    assert not cache.exists()
