"""Decode steps against the batch: their time, with and without CUDA graphs, and the memory's bound.

A step reads all weights and every sequence's keys and values once, so it cannot be shorter than these bytes
take at the memory's speed. How far it grows from one sequence to many is what Skeleton-of-Thought lives on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..stats import Spread, spread
from .random_model import free_memory

if TYPE_CHECKING:
    from sot.backends.torch_engine.weights import LoadedModel

BATCHES = (1, 2, 4, 8, 16, 32, 64)
CONTEXT = 512
_ROOM = 640  # tokens of a sequence in the cache, a multiple of its blocks
_STEPS = 25
_WARM_UP = 3
_COPIES = 5


@dataclass(frozen=True, slots=True)
class StepTime:
    """Time of a decode step of a batch, in seconds.

    Args:
        calls_s: By ordinary calls.
        graph_s: By a CUDA graph; ``None`` without a GPU.
        bound_s: Time to read the weights, keys and values at the measured speed of the memory.
        used_gib: GPU memory in use meanwhile; ``None`` without a GPU.
    """

    batch: int
    context: int
    calls_s: Spread
    graph_s: Spread | None
    bound_s: float
    used_gib: float | None = None

    @property
    def best_s(self) -> float:
        """Time of a step as the engine takes it."""
        return (self.graph_s or self.calls_s).median


def step_times(
    folder: Path,
    shape: Mapping[str, int],
    settings: Mapping[str, Any],
    batches: Sequence[int] = BATCHES,
    say: Callable[[str], None] = lambda line: None,
) -> list[StepTime]:
    """Time the decode steps of a model that the torch engine loads from a folder.

    Args:
        shape: Fields of the model's config.
        settings: The engine's settings, of which the number format counts.
    """
    import torch

    from sot.backends.torch_engine.options import EngineOptions
    from sot.backends.torch_engine.weights import load_model

    # On a GPU the engine takes what there is; on a CPU memory is only taken as far as it is used.
    kv_bytes = None if torch.cuda.is_available() else settings["kv_bytes"]
    options = EngineOptions(str(folder), dtype=settings["dtype"], kv_bytes=kv_bytes)
    loaded = load_model(replace(options, max_batch=max(batches), max_context=_ROOM))
    most = loaded.kv_bytes // (loaded.kv.token_bytes * _ROOM)
    bytes_s = _bandwidth(loaded.device)
    weights = _weights(shape) * loaded.dtype.itemsize
    found: list[StepTime] = []
    with torch.inference_mode():
        for batch in [batch for batch in batches if batch <= max(most, 1)]:
            say(f"decode steps of {batch} sequence{'s' if batch > 1 else ''}")
            read = weights + batch * CONTEXT * loaded.kv.token_bytes
            calls = _timed(loaded, batch, graphs=False)
            graph = _timed(loaded, batch, graphs=True) if loaded.device.type == "cuda" else None
            found.append(StepTime(batch, CONTEXT, calls, graph, read / bytes_s, _used_gib(loaded.device)))
    del loaded
    free_memory()
    return found


def _timed(loaded: LoadedModel, batch: int, *, graphs: bool) -> Spread:
    """Seconds of a step, host time and the choice of tokens included."""
    from sot.backends.torch_engine.packed_attention import Piece, Step

    loaded.kv.ensure(batch, CONTEXT + _STEPS + _WARM_UP)
    taken: list[float] = []
    for at in range(_WARM_UP + _STEPS):
        began = time.perf_counter()
        pieces = [Piece(slot, CONTEXT + at, [1 + slot]) for slot in range(batch)]
        # The engine takes graphs for steps that decode every sequence; what the cache holds changes no time.
        step = Step(loaded.kv, pieces, loaded.dtype, loaded.device, decodes_all=graphs)
        loaded.forward(step).argmax(-1).tolist()
        taken.append(time.perf_counter() - began)
    found = spread(taken[_WARM_UP:])
    assert found is not None
    return found


def _weights(shape: Mapping[str, int]) -> int:
    """Weights that a step reads: all but the embeddings, of which it reads a row a sequence."""
    hidden, heads = shape["hidden_size"], shape["num_attention_heads"]
    keys = hidden // heads * shape["num_key_value_heads"]
    layer = 2 * hidden * (hidden + keys) + 3 * hidden * shape["intermediate_size"]
    return shape["num_hidden_layers"] * layer + hidden * shape["vocab_size"]


def _bandwidth(device: Any) -> float:
    """Bytes a second that the memory reads and writes, by copying a large block; the best of a few."""
    import torch

    size = 2**30 if device.type == "cuda" else 2**28
    source = torch.ones(size, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    best = 0.0
    for _ in range(_COPIES):
        _wait(device)
        began = time.perf_counter()
        target.copy_(source)
        _wait(device)
        best = max(best, 2 * size / (time.perf_counter() - began))
    return best


def _wait(device: Any) -> None:
    import torch

    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _used_gib(device: Any) -> float | None:
    import torch

    if device.type != "cuda":
        return None
    free, total = torch.cuda.mem_get_info(device)  # of the whole GPU, so that other processes count
    return (total - free) / 2**30
