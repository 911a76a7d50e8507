"""In-process engine on torch: a transformers model with continuous batching, in one thread."""

from __future__ import annotations

from .backend import TorchBackend

__all__ = ["TorchBackend"]
