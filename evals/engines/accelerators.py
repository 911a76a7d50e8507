"""Accelerators by name, each as the engine's own options; nothing is implemented here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sot.errors import ConfigError

NONE = "none"
KINDS = (
    "none, ngram, draft:MODEL, medusa:PATH, eagle:PATH, eagle3:PATH, quant:NAME, checkpoint:PATH, kv:NAME, "
    "prefix-cache:on|off; for torch: also generate"
)
_ALONE = (NONE, "ngram", "generate")
_NEEDS_VALUE = ("draft", "medusa", "eagle", "eagle3", "quant", "checkpoint", "kv", "prefix-cache")
# Candidates proposed at a time: what vLLM's documentation starts from; `ngram:8` or `draft:MODEL@5` differ.
_TOKENS = {"ngram": 4, "draft": 3, "medusa": 3, "eagle": 3, "eagle3": 3}
_VLLM_OPTIONS = {"quant": "quantization", "kv": "kv_cache_dtype", "prefix-cache": "enable_prefix_caching"}
_VLLM_VALUES: dict[tuple[str, str], Any] = {  # all other values are vLLM's own
    ("quant", "int8"): "int8_per_channel_weight_only",
    ("prefix-cache", "on"): True,
    ("prefix-cache", "off"): False,
}
_TORCH_FORMATS = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
_TORCH_FORMATS |= {name: name for name in ("int8", "bfloat16", "float16", "float32")}
_AT = re.compile(r"(.+)@0*([1-9]\d*)")


class RefusedError(ConfigError):
    """Accelerator that an engine does not offer; a row of the grid, not the end of the run."""


@dataclass(frozen=True, slots=True)
class Assisted:
    """Decoding by transformers' ``generate``, one request at a time.

    Args:
        draft: The assistant model's hub id or folder; empty without one.
        lookup: Tokens proposed by prompt lookup; 0 without it.
        tokens: Tokens that an assistant model proposes at a time.
    """

    draft: str = ""
    lookup: int = 0
    tokens: int = 3
    dtype: str = "bfloat16"


@dataclass(frozen=True, slots=True)
class Setup:
    """Engine start-up for an accelerator.

    Args:
        model: What takes the model's place; ``None`` leaves it.
        settings: The engine's own options: of vLLM ``engine_args``, of torch those of its backend.
    """

    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    assisted: Assisted | None = None


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One or several accelerators together: the name as written, the value of each kind."""

    name: str
    parts: Mapping[str, str]


def parse_accelerators(text: str) -> list[Accelerator]:
    """Parse accelerators such as ``none,ngram,draft:MODEL,quant:int8,ngram+quant:int8``."""
    found = {name: _parse(name) for part in text.split(",") if (name := part.strip())}
    if not found:
        raise ConfigError(f"--accelerators names none; there are {KINDS}")
    return list(found.values())


def _parse(name: str) -> Accelerator:
    parts: dict[str, str] = {}
    for part in map(str.strip, name.split("+")):
        kind, _, value = part.partition(":")
        if kind not in (*_ALONE, *_NEEDS_VALUE):
            raise ConfigError(f"--accelerators: {part!r} is unknown; there are {KINDS}")
        if (kind in _NEEDS_VALUE) != bool(value) and kind != "ngram":
            needs = "needs a value after a colon" if kind in _NEEDS_VALUE else "takes no value"
            raise ConfigError(f"--accelerators: {kind} {needs}; there are {KINDS}")
        if kind == "ngram" and value and not (value.isdecimal() and int(value)):
            raise ConfigError(f"--accelerators: ngram:{value} must be a number of tokens, such as ngram:4")
        if kind == "prefix-cache" and value not in ("on", "off"):
            raise ConfigError(f"--accelerators: prefix-cache is on or off, not {value!r}")
        parts[kind] = value
    if len(parts) <= name.count("+") or (len(parts) > 1 and NONE in parts):
        raise ConfigError(f"--accelerators: {name!r} joins what cannot be joined")
    return Accelerator(name, parts)


