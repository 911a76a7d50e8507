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

from ..errors import ConfigError
from ..text.thinking import Parts, ThoughtSplitter
from ..types import Point, Skeleton
from .items import strip_number
from .json_list import JsonReader
from .lines import LineReader
from .markup import INVISIBLE
from .points import PointCollector
from .prose import MAX_ITEM_CHARS, ItemScan, is_prose_item, weight
from .tags import TagFilter

MAX_POINTS = 10
MAX_TITLE_CHARS = 120
PROSE_CHARS = 200
PROSE_LINES = 4

_PROSE_JSON = 300  # characters of JSON, without blanks, that should have held a title

_MAX_LINE = 4000  # characters of a line; the rest is not read
_ITEM_SHOWS = 40  # characters after which it is known whether a line is an item
_MAX_BLANKS = 200
_NEWLINES = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")  # they say something inside a word only


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
        discarded: How many times emitted points were discarded, since a closing mark of thoughts came that
            nothing had opened. Numbers start again at 1 then.
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
        self.discarded = 0
        self._ended = False  # a JSON list is closed, or the text
        self._collector = PointCollector(max_points, max_title_chars)
        self._lines = LineReader(self._collector, eager=eager)
        self._thoughts = ThoughtSplitter(inside=in_thinking, stray="discard")
        self._tags = TagFilter(self._visible)
        self._closed = False
        self._json: JsonReader | None = None
        self._json_line: list[str] = []
        self._json_chars = 0  # that held no title
        self._bracket = ""  # an opening bracket and blanks after it, perhaps the start of JSON
        self._item = ItemScan()
        self._begin_prose()
        self._after_cr = False
        self._start_line()

    @property
    def points(self) -> tuple[Point, ...]:
        """All points emitted so far, except discarded ones."""
        return tuple(self._collector.points)

    @property
    def repeated(self) -> bool:
        """Whether the model has written a point again, or near-equal points three times."""
        return self._collector.repeated

    @property
    def scoped(self) -> bool:
        """Whether at least half of the points so far say what they cover or need."""
        return self._collector.scoped

    @property
    def analysed(self) -> int:
        """Characters given to the analysis of lines so far, at most a few times the text's."""
        return self._lines.analysed

    @property
    def bare(self) -> bool:
        """Whether thoughts ended in a closing mark that nothing opened."""
        return self._thoughts.bare

    @property
    def full(self) -> bool:
        """Whether ``max_points`` points have been found."""
        return self._collector.full

    @property
    def ended(self) -> bool:
        """Whether nothing that follows is read, unless what came turns out to be thoughts.

        So it is when the skeleton is `full`, a JSON list or the text is closed, or a thousand points were
        dropped.
        """
        return self._ended or self.full or self._collector.exhausted

    @property
    def begun(self) -> bool:
        """Whether the line under way is surely the list's next point, whose title is not complete yet."""
        points = self._collector.points
        return (
            bool(points) and not (self._json or self.ended) and self._lines.begins_next("".join(self._line))
        )

    @property
    def prose(self) -> bool:
        """Whether the text is prose, by what has come so far, and no list.

        It is prose if enough text, or JSON, has come without any list item, if the first item is a paragraph,
        or if what follows the first point is too long for an explanation.
        """
        points = len(self._collector.points)
        if points > 1:
            return False
        if points == 1:
            return self._paragraph or self._prose_chars > MAX_ITEM_CHARS
        if self._paragraph or self._json_chars > _PROSE_JSON:
            return True
        if self._lines.waits or self._json:
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
        read = self._read(self._thoughts.end())
        before = len(self._collector.points) - len(read)
        if not self.ended:
            self._tags.close()
            self._give_back_bracket()
            if self._json is None:
                self._end_line()
                self._lines.finish()
        self._ended = True
        return self._collector.points[before:]

    def _read(self, parts: Parts) -> list[Point]:
        """Parse the parts of the text between thoughts; returns the points that they complete."""
        before = len(self._collector.points)
        for part in parts:
            if not isinstance(part, str):
                self._discard()
                before = 0
                continue
            for char in part:
                if self.ended:
                    break
                self._tags.char(char)
        return self._collector.points[before:]

    def _discard(self) -> None:
        """Forget all that was read: it was in a block of thoughts whose opening mark was not seen."""
        self.discarded += bool(self._collector.points)
        self._collector.clear()
        self._lines.forget()
        self._ended = False
        self._tags.forget()
        self._json = None
        self._json_line.clear()
        self._bracket = ""
        self._json_chars = 0
        self._begin_prose()
        self._start_line()

    # One character at a time, so that the division into pieces makes no difference.

    def _visible(self, char: str) -> None:
        if self.ended or (char > "~" and INVISIBLE.match(char)):
            return
        if self._json is not None:
            self._read_json(self._json, char)
        elif self._bracket:
            self._after_bracket(char)
        elif char in _NEWLINES:
            if char != "\n" or not self._after_cr:
                self._end_line()
            self._after_cr = char == "\r"
        elif char in "[{［｛" and self._may_start_json():
            self._bracket = char
        else:
            self._take(char)

    def _take(self, char: str) -> None:
        if char in _JOINERS and not self._last_visible:
            return
        self._after_cr = False
        self._length += 1
        if self._length <= _MAX_LINE:
            self._line.append(char)
        if not char.isspace():
            if not self._last_visible:
                self._lines.peek(char, indented=self._length > 1)
            self._last_visible = char
        points = len(self._collector.points)
        if points > 1:
            return
        if points != self._prose_after:
            self._begin_prose(after=points)
        self._weight += weight(char)
        if self._length == _ITEM_SHOWS:
            self._plain = not self._reads_as_item()
            self._prose_chars += self._weight if self._plain else 0
        elif self._plain:
            self._prose_chars += weight(char)
        if not points and not self._paragraph and self._item.due(char):
            self._paragraph = self._reads_as_paragraph()

    def _start_line(self) -> None:
        self._line: list[str] = []
        self._length = 0
        self._last_visible = ""
        self._weight = 0  # of the line
        self._plain = False  # known to be no list item
        self._item.start()

    def _begin_prose(self, *, after: int = 0) -> None:
        """Begin to look for prose, after so many points."""
        self._prose_after = after
        self._prose_chars = self._prose_lines = 0
        self._paragraph = self._paragraph if after else False  # the first item is one

    def _end_line(self) -> None:
        line, counted, length, seen = "".join(self._line), self._plain, self._weight, self._last_visible
        self._start_line()
        if not seen:
            self._lines.blank()
            return
        if self._lines.read(line) and len(self._collector.points) == self._prose_after:
            self._prose_chars += 0 if counted else length
            self._prose_lines += not self._lines.fences.code

    def _reads_as_item(self) -> bool:
        return self._lines.reads_as_item("".join(self._line))

    def _reads_as_paragraph(self) -> bool:
        before = self._lines.unfinished
        if self._lines.fences.code or (self._lines.began and before is None):
            return False
        return is_prose_item("".join(self._line), before)

    # JSON.

    def _may_start_json(self) -> bool:
        """Whether a bracket may begin a JSON list here: before any item, first on a line or after a colon."""
        if self._collector.points or self._lines.waits or self._length > _MAX_BLANKS:
            return False
        if not self._last_visible:
            return not self._lines.fences.code or self._lines.fences.may_hold_list
        if self._lines.fences.code:
            return False
        return self._last_visible in ":：=`n" and not self._reads_as_item()

    def _after_bracket(self, char: str) -> None:
        if char.isspace() and len(self._bracket) < _MAX_BLANKS:
            self._bracket += char
            return
        starts = "\"“'" if self._bracket[0] in "{｛" else "\"“'{[/｛［"
        comment = char == "#" and "\n" in self._bracket  # not "[#1] Title"
        if char not in starts and not comment:
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
            self._collector.add(strip_number(text))
        reader.found.clear()
        self._json_chars += not (char.isspace() or self._collector.points)
        newline = char in _NEWLINES
        if not newline and len(self._json_line) < _MAX_LINE:
            self._json_line.append(char)
        if reader.state == "reading":
            if newline:
                self._json_line.clear()
            return
        line, self._json_line, self._json = self._json_line, [], None
        if reader.state == "closed":
            self._ended = self._ended or len(self._collector.points) > 1
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
