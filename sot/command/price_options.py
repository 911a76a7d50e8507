"""Options about what tokens cost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from ..errors import ConfigError
from ..options.checks import check_number, check_whole
from ..price import PriceList, Prices, read_prices
from .option_fields import Option

_MOST = 1e5
_LONGEST_PROMPT = 100_000_000
_DEFAULT_CURRENCY = "$"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOptions:
    """Prices of the model, by which answers say what they cost, and by which a skeleton may be left out."""

    price_in: Annotated[float | None, Option("Price of a million prompt tokens.", "X")] = None
    price_cached: Annotated[
        float | None, Option("Price of a million prompt tokens from the engine's prompt cache.", "X")
    ] = None
    price_out: Annotated[float | None, Option("Price of a million completion tokens.", "X")] = None
    price_cache_write: Annotated[
        float | None, Option("Price of a million prompt tokens that are written to that cache.", "X")
    ] = None
    price_currency: Annotated[str | None, Option("Sign or name of the currency; $ unless given.", "NAME")] = (
        None
    )
    cache_least: Annotated[
        int | None, Option("Tokens of the shortest beginning of a prompt that the cache keeps.", "N")
    ] = None
    prices: Annotated[Path | None, Option("Prices by model, as JSON, in place of --price-….", "FILE")] = None
    max_cost_ratio: Annotated[
        float | None,
        Option("Leave a skeleton out that would cost more than so many times normal decoding.", "X"),
    ] = None

    def settings(self) -> dict[str, Any]:
        """The limit as a setting of `sot.options.Options`.

        Raises:
            ConfigError: It is out of range, or there are no prices.
        """
        if self.max_cost_ratio is not None:
            check_number("--max-cost-ratio", self.max_cost_ratio, 0, above=True)
            if self.list() is None:
                raise ConfigError(
                    "--max-cost-ratio needs prices: give --price-in and --price-out, or --prices"
                )
        return {"max_cost_ratio": self.max_cost_ratio}

    def list(self) -> PriceList | None:
        """The prices; ``None`` where none are given.

        Raises:
            ConfigError: One is out of range or missing, or the file cannot be read.
        """
        amounts = {
            "--price-in": self.price_in,
            "--price-cached": self.price_cached,
            "--price-out": self.price_out,
            "--price-cache-write": self.price_cache_write,
        }
        for flag, amount in amounts.items():
            if amount is not None:
                check_number(flag, amount, 0, _MOST)
        if self.cache_least is not None:
            check_whole("--cache-least", self.cache_least, 0, _LONGEST_PROMPT)
        given = [flag for flag, amount in amounts.items() if amount is not None]
        given += ["--price-currency"] * (self.price_currency is not None)
        given += ["--cache-least"] * (self.cache_least is not None)
        if self.prices is not None:
            if given:
                raise ConfigError(f"--prices holds all prices: leave out {given[0]}")
            return read_prices(self.prices)
        if not given:
            return None
        if self.price_in is None or self.price_out is None:
            missing = "--price-in" if self.price_in is None else "--price-out"
            raise ConfigError(f"{given[0]} needs {missing}, too: without it no answer has a cost")
        return PriceList(
            Prices(
                input=self.price_in,
                output=self.price_out,
                cached=self.price_cached,
                cache_write=self.price_cache_write,
                least_cached=self.cache_least,
                currency=_DEFAULT_CURRENCY if self.price_currency is None else self.price_currency,
            )
        )
