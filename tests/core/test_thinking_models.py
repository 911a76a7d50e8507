"""Models that think: no thought reaches the reader, and skeletons do not think again and again."""

from __future__ import annotations

from typing import Any

import pytest
from rows import rows
from scripted import Script, ScriptedBackend, by_stage
from thinking_engine import APART, BARE, FORMS, HIDDEN, THOUGHTS, WRITES, ThinkingEngine

from sot import SkeletonOfThought
from sot.errors import EmptyAnswerError
from sot.events import (
    Event,
    Finished,
    PointDelta,
    PointFinished,
    PointFound,
    SkeletonFinished,
    TextDelta,
)
from sot.types import Answer, BackendInfo, Chunk, Route, Usage

QUESTION = "How do I make tea?"
MARKS = ("think", "THINK", "<|", "|>", "◁", "unused")
POINTS = [WRITES["point"]] * 3
TITLES = ["Boil water", "Add leaves", "Wait a little"]


async def answered(engine: ThinkingEngine, strategy: str = "skeleton", **settings: Any) -> Answer:
    return await SkeletonOfThought(engine, strategy=strategy, opening=False).answer(QUESTION, **settings)


async def events_of(engine: ThinkingEngine, strategy: str) -> list[Event]:
    return [
        event async for event in SkeletonOfThought(engine, strategy=strategy, opening=False).stream(QUESTION)
    ]


def shown(events: list[Event]) -> list[str]:
    """Every text and title that the events carry."""
    texts: list[str] = []
    for event in events:
        match event:
            case TextDelta(text) | PointDelta(_, text):
                texts.append(text)
            case PointFound(point):
                texts.append(point.title)
            case SkeletonFinished(points):
                texts += [point.title for point in points]
            case PointFinished(point):
                texts += [point.title, point.text]
            case Finished(answer):
                texts += [answer.text, answer.final_answer or ""]
            case _:
                pass
    return texts


def thinking_of(engine: ThinkingEngine, stage: str) -> set[bool | None]:
    return {config.think for asked, config in engine.asked if asked == stage}


@rows("size", [1, 3, 1000])
@rows("stops", [True, False])
@rows("form", FORMS)
async def test_no_thought_and_no_mark_reaches_anything(form: str, stops: bool, size: int) -> None:
    for strategy in ("skeleton", "normal", "cot"):
        engine = ThinkingEngine(form, stops=stops, size=size)
        events = await events_of(engine, strategy)
        seen = " ".join(shown(events))
        for piece in ("plan alpha", "plan beta", "the user asks", "write it down", *MARKS):
            assert piece not in seen, strategy
        # A second answer, with what the first one has taught.
        again = await answered(engine, strategy)
        assert "plan" not in again.text
        assert not any(mark in again.text for mark in MARKS)


@rows("takes_think", [True, False])
@rows("form", FORMS)
async def test_a_skeleton_thinks_no_more_than_normal_decoding(form: str, takes_think: bool) -> None:
    normal, skeleton = (ThinkingEngine(form, takes_think=takes_think) for _ in range(2))
    whole = await answered(normal, "normal")
    answer = await answered(skeleton)
    assert [point.text for point in answer.points] == POINTS
    assert [point.title for point in answer.points] == TITLES
    assert skeleton.thought_tokens <= normal.thought_tokens
    # Only the skeleton is sent a second time, where it was not known that the model thinks.
    stages = [stage for stage, _ in skeleton.asked]
    assert stages.count("point") == 3
    assert stages.count("skeleton") == (1 if takes_think or form == BARE else 2)
    assert whole.usage.reasoning_tokens > 0
    assert whole.text == WRITES["normal"]


@rows("form", FORMS)
async def test_a_model_that_cannot_stop_is_decoded_normally(form: str) -> None:
    engine = ThinkingEngine(form, stops=False, thoughts=THOUGHTS * 3)
    answer = await answered(engine)
    if form != BARE:  # there it is not known before the skeleton is complete
        assert answer.fell_back is not None
        assert "think" in answer.fell_back
        assert answer.text == WRITES["normal"]
    again = await answered(engine)
    assert again.fell_back is not None
    assert "cannot stop thinking" in again.fell_back
    assert engine.asked[-1][0] == "normal"


class _Skeletons:
    """A router that always wants a skeleton."""

    name = "fixed"

    async def route(self, messages: Any) -> Route:
        return Route("skeleton", 0.9, "a list of points", self.name)


