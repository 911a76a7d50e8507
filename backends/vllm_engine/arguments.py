"""Engine options under vLLM's own names: parsing, environment variable, defaults."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sot.errors import ConfigError

_VARIABLE = "SOT_VLLM_ARGS"
_FEW_CORES = 4
_ONE_PROCESS = "sot.backends.vllm_engine.executor.FewCoresExecutor"
_SPREAD = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size", "nnodes")
_CORES = ("VLLM_CPU_OMP_THREADS_BIND", "VLLM_CPU_NUM_OF_RESERVED_CPU")


def engine_arguments(given: Mapping[str, Any] | Sequence[str] | None) -> dict[str, Any]:
    """Merge the options of ``SOT_VLLM_ARGS`` with the caller's, which win; names get underscores.

    Args:
        given: Options of the caller, by name or as words ``key=value``.

    Raises:
        ConfigError: The options cannot be read.
    """
    if given is not None and not isinstance(given, Mapping):
        given = parse_words([given] if isinstance(given, str) else given, "--engine-arg")
    merged = {**_from_environment(), **(given or {})}
    return {name.replace("-", "_"): value for name, value in merged.items()}


def parse_words(words: Sequence[str], source: str) -> dict[str, Any]:
    """Parse options written as ``key=value``; a value is JSON where it can be read as such, else text.

    Args:
        source: Where the words were written, for messages.

    Raises:
        ConfigError: A word is not of this form.
    """
    options: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip().lstrip("-").replace("-", "_")
        if not equals or not name.isidentifier():
            raise ConfigError(f"{source}: {word!r} is not of the form key=value")
        try:
            options[name] = json.loads(text)
        except (ValueError, RecursionError):
            options[name] = text
    return options


def fits_one_process(arguments: Mapping[str, Any], environment: Mapping[str, str], cores: int) -> bool:
    """Return whether the engine's process computes itself on a CPU, without a worker process.

    On few cores only: vLLM leaves one of them to the engine's process, which polls on it. Never where the
    model is spread over several workers, or the user has said which cores vLLM takes.
    """
    spread = any(arguments.get(name, 1) != 1 for name in _SPREAD)
    return cores <= _FEW_CORES and not spread and not any(environment.get(name) for name in _CORES)


def _from_environment() -> dict[str, Any]:
    """Parse ``SOT_VLLM_ARGS``: a JSON object, or words ``key=value``."""
    text = os.environ.get(_VARIABLE, "").strip()
    if not text:
        return {}
    if text.startswith("{"):
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{_VARIABLE} is not JSON: {error}") from None
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ConfigError(f"{_VARIABLE} cannot be read: {error}") from None
    return parse_words(words, _VARIABLE)


def with_defaults(arguments: Mapping[str, Any], *, cpu_cores: int | None, embedded: bool) -> dict[str, Any]:
    """Add this project's defaults to the caller's options.

    Args:
        cpu_cores: Cores that vLLM may use where it computes on the CPU; ``None`` on a GPU.
        embedded: The model is the embedded default.
    """
    defaults: dict[str, Any] = {
        "enable_prefix_caching": True,
        "disable_log_stats": True,  # no log lines, no Prometheus; our own stat logger works all the same
        "use_tqdm_on_load": False,
        # One compiler for all schemas: vLLM keeps the one that its first schema has chosen, whatever the next
        # needs. This one takes a millisecond, also for bounds on lengths, where XGrammar takes a second.
        "structured_outputs_config": {"backend": "guidance", "disable_any_whitespace": True},
    }
    if cpu_cores is not None:
        # The prefix cache shares whole blocks: vLLM's 128 tokens on a CPU would share little of a short
        # conversation. Compiling takes longer than small models need to answer.
        defaults |= {"dtype": "bfloat16", "block_size": 32, "enforce_eager": True}
        if fits_one_process(arguments, os.environ, cpu_cores):
            defaults["distributed_executor_backend"] = _ONE_PROCESS
    if embedded:
        # As on the torch engine: greedy, with a penalty, without which this model repeats itself.
        defaults["override_generation_config"] = {"temperature": 0.0, "repetition_penalty": 1.1}
    return {**defaults, **arguments}
