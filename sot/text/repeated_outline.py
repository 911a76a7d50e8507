"""Outline of the whole answer that a model writes once more before the text of its point."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from .headings import Undecided

_LABELS = ("outline", "skeleton", "回答全体の骨子", "骨子")  # as the prompts have it
_LABEL = re.compile(
    rf"\s*(?:[#>*_]+\s*)?(?:{'|'.join(_LABELS)})\s*[*_]*[:：][*_]*(?:[ \t]*\n|[ \t]+(?=[#*_(]*\d))",
    re.IGNORECASE,
)
_LONGEST_LABEL = 24  # characters
_MARK = re.compile(r"[ \t]*(?:[#>]+[ \t]*)?(?:\*\*|__)?[ \t]*\(?\d{1,2}(?:[.):：．、）][ \t]*|[ \t]+)")
_MAYBE_MARK = re.compile(r"[ \t#>*_(]*\d{0,2}[.):：．、）]?[ \t]*")
_LONG_TITLE = 24  # letters from which a title may have been shortened
_MOST_SHORTENED = 100  # letters that it was shortened by
_SENTENCE = re.compile(r"[:：。！？]|[.!?]\s+\S")
_FEWEST = 2  # lines of an outline; one alone is the point's heading


def repeated_outline(text: str, titles: Sequence[str], *, final: bool) -> int:
    """Return where an outline at the start of a text, with the blank lines after it, ends: 0 without one.

    It is two lines or more that hold nothing but a number and the title of a point, of points that follow one
    another: from the first one on, or each behind its own number.

    Args:
        text: The text.
        titles: Titles of the answer's points.
        final: Whether the text is complete.

    Raises:
        Undecided: More text is needed; only without ``final``.
    """
    at = start = _after_label(text, final=final)
    expected, found = -1, 0
    while at < len(text):
        stop = text.find("\n", at)
        line = text[at:] if stop < 0 else text[at:stop]
        if not line.strip():
            if stop < 0:
                break
            at = stop + 1
            continue
        wanted = range(len(titles)) if expected < 0 else range(expected, min(expected + 1, len(titles)))
        named = _named(line, titles, wanted, whole=stop >= 0 or final)
        if named is None:
            raise Undecided
        if not start and expected < 0 < named and _number(line) != named + 1:
            named = -1  # a list of the point's own, such as an overview of the points that follow it
        if named < 0:
            return at if found >= _FEWEST else start if found else 0
        expected, found = named + 1, found + 1
        if stop < 0:
            break
        at = stop + 1
    if final and found >= _FEWEST:
        return len(text)
    if final or (not found and not start):
        return start if found else 0
    raise Undecided


def is_outline_so_far(text: str, titles: Sequence[str]) -> bool:
    """Whether a text that broke off has nothing but the beginning of an outline, or of one of its lines."""
    try:
        repeated_outline(text, titles, final=False)
    except Undecided:
        return True
    return False


def _after_label(text: str, *, final: bool) -> int:
    """Return where a word such as "Outline:" over the outline ends: 0 without one."""
    if label := _LABEL.match(text):
        return label.end()
    begun = text.strip(" \t\r\n#>*_:：").casefold()
    short = 0 < len(begun) < _LONGEST_LABEL and "\n" not in text.strip()
    if short and not final and any(word.startswith(begun) for word in _LABELS):
        raise Undecided
    return 0


def _named(line: str, titles: Sequence[str], wanted: range, *, whole: bool) -> int | None:
    """Return the index of the title that a line holds: -1 for none, ``None`` while that is not known."""
    mark = _MARK.match(line)
    if mark is None:
        return None if not whole and _MAYBE_MARK.fullmatch(line) else -1
    held = _letters(line[mark.end() :].partition("|")[0].partition("｜")[0])
    for index in wanted:
        letters = _letters(titles[index])
        if letters and (held == letters or _goes_on(line[mark.end() :], held, letters)):
            return index if whole else None
        if not whole and letters.startswith(held):
            return None
    return -1


def _number(line: str) -> int:
    """Return the number that a line begins with; 0 for none."""
    digits = re.search(r"\d+", line)
    return int(digits[0]) if digits else 0


def _goes_on(line: str, held: str, letters: str) -> bool:
    """Whether a line has a long title, which was shortened, and the rest of the words that it had."""
    if len(letters) < _LONG_TITLE or not held.startswith(letters) or _SENTENCE.search(line):
        return False
    return len(held) <= len(letters) + _MOST_SHORTENED


def _letters(text: str) -> str:
    """Return a title's letters and digits, width and case folded."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(filter(str.isalnum, folded))
