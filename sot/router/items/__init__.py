"""Requests with a list of items and one instruction that applies to each item alone."""

from .judge import applies_to_each, items_for_each
from .route import with_items

__all__ = ["applies_to_each", "items_for_each", "with_items"]
