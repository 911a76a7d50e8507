"""Options of engines that are reached over HTTP: headers, time limits, capabilities set by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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

    requests_per_minute: Annotated[
        float | None,
        Option(
            "Most requests a minute, of a provider that counts them; they wait, early answers first.", "N"
        ),
    ] = None
    tokens_per_minute: Annotated[
        float | None,
        Option("Most tokens a minute, those of prompts and token limits together.", "N"),
    ] = None
    burst: Annotated[
        float | None,
        Option("Most requests at once, with --requests-per-minute; a quarter of it unless given.", "N"),
    ] = None
    session_header: Annotated[
        str | None,
        Option(
            "The HTTP header with an answer's key, by which an engine router keeps its requests together: "
            "X-Session-ID unless given; off sends none.",
            "NAME",
        ),
    ] = None
    session_field: Annotated[
        str | None,
        Option(
            "The body field with that key: prompt_cache_key at OpenAI's API, else none unless given; off.",
            "NAME",
        ),
    ] = None
    priority: Annotated[
        bool,
        Option(
            "Rank points by their order, where the engine takes it (vLLM: --scheduling-policy priority).",
            flags=("--priority",),
        ),
    ] = False

    def shared_by(self, processes: int) -> HttpOptions:
        """Return the options of one of several processes, which share the provider's limits."""
        return replace(
            self,
            **{
                name: value / processes
                for name in ("requests_per_minute", "tokens_per_minute", "burst")
                if (value := getattr(self, name)) is not None
            },
        )

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
            "requests_per_minute": self.requests_per_minute,
            "tokens_per_minute": self.tokens_per_minute,
            "burst": self.burst,
            "session_header": self.session_header,
            "session_field": self.session_field,
            "priority": self.priority or None,
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
