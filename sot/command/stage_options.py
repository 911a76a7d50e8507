"""Options of a command for the engines of an answer's stages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ..router import LlmRouter
from ..stages.make import StageEngine
from ..terminal import shown_spec
from .option_fields import Option

VARIABLES = {"route": "SOT_ROUTE_BACKEND", "skeleton": "SOT_SKELETON_BACKEND", "points": "SOT_POINT_BACKEND"}
"""Environment variables that name a stage's backend where no option does."""
_MODEL = "Its model; without a backend of its own, another model of the main one."


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOptions:
    """Engines of stages that are not on the main engine."""

    route_backend: Annotated[
        str | None, Option("Another engine that decides the route, for --router llm.", "SPEC")
    ] = None
    route_model: Annotated[str | None, Option(_MODEL, "NAME")] = None
    skeleton_backend: Annotated[
        str | None, Option("Another engine for skeletons; where it fails, the main one.", "SPEC")
    ] = None
    skeleton_model: Annotated[str | None, Option(_MODEL, "NAME")] = None
    point_backend: Annotated[
        str | None,
        Option(
            "Another engine for points, fields, items and closings; where it fails, the main one.", "SPEC"
        ),
    ] = None
    point_model: Annotated[str | None, Option(_MODEL, "NAME")] = None

    def engines(self, router: str = LlmRouter.name) -> dict[str, StageEngine]:
        """Return the engines that were named, by stage.

        Args:
            router: The router's name; an engine for it that the environment names is for ``llm`` alone.
        """
        named = dict(self._named())
        if router != LlmRouter.name and not (self.route_backend or self.route_model):
            named.pop("route", None)
        return named

    def recorded(self, main: str) -> dict[str, list[str | None]]:
        """Return the spec, without any key, and the model of each engine that was named, by stage.

        Args:
            main: The main engine's spec.
        """
        return {
            stage: [shown_spec(str(engine.backend or main)), engine.model] for stage, engine in self._named()
        }

    def _named(self) -> Iterator[tuple[str, StageEngine]]:
        given = (
            ("route", self.route_backend, self.route_model),
            ("skeleton", self.skeleton_backend, self.skeleton_model),
            ("points", self.point_backend, self.point_model),
        )
        for stage, backend, model in given:
            spec = backend or os.environ.get(VARIABLES[stage], "").strip() or None
            if spec or model:
                yield stage, StageEngine(spec, model)
