"""What a measurement ran on, in one line: figures without it say nothing."""

from __future__ import annotations

import os
import platform
import subprocess
from collections import Counter
from contextlib import suppress
from pathlib import Path


def describe_machine() -> str:
    """Processor, cores and memory, and the GPUs where ``nvidia-smi`` lists any."""
    parts = [_processor(), f"{_cores()} cores"]
    with suppress(OSError, ValueError):
        parts.append(f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB")
    parts += _gpus() or ["no GPU"]
    return ", ".join(parts)


def describe_busy() -> str:
    """How busy the machine is, where the system tells."""
    try:
        return f"load average {os.getloadavg()[0]:.1f}"
    except (OSError, AttributeError):
        return ""


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def _gpus() -> list[str]:
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    names = Counter(line.strip() for line in listed.splitlines() if line.strip())
    return [f"{count} x {name}" if count > 1 else name for name, count in names.items()]
