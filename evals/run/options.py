"""The options of ``sot eval run``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from sot.command.engine import EngineOptions
from sot.command.option_fields import (
    ExtraBody,
    LayoutOptions,
    Option,
    RouterName,
    SamplingOptions,
    refuse_below,
)
from sot.command.stage_options import StageOptions
from sot.errors import ConfigError
from sot.options import AUTO
from sot.router import DEFAULT_ROUTER
from sot.strategies import strategy_names


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Which questions are answered, by which strategies, how often and how."""

    out: Annotated[Path, Option("The run's folder.", "DIR", ("-o",))]
    questions: Annotated[str, Option("A set's name, or a file.", "SET|FILE", ("-q",))] = "everyday-120"
    strategies: Annotated[str, Option("Of auto, {strategies}.", "LIST", ("-s",))] = "normal,skeleton,auto,cot"
    engine: EngineOptions = field(default_factory=EngineOptions)
    stages: StageOptions = field(default_factory=StageOptions)
    limit: Annotated[int | None, Option("Most questions, one of each category in turn.", "N")] = None
    limit_per_category: Annotated[int | None, Option("Most questions of each category.", "N")] = None
    repeat: Annotated[int, Option("Answers to each question by each strategy.", "N")] = 1
    concurrency: Annotated[
        int, Option("Answers made at the same time; with 1 the times are undisturbed.", "N")
    ] = 1
    seed: Annotated[int | None, Option("Of the order, and of sampling where the engine can.", "N")] = None
    retry_failed: Annotated[bool, Option("Make failed answers again.")] = False
    form: Annotated[
        str | None,
        Option(
            "Of the file: text, jsonl, fastchat, gsm8k, alpacaeval, bbh, csv; found out unless given.",
            "NAME",
            ("--format",),
        ),
    ] = None
    column: Annotated[str | None, Option("The column of a CSV file with the questions.", "NAME")] = None
    router: RouterName = DEFAULT_ROUTER
    layout: LayoutOptions = field(default_factory=LayoutOptions)
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    extra_body: ExtraBody = None
    warm_up: Annotated[bool, Option("First answer a question that is not kept, untimed.")] = True
    as_json: Annotated[
        bool, Option("Print one JSON object an answer, and the summary as the last.", flags=("--json",))
    ] = False
    quiet: Annotated[bool, Option("No progress; only the summary.")] = False

    def __post_init__(self) -> None:
        counts = ("limit", "limit_per_category", "repeat", "concurrency")
        refuse_below(1, **{name: getattr(self, name) for name in counts})

    def recorded(self) -> dict[str, Any]:
        """All that must stay the same in one folder, as its manifest holds it."""
        prompts, by_hand = self.layout.prompts, self.engine.http.engine_can
        return {
            **({"engine_can": list(by_hand)} if by_hand else {}),
            **({"stages": stages} if (stages := self.stages.recorded(self.engine.spec)) else {}),
            **self.settings(),
            "prompts": Path(prompts).name if prompts is not None else None,
            "router": self.router,
            "extra_body": self.extra_body,
            "engine_args": list(self.engine.engine_args),
            "concurrency": self.concurrency,
        }

    def settings(self) -> dict[str, Any]:
        """Settings of `sot.options.Options`."""
        return {**self.layout.settings(), **self.sampling.settings()}


def strategies_of(text: str) -> list[str]:
    """Read strategies from a list with commas, such as ``normal,skeleton``."""
    known = (AUTO, *strategy_names())
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        wrong = f"unknown {', '.join(map(repr, unknown))}" if unknown else "none given"
        raise ConfigError(f"--strategies: {wrong}; there are {', '.join(known)}")
    return names
