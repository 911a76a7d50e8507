"""The engine in this process: transformers models, many requests decoded together in one thread."""

from __future__ import annotations

from .backend import TorchBackend

__all__ = ["TorchBackend"]
