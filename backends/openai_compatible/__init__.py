"""Client of OpenAI-compatible HTTP servers: vLLM, SGLang, llama.cpp, Ollama, OpenAI, gateways."""

from __future__ import annotations

from .backend import OpenAICompatibleBackend

__all__ = ["OpenAICompatibleBackend"]
