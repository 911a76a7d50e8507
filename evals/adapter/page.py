"""Page of answers side by side: skeleton and normal decoding, before and after, of questions drawn by a seed.

    python -m sot.evals.adapter.page --before before.jsonl --after after.jsonl --out docs/answers.md

The questions are drawn from those kept apart, and the greedy answers are shown: what a caller gets who sets
nothing. Nothing is chosen by taste, and nothing is cut or mended.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from sot.errors import ConfigError

from ..run.own_files import refuse_foreign, write_output
from .measure import table
from .records import GREEDY, QUESTIONS, RecordedAnswer, Strategy, read_questions, read_records

TITLE = "# Answers of the built-in model"
SEED = 19
COUNT = 10
_HEADINGS: tuple[tuple[Strategy, str], ...] = (("skeleton", "by a skeleton"), ("normal", "normally decoded"))


def page(questions: Path, runs: dict[str, Path]) -> str:
    """Write the page.

    Args:
        questions: File of the questions.
        runs: Files of recorded answers by what they are called on the page.

    Raises:
        ConfigError: A run lacks one of the answers.
    """
    drawn = random.Random(SEED).sample(read_questions(questions, "kept-apart"), COUNT)
    answers = {name: read_records(path) for name, path in runs.items()}
    parts = [
        f"{TITLE}\n",
        f"{COUNT} questions, drawn with the seed {SEED} from those that were kept apart while prompts and "
        "weights changed; each answered by a skeleton and normally, decoded greedily. The texts are "
        "unchanged: the model has 135 million parameters, and what it says is often wrong. "
        "`python -m sot.evals.adapter.page` writes this page.\n",
    ]
    for name, records in answers.items():
        kept = [record for record in records if record.part == "kept-apart"]
        parts.append(f"## Figures {name}, over the 20 questions kept apart\n\n{table(kept)}\n")
    for question in drawn:
        parts.append(f"## {question.question}\n")
        for strategy, label in _HEADINGS:
            for name, records in answers.items():
                found = _of(records, question.id, strategy, runs[name])
                parts.append(
                    f"<details><summary>{name}, {label}</summary>\n\n{_quoted(found.text)}\n\n</details>\n"
                )
    return "\n".join(parts)


def _of(records: Sequence[RecordedAnswer], name: str, strategy: Strategy, path: Path) -> RecordedAnswer:
    for record in records:
        if record.key == (name, strategy, GREEDY):
            return record
    raise ConfigError(f"{path} has no greedy answer to {name} by the strategy {strategy}")


def _quoted(text: str) -> str:
    """Indent a text as a quotation, so that its headings and lists stay inside."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().split("\n"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sot.evals.adapter.page",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--before", type=Path, required=True, help="answers before the change")
    parser.add_argument("--after", type=Path, default=None, help="answers after it")
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    runs = {"before": given.before} | ({} if given.after is None else {"after": given.after})
    try:
        refuse_foreign(given.out, "--out", lambda text: text.startswith(TITLE))
        write_output(given.out, "--out", page(given.questions, runs))
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
