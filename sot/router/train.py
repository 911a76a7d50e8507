"""Trains the trained and the hybrid router.

    python -m sot.router.train                    # reproduces the package's weights
    python -m sot.router.train --data mine.jsonl --out weights/   # with your own labelled questions too

The topics of the corpus are split once and for all: one part trains, one part sets the temperature and the
threshold, and one part, held out, only measures.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from array import array
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ..errors import MissingDependencyError, SotError
from ..types import Route
from .corpus import Entry, load_corpus, read_entries
from .evaluate import decide, report
from .features import BUCKETS, features
from .rules import RulesRouter
from .trained import CLASSES, WEIGHTS, HybridRouter, Model, TrainedRouter, load_model

_EPOCHS = 60
_FEATURE_DROPOUT = 0.3
_LEARNING_RATE = 0.03
_WEIGHT_DECAY = 0.02
_MOST_FALSE_SKELETONS = 0.04  # of the calibration topics' other questions
_LEAST_THRESHOLD = 0.4


def train(
    entries: Sequence[Entry], calibration: Sequence[Entry], *, uses_rules: bool, seed: int = 0
) -> Model:
    """Train a model.

    Args:
        entries: The questions to learn from.
        calibration: Other questions, which set the temperature and the threshold.
        uses_rules: Whether the rules router's opinion is a feature.
        seed: Same seed, same model.

    Raises:
        MissingDependencyError: torch is not installed.
    """
    if find_spec("torch") is None:
        raise MissingDependencyError("torch", 'pip install "skeleton-of-thought[torch]"')
    from .fit import fit_temperature, fit_weights

    inputs = [_features(entry, uses_rules) for entry in entries]
    labels = [CLASSES.index(entry.route) for entry in entries]
    weights, scale = fit_weights(
        inputs,
        labels,
        buckets=BUCKETS,
        epochs=_EPOCHS,
        dropout=_FEATURE_DROPOUT,
        learning_rate=_LEARNING_RATE,
        weight_decay=_WEIGHT_DECAY,
        seed=seed,
    )
    raw = Model(array("b", weights), scale, 1.0, 0.5, uses_rules)
    own = [_features(entry, uses_rules) for entry in calibration]
    temperature = fit_temperature(raw, own, [CLASSES.index(entry.route) for entry in calibration])
    cool = Model(raw.weights, scale, temperature, 0.5, uses_rules)
    return Model(raw.weights, scale, temperature, _threshold(cool, own, calibration), uses_rules)


def _features(entry: Entry, uses_rules: bool) -> list[int]:
    return features(entry.messages, _rules(entry) if uses_rules else None)


def _rules(entry: Entry) -> Route:
    return asyncio.run(RulesRouter().route(entry.messages))


def _threshold(model: Model, inputs: Sequence[list[int]], entries: Sequence[Entry]) -> float:
    """The least threshold at which few enough other questions are sent to ``skeleton``."""
    others = sorted(
        (
            model.probabilities(own)["skeleton"]
            for own, entry in zip(inputs, entries, strict=True)
            if entry.route != "skeleton"
        ),
        reverse=True,
    )
    allowed = int(_MOST_FALSE_SKELETONS * len(others))
    return round(max(_LEAST_THRESHOLD, others[allowed] + 1e-4 if allowed < len(others) else 0.0), 4)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train both routers and print how good they are on the held-out topics."""
    parser = argparse.ArgumentParser(
        prog="python -m sot.router.train", description="Train the router on the project's corpus."
    )
    parser.add_argument(
        "--data", type=Path, action="append", default=[], help="more labelled questions (JSON Lines)"
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder for the weights")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        _train_both(options.data, options.out, options.seed)
    except SotError as error:
        print(f"sot.router.train: {error}", file=sys.stderr)
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
        print(f"\n{path}: threshold {model.threshold}, temperature {model.temperature:.3f}")
        for language in ("en", "ja", "zh"):
            part = [entry for entry in heldout if entry.language == language]
            if part:
                print(f"\n[{language}] " + report(kind.name, asyncio.run(decide(router, part))))


if __name__ == "__main__":
    sys.exit(main())
