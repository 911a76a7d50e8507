"""Start of an ``AsyncLLM``: its arguments, its processes, its log, the causes of its failures."""

# vLLM is not installed where the type checker runs.
# pyright: reportMissingImports=false

from __future__ import annotations

import dataclasses
import logging
import multiprocessing
import multiprocessing.spawn
import os
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sot.errors import ConfigError, EngineError

from ..torch_engine.convert import converted
from ..torch_engine.cores import available_cores
from ..torch_engine.source import resolve
from . import child
from .arguments import with_defaults

_starting = threading.Lock()  # one start at a time: it changes os.environ and multiprocessing
_FOLDER = "sot-vllm-"
_STALE_S = 2 * 24 * 3600.0
_SOCKET_PATH = 60  # a socket's path has 104 characters at most, of which vLLM's names take 37
_PROCESSES = ("EngineCore", "VLLM", "Worker")
_CAUSE = re.compile(r"((?:[\w.]*\.)?\w*(?:Error|Exception|Interrupt)): *(\S.*)")
_CONSEQUENCE = re.compile(r"EngineDeadError|initialization failed|[Ss]ee (?:stack trace|root cause)")


@dataclasses.dataclass(frozen=True, slots=True)
class ModelSource:
    """Location of the model that vLLM loads.

    Args:
        name: Display name.
        place: A folder, a hub id, or the address of an object store.
        embedded: It is the embedded default.
    """

    name: str
    place: str
    embedded: bool


def find_model(model: str, arguments: Mapping[str, Any]) -> ModelSource:
    """Locate the model; a ``.gguf`` file is converted once, unless vLLM is told to load it itself.

    Raises:
        ConfigError: There is no such model.
    """
    if "://" in model:  # vLLM reads object stores by itself
        return ModelSource(model.rstrip("/").rpartition("/")[2], model, embedded=False)
    source = resolve(model)
    place = source.place
    if source.is_gguf and arguments.get("load_format") != "gguf":
        place = str(converted(Path(place)))
    return ModelSource(source.name, place, source.is_default)


class Launch:
    """One start of vLLM, which another thread may give up.

    Args:
        model: Name of the model, as the user wrote it.
        arguments: Engine options by vLLM's names.
        sleep_mode: Whether to start vLLM in its sleep mode where the platform has it.

    Attributes:
        counts: Running and waiting requests, by vLLM's engine number.
    """

    def __init__(self, model: str, arguments: Mapping[str, Any], *, sleep_mode: bool = False) -> None:
        self._model = model
        self._sleep_mode = sleep_mode
        self._arguments = arguments
        self._given_up = False
        self._thread = threading.current_thread()
        self._before: list[BaseProcess] | None = None  # child processes from before the start
        self._folder: Path | None = None
        self._log: Path | None = None
        self.counts: dict[int, tuple[int, int]] = {}

    def start(self) -> tuple[Any, ModelSource]:
        """Start vLLM in the calling thread; returns the ``AsyncLLM`` and its model. Takes half a minute.

        Raises:
            ConfigError: The model or an argument cannot be used.
            EngineError: vLLM does not start.
        """
        self._thread = threading.current_thread()
        with _starting:
            self._go_on()
            _prepare_environment()
            model = find_model(self._model, self._arguments)
            self._go_on()
            with self._workplace():
                arguments = self._engine_args(model)
                self._go_on()
                try:
                    config = arguments.create_engine_config()
                except Exception as error:
                    raise ConfigError(f"vLLM cannot run {model.name} so: {_in_one_line(error)}") from error
                return self._make(config, log_stats=not arguments.disable_log_stats), model

    def give_up(self) -> None:
        """Give a start up, from any thread; its processes are killed."""
        self._given_up = True
        if self._before is not None:
            for process in multiprocessing.active_children():
                if process.name.startswith(_PROCESSES) and process not in self._before:
                    process.kill()

    def cause(self, error: BaseException) -> str:
        """Return why vLLM failed, in one line: the last error in its processes' log, else the exception."""
        with suppress(OSError):
            if self._log is not None:
                lines = self._log.read_text("utf-8", "replace").splitlines()
                for line in reversed(lines):
                    if (found := _CAUSE.search(line)) and not _CONSEQUENCE.search(line):
                        return f"{found[1]}: {found[2][:300]} (more in {self._log})"
        return _in_one_line(error)

    def end(self, *, failed: bool) -> None:
        """Clean up after the engine's end; its log is kept when it failed."""
        if self._folder is not None and not failed:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _go_on(self) -> None:
        """Raise if the start was given up."""
        if self._given_up:
            raise EngineError("the vLLM engine was closed")

    def _engine_args(self, model: ModelSource) -> Any:
        """Build vLLM's ``AsyncEngineArgs`` from the options and our defaults."""
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.platforms import current_platform

        known = {field.name for field in dataclasses.fields(AsyncEngineArgs)}
        unknown = sorted(self._arguments.keys() - known)
        if unknown:
            raise ConfigError(
                f"vLLM has no engine option {', '.join(map(repr, unknown))}: "
                "`vllm serve --help=all` lists them"
            )
        on_cpu = current_platform.is_cpu()
        if on_cpu:
            os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")  # GiB
        cores = available_cores() if on_cpu else None
        chosen = with_defaults(self._arguments, cpu_cores=cores, embedded=model.embedded)
        if self._sleep_mode and current_platform.is_sleep_mode_available():
            chosen.setdefault("enable_sleep_mode", True)
        chosen = {"model": model.place, **{name: value for name, value in chosen.items() if name in known}}
        try:
            return AsyncEngineArgs(**chosen)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"vLLM refuses the engine options: {_in_one_line(error)}") from error

    def _make(self, config: Any, *, log_stats: bool) -> Any:
        from vllm.v1.engine.async_llm import AsyncLLM

        self._before = multiprocessing.active_children()
        try:
            with self._our_processes():
                return AsyncLLM.from_vllm_config(
                    config, stat_loggers=[_counter(self.counts)], disable_log_stats=not log_stats
                )
        except Exception as error:
            self._go_on()
            raise EngineError(f"vLLM does not start: {self.cause(error)}") from error
        finally:
            self._before = None

    @contextmanager
    def _our_processes(self) -> Iterator[None]:
        """Make vLLM's processes start with `child` as their main module."""
        prepare: Callable[[str], dict[str, Any]] = multiprocessing.spawn.get_preparation_data

        def get_preparation_data(name: str) -> dict[str, Any]:
            data = prepare(name)
            if threading.current_thread() is self._thread:
                self._go_on()
                # Until it has a session of its own: else Ctrl-C ends it with a traceback on the terminal.
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                data.pop("init_main_from_name", None)
                data["init_main_from_path"] = child.__file__
            return data

        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        multiprocessing.spawn.get_preparation_data = get_preparation_data
        try:
            yield
        finally:
            multiprocessing.spawn.get_preparation_data = prepare
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    @contextmanager
    def _workplace(self) -> Iterator[None]:
        """Set up a temporary folder for vLLM's log, and for its sockets, which it leaves behind."""
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
        environment = {}
        if len(str(self._folder)) < _SOCKET_PATH and "VLLM_RPC_BASE_PATH" not in os.environ:
            environment["VLLM_RPC_BASE_PATH"] = str(self._folder)
        if _is_quiet():
            self._log = self._folder / "vllm.log"
            _log_to(self._log)
            environment[child.LOG_VARIABLE] = str(self._log)
        os.environ.update(environment)
        try:
            yield
        finally:
            for name in environment:
                del os.environ[name]


