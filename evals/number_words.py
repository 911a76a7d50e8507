"""Numbers written as English words."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SPELLED = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
"""
_VALUES: dict[str, int] = dict(zip(_SPELLED.split(), (*range(20), *range(20, 100, 10)), strict=True))
_POWERS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ANY = "|".join((*_VALUES, "hundred", *_POWERS))
_RUN = re.compile(
    rf"\b(?P<sign>(?:minus|negative)\s+)?(?P<words>(?:{_ANY})(?:(?:\s+and\s+|[\s-]+)(?:{_ANY}))*)\b",
    re.IGNORECASE,
)
_WORD = re.compile(rf"\b(?:{_ANY})\b", re.IGNORECASE)

_State = tuple[int, int]  # of a number so far: what a power has closed (two thousand), and what none has


def find_number_words(text: str) -> Iterator[tuple[int, str]]:
    """All numbers that a text writes as words, in order: the value, and how it stands there.

    Args:
        text: Any text.
    """
    before = -1  # where the run before ended
    for run in _RUN.finditer(text):
        # Between two numbers "minus" subtracts.
        sign = "" if before >= 0 and not text[before : run.start()].strip() else run["sign"] or ""
        for value, words in _numbers(run["words"]):
            yield (-value if sign else value), f"{sign}{words}"
            sign = ""
        before = run.end()


def _numbers(run: str) -> Iterator[tuple[int, str]]:
    """The numbers in a run of number words: a word that cannot go on with the number before it begins one."""
    state: _State | None = None
    start = end = 0
    for found in _WORD.finditer(run):
        word = found[0].casefold()
        if not word.isascii():  # sıx, which is i to a pattern that takes small and capital letters alike
            continue
        joined = None if state is None else _joined(state, word)
        if joined is None:
            if state is not None:
                yield sum(state), run[start:end]
            start, joined = found.start(), _begun(word)
        state, end = joined, found.end()
    if state is not None:
        yield sum(state), run[start:end]


def _begun(word: str) -> _State:
    power = _POWERS.get(word)
    return (power, 0) if power is not None else (0, _VALUES.get(word, 100))


def _joined(state: _State, word: str) -> _State | None:
    """A number with one more word; ``None`` where the word does not go on with it."""
    closed, part = state
    power = _POWERS.get(word)
    if power is not None:
        return (closed + part * power, 0) if part and closed % (power * 1000) == 0 else None
    if word == "hundred":
        return (closed, part * 100) if 0 < part < 10 else None
    value = _VALUES[word]
    if part == 0:
        fits = closed > 0  # a thousand five
    elif part % 100 == 0:
        fits = True  # a hundred and five
    else:
        fits = part % 100 >= 20 and part % 10 == 0 and value < 10  # twenty-four
    return (closed, part + value) if fits and value else None
