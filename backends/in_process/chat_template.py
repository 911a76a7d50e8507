"""Injection-safe encoding of a conversation: chat template in, token ids out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sot.errors import ContextLengthError
from sot.types import Chunk, Message

from .chat_render import RenderedPrompt, renderer_of
from .chat_turns import Turn
from .control_tokens import ControlTokenGuard
from .engine_request import EngineRequest


@dataclass(frozen=True, slots=True)
class EncodedPrompt:
    """Token ids of a prompt.

    Args:
        ids: Token ids, with at most one token for the beginning of the sequence.
        opened: Opening mark of the thinking block that the prompt ends in; empty without one.
    """

    ids: list[int]
    opened: str


def encode_chat(
    tokenizer: Any, messages: Sequence[Message], prefill: str | None = None, *, think: bool | None = None
) -> list[int]:
    """Render a conversation with the tokenizer's chat template and tokenize it.

    Args:
        tokenizer: A transformers tokenizer. Without a chat template the turns are written plainly, as
            ``User: …`` and ``Assistant:``.
        messages: The conversation, in order. System messages are merged into one, and neighbours of one role;
            a template that refuses the system role gets its text in the first user turn.
        prefill: The start of the assistant's turn, which the completion continues; never in a thinking block.
        think: Whether the model is to think first, by the template's own arguments; ``None`` leaves it to the
            template. ``False`` also closes a thinking block that the template opens.

    Returns:
        Token ids of the whole prompt, with at most one token for the beginning of the sequence.
    """
    return encode_prompt(tokenizer, messages, prefill, think=think).ids


def encode_request(tokenizer: Any, request: EngineRequest, context_length: int) -> EncodedPrompt:
    """Encode a request's prompt, for an engine's thread.

    If the prompt ends in a thinking block, its opening mark is sent to the reader as the completion's first
    text, so that the thoughts can be told from the answer.

    Args:
        context_length: Most tokens of prompt and completion together.

    Raises:
        ContextLengthError: The prompt leaves no room for a completion.
    """
    prompt = encode_prompt(tokenizer, request.messages, request.prefill, think=request.config.think)
    if len(prompt.ids) >= context_length:
        raise ContextLengthError(prompt_tokens=len(prompt.ids), context_length=context_length)
    if prompt.opened:
        request.send(Chunk(prompt.opened))
    return prompt


def encode_prompt(
    tokenizer: Any, messages: Sequence[Message], prefill: str | None = None, *, think: bool | None = None
) -> EncodedPrompt:
    """Render and tokenize a conversation; see `encode_chat`."""
    guard = ControlTokenGuard(tokenizer)
    turns = [{"role": turn.role, "content": guard.hide(turn.content)} for turn in messages]
    begun = guard.hide(prefill) if prefill else None
    has_template = bool(getattr(tokenizer, "chat_template", None))
    if has_template:
        prompt = renderer_of(tokenizer).render(turns, begun, think)
    else:
        prompt = RenderedPrompt(_plain(turns) + (begun or ""))
    ids: list[int] = []
    for piece, is_plain in guard.split(prompt.text):
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
    return EncodedPrompt(ids, prompt.opened)


def _plain(turns: Sequence[Turn]) -> str:
    names = {"system": "System", "user": "User", "assistant": "Assistant"}
    lines = [f"{names[turn['role']]}: {turn['content'].strip()}\n" for turn in turns]
    return "".join(lines) + "Assistant:"


__all__ = ["encode_chat"]
