"""Skeleton requests that bring prose: left early, with normal decoding beside them or after them."""

from __future__ import annotations

import asyncio
import re

from prose_skeletons import ESSAYS, LISTS
from rows import rows
from scripted import Script, ScriptedBackend, by_stage, made

from sot.events import Event, FellBack, PointFound
from sot.types import Answer

QUESTION = "What keeps a bicycle in good shape?"
NORMAL = "A bicycle lasts when it is looked after. A few minutes a week will do."
_TOKEN = re.compile(r"\s*[^\W\d_　-鿿]+|\s*\S|\s+")
NO_LIST = "the model wrote no list of points"


def tokens_of(text: str) -> list[str]:
    """Words and marks, as deltas: about what a tokenizer makes of a text."""
    return _TOKEN.findall(text)


def engine_of(text: str, most: int, *, prefilled: bool) -> tuple[ScriptedBackend, asyncio.Event]:
    """An engine whose skeleton request stalls after so many deltas, and an event that ends the normal one."""
    deltas = tokens_of(f" {text}" if prefilled else f"1. {text}")
    script = Script(*deltas[: most + 3 * (not prefilled)], asyncio.Event())
    first, _, rest = NORMAL.partition(". ")
    left = asyncio.Event()
    normal = Script(f"{first}. ", left, rest)  # it ends after the skeleton was left
    return ScriptedBackend(by_stage(script, normal=normal), can_prefill=prefilled), left


async def answered(engine: ScriptedBackend, *, opening: bool) -> tuple[Answer, list[Event]]:
    sot = made(engine, strategy="skeleton", opening=opening)
    events = [event async for event in sot.stream(QUESTION)]
    return events[-1].answer, events  # type: ignore[union-attr]


@rows("prefilled", [True, False])
@rows("opening", [True, False])
@rows("name", ESSAYS)
async def test_an_essay_is_left_after_so_many_deltas(name: str, opening: bool, prefilled: bool) -> None:
    text, _, deltas = ESSAYS[name]
    assert deltas < len(tokens_of(text)), "the essay must be longer than what is read of it"
    engine, left = engine_of(text, deltas, prefilled=prefilled)
    answering = asyncio.create_task(answered(engine, opening=opening))
    await engine.until(lambda: "closed" in [one.state for one in engine.requests if one.stage == "skeleton"])
    left.set()
    answer, events = await asyncio.wait_for(answering, 30)
    assert (answer.text, answer.fell_back, answer.points) == (NORMAL, NO_LIST, ())
    assert sorted(engine.stages()) == ["normal", "skeleton"]
    assert not [event for event in events if isinstance(event, PointFound)]
    assert sum(isinstance(event, FellBack) for event in events) == 1


async def test_json_without_a_list_is_left_in_the_middle_of_its_text() -> None:
    text = '{"answer": "' + ESSAYS["long sentences"][0].replace("\n", "\\n") + '"}'
    script = Script(*tokens_of(text)[:90], asyncio.Event())
    engine = ScriptedBackend(by_stage(script, normal=NORMAL))
    answer, _ = await asyncio.wait_for(answered(engine, opening=False), 30)
    assert (answer.text, answer.fell_back) == (NORMAL, NO_LIST)


async def test_an_essay_below_a_title_is_left_though_its_point_is_under_way() -> None:
    sentences = "".join(f"The chain number {number} wants some oil after rain. " for number in range(14))
    script = Script(*tokens_of(f"1. **Bicycle care**\n\n{sentences}"), asyncio.Event())
    engine = ScriptedBackend(by_stage(script, {1: Script("Text", asyncio.Event())}, normal=NORMAL))
    answer, _ = await asyncio.wait_for(answered(engine, opening=False), 30)
    assert answer.text == NORMAL
    assert answer.fell_back == "the skeleton has 1 point, fewer than 2"
    assert {request.state for request in engine.requests} == {"closed", "finished"}


@rows("prefilled", [True, False])
@rows("text", [text for text in LISTS if text.startswith("1. ")])
async def test_a_list_is_kept(text: str, prefilled: bool) -> None:
    deltas = tokens_of(text.removeprefix("1.") if prefilled else text)
    engine = ScriptedBackend(by_stage(Script(*deltas), normal=NORMAL), can_prefill=prefilled)
    answer, _ = await answered(engine, opening=False)
    assert answer.fell_back is None
    assert len(answer.points) >= 2
