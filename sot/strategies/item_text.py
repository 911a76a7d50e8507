"""Texts of one given item's answer: without a preface, or the item that the model writes once more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..text.answer_text import AnswerText
from ..text.control_tokens import leading_tokens
from ..types import FinishReason
from .part_request import PartDelta, PartReader, PartText

# Beginnings of a line that announces the answer, if the line ends in a colon.
_PREFACES = (
    *("here is", "here's", "here are", "sure", "certainly", "of course", "okay", "ok", "the translation"),
    *("the answer", "the correct", "the rewritten", "translation", "answer"),
    *("以下", "はい、", "はい。", "はい！", "もちろん", "承知", "翻訳", "回答"),
    *("好的，", "好的。", "好的！", "当然，", "当然。", "当然！", "翻译", "答案"),
)
_PREFACE_CHARS = 160
_PREFACE = re.compile(f"(?:{'|'.join(map(re.escape, _PREFACES))})(?![a-z0-9])")  # "ok", but not "okra"
_COLON = (":", "：")
_OPENS = " \t#*_\"“「'"  # marks before an item that the model repeats
_CLOSES = re.compile(r"([*_\"”」']*[ \t]*)(?:[:：]|[-–—→=](?=\s)|\n)[*_]*\s*")
_MARK_ROOM = 12  # characters of marks around it


@dataclass(frozen=True, slots=True)
class ItemStyle:
    """Way in which the answer to one item is read.

    Args:
        mark: The item's own mark; the answer need not repeat it before the item.
        item: First line of the item.
        labelled: Whether the item stands before its answer, which then need not repeat it.
        prefaced: Whether a first line that announces the answer is none of it.
        others: Beginnings of lines with which a model goes on with another item.
        max_tokens: Token limit of the answer.
        label: Gives what stands before an answer by its first line; ``None``: nothing.
    """

    mark: str = ""
    item: str = ""
    labelled: bool = False
    prefaced: bool = True
    others: tuple[str, ...] = ()
    max_tokens: int = 1
    label: Callable[[str], str] | None = None


class ItemText:
    """Text of one item's answer: its part of a completion, without preface and repeated item.

    Args:
        index: The item's number among the parts.
        style: How it is read.
    """

    def __init__(self, index: int, style: ItemStyle) -> None:
        self._index = index
        self._style = style
        self._text = AnswerText(style.others)
        self._head: str | None = ""  # until it is known with what the answer begins
        self._prefix: str | None = None if style.label else ""
        self._unlabelled = ""

    @property
    def full(self) -> bool:
        """Whether the rest of the completion does not matter."""
        return self._text.full

    def feed(self, piece: str) -> str:
        """Append text; returns what may be shown now."""
        if self._head is not None:
            self._head = (self._head + piece).lstrip()
            begin = self._begin(final=False)
            if begin is None:
                return ""
            piece, self._head = self._head[begin:], None
        return self._labelled(self._text.feed(piece))

    def finish(self, reason: FinishReason | None, shown: int) -> PartText:
        """End the text; see `PartReader.finish`."""
        if self._head is not None:
            self._text.feed(self._head[self._begin(final=True) or 0 :])
            self._head = None
        prefix = self._prefix or ""
        text, ending = self._text.finish("stop" if self.full else reason, shown=max(0, shown - len(prefix)))
        if ending == "empty":
            return PartText(self._index, "", ending)
        if self._prefix is None and self._style.label is not None:
            prefix = self._style.label(text.split("\n", 1)[0])
        return PartText(self._index, prefix + text, ending)

    def _begin(self, *, final: bool) -> int | None:
        """Return where the answer begins in the head; ``None`` while that is not known."""
        head = self._head or ""
        at = leading_tokens(head, final=final)
        for find in (self._preface_end, self._mark_end, self._label_end):
            if at is None:
                return None
            at += len(head[at:]) - len(head[at:].lstrip())
            if at == len(head) and not final:
                return None
            end = find(head[at:], final=final)
            at = None if end is None else at + end
        if at is not None and final and not head[at:].strip():
            return 0  # nothing follows: it is the answer itself
        return at if at is None or final or head[at:].strip() else None

    def _preface_end(self, head: str, *, final: bool) -> int | None:
        """Return where a line that announces the answer ends: 0 without one, ``None`` while undecided."""
        if not self._style.prefaced:
            return 0
        begun = head[:_PREFACE_CHARS].lower()
        if not final and any(preface.startswith(begun) for preface in _PREFACES):
            return None
        if not _PREFACE.match(begun):
            return 0
        line, newline, _ = head.partition("\n")
        if not newline:
            return 0 if final or len(line) > _PREFACE_CHARS else None
        announces = len(line) <= _PREFACE_CHARS and line.rstrip("*_ \r").endswith(_COLON)
        return len(line) + 1 if announces else 0

    def _mark_end(self, head: str, *, final: bool) -> int | None:
        """Return where the item's own mark ends before the item written again: 0 without it."""
        mark, item = self._style.mark, self._style.item
        if not mark or not item:
            return 0
        for space in (" ", ""):
            again = f"{mark}{space}{item}"
            if head.startswith(again):
                return len(mark) + len(space)
            if not final and again.startswith(head):
                return None
        return 0

    def _label_end(self, head: str, *, final: bool) -> int | None:
        """Return where the item itself ends, with a colon or the like, where it stands there as a label."""
        if not self._style.labelled:
            return 0
        item = self._style.item.casefold()
        bare = head.lstrip(_OPENS)
        begun = bare.casefold()
        opened = len(head) - len(bare)
        if opened > _MARK_ROOM or not (begun.startswith(item) or item.startswith(begun)):
            return 0
        if len(begun) <= len(item):
            return 0 if final else None
        closed = _CLOSES.match(bare, len(item))
        if closed is not None and len(closed[1]) < _MARK_ROOM:
            return opened + closed.end() if closed.end() < len(bare) else 0 if final else None
        undecided = not final and len(bare) - len(item) <= _MARK_ROOM and not bare[len(item)].isalnum()
        return None if undecided else 0

    def _labelled(self, shown: str) -> str:
        """Put the label before the text, once its first line is whole."""
        if self._prefix is not None or self._style.label is None:
            return shown
        self._unlabelled += shown
        line, newline, _ = self._unlabelled.partition("\n")
        if not newline:
            return ""
        self._prefix = self._style.label(line)
        return self._prefix + self._unlabelled


class AloneReader(PartReader):
    """Reader of a request with one item."""

    def __init__(self, index: int, style: ItemStyle) -> None:
        self._index = index
        self._text = ItemText(index, style)

    @property
    def full(self) -> bool:
        return self._text.full

    def feed(self, piece: str, tokens: int) -> Iterable[PartDelta | PartText]:
        if shown := self._text.feed(piece):
            yield PartDelta(self._index, shown)

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterable[PartText]:
        yield self._text.finish(reason, shown(self._index))
