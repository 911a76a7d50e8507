"""A time limit over the whole answer (``max_seconds``). The time is simulated."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scripted import PATIENCE, Script, ScriptedBackend, by_stage, made

from sot.backends.replay.virtual_time import run_virtually
from sot.errors import EmptyAnswerError, MissingPointError, RateLimitError
from sot.types import Answer

QUESTION = "How can I live well?"
THREE = "1. Sleep early\n2. Eat well\n3. Move more\n"
LIMIT = PATIENCE / 6  # well before the test double's own patience


def stalls(*steps: str) -> Script:
    return Script(*steps, asyncio.Event())


def answered(engine: ScriptedBackend, **settings: Any) -> Answer:
    async def main() -> Answer:
        answer = await made(engine).answer(QUESTION, max_seconds=LIMIT, **settings)
        assert len(asyncio.all_tasks()) == 1
        return answer

    answer = run_virtually(main())
    assert answer.timing.total_s == pytest.approx(LIMIT)
    assert not [request for request in engine.requests if request.state == "running"]
    return answer


def test_points_that_stall_end_where_they_are() -> None:
    points = {1: stalls("Go to bed. Every", " evening"), 2: "Greens.", 3: stalls()}
    answer = answered(ScriptedBackend(by_stage(THREE, points)))
    assert "Go to bed. Every evening …" in answer.text
    assert "Greens." in answer.text
    assert [point.status for point in answer.points] == ["trimmed", "done", "missing"]
    assert (answer.finish_reason, answer.complete) == ("length", False)


def test_a_point_that_stalls_after_a_whole_sentence_is_not_called_whole() -> None:
    answer = answered(ScriptedBackend(by_stage(THREE, {2: stalls("Eat greens.")})))
    assert answer.points[1].status == "trimmed"
    assert (answer.finish_reason, answer.complete) == ("length", False)


@pytest.mark.parametrize("strategy", ["normal", "cot", "plan"])
def test_an_answer_of_one_request_ends_where_it_is(strategy: str) -> None:
    engine = ScriptedBackend(by_stage(normal=stalls("Sleep", " well", " and")))
    answer = answered(engine, strategy=strategy)
    assert answer.text == "Sleep well and"
    assert (answer.finish_reason, answer.complete) == ("length", False)


def test_a_skeleton_that_stalls_has_the_points_so_far() -> None:
    answer = answered(ScriptedBackend(by_stage(stalls("1. Sleep\n", "2. Eat\n", "3. Mo"))))
    assert [point.status for point in answer.points[:2]] == ["done", "done"]
    assert (answer.finish_reason, answer.complete) == ("length", False)


def test_what_normal_decoding_wrote_beside_a_stalled_skeleton_is_the_answer() -> None:
    engine = ScriptedBackend(by_stage(stalls(), normal=stalls("Sleep", " well.", " And")))
    answer = answered(engine, opening=True)
    assert answer.text == "Sleep well. And"
    assert (answer.finish_reason, answer.complete) == ("length", False)


def test_points_that_wait_for_their_turn_are_not_sent_any_more() -> None:
    engine = ScriptedBackend(by_stage(THREE, {1: stalls("Go to bed.")}))
    answer = answered(engine, max_parallel=1)
    assert engine.stages() == ["skeleton", "point"]
    assert [point.status for point in answer.points] == ["trimmed", "missing", "missing"]


def test_a_wait_that_an_engine_asks_for_ends_with_the_time() -> None:
    """The repair would have to wait beyond it, so it is given up at once, and the point is missing."""
    engine = ScriptedBackend(by_stage(THREE, {1: RateLimitError("slow down", retry_after=LIMIT + 1)}))

    async def main() -> Answer:
        return await made(engine).answer(QUESTION, max_seconds=LIMIT)

    answer = run_virtually(main())
    assert answer.points[0].status == "missing"
    assert answer.timing.total_s < LIMIT


def test_without_any_text_it_is_an_error_that_says_why() -> None:
    for answer in (by_stage(stalls()), by_stage(THREE, {index: stalls() for index in (1, 2, 3)})):
        with pytest.raises(EmptyAnswerError, match="max_seconds"):
            answered(ScriptedBackend(answer))


def test_a_missing_point_is_raised_where_that_is_asked_for() -> None:
    with pytest.raises(MissingPointError, match="max_seconds"):
        answered(ScriptedBackend(by_stage(THREE, {2: stalls()})), on_missing="raise")


def test_a_closing_that_stalls_takes_nothing_from_a_whole_answer() -> None:
    async def main() -> Answer:
        engine = ScriptedBackend(by_stage(THREE, closing=stalls()))
        return await made(engine).answer(QUESTION, max_seconds=0.5, closing=True)

    answer = run_virtually(main())
    assert (answer.finish_reason, answer.complete) == ("stop", True)


def test_an_answer_in_time_does_not_notice_the_limit() -> None:
    async def main() -> tuple[Answer, Answer]:
        engine = ScriptedBackend(by_stage(THREE))
        return (
            await made(engine).answer(QUESTION),
            await made(engine).answer(QUESTION, max_seconds=LIMIT),
        )

    without, within = run_virtually(main())
    assert within.text == without.text
    assert within.complete
