"""Prompt tokens of requests that are not sent, for engines whose tokenizer is in this process."""

from __future__ import annotations

import asyncio
import copy
import threading
from collections.abc import Sequence
from typing import Any

from sot.types import Message

from .chat_template import encode_chat


class PromptCounter:
    """Counter of prompt tokens, with a tokenizer of its own: the engine's is in use by its thread.

    Args:
        tokenizer: The engine's tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._lent = tokenizer
        self._own: Any = None
        self._lock = threading.Lock()

    async def count(self, prompts: Sequence[tuple[Sequence[Message], str | None]]) -> list[int]:
        """Return the tokens of each prompt."""
        return await asyncio.to_thread(self._count, prompts)

    def _count(self, prompts: Sequence[tuple[Sequence[Message], str | None]]) -> list[int]:
        with self._lock:
            if self._own is None:
                self._own = copy.deepcopy(self._lent)
            return [len(encode_chat(self._own, messages, prefill)) for messages, prefill in prompts]
