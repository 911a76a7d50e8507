"""Injection-safe encoding of a conversation: chat template in, token ids out.

A chat template writes control tokens such as ``<|im_end|>`` into the prompt. The same characters inside
a message are only text. Each such place is rendered as a private sentinel, and becomes plain text again
when the pieces are tokenized: control tokens come from the template alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sot.types import Message

# Two private-use characters around a number: nothing a template or a tokenizer gives a meaning to.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_SENTINEL = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


def encode_chat(tokenizer: Any, messages: Sequence[Message], prefill: str | None = None) -> list[int]:
    """Render a conversation with the tokenizer's chat template and tokenize it.

    Args:
        tokenizer: A transformers tokenizer. Without a chat template the turns are written plainly, as
            ``User: …`` and ``Assistant:``.
        messages: The conversation, in order.
        prefill: The start of the assistant's turn; it follows the generation prompt, and the completion
            continues it.

    Returns:
        Token ids of the whole prompt, with at most one token for the beginning of the sequence.
    """
    guard = _Guard(tokenizer)
    turns = [{"role": turn.role, "content": guard.hide(turn.content)} for turn in messages]
    has_template = bool(getattr(tokenizer, "chat_template", None))
    if has_template:
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    else:
        text = _plain(turns)
    if prefill:
        text += guard.hide(prefill)
    ids: list[int] = []
    for piece, is_plain in guard.split(text):
        ids += tokenizer.encode(piece, add_special_tokens=False, split_special_tokens=is_plain)
    bos = getattr(tokenizer, "bos_token_id", None)
    # A template writes its own start of sequence, if the model wants one; the plain form has none.
    if (
        not has_template
        and bos is not None
        and getattr(tokenizer, "add_bos_token", False)
        and ids[:1] != [bos]
    ):
        ids.insert(0, bos)
    return ids


class _Guard:
    """Escape of control tokens inside messages: hidden behind sentinels, and found again after rendering."""

    def __init__(self, tokenizer: Any) -> None:
        self._hidden: list[str] = []
        names = {_OPEN, _CLOSE, *tokenizer.all_special_tokens}
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


def _plain(turns: Sequence[dict[str, str]]) -> str:
    names = {"system": "System", "user": "User", "assistant": "Assistant"}
    lines = [f"{names[turn['role']]}: {turn['content'].strip()}\n" for turn in turns]
    return "".join(lines) + "Assistant:"


__all__ = ["encode_chat"]
