"""Lines of a list of given items: marks, quotation marks, and the lines that are neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from ..skeleton.numbers import CIRCLED, read_mark

_MARK_CHARS = 24  # that a mark takes at most, with the white space after it
# Beside the marks of skeletons: three digits, and the labels of exercises and contracts.
_LABELLED = re.compile(
    r"(?:(?P<word>Q|No\.?\s?|#|問|问|例|第|Sentence\s|Text\s|Review\s|Item\s|Question\s|Satz\s|Phrase\s|文)"
    r"(?P<n>\d{1,3}|[一二三四五六七八九十]{1,3})(?P<unit>条|題|题|問|问|句)?[.:．：、)）]?"
    r"|(?P<long>\d{3})[.)．、])(?=\s|[^\x00-\x7f])\s*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[-*+–—](?=\s)|[•・●○■□▪▫‣⁃◦◆◇►▶➤→✓※])\s*")
_QUOTES = {
    '"': '"',
    "“": "”",
    "„": "“",
    "«": "»",
    "‹": "›",
    "「": "」",
    "『": "』",
    "《": "》",
    "＂": "＂",
}
_FEWEST = 2
_QUOTED = re.compile("|".join(rf"{one}[^{one}{other}\n]{{1,400}}{other}" for one, other in _QUOTES.items()))
_JOINING = re.compile(r"\s*[,;、，；・]?\s*(?:and|und|et|y|と|和|及び)?\s*", re.IGNORECASE)
_CIRCLED = re.compile(f"[{CIRCLED}]")
_KANJI = "一二三四五六七八九十"
_TAB = 4


@dataclass(frozen=True, slots=True)
class Line:
    """Line of a request, read as one of a list.

    Args:
        text: The line without the white space around it; empty for a blank line.
        indent: Columns of white space before it.
        family: What the marks of one list have in common; empty without a mark.
        number: The mark's number, 0 of a bullet.
        mark: The mark as it stands there.
        rest: Text after the mark.
    """

    text: str
    indent: int
    family: str = ""
    number: int = 0
    mark: str = ""
    rest: str = ""


def read_line(raw: str) -> Line:
    """Read one line; in constant time beyond its length."""
    text = raw.strip()
    lead = raw[: len(raw) - len(raw.lstrip())]
    indent = sum(_TAB if char == "\t" else 2 if char == "\u3000" else 1 for char in lead)
    if not text:
        return Line("", 0)
    if bullet := _BULLET.match(text):
        mark = bullet[0].rstrip()
        return Line(text, indent, mark, 0, mark, text[bullet.end() :])
    return _numbered(text, indent) or Line(text, indent)


def _numbered(text: str, indent: int) -> Line | None:
    head = text[:_MARK_CHARS]
    if labelled := _LABELLED.match(head):
        value = labelled["n"] or labelled["long"]
        mark = labelled[0].rstrip()
        family = f"{labelled['word'].strip().lower()}#" if labelled["word"] else _shape(mark)
        return Line(text, indent, family, _value(value), mark, text[labelled.end() :])
    found = read_mark(head)
    if found is None or found.kind not in ("number", "letter") or not found.number:
        return None
    mark = text[: found.end].rstrip()
    family = found.family or ("①" if _CIRCLED.match(mark) else _shape(mark))
    if found.strength == "weak" and found.kind == "number":
        return None
    return Line(text, indent, family, found.number, mark, text[found.end :])


def _shape(mark: str) -> str:
    """Return a number mark without its number: ``(#)``, ``#.``, ``一、``."""
    shape = re.sub(r"\d+", "#", mark)
    return re.sub(f"[{_KANJI}]+", "一", shape)


def _value(digits: str) -> int:
    if digits[0] not in _KANJI:
        return int(digits)
    tens, ten, ones = digits.rpartition("十")
    low = _KANJI.index(ones[-1]) + 1 if ones else 0
    if not ten:
        return low
    return 10 * (_KANJI.index(tens[-1]) + 1 if tens else 1) + low


def quotations(text: str) -> tuple[int, int, list[str]] | None:
    """Return where a row of quoted texts stands, and the texts with their marks.

    Between two of them may stand a comma and a word for "and" alone.

    Returns:
        Start, end and texts; ``None`` for fewer than two, or where any stands apart.
    """
    found = list(_QUOTED.finditer(text))
    if len(found) < _FEWEST:
        return None
    gaps = (text[one.end() : other.start()] for one, other in pairwise(found))
    if not all(_JOINING.fullmatch(gap[:_MARK_CHARS]) and len(gap) <= _MARK_CHARS for gap in gaps):
        return None
    return found[0].start(), found[-1].end(), [one[0] for one in found]
