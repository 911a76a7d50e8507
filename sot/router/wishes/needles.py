# pyright: reportAttributeAccessIssue=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# (the parser of `re` has no annotations)
"""Writer of ``needles.json``: for each pattern, literals of which every match contains one.

    python -m sot.router.wishes.needles

It walks the syntax tree that Python's own parser makes of a pattern (CPython's ``re._parser``, which is not a
public interface: this runs when patterns change, never when a text is read).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from re import _constants as codes
from re import _parser as parser
from typing import Any
from zlib import crc32

from .languages import load_all
from .lazy import FILE, all_sources

_GOOD_LENGTH = 4  # a longer literal is no better


def needles_of(source: str) -> frozenset[str]:
    """Return literals of which every match of a pattern contains one; empty where there are none."""
    return frozenset(_needed(parser.parse(source)) or ())


def all_needles() -> dict[str, list[str]]:
    """Return the literals of all patterns, by the checksums of their sources."""
    load_all()
    found = {str(crc32(source.encode())): sorted(needles_of(source)) for source in all_sources()}
    return {key: needles for key, needles in sorted(found.items()) if needles}


def _needed(tree: Iterable[Any]) -> set[str] | None:
    """Return the best set of literals of a sequence of nodes; ``None`` where there is none."""
    candidates: list[set[str]] = []
    run = ""
    for code, value in tree:
        if code is codes.LITERAL:
            run += chr(value)
        elif code is not codes.AT:  # an anchor takes no characters
            candidates += [{run}] if run.strip() else []
            run = ""
            candidates += [found] if (found := _of_node(code, value)) else []
    candidates += [{run}] if run.strip() else []
    usable = [found for found in candidates if all(literal.strip() for literal in found)]
    return max(usable, key=_quality, default=None)


def _of_node(code: Any, value: Any) -> set[str] | None:
    if code is codes.SUBPATTERN:
        return _needed(value[-1])
    if code is codes.BRANCH:
        branches = [_needed(branch) for branch in value[1]]
        return None if None in branches else {literal for branch in branches for literal in branch or ()}
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        return _needed(value[2]) if value[0] >= 1 else None
    if code is codes.IN and all(kind is codes.LITERAL for kind, _ in value):
        return {chr(letter) for _, letter in value}
    return None


def _quality(found: set[str]) -> tuple[int, int]:
    """Return how good a set of literals is: none should be short, and there should be few."""
    return min(min(len(literal.strip()) for literal in found), _GOOD_LENGTH), -len(found)


if __name__ == "__main__":
    FILE.write_text(json.dumps(all_needles(), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    sys.exit(0)
