"""What a caller can choose about how answers are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from .errors import ConfigError

PromptStyle = Literal["auto", "aligned", "compact", "paper"]
StrategyChoice = Literal["auto", "skeleton", "normal", "cot", "plan"]
OnMissing = Literal["note", "raise"]
RouteChoice = Literal["first", "hedge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of answers; every one has a sensible default.

    Args:
        strategy: ``auto`` asks the router; anything else is used as it is.
        route: ``first``: the router decides, then the answer starts. ``hedge``: while a slow router
            (``llm``) decides, normal decoding and the skeleton both start, and the losers' requests are
            aborted; the answer begins sooner and costs more.
        adapt: Look at the engine's load as well: where it is busy, fewer points at once, then none. For all
            answers of an object. Decides where ``strategy`` is ``auto``.
        pipeline: Start a point as soon as its line of the skeleton is complete. ``False`` waits for
            the whole skeleton, as the paper does (section 2).
        style: How prompts are laid out. ``aligned``: one growing conversation whose beginning the
            engine's prefix cache serves. ``compact``: few prompt tokens. ``paper``: stand-alone point
            prompts. ``auto``: ``aligned`` where the engine caches prefixes, else ``compact``.
        prompts: A built-in prompt pack's name or a folder; ``None`` follows the question's language.
        demonstrations: Show the pack's demonstrations to the model (``aligned`` and ``paper``).
        min_points: With fewer points than this, decode normally. At least 2.
        max_points: Most points of a skeleton.
        max_parallel: Most requests in flight for one answer.
        max_in_flight: Most requests in flight over all answers of one object.
        max_skeleton_tokens: Token limit of the skeleton request.
        max_point_tokens: Token limit of one point.
        max_tokens: Token limit of a normally decoded answer.
        max_answer_tokens: Completion tokens of the whole answer at most, skeleton, points and repairs
            together; ``None`` sets no limit beyond those of the single requests.
        on_missing: What to do with a point that failed twice: say so in the answer (``note``), or
            raise `sot.errors.MissingPointError` (``raise``).
        temperature: See `sot.types.GenerateConfig`.
        top_p: See `sot.types.GenerateConfig`.
        seed: See `sot.types.GenerateConfig`.
        repetition_penalty: See `sot.types.GenerateConfig`.
        stop: Texts that end the answer; they are not part of it.
        extra: Further request fields for engines that take them.

    Raises:
        ConfigError: A value is out of range.
    """

    strategy: StrategyChoice = "auto"
    route: RouteChoice = "first"
    adapt: bool = False
    pipeline: bool = True
    style: PromptStyle = "auto"
    prompts: str | Path | None = None
    demonstrations: bool = True
    min_points: int = 2
    max_points: int = 10
    max_parallel: int = 16
    max_in_flight: int = 64
    max_skeleton_tokens: int = 256
    max_point_tokens: int = 192
    max_tokens: int = 1024
    max_answer_tokens: int | None = None
    on_missing: OnMissing = "note"
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    repetition_penalty: float | None = None
    stop: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        _one_of("strategy", self.strategy, get_args(StrategyChoice))
        _one_of("route", self.route, get_args(RouteChoice))
        _one_of("style", self.style, get_args(PromptStyle))
        _one_of("on_missing", self.on_missing, get_args(OnMissing))
        _at_least("min_points", self.min_points, 2)
        _at_least("max_points", self.max_points, self.min_points)
        for name in (
            "max_parallel",
            "max_in_flight",
            "max_skeleton_tokens",
            "max_point_tokens",
            "max_tokens",
        ):
            _at_least(name, getattr(self, name), 1)
        if self.max_answer_tokens is not None:
            _at_least("max_answer_tokens", self.max_answer_tokens, 1)
        if self.temperature is not None and not 0 <= self.temperature <= 5:
            raise ConfigError(f"temperature is {self.temperature}; it must lie between 0 and 5")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ConfigError(f"top_p is {self.top_p}; it must be above 0 and at most 1")
        if self.repetition_penalty is not None and not self.repetition_penalty > 0:
            raise ConfigError(f"repetition_penalty is {self.repetition_penalty}; it must be above 0")
        _texts("stop", self.stop)

    @classmethod
    def names(cls) -> frozenset[str]:
        """The names of all settings."""
        return frozenset(entry.name for entry in fields(cls))


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}")


def _at_least(name: str, value: object, least: int) -> None:
    if not isinstance(value, int):
        raise ConfigError(f"{name} is {value!r}; it must be a whole number")
    if value < least:
        raise ConfigError(f"{name} is {value}; it must be at least {least}")


def _texts(name: str, value: object) -> None:
    if not isinstance(value, (tuple, list)):  # one text would be read as a list of its letters
        raise ConfigError(f"{name} is {value!r}; it must be a tuple of texts")
