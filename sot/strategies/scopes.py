"""Decision whether a skeleton is asked for with scopes: what each point covers, and which points it needs.

With ``scopes="auto"`` the model's own answers decide, as soon as there are two: a model that kept the form in
one of its last two is asked again, one that did not gets the plain form, and another chance after fifty
answers. Before that, their size decides: models with seven billion parameters or more and
hosted models of the large families are asked; smaller and unknown ones are not.

What was learned is kept for the backend object and the model, as long as the object lives.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ..options import Options
from ..prompting.plan import Plan
from ..types import Backend, BackendInfo
from .by_model import ByModel, is_large
from .token_budget import TokenBudget

_LAST = 2  # answers that decide
_PLAIN_ANSWERS = 50  # after which a model that did not keep the form is asked for it again
_ROOM = 160  # tokens of a skeleton; fewer may not hold eight scopes
_SHORT_WORDS = 30  # of a point; a scope would cost as much as it saves


@dataclass(slots=True)
class FormHabit:
    """Record of how one model kept a form in its last answers.

    Args:
        kept: Whether it did, in the order of the answers.
        plain: Answers in the plain form since.
    """

    kept: deque[bool] = field(default_factory=lambda: deque[bool](maxlen=_LAST))
    plain: int = 0

    def asks(self, *, unless_known: bool, counts: bool = True) -> bool:
        """Return whether the next answer is asked for in this form.

        Args:
            unless_known: The decision while too few answers are known.
            counts: Whether that answer follows; else nothing is noted of it.
        """
        if len(self.kept) < _LAST:
            return unless_known
        if any(self.kept):
            return True
        self.plain += counts
        return self.plain > _PLAIN_ANSWERS

    def note(self, *, kept: bool) -> None:
        """Take note of one answer that was asked for in this form."""
        self.kept.append(kept)
        self.plain = 0


_HABITS = ByModel(FormHabit)


def asks_for_scopes(
    backend: Backend,
    info: BackendInfo,
    options: Options,
    plan: Plan,
    budget: TokenBudget,
    *,
    counts: bool = True,
) -> bool:
    """Decide whether the skeleton of an answer is asked for with scopes.

    Args:
        backend: The engine.
        info: Its identity.
        options: The caller's settings; ``scopes`` ``on`` and ``off`` decide alone.
        plan: The asker's wishes: short points need no scopes.
        budget: The token budget, whose skeleton needs room for scopes.
        counts: Whether that answer follows; else nothing is noted of it.
    """
    if options.scopes != "auto":
        return options.scopes == "on"
    if budget.skeleton_tokens < _ROOM or _short(plan):
        return False
    return _HABITS.of(backend, info.model).asks(unless_known=is_large(info), counts=counts)


def note_scopes(backend: Backend, info: BackendInfo, *, kept: bool) -> None:
    """Take note of how the model answered a request for a skeleton with scopes.

    Args:
        backend: The engine.
        info: Its identity.
        kept: Whether the skeleton had the form (`sot.skeleton.SkeletonParser.scoped`).
    """
    _HABITS.of(backend, info.model).note(kept=kept)


def _short(plan: Plan) -> bool:
    """Return whether points of a sentence or so are asked for."""
    if plan.length == "short":
        return True
    sentences, words = plan.sentences, plan.words
    if sentences is not None and sentences.high is not None and sentences.high <= 1:
        return True
    return words is not None and words.high is not None and words.high <= _SHORT_WORDS
