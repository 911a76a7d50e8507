"""Backend of the torch engine: arguments, environment variables, description."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sot.errors import ConfigError
from sot.types import BackendInfo, GenerateConfig, Load

from ..in_process.adapter_folders import adapter_folders
from ..in_process.chat_abilities import chat_abilities
from ..in_process.shared_engine import EnginePool, SharedEngineBackend
from .adapter import ALL, SKELETON, adapter_folder, require
from .adapter_set import AdapterSet
from .engine import TorchEngine
from .options import NATIVE, TORCH, EngineOptions
from .source import resolve

_EMBEDDED_PENALTY = 1.1
_DTYPES = ("auto", "float32", "bfloat16", "float16", "int8")
_KERNELS = ("auto", NATIVE, TORCH)
_ENGINES: EnginePool[TorchEngine] = EnginePool(exit_s=3.0)


class TorchBackend(SharedEngineBackend[TorchEngine]):
    """Backend of a transformers model in this process, with continuous batching.

    Backends with equal arguments share one engine. Nothing is loaded until the first use.

    Args:
        model: A hub id, a folder or a ``.gguf`` file; empty for the embedded SmolLM2-135M-Instruct.
        device: A torch device such as ``cuda:0``; ``None`` takes CUDA, then MPS, then the CPU.
        dtype: ``auto`` (measured once on a CPU), ``float32``, ``bfloat16``, ``float16`` or ``int8``.
            ``SOT_TORCH_DTYPE`` replaces ``auto``.
        threads: CPU threads; ``None`` takes ``SOT_TORCH_THREADS``, then a measurement.
        max_batch: Most requests in the batch; others wait.
        max_context: Most tokens of prompt and completion together; the model's own limit holds as well.
        kv_bytes: Most bytes of the KV cache of running requests; further requests wait. ``None`` is 1 GiB
            on a CPU (enough for small models, not for eight long requests to a large one), and four tenths of
            the memory that the model leaves on a GPU.
        cache_bytes: Most bytes of the prefix cache of finished requests; ``None`` is 256 MiB on a CPU, and a
            tenth of the memory that the model leaves on a GPU.
        repetition_penalty: Default for requests without one; 1 is neutral. ``None`` is 1.1 for the embedded
            default, else 1.
        adapter: Folder of a LoRA adapter in PEFT's format; ``off`` for none. ``None`` takes
            ``SOT_TORCH_ADAPTER``, then the packaged one of the embedded default, if there is one.
        adapter_stages: ``skeleton``: it acts on the requests of skeletons, points and closings, and all
            others are those of the model itself (architectures other than Llama, Mistral, Qwen2 and Qwen3
            know only ``all``). ``all``: it acts on every request.
        adapters: Further LoRA adapters that requests name (``GenerateConfig.adapter``): folders by name, or
            ``NAME=FOLDER,NAME=FOLDER``. Requests with different ones are decoded in one batch (Llama,
            Mistral, Qwen2 and Qwen3).
        kernels: ``native``: 8-bit weights are computed by this project's C code, compiled once by the C
            compiler of the machine (x86-64 with AVX2); ``torch``: by torch; ``auto``: by the C code where
            it compiles. ``SOT_TORCH_KERNELS`` replaces ``auto``.
        sleep_after: Seconds without a request after which weights, KV cache and prefix cache are given back,
            unless another backend uses the engine; the next request loads the model again. ``None``: never.

    Raises:
        ConfigError: An argument is out of range, or a local path does not exist.
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
        adapter: str | None = None,
        adapter_stages: str = SKELETON,
        adapters: str | Mapping[str, str] | None = None,
        kernels: str = "auto",
        sleep_after: float | None = None,
    ) -> None:
        source = resolve(model)
        if adapter is None:
            adapter = os.environ.get("SOT_TORCH_ADAPTER") or ""
        adapter_folder(adapter, is_default=source.is_default)
        named = adapter_folders(adapters)
        for _, folder in named:
            require(Path(folder))
        if adapter_stages not in (SKELETON, ALL):
            raise ConfigError(f"adapter_stages is {SKELETON} or {ALL}, not {adapter_stages!r}")
        if dtype == "auto":
            dtype = os.environ.get("SOT_TORCH_DTYPE") or "auto"
        if dtype not in _DTYPES:
            raise ConfigError(f"unknown dtype {dtype!r} for the torch engine: one of {', '.join(_DTYPES)}")
        if kernels == "auto":
            kernels = os.environ.get("SOT_TORCH_KERNELS") or "auto"
        if kernels not in _KERNELS:
            raise ConfigError(f"kernels of the torch engine: one of {', '.join(_KERNELS)}, not {kernels!r}")
        if kernels == NATIVE:
            if dtype not in ("auto", "int8"):
                raise ConfigError(f"native kernels compute int8, not {dtype}")
            dtype = "int8"
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
        given = {name: value for name, value in limits.items() if value is not None}
        options = EngineOptions(
            model,
            device,
            dtype,
            threads,
            max_batch,
            adapter=adapter,
            adapter_stages=adapter_stages,
            kernels=kernels,
            adapters=named,
        )
        options = replace(options, **given)
        super().__init__(
            _ENGINES, options, lambda: TorchEngine(options), "the torch engine was closed", sleep_after
        )
        self._options = options

    async def _describe(self, engine: TorchEngine) -> BackendInfo:
        loaded = await asyncio.wrap_future(engine.ready)
        chat = chat_abilities(loaded.tokenizer)
        from .constraint import can_constrain  # needs torch

        constrains, how = can_constrain(loaded.tokenizer)
        return BackendInfo(
            backend=f"torch:{loaded.name}",
            model=loaded.name,
            context_length=loaded.context_length,
            parameters=loaded.parameters,
            name="torch",
            continues_turn=chat.continues_turn,
            caches_prefixes="running",
            parallel=self._options.max_batch,
            thinks=chat.thinks,
            stops_thinking=chat.stops_thinking,
            opens_thinking=chat.opens_thinking,
            takes_think=True,
            sampling_fields=frozenset({"ignore_eos", "min_tokens"}),
            constrains=constrains,
            adapters=loaded.adapters.known,
            separates_tenants=True,
            sleeps=True,
            evidence={
                **chat.evidence,
                "context_length": "the model's configuration, or max_context",
                **({} if loaded.parameters is None else {"parameters": "its weight files"}),
                "caches_prefixes": "this engine copies what a prompt shares with running and finished ones",
                "parallel": "max_batch",
                "constrains": how,
                "adapters": _told(loaded.adapters),
                "separates_tenants": "prefixes are kept in a tree for each tenant",
                "sleeps": "the model is loaded again (sleep_after)",
            },
        )

    async def load(self) -> Load:
        """Return the engine's load, with the requests of every backend that shares it."""
        return Load(capacity=self._options.max_batch) if self._engine is None else await super().load()

    def _tokenizer(self, engine: TorchEngine) -> Any:
        return engine.ready.result().tokenizer

    def _with_defaults(self, config: GenerateConfig) -> GenerateConfig:
        return replace(config, repetition_penalty=config.repetition_penalty or self.repetition_penalty)


def _told(adapters: AdapterSet) -> str:
    """Return what is told of the adapters: where they come from, and their memory."""
    if adapters.merged:
        return "adapter is part of the weights: adapter_stages is all, or the architecture knows no rows"
    if not adapters.names:
        return "neither adapter nor adapters"
    return f"adapter and adapters; {adapters.bytes / 2**20:.1f} MiB of matrices"
