"""Checks of an answer's text without a judge: length, style, repetition, balance, form, plan-following.

All are measures of text alone, by rule and in any language that parts its words by spaces, in Chinese and
Japanese: they see words that return, not thoughts, and miss what is said again in other words.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import NamedTuple

from sot.serialise import AnswerJson
from sot.text.sentences import sentence_end

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_NUMBERED = re.compile(r"^[ \t]*(\d{1,3})\.\s", re.MULTILINE)
_FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_MARK = r"^[ \t]*(?:[-*+•・]|\d{1,3}[.)、])[ \t]+"
_LIST_ITEM = re.compile(rf"{_MARK}\S", re.MULTILINE)
_LEAD = re.compile(rf"{_MARK}(?:\*\*[^*\n]+\*\*[ \t]*[:：]?)?")  # of a line: a point's number and title
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)[^*\n]*?\S\*\*|__(?=\S)[^_\n]*?\S__")
_OVERLAP_WORDS = 3
_DISTINCT_WORDS = 2
_DISTINCT_WITHIN = 100
_SENTENCE_WORDS = 4  # shorter ones return for good reasons: "For example:"
_SAME_SENTENCE = 0.8  # share of word pairs that two sentences have in common
_SAME_POINT = 0.5  # share of the shorter point's three-word runs that an earlier one has
_TITLE_WORD = 4  # letters of a title's word that says what it is about, in scripts with spaces
_STEM = 5  # letters by which two forms of a word are one: exercise, exercising


class Style(NamedTuple):
    """Marks of form that judges tend to like; code is not looked into."""

    list_items: int
    headings: int
    bold: int


@dataclass(frozen=True, slots=True)
class PointChecks:
    """Checks of the points of an answer.

    Args:
        overlap: Share of the shorter point's three-word runs that another point has, too; the mean over
            all pairs of points. 0: no point repeats another.
        imbalance: Standard deviation of the points' lengths over their mean. 0: all are equally long.
        numbering: Whether the text has exactly the numbers 1 to n at the start of lines, in order.
        empty: Points that are missing or have no text.
        repeated: Points that share half of their three-word runs, or their title, with an earlier point.
        on_title: Points in which a word of their title returns, in any form, that no other title has.
        in_order: Whether the titles stand in the text, all of them, in the skeleton's order.
    """

    points: int
    overlap: float
    imbalance: float
    numbering: bool
    empty: int
    repeated: int
    on_title: int
    in_order: bool

    @property
    def whole(self) -> bool:
        """Whether the form is as it should be: numbered without a gap, every point written."""
        return self.numbering and not self.empty


def words(text: str) -> list[str]:
    """Split a text into words, in small letters; a Chinese or Japanese character counts as one."""
    return [word.casefold() for word in _WORD.findall(text)]


def style(text: str) -> Style:
    """Count list items, headings and bold runs."""
    plain = _FENCED.sub("", text)
    return Style(*(len(mark.findall(plain)) for mark in (_LIST_ITEM, _HEADING, _BOLD)))


def differences(own: str, other: str) -> dict[str, float] | None:
    """Return the differences of two answers in length and style; ``None`` where one has no words.

    Of words the logarithm of the ratio; of each mark of `Style` the difference over the sum, from -1 to 1.
    """
    lengths = len(words(own)), len(words(other))
    if not all(lengths):
        return None
    found = {"length": math.log(lengths[0] / lengths[1])}
    for name, one, two in zip(Style._fields, style(own), style(other), strict=True):
        found[name.replace("_", " ")] = (one - two) / max(1, one + two)
    return found


def distinct(text: str) -> float | None:
    """Return the share of different ones among the two-word runs of the first hundred words.

    The whole of a longer text would always have a smaller share, so that only the beginning is comparable.
    ``None`` with fewer than two words.
    """
    runs = _runs(words(text)[:_DISTINCT_WITHIN], _DISTINCT_WORDS)
    return len(set(runs)) / len(runs) if runs else None


def repetition(text: str) -> float | None:
    """Return the share of the sentences that say again, nearly word for word, what an earlier one has said.

    Sentences of fewer than four words, code and tables do not count; ``None`` without any other.
    """
    earlier: list[set[tuple[str, ...]]] = []
    repeated = 0
    for sentence in _sentences(text):
        pairs = set(_runs(sentence, 2))
        alike = (2 * len(pairs & known) / (len(pairs) + len(known)) for known in earlier)
        repeated += any(share >= _SAME_SENTENCE for share in alike)
        earlier.append(pairs)
    return repeated / len(earlier) if earlier else None


def point_checks(answer: AnswerJson) -> PointChecks | None:
    """Check the points of an answer; ``None`` where it has none, or not only points."""
    if not answer.points or answer.fell_back is not None:
        return None
    texts = [words(point.text) if point.status != "missing" else [] for point in answer.points]
    titles = [words(point.title) for point in answer.points]
    runs = [set(_runs(text, _OVERLAP_WORDS)) for text in texts]
    shared = [_overlap(one, other) for one, other in combinations(runs, 2) if one and other]
    lengths = [len(text) for text in texts]
    mean = statistics.fmean(lengths)
    return PointChecks(
        points=len(answer.points),
        overlap=statistics.fmean(shared) if shared else 0.0,
        imbalance=statistics.pstdev(lengths) / mean if mean else 0.0,
        numbering=[*map(int, _NUMBERED.findall(answer.text))] == [*range(1, len(answer.points) + 1)],
        empty=lengths.count(0),
        repeated=sum(
            (titles[at] != [] and titles[at] in titles[:at])
            or any(_overlap(own, other) >= _SAME_POINT for other in runs[:at])
            for at, own in enumerate(runs)
        ),
        on_title=_on_title(texts, titles),
        in_order=_in_order(answer.text, [entry.title for entry in answer.skeleton]),
    )


def _sentences(text: str) -> Iterator[list[str]]:
    for line in _FENCED.sub("", text).splitlines():
        rest = "" if line.lstrip().startswith("|") else _LEAD.sub("", line)
        while rest:
            end = sentence_end(f"{rest} ", 1) or len(rest)
            if len(found := words(rest[:end])) >= _SENTENCE_WORDS:
                yield found
            rest = rest[end:]


def _on_title(texts: Sequence[list[str]], titles: Sequence[list[str]]) -> int:
    stems = [{word[:_STEM] for word in title if len(word) >= _TITLE_WORD} for title in titles]
    often = {stem for stem, count in Counter(chain.from_iterable(stems)).items() if count > 1}
    telling = [own - often or own for own in stems]  # "Good brakes", "Good lights": brakes and lights
    return sum(map(_is_about, texts, titles, telling))


def _is_about(text: list[str], title: list[str], telling: set[str]) -> bool:
    """Whether a telling word of the title returns; of Chinese and Japanese two characters do."""
    if telling:
        return not telling.isdisjoint(word[:_STEM] for word in text)
    length = min(2, len(title))
    return not length or not set(_runs(title, length)).isdisjoint(_runs(text, length))


def _in_order(text: str, titles: Sequence[str]) -> bool:
    place, plain = 0, text.casefold()
    for title in titles:
        found = plain.find(title.casefold(), place)
        if found < 0:
            return False
        place = found + len(title)
    return bool(titles)


def _overlap(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


def _runs(text: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(text[start : start + length]) for start in range(len(text) - length + 1)]
