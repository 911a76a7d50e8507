"""Runs question sets: every answer kept as soon as it is there, resumed after any end."""

from .folder import read_answers, read_manifest

__all__ = ["read_answers", "read_manifest"]
