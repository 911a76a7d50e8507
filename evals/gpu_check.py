"""GPU check, ``python -m sot.evals.gpu_check``: random Llamas on each installed engine, without a download.

It is ``sot bench latency --random-llama`` for each engine that is installed: step times of 1 to 64 sequences
against the memory bound, with and without CUDA graphs, and answers of forced lengths by every layout. Tables
go to standard output, everything to a folder as JSON. It ends within six minutes; a benchmark whose time is
over reports the answers that there are by then.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from sot.terminal import INTERRUPTED

_END_S = 20.0  # an engine needs a while to end
_WHOLE_S = 340.0  # six minutes, less the end of an engine
_VLLM_S = 150.0  # vLLM starts in one or two minutes on a GPU
_LENGTHS = "normal=320,skeleton=40,points=8x40"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks with four questions, on a CPU with a tiny model; returns their exit code."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=Path("runs") / time.strftime("gpu-check-%Y%m%d-%H%M%S"))
    known, passed = parser.parse_known_args(arguments)
    whole = time.monotonic() + _WHOLE_S
    # The first engine leaves the second one the time that this needs at least.
    until = {"torch": whole - _VLLM_S - _END_S, "vllm": whole} if _has_vllm() else {"torch": whole}
    shape = "7b" if _has_gpu() else "tiny"
    ended = 0
    for engine in until:
        command = ["--backend", f"{engine}:", "--random-llama", shape, "--limit", "4", "--lengths", _LENGTHS]
        out = ["--out", str(known.out / engine)]
        code = _bench([*command, *out, *passed], until[engine])
        if code not in (0, INTERRUPTED):
            return code
        ended = ended or code
        if (known.out / engine / "report.json").exists():
            _say(f"everything of it is in {known.out / engine}; the figures as JSON in report.json")
    return ended


def _bench(options: Sequence[str], until: float) -> int:
    """Run one benchmark; it is interrupted when the time is over, and what it has made is kept."""
    command = [sys.executable, "-m", "sot", "bench", "latency", *options]
    with subprocess.Popen(command) as bench:
        try:
            return bench.wait(max(until - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            _say("its time is over: the same command with this --out goes on where it ends now")
            bench.send_signal(signal.SIGINT)
            _ended(bench)
            return INTERRUPTED
        except KeyboardInterrupt:  # the terminal has told the benchmark too
            _ended(bench)
            raise


def _ended(bench: subprocess.Popen[bytes]) -> None:
    with suppress(subprocess.TimeoutExpired):
        bench.wait(_END_S)
        return
    bench.kill()
    bench.wait()


def _has_gpu() -> bool:
    """Whether torch can use a GPU, be it NVIDIA's or AMD's; looked up without taking hold of it."""
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    try:
        import torch
    except ImportError:
        return False  # the benchmark says what is missing
    return torch.cuda.is_available()


def _has_vllm() -> bool:
    package = find_spec("vllm")
    return package is not None and package.origin is not None  # without an origin: some folder of that name


def _say(line: str) -> None:
    print(f"gpu_check: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
