"""Accelerators by name, each as the engine's own options; nothing is implemented here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sot.errors import ConfigError

NONE = "none"
KINDS = (
    "none, ngram, draft:MODEL, medusa:PATH, eagle:PATH, eagle3:PATH, quant:NAME, checkpoint:PATH, kv:NAME, "
    "prefix-cache:on|off; for torch: also generate"
)

# Candidates proposed at a time: what vLLM's documentation starts from; `ngram:8` or `draft:MODEL@5` differ.
_TOKENS = {"ngram": 4, "draft": 3, "medusa": 3, "eagle": 3, "eagle3": 3}
_NEEDS_VALUE = ("draft", "medusa", "eagle", "eagle3", "quant", "checkpoint", "kv", "prefix-cache")
_SPECULATIVE = ("ngram", "draft", "medusa", "eagle", "eagle3")
_VLLM_QUANT = {"int8": "int8_per_channel_weight_only"}  # all other names are vLLM's own
_TORCH_FORMATS = {
    "int8": "int8",
    "bfloat16": "bfloat16",
    "bf16": "bfloat16",
    "float16": "float16",
    "fp16": "float16",
    "float32": "float32",
    "fp32": "float32",
}
_AT = re.compile(r"(.+)@(\d+)")


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
        assisted: Decoding by ``generate`` in place of the torch engine.
    """

    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    assisted: Assisted | None = None


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One or several accelerators together: the name as written, kind and value of each part."""

    name: str
    parts: tuple[tuple[str, str], ...]


def parse_accelerators(text: str) -> list[Accelerator]:
    """Parse accelerators such as ``none,ngram,draft:MODEL,quant:int8,ngram+quant:int8``.

    Raises:
        ConfigError: There is none, or one of an unknown kind.
    """
    found = {name: _parse(name) for part in text.split(",") if (name := part.strip())}
    if not found:
        raise ConfigError(f"--accelerators names none; there are {KINDS}")
    return list(found.values())


def _parse(name: str) -> Accelerator:
    parts: list[tuple[str, str]] = []
    for part in name.split("+"):
        kind, _, value = part.strip().partition(":")
        if kind not in (NONE, "ngram", "generate", *_NEEDS_VALUE):
            raise ConfigError(f"--accelerators: {part.strip()!r} is unknown; there are {KINDS}")
        if (kind in _NEEDS_VALUE) != bool(value) and kind != "ngram":
            needs = "needs a value after a colon" if kind in _NEEDS_VALUE else "takes no value"
            raise ConfigError(f"--accelerators: {kind} {needs}; there are {KINDS}")
        if kind == "ngram" and value and not (value.isdecimal() and int(value)):
            raise ConfigError(f"--accelerators: ngram:{value} must be a number of tokens, such as ngram:4")
        if kind == "prefix-cache" and value not in ("on", "off"):
            raise ConfigError(f"--accelerators: prefix-cache is on or off, not {value!r}")
        parts.append((kind, value))
    if len({kind for kind, _ in parts}) < len(parts) or (len(parts) > 1 and (NONE, "") in parts):
        raise ConfigError(f"--accelerators: {name!r} joins what cannot be joined")
    return Accelerator(name, tuple(parts))


def _vllm_setup(accelerator: Accelerator) -> Setup:
    arguments: dict[str, Any] = {}
    model: str | None = None
    for kind, value in accelerator.parts:
        if kind in _SPECULATIVE:
            if "speculative_config" in arguments:
                raise RefusedError(
                    f"{accelerator.name}: vLLM takes one way of speculative decoding at a time"
                )
            arguments["speculative_config"] = _speculative_config(kind, value)
        elif kind == "quant":
            arguments["quantization"] = _VLLM_QUANT.get(value, value)
        elif kind == "checkpoint":
            model = value
        elif kind == "kv":
            arguments["kv_cache_dtype"] = value
        elif kind == "prefix-cache":
            arguments["enable_prefix_caching"] = value == "on"
        elif kind == "generate":
            raise RefusedError("generate is transformers' own decoding: for torch: alone")
    return Setup(model=model, settings={"engine_args": arguments} if arguments else {})


def _speculative_config(kind: str, value: str) -> dict[str, Any]:
    if kind == "ngram":
        tokens = int(value or _TOKENS[kind])
        # Without a least length, vLLM looks for matches of the greatest one alone, and hardly finds any.
        lookup = {"prompt_lookup_min": min(2, tokens), "prompt_lookup_max": tokens}
        return {"method": "ngram", "num_speculative_tokens": tokens, **lookup}
    model, tokens = _model_and_tokens(kind, value)
    method = "draft_model" if kind == "draft" else kind
    return {"method": method, "model": model, "num_speculative_tokens": tokens}


def _model_and_tokens(kind: str, value: str) -> tuple[str, int]:
    found = _AT.fullmatch(value)
    return (found[1], int(found[2])) if found and int(found[2]) else (value, _TOKENS[kind])


def _torch_setup(accelerator: Accelerator) -> Setup:
    """Start-up of the torch engine, or of transformers' ``generate`` in its place."""
    kinds = dict(accelerator.parts)
    refused = sorted(kinds.keys() - {NONE, "ngram", "draft", "generate", "quant", "checkpoint"})
    if refused:
        raise RefusedError(f"{accelerator.name}: the torch engine has no {', '.join(refused)}")
    if {"ngram", "draft"} <= kinds.keys():
        raise RefusedError(f"{accelerator.name}: transformers takes one way of assisted generation at a time")
    name = kinds.get("quant")
    if name is not None and name not in _TORCH_FORMATS:
        known = ", ".join(dict.fromkeys(_TORCH_FORMATS.values()))
        raise RefusedError(f"{accelerator.name}: the torch engine knows {known}, not {name}")
    dtype = _TORCH_FORMATS[name] if name else None
    if not kinds.keys() & {"ngram", "draft", "generate"}:
        return Setup(model=kinds.get("checkpoint"), settings={"dtype": dtype} if dtype else {})
    if dtype == "int8":
        raise RefusedError(f"{accelerator.name}: transformers' generate has no int8 on a CPU")
    assisted = Assisted(dtype=dtype or "bfloat16")
    if "ngram" in kinds:
        assisted = Assisted(lookup=int(kinds["ngram"] or _TOKENS["ngram"]), dtype=assisted.dtype)
    elif "draft" in kinds:
        model, tokens = _model_and_tokens("draft", kinds["draft"])
        assisted = Assisted(draft=model, tokens=tokens, dtype=assisted.dtype)
    return Setup(model=kinds.get("checkpoint"), assisted=assisted)


