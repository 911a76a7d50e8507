"""Training of the trained and the hybrid router.

    python -m sot.router.training.train                     # reproduces the package's weights
    python -m sot.router.training.train --check             # whether they are the ones that come out
    python -m sot.router.training.train --data mine.jsonl --out weights/  # with your own labelled questions

The topics of the corpus are split once and for all: one part is for training, one sets the temperatures and
the threshold, and one, held out, only measures.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from ...errors import MissingDependencyError, SotError, install_command
from ...types import Message, StrategyName
from ..context import earlier_question
from ..corpus import Entry, load_corpus, read_entries
from ..hybrid import (
    CLASSES,
    WEIGHTS,
    HybridRouter,
    LinearClassifier,
    RouterModel,
    Temperatures,
    TrainedRouter,
    load_model,
    remembered,
)
from .evaluate import decide, macro_f1
from .fingerprint import fingerprint
from .report import report, rows

_MOST_FALSE_SKELETONS = 0.03  # share of the calibration questions with another label
_LEAST_THRESHOLD = 0.6
_ROUNDING = 0.01  # of macro-F1, between processors


def train(
    entries: Sequence[Entry], calibration: Sequence[Entry], *, uses_rules: bool, seed: int = 0
) -> RouterModel:
    """Train a model.

    First the opinion classifier is fitted, to questions without others before them; then, with its opinion of
    a follow-up and of the question before among the features, the decision classifier, to all questions.

    Args:
        entries: Training questions.
        calibration: Other questions, which set the temperatures and the threshold.
        uses_rules: Whether the rules router's route is a feature.
        seed: The same seed gives the same model.

    Raises:
        MissingDependencyError: torch is not installed.
    """
    if find_spec("torch") is None:
        raise MissingDependencyError("torch", install_command("torch"))
    from .fit import fit_classifier, fit_temperature

    first = _parted(entries)[0]
    singles, follow_ups = _parted(calibration)
    model = RouterModel(_EMPTY, _EMPTY, Temperatures(1.0, 1.0, 1.0), 0.5, uses_rules)
    model = replace(model, trained_on=fingerprint(model, [*entries, *calibration]))
    own = [model.question(entry.messages) for entry in singles]
    opinion = fit_classifier([model.question(entry.messages) for entry in first], _labels(first), seed=seed)
    temperature = fit_temperature(opinion, own, _labels(singles))
    model = replace(model, opinion=opinion, temperatures=Temperatures(temperature, 1.0, 1.0))
    decision = fit_classifier([_inputs(model, entry) for entry in entries], _labels(entries), seed=seed)
    after = [_inputs(model, entry) for entry in follow_ups]
    temperatures = Temperatures(
        temperature,
        fit_temperature(decision, own, _labels(singles)),
        fit_temperature(decision, after, _labels(follow_ups)),
    )
    model = replace(model, decision=decision, temperatures=temperatures)
    return replace(model, threshold=_threshold(model.probabilities, calibration))


_EMPTY = LinearClassifier(array("b"), 1.0)


def _parted(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Split into first questions and follow-ups."""
    parts: tuple[list[Entry], list[Entry]] = ([], [])
    for entry in entries:
        parts[earlier_question(entry.messages) is not None].append(entry)
    return parts


def _inputs(model: RouterModel, entry: Entry) -> list[int]:
    """Return an entry's features for the decision classifier, before that is fitted."""
    messages = remembered(entry.messages)
    earlier = earlier_question(messages)
    if earlier is None:
        return model.question(messages)
    return model.conversation(messages, _opinion(model, earlier))


def _opinion(model: RouterModel, messages: Sequence[Message]) -> dict[StrategyName, float]:
    """Estimate a conversation's probabilities: half its last question's by itself, half the turn's before."""
    own = model.opinion.probabilities(model.question(messages), model.temperatures.opinion)
    earlier = earlier_question(messages)
    if earlier is None:
        return own
    before = _opinion(model, earlier)
    return {name: (own[name] + before[name]) / 2 for name in own}


def _labels(entries: Sequence[Entry]) -> list[int]:
    return [CLASSES.index(entry.route) for entry in entries]


def _threshold(
    probabilities: Callable[[Sequence[Message]], dict[StrategyName, float]], entries: Sequence[Entry]
) -> float:
    """Return the least threshold at which few enough other questions are routed to ``skeleton``."""
    others = sorted(
        (probabilities(entry.messages)["skeleton"] for entry in entries if entry.route != "skeleton"),
        reverse=True,
    )
    allowed = int(_MOST_FALSE_SKELETONS * len(others))
    return round(max(_LEAST_THRESHOLD, others[allowed] + 1e-4 if allowed < len(others) else 0.0), 4)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train both routers and print their quality on the held-out topics; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sot.router.training.train", description="Train the router on the project's corpus."
    )
    parser.add_argument(
        "--data", type=Path, action="append", default=[], help="more labelled questions (JSON Lines)"
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder for the weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--check", action="store_true", help="train, and compare with the weights in the package; write none"
    )
    options = parser.parse_args(arguments)
    try:
        if options.check:
            return _check(options.seed)
        _train_both(options.data, options.out, options.seed)
    except SotError as error:
        print(f"sot.router.training.train: {error}", file=sys.stderr)
        return 2
    return 0


def _train_both(data: Sequence[Path], out: Path, seed: int) -> None:
    corpus = load_corpus()
    extra = [entry for path in data for entry in read_entries(path)]
    training = [entry for entry in corpus if entry.split == "train"] + extra
    calibration = [entry for entry in corpus if entry.split == "calibration"]
    heldout = [entry for entry in corpus if entry.split == "heldout"]
    print(
        f"{len(training)} questions to learn from, {len(calibration)} to calibrate, {len(heldout)} held out"
    )
    out.mkdir(parents=True, exist_ok=True)
    for kind in (TrainedRouter, HybridRouter):
        path = out / f"{kind.name}.bin"
        train(training, calibration, uses_rules=kind is HybridRouter, seed=seed).save(path)
        load_model.cache_clear()
        router = kind(path)
        model = load_model(path)
        print(f"\n{path}: threshold {model.threshold}, {_named(model.temperatures)}")
        if not heldout:
            continue
        decisions = asyncio.run(decide(router, heldout))
        for language in sorted({entry.language for entry in heldout}):
            part = [decision for decision in decisions if decision.entry.language == language]
            print(f"\n[{language}] " + report(kind.name, part))
        print(f"\n{rows(decisions)}")


def _check(seed: int) -> int:
    """Train again and compare with the package's weights; returns the exit code.

    They are the same byte for byte where the arithmetic is; another processor may round otherwise.
    """
    heldout = [entry for entry in load_corpus() if entry.split == "heldout"]
    with TemporaryDirectory() as folder:
        _train_both((), Path(folder), seed)
        for kind in (TrainedRouter, HybridRouter):
            name = f"{kind.name}.bin"
            if (WEIGHTS / name).read_bytes() == (Path(folder) / name).read_bytes():
                continue
            old, new = (
                macro_f1(asyncio.run(decide(kind(place / name), heldout)))
                for place in (WEIGHTS, Path(folder))
            )
            if abs(new - old) > _ROUNDING:
                print(
                    f"{name} in the package is stale: macro-F1 {old:.3f}, trained anew {new:.3f}",
                    file=sys.stderr,
                )
                return 1
    print("the package's weights are the ones that come out of the training")
    return 0


def _named(temperatures: Temperatures) -> str:
    return "temperatures " + ", ".join(f"{name} {value:.3f}" for name, value in asdict(temperatures).items())


if __name__ == "__main__":
    sys.exit(main())
