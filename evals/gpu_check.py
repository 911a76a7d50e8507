"""GPU check, ``python -m sot.evals.gpu_check``: ``sot bench latency --random-llama``, without a download."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from sot.terminal import INTERRUPTED

_END_S = 20.0  # an engine needs a while to end


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark with three questions, on a CPU with a tiny model; returns its exit code."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", "sot", "bench", "latency", "--backend", "torch:", "--random-llama"]
    command += ["7b" if _has_gpu() else "tiny", "--limit", "3", *arguments]
    with subprocess.Popen(command) as bench:
        try:
            return bench.wait()
        except KeyboardInterrupt:  # the terminal has told the benchmark too
            with suppress(subprocess.TimeoutExpired):
                bench.wait(_END_S)
            bench.kill()
            raise


def _has_gpu() -> bool:
    """Whether torch can use a GPU, be it NVIDIA's or AMD's; looked up without taking hold of it."""
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    try:
        import torch
    except ImportError:
        return False  # the benchmark says what is missing
    return torch.cuda.is_available()


if __name__ == "__main__":
    sys.exit(main())
