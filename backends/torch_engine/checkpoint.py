"""Files of a model that transformers loads, and their digest, by which more is known of the model."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from .cache import digest_of, state_of

_WEIGHTS, _INDEX = "model.safetensors", "model.safetensors.index.json"
_OTHERS = re.compile(
    r"(?:config|generation_config|tokenizer|special_tokens_map|added_tokens|chat_template|vocab|merges"
    r"|spiece|sentencepiece)[\w.-]*\.(?:json|model|txt)|[\w.-]+\.jinja"
)
_TEMPLATES = "additional_chat_templates"
_MOST_BYTES = 8 * 2**30  # of weights; reading larger ones for a digest takes longer than it saves
_BLOB = re.compile("[0-9a-f]{64}")  # name of a file in the hub's cache: its SHA-256


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Model in a folder, whose weights are ``.safetensors`` files under the usual names.

    Args:
        folder: The folder.
        weights: The files that hold its weights.
        others: The files of its configuration and its tokenizer.
        state: What changes when one of them does; see `state_of`.
        weights_digest: Digest of the weights and of the configuration.
        digest: Digest of all of it, and of the versions of what reads it.
    """

    folder: Path
    weights: tuple[Path, ...]
    others: tuple[Path, ...]
    state: tuple[tuple[int, ...], ...]
    weights_digest: str
    digest: str

    @classmethod
    def find(cls, folder: Path) -> Self | None:
        """Describe the model in a folder; ``None``: it has another form, is too large or not readable."""
        try:
            config = json.loads((folder / "config.json").read_bytes())
            weights = _weights(folder, config)
            if not weights or sum(file.stat().st_size for file in weights) > _MOST_BYTES:
                return None
            near = sorted([*folder.iterdir(), *(folder / _TEMPLATES).glob("*.jinja")])
            others = tuple(file for file in near if _OTHERS.fullmatch(file.name) and file.is_file())
            state = _state(weights, others)
            named = [f"{file.name}:{_digest(file)}" for file in weights]
            own = _sum([*named, f"config.json:{_digest(folder / 'config.json')}"])
            rest = [f"{file.relative_to(folder)}:{_digest(file)}" for file in others]
            readers = [f"{name}:{_version(name)}" for name in ("transformers", "tokenizers")]
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None  # transformers will say what is wrong, if anything is
        return cls(folder, weights, others, state, own, _sum([own, *rest, *readers]))

    @property
    def is_unchanged(self) -> bool:
        """True while the files are those that were described."""
        try:
            return _state(self.weights, self.others) == self.state
        except OSError:
            return False


def _weights(folder: Path, config: dict[str, Any]) -> tuple[Path, ...]:
    """Return the files that transformers reads the weights from; none where they have another form."""
    if config.get("transformers_weights") or config.get("quantization_config"):
        return ()
    if (folder / _WEIGHTS).is_file():
        return (folder / _WEIGHTS,)
    parts: dict[str, str] = json.loads((folder / _INDEX).read_bytes())["weight_map"]
    return tuple(folder / name for name in sorted(set(parts.values())))


def _state(*files: tuple[Path, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(state_of(file)) for group in files for file in group)


def _digest(file: Path) -> str:
    real = file.resolve()
    if real.parent.name == "blobs" and _BLOB.fullmatch(real.name):
        return real.name
    return digest_of(file)


def _sum(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
