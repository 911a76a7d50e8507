"""Options that choose the adapter (LoRA) of an answer's requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from ..options.adapters import ADAPTER_STAGES
from .option_fields import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterOptions:
    """Adapters by stage."""

    adapter: Annotated[
        str | None,
        Option("The adapter (LoRA) of all requests, by its name at the engine (off: none).", "NAME"),
    ] = None
    skeleton_adapter: Annotated[str | None, Option("The adapter of skeletons.", "NAME")] = None
    point_adapter: Annotated[str | None, Option("The adapter of points.", "NAME")] = None

    def settings(self) -> dict[str, Any]:
        """The adapters as a setting of `sot.options.Options`."""
        by_stage = {"skeleton": self.skeleton_adapter, "points": self.point_adapter}
        chosen = {stage: by_stage.get(stage) or self.adapter for stage in ADAPTER_STAGES}
        named = {stage: name for stage, name in chosen.items() if name is not None}
        if len(named) == len(chosen) and len(set(named.values())) == 1:
            return {"adapter": self.adapter}
        return {"adapter": named or None}
