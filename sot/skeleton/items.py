"""List item recognition: numbers, bullets, headings and bold titles at the start of a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..text.pictures import read_picture
from .dress import NO_DRESS, Dress, dress_of
from .numbers import DASHES, Mark, MarkKind, Strength, read_mark
from .tables import read_row
from .titles import bold_start

Kind = Literal["bullet", "heading", "bold"] | MarkKind

_BULLET = re.compile(
    rf"(?:[{DASHES}*+·∙⋅∗](?=\s)|-(?=[^\W\d])|[•・●○■□▪▫‣⁃◦◆◇►▶➤➢➜➔→✓✔✅☑★☆✦❖🔹🔸🔷🔶](?:\ufe0f)?)\s*|[-*+]$"
)
_HEADING = re.compile(r"#{2,6}\s*|#(?!\d)\s*")  # "#1 Sleep" is a number
_QUOTE = re.compile(r"(?:>\s?){1,8}")
_RULE = re.compile(r"(?:[-*_=]\s?){3,}$")
_LINE_START = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2800\u3164]*")
_ESCAPED = re.compile(r"\\(?=[-*+#(\[\d])")
_EMPHASISED = re.compile(r"([*_`]{1,3})(?=\S)([^*_`]{1,14})\1\s?([.．:：)）]?)\s*")
_HTML_BOLD = re.compile(r"<(b|strong|em|i|u|big|span)(?:\s[^<>]{0,60})?>\s?", re.IGNORECASE)
_CODE_INDENT = 4  # a "#" that deep is a comment in indented code, as Markdown has it
_TEN = "🔟"
_PLAIN_BULLETS = "-*+•·∙⋅∗・‐‑‒–—―−－﹣"
_WIDE = {"\t": 4, "\u3000": 2}


@dataclass(frozen=True, slots=True)
class Item:
    """List item as it stands on its line.

    Args:
        kind: Kind of the mark before it.
        indent: Columns of white space before the mark.
        text: Text after the mark.
        level: Level of a heading, the section of a decimal number, else 0.
        number: The number that the model wrote, else 0.
        style: Form of the mark, by which the next item is found on the same line: the character after the
            number, ``(`` for ``(1)``, the circled number itself; empty where it is unknown.
        strength: How sure the mark is, as in `Mark.strength`.
        family: What the marks of one list have in common.
        roman: Value as a Roman numeral, of a letter that may be one.
        dress: Look of a numbered item.
    """

    kind: Kind
    indent: int
    text: str
    level: int = 0
    number: int = 0
    style: str = ""
    strength: Strength = "strong"
    family: str = ""
    roman: int = 0
    dress: Dress = NO_DRESS


def read_item(line: str) -> Item | None:
    """Parse the list item on a line; ``None`` for any other text."""
    start = _LINE_START.match(line)
    text = line[start.end() if start else 0 :]
    indent = sum(_WIDE.get(c, 1) for c in line[: len(line) - len(text)])
    text = text.rstrip()
    if quote := _QUOTE.match(text):
        text = text[quote.end() :]
    if not text or (len(text) < 80 and _RULE.match(text)):
        return None
    if text[0] == "|":
        return _row(text, indent)
    if _TEN in text[:8]:
        text = text.replace(_TEN, "10\u20e3", 1)
    text = _ESCAPED.sub("", text, count=1) if text[0] == "\\" else text
    if (pictured := read_picture(text)) and not _BULLET.match(text):
        picture, rest = pictured
        if not (mark := read_mark(rest)) or mark.strength != "strong":
            return _pictured(picture, rest, indent)
        text = rest
    line, level = text, 0
    if heading := _HEADING.match(text):
        if indent >= _CODE_INDENT:
            return None
        level = heading.end() - len(text[: heading.end()].lstrip("#"))
        text = text[heading.end() :]
    text, bullet, mark = _strip_marks(text)
    if mark is not None and not (level and mark.kind == "word"):  # "## First: Title" among other headings
        return Item(
            mark.kind,
            indent,
            text,
            mark.section,
            mark.number,
            mark.style,
            mark.strength,
            mark.family,
            mark.roman,
            dress_of(line, text) if mark.kind == "number" else NO_DRESS,
        )
    if level:
        return Item("heading", indent, text, level)
    if bullet:
        family = "" if bullet in _PLAIN_BULLETS else "picture"
        return Item("bullet", indent, text, style=bullet, family=family)
    title = bold_start(text)
    if title is None:
        return None
    announces = text.rstrip(" :：*_") == f"**{title}".rstrip(" :：*_") and text.rstrip("*_ ")[-1:] in ":："
    if announces:  # "**Skeleton:**" alone on its line
        return None
    return Item("bold", indent, text)


def _row(text: str, indent: int) -> Item | None:
    """Parse a row of a table."""
    row = read_row(text)
    return Item("number", indent, row[1], number=row[0], strength="weak", family="|") if row else None


def _pictured(picture: str, text: str, indent: int) -> Item | None:
    """Parse a line that begins with a picture; prose and the words above a list may do so, too."""
    if text.rstrip("*_ ").endswith((":", "：", "!", "！", "?", "？")):
        return None
    return Item("bullet", indent, text, style=picture, strength="weak", family="picture")


def strip_number(text: str) -> str:
    """Strip the number before a title that a list without numbers holds: ``"1. Title"`` in JSON."""
    item = read_item(text)
    return item.text if item and item.kind == "number" and item.text else text


def _strip_marks(text: str) -> tuple[str, str, Mark | None]:
    """Strip bullets and numbers; returns the rest, the bullet, and the first number mark."""
    bullet = ""
    mark: Mark | None = None
    for _ in range(3):
        text, bold = _bare_number(text)
        rest = text[len(bold) :].lstrip() if bold else text
        found = read_mark(rest)
        if found and _counts(found, mark, bullet):
            stays = bullet and found.kind != "number"  # "- a) Title" and "- First: Title" stay bullets
            mark = mark or (None if stays else found)
            end = found.end
        elif not bold and mark is None and (match := _BULLET.match(rest)):
            bullet = bullet or rest[0]
            end = match.end()
        else:
            break
        rest = rest[end:]
        if bold:  # "**1.** Title" closes its bold part here, "**1. Title**" goes on
            rest = rest[len(bold) :].lstrip() if rest.startswith(bold) else bold + rest
        if rest == text:
            break
        text = rest
    return text, bullet, mark


def _counts(found: Mark, outer: Mark | None, bullet: str) -> bool:
    """Whether a mark is one, after those around it: ``1. Point 1: Title``."""
    if outer is not None:
        same = found.number == outer.number and found.kind in ("number", "word") and found.strength == "loose"
        return found.strength == "strong" or same
    return not bullet or found.strength != "weak" or found.kind in ("letter", "roman")


def _bare_number(text: str) -> tuple[str, str]:
    """Strip emphasis around a number alone, ``**1**. Title``; returns the text and its opening bold mark."""
    if text[:1] == "<" and (tag := _HTML_BOLD.match(text)) and read_mark(text[tag.end() :]):
        text = text[tag.end() :].replace(f"</{tag[1]}>", "", 1)
    if text[:1] in ("*", "_", "`") and (match := _EMPHASISED.match(text)):
        number = match[2] + match[3]
        mark = read_mark(f"{number} x")
        if mark and mark.end >= len(number) and mark.kind != "letter":
            return f"{number} {text[match.end() :]}", ""
    bold = text[:2] if text.startswith(("**", "__")) else ""
    if not bold or text[2:3] == bold[0]:
        inner = text.lstrip("*_`")
        marks = text[: len(text) - len(inner)]
        mark = read_mark(inner) if 0 < len(marks) <= 3 else None
        if mark and ("`" not in marks or (mark.kind == "number" and text.endswith("`"))):  # "*1. Title*"
            return inner, ""
    return text, bold
