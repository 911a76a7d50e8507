"""Tokenizer of the simulated engine: short pieces of text, the same in a completion and in a later prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sot.types import Message

# About as many tokens as a usual tokenizer makes: a word of up to five letters with the space before it, a
# sign, a Chinese or Japanese character. A completion, repeated in a prompt, splits into the same tokens.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]| ?[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,5}"
    r"| ?[^\w\s]|_|[^\S ]| +(?=\S)| +|[\s\S]"
)
_AFTER = ("<end>", "\n")


@lru_cache(maxsize=4096)
def tokens_of(text: str) -> tuple[str, ...]:
    """Split a text into tokens; joined, they are the text."""
    return tuple(_TOKEN.findall(text))


def prompt_tokens(messages: Sequence[Message], prefill: str | None) -> list[str]:
    """Tokenize a conversation as a chat template would lay it out, up to where the completion begins."""
    tokens: list[str] = []
    for message in messages:
        tokens += _opening(message.role)
        tokens += tokens_of(message.content)
        tokens += _AFTER
    tokens += _opening("assistant")
    return [*tokens, *tokens_of(prefill)] if prefill else tokens


def _opening(role: str) -> tuple[str, ...]:
    return ("<start>", role, "\n")
