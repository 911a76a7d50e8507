"""Incremental parser of a streamed skeleton, the short list of points that a model writes first.

When a point is complete
------------------------
The reader of the answer waits for the first point, so a point is emitted as soon as its title cannot
change any more, and once emitted it never changes:

* at the end of its line, if the line leaves no doubt: it ends a sentence, is a whole bold title, or
  is ``Title: explanation``;
* else at the first visible character of the next line, which shows whether the line goes on there
  (one token later than the line's end): it may if that character is a lower-case letter, or any
  letter after an indent. Then the end of that line decides: a line that reads like the rest of a
  title is joined, an explanation is ignored;
* a line that looks unfinished (it ends with a comma, a hyphen or a joining word such as ``of the``,
  or a bracket or bold part is open) waits for the whole next line, and is joined with it unless that
  is a list item;
* in any case at a blank line, at the next list item and at the end of the text.

With ``eager=True`` a line that does not look unfinished is complete at its end, without waiting.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ConfigError
from ..text.thinking import Parts, ThoughtSplitter
from ..types import Point, Skeleton
from .items import Item, read_item, split_inline, split_prose
from .json_list import JsonReader
from .tags import TagFilter
from .titles import is_closed, is_open, join_lines, make_title, may_continue, title_key

MAX_POINTS = 10
MAX_TITLE_CHARS = 120
PROSE_CHARS = 200
PROSE_LINES = 4

_MAX_LINE = 4000  # characters of a line; the rest is not read
_MAX_JOINS = 3
_ITEM_SHOWS = 40  # characters after which it is known whether a line is an item
_MAX_BLANKS = 200
_MAX_DROPPED = 1000  # repeated and empty points after which the parser gives up
_NEWLINES = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


@dataclass(slots=True)
class _PendingPoint:
    """Point whose title may still go on in the next line."""

    text: str
    open: bool
    joins: int = 0


class SkeletonParser:
    """Incremental parser of a skeleton that arrives in pieces.

    How the text is cut into pieces makes no difference. No text makes it raise, its time is proportional
    to the text's length, and its memory is bounded.

    Args:
        max_points: Most points; further ones are ignored.
        max_title_chars: Most characters of a title.
        eager: Complete a point at the end of its line, if it does not look unfinished, without a
            look at the next line (see above).
        in_thinking: The text begins inside a thinking block, as with chat templates that open it.

    Raises:
        ConfigError: ``max_points`` or ``max_title_chars`` is below 1.

    Attributes:
        repeated: The model has written a point a second time (it was dropped): time to stop it.
        discarded: How many times emitted points were discarded, since a closing mark of thoughts came that
            nothing had opened. Numbers start again at 1 then.
        ended: Nothing that follows is read, unless what came turns out to be thoughts: ``full``, a JSON list
            is closed, a thousand points were dropped, or the text was closed.
        analysed: Characters given to the analysis of lines so far, at most a few times the text's.
    """

    def __init__(
        self,
        max_points: int = MAX_POINTS,
        max_title_chars: int = MAX_TITLE_CHARS,
        *,
        eager: bool = False,
        in_thinking: bool = False,
    ) -> None:
        if max_points < 1 or max_title_chars < 1:
            raise ConfigError("a skeleton needs max_points and max_title_chars of at least 1")
        self.repeated = False
        self.discarded = 0
        self.ended = False
        self.analysed = 0
        self._max_points = max_points
        self._max_title_chars = max_title_chars
        self._eager = eager
        self._points: list[Point] = []
        self._keys: set[str] = set()
        self._thoughts = ThoughtSplitter(inside=in_thinking, stray="discard")
        self._tags = TagFilter(self._visible)
        self._closed = False
        self._json: JsonReader | None = None
        self._json_line: list[str] = []
        self._bracket = ""  # an opening bracket and blanks after it, perhaps the start of JSON
        self._pending: _PendingPoint | None = None
        self._first: Item | None = None  # the list's first item, the model of the others
        self._held: dict[tuple[str, int], str] = {}  # headings: items only if a second one like it comes
        self._prose_chars = 0
        self._prose_lines = 0
        self._dropped = 0
        self._number = 0  # of the last item, as the model wrote it
        self._nested = False  # in a list below a point
        self._after_cr = False
        self._start_line()

    @property
    def points(self) -> tuple[Point, ...]:
        """All points emitted so far, except discarded ones."""
        return tuple(self._points)

    @property
    def bare(self) -> bool:
        """Whether thoughts ended in a closing mark that nothing opened."""
        return self._thoughts.bare

    @property
    def full(self) -> bool:
        """Whether ``max_points`` points have been found."""
        return len(self._points) >= self._max_points

    @property
    def prose(self) -> bool:
        """Whether enough text has come without any list item to call it prose."""
        if self._points or self._pending or self._json:
            return False
        return self._prose_chars > PROSE_CHARS or self._prose_lines >= PROSE_LINES

    def feed(self, text: str) -> list[Point]:
        """Parse the next piece of text, of any length.

        Returns:
            The points that this piece completes, in order.
        """
        return [] if self._closed else self._read(self._thoughts.parts(text))

    def close(self) -> list[Point]:
        """End the text.

        Returns:
            The points that were not complete until now.
        """
        if self._closed:
            return []
        self._closed = True
        new = self._read(self._thoughts.end())
        before = len(self._points) - len(new)
        if not self.ended:
            self._tags.close()
            self._give_back_bracket()
            if self._json is None:
                self._end_line()
                self._complete()
        self.ended = True
        return self._points[before:]

    def _read(self, parts: Parts) -> list[Point]:
        """Parse the parts of the text between thoughts; returns the points that they complete."""
        before = len(self._points)
        for part in parts:
            if not isinstance(part, str):
                self._discard()
                before = 0
                continue
            for char in part:
                if self.ended:
                    break
                self._tags.char(char)
        return self._points[before:]

    # One character at a time, so that the division into pieces makes no difference.

    def _visible(self, char: str) -> None:
        if self.ended:
            return
        if self._json is not None:
            self._read_json(self._json, char)
        elif self._bracket:
            self._after_bracket(char)
        elif char in _NEWLINES:
            if char != "\n" or not self._after_cr:
                self._end_line()
            self._after_cr = char == "\r"
        elif char in "[{" and self._may_start_json():
            self._bracket = char
        else:
            self._take(char)

    def _take(self, char: str) -> None:
        self._after_cr = False
        self._length += 1
        if self._length <= _MAX_LINE:
            self._line.append(char)
        if not char.isspace():
            if not self._last_visible:
                self._peek(char)
            self._last_visible = char
        if self._length == _ITEM_SHOWS and not self._points:
            self._plain = self._read_item() is None
            self._prose_chars += _ITEM_SHOWS if self._plain else 0
        elif self._plain:
            self._prose_chars += 1

    def _peek(self, char: str) -> None:
        """Complete the pending point unless a line's first visible character shows that it may go on here."""
        pending = self._pending
        if pending and not pending.open and not (char.islower() or (self._length > 1 and char.isalpha())):
            self._complete()

    def _start_line(self) -> None:
        self._line: list[str] = []
        self._length = 0
        self._last_visible = ""
        self._plain = False  # known to be no list item

    def _end_line(self) -> None:
        line, plain, length = "".join(self._line), self._plain, self._length
        seen = self._last_visible
        self._start_line()
        if not seen:
            self._complete()
            return
        self.analysed += len(line)
        item = read_item(line)
        if item is None:
            self._plain_line(line)
            if not self._points:
                self._prose_chars += 0 if plain else length
                self._prose_lines += 1
            return
        self._complete()
        if self._is_point(item):
            self._take_items(split_inline(item))

    def _read_item(self) -> Item | None:
        line = "".join(self._line)
        self.analysed += len(line)
        return read_item(line)

    def _discard(self) -> None:
        """Forget all that was read: it was in a block of thoughts whose opening mark was not seen."""
        self.discarded += bool(self._points)
        self._points = []
        self._keys.clear()
        self._dropped = 0
        self.repeated = self.ended = False
        self._tags.forget()
        self._pending = self._first = self._json = None
        self._json_line.clear()
        self._bracket = ""
        self._held.clear()
        self._number, self._nested = 0, False
        self._prose_chars = self._prose_lines = 0
        self._start_line()

    # Lines.

    def _plain_line(self, line: str) -> None:
        pending = self._pending
        if pending is None:
            if not self._points and self._first is None and (items := split_prose(line)):
                self._first = items[0]
                self._take_items(items)
            return
        fence = line.lstrip().startswith(("```", "~~~"))
        if fence or not (pending.open or line[:1].islower() or may_continue(line)):
            self._complete()
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
            held = self._held.setdefault((item.kind, item.level), item.text)
            if held is item.text:
                return False
            self._first = item
            self._add(held)
            return True
        if first.kind in ("heading", "bold"):
            return (item.kind, item.level) == (first.kind, first.level)
        if item.indent <= first.indent + 1:
            self._nested = False
            return item.kind in ("number", first.kind)
        # Deeper: a list below a point starts at 1; the next number means that the list drifts to the right.
        self._nested = self._nested or item.number == 0 or item.number != self._number + 1
        return item.kind == "number" and not self._nested

    def _take_items(self, items: list[Item]) -> None:
        for item in items[:-1]:
            self._add(item.text)
        self._number = items[-1].number
        heading = items[-1].kind == "heading"  # never goes on in the next line
        self._pending = _PendingPoint(items[-1].text, open=True, joins=_MAX_JOINS if heading else 0)
        self._settle(self._pending)

    def _settle(self, pending: _PendingPoint) -> None:
        """Decide at the end of a line whether the point is complete or may go on."""
        self.analysed += len(pending.text)
        closed = is_closed(pending.text) or pending.joins >= _MAX_JOINS
        pending.open = not closed and is_open(pending.text)
        if closed or (self._eager and not pending.open):
            self._complete()

    def _complete(self) -> None:
        if self._pending:
            text, self._pending = self._pending.text, None
            self._add(text)

    def _add(self, text: str) -> None:
        if self.full:
            return
        title = make_title(text, self._max_title_chars)
        same = title_key(title)
        if not title or same in self._keys:
            self.repeated = self.repeated or bool(title)
            self._dropped += 1
            self.ended = self._dropped >= _MAX_DROPPED
            return
        self._keys.add(same)
        self._points.append(Point(len(self._points) + 1, title))
        self.ended = self.full

    # JSON.

    def _may_start_json(self) -> bool:
        """Whether a bracket may begin a JSON list here: before any item, first on a line or after a colon."""
        if self._points or self._pending or self._length > _MAX_BLANKS:
            return False
        if not self._last_visible:
            return True
        return self._last_visible in ":：`n" and self._read_item() is None

    def _after_bracket(self, char: str) -> None:
        if char.isspace() and len(self._bracket) < _MAX_BLANKS:
            self._bracket += char
            return
        starts = '"“' if self._bracket[0] == "{" else "\"“'{["
        if char not in starts:
            self._give_back_bracket()
            self._visible(char)
            return
        held, self._bracket = self._bracket, ""
        self._json = JsonReader()
        self._start_line()
        for bracket_or_blank in held:
            self._read_json(self._json, bracket_or_blank)
        self._visible(char)

    def _give_back_bracket(self) -> None:
        held, self._bracket = self._bracket, ""
        if held:
            self._take(held[0])
        for char in held[1:]:
            self._visible(char)

    def _read_json(self, reader: JsonReader, char: str) -> None:
        reader.char(char)
        for text in reader.found:
            self._add(text)
        reader.found.clear()
        newline = char in _NEWLINES
        if not newline and len(self._json_line) < _MAX_LINE:
            self._json_line.append(char)
        if reader.state == "reading":
            if newline:
                self._json_line.clear()
            return
        line, self._json_line, self._json = self._json_line, [], None
        if reader.state == "closed":
            self.ended = self.ended or len(self._points) > 1
            return
        # It is no JSON: its last line is read like any other. Not by `_visible`, which might see JSON
        # again and again: every character is read once more at most.
        for held in line:
            self._take(held)
        if newline:
            self._visible(char)


def parse_skeleton(
    text: str, max_points: int = MAX_POINTS, max_title_chars: int = MAX_TITLE_CHARS
) -> Skeleton:
    """Parse the skeleton in a whole text; the arguments are those of `SkeletonParser`.

    Raises:
        ConfigError: ``max_points`` or ``max_title_chars`` is below 1.
    """
    parser = SkeletonParser(max_points, max_title_chars)
    parser.feed(text)
    parser.close()
    return Skeleton(parser.points)
