"""Text that comes out once a skeleton's next line has begun, and what follows if that line never ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scripted import Script, ScriptedBackend, Step, by_stage, made

from sot.errors import BackendConnectionError, ConfigError, ServerError
from sot.events import Event, FellBack, Finished, PointFinished, TextDelta
from sot.types import Answer, FinishReason

QUESTION = "How can I live well?"
FIRST = "1. **Sleep early**: Text of point 1."


def texts(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def shown_before(*skeleton: Step, points: int = 1, **settings: Any) -> str:
    """The text that the reader has once points are written while the rest of a skeleton is held back."""
    gate, reached = asyncio.Event(), asyncio.Event()
    engine = ScriptedBackend(by_stage(Script(*skeleton, gate, " and more\n4. Rest\n")))
    events: list[Event] = []

    async def read() -> None:
        async for event in made(engine).stream(QUESTION, **settings):
            events.append(event)
            if sum(isinstance(seen, PointFinished) for seen in events) == points:
                reached.set()

    reading = asyncio.create_task(read())
    await reached.wait()
    for _ in range(20):  # what is to come out by then has its turn
        await asyncio.sleep(0)
    shown = texts(events)
    gate.set()
    await reading
    return shown


async def test_the_first_point_is_shown_once_the_second_line_has_begun() -> None:
    assert await shown_before("1. Sleep early\n", "2", ".", " Eat") == FIRST


@pytest.mark.parametrize(
    "begun",
    ["2", "2.", "2. ", "2.5 litres of water", "3. Eat", "- Eat", "   2. Eat", "Two: eat"],
)
async def test_what_may_be_something_else_shows_nothing_yet(begun: str) -> None:
    assert await shown_before("1. Sleep early\n", begun) == ""


async def test_the_least_number_of_points_moves_that() -> None:
    assert await shown_before("1. Sleep early\n2. Eat", " well\n3", min_points=3, points=2) == ""
    shown = await shown_before("1. Sleep early\n2. Eat", " well\n3. Mo", min_points=3, points=2)
    assert shown.startswith(FIRST)


async def answer_of(engine: ScriptedBackend, **settings: Any) -> tuple[Answer, list[Event]]:
    events = [event async for event in made(engine, **settings).stream(QUESTION)]
    last = events[-1]
    assert isinstance(last, Finished)
    return last.answer, events


@pytest.mark.parametrize("can_prefill", [True, False])
async def test_a_skeleton_that_breaks_off_in_its_second_line_is_followed_by_normal_decoding(
    can_prefill: bool,
) -> None:
    skeleton = Script("1. Sleep early\n2. Eat", BackendConnectionError("gone"))
    engine = ScriptedBackend(by_stage(skeleton, normal="Eat well."), can_prefill=can_prefill)
    answer, events = await answer_of(engine)
    assert answer.fell_back == "the skeleton request failed: gone"
    assert answer.text == texts(events)
    assert FIRST in answer.text
    assert answer.text.endswith("Eat well.")
    assert answer.complete
    assert sum(isinstance(event, FellBack) for event in events) == 1


async def test_a_second_line_that_repeats_the_first_is_no_point() -> None:
    engine = ScriptedBackend(by_stage("1. Sleep early\n2. Sleep early\n", normal="Eat well."))
    answer, _ = await answer_of(engine)
    assert answer.fell_back == "the skeleton has 1 point, fewer than 2"
    assert answer.text == f"{FIRST}\n\nEat well."


async def test_a_second_line_at_the_end_of_the_skeleton_is_a_point() -> None:
    answer, _ = await answer_of(ScriptedBackend(by_stage("1. Sleep early\n2. Eat")))
    assert answer.fell_back is None
    assert [point.title for point in answer.points] == ["Sleep early", "Eat"]


SINGLE = "1. Sleep early\n2. Sleep early\n"  # its second line repeats the first


@pytest.mark.parametrize("can_prefill", [True, False])
async def test_points_that_were_shown_are_in_the_answer_with_the_normal_text_behind_them(
    can_prefill: bool,
) -> None:
    engine = ScriptedBackend(by_stage(SINGLE, normal="Eat well."), can_prefill=can_prefill)
    answer, events = await answer_of(engine)
    assert answer.fell_back == "the skeleton has 1 point, fewer than 2"
    shown = [event.point for event in events if isinstance(event, PointFinished)]
    assert [point.title for point in shown] == ["Sleep early"]
    assert list(answer.points) == shown
    assert [point.title for point in answer.skeleton.points] == ["Sleep early"]
    assert (answer.finish_reason, answer.complete) == ("stop", True)
    assert answer.usage.requests == sum(request.stage != "route" for request in engine.requests)


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_what_cuts_the_normal_text_behind_points_cuts_the_answer(reason: FinishReason) -> None:
    engine = ScriptedBackend(by_stage(SINGLE, normal=Script("Eat", finish_reason=reason)))
    answer, _ = await answer_of(engine)
    assert answer.points
    assert (answer.finish_reason, answer.complete) == (reason, False)


async def test_a_point_that_broke_off_leaves_the_answer_incomplete_whatever_follows() -> None:
    cut = Script("Text. And", " then", ServerError("out of memory", status=500))
    engine = ScriptedBackend(by_stage(SINGLE, points={1: cut}, normal="Eat well."))
    answer, _ = await answer_of(engine)
    assert answer.text.endswith("Eat well.")
    assert [point.status for point in answer.points] == ["trimmed"]
    assert (answer.finish_reason, answer.complete) == ("error", False)


@pytest.mark.parametrize("can_prefill", [True, False])
async def test_normal_text_behind_points_cannot_be_lost_by_a_revision(can_prefill: bool) -> None:
    engine = ScriptedBackend(by_stage(SINGLE, normal="Eat well."), can_prefill=can_prefill)
    answer, _ = await answer_of(engine)
    with pytest.raises(ConfigError, match="given up"):
        await made(engine).revise(answer, ["Sleep early", "Walk"])


class TestStopSequences:
    @pytest.mark.parametrize("stop", ["\n\n", "\n\nEat", ".\n\nEat w"])
    async def test_one_between_the_points_and_the_normal_text_ends_the_answer(self, stop: str) -> None:
        engine = ScriptedBackend(by_stage(SINGLE, normal="Eat well."))
        answer, events = await answer_of(engine, stop=(stop,))
        assert answer.text == texts(events) == f"{FIRST}\n\nEat well.".partition(stop)[0]
        assert (answer.finish_reason, answer.complete) == ("stop", True)
        assert answer.fell_back == "the skeleton has 1 point, fewer than 2"
        assert engine.in_flight == 0

    async def test_one_that_the_engine_s_continuation_ends_is_found(self) -> None:
        engine = ScriptedBackend(
            by_stage(SINGLE, points={1: "Sleep by ten E"}, normal="ND of it."), can_prefill=True
        )
        answer, _ = await answer_of(engine, stop=("END",))
        assert answer.text == "1. **Sleep early**: Sleep by ten "
        assert answer.finish_reason == "stop"

    async def test_the_engine_continues_all_of_the_text_also_what_may_begin_one(self) -> None:
        engine = ScriptedBackend(
            by_stage(SINGLE, points={1: "Sleep by ten E"}, normal=" and rest."), can_prefill=True
        )
        answer, _ = await answer_of(engine, stop=("EZQ",))
        assert engine.of("normal").prefill == "1. **Sleep early**: Sleep by ten E"
        assert answer.text == "1. **Sleep early**: Sleep by ten E and rest."
