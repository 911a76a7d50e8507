"""Parser of a judge's reply: which answer it says is better, in the forms that models write it.

A verdict is read where the reply names it: a line ``Verdict: A`` in any dress or language, a field of JSON,
a tag, ``[[A]]``, or a reply that is the choice and nothing else. A reply with none, with two unlike ones, or
that takes its verdict back is unreadable; it is never taken for a tie.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sot.text.thinking import ThoughtSplitter
from sot.types import FinishReason

from ..stats.net_win import Place

_MAX_CHARS = 20_000  # of a reply; its end is what counts
_CHOICE_WORDS = 2  # Answer A
_SHORT = 6  # words of a line that is a choice and nothing else

_EXPLANATION = 3  # words of it at least
_MOST_CHARS = 300  # of a choice with its reason that are looked at


def _forms() -> Mapping[str, re.Pattern[str]]:
    """Patterns of ``verdict_forms.toml``, with those that they name put in."""
    read = tomllib.loads(Path(__file__).with_name("verdict_forms.toml").read_text(encoding="utf-8"))
    words = {
        name: "|".join(sorted(own.split(), key=len, reverse=True)) for name, own in read["words"].items()
    }
    parts = {**words, **read["parts"]}

    def whole(pattern: str) -> str:
        return re.sub(r"\(\?&(\w+)\)", lambda found: f"(?:{whole(parts[found[1]])})", pattern)

    flags = re.IGNORECASE | re.DOTALL | re.VERBOSE
    return {name: re.compile(whole(pattern), flags) for name, pattern in read["forms"].items()}


_FORMS = _forms()


class Verdict(NamedTuple):
    """Verdict of a reply, or why it cannot be read."""

    place: Place | None
    error: str | None = None


class _Named(NamedTuple):
    """Verdict that a line of a reply names; ``None`` where it leaves it open."""

    line: int
    place: Place | None
    final: bool


def parse_verdict(reply: str, finish_reason: FinishReason | None = "stop") -> Verdict:
    """Read the one verdict of a whole reply, prefilled start included."""
    cut = finish_reason == "length"
    splitter = ThoughtSplitter(stray="hold")
    text = splitter.feed(reply[-_MAX_CHARS:]) + splitter.close()
    lines = [(line, plain) for line in text.splitlines() if (plain := _plain_line(line))]
    plain = [found for _, found in lines]
    named = [*_marked([line for line, _ in lines]), *_labelled(plain, _FORMS["line"])]
    if not named:  # other words than verdict are common in reasons: only at the reply's ends
        named = [
            entry for entry in _labelled(plain, _FORMS["other_line"]) if entry.line in (0, len(plain) - 1)
        ]
    if any(entry.place for entry in named):
        return _agreed(named, plain)
    alone = plain and not named and not cut and (len(plain) == 1 or len(plain[-1].split()) <= _CHOICE_WORDS)
    if alone and (place := _choice(plain[-1], alone=True)) is not None:
        return Verdict(place)
    return Verdict(None, "cut by the token limit (--judge-tokens)" if cut else "no verdict line")


def _agreed(named: Sequence[_Named], plain: Sequence[str]) -> Verdict:
    """The verdict that all agree on; one that says it is final counts before others."""
    counting = [entry for entry in named if entry.place]
    counting = [entry for entry in counting if entry.final] or counting
    last = max(entry.line for entry in counting)
    after = plain[last + 1 :]
    places: set[Place] = {entry.place for entry in counting if entry.place}
    short = [line for line in after if len(line.split()) <= _SHORT]
    places |= {place for line in short if (place := _choice(line, alone=True))}
    if len(places) > 1:
        return Verdict(None, "two different verdicts")
    # reasons may follow a verdict that stands first, and may begin with an objection
    taken_back = any(
        _FORMS["takes_back"].search(line) or (last and _FORMS["objects"].match(line)) for line in after
    )
    if taken_back or any(entry.line > last and entry.place is None for entry in named):
        return Verdict(None, "the verdict is taken back")
    return Verdict(places.pop())


def _marked(lines: Sequence[str]) -> Iterator[_Named]:
    """Verdicts of fields, tags and brackets, in lines as they were written."""
    for number, line in enumerate(lines):
        final = _FORMS["final"].search(line)  # once: a line may have a thousand marks
        for found in _FORMS["marked"].finditer(line):
            said = next(part for part in found.groups() if part is not None)
            if (place := _choice(_plain_line(said))) is not None:
                yield _Named(number, place, final is not None and final.end() <= found.end())


def _labelled(plain: Sequence[str], form: re.Pattern[str]) -> Iterator[_Named]:
    """Verdicts of labelled lines; a label alone, such as a heading, names that of the next line."""
    for number, line in enumerate(plain):
        found = form.fullmatch(line)
        if found is None or _FORMS["hypothetical"].search(found["before"]):
            continue
        said, at = found["said"], number
        while (again := form.fullmatch(said)) is not None and not again["before"].strip():
            said = again["said"]  # a prefilled label that the model wrote again
        if not said.strip() and number + 1 < len(plain):
            said, at = plain[number + 1], number + 1
            if _choice(said) is None:
                continue
        yield _Named(at, _choice(said), _FORMS["final"].search(found["before"]) is not None)


def _plain_line(line: str) -> str:
    """A line without its dress: Markdown, LaTeX, tags, control tokens, quotes, bullets, full-width forms."""
    line = _FORMS["tokens"].sub(" ", _FORMS["ranked"].sub(_ranked, unicodedata.normalize("NFKC", line)))
    line = _FORMS["latex"].sub(r"\1", _FORMS["latex"].sub(r"\1", line))
    return _FORMS["bullet"].sub("", _FORMS["dress"].sub(" ", line)).strip(" \t.!。")


def _ranked(found: re.Match[str]) -> str:
    """A>B and B<A as A, A=B as a tie."""
    if "=" in found[2]:
        return " TIE "
    return f" {found[1] if '>' in found[2] else found[3]} "


def _choice(said: str, *, alone: bool = False) -> Place | None:
    """The one choice that a text makes, ``None`` where it makes none or leaves it open."""
    found = _FORMS["choice"].fullmatch(said[:_MOST_CHARS])
    if found is None:
        return None
    first = found["first"] or ""
    if len(first) == 1 and first.islower() and len(said.split()) > 1:  # an article
        return None
    place: Place = "tie" if found["tie"] else "first" if first else "second"
    return place if _stands(place, found["rest"], alone=alone) else None


def _stands(place: Place, rest: str, *, alone: bool) -> bool:
    """Whether a choice stands with what follows it: nothing, that it is better, or a reason."""
    if _FORMS["nothing"].fullmatch(rest):
        return "?" not in rest
    if _FORMS["doubt"].search(rest):
        return False
    if _FORMS["says_better"].match(rest) and _FORMS["is_better"].search(rest):
        return _FORMS["is_worse"].search(rest) is None
    begun = _FORMS["reason"].match(rest)
    if alone or begun is None:
        return False
    reason = rest[begun.end() :].strip()
    if _FORMS["other"].match(reason) and not (
        _FORMS["explains"].match(rest) and len(reason.split()) >= _EXPLANATION
    ):
        return False  # A, B
    return _choice(reason) in (None, place)
