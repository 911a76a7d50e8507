"""Tokenizer of a prepared model: what the engine uses of transformers' tokenizer, without its import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel

from .chat_render import template_source
from .template_environment import compiled

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class SpecialToken(str):
    """Special token of the vocabulary."""

    special = True


class TokenizerFacts(BaseModel):
    """Facts of a tokenizer of transformers beside its ``tokenizer.json``.

    Args:
        special_ids: Ids of ``special_tokens``, in the same order.
        added: Special tokens of the vocabulary, by id.
        named: Special tokens by the names that chat templates use, such as ``eos_token``.
    """

    chat_template: str | None
    special_tokens: list[str]
    special_ids: list[int]
    added: dict[int, str]
    named: dict[str, str]
    bos_token_id: int | None
    add_bos_token: bool

    @classmethod
    def of(cls, tokenizer: Any) -> Self | None:
        """Return the facts of a transformers tokenizer; ``None``: it is none of ``tokenizers``."""
        if getattr(tokenizer, "backend_tokenizer", None) is None:
            return None
        added: Mapping[int, Any] = getattr(tokenizer, "added_tokens_decoder", {})
        return cls(
            chat_template=template_source(tokenizer) if tokenizer.chat_template else None,
            special_tokens=tokenizer.all_special_tokens,
            special_ids=tokenizer.all_special_ids,
            added={number: str(token) for number, token in added.items() if token.special},
            named=tokenizer.special_tokens_map,
            bos_token_id=tokenizer.bos_token_id,
            add_bos_token=bool(getattr(tokenizer, "add_bos_token", False)),
        )


class LightTokenizer:
    """Tokenizer with the methods and attributes of transformers' that the engines use.

    Args:
        backend: The tokenizer of the library ``tokenizers``.
        facts: What else is known of it.
    """

    def __init__(self, backend: Tokenizer, facts: TokenizerFacts) -> None:
        self.backend_tokenizer = backend
        self.chat_template = facts.chat_template
        self.all_special_tokens = facts.special_tokens
        self.all_special_ids = facts.special_ids
        self.added_tokens_decoder = {number: SpecialToken(text) for number, text in facts.added.items()}
        self.bos_token_id = facts.bos_token_id
        self.add_bos_token = facts.add_bos_token
        self._named = facts.named

    @classmethod
    def read(cls, file: Path, facts: TokenizerFacts) -> Self:
        """Read a ``tokenizer.json``.

        Raises:
            Exception: It cannot be read.
        """
        from tokenizers import Tokenizer

        backend = Tokenizer.from_file(str(file))
        backend.no_truncation()
        backend.no_padding()
        return cls(backend, facts)

    def encode(
        self, text: str, *, add_special_tokens: bool = False, split_special_tokens: bool = False
    ) -> list[int]:
        """Return the token ids of a text.

        Args:
            add_special_tokens: Whether to add those that the model expects around a text.
            split_special_tokens: Whether the characters of a special token are plain text.
        """
        if self.backend_tokenizer.encode_special_tokens != split_special_tokens:
            self.backend_tokenizer.encode_special_tokens = split_special_tokens
        return self.backend_tokenizer.encode(text, add_special_tokens=add_special_tokens).ids

    def get_chat_template(self) -> str | None:
        """Return the chat template."""
        return self.chat_template

    def apply_chat_template(
        self, turns: Sequence[Mapping[str, Any]], *, add_generation_prompt: bool = False, **given: Any
    ) -> str:
        """Render a conversation.

        Args:
            given: Further values for the template; they go before the special tokens.

        Raises:
            Exception: The template's own error.
        """
        values = {"tools": None, "documents": None, **self._named, **given}
        values.pop("tokenize", None)
        conversation = [{name: value for name, value in turn.items() if value is not None} for turn in turns]
        return compiled(self.chat_template or "").render(
            messages=conversation, add_generation_prompt=add_generation_prompt, **values
        )


__all__ = ["LightTokenizer", "TokenizerFacts"]
