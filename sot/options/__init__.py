"""Answer settings: `Options`, with their types, units, defaults and ranges."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeVar, get_args

from ..errors import ConfigError
from ..strategies import strategy_entry, strategy_names
from .adapters import check_adapter
from .checks import (
    check_choice,
    check_fields,
    check_flag,
    check_key,
    check_number,
    check_path,
    check_stops,
    check_whole,
)

PromptStyle = Literal["auto", "aligned", "compact", "paper"]
OnMissing = Literal["note", "raise"]
RouteChoice = Literal["first", "hedge"]
Thinking = Literal["auto", "off", "skeleton", "on"]
Scopes = Literal["auto", "on", "off"]
Demonstrations = bool | Literal["auto"]
StepRatio = float | Literal["auto", "off"]
AUTO = "auto"  # instead of a strategy's name: the router chooses
_SEEDS = -(2**63), 2**63 - 1  # engines keep a seed in 64 bits with a sign
_PENALTIES = 0.01, 100.0  # beyond these every token, or none, is repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of an answer; every one has a sensible default.

    Args:
        strategy: ``auto`` lets the router choose; any other name of `sot.strategies` is used as it is.
        route: ``first``: the answer starts when the router has chosen. ``hedge``: while a slow router
            (``llm``) chooses, normal decoding and the skeleton both start, and the loser's requests are
            aborted; lower TTFT at a higher cost.
        adapt: Load-aware routing: normal decoding in place of a skeleton while the engine is too busy for it.
            Takes effect where ``strategy`` is ``auto``; set for all answers of an object.
        step_ratio: Time of a decode step with eight requests over that with one, by which a skeleton is left
            out where it could not be 1.3 times as fast, and points wait for the skeleton where a batch is
            dear. ``auto``: measured from the answers' own tokens. A number states it. ``off``: no skeleton is
            left out for it.
        pipeline: Start a point as soon as its line of the skeleton is complete. ``False`` waits for
            the whole skeleton, as the paper does (section 2).
        opening: Decode the question normally beside the skeleton: the first sentence or two open the answer,
            so that its first text comes at once, and the whole is there where the skeleton cannot be used.
            Takes effect where the engine and ``max_parallel`` take at least four requests at once, and not
            where the model would think first.
        closing: End the answer with a sentence or two that round it off, written beside the points.
        style: Layout of the prompts. ``aligned``: points are one growing conversation, whose prefix the
            engine's prefix cache serves. ``compact``: few prompt tokens. ``paper``: stand-alone point
            prompts. ``auto``: ``aligned`` where running requests share cached prefixes, else
            ``compact``.
        prompts: Name of a built-in prompt pack, or a folder; ``None`` follows the question's language.
        demonstrations: Whether the skeleton's prompt has the pack's demonstrations (``aligned`` and
            ``paper``). ``auto``: not for models that are large, unless two of their last eight
            skeletons were no list.
        scopes: Whether the skeleton says what each point covers and which points it needs; a point waits for
            those it needs and gets their text. ``auto``: asked of models that keep this form, by their last
            answers, at first by their size; not for points of a sentence. ``off``: neither asked for nor
            heeded.
        min_points: Fewest points of a usable skeleton, at least 2; with fewer, the question is decoded
            normally.
        max_points: Most points of a skeleton, at least ``min_points``.
        max_parallel: Most requests in flight for one answer, at least 1.
        max_in_flight: Most requests in flight over all answers of one object, at least 1.
        max_skeleton_tokens: Most completion tokens of the skeleton request, at least 1.
        max_point_tokens: Most completion tokens of one point, at least 1.
        max_tokens: Most completion tokens of a normally decoded answer, at least 1.
        max_answer_tokens: Most completion tokens of the whole answer, skeleton, points and repairs together,
            at least 1; ``None`` sets no limit beyond those of the single requests.
        max_seconds: Most seconds of the whole answer since the question arrived, above 0: what is written by
            then is the answer, with the finish reason ``length``. ``None`` sets no limit beyond the engine's
            own time-outs.
        max_cost_ratio: Most times the cost of normal decoding that a skeleton may be expected to cost, above
            0; a dearer one is left out where ``strategy`` is ``auto``. It needs prices. ``None`` sets no
            limit.
        thinking: When a reasoning model thinks. ``auto``: chain of thought and normal decoding as the model
            does by itself; skeleton, points and routing never. ``skeleton``: once, for the skeleton, and
            otherwise as ``auto``. ``off``: never. ``on``: in every request but the router's.
        max_thinking_tokens: Most tokens of thoughts of one request that may think, at least 1, on top of
            its limit for the text.
        on_missing: Treatment of a point that failed twice: a note in the answer (``note``), or
            `sot.errors.MissingPointError` (``raise``).
        temperature: Sampling temperature, from 0 to 5; 0 is greedy decoding. ``None`` leaves it to the
            engine.
        top_p: Nucleus sampling: probability mass to sample from, above 0 and at most 1. ``None`` leaves it to
            the engine.
        seed: Random seed of the sampling, a whole number of 64 bits, for engines that can repeat it.
        repetition_penalty: Penalty on tokens that already occurred, from 0.01 to 100; 1 is none, above 1
            makes them less likely. Engines that do not know it ignore it. ``None`` leaves it to the engine.
        stop: Stop sequences that end the answer, at most 32 of at most 256 characters; they are not part of
            it.
        extra: Further fields of every request to the engine, by their JSON names, for engines that take them.
        adapter: Adapter (LoRA) that decodes the requests, by its name at the engine; ``off``: none.
            One name for all stages, or names by stage: ``skeleton``, ``points`` (closings and the parts of
            other strategies too), ``normal`` (chain of thought too), ``route`` (the router ``llm``).
            ``None``, or a stage that is not named, leaves it to the engine.
        session_key: Key that all requests of the answer carry, by which an engine router can send them to one
            replica; ``None``: a random one for each answer. One key for all turns of a conversation lets them
            meet the same prefix cache.
        tenant: Owner of the prefixes that the engine caches, which no other tenant's requests may share; an
            error where the engine is not known to keep them apart. ``None``: all share them.
        schema: JSON schema of the answer, an object; the strategy ``fields`` needs it, and
            normal decoding is constrained by it where the engine can; the others ignore it.

    Raises:
        ConfigError: A value is out of range, or of another type.
    """

    strategy: str = AUTO
    route: RouteChoice = "first"
    adapt: bool = False
    step_ratio: StepRatio = "auto"
    pipeline: bool = True
    opening: bool = True
    closing: bool = False
    style: PromptStyle = "auto"
    prompts: str | Path | None = None
    demonstrations: Demonstrations = "auto"
    scopes: Scopes = "auto"
    min_points: int = 2
    max_points: int = 10
    max_parallel: int = 16
    max_in_flight: int = 64
    max_skeleton_tokens: int = 256
    max_point_tokens: int = 192
    max_tokens: int = 1024
    max_answer_tokens: int | None = None
    max_seconds: float | None = None
    max_cost_ratio: float | None = None
    thinking: Thinking = "auto"
    max_thinking_tokens: int = 4096
    on_missing: OnMissing = "note"
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    repetition_penalty: float | None = None
    stop: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    adapter: str | Mapping[str, str] | None = None
    session_key: str | None = None
    tenant: str | None = None
    schema: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        _check_strategy(self.strategy)
        check_choice("route", self.route, get_args(RouteChoice))
        check_choice("style", self.style, get_args(PromptStyle))
        check_choice("thinking", self.thinking, get_args(Thinking))
        check_choice("scopes", self.scopes, get_args(Scopes))
        if not (isinstance(self.demonstrations, str) and self.demonstrations == "auto"):
            check_flag("demonstrations", self.demonstrations)
        check_choice("on_missing", self.on_missing, get_args(OnMissing))
        if isinstance(self.step_ratio, str):
            check_choice("step_ratio", self.step_ratio, ("auto", "off", "a number of at least 1"))
        else:
            check_number("step_ratio", self.step_ratio, 1)
        for name in ("adapt", "pipeline", "opening", "closing"):
            check_flag(name, getattr(self, name))
        self._check_limits()
        self._check_sampling()
        check_path("prompts", self.prompts)
        check_stops("stop", self.stop)
        check_fields("extra", self.extra)
        check_adapter(self.adapter)
        for name in ("session_key", "tenant"):
            check_key(name, getattr(self, name))
        if self.schema is not None:
            check_fields("schema", self.schema)
        if self.strategy == "fields":
            self._check_fields()

    def _check_limits(self) -> None:
        check_whole("min_points", self.min_points, 2)
        check_whole("max_points", self.max_points, self.min_points)
        for name in (
            "max_parallel",
            "max_in_flight",
            "max_skeleton_tokens",
            "max_point_tokens",
            "max_tokens",
            "max_thinking_tokens",
        ):
            check_whole(name, getattr(self, name), 1)
        if self.max_answer_tokens is not None:
            check_whole("max_answer_tokens", self.max_answer_tokens, 1)
        if self.max_seconds is not None:
            check_number("max_seconds", self.max_seconds, 0, above=True)
        if self.max_cost_ratio is not None:
            check_number("max_cost_ratio", self.max_cost_ratio, 0, above=True)

    def _check_fields(self) -> None:
        if self.schema is None:
            raise ConfigError("the strategy fields needs schema, the JSON schema of the answer")
        if self.stop:
            raise ConfigError("the strategy fields takes no stop sequences (stop): they would cut the JSON")

    def _check_sampling(self) -> None:
        if self.temperature is not None:
            check_number("temperature", self.temperature, 0, 5)
        if self.top_p is not None:
            check_number("top_p", self.top_p, 0, 1, above=True)
        if self.seed is not None:
            check_whole("seed", self.seed, *_SEEDS)
        if self.repetition_penalty is not None:
            check_number("repetition_penalty", self.repetition_penalty, *_PENALTIES)

    @classmethod
    def names(cls) -> frozenset[str]:
        """Return the names of all settings."""
        return frozenset(entry.name for entry in fields(cls))

    def changed(self, settings: Mapping[str, Any]) -> Options:
        """Return a copy with some settings changed.

        Raises:
            ConfigError: There is no such setting, or a value is out of range.
        """
        unknown = sorted(settings.keys() - self.names())
        if unknown:
            known = ", ".join(sorted(self.names()))
            raise ConfigError(f"unknown setting {', '.join(unknown)}: known are {known}")
        return dataclasses.replace(self, **settings) if settings else self


