"""What an import pulls in, and who may import whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "transformers",
    "vllm",
    "httpx",
    "jinja2",
    "rich",
    "typer",
    "matplotlib",
    "numpy",
    "prompt_toolkit",
    "opentelemetry",
)
# Which of our packages a folder's files may import (docs/architecture.md).
ALLOWED = {
    "prompts": set[str](),
    "sot": {"sot", "sot.prompts"},
    "backends": {"sot.types", "sot.errors", "sot.load.profile", "sot.text", "sot.backends"},
    "evals": {"sot", "sot.prompts", "sot.backends", "sot.evals"},
}
# Which rooms of `sot` a room may import: wings are folders, the rest are files at the root.
_CORE = {"errors", "events", "options", "types"}
ROOMS = {
    "types": set[str](),
    "errors": set[str](),
    "sync": {"errors"},
    "events": {"types"},
    "terminal": {"api", "errors", "options", "prompting", "registry", "router", "types"},
    "text": {"types"},
    "skeleton": {"errors", "text", "types"},
    "speed": set[str](),
    "structure": {"errors", "skeleton", "text", "types"},
    "admission": {"errors", "speed"},
    "registry": {"errors", "types"},
    "serialise": {"events", "price", "types"},
    "event_reader": {"errors", "events", "price", "serialise", "types"},
    "options": {"errors", "strategies"},  # the registry of strategies, which imports none of them
    "prompting": {"errors", "types"},
    "completion": {"admission", "errors", "text", "tracing", "types"},
    "tracing": {"errors", "terminal", "types"},
    "strategies": {"admission", "completion", "prompting", "skeleton", "structure", "text", *_CORE},
    "router": {"admission", "completion", "errors", "options", "prompting", "structure", "types"},
    "load": {"admission", "errors", "router", "speed", "types"},
    "price": {"errors", "load", "options", "prompting", "strategies", "types"},
    "orchestrator": {"admission", "price", "prompting", "router", "speed", "strategies", "tracing", *_CORE},
    "revision": {"orchestrator", "prompting", "router", "session", "strategies", "text", "tracing", *_CORE},
    "session": {"events", "options", "orchestrator", "revision", "tracing", "types"},
    "api": {
        "admission",
        "load",
        "orchestrator",
        "price",
        "prompting",
        "registry",
        "revision",
        "router",
        "session",
        "speed",
        "sync",
        *_CORE,
    },
    "server": {
        *(
            "admission",
            "api",
            "revision",
            "serialise",
            "session",
            "speed",
            "strategies",
            "terminal",
            "text",
            "tracing",
            "__version__",
        ),
        *_CORE,
    },
    "command": {"api", "price", "prompting", "registry", "router", "speed", "terminal", *_CORE},
    "cli": {
        *(
            "api",
            "command",
            "event_reader",
            "price",
            "prompting",
            "registry",
            "revision",
            "router",
            "serialise",
            "server",
            "speed",
            "strategies",
            "terminal",
            "tracing",
            "__version__",
        ),
        *_CORE,
    },
    "__init__": {"api", "errors", "options", "session", "types"},
    "__main__": {"cli"},
}
_SHOWN = {"report.format", "report.table"}
# Which packages of `evals` a package, or a file at its root, may import.
EVALS = {
    "stats": set[str](),
    "dataset": set[str](),
    "score": {"dataset"},
    "engines": {"stats"},
    "run": {"dataset", "engines", *_SHOWN, "score", "stats"},
    "measure": {"dataset", "engines", "run", "stats"},
    "analysis": {"engines", "measure", "run", "score", "stats"},
    "calibrate": {"measure", "run", "stats"},
    "judge": {"analysis", "dataset", *_SHOWN, "run", "score", "stats"},
    "report": {"analysis", "dataset", "engines", "judge", "measure", "run", "score", "stats"},
    "bench": {"analysis", "calibrate", "dataset", "engines", "measure", "report", "run", "stats"},
    "simulate": {"analysis", "bench", "calibrate", "measure", "report", "run", "stats"},
    "cli": {"bench", "judge", "report", "run", "simulate"},
    "adapter": {"run"},
    "gpu_check": {"bench"},
    "__init__": set[str](),
}


def test_import_sot_is_light() -> None:
    code = (
        f"import sys, sot; print([name for name in {HEAVY!r} if name in sys.modules],"
        "[name for name in sys.modules if name.startswith(('sot.backends', 'sot.evals', 'sot.cli'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=180
    )
    assert done.stdout.strip() == "[] []"


def test_a_benchmark_of_a_server_needs_no_torch() -> None:
    """Also the engine in process sets torch's threads up before its first import."""
    modules = ", ".join(f"sot.evals.{name}" for name in ("bench.latency", "bench.load", "report.eval"))
    code = f"import sys; sys.modules['torch'] = None; import {modules}"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
