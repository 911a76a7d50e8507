"""The torch engine as a backend."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from sot.errors import ConfigError, EngineError
from sot.types import BackendInfo, Chunk, GenerateConfig, Load, Message

from .engine import Engine
from .options import EngineOptions
from .registry import acquire, release
from .requests import Request
from .source import resolve

_EMBEDDED_PENALTY = 1.1
_DTYPES = ("auto", "float32", "bfloat16", "float16", "int8")


class TorchBackend:
    """A transformers model in this process, decoding many requests together.

    Backends with equal arguments share one engine. Nothing is loaded until the first use.

    Args:
        model: A hub id, a folder or a ``.gguf`` file; empty for the embedded SmolLM2-135M-Instruct.
        device: A torch device such as ``cuda:0``; ``None`` takes CUDA, then MPS, then the CPU.
        dtype: ``auto`` (measured once on a CPU), ``float32``, ``bfloat16``, ``float16`` or ``int8``.
            ``SOT_TORCH_DTYPE`` replaces ``auto``.
        threads: CPU threads; ``None`` takes ``SOT_TORCH_THREADS``, then a measurement.
        max_batch: Most requests decoded together; the rest wait their turn.
        max_context: Most tokens of prompt and completion together; the model's own limit holds as well.
        kv_bytes: Most bytes for the keys and values of requests decoded together; those beyond wait.
            ``None`` is 1 GiB: enough for small models, not for eight long requests to a large one.
        cache_bytes: Most bytes of keys and values kept of finished requests; ``None`` is 256 MiB.
        repetition_penalty: For requests that do not say; 1 is neutral. ``None`` is 1.1 for the embedded
            default, else 1.

    Raises:
        ConfigError: An argument makes no sense, or a local path does not exist.
    """

    def __init__(
        self,
        model: str = "",
        *,
        device: str | None = None,
        dtype: str = "auto",
        threads: int | None = None,
        max_batch: int = 16,
        max_context: int | None = None,
        kv_bytes: int | None = None,
        cache_bytes: int | None = None,
        repetition_penalty: float | None = None,
    ) -> None:
        resolve(model)
        if dtype == "auto":
            dtype = os.environ.get("SOT_TORCH_DTYPE") or "auto"
        if dtype not in _DTYPES:
            raise ConfigError(f"unknown dtype {dtype!r} for the torch engine: one of {', '.join(_DTYPES)}")
        if threads is None and (given := os.environ.get("SOT_TORCH_THREADS")):
            if not given.isdecimal():
                raise ConfigError(f"SOT_TORCH_THREADS must be a number, not {given!r}")
            threads = int(given)
        limits = {"max_context": max_context, "kv_bytes": kv_bytes, "cache_bytes": cache_bytes}
        for name, value in {"threads": threads, "max_batch": max_batch, **limits}.items():
            if value is not None and value < 1:
                raise ConfigError(f"{name} of the torch engine must be at least 1, not {value}")
        if repetition_penalty is None:
            # SmolLM2-135M decoded greedily without a penalty repeats itself endlessly (docs/benchmarks.md).
            repetition_penalty = 1.0 if model else _EMBEDDED_PENALTY
        if repetition_penalty <= 0:
            raise ConfigError(f"repetition_penalty must be above 0, not {repetition_penalty}")
        self.repetition_penalty = repetition_penalty
        self._options = EngineOptions(model, device, dtype, threads, max_batch)
        given_limits = {name: value for name, value in limits.items() if value is not None}
        self._options = replace(self._options, **given_limits)
        self._engine: Engine | None = None
        self._requests: set[Request] = set()
        self._closed = False

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Start a completion; see :class:`sot.types.Backend`.

        When the generator is closed early, its row is free by the time ``aclose()`` returns.

        Raises:
            ContextLengthError: The prompt does not fit.
            EngineError: The engine failed, or was closed meanwhile.
            SotError: The model cannot be loaded.
        """
        engine = self._use()
        await asyncio.wrap_future(engine.ready)
        if self._closed:
            raise EngineError("the torch engine was closed")
        penalty = config.repetition_penalty or self.repetition_penalty
        config = replace(config, repetition_penalty=penalty)
        request = Request(tuple(messages), config, prefill, engine.wake)
        engine.submit(request)
        self._requests.add(request)
        try:
            while True:
                answer = await request.answers.get()
                if isinstance(answer, Exception):
                    raise answer
                yield answer
                if answer.finish_reason is not None:
                    return
        finally:
            self._requests.discard(request)
            if not request.freed.is_set():
                request.cancel()
                await request.freed.wait()

    async def info(self) -> BackendInfo:
        """What the model is; loads it if need be.

        Raises:
            SotError: It cannot be loaded.
        """
        loaded = await asyncio.wrap_future(self._use().ready)
        return BackendInfo(
            backend=f"torch:{loaded.name}",
            model=loaded.name,
            context_length=loaded.context_length,
            can_prefill=True,
            caches_prefixes=True,
            max_batch=self._options.max_batch,
        )

    async def load(self) -> Load:
        """How busy the engine is, with the requests of every backend that shares it."""
        if self._engine is None:
            return Load(capacity=self._options.max_batch)
        return self._engine.load()

    async def aclose(self) -> None:
        """End this backend's requests; the engine ends with its last user."""
        self._closed = True
        engine, self._engine = self._engine, None
        if engine is None:
            return
        for request in list(self._requests):
            request.cancel(EngineError("the torch engine was closed"))
        if release(engine):
            await asyncio.wrap_future(engine.stopped)

    def _use(self) -> Engine:
        if self._closed:
            raise EngineError("the torch engine was closed")
        if self._engine is None:
            self._engine = acquire(self._options)
        return self._engine
