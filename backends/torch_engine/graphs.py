"""Decode steps as CUDA graphs: one launch in place of some six hundred.

A decode step of a large model on a fast GPU spends more time on launching kernels than on reading the
weights. A graph replays the kernels of one shape: so the rows are filled up to a few sizes, and the length to
a few steps, with a mask that is computed inside the graph. Prefill and mixed steps run as before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from .kv import KVStore
from .llama_forward import LlamaForward
from .low_rank import Adapted
from .packed_attention import Step

_ROWS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64)
_WARM_UP = 2  # runs before a capture, in which libraries allocate what they keep


@dataclass(frozen=True, slots=True)
class _Graph:
    """One captured step.

    Args:
        replay: Runs it.
        inputs: Token ids, positions, and the number of the row's adapter, ``[3, rows]``; read at every
            replay.
        logits: Its result, ``[rows, vocabulary]``, overwritten at every replay.
    """

    replay: Callable[[], None]
    inputs: Tensor
    logits: Tensor


class DecodeGraphs:
    """Forward pass that replays a graph where every sequence brings one token, and else runs eagerly.

    Args:
        model: The model.
        capture: Captures a function and returns what replays it; by default by a CUDA graph.
    """

    def __init__(
        self, model: LlamaForward, capture: Callable[[Callable[[], None]], Callable[[], None]] | None = None
    ) -> None:
        self._model = model
        self._capture = capture or _Capture()
        self._graphs: dict[tuple[int, int, int], _Graph] = {}
        self._captured: object = None  # the cache's layers for which the graphs were captured

    def forward(self, step: Step) -> Tensor:
        """Run one step; returns the logits of the last token of each piece, ``[pieces, vocabulary]``.

        They are valid until the next step.
        """
        slots, capacity = step.kv.slots, step.kv.capacity
        count = step.singles
        rows = next((rows for rows in _ROWS if rows >= count), 0)
        if not (step.decodes_all and step.dense) or not 0 < rows <= slots or step.longest > capacity:
            return self._model.forward(step)
        length = min(_rounded(step.longest), capacity)
        if self._captured is not step.kv.layers:  # the cache has been shaped anew
            self._graphs.clear()
            self._captured = step.kv.layers
        adapter = step.adapted.number
        graph = self._graphs.get((rows, length, adapter))
        if graph is None:
            graph = self._graphs[rows, length, adapter] = self._make(step, rows, length, adapter)
        self._fill(graph.inputs, step, rows)
        graph.replay()
        return graph.logits[:count]

    def _fill(self, inputs: Tensor, step: Step, rows: int) -> None:
        """Write the step's tokens; rows without a sequence write to the start of a slot that none uses."""
        spare = [0] * (rows - step.singles)
        given = torch.tensor(
            [
                [piece.ids[0] for piece in step.pieces] + spare,
                [piece.start for piece in step.pieces] + spare,
                [int(piece.adapter) for piece in step.pieces] + spare,
            ],
            pin_memory=inputs.is_cuda,
        )
        inputs.copy_(given, non_blocking=True)

    def _make(self, step: Step, rows: int, length: int, adapter: int) -> _Graph:
        inputs = torch.zeros(3, rows, dtype=torch.long, device=step.device)
        self._fill(inputs, step, rows)
        made: list[Tensor] = []

        def run() -> None:
            ids, positions, numbers = inputs
            # Made here, so that the graph owns it: a tensor from outside would have to live as long as it.
            slots = torch.arange(rows, device=step.device)
            attention = _StaticAttention(step.kv, slots, positions, length, step.dtype)
            adapted = Adapted(adapter, numbers if adapter else None)
            logits = self._model.compute(ids, positions, attention.attend, adapted=adapted)
            if made:
                made[0].copy_(logits)  # out of the memory that the graphs share
            else:
                made.append(logits)

        replay = self._capture(run)
        return _Graph(replay, inputs, made[0])


class _StaticAttention:
    """Attention of one token of each row over a fixed length, by tensors alone.

    Args:
        kv: The cache.
        slots: Slot of each row, ``[rows]``: 0, 1, 2 …
        positions: Position of each row's token, ``[rows]``.
        length: Tokens of every slot that are looked at; those beyond a row's position are masked.
        dtype: Data type of the scores.
    """

    def __init__(
        self, kv: KVStore, slots: Tensor, positions: Tensor, length: int, dtype: torch.dtype
    ) -> None:
        self._kv = kv
        self._slots = slots
        self._positions = positions
        self._length = length
        self._dtype = dtype
        self._masks: dict[int | None, Tensor] = {}

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float, window: int | None) -> Tensor:
        """Cache the keys and values, and attend; see `packed_attention.attend`."""
        keys, values = self._kv.layers[layer]
        rows, heads, head_dim = q.shape
        kv_heads = k.shape[1]
        keys[self._slots, :, self._positions] = k
        values[self._slots, :, self._positions] = v
        seen = scaled_dot_product_attention(
            q.reshape(rows, kv_heads, heads // kv_heads, head_dim),
            keys[:rows, :, : self._length],
            values[:rows, :, : self._length],
            attn_mask=self._mask(window),
            scale=scale,
        )
        return seen.reshape(rows, heads, head_dim)

    def _mask(self, window: int | None) -> Tensor:
        if window not in self._masks:
            at = torch.arange(self._length, device=self._positions.device)[None]
            place = self._positions[:, None]
            hidden = at > place
            if window is not None:
                hidden = hidden | (at <= place - window)
            mask = torch.zeros(hidden.shape, dtype=self._dtype, device=hidden.device)
            self._masks[window] = mask.masked_fill(hidden, float("-inf"))[:, None, None]
        return self._masks[window]


class _Capture:
    """Capture of functions as CUDA graphs that share one pool of memory."""

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, run: Callable[[], None]) -> Callable[[], None]:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UP):
                run()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            run()
        return graph.replay


def _rounded(length: int) -> int:
    """Round a length up to one of a few: at most a third more, so that graphs are few."""
    if length <= _LENGTHS[-1]:
        return _LENGTHS[bisect_left(_LENGTHS, length)]
    return -(-length // 4096) * 4096


_LENGTHS = (256, 512, 768, 1024, 1280, 1536, 2048, 2560, 3072, 4096, 5120, 6144, 8192)
