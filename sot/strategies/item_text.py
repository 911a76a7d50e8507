"""Readers of the answers to given items: one item's request, and that of a group, read back by numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..text.point_text import PointText
from ..text.repetition import Said
from ..types import FinishReason
from .part_request import PartDelta, PartReader, PartText

# Beginnings of a line that announces the answer, if the line ends in a colon.
_PREFACES = (
    *("here is", "here's", "here are", "sure", "certainly", "of course", "okay", "ok", "the translation"),
    *("the answer", "the correct", "the rewritten", "translation", "answer"),
    *("以下", "はい", "もちろん", "承知", "翻訳", "回答", "好的", "当然", "翻译", "答案"),
)
_PREFACE_CHARS = 160
_SYMBOLS = 3  # characters of an answer without letters and digits
_COLON = (":", "：")
_NUMBER = re.compile(r"\s{0,3}[*_]{0,2}[(（]?(?P<n>\d{1,3})[.．):：）、][*_]{0,2}(?:\s+|(?=[^\s\d]))")
_MAYBE_NUMBER = re.compile(r"\s{0,3}[*_]{0,2}[(（]?(?:\d{1,3}(?:[.．):：）、][*_]{0,2})?)?")


@dataclass(frozen=True, slots=True)
class ItemStyle:
    """How the answer to one item is read.

    Args:
        mark: The item's own mark, which the answer need not repeat.
        title: Text that it need not repeat behind it; empty: none.
        one_paragraph: Whether the answer ends where a blank line and something else follow.
        sentences: Most sentences asked for; ``None``: no number.
        max_tokens: Token limit of the answer.
        label: Gives what stands before an answer by its first line; ``None``: nothing.
    """

    mark: str
    title: str
    one_paragraph: bool
    sentences: int | None
    max_tokens: int
    label: Callable[[str], str] | None = None


class _ItemText:
    """Text of one item's answer: its part of a completion, without preface, number or repeated item."""

    def __init__(self, index: int, style: ItemStyle) -> None:
        self._index = index
        self._mark = style.mark
        self._label = style.label
        self._text = PointText(
            index,
            style.title,
            style.sentences,
            ends=("\n\n",) if style.one_paragraph else (),
            said=Said(),
        )
        self._text.begin(style.max_tokens)
        self._head: str | None = ""  # until it is known whether it is a preface or the item's mark
        self._seen = ""  # beginning of the text, as it came
        self._prefix: str | None = None if style.label else ""
        self._unlabelled = ""
        self.given = 0  # characters shown

    @property
    def full(self) -> bool:
        return self._text.full

    def feed(self, piece: str, tokens: int) -> str:
        """Append text; returns what may be shown now."""
        if len(self._seen) <= _SYMBOLS:
            self._seen = (self._seen + piece).lstrip()
        if self._head is not None:
            self._head += piece
            if not self._decide(final=False):
                return ""
            piece, self._head = self._head, None
        shown = self._labelled(self._text.feed(piece, tokens), final=False)
        self.given += len(shown)
        return shown

    def finish(self, reason: FinishReason | None, shown: int) -> PartText:
        """End the text; see `PartReader.finish`."""
        if self._head is not None:
            self._decide(final=True)
            self._text.feed(self._head, 0)
            self._head = None
        prefix = self._prefix or ""
        text, ending = self._text.finish(reason, shown=max(0, shown - len(prefix)))
        symbols = self._seen.strip()
        if ending == "empty" and 0 < len(symbols) <= _SYMBOLS and reason == "stop":  # such as "+" or "✓"
            return PartText(self._index, symbols, "whole")
        if ending != "empty" and self._prefix is None and self._label is not None:
            prefix = self._label(text.split("\n", 1)[0])
        return PartText(self._index, prefix + text if ending != "empty" else text, ending)

    def _decide(self, *, final: bool) -> bool:
        """Drop a preface that ends in a colon, and the item's mark; returns whether that is decided."""
        assert self._head is not None
        self._head = self._head.lstrip()
        if not self._head:
            return False
        begun = self._head[:_PREFACE_CHARS].lower()
        if not final and any(preface.startswith(begun) for preface in _PREFACES):
            return False
        if begun.startswith(_PREFACES):
            line, newline, rest = self._head.partition("\n")
            if not newline and not final and len(line) <= _PREFACE_CHARS:
                return False
            if newline and line.rstrip("*_ ").endswith(_COLON):
                self._head = rest.lstrip()
        return self._drop_mark(final=final)

    def _drop_mark(self, *, final: bool) -> bool:
        """Drop the item's mark at the beginning; returns whether more text cannot change that."""
        assert self._head is not None
        head, mark = self._head, self._mark
        if mark and not final and len(head) <= len(mark) and mark.startswith(head):
            return False
        if mark and head.startswith(mark) and (head[len(mark) :][:1].isspace() or not mark.isascii()):
            self._head = head[len(mark) :].lstrip()
        return bool(self._head) or final

    def _labelled(self, shown: str, *, final: bool) -> str:
        """Put the label before the text, once its first line is whole."""
        if self._prefix is not None or self._label is None:
            return shown
        self._unlabelled += shown
        line, newline, _ = self._unlabelled.partition("\n")
        if not newline and not final:
            return ""
        self._prefix = self._label(line)
        return self._prefix + self._unlabelled


