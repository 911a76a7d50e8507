"""Normal decoding against the requests of a skeleton answer, on a model of random weights: no download.

    python -m sot.evals.gpu_check                       # a 7B Llama's shape on a GPU, a tiny one on a CPU
    python -m sot.evals.gpu_check --shape 7b --engines vllm

A random model writes no skeleton, so lengths are forced: one answer of 400 tokens, against a skeleton of 45
tokens and then 7 points of 60 at once. That compares the engine's bare work; the whole strategy runs on such
a model by `sot bench latency --random-llama 7b`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sot.errors import ConfigError, MissingDependencyError, first_error, install_command
from sot.registry import create_backend, engine_entry
from sot.terminal import guarded
from sot.types import Backend, GenerateConfig, Message, Usage

from .engines.random_model import SHAPES, free_memory, save_model

_CONTEXT = 2048
# By kind of engine: its settings, and what keeps it from ending early.
_ENGINES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "torch": ({"dtype": "bfloat16"}, {}),
    "vllm": (
        {"engine_args": {"load_format": "dummy", "dtype": "bfloat16", "max_model_len": _CONTEXT}},
        {"ignore_eos": True},
    ),
}


@dataclass(frozen=True, slots=True)
class Lengths:
    """Completion tokens of every request, and how many points there are."""

    normal: int = 400
    skeleton: int = 45
    points: int = 7
    point: int = 60


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of every round by one engine.

    Args:
        engine: Its name.
        normal_s: The long answer alone.
        skeleton_s: The skeleton, then all points together.
        peak_gib: Most memory used, of the GPU where there is one, else of the processes.
        cached: Share of the points' prompt tokens that came from the prefix cache.
    """

    engine: str
    normal_s: tuple[float, ...]
    skeleton_s: tuple[float, ...]
    peak_gib: float
    cached: float

    @property
    def ratios(self) -> list[float]:
        """How much sooner the skeleton's requests were done, round by round."""
        return [normal / own for normal, own in zip(self.normal_s, self.skeleton_s, strict=True)]


async def measure(backend: Backend, lengths: Lengths, repeat: int, extra: Mapping[str, Any]) -> Result:
    """Take the times of both ways, in turn, after one warm-up.

    Args:
        backend: The engine.
        lengths: Completion tokens.
        repeat: Rounds.
        extra: Sampling parameters that keep the engine from ending early.

    Raises:
        SotError: The engine failed.
    """
    normal: list[float] = []
    skeleton: list[float] = []
    points = Usage()
    for number in range(repeat + 1):
        question = Message("user", f"Question {number}: " + "how does one measure an engine well? " * 5)
        started = time.perf_counter()
        await _decode(backend, (question,), lengths.normal, extra)
        between = time.perf_counter()
        await _decode(backend, (question, Message("user", "Write a skeleton.")), lengths.skeleton, extra)
        opening = (question, Message("user", "Write a skeleton."), Message("assistant", "1. First\n" * 8))
        turns = [Message("user", f"Write point {index}.") for index in range(1, lengths.points + 1)]
        prompts = [(*opening, turn) for turn in turns]
        spent = await _together(backend, prompts, lengths.point, extra)
        if number:  # the first round warms up
            normal.append(between - started)
            skeleton.append(time.perf_counter() - between)
            points += spent
    info = await backend.info()
    share = points.cached_tokens / max(1, points.prompt_tokens)
    return Result(info.name, tuple(normal), tuple(skeleton), _peak_gib(), share)


async def _together(
    backend: Backend, prompts: Sequence[Sequence[Message]], tokens: int, extra: Mapping[str, Any]
) -> Usage:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_decode(backend, prompt, tokens, extra)) for prompt in prompts]
    except BaseExceptionGroup as failures:
        raise first_error(failures) from None
    return sum((task.result() for task in tasks), Usage())


