"""Prices per million tokens, of one model or by model. They change: no provider's prices are written here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

from ..errors import ConfigError
from ..options.checks import check_number, check_whole, shown
from ..small_files import read_small
from ..types import Usage

LEAST_CACHED = 1024
"""Tokens of the shortest beginning of a prompt that the caches of most providers keep."""
MILLION = 1_000_000
_MOST = 1e5  # a tenth of a unit a token
_LONGEST_PROMPT = 100_000_000
_LONGEST_NAME = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Prices of one model, in units of the currency.

    Args:
        input: Price of a million prompt tokens.
        output: Price of a million completion tokens; thoughts are among them.
        cached: Price of a million prompt tokens that the engine's prompt cache serves, at most ``input``;
            ``None``: that of the others.
        cache_write: Price of a million prompt tokens that are written to the cache, where that has a price of
            its own; ``None``: ``input``.
        least_cached: Tokens of the shortest beginning of a prompt that the cache keeps; ``None``: 0 where the
            engine itself says that running requests share their prefixes, else 1,024.
        request: Price of one request.
        currency: Sign or name of the currency, at most eight characters.

    Raises:
        ConfigError: A value is out of range, or of another type.
    """

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None
    least_cached: int | None = None
    request: float = 0.0
    currency: str = "$"

    def __post_init__(self) -> None:
        for name in ("input", "output", "cached", "cache_write", "request"):
            value = getattr(self, name)
            if value is not None or name not in ("cached", "cache_write"):
                check_number(f"the price {name}", value, 0, _MOST)
        if self.cached is not None and self.cached > self.input:
            raise ConfigError(f"the price cached is {self.cached:g}, more than input ({self.input:g})")
        if self.least_cached is not None:
            check_whole("least_cached", self.least_cached, 0, _LONGEST_PROMPT)
        check_currency(self.currency)

    @property
    def of_cached(self) -> float:
        """Price of a million cached prompt tokens."""
        return self.input if self.cached is None else self.cached

    def writes(self, prompt_tokens: float) -> bool:
        """Return whether what is new in a prompt of so many tokens is paid as a write to the cache."""
        least = LEAST_CACHED if self.least_cached is None else self.least_cached
        return self.cache_write is not None and prompt_tokens >= least

    def cost(self, usage: Usage) -> float:
        """Return the cost of requests.

        With a price of cache writes, requests whose prompts have at least ``least_cached`` tokens on average
        pay it for all prompt tokens that were not cached.
        """
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        tokens = (
            self._new(usage) * (usage.prompt_tokens - cached)
            + self.of_cached * cached
            + self.output * usage.completion_tokens
        )
        return tokens / MILLION + self.request * usage.requests

    def saved(self, usage: Usage) -> float:
        """Return what the prompt cache saved; below 0 where writes cost more than reads saved."""
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        written = usage.prompt_tokens - cached
        return ((self.input - self.of_cached) * cached - (self._new(usage) - self.input) * written) / MILLION

    def _new(self, usage: Usage) -> float:
        """Return the price of a million prompt tokens that the cache does not serve."""
        if self.cache_write is None or not self.writes(usage.prompt_tokens / max(usage.requests, 1)):
            return self.input
        return self.cache_write


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices by model.

    Args:
        default: Prices of every model that ``models`` does not name; ``None``: those have none.
        models: Prices by the model's name.

    Raises:
        ConfigError: There are none, or in more than one currency.
    """

    default: Prices | None = None
    models: Mapping[str, Prices] = field(default_factory=dict[str, Prices])

    def __post_init__(self) -> None:
        found = [*self.models.values(), *(() if self.default is None else (self.default,))]
        if not found:
            raise ConfigError("the prices name no model")
        if len({each.currency for each in found}) > 1:
            raise ConfigError("the prices are in more than one currency")

    @property
    def currency(self) -> str:
        """Currency of all prices."""
        return next(iter(self.models.values()), self.default or Prices(input=0, output=0)).currency

    def of(self, model: str) -> Prices | None:
        """Return a model's prices; ``None`` where it has none."""
        return self.models.get(model, self.default)


def price_list(prices: object) -> PriceList:
    """Return prices as a list: those of every model, or by model.

    Raises:
        ConfigError: They are something else.
    """
    if isinstance(prices, PriceList):
        return prices
    if isinstance(prices, Prices):
        return PriceList(prices)
    if isinstance(prices, Mapping):
        models = cast("Mapping[object, object]", prices)
        if all(isinstance(name, str) and isinstance(each, Prices) for name, each in models.items()):
            return PriceList(models=cast("Mapping[str, Prices]", models))
    raise ConfigError(
        f"prices is {shown(prices)}; it must be Prices, or a mapping from model names to Prices"
    )


def read_prices(file: Path) -> PriceList:
    """Read prices by model from a JSON file.

    It holds an object from model names to objects with the fields of `Prices`; the name ``*`` stands for all
    other models.

    Raises:
        ConfigError: It cannot be read, or holds something else.
    """
    try:
        text = read_small(file).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise ConfigError(f"the prices {file}: {reason}") from None
    try:
        held: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the prices {file} are not JSON: {error}") from None
    if not isinstance(held, dict):
        raise ConfigError(f"the prices {file} must be an object from model names to prices")
    try:
        models = {name: _read(value) for name, value in cast("dict[str, object]", held).items()}
        return PriceList(models.pop("*", None), models)
    except ConfigError as error:
        raise ConfigError(f"the prices {file}: {error}") from None


def _read(value: object) -> Prices:
    if not isinstance(value, dict):
        raise ConfigError(f"{shown(value)} is no object with prices")
    held = cast("dict[str, Any]", value)
    known = [entry.name for entry in fields(Prices)]
    if unknown := sorted(held.keys() - set(known)):
        raise ConfigError(f"no price {shown(unknown[0])}: there are {', '.join(known)}")
    if missing := [name for name in ("input", "output") if name not in held]:
        raise ConfigError(f"the price {missing[0]} is missing")
    return Prices(**held)


def check_currency(value: object) -> None:
    """Require a short sign or name without spaces and marks that a terminal or a page would take for its own.

    Raises:
        ConfigError: It is something else.
    """
    good = isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()
    if not good or any(each.isspace() or each.isdigit() or each in "<>&\"'`\\" for each in str(value)):
        raise ConfigError(
            f"the currency is {shown(value)}; it must be a sign or name of at most {_LONGEST_NAME} characters"
        )
