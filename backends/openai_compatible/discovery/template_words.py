"""Findings from rendered prompts of a chat template: whether it continues a turn, how it treats thoughts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from sot.text.thought_marks import PAIRS

from ..wire.thinking_fields import TEMPLATE, thinking_fields
from .findings import Findings

QUESTION = "Name three fruits."
PREFILL = "1. Apples"
ASKED: tuple[Mapping[str, str], ...] = ({"role": "user", "content": QUESTION},)
PREFILLED: tuple[Mapping[str, str], ...] = (*ASKED, {"role": "assistant", "content": PREFILL})
THINK_OFF: Mapping[str, Any] = {TEMPLATE: thinking_fields(False, {})[TEMPLATE]}
"""Field with the template arguments that switch thinking off, as requests carry it."""

CONTINUES = "ends a prompt with the started turn"
"""Part of the evidence of a template that was seen to continue a turn."""

_VARIANT = re.compile(r"<(/?think):\w+>")  # <think:SUFFIX>
_HARMONY = "<|channel|>analysis"  # gpt-oss: it always thinks, in a channel that no argument closes
_OPENING = tuple(opening for opening, _ in PAIRS)
# Marks that close nothing else: some models close their thoughts as they close a turn.
_CLOSING = tuple(closing for _, closing in PAIRS if "/" in closing)
_Block = Literal["open", "closed", "none"]


def prefill_findings(prompts: Mapping[str, str | None], how: str) -> Findings:
    """Conclude whether a prefilled turn is continued.

    Args:
        prompts: Rendered prompts of `PREFILLED` by the way they were asked for; ``None`` where the server
            refused.
        how: The request that rendered them, for the evidence.
    """
    told = {way: prompt for way, prompt in prompts.items() if prompt is not None}
    for way, prompt in told.items():
        if prompt.rstrip().endswith(PREFILL):
            return {"continues_turn": (True, f"{how} {CONTINUES}{way}")}
    if told:
        return {"continues_turn": (False, f"{how} closes the started turn or leaves it out")}
    if prompts:
        return {"continues_turn": (False, f"{how} refuses a started turn")}
    return {}


def thinking_findings(
    default: str | None, off: str | None, how: str, template: str | None = None
) -> Findings:
    """Conclude how the chat template treats thoughts.

    Args:
        default: Rendered prompt of `ASKED`, with a generation prompt.
        off: The same with `THINK_OFF`; ``None`` where it could not be rendered.
        how: The request that rendered them, for the evidence.
        template: Source of the chat template, where the server tells it.
    """
    if template is not None and _HARMONY in template:
        said = "the chat template has harmony's analysis channel"
        return {
            "thinks": (True, said),
            "opens_thinking": (False, said),
            "stops_thinking": (False, f"{said}, which no argument closes"),
        }
    if default is None:
        return {}
    before, after = _block(default), None if off is None else _block(off)
    found: dict[str, tuple[Any, str]] = {
        "opens_thinking": (
            before == "open",
            f"{how} {'ends' if before == 'open' else 'does not end'} a prompt inside a thinking block",
        )
    }
    stops = f"{how} with enable_thinking false"
    if before == "open":
        found["thinks"] = (True, f"{how} ends a prompt inside a thinking block")
        if after is not None:
            still = "still opens" if after == "open" else "does not open"
            found["stops_thinking"] = (after != "open", f"{stops} {still} the thinking block")
    elif before == "closed":
        found["thinks"] = (False, f"{how} closes the thinking block unless it is asked for")
        found["stops_thinking"] = (True, found["thinks"][1])
    elif after == "closed":
        found["thinks"] = (True, f"{stops} adds an empty thinking block, so without it the model may think")
        found["stops_thinking"] = (True, f"{stops} adds an empty thinking block")
    elif off is not None and off != default:
        found["thinks"] = (True, f"{stops} renders another prompt")
        found["stops_thinking"] = (True, f"{stops} renders another prompt")
    elif template is not None and not any(mark in template for mark in (*_OPENING, *_CLOSING)):
        found["thinks"] = (False, "the chat template has no thinking block")
    return found


def _block(prompt: str) -> _Block:
    """Return the state of the thinking block after the question."""
    rest = _VARIANT.sub(r"<\1>", prompt.rpartition(QUESTION)[2])
    opened, opening, closing = max((rest.rfind(opening), opening, closing) for opening, closing in PAIRS)
    if opened >= 0:
        return "closed" if closing in rest[opened + len(opening) :] else "open"
    return "closed" if any(closing in rest for closing in _CLOSING) else "none"
