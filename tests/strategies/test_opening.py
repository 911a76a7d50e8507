"""Normal decoding beside the skeleton, on a scripted backend: it opens the answer, or becomes it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from scripted import Answerable, Request, Script, ScriptedBackend, Stage, by_stage, made

from sot import SkeletonOfThought
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import (
    AuthenticationError,
    BackendConnectionError,
    BackendError,
    BadRequestError,
    PrefillRefusedError,
    RateLimitError,
    ServerError,
)
from sot.events import Event, FellBack, Finished, OpeningFinished, PointStarted, TextDelta
from sot.types import Answer, BackendInfo, Chunk, Usage

QUESTION = "What keeps a bicycle in good shape?"
THREE = "1. Clean chain\n2. Firm tyres\n3. Good brakes\n"
OPENING = "A bicycle lasts when it is looked after. A few minutes a week will do."
NORMAL = f"{OPENING}\n\n1. **Chain**: Oil it.\n2. **Tyres**: Pump them."
POINTS = (
    "1. **Clean chain**: Text of point 1.\n\n"
    "2. **Firm tyres**: Text of point 2.\n\n"
    "3. **Good brakes**: Text of point 3."
)
GONE = BackendConnectionError("the connection broke")


@pytest.fixture(autouse=True)
async def _no_task_is_left() -> Any:
    yield
    assert asyncio.all_tasks() <= {asyncio.current_task()}


def engine_of(
    normal: Answerable = NORMAL,
    skeleton: Answerable = THREE,
    points: dict[int, Any] | None = None,
    closing: Answerable = "",
    **settings: Any,
) -> ScriptedBackend:
    return ScriptedBackend(by_stage(skeleton, points, normal, closing=closing), **settings)


async def events_of(engine: ScriptedBackend, **settings: Any) -> list[Event]:
    settings = {"opening": True, **settings}
    return [event async for event in made(engine, **settings).stream(QUESTION)]


async def answer_of(engine: ScriptedBackend, **settings: Any) -> Answer:
    events = await events_of(engine, **settings)
    last = events[-1]
    assert isinstance(last, Finished)
    assert texts(events) == last.answer.text
    return last.answer


def texts(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def opened(events: Sequence[Event]) -> list[OpeningFinished]:
    return [event for event in events if isinstance(event, OpeningFinished)]


def state_of(engine: ScriptedBackend, stage: Stage) -> str:
    """The state of the last request of a stage."""
    return next((request.state for request in reversed(engine.requests) if request.stage == stage), "")


class Reading:
    """Reader of an answer beside the test: the events so far, and a wait for the text so far."""

    def __init__(self, engine: ScriptedBackend, **settings: Any) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()
        self.task = asyncio.create_task(self._read(made(engine, **{"opening": True, **settings})))

    async def _read(self, sot: SkeletonOfThought) -> Answer:
        async with aclosing(sot.stream(QUESTION)) as stream:
            async for event in stream:
                self.events.append(event)
                self._more.set()
        last = self.events[-1]
        assert isinstance(last, Finished)
        return last.answer

    async def until_text(self, text: str) -> None:
        while text not in texts(self.events):
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), 10)

    async def until_event(self, kind: type[Event]) -> None:
        while not any(isinstance(event, kind) for event in self.events):
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), 10)


# The opening.


async def test_the_opening_comes_before_any_point_is_known_and_the_points_follow_it() -> None:
    gate = asyncio.Event()
    engine = engine_of(skeleton=Script(gate, THREE), normal=Script(f"{OPENING}\n\n1. Oil", asyncio.Event()))
    reading = Reading(engine)
    await reading.until_text(OPENING)
    assert texts(reading.events) == OPENING
    gate.set()
    answer = await reading.task
    assert answer.text == texts(reading.events) == f"{OPENING}\n\n{POINTS}"
    assert answer.opening == OPENING
    assert answer.fell_back is None
    assert answer.finish_reason == "stop"
    assert engine.of("normal").state == "closed"
    assert [(event.text, event.followed_by) for event in opened(reading.events)] == [(OPENING, "points")]


@pytest.mark.parametrize(
    ("begun", "shown"),
    [
        (["A bicycle lasts long. "], "A bicycle lasts long."),
        (["A bicycle lasts long. It wants"], "A bicycle lasts long."),
        (["A bicycle lasts long."], "A bicycle lasts long."),
        (["A bicycle ", "lasts"], "A bicycle lasts …"),
    ],
)
def test_points_do_not_wait_for_an_opening_that_stalls(begun: list[str], shown: str) -> None:
    async def answering() -> Answer:
        return await answer_of(engine_of(normal=Script(*begun, asyncio.Event())))

    answer = run_virtually(answering())  # its clock goes on at once where nothing else happens
    assert answer.text == f"{shown}\n\n{POINTS}"
    assert (answer.opening, answer.complete) == (shown, True)


async def test_the_request_is_that_of_normal_decoding() -> None:
    settings: dict[str, Any] = {"temperature": 0.3, "seed": 5, "max_tokens": 700, "session_key": "k"}
    alone, beside = engine_of(), engine_of()
    await made(alone, strategy="normal", **settings).answer(QUESTION)
    await answer_of(beside, **settings)
    (first,) = (request for request in beside.requests if request.stage == "normal")
    assert (first.messages, first.config, first.prefill) == (
        alone.of("normal").messages,
        alone.of("normal").config,
        None,
    )
    assert beside.stages()[:2] == ["normal", "skeleton"]


async def test_a_sentence_under_way_is_finished_before_the_points() -> None:
    gate = asyncio.Event()
    engine = engine_of(normal=Script("A bicycle ", "lasts ", gate, "long. ", "It is.", "\n\n1. Oil"))
    reading = Reading(engine)
    await engine.until(lambda: [request.state for request in engine.requests].count("finished") == 4)
    assert texts(reading.events) == "A bicycle lasts"
    gate.set()
    answer = await reading.task
    assert answer.text == f"{answer.opening}\n\n{POINTS}"
    assert answer.opening.startswith("A bicycle lasts long.")


@pytest.mark.parametrize("first", [(), ("", "  \n"), (Chunk(reasoning="Let me see."),)])
async def test_a_request_without_text_is_ended_when_points_follow(first: tuple[Any, ...]) -> None:
    engine = engine_of(normal=Script(*first, asyncio.Event(), "Too late."))
    events = await events_of(engine)
    assert texts(events) == POINTS
    assert {request.state for request in engine.requests if request.stage == "normal"} == {"closed"}
    assert opened(events)[0].text == ""


@pytest.mark.parametrize(
    "normal",
    [
        "1. **Chain**: Oil it.\n2. Tyres",
        "- Chain\n- Tyres\n- Brakes and more",
        "## Bicycles\n\nThey need care and time.",
        "```\ncode\n```\nis here for you to read",
        "| Part | Care |\n|---|---|\n| Chain | oil |",
        "Step 1: Oil the chain. Then pump the tyres up.",
        "Sure!\n\n1. Oil the chain and the rest of it",
    ],
)
async def test_a_list_a_heading_or_code_is_no_opening(normal: str) -> None:
    answer = await answer_of(engine_of(Script(*normal, asyncio.Event())))
    assert answer.text == POINTS
    assert answer.opening == ""


async def test_the_opening_ends_before_a_list() -> None:
    answer = await answer_of(engine_of(Script("Good care takes four habits:\n- oil", asyncio.Event())))
    assert answer.text in (f"{answer.opening}\n\n{POINTS}", POINTS)
    assert "oil" not in answer.text
    assert "four" not in answer.text


@pytest.mark.parametrize(
    ("promise", "kept"),
    [
        ("Here are three ways to care for it:", True),
        ("Here are 3 tips:", True),
        ("Hier sind drei Tipps:", True),
        ("自転車を長く使うための3つの方法は以下の通りです。", True),
        ("Here are five ways to care for it:", False),
        ("There are 2 reasons for this:", False),
        ("Voici cinq conseils :", False),
        ("以下の5つの方法があります。", False),
    ],
)
async def test_a_promise_is_shown_only_where_the_number_fits(promise: str, kept: bool) -> None:
    gate = asyncio.Event()  # the points have no text before their number is known
    points = {index: Script(gate, f"Text of point {index}.") for index in (1, 2, 3)}
    engine = engine_of(Script(promise, "\n\n1. Oil it", asyncio.Event()), points=points)
    reading = Reading(engine)
    await engine.until_started(1, 2, 3)
    await reading.until_event(OpeningFinished)
    gate.set()
    answer = await reading.task
    assert answer.opening == (promise if kept else "")
    assert answer.text == (f"{promise}\n\n{POINTS}" if kept else POINTS)


async def test_a_promise_is_dropped_when_a_point_has_text_before_the_number_is_known() -> None:
    gate = asyncio.Event()
    engine = engine_of(
        Script("Here are three ways:\n\n1. Oil", asyncio.Event()),
        Script("1. Clean chain\n2. Firm tyres\n3", gate, ". Good brakes\n"),
    )
    reading = Reading(engine)
    await reading.until_text("1. **Clean chain**: Text of point 1.")
    gate.set()
    assert (await reading.task).text == POINTS


async def test_a_number_is_left_out_of_a_sentence_that_is_shown_in_part() -> None:
    engine = engine_of(Script("To keep it going, ", "follow these five steps:", "\n1. Oil", asyncio.Event()))
    answer = await answer_of(engine)
    assert answer.opening == "To keep it going, follow these steps:"


# Normal decoding as the fallback, or as the answer.

REASONS = [
    (
        "I would rather tell you about the weather, which is nice today, and stays so. " * 8,
        "no list of points",
    ),
    ("1. Clean chain\n", "fewer than 2"),
    (ServerError("out of memory", status=500), "out of memory"),
    (BadRequestError("no such field", status=400), "no such field"),
    (RateLimitError("slow down"), "slow down"),
    (Script("1. Clean chain\n2. F", GONE), "the connection broke"),
]


@pytest.mark.parametrize("pipeline", [True, False])
@pytest.mark.parametrize(
    "normal",
    [
        NORMAL,
        "  \n" + NORMAL,
        "Here are five ways:\n\n1. Oil\n2. Pump",
        "1. Oil\n2. Pump",
        "To ride far, try these 7 tips: sit well.",
    ],
)
@pytest.mark.parametrize(("skeleton", "reason"), REASONS)
async def test_a_failed_skeleton_lets_normal_decoding_go_on(
    skeleton: Any, reason: str, normal: str, pipeline: bool
) -> None:
    gate = asyncio.Event()
    engine = engine_of(Script(*normal[:9], gate, *normal[9:]), skeleton)
    reading = Reading(engine, pipeline=pipeline)
    await reading.until_event(FellBack)
    gate.set()
    answer = await reading.task
    assert answer.text == texts(reading.events) == normal.lstrip()
    assert answer.fell_back is not None
    assert reason in answer.fell_back
    assert answer.opening == ""
    assert answer.points == ()
    assert answer.finish_reason == "stop"
    assert engine.stages().count("normal") == 1
    assert answer.usage.requests == len(engine.requests)
    assert opened(reading.events) == []


async def test_the_finish_reason_of_the_fallback_is_that_of_normal_decoding() -> None:
    gate = asyncio.Event()
    engine = engine_of(Script("A long text ", gate, "without an end", finish_reason="length"), "")
    reading = Reading(engine)
    await reading.until_event(FellBack)
    gate.set()
    answer = await reading.task
    assert answer.finish_reason == "length"
    assert not answer.complete


@pytest.mark.parametrize(("skeleton", "text"), [(THREE, f"{OPENING}\n\n{POINTS}"), ("", NORMAL)])
async def test_a_text_cut_by_its_limit_waits_for_the_skeleton(skeleton: str, text: str) -> None:
    gate = asyncio.Event()
    engine = engine_of(Script(NORMAL, finish_reason="length"), Script(gate, skeleton))
    reading = Reading(engine)
    await engine.until(lambda: state_of(engine, "normal") == "finished")
    gate.set()
    assert (await reading.task).text == text


async def test_normal_decoding_that_ends_first_is_the_answer() -> None:
    engine = engine_of("Oil it. Pump it. Ride it.", Script("1. Clean chain\n2", asyncio.Event()))
    reading = Reading(engine)
    answer = await reading.task
    assert answer.text == texts(reading.events) == "Oil it. Pump it. Ride it."
    assert answer.fell_back is None
    assert (answer.skeleton.points, answer.points, answer.opening) == ((), (), "")
    assert [event.followed_by for event in opened(reading.events)] == ["answer"]
    assert "short" in opened(reading.events)[0].reason
    assert engine.of("skeleton").state == "closed"
    assert answer.usage.requests == len(engine.requests) == 3
    assert engine.in_flight == 0


async def test_without_any_text_normal_decoding_is_no_answer() -> None:
    gate = asyncio.Event()
    engine = engine_of(Script(" \n"), Script(gate, THREE))
    reading = Reading(engine)
    await engine.until(lambda: state_of(engine, "normal") == "finished")
    gate.set()
    assert (await reading.task).text == POINTS


@pytest.mark.parametrize(
    ("normal", "opening"),
    [
        (GONE, ""),
        (Script(OPENING, " And", GONE), OPENING),
        (Script("A bicycle lasts", GONE), "A bicycle lasts …"),
        (Script("Here are three", GONE), ""),
    ],
)
async def test_without_normal_decoding_the_skeleton_goes_on(normal: Any, opening: str) -> None:
    gate = asyncio.Event()
    engine = engine_of(normal, Script(gate, THREE))
    reading = Reading(engine)
    await engine.until(lambda: state_of(engine, "normal") == "failed")
    gate.set()
    answer = await reading.task
    assert answer.text == (f"{opening}\n\n{POINTS}" if opening else POINTS)
    assert answer.opening == opening
    assert opened(reading.events)[-1].followed_by in ("failed", "points")


@pytest.mark.parametrize(
    ("skeleton", "normal", "error"),
    [
        (ServerError("first", status=500), BadRequestError("second", status=400), BadRequestError),
        (
            AuthenticationError("first", status=401),
            AuthenticationError("second", status=401),
            AuthenticationError,
        ),
        (RateLimitError("first"), ServerError("second", status=500), RateLimitError),
        (GONE, GONE, BackendConnectionError),
        ("", Script("A bicycle ", GONE), BackendConnectionError),
    ],
)
async def test_where_both_fail_it_raises(skeleton: Any, normal: Any, error: type[BackendError]) -> None:
    with pytest.raises(error):
        await answer_of(engine_of(normal, skeleton))


async def test_a_request_refused_beside_another_is_sent_again_alone() -> None:
    def answer(request: Request) -> Script:
        refused = request.stage == "normal" and request.attempt == 1
        return Script(RateLimitError("too many at once")) if refused else by_stage("", normal=NORMAL)(request)

    assert (await answer_of(ScriptedBackend(answer))).text == NORMAL


@pytest.mark.parametrize("can_prefill", [True, False])
async def test_when_no_point_can_be_written_the_opening_is_continued(can_prefill: bool) -> None:
    def answer(request: Request) -> Script:
        if request.stage == "normal" and request.attempt > 1:
            return Script(*(NORMAL[len(request.prefill or "") :]))
        never = Script(f"{OPENING}\n\n1.", asyncio.Event())
        return by_stage(skeleton, dict.fromkeys((1, 2, 3), ""), never)(request)

    gate = asyncio.Event()
    skeleton = Script(gate, THREE.removeprefix("1.") if can_prefill else THREE)
    engine = ScriptedBackend(answer, can_prefill=can_prefill)
    reading = Reading(engine)
    await reading.until_text(OPENING)
    gate.set()
    found = await reading.task
    assert found.text == texts(reading.events) == NORMAL
    assert found.fell_back is not None
    assert "no point could be written" in found.fell_back


async def test_a_refused_prefill_does_not_disturb_the_opening() -> None:
    def answer(request: Request) -> Script:
        refused = request.stage == "skeleton" and request.prefill is not None
        if refused:
            return Script(PrefillRefusedError("no"))
        if request.stage == "normal":
            return Script(f"{OPENING}\n\n1. Oil", asyncio.Event())
        return by_stage(THREE)(request)

    engine = ScriptedBackend(answer, can_prefill=True)
    answer_ = await answer_of(engine)
    assert answer_.text.startswith("A bicycle lasts when it is looked after.")
    assert answer_.text.endswith(POINTS)
    assert engine.stages().count("normal") == 1


# Where there is none.


def says(engine: ScriptedBackend, **fields: Any) -> ScriptedBackend:
    """The engine with other capabilities."""
    told = engine.info

    async def info() -> BackendInfo:
        return replace(await told(), **fields)

    engine.info = info
    return engine


@pytest.mark.parametrize(
    ("fields", "settings", "expected"),
    [
        ({}, {}, True),
        ({}, {"opening": False}, False),
        ({"parallel": 4}, {}, True),
        ({"parallel": 3}, {}, False),
        ({}, {"max_parallel": 4}, True),
        ({}, {"max_parallel": 3}, False),
        ({}, {"max_in_flight": 3}, False),
        ({"thinks": True}, {}, False),
        ({"thinks": True, "stops_thinking": True}, {"thinking": "off"}, True),
        ({"thinks": True, "stops_thinking": True}, {"thinking": "skeleton"}, False),
        ({}, {"thinking": "on"}, False),
        ({}, {"max_answer_tokens": 1024}, True),
        ({}, {"max_answer_tokens": 200}, False),
    ],
)
async def test_where_the_answer_is_opened(
    fields: dict[str, Any], settings: dict[str, Any], expected: bool
) -> None:
    engine = says(engine_of(Script(f"{OPENING}\n\n1.", asyncio.Event())), **fields)
    answer = await answer_of(engine, **settings)
    assert ("normal" in engine.stages()) is expected
    assert bool(answer.opening) is expected
    assert "1. **Clean chain**: Text of point 1." in answer.text


async def test_an_answer_of_few_words_has_no_opening() -> None:
    engine = engine_of()
    sot = made(engine, opening=True)
    await sot.answer(f"{QUESTION} Answer in at most 80 words.")
    assert "normal" not in engine.stages()


async def test_other_answers_in_flight_leave_the_opening_out() -> None:
    gate = asyncio.Event()
    points = {index: Script(gate, "Text.") for index in (1, 2, 3)}
    engine = engine_of(Script(f"{OPENING}\n\n1.", asyncio.Event()), THREE, points)
    sot = made(engine, opening=True, max_in_flight=5)
    first = asyncio.create_task(sot.answer(QUESTION))
    await engine.until_started(1, 2, 3)
    second = asyncio.create_task(sot.answer(QUESTION))
    await engine.until(lambda: engine.stages().count("skeleton") == 2)
    gate.set()
    assert (await first).opening
    assert not (await second).opening


async def test_the_tokens_stay_within_the_limit_of_the_answer() -> None:
    engine = engine_of(Script(*["word "] * 2000), "")
    answer = await answer_of(engine, max_answer_tokens=600)
    assert answer.fell_back is not None
    assert answer.finish_reason == "length"
    assert answer.usage.completion_tokens <= 600


# Stop sequences, cancelling, closing.


async def test_a_stop_sequence_in_the_points_ends_the_answer() -> None:
    engine = engine_of(Script(f"{OPENING}\n\n1.", asyncio.Event()), points={2: "Text ENDE and more."})
    answer = await answer_of(engine, stop=("ENDE",))
    assert answer.text.startswith(answer.opening)
    assert answer.text.endswith("2. **Firm tyres**: Text ")
    assert engine.in_flight == 0


async def test_a_stop_sequence_in_normal_decoding_ends_the_fallback() -> None:
    gate = asyncio.Event()
    engine = engine_of(Script("Oil it EN", gate, "DE and more."), "")
    reading = Reading(engine, stop=("ENDE",))
    await reading.until_event(FellBack)
    gate.set()
    assert (await reading.task).text == "Oil it "


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_leaving_ends_every_request(steps: int) -> None:
    engine = engine_of(Script(*NORMAL, asyncio.Event()), Script(*THREE, asyncio.Event()))
    task = asyncio.create_task(made(engine, opening=True).answer(QUESTION))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert engine.in_flight == 0
    assert {request.state for request in engine.requests} <= {"closed", "finished"}


CLOSING = "With this it runs for years. Enjoy the ride."


@pytest.mark.parametrize("opening", [True, False])
async def test_a_closing_rounds_the_answer_off(opening: bool) -> None:
    engine = engine_of(Script(f"{OPENING}\n\n1.", asyncio.Event()), closing=CLOSING)
    answer = await answer_of(engine, closing=True, opening=opening)
    assert answer.closing == CLOSING
    assert answer.text.endswith(f"{POINTS}\n\n{CLOSING}")
    assert answer.usage.requests == len(engine.requests)
    asked = engine.of("closing").last
    assert QUESTION in asked
    assert "3. Good brakes" in asked


async def test_a_closing_ends_before_a_control_token() -> None:
    engine = engine_of(closing="Enjoy the ride.<|im_end|>\nuser asks")
    assert (await answer_of(engine, closing=True, opening=False)).text == f"{POINTS}\n\nEnjoy the ride."


@pytest.mark.parametrize(
    "closing",
    [
        "",
        GONE,
        "- Oil it\n- Pump it",
        "Text of point 2.",
        "1. Oil it",
        "Enjoy it. Text of point 3.",
        Script("An end that", GONE),
        Script("An end that is cut", finish_reason="length"),
    ],
)
async def test_without_a_good_closing_there_is_none(closing: Any) -> None:
    answer = await answer_of(engine_of(closing=closing), closing=True, opening=False)
    assert answer.text == POINTS
    assert answer.closing == ""
    assert answer.finish_reason == "stop"


async def test_an_answer_that_lacks_a_point_has_no_closing() -> None:
    answer = await answer_of(engine_of(points={2: ""}, closing=CLOSING), closing=True, opening=False)
    assert not answer.complete
    assert answer.closing == ""
    assert CLOSING not in answer.text


async def test_usage_counts_every_request() -> None:
    engine = engine_of(Script(OPENING + "\n\n", asyncio.Event(), usage=Usage(7, 0, 9, 1)), closing=CLOSING)
    answer = await answer_of(engine, closing=True)
    assert answer.usage.requests == len(engine.requests) == 6


async def test_points_start_as_early_as_without_an_opening() -> None:
    held = asyncio.Event()
    engine = engine_of(Script("A bicycle ", held, "lasts long. Yes.\n\n1. Oil"))
    reading = Reading(engine)
    await engine.until_started(1, 2, 3)
    assert [event.index for event in reading.events if isinstance(event, PointStarted)] == [1, 2, 3]
    held.set()
    assert (await reading.task).text.endswith(POINTS)


async def test_points_that_the_reader_has_seen_stay_whatever_mark_comes_later() -> None:
    skeleton = [
        "1. Plan a\n",
        "2. Plan b\n",
        "3. Plan c\n",
        *["so "] * 40,
        "</think>\n",
        "1. Clean chain\n",
        "2. Tyres\n",
    ]
    for opening in (True, False):
        answer = await answer_of(engine_of(skeleton=Script(*skeleton)), opening=opening)
        assert [point.title for point in answer.points] == ["Plan a", "Plan b"]
        assert answer.text.endswith("1. **Plan a**: Text of point 1.\n\n2. **Plan b**: Text of point 2.")
        assert answer.text.count("**Plan a**") == 1


@pytest.mark.parametrize("begun", [[], ["A bicycle ", "lasts "]])
def test_an_opening_that_failed_is_asked_for_again_where_the_skeleton_is_of_no_use(begun: list[str]) -> None:
    failure = GONE if begun else ServerError("busy", status=503, retry_after=3)
    first = Script(*begun, failure)
    others = by_stage("I cannot write a list.", None, NORMAL)

    def play(request: Request) -> Any:
        sent = sum(other.stage == "normal" for other in engine.requests)
        return first if request.stage == "normal" and sent == 1 else others(request)

    engine = ScriptedBackend(play)

    async def answering() -> Answer:
        return await answer_of(engine)

    answer = run_virtually(answering())
    assert answer.fell_back
    assert "looked after. A few minutes a week will do." in answer.text
    assert answer.text.count("A bicycle lasts") == 1


def test_normal_decoding_goes_on_where_no_point_could_be_written() -> None:
    gate = asyncio.Event()
    broken = ServerError("broken", status=500)

    async def answering() -> Answer:
        engine = engine_of(
            normal=Script("A bicycle lasts when it ", gate, "is kept. More."),
            points={1: [broken] * 3, 2: [broken] * 3, 3: [broken] * 3},
        )
        asyncio.get_running_loop().call_later(2.5, gate.set)
        return await answer_of(engine)

    assert run_virtually(answering()).text == "A bicycle lasts when it is kept. More."


def test_a_closing_that_stalls_is_given_up() -> None:
    async def answering() -> Answer:
        return await answer_of(engine_of(closing=Script("Regular care", asyncio.Event())), closing=True)

    answer = run_virtually(answering())
    assert answer.text.endswith(POINTS)
    assert (answer.closing, answer.complete) == ("", True)


async def test_a_stop_sequence_holds_for_the_answer_and_not_for_one_request() -> None:
    answer = await answer_of(engine_of(), stop=(" looked",))
    assert (answer.opening, answer.text) == ("", POINTS)
