"""Ends of texts that were cut: where they can end, and what must be closed there."""

from __future__ import annotations

import re

from .fences import Fences
from .sentences import last_sentence_end

_UNIT = re.compile(r"\s*(?:[-*+•]\s|\d{1,3}[.)]\s|\|)")  # a line that is a unit without a full stop
_BOLD = re.compile(r"\*\*")


def whole_end(text: str, *, sure: bool = False) -> int:
    """Return the position after the last whole sentence, list item, table row or line of code; 0 without one.

    Args:
        text: The text.
        sure: Whether more text follows, so that a mark at its end may turn out to end nothing.
    """
    fences = Fences()
    end = at = prose = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        whole = line.endswith("\n")
        opens = fences.closing is None
        if fences.line(line):
            end = max(end, _sentences(text, prose, start, sure=False))
            prose = at
            closes = fences.closing is None
            if closes or (whole and not opens):
                end = at
        elif whole and _UNIT.match(line) and any(map(str.isalnum, line)):
            end = max(at, _sentences(text, prose, at, sure=False))
            prose = at
    end = max(end, _sentences(text, prose, len(text), sure=sure))
    return len(text[:end].rstrip())


def _sentences(text: str, start: int, stop: int, *, sure: bool) -> int:
    """Return the position after the last sentence in a part of a text; 0 without one."""
    found = last_sentence_end(text[start:stop], sure=sure)
    return start + found if found else 0


def close_fence(text: str) -> str:
    """Close the code block that is open at the end of a text."""
    fences = Fences()
    for line in text.splitlines():
        fences.line(line)
    return text if fences.closing is None else f"{text}\n{fences.closing}"


def close_emphasis(text: str) -> str:
    """Close the bold part or the inline code that is open at the end of a cut text."""
    part = text[text.rfind("\n") + 1 :]
    if part.lstrip().startswith(("```", "~~~")):
        return text
    if part.count("`") % 2:
        return f"{text}`"
    bare = re.sub(r"`[^`]*`", lambda match: "x" * len(match[0]), part)
    opened = False
    for match in _BOLD.finditer(bare):
        before, after = bare[: match.start()], bare[match.end() :]
        if opened:
            opened = before[-1:].isspace()
        else:
            opened = (not before or not before[-1].isalnum()) and bool(after[:1].strip())
    return f"{text}**" if opened else text


def mark_cut(text: str, mark: str) -> str:
    """Append the mark of a cut text, below a code block that ends it.

    Args:
        text: The text, with everything closed.
        mark: The mark, with the space before it.
    """
    last = text[text.rfind("\n") + 1 :].strip()
    return f"{text}\n{mark.strip()}" if re.fullmatch(r"(?:> ?)*(?:`{3,}|~{3,})", last) else f"{text}{mark}"
