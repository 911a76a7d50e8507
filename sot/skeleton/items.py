"""List item recognition: numbers, bullets, headings and bold titles at the start of a line."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .titles import CJK, bold_start

Kind = Literal["number", "bullet", "heading", "bold"]

_KANJI = {c: i for i, c in enumerate("一二三四五六七八九十", start=1)}
_CIRCLED = "①-⑳⑴-⒇⒈-⒛❶-❿➀-➉➊-➓"
_LABEL = (
    r"(?:(?:point|step|tip|reason|idea|item|part|section|aspect|factor|topic)\s{1,2}"
    r"|第|其|その|要点|観点|ポイント\s?|理由)"
)
_N = r"\d{1,3}|[一二三四五六七八九十]{1,3}"
_NUMBER = re.compile(
    rf"""{_LABEL}?(?:
      [(（\[【〔]\s?(?:(?P<in>{_N})|(?P<incircle>[{_CIRCLED}]))\s?[)）\]】〕][.．:：、]?(?!\()
    | (?P<n>{_N})(?:つ目|点目|番目|点|章|条|項|节)?
      (?:\ufe0f?\u20e3 | \s?(?P<sep>[.．。:：)）、]){{1,2}}(?!\d) | \s[-–—](?=\s))
    | (?P<circle>[{_CIRCLED}])[.．:：、)）]?
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_LABELLED = re.compile(rf"{_LABEL}[一二三四五六七八九十]{{1,3}}[，,、]\s*", re.IGNORECASE)
_BULLET = re.compile(
    r"(?:[-*+–—·](?=\s)|\(?[a-hA-H][)）](?=\s)|[A-H]\.(?=\s)|-(?=[^\W\d])|[•・●○■□▪▫‣⁃◦◆◇►▶➤➢](?:\ufe0f)?)\s*|[-*+]$"
)
_HEADING = re.compile(r"#{1,6}\s*")
_QUOTE = re.compile(r"(?:>\s?){1,8}")
_RULE = re.compile(r"(?:[-*_=]\s?){3,}$")
_LINE_START = re.compile(r"[ \t\u3000]*")
MAX_NUMBER = 99


@dataclass(frozen=True, slots=True)
class Item:
    """List item as it stands on its line.

    Args:
        kind: Kind of the mark before it.
        indent: Columns of white space before the mark.
        text: Text after the mark.
        level: Level of a heading, else 0.
        number: The number that the model wrote, else 0.
        style: Form of the mark, by which the next item is found on the same line: the character after the
            number, ``(`` for ``(1)``, the circled number itself; empty where it is unknown.
    """

    kind: Kind
    indent: int
    text: str
    level: int = 0
    number: int = 0
    style: str = ""


def read_item(line: str) -> Item | None:
    """Parse the list item on a line; ``None`` for any other text."""
    start = _LINE_START.match(line)
    text = line[start.end() if start else 0 :]
    indent = sum(4 if c == "\t" else 2 if c == "\u3000" else 1 for c in line[: len(line) - len(text)])
    text = text.rstrip()
    if quote := _QUOTE.match(text):
        text = text[quote.end() :]
    if not text or (len(text) < 80 and _RULE.match(text)):
        return None
    level = 0
    if heading := _HEADING.match(text):
        level = heading.end() - len(text[: heading.end()].lstrip("#"))
        text = text[heading.end() :]
    text, bullet, number = _strip_marks(text)
    if number is not None:
        value, style = number
        return Item("number", indent, text, 0, value, style)
    if level:
        return Item("heading", indent, text, level)
    if bullet:
        return Item("bullet", indent, text, style=bullet)
    title = bold_start(text)
    if title is None:
        return None
    announces = text.rstrip(" :：*_") == f"**{title}".rstrip(" :：*_") and text.rstrip("*_ ")[-1:] in ":："
    if announces:  # "**Skeleton:**" alone on its line
        return None
    return Item("bold", indent, text)


def split_inline(item: Item) -> list[Item]:
    """Split a list written on one line, such as ``1. A 2. B 3. C``, into items; ``[item]`` if it is none."""
    if item.kind == "bullet":
        parts = re.split(r"\s•\s", item.text) if item.style == "•" else [item.text]
        return [Item("bullet", item.indent, part) for part in parts]
    if item.kind != "number" or not item.style:
        return [item]
    parts: list[str] = []
    position, number, style = 0, item.number, item.style
    while number < MAX_NUMBER:
        pattern = _next_number(number + 1, style)
        match = pattern.search(item.text, position) if pattern else None
        if match is None:
            break
        parts.append(item.text[position : match.start()])
        position, number = match.end(), number + 1
        if len(style) == 1 and style in _circled():
            style = chr(ord(style) + 1)
    parts.append(item.text[position:])
    sentence = len(parts) == 2 and not parts[0].rstrip()[-1:].isalnum() and style not in _circled()
    if len(parts) == 1 or sentence or (len(parts) == 2 and item.number != 1):
        return [item]
    return [Item("number", item.indent, part.strip(), number=item.number + n) for n, part in enumerate(parts)]