_SETUPS: Mapping[str, Callable[[Accelerator], Setup]] = {"torch": _torch_setup, "vllm": _vllm_setup}
ACCELERATED = tuple(f"{kind}:" for kind in _SETUPS)


def setup_of(kind: str, accelerator: Accelerator) -> Setup:
    """Return how an engine of a kind is started with an accelerator.

    Raises:
        RefusedError: The engine has no such option.
    """
    if accelerator.name == NONE:
        return Setup()
    if kind not in _SETUPS:
        raise RefusedError(
            f"{accelerator.name}: a server's accelerators are chosen where it is started, not by a request"
        )
    return _SETUPS[kind](accelerator)


def planned_accelerators(text: str, kind: str) -> list[Accelerator]:
    """Parse the accelerators of a run, with plain ``generate`` beside assisted generation: its like.

    Raises:
        ConfigError: There is none, one of an unknown kind, or an engine that takes none.
    """
    accelerators = parse_accelerators(text)
    names = [one.name for one in accelerators]
    if kind not in _SETUPS and names != [NONE]:
        raise ConfigError(f"--accelerators is for {' and '.join(ACCELERATED)}; a server has its own options")
    assisted = [one for one in accelerators if {kind for kind, _ in one.parts} & {"ngram", "draft"}]
    if kind == "torch" and assisted and not any("generate" in name for name in names):
        at = names.index(assisted[0].name)
        accelerators[at:at] = parse_accelerators("generate")
    return accelerators


def short_name(accelerator: str) -> str:
    """Return an accelerator's name without the folders of its paths."""
    return "+".join(re.sub(r":.*[/\\\\]", ":", part) for part in accelerator.split("+"))
