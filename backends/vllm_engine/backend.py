"""Backend of the vLLM engine: arguments and description."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sot.errors import ConfigError, MissingDependencyError, install_command
from sot.types import BackendInfo

from ..in_process.shared_engine import EnginePool, SharedEngineBackend
from .adapters import take_adapters
from .arguments import engine_arguments
from .engine import CLOSED, VllmEngine

_ENGINES: EnginePool[VllmEngine] = EnginePool(exit_s=4.0)

# Fields of a request that `GenerateConfig.extra` may carry as they are.
_SAMPLING_FIELDS = frozenset({"frequency_penalty", "presence_penalty", "top_k", "min_p"})


class VllmBackend(SharedEngineBackend[VllmEngine]):
    """Backend of vLLM's ``AsyncLLM`` in this process: continuous batching with a prefix cache, on GPU or CPU.

    Backends with equal arguments share one engine. It starts with the first use, which takes half a minute or
    more, in a thread of its own. vLLM's messages go to a file that is named when it fails;
    ``SOT_VLLM_VERBOSE=1`` or ``VLLM_LOGGING_LEVEL`` shows them.

    Sampling settings that a request leaves open are chosen as by ``vllm serve``: from the model's
    ``generation_config.json``, else vLLM's neutral values. The embedded default is greedy.

    Args:
        model: A hub id, a folder or a ``.gguf`` file; empty for the embedded SmolLM2-135M-Instruct.
        engine_args: Engine options by vLLM's own names, such as ``{"tensor_parallel_size": 2}`` or
            ``["tensor_parallel_size=2"]``; they win over those of ``SOT_VLLM_ARGS`` (a JSON object, or words
            ``key=value``). One more is ours: ``adapters``, LoRA adapters that requests name
            (``GenerateConfig.adapter``), as folders by name or ``NAME=FOLDER,NAME=FOLDER``.
        sleep_after: Seconds without a request after which the memory is given back, unless another backend
            uses the engine: by vLLM's sleep mode where the platform has it (GPUs), else by the engine's end,
            after which the next request starts it again. ``None``: never.
        sleep_level: vLLM's level of sleep: 1 keeps the weights in host memory, 2 reads them again.

    Raises:
        MissingDependencyError: vLLM is not installed.
        ConfigError: The engine options cannot be read, or a setting is out of range.
    """

    def __init__(
        self,
        model: str = "",
        *,
        engine_args: Mapping[str, Any] | Sequence[str] | None = None,
        sleep_after: float | None = None,
        sleep_level: int = 1,
    ) -> None:
        package = importlib.util.find_spec("vllm")
        if package is None or package.origin is None:  # without an origin: some folder of that name
            raise MissingDependencyError("vllm", install_command("vllm"))
        level = None if sleep_after is None else _level(sleep_level)
        arguments, adapters = take_adapters(engine_arguments(engine_args))
        key = json.dumps([model, arguments, adapters, level], sort_keys=True, default=repr)
        super().__init__(
            _ENGINES, key, lambda: VllmEngine(model, arguments, adapters, level), CLOSED, sleep_after
        )
        self._adapters = tuple(name for name, _ in adapters)

    async def _describe(self, engine: VllmEngine) -> BackendInfo:
        loaded = await asyncio.wrap_future(engine.ready)
        engine.check()
        how = "vLLM's sleep mode" if engine.can_rest else "the engine's end and a new start"
        return BackendInfo(
            backend=f"vllm:{loaded.name}",
            model=loaded.name,
            context_length=loaded.context_length,
            parameters=loaded.parameters,
            name="vllm",
            continues_turn=loaded.chat.continues_turn,
            caches_prefixes="running" if loaded.caches_prefixes else "no",
            parallel=loaded.capacity,
            thinks=loaded.chat.thinks,
            stops_thinking=loaded.chat.stops_thinking,
            opens_thinking=loaded.chat.opens_thinking,
            takes_think=True,
            sampling_fields=_SAMPLING_FIELDS | {"ignore_eos", "min_tokens"},
            constrains=True,
            adapters=self._adapters,
            takes_priority=loaded.takes_priority,
            separates_tenants=True,
            sleeps=True,
            evidence={
                **loaded.chat.evidence,
                "context_length": "max_model_len of the engine's configuration",
                **({} if loaded.parameters is None else {"parameters": "its weight files"}),
                "caches_prefixes": "enable_prefix_caching of the engine's configuration",
                "parallel": "max_num_seqs of the engine's configuration",
                "takes_priority": "scheduling_policy of the engine's configuration",
                "separates_tenants": "cache_salt of its prefix cache",
                "constrains": "vLLM's structured outputs; a schema that they cannot compile is left out",
                "adapters": "the option adapters",
                "sleeps": f"by {how} (sleep_after)",
            },
        )

    def _tokenizer(self, engine: VllmEngine) -> Any:
        return engine.tokenizer


def _level(value: int | str) -> int:
    """Read vLLM's level of sleep.

    Raises:
        ConfigError: There is no such level.
    """
    if str(value) not in ("1", "2"):
        raise ConfigError(f"sleep_level is 1 or 2, not {value!r}")
    return int(value)
