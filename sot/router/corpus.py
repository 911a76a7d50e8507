"""Router corpus: labelled questions, written for this project, split by topic.

Every line of ``data/*.jsonl`` is ``{"question", "route", "language", "topic", "category", "note"}`` and, for
a follow-up turn, ``"history"``. The split is by topic, over all languages: no topic of the held-out part
occurs in training or calibration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from ..errors import ConfigError
from ..prompting.messages import as_messages
from ..types import Message, StrategyName

Split = Literal["train", "calibration", "heldout"]

DATA = Path(__file__).parent / "data"
ROUTES: tuple[StrategyName, ...] = ("skeleton", "normal", "cot")
HELD_OUT = frozenset(
    {
        "birds",
        "parenting",
        "travel by train",
        "job search",
        "databases",
        "chemistry",
        "music",
        "chess and puzzles",
        "energy saving",
        "restaurants",
        "law and contracts",
        "friendship and conflicts",
    }
)
CALIBRATION = frozenset(
    {"camping", "pets", "small business", "space", "museums", "shops and customers", "meetings and teams"}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Labelled question.

    Args:
        messages: The conversation; the last turn is the question.
        route: The label: the strategy that suits the question.
        language: ``en``, ``ja``, ``zh`` …
        topic: Subject of the question, by which the corpus is split.
        category: Kind of question.
        note: Reason for the label.
    """

    messages: tuple[Message, ...]
    route: StrategyName
    language: str = ""
    topic: str = ""
    category: str = ""
    note: str = ""

    @property
    def question(self) -> str:
        """Text of the last turn."""
        return self.messages[-1].content

    @property
    def split(self) -> Split:
        """Part of the corpus that the question belongs to."""
        if self.topic in HELD_OUT:
            return "heldout"
        return "calibration" if self.topic in CALIBRATION else "train"


def load_corpus(folder: Path = DATA) -> list[Entry]:
    """Load all entries of the corpus from a folder of ``.jsonl`` files, in a fixed order.

    Raises:
        ConfigError: A line is invalid; the error names file and line.
    """
    return [entry for path in sorted(folder.glob("*.jsonl")) for entry in read_entries(path)]


def read_entries(path: Path) -> list[Entry]:
    """Read the labelled questions of any JSON Lines file with ``question`` and ``route`` fields.

    Raises:
        ConfigError: The file cannot be read, or a line is invalid; the error names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # not splitlines: JSON may hold U+2028
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    entries = [_entry(f"{path}:{number}", line) for number, line in enumerate(lines, 1) if line.strip()]
    if not entries:
        raise ConfigError(f"{path}: no labelled questions")
    return entries


def near_duplicates(
    entries: Sequence[Entry], *, threshold: float = 0.7
) -> Iterator[tuple[Entry, Entry, float]]:
    """Yield pairs of nearly equal questions, with the Jaccard similarity of their character 5-grams.

    Args:
        threshold: Least similarity, from 0 to 1.
    """
    grams = [_grams(entry.question) for entry in entries]
    places: dict[str, list[int]] = {}
    for number, own in enumerate(grams):
        shared: dict[int, int] = {}
        for gram in own:
            for other in places.get(gram, ()):
                shared[other] = shared.get(other, 0) + 1
        for other, count in shared.items():
            similarity = count / (len(own) + len(grams[other]) - count)
            if similarity >= threshold:
                yield entries[other], entries[number], similarity
        for gram in own:
            places.setdefault(gram, []).append(number)


def _grams(text: str) -> frozenset[str]:
    """Return the character 5-grams of a text's letters and digits."""
    plain = "".join(character for character in text.casefold() if character.isalnum())[:2000]
    return frozenset(plain[start : start + 5] for start in range(max(1, len(plain) - 4)))


def _entry(where: str, line: str) -> Entry:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{where}: not a JSON object")
    fields = cast("dict[str, Any]", found)
    question, route = fields.get("question"), fields.get("route")
    if not isinstance(question, str) or not question.strip():
        raise ConfigError(f"{where}: the field question must be text")
    if route not in ROUTES:
        raise ConfigError(f"{where}: the field route must be one of {', '.join(ROUTES)}")
    turns = (*_history(where, fields.get("history")), Message("user", question))
    names = ("language", "topic", "category", "note")
    return Entry(turns, route, *(str(fields.get(name, "")) for name in names))


def _history(where: str, turns: object) -> tuple[Message, ...]:
    if not turns:
        return ()
    try:
        return as_messages((*cast("list[Any]", turns), Message("user", "?")))[:-1]
    except (ConfigError, TypeError):
        raise ConfigError(f"{where}: history must be a list of role and content") from None
