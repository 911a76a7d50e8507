"""Manifest of a latency run, and what its engines refuse."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from ..engines import is_simulated
from ..engines.random_model import StepTime
from ..run.manifest import Manifest


class Refused(BaseModel):
    """What an engine does not do: a method, or everything (``method`` is ``None``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accelerator: str
    method: str | None
    reason: str


class LatencyManifest(Manifest):
    """Manifest of ``sot bench latency``; ``identity`` holds what the answers of a folder must share.

    Args:
        backend: What the engine says of itself; empty until it has started.
        energy: What energy is read from; empty where it cannot be read.
        steps: Decode steps of the random model.
    """

    command: str = "sot bench latency"
    backend: str = ""
    model: str = ""
    energy: str = ""
    questions: str = ""
    seed: int = 0
    repeat: int = 1
    steps: list[StepTime] = Field(default_factory=list[StepTime])

    def extended(self, now: Self) -> Self:  # pyright: ignore[reportIncompatibleMethodOverride]
        kept = {name: getattr(self, name) for name in ("backend", "model", "energy", "steps", "created_at")}
        return now.model_copy(update={**kept, "sessions": [*self.sessions, *now.sessions]})

    @property
    def spec(self) -> str:
        """Backend spec as it was asked for, without any key."""
        return str(self.identity["backend"])

    @property
    def simulated(self) -> bool:
        """Whether the times are those of a simulation."""
        return is_simulated(self.spec)

    def marks(self) -> list[str]:
        """Return what a reader must know before any figure."""
        lengths, shape = self.identity["lengths"], self.identity["random llama"]
        marks: list[str] = []
        if self.simulated:
            marks.append("Simulated: the replay engine predicts these times; nothing here was measured.")
        if lengths is not None:
            marks.append(
                f"Length-controlled ({lengths} tokens): the engine decoded exactly so many tokens for every "
                f"request. The text is scripted, the time is {'simulated' if self.simulated else 'real'}."
            )
        if shape is not None:
            marks.append(f"Random weights of a {shape} Llama's shape: speed alone can be measured.")
        return marks
