"""Texts of forced lengths, a piece for each token, and the questions that ask for so many parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

from sot.backends.replay.script import filler

from ..dataset.question import Question
from .lengths import MOST_PARTS, Lengths

TITLES = (
    *("Start small", "Plan ahead", "Ask friends", "Stay calm", "Rest well", "Keep notes", "Move often"),
    *("Eat slowly", "Read daily", "Set limits", "Share work", "Learn skills", "Watch costs", "Test ideas"),
    *("Drop habits", "Look back", "Cook lunch", "Open windows", "Write letters", "Borrow tools"),
    *("Sort papers", "Greet neighbours", "Repair things", "Train memory"),
)
assert len(TITLES) == MOST_PARTS
_TASK = "Rewrite each of these sentences in your own words:"
_ITEM = 24  # words of an item that is given
_VALUES = {"headline": "Quiet roads", "minutes": 30, "level": "easy"}
_VALUE_SCHEMAS: dict[str, Any] = {
    "headline": {"type": "string", "maxLength": 40},
    "minutes": {"type": "integer", "minimum": 1, "maximum": 90},
    "level": {"type": "string", "enum": ["easy", "medium", "hard"]},
}


def forced_question(question: Question, lengths: Lengths) -> Question:
    """Return a question that asks for as many fields or items as are forced; for points the question."""
    if lengths.kind == "fields":
        names = [title.lower().replace(" ", "_") for title in TITLES[: len(lengths.fields)]]
        properties = {**_VALUE_SCHEMAS, **{name: {"type": "string"} for name in names}}
        schema = {"type": "object", "properties": properties, "required": list(properties)}
        return question.model_copy(update={"kind": "json", "reference": json.dumps(schema)})
    if lengths.kind == "items":
        draw = Random(question.question)
        items = [f"{number}. {''.join(filler(_ITEM, draw))}" for number in range(1, len(lengths.items) + 1)]
        return question.model_copy(update={"question": "\n".join([_TASK, *items])})
    return question


def given_item(question: str, number: int) -> str:
    """Return an item of a `forced_question`, without its number."""
    return question.splitlines()[number].partition(". ")[2]


def skeleton_pieces(
    tokens: int, points: int, prefill: str | None, *, needs: Sequence[tuple[int, int]] = ()
) -> list[str]:
    """Return a skeleton of fixed titles in as many pieces as tokens; each line takes its share of them."""
    pieces: list[str] = []
    for number, (begin, end) in enumerate(pairwise(_borders(tokens, points)), 1):
        title = TITLES[number - 1]
        if needed := ", ".join(str(other) for point, other in needs if point == number):
            title += f" (needs {needed})"
        line = f" {title}\n" if number == 1 and prefill else f"{number}. {title}\n"
        pieces += _parted(line, end - begin)
    return pieces


def object_pieces(tokens: int) -> list[str]:
    """Return the JSON object of the values that `forced_question` asks for."""
    return _parted(json.dumps(_VALUES), tokens)


def string_pieces(tokens: int, *, seed: int = 0) -> list[str]:
    """Return `words` as a JSON string."""
    pieces = words(tokens, seed=seed)
    pieces[0], pieces[-1] = f'"{pieces[0]}', f'{pieces[-1]}"'
    return pieces


def numbered_pieces(texts: Sequence[Sequence[str]]) -> list[str]:
    """Return texts of several pieces each as one numbered list of all these pieces."""
    pieces: list[str] = []
    for number, (first, *rest) in enumerate(texts, 1):
        pieces += [f"{number}. {first}", *rest]
        pieces[-1] += "\n"
    return pieces


def words(tokens: int, *, seed: int = 0) -> list[str]:
    """Return sentences without meaning, a word or full stop a token; none comes twice, the last one ends."""
    return filler(tokens, Random(seed))


def _parted(text: str, pieces: int) -> list[str]:
    return [text[start:stop] for start, stop in pairwise(_borders(len(text), pieces))]


def _borders(total: int, parts: int) -> list[int]:
    return [total * part // parts for part in range(parts + 1)]
