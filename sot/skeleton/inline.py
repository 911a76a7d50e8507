"""Lists written on one line: ``1. A 2. B 3. C``."""

from __future__ import annotations

import re
from functools import lru_cache

from .clauses import CJK, ORDINAL_BEFORE
from .items import Item, read_item
from .numbers import DASHES, MAX_NUMBER

_ZEROS = "0０٠۰०๐"
_TITLE_WORDS = 6
_START = re.compile(r"[:：]\s*(?=[(（]?[1１١۱१][.．)）、:：\-]\s?\D)")


def split_inline(item: Item) -> list[Item]:
    """Split a list written on one line into items; ``[item]`` if it is none."""
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


def is_doubtful(item: Item, parts: list[Item]) -> bool:
    """Whether the second number may end a sentence: ``1. Prefer HTTP 2. It is faster``."""
    return len(parts) == 2 and item.style in (".", "．")


def are_titles(parts: list[Item]) -> bool:
    """Whether both parts read like titles, so that a doubtful number begins the second."""
    first, second = parts[0].text.lower().split(), parts[1].text.split()
    return bool(first) and first[-1] not in ORDINAL_BEFORE and len(second) <= _TITLE_WORDS


def split_prose(line: str) -> list[Item]:
    """Parse a list that begins in the middle of a line, such as ``Skeleton: 1. A 2. B``; ``[]`` if none."""
    match = _START.search(line)
    item = read_item(line[match.end() :]) if match else None
    items = split_inline(item) if item else []
    return items if len(items) > 1 else []


@lru_cache(maxsize=1)
def _circled() -> frozenset[str]:
    ranges = (
        ("①", "⑳"),
        ("⑴", "⒇"),
        ("⒈", "⒛"),
        ("❶", "❿"),
        ("➀", "➉"),
        ("➊", "➓"),
        ("㊀", "㊉"),
        ("㈠", "㈩"),
    )
    return frozenset(chr(code) for first, last in ranges for code in range(ord(first), ord(last) + 1))


@lru_cache(maxsize=256)
def _next_number(number: int, style: str) -> re.Pattern[str] | None:
    """Compile the pattern of a number inside a line, in the style of the one before it."""
    if style in _circled():
        following = chr(ord(style) + 1)
        return re.compile(rf"\s*{following}[.．:：、)）]?\s*") if following in _circled() else None
    digits = "|".join("".join(chr(ord(zero) + int(d)) for d in str(number)) for zero in _ZEROS)
    digits = f"(?:{digits})"
    if style == "(":
        return re.compile(rf"\s*[(（\[【〔]{digits}[)）\]】〕]\s*")
    if style.endswith("一"):
        tens, ones = divmod(number, 10)
        kanji = ("" if tens == 0 else "十" if tens == 1 else "一二三四五六七八九"[tens - 1] + "十") + (
            "一二三四五六七八九"[ones - 1] if ones else ""
        )
        return re.compile(rf"(?<=[\s。；;，,、.])\s*{kanji}{re.escape(style[0])}\s*")
    before = rf"(?:(?<=[\s。；;，,、.!?！？)）*])|(?<=[{CJK}]))"
    after = r"(?=\s)" if re.match(f"[{DASHES}]", style) else r"(?!\d)"
    return re.compile(rf"{before}(?:\*\*|__)?{digits}{re.escape(style)}{after}\s*")
