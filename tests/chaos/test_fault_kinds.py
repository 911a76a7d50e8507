"""Every kind of fault by itself, at each stage of an answer: nothing is lost, and nothing untrue is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from sot import SkeletonOfThought
from sot.backends.openai_compatible.transport.retry import RetryPolicy

from .asking import Asked, ask
from .chaos_engine import ChaosEngine
from .checker import check_answer, check_text
from .fault_plan import KINDS, AnswerPlan
from .marked_text import question_of

SKELETON: dict[str, Any] = {"strategy": "skeleton", "opening": False, "max_points": 3}
WITH_OPENING: dict[str, Any] = {**SKELETON, "opening": True}


@pytest.fixture(scope="module")
def engine() -> Iterator[ChaosEngine]:
    with ChaosEngine() as engine:
        yield engine


@pytest.fixture
async def sot(engine: ChaosEngine) -> AsyncIterator[SkeletonOfThought]:
    backend = {
        "api_key": "",
        "retry": RetryPolicy(max_retries=1, base=0.0, cap=0.0, longest_retry_after=0.5),
        "engine_can": {"continues_turn": True, "caches_prefixes": "running"},
    }
    async with SkeletonOfThought(engine.url, model="chaos-kinds", backend_settings=backend) as made:
        yield made


async def outcome(
    sot: SkeletonOfThought, engine: ChaosEngine, plan: AnswerPlan, settings: dict[str, Any]
) -> tuple[str, list[str]]:
    """Have one answer made; returns how it ended, and what is wrong with it."""
    number = plan.answer
    engine.plans[number] = plan
    result = await ask(sot, Asked(question_of(number), settings), patience=60)
    records = list(engine.records(number))
    engine.forget(number)
    if result.answer is not None:
        wrong = check_answer(result.text, result.answer, number, records)
        return ("whole" if result.answer.complete else "incomplete"), wrong
    wrong = check_text(result.text, number, records)
    if result.ended != "failed":
        wrong.append(f"{result.ended}: {result.error!r}")
    return result.ended, wrong


@pytest.mark.parametrize(
    ("stage", "settings", "again"),
    [
        ("skeleton", WITH_OPENING, False),
        ("skeleton", SKELETON, True),
        ("point", SKELETON, False),
        ("point", SKELETON, True),
        ("normal", WITH_OPENING, False),
        ("normal", {"strategy": "normal"}, True),
    ],
    ids=["skeleton", "skeletons", "point", "points", "opening", "normal"],
)
async def test_every_kind(
    engine: ChaosEngine, sot: SkeletonOfThought, stage: str, settings: dict[str, Any], again: bool
) -> None:
    """Each kind hits the first request of the stage, or all of them."""
    plans = {
        name: AnswerPlan(1, number, forced=(stage, name), once=not again, greedy=number % 2 > 0)
        for number, name in enumerate(KINDS, 1)
    }
    ended = await asyncio.gather(*(outcome(sot, engine, plan, settings) for plan in plans.values()))
    found = {name: wrong for name, (_, wrong) in zip(plans, ended, strict=True) if wrong}
    assert found == {}


async def test_a_point_that_broke_once_is_repaired(engine: ChaosEngine, sot: SkeletonOfThought) -> None:
    broken = [name for name in KINDS if name.endswith(("_mid_stream", "_mid_chunk")) and "filter" not in name]
    assert len(broken) > 6
    plans = [AnswerPlan(2, 5000 + n, forced=("point", name)) for n, name in enumerate(broken)]
    ended = await asyncio.gather(*(outcome(sot, engine, plan, SKELETON) for plan in plans))
    assert [(name, how) for name, (how, _) in zip(broken, ended, strict=True) if how != "whole"] == []
