"""Engine thread around vLLM's ``AsyncLLM``, with an event loop of its own.

``AsyncLLM`` belongs to the event loop it is used in, and starts in a blocking call of half a minute. In a
thread of its own it blocks nobody, and backends in any number of event loops share it.
"""

# vLLM is not installed where the type checker runs.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import copy
import logging
import threading
import uuid
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sot.errors import ConfigError, EngineError, SotError
from sot.types import Chunk, FinishReason, GenerateConfig, Load, Usage

from ..cache_salt import cache_salt
from ..in_process.chat_abilities import ChatAbilities, chat_abilities
from ..in_process.chat_template import EncodedPrompt, encode_request
from ..in_process.engine_request import EngineRequest
from ..in_process.model_size import count_parameters
from ..in_process.thought_tokens import hidden_tokens
from .adapters import Folders, lora_request
from .launch import Launch
from .rests import Rests
from .sampling import constraint, sampling_params

_log = logging.getLogger(__name__)
_SHUTDOWN_S = 6.0  # for vLLM's processes to end by themselves
CLOSED = "the vLLM engine was closed"


@dataclass(frozen=True, slots=True)
class EngineDescription:
    """Description of a started engine.

    Args:
        name: Display name of the model.
        context_length: Prompt and completion together, in tokens.
        caches_prefixes: Whether the prefix cache is on.
        capacity: Most sequences in the batch.
        block_size: Tokens in a block of the KV cache.
        chat: What the model's chat template can do.
        parameters: Number of the model's parameters; ``None`` where unknown.
        takes_priority: Whether its scheduler ranks waiting requests.
        traces: Whether it makes spans of its own (``otlp_traces_endpoint``), below those of requests.
    """

    name: str
    context_length: int
    caches_prefixes: bool
    capacity: int
    block_size: int
    chat: ChatAbilities
    parameters: int | None = None
    takes_priority: bool = False
    traces: bool = False


