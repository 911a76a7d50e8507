"""Finish reasons of a completion by the names that servers give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from sot.types import FinishReason

_Reason = FinishReason | Literal["broken"]
_KINDS: Mapping[_Reason, re.Pattern[str]] = {
    "length": re.compile(
        r"length|max(?:output|new|completion)?tokens?|tokenlimit|contextwindow|truncat|limitreached"
    ),
    "content_filter": re.compile(
        r"filter|safety|recitation|blocklist|blocked|prohibited|spii|refus|guardrail|sensitive|moderat|flagged"
    ),
    "tool_calls": re.compile(r"^(?:tool|function)"),
    # vLLM, gateways, Zhipu, DeepSeek: requests that the engine dropped
    "broken": re.compile(r"abort|error|cancel|insufficientsystem|overload|timeout|timedout|fail"),
}
_NOT_YET = ("", "none", "null", "unspecified", "notfinished", "continue", "false")


def finish_reason(value: Any) -> _Reason | None:
    """Return a finish reason by our name; ``broken`` for a completion that the engine gave up.

    Args:
        value: The server's finish reason, in any case and with any separators; an enumeration's name before
            a dot is skipped.

    Returns:
        ``None`` where the completion goes on; ``stop`` for a reason of no known name.
    """
    if isinstance(value, dict):  # SGLang's own interface
        value = value.get("type")
    if not value:
        return None
    if not isinstance(value, str):
        return "stop"
    name = re.sub(r"[^a-z]", "", value.rpartition(".")[2].lower()).removeprefix("finishreason")
    if name in _NOT_YET:
        return None
    for reason, pattern in _KINDS.items():
        if pattern.search(name):
            return reason
    return "stop"
