"""GPU check, ``python -m sot.evals.gpu_check``: ``sot bench latency --random-llama``, without a download."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark with three questions, on a CPU with a tiny model; returns its exit code."""
    shape = "7b" if shutil.which("nvidia-smi") else "tiny"
    command = [
        sys.executable,
        "-m",
        "sot",
        "bench",
        "latency",
        "--backend",
        "torch:",
        "--random-llama",
        shape,
    ]
    return subprocess.call([*command, "--limit", "3", *(sys.argv[1:] if arguments is None else arguments)])


if __name__ == "__main__":
    sys.exit(main())
