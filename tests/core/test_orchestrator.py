"""Limits, cancelling, slow readers and bugs: what holds whatever the strategy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest
from scripted import Request, Script, ScriptedBackend, by_stage, made

from sot.errors import ConfigError, MissingPointError, SotError
from sot.events import Event, Finished, PointFinished, Routed, TextDelta
from sot.types import Answer, Message, Route

QUESTION = "How can I live well?"
SKELETON = "1. Sleep early\n2. Eat well\n3. Move\n4. Read\n"


def backend(
    points: dict[int, Any] | None = None, skeleton: Any = SKELETON, **settings: Any
) -> ScriptedBackend:
    return ScriptedBackend(by_stage(skeleton, points), **settings)


@pytest.fixture(autouse=True)
async def _no_task_is_left() -> Any:
    yield
    assert asyncio.all_tasks() <= {asyncio.current_task()}


def held(gate: asyncio.Event) -> dict[int, Script]:
    """Every point waits for the gate before its last words."""
    return {index: Script(f"Point {index}", gate, " ends.") for index in (1, 2, 3, 4)}


# Limits.


async def test_the_points_of_an_answer_run_at_once() -> None:
    gate = asyncio.Event()
    engine = backend(held(gate))
    answering = asyncio.create_task(made(engine).answer(QUESTION))
    await engine.until_started(1, 2, 3, 4)
    await engine.until(lambda: engine.in_flight == 4)  # the skeleton request is over
    gate.set()
    assert (await answering).text.count("ends.") == 4


@pytest.mark.parametrize("pipeline", [True, False])
@pytest.mark.parametrize("most", [1, 2, 3])
async def test_max_parallel_limits_one_answer(most: int, pipeline: bool) -> None:
    engine = backend()
    answer = await made(engine).answer(QUESTION, max_parallel=most, pipeline=pipeline)
    assert engine.peak == most
    assert len(answer.points) == 4


@pytest.mark.parametrize("most", [1, 3, 5])
async def test_max_in_flight_limits_all_answers_together(most: int) -> None:
    engine = backend({2: ["", "Again."]})
    sot = made(engine, max_in_flight=most)
    answers = await asyncio.gather(*(sot.answer(QUESTION) for _ in range(4)))
    assert engine.peak == most
    assert engine.in_flight == 0
    assert {len(answer.points) for answer in answers} == {4}


async def test_a_cancelled_answer_gives_its_places_back() -> None:
    never = asyncio.Event()
    engine = backend({index: Script(never) for index in (1, 2, 3, 4)})
    sot = made(engine, max_in_flight=2)
    answering = asyncio.create_task(sot.answer(QUESTION))
    await engine.until(lambda: [request.state for request in engine.requests].count("running") == 2)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    engine.answer = by_stage(SKELETON)
    assert len((await sot.answer(QUESTION)).points) == 4


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("steps", range(0, 30, 2))
async def test_wherever_answers_are_cancelled_the_next_one_gets_its_places(most: int, steps: int) -> None:
    engine = backend()
    sot = made(engine, max_in_flight=most)
    answering = [asyncio.create_task(sot.answer(QUESTION)) for _ in range(4)]
    for _ in range(steps):
        await asyncio.sleep(0)
    for answer in answering[:3]:
        answer.cancel()
    ended = await asyncio.gather(*answering, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError | Answer) for end in ended)
    assert isinstance(ended[-1], Answer)
    async with asyncio.timeout(10):
        assert len((await sot.answer(QUESTION)).points) == 4
    assert engine.in_flight == 0


async def test_max_in_flight_is_no_setting_of_one_answer() -> None:
    with pytest.raises(ConfigError, match="where the object is made"):
        await made(backend()).answer(QUESTION, max_in_flight=1)  # pyright: ignore[reportCallIssue]


# Cancelling.


def all_ended(engine: ScriptedBackend) -> bool:
    return engine.in_flight == 0 and all(request.state != "running" for request in engine.requests)


@pytest.mark.parametrize("strategy", ["skeleton", "normal", "cot"])
async def test_closing_the_stream_early_ends_every_request(strategy: str) -> None:
    never = asyncio.Event()
    engine = ScriptedBackend(
        by_stage(SKELETON, {index: Script("Text", never) for index in (1, 2, 3, 4)}, Script("Text", never))
    )
    async with aclosing(made(engine, strategy=strategy).stream(QUESTION)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert all_ended(engine)
    assert "closed" in {request.state for request in engine.requests}


async def test_closing_the_text_stream_early_ends_every_request() -> None:
    never = asyncio.Event()
    engine = backend({1: Script("Text", never)})
    async with aclosing(made(engine).stream_text(QUESTION)) as stream:
        await anext(stream)
    assert all_ended(engine)
    assert engine.point(1).state == "closed"


@pytest.mark.parametrize("held_stage", ["skeleton", "point", "normal"])
async def test_cancelling_the_task_ends_every_request(held_stage: str) -> None:
    never = asyncio.Event()
    engine = ScriptedBackend(
        lambda request: Script("1. A", never) if request.stage == held_stage else by_stage(SKELETON)(request)
    )
    strategy = "normal" if held_stage == "normal" else "skeleton"
    answering = asyncio.create_task(made(engine).answer(QUESTION, strategy=strategy))
    await engine.until(lambda: held_stage in engine.stages())
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert all_ended(engine)
    assert "closed" in {request.state for request in engine.requests}


async def test_a_time_limit_around_an_answer() -> None:
    engine = backend({3: Script("Text", asyncio.Event())})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await made(engine).answer(QUESTION)
    assert all_ended(engine)


async def test_an_exception_in_the_reader_ends_every_request() -> None:
    never = asyncio.Event()
    engine = backend({index: Script("Text", never) for index in (1, 2, 3, 4)})

    async def read() -> None:
        async with aclosing(made(engine).stream(QUESTION)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await read()
    assert all_ended(engine)


async def test_cancelling_before_anything_was_asked() -> None:
    engine = backend()
    answering = asyncio.create_task(made(engine).answer(QUESTION))
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert engine.requests == []


# Readers.


async def test_a_slow_reader_slows_nobody() -> None:
    engine = backend()
    async with aclosing(made(engine).stream(QUESTION)) as events:
        first = await anext(events)
        assert isinstance(first, Routed)
        await engine.until(
            lambda: (
                len(engine.requests) == 5 and {request.state for request in engine.requests} == {"finished"}
            )
        )
        rest = [event async for event in events]
    finished = rest[-1]
    assert isinstance(finished, Finished)
    assert finished.answer.text == "".join(event.text for event in rest if isinstance(event, TextDelta))
    assert sum(isinstance(event, PointFinished) for event in rest) == 4


async def test_finished_is_the_last_event_and_routed_the_first() -> None:
    events: list[Event] = [event async for event in made(backend()).stream(QUESTION)]
    assert isinstance(events[0], Routed)
    assert [type(event) for event in events].index(Finished) == len(events) - 1


# Bugs and errors.


class Bug(Exception):
    """Not one of ours."""


@pytest.mark.parametrize("stage", ["skeleton", "point", "normal"])
async def test_a_bug_in_a_backend_surfaces_as_it_is(stage: str) -> None:
    bug, never = Bug("oops"), asyncio.Event()

    def answer(request: Request) -> Script:
        if request.stage == stage and request.index in (0, 2):
            return Script("1. A", bug)
        if request.stage == "point":
            return Script("Text", never)
        return by_stage(SKELETON)(request)

    engine = ScriptedBackend(answer)
    with pytest.raises(Bug) as raised:
        await made(engine).answer(QUESTION, strategy="normal" if stage == "normal" else "skeleton")
    assert raised.value is bug
    assert all_ended(engine)


async def test_two_points_that_fail_at_once_give_one_error() -> None:
    engine = backend(dict.fromkeys((1, 2, 3, 4), ""))
    with pytest.raises(MissingPointError):
        await made(engine).answer(QUESTION, on_missing="raise")
    with pytest.raises(Bug):
        await made(backend(dict.fromkeys((1, 2, 3, 4), Bug("oops")))).answer(QUESTION)


async def test_what_was_shown_before_an_error_stays_shown() -> None:
    gate = asyncio.Event()
    engine = backend({1: Script("Shown", gate), 2: Script(gate, Bug("oops"))})
    seen: list[str] = []

    async def read() -> None:
        async for text in made(engine).stream_text(QUESTION):
            seen.append(text)
            gate.set()

    with pytest.raises(Bug):
        await read()
    assert seen[0] == "1. **Sleep early**: Shown"


class BrokenRouter:
    name = "broken"

    async def route(self, messages: Sequence[Message]) -> Route:
        raise SotError("the router has no model")


class FixedRouter:
    name = "fixed"

    def __init__(self) -> None:
        self.seen: list[Sequence[Message]] = []

    async def route(self, messages: Sequence[Message]) -> Route:
        self.seen.append(messages)
        return Route("cot", 0.75, "because", self.name)


async def test_the_router_decides_unless_the_caller_does() -> None:
    router, engine = FixedRouter(), backend()
    sot = made(engine, router=router, strategy="auto")
    answer = await sot.answer(QUESTION)
    assert answer.route == Route("cot", 0.75, "because", "fixed")
    assert engine.stages() == ["cot"]
    forced = await sot.answer(QUESTION, strategy="normal")
    assert (forced.route.strategy, forced.route.router, forced.route.confidence) == ("normal", "caller", 1.0)
    assert len(router.seen) == 1
    assert await sot.route(QUESTION) == answer.route


async def test_a_router_that_fails_asks_the_engine_nothing() -> None:
    engine = backend()
    with pytest.raises(SotError, match="the router has no model"):
        await made(engine, router=BrokenRouter(), strategy="auto").answer(QUESTION)
    assert engine.requests == []


async def test_the_rules_router_is_the_default() -> None:
    answer: Answer = await made(backend(), strategy="auto").answer("What is 17 times 24?")
    assert answer.route.strategy in ("cot", "plan")


# Languages.


async def test_a_japanese_question_gets_japanese_prompts() -> None:
    engine = backend(skeleton="1. 早く寝る\n2. 運動する\n")
    answer = await made(engine).answer("よく眠るにはどうすればいいですか。")
    assert "骨子" in engine.of("skeleton").last
    assert engine.point(2).last.startswith("よく眠るには")
    assert answer.text.startswith("1. **早く寝る**： Text of point 1.\n\n2. **運動する**： ")


@pytest.mark.parametrize("style", ["aligned", "compact", "paper"])
async def test_another_language_gets_english_prompts_with_a_note(style: str) -> None:
    engine = backend()
    await made(engine, style=style).answer("怎样才能睡得更好？")
    for request in engine.requests:
        assert "Use the language of the question." in request.last
    english = backend()
    await made(english, style=style).answer(QUESTION)
    assert "Use the language of the question" not in str(english.requests)


async def test_a_pack_can_be_named() -> None:
    engine = backend()
    await made(engine, prompts="ja").answer(QUESTION)
    assert "骨子" in engine.of("skeleton").last
    with pytest.raises(ConfigError, match="no prompt pack 'xx': give one of en, ja"):
        await made(backend(), prompts="xx").answer(QUESTION)