async def test_the_route_says_why_a_model_that_cannot_stop_gets_no_skeleton() -> None:
    engine = ThinkingEngine(stops=False)
    engine.learned.thinks, engine.learned.stops_thinking = True, False
    answer = await SkeletonOfThought(engine, router=_Skeletons(), opening=False).answer(QUESTION)
    assert answer.route.strategy == "normal"
    assert answer.route.instead_of == "skeleton"
    assert "cannot stop thinking" in answer.route.reason
    assert {stage for stage, _ in engine.asked} == {"normal"}


@pytest.mark.parametrize(
    ("thinking", "skeleton", "point", "normal"),
    [
        ("auto", False, False, None),
        ("off", False, False, False),
        ("skeleton", True, False, None),
        ("on", True, True, True),
    ],
)
async def test_the_setting_decides_who_thinks(
    thinking: str, skeleton: bool, point: bool, normal: bool | None
) -> None:
    engine = ThinkingEngine()
    answer = await answered(engine, thinking=thinking)
    assert [point.text for point in answer.points] == POINTS
    assert thinking_of(engine, "skeleton") == {skeleton}
    assert thinking_of(engine, "point") == {point}
    assert (answer.skeleton_usage.reasoning_tokens > 0) == skeleton
    await answered(engine, "normal", thinking=thinking)
    assert thinking_of(engine, "normal") == {normal}


@pytest.mark.parametrize("form", [APART, "<think>", BARE, HIDDEN])
async def test_thoughts_have_a_limit_of_their_own_on_top_of_the_text_s(form: str) -> None:
    engine = ThinkingEngine(form, thoughts=THOUGHTS * 5)  # some hundred tokens
    answer = await answered(engine, "normal", max_tokens=20)
    if form != BARE:  # a block that nothing opened is only known once it is over
        assert answer.text == WRITES["normal"]
        assert answer.finish_reason == "stop"
    again = await answered(engine, "normal", max_tokens=20)
    assert again.text == WRITES["normal"]
    assert again.usage.reasoning_tokens > 90


@pytest.mark.parametrize("form", [APART, "<think>", "[THINK]", HIDDEN])
async def test_an_answer_of_thoughts_alone_is_an_error_that_counts_them(form: str) -> None:
    engine = ThinkingEngine(form, thoughts=THOUGHTS * 20)
    with pytest.raises(EmptyAnswerError, match=r"all \d+ tokens went into thinking"):
        await answered(engine, "normal", max_tokens=10, max_thinking_tokens=30)


async def test_a_point_of_thoughts_alone_is_not_asked_for_again_with_the_same_limit() -> None:
    engine = ThinkingEngine(stops=False, thoughts=THOUGHTS * 20, stages=frozenset({"point"}))
    answer = await answered(engine, max_point_tokens=20, max_thinking_tokens=40)
    assert all("tokens went into thinking" in (point.reason or "") for point in answer.points) or (
        answer.fell_back is not None and "tokens went into thinking" in answer.fell_back
    )
    limits = [config.max_tokens or 0 for stage, config in engine.asked if stage == "point"]
    assert sorted(set(limits)) == [20, 60]
    assert len(limits) == 6  # each once without room for thoughts, once with it


async def test_usage_tells_thoughts_and_text_apart() -> None:
    answer = await answered(ThinkingEngine(), "normal")
    text = -(-len(WRITES["normal"]) // 4)
    assert answer.usage.completion_tokens - answer.usage.reasoning_tokens == text


async def test_an_engine_that_counts_the_text_alone_is_added_up() -> None:
    script = Script(*[Chunk(reasoning="hm ")] * 30, "Tea", " is", " easy.", usage=Usage(10, 0, 3, 1))
    engine = ScriptedBackend(by_stage(normal=script))
    answer = await SkeletonOfThought(engine, strategy="normal").answer(QUESTION, max_tokens=64)
    # One more each: of the attempt that was sent again with room for thoughts.
    assert (answer.usage.completion_tokens, answer.usage.reasoning_tokens) == (34, 31)


async def test_a_model_that_never_thinks_is_asked_as_ever() -> None:
    engine = ThinkingEngine(takes_think=False, stages=frozenset())
    answer = await answered(engine)
    assert [point.text for point in answer.points] == POINTS
    assert thinking_of(engine, "skeleton") == thinking_of(engine, "point") == {None}
    assert {config.max_tokens for stage, config in engine.asked if stage == "point"} == {192}
    assert isinstance(await engine.info(), BackendInfo)
