"""Adapters (LoRA) that an engine in this process is told to load: names and folders in PEFT's format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sot.errors import ConfigError
from sot.types import NO_ADAPTER

BUILT_IN, DEFAULT = "built-in", "default"
"""Names of the adapter that acts without being asked for: the packaged one, and one that the caller gave."""
CONFIG = "adapter_config.json"
_LONGEST = 128  # characters of a name


def adapter_folders(given: str | Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Read the setting ``adapters``: names with folders, in order.

    Args:
        given: Folders by name, or ``NAME=FOLDER,NAME=FOLDER``.

    Raises:
        ConfigError: It has another form, a name cannot be used, or a folder holds no adapter.
    """
    if isinstance(given, str):
        pairs = [_pair(word) for word in given.split(",") if word.strip()]
    else:
        pairs = [(str(name), str(folder)) for name, folder in (given or {}).items()]
    if len({name for name, _ in pairs}) < len(pairs):
        raise ConfigError("adapters: a name is there twice")
    return tuple((_checked(name), str(_found(name, folder))) for name, folder in pairs)


def unknown(name: str, known: tuple[str, ...]) -> ConfigError:
    """Make the error of a request for an adapter that an engine does not have."""
    has = f"it has {', '.join(known)}" if known else "it has none"
    return ConfigError(f"the engine has no adapter {name!r}: {has}")


def _pair(word: str) -> tuple[str, str]:
    name, equals, folder = word.strip().partition("=")
    if not equals or not folder:
        raise ConfigError(f"adapters: {word!r} is not of the form NAME=FOLDER")
    return name.strip(), folder.strip()


def _checked(name: str) -> str:
    if not name or not name.isprintable() or len(name) > _LONGEST or set(name) & set("=, "):
        raise ConfigError(f"adapters: {name!r} cannot be the name of an adapter")
    if name in (NO_ADAPTER, BUILT_IN, DEFAULT):
        raise ConfigError(f"adapters: the name {name!r} has a meaning of its own; take another one")
    return name


def _found(name: str, folder: str) -> Path:
    path = Path(os.path.expanduser(folder))
    if not os.path.isfile(path / CONFIG):
        raise ConfigError(f"adapter {name}: {folder}: this folder holds no LoRA adapter (no {CONFIG})")
    return path
