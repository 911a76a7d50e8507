"""Size class of a model, and records by model that live as long as the backend object."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from ..types import Backend, BackendInfo

R = TypeVar("R")
_LARGE = 7.0  # billions of parameters
_SIZE = re.compile(r"(?<![0-9a-f.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])")
# Beginnings of names that hosted models have and that tell no size. Not complete, and need not be.
_HOSTED = re.compile(
    r"(?:gpt-(?:3\.5|4|5)|o[134](?:-|$)|claude|gemini|mistral-(?:large|medium)|deepseek-(?:v|r|chat|reasoner)"
    r"|command-|grok|kimi|qwen-?(?:max|plus))"
)


class ByModel(Generic[R]):
    """Records by backend object and model.

    Args:
        make: Makes an empty record.
    """

    def __init__(self, make: Callable[[], R]) -> None:
        self._make = make
        self._records: dict[int, dict[str, R]] = {}  # by the backend's `id` and the model

    def of(self, backend: Backend, model: str) -> R:
        """Return the record of a backend's model; an empty one where nothing can be remembered."""
        key = id(backend)
        if key not in self._records:
            try:
                forget = weakref.finalize(backend, self._records.pop, key, None)
            except TypeError:  # a class with `__slots__` and without `__weakref__`
                return self._make()
            forget.atexit = False
            self._records[key] = {}
        return self._records[key].setdefault(model, self._make())


def is_large(info: BackendInfo) -> bool:
    """Return whether a model is a large one: by its parameters, else by its name.

    ``False`` where neither is known.
    """
    if info.parameters is not None:
        return info.parameters >= _LARGE * 0.9e9  # models are named after rounded numbers
    return is_large_by_name(info.model)


def is_large_by_name(model: str) -> bool:
    """Return whether a model's name tells that it is a large one; ``False`` where it tells nothing."""
    parts = model.lower().replace("\\", "/").rstrip("/").split("/")
    for part in reversed(parts):
        sizes = [float(number) * (1 if unit == "b" else 1e-3) for number, unit in _SIZE.findall(part)]
        if sizes:  # the largest: "30B-A3B" has 30 billion, 3 of them active
            return max(sizes) >= _LARGE
    return _HOSTED.match(parts[-1]) is not None
