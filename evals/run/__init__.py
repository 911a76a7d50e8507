"""Runs question sets: every answer kept as soon as it is there, resumed after any end."""

from .command import Running, run_command
from .folder import read_answers, read_manifest

__all__ = ["Running", "read_answers", "read_manifest", "run_command"]
