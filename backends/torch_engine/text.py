"""Incremental detokenization: whole characters only, and nothing from a stop sequence on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_CONTEXT = 6  # prompt tokens that decide how the first token reads (a leading space)


class Detokenizer:
    """Incremental detokenizer of one completion.

    A token is decoded together with the few before it, because its text may depend on them; a delta
    that ends inside a character is kept until the character is whole.

    Args:
        decode: Decodes token ids to text, without special tokens.
        prompt: Token ids of the prompt.
    """

    def __init__(self, decode: Callable[[list[int]], str], prompt: Sequence[int]) -> None:
        self._decode = decode
        self._ids = list(prompt[-_CONTEXT:])
        self._start = 0
        self._shown = len(self._ids)

    def push(self, token: int) -> str:
        """Append a token; returns the new text, empty while a character is incomplete."""
        self._ids.append(token)
        before = self._decode(self._ids[self._start : self._shown])
        now = self._decode(self._ids[self._start :])
        if len(now) <= len(before) or now.endswith("\ufffd"):
            return ""
        # Returned text stays as context for one more round; older text is forgotten.
        self._start, self._shown = self._shown, len(self._ids)
        return now[len(before) :]


class StopScanner:
    """Scanner for stop sequences in streamed text, which holds back what may be the start of one.

    `sot.text.stops.StopFilter` does the same for strategies; engines do not import from there.

    Args:
        stop: Stop sequences; empty ones are ignored.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [text for text in stop if text]
        self._held = ""

    def push(self, delta: str) -> tuple[str, bool]:
        """Scan a delta; returns the text that may be shown now, and whether a stop sequence has come."""
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
        """Return what was held back, at the end of the text."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest suffix of ``text`` that is a proper prefix of ``stop``."""
    for length in range(min(len(stop) - 1, len(text)), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
