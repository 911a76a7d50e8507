"""``sot eval judge``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress

from sot import SkeletonOfThought
from sot.command.engine import answering, leave, load
from sot.errors import BadRequestError, ConfigError, SotError
from sot.router import RulesRouter
from sot.terminal import one_line

from ..run.folder import read_answers, read_manifest
from ..run.log import RecordLog
from ..run.progress import Progress
from ..run.records import latest
from .human import HumanSession
from .model_judge import ModelJudge, Tally, Task, judge_all, open_tasks
from .options import JudgeOptions
from .outcomes import judged, summary
from .pairs import Pair, find_pairs, parse_comparisons
from .prompts import Aspect, chosen_aspects, judge_prompts
from .records import Judgement, judgement_log

_SHOWN_REASONS = 3


def judge_command(options: JudgeOptions) -> None:
    """Have a run judged, and print the net win rates.

    Raises:
        SotError: The judge cannot be used, or an option makes no sense.
    """
    aspects = chosen_aspects(options.aspects)
    asked = read_manifest(options.folder).strategies
    answers = latest(read_answers(options.folder))
    found = dict.fromkeys(key.strategy for key in answers)
    strategies = sorted(found, key=lambda name: asked.index(name) if name in asked else len(asked))
    pairs = find_pairs(answers, parse_comparisons(options.pairs, strategies), limit=options.limit)
    if not pairs:
        raise ConfigError(f"{options.folder}: no question has been answered by both strategies of a pair")
    if options.human:
        _judge_by_human(options, pairs, aspects)
    else:
        asyncio.run(_judge(options, pairs, aspects))


def _judge_by_human(options: JudgeOptions, pairs: Sequence[Pair], aspects: Sequence[Aspect]) -> None:
    if not options.page and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("--human needs a terminal; --human --page shows the pairs in a browser")
    with judgement_log(options.folder) as log:
        session = HumanSession(log, pairs, aspects, seed=options.seed)
        if session.total == 0:
            print("Every pair has been judged already.")
            return
        try:
            if options.page:
                _on_page(session, options.port)
            else:
                from .human_terminal import judge_in_terminal

                judge_in_terminal(session)
        finally:
            left = session.total - session.judged
            rest = f"{left} to go: the same command goes on" if left else "none is left"
            _note(f"{session.judged} judged or skipped, {rest}")
    if session.judged:
        print(f"`sot eval report {one_line(str(options.folder))}` shows what came of it.")


def _on_page(session: HumanSession, port: int) -> None:
    from .human_page import PageServer

    try:
        server = PageServer(session, port=port)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"--port {port}: {getattr(error, 'strerror', None) or error}") from None
    print(f"Open {server.url}\nCtrl-C stops; verdicts are kept as they are given.", flush=True)
    with suppress(KeyboardInterrupt):  # the usual way to stop
        server.serve()


async def _judge(options: JudgeOptions, pairs: Sequence[Pair], aspects: Sequence[Aspect]) -> None:
    # Judging routes nothing; of the object only its engine is used.
    sot = answering(options.engine, router=RulesRouter.name, extra_body=options.extra_body)
    try:
        with judgement_log(options.folder) as log:
            await load(sot, options.engine, quiet=options.quiet)
            judge = await _model_judge(options, sot)
            tasks = open_tasks(log.records, judge, pairs, aspects, seed=options.seed)
            known = 2 * len(pairs) * len(aspects) - len(tasks)
            if known and not options.quiet:
                _note(f"{known} verdicts are there already, {len(tasks)} to go")
            tally = await _judge_tasks(log, judge, tasks, quiet=options.quiet)
            _tell(options, judge, log.records, pairs, aspects)
            _tell_failures(tally)
    except asyncio.CancelledError:  # Ctrl-C
        _note("stopped; the verdicts so far are kept, and the same command goes on from there")
        await leave(sot)
        raise
    finally:
        await sot.aclose()


async def _model_judge(options: JudgeOptions, sot: SkeletonOfThought) -> ModelJudge:
    return ModelJudge(
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


async def _judge_tasks(
    log: RecordLog[Judgement], judge: ModelJudge, tasks: Sequence[Task], *, quiet: bool
) -> Tally:
    with Progress(len(tasks), quiet=quiet, every_s=None) as progress:
        failed = 0

        def show(tally: Tally) -> None:
            nonlocal failed
            new, failed = tally.failed - failed, tally.failed
            progress.took(f"{tally.unparsable} unparsable" if tally.unparsable else "", failed=new)

        try:
            return await judge_all(log, judge, tasks, show)
        except BadRequestError as error:
            if not (hint := _hint(str(error))):
                raise
            raise ConfigError(f"{error}{hint}") from None


def _tell(
    options: JudgeOptions,
    judge: ModelJudge,
    known: Sequence[Judgement],
    pairs: Sequence[Pair],
    aspects: Sequence[Aspect],
) -> None:
    order = list(dict.fromkeys(pair.comparison for pair in pairs))
    own = [
        entry for entry in judged(known, pairs) if (entry.judge, entry.prompts) == (judge.name, judge.prompts)
    ]
    own.sort(key=lambda entry: order.index(entry.comparison))
    print("\n".join(summary(own, [aspect.name for aspect in aspects])))
    print(f"`sot eval report {one_line(str(options.folder))}` shows more.")


def _tell_failures(tally: Tally) -> None:
    """Say why requests failed, the most frequent reasons first."""
    if not tally.failed:
        return
    for reason, count in tally.reasons.most_common(_SHOWN_REASONS):
        _note(f"{count} request{'s' if count > 1 else ''} failed: {reason}{_hint(reason)}")
    if tally.failed == tally.done:
        raise SotError("every request failed; the same command sends them again")
    _note(f"{tally.failed} requests failed; the same command sends them again")


def _hint(error: str) -> str:
    return " (--judge-temperature none leaves it to the engine)" if "temperature" in error else ""


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
