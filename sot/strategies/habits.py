"""Record of what a model did with a form of prompt, kept for the backend object as long as it lives."""

from __future__ import annotations

import re
import weakref
from collections import deque
from dataclasses import dataclass, field

from ..types import Backend

_LARGE = 7.0  # billions of parameters
_SIZE = re.compile(r"(?<![0-9a-f.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])")
# Beginnings of names that hosted models have and that tell no size. Not complete, and need not be.
_HOSTED = re.compile(
    r"(?:gpt-(?:3\.5|4|5)|o[134](?:-|$)|claude|gemini|mistral-(?:large|medium)|deepseek-(?:v|r|chat|reasoner)"
    r"|command-|grok|kimi|qwen-?(?:max|plus))"
)
_LAST = 2  # answers that decide
_OTHER_ANSWERS = 50  # after which a model that did not keep the form is asked for it again


@dataclass(slots=True)
class FormHabit:
    """Record of how one model kept a form in its last answers.

    Args:
        kept: Whether it did, in the order of the answers.
        other: Answers in the other form since.
    """

    kept: deque[bool] = field(default_factory=lambda: deque[bool](maxlen=_LAST))
    other: int = 0

    def asks(self, *, unless_known: bool) -> bool:
        """Return whether the next answer is asked for in this form.

        Args:
            unless_known: The decision while too few answers are known.
        """
        if len(self.kept) < _LAST:
            return unless_known
        return any(self.kept) or self._again()

    def strictly(self, *, unless_known: bool) -> bool:
        """Return the same for a form that a model gives up with the first answer that does not keep it."""
        if not self.kept:
            return unless_known
        return self.kept[-1] or self._again()

    def note(self, *, kept: bool) -> None:
        """Take note of one answer that was asked for in this form."""
        self.kept.append(kept)
        self.other = 0

    def _again(self) -> bool:
        self.other += 1
        return self.other > _OTHER_ANSWERS


_HABITS: dict[int, dict[tuple[str, str], FormHabit]] = {}  # by the backend's `id`, the model and the form


def habit(backend: Backend, model: str, form: str) -> FormHabit:
    """Return the record of a backend's model; an empty one where nothing can be remembered."""
    key = id(backend)
    if key not in _HABITS:
        try:
            forget = weakref.finalize(backend, _HABITS.pop, key, None)
        except TypeError:  # a class with `__slots__` and without `__weakref__`
            return FormHabit()
        forget.atexit = False
        _HABITS[key] = {}
    return _HABITS[key].setdefault((model, form), FormHabit())


def is_large(model: str) -> bool:
    """Return whether a model's name tells that it is a large one; ``False`` where it tells nothing."""
    parts = model.lower().replace("\\", "/").rstrip("/").split("/")
    for part in reversed(parts):
        sizes = [float(number) * (1 if unit == "b" else 1e-3) for number, unit in _SIZE.findall(part)]
        if sizes:  # the largest: "30B-A3B" has 30 billion, 3 of them active
            return max(sizes) >= _LARGE
    return _HOSTED.match(parts[-1]) is not None
