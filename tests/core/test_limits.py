"""Engines that ignore every limit: the answer ends all the same, says so, and the request is ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scripted import Answerable, Request, Script, ScriptedBackend, by_stage, made

from sot.errors import EmptyAnswerError
from sot.text.completion_text import CompletionText
from sot.types import Chunk

QUESTION = "How can I live well?"
THREE = "1. Sleep early\n2. Eat well\n3. Move more\n"
ENDLESS = 20_000  # pieces, many times those of every limit


def words(count: int = ENDLESS) -> Iterator[str]:
    return (f"word{number} " for number in range(count))


def endless(*head: str) -> Script:
    return Script(*head, *words())


def was_left(request: Request) -> bool:
    return request.state == "closed"


async def test_points_past_their_limit() -> None:
    engine = ScriptedBackend(by_stage(THREE, {index: endless() for index in (1, 2, 3)}))
    answer = await made(engine, max_point_tokens=40).answer(QUESTION)
    assert (answer.finish_reason, answer.complete) == ("length", False)
    assert all(was_left(engine.point(index)) for index in (1, 2, 3))
    assert [len(point.text.split()) for point in answer.points] == [41, 41, 41]  # with the mark of the cut


@pytest.mark.parametrize("strategy", ["normal", "cot", "plan"])
async def test_answers_of_one_request_past_their_limit(strategy: str) -> None:
    engine = ScriptedBackend(by_stage(normal=endless()))
    answer = await made(engine).answer(QUESTION, strategy=strategy, max_tokens=50)
    assert (answer.finish_reason, answer.complete) == ("length", False)
    assert len(answer.text.split()) == 50
    assert was_left(engine.requests[0])


@pytest.mark.parametrize("opening", [False, True])
async def test_a_fallback_past_its_limit(opening: bool) -> None:
    engine = ScriptedBackend(by_stage("No list at all.", {}, endless()))
    answer = await made(engine).answer(QUESTION, max_tokens=50, opening=opening)
    assert answer.fell_back
    assert answer.finish_reason == "length"
    assert len(answer.text.split()) == 50
    assert was_left(engine.of("normal"))


async def test_a_skeleton_past_its_limit_keeps_its_points() -> None:
    engine = ScriptedBackend(by_stage(Script("1. Sleep\n2. Eat\n3. ", *words()), {}))
    answer = await made(engine, max_skeleton_tokens=30).answer(QUESTION)
    assert [point.status for point in answer.points[:2]] == ["done", "done"]
    assert (answer.finish_reason, answer.complete) == ("length", False)
    assert was_left(engine.of("skeleton"))


async def test_a_closing_past_its_limit_is_left_out_of_a_whole_answer() -> None:
    engine = ScriptedBackend(by_stage(THREE, {}, closing=endless()))
    answer = await made(engine).answer(QUESTION, closing=True)
    assert (answer.finish_reason, answer.complete, answer.closing) == ("stop", True, "")
    assert was_left(engine.of("closing"))


@pytest.mark.parametrize("normal", [endless("<think>"), Script(*(Chunk(reasoning=word) for word in words()))])
async def test_thoughts_without_an_end(normal: Answerable) -> None:
    engine = ScriptedBackend(by_stage(normal=normal))
    with pytest.raises(EmptyAnswerError, match="went into thinking"):
        await made(engine).answer(QUESTION, strategy="normal", max_thinking_tokens=60)
    assert all(was_left(request) for request in engine.requests)


async def test_thoughts_without_an_end_after_the_text_began() -> None:
    engine = ScriptedBackend(by_stage(normal=Script("Tea.", *(Chunk(reasoning=word) for word in words()))))
    answer = await made(engine).answer(QUESTION, strategy="normal")
    assert (answer.text, answer.finish_reason) == ("Tea.", "length")
    assert was_left(engine.requests[0])


async def test_white_space_without_an_end() -> None:
    engine = ScriptedBackend(by_stage(normal=Script(*[" "] * ENDLESS)))
    with pytest.raises(EmptyAnswerError, match="token limit"):
        await made(engine).answer(QUESTION, strategy="normal", max_tokens=50)


@pytest.mark.parametrize("stage", ["normal", "point", "skeleton"])
async def test_one_delta_that_is_far_too_long(stage: str) -> None:
    """A megabyte in one delta is no text of fifty tokens, whatever the tokenizer."""
    huge = Script("word " * 200_000)
    scripts = {
        "normal": by_stage(normal=huge),
        "point": by_stage(THREE, {2: huge}),
        "skeleton": by_stage(huge),
    }
    engine = ScriptedBackend(scripts[stage])
    strategy = "normal" if stage == "normal" else "skeleton"
    answer = await made(engine, strategy=strategy).answer(QUESTION, max_tokens=50, max_point_tokens=50)
    assert len(answer.text) < 5_000


async def test_one_limit_over_the_whole_answer() -> None:
    engine = ScriptedBackend(by_stage(THREE, {index: endless() for index in (1, 2, 3)}, endless()))
    for opening in (False, True):
        answer = await made(engine).answer(QUESTION, max_answer_tokens=400, opening=opening, closing=True)
        assert answer.finish_reason == "length"
        assert len(answer.text.split()) <= 400


@pytest.mark.parametrize("size", [1, 3, 12, 100, 10_000])
def test_how_a_text_is_cut_into_deltas_bounds_it_all_the_same(size: int) -> None:
    text, whole = CompletionText(max_tokens=20), "All the long words of it. " * 4_000
    shown = "".join(text.feed(whole[at : at + size]) for at in range(0, len(whole), size) if not text.over)
    assert text.over == "length"
    assert whole.startswith(shown)
    assert 20 <= len(shown) <= max(20 * 12 + 128, size) + size


def test_long_tokens_are_no_reason_to_end_a_lawful_text() -> None:
    """A line of dashes, an indented line or a long word is a single token with many tokenizers."""
    text = CompletionText(max_tokens=4)
    deltas = ["-" * 64, "\n", " " * 40, "incomprehensibilities"]
    assert "".join(map(text.feed, deltas)) + text.close() == "".join(deltas)
    assert text.over is None
