"""Training the router: the same seed gives the same bytes, and one command gives the shipped weights."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from sot.router import HybridRouter, TrainedRouter
from sot.router.corpus import load_corpus
from sot.router.hybrid import WEIGHTS, load_model
from sot.router.training.evaluate import decide, macro_f1
from sot.router.training.fingerprint import fingerprint
from sot.router.training.train import main, train
from sot.types import Message

pytest.importorskip("torch")

CORPUS = load_corpus()
LEARN = [entry for entry in CORPUS if entry.split == "train" and entry.language == "en"][::36]
CALIBRATE = [entry for entry in CORPUS if entry.split == "calibration" and entry.language == "en"][::18]
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
HELD_OUT = [entry for entry in CORPUS if entry.split == "heldout" and entry.language == "en"][::10]


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


@pytest.mark.parametrize("kind", [HybridRouter, TrainedRouter])
def test_the_shipped_weights_come_from_the_corpus(kind: type[HybridRouter] | type[TrainedRouter]) -> None:
    """From these questions, with these features; that they come out byte for byte, ``train --check`` says."""
    model = load_model(WEIGHTS / f"{kind.name}.bin")
    parts = [[entry for entry in CORPUS if entry.split == split] for split in ("train", "calibration")]
    assert model.trained_on == fingerprint(model, [*parts[0], *parts[1]]), (
        "the corpus, the rules or the features have changed: python -m sot.router.training.train"
    )


def test_the_fingerprint_tells_trainings_apart() -> None:
    model = load_model(WEIGHTS / "hybrid.bin")
    part = CORPUS[:50]
    known = fingerprint(model, part)
    assert known == fingerprint(model, part)
    assert known != fingerprint(model, part[1:])
    assert known != fingerprint(replace(model, uses_rules=False), part)
    assert known != fingerprint(model, [*part[:-1], replace(part[-1], route="cot")])


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
