"""How fast an engine is: a profile that ``sot bench calibrate`` measures and others predict with.

The ``replay`` engine plays it, and the load-aware decision (`sot.load.router`) predicts with it.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import ConfigError

FORMAT = "sot-engine-profile"
VERSION = 1

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1)]
_Line = Annotated[str, Field(max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StepTime(_Strict):
    """How long one decode step takes: a token for every running request.

    Args:
        batch: Requests decoded together, ascending from 1: the knots that were measured.
        seconds: The step's time at each knot, with empty contexts; between them it is linear, and after the
            last one it goes on as between the last two.
        per_context_token_s: What every token of context adds, all running requests together.
        shared_context: The part of that which a token costs again for every further request, where all
            running requests begin alike: 1: the engine makes no difference; 0: it reads them only once.
    """

    batch: Annotated[tuple[_Count, ...], Field(min_length=1)]
    seconds: tuple[_Positive, ...]
    per_context_token_s: _Seconds = 0.0
    shared_context: Annotated[float, Field(ge=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _in_order(self) -> StepTime:
        if len(self.batch) != len(self.seconds):
            raise ValueError("batch and seconds must have the same number of entries")
        if self.batch[0] != 1 or any(a >= b for a, b in pairwise(self.batch)):
            raise ValueError("batch must ascend from 1")
        if any(a > b for a, b in pairwise(self.seconds)):
            raise ValueError("seconds must not fall: a larger batch is never quicker")
        return self

    def at(self, batch: float) -> float:
        """Seconds of a step with so many requests, with empty contexts.

        Args:
            batch: Requests decoded together, at least 1; may be an average.
        """
        knots, times = self.batch, self.seconds
        if len(knots) == 1 or batch <= 1:
            return times[0]
        right = min(max(bisect_left(knots, batch), 1), len(knots) - 1)
        slope = (times[right] - times[right - 1]) / (knots[right] - knots[right - 1])
        return times[right - 1] + slope * (batch - knots[right - 1])


class PrefillTime(_Strict):
    """How long reading a prompt takes.

    Args:
        fixed_s: A prefill step without decoding beside it, whatever its length. Beside decoding the step's
            own time takes its place.
        per_token_s: Every prompt token that the prefix cache does not serve.
        per_token_squared_s: The same for long prompts: times the square of a step's prompt tokens.
        budget_tokens: Most prompt and decode tokens of one step (chunked prefill); ``None``: whole prompts.
    """

    fixed_s: _Seconds = 0.0
    per_token_s: _Seconds = 0.0
    per_token_squared_s: _Seconds = 0.0
    budget_tokens: _Count | None = None

    def of(self, tokens: float) -> float:
        """Seconds that so many prompt tokens add to a step."""
        return tokens * (self.per_token_s + tokens * self.per_token_squared_s)


class PrefixCache(_Strict):
    """The engine's prefix cache.

    Args:
        enabled: Whether it has one.
        block_tokens: Only whole blocks are served from it.
        capacity_tokens: What it holds; the least recently used blocks go first.
    """

    enabled: bool = True
    block_tokens: _Count = 16
    capacity_tokens: _Count = 1_000_000


class FitError(_Strict):
    """A run that the profile was not fitted to, against what the profile predicts for it.

    Args:
        run: What was run.
        measured_s: Seconds measured (median).
        predicted_s: Seconds simulated.
    """

    run: _Line
    measured_s: _Positive
    predicted_s: _Positive

    @property
    def error(self) -> float:
        """How far the prediction is off, as a share of the measurement; above 0: too slow."""
        return self.predicted_s / self.measured_s - 1


class EngineProfile(_Strict):
    """An engine's speed. See the fields' own classes for the parts.

    Args:
        engine: The backend spec it was measured on.
        model: The model's name.
        machine: Where it was measured, for people.
        date: When, for people.
        note: Anything else worth knowing.
        simulated: It was measured on a simulated engine.
        max_batch: Requests decoded together at most; others wait.
        context_length: Prompt and completion together, in tokens.
        can_prefill: Whether the engine continues a started assistant turn.
        overhead_s: What every request takes outside the engine: HTTP, tokenising, queues.
        spread: How much single steps vary: the robust standard deviation, as a share of the step.
        held_out: How well it predicts runs that it was not fitted to.
    """

    format: Literal["sot-engine-profile"] = FORMAT
    version: Literal[1] = VERSION
    engine: _Line
    model: _Line
    machine: _Line = ""
    date: _Line = ""
    note: _Line = ""
    simulated: bool = False
    max_batch: _Count
    context_length: _Count | None = None
    can_prefill: bool = True
    step: StepTime
    prefill: PrefillTime = PrefillTime()
    cache: PrefixCache = PrefixCache()
    overhead_s: _Seconds = 0.0
    spread: _Seconds = 0.0
    held_out: tuple[FitError, ...] = ()

    def step_s(self, batch: float, context: float = 0.0, shared: float = 0.0) -> float:
        """Seconds of one decode step.

        Args:
            batch: Requests decoded together; may be an average.
            context: Tokens of context of each.
            shared: Those of them that all have in common.
        """
        read = batch * context - (1 - self.step.shared_context) * max(batch - 1, 0) * shared
        return self.step.at(batch) + self.step.per_context_token_s * read


def read_profile(path: str | Path) -> EngineProfile:
    """Read a profile.

    Args:
        path: The JSON file.

    Raises:
        ConfigError: It cannot be read, or is no profile of a version that this program knows.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not text"
        raise ConfigError(f"the engine profile {str(path)!r} cannot be read: {reason}") from None
    try:
        return EngineProfile.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(
            f"{str(path)!r} is no engine profile that this version reads: {where}: {first['msg']} "
            "(make one with: sot bench calibrate)"
        ) from None


def write_profile(path: str | Path, profile: EngineProfile) -> None:
    """Write a profile.

    Args:
        path: The JSON file; an existing one is replaced.
        profile: The profile.

    Raises:
        ConfigError: The file cannot be written.
    """
    try:
        Path(path).write_text(profile.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the engine profile {str(path)!r} cannot be written: {error.strerror}") from None
