"""Counter of the tokens of prompts that are not sent: by the engine's tokenizer, else by their length.

By length it begins with what tokenizers usually make of each script, and learns from the prompts whose tokens
the engine told.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ..prompting.conversation import Prompt
from ..types import Backend, CountsTokens, Message

_TURN = 5.0  # tokens of a turn's marks
_FRAME = 10.0  # tokens of the rest of a chat template
_LATIN = 0.25  # tokens of a character of English
_ACCENTED = 0.45
_OTHER = 0.5  # Cyrillic, Greek, Arabic
_IDEOGRAPH = 0.9  # also of a Japanese or Korean syllable
_WIDE = 0x2E80  # where the scripts of East Asia begin
_STEADY = 800.0  # tokens that the first guess weighs
_KEPT = 0.98  # share of what was learned that stays with each further prompt


class TokenCounter:
    """Counter of prompt tokens, which learns how many characters a token has."""

    def __init__(self) -> None:
        self._guessed = self._told = _STEADY

    async def count(self, backend: Backend, prompts: Sequence[Prompt]) -> list[float]:
        """Return the tokens of each prompt."""
        if isinstance(backend, CountsTokens):
            counted = await backend.count_tokens([(prompt.messages, prompt.prefill) for prompt in prompts])
            if counted is not None:
                return [float(tokens) for tokens in counted]
        return [self.by_length(prompt.messages, prompt.prefill) for prompt in prompts]

    def by_length(self, messages: Sequence[Message], prefill: str | None = None) -> float:
        """Return the tokens of a prompt by its length, as far as it is known how long tokens are."""
        return _guess(messages, prefill) * self._told / self._guessed

    def learn(self, messages: Sequence[Message], prefill: str | None, tokens: int) -> None:
        """Take note of the tokens that the engine counted in a prompt."""
        self._guessed = self._guessed * _KEPT + _guess(messages, prefill)
        self._told = self._told * _KEPT + tokens


@lru_cache(maxsize=64)
def text_weight(text: str) -> float:
    """Return about how many tokens a text has."""
    if text.isascii():
        return _LATIN * len(text)
    weight = 0.0
    for character in text:
        code = ord(character)
        if code < 0x80:
            weight += _LATIN
        elif code < 0x250:
            weight += _ACCENTED
        else:
            weight += _OTHER if code < _WIDE else _IDEOGRAPH
    return weight


def _guess(messages: Sequence[Message], prefill: str | None) -> float:
    texts = sum(text_weight(turn.content) for turn in messages)
    return texts + _FRAME + _TURN * (len(messages) + 1) + text_weight(prefill or "")
