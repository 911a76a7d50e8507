"""A random LoRA adapter in PEFT's format, for a model that `save_tiny_model` wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path


def save_tiny_adapter(
    folder: Path, model: Path, *, seed: int = 1, size: float = 0.3, targets: Sequence[str] = ()
) -> Path:
    """Write an adapter, strong enough to change what the model writes.

    Args:
        targets: Last parts of the names of the linear layers that it has; none: every linear layer.
    """
    import torch
    from safetensors.torch import save_file
    from torch import nn
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(model)
    draw = torch.Generator().manual_seed(seed)
    weights: dict[str, torch.Tensor] = {}
    found: set[str] = set()
    for name, layer in loaded.named_modules():
        target = name.rpartition(".")[2]
        if isinstance(layer, nn.Linear) and (not targets or target in targets):
            found.add(target)
            wide, narrow = layer.weight.shape
            down, up = torch.randn(2, narrow, generator=draw), torch.randn(wide, 2, generator=draw)
            weights[f"base_model.model.{name}.lora_A.weight"] = size * down
            weights[f"base_model.model.{name}.lora_B.weight"] = size * up
    folder.mkdir(parents=True)
    save_file(weights, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "task_type": "CAUSAL_LM", "bias": "none"}
    config |= {"target_modules": sorted(found), "base_model_name_or_path": str(model)}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder
