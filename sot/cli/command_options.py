"""The options of the core's commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from ..api import SkeletonOfThought
from ..command.adapter_options import AdapterOptions
from ..command.engine import EngineOptions, answering
from ..command.option_fields import (
    Argument,
    AsJson,
    ExtraBody,
    LayoutOptions,
    MaxSeconds,
    Option,
    RouterName,
    SamplingOptions,
    ThinkingOptions,
)
from ..command.price_options import PriceOptions
from ..command.served_engines import ServedEngines
from ..command.stage_options import StageOptions
from ..errors import ConfigError
from ..options import AUTO, Options
from ..router import DEFAULT_ROUTER
from ..server import ServerSettings
from ..strategies import makes_json, strategy_with_schema
from ..types import Message
from .history_options import HistoryOptions
from .trace_options import TraceOptions

_SERVER = ServerSettings()
_DEFAULTS = Options()

Quiet = Annotated[bool, Option("Only the answer: no progress, no notes.", flags=("-q",))]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptOptions:
    """Options by which the engine's load and its step times decide, too."""

    adapt: Annotated[bool, Option("Where the engine is busy, decode normally.")] = False
    speed_profile: Annotated[
        Path | None,
        Option("How fast the engine is, for --adapt (sot bench calibrate).", "FILE", ("--engine-profile",)),
    ] = None
    step_ratio: Annotated[
        str,
        Option(
            "How many times as long a decode step of eight requests takes as one of a single request, by "
            "which skeletons are left out where they cannot win: auto (measured), a number, or off.",
            "N",
        ),
    ] = "auto"

    def settings(self) -> dict[str, Any]:
        """The decision as settings of `sot.options.Options`."""
        return {"adapt": self.adapt, "step_ratio": _step_ratio(self.step_ratio)}


