"""Speed profile of an engine: costs of decode, prefill and cache, as ``sot bench calibrate`` measures them.

The ``replay`` engine simulates with it, and the load-aware router (`sot.load.router`) predicts with it.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import ConfigError
from ..small_files import read_small
from ..speed.step_times import ROWS, StepTimes

FORMAT = "sot-engine-profile"
VERSION = 1
_CONTEXT, _SHARED = 100.0, 40.0  # tokens of a point's context, and those its neighbours have as well
_LAST_TURN, _COMPACT = 40.0, 130.0  # uncached tokens of a point's prompt, with a prefix cache and without

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1)]
_Line = Annotated[str, Field(max_length=500)]


class _ProfileModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StepTime(_ProfileModel):
    """Time of one decode step, which decodes one token of every request in the batch.

    Args:
        batch: Measured batch sizes, ascending from 1: the knots of a piecewise linear function.
        seconds: Seconds of a step at each knot, with empty contexts; extrapolated beyond the last knot with
            the last slope.
        per_context_token_s: Seconds that every context token in the batch adds.
        shared_context: Cost of a context token in a prefix that all requests share, for every request after
            the first, as a share of ``per_context_token_s``. 1: no saving; 0: the engine reads the prefix
            once.
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
        """Return the seconds of a step with empty contexts.

        Args:
            batch: Requests in the batch, at least 1; may be fractional.
        """
        knots, times = self.batch, self.seconds
        if len(knots) == 1 or batch <= 1:
            return times[0]
        right = min(max(bisect_left(knots, batch), 1), len(knots) - 1)
        slope = (times[right] - times[right - 1]) / (knots[right] - knots[right - 1])
        return times[right - 1] + slope * (batch - knots[right - 1])


class PrefillTime(_ProfileModel):
    """Time of prefill, for prompt tokens that the prefix cache does not serve.

    Args:
        fixed_s: Seconds of a step with prefill alone, whatever the prompt's length. Where the step also
            decodes, the decode step's time takes its place.
        per_token_s: Seconds per prompt token.
        per_token_squared_s: Seconds per squared number of prompt tokens in one step, for long prompts.
        budget_tokens: Most prompt and decode tokens of one step (chunked prefill); ``None``: whole prompts.
    """

    fixed_s: _Seconds = 0.0
    per_token_s: _Seconds = 0.0
    per_token_squared_s: _Seconds = 0.0
    budget_tokens: _Count | None = None

    def of(self, tokens: float) -> float:
        """Return the seconds that uncached prompt tokens add to a step."""
        return tokens * (self.per_token_s + tokens * self.per_token_squared_s)


class PrefixCacheProfile(_ProfileModel):
    """Prefix cache of the engine.

    Args:
        enabled: Whether the engine has one.
        block_tokens: Tokens of a block; only whole blocks are reused.
        capacity_tokens: Tokens that it holds; the least recently used blocks are evicted first.
    """

    enabled: bool = True
    block_tokens: _Count = 16
    capacity_tokens: _Count = 1_000_000


class HeldOutRun(_ProfileModel):
    """Held-out run: a measurement that the profile was not fitted to, and its prediction.

    Args:
        run: Description of the run, for people.
        measured_s: Measured seconds (median).
        predicted_s: Simulated seconds.
    """

    run: _Line
    measured_s: _Positive
    predicted_s: _Positive

    @property
    def error(self) -> float:
        """Relative error of the prediction; above 0, it is too slow."""
        return self.predicted_s / self.measured_s - 1


class EngineProfile(_ProfileModel):
    """Speed profile of an engine.

    Args:
        format: Identifier of the file format.
        version: Version of the file format.
        engine: Backend spec of the measured engine.
        model: The model's name.
        machine: The measured machine, for people.
        date: Date of the measurement, for people.
        note: Remark for people.
        simulated: Whether the measured engine was itself a simulation.
        max_batch: Most requests in one batch; others wait.
        context_length: Most tokens of prompt and completion together; ``None`` where unknown.
        can_prefill: Whether the engine continues an assistant turn that the request starts.
        step: Time of a decode step.
        prefill: Time of prefill.
        cache: The prefix cache.
        overhead_s: Seconds of every request outside the engine's steps: HTTP, tokenisation, queues.
        spread: Robust standard deviation of a single step's time, relative to it.
        held_out: Predictions of runs that the profile was not fitted to.
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
    cache: PrefixCacheProfile = PrefixCacheProfile()
    overhead_s: _Seconds = 0.0
    spread: _Seconds = 0.0
    held_out: tuple[HeldOutRun, ...] = ()

    def step_s(self, batch: float, context: float = 0.0, shared: float = 0.0) -> float:
        """Return the seconds of one decode step.

        Args:
            batch: Requests in the batch; may be fractional.
            context: Context tokens of each request.
            shared: Tokens of the prefix that all requests share.
        """
        read = batch * context - (1 - self.step.shared_context) * max(batch - 1, 0) * shared
        return self.step.at(batch) + self.step.per_context_token_s * read

    def step_times(self) -> StepTimes:
        """Return the step times at usual contexts, and the prefill of a point of a usual skeleton."""
        one, eight = self.step_s(1, _CONTEXT), self.step_s(ROWS, _CONTEXT, _SHARED)
        prompt = _LAST_TURN if self.cache.enabled else _COMPACT
        return StepTimes(one, (eight - one) / (ROWS - 1), self.prefill.of(prompt))


def read_profile(path: str | Path) -> EngineProfile:
    """Read a speed profile from a JSON file.

    Raises:
        ConfigError: The file cannot be read, or is no profile of a version that this program knows.
    """
    try:
        text = read_small(Path(path)).decode("utf-8-sig")
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
    """Write a speed profile to a JSON file, replacing an existing one.

    Raises:
        ConfigError: The file cannot be written.
    """
    try:
        Path(path).write_text(profile.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the engine profile {str(path)!r} cannot be written: {error.strerror}") from None


__all__ = [
    "EngineProfile",
    "read_profile",
]
