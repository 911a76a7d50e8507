"""The setting ``adapter``: which requests of an answer name which adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from scripted import Script, ScriptedBackend, by_stage, made

from sot.errors import BackendConnectionError, ConfigError
from sot.options import Options
from sot.serialise import engine_json
from sot.types import BackendInfo

SKELETON = "1. Sleep early\n2. Drink water\n3. Walk daily\n"
QUESTION = "How can I live healthily?"


class Adapting(ScriptedBackend):
    """An engine that has the adapters a, b and c."""

    async def info(self) -> BackendInfo:
        return replace(await super().info(), adapters=("a", "b", "c"))


class Other(ScriptedBackend):
    """An engine that has the adapter d alone."""

    async def info(self) -> BackendInfo:
        return replace(await super().info(), adapters=("d",))


def engine(kind: type[ScriptedBackend] = Adapting) -> ScriptedBackend:
    normal = Script("Health is a matter of habits. ", "More of it. ", "And more.")
    return kind(by_stage(SKELETON, closing="Small habits add up over time.", normal=normal))


def named(backend: ScriptedBackend) -> dict[str, str | None]:
    """The adapter that the requests of each stage named."""
    found: dict[str, set[str | None]] = {}
    for request in backend.requests:
        found.setdefault(request.config.stage, set()).add(request.config.adapter)
    assert all(len(names) == 1 for names in found.values())
    return {stage: names.pop() for stage, names in found.items()}


@pytest.mark.parametrize(
    ("adapter", "skeleton", "points", "normal"),
    [
        (None, None, None, None),
        ("a", "a", "a", "a"),
        ("off", "off", "off", "off"),
        ({"skeleton": "a", "points": "b", "normal": "c"}, "a", "b", "c"),
        ({"points": "b"}, None, "b", None),
        ({}, None, None, None),
    ],
)
async def test_by_stage(
    adapter: str | Mapping[str, str] | None, skeleton: str | None, points: str | None, normal: str | None
) -> None:
    backend = engine()
    await made(backend, opening=True, max_parallel=8).answer(QUESTION, adapter=adapter)
    await made(backend, closing=True).answer(QUESTION, adapter=adapter)
    assert named(backend) == {"skeleton": skeleton, "point": points, "closing": points, "normal": normal}


async def test_other_strategies_and_the_router() -> None:
    adapter = {"skeleton": "a", "points": "b", "normal": "c", "route": "a"}
    for strategy in ("normal", "cot", "plan"):
        backend = engine()
        await made(backend, strategy=strategy, adapter=adapter).answer("What is 17 times 3?")
        assert named(backend) == {strategy: "c"}
    backend = engine()
    await made(backend, strategy="auto", router="llm", adapter=adapter).answer(QUESTION)
    assert named(backend)["route"] == "a"


async def test_a_revised_answer() -> None:
    backend = engine()
    sot = made(backend)
    first = await sot.answer(QUESTION)
    del backend.requests[:]
    await sot.revise(first, ["Sleep early", "Meet friends", "Walk daily"], adapter="b")
    assert named(backend) == {"point": "b"}
    with pytest.raises(ConfigError, match="no adapter 'd'"):
        await sot.revise(first, ["Sleep early", "Meet friends"], adapter="d")


async def test_an_unknown_adapter_is_an_error_before_any_request() -> None:
    backend = engine()
    for adapter in ("d", {"points": "d"}):
        with pytest.raises(ConfigError, match="the engine has no adapter 'd': it has a, b, c"):
            await made(backend).answer(QUESTION, adapter=adapter)
    assert backend.requests == []


async def test_so_is_one_that_the_engine_of_its_stage_does_not_have() -> None:
    for stage, adapter in (("skeleton", "a"), ("points", "a"), ("points", {"points": "a"})):
        other = engine(Other)
        sot = made(engine(), stages={stage: other})
        with pytest.raises(ConfigError, match="the engine has no adapter 'a': it has d"):
            await sot.answer(QUESTION, adapter=adapter)
        assert other.requests == []
    other = engine(Other)
    sot = made(engine(), stages={"route": other}, strategy="auto", router="llm", adapter={"route": "a"})
    with pytest.raises(ConfigError, match="the engine has no adapter 'a': it has d"):
        await sot.answer(QUESTION)
    assert other.requests == []


async def test_the_main_engine_gets_no_adapter_of_an_engine_that_failed() -> None:
    for kind in (Adapting, ScriptedBackend):  # one that tells its adapters, and one that does not
        main, other = engine(kind), Other(lambda request: Script(BackendConnectionError("gone")))
        sot = made(main, stages={"points": other}, opening=False)
        answer = await sot.answer(QUESTION, adapter={"points": "d", "normal": "c"})
        assert len(answer.points) == 3
        assert named(main) == {"skeleton": None, "point": None}


async def test_an_engine_that_does_not_tell_gets_any_name() -> None:
    backend = engine(ScriptedBackend)
    await made(backend, adapter="d").answer(QUESTION)
    assert set(named(backend).values()) == {"d"}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "adapter is ''; it must be the name of an adapter"),
        (7, "adapter is 7; it must be the name"),
        ("a\nb", "it must be the name"),
        ({"point": "a"}, "adapter has the stage 'point'; it must be one of skeleton, points, normal, route"),
        ({"points": None}, "adapter of points is None"),
    ],
)
def test_values_that_are_no_adapter(value: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Options(adapter=value)


async def test_the_engines_description_lists_them() -> None:
    assert engine_json(await engine().info())["adapters"] == ["a", "b", "c"]
    assert engine_json(await engine(ScriptedBackend).info())["adapters"] is None
