"""Options of engines that are reached over HTTP: headers, time limits, capabilities set by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from ..errors import ConfigError
from .option_fields import Option

_LEAST_S = 0.001
_TIME_LIMITS = ("connect_timeout", "first_token_timeout", "between_token_timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """How a server is spoken to, and what it can do where that is not found out rightly."""

    engine_can: Annotated[
        tuple[str, ...],
        Option(
            "What the engine can do, over what is found out (repeatable): continues_turn=yes, "
            "caches_prefixes=running|idle|no, parallel=8, thinks=no, refuses=stop,seed …",
            "NAME=VALUE",
        ),
    ] = ()
    headers: Annotated[
        tuple[str, ...],
        Option(
            "A further HTTP header for the engine (repeatable), for example api-key=…; it is never shown.",
            "NAME=VALUE",
            ("--header",),
        ),
    ] = ()
    env_key: Annotated[
        bool, Option("Take the engine's key from OPENAI_API_KEY.", flags=("--env-key/--no-env-key",))
    ] = True
    connect_timeout: Annotated[
        float | None, Option("Most seconds to connect to the engine; 10 unless given.", "S", least=_LEAST_S)
    ] = None
    first_token_timeout: Annotated[
        float | None,
        Option("Most seconds until the engine's first token; 120 unless given.", "S", least=_LEAST_S),
    ] = None
    between_token_timeout: Annotated[
        float | None,
        Option("Most seconds from one token to the next; 60 unless given.", "S", least=_LEAST_S),
    ] = None

    def settings(self) -> dict[str, Any]:
        """Return the options that were given, as settings of the engine.

        Raises:
            ConfigError: One of them is not ``NAME=VALUE``, or no number of seconds.
        """
        limits = {name: getattr(self, name) for name in _TIME_LIMITS}
        for name, seconds in limits.items():
            if seconds is not None and not seconds > 0:  # also where it is not a number at all
                raise ConfigError(f"{flag_of(name)} is {seconds} seconds; it must be above 0")
        given: dict[str, Any] = {
            "engine_can": dict(_pairs(self.engine_can, "--engine-can")),
            "headers": dict(_pairs(self.headers, "--header")),
            "api_key": None if self.env_key else "",
            **limits,
        }
        return {name: value for name, value in given.items() if value is not None and value != {}}


_FLAGS = {"headers": "--header", "api_key": "--no-env-key"}


def flag_of(setting: str) -> str:
    """Return the option that stands for an engine's setting."""
    return _FLAGS.get(setting, f"--{setting.replace('_', '-')}")


def _pairs(words: Sequence[str], flag: str) -> Iterator[tuple[str, str]]:
    for number, word in enumerate(words, 1):
        name, equals, value = word.partition("=")
        if not equals or not name.strip():  # it may be a secret without its name: it is not shown
            where = f"number {number} of {flag}" if len(words) > 1 else flag
            raise ConfigError(f"{where} is not NAME=VALUE")
        yield name.strip(), value.strip()
