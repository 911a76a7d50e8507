"""Demonstrations in the prompts: for models that need them, and for large ones only after a failure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from scripted import Request, Script, ScriptedBackend, by_stage

from sot import SkeletonOfThought
from sot.errors import ConfigError
from sot.options import Options
from sot.types import BackendInfo

LARGE, SMALL, UNKNOWN = "Qwen3-8B", "Qwen3-0.6B", "my-model"
PROSE = "There is much to say about sleep, and no list of points is needed to say it well.\n"
DEMONSTRATED = "What makes a good breakfast?"


@dataclass
class NamedBackend(ScriptedBackend):
    """Scripted backend (a test double) with a model name, whose running requests share prefixes."""

    model: str = LARGE

    async def info(self) -> BackendInfo:
        return replace(await super().info(), model=self.model, caches_prefixes="running", parallel=8)


def backend(model: str, *, bad: int = 0) -> NamedBackend:
    """An engine whose first skeletons are prose."""
    good, written = by_stage("1. Fixed bedtime\n2. Dark room\n3. No screens\n"), 0

    def answer(request: Request) -> Script:
        nonlocal written
        if request.stage == "skeleton":
            written += 1
            if written <= bad:
                return Script(PROSE * 8)
        return good(request)

    return NamedBackend(answer, caches_prefixes=True, model=model)


async def shown(engine: NamedBackend, answers: int = 1, **settings: Any) -> list[bool]:
    """Whether the skeleton request of each answer had demonstrations; a point's request never has."""
    found: list[bool] = []
    async with SkeletonOfThought(engine, strategy="skeleton", opening=False, **settings) as sot:
        for _ in range(answers):
            before = len(engine.requests)
            await sot.answer("How can I sleep better?")
            for one in engine.requests[before:]:
                has = any(DEMONSTRATED in turn.content for turn in one.messages)
                if one.stage == "skeleton":
                    found.append(has)
                assert one.stage == "skeleton" or not has, "paid for again with every point"
    return found


@pytest.mark.parametrize(("model", "expected"), [(LARGE, False), (SMALL, True), (UNKNOWN, True)])
async def test_the_name_decides_at_first(model: str, expected: bool) -> None:
    assert await shown(backend(model)) == [expected]
    assert await shown(backend(model), demonstrations=True) == [True]
    assert await shown(backend(model), demonstrations=False) == [False]


async def test_a_large_model_whose_skeletons_cannot_be_used_gets_them() -> None:
    assert await shown(backend(LARGE, bad=2), 5) == [False, False, True, True, True]


async def test_one_skeleton_may_be_the_questions_fault() -> None:
    assert await shown(backend(LARGE, bad=1), 10) == [False] * 10


async def test_two_failures_far_apart_are_none() -> None:
    engine = backend(LARGE, bad=1)
    assert not any(await shown(engine, 9))
    engine.answer = backend(LARGE, bad=1).answer
    assert not any(await shown(engine, 3))


async def test_another_chance_without_them_comes_after_fifty_answers() -> None:
    found = await shown(backend(LARGE, bad=2), 55)
    assert found == [False, False, *[True] * 50, False, False, False]


async def test_a_skeleton_that_a_filter_or_the_limit_ended_says_nothing() -> None:
    for reason in ("content_filter", "length"):
        engine, good = backend(LARGE), by_stage("1. Fixed bedtime\n2. Dark room\n")

        def answer(request: Request, reason: Any = reason, good: Any = good) -> Script:
            cut = Script("I", finish_reason=reason)
            return cut if request.stage == "skeleton" else good(request)

        engine.answer = answer
        assert not any(await shown(engine, 4))


async def test_compact_prompts_show_none_and_are_not_counted() -> None:
    engine = backend(LARGE, bad=3)
    assert not any(await shown(engine, 3, style="compact"))
    assert await shown(engine) == [False]


async def test_a_failure_with_them_changes_nothing() -> None:
    assert await shown(backend(SMALL, bad=2), 3) == [True] * 3


async def test_the_papers_layout_has_them() -> None:
    engine = backend(LARGE)
    async with SkeletonOfThought(engine, strategy="skeleton", style="paper") as sot:
        await sot.answer("How can I sleep better?")
    (asked,) = [one for one in engine.requests if one.stage == "skeleton"]
    assert DEMONSTRATED in asked.last


async def test_an_answer_that_is_revised_keeps_its_beginning() -> None:
    """Also where it is revised after answers that had demonstrations would be counted."""
    engine = backend(LARGE)
    async with SkeletonOfThought(engine, strategy="skeleton", opening=False) as sot:
        answer = await sot.answer("How can I sleep better?")
        await sot.revise(answer, [*(point.title for point in answer.points), "A calm mind"])
    assert not any(DEMONSTRATED in turn.content for one in engine.requests for turn in one.messages)


@pytest.mark.parametrize("value", ["on", "yes", 1, None])
def test_a_setting_that_there_is_not(value: Any) -> None:
    with pytest.raises(ConfigError, match="demonstrations is"):
        Options(demonstrations=value)
