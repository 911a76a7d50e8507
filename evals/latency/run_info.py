"""What a run is, as it stands in its folder and in its report."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from ..engines import is_simulated

FORMAT = 1
# What all answers of a folder must share to be compared with each other.
IDENTITY = ("backend_spec", "machine", "engine_args", "lengths", "random_llama", "options")


class RunInfo(BaseModel):
    """What a run is.

    Args:
        format: Of this file.
        backend_spec: What was asked for, without any secret.
        backend: What the engine says of itself; empty until it has started.
        model: The model's name; empty until the engine has started.
        machine: What it ran on.
        busy: How busy that was at the start.
        started: When, in local time with its zone.
        engine_args: Engine options.
        lengths: Forced lengths; ``None`` where answers end by themselves.
        random_llama: The shape of the random model; ``None`` where a real one ran.
        options: Settings of the answers.
        questions: The question set's name.
        seed: Of the order.
        repeat: How often every question was asked.
        energy: What energy is read from; empty where it cannot be read.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    backend_spec: str
    backend: str = ""
    model: str = ""
    machine: str = ""
    busy: str = ""
    started: str = ""
    engine_args: list[str] = []
    lengths: str | None = None
    random_llama: str | None = None
    options: dict[str, Any] = {}
    questions: str = ""
    seed: int = 0
    repeat: int = 1
    energy: str = ""

    @property
    def simulated(self) -> bool:
        """Whether the times are those of a simulation."""
        return is_simulated(self.backend_spec)

    def marks(self) -> list[str]:
        """What a reader must know before any figure."""
        marks: list[str] = []
        if self.simulated:
            marks.append("Simulated: the replay engine predicts these times; nothing here was measured.")
        if self.lengths is not None:
            time = "simulated" if self.simulated else "real"
            marks.append(
                f"Length-controlled ({self.lengths} tokens): the engine decoded exactly so many tokens for "
                f"every request. The text is scripted, the time is {time}."
            )
        if self.random_llama is not None:
            marks.append(
                f"Random weights of a {self.random_llama} Llama's shape: speed alone can be measured."
            )
        return marks
