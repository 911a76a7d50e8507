"""Reading of a judge's reply: which answer it says is better, in the forms that models write it.

A verdict is read where the reply names it: a line ``Verdict: A`` in any dress or language, a field of JSON,
a tag, ``[[A]]``, or a reply that is the choice and nothing else. A reply with none, with two unlike ones, or
that takes its verdict back is unreadable; it is never taken for a tie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sot.text.thinking import ThoughtSplitter
from sot.types import FinishReason

from ..statistics.net_win import Place
from .verdict_forms import FINAL, LINE, MARKED, OTHER_LINE, choice, is_hypothetical, plain_line, takes_back

_MAX_CHARS = 20_000  # of a reply; its end is what counts
_CHOICE_WORDS = 2  # Answer A
_SHORT = 6  # words of a line that is a choice and nothing else


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply says.

    Args:
        place: Which answer is better; ``None`` if it cannot be read.
        error: Why it cannot be read.
    """

    place: Place | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """A verdict that a reply names: in which line, and which; ``None`` where it leaves it open."""

    line: int
    place: Place | None
    final: bool


def parse_verdict(reply: str, finish_reason: FinishReason | None = "stop") -> Verdict:
    """Read the one verdict of a reply.

    Args:
        reply: The whole reply, prefilled start included.
        finish_reason: How it ended.
    """
    cut = finish_reason == "length"
    splitter = ThoughtSplitter(stray="hold")
    text = splitter.feed(reply[-_MAX_CHARS:]) + splitter.close()
    lines = [line for line in text.splitlines() if plain_line(line)]
    plain = [plain_line(line) for line in lines]
    named = [*_named(lines, plain)]
    if not named:  # other words than verdict are common in reasons: only at the reply's ends
        named = [entry for entry in _labelled(plain, OTHER_LINE) if entry.line in (0, len(plain) - 1)]
    if any(entry.place for entry in named):
        return _agreed(named, plain)
    if plain and not named and not cut and (place := _alone(plain)) is not None:
        return Verdict(place)
    return Verdict(None, "cut by the token limit (--judge-tokens)" if cut else "no verdict line")


def _alone(plain: Sequence[str]) -> Place | None:
    """The choice of a reply that is nothing else, or whose last line is."""
    if len(plain) > 1 and len(plain[-1].split()) > _CHOICE_WORDS:
        return None
    return choice(plain[-1], alone=True)


def _agreed(named: Sequence[_Named], plain: Sequence[str]) -> Verdict:
    """The verdict that all agree on; one that says it is final counts before others."""
    counting = [entry for entry in named if entry.final and entry.place] or named
    places: set[Place] = {entry.place for entry in counting if entry.place}
    last = max(entry.line for entry in counting if entry.place)
    after = plain[last + 1 :]
    places |= {
        place
        for line in after
        if len(line.split()) <= _SHORT and (place := choice(line, alone=True)) is not None
    }
    if len(places) > 1:
        return Verdict(None, "two different verdicts")
    open_after = any(entry.line > last and entry.place is None for entry in named)
    if open_after or any(takes_back(line, reasons=last == 0) for line in after):
        return Verdict(None, "the verdict is taken back")
    return Verdict(places.pop())


def _named(lines: Sequence[str], plain: Sequence[str]) -> Iterator[_Named]:
    for number, line in enumerate(lines):
        for found in MARKED.finditer(line):
            said = next(part for part in found.groups() if part is not None)
            if (place := choice(plain_line(said))) is not None:
                yield _Named(number, place, FINAL.search(line[: found.end()]) is not None)
    yield from _labelled(plain, LINE)


def _labelled(plain: Sequence[str], form: re.Pattern[str]) -> Iterator[_Named]:
    """Verdicts of labelled lines; a label alone, such as a heading, names that of the next line."""
    for number, line in enumerate(plain):
        found = form.fullmatch(line)
        if found is None or is_hypothetical(found["before"]):
            continue
        said, at = found["said"], number
        while (again := form.fullmatch(said)) is not None and not again["before"].strip():
            said = again["said"]  # a prefilled label that the model wrote again
        if not said.strip() and number + 1 < len(plain):
            said, at = plain[number + 1], number + 1
            if choice(said) is None:
                continue
        yield _Named(at, choice(said), FINAL.search(found["before"]) is not None)
