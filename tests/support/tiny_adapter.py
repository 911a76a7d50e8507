"""A random LoRA adapter in PEFT's format, for a model that `save_tiny_model` wrote."""

from __future__ import annotations

import json
from pathlib import Path


def save_tiny_adapter(folder: Path, model: Path, *, seed: int = 1, size: float = 0.3) -> Path:
    """Write an adapter of every linear layer, strong enough to change what the model writes."""
    import torch
    from safetensors.torch import save_file
    from torch import nn
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(model)
    draw = torch.Generator().manual_seed(seed)
    weights: dict[str, torch.Tensor] = {}
    for name, layer in loaded.named_modules():
        if isinstance(layer, nn.Linear):
            wide, narrow = layer.weight.shape
            down, up = torch.randn(2, narrow, generator=draw), torch.randn(wide, 2, generator=draw)
            weights[f"base_model.model.{name}.lora_A.weight"] = size * down
            weights[f"base_model.model.{name}.lora_B.weight"] = size * up
    folder.mkdir(parents=True)
    save_file(weights, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder
