"""Loads on a simulated engine: nothing is read from files, so that any process can do one."""

from __future__ import annotations

from pydantic import BaseModel

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.load.profile import EngineProfile

from .at_load import Found, Load, Told, at_load
from .driver import Setting, warm_up
from .policies import Policy
from .shapes import SHAPES, shapes


class SimulatedEngine(BaseModel, frozen=True):
    """What is measured, in simulated time.

    Args:
        speed: How fast the engine is.
        profile: How fast the adaptive policy takes it to be.
        questions: Asked in turn.
        max_tokens: Most tokens of a normal answer.
        max_point_tokens: Most tokens of a point.
        seed: Of the answers' lengths.
    """

    speed: EngineProfile
    profile: EngineProfile
    questions: list[str]
    max_tokens: int
    max_point_tokens: int
    seed: int

    def setting(self, backend: ReplayBackend | None = None) -> Setting:
        """The same for the driver.

        Args:
            backend: The engine, if there is one already.
        """
        return Setting(
            backend or ReplayBackend(self.speed),
            self.questions,
            self.profile,
            shapes(self.seed, SHAPES),
            {"max_tokens": self.max_tokens, "max_point_tokens": self.max_point_tokens},
        )


class SimulatedLoad(BaseModel, frozen=True):
    """One load on an engine of its own.

    Args:
        engine: The engine.
        policies: The policies.
        load: The questions.
    """

    engine: SimulatedEngine
    policies: list[Policy]
    load: Load

    def run(self, told: Told) -> Found:
        """Simulate it. The engine is warm, as one in use is.

        Args:
            told: Is told what happens.

        Raises:
            SotError: As `at_load.at_load` does.
        """
        return run_virtually(self._run(told))

    async def _run(self, told: Told) -> Found:
        setting = self.engine.setting()
        try:
            await warm_up(setting)
            return await at_load(setting, self.policies, self.load, told)
        finally:
            await setting.backend.aclose()
