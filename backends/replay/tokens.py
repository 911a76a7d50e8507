"""Tokens of the simulated engine: short pieces of text, the same however a text came about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sot.types import Message

# About as many as a usual tokenizer makes: a word of up to five letters with the space before it, a sign, a
# Chinese or Japanese character. What the engine wrote piece by piece reads as the same pieces in a prompt.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]| ?[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,5}"
    r"| ?[^\w\s]|_|[^\S ]| +(?=\S)| +|[\s\S]"
)
_AFTER = ("<end>", "\n")


@lru_cache(maxsize=4096)
def tokens_of(text: str) -> tuple[str, ...]:
    """The tokens of a text; joined, they are the text.

    Args:
        text: The text.
    """
    return tuple(_TOKEN.findall(text))


def prompt_tokens(messages: Sequence[Message], prefill: str | None) -> list[str]:
    """A conversation as a chat template would lay it out, up to where the engine goes on writing.

    Args:
        messages: The conversation.
        prefill: The start of the assistant's turn.
    """
    tokens: list[str] = []
    for message in messages:
        tokens += _opening(message.role)
        tokens += tokens_of(message.content)
        tokens += _AFTER
    tokens += _opening("assistant")
    return [*tokens, *tokens_of(prefill)] if prefill else tokens


def _opening(role: str) -> tuple[str, ...]:
    return ("<start>", role, "\n")
