"""Options of ``sot eval judge``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from sot.command.engine import EngineOptions
from sot.command.option_fields import Argument, ExtraBody, Option, refuse_below
from sot.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeOptions:
    """Options of ``sot eval judge``: which pairs are judged, in what respects, and by whom."""

    folder: Annotated[Path, Argument("The run's folder.", "DIR")]
    judge_backend: Annotated[
        str | None, Option("The judge's backend; the default engine unless given.", "SPEC")
    ] = None
    judge_model: Annotated[str | None, Option("The judge's model at the backend.", "NAME")] = None
    pairs: Annotated[
        str | None, Option("Like skeleton:normal,auto:normal; unless given all with normal.", "LIST")
    ] = None
    aspects: Annotated[str, Option("In what respects.", "LIST")] = "general"
    limit: Annotated[int | None, Option("Most questions, one of each category in turn.", "N")] = None
    concurrency: Annotated[int, Option("Pairs judged at the same time.", "N")] = 4
    seed: Annotated[int, Option("Of the order of pairs, and of sides.", "N")] = 0
    explain: Annotated[bool, Option("Ask for reasons before the verdict; slower.")] = False
    judge_tokens: Annotated[int | None, Option("Most tokens of a judge's reply.", "N")] = None
    judge_temperature: Annotated[
        str, Option("0 is greedy; none leaves it to engines that refuse to be told.", "T")
    ] = "0"
    extra_body: ExtraBody = None
    human: Annotated[bool, Option("Judge yourself.")] = False
    page: Annotated[bool, Option("With --human: in a browser on this machine.")] = False
    port: Annotated[int, Option("The page's port; 0 takes a free one.", "N")] = 0
    quiet: Annotated[bool, Option("No progress; only the net win rates.")] = False

    def __post_init__(self) -> None:
        if self.human and (self.judge_backend is not None or self.judge_model is not None):
            raise ConfigError("--human judges without a model: leave out --judge-backend and --judge-model")
        if self.page and not self.human:
            raise ConfigError("--page belongs to --human")
        refuse_below(1, limit=self.limit)
        if not self.human:
            refuse_below(1, concurrency=self.concurrency, judge_tokens=self.judge_tokens)
            self.temperature()

    @property
    def engine(self) -> EngineOptions:
        """Engine of the judge."""
        return EngineOptions(backend=self.judge_backend, model=self.judge_model)

    def temperature(self) -> float | None:
        """Return the judge's temperature; ``None`` leaves it to the engine."""
        text = self.judge_temperature
        if text == "none":
            return None
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 5:
            raise ConfigError(f"--judge-temperature is {text!r}; it must be a number from 0 to 5, or none")
        return value
