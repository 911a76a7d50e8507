"""Overviews: a point's text that begins with a bulleted list, of which the first item may name a point."""

from __future__ import annotations

import re

from .words import words_of

_BULLET = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[^\w\s>#|\"'“«(\[]{1,3})[ \t]+(?P<bold>\*\*|__)?(?=\S)")
_LONGEST = 240  # characters of an item of an overview
_MARKS = 4  # characters of a bullet and the blank after it


def begins_overview(text: str, following: str = "", *, final: bool) -> bool | None:
    """Whether a text begins with a bulleted item that another one follows; ``None`` while that is open.

    A list of bold items that goes on with the following point's title is no overview: the model writes the
    other points, too.

    Args:
        text: The text.
        following: Title of the following point; empty where it is not known.
        final: Whether the text is complete.
    """
    text = text.lstrip("\r\n")
    first = _BULLET.match(text)
    if first is None:
        return False
    undecided = None if not final else False
    indent = len(first["indent"])
    at = text.find("\n") + 1
    while at and at <= _LONGEST:
        end = text.find("\n", at)
        rest = text[at:]
        if not rest.strip():
            return undecided
        second = _BULLET.match(rest)
        if second is None and end < 0 and len(rest) <= indent + _MARKS:
            return undecided
        inside = len(rest) - len(rest.lstrip(" \t")) > indent  # of the first item
        if not inside and rest[0] not in "\r\n":
            return second is not None and _goes_on(first, second, rest, following, final=final)
        at = end + 1
    return undecided if not at and len(text) <= _LONGEST else False


def _goes_on(
    first: re.Match[str], second: re.Match[str], rest: str, following: str, *, final: bool
) -> bool | None:
    """Whether a second item, at the start of ``rest``, goes on with an overview; ``None``: not known yet."""
    if second["indent"] != first["indent"]:
        return False
    if not following or not (first["bold"] and second["bold"]):
        return True
    item, named = words_of(rest[second.end() :]), words_of(following)
    if len(item) <= len(named) and "\n" not in rest and not final:
        return None
    return item[: len(named)] != named
