"""Skeleton-of-Thought on a scripted backend: what is asked when, and what the reader gets."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import aclosing
from typing import Any

import pytest
from scripted import PROMPT_TOKENS, Answerable, Request, Script, ScriptedBackend, by_stage, made, script

from sot.errors import (
    AuthenticationError,
    BackendConnectionError,
    BackendTimeoutError,
    BadRequestError,
    ConfigError,
    ContextLengthError,
    EmptyAnswerError,
    EngineError,
    MalformedResponseError,
    MissingPointError,
    PrefillRefusedError,
    PromptPackError,
    RateLimitError,
    ServerError,
    SotError,
)
from sot.events import (
    Event,
    FellBack,
    Finished,
    PointDelta,
    PointFinished,
    PointFound,
    PointStarted,
    SkeletonFinished,
    TextDelta,
)
from sot.options import PromptStyle
from sot.prompting.packs import load_pack
from sot.types import Answer, Chunk, Message, PointAnswer, Usage

QUESTION = "How can I live well?"
THREE = "1. Sleep early\n2. Eat well\n3. Move\n"
GONE = BackendConnectionError("the connection broke")


def backend(
    skeleton: Answerable = THREE,
    points: dict[int, Any] | None = None,
    normal: Answerable = "Normal.",
    **settings: Any,
) -> ScriptedBackend:
    return ScriptedBackend(by_stage(skeleton, points, normal), **settings)


async def events_of(engine: ScriptedBackend, **settings: Any) -> list[Event]:
    return [event async for event in made(engine).stream(QUESTION, **settings)]


def texts(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def answer_of(events: list[Event]) -> Answer:
    last = events[-1]
    assert isinstance(last, Finished)
    return last.answer


# The answer.


@pytest.mark.parametrize("can_prefill", [True, False])
@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (2, 1, 3)])
async def test_the_points_come_in_order_whatever_finishes_first(
    order: tuple[int, ...], can_prefill: bool
) -> None:
    gates = {index: asyncio.Event() for index in order}
    points = {index: Script(f"Text {index},", gates[index], " the end.") for index in order}
    engine = backend(points=points, can_prefill=can_prefill)
    events: list[Event] = []
    async with aclosing(made(engine).stream(QUESTION)) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, SkeletonFinished):
                gates[order[0]].set()
            if isinstance(event, PointFinished) and event.point.index != order[-1]:
                gates[order[order.index(event.point.index) + 1]].set()
    answer = answer_of(events)
    finished = [event.point.index for event in events if isinstance(event, PointFinished)]
    assert finished == list(order)
    assert answer.text == texts(events)
    assert answer.text == (
        "1. **Sleep early**: Text 1, the end.\n\n"
        "2. **Eat well**: Text 2, the end.\n\n"
        "3. **Move**: Text 3, the end."
    )
    assert [point.index for point in answer.points] == [1, 2, 3]
    assert [point.title for point in answer.skeleton.points] == ["Sleep early", "Eat well", "Move"]
    assert {point.status for point in answer.points} == {"done"}
    assert answer.fell_back is None


async def test_the_first_point_streams_while_the_others_are_written() -> None:
    gate = asyncio.Event()
    engine = backend(points={1: Script("Live", gate, " text."), 2: Script("Second.", gate)})
    async with aclosing(made(engine).stream_text(QUESTION)) as stream:
        assert await anext(stream) == "1. **Sleep early**: Live"
        gate.set()
        assert "".join([text async for text in stream]).startswith(" text.\n\n2. **Eat well**: Second.")


async def test_usage_is_that_of_all_requests() -> None:
    points = {index: Script("One", " two.", usage=Usage(100, 90, 2, 1)) for index in (1, 2, 3)}
    answer = answer_of(await events_of(backend(Script(THREE, usage=Usage(50, 40, 9, 1)), points)))
    assert answer.usage == Usage(350, 310, 15, 4)
    assert answer.skeleton_usage == Usage(50, 40, 9, 1)
    assert [point.usage for point in answer.points] == [Usage(100, 90, 2, 1)] * 3


async def test_an_engine_that_tells_no_usage_is_counted_by_pieces() -> None:
    points = {index: Script("One", " two.", silent=True) for index in (1, 2, 3)}
    answer = answer_of(await events_of(backend(Script(THREE, silent=True), points)))
    assert answer.usage == Usage(0, 0, 1 + 3 * 2, 4)


async def test_titles_with_braces_quotes_and_other_scripts() -> None:
    engine = backend('1. Use {{ braces }} and {x}\n2. Say "please"\n3. 早く寝る\n')
    answer = answer_of(await events_of(engine))
    assert [point.title for point in answer.points] == [
        "Use {{ braces }} and {x}",
        'Say "please"',
        "早く寝る",
    ]
    assert answer.text.startswith("1. **Use {{ braces }} and {x}**: Text of point 1.")
    assert "{{ braces }} and {x}" in engine.point(1).last


async def test_times_are_in_order() -> None:
    answer = answer_of(await events_of(backend()))
    timing = answer.timing
    assert timing.first_text_s is not None
    assert timing.skeleton_s is not None
    assert 0 <= timing.route_s <= timing.first_text_s <= timing.total_s
    assert timing.skeleton_s <= timing.total_s
    for point in answer.points:
        assert point.first_text_s is not None
        assert point.started_s <= point.first_text_s <= point.finished_s <= timing.total_s


# Pipelining.


async def test_points_start_while_the_skeleton_is_written() -> None:
    gate = asyncio.Event()
    engine = backend(Script("1. Sleep early\n", "2", gate, ". Eat well\n"))
    answering = asyncio.create_task(made(engine).answer(QUESTION))
    await engine.until_started(1)
    assert engine.of("skeleton").state == "running"
    gate.set()
    assert (await answering).text.endswith("2. **Eat well**: Text of point 2.")


async def test_without_pipelining_no_point_starts_before_the_skeleton_is_finished() -> None:
    seen: list[str] = []

    def answer(request: Request) -> Script:
        if request.stage == "point":
            seen.append(engine.of("skeleton").state)
        return by_stage(THREE)(request)

    engine = ScriptedBackend(answer)
    events = await events_of(engine, pipeline=False)
    assert seen == ["finished"] * 3
    kinds = [type(event) for event in events]
    assert kinds.index(SkeletonFinished) < kinds.index(PointStarted)
    assert texts(events).count("Text of point") == 3


async def test_text_waits_until_enough_points_are_known() -> None:
    gate, first_done = asyncio.Event(), asyncio.Event()
    engine = backend(Script("1. Sleep early\n2", gate, ". Eat well\n3. Move\n"))
    events: list[Event] = []

    async def read() -> None:
        async for event in made(engine).stream(QUESTION):
            events.append(event)
            if isinstance(event, PointFinished):
                first_done.set()

    reading = asyncio.create_task(read())
    await first_done.wait()
    assert texts(events) == ""
    gate.set()
    await reading
    found = [number for number, event in enumerate(events) if isinstance(event, PointFound)]
    first_text = next(number for number, event in enumerate(events) if isinstance(event, TextDelta))
    assert found[1] < first_text
    assert texts(events).startswith("1. **Sleep early**: Text of point 1.")


async def test_min_points_moves_that_gate() -> None:
    events = await events_of(backend(), min_points=3)
    found = [number for number, event in enumerate(events) if isinstance(event, PointFound)]
    first_text = next(number for number, event in enumerate(events) if isinstance(event, TextDelta))
    assert found[1] < first_text


async def test_a_skeleton_that_repeats_itself_is_stopped() -> None:
    never = asyncio.Event()
    engine = backend(Script("1. Sleep early\n2. Eat well\n3. Sleep early\n4", never))
    answer = await made(engine).answer(QUESTION)
    assert [point.title for point in answer.points] == ["Sleep early", "Eat well"]
    assert engine.of("skeleton").state == "closed"


async def test_max_points_stops_the_skeleton() -> None:
    never = asyncio.Event()
    engine = backend(Script("1. Sleep early\n2. Eat well\n3. Move\n4", never))
    answer = await made(engine).answer(QUESTION, max_points=2)
    assert [point.title for point in answer.points] == ["Sleep early", "Eat well"]
    assert engine.of("skeleton").state == "closed"
    assert len(engine.requests) == 3


# Prompts.


@pytest.mark.parametrize("can_prefill", [True, False])
async def test_aligned_points_go_on_where_the_skeleton_is(can_prefill: bool) -> None:
    written = " Sleep  early\n2)  *Eat* well\n3. Move\n"
    engine = backend(
        Script(*(written if can_prefill else f"1.{written}")), can_prefill=can_prefill, caches_prefixes=True
    )
    await made(engine).answer(QUESTION)
    skeleton = engine.of("skeleton")
    assert skeleton.prefill == ("1." if can_prefill else None)
    so_far = [
        "1. Sleep  early",
        "1. Sleep  early\n2)  *Eat* well",
        "1. Sleep  early\n2)  *Eat* well\n3. Move",
    ]
    for index, expected in enumerate(so_far, 1):
        point = engine.point(index)
        assert point.messages[:-2] == (Message("user", QUESTION),)
        assert point.messages[-2] == Message("assistant", expected)
        assert point.prefill == (
            f"{index}. **{['Sleep early', 'Eat well', 'Move'][index - 1]}**:" if can_prefill else None
        )


async def test_aligned_without_pipelining_has_the_whole_skeleton() -> None:
    engine = backend(caches_prefixes=True)
    await made(engine).answer(QUESTION, pipeline=False)
    assert {engine.point(index).messages[-2].content for index in (1, 2, 3)} == {THREE.rstrip()}


async def test_the_style_follows_what_the_engine_says_of_itself() -> None:
    cached, uncached = backend(caches_prefixes=True), backend(caches_prefixes=False)
    await made(cached).answer(QUESTION)
    await made(uncached).answer(QUESTION)
    assert cached.of("skeleton").last.startswith("List the 3 to 8 main points")
    assert uncached.of("skeleton").last.startswith(QUESTION)
    forced = backend(caches_prefixes=True)
    await made(forced).answer(QUESTION, style="compact")
    assert forced.of("skeleton").messages == uncached.of("skeleton").messages


async def test_only_aligned_shows_demonstrations_as_turns() -> None:
    turns: dict[str, int] = {}
    for style in ("aligned", "compact", "paper"):
        engine = backend(caches_prefixes=True)
        await made(engine).answer(QUESTION, style=style)
        turns[style] = len(engine.of("skeleton").messages)
        assert ("breakfast" in str(engine.of("skeleton").messages)) is (style != "compact")
        assert "breakfast" not in str(engine.point(2).messages)
    assert turns["compact"] == turns["paper"] == 1 < turns["aligned"]


@pytest.mark.parametrize("style", ["aligned", "paper"])
async def test_demonstrations_can_be_left_out(style: PromptStyle) -> None:
    engine = backend(caches_prefixes=True)
    await made(engine).answer(QUESTION, style=style, demonstrations=False)
    assert len(engine.of("skeleton").messages) == 1
    assert "breakfast" not in engine.of("skeleton").last


async def test_paper_points_stand_alone() -> None:
    engine = backend(can_prefill=True, skeleton=" Sleep early\n2. Eat well\n3. Move\n")
    await made(engine).answer(QUESTION, style="paper", pipeline=False)
    (turn,) = engine.point(2).messages
    assert QUESTION in turn.content
    assert "1. Sleep early\n2. Eat well\n3. Move" in turn.content
    assert engine.point(2).prefill == "2. **Eat well**:"


async def test_an_engine_that_cannot_prefill_is_never_asked_to() -> None:
    for style in ("aligned", "compact", "paper"):
        engine = backend(points={2: ["", "Again."], 3: GONE}, can_prefill=False)
        await made(engine).answer(QUESTION, style=style)
        assert {request.prefill for request in engine.requests} == {None}


async def test_system_prompt_and_history_are_in_every_request() -> None:
    history = [
        Message("system", "Be kind."),
        Message("user", "Hello?"),
        Message("assistant", "Hello!"),
        Message("user", QUESTION),
    ]
    for style in ("aligned", "compact", "paper"):
        engine = backend(points={2: ["", "Again."]}, caches_prefixes=True)
        await made(engine).answer(history, style=style)
        assert len(engine.requests) == 5
        for request in engine.requests:
            assert request.messages[0] == history[0]
            at = request.messages.index(history[1])
            assert request.messages[at : at + 2] == tuple(history[1:3])


async def test_decoding_settings_reach_every_request() -> None:
    engine = backend(can_prefill=True, skeleton=" Sleep early\n2. Eat well\n3. Move")
    await made(engine).answer(
        QUESTION, temperature=0.5, seed=7, extra={"a": 1}, max_skeleton_tokens=33, max_point_tokens=44
    )
    assert {request.config.temperature for request in engine.requests} == {0.5}
    assert {request.config.seed for request in engine.requests} == {7}
    assert all(request.config.extra == {"a": 1} for request in engine.requests)
    assert engine.of("skeleton").config.max_tokens == 33
    assert engine.point(2).config.max_tokens == 44
    assert engine.point(2).config.stop == ()  # the end of a point is found by what follows


# Falling back to normal decoding.

MESSAGES = [
    Message("system", "Be kind."),
    Message("user", "Hi"),
    Message("assistant", "Hi!"),
    Message("user", QUESTION),
]
PROSE = "To live well, one should sleep early, and eat well, and of course move a lot, every day. " * 5


@pytest.mark.parametrize(
    ("skeleton", "reason"),
    [
        (PROSE, "the model wrote no list of points"),
        ("", "the model wrote no list of points"),
        ("1. Sleep early\n", "the skeleton has 1 point, fewer than 2"),
        ("<think>1. A\n2. B\n", "tokens went into thinking"),
        (ContextLengthError(prompt_tokens=9, context_length=8), "the prompt has 9 tokens"),
        (BackendTimeoutError("too slow"), "the skeleton request failed: too slow"),
        (BadRequestError("no such field", status=400), "no such field"),
        (MalformedResponseError("not JSON"), "not JSON"),
        (ServerError("out of memory", status=500), "out of memory"),
        (Script("1. Sleep early\n2", GONE), "the connection broke"),
    ],
)
@pytest.mark.parametrize("pipeline", [True, False])
async def test_falls_back_to_the_caller_s_own_request(skeleton: Any, reason: str, pipeline: bool) -> None:
    engine = backend(skeleton, caches_prefixes=True)
    events = [event async for event in made(engine).stream(MESSAGES, pipeline=pipeline, max_tokens=77)]
    answer = answer_of(events)
    assert engine.of("normal").messages == tuple(MESSAGES)
    assert engine.of("normal").prefill is None
    assert engine.of("normal").config.max_tokens == 77
    assert answer.text == texts(events) == "Normal."
    assert answer.fell_back is not None
    assert reason in answer.fell_back
    assert answer.route.strategy == "skeleton"
    assert not answer.points
    kinds = [type(event) for event in events]
    assert kinds.count(FellBack) == 1
    assert kinds.index(FellBack) < kinds.index(TextDelta)
    assert answer.usage.requests == len(engine.requests)
    assert engine.in_flight == 0


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationError("wrong key", status=401),
        RateLimitError("slow down"),
        BackendConnectionError("connection refused"),
        EngineError("the engine was closed"),
        ConfigError("no such model"),
    ],
)
async def test_what_normal_decoding_would_meet_too_is_raised(error: SotError) -> None:
    engine = backend(error)
    with pytest.raises(type(error)) as raised:
        await made(engine).answer(QUESTION)
    assert raised.value is error
    assert engine.stages() == ["skeleton"]


async def test_prose_stops_the_skeleton_at_once() -> None:
    never = asyncio.Event()
    engine = backend(Script(PROSE, never))
    assert (await made(engine).answer(QUESTION)).text == "Normal."
    assert engine.of("skeleton").state == "closed"
    assert engine.peak == 1  # it had ended before the normal request was sent


async def test_a_skeleton_that_breaks_with_enough_points_is_one() -> None:
    engine = backend(Script("1. Sleep early\n2. Eat well\n3. Mo", GONE))
    answer = await made(engine).answer(QUESTION)
    assert [point.title for point in answer.points] == ["Sleep early", "Eat well"]
    assert answer.fell_back is None


async def test_a_point_under_way_is_ended_and_paid_for_when_the_skeleton_is_given_up() -> None:
    never, written = asyncio.Event(), asyncio.Event()
    engine = backend(Script("1. Sleep early\n2", written), {1: Script("Some", " text", never)})
    events: list[Event] = []
    async with aclosing(made(engine).stream(QUESTION)) as stream:
        async for event in stream:
            events.append(event)
            if event == PointDelta(1, " text"):
                written.set()
            elif isinstance(event, FellBack):
                assert engine.point(1).state == "closed"
    answer = answer_of(events)
    assert answer.fell_back == "the skeleton has 1 point, fewer than 2"
    assert answer.text == "Normal."
    # The skeleton's piece, the point's two, the normal answer's one. What a request that was ended had
    # for a prompt, the engine has not told.
    assert answer.usage == Usage(2 * PROMPT_TOKENS, 0, 1 + 2 + 1, 3)


@pytest.mark.parametrize("pipeline", [True, False])
async def test_when_no_point_can_be_written_it_falls_back(pipeline: bool) -> None:
    engine = backend(points=dict.fromkeys((1, 2, 3), ServerError("overloaded", status=503)))
    events = await events_of(engine, pipeline=pipeline)
    answer = answer_of(events)
    assert answer.fell_back == "no point could be written: overloaded"
    assert texts(events) == answer.text == "Normal."
    assert answer.usage.requests == 1 + 6 + 1


async def test_a_failing_normal_request_raises() -> None:
    engine = backend(PROSE, normal=ServerError("overloaded", status=503))
    with pytest.raises(ServerError):
        await made(engine).answer(QUESTION)


# Repairing points.


async def point_2(engine: ScriptedBackend, **settings: Any) -> tuple[PointAnswer, Answer, list[Event]]:
    """The second point of an answer; the text that was shown is that of the answer."""
    events = await events_of(engine, **settings)
    answer = answer_of(events)
    assert texts(events) == answer.text
    assert answer.fell_back is None
    assert answer.usage.requests == len(engine.requests)
    return answer.points[1], answer, events


async def test_an_empty_point_is_asked_for_alone() -> None:
    engine = backend(points={2: ["2. **Eat well**:", "Second try."]}, caches_prefixes=True)
    point, answer, events = await point_2(engine)
    assert (point.text, point.status, point.usage.requests) == ("Second try.", "repaired", 2)
    assert "2. **Eat well**: Second try.\n\n" in answer.text
    (turn,) = engine.point(2, 2).messages
    assert QUESTION in turn.content
    assert [event for event in events if isinstance(event, PointStarted) and event.attempt == 2] == [
        PointStarted(2, attempt=2)
    ]


async def test_a_cut_point_ends_with_its_last_sentence() -> None:
    engine = backend(points={2: Script("One.", " Two.", " Thr", finish_reason="length")})
    point, *_ = await point_2(engine, max_point_tokens=3)
    assert (point.text, point.status, point.reason) == ("One. Two.", "trimmed", None)
    assert len(engine.requests) == 4


async def test_a_cut_point_without_a_sentence_is_continued() -> None:
    cut = Script("Half a", " sentence ", finish_reason="length")
    engine = backend(
        " Sleep early\n2. Eat well\n3. Move\n", {2: [cut, Script(" goes on", ".")]}, can_prefill=True
    )
    point, _, events = await point_2(engine)
    assert (point.text, point.status) == ("Half a sentence goes on.", "repaired")
    assert engine.point(2, 2).prefill == "2. **Eat well**: Half a sentence"
    assert engine.point(2, 2).messages == engine.point(2).messages
    assert PointStarted(2, attempt=2, continues=True) in events


async def test_a_live_point_that_is_continued_loses_nothing() -> None:
    words = [f" word{number}" for number in range(40)]
    engine = backend(
        " Sleep early\n2. Eat well\n",
        {1: [Script(*words, finish_reason="length"), Script(*words[:12], " end.")]},
        can_prefill=True,
    )
    events = await events_of(engine, max_point_tokens=40)
    whole = "".join([*words, *words[:12], " end."])
    assert texts(events).startswith(f"1. **Sleep early**:{whole}\n\n")


async def test_a_cut_point_that_cannot_be_continued_shows_its_cut() -> None:
    engine = backend(points={2: Script("Half a sentence", finish_reason="length")})
    point, *_ = await point_2(engine)
    assert (point.text, point.status) == ("Half a sentence …", "trimmed")
    assert len(engine.requests) == 4


@pytest.mark.parametrize("text", ["Half a", "A sentence. Half a", "A sentence."])
async def test_a_broken_point_is_continued(text: str) -> None:
    engine = backend(
        " Sleep early\n2. Eat well\n3. Move\n",
        {2: [Script(text, GONE), Script(" and the rest.")]},
        can_prefill=True,
    )
    point, *_ = await point_2(engine)
    assert (point.text, point.status, point.reason) == (f"{text} and the rest.", "repaired", None)
    assert engine.point(2, 2).prefill == f"2. **Eat well**: {text}"


@pytest.mark.parametrize("text", ["Half a", "A sentence. Half a", "A sentence."])
async def test_a_broken_point_is_written_again_where_nothing_was_shown(text: str) -> None:
    gate = asyncio.Event()  # point 1 holds back the second
    engine = backend(points={1: Script("First", gate, "."), 2: [Script(text, GONE), "All of it."]})
    events: list[Event] = []
    async with aclosing(made(engine).stream(QUESTION)) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, PointFinished) and event.point.index == 2:
                gate.set()
    point = answer_of(events).points[1]
    assert (point.text, point.status) == ("All of it.", "repaired")
    assert "\n\n2. **Eat well**: All of it.\n\n" in texts(events)
    assert engine.point(2, 2).messages == engine.point(2).messages


async def test_a_point_that_is_written_again_leaves_nothing_of_its_first_text() -> None:
    first, second = asyncio.Event(), asyncio.Event()
    engine = backend(
        points={
            1: Script("First", first, "."),
            2: [Script("Wrong words", GONE), Script("All", second, " of it.")],
        }
    )
    async with aclosing(made(engine).stream(QUESTION)) as stream:
        async for event in stream:
            if event == PointDelta(2, "All"):
                first.set()
            elif isinstance(event, TextDelta) and "Eat well" in event.text:
                assert event.text.endswith("\n\n2. **Eat well**: All")
                second.set()
            elif isinstance(event, Finished):
                assert "\n\n2. **Eat well**: All of it.\n\n" in event.answer.text


async def test_what_was_refused_is_not_asked_again_in_the_same_words() -> None:
    too_long = ContextLengthError(prompt_tokens=9, context_length=8)
    engine = backend(points={2: [too_long, "Short."]}, caches_prefixes=True)
    point, *_ = await point_2(engine)
    assert point.text == "Short."
    assert len(engine.point(2, 2).messages) == 1 < len(engine.point(2).messages)


async def test_a_live_point_that_breaks_keeps_what_was_shown() -> None:
    engine = backend(points={1: Script("Shown already", " and", GONE)})
    answer = await made(engine).answer(QUESTION, pipeline=False)
    first = answer.points[0]
    assert (first.text, first.status) == ("Shown already and …", "trimmed")
    assert first.reason == "the connection broke"
    assert answer.text.startswith("1. **Sleep early**: Shown already and …\n\n2. ")
    assert len(engine.requests) == 4  # it cannot be continued, and not be written again


async def test_the_better_of_two_broken_attempts_is_kept() -> None:
    gate = asyncio.Event()
    engine = backend(points={1: Script("First", gate, "."), 2: [Script("A good sentence. And", GONE), GONE]})
    events: list[Event] = []
    async with aclosing(made(engine).stream(QUESTION)) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, PointFinished) and event.point.index == 2:
                gate.set()
    assert "2. **Eat well**: A good sentence.\n\n" in texts(events)
    point = answer_of(events).points[1]
    assert (point.text, point.status, point.reason) == ("A good sentence.", "trimmed", "the connection broke")


@pytest.mark.parametrize("can_prefill", [True, False])
@pytest.mark.parametrize("index", [1, 2, 3])
@pytest.mark.parametrize(
    ("failure", "reason"),
    [("", "the model wrote nothing"), (GONE, "the connection broke"), (ConfigError("refused"), "refused")],
)
async def test_a_point_that_fails_twice_is_noted(
    failure: Answerable, reason: str, index: int, can_prefill: bool
) -> None:
    engine = backend(
        " Sleep early\n2. Eat well\n3. Move\n" if can_prefill else THREE,
        {index: failure},
        can_prefill=can_prefill,
    )
    events = await events_of(engine)
    answer = answer_of(events)
    point = answer.points[index - 1]
    assert (point.status, point.reason) == ("missing", reason)
    assert answer.text == texts(events)
    assert f"{index}. **{point.title}**: (This point could not be written.)" in answer.text
    assert answer.text.count("Text of point") == 2
    assert engine.point(index, 2)


@pytest.mark.parametrize("failure", ["", GONE, Script("Half", GONE)])
async def test_a_point_that_fails_twice_is_raised_on_request(failure: Answerable) -> None:
    engine = backend(points={2: failure})
    with pytest.raises(MissingPointError, match=r"point 2 \(Eat well\)") as raised:
        await made(engine).answer(QUESTION, on_missing="raise")
    assert raised.value.index == 2
    assert raised.value.__cause__ is (None if failure == "" else GONE)
    assert engine.in_flight == 0


async def test_a_wrong_key_in_a_point_raises() -> None:
    error = AuthenticationError("the key has expired", status=401)
    never = asyncio.Event()
    engine = backend(points={1: Script("Text", never), 2: error})
    with pytest.raises(AuthenticationError) as raised:
        await made(engine).answer(QUESTION)
    assert raised.value is error
    assert engine.point(1).state == "closed"


async def test_a_repeated_heading_is_not_part_of_the_answer() -> None:
    points = {1: "1. **Sleep early**: It helps.", 2: "**Eat well**\nIt helps.", 3: "Move your body."}
    answer = answer_of(await events_of(backend(points=points)))
    assert answer.text == (
        "1. **Sleep early**: It helps.\n\n2. **Eat well**: It helps.\n\n3. **Move**: Move your body."
    )


async def test_a_prefilled_model_may_write_its_number_again() -> None:
    answer = answer_of(await events_of(backend("1. Sleep early\n2. Eat well\n3. Move", can_prefill=True)))
    assert [point.title for point in answer.points] == ["Sleep early", "Eat well", "Move"]


# Thoughts.


async def test_thoughts_are_part_of_nothing() -> None:
    think = "<think>1. Maybe this\n2. Or that\n</think>\n\n"
    engine = backend(f"{think}{THREE}", {1: f"{think}One.", 2: [f"{think}", "Two."]})
    events = await events_of(engine)
    answer = answer_of(events)
    assert [point.title for point in answer.points] == ["Sleep early", "Eat well", "Move"]
    assert [point.text for point in answer.points] == ["One.", "Two.", "Text of point 3."]
    assert "Maybe" not in str([event for event in events if isinstance(event, PointDelta)])


async def test_reasoning_apart_from_the_text_is_part_of_nothing() -> None:
    thought = Chunk(reasoning="1. Secret\n2. Hidden\n")
    engine = backend(Script(thought, THREE), {1: Script(thought, "One.")})
    events = await events_of(engine)
    assert answer_of(events).text.startswith("1. **Sleep early**: One.\n\n2. **Eat well**")
    assert "Secret" not in str(events)


# Packs that fail late.


async def test_a_pack_that_fails_on_a_title_is_reported(tmp_path: Any) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(load_pack("en").folder, folder)
    (folder / "heading.j2").write_text("{{ index }}{% if 'Move' in title %}{{ oops }}{% endif %}")
    with pytest.raises(PromptPackError, match=r"heading\.j2:1: 'oops' is undefined"):
        await made(backend()).answer(QUESTION, prompts=folder)


# Engines that do not do what they are asked for.


def refusing(stages: set[str]) -> Any:
    """Scripts of an engine that finds out, in the middle of an answer, that it cannot continue a turn."""

    def answer(request: Request) -> Script:
        if request.prefill is not None and request.stage in stages:
            return Script(PrefillRefusedError("a started turn is not continued here"))
        if request.stage == "skeleton":
            return script(" Sleep early\n2. Eat well\n3. Move" if request.prefill else THREE)
        if request.stage == "point":
            return script(f"Text of point {request.index}.")
        return script("A normal answer.")

    return answer


@pytest.mark.parametrize("stages", [{"skeleton", "point"}, {"point"}])
@pytest.mark.parametrize("pipeline", [True, False])
async def test_an_engine_that_cannot_continue_a_turn_after_all(stages: set[str], pipeline: bool) -> None:
    engine = ScriptedBackend(refusing(stages), can_prefill=True)
    answer = answer_of(await events_of(engine, pipeline=pipeline))
    assert answer.fell_back is None
    assert [(point.title, point.text) for point in answer.points] == [
        ("Sleep early", "Text of point 1."),
        ("Eat well", "Text of point 2."),
        ("Move", "Text of point 3."),
    ]
    assert answer.complete


async def test_a_prefilled_turn_that_comes_back_as_thoughts_is_asked_for_without() -> None:
    def answer(request: Request) -> Script:
        if request.prefill is not None:
            return Script(Chunk(reasoning=" Sleep early\n2. Eat well"))
        return script(THREE if request.stage == "skeleton" else f"Text of point {request.index}.")

    done = answer_of(await events_of(ScriptedBackend(answer, can_prefill=True)))
    assert [point.title for point in done.points] == ["Sleep early", "Eat well", "Move"]
    assert done.text.count("Text of point") == 3


async def test_a_point_that_the_content_filter_cut_is_not_continued() -> None:
    engine = backend(points={2: Script("It helps the", finish_reason="content_filter")}, can_prefill=True)
    answer = answer_of(await events_of(engine))
    assert answer.finish_reason == "content_filter"
    assert not answer.complete
    assert len([request for request in engine.requests if request.index == 2]) == 1


async def test_a_skeleton_that_broke_off_makes_an_answer_that_says_so() -> None:
    broken = backend(Script("1. Sleep early\n2. Eat well\n3. M", GONE))
    answer = answer_of(await events_of(broken))
    assert [point.title for point in answer.points] == ["Sleep early", "Eat well"]
    assert not answer.complete
    assert answer_of(await events_of(backend())).complete


async def test_a_stop_sequence_that_the_engine_ignores_ends_a_normal_answer() -> None:
    engine = backend("no list", normal="One thing. END Another thing.")
    answer = answer_of(await events_of(engine, strategy="normal", stop=("END",)))
    assert (answer.text.rstrip(), answer.finish_reason) == ("One thing.", "stop")


async def test_a_token_limit_that_the_engine_ignores_ends_every_request() -> None:
    engine = backend(normal=" ".join(["word"] * 500))
    answer = answer_of(await events_of(engine, strategy="normal", max_tokens=7))
    assert (answer.text.split(), answer.finish_reason) == (["word"] * 7, "length")
    assert engine.in_flight == 0


@pytest.mark.parametrize("strategy", ["normal", "cot"])
async def test_an_answer_without_text_is_an_error(strategy: str) -> None:
    for finish, reason in (("stop", "wrote nothing"), ("content_filter", "filter"), ("length", "limit")):
        engine = backend(normal=Script(finish_reason=finish))  # type: ignore[arg-type]
        with pytest.raises(EmptyAnswerError, match=reason):
            await events_of(engine, strategy=strategy)
