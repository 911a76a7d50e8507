"""Decode-step times of a model with its adapter: rows that it acts on, rows that it leaves alone, and both.

    python -m sot.evals.adapter.steps --dtype int8

All kinds of steps take turns in one process, the model without an adapter among them. What is told is the
process's CPU time, which other programs on the machine disturb less than the time on the clock.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from statistics import median, quantiles
from typing import TYPE_CHECKING

from sot.backends.torch_engine.options import EngineOptions
from sot.errors import ConfigError, SotError

if TYPE_CHECKING:
    from sot.backends.torch_engine.weights import LoadedModel

_PROMPT = 300  # tokens before the steps
_STEPS = 4  # of one kind in a turn
_FIRST = 2  # turns that are not counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sot.evals.adapter.steps", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--model", default="", help="as for training (default: the built-in model)")
    parser.add_argument("--adapter", default="", help="folder of an adapter (default: the packaged one)")
    parser.add_argument("--other", help="folder of a second adapter, for steps with both")
    parser.add_argument("--dtype", default="int8", choices=("float32", "bfloat16", "float16", "int8"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--turns", type=int, default=30)
    given = parser.parse_args(arguments)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # see the torch engine's thread
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    try:
        for line in _lines(given):
            print(line, flush=True)
    except SotError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _lines(given: argparse.Namespace) -> Iterator[str]:
    """Measure, and format a row of a table for each kind of step."""
    from sot.backends.torch_engine.weights import load_model

    if given.turns < 2 or min(given.rows) < 1 or given.threads < 1:
        raise ConfigError("--turns must be at least 2, --rows and --threads at least 1")

    def load(adapter: str) -> LoadedModel:
        both = adapter != "off" and given.other
        options = EngineOptions(
            given.model,
            "cpu",
            given.dtype,
            given.threads,
            adapter=adapter,
            adapters=(("other", given.other),) if both else (),
        )
        return load_model(options)

    without, model = load("off"), load(given.adapter)
    yield "| format | rows | step | CPU ms, median (quartiles) | to no adapter, median (quartiles) |"
    yield "| --- | ---: | --- | ---: | ---: |"
    for rows in given.rows:
        kinds = {"no adapter": (without, [0] * rows), "plain rows": (model, [0] * rows)}
        kinds["adapted rows"] = (model, [1] * rows)
        if rows > 1:
            kinds["one plain, the others adapted"] = (model, [0] + [1] * (rows - 1))
        if rows > 1 and given.other:
            kinds["two adapters in turn"] = (model, [1 + row % 2 for row in range(rows)])
        found = _measure(kinds, given.turns)
        base = found["no adapter"]
        for name, times in found.items():
            ratios = [mine / other for mine, other in zip(times, base, strict=True)]
            yield f"| {given.dtype} | {rows} | {name} | {_spread(times)} | {_spread(ratios)} |"


def _measure(kinds: dict[str, tuple[LoadedModel, list[int]]], turns: int) -> dict[str, list[float]]:
    """Return the milliseconds of a step, by kind and turn; another kind begins each turn."""
    for model, rows in kinds.values():
        _step(model, [[7 + row] * _PROMPT for row in range(len(rows))], rows, 0)
    names, found = list(kinds), {name: list[float]() for name in kinds}
    for turn in range(turns + _FIRST):
        at = turn % len(names)
        for name in names[at:] + names[:at]:
            model, rows = kinds[name]
            times = [_step(model, [[5]] * len(rows), rows, _PROMPT + step) for step in range(_STEPS)]
            if turn >= _FIRST:
                found[name].append(median(times))
    return found


def _step(model: LoadedModel, tokens: Sequence[Sequence[int]], adapted: Sequence[int], start: int) -> float:
    """Run one step; returns its CPU time in milliseconds."""
    import torch

    from sot.backends.torch_engine.packed_attention import Piece, Step

    model.kv.ensure(len(tokens), start + len(tokens[0]))
    pieces = [
        Piece(slot, start, ids, kind) for slot, (ids, kind) in enumerate(zip(tokens, adapted, strict=True))
    ]
    step = Step(model.kv, pieces, model.dtype, model.device, decodes_all=len(tokens[0]) == 1)
    began = time.process_time()
    with torch.inference_mode():
        model.forward(step)
    return (time.process_time() - began) * 1000


def _spread(values: Sequence[float]) -> str:
    low, _, high = quantiles(values, n=4)
    return f"{median(values):.3g} ({low:.3g} to {high:.3g})"


if __name__ == "__main__":
    sys.exit(main())
