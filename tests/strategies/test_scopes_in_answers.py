"""Answers whose skeleton says what each point covers and needs: what is asked, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from scripted import Answerable, Script, ScriptedBackend, by_stage, made

from sot.errors import BackendConnectionError
from sot.events import Event, PointFound
from sot.types import Message

QUESTION = "How can I sleep better?"
SCOPED = (
    "1. A fixed bedtime | weekdays and weekends alike\n"
    "2. Less coffee | what to drink, and until when\n"
    "3. A weekly plan | one table of both (needs 1, 2)\n"
)
ASKS = "what this point alone covers"
COMPACT_ASKS = "what it alone covers"


def engine(
    skeleton: Answerable = SCOPED, points: Mapping[int, Any] | None = None, *, aligned: bool = True
) -> ScriptedBackend:
    return ScriptedBackend(
        by_stage(skeleton, points), can_prefill=aligned, caches_prefixes=aligned, model="Qwen3-8B"
    )


def order(backend: ScriptedBackend) -> list[int]:
    return [request.index for request in backend.requests if request.stage == "point"]


async def test_a_point_is_written_after_those_it_needs_and_reads_their_texts() -> None:
    gate = asyncio.Event()
    backend = engine(points={1: Script("Bed at ten.", gate)})
    task = asyncio.create_task(made(backend, opening=False, demonstrations=True).answer(QUESTION))
    await backend.until_started(1, 2)
    await backend.until(lambda: backend.point(2).state == "finished")
    assert order(backend) == [1, 2]
    gate.set()
    answer = await task
    assert order(backend) == [1, 2, 3]
    last = backend.point(3)
    assert [turn.content for turn in last.messages[-5:]] == [
        backend.point(1).last,
        "1. **A fixed bedtime**: Bed at ten.",
        backend.point(2).last,
        "2. **Less coffee**: Text of point 2.",
        last.last,
    ]
    assert "Build on points 1 and 2 above" in last.last
    assert [point.title for point in answer.skeleton.points] == [
        "A fixed bedtime",
        "Less coffee",
        "A weekly plan",
    ]
    assert "|" not in answer.text
    assert "needs" not in answer.text


async def test_each_point_is_told_its_scope() -> None:
    backend = engine()
    await made(backend, opening=False).answer(QUESTION)
    assert ASKS in backend.of("skeleton").last
    assert "It covers this alone: what to drink, and until when." in backend.point(2).last
    assert "until when" not in backend.point(1).last


async def test_all_points_share_the_prefix_up_to_the_skeleton() -> None:
    backend = engine()
    await made(backend, opening=False, pipeline=False, demonstrations=True).answer(QUESTION)
    shared = backend.point(1).messages[:-1]
    assert shared[-1].role == "assistant"
    assert shared[-1].content.endswith(SCOPED.rstrip())
    for index in (2, 3):
        assert backend.point(index).messages[: len(shared)] == shared
    assert shared[:-1] == (Message("user", QUESTION),)


async def test_without_a_prefix_cache_the_needed_texts_stand_in_the_last_turn() -> None:
    backend = engine(aligned=False)
    await made(backend, opening=False).answer(QUESTION)
    assert COMPACT_ASKS in backend.of("skeleton").last
    asked = backend.point(3).last
    assert "1. **A fixed bedtime**: Text of point 1.\n\n2. **Less coffee**: Text of point 2." in asked
    assert "Already written" not in backend.point(2).last


@pytest.mark.parametrize("parallel", [1, 2, 16])
@pytest.mark.parametrize("pipeline", [True, False])
async def test_no_permit_is_held_while_a_point_waits(parallel: int, pipeline: bool) -> None:
    skeleton = "1. A | a\n2. Bed | b (needs 1)\n3. Cold | c (needs 2)\n4. Day | d (needs 1, 3)\n5. Eat | e\n"
    backend = engine(skeleton)
    answer = await made(backend, opening=False, max_parallel=parallel, pipeline=pipeline).answer(QUESTION)
    assert len(answer.points) == 5
    assert answer.complete
    assert backend.peak <= parallel
    at = order(backend).index
    assert at(1) < at(2) < at(3) < at(4)


async def test_numbers_that_make_no_sense_are_ignored() -> None:
    backend = engine(
        "1. Air | a (needs 2)\n2. Bed | b (needs 2)\n3. Cold | c (needs 9)\n4. Day | d (needs 5)\n"
    )
    answer = await made(backend, opening=False).answer(QUESTION)
    assert answer.complete
    assert [point.depends_on for point in answer.skeleton.points] == [(), (), (), ()]


async def test_a_point_that_is_missing_is_not_waited_for() -> None:
    backend = engine(points={1: ["", ""]})
    answer = await made(backend, opening=False, demonstrations=True).answer(QUESTION)
    assert answer.points[0].status == "missing"
    assert answer.points[2].status == "done"
    assert [turn.content for turn in backend.point(3).messages[-3:-1]] == [
        backend.point(2).last,
        "2. **Less coffee**: Text of point 2.",
    ]


async def test_the_repair_of_a_point_has_the_needed_texts_too() -> None:
    backend = engine(points={3: ["", "A table."]})
    answer = await made(backend, opening=False).answer(QUESTION)
    assert answer.points[2].status == "repaired"
    assert "Text of point 1." in backend.point(3, attempt=2).last


async def test_points_in_the_events_have_what_they_cover_and_need() -> None:
    events: list[Event] = [event async for event in made(engine(), opening=False).stream(QUESTION)]
    points = [event.point for event in events if isinstance(event, PointFound)]
    assert [point.depends_on for point in points] == [(), (), (1, 2)]
    assert points[0].covers == "weekdays and weekends alike"


async def test_scopes_off_are_neither_asked_for_nor_heeded() -> None:
    gate = asyncio.Event()
    backend = engine(points={1: Script(gate, "Bed at ten.")})
    task = asyncio.create_task(made(backend, opening=False, scopes="off").answer(QUESTION))
    await backend.until_started(1, 2, 3)
    gate.set()
    answer = await task
    assert ASKS not in backend.of("skeleton").last
    assert "covers" not in backend.point(1).last
    assert [point.depends_on for point in answer.skeleton.points] == [(), (), ()]


async def test_a_model_that_does_not_keep_the_form_is_asked_plainly_in_the_end() -> None:
    backend = engine("1. A fixed bedtime\n2. Less coffee\n")
    sot = made(backend, opening=False)
    asked: list[bool] = []
    for _ in range(4):
        backend.requests.clear()
        answer = await sot.answer(QUESTION)
        assert answer.fell_back is None
        asked.append(ASKS in backend.of("skeleton").last)
    assert asked == [True, True, False, False]


async def test_a_model_that_keeps_the_form_is_asked_on() -> None:
    backend = engine()
    backend.model = "some-adapter"
    sot = made(backend, opening=False)
    asked: list[bool] = []
    for scopes in ("auto", "on", "on", "auto", "auto"):
        backend.requests.clear()
        await sot.answer(QUESTION, scopes=scopes)
        asked.append(ASKS in backend.of("skeleton").last)
    assert asked == [False, True, True, True, True]


async def test_a_skeleton_request_that_broke_off_says_nothing_of_the_form() -> None:
    backend = engine(Script("1. A fixed bedtime\n2. Less coffee\n3.", BackendConnectionError("gone")))
    sot = made(backend, opening=False)
    for _ in range(4):
        backend.requests.clear()
        answer = await sot.answer(QUESTION)
        assert len(answer.points) == 2
        assert ASKS in backend.of("skeleton").last


async def test_a_cancelled_answer_leaves_no_point_waiting() -> None:
    gate = asyncio.Event()
    backend = engine(points={1: Script("Bed", gate)})
    before = asyncio.all_tasks()
    task = asyncio.create_task(made(backend, opening=False).answer(QUESTION))
    await backend.until_started(1, 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before
    assert order(backend) == [1, 2]
    assert not backend.in_flight
