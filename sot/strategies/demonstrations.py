"""Decision whether an answer's prompts have the pack's demonstrations (few-shot examples).

They are three quarters of the prompt tokens, and what a small model needs to keep the form of a skeleton.
With ``demonstrations="auto"`` models with seven billion parameters or more, by their name, and hosted models
of the large families do without them, until a skeleton cannot be used: then they get them, and another
chance without after fifty answers. Smaller and unknown models always get them.
"""

from __future__ import annotations

from ..options import Options
from ..types import Backend, BackendInfo
from .habits import habit, is_large

_FORM = "no demonstrations"


def has_demonstrations(backend: Backend, info: BackendInfo, options: Options, style: str) -> bool:
    """Decide whether the prompts of an answer have demonstrations.

    Args:
        backend: The engine.
        info: Its identity.
        options: The caller's settings; ``demonstrations`` ``True`` and ``False`` decide alone.
        style: The prompt style; that of the paper has them.
    """
    if options.demonstrations != "auto":
        return options.demonstrations
    if style == "paper" or not is_large(info.model):
        return True
    return not habit(backend, info.model, _FORM).strictly(unless_known=True)


def note_without(backend: Backend, info: BackendInfo, *, usable: bool) -> None:
    """Take note of the skeleton that a model wrote without demonstrations.

    Args:
        backend: The engine.
        info: Its identity.
        usable: Whether it was one.
    """
    habit(backend, info.model, _FORM).note(kept=usable)
