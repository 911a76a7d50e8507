"""Text of one point while it is decoded: the part safe to show, and its ending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..types import FinishReason
from .boundaries import PointEnd
from .control_tokens import leading_tokens
from .endings import WholeEnd, close_emphasis, close_fence, whole_end
from .headings import Undecided, read_heading
from .repeated_outline import is_outline_so_far, repeated_outline
from .repetition import Repetition, Said
from .sentences import SentenceScan, ends_whole

Ending = Literal["whole", "trimmed", "cut", "empty"]

_HELD_BACK_TOKENS = 32  # tokens before the token limit in which only whole sentences are shown
_HEADINGS = 3  # most headings that a model writes above one another
_EAGER = 80  # characters of an undecided start that is looked at again with every piece
_GROWTH = 4  # a longer one is looked at again when it has grown by one part of so many


class PointText:
    """Filter from the deltas of a point's completions to text that can be shown and never taken back.

    White space around the text and a heading that the model repeats are dropped. The point ends where the
    next one, another heading or a control token begins, after a soft stop, and where it begins to repeat what
    has been said; text of which that is not known yet is held. Trailing white space is held until more text
    follows. Near the token limit, text is held until its sentence is whole, so that a point cut by the limit
    can end at its last whole sentence.

    Args:
        index: Number of the point.
        title: Its title.
        max_sentences: Most sentences; what follows them is dropped. ``None``: no limit.
        next_title: Title of the next point, where it is known.
        titles: Titles of the answer's points, in order; a list that grows is read as it stands.
        ends: Soft stops, such as a blank line where the heading is prefilled: after one the point goes on
            only with what clearly belongs to it.
        said: What the points of the answer have said, so that neither this one nor another says it again;
            ``None``: repetition is left alone.

    Attributes:
        text: The text so far.
        full: Whether the point has come to its end, so that the rest of the completion does not matter.
        repeats: Whether it has come to its end because it repeats what has been said. A point of nothing
            else ends ``empty``; its first sentence is left alone when it is written again.
    """

    def __init__(
        self,
        index: int,
        title: str,
        max_sentences: int | None = None,
        *,
        next_title: str | None = None,
        titles: Sequence[str] = (),
        ends: Sequence[str] = (),
        said: Said | None = None,
    ) -> None:
        self._index = index
        self._title = title
        self._max_sentences = max_sentences
        self._titles = titles
        self._prefilled = bool(ends)
        self._end = PointEnd(index, title, next_title=next_title, titles=titles, ends=ends)
        self._repetition = None if said is None else Repetition(index, said)
        self.repeats = False
        self.begin(None)

    @property
    def why_empty(self) -> str:
        """The reason why an ``empty`` text is: what the text itself tells; empty where it tells nothing."""
        if self.repeats:
            return "the point only repeats what has been said"
        if self._outlined:
            return "the model only wrote the outline again"
        return "another point was written in its place" if self.full else ""

    def begin(self, max_tokens: int | None) -> None:
        """Start the point's text, or start it again, with the token limit of the completion that follows."""
        if self._repetition is not None:
            self._repetition.begin(again=self.repeats)
        self._end.begin()
        self._begin_scans()
        self.text = self._raw = ""
        self.full = self.repeats = False
        self._shown = 0
        self._number = 0  # number of a first line whose mark was dropped as the point's own
        self._outlined = False  # the text began with the outline of the answer
        self._head: str | None = ""  # start of the text, until it is known whether it repeats the heading
        self._again = 0  # characters of it from which it is looked at again
        self._tokens_left = max_tokens

    def extend(self, max_tokens: int | None) -> None:
        """Continue the text by another completion, with its token limit."""
        self._tokens_left = max_tokens
        self.text = self._raw = self.text.rstrip()  # the completion continues from there
        if self._repetition is not None:
            self._repetition.begin(self._raw)
        self._end.begin(first_number=self._number)
        self._end.read(self._raw)
        self._begin_scans()

    def feed(self, delta: str, tokens: int = 1) -> str:
        """Append a delta of so many tokens; returns the text that may be shown now."""
        if self._tokens_left is not None:
            self._tokens_left -= tokens
        if self._head is not None:
            self._head += delta
            if not self._decide(final=False):
                return ""
        elif not self.full:
            self._raw += delta
        self._read(final=False)
        return self._show(self._safe_length())

    def finish(self, reason: FinishReason | None, *, shown: int) -> tuple[str, Ending]:
        """End the text.

        Args:
            reason: Finish reason of the completion; ``None`` when it broke off.
            shown: Characters of the text that the reader has seen; they stay.

        Returns:
            The final text, its code blocks closed, and its ending: ``whole``; ``trimmed`` to its last whole
            sentence; ``cut`` in the middle of a sentence, or of a code block, that cannot be taken back or is
            the only one; ``empty``.
        """
        if self._head is not None:
            if reason != "stop" and is_outline_so_far(self._head, self._titles):
                self._head = ""
            self._decide(final=True)
        self._read(final=True)
        text = self.text.rstrip()
        if self.repeats and self._repetition and len(text) < shown:  # the reader has seen a part of it
            text = self._raw[: max(shown, self._repetition.through)].rstrip()
        if not any(character.isalnum() for character in text):
            return (self._raw[:shown], "empty")
        ended = self.full or reason == "stop"
        coded = close_fence(text) != text
        looped = self.repeats and not ends_whole(text)
        if (ended and not looped) or (ends_whole(text) and not coded):
            text = text if len(text) >= shown else self._raw[:shown]
            return (close_emphasis(text) if self._ends_within_line(text) else close_fence(text), "whole")
        end = whole_end(text)
        if end and end >= shown:
            text = text[:end]
            if looped:
                return (close_emphasis(text), "whole")
            if coded and close_fence(text) != text:
                return (close_fence(text), "cut")
            return (close_emphasis(text), "trimmed")
        text = text if len(text) >= shown else self._raw[:shown]
        return (close_fence(text) if coded else close_emphasis(text), "cut")

    def _ends_within_line(self, text: str) -> bool:
        """Return whether the point was ended, outside code, where its line goes on or may go on."""
        following = self._raw[len(text) :].lstrip(" \t")
        return self.full and close_fence(text) == text and not following.startswith("\n")

    def _read(self, *, final: bool) -> None:
        """Find the end of the text, as far as it has come."""
        if self._head is not None or self.full:
            return
        self._end.read(self._raw, final=final)
        end = self._end.end
        if self._max_sentences is not None:
            last = self._sentences.end(self._raw, self._max_sentences, self._end.safe)
            end = last if last is not None else end
        if self._repetition is not None:
            safe = self._end.safe if end is None else end
            self._repetition.read(self._raw[:safe], final=final or end is not None)
            if self._repetition.end is not None:
                end, self.repeats = self._repetition.end, True
        self.text, self.full = self._raw[:end], end is not None

    def _show(self, length: int) -> str:
        if length <= self._shown:
            return ""
        piece = self.text[self._shown : length]
        self._shown = length
        return piece

    def _safe_length(self) -> int:
        if self.full:
            return len(self.text.rstrip())
        safe = min(len(self.text), self._end.safe)
        if self._repetition is not None:
            safe = min(safe, self._repetition.hold)
        if self._tokens_left is not None and self._tokens_left < _HELD_BACK_TOKENS:
            return self._read_whole_end(self.text[:safe])
        blank = safe > 0 and self.text[safe - 1].isspace()
        return len(self.text[:safe].rstrip()) if blank else safe

    def _begin_scans(self) -> None:
        self._sentences = SentenceScan()  # of the whole text, where their number is limited
        self._whole = WholeEnd()
        self._whole_of = 0  # characters that it has read

    def _read_whole_end(self, safe: str) -> int:
        """Return where the last whole sentence of the safe text ends."""
        if len(safe) < self._whole_of:
            self._whole = WholeEnd()
        self._whole_of = len(safe)
        return self._whole.read(safe)

    def _decide(self, *, final: bool) -> bool:
        """Decide whether the held start repeats the heading; returns whether that is known.

        A long start of which that is not known is looked at again only when it has grown by a part of its
        length, so that the work is proportional to it.
        """
        assert self._head is not None
        length = len(self._head)
        if not final and (length < self._again or self._head.isspace()):
            return False
        try:
            end = self._heading_end(self._head, final=final)
        except Undecided:
            self._again = length + (0 if length < _EAGER else length // _GROWTH)
            return False
        text = self._head[end:].lstrip()
        if not text and not final:
            return False  # nothing but the heading so far
        self._raw = self.text = text
        self._head = None
        self._end.begin(first_number=self._number)
        return True

    def _heading_end(self, head: str, *, final: bool) -> int:
        """Return where the headings repeated at the start end: 0 without one.

        Raises:
            Undecided: More text is needed.
        """
        end = leading_tokens(head, final=final)
        if end is None:
            raise Undecided
        self._number, self._outlined = 0, False
        for _ in range(_HEADINGS):
            outline = repeated_outline(head[end:], self._titles, final=final)
            end, self._outlined = end + outline, self._outlined or outline > 0
            found = read_heading(
                head[end:],
                self._index,
                self._title,
                final=final,
                any_number=True,
                outlined=self._outlined,
            )
            if found is None or (found.kind == "number" and end and head[:end].strip()):
                break
            if found.kind == "number" and self._index == 1:
                if self._prefilled:
                    break  # the first step of a list of the point's own
                self._number = 1
            end += found.end
        return end