def _vllm_setup(accelerator: Accelerator) -> Setup:
    parts = accelerator.parts
    if "generate" in parts:
        raise RefusedError("generate is transformers' own decoding: for torch: alone")
    speculative = [kind for kind in parts if kind in _TOKENS]
    if len(speculative) > 1:
        raise RefusedError(f"{accelerator.name}: vLLM takes one way of speculative decoding at a time")
    arguments: dict[str, Any] = {
        _VLLM_OPTIONS[kind]: _VLLM_VALUES.get((kind, value), value)
        for kind, value in parts.items()
        if kind in _VLLM_OPTIONS
    }
    for kind in speculative:
        model, tokens = _model_and_tokens(kind, parts[kind])
        config: dict[str, Any] = {"method": "draft_model" if kind == "draft" else kind}
        config["num_speculative_tokens"] = tokens
        if kind == "ngram":
            # Without a least length, vLLM looks for matches of the greatest one alone, and hardly finds any.
            config |= {"prompt_lookup_min": min(2, tokens), "prompt_lookup_max": tokens}
        else:
            config["model"] = model
        arguments["speculative_config"] = config
    return Setup(model=parts.get("checkpoint"), settings={"engine_args": arguments} if arguments else {})


def _model_and_tokens(kind: str, value: str) -> tuple[str, int]:
    if kind == "ngram":
        return "", int(value or _TOKENS[kind])
    found = _AT.fullmatch(value)
    return (found[1], int(found[2])) if found else (value, _TOKENS[kind])


def _torch_setup(accelerator: Accelerator) -> Setup:
    """Start-up of the torch engine, or of transformers' ``generate`` in its place."""
    parts = accelerator.parts
    if refused := sorted(parts.keys() - {NONE, "ngram", "draft", "generate", "quant", "checkpoint"}):
        raise RefusedError(f"{accelerator.name}: the torch engine has no {', '.join(refused)}")
    if {"ngram", "draft"} <= parts.keys():
        raise RefusedError(f"{accelerator.name}: transformers takes one way of assisted generation at a time")
    name = parts.get("quant", "")
    dtype = _TORCH_FORMATS.get(name)
    if name and dtype is None:
        known = ", ".join(name for name, own in _TORCH_FORMATS.items() if name == own)
        raise RefusedError(f"{accelerator.name}: the torch engine knows {known}, not {name}")
    found = Setup(model=parts.get("checkpoint"), settings={"dtype": dtype} if dtype else {})
    if not parts.keys() & {"ngram", "draft", "generate"}:
        return found
    if dtype == "int8":
        raise RefusedError(f"{accelerator.name}: transformers' generate has no int8 on a CPU")
    assisted = Assisted(dtype=dtype or "bfloat16")
    if "ngram" in parts:
        assisted = replace(assisted, lookup=_model_and_tokens("ngram", parts["ngram"])[1])
    elif "draft" in parts:
        model, tokens = _model_and_tokens("draft", parts["draft"])
        assisted = replace(assisted, draft=model, tokens=tokens)
    return replace(found, settings={}, assisted=assisted)


_SETUPS: Mapping[str, Callable[[Accelerator], Setup]] = {"torch": _torch_setup, "vllm": _vllm_setup}


def setup_of(kind: str, accelerator: Accelerator) -> Setup:
    """Start-up of an engine with an accelerator; `RefusedError` where it has no such option."""
    if accelerator.name == NONE:
        return Setup()
    if kind not in _SETUPS:
        raise RefusedError(
            f"{accelerator.name}: a server's accelerators are chosen where it is started, not by a request"
        )
    return _SETUPS[kind](accelerator)


def planned_accelerators(text: str, kind: str) -> list[Accelerator]:
    """Parse the accelerators of a run, with plain ``generate`` beside assisted generation: its like."""
    accelerators = parse_accelerators(text)
    names = [one.name for one in accelerators]
    if kind not in _SETUPS and names != [NONE]:
        raise ConfigError("--accelerators is for torch: and vllm:; a server has its own options")
    assisted = [at for at, one in enumerate(accelerators) if one.parts.keys() & {"ngram", "draft"}]
    if kind == "torch" and assisted and not any("generate" in name for name in names):
        accelerators[assisted[0] : assisted[0]] = parse_accelerators("generate")
    return accelerators


def short_name(accelerator: str) -> str:
    """Return an accelerator's name without the folders of its paths."""
    return "+".join(re.sub(r":.*[/\\\\]", ":", part) for part in accelerator.split("+"))
