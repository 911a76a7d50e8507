"""Headings of points as models write them: "2. **Title**:", "Point 2: Title", "- Title -", "二、Title"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .number_words import LABELS, spelled
from .overview import begins_overview

_LEAD = " \t\r\n\u00a0\u3000#*_>•·-+–—\"“„«「『【《〈'‘(["
_CLOSE = "*_~`\"”»」』】》〉'’)]"
_SUFFIXES = frozenset(
    """
    st nd rd th er ère e ème º ª ° o a 番目 番 つ目 点 點 个 個 項 项 条 步 位 章 목 번째 번
    """.split()  # noqa: SIM905 - thirty quoted words would be harder to read
)
_LONGEST_WORD = 24  # characters of a word that are looked at
_COUNTERS = frozenset(["点", "點", "个", "個", "項", "项", "条", "目", "步"])
_DASHES = "–—―→|"
_APPOSITION = "-–—―"
_LONGEST_APPOSITION = 120  # characters
_SENTENCE_MARKS = ".。!?।"


_NUMBER = re.compile(r"\s*(?:\*\*|__)?(\d{1,3})[.):．）、]")
_MAYBE_NUMBER = re.compile(r"\s*[*_]{0,2}\d{0,3}")
_ANY_NUMBER = re.compile(r"[\s#>*_(]*(\d{1,3})([.):．）、\s])")
_PLAIN = {"\ufe0f": "", "\u20e3": ")", "︓": ":", "∶": ":", "－": "-"}  # with the marks of a keycap digit


class Undecided(Exception):
    """Signal that more text is needed to tell whether a heading stands there."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading found at the start of a text.

    Args:
        end: Position after it, its separator and the white space that follows.
        kind: Whether it has the title, or is the number alone.
        marked: Whether a number, a list mark or emphasis stands before the title.
        mark: What separates it from the text: ``:``, a line break, a dash, a full stop; empty: nothing.
    """

    end: int
    kind: Literal["title", "number"]
    marked: bool
    mark: str


def read_heading(
    text: str,
    index: int | None,
    title: str,
    *,
    final: bool,
    following: str = "",
    any_number: bool = False,
    outlined: bool = False,
) -> Heading | None:
    """Read a point's heading at the start of a text; ``None``: there is none.

    Args:
        text: The text.
        index: Number of the point, whose text this is; ``None``: a line of any point's text.
        title: Its title; empty: only the number is looked for.
        final: Whether the text is complete.
        following: Title of the following point; empty where it is not known.
        any_number: Whether another number than the point's own may stand before its title.
        outlined: Whether the outline stood before the text, so that 1 begins no list of the point's own.

    Raises:
        Undecided: More text is needed; only without ``final``.
    """
    reader = _Reader(text, index, title, final=final)
    found = reader.heading()
    if found is None and any_number:
        found = reader.misnumbered(outlined=outlined)
    if found is None or index is None or found.kind != "title":
        return found
    overview = begins_overview(text, following, final=final)
    if overview is None:
        raise Undecided
    return None if overview else found


class _Reader:
    """Recogniser of one heading in a text whose width and case are folded."""

    def __init__(self, text: str, index: int | None, title: str, *, final: bool) -> None:
        self._source = text
        self._text, self._positions = _fold(text)
        self._index = index
        self._title = _fold(title.strip())[0]
        self._letters = "".join(filter(str.isalnum, self._title))
        self._final = final
        self._any_number = False

    def misnumbered(self, *, outlined: bool) -> Heading | None:
        """Read a heading of the point's title behind a number in digits that is not its own.

        A number without a mark may count what the title names ("3 eggs"); 1 begins a list of the point's own.
        """
        number = _ANY_NUMBER.match(self._source)
        if number is not None:
            begins_list = int(number[1]) == 1 and self._index != 1 and not outlined
            if number[2].isspace() or begins_list:
                return None
        self._any_number = True
        found = self.heading()
        if found is None or found.kind != "title" or (found.mark == "\n" and self._begins_list(found.end)):
            return None
        return found

    def _begins_list(self, end: int) -> bool:
        """Whether the next number follows: the line is the first item of a list of the point's own."""
        if (number := _NUMBER.match(self._source)) is None:
            return False
        following = _NUMBER.match(self._source, end)
        if not self._final and _MAYBE_NUMBER.fullmatch(self._source, end):
            raise Undecided
        return following is not None and int(following[1]) == int(number[1]) + 1

    def heading(self) -> Heading | None:
        start = self._skip(0, _LEAD)
        self._at(start)
        lead = self._text[:start]
        end = self._title_end(start)
        if end is not None and (found := self._separated(end, lead)) is not None:
            return found
        number = self._number(start)
        if number is None:
            return None
        after, labelled, sign = number
        title_start = self._skip(after, _LEAD)
        if self._letters:
            self._at(title_start)
            end = self._title_end(title_start)
            if end is not None:
                opened = lead + self._text[after:title_start]
                if (found := self._separated(end, opened, numbered=True)) is not None:
                    return found
        allowed = ".:、।-–—\n)" if labelled else ".:、।)" if self._digit(start) else ":"  # not "One. …"
        alone = self._alone(after) if sign and sign in allowed else None
        return None if alone is None else Heading(self._positions[alone], "number", True, sign)

    def _at(self, at: int) -> str:
        """Return the character there; empty at the end of a complete text."""
        if at < len(self._text):
            return self._text[at]
        if self._final:
            return ""
        raise Undecided

    def _original(self, at: int) -> str:
        """Return the character there as it was written."""
        position = self._positions[at]
        return self._source[position : position + 1]

    def _skip(self, at: int, characters: str) -> int:
        while at < len(self._text) and self._text[at] in characters:
            at += 1
        return at

    def _word(self, at: int, words: frozenset[str]) -> int | None:
        """Return where the longest of the words that stands there ends."""
        beginnings, lengths = _index_of(words)
        rest = self._text[at : at + _LONGEST_WORD]
        if not self._final and rest in beginnings:
            raise Undecided
        found = next((length for length in lengths if length <= len(rest) and rest[:length] in words), 0)
        return at + found if found else None

    def _title_end(self, at: int) -> int | None:
        """Return where the title that stands there ends, whatever marks are between its letters."""
        if not self._letters:
            return None
        found = 0
        while found < len(self._letters):
            character = self._at(at)
            if character.isalnum():
                if character != self._letters[found]:
                    return None
                found += 1
            elif not character or (character == "\n" and not found):
                return None
            at += 1
        tail = self._title[max(map(self._title.rfind, self._letters)) + 1 :]
        if tail and self._text.startswith(tail, at):
            return at + len(tail)
        return at

    def _separated(self, at: int, lead: str, *, numbered: bool = False) -> Heading | None:
        """Return the heading whose title ends there, if a separator follows."""
        marked = numbered or any(character in "#*_-+•" for character in lead)
        bold = "*" in lead or "_" in lead
        closed = self._skip(at, _CLOSE)
        closes = bold and any(character in "*_" for character in self._text[at:closed])
        self._at(closed)
        after = self._skip(closed, " \t\u00a0\u3000")
        character = self._at(after)
        mark: str | None = None
        if character in ("", "\n", "\r"):
            mark, end = "\n", after
        elif character == ":" or character in _DASHES:
            mark, end = character, after + 1
        elif character == "-" and after > closed and self._at(after + 1).isspace():
            mark, end = "-", after + 1
        elif character in _SENTENCE_MARKS and after == closed:
            end = self._skip(after + 1, _CLOSE)
            if character == "。" or self._at(end) in ("", " ", "\n", "\t", "\r"):
                mark = character
                self._at(end)
        elif closes and after > closed and self._original(after).isupper():
            mark, end = "", after
        else:
            return None
        if mark is None:
            return None
        if mark in _APPOSITION and "#" not in lead and self._goes_on(end, spaced=after > closed):
            return None
        if bold and not closes:
            end = self._skip(end, "*_")
        return Heading(self._positions[self._skip(end, " \t\r\n\u00a0\u3000")], "title", marked, mark)

    def _goes_on(self, at: int, *, spaced: bool) -> bool:
        """Whether a sentence goes on after a dash: "Sleep — the best medicine — costs nothing."

        So it does where a second dash like the first comes, unless a capital letter begins another sentence.
        """
        at = self._skip(at, _APPOSITION + " \t\u00a0\u3000")
        if not self._at(at) or self._original(at).isupper():
            return False
        for place in range(at, at + _LONGEST_APPOSITION):
            character = self._at(place)
            if character in ("", "\n", "。"):
                return False
            before, after = self._text[place - 1], self._at(place + 1)
            if character in _SENTENCE_MARKS and (not after or after.isspace()):
                return False
            if character not in _APPOSITION:
                continue
            if spaced and before.isspace() and after.isspace():
                return True
            if not spaced and character != "-" and not before.isspace() and not after.isspace():
                return not (before.isdigit() and after.isdigit())
        return False

    def _number(self, at: int) -> tuple[int, bool, str] | None:
        """Return the end of a number with its marks, whether a word stands before it, and its separator."""
        label = self._label(at)
        at = at if label is None else label
        at = self._skip(at, "#(")
        end = self._digits(at)
        if end is None:
            if self._index is None or self._any_number:
                return None
            if (end := self._word(at, spelled(self._index))) is None:
                return None
            end = self._word(end, _COUNTERS) or end
            if self._at(end).isalpha():
                return None
            label = label or (end if self._text[at] > "\u2e7f" else None)
        labelled = label is not None or self._text[at - 1 : at] == "#"
        closed = self._skip(end, "\\)]】*_")
        sign_at = self._skip(closed, " ")
        sign = self._at(sign_at)
        if sign and sign in ".:、,।-–—\n":
            if sign == "." and end == closed and self._at(sign_at + 1).isdecimal():
                return None  # 2.5 million
            return self._skip(sign_at + 1, "*_"), labelled, sign
        if any(bracket in self._text[end:closed] for bracket in ")]】"):
            return closed, labelled, ")"
        return (closed, labelled, "") if sign_at > closed or labelled else None

    def _label(self, at: int) -> int | None:
        """Return where a word such as "Point", with the marks before its number, ends."""
        end = self._word(at, LABELS)
        if end is None:
            return None
        following = self._at(end)
        if following.isalpha() and self._text[end - 1].isascii():
            return None
        return self._skip(end, " .#°º\u00a0\u3000")

    def _digits(self, at: int) -> int | None:
        """Return where the number of the point, written in digits, ends."""
        end = at
        while (character := self._at(end)) and character.isdecimal():
            end += 1
        if end == at or end - at > 3:
            return None
        if self._index is not None and not self._any_number and int(self._text[at:end]) != self._index:
            return None
        suffix = self._word(end, _SUFFIXES)
        if suffix is not None and (not self._text[suffix - 1].isalpha() or not self._at(suffix).isalpha()):
            return suffix
        return end

    def _digit(self, at: int) -> bool:
        at = self._skip(at, "#(")
        return self._text[at : at + 1].isdecimal()

    def _alone(self, after: int) -> int | None:
        """Return the end of a number without a title, where it is surely a heading's."""
        following = self._at(after)
        wide = self._original(after - 1) > "\u2e7f" or following > "\u2e7f"
        if following and not following.isspace() and not wide:
            return None
        return self._skip(after, " \t\r\n\u00a0\u3000")


@lru_cache(maxsize=16)  # a line is read once for each title, and each title with every line
def _fold(text: str) -> tuple[str, list[int]]:
    """Return a text in one width and case, and the position of each of its characters in the original."""
    folded: list[str] = []
    positions: list[int] = []
    for at, character in enumerate(text):
        if (plain := _PLAIN.get(character)) is None:
            plain = unicodedata.normalize("NFKC", character).casefold() or character
            if character.isdecimal():
                plain = str(int(character))
            elif character.isdigit() and plain.isdecimal():
                plain += ")"  # a circled digit is a whole mark
        folded.append(plain)
        positions += [at] * len(plain)
    return "".join(folded), [*positions, len(text)]


@lru_cache(maxsize=64)
def _index_of(words: frozenset[str]) -> tuple[frozenset[str], list[int]]:
    """Return the beginnings of words that are no whole word yet, and the words' lengths, longest first."""
    seen = {word[:end] for word in words for end in range(min(len(word), _LONGEST_WORD + 1))}
    return frozenset(seen), sorted({len(word) for word in words}, reverse=True)
