"""Long attack, ``make soak``: answers under faults, then vanishing clients of ``sot serve``; prints figures.

The exit code is 1 if anything was lost, left behind or untrue. What was found names the seed and the answer:
``--seed S --first N --answers 1`` has that answer's plan again.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterable, Sequence

from rich.progress import Progress, TaskID

from .soak import MOST_GROWTH_MB, Figures, Soak, run_soak
from .vanishing import Crowd, CrowdFigures, run_crowd

_SHOWN = 20  # findings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the attack; returns the exit code."""
    options = _parser().parse_args(arguments)
    sound = True
    with Progress(transient=True) as progress:
        if options.answers:
            sound = _soak(options, progress, progress.add_task("answers", total=options.answers))
        if options.vanishing:
            sound &= _crowd(options, progress, progress.add_task("vanishing", total=options.vanishing))
    return 0 if sound else 1


def soak_lines(figures: Figures) -> Sequence[str]:
    """Return the figures of a soak run, for people."""
    ended = ", ".join(f"{name} {count}" for name, count in figures.ended.most_common())
    harm = {name: figures.found[name] for name in ("lost", "doubled", "misplaced", "foreign", "never sent")}
    text = sum(count for name, count in harm.items() if name != "foreign")
    other = figures.found.total() - sum(harm.values()) - figures.found["hang"]
    memory = " ".join(f"{megabytes:.0f}" for _, megabytes in figures.memory[6::7])
    return (
        f"answers {figures.answers}: {ended}",
        f"requests {figures.kinds.total()}, with {figures.kinds.total() - figures.kinds['healthy']} faults "
        f"of {len(figures.kinds) - 1} kinds",
        f"hangs {figures.found['hang']}",
        f"lost, doubled or misplaced text {text}",
        f"foreign exceptions {figures.found['foreign']}",
        f"untrue or other findings {other}",
        f"tasks left {figures.tasks}",
        f"sockets left {figures.sockets + figures.open}",
        f"requests left {figures.requests}, answers left in memory {figures.alive}",
        f"memory growth of the last half {figures.growth_mb:.1f} MB (at most {MOST_GROWTH_MB:g}): {memory}",
    )


def crowd_lines(figures: CrowdFigures) -> Sequence[str]:
    """Return the figures of a run with vanishing clients, for people."""
    places = ", ".join(f"{name} {count}" for name, count in figures.vanished.most_common())
    return (
        f"answers read whole {figures.whole}, under faults {figures.harmed}, refused for a full queue "
        f"{figures.refused}",
        f"clients that vanished {figures.vanished.total()}: {places}",
        f"lost or untrue {len(figures.wrong)}",
        f"sockets of the engine that are not idle {figures.busy}, open after the end {figures.open}",
    )


def _soak(options: argparse.Namespace, progress: Progress, bar: TaskID) -> bool:
    soak = Soak(
        options.answers,
        options.seed,
        options.first,
        options.concurrency,
        lambda figures: progress.update(bar, completed=figures.answers),
    )
    began = time.monotonic()
    figures = asyncio.run(run_soak(soak))
    _print(progress, "Answers under attack", began, soak_lines(figures), figures.wrong)
    return figures.sound


def _crowd(options: argparse.Namespace, progress: Progress, bar: TaskID) -> bool:
    crowd = Crowd(
        options.clients,
        options.seconds,
        options.vanishing,
        options.seed,
        progress=lambda figures: progress.update(bar, completed=figures.vanished.total()),
    )
    began = time.monotonic()
    figures = asyncio.run(run_crowd(crowd))
    _print(progress, "Vanishing clients of sot serve", began, crowd_lines(figures), figures.wrong)
    return figures.sound


def _print(
    progress: Progress, title: str, began: float, lines: Iterable[str], findings: Sequence[str]
) -> None:
    shown = [f"{title} ({time.monotonic() - began:.0f} s)", *lines, *findings[:_SHOWN]]
    progress.console.print("\n  ".join(shown), markup=False, highlight=False, soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--answers", type=int, default=10_000, help="answers under attack; 0 leaves them out")
    parser.add_argument("--seed", type=int, default=1, help="seed of all that is drawn")
    parser.add_argument("--first", type=int, default=0, help="number of the first answer")
    parser.add_argument("--concurrency", type=int, help="answers at a time; unless given, 1 to 64 in turn")
    parser.add_argument("--clients", type=int, default=200, help="clients of sot serve at a time")
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds that they go on asking")
    parser.add_argument("--vanishing", type=int, default=600, help="how many vanish; 0 leaves this part out")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
