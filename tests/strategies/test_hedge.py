"""Hedging: the answer starts while the router decides, and the losers leave no trace but their cost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from scripted import PROMPT_TOKENS, Request, Script, ScriptedBackend, by_stage

from sot import SkeletonOfThought
from sot.errors import AuthenticationError, BackendConnectionError, SotError
from sot.events import Event, Finished, Routed, TextDelta
from sot.types import Answer, Message, Route, StrategyName, Usage

QUESTION = "How can I live well?"
SKELETON = "1. Sleep early\n2. Eat well\n"


class SlowRouter:
    """Decides when it is let."""

    name = "slow"

    def __init__(self, strategy: StrategyName | Exception) -> None:
        self.strategy: StrategyName | Exception = strategy
        self.gate = asyncio.Event()

    async def route(self, messages: Sequence[Message]) -> Route:
        await asyncio.wait_for(self.gate.wait(), 10)
        if isinstance(self.strategy, Exception):
            raise self.strategy
        return Route(self.strategy, 0.8, "because", self.name, Usage(1, 0, 1, 1))


@pytest.fixture(autouse=True)
async def _no_task_is_left() -> Any:
    yield
    assert asyncio.all_tasks() <= {asyncio.current_task()}


def texts(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def watched(sot: SkeletonOfThought, events: list[Event], **settings: Any) -> Answer:
    async for event in sot.stream(QUESTION, route="hedge", **settings):
        events.append(event)
    last = events[-1]
    assert isinstance(last, Finished)
    return last.answer


@pytest.mark.parametrize(
    ("strategy", "text"),
    [
        ("normal", "A normal answer."),
        ("skeleton", "1. **Sleep early**: Text of point 1.\n\n2. **Eat well**: Text of point 2."),
    ],
)
async def test_the_winner_is_shown_once_the_route_is_known(strategy: StrategyName, text: str) -> None:
    router, engine, events = SlowRouter(strategy), ScriptedBackend(by_stage(SKELETON)), list[Event]()
    answering = asyncio.create_task(watched(SkeletonOfThought(engine, router=router), events))
    await engine.until(lambda: len(engine.requests) == 4 and engine.in_flight == 0)
    assert events == []  # both are written, and the reader has seen nothing
    router.gate.set()
    answer = await answering
    assert isinstance(events[0], Routed)
    assert answer.text == texts(events) == text
    assert answer.route.router == "slow"
    assert answer.usage == Usage(
        4 * PROMPT_TOKENS + 1, 0, sum(len(words(request)) for request in engine.requests) + 1, 5
    )
    assert answer.timing.first_text_s is not None
    assert answer.timing.first_text_s >= answer.timing.route_s
    assert len(answer.points) == (2 if strategy == "skeleton" else 0)


def words(request: Request) -> list[str]:
    steps = by_stage(SKELETON)(request).steps
    return [step for step in steps if isinstance(step, str)]


@pytest.mark.parametrize("strategy", ["normal", "skeleton", "cot"])
async def test_the_losers_are_aborted(strategy: StrategyName) -> None:
    router, never = SlowRouter(strategy), asyncio.Event()
    first: dict[str, Script] = {
        "skeleton": Script("1. Sleep early\n", "2. Eat", never, " well\n"),
        "normal": Script("One ", never, "two."),
        "point": Script("Text ", never, "of a point."),
    }
    engine = ScriptedBackend(lambda request: first.get(request.stage) or Script("Result."))
    events = list[Event]()
    answering = asyncio.create_task(watched(SkeletonOfThought(engine, router=router), events))
    await engine.until(lambda: len(engine.requests) >= 3)
    router.gate.set()
    lost = [r for r in engine.requests if (r.stage == "normal") != (strategy == "normal")]
    lost = engine.requests[:3] if strategy == "cot" else lost
    await engine.until(lambda: all(request.state == "closed" for request in lost))
    never.set()
    answer = await answering
    assert {request.state for request in engine.requests if request not in lost} == {"finished"}
    assert answer.usage.requests == len(engine.requests) + 1
    assert answer.usage.completion_tokens >= 1 + len(lost)
    assert texts(events) == answer.text
    assert answer.text.startswith(
        {"normal": "One two.", "skeleton": "1. **Sleep", "cot": "Result."}[strategy]
    )


@pytest.mark.parametrize("router", ["hybrid", "rules", "trained"])
async def test_a_quick_router_leaves_nothing_to_hedge(router: str) -> None:
    engine, events = ScriptedBackend(by_stage(SKELETON)), list[Event]()
    answer = await watched(SkeletonOfThought(engine, router=router, opening=False), events)
    assert engine.stages() == ["skeleton", "point", "point"]
    assert answer.usage.requests == 3


@pytest.mark.parametrize(("letter", "strategy"), [("A", "skeleton"), ("B", "normal"), ("C", "cot")])
async def test_with_the_llm_router(letter: str, strategy: str) -> None:
    engine, events = ScriptedBackend(by_stage(SKELETON, route=letter)), list[Event]()
    answer = await watched(SkeletonOfThought(engine, router="llm"), events)
    assert answer.route.strategy == strategy
    assert engine.requests[0].stage == "route"
    assert answer.usage.requests == len(engine.requests) >= 3
    assert engine.in_flight == 0


@pytest.mark.parametrize("limits", [{"max_parallel": 1}, {"max_in_flight": 1}])
@pytest.mark.parametrize("letter", ["A", "B", "C"])
async def test_the_limits_hold(limits: dict[str, Any], letter: str) -> None:
    engine = ScriptedBackend(by_stage(SKELETON, route=letter))
    answer = await watched(SkeletonOfThought(engine, router="llm", **limits), [])
    assert answer.text
    assert engine.peak <= (1 if "max_in_flight" in limits else 2)  # the router's request is one more


async def test_a_forced_strategy_is_not_hedged() -> None:
    engine = ScriptedBackend(by_stage(SKELETON, route="A"))
    await watched(SkeletonOfThought(engine, router="llm"), [], strategy="normal")
    assert engine.stages() == ["normal"]


async def test_a_loser_that_fails_does_no_harm() -> None:
    router = SlowRouter("normal")
    engine = ScriptedBackend(by_stage(AuthenticationError("no", status=401)))
    answering = asyncio.create_task(watched(SkeletonOfThought(engine, router=router), []))
    await engine.until(lambda: len(engine.requests) == 2 and engine.in_flight == 0)
    router.gate.set()
    assert (await answering).text == "A normal answer."


async def test_a_winner_that_fails_is_told() -> None:
    router = SlowRouter("normal")
    engine = ScriptedBackend(by_stage(SKELETON, normal=BackendConnectionError("gone")))
    answering = asyncio.create_task(watched(SkeletonOfThought(engine, router=router), []))
    await engine.until(lambda: any(request.state == "failed" for request in engine.requests))
    router.gate.set()
    with pytest.raises(BackendConnectionError, match="gone"):
        await answering


async def test_a_router_that_fails_ends_the_candidates() -> None:
    router, never = SlowRouter(SotError("the router has no model")), asyncio.Event()
    engine = ScriptedBackend(lambda _: Script("One ", never))
    answering = asyncio.create_task(watched(SkeletonOfThought(engine, router=router), []))
    await engine.until(lambda: engine.in_flight == 2)
    router.gate.set()
    with pytest.raises(SotError, match="the router has no model"):
        await answering
    assert [request.state for request in engine.requests] == ["closed", "closed"]


@pytest.mark.parametrize("routed", [False, True])
async def test_cancelling_ends_everything(routed: bool) -> None:
    router, never = SlowRouter("skeleton"), asyncio.Event()
    engine = ScriptedBackend(lambda _: Script("1. ", never))
    answering = asyncio.create_task(watched(SkeletonOfThought(engine, router=router), []))
    await engine.until(lambda: engine.in_flight == 2)
    if routed:
        router.gate.set()
        await engine.until(lambda: engine.in_flight == 1)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert {request.state for request in engine.requests} == {"closed"}
