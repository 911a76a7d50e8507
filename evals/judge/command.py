"""``sot eval judge`` with a model as the judge."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sot import SkeletonOfThought
from sot.cli.asking import Asking
from sot.cli.lifecycle import leave, load
from sot.errors import BadRequestError, ConfigError
from sot.terminal import one_line

from ..records import latest
from ..run.folder import read_answers, read_manifest
from .file import JudgementFile, read_judgements
from .model_judge import ModelJudge
from .outcomes import judged
from .pairs import Pair, find_pairs, parse_comparisons
from .progress import ProgressLine
from .prompts import Aspect, chosen_aspects, judge_prompts
from .run import judge_all, open_tasks
from .summary import summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What the options of ``sot eval judge`` say, whoever judges."""

    folder: Path
    pairs: str | None = None
    aspects: str = "general"
    seed: int = 0
    limit: int | None = None
    quiet: bool = False

    def chosen(self) -> tuple[list[Pair], tuple[Aspect, ...]]:
        """What to judge, and in what respects.

        Raises:
            ConfigError: There is nothing to judge, or an option makes no sense.
        """
        if self.limit is not None and self.limit < 1:
            raise ConfigError(f"--limit is {self.limit}; it must be at least 1")
        aspects = chosen_aspects(self.aspects)
        asked = read_manifest(self.folder).strategies
        answers = latest(read_answers(self.folder))
        found = dict.fromkeys(key.strategy for key in answers)
        strategies = sorted(found, key=lambda name: asked.index(name) if name in asked else len(asked))
        pairs = find_pairs(answers, parse_comparisons(self.pairs, strategies), limit=self.limit)
        if not pairs:
            raise ConfigError(f"{self.folder}: no question has been answered by both strategies of a pair")
        return pairs, aspects


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJudging:
    """What the options say of a model that judges."""

    judging: Judging
    backend: str | None = None
    model: str | None = None
    concurrency: int = 4
    explain: bool = False
    max_tokens: int | None = None
    temperature: float | None = 0
    extra_body: str | None = None


def judge_command(options: ModelJudging) -> None:
    """Have a run judged by a model, and print the net win rates.

    Args:
        options: The options.

    Raises:
        SotError: The judge cannot be used, or an option makes no sense.
    """
    for name, value in (("concurrency", options.concurrency), ("judge-tokens", options.max_tokens)):
        if value is not None and value < 1:
            raise ConfigError(f"--{name} is {value}; it must be at least 1")
    pairs, aspects = options.judging.chosen()
    asyncio.run(_judge(options, pairs, aspects))


async def _judge(options: ModelJudging, pairs: Sequence[Pair], aspects: Sequence[Aspect]) -> None:
    asking = Asking(
        backend=options.backend,
        model=options.model,
        router="rules",  # judging routes nothing; of the object only its engine is used
        system=None,
        extra_body=options.extra_body,
        settings={},
    )
    sot = asking.make()
    try:
        with JudgementFile(options.judging.folder) as file:
            await load(sot, asking, quiet=options.judging.quiet)
            await _judge_into(file, options, sot, pairs, aspects)
    except asyncio.CancelledError:  # Ctrl-C
        _note("stopped; the verdicts so far are kept, and the same command goes on from there")
        await leave(sot)
        raise
    finally:
        await sot.aclose()


async def _judge_into(
    file: JudgementFile,
    options: ModelJudging,
    sot: SkeletonOfThought,
    pairs: Sequence[Pair],
    aspects: Sequence[Aspect],
) -> None:
    judging = options.judging
    judge = ModelJudge(
        sot.backend,
        await sot.info(),
        judge_prompts(),
        explain=options.explain,
        max_tokens=options.max_tokens,
        temperature=options.temperature,
        concurrency=options.concurrency,
        seed=judging.seed,
        extra=sot.options.extra,
    )
    tasks = open_tasks(file, judge, pairs, aspects, seed=judging.seed)
    known = 2 * len(pairs) * len(aspects) - len(tasks)
    if known and not judging.quiet:
        _note(f"{known} verdicts are there already, {len(tasks)} to go")
    line = ProgressLine(quiet=judging.quiet)
    try:
        progress = await judge_all(file, judge, tasks, concurrency=options.concurrency, changed=line.show)
    except BadRequestError as error:
        if "temperature" not in str(error):
            raise
        raise ConfigError(f"{error} (--judge-temperature none leaves it to the engine)") from None
    finally:
        line.end()
    found = judged(read_judgements(judging.folder), pairs)
    order = list(dict.fromkeys(pair.comparison for pair in pairs))
    own = [entry for entry in found if (entry.judge, entry.prompts) == (judge.name, judge.prompts)]
    own.sort(key=lambda entry: order.index(entry.comparison))
    print("\n".join(summary(own, [aspect.name for aspect in aspects])))
    print(f"`sot eval report {one_line(str(judging.folder))}` shows more.")
    if progress.failed:
        _note(f"{progress.failed} requests failed; the same command sends them again")


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
