"""Adapters that a request asks for: names of those that the engine is known to have, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..errors import ConfigError
from ..options import AnswerSettings
from ..options.adapters import ADAPTER_STAGES, check_known
from ..types import BackendInfo
from .failures import Failure

_PARAM = "sot.adapter"
_Name = Annotated[str, Field(min_length=1, max_length=512, pattern=r"\S")]


class AdapterNames(BaseModel):
    """Names of adapters by stage."""

    model_config = ConfigDict(extra="forbid", strict=True)

    skeleton: _Name | None = None
    points: _Name | None = None
    normal: _Name | None = None


Adapter = _Name | AdapterNames
"""Field ``adapter`` of a request: one name for all stages, or names by stage."""


def named_adapters(given: str | AdapterNames | None) -> str | dict[str, str] | None:
    """Return the setting ``adapter`` that a request names."""
    return given.model_dump(exclude_none=True) if isinstance(given, AdapterNames) else given


def with_adapters(
    settings: AnswerSettings, operators: str | Mapping[str, str] | None, info: BackendInfo
) -> AnswerSettings:
    """Return the settings of a request with its adapters, if it names any; other stages keep the operator's.

    A client's text never reaches an engine as a name or a path: only what the engine tells of is taken.

    Args:
        settings: Settings of the request.
        operators: The operator's setting ``adapter``.
        info: The engine.

    Raises:
        Failure: The engine is not known to have one of them (404).
    """
    asked = settings.get("adapter")
    if asked is None:
        return settings
    if info.adapters is None:
        raise _not_found("the engine does not tell which adapters it has")
    try:
        check_known(asked, info)
    except ConfigError as error:
        raise _not_found(str(error)) from None
    if isinstance(asked, Mapping):
        own: Mapping[str, str] = (
            dict.fromkeys(ADAPTER_STAGES, operators) if isinstance(operators, str) else operators or {}
        )
        asked = {**own, **asked}
    return {**settings, "adapter": asked}


def _not_found(message: str) -> Failure:
    return Failure(404, message, "adapter_not_found", _PARAM)
