"""Repairs of points: they wait as the engine asks, and end with it. The time is simulated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest
from rows import rows
from scripted import Answerable, Request, Script, ScriptedBackend, by_stage, made

from sot.backends.replay.virtual_time import run_virtually
from sot.errors import (
    BackendConnectionError,
    BackendTimeoutError,
    EngineError,
    PrefillRefusedError,
    RateLimitError,
    ServerError,
    SotError,
)
from sot.events import PointDelta, PointFinished, PointStarted, TextDelta
from sot.strategies.repairs import LONGEST_WAIT, RepairGate
from sot.types import Answer

QUESTION = "How can I live well?"
THREE = "1. Sleep early\n2. Eat well\n3. Move\n"
FILLED = " Sleep early\n2. Eat well\n3. Move\n"
REFUSED = BackendConnectionError("connection refused", reached=False)
BROKEN = BackendConnectionError("the connection broke")


class TimedEngine(ScriptedBackend):
    """The scripted test double, which also notes when each attempt at a point begins."""

    def __init__(
        self, points: dict[int, Answerable | list[Answerable]], *, can_prefill: bool = False
    ) -> None:
        answer = by_stage(FILLED if can_prefill else THREE, points)
        self.begins: dict[tuple[int, int], float] = {}

        def timed(request: Request) -> Script:
            if request.stage == "point":
                now = asyncio.get_running_loop().time()
                self.begins[request.index, request.attempt] = now
            return answer(request)

        super().__init__(timed, can_prefill=can_prefill)


def answered(engine: ScriptedBackend, later: asyncio.Event | None = None, **settings: object) -> Answer:
    """The answer; ``later`` is set after 50 simulated seconds."""

    async def main() -> Answer:
        if later is not None:
            asyncio.get_running_loop().call_later(50.0, later.set)
        return await made(engine, opening=False, **settings).answer(QUESTION)

    return run_virtually(main())


ASKS = [
    (RateLimitError("slow down", retry_after=5.0), 5.0),
    (RateLimitError("slow down", retry_after=LONGEST_WAIT), LONGEST_WAIT),
    (ServerError("busy", status=503, retry_after=2.5), 2.5),
    (RateLimitError("slow down", retry_after=0.0), 0.0),
    (RateLimitError("slow down"), 0.0),
]


@pytest.mark.parametrize(("error", "wait"), ASKS)
@pytest.mark.parametrize("can_prefill", [True, False])
@pytest.mark.parametrize("begun", ["", "Half a sentence"])
def test_a_repair_waits_as_long_as_the_engine_asks(
    begun: str, can_prefill: bool, error: SotError, wait: float
) -> None:
    steps = (begun, error) if begun else (error,)
    later = asyncio.Event()  # point 1 keeps the third from being shown
    points = {1: Script("One", later, "."), 3: [Script(*steps), "and the rest."]}
    engine = TimedEngine(points, can_prefill=can_prefill)
    answer = answered(engine, later)
    assert engine.begins[3, 2] - engine.begins[3, 1] == pytest.approx(wait)
    assert answer.points[2].status == "repaired"
    assert answer.complete


@pytest.mark.parametrize("seconds", [LONGEST_WAIT + 0.5, 3600.0, float("inf")])
@pytest.mark.parametrize("kind", [429, 503])
def test_a_wait_beyond_the_patience_is_not_begun(kind: int, seconds: float) -> None:
    error = (
        RateLimitError("slow down", retry_after=seconds)
        if kind == 429
        else ServerError("busy", status=503, retry_after=seconds)
    )
    engine = TimedEngine({2: error})

    async def main() -> tuple[Answer, float]:
        answer = await made(engine, opening=False).answer(QUESTION)
        return answer, asyncio.get_running_loop().time()

    answer, took = run_virtually(main())
    assert (took, (2, 2) in engine.begins) == (0.0, False)
    assert (answer.points[1].status, answer.complete) == ("missing", False)


def test_points_that_are_refused_together_wait_side_by_side() -> None:
    error = RateLimitError("slow down", retry_after=15.0)
    engine = TimedEngine({index: [error, f"Whole text {index}a."] for index in (1, 2, 3)})
    answer = answered(engine)
    assert {engine.begins[index, 2] for index in (1, 2, 3)} == {15.0}
    assert [point.text for point in answer.points] == ["Whole text 1a.", "Whole text 2a.", "Whole text 3a."]


def test_what_a_point_wrote_before_it_waits_is_not_shown_meanwhile() -> None:
    later = asyncio.Event()
    error = RateLimitError("slow down", retry_after=5.0)
    engine = TimedEngine({1: Script("One", later, "."), 2: [Script("Wrong words", error), "Two."]})

    async def main() -> list[str]:
        asyncio.get_running_loop().call_later(2.0, later.set)
        return [text async for text in made(engine, opening=False).stream_text(QUESTION)]

    text = "".join(run_virtually(main()))
    assert "\n\n2. **Eat well**: Two.\n\n" in text
    assert "Wrong" not in text


def test_leaving_during_a_wait_ends_it_at_once() -> None:
    engine = TimedEngine({3: RateLimitError("slow down", retry_after=19.0)})

    async def main() -> float:
        async with aclosing(made(engine, opening=False).stream(QUESTION)) as events:
            finished = 0
            async for event in events:
                finished += isinstance(event, PointFinished)
                if finished == 2:
                    break
        return asyncio.get_running_loop().time()

    assert run_virtually(main()) == 0.0
    assert engine.in_flight == 0
    assert (3, 2) not in engine.begins


@pytest.mark.parametrize(
    "error",
    [
        REFUSED,
        BackendConnectionError("an untrusted certificate", retryable=False),
        pytest.param(RateLimitError("no credit is left"), id="no credit"),
    ],
)
def test_what_a_repair_would_meet_again_is_not_repaired(error: SotError) -> None:
    if isinstance(error, RateLimitError):
        error.retryable = False
    engine = TimedEngine({2: error})
    answer = answered(engine)
    assert [point.status for point in answer.points] == ["done", "missing", "done"]
    assert len(engine.requests) == 4


def test_no_repair_is_announced_that_is_not_sent() -> None:
    engine = TimedEngine({2: REFUSED})

    async def main() -> list[PointStarted]:
        events = made(engine, opening=False).stream(QUESTION)
        return [event async for event in events if isinstance(event, PointStarted)]

    assert {event.attempt for event in run_virtually(main())} == {1}


def test_connections_that_broke_on_a_living_engine_are_all_repaired() -> None:
    later = asyncio.Event()
    broken = {index: [Script("Half", BROKEN), f"Whole text {index}a."] for index in (2, 3)}
    engine = TimedEngine({1: Script("One", later, "."), **broken})
    answer = answered(engine, later)
    assert [point.text for point in answer.points] == ["One.", "Whole text 2a.", "Whole text 3a."]
    assert engine.begins[2, 2] == engine.begins[3, 2] == 0.0


@pytest.mark.parametrize("then", [REFUSED, EngineError("closed"), BackendTimeoutError("no answer")])
def test_an_engine_that_died_is_asked_once_more_and_not_for_each_point(then: SotError) -> None:
    many = "".join(f"{index}. Title {index}\n" for index in range(1, 9))
    dying = EngineError("died") if isinstance(then, EngineError) else BROKEN
    if isinstance(then, BackendTimeoutError):
        dying = BackendTimeoutError("no token")
    gate = asyncio.Event()  # keeps point 1 alive until the others are given up
    died = asyncio.Event()  # when all points are under way
    points = {index: [Script("Half a", died, dying), then] for index in range(2, 9)}
    engine = ScriptedBackend(by_stage(many, {1: Script("One", gate, "."), **points}))

    async def main() -> Answer:
        finished = written = 0
        async for event in made(engine, opening=False).stream(QUESTION):
            written += isinstance(event, PointDelta)
            finished += isinstance(event, PointFinished)
            if written == 8:
                died.set()
            if finished == 7:
                gate.set()
            last = event
        return last.answer  # type: ignore[union-attr]

    answer = run_virtually(main())
    repairs = [request for request in engine.requests if request.attempt == 2]
    assert len(repairs) == 1
    assert len(answer.points) == 8
    assert (answer.finish_reason, answer.complete) == ("error", False)


def test_text_is_never_taken_back_whatever_the_engine_asks() -> None:
    error = RateLimitError("slow down", retry_after=3.0)
    later = asyncio.Event()  # point 1, which is shown at once, keeps the others from being shown
    broken = {index: [Script("Half a", error), "All of it."] for index in (2, 3)}
    engine = TimedEngine({1: [Script("Half a", later, error), "All of it."], **broken})

    async def main() -> tuple[str, str]:
        asyncio.get_running_loop().call_later(50.0, later.set)
        pieces: list[str] = []
        async for event in made(engine, opening=False).stream(QUESTION):
            if isinstance(event, TextDelta):
                pieces.append(event.text)
            last = event
        return "".join(pieces), last.answer.text  # type: ignore[union-attr]

    streamed, text = run_virtually(main())
    assert streamed == text
    assert text.count("All of it.") >= 2


@rows("refused", [True, False])
def test_what_is_shown_while_a_repair_waits_stays_where_the_repair_writes_nothing(refused: bool) -> None:
    """The repair goes on with the text, of which only whole sentences would have been kept otherwise."""
    ends = [asyncio.Event() for _ in range(3)]  # set after one, two, and three simulated seconds
    error = ServerError("broken", status=500) if refused else RateLimitError("slow down", retry_after=5.0)
    engine = TimedEngine(
        {
            1: Script("One", ends[0], "."),
            2: [Script("Cook. Eat and", error), Script(ends[1], PrefillRefusedError("no"))],
            3: "Run." if refused else Script(ends[2], REFUSED),
        },
        can_prefill=True,
    )

    async def main() -> Answer:
        for seconds, end in enumerate(ends, 1):
            asyncio.get_running_loop().call_later(seconds, end.set)
        return await made(engine, opening=False).answer(QUESTION)

    answer = run_virtually(main())
    assert "\n\n2. **Eat well**: Cook. Eat and …\n\n" in answer.text
    assert (answer.points[1].text, answer.points[1].status) == ("Cook. Eat and …", "trimmed")


# The gate alone.


def simulated(main: Callable[[RepairGate], Awaitable[None]], patience: float = LONGEST_WAIT) -> float:
    """Run on a gate; returns the simulated seconds."""

    async def run() -> float:
        await main(RepairGate(patience))
        return asyncio.get_running_loop().time()

    return run_virtually(run())


def test_all_waits_of_an_answer_share_one_patience() -> None:
    async def main(gate: RepairGate) -> None:
        for seconds, sent in ((6.0, True), (3.0, True), (2.0, False), (1.0, True), (0.5, False)):
            assert await gate.enter(RateLimitError("slow down", retry_after=seconds)) is sent

    assert simulated(main, patience=10.0) == 10.0


def test_a_refused_connection_ends_the_repairs_until_text_comes() -> None:
    async def main(gate: RepairGate) -> None:
        assert not await gate.enter(REFUSED)
        assert not await gate.enter(None)
        gate.alive(gate.clock)
        assert await gate.enter(None)

    simulated(main)


@pytest.mark.parametrize("sign", ["text", "end"])
def test_repairs_wait_for_the_one_that_goes_ahead(sign: str) -> None:
    async def main(gate: RepairGate) -> None:
        assert await gate.enter(BROKEN)
        others = [asyncio.create_task(gate.enter(BROKEN)) for _ in range(3)]
        await asyncio.sleep(1.0)
        assert not any(task.done() for task in others)
        if sign == "text":
            gate.alive(gate.clock)
        else:
            gate.leave(None)
        assert await asyncio.gather(*others) == [True, True, True]

    assert simulated(main) == 1.0


def test_a_repair_that_goes_ahead_and_is_refused_ends_the_others() -> None:
    async def main(gate: RepairGate) -> None:
        assert await gate.enter(BROKEN)
        others = [asyncio.create_task(gate.enter(BROKEN)) for _ in range(3)]
        await asyncio.sleep(1.0)
        gate.leave(REFUSED)
        assert await asyncio.gather(*others) == [False, False, False]

    simulated(main)


def test_text_that_was_under_way_does_not_show_that_the_engine_lives() -> None:
    async def main(gate: RepairGate) -> None:
        before = gate.clock
        assert await gate.enter(BROKEN)
        gate.leave(REFUSED)
        gate.alive(before)
        assert not await gate.enter(BROKEN)

    simulated(main)
