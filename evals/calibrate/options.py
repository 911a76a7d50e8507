"""The options of ``sot bench calibrate``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from sot.command.engine import EngineOptions
from sot.command.option_fields import Option
from sot.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions:
    """Which engine is measured, how closely, and where its profile goes."""

    out: Annotated[Path, Option("The profile to write.", "FILE", ("-o",))]
    engine: EngineOptions = field(default_factory=EngineOptions)
    batches: Annotated[str | None, Option("Requests decoded together; 1,2,4,8,16,32.", "NUMBERS")] = None
    max_batch: Annotated[
        int | None, Option("Most requests decoded together, where the engine does not say.", "N")
    ] = None
    repeat: Annotated[int, Option("Rounds.", "N")] = 3
    note: Annotated[str, Option("Kept in the profile.", "TEXT")] = ""
    seed: Annotated[int, Option("Of the prompts and the order.", "N")] = 0
    as_json: Annotated[bool, Option("Print the profile as one JSON object.", flags=("--json",))] = False

    def __post_init__(self) -> None:
        if self.repeat < 1:
            raise ConfigError("--repeat must be at least 1")
        if self.max_batch is not None and self.max_batch < 1:
            raise ConfigError("--max-batch must be at least 1")
        if not self.out.absolute().parent.is_dir() or self.out.is_dir():
            raise ConfigError(f"--out: {str(self.out)!r} is not a file in an existing folder")
