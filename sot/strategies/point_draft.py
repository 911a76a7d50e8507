"""Draft of a point: what one request left of it, and what that means for the reader."""

from __future__ import annotations

from dataclasses import dataclass

from ..completion import Completion
from ..errors import ContentFilterError, SotError
from ..text.point_text import Ending
from ..types import FinishReason

_CUT_MARK = " …"
_FENCES = ("```", "~~~")


@dataclass(frozen=True, slots=True)
class Draft:
    """What one request left of a point.

    Args:
        text: The point's text so far, also of the request before where this one continued it.
        ending: How the text ends.
        error: Error of the request; ``None`` where the engine completed it.
        completion: The request.
        repeats: Whether the text ended because it went on with what had been said.
    """

    text: str
    ending: Ending
    error: SotError | None
    completion: Completion
    repeats: bool = False

    @property
    def filtered(self) -> bool:
        """Whether the engine's content filter cut or refused it."""
        if self.error is not None:
            return isinstance(self.error, ContentFilterError)
        return self.completion.finish_reason == "content_filter"

    @property
    def failed(self) -> bool:
        """Whether the request broke off or wrote nothing."""
        return self.error is not None or self.ending == "empty"

    @property
    def late(self) -> bool:
        """Whether the answer's time limit ended it, perhaps after a whole sentence."""
        return self.error is None and self.completion.late

    @property
    def thought(self) -> bool:
        """Whether the model spent tokens on thoughts."""
        return self.completion.usage.reasoning_tokens > 0

    @property
    def reason(self) -> str | None:
        """The request's error, why there is no text, or that a filter cut it, in one line."""
        if self.error is not None:
            return _one_line(self.error)
        if self.ending == "empty":
            return self._why_empty()
        return "the engine's content filter cut it" if self.filtered else None

    @property
    def finish_reason(self) -> FinishReason:
        """Finish reason of the point; see `sot.types.Answer`."""
        if self.filtered:
            return "content_filter"
        if self.late:
            return "length"
        limited = self.error is None and self.completion.finish_reason == "length"
        if self.failed:
            return "length" if limited else "error"
        return "length" if self.ending == "cut" else "stop"

    def shown_reason(self) -> str:
        """Return why there is no text in words that may stand in an answer: never those of the engine."""
        if self.filtered:
            return "the content filter refused it"
        return "the request failed" if self.error is not None else self._why_empty()

    def _why_empty(self) -> str:
        return "the model only repeated what had been said" if self.repeats else self.completion.why_empty()


def cut_mark(text: str) -> str:
    """Return the mark that shows the reader that a text was cut, to be put after it."""
    last = text.rpartition("\n")[2].lstrip()
    # On the line of a closing fence, the fence would close nothing.
    return f"\n\n{_CUT_MARK.strip()}" if last.startswith(_FENCES) else _CUT_MARK


def _one_line(error: SotError) -> str:
    """Return an error's message as one line of printable characters."""
    printable = "".join(char if char.isprintable() else " " for char in str(error))
    return " ".join(printable.split()) or type(error).__name__
