"""Low-rank adapters (LoRA) in PEFT's format: where they are, what they hold, and for which requests they act.

The packaged one was trained for skeletons and points. It acts on the requests of those stages alone, so that
normal decoding is that of the model itself. Others act on the requests that name them (`adapter_set`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sot.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
OFF = "off"
SKELETON, ALL = "skeleton", "all"
SKELETON_STAGES = frozenset({"skeleton", "point", "closing"})
"""Stages of an answer that an adapter for skeletons acts on; see ``GenerateConfig.stage``."""
_PACKAGED = Path(__file__).parent / "built_in_adapter"
_PREFIX = "base_model.model."
# Options of PEFT that change what an adapter computes, with the values that are known here.
_PLAIN: Mapping[str, object] = {
    "use_dora": False,
    "fan_in_fan_out": False,
    "bias": "none",
    "lora_bias": False,
}


def adapter_folder(asked: str | None, *, is_default: bool) -> Path | None:
    """Return the folder of the adapter to use.

    Args:
        asked: A folder, or ``off``; ``None`` or empty: the packaged one, if there is one for the model.
        is_default: Whether the model is the embedded default.

    Raises:
        ConfigError: The folder holds no adapter.
    """
    if asked == OFF:
        return None
    if not asked:
        return _PACKAGED if is_default and (_PACKAGED / CONFIG).is_file() else None
    folder = Path(os.path.expanduser(asked))
    require(folder)
    return folder


def require(folder: Path) -> None:
    """Require the files of an adapter.

    Raises:
        ConfigError: The folder does not hold them.
    """
    for name in (CONFIG, WEIGHTS):
        if not os.path.isfile(folder / name):
            raise ConfigError(f"{folder}: this folder holds no LoRA adapter (no {name})")


def is_packaged(folder: Path) -> bool:
    """Return whether a folder is that of the packaged adapter."""
    return folder == _PACKAGED


@dataclass(frozen=True, slots=True)
class Adapter:
    """Matrices of an adapter.

    Args:
        folder: Where it was read.
        pairs: By the name of each adapted layer: the matrix down, ``[rank, in]``, and the one up,
            ``[out, rank]``, which is scaled; both float32.
    """

    folder: Path
    pairs: Mapping[str, tuple[Tensor, Tensor]]


def read_adapter(folder: Path) -> Adapter:
    """Read an adapter.

    Raises:
        ConfigError: It is of another kind, or broken.
    """
    config = _config(folder)
    rank = float(config["r"])
    scale = float(config.get("lora_alpha", 1)) / (rank**0.5 if config.get("use_rslora") else rank)
    pairs = {name: (down.float(), scale * up.float()) for name, (down, up) in _pairs(folder).items()}
    return Adapter(folder, pairs)


def check(size: Callable[[str], tuple[int, int] | None], adapter: Adapter) -> None:
    """Check that an adapter fits a model.

    Args:
        size: Returns the outputs and inputs of a linear layer by its name; ``None`` where there is none.
        adapter: The adapter.

    Raises:
        ConfigError: It is of another model.
    """
    other = f"{adapter.folder}: an adapter of another model:"
    for name, (down, up) in adapter.pairs.items():
        own, shape = size(name), (len(up), down.shape[1])
        if own is None:
            raise ConfigError(f"{other} this one has no {name}")
        if up.shape[1] != len(down) or own != shape:
            raise ConfigError(f"{other} {name} is {list(own)} here, not {list(shape)}")


def layer_sizes(model: Any) -> Callable[[str], tuple[int, int] | None]:
    """Return what tells the sizes of the linear layers of a transformers model, for `check`."""

    def size(name: str) -> tuple[int, int] | None:
        try:
            outputs, inputs = model.get_submodule(name).weight.shape
        except (AttributeError, ValueError):
            return None
        return outputs, inputs

    return size


def merge(model: Any, adapter: Adapter) -> None:
    """Add an adapter to the weights of a transformers model, in place: it then acts on every request."""
    import torch

    with torch.no_grad():
        for name, (down, up) in adapter.pairs.items():
            weight = model.get_submodule(name).weight
            weight.copy_(weight.float() + (up @ down).to(weight.device))


def _config(folder: Path) -> Mapping[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        kind, rank = config["peft_type"], config["r"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{folder / CONFIG}: not the configuration of a LoRA adapter") from error
    if kind != "LORA" or not isinstance(rank, int) or rank < 1:
        raise ConfigError(f"{folder / CONFIG}: not a LoRA adapter: {kind}, rank {rank}")
    for option, plain in _PLAIN.items():
        if config.get(option, plain) != plain:
            raise ConfigError(f"{folder / CONFIG}: the torch engine knows no adapters with {option}")
    for option in ("rank_pattern", "alpha_pattern", "modules_to_save"):
        if config.get(option):
            raise ConfigError(f"{folder / CONFIG}: the torch engine knows no adapters with {option}")
    return cast("Mapping[str, Any]", config)


def _pairs(folder: Path) -> dict[str, tuple[Any, Any]]:
    """Return the two matrices of each adapted layer, by the layer's name."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        weights = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"{folder / WEIGHTS}: cannot be read: {error}") from error
    found: dict[str, dict[str, Any]] = {}
    for name, value in weights.items():
        layer, _, part = name.removeprefix(_PREFIX).rpartition(".lora_")
        if not layer or part not in ("A.weight", "B.weight"):
            raise ConfigError(f"{folder / WEIGHTS}: the torch engine does not know {name}")
        found.setdefault(layer, {})[part[0]] = value
    if incomplete := [layer for layer, parts in found.items() if len(parts) < 2]:
        raise ConfigError(f"{folder / WEIGHTS}: half of the adapter of {incomplete[0]} is missing")
    return {layer: (parts["A"], parts["B"]) for layer, parts in found.items()}
