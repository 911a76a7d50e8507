"""Training the router: the same seed gives the same bytes, and one command gives the shipped weights."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from sot.router import HybridRouter, TrainedRouter
from sot.router.corpus import load_corpus
from sot.router.hybrid import WEIGHTS, load_model
from sot.router.training.evaluate import decide, macro_f1
from sot.router.training.train import main, train
from sot.types import Message

pytest.importorskip("torch")

CORPUS = load_corpus()
LEARN = [entry for entry in CORPUS if entry.split == "train" and entry.language == "en"][::6]
CALIBRATE = [entry for entry in CORPUS if entry.split == "calibration" and entry.language == "en"][::3]
THINGS = [
    "spoon",
    "lamp",
    "chair",
    "stone",
    "river",
    "bridge",
    "window",
    "garden",
    "candle",
    "basket",
    "letter",
    "ladder",
]
HELD_OUT = [entry for entry in CORPUS if entry.split == "heldout" and entry.language == "en"]


@pytest.mark.parametrize("kind", [HybridRouter, TrainedRouter])
def test_a_tiny_version_end_to_end(tmp_path: Path, kind: type[HybridRouter] | type[TrainedRouter]) -> None:
    path, again, other = (tmp_path / f"{name}.bin" for name in ("one", "again", "other"))
    uses_rules = kind is HybridRouter
    train(LEARN, CALIBRATE, uses_rules=uses_rules, seed=7).save(path)
    train(LEARN, CALIBRATE, uses_rules=uses_rules, seed=7).save(again)
    train(LEARN, CALIBRATE, uses_rules=uses_rules, seed=8).save(other)
    assert path.read_bytes() == again.read_bytes() != other.read_bytes()
    assert path.stat().st_size <= 1_000_000
    model = load_model(path)
    assert model.uses_rules == uses_rules
    assert 0.4 <= model.threshold <= 1
    decisions = asyncio.run(decide(kind(path), HELD_OUT))
    assert macro_f1(decisions) >= 0.6  # of 180 questions


def test_the_shipped_weights_come_from_the_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Byte for byte where the arithmetic is the same; another processor may round otherwise."""
    assert main(["--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert f"{tmp_path / 'hybrid.bin'}: threshold" in printed
    assert "[en] hybrid: " in printed
    assert "[ja] hybrid: " in printed
    for kind in (HybridRouter, TrainedRouter):
        name = f"{kind.name}.bin"
        if (tmp_path / name).read_bytes() != (WEIGHTS / name).read_bytes():
            for language in ("en", "ja"):
                part = [entry for entry in CORPUS if entry.split == "heldout" and entry.language == language]
                shipped, new = (
                    macro_f1(asyncio.run(decide(kind(folder / name), part))) for folder in (WEIGHTS, tmp_path)
                )
                assert new == pytest.approx(shipped, abs=0.01)


def test_own_questions_are_learnt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's questions say something that the corpus does not."""
    monkeypatch.setattr("sot.router.training.train.load_corpus", lambda: [*LEARN, *CALIBRATE])
    own = tmp_path / "own.jsonl"
    fields = [{"question": f"flumph the {thing}", "route": "cot"} for thing in THINGS]
    own.write_text("\n".join(map(json.dumps, fields)))
    for folder, more in (("without", []), ("with", ["--data", str(own)])):
        assert main(["--out", str(tmp_path / folder), *more]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "to learn from" in line]
    counts = [int(line.split()[0]) for line in lines]
    assert counts == [len(LEARN), len(LEARN) + len(THINGS)]
    question = [Message("user", "flumph the kettle")]
    routes = [
        asyncio.run(TrainedRouter(tmp_path / folder / "trained.bin").route(question)).strategy
        for folder in ("without", "with")
    ]
    assert routes == ["normal", "cot"]


def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text('{"question": "Hi", "route": "normal"}\n{"question": "Hi", "route": "maybe"}\n')
    assert main(["--out", str(tmp_path / "out"), "--data", str(own)]) == 2
    assert f"{own}:2: the field route must be one of" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unknown_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--speed", "9"])
    assert raised.value.code == 2
    assert "--speed" in capsys.readouterr().err
