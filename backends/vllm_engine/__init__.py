"""vLLM's own engine, driven from this process: batched decoding, prefix cache, abort on cancel."""

from __future__ import annotations

from .backend import VllmBackend

__all__ = ["VllmBackend"]