async def _decode(
    backend: Backend, messages: Sequence[Message], tokens: int, extra: Mapping[str, Any]
) -> Usage:
    config = GenerateConfig(temperature=0, max_tokens=tokens, extra=extra)
    usage = Usage()
    async with aclosing(backend.stream(messages, config)) as chunks:
        async for chunk in chunks:
            usage = chunk.usage or usage
    if usage.completion_tokens != tokens:
        raise ConfigError(f"the engine wrote {usage.completion_tokens} tokens where {tokens} were asked for")
    return usage


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def device_name() -> str:
    """The GPU's name, or how many CPU threads there are."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"CPU, {torch.get_num_threads()} threads"


def _peak_gib() -> float:
    import torch

    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()  # of the whole GPU, so that other processes count
        return max(total - free, torch.cuda.max_memory_allocated()) / 2**30
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 2**20


async def check(engine: str, folder: Path, lengths: Lengths, repeat: int) -> Result:
    """Run one engine on the model of a folder.

    Args:
        engine: A name of `_ENGINES`.
        folder: The model.
        lengths: Completion tokens.
        repeat: Rounds.

    Raises:
        SotError: The engine cannot be used.
    """
    settings, extra = _ENGINES[engine]
    backend = create_backend(f"{engine}:{folder}", **settings)
    try:
        return await measure(backend, lengths, repeat, extra)
    finally:
        await backend.aclose()
        free_memory()


def report(results: Sequence[Result], lengths: Lengths, shape: str) -> str:
    """The results as a Markdown table.

    Args:
        results: One for each engine.
        lengths: Completion tokens.
        shape: The model's shape, for people.
    """
    rows = [
        f"{shape}, bfloat16, random weights; {device_name()}",
        f"normal: {lengths.normal} tokens; skeleton: {lengths.skeleton}, then {lengths.points} points of "
        f"{lengths.point} together\n",
        "| engine | normal, s | tokens/s | skeleton, s | tokens/s | sooner | points cached | peak GiB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    written = lengths.skeleton + lengths.points * lengths.point
    for result in results:
        normal, skeleton = statistics.median(result.normal_s), statistics.median(result.skeleton_s)
        rows.append(
            f"| {result.engine} | {normal:.2f} | {lengths.normal / normal:.0f} | {skeleton:.2f} "
            f"| {written / skeleton:.0f} | {statistics.median(result.ratios):.2f}x "
            f"({min(result.ratios):.2f} to {max(result.ratios):.2f}) | {result.cached:.0%} "
            f"| {result.peak_gib:.1f} |"
        )
    return "\n".join(rows)


def installed() -> list[str]:
    """The engines that can run here."""
    return [kind for kind in _ENGINES if not engine_entry(f"{kind}:").missing()]


async def _main(options: argparse.Namespace) -> None:
    engines = [name for name in options.engines.split(",") if name] if options.engines else installed()
    if not engines or set(engines) - _ENGINES.keys():
        raise ConfigError("--engines takes torch and vllm, at least one of which is installed")
    if "torch" not in installed():
        raise MissingDependencyError("torch", install_command("torch"))
    lengths = Lengths(options.normal, options.skeleton, options.points, options.point)
    if min(lengths.normal, lengths.skeleton, lengths.points, lengths.point, options.repeat) < 1:
        raise ConfigError("all lengths, --points and --repeat must be at least 1")
    shape = options.shape or ("7b" if _device() == "cuda" else "tiny")
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="sot-gpu-check-") as name:
        folder = Path(name) / f"random-{shape}"
        save_model(folder, SHAPES[shape], weights="torch" in engines)
        for engine in engines:
            print(f"running {engine} …", file=sys.stderr, flush=True)
            results.append(await check(engine, folder, lengths, options.repeat))
    print(report(results, lengths, f"Llama {shape}"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check from the command line; returns the exit code.

    Args:
        arguments: The arguments after the program's name; those of the process unless given.
    """
    usual = Lengths()
    parser = argparse.ArgumentParser(
        prog="python -m sot.evals.gpu_check",
        description="Normal decoding against a skeleton's requests, on a model of random weights.",
    )
    parser.add_argument("--shape", choices=SHAPES, help="7b on a GPU, tiny on a CPU unless given")
    parser.add_argument("--engines", help="torch,vllm; those installed unless given")
    parser.add_argument("--normal", type=int, default=usual.normal, help="tokens of the normal answer")
    parser.add_argument("--skeleton", type=int, default=usual.skeleton, help="tokens of the skeleton")
    parser.add_argument("--points", type=int, default=usual.points, help="how many points")
    parser.add_argument("--point", type=int, default=usual.point, help="tokens of a point")
    parser.add_argument("--repeat", type=int, default=3, help="rounds, after one that warms up")
    options = parser.parse_args(arguments)
    # CUDA must not be initialised here before vLLM has started its own processes.
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    return guarded(lambda: asyncio.run(_main(options)))


if __name__ == "__main__":
    sys.exit(main())
