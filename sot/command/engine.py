"""The engine of a command: its options, its start and its end."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast

from ..api import SkeletonOfThought
from ..errors import BackendError, ConfigError
from ..options import Options
from ..price import PriceList
from ..prompting.packs import load_pack
from ..registry import EngineEntry, create_backend, engine_entries, engine_entry, resolve_spec
from ..router import DEFAULT_ROUTER
from ..terminal import one_line, shown_spec
from ..types import Backend
from . import option_fields as declared
from .http_options import HttpOptions, flag_of
from .option_fields import Option
from .stage_options import StageOptions

_LEAVE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Which engine, and its own options."""

    backend: declared.Backend = None
    model: declared.Model = None
    engine_args: Annotated[
        tuple[str, ...],
        Option("An engine option by vLLM's name (repeatable).", "KEY=VALUE", ("--engine-arg",)),
    ] = ()
    http: HttpOptions = field(default_factory=HttpOptions)

    @property
    def spec(self) -> str:
        """The backend spec, also where none was given."""
        return resolve_spec(self.backend)

    @property
    def entry(self) -> EngineEntry:
        """What the registry knows of the engine.

        Raises:
            ConfigError: The spec names no engine.
        """
        return engine_entry(self.backend)

    def settings(self, **wanted: Any) -> dict[str, Any]:
        """The engine's settings.

        Args:
            wanted: Further ones, for engines that take them.

        Raises:
            ConfigError: The engine takes no options of its own.
        """
        taken = self.entry.settings
        if self.engine_args and "engine_args" in taken:
            wanted["engine_args"] = self.engine_args
        elif self.engine_args:
            wanted |= self._arguments()
        given = self.http.settings()
        if foreign := sorted(given.keys() - taken):
            raise ConfigError(
                f"{flag_of(foreign[0])} is for servers, given by an http address, not for {self.entry.kind}:"
            )
        wanted |= given
        return {name: value for name, value in wanted.items() if name in taken}

    def _arguments(self) -> dict[str, str]:
        """Return what ``--engine-arg`` gives an engine for which each option is a setting of its own.

        Raises:
            ConfigError: The engine has no such option.
        """
        known = self.entry.arguments
        if not known:
            able = (
                f"{each.kind}:"
                for each in engine_entries()
                if "engine_args" in each.settings or each.arguments
            )
            raise ConfigError(
                f"--engine-arg is for {', '.join(able)} backends; a server has options of its own"
            )
        given: dict[str, str] = {}
        for argument in self.engine_args:
            name, equals, value = argument.partition("=")
            if not equals or name not in known:
                raise ConfigError(
                    f"--engine-arg {one_line(argument)!r}: a {self.entry.kind}: backend takes "
                    f"{', '.join(sorted(known))}, as NAME=VALUE"
                )
            given[name] = value
        return given

    def make(self, **wanted: Any) -> Backend:
        """The engine. Nothing is loaded or contacted yet.

        Args:
            wanted: Further settings, for engines that take them.

        Raises:
            ConfigError: The spec names no engine, or it takes no options of its own.
            MissingDependencyError: The engine's packages are not installed.
        """
        return create_backend(self.spec, model=self.model, **self.settings(**wanted))


def answering(
    engine: EngineOptions,
    *,
    router: str = DEFAULT_ROUTER,
    profile: Path | None = None,
    extra_body: str | None = None,
    stages: StageOptions | None = None,
    engine_settings: Mapping[str, Any] | None = None,
    prices: PriceList | None = None,
    **settings: Any,
) -> SkeletonOfThought:
    """The object that answers.

    Args:
        engine: The engine.
        router: The router's name.
        profile: The engine's profile.
        extra_body: Further request fields, as a JSON object.
        stages: Engines of the stages that are not on the main engine.
        engine_settings: Further settings of the engine, if it takes them.
        prices: Prices by model.
        settings: Settings of `sot.options.Options`.

    Raises:
        ConfigError: An option makes no sense.
    """
    options = Options(**settings, extra=_extra_body(extra_body))
    if options.prompts is not None:
        load_pack(options.prompts)  # a broken pack shows before the engine is loaded
    return SkeletonOfThought(
        engine.backend,
        model=engine.model,
        router=router,
        options=options,
        backend_settings=engine.settings(**(engine_settings or {})),
        stages=None if stages is None else stages.engines(router),
        profile=profile,
        prices=prices,
    )


async def load(sot: SkeletonOfThought, engine: EngineOptions, *, quiet: bool) -> None:
    """Get the engines ready, and say so on a terminal when that takes a while.

    A stage's engine that fails is replaced by the main one, which the answer tells.

    Args:
        sot: The object that answers.
        engine: Its engine.
        quiet: Say nothing.
    """
    name = one_line(engine.model) if engine.model else shown_spec(engine.spec)
    says = f"Asking {name}" if engine.entry.remote else f"Starting {name} (the first time takes longer)"
    with saying(says, quiet=quiet):
        await _load_all(sot)


@contextmanager
def saying(line: str, *, quiet: bool) -> Generator[None]:
    """Say on a terminal what is waited for, while the context lasts.

    Args:
        line: What, in one safe line.
        quiet: Say nothing.
    """
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    status = Text(line)
    status.truncate(max(1, console.width - 3), overflow="ellipsis")
    with console.status(status):
        yield


async def _load_all(sot: SkeletonOfThought) -> None:
    await sot.info()
    for stage in {id(backend): stage for stage, backend in sot.stages.items()}.values():
        with suppress(BackendError):
            await sot.info(stage)


async def leave(sot: SkeletonOfThought) -> None:
    """Release the engine after an interrupt, but do not wait for a model that is still being loaded."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LEAVE_S):
            await sot.aclose()


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
