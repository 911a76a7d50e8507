"""What the comparison knows of single kinds of engines, beyond what the registry says of all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .accelerators import NONE, Accelerator, RefusedError, Setup, torch_setup, vllm_setup
from .drafts import server_drafts, vllm_drafts
from .probes import Drafts, Probes
from .random_model import CONTEXT, SHAPES, save_model

_RANDOM_KV = 8 * 2**30  # bytes; on a CPU only taken as far as it is used
DraftReader = Callable[[], Awaitable[Drafts | None]]


@dataclass(frozen=True, slots=True)
class Features:
    """One kind of engine.

    Args:
        drafts: Makes the reader of the counters of speculative decoding, for a backend spec.
        setup: How the engine is started with an accelerator; ``None``: it is started by somebody else.
        random_model: Writes a random model of a shape into a folder; returns the engine's settings for it.
        generates: Whether its assisted generation is transformers' ``generate``.
    """

    drafts: Callable[[str], DraftReader]
    setup: Callable[[Accelerator], Setup] | None = None
    random_model: Callable[[Path, str], dict[str, Any]] | None = None
    generates: bool = False


def setup_of(kind: str, accelerator: Accelerator) -> Setup:
    """How to start an engine with an accelerator.

    Args:
        kind: The engine's kind, as the registry calls it.
        accelerator: The accelerator.

    Raises:
        RefusedError: The engine has no such option.
    """
    if accelerator.name == NONE:
        return Setup()
    features = FEATURES.get(kind)
    if features is None or features.setup is None:
        raise RefusedError(
            f"{accelerator.name}: a server's accelerators are chosen where it is started, not by a request"
        )
    return features.setup(accelerator)


def drafts_of(kind: str, spec: str) -> DraftReader:
    """The reader of an engine's counters of speculative decoding; of other engines one that finds none.

    Args:
        kind: The engine's kind, as the registry calls it.
        spec: Its backend spec.
    """
    features = FEATURES.get(kind)
    return features.drafts(spec) if features is not None else Probes().drafts


def _torch_model(folder: Path, shape: str) -> dict[str, Any]:
    save_model(folder, SHAPES[shape])
    room = {"kv_bytes": _RANDOM_KV, "cache_bytes": _RANDOM_KV // 4}
    return {"dtype": "bfloat16", "max_context": CONTEXT, **room}


def _vllm_model(folder: Path, shape: str) -> dict[str, Any]:
    save_model(folder, SHAPES[shape], weights=False)
    return {"engine_args": {"load_format": "dummy", "dtype": "bfloat16", "max_model_len": CONTEXT}}


FEATURES: Mapping[str, Features] = {
    "torch": Features(lambda spec: Probes().drafts, torch_setup, _torch_model, generates=True),
    "vllm": Features(lambda spec: vllm_drafts, vllm_setup, _vllm_model),
    "http": Features(server_drafts),
}
