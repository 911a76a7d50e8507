"""``sot eval judge``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress

from sot.command.engine import answering, leave, load
from sot.errors import BadRequestError, ConfigError, SotError
from sot.router import RulesRouter
from sot.terminal import one_line
from sot.types import GenerateConfig

from ..run.folder import read_answers, read_manifest
from ..run.progress import Progress
from ..run.records import latest
from .human import HumanSession, judge_in_terminal
from .model_judge import ModelJudge, Tally, judge_all, open_tasks
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
    found = [key.strategy for key in answers]
    strategies = list(dict.fromkeys([*(name for name in asked if name in found), *found]))
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
    config = GenerateConfig(
        temperature=options.temperature(),
        max_tokens=options.judge_tokens,
        seed=options.seed,
        extra=sot.options.extra,
    )
    try:
        with judgement_log(options.folder) as log:
            await load(sot, options.engine, quiet=options.quiet)
            judge = ModelJudge(
                sot.backend,
                await sot.info(),
                judge_prompts(),
                config=config,
                explain=options.explain,
                concurrency=options.concurrency,
            )
            tasks = open_tasks(log.records, judge.identity, pairs, aspects, seed=options.seed)
            known = 2 * len(pairs) * len(aspects) - len(tasks)
            if known and not options.quiet:
                _note(f"{known} verdicts are there already, {len(tasks)} to go")
            with Progress(len(tasks), quiet=options.quiet, every_s=None) as progress:

                def show(tally: Tally, found: Judgement) -> None:
                    text = f"{tally.unparsable} unparsable" if tally.unparsable else ""
                    progress.took(text, failed=found.status == "failed")

                tally = await judge_all(log, judge, tasks, show)
            _tell(judge, log.records, pairs, aspects)
            print(f"`sot eval report {one_line(str(options.folder))}` shows more.")
            _tell_failures(tally)
    except BadRequestError as error:
        if not (hint := _hint(str(error))):
            raise
        raise ConfigError(f"{error}{hint}") from None
    except asyncio.CancelledError:  # Ctrl-C
        _note("stopped; the verdicts so far are kept, and the same command goes on from there")
        await leave(sot)
        raise
    finally:
        await sot.aclose()


def _tell(
    judge: ModelJudge, known: Sequence[Judgement], pairs: Sequence[Pair], aspects: Sequence[Aspect]
) -> None:
    """Print what this judge decided, by comparison and aspect."""
    names = [aspect.name for aspect in aspects]
    comparisons = list(dict.fromkeys(pair.comparison for pair in pairs))
    own = [one for one in judged(known, pairs) if (one.judge, one.prompts) == judge.identity]
    own = [one for one in own if one.aspect in names]
    own.sort(key=lambda one: (comparisons.index(one.comparison), names.index(one.aspect)))
    print("\n".join(line for one in own for line in summary(one)))


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
