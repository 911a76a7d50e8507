"""Forward pass of the Llama family (Llama, Mistral, Qwen2, Qwen3) with few calls.

A deep and thin model spends most of a step on calls, not on arithmetic. The same computation with the query,
key and value layers joined, gate and up joined, and one fused call for each normalisation takes about half
the calls. Models of other architectures run unchanged through `packed_attention.forward`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear, rms_norm, silu

from .llama_parts import EMBEDDING, HEAD, LlamaParts
from .low_rank import PLAIN, Adapted, AdaptedLinear, Linear, Pairs, adapt
from .packed_attention import Step, attend, flatten

Forward = Callable[[Step], Tensor]
"""Forward pass of one step, to the logits of each piece's last token, ``[pieces, vocabulary]``."""
Attention = Callable[[int, Tensor, Tensor, Tensor, float, "int | None"], Tensor]
_FAMILY = {"llama", "mistral", "qwen2", "qwen3"}


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of one decoder layer."""

    norm_in: Tensor
    norm_out: Tensor
    qkv: AdaptedLinear
    o: AdaptedLinear
    gate_up: AdaptedLinear
    down: AdaptedLinear
    q_norm: Tensor | None
    k_norm: Tensor | None
    window: int | None


def can_run(model: Any) -> bool:
    """Whether a model has the architecture that `LlamaForward` computes."""
    config = model.config
    rope = getattr(config, "rope_parameters", None) or {}
    return (
        config.model_type in _FAMILY
        and type(model).__name__.endswith("ForCausalLM")
        and config.hidden_act == "silu"
        and rope.get("rope_type", "default") in ("default", "linear", "llama3", "yarn")
    )


class LlamaForward:
    """Forward pass on the weights of a model.

    Args:
        parts: The weights.
        adapters: Matrices of adapters, numbered from 1 on, which act on the tokens that a step names; see
            `Adapter`.
    """

    def __init__(self, parts: LlamaParts, adapters: Sequence[Pairs] = ()) -> None:
        self.shape, self._dtype = parts.shape, parts.dtype
        self.embed = _tensor(parts, f"{EMBEDDING}.weight")
        self.norm = _tensor(parts, "model.norm.weight")
        self.inv_freq = parts.inv_freq.to(self.norm.device)
        self.head = self._joined(parts, [HEAD], adapters)
        self.layers = [self._take(number, parts, adapters) for number in range(parts.shape.layers)]

    def forward(self, step: Step) -> Tensor:
        """Run one step; returns the logits of the last token of each piece, ``[pieces, vocabulary]``."""
        ids, positions, last = flatten(step)
        return self.compute(ids, positions, partial(attend, step), last, step.adapted)

    def compute(
        self,
        ids: Tensor,
        positions: Tensor,
        attention: Attention,
        last: Tensor | None = None,
        adapted: Adapted = PLAIN,
    ) -> Tensor:
        """Compute the logits of a step.

        Args:
            ids: Token ids, ``[tokens]``.
            positions: Their positions, ``[tokens]``.
            attention: Attention of one layer; see `packed_attention.attend`.
            last: Indexes of the tokens whose logits are wanted; ``None``: all.
            adapted: Tokens that adapters act on.
        """
        heads, kv_heads = self.shape.heads, self.shape.kv_heads
        head_dim, eps = self.shape.head_dim, self.shape.eps
        x = self.embed[ids].to(self._dtype)
        # Rotation as x * cos + swapped(x) * sin, with the sign of the first half moved into sin.
        half = head_dim // 2
        angles = positions[:, None] * self.inv_freq
        cos, sin = angles.cos(), angles.sin()
        if self.shape.rotary_scale != 1:
            cos, sin = cos * self.shape.rotary_scale, sin * self.shape.rotary_scale
        cos = torch.cat((cos, cos), -1).to(self._dtype)[:, None]  # [tokens, 1, head_dim]
        sin = torch.cat((-sin, sin), -1).to(self._dtype)[:, None]
        shape = (x.shape[-1],)
        scale = head_dim**-0.5
        for number, layer in enumerate(self.layers):
            qkv = layer.qkv(rms_norm(x, shape, layer.norm_in, eps), adapted)
            qkv = qkv.view(-1, heads + 2 * kv_heads, head_dim)
            qk = qkv[:, : heads + kv_heads]
            if layer.q_norm is not None and layer.k_norm is not None:
                q = rms_norm(qk[:, :heads], (head_dim,), layer.q_norm, eps)
                qk = torch.cat((q, rms_norm(qk[:, heads:], (head_dim,), layer.k_norm, eps)), 1)
            qk = torch.addcmul(qk * cos, qk.roll(half, -1), sin)
            q, k, v = qk[:, :heads], qk[:, heads:], qkv[:, heads + kv_heads :]
            seen = attention(number, q, k, v, scale, layer.window)
            x = x + layer.o(seen.reshape(-1, heads * head_dim), adapted)
            gate, up = layer.gate_up(rms_norm(x, shape, layer.norm_out, eps), adapted).chunk(2, -1)
            x = x + layer.down(silu(gate).mul_(up), adapted)
        if last is not None:
            x = x[last]
            adapted = adapted.at(last)
        return self.head(rms_norm(x, shape, self.norm, eps), adapted)

    def _take(self, number: int, parts: LlamaParts, adapters: Sequence[Pairs]) -> Layer:
        prefix = f"model.layers.{number}"

        def joined(block: str, *names: str) -> AdaptedLinear:
            return self._joined(parts, [f"{prefix}.{block}.{name}" for name in names], adapters)

        return Layer(
            norm_in=_tensor(parts, f"{prefix}.input_layernorm.weight"),
            norm_out=_tensor(parts, f"{prefix}.post_attention_layernorm.weight"),
            qkv=joined("self_attn", "q_proj", "k_proj", "v_proj"),
            o=joined("self_attn", "o_proj"),
            gate_up=joined("mlp", "gate_proj", "up_proj"),
            down=joined("mlp", "down_proj"),
            q_norm=parts.tensor(f"{prefix}.self_attn.q_norm.weight"),
            k_norm=parts.tensor(f"{prefix}.self_attn.k_norm.weight"),
            window=parts.shape.windows[number],
        )

    def _joined(self, parts: LlamaParts, names: Sequence[str], adapters: Sequence[Pairs]) -> AdaptedLinear:
        sizes = {name: size[0] for name in names if (size := parts.shape.size(name)) is not None}
        return adapt(parts.linear(names), sizes, adapters, self.norm.device, self._dtype)


def _tensor(parts: LlamaParts, name: str) -> Tensor:
    found = parts.tensor(name)
    if found is None:
        raise KeyError(name)
    return found


def plain(weight: Tensor, bias: Tensor | None) -> Linear:
    """Make a linear layer in the weight's own data type."""
    return lambda x: linear(x, weight, bias)
