"""Weights of a Llama model as its forward pass takes them: sizes, tensors by name, joined linear layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from .low_rank import Linear, Make

EMBEDDING, HEAD = "model.embed_tokens", "lm_head"


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """Sizes and constants of a model.

    Args:
        inner: Width of the MLP.
        eps: Of the normalisations.
        rotary_scale: Factor of the rotary embedding's cosines and sines (YaRN), else 1.
        windows: Tokens that each layer's attention sees; ``None``: all.
    """

    hidden: int
    inner: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    eps: float
    rotary_scale: float
    windows: tuple[int | None, ...]

    @property
    def layers(self) -> int:
        """Number of decoder layers."""
        return len(self.windows)

    def size(self, name: str) -> tuple[int, int] | None:
        """Return the outputs and inputs of a linear layer; ``None``: there is no layer of that name."""
        if name == HEAD:
            return self.vocabulary, self.hidden
        prefix, _, kind = name.rpartition(".")
        begin, _, block = prefix.rpartition(".")
        number = begin.removeprefix("model.layers.")
        if begin == number or not number.isdecimal() or int(number) >= self.layers:
            return None
        query, key = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return {
            ("self_attn", "q_proj"): (query, self.hidden),
            ("self_attn", "k_proj"): (key, self.hidden),
            ("self_attn", "v_proj"): (key, self.hidden),
            ("self_attn", "o_proj"): (self.hidden, query),
            ("mlp", "gate_proj"): (self.inner, self.hidden),
            ("mlp", "up_proj"): (self.inner, self.hidden),
            ("mlp", "down_proj"): (self.hidden, self.inner),
        }.get((block, kind))


class LlamaParts(Protocol):
    """Source of a model's weights.

    Attributes:
        dtype: Data type of the activations.
        inv_freq: Frequencies of the rotary embedding, ``[head_dim / 2]``, float32.
    """

    shape: LlamaShape
    dtype: torch.dtype
    inv_freq: Tensor

    def tensor(self, name: str) -> Tensor | None:
        """Return a weight that is no linear layer's, by its name in transformers; ``None``: there is none."""
        ...

    def linear(self, names: Sequence[str]) -> Linear:
        """Return linear layers of the same input as one, its outputs in the order of the names."""
        ...


class ModelParts:
    """Weights of a transformers model, which is emptied layer by layer: never two copies of it.

    Args:
        model: Its architecture is one that `llama_forward` computes.
        make: Makes a linear layer from a weight ``[out, in]`` and a bias.

    Attributes:
        tensors: What `tensor` has returned, by name.
        layers: What `linear` has made, by the first name.
        names: Linear layers that it was made of.
        biases: Those of them that have a bias.
        tied: Whether the head's weight is the embedding's.
    """

    def __init__(self, model: Any, make: Make) -> None:
        config = model.config
        core = model.model
        self._model, self._make = model, make
        self.tensors: dict[str, Tensor] = {}
        self.layers: dict[str, Linear] = {}
        self.names: list[str] = []
        self.biases: set[str] = set()
        self.tied = model.lm_head.weight is core.embed_tokens.weight
        self.dtype = core.norm.weight.dtype
        self.inv_freq = core.rotary_emb.inv_freq.float()
        # Mistral reads its window from the config, the others keep one for each layer.
        window = config.sliding_window if config.model_type == "mistral" else None
        heads = config.num_attention_heads
        self.shape = LlamaShape(
            hidden=config.hidden_size,
            inner=config.intermediate_size,
            heads=heads,
            kv_heads=config.num_key_value_heads,
            head_dim=getattr(config, "head_dim", None) or config.hidden_size // heads,
            vocabulary=config.vocab_size,
            eps=config.rms_norm_eps,
            rotary_scale=float(core.rotary_emb.attention_scaling),
            windows=tuple(getattr(layer.self_attn, "sliding_window", window) for layer in core.layers),
        )

    def tensor(self, name: str) -> Tensor | None:
        place, _, leaf = name.rpartition(".")
        try:
            value = getattr(self._model.get_submodule(place), leaf)
        except AttributeError:
            return None
        self.tensors[name] = value
        return value

    def linear(self, names: Sequence[str]) -> Linear:
        modules = [self._model.get_submodule(name) for name in names]
        layer = self._make(*joined(modules))
        if names[0] != HEAD:  # its weight may be the embedding's
            for module in modules:
                module.weight = nn.Parameter(torch.empty(0), requires_grad=False)
        self.layers[names[0]] = layer
        self.names += names
        self.biases |= {name for name, each in zip(names, modules, strict=True) if each.bias is not None}
        return layer


def joined(modules: Sequence[nn.Linear]) -> tuple[Tensor, Tensor | None]:
    """Return weight and bias of linear layers as those of one."""
    if len(modules) == 1:
        return modules[0].weight, modules[0].bias
    biases = [part.bias.data for part in modules if part.bias is not None]
    return torch.cat([part.weight.data for part in modules]), torch.cat(biases) if biases else None
