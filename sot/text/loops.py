"""Phrases that a text says again and again, with or without marks between them."""

from __future__ import annotations

from functools import lru_cache

from .words import kind_of, size_of, words_of

_LOOP_WORDS = 12  # fewest words of a phrase three times in a row
_LONGEST_LOOP = 40  # words
_ONE_WORD_TIMES = 60  # times in a row of a single word: fewer may be meant
_TIMES = 3  # times in a row of a phrase
_SHORT = 32  # characters of a piece whose words are remembered


class Loop:
    """Finder of a phrase that comes again and again, without anything between.

    Args:
        times: Fewest times in a row.
    """

    def __init__(self, times: int = _TIMES) -> None:
        self._times = times
        self._kept = times * _LONGEST_LOOP
        self._words: list[str] = []
        self._ends: list[int] = []
        self._count = 0  # of words so far
        self._places: dict[str, int] = {}  # of each word the last
        self._read: int | None = None

    def read(self, text: str, start: int, end: int) -> int | None:
        """Read more of a text; returns where the phrase first ends, once it has come so many times."""
        at = start if self._read is None else max(self._read, start)
        last = max(text.rfind(" ", at, end), text.rfind("\n", at, end)) + 1
        if end < len(text) or text[end - 1 : end] in ".!?。！？" or kind_of(text[end - 1]) == "alone":
            last = end
        if last <= at:
            return None
        self._read = last
        words, ends, places = self._words, self._ends, self._places
        for word, word_end in _placed(text, at, last):
            words.append(word)
            ends.append(word_end)
            self._count += 1
            before = places.get(word)
            places[word] = self._count
            if before is None or self._count - before > _LONGEST_LOOP:
                continue
            if (found := self._found(self._count - before)) is not None:
                return found
        if len(words) > 2 * self._kept:
            del words[: -self._kept], ends[: -self._kept]
        return None

    def _found(self, since: int) -> int | None:
        """Return where the phrase first ends that the last word completes for the last time needed.

        Args:
            since: Words since the same word came last.
        """
        words = self._words
        for period in range(since, min(_LONGEST_LOOP, len(words) // self._times) + 1):
            if words[-1] != words[-1 - period]:
                continue
            size = size_of(words[-period:])
            times = max(self._times, -(-_LOOP_WORDS // max(1, int(size))))
            if len(set(words[-period:])) == 1:
                times = max(times, _ONE_WORD_TIMES // period)
            span = period * times
            if len(words) >= span and all(
                words[-at] == words[-at - period] for at in range(1, span - period + 1)
            ):
                return self._ends[-1 - (span - period)]
        return None


def _placed(text: str, start: int, end: int) -> list[tuple[str, int]]:
    """Return the words of a part of a text, and where each ends."""
    at = start
    placed: list[tuple[str, int]] = []
    for piece in text[start:end].split():
        at = text.index(piece, at) + len(piece)
        words = _words_of_short(piece) if len(piece) <= _SHORT else words_of(piece)
        if len(words) > 1 and kind_of(piece[0]) == "alone":
            found = at - len(piece)
            for word in words:
                found = max(text.find(word, found, at) + len(word), found)
                placed.append((word, found))
        else:
            placed += [(word, at) for word in words]
    return placed


@lru_cache(maxsize=4096)
def _words_of_short(piece: str) -> tuple[str, ...]:
    """Return the words of a short piece without white space, most of which come again and again."""
    return tuple(words_of(piece))
