"""The vLLM engine as a backend."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sot.errors import MissingDependencyError
from sot.types import BackendInfo

from ..in_process.shared_engine import Engines, SharedEngineBackend
from .arguments import engine_arguments
from .engine import CLOSED, Engine

_INSTALL = 'pip install "skeleton-of-thought[vllm]"'
_ENGINES: Engines[Engine] = Engines(exit_s=4.0)


class VllmBackend(SharedEngineBackend[Engine]):
    """vLLM's ``AsyncLLM`` in this process: batched decoding with a prefix cache, on a GPU or a CPU.

    Backends with equal arguments share one engine. Nothing is started until the first use, which takes
    half a minute or more, in a thread of its own. vLLM's messages go to a file that is named when it
    fails; ``SOT_VLLM_VERBOSE=1`` or ``VLLM_LOGGING_LEVEL`` shows them.

    What a request leaves open (temperature and the like) is decided as ``vllm serve`` does it: by the
    model's ``generation_config.json``, else vLLM's neutral values. The embedded default is greedy.

    Args:
        model: A hub id, a folder or a ``.gguf`` file; empty for the embedded SmolLM2-135M-Instruct.
        engine_args: Engine options by vLLM's own names, such as ``{"tensor_parallel_size": 2}`` or
            ``["tensor_parallel_size=2"]``; they overrule those of ``SOT_VLLM_ARGS`` (a JSON object, or words
            ``key=value``).

    Raises:
        MissingDependencyError: vLLM is not installed.
        ConfigError: The engine options cannot be read.
    """

    sampling_fields = frozenset({"frequency_penalty", "presence_penalty", "top_k", "min_p"})
    """Fields of a request that ``GenerateConfig.extra`` may carry as they are."""

    def __init__(
        self, model: str = "", *, engine_args: Mapping[str, Any] | Sequence[str] | None = None
    ) -> None:
        package = importlib.util.find_spec("vllm")
        if package is None or package.origin is None:  # without an origin: some folder of that name
            raise MissingDependencyError("vllm", _INSTALL)
        arguments = engine_arguments(engine_args)
        key = json.dumps([model, arguments], sort_keys=True, default=repr)
        super().__init__(_ENGINES, key, lambda: Engine(model, arguments), CLOSED)

    async def info(self) -> BackendInfo:
        """What the model is; starts the engine if need be.

        Raises:
            SotError: It cannot be started.
        """
        engine = self._use()
        loaded = await asyncio.wrap_future(engine.ready)
        engine.check()
        return BackendInfo(
            backend=f"vllm:{loaded.name}",
            model=loaded.name,
            context_length=loaded.context_length,
            can_prefill=True,
            caches_prefixes=loaded.caches_prefixes,
            max_batch=loaded.capacity,
        )
