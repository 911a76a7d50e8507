"""KV cache of the running sequences: one slot for each, growing on demand.

Its memory is reserved at once. On a CPU the system provides it only where it is written; growing by
allocating and copying held up all sequences for half a second in the middle of an answer. On a GPU one block
of memory is shaped anew when rows become longer or more than it has room for, so that the store never takes
more than its share: running out of memory there ends every request.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Sequence

import torch
from torch import Tensor

_BLOCK = 128  # tokens by which the length of the slots grows


class KVStore:
    """KV cache of shape ``[layers, 2, slots, kv_heads, capacity, head_dim]``.

    Unused positions hold zeros or old values, never NaN: attention masks them, and a masked NaN would spread.

    Args:
        layers, kv_heads, head_dim: The model's shape.
        max_slots: Most sequences.
        max_length: Most tokens of a sequence.
        reserve: Bytes reserved at once; on a CPU used only as far as they are written.
        one_block: Whether all of it stays one block that is shaped anew; ``None``: everywhere but on a CPU.
    """

    def __init__(
        self,
        *,
        layers: int,
        kv_heads: int,
        head_dim: int,
        max_slots: int,
        max_length: int,
        dtype: torch.dtype,
        device: torch.device,
        reserve: int = 0,
        one_block: bool | None = None,
    ) -> None:
        self.max_slots = max_slots
        self.max_length = max_length
        self.token_bytes = 2 * layers * kv_heads * head_dim * dtype.itemsize
        slots, length = 1, _BLOCK
        if reserve:
            slots = max_slots
            length = max(_BLOCK, min(max_length, reserve // (self.token_bytes * slots)) // _BLOCK * _BLOCK)
        shape = [layers, 2, slots, kv_heads, length, head_dim]
        self._block: Tensor | None = None  # all memory of a store on a GPU
        if reserve and (device.type != "cpu" if one_block is None else one_block):
            most = min(reserve, max_slots * _rounded(max_length) * self.token_bytes)
            size = max(math.prod(shape), most // dtype.itemsize)
            self._block = torch.zeros(size, dtype=dtype, device=device)
            self._data = self._block[: math.prod(shape)].view(shape)
        else:
            self._data = _zeros(shape, dtype, device)
        self._used = (0, 0)  # slots and length asked for so far: nothing beyond was ever written
        self.layers: list[tuple[Tensor, Tensor]] = []
        self._share()

    @property
    def slots(self) -> int:
        """Number of slots there is memory for now."""
        return self._data.shape[2]

    @property
    def capacity(self) -> int:
        """Tokens of a slot there is memory for now."""
        return self._data.shape[4]

    def ensure(self, slots: int, length: int) -> None:
        """Make room for the first ``slots`` sequences, of ``length`` tokens at most; their values stay."""
        if self._block is not None:
            self._reshape(slots, length)
            return
        have_slots, have_length = self._data.shape[2], self._data.shape[4]
        used_slots, used_length = self._used
        self._used = max(slots, used_slots), max(length, used_length)
        if slots <= have_slots and length <= have_length:
            return
        if slots > have_slots:
            slots = min(self.max_slots, max(slots, 2 * have_slots))
        if length > have_length:
            length = max(length, min(self.max_length, have_length * 3 // 2))
            length = _rounded(length)
        shape = list(self._data.shape)
        shape[2], shape[4] = max(slots, have_slots), max(length, have_length)
        data = _zeros(shape, self._data.dtype, self._data.device)
        data[:, :, :used_slots, :, :used_length] = self._data[:, :, :used_slots, :, :used_length]
        self._data = data
        self._share()

    def _reshape(self, slots: int, length: int) -> None:
        """Shape the block anew where rows have become more or longer than it has room for."""
        assert self._block is not None
        have_slots, have_length = self._data.shape[2], self._data.shape[4]
        if slots <= have_slots and length <= have_length:
            return
        shape = list(self._data.shape)
        row = math.prod(shape) // (have_slots * have_length)  # elements of one token in all layers
        tokens = self._block.numel() // row
        length = _rounded(length)
        if slots * length <= tokens:
            roomy = min(_rounded(self.max_length), length * 3 // 2, tokens // slots) // _BLOCK * _BLOCK
            length = max(length, roomy)
            slots = max(slots, min(self.max_slots, tokens // length))
        kept_slots, kept_length = min(slots, have_slots), min(length, have_length)
        kept = self._data[:, :, :kept_slots, :, :kept_length].clone()
        shape[2], shape[4] = slots, length
        size = math.prod(shape)
        if size > self._block.numel():  # one sequence alone may be longer than the share
            self._block = torch.zeros(size, dtype=kept.dtype, device=kept.device)
        self._data = self._block[:size].view(shape)
        self._data[:, :, :kept_slots, :, :kept_length] = kept
        self._share()

    def view(self, slot: int, start: int, end: int) -> Tensor:
        """Return a view of a slot's tokens, ``[layers, 2, kv_heads, end - start, head_dim]``."""
        return self._data[:, :, slot, :, start:end]

    def copy(self, source: int, target: int, start: int, end: int) -> None:
        """Copy the tokens ``start:end`` of one slot to the same positions of another."""
        self.view(target, start, end).copy_(self.view(source, start, end))

    def write(self, slot: int, start: int, pieces: Sequence[Tensor]) -> None:
        """Write consecutive pieces, from position 0 on, to a slot; tokens before ``start`` are left alone."""
        at = 0
        for piece in pieces:
            end = at + piece.shape[3]
            if end > start:
                skip = max(start - at, 0)
                self.view(slot, at + skip, end).copy_(piece[:, :, :, skip:])
            at = end

    def _share(self) -> None:
        # Views of each layer are made once: in every step they would cost more than some of the arithmetic.
        self.layers = [(layer[0], layer[1]) for layer in self._data]


def _rounded(length: int) -> int:
    """Round a length up to whole blocks."""
    return -(-length // _BLOCK) * _BLOCK


def _zeros(shape: Sequence[int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Allocate zeros that, on a CPU, take no memory until they are written."""
    if device.type != "cpu":
        return torch.zeros(tuple(shape), dtype=dtype, device=device)
    memory = mmap.mmap(-1, math.prod(shape) * dtype.itemsize)
    return torch.frombuffer(memory, dtype=dtype).view(tuple(shape))  # the tensor keeps the mapping alive
