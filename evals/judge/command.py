"""``sot eval judge``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from sot import SkeletonOfThought
from sot.command.engine import answering, leave, load
from sot.errors import BadRequestError, ConfigError, SotError
from sot.router import RulesRouter
from sot.terminal import one_line

from ..records import latest
from ..run.folder import read_answers, read_manifest
from .file import JudgementFile, read_judgements
from .human_command import judge_by_human
from .model_judge import ModelJudge
from .options import JudgeOptions
from .outcomes import judged
from .pairs import Pair, find_pairs, parse_comparisons
from .progress import ProgressLine
from .prompts import Aspect, chosen_aspects, judge_prompts
from .run import Progress, judge_all, open_tasks
from .summary import summary

_SHOWN_REASONS = 3


def judge_command(options: JudgeOptions) -> None:
    """Have a run judged, and print the net win rates.

    Raises:
        SotError: The judge cannot be used, or an option makes no sense.
    """
    pairs, aspects = _chosen(options)
    if options.human:
        judge_by_human(options, pairs, aspects)
    else:
        asyncio.run(_judge(options, pairs, aspects))


def _chosen(options: JudgeOptions) -> tuple[list[Pair], tuple[Aspect, ...]]:
    """What to judge, and in what respects."""
    aspects = chosen_aspects(options.aspects)
    asked = read_manifest(options.folder).strategies
    answers = latest(read_answers(options.folder))
    found = dict.fromkeys(key.strategy for key in answers)
    strategies = sorted(found, key=lambda name: asked.index(name) if name in asked else len(asked))
    pairs = find_pairs(answers, parse_comparisons(options.pairs, strategies), limit=options.limit)
    if not pairs:
        raise ConfigError(f"{options.folder}: no question has been answered by both strategies of a pair")
    return pairs, aspects


async def _judge(options: JudgeOptions, pairs: Sequence[Pair], aspects: Sequence[Aspect]) -> None:
    # Judging routes nothing; of the object only its engine is used.
    sot = answering(options.engine, router=RulesRouter.name, extra_body=options.extra_body)
    try:
        with JudgementFile(options.folder) as file:
            await load(sot, options.engine, quiet=options.quiet)
            await _judge_into(file, options, sot, pairs, aspects)
    except asyncio.CancelledError:  # Ctrl-C
        _note("stopped; the verdicts so far are kept, and the same command goes on from there")
        await leave(sot)
        raise
    finally:
        await sot.aclose()


async def _judge_into(
    file: JudgementFile,
    options: JudgeOptions,
    sot: SkeletonOfThought,
    pairs: Sequence[Pair],
    aspects: Sequence[Aspect],
) -> None:
    judge = ModelJudge(
        sot.backend,
        await sot.info(),
        judge_prompts(),
        explain=options.explain,
        max_tokens=options.judge_tokens,
        temperature=options.temperature(),
        concurrency=options.concurrency,
        seed=options.seed,
        extra=sot.options.extra,
    )
    tasks = open_tasks(file, judge, pairs, aspects, seed=options.seed)
    known = 2 * len(pairs) * len(aspects) - len(tasks)
    if known and not options.quiet:
        _note(f"{known} verdicts are there already, {len(tasks)} to go")
    line = ProgressLine(quiet=options.quiet)
    try:
        progress = await judge_all(file, judge, tasks, concurrency=options.concurrency, changed=line.show)
    except BadRequestError as error:
        if not (hint := _hint(str(error))):
            raise
        raise ConfigError(f"{error}{hint}") from None
    finally:
        line.end()
    found = judged(read_judgements(options.folder), pairs)
    order = list(dict.fromkeys(pair.comparison for pair in pairs))
    own = [entry for entry in found if (entry.judge, entry.prompts) == (judge.name, judge.prompts)]
    own.sort(key=lambda entry: order.index(entry.comparison))
    print("\n".join(summary(own, [aspect.name for aspect in aspects])))
    print(f"`sot eval report {one_line(str(options.folder))}` shows more.")
    _tell_failures(progress)


def _tell_failures(progress: Progress) -> None:
    """Say why requests failed, the most frequent reasons first."""
    if not progress.failed:
        return
    for reason, count in progress.reasons.most_common(_SHOWN_REASONS):
        _note(f"{count} request{'s' if count > 1 else ''} failed: {reason}{_hint(reason)}")
    if progress.failed == progress.done:
        raise SotError("every request failed; the same command sends them again")
    _note(f"{progress.failed} requests failed; the same command sends them again")


def _hint(error: str) -> str:
    return " (--judge-temperature none leaves it to the engine)" if "temperature" in error else ""


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
