"""Ends of points: what the writer takes from the engine, and when it asks a second time."""

from __future__ import annotations

import asyncio

import pytest
from scripted import Answerable, Script, ScriptedBackend, by_stage, made

from sot.errors import PrefillRefusedError
from sot.types import Answer

QUESTION = "How can I bake bread?"
TITLES = ("Mix the dough", "Let it rise", "Bake it hot")
SAID = "Warm water wakes the yeast within a quarter of an hour."


def engine_with(points: dict[int, Answerable | list[Answerable]], *, can_prefill: bool) -> ScriptedBackend:
    lines = "\n".join(f"{number}. {title}" for number, title in enumerate(TITLES, 1))
    skeleton = f"{lines.removeprefix('1.')}\n" if can_prefill else f"{lines}\n"
    return ScriptedBackend(by_stage(skeleton, points), can_prefill=can_prefill)


async def answer_of(engine: ScriptedBackend) -> Answer:
    return await made(engine, opening=False, pipeline=False).answer(QUESTION)


@pytest.mark.parametrize("can_prefill", [True, False])
async def test_a_numbered_step_within_a_point_does_not_end_it(can_prefill: bool) -> None:
    steps = "Do this:\n\n1. Fold the dough.\n2. Turn the bowl.\n3. Cover it with a cloth."
    engine = engine_with({2: steps}, can_prefill=can_prefill)
    answer = await answer_of(engine)
    assert answer.points[1].text == steps
    assert engine.point(2).config.stop == ()


@pytest.mark.parametrize("can_prefill", [True, False])
async def test_a_model_that_runs_on_into_the_next_point_is_left(can_prefill: bool) -> None:
    never = asyncio.Event()
    engine = engine_with(
        {2: Script("It takes an hour.\n\n", "3. **Bake it hot**: At", " 250 degrees.", never)},
        can_prefill=can_prefill,
    )
    answer = await answer_of(engine)
    assert answer.points[1].text == "It takes an hour."
    assert engine.point(2).state == "closed"
    assert (answer.finish_reason, answer.complete) == ("stop", True)


async def test_what_the_point_itself_said_ends_it() -> None:
    never = asyncio.Event()
    engine = engine_with({2: Script(f"{SAID} ", f"{SAID} ", f"{SAID} ", never)}, can_prefill=False)
    answer = await answer_of(engine)
    assert answer.points[1].text == SAID
    assert answer.points[1].status == "done"
    assert answer.complete


async def test_a_point_of_nothing_but_what_another_said_is_written_once_more() -> None:
    gate = asyncio.Event()
    points: dict[int, Answerable | list[Answerable]] = {
        1: Script(f"{SAID} Then", gate, " knead."),
        2: [Script(SAID, " Then."), "An hour is enough."],
    }
    engine = engine_with(points, can_prefill=False)
    work = asyncio.create_task(answer_of(engine))
    await engine.until(lambda: engine.in_flight == 1)
    gate.set()
    answer = await work
    assert [point.status for point in answer.points] == ["done", "repaired", "done"]
    assert answer.points[1].text == "An hour is enough."
    assert answer.text.count(SAID) == 1


async def test_an_engine_that_cannot_go_on_after_all_ends_points_like_one_that_never_could() -> None:
    text = "It rises.\n\nThen it rests for a while on the table."
    points: dict[int, Answerable | list[Answerable]] = {2: [PrefillRefusedError("refused"), text]}
    answer = await answer_of(engine_with(points, can_prefill=True))
    assert answer.points[1].text == text
