"""The options of ``sot eval report`` and ``sot eval compare``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from sot.command.option_fields import Argument, AsJson


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """The run to report."""

    folder: Annotated[Path, Argument("The run's folder.", "DIR")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """Two runs to compare."""

    first: Annotated[Path, Argument("The run to compare with.", "DIR")]
    second: Annotated[Path, Argument("The other run.", "DIR")]
    as_json: AsJson = False
