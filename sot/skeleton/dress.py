"""Dress of a numbered item, by which lists of two levels are told apart: ``**1. Title**``, ``1) Title``."""

from __future__ import annotations

import re
from typing import NamedTuple

from .numbers import CIRCLED, KANJI

_NUMBER = re.compile(
    rf"(?P<lead>\W{{0,8}}(?:[^\W\d]{{2,12}}\s?)?\W{{0,8}}?)"
    rf"(?:(?P<digits>\d+)|(?P<kanji>{KANJI}+)|(?P<circled>[{CIRCLED}]))(?P<mark>[.．:：、,，)）\]】\-–—]*)"
)
_BOLD = re.compile(r"\W{0,8}(?:\*\*|__)")


class Dress(NamedTuple):
    """What items of one level have in common.

    Args:
        lead: Marks and words before the number.
        digits: Kind of its digits.
        mark: Marks after it.
        bold: The title or the number is bold.
        announces: The title ends in a colon.
    """

    lead: str = ""
    digits: str = ""
    mark: str = ""
    bold: bool = False
    announces: bool = False


NO_DRESS = Dress()


def dress_of(line: str, title: str) -> Dress:
    """Return the dress of a numbered item.

    Args:
        line: The item's line.
        title: Its text after the number.
    """
    match = _NUMBER.match(line)
    if match is None:
        return NO_DRESS
    bold = title.startswith(("**", "__")) or _BOLD.match(line[: match.end()]) is not None
    lead = re.sub(r"[\s*_]", "", match["lead"]).lower()
    announces = not bold and title.rstrip().endswith((":", "："))
    digits = next(kind for kind in ("digits", "kanji", "circled") if match[kind])
    return Dress(lead, digits, match["mark"], bold, announces)
