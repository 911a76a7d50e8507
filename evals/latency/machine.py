"""What a measurement ran on, in one line: figures without it say nothing."""

from __future__ import annotations

import os
import subprocess
from collections import Counter

from sot.backends.torch_engine.cores import available_cores

from ..machine import memory_gib, processor


def describe_machine() -> str:
    """Processor, cores and memory, and the GPUs where ``nvidia-smi`` lists any."""
    parts = [processor(), f"{available_cores()} cores"]
    if (memory := memory_gib()) is not None:
        parts.append(f"{memory:.0f} GiB")
    parts += _gpus() or ["no GPU"]
    return ", ".join(parts)


def describe_busy() -> str:
    """How busy the machine is, where the system tells."""
    try:
        return f"load average {os.getloadavg()[0]:.1f}"
    except (OSError, AttributeError):
        return ""


def _gpus() -> list[str]:
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    names = Counter(line.strip() for line in listed.splitlines() if line.strip())
    return [f"{count} x {name}" if count > 1 else name for name, count in names.items()]
