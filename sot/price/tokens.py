"""Counter of the tokens of prompts that are not sent: by the engine's tokenizer, else by their length.

By length it begins with what tokenizers usually make of each script, and learns from the prompts whose tokens
the engine told.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache

from ..prompting.conversation import Prompt
from ..types import Backend, CountsTokens, Message

_log = logging.getLogger(__name__)

_TURN = 5.0  # tokens of a turn's marks
_FRAME = 10.0  # tokens of the rest of a chat template
_LATIN = 0.25  # tokens of a character of English
_ACCENTED = 0.45
_OTHER = 0.5  # Cyrillic, Greek, Arabic
_IDEOGRAPH = 0.9  # also of a Japanese or Korean syllable
_WIDE = 0x2E80  # where the scripts of East Asia begin
_BELIEVED = (20.0, 100.0, 400.0)  # prompts by which the first guess weighs as much as three that were counted
_KEPT = 0.98  # share of what was learned that stays with each further prompt
_LEAST_SLOPE, _MOST_SLOPE = 0.3, 4.0


class TokenCounter:
    """Counter of prompt tokens, which learns how many characters a token has."""

    def __init__(self) -> None:
        self._line = _Line()

    async def count(self, backend: Backend, prompts: Sequence[Prompt]) -> list[float]:
        """Return the tokens of each prompt."""
        if isinstance(backend, CountsTokens):
            asked = [(prompt.messages, prompt.prefill) for prompt in prompts]
            try:
                counted = await backend.count_tokens(asked)
            except Exception as error:  # noqa: BLE001 - a chat template may raise anything; no answer fails for it
                _log.info("prompts are counted by their length: %s", type(error).__name__)
                counted = None
            if counted is not None:
                return [float(tokens) for tokens in counted]
        return [self.by_length(prompt.messages, prompt.prefill) for prompt in prompts]

    def by_length(self, messages: Sequence[Message], prefill: str | None = None) -> float:
        """Return the tokens of a prompt by its length, as far as it is known how long tokens are."""
        return self._line.at(_guess(messages, prefill))

    def learn(self, messages: Sequence[Message], prefill: str | None, tokens: int) -> None:
        """Take note of the tokens that the engine counted in a prompt."""
        self._line.learn(_guess(messages, prefill), tokens)


class _Line:
    """Line through guesses and counts: tokens of a character, and those that a chat template adds."""

    def __init__(self) -> None:
        self._count = self._x = self._y = self._xx = self._xy = 0.0
        for guess in _BELIEVED:
            self.learn(guess, guess)

    def learn(self, guess: float, tokens: float) -> None:
        """Take note of a count. Long prompts weigh less, since a share of each is to be right."""
        weight = 1 / max(guess, 1.0)
        self._count = self._count * _KEPT + weight
        self._x = self._x * _KEPT + weight * guess
        self._y = self._y * _KEPT + weight * tokens
        self._xx = self._xx * _KEPT + weight * guess * guess
        self._xy = self._xy * _KEPT + weight * guess * tokens

    def at(self, guess: float) -> float:
        """Return the tokens of a prompt of this guess."""
        spread = self._xx - self._x**2 / self._count
        slope = (self._xy - self._x * self._y / self._count) / spread if spread > 0 else 1.0
        slope = min(max(slope, _LEAST_SLOPE), _MOST_SLOPE)
        start = (self._y - slope * self._x) / self._count
        return max(start + slope * guess, 1.0)


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
