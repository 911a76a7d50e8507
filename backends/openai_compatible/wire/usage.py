"""Token usage of a completion, in the shapes and places where servers put it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sot.types import Usage

_PROMPT = ("prompt_tokens", "input_tokens", "prompt_token_count", "promptTokenCount", "prompt_eval_count")
_COMPLETION = (
    "completion_tokens",
    "output_tokens",
    "candidates_token_count",
    "candidatesTokenCount",
    "generated_tokens",
    "eval_count",
)
_CACHED = (
    "cached_tokens",
    "prompt_cache_hit_tokens",  # DeepSeek
    "cache_read_input_tokens",  # Anthropic
    "cached_content_token_count",
    "cachedContentTokenCount",
)
_REASONING = ("reasoning_tokens", "thinking_tokens", "thoughts_token_count", "thoughtsTokenCount")
_TOTAL = ("total_tokens", "total_token_count", "totalTokenCount")
_MOST_DIGITS = 15
_PROMPT_DETAILS = ("prompt_tokens_details", "input_tokens_details")
_COMPLETION_DETAILS = ("completion_tokens_details", "output_tokens_details")
# Where an object has none of these, it has no usage outside of its choices: most objects of a stream.
_HOLDERS = frozenset({"usage", "x_groq", "usageMetadata", "usage_metadata", "timings", "tokens"})
_HOLDERS |= {_PROMPT[-1], _COMPLETION[-1]}
_PLAIN = frozenset({"prompt_tokens", "completion_tokens", "total_tokens"})


def count(value: Any) -> int:
    """Read a token count of a server's JSON, also one in quotes; 0 for anything that is none."""
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**53:
        return 0
    return int(value)


def find_usage(event: Mapping[str, Any]) -> Usage | None:
    """Return the usage that an object of the response carries; ``None`` where it has none, or only nulls.

    Its ``completion_tokens`` are 0 where the server does not tell them.
    """
    if _is_bare(event):
        return None
    if (usage := plain_usage(event.get("usage"))) is not None:
        return usage
    for place in _places(event):
        if (usage := _read(place)) is not None:
            return usage
    return _timings(event.get("timings")) or _read(event, _PROMPT[-1:], _COMPLETION[-1:])  # Ollama's own


def tells_cached(event: Mapping[str, Any]) -> bool:
    """Return whether an object of the response says how many tokens were cached, be it none."""
    if _is_bare(event) or (event.keys() & _HOLDERS == {"usage"} and _has_plain_usage(event)):
        return False
    groups = [event.get("timings")]
    for place in _places(event):
        groups += [place, *(place.get(name) for name in _PROMPT_DETAILS)]
    names = (*_CACHED, "cache_n")
    return any(group.get(name) is not None for group in groups if isinstance(group, dict) for name in names)


def plain_usage(usage: Any) -> Usage | None:
    """Read a usage of the three usual counts alone; ``None`` where it has another shape."""
    if type(usage) is not dict or usage.keys() != _PLAIN:
        return None
    prompt, completion = usage["prompt_tokens"], usage["completion_tokens"]
    if type(prompt) is type(completion) is int and 0 < prompt < 2**53 and 0 <= completion < 2**53:
        return Usage(prompt, 0, completion, 1)
    return None


def _has_plain_usage(event: Mapping[str, Any]) -> bool:
    """Return whether an object's usage has the three usual counts alone."""
    usage = event.get("usage")
    return isinstance(usage, dict) and usage.keys() == _PLAIN


def _is_bare(event: Mapping[str, Any]) -> bool:
    """Return whether an object surely has no usage: a look at its keys, since one comes with every token."""
    if not _HOLDERS.isdisjoint(event):
        return False
    choices = event.get("choices")
    return not (
        isinstance(choices, list) and choices and isinstance(choices[0], dict) and "usage" in choices[0]
    )


def _places(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the objects in which servers put the usage."""
    groq, choices = event.get("x_groq"), event.get("choices")
    places: list[Any] = [event.get("usage"), groq.get("usage") if isinstance(groq, dict) else None]
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        places.append(choices[0].get("usage"))  # Kimi
    places += [event.get("usageMetadata"), event.get("usage_metadata")]
    return [place for place in places if isinstance(place, dict)]


def _read(
    fields: Mapping[str, Any], prompts: tuple[str, ...] = _PROMPT, completions: tuple[str, ...] = _COMPLETION
) -> Usage | None:
    inner = fields.get("tokens")  # Cohere
    if isinstance(inner, dict):
        fields = inner
    prompt, completion = _first(fields, prompts), _first(fields, completions)
    if not prompt and not completion:
        return None
    cached = _first(fields, _CACHED) or _detail(fields, _PROMPT_DETAILS, _CACHED)
    reasoning = _first(fields, _REASONING) or _detail(fields, _COMPLETION_DETAILS, _REASONING)
    if reasoning and _first(fields, _TOTAL) == prompt + completion + reasoning:
        completion += reasoning  # Gemini and xAI count thoughts apart from the rest
    if "cache_read_input_tokens" in fields and "prompt_tokens" not in fields:
        prompt += cached  # Anthropic counts cached tokens apart from the rest
    return Usage(prompt, min(cached, prompt), completion, 1, reasoning)


def _timings(timings: Any) -> Usage | None:
    """Read llama.cpp's ``timings``, which come with every response, also where no usage does."""
    if not isinstance(timings, dict):
        return None
    computed, cached = count(timings.get("prompt_n")), count(timings.get("cache_n"))
    completion = count(timings.get("predicted_n"))
    return Usage(computed + cached, cached, completion, 1) if computed or completion else None


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((number for name in names if (number := count(fields.get(name)))), 0)


def _detail(fields: Mapping[str, Any], groups: tuple[str, ...], names: tuple[str, ...]) -> int:
    found = [_first(group, names) for name in groups if isinstance(group := fields.get(name), dict)]
    return max(found, default=0)
