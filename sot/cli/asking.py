"""The options of answers, read: they make the object that answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from ..api import SkeletonOfThought
from ..errors import ConfigError
from ..options import Options
from ..prompting.packs import load_pack
from ..registry import resolve_spec
from ..types import Message


@dataclass(frozen=True, slots=True)
class Asking:
    """What the options of ``sot ask`` and ``sot chat`` say."""

    backend: str | None
    model: str | None
    router: str
    system: str | None
    extra_body: str | None
    settings: dict[str, Any]
    engine_args: tuple[str, ...] = ()
    profile: Path | None = None

    def make(
        self, *, max_in_flight: int | None = None, engine: Mapping[str, Any] | None = None
    ) -> SkeletonOfThought:
        """The object that answers.

        Args:
            max_in_flight: Most requests in flight over all answers; the default unless given.
            engine: Further settings of the engine.

        Raises:
            ConfigError: An option makes no sense.
        """
        options = Options(**self.settings, extra=_extra_body(self.extra_body))
        if max_in_flight is not None:
            options = replace(options, max_in_flight=max_in_flight)
        if options.prompts is not None:
            load_pack(options.prompts)  # a broken pack shows before the engine is loaded
        settings = dict(engine or {})
        if self.engine_args:
            if not resolve_spec(self.backend).lower().startswith("vllm:"):
                raise ConfigError("--engine-arg is for vllm: backends; a server has options of its own")
            settings["engine_args"] = self.engine_args
        return SkeletonOfThought(
            self.backend,
            model=self.model,
            router=self.router,
            options=options,
            backend_settings=settings,
            profile=self.profile,
        )

    def opening(self) -> tuple[Message, ...]:
        """The turns before the first question."""
        return (Message("system", self.system),) if self.system else ()


def _extra_body(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"--extra-body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ConfigError("--extra-body must be a JSON object, for example '{\"top_k\": 20}'")
    return cast("dict[str, Any]", value)
