"""Marked text: every delta that the fault-playing engine sends carries a mark of its own.

A mark names the answer, the part of it (a point, say), the attempt at that part and the place of the delta in
it, so that a delta that is lost, doubled or misplaced in an answer is seen.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

WHOLE = 0
"""Part number of a text that is decoded as a whole: normal decoding, the opening, chain of thought, plan."""
CLOSING = 99
"""Part number of the closing. The numbers between are those of the points."""
LEAK = "zanzibar"
"""Word in every message of the engine that is no answer; no answer may hold it."""

# The last letter tells a whole mark from one that was cut.
MARK = re.compile(r"q(\d+)(?:t(\d+)|p(\d+)a(\d+)k(\d+))z")
_QUESTION = re.compile(r"q(\d+)z")
_WORDS = (
    "amber",
    "basket",
    "candle",
    "cedar",
    "copper",
    "daisy",
    "ember",
    "falcon",
    "garnet",
    "harbour",
    "indigo",
    "jasmine",
    "kettle",
    "lantern",
    "maple",
    "meadow",
    "nutmeg",
    "olive",
    "orchard",
    "pebble",
    "pepper",
    "quartz",
    "raven",
    "river",
    "saffron",
    "silver",
    "thistle",
    "timber",
    "tulip",
    "velvet",
    "walnut",
    "willow",
    "window",
    "winter",
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Mark of a delta, or of a point's title (then ``place`` is -1 and ``part`` the point)."""

    answer: int
    part: int
    attempt: int
    place: int

    @property
    def is_title(self) -> bool:
        """Whether it marks a point's title."""
        return self.place < 0

    def __str__(self) -> str:
        if self.is_title:
            return f"q{self.answer}t{self.part}z"
        return f"q{self.answer}p{self.part}a{self.attempt}k{self.place}z"


def marks_of(text: str) -> list[Mark]:
    """Return the marks of a text, in order."""
    return [
        Mark(int(answer), int(title), 0, -1) if title else Mark(int(answer), int(part), int(attempt), int(at))
        for answer, title, part, attempt, at in MARK.findall(text)
    ]


def question_of(answer: int, wording: int = 0) -> str:
    """Return the question of an answer, which carries its number."""
    wordings = (
        "What are good ways to look after garden q{}z?",
        "How can a family get the most out of holiday q{}z?",
        "What should a beginner know about hobby q{}z?",
        "Why did bridge q{}z fall down?",
    )
    return wordings[wording % len(wordings)].format(answer)


def answer_of(text: str) -> int | None:
    """Return the number of the answer whose question stands in a text; the last one counts."""
    found = _QUESTION.findall(text)
    return int(found[-1]) if found else None


@dataclass(frozen=True, slots=True)
class MarkedText:
    """Text of one part, as the deltas that the engine sends.

    Args:
        pieces: The deltas, one mark in each.
        ends: Places of the deltas that end a sentence or a list item.
    """

    pieces: tuple[str, ...]
    ends: tuple[int, ...]

    def whole_until(self, sent: int) -> int:
        """Return how many of the first ``sent`` deltas are surely whole sentences, since more followed."""
        return max((end + 1 for end in self.ends if end + 1 < sent), default=0)


@lru_cache(maxsize=512)
def compose(seed: int, answer: int, part: int, attempt: int) -> MarkedText:
    """Compose the text of a part; the same arguments give the same text."""
    rng = random.Random(f"text {seed} {answer} {part} {attempt}")
    sentences = {CLOSING: 1, WHOLE: rng.randint(4, 10)}.get(part, rng.randint(1, 4))
    pieces: list[str] = []
    ends: list[int] = []

    def add(words: int, before: str, end: str) -> None:
        for number in range(words):
            mark = Mark(answer, part, attempt, len(pieces))
            word = rng.choice(_WORDS)
            word = word if number else before + word.capitalize()
            tail = end if number == words - 1 else ""
            pieces.append(f"{' ' if number else ''}{word} {mark}{tail}")
        ends.append(len(pieces) - 1)

    for number in range(sentences):
        add(rng.randint(3, 6), " " if number else "", ".")
    if part != CLOSING and rng.random() < 0.25:  # not at the start: a list is no opening
        for _ in range(rng.randint(2, 3)):
            add(rng.randint(2, 4), "\n- ", "")
    return MarkedText(tuple(pieces), tuple(ends))


def compose_skeleton(seed: int, answer: int, shape: str) -> tuple[str, ...]:
    """Compose the deltas of a skeleton.

    Args:
        seed: Seed of the run.
        answer: Number of the answer.
        shape: ``list``, ``dashes``, ``bold``, ``one`` point, ``many``, ``repeated``, ``prose``, ``refusal``,
            ``nothing``.
    """
    rng = random.Random(f"skeleton {seed} {answer}")
    count = {"one": 1, "many": 24}.get(shape, rng.randint(2, 5))
    titles = [f"{rng.choice(_WORDS).capitalize()} {Mark(answer, n, 0, -1)}" for n in range(1, count + 1)]
    numbered = "".join(f"{n}. {title}\n" for n, title in enumerate(titles, 1))
    text = {
        "dashes": "".join(f"- {title}\n" for title in titles),
        "bold": "".join(f"{n}. **{title}**\n" for n, title in enumerate(titles, 1)),
        "repeated": numbered * 8,
        "prose": f"It depends on the weather {LEAK} and on the season. " * 3,
        "refusal": f"I'm sorry, but I can't help with that {LEAK}.",
        "nothing": "",
    }.get(shape, numbered)
    return tuple(re.findall(r"\s*\S+|\s+", text))


def longest_chain(marks: Sequence[Mark]) -> int:
    """Return how many of the first marks follow one another from place 0, in one attempt."""
    length = 0
    for mark in marks:
        if mark.place != length or mark.attempt != marks[0].attempt:
            break
        length += 1
    return length