def _sweep() -> None:
    """Remove the folders that programs left behind more than two days ago, killed or failed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}[0-9]*-*"):
        with suppress(OSError, ValueError):
            alive = Path(f"/proc/{int(folder.name.split('-')[2])}").exists()
            if not alive and time.time() - folder.stat().st_mtime > _STALE_S:
                shutil.rmtree(folder, ignore_errors=True)


def _prepare_environment() -> None:
    """Set the environment variables that vLLM reads at its import; those that the user has set stay."""
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    # A process forked from one with threads may hang; vLLM's own command line spawns as well.
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # not into the answer
    if _is_quiet():
        os.environ["VLLM_LOGGING_LEVEL"] = "WARNING"
        os.environ["VLLM_CONFIGURE_LOGGING"] = "0"  # it would put its handlers back at every start
        logging.getLogger("torch._library.triton").setLevel(logging.ERROR)  # "not available", on CPUs
        _quiet.set()


_quiet = threading.Event()  # set once the log level is ours and not the user's


def _is_quiet() -> bool:
    """Whether vLLM's messages go to a file: the user has not asked for them."""
    if os.environ.get("SOT_VLLM_VERBOSE"):
        return False
    return _quiet.is_set() or "VLLM_LOGGING_LEVEL" not in os.environ


def _log_to(file: Path) -> None:
    """Send vLLM's log records of this process to a file alone."""
    handler = logging.FileHandler(file, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logger = logging.getLogger("vllm")
    logger.propagate = False
    for old in logger.handlers:
        if isinstance(old, logging.FileHandler):
            old.close()
    logger.handlers[:] = [handler]


def _counter(counts: dict[int, tuple[int, int]]) -> Any:
    """Make a stat logger class that keeps the counts of running and waiting requests."""
    from vllm.v1.metrics.loggers import StatLoggerBase

    class Counter(StatLoggerBase):
        def __init__(self, vllm_config: Any, engine_index: int = 0) -> None:
            counts[engine_index] = (0, 0)

        def record(
            self,
            scheduler_stats: Any,
            iteration_stats: Any,
            mm_cache_stats: Any = None,
            engine_idx: int = 0,
        ) -> None:
            if scheduler_stats is not None:
                waiting = scheduler_stats.num_waiting_reqs + scheduler_stats.num_skipped_waiting_reqs
                counts[engine_idx] = (scheduler_stats.num_running_reqs, waiting)

        def log_engine_initialized(self) -> None: ...

    return Counter


def _in_one_line(error: BaseException) -> str:
    """Format an exception as its type and at most 400 characters of its message, on one line."""
    kind, text = type(error).__name__, str(error)
    if isinstance(error, ValidationError):  # one entry for each thing wrong
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"][:1])
        text = f"{place}: {first['msg']}" if place else first["msg"]
        text += f", not {first['input']!r}" if isinstance(first["input"], (str, int, float)) else ""
    text = " ".join(text.split()) or "no explanation"
    return f"{kind}: {text if len(text) <= 400 else text[:399] + '…'}"
