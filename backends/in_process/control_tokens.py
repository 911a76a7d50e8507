"""Guard of control tokens: only the chat template may write them, never the text of a message.

A chat template writes control tokens such as ``<|im_end|>`` into the prompt. The same characters inside a
message are only text. Each such place is rendered as a private sentinel, and becomes plain text again when
the pieces are tokenized.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# Two private-use characters around a number: nothing a template or a tokenizer gives a meaning to.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_SENTINEL = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
PLACE = "\ue0f2"
"""Private-use character that stands for a text whose place in the rendered prompt is looked for."""
ASKED = "\ue0f3"
"""Private-use character after the question, so that what the template writes after it can be told."""


class ControlTokenGuard:
    """Escape of control tokens inside messages: hidden behind sentinels, and found again after rendering.

    Args:
        tokenizer: A transformers tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._hidden: list[str] = []
        names = {_OPEN, _CLOSE, PLACE, ASKED, *tokenizer.all_special_tokens}
        names |= {
            str(token) for token in getattr(tokenizer, "added_tokens_decoder", {}).values() if token.special
        }
        self._special = re.compile(
            "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
        )

    def hide(self, content: str) -> str:
        """Replace every control token in a message's text by a sentinel."""

        def sentinel(match: re.Match[str]) -> str:
            self._hidden.append(match[0])
            return f"{_OPEN}{len(self._hidden) - 1}{_CLOSE}"

        return self._special.sub(sentinel, content)

    def split(self, text: str) -> Iterator[tuple[str, bool]]:
        """Yield the pieces of the rendered text, with ``True`` where no control token may be read."""
        end = 0
        for match in _SENTINEL.finditer(text):
            if match.start() > end:
                yield text[end : match.start()], False
            yield self._hidden[int(match[1])], True
            end = match.end()
        if end < len(text):
            yield text[end:], False


__all__ = ["ASKED", "PLACE", "ControlTokenGuard"]
