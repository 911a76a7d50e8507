"""What an import pulls in, and who may import whom."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import sot

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
    "admission": {"errors"},
    "registry": {"errors", "types"},
    "serialise": {"events", "types"},
    "options": {"errors", "strategies"},  # the registry of strategies, which imports none of them
    "prompting": {"errors", "types"},
    "completion": {"admission", "errors", "text", "types"},
    "strategies": {"admission", "completion", "prompting", "skeleton", "text", *_CORE},
    "router": {"admission", "completion", "errors", "options", "prompting", "types"},
    "load": {"admission", "errors", "router", "types"},
    "orchestrator": {"admission", "prompting", "router", "strategies", *_CORE},
    "revision": {"orchestrator", "prompting", "router", "session", "strategies", "text", *_CORE},
    "session": {"events", "options", "orchestrator", "revision", "types"},
    "api": {
        "admission",
        "load",
        "orchestrator",
        "prompting",
        "registry",
        "revision",
        "router",
        "session",
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
            "strategies",
            "terminal",
            "text",
            "__version__",
        ),
        *_CORE,
    },
    "command": {"api", "prompting", "registry", "router", "terminal", *_CORE},
    "cli": {
        *(
            "api",
            "command",
            "prompting",
            "registry",
            "revision",
            "router",
            "serialise",
            "server",
            "strategies",
            "terminal",
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


@pytest.mark.parametrize("module", ["sot", "sot.router", "sot.strategies", "sot.skeleton"])
def test_every_public_name_exists(module: str) -> None:
    loaded = importlib.import_module(module)
    assert len(loaded.__all__) == len(set(loaded.__all__))
    for name in loaded.__all__:
        assert getattr(loaded, name).__doc__


def test_what_is_public_in_sot_is_listed() -> None:
    """Nothing else that a class or function of ours is called can be taken from ``sot`` by accident."""
    names = {
        name
        for name, value in vars(sot).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("sot.")
    }
    assert names == set(vars(sot)["__all__"])


def files() -> list[Path]:
    return [path for room in ALLOWED for path in sorted((ROOT / room).rglob("*.py"))]


def test_who_imports_whom() -> None:
    assert [wrong for path in files() for wrong in wrong_imports(path)] == []


def wrong_imports(path: Path) -> Iterator[str]:
    """Yield what a file imports from where its room may import nothing."""
    where = path.relative_to(ROOT)
    folder, room = where.with_suffix("").parts[:2]
    for module, _ in imports_of(path):
        if folder == "sot" and not module.startswith("sot.prompts"):
            target = module.split(".")[1] if "." in module else "sot"
            if target not in {room, *ROOMS[room]}:
                yield f"{where} imports {module}"
        elif folder != "sot":
            if not any(under(module, allowed) for allowed in ALLOWED[folder]):
                yield f"{where} imports {module}"
            if under(module, "sot.cli") and room != "cli":
                yield f"{where} imports {module}: only evals/cli does"
            if under(module, "sot.evals"):
                known = {f"sot.evals.{name}" for name in (room, *EVALS[room])}
                if not any(under(module, name) for name in known):
                    yield f"{where} imports {module}"


def test_no_files_import_each_other_in_a_circle() -> None:
    modules = {module_of(path): path for path in files()}
    graph = {
        module: {target for target, _ in imports_of(path) if target in modules and target != module}
        for module, path in modules.items()
    }
    list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


def test_the_roots_stay_small() -> None:
    roots = {folder: sum(1 for path in (ROOT / folder).iterdir() if path.is_file()) for folder in ALLOWED}
    assert roots["sot"] <= 16
    assert roots["backends"] <= 4


def module_of(path: Path) -> str:
    """The name by which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    named = ("sot", *parts) if parts[0] != "sot" else parts
    return ".".join(named[:-1] if named[-1] == "__init__" else named)


def under(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(f"{allowed}.")


def imports_of(path: Path) -> list[tuple[str, bool]]:
    """Our modules that a file imports, and whether it does so inside a function."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    package = (("sot",) if parts[0] != "sot" else ()) + parts[:-1]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    found: list[tuple[str, bool]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = ".".join((*package[: len(package) - node.level + 1], *filter(None, [node.module])))
            # `from . import name` may mean a module or a name; either way this is where it comes from
            modules = [base] if node.module else [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        found += [(module, id(node) in lazy) for module in modules if under(module, "sot")]
    return found


def test_the_check_sees_imports_in_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / "backends" / "deep" / "x.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        "import os, sot.api\nfrom sot import cli\nfrom . import y\nfrom ..z import a\n"
        "def f():\n    from ...orchestrator import b\n"
    )
    assert imports_of(file) == [
        ("sot.api", False),
        ("sot", False),
        ("sot.backends.deep.y", False),
        ("sot.backends.z", False),
        ("sot.orchestrator", True),
    ]


def test_the_http_engine_is_built_from_the_inside_out() -> None:
    """wire <- transport <- discovery, and all else above them."""
    folder = ROOT / "backends" / "openai_compatible"
    inside = {"wire": set[str](), "transport": {"wire"}, "discovery": {"wire", "transport"}}
    for room, allowed in inside.items():
        for path in sorted((folder / room).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.level == 2:
                    assert (node.module or "").partition(".")[0] in allowed, path
                assert not (isinstance(node, ast.ImportFrom) and node.level > 2), path


@pytest.mark.parametrize(
    "module", ["sot.evals.bench.latency", "sot.evals.bench.load", "sot.evals.report.eval"]
)
def test_a_benchmark_of_a_server_needs_no_torch(module: str) -> None:
    """Also the engine in process sets torch's threads up before its first import."""
    code = f"import sys; sys.modules['torch'] = None; import {module}"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
