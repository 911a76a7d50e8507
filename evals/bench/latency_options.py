"""The options of ``sot bench latency``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from sot.command.engine import EngineOptions
from sot.command.option_fields import AsJson, Option, Temperature, TokenLimits

from ..measure.methods import METHODS, OLD_NAMES

_METHODS = f"Of {', '.join(name for name in METHODS if name not in OLD_NAMES)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyOptions:
    """What is compared, on which questions and how."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    methods: Annotated[str, Option(_METHODS, "NAMES")] = "normal,skeleton,skeleton-paper"
    questions: Annotated[
        str, Option("suitable, mixed, everyday-120, everyday-ja-40, or a file.", "SET|FILE")
    ] = "suitable"
    limit: Annotated[int | None, Option("Most questions to use.", "N")] = None
    repeat: Annotated[int, Option("How often every question is asked.", "N")] = 1
    seed: Annotated[int, Option("Of the order and of the bootstrap.", "N")] = 0
    limits: TokenLimits = field(default_factory=TokenLimits)
    temperature: Temperature = None
    lengths: Annotated[
        str | None, Option("Force the lengths: normal=320,skeleton=40,points=8x40,needs=2:1.", "LENGTHS")
    ] = None
    accelerators: Annotated[str, Option("The engine's accelerators to compare; see above.", "NAMES")] = "none"
    random_llama: Annotated[
        str | None, Option("No download: random weights of this shape (7b, 1b or tiny).", "SHAPE")
    ] = None
    price_in: Annotated[float | None, Option("Price of a million prompt tokens.", "PRICE")] = None
    price_cached: Annotated[
        float | None, Option("Of a million cached ones; --price-in's unless given.", "PRICE")
    ] = None
    price_out: Annotated[float | None, Option("Price of a million completion tokens.", "PRICE")] = None
    out: Annotated[Path | None, Option("Keep every answer and write the report there.", "DIR", ("-o",))] = (
        None
    )
    as_json: AsJson = False
