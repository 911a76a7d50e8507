"""Loads a transformers model, and an assistant model beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sot.backends.torch_engine.convert import converted
from sot.backends.torch_engine.hub import locate
from sot.backends.torch_engine.source import Source, resolve
from sot.errors import ConfigError, MissingDependencyError, install_command

from .accelerators import Assisted


@dataclass(frozen=True, slots=True)
class Loaded:
    """Models that are ready to run.

    Args:
        name: For people.
        model: The model.
        assistant: The model that proposes tokens, where there is one.
        tokenizer: The tokenizer of both.
        eos: Token ids that end a completion.
        context_length: Prompt and completion together, in tokens.
    """

    name: str
    model: Any
    assistant: Any
    tokenizer: Any
    eos: frozenset[int]
    context_length: int


def load_pair(source: Source, assisted: Assisted) -> Loaded:
    """Load what is needed.

    Args:
        source: The model.
        assisted: What helps it.

    Raises:
        ConfigError: There is no such model.
        MissingDependencyError: A package is missing.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch reads it when it is imported
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
        from transformers.utils import logging as chatter
    except ImportError as error:
        raise MissingDependencyError("transformers", install_command("torch")) from error
    import torch
    from torch import nn

    chatter.set_verbosity_error()
    chatter.disable_progress_bar()
    device = "cuda" if torch.cuda.is_available() else "cpu"

    def model_of(folder: str) -> Any:
        try:
            found = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, assisted.dtype))
        except (OSError, ValueError, KeyError) as error:
            reason = " ".join(str(error).split())
            raise ConfigError(f"cannot load the model {folder}: {reason}") from error
        return nn.Module.to(found.eval().requires_grad_(False), device)

    folder = model_folder(source)
    model = model_of(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    eos = _eos(model, tokenizer)
    model.generation_config = GenerationConfig()  # so that nothing is decided but by the request
    assistant = None
    if assisted.draft:
        assistant = model_of(model_folder(resolve(assisted.draft)))
        assistant.generation_config = GenerationConfig(
            num_assistant_tokens=assisted.tokens,
            num_assistant_tokens_schedule="constant",
            assistant_confidence_threshold=0.0,
        )
    context = getattr(model.config.get_text_config(), "max_position_embeddings", None) or 4096
    return Loaded(source.name, model, assistant, tokenizer, eos, context)


def model_folder(source: Source) -> str:
    """What transformers loads a model from: a folder, or a hub id.

    Args:
        source: The model.

    Raises:
        ConfigError: It cannot be had.
    """
    if source.is_gguf:
        return str(converted(Path(source.place)))
    return source.place if Path(source.place).is_dir() else locate(source)


def _eos(model: Any, tokenizer: Any) -> frozenset[int]:
    ids: set[int] = set()
    for holder in (model.generation_config, model.config.get_text_config(), tokenizer):
        value = getattr(holder, "eos_token_id", None)
        ids |= {value} if isinstance(value, int) else set(value or ())
    return frozenset(ids)
