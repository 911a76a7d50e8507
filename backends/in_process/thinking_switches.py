"""Arguments by which chat templates switch thinking on and off, found in a template's own text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

# What turns thinking off and on. A template gets those of the arguments that it reads.
_SWITCHES: Mapping[str, tuple[Any, Any]] = {
    "enable_thinking": (False, True),  # Qwen, GLM, SmolLM3, Nemotron, Gemma and most others
    "thinking": (False, True),  # DeepSeek, Granite, Kimi
    "reasoning": (False, True),  # Cohere
    "enable_reasoning": (False, True),
    "thinking_mode": ("disabled", "enabled"),  # MiniMax
    "thinking_option": ("off", "on"),  # Ling
    "thinking_budget": (0, -1),  # Seed-OSS, in tokens; -1 is no limit
}
_EFFORTS = ("reasoning_effort", "thinking_effort", "reasoning_strength")
_NO_EFFORT = ("none", "no_think", "minimal")  # values that mean no thinking at all
_LEAST_EFFORT = "low"


def switches(source: str, think: bool | None) -> Iterator[dict[str, Any]]:
    """Yield the arguments that ask a template for thinking or for none, the most definite first.

    Args:
        source: The template.
        think: Whether to think; ``None`` asks for nothing.

    Returns:
        Sets of arguments; the template may refuse some of them. The last one is empty.
    """
    if think is not None:
        read = _variables(source)
        found = {name: values[think] for name, values in _SWITCHES.items() if name in read}
        efforts = [name for name in _EFFORTS if name in read]
        if found:
            yield found
        elif efforts:
            for value in _effort_values(source, think):
                yield dict.fromkeys(efforts, value)
    yield {}


def has_switch(source: str) -> bool:
    """Whether the template reads an argument that turns thinking off altogether."""
    read = _variables(source)
    if any(name in read for name in _SWITCHES):
        return True
    return any(name in read for name in _EFFORTS) and bool(_quoted(source, _NO_EFFORT))


def has_effort(source: str) -> bool:
    """Whether the template reads an argument that says how much to think."""
    return any(name in _variables(source) for name in _EFFORTS)


def _effort_values(source: str, think: bool) -> list[str]:
    if think:
        # Where the effort can be none, that may be the default; elsewhere the model thinks by itself.
        return ["high", "medium"] if _quoted(source, _NO_EFFORT) else []
    return [*_quoted(source, _NO_EFFORT), _LEAST_EFFORT]


def _quoted(source: str, values: tuple[str, ...]) -> list[str]:
    return [value for value in values if f"'{value}'" in source or f'"{value}"' in source]


@lru_cache(maxsize=64)
def _variables(source: str) -> frozenset[str]:
    """Return the names that a template reads and does not get from itself."""
    from jinja2 import Environment, TemplateError, meta

    # Transformers' own tag, which only marks the assistant's tokens for training.
    plain = re.sub(r"\{%-?\s*(end)?generation\s*-?%\}", "", source)
    try:
        tree = Environment(extensions=["jinja2.ext.loopcontrols"]).parse(plain)
    except TemplateError:
        return frozenset(re.findall(r"\w+", source))
    return frozenset(meta.find_undeclared_variables(tree))


__all__ = ["has_effort", "has_switch", "switches"]
