"""Special tokens that belong into a completion's text: those that set a model's thoughts apart from it."""

from __future__ import annotations

from typing import Any

from sot.text.mark_reader import MarkReader
from sot.text.thought_marks import PAIRS, WRAPPERS, Mark

from .chat_render import template_source
from .thought_blocks import names_thoughts


def hidden_tokens(tokenizer: Any) -> frozenset[int] | None:
    """Return the ids of the special tokens to leave out of the text.

    Engines leave out all of them. Where marks of thoughts are among them, the thoughts would run into the
    answer.

    Returns:
        All special tokens but those of such marks; ``None`` where there are no such marks.
    """
    if not getattr(tokenizer, "chat_template", None) or not names_thoughts(template_source(tokenizer)):
        return None
    special = dict(zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True))
    special |= {
        number: str(token)
        for number, token in getattr(tokenizer, "added_tokens_decoder", {}).items()
        if token.special
    }
    hidden = frozenset(number for number, text in special.items() if not _is_mark(text))
    return hidden if len(hidden) < len(special) else None


def _is_mark(token: str) -> bool:
    """Whether a token is a mark that the core reads, or a part of one."""
    if any(token in mark for pair in (*PAIRS, *WRAPPERS) for mark in pair):
        return True
    reader = MarkReader()
    reader.feed(token)
    return isinstance(reader.read(final=True), Mark)


__all__ = ["hidden_tokens"]
