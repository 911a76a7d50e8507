"""From token ids to text, piece by piece: whole characters only, and stop strings never shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_CONTEXT = 6  # Tokens before the completion that decide how its first token reads (a leading space).


class Detokenizer:
    """Turns the tokens of one completion into text deltas.

    A token is decoded together with the few before it, because its text may depend on them; a delta
    that ends inside a character is kept until the character is whole.

    Args:
        decode: From token ids to text, without special tokens.
        prompt: The prompt's token ids.
    """

    def __init__(self, decode: Callable[[list[int]], str], prompt: Sequence[int]) -> None:
        self._decode = decode
        self._ids = list(prompt[-_CONTEXT:])
        self._start = 0
        self._shown = len(self._ids)

    def push(self, token: int) -> str:
        """The new text after one more token; empty while a character is incomplete."""
        self._ids.append(token)
        before = self._decode(self._ids[self._start : self._shown])
        now = self._decode(self._ids[self._start :])
        if len(now) <= len(before) or now.endswith("\ufffd"):
            return ""
        # Shown text stays as context for one more round; what is older is forgotten.
        self._start, self._shown = self._shown, len(self._ids)
        return now[len(before) :]


class StopFilter:
    """Lets text through until a stop string occurs; holds back what may be the start of one.

    Args:
        stop: The stop strings; empty ones are ignored.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [text for text in stop if text]
        self._held = ""

    def push(self, delta: str) -> tuple[str, bool]:
        """Text that may be shown now, and whether a stop string ended the completion."""
        if not self._stop:
            return delta, False
        text = self._held + delta
        found = min((at for stop in self._stop if (at := text.find(stop)) >= 0), default=-1)
        if found >= 0:
            self._held = ""
            return text[:found], True
        keep = max(_overlap(text, stop) for stop in self._stop)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep], False

    def flush(self) -> str:
        """What was held back, once no more text comes."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of ``text`` that is a proper beginning of ``stop``."""
    for length in range(min(len(stop) - 1, len(text)), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