class AloneReader(PartReader):
    """Reader of a request with one item."""

    def __init__(self, index: int, style: ItemStyle) -> None:
        self._index = index
        self._text = _ItemText(index, style)

    @property
    def full(self) -> bool:
        return self._text.full

    def feed(self, piece: str, tokens: int) -> Iterable[PartDelta | PartText]:
        if shown := self._text.feed(piece, tokens):
            yield PartDelta(self._index, shown)

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterable[PartText]:
        yield self._text.finish("stop" if self._text.full else reason, shown(self._index))


class GroupReader(PartReader):
    """Reader of a request with several items, which are told apart by their numbers from 1.

    What stands before the first number is dropped, and so is a number that is not one of the next; an item
    whose number is left out has no text. Without any number, as many lines as items are taken for them.
    """

    def __init__(self, indexes: Sequence[int], styles: Sequence[ItemStyle]) -> None:
        self._indexes = tuple(indexes)
        self._styles = tuple(styles)
        self._place = 0  # number of the item under way; 0 before the first
        self._text: _ItemText | None = None
        self._line: str | None = ""  # start of a line, until it is known whether a number begins it
        self._preface: list[str] = []
        self._over = False  # the model goes on with items that nobody gave

    @property
    def full(self) -> bool:
        if self._over:
            return True
        return self._place == len(self._indexes) and self._text is not None and self._text.full

    def feed(self, piece: str, tokens: int) -> Iterable[PartDelta | PartText]:
        for part in piece.splitlines(keepends=True):
            yield from self._feed(part, tokens)
            tokens = 0

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterable[PartText]:
        if self._line:
            line, self._line = self._line, None
            if (number := self._number(line)) is not None:
                yield from self._begin(number)
                line = line[_end(line) :]
            for _ in self._pass_on(line, 0):  # what it shows comes with the final text
                pass
        if self._text is not None:
            index = self._indexes[self._place - 1]
            yield self._text.finish("stop" if self.full else reason, shown(index))
        elif reason == "stop":
            yield from self._by_lines()

    def _feed(self, part: str, tokens: int) -> Iterable[PartDelta | PartText]:
        if self._over:
            return
        if self._line is not None:
            self._line += part
            if not part.endswith("\n") and _MAYBE_NUMBER.fullmatch(self._line):
                return
            part, self._line = self._line, None
            if (number := self._number(part)) is not None:
                yield from self._begin(number)
                part = part[_end(part) :]
        yield from self._pass_on(part, tokens)
        if part.endswith("\n"):
            self._line = ""

    def _number(self, line: str) -> int | None:
        """Return the number that begins a line, if it is that of an item still to come."""
        found = _NUMBER.match(line)
        if found is None:
            return None
        number, count = int(found["n"]), len(self._indexes)
        self._over = self._place == count and number == count + 1
        return number if self._place < number <= count else None

    def _begin(self, number: int) -> Iterable[PartText]:
        if self._text is not None:
            yield self._text.finish("stop", self._text.given)
        self._place = number
        self._text = _ItemText(self._indexes[number - 1], self._styles[number - 1])

    def _pass_on(self, part: str, tokens: int) -> Iterable[PartDelta]:
        if self._over:
            return
        if self._text is None:
            self._preface.append(part)
        elif shown := self._text.feed(part, tokens):
            yield PartDelta(self._indexes[self._place - 1], shown)

    def _by_lines(self) -> Iterable[PartText]:
        lines = [line for line in "".join(self._preface).splitlines() if line.strip()]
        if len(lines) == len(self._indexes):
            for index, style, line in zip(self._indexes, self._styles, lines, strict=True):
                text = _ItemText(index, style)
                text.feed(line, 0)
                yield text.finish("stop", 0)


def _end(line: str) -> int:
    found = _NUMBER.match(line)
    return found.end() if found else 0
