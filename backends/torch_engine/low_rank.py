"""Linear layers with low-rank additions (LoRA), each for some of the tokens of a step.

The weights stay those of the model. Two narrow matrices, computed after each layer, add what an adapter
changes, for those tokens alone whose request it acts on; a step without such tokens computes nothing more.
The matrices of several adapters lie below one another: a step with tokens of more than one computes all of
them at once, and a factor for each token and rank leaves its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor
from torch.nn.functional import linear

Linear = Callable[[Tensor], Tensor]
Make = Callable[[Tensor, "Tensor | None"], Linear]
Pairs = Mapping[str, tuple[Tensor, Tensor]]
SEVERAL = -1


class Adapted:
    """Tokens of a step that adapters act on.

    Args:
        number: The adapter, by its number from 1 on; 0: none; `SEVERAL`: more than one.
        numbers: The adapter of each token, 0 or ``number`` where it is one, ``[tokens]``; ``None``: all
            tokens have ``number``.
    """

    __slots__ = ("_factors", "number", "numbers")

    def __init__(self, number: int, numbers: Tensor | None = None) -> None:
        self.number, self.numbers = number, numbers
        self._factors: dict[tuple[int, ...], Tensor] = {}

    @classmethod
    def some(cls, found: Sequence[int], numbers: Tensor) -> Adapted:
        """Describe tokens of more than one kind.

        Args:
            found: The numbers that occur, 0 among them where some tokens have none.
            numbers: The adapter of each token, ``[tokens]``.
        """
        others = [number for number in found if number]
        return cls(others[0] if len(others) == 1 else SEVERAL, numbers)

    def at(self, places: Tensor) -> Adapted:
        """Return the same for some of the tokens."""
        return self if self.numbers is None else Adapted(self.number, self.numbers[places])

    def factors(self, bounds: tuple[int, ...], table: Tensor | None) -> Tensor | None:
        """Return the factors, 0 or 1, of the inner values of a layer's addition; ``None``: all are 1.

        Args:
            bounds: See `AdaptedLinear`.
            table: Factors by adapter and rank; read where there are several.
        """
        if self.numbers is None:
            return None
        key = bounds if self.number == SEVERAL else ()
        found = self._factors.get(key)
        if found is None:
            if table is not None and self.number == SEVERAL:
                found = table[self.numbers]
            else:
                found = (self.numbers == self.number)[:, None].float()
            self._factors[key] = found
        return found


PLAIN = Adapted(0)
"""Tokens of a step without adapters."""


class AdaptedLinear:
    """Linear layer with low-rank additions.

    Args:
        layer: The layer itself.
        down: ``[ranks, in]``, of all adapters below one another; ``None``: there is no addition.
        up: ``[ranks, out]``, scaled.
        bounds: Adapter n has the ranks from ``bounds[n - 1]`` to ``bounds[n]``.
        casts: Whether the addition is computed in another data type than the layer.
    """

    __slots__ = ("_casts", "_parts", "_table", "bounds", "down", "layer", "up")

    def __init__(
        self,
        layer: Linear,
        down: Tensor | None = None,
        up: Tensor | None = None,
        bounds: tuple[int, ...] = (0,),
        *,
        casts: bool = False,
    ) -> None:
        self.layer, self.down, self.up, self.bounds, self._casts = layer, down, up, bounds, casts
        self._parts: list[tuple[Tensor, Tensor] | None] = []
        self._table: Tensor | None = None
        if down is not None and up is not None:
            ranges = list(pairwise(bounds))
            self._parts = [
                (down[first:last], up[first:last]) if first < last else None for first, last in ranges
            ]
            self._table = torch.zeros(len(bounds), len(down), device=down.device)
            for number, (first, last) in enumerate(ranges, 1):
                self._table[number, first:last] = 1

    def __call__(self, x: Tensor, adapted: Adapted) -> Tensor:
        """Map ``[tokens, in]`` to ``[tokens, out]``."""
        y = self.layer(x)
        number = adapted.number
        if number == 0 or self.down is None or self.up is None:
            return y
        if number == SEVERAL:
            down, up = self.down, self.up
        elif (part := self._parts[number - 1]) is not None:
            down, up = part
        else:
            return y
        if self._casts:
            x = x.to(down.dtype)
        inner = linear(x, down)
        if (factors := adapted.factors(self.bounds, self._table)) is not None:
            inner.mul_(factors)
        return y.add_(inner @ up) if self._casts else y.addmm_(inner, up)


def adapt(
    layer: Linear,
    sizes: Mapping[str, int],
    adapters: Sequence[Pairs],
    device: torch.device,
    dtype: torch.dtype,
) -> AdaptedLinear:
    """Give a linear layer the adapters of the layers that it joins.

    Args:
        layer: The layer.
        sizes: Outputs of the layers that were joined in it, in order, by name.
        adapters: Matrices of each adapter by the name of the layer; see `Adapter`.
        device: Where the layer is computed.
        dtype: Data type of its input.
    """
    made = [_stacked(sizes, pairs) for pairs in adapters]
    found = [each for each in made if each is not None]
    if not found:
        return AdaptedLinear(layer)
    ranks = (0 if each is None else len(each[0]) for each in made)
    bounds = tuple(accumulate(ranks, initial=0))
    # Narrow products of bfloat16 take a CPU twenty times as long as those of float32.
    own = torch.float32 if device.type == "cpu" else dtype
    down, up = (torch.cat([each[part] for each in found]).to(device, own) for part in (0, 1))
    return AdaptedLinear(layer, down, up, bounds, casts=own != dtype)


def _stacked(sizes: Mapping[str, int], pairs: Pairs) -> tuple[Tensor, Tensor] | None:
    """Return an adapter's matrices of joined layers: down one below the other, up along a diagonal."""
    narrow = [pairs[name][0] for name in sizes if name in pairs]
    if not narrow:
        return None
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
    return down, up
