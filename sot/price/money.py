"""Amounts of money for people: as many digits as say something, and never a 0 that is none."""

from __future__ import annotations

import math

_DIGITS = 3  # significant ones of a small amount
_MOST_PLACES = 12  # after the point
_LEAST = 10.0**-_MOST_PLACES  # what is less is "under" it
_SIGNS = 2  # characters of a currency that stands before the amount, if it is no word


def money(amount: float, currency: str) -> str:
    """Return an amount with its currency: ``$0.00123``, ``$12.34``, ``0.00123 EUR``."""
    sign = "-" if amount < 0 else ""
    if 0 < abs(amount) < _LEAST / 2:
        amount, sign = _LEAST, f"under {sign}"
    figures = _figures(abs(amount))
    if len(currency) <= _SIGNS and not currency.isalpha():
        return f"{sign}{currency}{figures}"
    return f"{sign}{figures} {currency}"


def times(ratio: float, limit: float) -> str:
    """Return a ratio that is more than a limit, with the digits that show it."""
    for places in range(1, 10):
        text = f"{ratio:.{places}f}"
        if float(text) > limit:
            return text
    return repr(ratio)


def _figures(amount: float) -> str:
    if amount == 0:
        return "0"
    if not math.isfinite(amount):
        return "∞"
    if amount >= 1:
        return f"{amount:,.2f}"
    places = min(_MOST_PLACES, _DIGITS - 1 - math.floor(math.log10(amount)))
    whole, _, rest = f"{amount:.{places}f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"
