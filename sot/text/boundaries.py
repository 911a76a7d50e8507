"""End of a point, found by what follows it: a soft stop, the next point, a heading, a control token."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .control_tokens import LONGEST, control_token
from .fences import Fences
from .formulas import Formulas
from .headings import Heading, Undecided, read_heading
from .overview import begins_overview
from .words import similar, words_of

_MARK = re.compile(r"\s*(?:(?P<bullet>[-*+•])|(?P<number>\d{1,3})[.):．、）])(?:\s|(?<=[．、）]))")
_BLOCKS = ("```", "~~~", "$$", "\\[", "|", ">")  # code, a formula, a table, a quotation
_LEAD = re.compile(r"\*\*[^*\n]{1,40}(?::\*\*|\*\*:)")
_MAYBE_MARK = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.):]?|`{1,2}|~{1,2}|\|)?$")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_RULE = re.compile(r"\s*(?:-[ -]*|\*[ *]*|_[ _]*)")  # a horizontal line has at least three of these
_COLON = (":", "：", "︰", "፡፡", "։")
_TITLE_PART = re.compile(r"(?P<title>[^:：\n]{1,80}?)(?:\*\*|[:：\n]|\s[-–—]\s)")
_RULE_MARKS = 3
_EAGER = 80  # characters of an undecided line that is looked at again with every piece
_GROWTH = 4  # a longer one is looked at again when it has grown by one part of so many
_BOLD = ("**", "__")
_BEYOND = 16  # characters beyond the next title's length by which a line's title is read


class PointEnd:
    """Finder of the place where a point's text ends, in text that arrives in pieces.

    A numbered or bulleted list, a code block and what is indented belong to the point; the line that begins
    the next point, another point's title or a heading does not. After a soft stop the point goes on only with
    what clearly belongs to it.

    Args:
        index: Number of the point.
        title: Its title.
        next_title: Title of the next point, where it is known.
        titles: Titles of the answer's points; a list that grows is read as it stands.
        ends: Soft stops: line breaks after which a point usually ends. A stop with other characters ends the
            point wherever it comes outside code.

    Attributes:
        end: Position where the point ends; ``None`` while it goes on.
        safe: Position up to which the text surely belongs to the point.
    """

    def __init__(
        self,
        index: int,
        title: str,
        *,
        next_title: str | None = None,
        titles: Sequence[str] = (),
        ends: Sequence[str] = (),
    ) -> None:
        self._index = index
        self._title = title
        self._next_title = next_title
        self._titles = titles
        breaks = [stop.count("\n") for stop in ends if stop and not stop.strip()]
        self._breaks = min(filter(None, breaks), default=None)
        self._stops = tuple(stop for stop in ends if stop.strip())
        self.begin()

    @property
    def following(self) -> str | None:
        """Title of the next point, where it is known."""
        if self._next_title is None and self._index < len(self._titles):
            return self._titles[self._index]
        return self._next_title

    def begin(self, *, first_number: int = 0) -> None:
        """Start again; ``first_number`` is the number of the text's first line, if it was dropped."""
        self.end: int | None = None
        self.safe = 0
        self._line = 0  # start of the line that is read
        self._seen = 0  # position up to which that line has been read
        self._searched = 0  # position up to which stops and control tokens have been looked for in it
        self._again = 0  # position from which an undecided line is looked at again
        self._belongs = False  # that line belongs to the point
        self._fences = Fences()
        self._formulas = Formulas()
        self._number = first_number  # last number of the point's own list
        self._credited = bool(first_number)
        self._bold_items = False
        self._lists_points = False  # the first line is a bold item with the point's title
        self._indent: int | None = None  # of that list
        self._leads = False  # a line began with a small heading of the point's own: "**Pros:**"
        self._list: str | None = None  # "bullet" or "number" while inside a list
        self._previous = ""  # last line with text
        self._blank = 0  # line breaks since then

    def read(self, text: str, *, final: bool = False) -> None:
        """Read the text so far, which starts with what was read before."""
        while self.end is None and self._line < len(text):
            at = text.find("\n", max(self._line, self._seen))
            whole = at >= 0 or final
            stop = at if at >= 0 else len(text)
            if not self._belongs and not self._decide(text, stop, whole=whole, final=final):
                return
            cut, held = self._cut(text, stop, final=final)
            self._seen = self._searched = stop
            if cut is not None:
                self.end = self.safe = self._line + cut
                return
            self.safe = stop - (0 if whole else held)
            if at < 0:
                return
            self._finish_line(text[self._line : at])
            self._line = self._seen = self._searched = at + 1

    def _decide(self, text: str, stop: int, *, whole: bool, final: bool) -> bool:
        """Decide whether the line that has come up to ``stop`` belongs to the point; false: it does not yet.

        A long line of which that is not known is looked at again only when it has grown by a part of its
        length, so that the work is proportional to it.
        """
        if not whole and stop < self._again:
            return False
        ends = self._ends_before(text[self._line : stop], whole=whole)
        if ends and not self._previous:  # "- Hot oven: …" may begin an overview of the points
            overview = begins_overview(text[self._line :], self.following or "", final=final)
            ends = None if overview is None else not overview
        if ends is None:
            self._seen = stop
            length = stop - self._line
            self._again = stop + (0 if length < _EAGER else length // _GROWTH)
            return False
        if ends:
            self.end = self.safe = self._line
            return False
        self._belongs = True
        return True

    def _finish_line(self, line: str) -> None:
        """Take in a whole line that belongs to the point."""
        self._belongs = False
        fenced = self._fences.line(line) or self._formulas.line(line)
        if not line.strip() and not fenced:
            self._blank += 1
            return
        self._blank = 1
        if not self._previous and (first := _MARK.match(line)) is not None and _bold(line[first.end() :]):
            title = words_of(self._title)
            self._lists_points = bool(title) and words_of(line[first.end() :])[: len(title)] == title
        self._previous = line
        if fenced:
            return
        if (match := _MARK.match(line)) is not None:
            self._list = "number" if match["number"] else "bullet"
            if match["number"]:
                indent = _indent(line)
                if self._indent is not None and indent > self._indent:
                    return  # a list within an item
                self._indent, self._number = indent, int(match["number"])
                self._bold_items = _bold(line[match.end() :])
                return
            line = line[match.end() :]
        elif not line[:1].isspace():
            self._list = self._indent = None
            self._leads = self._leads or _LEAD.match(line) is not None
        step = read_heading(f"{line}\n", self._number + 1, "", final=True)
        if step is not None:  # "Step 2: …"
            self._number += 1

    def _ends_before(self, line: str, *, whole: bool) -> bool | None:
        """Whether the point ends before a line; ``None`` while too little of the line is there."""
        if self._fences.closing is not None or (self._formulas.closing is not None and line.strip()):
            return False
        if not line.strip():
            return False if whole else None
        try:
            if self._begins_another(line, whole=whole):
                return True
        except Undecided:
            return None
        soft = self._breaks is not None and self._blank >= self._breaks
        if not soft or not self._previous:
            return False
        return self._stops_softly(line, whole=whole)

    def _stops_softly(self, line: str, *, whole: bool) -> bool | None:
        """Whether a line after a soft stop is no part of the point."""
        previous = self._previous.rstrip().rstrip("*_ ")
        if previous.endswith(_COLON) or _bold_alone(self._previous):
            return False  # it announces what follows
        if line.startswith(("  ", "\t")):
            return False
        if line.startswith(_BLOCKS) or line[:1].islower() or (self._leads and _LEAD.match(line)):
            return False
        if not whole and (any(block.startswith(line) for block in _BLOCKS) or (self._leads and _bold(line))):
            return None
        if self._list is None:
            return True
        if _MAYBE_MARK.fullmatch(line) and not whole:
            return None
        match = _MARK.match(line)
        if match is None:
            return not line.lstrip().startswith(("```", "~~~"))
        if match["number"]:
            return int(match["number"]) != self._number + 1
        return self._list != "bullet"

    def _begins_another(self, line: str, *, whole: bool) -> bool:
        """Whether a line begins another point.

        Raises:
            Undecided: Too little of the line is there.
        """
        text = f"{line}\n" if whole else line
        if self._previous:
            rule = _RULE.fullmatch(line)
            if not whole and (rule or re.fullmatch(r" {0,3}#{0,6}", line)):
                raise Undecided
            if _HEADING.match(line) or (rule and len("".join(line.split())) >= _RULE_MARKS):
                return True
        following = self.following
        undecided = False
        for title in filter(None, dict.fromkeys((*self._titles, following, self._title))):
            try:
                found = read_heading(text, None, title, final=whole)
            except Undecided:
                undecided = True
                continue
            if found is not None and found.kind == "title" and self._is_heading(line, found, title):
                return True
        if undecided:
            raise Undecided
        if self._indent is not None and _indent(line) > self._indent:
            return False
        found = read_heading(text, self._index + 1, "", final=whole)
        return found is not None and self._is_next(line[found.end :], following, whole=whole)

    def _is_heading(self, line: str, found: Heading, title: str) -> bool:
        """Whether a line that begins with a point's title is its heading."""
        if not self._previous:
            return title != self._title and found.marked and found.mark != "."
        match = _MARK.match(line)
        listed = self._list is not None or self._previous.rstrip().rstrip("*_ ").endswith(_COLON)
        if match is not None and listed:
            if not match["number"]:
                # An item that names another point, unless the first was this one's, as bold: all are written.
                return self._lists_points and title == self.following
            if int(match["number"]) == self._number + 1 and title == self._title:
                return False
        if found.marked:
            return True
        if found.mark == "\n":
            return True
        return found.mark in (":", "–", "—") and (self._blank > 1 or len(title.split()) > 1)

    def _is_next(self, item: str, following: str | None, *, whole: bool) -> bool:
        """Whether an item with the next point's number is that point, and no step of this point's own list.

        Raises:
            Undecided: Too little of the item is there.
        """
        if self._number != self._index:
            return bool(self._previous)
        if self._credited and following is None:
            return True
        if not whole and (not item or item in ("*", "_")):
            raise Undecided
        if _bold(item) and not self._bold_items:
            return True
        return following is not None and _resembles(item, following, whole=whole)

    def _cut(self, text: str, stop: int, *, final: bool) -> tuple[int | None, int]:
        """Return where a stop or a control token cuts the line, and how many characters may begin one."""
        fenced = self._fences.closing is not None
        seen = self._searched - self._line
        after = max(0, seen - LONGEST)
        stops = () if fenced else self._stops
        begin = self._line + after
        if not stops and text.find("<", begin, stop) < 0 and text.find("[", begin, stop) < 0:
            return None, 0
        line = text[self._line : stop]
        cut, held = control_token(line, fenced=fenced, final=final, after=after)
        for own in stops:
            at = line.find(own, max(0, seen - len(own)))
            if at >= 0 and (cut is None or at < cut):
                cut = at
            size = next((n for n in range(len(own) - 1, 0, -1) if line.endswith(own[:n])), 0)
            held = max(held, size)
        return cut, held


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _bold(text: str) -> bool:
    return text.lstrip().startswith(_BOLD)


def _bold_alone(line: str) -> bool:
    """Whether a line is a small heading of the point's own."""
    line = line.strip()
    return len(line) > 4 and line.startswith(_BOLD) and line.endswith(_BOLD) and "**" not in line[2:-2]


def _resembles(item: str, title: str, *, whole: bool) -> bool:
    """Whether an item begins with nearly a title, one of its words among the first two.

    Raises:
        Undecided: Too little of the item is there.
    """
    most = len(title) + _BEYOND
    item, whole = item.lstrip("*_ ")[:most], whole or len(item.lstrip("*_ ")) >= most
    words = words_of(item)
    if len(words) < 3 and not whole:
        raise Undecided
    if not set(words[:2]) & set(words_of(title)):
        return False
    part = _TITLE_PART.match(f"{item}\n" if whole else item)
    if part is None:
        if not whole:
            raise Undecided
        return False
    return similar(part["title"], title)
