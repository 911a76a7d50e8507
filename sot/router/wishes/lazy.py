"""Patterns that are compiled when a text may match them, which a few literals tell at once.

There are hundreds of patterns, and most texts hold a wish by none of them: compiling all takes half a second,
looking for their literals some microseconds. The literals are written down in ``needles.json`` by
``python -m sot.router.wishes.needles``; a pattern that is not in there is simply compiled at its first use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zlib import crc32

FILE = Path(__file__).parent / "needles.json"
_all: list[LazyPattern] = []


class LazyPattern:
    """Regular expression with the methods of `re.Pattern` that are used here.

    Args:
        source: The expression.
    """

    __slots__ = ("_compiled", "_needles", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._compiled: re.Pattern[str] | None = None
        self._needles: tuple[str, ...] | None = None
        _all.append(self)

    def search(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """Search as `re.Pattern.search` does."""
        if not self._may_match(text):
            return None
        return self.compiled().search(text, start, len(text) if end is None else end)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Match as `re.Pattern.match` does."""
        return self.compiled().match(text, start) if self._may_match(text) else None

    def finditer(self, text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
        """Yield matches as `re.Pattern.finditer` does."""
        if not self._may_match(text):
            return iter(())
        return self.compiled().finditer(text, start, len(text) if end is None else end)

    def sub(self, replacement: str, text: str) -> str:
        """Replace as `re.Pattern.sub` does."""
        return self.compiled().sub(replacement, text) if self._may_match(text) else text

    def _may_match(self, text: str) -> bool:
        """Return whether the text holds one of the literals of which every match has one."""
        needles = self._needles
        if needles is None:
            needles = self._needles = _needles().get(str(crc32(self.source.encode())), ())
        return not needles or any(needle in text for needle in needles)

    def compiled(self) -> re.Pattern[str]:
        """Return the pattern, compiled at the first call."""
        if self._compiled is None:
            self._compiled = re.compile(self.source)
        return self._compiled


def compile_all() -> None:
    """Compile all patterns that have been made so far."""
    for pattern in _all:
        pattern.compiled()


def all_sources() -> frozenset[str]:
    """Return the sources of all patterns that have been made so far."""
    return frozenset(pattern.source for pattern in _all)


@cache
def _needles() -> dict[str, tuple[str, ...]]:
    if not FILE.exists():
        return {}
    return {key: tuple(found) for key, found in json.loads(FILE.read_text("utf-8")).items()}
