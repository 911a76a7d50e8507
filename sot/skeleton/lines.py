"""Lines of a skeleton: list items with the lines that continue them, nested lists and blocks of code."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..text.pictures import is_mere_bullet
from .fences import FenceReader
from .inline import are_titles, is_doubtful, split_inline, split_prose
from .items import Item, read_item
from .points import PointCollector
from .scopes import ends_scope
from .sublists import Sublist
from .titles import is_closed, is_open, join_lines, may_continue

_MAX_JOINS = 3


@dataclass(slots=True)
class _PendingPoint:
    """Point whose title may still go on in the next line.

    Args:
        text: Text of the item so far.
        number: The number that the model wrote, else 0.
        open: It looks unfinished.
        joins: Lines joined to it.
        parts: Items that it may be a list of; the next number tells.
    """

    text: str
    number: int
    open: bool
    joins: int = 0
    parts: list[Item] = field(default_factory=list[Item])


class LineReader:
    """Reader of a skeleton's lines, which adds their points to a collector.

    Args:
        points: Collector of the points.
        eager: Complete a point at the end of its line, if it does not look unfinished.

    Attributes:
        analysed: Characters given to the analysis of lines so far.
    """

    def __init__(self, points: PointCollector, *, eager: bool) -> None:
        self.analysed = 0
        self.fences = FenceReader()
        self._points = points
        self._eager = eager
        self.forget()

    def forget(self) -> None:
        """Forget all lines read."""
        self.fences.forget()
        self._pending: _PendingPoint | None = None
        self._first: Item | None = None  # the list's first item, the model of the others
        self._held: dict[tuple[str, int, str], Item] = {}  # items only if a second one like it comes
        self._number = 0  # of the last item, as the model wrote it
        self._section = 0
        self._nested = False  # in a list below a point
        self._sublist = Sublist()
        self._pictures = False  # that items begin with are part of their titles

    @property
    def began(self) -> bool:
        """Whether the list has begun."""
        return self._first is not None

    @property
    def waits(self) -> bool:
        """Whether a point waits for the next line."""
        return self._pending is not None

    @property
    def unfinished(self) -> str | None:
        """Text of the pending point where it looks unfinished, else ``None``."""
        return self._pending.text if self._pending and self._pending.open else None

    def reads_as_item(self, line: str) -> bool:
        """Whether a line, or its beginning, is surely a list item."""
        self.analysed += len(line)
        item = read_item(line)
        return item is not None and item.strength != "weak"

    def begins_next(self, line: str) -> bool:
        """Whether the beginning of a line is surely the next number of the list, with a title begun."""
        first = self._first
        if self.waits or first is None or first.kind != "number" or self.fences.code:
            return False
        self.analysed += len(line)
        item = read_item(line)
        if item is None or not item.text or (item.kind, item.strength) != ("number", "strong"):
            return False
        return item.number == self._number + 1 and item.indent <= first.indent + 1

    def peek(self, char: str, *, indented: bool) -> None:
        """Complete the pending point unless a line's first visible character shows that it may go on here."""
        pending = self._pending
        if pending and not pending.open and not (char.islower() or (indented and char.isalpha())):
            self.complete()

    def blank(self) -> None:
        """Read a blank line."""
        if self._pending and not self._pending.parts:
            self.complete()

    def read(self, line: str) -> bool:
        """Read a line that is not blank; returns whether it is text outside the list, such as prose."""
        self.analysed += len(line)
        if self.fences.read(line, after_list=self.began):
            self.complete()
            return False
        if self.fences.code:
            return self._code_line(line)
        item = None if self.fences.is_comment(line) else self._item(line)
        if item is None:
            self._plain_line(line)
            return not line.lstrip().startswith("|")  # a table's head and rule
        self._resolve_parts(item)
        self.complete()
        if self._is_point(item):
            self._take_item(item)
        return False

    def complete(self) -> None:
        """Add the pending point."""
        if self._pending:
            pending, self._pending = self._pending, None
            if pending.parts and are_titles(pending.parts):
                self._add_all(pending.parts)
            else:
                self._points.add(pending.text, pending.number)

    def finish(self) -> None:
        """Add the pending point at the end of the text, and the list below it if it is the only one."""
        self.complete()
        if len(self._points.points) == 1:
            self._add_all(self._sublist.rest())

    def _item(self, line: str) -> Item | None:
        """Parse the item on a line; ``None`` also for a number that is none in its place."""
        item = read_item(line)
        if item is None:
            return None
        first = self._first
        # "i." is a Roman numeral in a list that began with one, else the ninth letter.
        if item.roman and (first.kind == "roman" if first else item.roman == 1):
            item = replace(item, kind="roman", number=item.roman)
        if item.strength == "strong" or self._is_next(item):
            return self._with_picture(item) if self._pictures and item.family == "picture" else item
        below = first is not None and first.kind not in (
            "bullet",
            "heading",
            "bold",
        )  # "a) by bus" below a point
        return replace(item, kind="bullet") if below else None

    def _is_next(self, item: Item) -> bool:
        """Whether a loose or weak number is in its place in the order of numbers."""
        first = self._first
        if first is not None:
            alike = item.kind in ("number", "word") and "|" not in (item.family, first.family)
            same = item.kind == first.kind and (item.family == first.family or alike)
            follows = item.number in (self._number + 1, 0)
            if item.kind == "decimal":
                follows = item.level == self._section and follows
                follows = follows or (item.level == self._section + 1 and item.number == 1)
            return same and follows and item.indent <= first.indent + 1
        if item.number == 1 and item.strength == "loose":
            return True
        key = (item.kind, item.level, item.family)
        second = item.number == 2 or (item.kind in ("word", "bullet") and item.number == 0)
        if second and (held := self._held.get(key)):
            self._pictures = item.family == "picture" and not is_mere_bullet(item.style, held.style)
            self._first = held
            self._points.add(self._with_picture(held).text if self._pictures else held.text, held.number)
            return True
        if item.number == 1 or item.kind == "bullet":
            self._held[key] = item
        return False

    def _with_picture(self, item: Item) -> Item:
        """Return an item whose picture is part of its title: ``🍎 Fruit``, ``🥦 Greens``."""
        return replace(item, text=f"{item.style} {item.text}")

    def _code_line(self, line: str) -> bool:
        """Read a line of code: only the list's next number, in a block that nothing closed, is an item."""
        item = read_item(line)
        bare = item is not None and item.kind == "number" and item.strength == "strong"
        if item is None or not bare or line.lstrip()[:1] in "#*-/>" or item.style not in (".", ")"):
            return True
        continues = item.number == self._number + 1 and not self.fences.numbered
        self.fences.numbered = True
        if not continues or (self._first and item.indent > self._first.indent + 1):
            return True
        self.fences.forget()
        self._first = self._first or item
        self._take_item(item)
        return False

    def _plain_line(self, line: str) -> None:
        pending = self._pending
        if pending is None:
            if not self._points.points and self._first is None and (items := split_prose(line)):
                self._first = items[0]
                self._take_items(items)
            return
        if pending.parts:
            return
        if not (pending.open or line[:1].islower() or may_continue(line)):
            self.complete()
            return
        pending.text = join_lines(pending.text, line)
        pending.joins += 1
        self._settle(pending)

    def _is_point(self, item: Item) -> bool:
        """Whether an item is a point of the list, not a heading above it or an item below a point."""
        weak = item.kind in ("heading", "bold")
        first = self._first
        if first is None and not weak:
            self._first = item
            return True
        if first is None:
            held = self._held.setdefault((item.kind, item.level, ""), item)
            if held is item:
                return False
            self._first = item
            self._points.add(held.text)
            return True
        if first.kind in ("heading", "bold"):
            return (item.kind, item.level) == (first.kind, first.level)
        if first.kind not in ("number", "bullet"):
            return item.kind == first.kind
        if item.indent <= first.indent + 1:
            self._nested = False
            if self._sublist.takes(item, first, self._number):
                return False
            return item.kind == "number" or (item.kind == first.kind and item.family == first.family)
        # Deeper: a list below a point starts at 1; the next number means that the list drifts to the right.
        self._nested = self._nested or item.number == 0 or item.number != self._number + 1
        return item.kind == "number" and not self._nested

    def _take_item(self, item: Item) -> None:
        if self.fences.read(item.text, after_list=True):  # a point that is nothing but code
            self._number = item.number
            return
        items = split_inline(item)
        if is_doubtful(item, items):
            self._number = item.number
            self._pending = _PendingPoint(item.text, item.number, open=True, parts=items)
            return
        self._section = item.level
        self._take_items(items)

    def _take_items(self, items: list[Item]) -> None:
        self._add_all(items[:-1])
        last = items[-1]
        self._number = last.number or (self._number + 1 if last.kind == "word" else 0)
        heading = last.kind == "heading"  # never goes on in the next line
        self._pending = _PendingPoint(last.text, last.number, open=True, joins=_MAX_JOINS if heading else 0)
        self._settle(self._pending)

    def _add_all(self, items: list[Item]) -> None:
        for item in items:
            self._points.add(item.text, item.number)

    def _resolve_parts(self, item: Item) -> None:
        """Decide by the next item whether the point before it is two on one line."""
        pending = self._pending
        if pending and pending.parts and item.kind == "number" and item.number == pending.number + 1:
            pending.parts = []

    def _settle(self, pending: _PendingPoint) -> None:
        """Decide at the end of a line whether the point is complete or may go on."""
        self.analysed += len(pending.text)
        closed = is_closed(pending.text) or pending.joins >= _MAX_JOINS or ends_scope(pending.text)
        pending.open = not closed and is_open(pending.text)
        if closed or (self._eager and not pending.open):
            self.complete()
