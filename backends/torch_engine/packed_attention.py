"""Packed attention: one forward pass for sequences in prefill and in decode, without padding.

Sequences in decode bring one token each, sequences in prefill a piece of their prompt. All linear layers see
``[1, tokens]``; only attention looks at sequences, and it is the one thing replaced, through the registry
that transformers keeps for attention functions. So every model that honours the registry works unchanged.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from .kv import KVStore
from .low_rank import Adapted

ATTENTION = "sot_packed"
MIN_SHARED = 64  # tokens; below, the additional calls cost more than the memory reads they save
_running = threading.local()


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens that one sequence brings to a step.

    Args:
        slot: Slot of the sequence in the KV cache.
        start: Tokens of the sequence that are already in the cache.
        ids: Ids of the tokens that follow.
        adapter: Number of the adapter that acts on the sequence; 0: none.
    """

    slot: int
    start: int
    ids: Sequence[int]
    adapter: int = 0


@dataclass(slots=True)
class Step:
    """Input of one forward pass, with what its attention needs.

    Args:
        kv: KV cache.
        pieces: One for each sequence of the step; those with one token come first.
        dtype: Data type of the model's activations.
        shared: Length, in tokens, of the cached prefix that the sequences with one token have in common.
        alone: Number of the first of them that do not have it.
        decodes_all: Whether every sequence of the engine is in the step, with one token each.
    """

    kv: KVStore
    pieces: Sequence[Piece]
    dtype: torch.dtype
    device: torch.device
    shared: int = 0
    decodes_all: bool = False
    alone: int = 0
    singles: int = field(init=False)  # sequences that bring one token
    dense: bool = field(init=False)  # they fill the slots from 0 on, so the cache is used without gathering
    longest: int = field(init=False)
    _slots: Tensor | None = field(init=False, default=None)
    _places: Tensor | None = field(init=False, default=None)
    _masks: dict[tuple[int, int | None], Tensor | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        singles = [piece for piece in self.pieces if len(piece.ids) == 1]
        self.singles = len(singles)
        self.dense = all(piece.slot == at for at, piece in enumerate(singles))
        self.longest = max((piece.start + 1 for piece in singles), default=0)

    @property
    def slots(self) -> Tensor:
        """Slots of the single tokens, ``[singles]``."""
        if self._slots is None:
            singles = self.pieces[: self.singles]
            self._slots = torch.tensor([piece.slot for piece in singles], device=self.device)
        return self._slots

    @property
    def places(self) -> Tensor:
        """Positions of the single tokens, ``[singles]``."""
        if self._places is None:
            singles = self.pieces[: self.singles]
            self._places = torch.tensor([piece.start for piece in singles], device=self.device)
        return self._places

    @property
    def adapted(self) -> Adapted:
        """Tokens that adapters act on."""
        found = {piece.adapter for piece in self.pieces}
        if len(found) == 1:
            return Adapted(int(found.pop()))
        numbers = [int(piece.adapter) for piece in self.pieces for _ in piece.ids]
        return Adapted.some(sorted(map(int, found)), torch.tensor(numbers, device=self.device))

    def single_mask(self, window: int | None) -> Tensor | None:
        """Return the single tokens' additive mask, ``[singles, 1, 1, longest]``; ``None``: all is seen."""
        key = (-1, window)
        if key not in self._masks:
            even = all(piece.start + 1 == self.longest for piece in self.pieces[: self.singles])
            if even and (window is None or window >= self.longest):
                self._masks[key] = None
            else:
                at = torch.arange(self.longest, device=self.device)[None]
                hidden = at > self.places[:, None]
                if window is not None:
                    hidden |= at <= self.places[:, None] - window
                self._masks[key] = self._additive(hidden)[:, None, None]
        return self._masks[key]

    def piece_mask(self, index: int, groups: int, window: int | None) -> Tensor:
        """Return the additive causal mask of a longer piece, ``[groups * tokens, start + tokens]``."""
        key = (index, window)
        if key not in self._masks:
            piece = self.pieces[index]
            end = piece.start + len(piece.ids)
            row = torch.arange(piece.start, end, device=self.device)[:, None]
            at = torch.arange(end, device=self.device)[None]
            hidden = at > row
            if window is not None:
                hidden |= at <= row - window
            self._masks[key] = self._additive(hidden).repeat(groups, 1)
        mask = self._masks[key]
        assert mask is not None
        return mask

    def _additive(self, hidden: Tensor) -> Tensor:
        mask = torch.zeros(hidden.shape, dtype=self.dtype, device=self.device)
        return mask.masked_fill_(hidden, float("-inf"))


def attend(
    step: Step, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float, window: int | None
) -> Tensor:
    """Cache the step's keys and values, and let every token attend to its own sequence.

    Args:
        layer: Number of the layer.
        q: ``[tokens, heads, head_dim]``.
        k: ``[tokens, kv_heads, head_dim]``; ``v`` the same.
        scale: Factor of the scores.
        window: Most tokens seen, where the layer has a sliding window.

    Returns:
        ``[tokens, heads, head_dim]``.
    """
    keys, values = step.kv.layers[layer]
    heads, kv_heads, head_dim = q.shape[1], k.shape[1], q.shape[2]
    groups = heads // kv_heads
    parts: list[Tensor] = []
    done = step.singles
    if done:
        keys[step.slots, :, step.places] = k[:done]
        values[step.slots, :, step.places] = v[:done]
        # The query heads that share a key head take the place of query tokens: no key is repeated.
        rows = q[:done].reshape(done, kv_heads, groups, head_dim)
        if step.dense:
            key_rows, value_rows = keys[:done, :, : step.longest], values[:done, :, : step.longest]
        else:
            key_rows, value_rows = keys[step.slots, :, : step.longest], values[step.slots, :, : step.longest]
        mask = step.single_mask(window)
        alone = step.alone
        if step.dense and step.shared >= MIN_SHARED and done - alone > 1 and q.dtype == torch.float32:
            own = None if mask is None else mask[alone:]
            seen = _attend_shared(
                rows[alone:] * scale, key_rows[alone:], value_rows[alone:], own, step.shared
            )
            if alone:
                other = scaled_dot_product_attention(
                    rows[:alone],
                    key_rows[:alone],
                    value_rows[:alone],
                    attn_mask=None if mask is None else mask[:alone],
                    scale=scale,
                )
                seen = torch.cat((other, seen))
        else:
            seen = scaled_dot_product_attention(rows, key_rows, value_rows, attn_mask=mask, scale=scale)
        parts.append(seen.reshape(done, heads, head_dim))
    for index in range(step.singles, len(step.pieces)):
        piece = step.pieces[index]
        count = len(piece.ids)
        end = piece.start + count
        keys[piece.slot, :, piece.start : end] = k[done : done + count].transpose(0, 1)
        values[piece.slot, :, piece.start : end] = v[done : done + count].transpose(0, 1)
        rows = q[done : done + count].transpose(0, 1).reshape(1, kv_heads, groups * count, head_dim)
        mask = step.piece_mask(index, groups, window)
        seen = scaled_dot_product_attention(
            rows,
            keys[None, piece.slot, :, :end],
            values[None, piece.slot, :, :end],
            attn_mask=mask,
            scale=scale,
        )
        parts.append(seen.reshape(heads, count, head_dim).transpose(0, 1))
        done += count
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _attend_shared(rows: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, shared: int) -> Tensor:
    """Attend with a common prefix whose keys and values are read once, not once for each sequence.

    With eight points of one answer, reading them is most of what a step costs. Scores of both parts meet in
    one softmax, so the result is that of plain attention. (In bfloat16 the scores would be rounded on the
    way, so that goes through torch's own function.)

    Args:
        rows: Scaled queries, ``[sequences, kv_heads, groups, head_dim]``.
        keys: ``[sequences, kv_heads, length, head_dim]``; ``values`` the same.
        mask: Additive, ``[sequences, 1, 1, length]`` or ``None``.
        shared: Length of the common prefix, in tokens.
    """
    count, kv_heads, groups, head_dim = rows.shape
    together = rows.transpose(0, 1).reshape(kv_heads, count * groups, head_dim)
    common = torch.bmm(together, keys[0, :, :shared].transpose(1, 2))
    common = common.view(kv_heads, count, groups, shared).transpose(0, 1)
    own = torch.matmul(rows, keys[:, :, shared:].transpose(2, 3))
    weights = torch.cat((common, own), -1)
    if mask is not None:
        weights += mask
    weights = weights.softmax(-1)
    seen = torch.matmul(weights[..., shared:], values[:, :, shared:])
    common = weights[..., :shared].transpose(0, 1).reshape(kv_heads, count * groups, shared)
    return seen + torch.bmm(common, values[0, :, :shared]).view(kv_heads, count, groups, head_dim).transpose(
        0, 1
    )


def _attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None = None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Call `attend` with the signature of transformers; ``query`` is ``[1, heads, tokens, head_dim]``."""
    if softcap is not None or kwargs.get("s_aux") is not None or kwargs.get("position_bias") is not None:
        raise NotImplementedError("attention with softcap, sinks or position bias")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    return attend(_running.step, module.layer_idx, q, k, v, scale, sliding_window)[None], None


def flatten(step: Step) -> tuple[Tensor, Tensor, Tensor]:
    """Return token ids ``[tokens]``, positions ``[tokens]``, and each piece's last index ``[pieces]``."""
    ids = [token for piece in step.pieces for token in piece.ids]
    positions = [piece.start + at for piece in step.pieces for at in range(len(piece.ids))]
    last, end = [], 0
    for piece in step.pieces:
        end += len(piece.ids)
        last.append(end - 1)
    return (
        torch.tensor(ids, device=step.device),
        torch.tensor(positions, device=step.device),
        torch.tensor(last, device=step.device),
    )


def install(model: Any) -> None:
    """Make a transformers model attend through `attend`."""
    from transformers import AttentionInterface

    AttentionInterface.register(ATTENTION, _attention)
    model.set_attn_implementation(ATTENTION)


def forward(model: Any, step: Step) -> Tensor:
    """Run one step through a model prepared by `install`.

    Returns:
        Logits of the last token of each piece, ``[pieces, vocabulary]``.
    """
    ids, positions, last = flatten(step)
    _running.step = step
    try:
        out = model(input_ids=ids[None], position_ids=positions[None], use_cache=False, logits_to_keep=last)
    finally:
        _running.step = None
    return out.logits[0]
