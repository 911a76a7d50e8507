"""Linear layers with a low-rank addition (LoRA) for some of the tokens of a step.

The weights stay those of the model. Two narrow matrices, computed after each layer, add what the adapter
changes, for those tokens alone whose request it acts on; a step without such tokens computes nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

Linear = Callable[[Tensor], Tensor]
Make = Callable[[Tensor, "Tensor | None"], Linear]
Pairs = Mapping[str, tuple[Tensor, Tensor]]
Adapted = bool | Tensor
"""Tokens that an adapter acts on: none, all, or by a factor of 0 or 1 for each, ``[tokens, 1]``."""


class AdaptedLinear:
    """Linear layer with a low-rank addition.

    Args:
        layer: The layer itself.
        down: ``[rank, in]``; ``None``: there is no addition.
        up: ``[rank, out]``, scaled.
        casts: Whether the addition is computed in another data type than the layer.
    """

    __slots__ = ("_casts", "_down", "_layer", "_up")

    def __init__(
        self, layer: Linear, down: Tensor | None = None, up: Tensor | None = None, *, casts: bool = False
    ) -> None:
        self._layer, self._down, self._up, self._casts = layer, down, up, casts

    def __call__(self, x: Tensor, adapted: Adapted) -> Tensor:
        """Map ``[tokens, in]`` to ``[tokens, out]``."""
        y = self._layer(x)
        if adapted is False or self._down is None or self._up is None:
            return y
        if self._casts:
            x = x.to(self._down.dtype)
        inner = linear(x, self._down)
        if adapted is not True:
            inner.mul_(adapted)
        return y.add_(inner @ self._up) if self._casts else y.addmm_(inner, self._up)


def join(parts: Mapping[str, nn.Linear], make: Make, pairs: Pairs) -> AdaptedLinear:
    """Join linear layers of the same input into one, with their adapters.

    Args:
        parts: The layers, by name.
        make: Makes a linear layer from a weight ``[out, in]`` and a bias.
        pairs: Matrices of an adapter by the name of the layer; see `Adapter`.
    """
    layers = list(parts.values())
    if len(layers) == 1:
        layer = make(layers[0].weight, layers[0].bias)
    else:
        biases = [part.bias.data for part in layers if part.bias is not None]
        weight = torch.cat([part.weight.data for part in layers])
        layer = make(weight, torch.cat(biases) if biases else None)
    weight = layers[0].weight
    # Narrow products of bfloat16 take a CPU twenty times as long as those of float32.
    dtype = torch.float32 if weight.device.type == "cpu" else weight.dtype
    down, up = _matrices(parts, pairs, weight.device, dtype)
    return AdaptedLinear(layer, down, up, casts=dtype != weight.dtype)


def _matrices(
    parts: Mapping[str, nn.Linear], pairs: Pairs, device: torch.device, dtype: torch.dtype
) -> tuple[Tensor | None, Tensor | None]:
    """Return the two matrices of joined layers: those down one below the other, those up along a diagonal."""
    narrow = [pairs[name][0] for name in parts if name in pairs]
    if not narrow:
        return None, None
    down = torch.cat(narrow)
    up = torch.zeros(len(down), sum(part.weight.shape[0] for part in parts.values()))
    row = column = 0
    for name, part in parts.items():
        size = part.weight.shape[0]
        if name in pairs:
            wide = pairs[name][1]
            rank = wide.shape[1]
            up[row : row + rank, column : column + size] = wide.T
            row += rank
        column += size
    return down.to(device, dtype), up.to(device, dtype)
