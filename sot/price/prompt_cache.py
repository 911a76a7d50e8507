"""Expected hits of an engine's prompt cache: what a prompt shares with those that the engine has read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from ..prompting.conversation import Prompt
from ..types import BackendInfo, Message, Usage
from .prices import LEAST_CACHED, Prices
from .tokens import text_weight

_KEPT_S = 300.0  # providers keep a prompt for some minutes
_PROMPTS = 24  # of earlier answers that are looked at
_BLOCK = 16  # tokens that engines keep or forget together
_LARGE_BLOCK = 128  # the same at providers
_BEGUN = 3.0  # answers that the first guess of the hits weighs
_FADES = 0.9
_LEAST_REPORTED, _MOST_REPORTED = 0.02, 1.5


class PromptCache:
    """Memory of the prompts that the engine has read lately, and of the cached tokens that it told."""

    def __init__(self) -> None:
        self._read: deque[tuple[float, Prompt]] = deque(maxlen=_PROMPTS)
        self._expected = self._told = _BEGUN
        self._keeps_short = False

    def least(self, prices: Prices, info: BackendInfo) -> int:
        """Return the tokens of the shortest beginning that is kept: as stated, or as the engine shows it."""
        if prices.least_cached is not None:
            return prices.least_cached
        known = self._keeps_short or info.caches_prefixes in ("running", "idle")
        return 0 if known else LEAST_CACHED

    @property
    def reported(self) -> float:
        """Cached tokens that the engine reports for each that is expected."""
        return min(max(self._told / self._expected, _LEAST_REPORTED), _MOST_REPORTED)

    def read(self, prompts: Iterable[Prompt], now: float) -> None:
        """Take note of prompts that the engine has read."""
        self._read.extend((now, prompt) for prompt in prompts)

    def lately(self, now: float) -> list[Prompt]:
        """Return the prompts that the cache may still hold."""
        return [prompt for since, prompt in self._read if now - since <= _KEPT_S]

    def learn(self, expected: Usage, told: Usage) -> None:
        """Take note of an answer's cached tokens: those that were expected, and those the engine told."""
        if told.cached_tokens and told.prompt_tokens < LEAST_CACHED * told.requests:
            self._keeps_short = True
        if expected.cached_tokens and told.prompt_tokens:
            found = told.cached_tokens / told.prompt_tokens * self.reported
            share = expected.cached_tokens / expected.prompt_tokens
            self._expected = self._expected * _FADES + 1.0
            self._told = self._told * _FADES + min(found / share, 2.0)


def expected_hit(
    prompt: Prompt, tokens: float, found: Sequence[Prompt], *, least: int, info: BackendInfo
) -> float:
    """Return the tokens of a prompt that the cache is expected to serve.

    Args:
        prompt: The prompt.
        tokens: Its tokens.
        found: Prompts that the engine has read.
        least: Tokens of the shortest beginning that the cache keeps.
        info: The engine.
    """
    if info.caches_prefixes == "no" or not found:
        return 0.0
    whole = weight_of(prompt)
    shared = max(_shared(prompt, other) for other in found)
    hit = tokens * min(shared / whole, 1.0) if whole else 0.0
    hit -= hit % (_LARGE_BLOCK if least >= LEAST_CACHED else _BLOCK)
    return hit if hit >= max(least, 1) else 0.0


def weight_of(prompt: Prompt) -> float:
    """Return about how many tokens a prompt has."""
    return sum(text_weight(turn.content) for turn in prompt.messages) + text_weight(prompt.prefill or "")


def _shared(prompt: Prompt, other: Prompt) -> float:
    """Return the weight of the text with which both prompts begin."""
    weight = 0.0
    for one, two in zip(prompt.messages, other.messages, strict=False):
        if one != two:
            return weight + (text_weight(_common(one, two)) if one.role == two.role else 0.0)
        weight += text_weight(one.content)
    return weight


def _common(one: Message, two: Message) -> str:
    """Return the text with which both turns begin."""
    first, second = one.content, two.content
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[:middle] == second[:middle]:
            low = middle
        else:
            high = middle - 1
    return first[:low]