def split_prose(line: str) -> list[Item]:
    """Parse a list that begins in the middle of a line, such as ``Skeleton: 1. A 2. B``; ``[]`` if none."""
    match = re.search(r"[:：]\s*(?=[(（]?[1１][.．)）、:：]\s?\D)", line)
    item = read_item(line[match.end() :]) if match else None
    items = split_inline(item) if item else []
    return items if len(items) > 1 else []


def _strip_marks(text: str) -> tuple[str, str, tuple[int, str] | None]:
    """Strip bullets and numbers; returns the rest, the bullet, and the number with its style."""
    bullet = ""
    number: tuple[int, str] | None = None
    for _ in range(3):
        bold = text[:2] if text.startswith(("**", "__")) else ""
        rest = text[len(bold) :].lstrip() if bold else text
        if match := _NUMBER.match(rest):
            value = _value(match)
            if not 0 <= value <= MAX_NUMBER:
                break
            number = value, _style(match)
        elif match := _LABELLED.match(rest):
            number = number or (0, "")
        elif not bold and number is None and (match := _BULLET.match(rest)):
            bullet = bullet or rest[0]
        else:
            break
        rest = rest[match.end() :]
        if bold:  # "**1.** Title" closes its bold part here, "**1. Title**" goes on
            rest = rest[len(bold) :].lstrip() if rest.startswith(bold) else bold + rest
        if rest == text:
            break
        text = rest
    return text, bullet, number


def _value(match: re.Match[str]) -> int:
    """Return the value of a matched number: digits, a circled number, or kanji up to 99."""
    circle = match.group("circle") or match.group("incircle")
    if circle:
        return int(unicodedata.numeric(circle))
    digits = match.group("n") or match.group("in")
    if digits[0] not in _KANJI:
        return int(digits)
    tens, ten, ones = digits.rpartition("十")
    if not ten:
        return _KANJI[ones[-1]]
    return 10 * (_KANJI[tens[-1]] if tens else 1) + (_KANJI[ones[-1]] if ones else 0)


def _style(match: re.Match[str]) -> str:
    """Return the style of a matched number, as in `Item.style`; kanji have ``一`` in it."""
    if match.group("circle"):
        return match.group("circle")
    if match.group("in") or match.group("incircle"):
        return "(" if match.group("in") and match.group("in")[0] not in _KANJI else ""
    sep = match.group("sep") or ""
    return sep if match.group("n")[0] not in _KANJI else sep + "一" if sep else ""


@lru_cache(maxsize=1)
def _circled() -> frozenset[str]:
    ranges = (("①", "⑳"), ("⑴", "⒇"), ("⒈", "⒛"), ("❶", "❿"), ("➀", "➉"), ("➊", "➓"))
    return frozenset(chr(code) for first, last in ranges for code in range(ord(first), ord(last) + 1))


@lru_cache(maxsize=256)
def _next_number(number: int, style: str) -> re.Pattern[str] | None:
    """Compile the pattern of a number inside a line, in the style of the one before it."""
    if style in _circled():
        following = chr(ord(style) + 1)
        return re.compile(rf"\s*{following}[.．:：、)）]?\s*") if following in _circled() else None
    digits = f"(?:{number}|{''.join(chr(ord(d) + 0xFEE0) for d in str(number))})"
    if style == "(":
        return re.compile(rf"\s*[(（\[【〔]{digits}[)）\]】〕]\s*")
    if style.endswith("一"):
        tens, ones = divmod(number, 10)
        kanji = ("" if tens == 0 else "十" if tens == 1 else "一二三四五六七八九"[tens - 1] + "十") + (
            "一二三四五六七八九"[ones - 1] if ones else ""
        )
        return re.compile(rf"(?<=[\s。；;，,、.])\s*{kanji}{re.escape(style[0])}\s*")
    before = rf"(?:(?<=[\s。；;，,、.!?！？)）*])|(?<=[{CJK}]))"
    return re.compile(rf"{before}(?:\*\*|__)?{digits}{re.escape(style)}(?!\d)\s*")
