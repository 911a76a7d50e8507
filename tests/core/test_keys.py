"""Keys of an answer's requests: one for all of them, ranks by the points' order, owners of prefixes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest
from scripted import Request, Script, ScriptedBackend, by_stage

from sot import SkeletonOfThought
from sot.errors import ConfigError
from sot.keys import RequestKeys, forward_keywords, request_keys
from sot.types import BackendInfo

QUESTION = "How can I sleep better?"
SCRIPT = by_stage("1. Keep hours\n2. Less light\n3. A cool room\n")


@dataclass
class Separating(ScriptedBackend):
    """A scripted engine that says it keeps tenants apart."""

    async def info(self) -> BackendInfo:
        return replace(await super().info(), separates_tenants=True)


async def test_all_requests_of_an_answer_carry_one_key_that_no_other_answer_has():
    backend = ScriptedBackend(lambda one: Script("A") if one.stage == "route" else SCRIPT(one))
    async with SkeletonOfThought(backend, router="llm", opening=False) as sot:
        keys = []
        for number in range(3):
            backend.requests.clear()
            answer = await sot.answer(f"{QUESTION} ({number})", closing=True)
            assert len(answer.points) == 3
            stages = {request.stage for request in backend.requests}
            assert {"route", "skeleton", "point"} <= stages
            (key,) = {request.config.answer for request in backend.requests}
            keys.append(key)
    assert len(set(keys)) == 3
    assert all(key.isascii() and key.isprintable() and len(key) < 64 for key in keys)


async def test_answers_at_once_keep_their_keys_apart():
    backend = ScriptedBackend(SCRIPT)
    async with SkeletonOfThought(backend, strategy="skeleton") as sot:
        await asyncio.gather(*(sot.answer(f"{QUESTION} ({number})") for number in range(4)))
    keys = {request.config.answer for request in backend.requests if request.stage == "skeleton"}
    assert len(keys) == 4
    for request in backend.requests:
        skeleton = next(one for one in backend.requests if one.config.answer == request.config.answer)
        number = next(text for text in ("(0)", "(1)", "(2)", "(3)") if text in str(skeleton.messages))
        assert number in str(request.messages)


async def test_a_session_key_stands_for_the_random_one():
    backend = ScriptedBackend(SCRIPT)
    async with SkeletonOfThought(backend, strategy="skeleton") as sot:
        await sot.answer(QUESTION, session_key="chat-7")
        with request_keys(RequestKeys(answer="caller-1")):
            await sot.answer(QUESTION)
            await sot.answer(QUESTION, session_key="chat-8")
    keys = [request.config.answer for request in backend.requests]
    assert list(dict.fromkeys(keys)) == ["chat-7", "caller-1", "chat-8"]


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "clé", "x" * 257, 7])
def test_a_key_that_no_header_can_carry_is_refused(value: Any):
    for name in ("session_key", "tenant"):
        with pytest.raises(ConfigError, match=name):
            SkeletonOfThought(ScriptedBackend(SCRIPT), **{name: value})


async def test_points_are_ranked_by_their_order():
    backend = ScriptedBackend(SCRIPT)
    async with SkeletonOfThought(backend, strategy="skeleton", opening=False) as sot:
        await sot.answer(QUESTION, closing=True)
    ranks = {(one.stage, one.index): one.config.priority for one in backend.requests}
    assert ranks[("skeleton", 0)] == 0
    assert [ranks[("point", index)] for index in (1, 2, 3)] == [1, 2, 3]
    assert ranks.get(("closing", 0), 4) == 4


async def test_a_tenant_needs_an_engine_that_keeps_prefixes_apart():
    plain, separating = (
        ScriptedBackend(SCRIPT),
        Separating(lambda one: Script("A") if one.stage == "route" else SCRIPT(one)),
    )
    for strategy in ("auto", "skeleton", "normal"):
        async with SkeletonOfThought(plain, router="llm", strategy=strategy, tenant="a") as sot:
            with pytest.raises(ConfigError, match="tenant"):
                await sot.answer(QUESTION)
    assert not plain.requests, "not even the router may ask"
    async with SkeletonOfThought(separating, router="llm", opening=False) as sot:
        answer = await sot.answer(QUESTION, tenant="a")
        await sot.revise(answer, ["Keep hours", "Walk"], tenant="a")
    assert {request.config.tenant for request in separating.requests} == {"a"}
    async with SkeletonOfThought(plain, strategy="skeleton", opening=False) as sot:
        answer = await sot.answer(QUESTION)
        with pytest.raises(ConfigError, match="tenant"):
            await sot.revise(answer, ["Keep hours", "Walk"], tenant="a")


async def test_a_tenant_needs_it_of_the_stages_engines_too():
    def script(one: Request) -> Script:
        return Script("A") if one.stage == "route" else SCRIPT(one)

    every: tuple[dict[str, Any], ...] = ({}, {"route": "hedge"}, {"strategy": "skeleton"})
    for stage in ("route", "skeleton", "points"):
        for settings in every:
            if stage == "route" and "strategy" in settings:
                continue  # no router is asked
            plain, main = ScriptedBackend(script), Separating(script)
            router = "llm" if stage == "route" or settings else "hybrid"
            sot = SkeletonOfThought(main, stages={stage: plain}, router=router, opening=False, tenant="a")
            with pytest.raises(ConfigError, match="tenant"):
                await sot.answer(QUESTION, **settings)
            assert not plain.requests, (stage, settings)
            apart = Separating(script)
            sot = SkeletonOfThought(main, stages={stage: apart}, router=router, opening=False, tenant="a")
            answer = await sot.answer(QUESTION, **settings)
            assert {request.config.tenant for request in apart.requests} == {"a"}, (stage, settings)
            if stage == "points":
                sot = SkeletonOfThought(main, stages={stage: plain})
                with pytest.raises(ConfigError, match="tenant"):
                    await sot.revise(answer, ["Keep hours", "Walk"], tenant="a")
                assert not plain.requests
    with pytest.raises(ConfigError, match="tenant"):
        await SkeletonOfThought(ScriptedBackend(script), router="llm", tenant="a").route(QUESTION)


def test_a_backend_of_others_gets_the_keywords_that_its_forward_knows():
    def old(body: Any) -> None: ...
    def new(
        body: Any, *, adapter: str | None = None, answer: str = "", tenant: str | None = None
    ) -> None: ...
    def any_at_all(body: Any, **keys: Any) -> None: ...

    keys = RequestKeys("the-answer")
    assert forward_keywords(old, keys, None) == {}
    for forward in (new, any_at_all):
        assert forward_keywords(forward, keys, None) == {"answer": "the-answer"}
    every = {"answer": "the-answer", "tenant": "a", "adapter": "b"}
    assert forward_keywords(new, RequestKeys("the-answer", "a"), "b") == every
    with pytest.raises(TypeError):  # never sent without the owner of its prefixes
        old({}, **forward_keywords(old, RequestKeys("the-answer", "a"), None))
