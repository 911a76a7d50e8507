"""Decision whether a skeleton request has the pack's demonstrations (few-shot examples).

In the ``aligned`` style they are three quarters of its prompt tokens, and what a small model needs to keep
the form of a skeleton. With ``demonstrations="auto"`` models with seven billion parameters or more, by what
the engine says or by their name, and hosted models of the large families do without them. Two skeletons of
their last eight that are no list, and they get them for fifty answers. Smaller and unknown models always get
them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ..options import Options
from ..prompting.conversation import Style
from ..types import Backend, BackendInfo
from .by_model import ByModel, is_large

_LAST = 8  # skeletons without demonstrations that are looked at
_UNUSABLE = 2  # of them; one may be the question's fault
_ANSWERS = 50  # with demonstrations, after which a model is tried without


@dataclass(slots=True)
class _Record:
    """What a model wrote without demonstrations; answers with them are counted once it needs them."""

    usable: deque[bool] = field(default_factory=lambda: deque[bool](maxlen=_LAST))
    shown: int = 0

    @property
    def needs(self) -> bool:
        return self.usable.count(False) >= _UNUSABLE

    def note(self, *, shown: bool, usable: bool) -> None:
        if not shown:
            self.usable.append(usable)
            self.shown = 0
        elif self.needs:
            self.shown += 1
            if self.shown >= _ANSWERS:
                self.usable.clear()


_RECORDS = ByModel(_Record)


def has_demonstrations(backend: Backend, info: BackendInfo, options: Options, style: Style) -> bool:
    """Decide whether the prompts of an answer have demonstrations, as far as their style shows any.

    Args:
        backend: The engine.
        info: Its identity.
        options: The caller's settings; ``demonstrations`` ``True`` and ``False`` decide alone.
        style: The prompt style; the paper's has them.
    """
    if options.demonstrations != "auto":
        return options.demonstrations
    return style != "aligned" or not is_large(info) or _RECORDS.of(backend, info.model).needs


def note_skeleton(backend: Backend, info: BackendInfo, *, shown: bool, usable: bool) -> None:
    """Take note of a whole skeleton of the ``aligned`` style.

    Args:
        backend: The engine.
        info: Its identity.
        shown: Whether its prompt had demonstrations.
        usable: Whether it was a list.
    """
    _RECORDS.of(backend, info.model).note(shown=shown, usable=usable)
