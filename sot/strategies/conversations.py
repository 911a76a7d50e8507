"""Prompts of one answer for each engine that serves it: laid out by that engine's own capabilities."""

from __future__ import annotations

from collections.abc import Callable

from ..prompting.conversation import Conversation, choose_style
from ..stages.engines import EngineOfAnswer
from .base import Run
from .demonstrations import has_demonstrations

ConversationFor = Callable[[EngineOfAnswer], Conversation]
"""Gives the builder of the prompts that an engine gets."""


class Conversations:
    """Builders of the prompts of one answer, one for each engine.

    Args:
        run: The answer in progress.
        max_points: Most points asked for.
        scopes: Whether the skeleton is asked for, or was written, with what each point covers and needs.
    """

    def __init__(self, run: Run, *, max_points: int, scopes: bool) -> None:
        self._run = run
        self._max_points = max_points
        self._scopes = scopes
        self._made: dict[int, Conversation] = {}  # by the engine's `id`; the run holds all of them

    def of(self, engine: EngineOfAnswer) -> Conversation:
        """Return the builder of an engine's prompts."""
        if id(engine) not in self._made:
            self._made[id(engine)] = self._new(engine)
        return self._made[id(engine)]

    def without_prefill(self, engine: EngineOfAnswer) -> None:
        """Take note that an engine does not continue a started turn."""
        self._made[id(engine)] = self.of(engine).without_prefill()

    def _new(self, engine: EngineOfAnswer) -> Conversation:
        run = self._run
        style = choose_style(run.options.style, engine.info)
        return Conversation(
            run.messages,
            run.pack,
            style,
            can_prefill=engine.info.continues_turn,
            min_points=run.options.min_points,
            max_points=self._max_points,
            plan=run.plan,
            foreign=run.foreign,
            language=run.language,
            demonstrations=has_demonstrations(engine.backend, engine.info, run.options, style),
            scopes=self._scopes,
        )
