"""Measure of a model's skeleton answers beside its normal ones, over the project's own questions.

    python -m sot.evals.adapter.measure --out answers.jsonl

Answers are decoded greedily, as a caller gets them who sets nothing, and sampled with the seeds 0, 1 and 2 at
a temperature of 0.7: greedy decoding is one draw only, and the seeds show how much of a difference is chance.
The answers are recorded one by one; the same command goes on where a run was interrupted, and prints the
figures of a finished one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sot import SkeletonOfThought
from sot.errors import ConfigError, SotError, first_error
from sot.options import AnswerSettings

from ..run.log import RecordLog
from .figures import Figures, figures
from .records import (
    GREEDY,
    QUESTIONS,
    MeasureQuestion,
    RecordedAnswer,
    Strategy,
    read_questions,
    record,
)

_ROWS: tuple[tuple[str, str], ...] = (
    ("valid skeletons", "valid_skeletons"),
    ("titles of at most 6 words, no clause", "good_titles"),
    ("titles near-equal to another", "near_equal_titles"),
    ("skeletons with near-equal titles", "skeletons_with_near_equal"),
    ("repeated sentences", "repeated_sentences"),
    ("answers with repetition", "answers_with_repetition"),
    ("points that change the person", "changed_person"),
    ("points trimmed, repaired or missing", "cut_points"),
    ("points an answer", "mean_points"),
    ("words an answer", "mean_words"),
)
_NUMBERS = {"mean_points", "mean_words"}


async def collect(
    sot: SkeletonOfThought,
    questions: Sequence[MeasureQuestion],
    *,
    seeds: Sequence[int],
    temperature: float,
    strategies: Sequence[Strategy],
    log: RecordLog[RecordedAnswer],
    parallel: int,
) -> list[RecordedAnswer]:
    """Answer every question with every strategy and seed; those that the log has are not asked again."""
    known = {answer.key: answer for answer in log.records}
    wanted: list[tuple[MeasureQuestion, Strategy, int]] = [
        (question, strategy, seed) for seed in seeds for question in questions for strategy in strategies
    ]
    todo = [each for each in wanted if (each[0].id, each[1], each[2]) not in known]
    room = asyncio.Semaphore(parallel)

    async def one(question: MeasureQuestion, strategy: Strategy, seed: int) -> None:
        async with room:
            settings = AnswerSettings(strategy=strategy, temperature=0.0)
            if seed != GREEDY:
                settings = AnswerSettings(strategy=strategy, temperature=temperature, seed=seed)
            answer = await sot.answer(question.question, **settings)
        found = record(question, strategy, seed, answer)
        known[found.key] = found
        log.append(found)
        print(f"\r{len(known)} answers", end="", file=sys.stderr, flush=True)

    try:
        async with asyncio.TaskGroup() as group:
            for each in todo:
                group.create_task(one(*each))
    except* SotError as failed:
        raise first_error(failed) from None
    if todo:
        print(file=sys.stderr)
    return [known[question.id, strategy, seed] for question, strategy, seed in wanted]


def _log(out: Path) -> RecordLog[RecordedAnswer]:
    """Open the file of the answers; one that is none of this command's is refused and left alone."""
    out.parent.mkdir(parents=True, exist_ok=True)
    return RecordLog(out, RecordedAnswer, "name another file with --out, or remove it")


def table(answers: Sequence[RecordedAnswer]) -> str:
    """Format the figures: a column for each strategy, over all seeds and greedily."""
    groups = {
        f"{strategy} {name}": figures(
            [each for each in answers if each.strategy == strategy and wanted(each.seed)]
        )
        for name, wanted in (
            ("greedy", lambda seed: seed == GREEDY),
            ("sampled", lambda seed: seed != GREEDY),
        )
        for strategy in ("skeleton", "normal")
    }
    shown = {name: found for name, found in groups.items() if found.answers}
    lines = ["| | " + " | ".join(shown) + " |", "| --- |" + " ---: |" * len(shown)]
    lines.append("| answers | " + " | ".join(str(found.answers) for found in shown.values()) + " |")
    for label, name in _ROWS:
        lines.append(f"| {label} | " + " | ".join(_cell(found, name) for found in shown.values()) + " |")
    return "\n".join(lines)


def _cell(found: Figures, name: str) -> str:
    value: float | None = getattr(found, name)
    if value is None:
        return ""
    return f"{value:.1f}" if name in _NUMBERS else f"{value:.1%}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sot.evals.adapter.measure", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--backend", default="torch:", help="engine, as for sot ask (default: the built-in model)"
    )
    parser.add_argument(
        "--adapter", default=None, help="folder of a LoRA adapter, for the torch engine; none: off"
    )
    parser.add_argument(
        "--questions", type=Path, default=QUESTIONS, help="JSON Lines: id, part, category, question"
    )
    parser.add_argument("--part", choices=("develop", "kept-apart", "all"), default="develop")
    parser.add_argument("--seeds", default="greedy,0,1,2", help="comma-separated; greedy is one of them")
    parser.add_argument("--temperature", type=float, default=0.7, help="of the sampled answers")
    parser.add_argument("--strategies", default="skeleton,normal")
    parser.add_argument("--parallel", type=int, default=3, help="answers at once")
    parser.add_argument("--limit", type=int, default=None, help="most questions")
    parser.add_argument(
        "--out", type=Path, required=True, help="JSON Lines with the answers; read if it exists"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args(arguments)
    try:
        print(asyncio.run(_measure(given)))
    except SotError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on", file=sys.stderr)
        return 130
    return 0


async def _measure(given: argparse.Namespace) -> str:
    try:
        seeds = [GREEDY if word == "greedy" else int(word) for word in given.seeds.split(",")]
    except ValueError as error:
        raise ConfigError(f"--seeds is {given.seeds!r}; it takes whole numbers and greedy") from error
    strategies: list[Strategy] = [
        name for name in ("skeleton", "normal") if name in given.strategies.split(",")
    ]
    if not strategies:
        raise ConfigError(f"--strategies is {given.strategies!r}; it takes skeleton and normal")
    questions = read_questions(given.questions, given.part)[: given.limit]
    settings = {} if given.adapter is None else {"adapter": given.adapter}
    log = _log(given.out)
    async with SkeletonOfThought(given.backend, backend_settings=settings) as sot:
        answers = await collect(
            sot,
            questions,
            seeds=seeds,
            temperature=given.temperature,
            strategies=strategies,
            log=log,
            parallel=given.parallel,
        )
    log.close()
    if not given.json:
        return table(answers)
    return json.dumps(
        {
            f"{strategy} {'greedy' if seed == GREEDY else seed}": asdict(
                figures([each for each in answers if each.strategy == strategy and each.seed == seed])
            )
            for strategy in strategies
            for seed in seeds
        },
        indent=1,
    )


if __name__ == "__main__":
    sys.exit(main())
