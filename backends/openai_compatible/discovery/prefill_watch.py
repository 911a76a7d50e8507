"""Watch over a prefilled completion: whether the engine continued the started turn, or began it anew."""

from __future__ import annotations

import re
from dataclasses import replace

from sot.types import Chunk

# Beginnings of a turn that engines leave in the text when they do not continue the last one.
_NEW_TURN = re.compile(r"\s*(?:<\|(?:im_start|start_header_id|assistant|start)\|>|<start_of_turn>|<\|turn>)")


class PrefillWatch:
    """Watch over the chunks of one completion; takes the prefill out where the engine repeats it.

    Args:
        prefill: Start of the assistant's turn that the request carried.
        sure: The template was seen to continue a turn: where the start is repeated, the model did it.

    Attributes:
        failed: How it shows that the turn was not continued, in words; ``None`` while nothing shows it.
    """

    def __init__(self, prefill: str, *, sure: bool = False) -> None:
        self.failed: str | None = None
        self._sure = sure
        self._prefill = prefill.strip()
        self._held = ""
        self._watching = bool(self._prefill)

    def take(self, chunk: Chunk) -> Chunk:
        """Pass a chunk on; text that can still be the repeated prefill is held back until it is clear."""
        if not self._watching:
            return chunk
        if not chunk.text:
            if chunk.reasoning and not self._held:
                self.failed = "a request with a started turn was answered with thoughts"
                self._watching = False
            return replace(chunk, text=self._release()) if chunk.finish_reason else chunk
        self._held += chunk.text
        begun = self._held.lstrip()
        if begun.startswith(self._prefill):
            if not self._sure:
                self.failed = "the started turn was repeated in place of being continued"
            self._release()
            return replace(chunk, text=begun[len(self._prefill) :])
        if self._prefill.startswith(begun) and not chunk.finish_reason:
            return replace(chunk, text="")
        if _NEW_TURN.match(self._held):
            self.failed = "a new turn was begun in place of continuing the started one"
        return replace(chunk, text=self._release())

    def close(self) -> str:
        """Return the text that is still held back."""
        return self._release()

    def _release(self) -> str:
        self._watching = False
        held, self._held = self._held, ""
        return held
