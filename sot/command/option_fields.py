"""Options of commands, declared as data: a frozen dataclass is the one place of a command's options.

    @dataclass(frozen=True, slots=True, kw_only=True)
    class CountOptions:
        engine: EngineOptions = field(default_factory=EngineOptions)
        limit: Annotated[int | None, Option("Most questions to use.", "N")] = None

A field is an option, ``--limit N``; a field of another such class stands for all options of that class, so
that commands share them; a tuple is an option that may be given several times. Programs make the object
themselves, the command line makes it of what was typed (`sot.cli.typer_adapter`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

from ..errors import ConfigError
from ..options import Options

_DEFAULTS = Options()


@dataclass(frozen=True, slots=True)
class Option:
    """One option's help.

    Args:
        help: Its text. ``{strategies}``, ``{labels}`` and ``{engines}`` in it are what the registries list.
        metavar: What stands for its value.
        flags: Short names beside ``--name-of-the-field``, or long ones in place of it.
        least: The least number.
        most: The greatest number.
    """

    help: str
    metavar: str | None = None
    flags: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """One positional argument's help."""

    help: str
    metavar: str | None = None


Backend = Annotated[str | None, Option("{engines}.", "SPEC", ("-b",))]
Model = Annotated[str | None, Option("The model's name at the backend.", None, ("-m",))]
RouterName = Annotated[str, Option("hybrid, rules, trained, or llm (asks the model itself).", "NAME")]
Temperature = Annotated[float | None, Option("0 is greedy; the engine's own unless given.", "T")]
ExtraBody = Annotated[
    str | None, Option("Further request fields for an HTTP engine, as a JSON object.", "JSON")
]
MaxSeconds = Annotated[
    float | None, Option("Most seconds of a whole answer: what is written by then is it.", "S")
]
AsJson = Annotated[bool, Option("Print one JSON object.", flags=("--json",))]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLimits:
    """Token limits of an answer's requests."""

    max_point_tokens: Annotated[int, Option("Most tokens of one point.", "N")] = _DEFAULTS.max_point_tokens
    max_tokens: Annotated[int, Option("Most tokens of a normally decoded answer.", "N")] = (
        _DEFAULTS.max_tokens
    )

    def settings(self) -> dict[str, Any]:
        """The limits as settings of `sot.options.Options`."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutOptions:
    """How prompts and answers are laid out."""

    style: Annotated[str, Option("Prompt layout: auto, aligned, compact or paper.", "NAME")] = _DEFAULTS.style
    pipeline: Annotated[bool, Option("Start points while the skeleton is being written.")] = (
        _DEFAULTS.pipeline
    )
    opening: Annotated[bool, Option("Show the first sentences of normal decoding before the points.")] = (
        _DEFAULTS.opening
    )
    closing: Annotated[
        bool,
        Option("End with a sentence or two that round the answer off.", flags=("--closing/--no-closing",)),
    ] = _DEFAULTS.closing
    scopes: Annotated[str, Option("Ask what each point covers and needs: auto, on or off.", "WHEN")] = (
        _DEFAULTS.scopes
    )
    prompts: Annotated[str | None, Option("A prompt pack's name (en, ja) or a folder.", "DIR")] = None
    max_points: Annotated[int, Option("Most points of a skeleton.", "N")] = _DEFAULTS.max_points
    limits: TokenLimits = field(default_factory=TokenLimits)

    def settings(self) -> dict[str, Any]:
        """The layout as settings of `sot.options.Options`."""
        own = asdict(self)
        del own["limits"]
        return own | self.limits.settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingOptions:
    """When a reasoning model thinks, and how much."""

    thinking: Annotated[
        str, Option("When a reasoning model thinks: auto, off, skeleton (once, for it) or on.", "WHEN")
    ] = _DEFAULTS.thinking
    max_thinking_tokens: Annotated[int, Option("Most tokens of thoughts of one request.", "N")] = (
        _DEFAULTS.max_thinking_tokens
    )

    def settings(self) -> dict[str, Any]:
        """The wishes about thinking as settings of `sot.options.Options`."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingOptions:
    """How the engine draws tokens."""

    temperature: Temperature = _DEFAULTS.temperature
    top_p: Annotated[float | None, Option("Nucleus sampling, in (0, 1].", "P")] = _DEFAULTS.top_p

    def settings(self) -> dict[str, Any]:
        """The sampling as settings of `sot.options.Options`."""
        return asdict(self)


def refuse_below(least: int, **values: int | None) -> None:
    """Refuse options below their least number; those that were not given pass.

    Args:
        least: The least number.
        values: The options, by their names.

    Raises:
        ConfigError: One is less.
    """
    for name, value in values.items():
        if value is not None and value < least:
            raise ConfigError(f"--{name.replace('_', '-')} is {value}; it must be at least {least}")
