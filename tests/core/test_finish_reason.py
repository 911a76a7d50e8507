"""Finish reason and completeness of whole answers: a filter, a failure, a limit, or none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from scripted import Answerable, Script, ScriptedBackend, by_stage, made

from sot.errors import BackendConnectionError, ContentFilterError, RateLimitError, ServerError
from sot.serialise import answer_json
from sot.strategies.finish import gravest_finish, is_whole
from sot.types import Answer, Chunk, FinishReason, Usage

QUESTION = "How can I live well?"
THREE = "1. Sleep early\n2. Eat well\n3. Move\n"
BROKEN = BackendConnectionError("the connection broke")
REFUSED = BackendConnectionError("connection refused", reached=False)
ONLY_THOUGHTS = Script(
    Chunk(reasoning="Hm."), Chunk(reasoning=" Well."), finish_reason="length", usage=Usage(10, 0, 2, 1, 2)
)


async def answered(
    points: dict[int, Any], skeleton: Answerable = THREE, *, can_prefill: bool = False, **settings: Any
) -> Answer:
    """An answer whose first point is shown last, so that nothing of the others is."""
    gate = asyncio.Event()
    points = {1: Script("One", gate, "."), **points}
    engine = ScriptedBackend(by_stage(skeleton, points), can_prefill=can_prefill)
    work = asyncio.create_task(made(engine, opening=False, **settings).answer(QUESTION))
    await engine.until_started(1, 2)
    await engine.until(lambda: engine.in_flight == 1)
    gate.set()
    return await work


CASES: list[tuple[str, dict[int, Any], FinishReason, bool]] = [
    ("nothing special", {}, "stop", True),
    ("a repair that succeeds", {2: [Script("Half", BROKEN), "All of it."]}, "stop", True),
    (
        "a limit that leaves a whole sentence",
        {2: Script("It helps. And", finish_reason="length")},
        "stop",
        True,
    ),
    ("a limit within the only sentence", {2: Script("It helps", finish_reason="length")}, "length", False),
    ("a limit before any text", {2: Script(finish_reason="length")}, "length", False),
    ("thoughts up to the limit", {2: ONLY_THOUGHTS}, "length", False),
    ("a model that writes nothing", {2: ""}, "error", False),
    ("an engine that fails", {2: ServerError("HTTP 500", status=500)}, "error", False),
    ("an engine that refuses connections", {2: REFUSED, 3: REFUSED}, "error", False),
    (
        "an engine that asks to wait for an hour",
        {2: RateLimitError("no", retry_after=3600.0)},
        "error",
        False,
    ),
    ("a filter", {2: Script("It helps. And", finish_reason="content_filter")}, "content_filter", False),
    ("a filter that refuses", {2: ContentFilterError("HTTP 400: flagged")}, "content_filter", False),
    (
        "a filter and a failure",
        {2: REFUSED, 3: Script("It", finish_reason="content_filter")},
        "content_filter",
        False,
    ),
    ("a failure and a limit", {2: Script("It helps", finish_reason="length"), 3: REFUSED}, "error", False),
    ("a whole sentence, then a failure", {2: Script("It helps.", BROKEN)}, "error", False),
    ("a request that the engine gave up", {2: Script("It", finish_reason="error")}, "error", False),
]


@pytest.mark.parametrize(
    ("points", "finish", "complete"), [pytest.param(*case, id=name) for name, *case in CASES]
)
async def test_the_finish_reason_tells_what_is_missing(
    points: dict[int, Any], finish: FinishReason, complete: bool
) -> None:
    answer = await answered(points)
    assert (answer.finish_reason, answer.complete) == (finish, complete)
    assert answer.fell_back is None


@pytest.mark.parametrize("finish", ["stop", "length"])
async def test_the_answers_own_limit_is_told_where_it_trims(finish: FinishReason) -> None:
    points = {index: Script("It helps. And", finish_reason="length") for index in (2, 3)}
    limit = 4000 if finish == "stop" else 300
    answer = await answered(points, max_answer_tokens=limit)
    assert (answer.finish_reason, answer.complete) == (finish, finish == "stop")


async def test_a_skeleton_that_broke_off_is_an_error() -> None:
    answer = await answered({}, Script("1. Sleep early\n2. Eat well\n3. M", BROKEN))
    assert (answer.finish_reason, answer.complete) == ("error", False)


@pytest.mark.parametrize(
    ("finish", "complete"),
    [("stop", True), ("length", False), ("content_filter", False), ("error", False)],
)
async def test_normal_decoding_passes_its_finish_reason_on(finish: FinishReason, complete: bool) -> None:
    engine = ScriptedBackend(by_stage(normal=Script("Some text.", finish_reason=finish)))
    answer = await made(engine, strategy="normal").answer(QUESTION)
    assert (answer.finish_reason, answer.complete) == (finish, complete)


@pytest.mark.parametrize("finish", ["length", "content_filter"])
async def test_a_fall_back_has_the_finish_reason_of_normal_decoding(finish: FinishReason) -> None:
    engine = ScriptedBackend(by_stage("No list.", normal=Script("Some text", finish_reason=finish)))
    answer = await made(engine, opening=False).answer(QUESTION)
    assert answer.fell_back is not None
    assert (answer.finish_reason, answer.complete) == (finish, False)


@pytest.mark.parametrize("stage", ["skeleton", "points"])
async def test_an_engine_that_asks_for_a_long_wait_is_not_asked_for_normal_decoding(stage: str) -> None:
    busy = ServerError("HTTP 503: busy", status=503, retry_after=3600.0)
    points: dict[int, Answerable | Sequence[Answerable]] = dict.fromkeys(range(1, 4), busy)
    engine = ScriptedBackend(by_stage(busy if stage == "skeleton" else THREE, points))
    with pytest.raises(ServerError) as raised:
        await made(engine, opening=False).answer(QUESTION)
    assert raised.value is busy
    assert "normal" not in engine.stages()


@pytest.mark.parametrize(
    ("reasons", "finish"),
    [
        ([], "stop"),
        (["stop", None], "stop"),
        (["stop", "length"], "length"),
        (["length", "error"], "error"),
        (["error", "content_filter", "length"], "content_filter"),
    ],
)
def test_the_gravest_reason_counts(reasons: list[FinishReason | None], finish: FinishReason) -> None:
    assert gravest_finish(reasons) == gravest_finish(reversed(reasons)) == finish
    assert all(map(is_whole, reasons)) == (finish == "stop")


async def test_stored_answers_tell_reasons_only_where_asked_for() -> None:
    answer = await answered({2: ServerError("HTTP 500 from http://10.1.2.3", status=500)})
    assert answer_json(answer, reasons=True).model_dump()["points"][1]["reason"].startswith("HTTP 500")
    plain = answer_json(answer).model_dump()
    assert "10.1.2.3" not in str(plain)
    assert (plain["finish_reason"], plain["complete"]) == ("error", False)
