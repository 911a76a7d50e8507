"""Prices of models, what an answer is expected to cost by them, and what it did cost."""

from __future__ import annotations

from .prices import PriceList, Prices, read_prices

__all__ = [
    "PriceList",
    "Prices",
    "read_prices",
]
