"""Loading of a model by transformers: any architecture, and the parts that a prepared model is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from sot.errors import ConfigError

from . import llama_forward, packed_attention
from .adapter import check, layer_sizes, merge
from .adapter_set import AdapterSet
from .graphs import DecodeGraphs
from .llama_forward import Forward
from .llama_parts import ModelParts
from .native.llama import native_or_not
from .options import NATIVE
from .quantize import Int8Linear, quantize_linears
from .source import Source


@dataclass(frozen=True, slots=True)
class KVShape:
    """Keys and values that a model keeps of each token."""

    layers: int
    kv_heads: int
    head_dim: int


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """Model in one number format.

    Args:
        dtype: Data type of the activations.
        forward: Forward pass of one step, to the logits of each piece's last token.
        adapters: Its adapters.
        eos: Ids of the tokens that end a completion.
        parts: What the forward pass was made of; ``None`` where it is that of transformers.
    """

    dtype: torch.dtype
    forward: Forward
    adapters: AdapterSet
    kv: KVShape
    eos: frozenset[int]
    parts: ModelParts | None = None


class TransformersLoader:
    """Loader of one model.

    Args:
        source: The model, for messages.
        folder: Where transformers loads it from: a folder or a hub id.
        adapters: Its adapters. One that acts on every request becomes part of the weights, before they are
            quantised. So does the only one of an architecture whose forward pass is that of transformers.
        kernels: See `EngineOptions`.

    Raises:
        ConfigError: There is no such model.
    """

    def __init__(
        self,
        source: Source,
        folder: str,
        device: torch.device,
        adapters: AdapterSet,
        *,
        kernels: str,
    ) -> None:
        from transformers import AutoConfig, AutoTokenizer

        self._source, self._folder, self._device = source, folder, device
        self._adapters, self._kernels = adapters, kernels
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
            self._config: Any = AutoConfig.from_pretrained(folder).get_text_config()
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(self._reason(error)) from error

    @property
    def weights(self) -> int:
        """Number of weights, estimated."""
        config = self._config
        hidden = config.hidden_size
        inner = getattr(config, "intermediate_size", None) or 4 * hidden
        return config.vocab_size * hidden + config.num_hidden_layers * hidden * (4 * hidden + 3 * inner)

    @property
    def vocabulary(self) -> int:
        """Size of the vocabulary."""
        return self._config.vocab_size

    @property
    def context(self) -> int:
        """Most tokens of prompt and completion together that the model was made for."""
        return getattr(self._config, "max_position_embeddings", None) or 2**31

    def build(self, name: str) -> BuiltModel:
        """Load the model in a number format.

        Raises:
            ConfigError: It cannot be loaded, or cannot run on this engine.
        """
        from transformers import AutoModelForCausalLM

        dtype = torch.float32 if name == "int8" else getattr(torch, name)
        try:
            model = AutoModelForCausalLM.from_pretrained(self._folder, dtype=dtype)
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(self._reason(error)) from error
        _check(model.config.get_text_config(), model, self._source.name)
        model.eval().requires_grad_(False)
        can_run = llama_forward.can_run(model)
        adapters = self._adapters
        for adapter in adapters.adapters:
            check(layer_sizes(model), adapter)
        if not can_run and len(adapters.names) > adapters.has_default:
            raise ConfigError(
                f"the torch engine has one adapter at most for the architecture {model.config.model_type}, "
                "in its weights: adapter instead of adapters"
            )
        if adapters.adapters and (adapters.merged or not can_run):
            merge(model, adapters.adapters[0])
            adapters = replace(adapters, merged=True)
        nn.Module.to(model, self._device)
        kv, eos = _kv_shape(model), _eos(model, self.tokenizer)
        if can_run:
            parts = ModelParts(model, Int8Linear if name == "int8" else llama_forward.plain)
            llama = llama_forward.LlamaForward(parts, [adapter.pairs for adapter in adapters.by_row])
            if self._device.type == "cuda":
                forward = DecodeGraphs(llama).forward
            else:
                forward = native_or_not(llama, self._kernels) if name == "int8" else llama.forward
            return BuiltModel(dtype, forward, adapters, kv, eos, parts)
        if self._kernels == NATIVE:
            raise ConfigError(f"no native kernels for the architecture {model.config.model_type}")
        if name == "int8":
            quantize_linears(model)
        packed_attention.install(model)
        forward = lambda step: packed_attention.forward(model, step)  # noqa: E731 - a method of the model
        return BuiltModel(dtype, forward, adapters, kv, eos)

    def _reason(self, error: Exception) -> str:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return f"cannot load the model {self._source.place}: {lines[0]}"


def _kv_shape(model: Any) -> KVShape:
    config = model.config.get_text_config()
    heads = config.num_attention_heads
    return KVShape(
        layers=config.num_hidden_layers,
        kv_heads=getattr(config, "num_key_value_heads", None) or heads,
        head_dim=getattr(config, "head_dim", None) or config.hidden_size // heads,
    )


def _check(config: Any, model: Any, name: str) -> None:
    """Refuse models whose layers keep another state than keys and values of every token.

    Raises:
        ConfigError: The model is one of them.
    """
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    refused = [
        (not getattr(model, "_supports_attention_backend", False), "its attention cannot be replaced"),
        (getattr(model, "_is_stateful", False), "it keeps a recurrent state"),
        (bool(kinds), f"it has layers of another kind: {', '.join(sorted(kinds))}"),
        (bool(getattr(config, "attn_logit_softcapping", None)), "it caps its attention scores"),
        (bool(getattr(config, "num_kv_shared_layers", None)), "its layers share keys and values"),
        (hasattr(config, "kv_lora_rank"), "its keys and values are compressed"),
    ]
    for wrong, reason in refused:
        if wrong:
            raise ConfigError(
                f"{name} does not run on the torch engine: {reason}; use a server (vLLM, llama.cpp)"
            )


def _eos(model: Any, tokenizer: Any) -> frozenset[int]:
    """Collect the end tokens of the generation config, the model config and the tokenizer."""
    ids: set[int] = set()
    for holder in (getattr(model, "generation_config", None), model.config.get_text_config(), tokenizer):
        value = getattr(holder, "eos_token_id", None)
        ids |= {value} if isinstance(value, int) else set(value or ())
    return frozenset(ids)
