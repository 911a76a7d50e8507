"""Fields of chat-completion requests: those that every request may carry, and values without effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TEMPLATE_ARGUMENTS = "chat_template_kwargs"
# Sampling fields that have the same meaning for every request of an answer.
SAMPLING_FIELDS = frozenset(
    {
        *("frequency_penalty", "presence_penalty", "top_k", "min_p"),
        *("logit_bias", "verbosity", "repeat_penalty", "repeat_last_n", "no_repeat_ngram_size", "bad_words"),
        *("typical_p", "typical", "tfs", "tfs_z", "top_a", "top_n_sigma", "epsilon_cutoff", "eta_cutoff"),
        *("mirostat", "mirostat_mode", "mirostat_tau", "mirostat_eta"),
        *("dry_multiplier", "dry_base", "dry_allowed_length", "dry_penalty_last_n", "dry_sequence_breakers"),
        *("xtc_probability", "xtc_threshold", "dynatemp_range", "dynatemp_exponent"),
        *("smoothing_factor", "smoothing_curve", "samplers", "temperature_last"),
    }
)
# Fields for the chat template, the cache and the scheduler, and for what becomes of thoughts.
ENGINE_FIELDS = frozenset(
    {
        *(TEMPLATE_ARGUMENTS, "cache_salt", "priority", "cache_prompt", "keep_alive"),
        *("include_reasoning", "separate_reasoning", "reasoning_format", "reasoning_split"),
        *("skip_special_tokens", "spaces_between_special_tokens", "provider", "models", "transforms"),
    }
)
# Fields that say whether, or how much, a reasoning model thinks (`sot.server.request_thinking`).
THINKING_FIELDS = frozenset(
    {
        *("enable_thinking", "think", "thinking", "reasoning", "reasoning_effort"),
        *("thinking_budget", "thinking_token_budget", "thinking_budget_tokens", "reasoning_budget"),
    }
)
_EVERY_REQUEST = (SAMPLING_FIELDS | ENGINE_FIELDS) - {TEMPLATE_ARGUMENTS}  # its switches are about thinking
# Fields about the request that do not affect the text.
NOTES = frozenset(
    {
        *("user", "metadata", "store", "safety_identifier", "service_tier"),
        *("prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "session_id"),
    }
)
# Fields that change nothing at an engine in this process; what switches thinking has become a setting.
_NOTHING_IN_PROCESS = THINKING_FIELDS | frozenset(
    {
        *("priority", "cache_prompt", "keep_alive"),
        *("include_reasoning", "separate_reasoning", "reasoning_format", "reasoning_split"),
    }
)

# Fields that only the engine knows, with the values that ask it for nothing.
_HARMLESS: Mapping[str, Sequence[Any]] = {
    "n": (1,),
    "best_of": (1,),
    "logprobs": (False, 0),
    "top_logprobs": (0,),
    "prompt_logprobs": (0,),
    "n_probs": (0,),
    "min_tokens": (0,),
    "ignore_eos": (False,),
    "echo": (False,),
    "use_beam_search": (False,),
    "add_generation_prompt": (True,),
    "continue_final_message": (False,),
    "include_stop_str_in_output": (False,),
    "return_tokens_as_token_ids": (False,),
    "return_token_ids": (False,),
    "tool_choice": ("none", "auto"),
    "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
    "parallel_tool_calls": (True, False),
}
# Sampling fields with the values that switch them off, so that every engine takes them.
_NEUTRAL: Mapping[str, Sequence[Any]] = {
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "verbosity": ("medium",),
    "top_k": (0, -1),
    "min_p": (0,),
    "top_a": (0,),
    "typical_p": (1,),
    "typical": (1,),
    "tfs": (1,),
    "tfs_z": (1,),
    "top_n_sigma": (0, -1),
    "epsilon_cutoff": (0,),
    "eta_cutoff": (0,),
    "repeat_penalty": (1,),
    "no_repeat_ngram_size": (0,),
    "mirostat": (0,),
    "mirostat_mode": (0,),
    "dry_multiplier": (0,),
    "xtc_probability": (0,),
    "dynatemp_range": (0,),
    "smoothing_factor": (0,),
    "skip_special_tokens": (True,),
    "spaces_between_special_tokens": (True,),
}


def is_empty(value: object) -> bool:
    """Return whether a field's value is empty, as clients send it for what they do not use."""
    return value is None or value in ("", [], {})


def asks_for_nothing(name: str, value: object) -> bool:
    """Return whether a field that only the engine knows has a value without effect."""
    return is_empty(value) or any(value == harmless for harmless in _HARMLESS.get(name, ()))


def for_every_request(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that go with every request of an answer, except for those about thinking."""
    return {name: value for name, value in fields.items() if name in _EVERY_REQUEST and not is_empty(value)}


def without_effect(name: str, value: object) -> bool:
    """Return whether a field of every request changes nothing at an engine in this process."""
    return name in _NOTHING_IN_PROCESS or any(value == neutral for neutral in _NEUTRAL.get(name, ()))


def with_defaults(defaults: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the caller's fields on top of the operator's; the chat template's arguments one by one."""
    merged = {**defaults, **fields}
    own, given = defaults.get(TEMPLATE_ARGUMENTS), fields.get(TEMPLATE_ARGUMENTS)
    if isinstance(own, dict) and isinstance(given, dict):
        merged[TEMPLATE_ARGUMENTS] = {**own, **given}
    return merged
