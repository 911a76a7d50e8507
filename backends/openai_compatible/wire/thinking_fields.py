"""Request fields that tell a reasoning model to think, or not to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

EFFORT = "reasoning_effort"
TEMPLATE = "chat_template_kwargs"
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")  # from the least to the most


def thinking_fields(
    think: bool | None, callers: Mapping[str, Any], *, effort: str | None = None
) -> dict[str, Any]:
    """Return the request fields for `sot.types.GenerateConfig.think`.

    No engine minds a template argument that its template does not know, so both usual names are sent:
    ``enable_thinking`` (Qwen and most others) and ``thinking`` (DeepSeek, Granite).

    Args:
        think: Whether the model thinks; ``None`` leaves it to the model.
        callers: The caller's own fields, whose values win, key by key.
        effort: Least effort that the server accepts, where that is known not to be ``none``.
    """
    if think is None:
        return {}
    fields: dict[str, Any] = {TEMPLATE: {"enable_thinking": think, "thinking": think}}
    if not think:
        fields[EFFORT] = effort or "none"
    own = callers.get(TEMPLATE)
    if isinstance(own, Mapping):
        fields[TEMPLATE] |= own
    elif TEMPLATE in callers:
        del fields[TEMPLATE]
    if EFFORT in callers:
        fields.pop(EFFORT, None)
    return fields


def lowest_effort(message: str, refused: str) -> str | None:
    """Return the least effort that a refusal names as accepted; ``None`` where it names none.

    Args:
        message: The server's message.
        refused: The effort that was refused.
    """
    named = set(re.findall(r"[a-z]+", message.lower()))
    below = _EFFORTS.index(refused) if refused in _EFFORTS else -1
    return next((effort for effort in _EFFORTS[below + 1 :] if effort in named), None)
