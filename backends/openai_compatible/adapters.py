"""Adapters (LoRA) that a server has: which of its model list, and by which model name a request gets one."""

from __future__ import annotations

from collections.abc import Sequence

from sot.errors import ConfigError
from sot.types import NO_ADAPTER

from .wire.error_mapping import Clean
from .wire.payloads import ServedModel

_LISTS_THEM = ("vllm", "sglang")  # a list of theirs without adapters means that there are none
_BY_MODEL_AND_NAME = "sglang"


def listed_adapters(
    entries: Sequence[ServedModel] | None, served: ServedModel, engine: str | None
) -> tuple[tuple[str, ...] | None, str]:
    """Return the adapters of a model by the server's list, ``None`` where it does not tell, and the evidence.

    Args:
        entries: The list; ``None`` while it is not known.
        served: The model that requests name.
        engine: The engine's name, as far as it is known.
    """
    names = {served.name, *(each.name for each in entries or () if each.root and each.root == served.root)}
    found = tuple(each.name for each in entries or () if each.is_adapter and each.parent in names)
    if found:
        return found, "/v1/models: entries with this model as their parent"
    if entries and engine in _LISTS_THEM and not served.is_adapter:
        return (), "/v1/models has no entry with a parent"
    return None, ""


def model_for(
    adapter: str | None, served: ServedModel, known: Sequence[str] | None, engine: str | None, clean: Clean
) -> str:
    """Return the model that a request names, to be decoded with an adapter.

    Args:
        adapter: The adapter; ``None`` or ``off``: none.
        served: The model that requests name otherwise.
        known: The adapters that the server is known to have; ``None``: any name is worth a try.
        engine: The engine's name, as far as it is known.
        clean: Takes keys out of a text for messages.

    Raises:
        ConfigError: The server has no such adapter.
    """
    if adapter is None or adapter == NO_ADAPTER:
        return served.name
    if known is not None and adapter not in known:
        has = f"it has {', '.join(clean(name) for name in known)}" if known else "it lists none"
        said = f"has no adapter {clean(adapter)!r} of {clean(served.name)}: {has}"
        raise ConfigError(f"the server {said}", public=f"the engine {said}")
    return f"{served.name}:{adapter}" if engine == _BY_MODEL_AND_NAME else adapter
