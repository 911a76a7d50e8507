"""JSON in a model's words: found between prose and fences while it is written, and read leniently."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from .strings import has_surrogates, without_surrogates

_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
MOST_SPACE = 8
"""Most characters of white space after a value before the request is left."""

_MOST_DIGITS = 24  # of a number in a row
_MOST_NESTED = 500  # brackets in brackets
_MOST_TRIES = 8  # openings at which the end of a text is searched for JSON
_CLOSERS = {"{": "}", "[": "]"}
_LONGEST_LEAD = 300  # characters before a value that may as well be a string
# Before a value that may as well be a string there is nothing, a fence, or a line that announces it.
_LEAD = re.compile(r'\s*+(?:[^`"]*[:：][ \t]*\n\s*)?(?:```\w*\s*)?')
_REST = " \t\r\n,}"  # what may follow it in the same line
_NEXT_LINE = re.compile(r"[ \t,]*\r?\n")
_OPEN_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?\Z")
_OPEN_NUMBER = re.compile(r"[0-9][.eE]?[-+]?\Z")  # more digits may be missing


def parse_json(text: str) -> Any:
    """Parse JSON as models write it: with line breaks in strings, and commas before closing brackets.

    Raises:
        ValueError: It is no JSON, or has numbers that JSON cannot hold.
    """
    try:
        try:
            value = _loads(text)
        except ValueError:
            value = _loads(_TRAILING_COMMA.sub("", text))
        return _loads(without_surrogates(json.dumps(value, ensure_ascii=False, allow_nan=False)))
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def dump_json(value: Any, level: int = 0, indent: str = "  ") -> str:
    """Return a value as JSON over several lines, as it stands inside so many levels of brackets.

    The text can be encoded: where the value has lone surrogates, they are escaped.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    if has_surrogates(text):
        text = json.dumps(value, allow_nan=False, indent=indent)
    return text.replace("\n", "\n" + indent * level)


