"""Engines of one answer: the main one, and those of its stages as long as they work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..admission import Turn
from ..errors import BackendError
from ..keys import require_separation
from ..options import Options
from ..options.adapters import check_known
from ..options.engine_stages import setting_stage
from ..types import Backend, BackendInfo, StageFailure
from .shared import SharedEngine, Stages, is_engines_own, is_replaced


class EngineOfAnswer(Protocol):
    """Engine as one answer uses it; the run itself stands for the main engine.

    Attributes:
        backend: The engine.
        info: Its identity and capabilities, with what the answer has learned of them.
        turn: The answer's turn at it, whose permits the requests need.
    """

    backend: Backend
    info: BackendInfo
    turn: Turn


@dataclass(slots=True, eq=False)
class StageEngineOfAnswer:
    """Engine of a stage, as one answer uses it."""

    shared: SharedEngine
    backend: Backend
    info: BackendInfo
    turn: Turn
    failed: bool = False


class AnswerEngines:
    """Engines of one answer's stages.

    Args:
        stages: The engines of the stages.
        turn: The answer's turn at the main engine.

    Attributes:
        failures: The failures for which the main engine took a stage's request over.
    """

    def __init__(self, stages: Stages, turn: Turn) -> None:
        self._stages = stages
        self._turn = turn
        self._engines: dict[int, StageEngineOfAnswer | None] = {}
        self.failures: list[StageFailure] = []

    async def prepare(self, stages: Iterable[str], options: Options) -> None:
        """Get the engines ready that requests of these stages need; those that fail are left out.

        Args:
            stages: Stages of requests, by the names of ``GenerateConfig.stage``.
            options: The answer's settings.

        Raises:
            ConfigError: An engine is not set up rightly, does not keep tenants apart where there is one, or
                does not have the adapter of its stage.
        """
        known = self._stages.engines
        wanted = dict.fromkeys(map(setting_stage, stages))
        names = [name for name in wanted if name is not None and name in known and name != "route"]
        new = {id(known[name]): known[name] for name in names if id(known[name]) not in self._engines}
        infos = await asyncio.gather(*map(self._ready, new.values()))
        self._engines.update(zip(new, infos, strict=True))
        for name in names:
            engine = self._engines[id(known[name])]
            if engine is None:
                self._note(known[name], name, known[name].reason)
                continue
            require_separation(engine.info, options.tenant)
            adapter = options.adapter
            check_known(adapter.get(name) if isinstance(adapter, Mapping) else adapter, engine.info)

    async def _ready(self, shared: SharedEngine) -> StageEngineOfAnswer | None:
        if not shared.may_try():
            return None
        try:
            info = await shared.info()
        except BackendError:
            return None
        return StageEngineOfAnswer(shared, shared.backend, info, self._turn.at(shared.admission))

    def of(self, stage: str) -> StageEngineOfAnswer | None:
        """Return the engine of a request's stage; ``None``: the main engine."""
        shared = self._stages.engines.get(setting_stage(stage) or "")
        engine = None if shared is None else self._engines.get(id(shared))
        return None if engine is None or engine.failed else engine

    def are_elsewhere(self, stage: str) -> bool:
        """Return whether a stage has an engine of its own that works."""
        return setting_stage(stage) in self._stages.engines

    def note_failure(self, engine: EngineOfAnswer, stage: str, error: Exception) -> StageFailure | None:
        """Take note of a request that failed; returns the failure where the main engine takes it over.

        Args:
            engine: The engine that failed.
            stage: Stage of the request.
            error: Its error.
        """
        if not isinstance(engine, StageEngineOfAnswer) or not is_replaced(error):
            return None
        self.cool(engine, error)
        return self._note(engine.shared, setting_stage(stage) or stage, str(error))

    def cool(self, engine: EngineOfAnswer, error: Exception) -> None:
        """Leave a stage's engine alone for a while, where it failed as such, and not one request."""
        if not isinstance(engine, StageEngineOfAnswer) or not isinstance(error, BackendError):
            return
        if is_replaced(error) and is_engines_own(error):
            engine.failed = True
            engine.shared.failed(error)

    def over(self) -> None:
        """Take note that the answer is complete: engines that served it work."""
        for engine in self._engines.values():
            if engine is not None and not engine.failed:
                engine.shared.worked()

    def _note(self, shared: SharedEngine, name: str, reason: str) -> StageFailure:
        failure = StageFailure(name, shared.model, reason)
        if failure not in self.failures:
            self.failures.append(failure)
        return failure
