"""Command that trains a low-rank adapter (LoRA) for a model's skeletons and points.

    python -m sot.evals.adapter.train --out FOLDER
    python -m sot.evals.adapter.train --model Qwen/Qwen3-0.6B --data my_examples.jsonl --out FOLDER

Without more it trains the built-in model on the project's own examples, on a CPU in under an hour. The folder
is one that PEFT and vLLM load. An interrupted run goes on with the same command.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sot.errors import ConfigError, SotError
from sot.prompting.packs import load_pack

from ..run.own_files import holds_manifest
from .examples import DATA, Example, read_examples
from .own_points import FILE as OWN_POINTS
from .own_points import own_points
from .settings import ALL_LINEAR, ATTENTION, TrainSettings
from .training import CHECKPOINT, Progress, Training

_DEFAULTS = TrainSettings()
_TARGETS = {"all": ALL_LINEAR, "attention": ATTENTION}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        return _train(given)
    except SotError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    except KeyboardInterrupt:
        kept = (given.out / CHECKPOINT).exists()
        print("\ninterrupted; the same command " + ("goes on" if kept else "begins anew"), file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sot.evals.adapter.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", type=Path, nargs="+", default=[DATA], help="JSON Lines files or folders with examples")
    add("--keep-all", action="store_true", help="keep examples whatever their form, as of other languages")
    add("--model", default="", help="hub id, folder or .gguf file (default: the built-in model)")
    add("--out", type=Path, required=True, help="folder of the adapter and of the run's checkpoint")
    add("--rank", type=int, default=_DEFAULTS.rank, help="rank of the matrices (default: %(default)s)")
    add("--layers", choices=tuple(_TARGETS), default="all", help="linear layers that are adapted")
    add(
        "--epochs", type=int, default=_DEFAULTS.epochs, help="passes over the examples (default: %(default)s)"
    )
    add("--points", type=int, default=_DEFAULTS.points, help="points of an example in each pass")
    add("--batch", type=int, default=_DEFAULTS.batch, help="examples a step (default: %(default)s)")
    add("--rate", type=float, default=_DEFAULTS.rate, help="highest learning rate (default: %(default)s)")
    add("--dropout", type=float, default=_DEFAULTS.dropout)
    add(
        "--own-points",
        type=int,
        default=_DEFAULTS.own_points,
        help="points of each example that the model itself writes; 0: none (default: %(default)s)",
    )
    add("--prompts", default=_DEFAULTS.prompts, help="prompt pack: a name or a folder (default: %(default)s)")
    add("--no-demonstrations", action="store_true", help="leave the pack's demonstrations out of the prompts")
    add("--seed", type=int, default=_DEFAULTS.seed)
    add("--device", default=None, help="torch device (default: CUDA where there is one, else the CPU)")
    add("--max-steps", type=int, default=None, help="most steps, for a trial")
    add("--restart", action="store_true", help="begin anew where the folder has a checkpoint")
    return parser


def _settings(given: argparse.Namespace) -> TrainSettings:
    for name in ("rank", "epochs", "points", "batch", "max_steps"):
        if (value := getattr(given, name)) is not None and value < 1:
            raise ConfigError(f"--{name.replace('_', '-')} must be at least 1, not {value}")
    if given.own_points < 0:
        raise ConfigError(f"--own-points must be at least 0, not {given.own_points}")
    if not given.rate > 0:
        raise ConfigError(f"--rate must be above 0, not {given.rate}")
    if not 0 <= given.dropout < 1:
        raise ConfigError(f"--dropout must be at least 0 and below 1, not {given.dropout}")
    return TrainSettings(
        rank=given.rank,
        targets=_TARGETS[given.layers],
        epochs=given.epochs,
        rate=given.rate,
        batch=given.batch,
        points=given.points,
        dropout=given.dropout,
        own_points=given.own_points,
        demonstrations=not given.no_demonstrations,
        prompts=given.prompts,
        seed=given.seed,
    )


def _train(given: argparse.Namespace) -> int:
    settings = _settings(given)
    holds_manifest(given.out, CHECKPOINT, leftovers=(OWN_POINTS,))  # or it is somebody else's folder
    pack = load_pack(settings.prompts)
    examples = _examples(given)
    from .model import load  # only now: a wrong option or file shows before a model is loaded
    from .requests import RequestMaker

    if settings.own_points:
        examples = tuple(own_points(given.model, examples, given.out, each=settings.own_points))
        sound = sum(len(example.written) for example in examples)
        print(f"{sound} texts of the model's own are worth learning from", file=sys.stderr)
    model = load(given.model, settings, given.device)
    maker = RequestMaker(model.tokenizer, pack, demonstrations=settings.demonstrations)
    training = Training(model, maker, examples, settings, given.out, max_steps=given.max_steps)
    if not given.restart and training.resume():
        print(f"going on after step {training.step} of {training.steps}", file=sys.stderr)
    began = time.monotonic()
    size = training.run(_reporter())
    print(f"{given.out}: adapter of {size / 1e6:.2f} MB, trained in {_time(time.monotonic() - began)}")
    return 0


def _examples(given: argparse.Namespace) -> tuple[Example, ...]:
    found = read_examples(given.data, keep_all=given.keep_all)
    for line in found.left_out:
        print(f"left out: {line}", file=sys.stderr)
    points = sum(len(example.points) for example in found.examples)
    print(f"{len(found.examples)} examples with {points} points", file=sys.stderr)
    return found.examples


def _reporter() -> Callable[[Progress], None]:
    """Make the function that prints the progress: in place on a terminal, else every tenth step."""
    live = sys.stderr.isatty()

    def report(now: Progress) -> None:
        losses = ", ".join(f"{stage} {loss:.3f}" for stage, loss in now.losses.items())
        if now.validated:
            print(
                f"{chr(13) if live else ''}step {now.step}: validation loss: {losses}        ",
                file=sys.stderr,
            )
        elif live or now.step % 10 == 0 or now.step in (1, now.steps):
            line = f"step {now.step} of {now.steps}, loss: {losses}, {_time(now.left_s)} left"
            print(f"\r{line:<78}" if live else line, end="" if live else "\n", file=sys.stderr, flush=True)

    return report


def _time(seconds: float) -> str:
    return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"


if __name__ == "__main__":
    sys.exit(main())
