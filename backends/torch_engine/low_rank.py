"""Linear layers with a low-rank addition (LoRA) for some of the tokens of a step.

The weights stay those of the model. Two narrow matrices, computed after each layer, add what the adapter
changes, for those tokens alone whose request it acts on; a step without such tokens computes nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
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

    __slots__ = ("_casts", "down", "layer", "up")

    def __init__(
        self, layer: Linear, down: Tensor | None = None, up: Tensor | None = None, *, casts: bool = False
    ) -> None:
        self.layer, self.down, self.up, self._casts = layer, down, up, casts

    def __call__(self, x: Tensor, adapted: Adapted) -> Tensor:
        """Map ``[tokens, in]`` to ``[tokens, out]``."""
        y = self.layer(x)
        if adapted is False or self.down is None or self.up is None:
            return y
        if self._casts:
            x = x.to(self.down.dtype)
        inner = linear(x, self.down)
        if adapted is not True:
            inner.mul_(adapted)
        return y.add_(inner @ self.up) if self._casts else y.addmm_(inner, self.up)


def adapt(
    layer: Linear, sizes: Mapping[str, int], pairs: Pairs, device: torch.device, dtype: torch.dtype
) -> AdaptedLinear:
    """Give a linear layer the adapters of the layers that it joins.

    Args:
        layer: The layer.
        sizes: Outputs of the layers that were joined in it, in order, by name.
        pairs: Matrices of an adapter by the name of the layer; see `Adapter`.
        device: Where the layer is computed.
        dtype: Data type of its input.
    """
    narrow = [pairs[name][0] for name in sizes if name in pairs]
    if not narrow:
        return AdaptedLinear(layer)
    # Matrices down one below the other, those up along a diagonal.
    down = torch.cat(narrow)
    up = torch.zeros(len(down), sum(sizes.values()))
    row = column = 0
    for name, size in sizes.items():
        if name in pairs:
            wide = pairs[name][1]
            rank = wide.shape[1]
            up[row : row + rank, column : column + size] = wide.T
            row += rank
        column += size
    # Narrow products of bfloat16 take a CPU twenty times as long as those of float32.
    own = torch.float32 if device.type == "cpu" else dtype
    return AdaptedLinear(layer, down.to(device, own), up.to(device, own), casts=own != dtype)