class AnswerSettings(TypedDict, total=False):
    """Settings of one answer, as keyword arguments; see `Options`."""

    strategy: str
    route: RouteChoice
    step_ratio: StepRatio
    pipeline: bool
    opening: bool
    closing: bool
    style: PromptStyle
    prompts: str | Path | None
    demonstrations: Demonstrations
    scopes: Scopes
    min_points: int
    max_points: int
    max_parallel: int
    max_skeleton_tokens: int
    max_point_tokens: int
    max_tokens: int
    max_answer_tokens: int | None
    max_seconds: float | None
    max_cost_ratio: float | None
    thinking: Thinking
    max_thinking_tokens: int
    on_missing: OnMissing
    temperature: float | None
    top_p: float | None
    seed: int | None
    repetition_penalty: float | None
    stop: tuple[str, ...]
    extra: Mapping[str, Any]
    adapter: str | Mapping[str, str] | None
    session_key: str | None
    tenant: str | None
    schema: Mapping[str, Any] | None


class ObjectSettings(AnswerSettings, total=False):
    """Settings of a `sot.SkeletonOfThought`, as keyword arguments; see `Options`."""

    adapt: bool
    max_in_flight: int


_Documented = TypeVar("_Documented", bound=Callable[..., Any])


def lists_settings(settings: type[Any]) -> Callable[[_Documented], _Documented]:
    """Decorate with a docstring that also lists the settings, their defaults and units, for ``help()``.

    Args:
        settings: `AnswerSettings` or `ObjectSettings`.
    """

    def decorate(documented: _Documented) -> _Documented:
        if documented.__doc__ and Options.__doc__:
            lines = inspect.cleandoc(Options.__doc__).partition("Args:\n")[2].partition("\n\nRaises:")[0]
            entries = {entry.name: entry for entry in fields(Options)}
            shown: list[str] = []
            keep = False
            for line in lines.splitlines():
                name, colon, rest = line.strip().partition(": ")
                if colon and line[4:5] != " ":
                    keep = name in settings.__annotations__
                    default = entries[name].default
                    value = "" if default is dataclasses.MISSING else f" (default {default!r})"
                    line = f"    {name}{value}: {rest}"
                if keep:
                    shown.append(line)
            documented.__doc__ = "\n".join((inspect.cleandoc(documented.__doc__), "", "Settings:", *shown))
        return documented

    return decorate


def _check_strategy(name: object) -> None:
    if name == AUTO:
        return
    try:
        if isinstance(name, str):
            strategy_entry(name)
            return
    except ConfigError:
        pass
    check_choice("strategy", name, (AUTO, *strategy_names()))


__all__ = [
    "AnswerSettings",
    "Demonstrations",
    "ObjectSettings",
    "OnMissing",
    "Options",
    "PromptStyle",
    "RouteChoice",
    "Scopes",
    "StepRatio",
    "Thinking",
]
