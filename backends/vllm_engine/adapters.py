"""Adapters (LoRA) of the vLLM engine: its options for them, and the adapter of a request."""

# vLLM is not installed where the type checker runs.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sot.errors import ConfigError
from sot.types import NO_ADAPTER

from ..in_process.adapter_folders import CONFIG, adapter_folders, unknown

OPTION = "adapters"
"""Our own engine option beside vLLM's: ``NAME=FOLDER,NAME=FOLDER``, or folders by name."""

Folders = Sequence[tuple[str, str]]
_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)  # that vLLM makes room for


def take_adapters(arguments: dict[str, Any]) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    """Split our option off vLLM's, and add those by which vLLM makes room for the adapters.

    Args:
        arguments: Engine options; those that the caller gave win.

    Raises:
        ConfigError: The adapters cannot be read.
    """
    rest = {name: value for name, value in arguments.items() if name != OPTION}
    given = arguments.get(OPTION)
    if given is not None and not isinstance(given, str | Mapping):
        raise ConfigError(f"adapters is NAME=FOLDER, or folders by name, not {given!r}")
    folders = adapter_folders(given)
    if not folders:
        return rest, ()
    most = max(_rank(Path(folder)) for _, folder in folders)
    room = next((rank for rank in _RANKS if rank >= most), most)
    # One place more than adapters: on a CPU, vLLM 0.32 computes rows without an adapter, beside others, with
    # whatever is in the last place (its index for none is -1). That stays empty, and adds nothing.
    ours = {"enable_lora": True, "max_loras": len(folders) + 1, "max_lora_rank": room}
    return {**ours, **rest}, folders


def lora_request(name: str | None, folders: Folders) -> Any:
    """Return vLLM's request for an adapter; ``None``: the model itself.

    Args:
        name: Name of the adapter; ``None`` or ``off``: none.
        folders: The engine's adapters.

    Raises:
        ConfigError: There is no such adapter.
    """
    if name is None or name == NO_ADAPTER:
        return None
    from vllm.lora.request import LoRARequest

    for number, (known, folder) in enumerate(folders, 1):
        if known == name:
            return LoRARequest(name, number, folder)
    raise unknown(name, tuple(known for known, _ in folders))


def _rank(folder: Path) -> int:
    """Return the largest rank of an adapter.

    Raises:
        ConfigError: Its configuration cannot be read.
    """
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        ranks = [config["r"], *(config.get("rank_pattern") or {}).values()]
        return max(int(rank) for rank in ranks)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConfigError(f"{folder / CONFIG}: not the configuration of a LoRA adapter") from error
