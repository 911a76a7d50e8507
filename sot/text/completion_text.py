"""Text of one completion as the reader gets it: without thoughts, up to a stop sequence and a token limit.

Engines are asked for all of it, and some do not do it: they put thoughts into the text, ignore ``stop`` or
``max_tokens``, or leave the stop sequence at the end. The tokens are counted here: by the deltas, and by the
characters where a delta has many tokens or a part of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .stops import StopFilter
from .thinking import ThoughtSplitter
from .thinking_signs import reads_like_thinking

_SURE_TOKENS = 32  # deltas after which their length tells whether they are tokens or characters
_LEAST_BYTES = 1.5  # of a delta; servers that send single characters stay below
_BYTES_A_TOKEN = 4
_MOST_CHARACTERS = 12  # of a token, on average; no tokenizer has more in a text of some length
_SPARE_CHARACTERS = 128  # of a few long tokens, such as a line of dashes
_UNASKED_THOUGHTS = 4096  # tokens of thoughts, at least, where no limit is set for them but one for the text


class CompletionText:
    """Filter from a completion's deltas to the text of the answer.

    Args:
        stop: Stop sequences; none of them reaches the text.
        max_tokens: Most tokens of text; ``None`` sets no limit.
        max_thinking_tokens: Most tokens of thoughts; ``None``: none are expected, and such as come all the
            same are limited by a generous number where ``max_tokens`` is set.
        stray: How `ThoughtSplitter` treats a closing mark that nothing opened.

    Attributes:
        text_tokens: Deltas with text so far, one for each token with most engines.
        thought_tokens: Deltas with thoughts so far.
        doubtful: After `close`: nothing was shown before, and what is left may well be thoughts whose end is
            missing.
        over: Why nothing more is to be read: ``stop`` or ``length``; ``None`` while it goes on.
    """

    def __init__(
        self,
        *,
        stop: Sequence[str] = (),
        max_tokens: int | None = None,
        max_thinking_tokens: int | None = None,
        stray: Literal["keep", "hold", "watch"] = "keep",
    ) -> None:
        self._splitter = ThoughtSplitter(stray=stray)
        self._stray = stray
        self._stops = StopFilter(stop)
        self._max_tokens = max_tokens
        self._max_thinking = max_thinking_tokens
        self._bytes = self._characters = 0
        self._apart = False  # thoughts came apart from the text
        self._begun = False  # some of the text can be shown
        self.text_tokens = 0
        self.thought_tokens = 0
        self.doubtful = False
        self.over: Literal["stop", "length"] | None = None

    @property
    def thought(self) -> bool:
        """Whether any thoughts came."""
        return self._apart or self._splitter.thought

    @property
    def bare(self) -> bool:
        """Whether the thoughts ended in a closing mark that nothing opened."""
        return self._splitter.bare

    def feed(self, text: str, reasoning: str = "") -> str:
        """Take one delta of the completion; returns the part of the answer that can be shown now."""
        if self.over is not None:
            return ""
        if reasoning:
            self._apart = self._apart or bool(reasoning.strip())
            self.thought_tokens += 1
        piece = ""
        if text:
            if self._at_limit():
                self.over = "length"
                return self._end()
            piece = self._stopped(self._split(text))
        if self._thinks_too_long():
            self.over = self.over or "length"
        return piece

    def close(self) -> str:
        """End the completion; returns what was held back and is text after all."""
        return "" if self.over is not None else self._end()

    def _split(self, text: str) -> str:
        splitter = self._splitter
        inside, bare = splitter.thinking, splitter.bare
        piece = splitter.feed(text)
        if splitter.bare and not bare:  # what looked like text was thoughts
            self.thought_tokens += self.text_tokens
            self.text_tokens = self._bytes = self._characters = 0
        if splitter.thinking or ((inside or splitter.bare > bare) and not piece):
            self.thought_tokens += 1
        else:
            self.text_tokens += 1
            self._characters += len(text)
            self._bytes += len(text.encode("utf-8", "replace"))
        self._begun = self._begun or bool(piece)
        return piece

    def _stopped(self, piece: str) -> str:
        shown = self._stops.feed(piece) if piece else ""
        if self._stops.reached:
            self.over = "stop"
        return shown

    def _end(self) -> str:
        rest = self._splitter.close()
        if rest and not self._begun:
            self.doubtful = self._stray == "hold" or (
                self._stray == "watch" and reads_like_thinking(rest.lstrip())
            )
        return self._stopped(rest) + self._stops.close()

    def _at_limit(self) -> bool:
        if self._max_tokens is None or self._splitter.thinking:
            return False
        # What is held back may turn out to be thoughts.
        more = 0 if self._begun else self._max_thinking or 0
        if self._tokens() >= self._max_tokens + more:
            return True
        return self._characters >= _most_characters(self._max_tokens + more)

    def _thinks_too_long(self) -> bool:
        most = self._max_thinking
        if most is None:
            if self._max_tokens is None:
                return False
            most = max(self._max_tokens, _UNASKED_THOUGHTS)
        return self.thought_tokens > most

    def _tokens(self) -> int:
        """Return the tokens of text so far: the deltas, unless the server sends single characters."""
        if self.text_tokens >= _SURE_TOKENS and self._bytes < _LEAST_BYTES * self.text_tokens:
            return self._bytes // _BYTES_A_TOKEN
        return self.text_tokens


def _most_characters(tokens: int) -> int:
    """Return a number of characters that so many tokens never have."""
    return _MOST_CHARACTERS * tokens + _SPARE_CHARACTERS
