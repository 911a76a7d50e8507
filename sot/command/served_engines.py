"""The engines of ``sot serve``: one, or several with a name each, and when their models sleep."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from ..errors import ConfigError
from .engine import EngineOptions
from .http_options import HttpOptions
from .option_fields import Model, Option

_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)=(.*)", re.DOTALL)  # an address or a spec has a colon there


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedEngines:
    """Which engines, and their own options."""

    backends: Annotated[
        tuple[str, ...],
        Option(
            "{engines}. Several, each as NAME=SPEC, serve several models, which clients choose by name.",
            "SPEC",
            ("--backend", "-b"),
        ),
    ] = ()
    model: Model = None
    engine_args: Annotated[
        tuple[str, ...],
        Option("An engine option by vLLM's name (repeatable).", "KEY=VALUE", ("--engine-arg",)),
    ] = ()
    http: HttpOptions = field(default_factory=HttpOptions)
    sleep_after: Annotated[
        float | None,
        Option(
            "Idle seconds after which a model gives its memory back; the next question wakes it. Engines in "
            "this process, and vLLM servers in development mode.",
            "S",
        ),
    ] = None
    max_awake: Annotated[
        int | None,
        Option("Most models in memory at once; the least recently used idle one sleeps first.", "N", least=1),
    ] = None

    def engines(self) -> Mapping[str, EngineOptions]:
        """Return each engine by its model's name; by an empty name where there is one without a name.

        Raises:
            ConfigError: The names or options make no sense.
        """
        engines = self._engines()
        if self.sleep_after is not None and not self.sleep_after > 0:
            raise ConfigError(f"--sleep-after is {self.sleep_after} seconds; it must be above 0")
        if self.settings() and not any("sleep_after" in each.entry.settings for each in engines.values()):
            raise ConfigError(
                "--sleep-after and --max-awake are for torch:, vllm: and http backends: no other can sleep"
            )
        return engines

    def _engines(self) -> Mapping[str, EngineOptions]:
        named = [found for spec in self.backends if (found := _NAMED.fullmatch(spec))]
        if not named and len(self.backends) < 2:
            if self.max_awake is not None:
                raise ConfigError("--max-awake is for several models: give each as --backend NAME=SPEC")
            spec = self.backends[0] if self.backends else None
            return {"": self._engine(spec, self.model, self.engine_args, self.http)}
        if len(named) < len(self.backends):
            raise ConfigError("several models need a name each: --backend NAME=SPEC")
        if self.model is not None:
            raise ConfigError("--model is for one engine: with several, the model is part of each SPEC")
        return self._several({found[1]: found[2] for found in named})

    def _several(self, specs: Mapping[str, str]) -> Mapping[str, EngineOptions]:
        if len(specs) < len(self.backends):
            raise ConfigError("two --backend options have the same name")
        none = HttpOptions()
        plain = {name: EngineOptions(backend=spec) for name, spec in specs.items()}
        for what, given, used in (
            ("--engine-arg", self.engine_args, any(not each.entry.remote for each in plain.values())),
            ("an option for servers", self.http != none, any(each.entry.remote for each in plain.values())),
        ):
            if given and not used:
                raise ConfigError(f"{what} was given, and no --backend takes it")
        return {
            name: self._engine(
                specs[name],
                None,
                () if each.entry.remote else self.engine_args,
                self.http if each.entry.remote else none,
            )
            for name, each in plain.items()
        }

    def settings(self) -> dict[str, Any]:
        """Return the settings of engines that can sleep."""
        if self.sleep_after is not None:
            return {"sleep_after": self.sleep_after}
        return {"sleep_after": math.inf} if self.max_awake is not None else {}  # only when told to

    @staticmethod
    def _engine(
        spec: str | None, model: str | None, arguments: tuple[str, ...], http: HttpOptions
    ) -> EngineOptions:
        return EngineOptions(backend=spec, model=model, engine_args=arguments, http=http)
