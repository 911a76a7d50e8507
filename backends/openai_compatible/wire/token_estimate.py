"""Tokens that a provider counts a request with before it is answered: its prompt and its token limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from .request import LIMITS

_CHARS = 4  # of a token, in the Latin alphabet
_TURN = 4  # tokens around a turn
_NO_LIMIT = 1024  # tokens of an answer to a request that sets none
_ATTACHMENT = 1000  # tokens of an image or a file
_LEARN = 0.2
_MOST = 4.0


class TokenEstimate:
    """Estimate of a model's tokens, corrected by what its answers say their prompts had.

    It is never corrected to less than four characters a token, by which providers estimate, too.
    """

    def __init__(self) -> None:
        self._factor = 1.0

    def of(self, body: Mapping[str, Any]) -> float:
        """Return the tokens that a request counts as."""
        given = next((body[name] for name in LIMITS if isinstance(body.get(name), int | float)), _NO_LIMIT)
        return self._factor * prompt_estimate(body) + max(0, given)

    def learn(self, body: Mapping[str, Any], prompt_tokens: int) -> None:
        """Take note of the tokens that a request's prompt had."""
        if prompt_tokens > 0:
            seen = min(_MOST, max(1.0, prompt_tokens / prompt_estimate(body)))
            self._factor += _LEARN * (seen - self._factor)


def prompt_estimate(body: Mapping[str, Any]) -> float:
    """Return the tokens of a request's turns and tools, by their characters."""
    turns = body.get("messages")
    number = len(cast("Sequence[Any]", turns)) if isinstance(turns, list) else 1
    return max(1.0, _TURN * number + _tokens(turns) + _tokens(body.get("tools")))


def _tokens(value: Any) -> float:
    if isinstance(value, str):
        if value.startswith("data:"):
            return _ATTACHMENT
        other = len(value) - len(value.encode("ascii", "ignore"))
        return other + (len(value) - other) / _CHARS
    if isinstance(value, Mapping):
        return sum(_tokens(each) for each in cast("Mapping[Any, Any]", value).values())
    if isinstance(value, list | tuple):
        return sum(_tokens(each) for each in cast("Sequence[Any]", value))
    return 0.0
