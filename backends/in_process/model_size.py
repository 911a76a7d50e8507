"""Number of a model's parameters, from the headers of its weight files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

_LONGEST_HEADER = 100_000_000  # bytes; the format's own limit


def count_parameters(folder: Path) -> int | None:
    """Return how many parameters the weights of a folder hold; ``None`` where it has no safetensors files.

    Only the headers are read.
    """
    files = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
    try:
        return sum(map(_parameters, files)) or None
    except (OSError, ValueError, TypeError, LookupError, AttributeError):  # its loader says what is wrong
        return None


def _parameters(file: Path) -> int:
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if length > _LONGEST_HEADER:
            raise ValueError("no safetensors file")
        header: dict[str, Any] = json.loads(opened.read(length))
    return sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")


__all__ = ["count_parameters"]
