"""When points after the first one start: with their lines, or after the skeleton where a batch is dear."""

from __future__ import annotations

import asyncio

import pytest
from scripted import Request, Script, ScriptedBackend, by_stage, made

from sot.events import Event, Finished, PointFound
from sot.options import StepRatio
from sot.speed.step_times import StepTimes

QUESTION = "How can I live well?"


async def skeleton_states(ratio: StepRatio, recalled: float | None = None) -> dict[int, str]:
    """The state of the skeleton's request when each point's request came."""
    seen: dict[int, str] = {}
    gate = asyncio.Event()
    skeleton = Script("1. Sleep early\n", "2. Eat well\n", "3. Move\n", "4", gate, ". Rest\n")

    def answer(request: Request) -> Script:
        if request.stage == "point":
            seen[request.index] = engine.of("skeleton").state
            if request.index == 1:
                gate.set()
        return by_stage(skeleton)(request)

    engine = ScriptedBackend(answer)
    sot = made(engine, step_ratio=ratio)
    if recalled is not None:
        sot.gain.recall(StepTimes.stated(recalled))
    text = (await sot.answer(QUESTION)).text
    assert text.count("Text of point") == 4
    return seen


@pytest.mark.parametrize(
    ("ratio", "recalled"), [("auto", None), ("auto", 1.4), ("auto", 3.0), (3.0, 6.0), ("off", 6.0)]
)
async def test_points_start_with_their_lines(ratio: StepRatio, recalled: float | None) -> None:
    states = await skeleton_states(ratio, recalled)
    assert [states[index] for index in (1, 2, 3)] == ["running"] * 3


@pytest.mark.parametrize(("ratio", "recalled"), [(6.0, None), ("auto", 6.0)])
async def test_where_a_batch_is_dear_all_but_the_first_wait(ratio: StepRatio, recalled: float | None) -> None:
    states = await skeleton_states(ratio, recalled)
    assert states == {1: "running", 2: "finished", 3: "finished", 4: "finished"}


@pytest.mark.parametrize(("first", "then"), [(4.4, 4.6), (4.6, 4.4)])
async def test_a_step_ratio_that_changes_within_a_skeleton_loses_no_point(first: float, then: float) -> None:
    """The measured ratio passes the limit between the lines of one skeleton, as a window ends."""
    gate = asyncio.Event()
    skeleton = Script("1. Sleep early\n", "2. Eat well\n", "3. M", gate, "ove\n", "4. Rest\n", "5. Laugh\n")
    engine = ScriptedBackend(by_stage(skeleton))
    sot = made(engine)
    sot.gain.recall(StepTimes.stated(first))
    events: list[Event] = []
    async for event in sot.stream(QUESTION):
        events.append(event)
        if isinstance(event, PointFound) and event.point.index == 2:
            sot.gain.recall(StepTimes.stated(then))
            gate.set()
    last = events[-1]
    assert isinstance(last, Finished)
    written = last.answer
    titles = ["Sleep early", "Eat well", "Move", "Rest", "Laugh"]
    assert [point.title for point in written.points] == titles
    assert written.text == "\n\n".join(
        f"{index}. **{title}**: Text of point {index}." for index, title in enumerate(titles, 1)
    )
    assert sorted(request.index for request in engine.requests if request.stage == "point") == [1, 2, 3, 4, 5]
