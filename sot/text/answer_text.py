"""Text of a whole answer while it is decoded: all of it, but for what runs on behind its end."""

from __future__ import annotations

from collections.abc import Sequence

from ..types import FinishReason
from .control_tokens import LONGEST, control_token
from .endings import close_emphasis, close_fence, whole_end
from .fences import Fences
from .loops import Loop
from .point_text import Ending

_LOOP_TIMES = 6  # times in a row of a phrase; fewer may be meant, as in a song


class AnswerText:
    """Filter from the deltas of a completion to text that can be shown and never taken back.

    Unlike a skeleton's point (`sot.text.point_text.PointText`), an answer may have paragraphs, headings,
    rules, numbered lines and refrains of its own. It ends where the model ends it, before a control token,
    before a line that begins something else for sure, and where a phrase comes again and again; the last
    counts as cut. White space around the text is dropped.

    Args:
        others: Beginnings of lines with which something else begins; they count from the second line on.

    Attributes:
        full: Whether the text has come to its end, so that the rest of the completion does not matter.
    """

    def __init__(self, others: Sequence[str] = ()) -> None:
        self._others = tuple(others)
        self._raw = ""
        self._line = 0  # start of the last line
        self._scanned: int = 0  # position before which it has no control token
        self._safe = 0  # position before which the text will not end
        self._shown = 0
        self._end: int | None = None
        self._looped = False
        self._fences = Fences()
        self._loop = Loop(_LOOP_TIMES)
        self.full = False

    def feed(self, delta: str) -> str:
        """Append a delta; returns the text that may be shown now."""
        if self.full:
            return ""
        self._raw += delta if self._raw else delta.lstrip()
        self._read(final=False)
        end = self._safe if self._end is None else min(self._end, self._safe)
        length = len(self._raw[:end].rstrip()) if end and self._raw[end - 1].isspace() else end
        piece = self._raw[self._shown : length]
        self._shown = max(self._shown, length)
        return piece

    def finish(self, reason: FinishReason | None, *, shown: int) -> tuple[str, Ending]:
        """End the text.

        Args:
            reason: Finish reason of the completion; ``None`` where it broke off.
            shown: Characters of the text that the reader has seen; they stay.

        Returns:
            The final text, its code blocks closed, and its ending, as of a point's text; but a text that its
            token limit cut is never ``whole``.
        """
        if not self.full:
            self._read(final=True)
        text = self._raw[: self._end if self._end is None else max(self._end, shown)].rstrip()
        if not text:
            return ("", "empty")
        if self._looped:
            return (close_emphasis(text), "cut")
        if self.full or reason == "stop":
            return (close_fence(text), "whole")
        end = whole_end(text)
        if not end or end < shown:
            coded = close_fence(text) != text
            return (close_fence(text) if coded else close_emphasis(text), "cut")
        text = text[:end]
        if close_fence(text) != text:
            return (close_fence(text), "cut")
        return (close_emphasis(text), "trimmed")

    def _read(self, *, final: bool) -> None:
        """Read the lines that have come, as far as they can be judged."""
        while self._end is None:
            stop = self._raw.find("\n", max(self._line, self._scanned))
            whole = stop >= 0
            held = self._read_line(stop if whole else len(self._raw), final=final or whole)
            if self._end is not None:
                self._safe = self._end
                self.full = True
            elif not whole:
                self._safe = len(self._raw) - held
                self._scanned = max(self._scanned, len(self._raw) - LONGEST)
                return
            else:
                self._fences.line(self._raw[self._line : stop])
                self._line = self._scanned = self._safe = stop + 1

    def _read_line(self, stop: int, *, final: bool) -> int:
        """Look for the end in the line so far; returns how much of it has to be held."""
        start, line = self._line, self._raw[self._line : stop]
        fenced = self._fences.closing is not None
        if start and not fenced:
            if line.startswith(self._others):
                self._end = start
                return 0
            if not final and line and any(other.startswith(line) for other in self._others):
                return len(line)
        after = max(0, self._scanned - start - LONGEST)
        at, held = control_token(line, fenced=fenced, final=final, after=after)
        self._find_loop(start, stop if at is None else start + at, line)
        if at is not None and self._end is None:
            self._end = start + at
        return held

    def _find_loop(self, start: int, stop: int, line: str) -> None:
        if self._fences.closing is not None or line.lstrip().startswith(("```", "~~~", "|")):
            self._loop = Loop(_LOOP_TIMES)
        elif stop > start and (end := self._loop.read(self._raw, start, stop)) is not None:
            self._end, self._looped = end, True


__all__ = ["AnswerText"]
