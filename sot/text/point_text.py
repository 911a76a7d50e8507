"""Text of one point while it is decoded: the part safe to show, and its ending."""

from __future__ import annotations

import re
from typing import Literal

from ..types import FinishReason
from .sentences import ends_whole, last_sentence_end, sentence_end

Ending = Literal["whole", "trimmed", "cut", "empty"]

_HELD_BACK_TOKENS = 32  # tokens before the token limit in which only whole sentences are shown
_DECIDED_AFTER = 16  # characters beyond the title's length by which a repeated heading is recognised
_ITEM_NUMBER = re.compile(r"[\s*_#]*\(?(\d{1,3})[.):：．、）]\**\s+")


class PointText:
    """Filter from the deltas of a point's completions to text that can be shown and never taken back.

    White space around the text and a heading that the model repeats are dropped. Trailing white space is
    held until more text follows. Near the token limit, text is held until its sentence is whole, so that
    a point cut by the limit can end at its last whole sentence.

    Args:
        index: Number of the point.
        title: Its title.
        max_sentences: Most sentences; what follows them is dropped. ``None``: no limit.

    Attributes:
        full: Whether the text has ``max_sentences`` sentences, so that the rest does not matter.
    """

    def __init__(self, index: int, title: str, max_sentences: int | None = None) -> None:
        self._index = index
        self._title = title
        self._max_sentences = max_sentences
        self.begin(None)

    def begin(self, max_tokens: int | None) -> None:
        """Start the point's text, or start it again, with the token limit of the completion that follows."""
        self.text = ""
        self.full = False
        self._shown = 0
        self._head: str | None = ""  # start of the text, until it is known whether it repeats the heading
        self.extend(max_tokens)

    def extend(self, max_tokens: int | None) -> None:
        """Continue the text by another completion, with its token limit."""
        self._tokens_left = max_tokens
        self.text = self.text.rstrip()  # the completion continues from there

    def feed(self, delta: str, tokens: int = 1) -> str:
        """Append a delta of so many tokens; returns the text that may be shown now."""
        if self._tokens_left is not None:
            self._tokens_left -= tokens
        if self._head is not None:
            self._head += delta
            if not self._decide(final=False):
                return ""
        elif not self.full:
            self.text += delta
        self._limit_sentences()
        return self._show(self._safe_length())

    def finish(self, reason: FinishReason | None, *, shown: int) -> tuple[str, Ending]:
        """End the text.

        Args:
            reason: Finish reason of the completion; ``None`` when it broke off.
            shown: Characters of the text that the reader has seen; they stay.

        Returns:
            The final text and its ending: ``whole``; ``trimmed`` to its last whole sentence; ``cut`` in
            the middle of a sentence that cannot be taken back or is the only one; ``empty``.
        """
        if self._head is not None:
            self._decide(final=True)
            self._limit_sentences()
        text = self.text.rstrip()
        if not any(character.isalnum() for character in text):
            return (self.text[:shown], "empty")
        if self.full or reason == "stop" or ends_whole(text):
            return (text if len(text) >= shown else self.text[:shown], "whole")
        end = last_sentence_end(text)
        if end and end >= shown:
            return (text[:end], "trimmed")
        return (text if len(text) >= shown else self.text[:shown], "cut")

    def _limit_sentences(self) -> None:
        """Drop what follows the last sentence that the asker wishes."""
        if self._max_sentences is None or self.full:
            return
        end = sentence_end(self.text, self._max_sentences)
        if end is not None:
            self.text, self.full = self.text[:end], True

    def _show(self, length: int) -> str:
        if length <= self._shown:
            return ""
        piece = self.text[self._shown : length]
        self._shown = length
        return piece

    def _safe_length(self) -> int:
        if self._tokens_left is not None and self._tokens_left < _HELD_BACK_TOKENS:
            return last_sentence_end(self.text)
        return len(self.text.rstrip())

    def _decide(self, *, final: bool) -> bool:
        """Decide whether the held start repeats the heading; returns whether that is known."""
        assert self._head is not None
        end = _heading_end(self._head, self._index, self._title, final=final)
        if end is None:
            return False
        text = self._head[end:].lstrip()
        if not text and not final:
            return False  # nothing but the heading so far
        self.text = text
        self._head = None
        return True


def _heading_end(head: str, index: int, title: str, *, final: bool) -> int | None:
    """Return where a repeated heading at the start ends: 0 without one, ``None`` while undecided."""
    letters, wanted = _letters(head), _letters(title)
    headings = (wanted, f"{index}{wanted}")
    if any(letters.startswith(heading) or heading.startswith(letters) for heading in headings):
        if not final and len(head) < len(title) + _DECIDED_AFTER:
            return None
        words = r"\s+".join(re.escape(word) for word in title.split())
        number = rf"(?:\(?{index}[.):：．、）]\s*)?"
        match = re.match(
            rf"[\s#*_]*{number}[*_\"“「『]*{words}(?:[*_\"”」』]*\s*(?:[:：–—\n]|-\s)|\*\*)[*_\s]*",
            head,
            re.IGNORECASE,
        )
        if match is not None:
            return match.end()
        if final and letters and letters in headings:
            return len(head)  # the title and nothing else
    number_alone = _ITEM_NUMBER.match(f"{head} " if final else head)
    return number_alone.end() if number_alone is not None and int(number_alone[1]) == index else 0


def _letters(text: str) -> str:
    """Return the letters and digits of a text, case folded."""
    return "".join(character for character in text.casefold() if character.isalnum())
