"""Every request says which stage of the answer it belongs to, and nothing of it reaches a server."""

from __future__ import annotations

from typing import Any

import pytest
from scripted import Script, ScriptedBackend, by_stage, made

from sot.backends.openai_compatible.wire.request import request_body
from sot.types import GenerateConfig, Message

SKELETON = "1. Sleep early\n2. Drink water\n3. Walk daily\n4. Eat well\n"


def engine(skeleton: Script | str = SKELETON, **scripts: Any) -> ScriptedBackend:
    return ScriptedBackend(by_stage(skeleton, closing="Small habits add up over time.", **scripts))


def said(backend: ScriptedBackend) -> set[str]:
    """The stages that requests named, each of which is the one that its prompt shows."""
    for request in backend.requests:
        assert request.config.stage == request.stage, request.last
    return {request.config.stage for request in backend.requests}


@pytest.mark.parametrize("thinking", ["auto", "off", "on"])
async def test_an_answer_by_a_skeleton(thinking: str) -> None:
    backend = engine()
    await made(backend, closing=True, thinking=thinking).answer("How can I live healthily?")
    assert said(backend) == {"skeleton", "point", "closing"}


async def test_the_opening_is_normal_decoding() -> None:
    backend = engine(normal=Script("Health is a matter of habits. ", "More of it. ", "And more."))
    await made(backend, opening=True, max_parallel=8).answer("How can I live healthily?")
    assert said(backend) == {"normal", "skeleton", "point"}


async def test_a_repaired_point_is_a_point() -> None:
    backend = engine(points={2: ["", "Water keeps you awake."]})
    await made(backend).answer("How can I live healthily?")
    assert backend.point(2, attempt=2).config.stage == "point"
    assert said(backend) == {"skeleton", "point"}


async def test_a_fallback_is_normal_decoding() -> None:
    backend = engine("I cannot help with that.")
    answer = await made(backend).answer("How can I live healthily?")
    assert answer.fell_back
    assert said(backend) == {"skeleton", "normal"}


async def test_a_revised_answer_writes_points() -> None:
    backend = engine()
    sot = made(backend)
    first = await sot.answer("How can I live healthily?")
    await sot.revise(first, ["Sleep early", "Meet friends", "Walk daily"])
    assert said(backend) == {"skeleton", "point"}


@pytest.mark.parametrize("strategy", ["normal", "cot", "plan"])
async def test_a_single_request(strategy: str) -> None:
    backend = engine()
    await made(backend, strategy=strategy).answer("What is 17 times 3?")
    assert said(backend) == {strategy}


async def test_the_question_of_the_llm_router() -> None:
    backend = engine()
    await made(backend, strategy="auto", router="llm").answer("How can I live healthily?")
    assert "route" in said(backend)


@pytest.mark.parametrize("name", [None, "vllm", "llamacpp", "openai"])
def test_a_server_is_not_told(name: str | None) -> None:
    bodies = [
        request_body([Message("user", "Hi")], config, model="m", engine=name).fields
        for config in (GenerateConfig(max_tokens=9), GenerateConfig(max_tokens=9, stage="skeleton"))
    ]
    assert bodies[0] == bodies[1]
