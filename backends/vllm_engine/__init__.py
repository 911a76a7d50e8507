"""In-process engine on vLLM's ``AsyncLLM``: continuous batching, prefix cache, abort on cancel."""

from __future__ import annotations

from .backend import VllmBackend

__all__ = ["VllmBackend"]