class VllmEngine:
    """One ``AsyncLLM`` in a thread of its own.

    Args:
        model: Name of the model, as the user wrote it.
        arguments: Engine options by vLLM's names.
        adapters: Names and folders of its adapters.
        sleep_level: vLLM's level of sleep, for an engine that is to sleep and whose platform has sleep mode.

    Attributes:
        ready: Description of the started engine, or the error that its start raised.
        stopped: Done when the thread has ended.
    """

    def __init__(
        self,
        model: str,
        arguments: Mapping[str, Any],
        adapters: Folders = (),
        sleep_level: int | None = None,
    ) -> None:
        self.ready: Future[EngineDescription] = _future()
        self.stopped: Future[None] = _future()
        self._launch = Launch(model, arguments, sleep_mode=sleep_level is not None)
        self._sleep_level = sleep_level
        self._adapters = adapters
        self._lock = threading.Lock()  # guards what follows, so that no request slips in after the end
        self._over: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: dict[EngineRequest, asyncio.Task[None] | None] = {}
        # The rest belongs to the engine's thread.
        self._llm: Any = None
        self._tokenizer: Any = None
        self._defaults: Mapping[str, Any] = {}
        self._loaded: EngineDescription | None = None
        self._rests: Rests | None = None
        self._stopping = asyncio.Event()
        self.thread = threading.Thread(target=self._main, name="sot-vllm-engine", daemon=True)

    @property
    def over(self) -> bool:
        """Whether the engine takes no more requests."""
        llm = self._llm
        return self._over is not None or (llm is not None and llm.errored)

    def check(self) -> None:
        """Raise if the engine has ended.

        Raises:
            EngineError: It has failed or was closed.
        """
        if self._over is not None:
            raise EngineError(str(self._over))

    def submit(self, request: EngineRequest) -> None:
        """Queue a request, from any thread; only once `ready` is done.

        Raises:
            EngineError: The engine has failed or was closed.
        """
        with self._lock:
            self.check()
            assert self._loop is not None, "requests follow after `ready`"
            self._open[request] = None
            self._loop.call_soon_threadsafe(self._begin, request)

    def wake(self) -> None:
        """Make the engine abort cancelled requests, from any thread."""
        self._call(self._end_cancelled)

    def stop(self) -> None:
        """Stop the engine, from any thread; requests still open get an `EngineError`."""
        with self._lock:
            self._over = self._over or EngineError(CLOSED)
            starting = self._loop is None
        if starting:
            self._launch.give_up()
        self._call(self._stopping.set)

    @property
    def can_rest(self) -> bool:
        """True where it started in vLLM's sleep mode."""
        return self._rests is not None

    def rest(self) -> None:
        """Put vLLM to sleep, from any thread; see `RestingEngine`."""
        with self._lock:
            if self._over is None:
                self.ready = _future()
        self._call(lambda: self._rests and self._rests.turn(asleep=True))

    def rouse(self) -> None:
        """Wake vLLM, from any thread; see `RestingEngine`."""
        self._call(lambda: self._rests and self._rests.turn(asleep=False))

    def load(self) -> Load:
        """Return the load by the scheduler's last count; requests that it has not seen yet are waiting."""
        open_now = len(self._open)
        running = min(sum(count for count, _ in self._launch.counts.values()), open_now)
        return Load(running, open_now - running, self._loaded.capacity if self._loaded else None)

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer, which this engine's thread uses; ``None`` until it has started."""
        return self._tokenizer

    def counts(self) -> tuple[int, int]:
        """Return the running and waiting requests, as vLLM's scheduler counted them after its last step."""
        counts = self._launch.counts.values()
        return sum(running for running, _ in counts), sum(waiting for _, waiting in counts)

    def _call(self, function: Any) -> None:
        with self._lock:
            if self._loop is not None and not self.stopped.done():
                self._loop.call_soon_threadsafe(function)

    def _main(self) -> None:
        error: Exception = EngineError(CLOSED)
        try:
            asyncio.run(self._serve())
        except SotError as failure:
            error = failure.with_traceback(None)  # it would keep the model alive
        except Exception as failure:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            text = str(failure).strip().splitlines() or [""]
            error = EngineError(f"vLLM failed: {type(failure).__name__}: {text[0]}")
        finally:
            with self._lock:
                error = self._over = self._over or error
                failed = isinstance(error, EngineError) and str(error) != CLOSED
            if self.ready.done():
                self.ready = _future()
            self.ready.set_exception(error)
            self._launch.end(failed=failed)
            for request in list(self._open):
                self._close(request, EngineError(str(error)))
            self.stopped.set_result(None)

    async def _serve(self) -> None:
        # This blocks the loop, in which nothing else runs yet.
        self._llm, model = self._launch.start()
        try:
            config = self._llm.vllm_config
            self._tokenizer = copy.deepcopy(self._llm.get_tokenizer())  # vLLM's own is in use
            self._defaults = self._llm.model_config.get_diff_sampling_param()
            if hidden_tokens(self._tokenizer) is not None:  # vLLM leaves out all special tokens or none
                self._defaults = {**self._defaults, "skip_special_tokens": False}
            self._loaded = EngineDescription(
                name=model.name,
                context_length=self._llm.model_config.max_model_len,
                caches_prefixes=bool(config.cache_config.enable_prefix_caching),
                capacity=config.scheduler_config.max_num_seqs,
                block_size=config.cache_config.block_size,
                takes_priority=config.scheduler_config.policy == "priority",
                traces=config.observability_config.otlp_traces_endpoint is not None,
                chat=chat_abilities(self._tokenizer),
                parameters=count_parameters(Path(model.place)),
            )
            if self._sleep_level is not None and config.model_config.enable_sleep_mode:
                self._rests = Rests(self._llm, self._sleep_level, self._awake, self._cannot_rest)
            with self._lock:
                if self._over is not None:
                    raise self._over
                self._loop = asyncio.get_running_loop()
            self.ready.set_result(self._loaded)
            await self._stopping.wait()
            await self._end_all()
        finally:
            self._llm.shutdown(timeout=_SHUTDOWN_S)
            self._llm = None  # its `__del__` fails at the interpreter's shutdown

    def _awake(self) -> None:
        """Take requests again after a rest."""
        with self._lock:
            if self._over is None and self._loaded is not None and not self.ready.done():
                self.ready.set_result(self._loaded)

    def _cannot_rest(self, error: Exception) -> None:
        """End the engine, which vLLM could not put to sleep or wake; the next request starts another one."""
        with self._lock:
            self._over = self._over or EngineError(f"vLLM's sleep mode failed: {self._launch.cause(error)}")
        self._stopping.set()

    async def _end_all(self) -> None:
        """Abort every open request, and wait until vLLM has let go of them."""
        error = EngineError(str(self._over))
        await asyncio.sleep(0)  # requests handed in before `_over` was set have begun after this
        tasks = [task for task in self._open.values() if task is not None]
        for request in list(self._open):
            request.cancel(error)
        self._end_cancelled()
        if tasks:
            await asyncio.wait(tasks, timeout=_SHUTDOWN_S)

    def _begin(self, request: EngineRequest) -> None:
        if request.cancelled:
            self._close(request, request.abort)
        elif request in self._open:
            self._open[request] = asyncio.create_task(self._answer(request))

    def _end_cancelled(self) -> None:
        for request, task in list(self._open.items()):
            if request.cancelled and task is not None and not task.cancelling():
                task.cancel()  # once: a second time would interrupt the abort

    async def _answer(self, request: EngineRequest) -> None:
        """Run one request to its end, and report an error to its reader."""
        request_id = f"sot-{uuid.uuid4().hex}"
        error: Exception | None = None
        finished = False
        try:
            finished = await self._generate(request, request_id)
            if not finished:
                error = EngineError("vLLM gave the request up before the answer was complete")
        except asyncio.CancelledError:  # only `_end_cancelled` cancels
            error = request.abort
        except SotError as failure:
            error = failure.with_traceback(None)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the reader must hear of it
            error = self._failure(failure)
        finally:
            if not finished and not self._llm.errored:
                # `generate` aborts too, but not when it is cancelled between the two halves of a start.
                await self._llm.abort(request_id)
            self._close(request, error)

    async def _generate(self, request: EngineRequest, request_id: str) -> bool:
        """Stream one completion to its reader; returns whether it was completed."""
        assert self._loaded is not None
        prompt = encode_request(self._tokenizer, request, self._loaded.context_length)
        usage = Usage(prompt_tokens=len(prompt.ids), requests=1)
        async for output in self._outputs(request.config, prompt, request_id):
            completion = output.outputs[0]
            usage = replace(
                usage,
                cached_tokens=output.num_cached_tokens or 0,
                completion_tokens=usage.completion_tokens + len(completion.token_ids),
            )
            if completion.finish_reason in ("abort", "error"):
                return False
            finish: FinishReason | None = None
            if output.finished:
                finish = "length" if completion.finish_reason == "length" else "stop"
            request.send(Chunk(completion.text, finish_reason=finish, usage=usage))
            if finish is not None:
                return True
        return False

    async def _outputs(
        self, config: GenerateConfig, prompt: EncodedPrompt, request_id: str
    ) -> AsyncGenerator[Any, None]:
        """Yield vLLM's outputs of a request; a schema that vLLM cannot compile is left out."""
        schema = constraint(config)
        if schema is not None and not prompt.opened:  # else thoughts come first, which are no JSON
            begun = False
            try:
                async for output in self._begun(config, prompt.ids, request_id, schema):
                    if not begun and output.outputs[0].finish_reason == "error":
                        break
                    begun = True
                    yield output
                else:
                    return
            except Exception as error:
                if begun or self._llm.errored:
                    raise
                _log.info("vLLM decodes a request without its schema: %.300r", str(error))
        async for output in self._begun(config, prompt.ids, request_id):
            yield output

    def _begun(
        self, config: GenerateConfig, prompt: list[int], request_id: str, schema: str | None = None
    ) -> AsyncGenerator[Any, None]:
        """Hand a request to vLLM; returns its outputs."""
        assert self._loaded is not None
        room = self._loaded.context_length - len(prompt)
        params = sampling_params(config, self._defaults, room, schema)
        inputs: dict[str, Any] = {"prompt_token_ids": prompt}
        if config.tenant is not None:
            inputs["cache_salt"] = cache_salt(config.tenant)
        keywords: dict[str, Any] = {"lora_request": lora_request(config.adapter, self._adapters)}
        if self._loaded.takes_priority:
            keywords["priority"] = config.priority
        if config.traceparent and self._loaded.traces:
            keywords["trace_headers"] = {"traceparent": config.traceparent}
        return self._llm.generate(inputs, params, request_id=request_id, **keywords)

    def _failure(self, error: Exception) -> Exception:
        """Map an exception of vLLM to the error for the reader of a request."""
        from vllm.exceptions import VLLMClientError
        from vllm.v1.engine.exceptions import EngineDeadError

        if isinstance(error, EngineDeadError) or self._llm.errored:
            died = EngineError(f"the vLLM engine died: {self._launch.cause(error)}")
            with self._lock:
                self._over = self._over or died
            self._stopping.set()
            return EngineError(str(self._over))
        if isinstance(error, (VLLMClientError, ValueError, TypeError)):
            return ConfigError(f"vLLM refuses the request: {error}", public="the engine refuses the request")
        reason = error.__cause__ or error
        return EngineError(f"vLLM failed: {type(reason).__name__}: {reason}")

    def _close(self, request: EngineRequest, error: Exception | None = None) -> None:
        """Release a request that has ended, with its error if there is one."""
        self._open.pop(request, None)
        if error is not None:
            request.send(error)
        request.free()


def _future() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()  # so that one waiter that gives up does not cancel it for all
    return future
