"""Fields about thinking, in the forms of several engines and gateways, as one wish of the caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from .request_fields import TEMPLATE_ARGUMENTS, THINKING_FIELDS, is_empty

# Arguments of chat templates that switch thinking.
_TEMPLATE_SWITCHES = frozenset(
    {
        *("enable_thinking", "thinking", "think", "enable_reasoning", "reasoning"),
        *("reasoning_effort", "thinking_mode", "thinking_budget"),
    }
)
# Keys of the objects `reasoning` and `thinking` that switch it.
_OBJECT_SWITCHES = frozenset({"enabled", "type", "effort", "max_tokens", "budget_tokens"})
_LIMITS = frozenset({"max_tokens", "budget_tokens", "thinking_budget"}) | {
    name for name in THINKING_FIELDS if "budget" in name
}
_OFF = frozenset({"none", "off", "false", "no", "disabled", "disable", "no_think", "nothink"})
_UNDECIDED = frozenset({"", "auto", "default"})
_MOST_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class ThinkingWish:
    """Wish of a request about thinking.

    Args:
        thinks: Whether the model shall think; ``None`` where the request does not say.
        max_tokens: Most tokens of thoughts, where the request says.
        switches: The fields that say so, as they were sent.
        rest: The fields in question without what switches thinking.
    """

    thinks: bool | None = None
    max_tokens: int | None = None
    switches: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rest: Mapping[str, Any] = field(default_factory=dict[str, Any])


def read_thinking(fields: Mapping[str, Any]) -> ThinkingWish:
    """Read what a request's fields say about thinking; where they contradict each other, off wins.

    Args:
        fields: The request.
    """
    said: dict[str, bool] = {}
    rest: dict[str, Any] = {}
    limit: int | None = None
    for name in (*sorted(THINKING_FIELDS), TEMPLATE_ARGUMENTS):
        value = fields.get(name)
        if is_empty(value):
            continue
        switches = dict(_switches(name, value))
        decided = [found for part in switches.values() if (found := _switch(part)) is not None]
        if not decided:
            rest[name] = value
            continue
        said[name] = all(decided)
        limit = next((found for key, part in switches.items() if (found := _limit(key, part))), limit)
        if left := _without(value, switches):
            rest[name] = left
    thinks = all(said.values()) if said else None
    kept = {name: fields[name] for name, decided in said.items() if decided is thinks}
    return ThinkingWish(thinks, limit if thinks else None, kept, rest)


def _switches(name: str, value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict):
        if name != TEMPLATE_ARGUMENTS:
            yield name, value
        return
    keys = _TEMPLATE_SWITCHES if name == TEMPLATE_ARGUMENTS else _OBJECT_SWITCHES
    for key, part in cast("dict[str, object]", value).items():
        if key in keys:
            yield key, part


def _without(value: object, switches: Mapping[str, object]) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    return {key: part for key, part in cast("dict[str, Any]", value).items() if key not in switches}


def _switch(value: object) -> bool | None:
    """Return whether a value switches thinking on or off; ``None`` where it does neither."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return None if value < 0 else value > 0  # a budget; below 0 is without a limit
    if isinstance(value, str):
        word = value.strip().lower()
        return None if word in _UNDECIDED else word not in _OFF
    return None


def _limit(key: str, value: object) -> int | None:
    if key not in _LIMITS or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return min(int(value), _MOST_TOKENS) if value >= 1 else None
