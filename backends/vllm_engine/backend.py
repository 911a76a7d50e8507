"""The vLLM engine as a backend."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from sot.errors import EngineError, MissingDependencyError
from sot.types import BackendInfo, Chunk, GenerateConfig, Load, Message

from ..torch_engine.requests import Request
from .arguments import engine_arguments
from .engine import Engine, acquire, release

_INSTALL = 'pip install "skeleton-of-thought[vllm]"'
_CLOSED = "the vLLM engine was closed"


class VllmBackend:
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
        self._model = model
        self._arguments = engine_arguments(engine_args)
        self._engine: Engine | None = None
        self._requests: set[Request] = set()
        self._closed = False

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Start a completion; see :class:`sot.types.Backend`.

        Every chunk carries the usage so far, so that a completion left early is counted as well. When
        the generator is closed early, vLLM has been told to abort by the time ``aclose()`` returns.

        Raises:
            ContextLengthError: The prompt does not fit.
            ConfigError: vLLM does not know or accept a setting.
            EngineError: The engine failed, or was closed meanwhile.
        """
        engine = self._use()
        await asyncio.wrap_future(engine.ready)
        if self._closed:  # while it started
            raise EngineError(_CLOSED)
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

    async def load(self) -> Load:
        """How busy the engine is, with the requests of every backend that shares it."""
        return self._engine.load() if self._engine is not None else Load()

    async def aclose(self) -> None:
        """End this backend's requests; the engine ends with its last user."""
        self._closed = True
        engine, self._engine = self._engine, None
        if engine is None:
            return
        for request in list(self._requests):
            request.cancel(EngineError(_CLOSED))
        if release(engine):
            await asyncio.wrap_future(engine.stopped)

    def _use(self) -> Engine:
        if self._closed:
            raise EngineError(_CLOSED)
        if self._engine is None:
            self._engine = acquire(self._model, self._arguments)
        return self._engine
