"""Points that the engine's content filter cuts or refuses: nothing is asked for beyond it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from scripted import Answerable, Script, ScriptedBackend, Step, by_stage, made

from sot.errors import BackendConnectionError, ContentFilterError, MissingPointError
from sot.events import Event, Finished, PointFinished, TextDelta
from sot.types import Answer

QUESTION = "How can I live well?"
NOTE = "(This point could not be written.)"
REFUSED = ContentFilterError("HTTP 400 from http://10.1.2.3:8000/v1: flagged by our policy")


def engine_with(
    second: Answerable | list[Answerable], gate: asyncio.Event, *, can_prefill: bool
) -> ScriptedBackend:
    skeleton = (
        " Sleep early\n2. Eat well\n3. Move\n" if can_prefill else "1. Sleep early\n2. Eat well\n3. Move\n"
    )
    return ScriptedBackend(
        by_stage(skeleton, {1: Script("One", gate, "."), 2: second}), can_prefill=can_prefill
    )


async def answer_of(engine: ScriptedBackend, gate: asyncio.Event, **settings: object) -> Answer:
    """The answer, whose second point is finished before any of it is shown."""
    events: list[Event] = []
    async with aclosing(made(engine, opening=False, **settings).stream(QUESTION)) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, PointFinished) and event.point.index == 2:
                gate.set()
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.answer.text == "".join(event.text for event in events if isinstance(event, TextDelta))
    return last.answer


CUT = [
    ("It helps. And then the", "It helps. …"),
    ("It helps.", "It helps. …"),
    ("It helps the", "It helps the …"),
    ("Es hilft. Man nehme z. B. ein", "Es hilft. …"),
    ("よく眠れます。そして", "よく眠れます。 …"),
    ("", NOTE),
    (" ", NOTE),
]


@pytest.mark.parametrize("as_error", [True, False])
@pytest.mark.parametrize("can_prefill", [True, False])
@pytest.mark.parametrize(("written", "shown"), CUT)
async def test_a_filtered_point_ends_where_the_filter_cut_it(
    written: str, shown: str, can_prefill: bool, as_error: bool
) -> None:
    gate = asyncio.Event()
    steps: list[Step] = [written] if written else []
    second = Script(*steps, REFUSED) if as_error else Script(*steps, finish_reason="content_filter")
    engine = engine_with(second, gate, can_prefill=can_prefill)
    answer = await answer_of(engine, gate)
    point = answer.points[1]
    assert point.text == shown
    assert point.status == ("missing" if shown == NOTE else "trimmed")
    assert point.reason is not None
    assert "filter" in point.reason or "flagged" in point.reason
    assert f"2. **Eat well**: {shown}\n\n3. " in answer.text
    assert len([request for request in engine.requests if request.index == 2]) == 1
    assert (answer.finish_reason, answer.complete) == ("content_filter", False)


async def test_what_was_shown_of_a_filtered_point_stays() -> None:
    engine = ScriptedBackend(
        by_stage(
            "1. Sleep early\n2. Eat well\n",
            {1: Script("It helps. ", "And then", finish_reason="content_filter")},
        )
    )
    pieces: list[str] = []
    async for event in made(engine, pipeline=False, opening=False).stream(QUESTION):
        if isinstance(event, TextDelta):
            pieces.append(event.text)
    assert "".join(pieces).startswith("1. **Sleep early**: It helps. And then …\n\n2. ")


@pytest.mark.parametrize("can_prefill", [True, False])
async def test_a_filter_that_ends_a_repair_is_told(can_prefill: bool) -> None:
    gate = asyncio.Event()
    broken = Script("It helps the", BackendConnectionError("the connection broke"))
    second: list[Answerable] = [broken, Script(" heart. And", finish_reason="content_filter"), "Too far."]
    engine = engine_with(second, gate, can_prefill=can_prefill)
    answer = await answer_of(engine, gate)
    assert (answer.finish_reason, answer.complete) == ("content_filter", False)
    assert "Too far" not in answer.text
    assert len([request for request in engine.requests if request.index == 2]) == 2


async def test_the_mark_leaves_a_closed_code_block_closed() -> None:
    gate = asyncio.Event()
    second = Script("Run this:\n\n```\nls\n```", finish_reason="content_filter")
    answer = await answer_of(engine_with(second, gate, can_prefill=False), gate)
    text = answer.points[1].text
    if "```" in text:  # the ending may also leave the block out as a whole
        assert text.count("```") == 2
        assert text.endswith("```\n\n…")


async def test_a_point_that_the_filter_left_nothing_of_is_raised_on_request() -> None:
    gate = asyncio.Event()
    gate.set()
    engine = engine_with(Script(finish_reason="content_filter"), gate, can_prefill=False)
    with pytest.raises(MissingPointError, match="filter"):
        await made(engine, on_missing="raise", opening=False).answer(QUESTION)