class JsonText:
    """Finder of the first JSON object or array in a text that is being written.

    Where a string may be the value as well, a JSON string at the beginning is it, and an object or array
    counts at the beginning alone: brackets in a string, or in words, are no values.

    Args:
        openers: What the value may begin with: ``{``, ``[``, ``"``, or several; none for other values.
        longest: Most characters of a string in it; ``None``: any number.

    Attributes:
        text: The text so far.
        over: Whether the value is complete.
        followed: Whether more than white space follows it. Until then an engine that ends with the value can
            end the request itself, and tell what it cost.
        stuck: Whether it has a number, a string or a nesting that goes on for ever, as small models write
            where a schema holds them.
    """

    def __init__(self, openers: str = "{[", longest: int | None = None) -> None:
        self._openers = openers
        self._strings = '"' in openers
        self._longest = longest
        self._string = 0  # characters of the string that is being read
        self._read = 0  # characters of the text
        self._start: int | None = None  # of the value that may be one
        self._brackets: list[str] = []
        self._in_string = False
        self._escaped = False
        self._found: Any = None
        self._after = ""
        self._safe: tuple[int, str] | None = None  # end of the last whole member, and the brackets then open
        self._digits = 0  # in a row
        self.text = ""
        self.over = False
        self.followed = False
        self.stuck = False

    def feed(self, piece: str) -> None:
        """Take in the next piece."""
        if self.over:
            self._follow(piece)
            return
        self.text += piece
        while not self.over and self._read < len(self.text):
            char = self.text[self._read]
            words = self._in_string or (self._strings and self._start is None)
            self._digits = self._digits + 1 if char.isdigit() and not words else 0
            self._string = self._string + 1 if self._in_string else 0
            too_long = self._longest is not None and self._string > self._longest
            self.stuck = self.stuck or too_long or self._digits > _MOST_DIGITS
            self._char(char)
            self._read += 1
        if self.over:
            rest, self.text = self.text[self._read :], self.text[: self._read]
            self.feed(rest)

    def _follow(self, piece: str) -> None:
        """Take in what follows the value, which may show that it is the beginning of a sentence."""
        self._after += piece
        rest = self._after.strip(_REST if self._strings else None)
        if self.followed:
            return
        if self._strings and len(self._after) > MOST_SPACE and not self._after[: MOST_SPACE + 1].strip(_REST):
            self.followed = True  # whatever stands behind the white space
            return
        apart = not isinstance(self._found, str) and _NEXT_LINE.match(self._after)
        if rest and self._strings and not apart:
            self.text += self._after
            self._openers, self.over, self._read = "", False, len(self.text)
        else:
            self.followed = bool(rest) or len(self._after) > MOST_SPACE

    def values(self, *, cut: bool = False, cut_strings: bool = False) -> Sequence[Any]:
        """Return what the text may mean, the likeliest first; empty where there is no JSON in it.

        Args:
            cut: Whether the text was cut, so that the beginning of a value counts, as far as it is whole.
            cut_strings: Whether a string at its end then counts as it is, where nothing else helps.
        """
        if self.over:
            return (self._found,)
        if cut and self._start is not None:
            return self._begun(self._start, cut_strings=cut_strings)
        found: list[Any] = []
        for candidate in (self.text, self._fenced()):
            if cut and not self.stuck and _OPEN_NUMBER.search(candidate):
                continue
            try:
                found.append(parse_json(candidate.strip()))
                break
            except ValueError:
                continue
        return found if self._strings else [*found, *self._inside()]

    def _fenced(self) -> str:
        """Return what stands between the first fences; only those around all where a string may be meant."""
        parts = self.text.split("```")
        around = len(parts) == 3 and not parts[2].strip() and _LEAD.fullmatch(parts[0]) is not None
        return parts[1].partition("\n")[2] if around or (len(parts) >= 3 and not self._strings) else self.text

    def _inside(self) -> Iterator[Any]:
        """Yield the values that stand in a text."""
        at, decoder = 0, json.JSONDecoder(strict=False)
        for _ in range(_MOST_TRIES):
            starts = [self.text.find(opener, at) for opener in self._openers]
            if not (starts := [start for start in starts if start >= 0]):
                break
            at = min(starts) + 1
            try:
                _, end = decoder.raw_decode(self.text, at - 1)
                yield parse_json(self.text[at - 1 : end])
            except (ValueError, RecursionError):
                continue

    def _begun(self, start: int, *, cut_strings: bool) -> Sequence[Any]:
        """Return what the value that has begun may be, its brackets closed, the likeliest first.

        A number that may have gone on is left out.
        """
        if self._too_deep:
            return ()
        brackets, ends = "".join(self._brackets), list[tuple[str, str]]()
        text = self.text[start:]
        if not self._in_string and not (_OPEN_NUMBER.search(text) and not self.stuck):
            ends.append((text, brackets))
        if self._safe is not None:
            ends.append((self.text[start : self._safe[0]], self._safe[1]))
        if self._in_string and cut_strings:
            ends.append((_OPEN_ESCAPE.sub(r"\1", text) + '"', brackets))
        found: list[Any] = []
        for head, open_brackets in ends:
            with contextlib.suppress(ValueError):
                found.append(parse_json(head + open_brackets[::-1]))
                if not self._in_string:
                    break
        return found

    def _char(self, char: str) -> None:
        if self._start is None:
            if self._opens(char):
                self._start, self._in_string = self._read, char == '"'
                self._brackets = [] if self._in_string else [_CLOSERS[char]]
                self._safe = None if self._in_string else (self._read + 1, _CLOSERS[char])
        elif self._in_string:
            if self._escaped or char == "\\":
                self._escaped = not self._escaped
            elif char == '"':
                self._in_string = False
                if not self._brackets:
                    self._end(self._start)
        elif char == '"':
            self._in_string = True
        elif char == ",":
            self._safe = self._read, "".join(self._brackets)
        elif char in _CLOSERS:
            self._brackets.append(_CLOSERS[char])
            self.stuck = self.stuck or self._too_deep
            self._safe = None if self._too_deep else (self._read + 1, "".join(self._brackets))
        elif char == self._brackets[-1]:
            self._brackets.pop()
            if not self._brackets:
                self._end(self._start)
        elif char in "}]":  # no JSON after all
            self._start = None

    @property
    def _too_deep(self) -> bool:
        return len(self._brackets) > _MOST_NESTED

    def _opens(self, char: str) -> bool:
        """Return whether a character opens the value."""
        if char not in self._openers or not self._strings:
            return char in self._openers
        lead = self.text[: self._read] if self._read <= _LONGEST_LEAD else "…"
        return not lead.strip() if char == '"' else _LEAD.fullmatch(lead) is not None

    def _end(self, start: int) -> None:
        """Look at the value whose brackets are all closed."""
        self._start = None
        try:
            self._found = parse_json(self.text[start : self._read + 1])
        except ValueError:
            return
        self.over = True


def _loads(text: str) -> Any:
    return json.loads(text, strict=False, parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
