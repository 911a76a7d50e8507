"""Forward pass of the Llama family (Llama, Mistral, Qwen2, Qwen3) with few calls, on weights of transformers.

A deep and thin model spends most of a step on calls, not on arithmetic. The same computation with the query,
key and value layers joined, gate and up joined, and one fused call for each normalisation takes about half
the calls. Models of other architectures run unchanged through `packed_attention.forward`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, rms_norm, silu

from .low_rank import Adapted, AdaptedLinear, Linear, Make, Pairs, join
from .packed_attention import Step, attend, flatten

Attention = Callable[[int, Tensor, Tensor, Tensor, float, "int | None"], Tensor]
_FAMILY = {"llama", "mistral", "qwen2", "qwen3"}


@dataclass(frozen=True, slots=True)
class _Layer:
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
    """Forward pass on the weights of a transformers model.

    Args:
        model: Model for which `can_run` holds. Its layers are taken over and emptied.
        make: Makes a linear layer from a weight ``[out, in]`` and a bias.
        pairs: Matrices of an adapter, which acts on the tokens that a step names; see `Adapter`.
    """

    def __init__(self, model: Any, make: Make, pairs: Pairs | None = None) -> None:
        config = model.config
        core = model.model
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        self._head_dim = getattr(config, "head_dim", None) or config.hidden_size // self._heads
        self._eps = config.rms_norm_eps
        # Mistral reads its window from the config, the others keep one for each layer.
        self._window = config.sliding_window if config.model_type == "mistral" else None
        self._embed = core.embed_tokens.weight
        self._norm = core.norm.weight
        self._rotary = core.rotary_emb
        pairs = pairs or {}
        self._head = join({"lm_head": model.lm_head}, make, pairs)
        self._layers = [self._take(number, layer, make, pairs) for number, layer in enumerate(core.layers)]
        # The joined copies have replaced the layers' own weights; only embedding and rotary stay in use.
        core.layers = nn.ModuleList()

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
        adapted: Adapted = False,
    ) -> Tensor:
        """Compute the logits of a step.

        Args:
            ids: Token ids, ``[tokens]``.
            positions: Their positions, ``[tokens]``.
            attention: Attention of one layer; see `packed_attention.attend`.
            last: Indexes of the tokens whose logits are wanted; ``None``: all.
            adapted: Tokens that the adapter acts on.
        """
        heads, kv_heads, head_dim, eps = self._heads, self._kv_heads, self._head_dim, self._eps
        x = self._embed[ids]
        cos, sin = self._rotary(x, positions[None])
        cos, sin = cos[0, :, None], sin[0, :, None]  # [tokens, 1, head_dim]
        half = head_dim // 2
        # Rotation as x * cos + swapped(x) * sin, with the sign of the first half moved into sin.
        sin = torch.cat((-sin[..., :half], sin[..., half:]), -1)
        shape = (x.shape[-1],)
        scale = head_dim**-0.5
        for number, layer in enumerate(self._layers):
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
            adapted = adapted if isinstance(adapted, bool) else adapted[last]
        return self._head(rms_norm(x, shape, self._norm, eps), adapted)

    def _take(self, number: int, layer: Any, make: Make, pairs: Pairs) -> _Layer:
        """Take over the weights of a transformers layer, which is left empty."""
        attention = layer.self_attn

        def joined(block: str, *names: str) -> AdaptedLinear:
            parts = {
                f"model.layers.{number}.{block}.{name}": layer.get_submodule(f"{block}.{name}")
                for name in names
            }
            return join(parts, make, pairs)

        taken = _Layer(
            norm_in=layer.input_layernorm.weight,
            norm_out=layer.post_attention_layernorm.weight,
            qkv=joined("self_attn", "q_proj", "k_proj", "v_proj"),
            o=joined("self_attn", "o_proj"),
            gate_up=joined("mlp", "gate_proj", "up_proj"),
            down=joined("mlp", "down_proj"),
            q_norm=attention.q_norm.weight if hasattr(attention, "q_norm") else None,
            k_norm=attention.k_norm.weight if hasattr(attention, "k_norm") else None,
            window=getattr(attention, "sliding_window", self._window),
        )
        for module in layer.modules():  # freed layer by layer: never two copies of the model
            if isinstance(module, nn.Linear):
                module.weight = nn.Parameter(torch.empty(0), requires_grad=False)
        return taken


def plain(weight: Tensor, bias: Tensor | None) -> Linear:
    """Make a linear layer in the weight's own data type."""
    return lambda x: linear(x, weight, bias)