def _step_ratio(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # a word, which the setting checks


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOptions:
    """How questions are answered, by which engine."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    stages: StageOptions = field(default_factory=StageOptions)
    strategy: Annotated[str, Option("auto (the router decides), {labels}.", "NAME", ("-s",))] = AUTO
    router: RouterName = DEFAULT_ROUTER
    hedge: Annotated[
        bool, Option("Start answering while a slow router (llm) decides; the losers are aborted.")
    ] = False
    load: AdaptOptions = field(default_factory=AdaptOptions)
    system: Annotated[str | None, Option("A system prompt.", "TEXT")] = None
    layout: LayoutOptions = field(default_factory=LayoutOptions)
    thoughts: ThinkingOptions = field(default_factory=ThinkingOptions)
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    prices: PriceOptions = field(default_factory=PriceOptions)
    seed: Annotated[int | None, Option("Makes sampling repeatable where the engine can.", "N")] = None
    max_seconds: MaxSeconds = None
    extra_body: ExtraBody = None
    adapters: AdapterOptions = field(default_factory=AdapterOptions)

    def make(self, schema: Mapping[str, Any] | None = None) -> SkeletonOfThought:
        """The object that answers.

        Args:
            schema: The JSON schema of the answer, which decides the strategy.

        Raises:
            ConfigError: An option makes no sense.
        """
        return answering(
            self.engine,
            router=self.router,
            profile=self.load.speed_profile,
            extra_body=self.extra_body,
            stages=self.stages,
            strategy=self.strategy_for(schema),
            schema=schema,
            route="hedge" if self.hedge else "first",
            seed=self.seed,
            max_seconds=self.max_seconds,
            prices=self.prices.list(),
            **self.prices.settings(),
            **self.load.settings(),
            **self.layout.settings(),
            **self.thoughts.settings(),
            **self.sampling.settings(),
            **self.adapters.settings(),
        )

    def strategy_for(self, schema: Mapping[str, Any] | None) -> str:
        """The strategy, which a schema implies.

        Args:
            schema: The JSON schema of the answer.

        Raises:
            ConfigError: The one that was chosen does not go with the schema, or with none.
        """
        if schema is None:
            if makes_json(self.strategy):
                raise ConfigError(f"the strategy {self.strategy} needs a JSON schema: sot ask --schema FILE")
            return self.strategy
        if (chosen := strategy_with_schema(self.strategy)) is None:
            raise ConfigError(f"--schema is for the strategies fields and normal, not for {self.strategy}")
        return chosen

    def opening(self) -> tuple[Message, ...]:
        """The turns before the first question."""
        return (Message("system", self.system),) if self.system else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOptions:
    """Options of ``sot ask``."""

    question: Annotated[str | None, Argument("The question; - or nothing reads it from standard input.")] = (
        None
    )
    answers: AnswerOptions = field(default_factory=AnswerOptions)
    schema: Annotated[
        Path | None,
        Option(
            "Answer with JSON for the schema in this file (-: standard input), its long fields written at "
            "once; with --strategy normal in one piece, and unchecked.",
            "FILE",
        ),
    ] = None
    kept: HistoryOptions = field(default_factory=HistoryOptions)
    traced: TraceOptions = field(default_factory=TraceOptions)
    warm: Annotated[bool, Option("Where no backend is set, let your running sot serve answer.")] = True
    as_json: AsJson = False
    quiet: Quiet = False
    svg: Annotated[Path | None, Option("Also save the terminal view as an SVG picture.", "FILE")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions:
    """Options of ``sot chat``."""

    answers: AnswerOptions = field(default_factory=AnswerOptions)
    kept: HistoryOptions = field(default_factory=HistoryOptions)
    quiet: Quiet = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOptions:
    """Options of ``sot route``."""

    questions: Annotated[tuple[str, ...], Argument("Questions.")] = ()
    router: RouterName = DEFAULT_ROUTER
    engine: EngineOptions = field(default_factory=EngineOptions)
    stages: StageOptions = field(default_factory=StageOptions)
    prices: PriceOptions = field(default_factory=PriceOptions)
    evaluate: Annotated[
        Path | None,
        Option(
            "Measure the router on labelled questions (JSON Lines), or, with 'heldout', on those of the "
            "project's corpus that no router has learnt.",
            "FILE",
            ("--eval",),
        ),
    ] = None
    as_json: Annotated[bool, Option("Print one JSON object a line.", flags=("--json",))] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """Options of ``sot doctor``."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    stages: StageOptions = field(default_factory=StageOptions)
    probe: Annotated[
        bool,
        Option("Send the engine a handful of short requests, to find out what it does not tell of itself."),
    ] = False
    as_json: AsJson = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """Options of ``sot serve``."""

    served: ServedEngines = field(default_factory=ServedEngines)
    stages: StageOptions = field(default_factory=StageOptions)
    router: RouterName = DEFAULT_ROUTER
    load: AdaptOptions = field(default_factory=AdaptOptions)
    layout: LayoutOptions = field(default_factory=LayoutOptions)
    thoughts: ThinkingOptions = field(default_factory=ThinkingOptions)
    prices: PriceOptions = field(default_factory=PriceOptions)
    max_seconds: MaxSeconds = None
    extra_body: ExtraBody = None
    adapters: AdapterOptions = field(default_factory=AdapterOptions)
    traced: TraceOptions = field(default_factory=TraceOptions)
    host: Annotated[str, Option("Where to listen.", "ADDRESS")] = "127.0.0.1"
    port: Annotated[int, Option("0 takes a free one.", "N", least=0, most=65535)] = 8400
    workers: Annotated[
        int, Option("Server processes; more than one only in front of an http engine.", "N", least=1)
    ] = 1
    api_key_file: Annotated[
        Path | None, Option("Keys that clients must show, one a line; else SOT_API_KEY.", "FILE")
    ] = None
    insecure: Annotated[bool, Option("Allow other machines, and any host name, without a key.")] = False
    cors_origins: Annotated[
        tuple[str, ...],
        Option("A web origin whose pages may call this (repeatable).", "ORIGIN", ("--cors-origin",)),
    ] = ()
    max_answers: Annotated[int, Option("Answers in the making at the same time.", "N", least=1)] = (
        _SERVER.max_answers
    )
    max_waiting: Annotated[int, Option("Answers that may wait; more get 429.", "N", least=0)] = (
        _SERVER.max_waiting
    )
    grace: Annotated[float, Option("Seconds that answers have to finish at the end.", "S", least=0)] = (
        _SERVER.grace_s
    )
    on_missing: Annotated[
        str, Option("A point that failed twice: note (in the answer) or raise (the answer fails).", "HOW")
    ] = _DEFAULTS.on_missing
    parallel_fields: Annotated[
        bool,
        Option(
            "Write the long fields of JSON-schema answers at once (model auto), also where the request "
            "does not ask for it."
        ),
    ] = False
    cache_salt_by: Annotated[
        str | None,
        Option(
            "What tells tenants apart, whose requests share no cached prefixes at the engine: key (the API "
            "key), a header's name, or off.",
            "KEY|HEADER",
        ),
    ] = None
    aliases: Annotated[
        tuple[str, ...],
        Option(
            "A further name of a model, as in gpt-4o=auto (repeatable).",
            "NAME=MODEL",
            ("--alias",),
        ),
    ] = ()
    tools: Annotated[
        str,
        Option(
            "Tools in a request that does not insist on one: forward (to the engine, where that can be) or "
            "ignore (answer without them).",
            "HOW",
        ),
    ] = _SERVER.tools
    pass_on: Annotated[
        tuple[str, ...],
        Option(
            "Pass requests to a further address of the engine on, below /v1: files, or files/* for all below "
            "it (repeatable).",
            "PATH",
        ),
    ] = ()
    usage: Annotated[
        str,
        Option(
            "The usage in responses: all (tokens of all requests to the engine) or visible (as of one "
            "request for the text).",
            "HOW",
        ),
    ] = _SERVER.usage
    log_questions: Annotated[bool, Option("Write questions to the log; they stay out otherwise.")] = False
    debug: Annotated[
        bool, Option("Show clients the engine's address and messages; never where they are strangers.")
    ] = False
    quiet: Annotated[bool, Option("No line for each answer.", flags=("-q",))] = False
