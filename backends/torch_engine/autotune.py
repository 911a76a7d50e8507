"""Autotuning of number format and thread count on a CPU: measured at the first start, then remembered.

No rule holds: for a deep and thin model the calls cost more than the arithmetic and one thread beats two,
for a large one it is the other way round, and the quickest format differs with the processor.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from .cache import cache_folder, remember
from .cores import BusyCores, available_cores
from .kv import KVStore
from .packed_attention import Piece, Step

_LARGE = 1_500_000_000  # weights; above, loading the model in every format takes longer than it is worth
_MAX_DIVERGENCE = 0.25  # nats from float32; int8 of SmolLM2 has 0.04, a spoiled text 1 and more
_BUSY = 0.5  # cores; where other programs take more, a measurement is provisional
_LOOK_S = 0.1
_BATCH = 8  # sequences in the larger of the two decode steps measured
_FORMATS = ("float32", "bfloat16", "int8")  # float32 first: the others are compared with it


@dataclass(frozen=True, slots=True)
class Choice:
    """Number format, as in the options, and CPU threads of a model."""

    dtype: str
    threads: int


@dataclass(frozen=True, slots=True)
class Trial:
    """Model loaded in one number format, ready to be measured.

    Args:
        forward: Forward pass of one step, to logits ``[pieces, vocabulary]``.
        kv: Empty KV cache with room for 8 sequences of 128 tokens.
        dtype: Data type of the activations.
    """

    forward: Callable[[Step], Tensor]
    kv: KVStore
    dtype: torch.dtype


def known(key: str, weights: int, dtype: str, threads: int | None) -> Choice | None:
    """Return the number format and thread count that need no measurement; ``None``: one is needed.

    Args:
        key: Identity of the model's content.
        weights: Number of the model's weights.
        dtype: ``auto`` or a fixed format.
        threads: ``None`` or a fixed number.
    """
    cores = available_cores()
    if dtype != "auto" and threads is not None:
        return Choice(dtype, threads)
    if weights > _LARGE:
        return Choice("bfloat16" if dtype == "auto" else dtype, threads or cores)
    formats, counts = _open(dtype, threads)
    match _remembered().get(_name(key, formats, counts)):
        case {"dtype": str(name), "threads": int(count), **rest} if name in formats and count in counts:
            # A choice measured beside other work holds until the machine is idle enough to measure again.
            if not rest.get("busy") or not _free():
                return Choice(name, count)
        case _:
            pass
    return None


def choose(
    key: str, weights: int, text: Sequence[int], dtype: str, threads: int | None, load: Callable[[str], Trial]
) -> Choice:
    """Choose the quickest format and thread count among those left open, by measurement or from memory.

    Args:
        key: Identity of the model's content.
        weights: Number of the model's weights.
        text: Token ids of an ordinary text, at least 80, for the check of quality.
        dtype: ``auto`` or a fixed format.
        threads: ``None`` or a fixed number.
        load: Loads the model in a format.
    """
    if (found := known(key, weights, dtype, threads)) is not None:
        return found
    formats, counts = _open(dtype, threads)
    busy = BusyCores()
    best = _measure(formats, counts, text, load)
    _remember(_name(key, formats, counts), best, busy=busy.taken() >= _BUSY)
    return best


def _open(dtype: str, threads: int | None) -> tuple[Sequence[str], Sequence[int]]:
    """Return the number formats and the thread counts to choose from."""
    cores = available_cores()
    counts = sorted({1, min(4, cores), cores}) if threads is None else [threads]
    return _FORMATS if dtype == "auto" else (dtype,), counts


def _name(key: str, formats: Sequence[str], counts: Sequence[int]) -> str:
    named = f"{','.join(formats)}|{counts}|{_processor()}|{available_cores()}"
    return f"3|{key}|{named}|{torch.__version__}"


def _free() -> bool:
    """Whether other programs leave the cores free, by a look of `_LOOK_S` seconds."""
    busy = BusyCores()
    time.sleep(_LOOK_S)
    return busy.taken() < _BUSY


def _measure(
    formats: Sequence[str], counts: Sequence[int], text: Sequence[int], load: Callable[[str], Trial]
) -> Choice:
    """Time every format and thread count; formats that spoil the text are left out."""
    found: list[tuple[float, Choice]] = []
    reference: Tensor | None = None
    for name in formats:
        trial = load(name)
        torch.set_num_threads(counts[-1])
        with torch.inference_mode():
            logs = _read(trial, text).log_softmax(-1)
            if reference is None:
                reference = logs
            divergence = float((reference.exp() * (reference - logs)).sum(-1).mean())
            if not divergence < _MAX_DIVERGENCE:
                continue
            for threads in counts:
                torch.set_num_threads(threads)
                found.append(
                    (_step_time(trial, text, 1) + _step_time(trial, text, _BATCH), Choice(name, threads))
                )
        del trial
    return min(found, key=lambda item: item[0])[1]


def _read(trial: Trial, text: Sequence[int]) -> Tensor:
    """Return the logits after the first 10, 20 … 80 tokens of the text, ``[8, vocabulary]``, float32."""
    pieces = [Piece(slot, 0, text[: 10 * (slot + 1)]) for slot in range(_BATCH)]
    return trial.forward(Step(trial.kv, pieces, trial.dtype, torch.device("cpu"))).float()


def _step_time(trial: Trial, text: Sequence[int], batch: int) -> float:
    """Time one decode step, in seconds: the quickest of nine, because others use the machine too."""
    best = float("inf")
    for at in range(9):
        pieces = [Piece(slot, 80, text[at : at + 1]) for slot in range(batch)]
        begin = time.perf_counter()
        trial.forward(Step(trial.kv, pieces, trial.dtype, torch.device("cpu")))
        best = min(best, time.perf_counter() - begin)
    return best


def _processor() -> str:
    """Return the CPU's model name and its vector extension."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip() + " " + torch.backends.cpu.get_cpu_capability()
    return platform.processor() or platform.machine()


def _file() -> Path:
    return cache_folder() / "torch-choices.json"


def _remembered() -> dict[str, object]:
    try:
        found = json.loads(_file().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(key: str, choice: Choice, *, busy: bool) -> None:
    remember(_file(), {**_remembered(), key: {**asdict(choice), "busy": busy}})
