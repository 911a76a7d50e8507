"""Filter of thinking blocks, so that a reasoning model's thoughts stay out of answers and skeletons."""

from __future__ import annotations

_OPEN = "<think>"
_CLOSE = "</think>"


class ThinkFilter:
    """Filter that drops a ``<think>…</think>`` block at the start of a streamed completion.

    Servers that separate reasoning from text themselves never trigger it. Only the start is looked at, so
    an answer that talks about the tag keeps it. Text is held back only while it can still be the tag.
    """

    def __init__(self) -> None:
        self._state = "start"
        self._held = ""

    def feed(self, text: str) -> str:
        """Filter the next delta of the completion; returns the part that belongs to the answer."""
        if self._state == "text":
            return text
        self._held += text
        if self._state == "start":
            begun = self._held.lstrip()
            if not begun.startswith(_OPEN):
                if _OPEN.startswith(begun):  # also when only white space has come
                    return ""
                return self._pass(self._held)
            self._state = "thinking"
            self._held = begun[len(_OPEN) :]
        if self._state == "thinking":
            _, found, rest = self._held.partition(_CLOSE)
            if not found:
                self._held = self._held[-len(_CLOSE) + 1 :]
                return ""
            self._state = "after"
            self._held = rest
        begun = self._held.lstrip()
        return self._pass(begun) if begun else ""

    def close(self) -> str:
        """End the completion; returns what was held back and is text after all."""
        held = self._held if self._state == "start" else ""
        self._held = ""
        return held

    def _pass(self, text: str) -> str:
        self._state = "text"
        self._held = ""
        return text
