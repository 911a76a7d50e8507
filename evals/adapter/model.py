"""Model under training: load it, give it a low-rank adapter, write the adapter in PEFT's format."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sot.backends.torch_engine.source import DEFAULT_HUB_ID, resolve
from sot.errors import ConfigError, MissingDependencyError, install_command

from .settings import TrainSettings

if TYPE_CHECKING:
    from torch import Tensor

_INSTALL = install_command("torch,train")


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """Model with a trainable adapter.

    Args:
        tokenizer: The transformers tokenizer.
        peft: The PEFT model.
        parameters: The adapter's weights.
        device: Device of the model.
    """

    tokenizer: Any
    peft: Any
    parameters: Sequence[Any]
    device: Any

    def hidden(self, ids: Sequence[int], positions: Sequence[int], mask: Tensor, cache: Any) -> Tensor:
        """Return the last hidden states of one sequence, ``[tokens, hidden]``.

        Args:
            ids: Token ids.
            positions: Position of each token.
            mask: Which tokens each token sees, ``[tokens, cached + tokens]``.
            cache: Keys and values of the tokens before, or ``None``.
        """
        import torch

        core = self.peft.get_base_model().get_decoder()
        output = core(
            input_ids=torch.tensor([list(ids)], device=self.device),
            position_ids=torch.tensor([list(positions)], device=self.device),
            attention_mask=mask[None, None].to(self.device),
            past_key_values=cache,
            use_cache=cache is not None,
        )
        return output.last_hidden_state[0]

    def logits(self, hidden: Tensor) -> Tensor:
        """Return the logits of hidden states, in float32."""
        return self.peft.get_base_model().get_output_embeddings()(hidden).float()

    def prefix(self, ids: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
        """Compute the keys and values of tokens that all examples begin with; no gradient flows into them."""
        import torch
        from transformers import DynamicCache

        cache: Any = DynamicCache()
        size = len(ids)
        with torch.no_grad():
            self.hidden(ids, range(size), torch.ones(size, size, dtype=torch.bool).tril(), cache)
        return [(layer.keys, layer.values) for layer in cache.layers]

    def state(self) -> dict[str, Tensor]:
        """Return the adapter's weights by PEFT's names."""
        from peft import get_peft_model_state_dict

        # Embeddings are never trained here; PEFT would ask the hub whether they may have been.
        return get_peft_model_state_dict(self.peft, save_embedding_layers=False)

    def restore(self, state: dict[str, Tensor]) -> None:
        """Set the adapter's weights."""
        from peft import set_peft_model_state_dict

        set_peft_model_state_dict(self.peft, state)

    def save(self, folder: Path, state: dict[str, Tensor]) -> int:
        """Write weights in float16 with PEFT's configuration; returns the bytes of the weights' file."""
        import torch
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        self.peft.peft_config["default"].save_pretrained(str(folder))
        file = folder / "adapter_config.json"
        config = {name: value for name, value in json.loads(file.read_text()).items() if value is not None}
        config |= {"inference_mode": True, "target_modules": sorted(config["target_modules"])}
        file.write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
        half = {name: value.to(torch.float16).contiguous().cpu() for name, value in state.items()}
        weights = folder / "adapter_model.safetensors"
        save_file(half, weights, metadata={"format": "pt"})
        return weights.stat().st_size


def load(model: str, settings: TrainSettings, device: str | None) -> TrainedModel:
    """Load a model in the quickest number format that it can be trained in here, and give it an adapter.

    Args:
        model: Hub id, folder or ``.gguf`` file; empty for the built-in model.
        settings: Settings of the run.
        device: A torch device; ``None`` takes CUDA, else the CPU.

    Raises:
        ConfigError: There is no such model, or it has no such layers.
        MissingDependencyError: A package is not installed.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # see the torch engine's thread
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    source = resolve(model)
    try:
        import torch
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise MissingDependencyError(error.name or "peft", _INSTALL) from error
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from sot.backends.torch_engine.model_files import model_folder, quiet

    torch.manual_seed(settings.seed)
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    with quiet():
        folder = model_folder(source)
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder)
            base = AutoModelForCausalLM.from_pretrained(folder, dtype=_dtype(place))
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"cannot load the model {source.place}: {error}") from error
    torch.nn.Module.to(base, place)
    name = DEFAULT_HUB_ID if source.is_default else source.place
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets),
        bias="none",
        task_type="CAUSAL_LM",
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations between PEFT and transformers
            peft = get_peft_model(base, config)
    except ValueError as error:
        raise ConfigError(f"{source.name} has no layers named {', '.join(settings.targets)}") from error
    # PEFT puts the folder of the loaded model here, which is a path of this machine.
    peft.peft_config["default"].base_model_name_or_path = name
    parameters = [value for value in peft.parameters() if value.requires_grad]
    return TrainedModel(tokenizer, peft, parameters, place)


def _dtype(device: Any) -> Any:
    """Return bfloat16 where the processor multiplies it, else float32."""
    import torch

    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32
