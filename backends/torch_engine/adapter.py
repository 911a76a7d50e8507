"""Low-rank adapters (LoRA) in PEFT's format, merged into a model's weights when it is loaded.

A merged adapter costs nothing while decoding, whatever the number format: it becomes part of the weights
before they are quantised. It is in force for every request, so it has to be measured on normal decoding too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sot.errors import ConfigError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
OFF = "off"
_PACKAGED = Path(__file__).parent / "built_in_adapter"
_PREFIX = "base_model.model."
# Options of PEFT that change what an adapter computes, with the values that `merge` knows.
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
    folder = Path(asked).expanduser()
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise ConfigError(f"{asked}: this folder holds no LoRA adapter (no {name})")
    return folder


def merge(model: Any, folder: Path) -> None:
    """Add an adapter to the weights of a transformers model, in place.

    Raises:
        ConfigError: The adapter is of another kind, of another model, or broken.
    """
    import torch

    config = _config(folder)
    scale = float(config.get("lora_alpha", 1)) / (
        float(config["r"]) ** 0.5 if config.get("use_rslora") else float(config["r"])
    )
    with torch.no_grad():
        for name, (down, up) in _pairs(folder).items():
            try:
                weight = model.get_submodule(name).weight
            except AttributeError:
                raise ConfigError(f"{folder}: an adapter of another model: this one has no {name}") from None
            delta = up.float() @ down.float()
            if delta.shape != weight.shape:
                raise ConfigError(
                    f"{folder}: an adapter of another model: {name} is {list(weight.shape)} here, not "
                    f"{list(delta.shape)}"
                )
            weight.copy_(weight.float() + scale * delta.to(weight.device))


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
