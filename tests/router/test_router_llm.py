"""The llm router: what it asks the engine, how it reads the reply, and what happens without one."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import rows
from scripted import PROMPT_TOKENS, Answerable, Script, ScriptedBackend, by_stage, made

from sot import SkeletonOfThought
from sot.errors import (
    AuthenticationError,
    BackendConnectionError,
    BackendTimeoutError,
    ConfigError,
    ContextLengthError,
)
from sot.events import Routed
from sot.options import Options
from sot.router import LlmRouter, Router, RulesRouter, make_router
from sot.router.llm import read_letter
from sot.strategies import strategy_names
from sot.types import Message, StrategyName, Usage

ADVICE = "How can I sleep better?"
FACT = "What do you call a person who walks in their sleep?"
SUM = "What is 17 + 25?"
SKELETON = "1. Dark room\n2. Less coffee\n"


def engine(route: Answerable, *, caches: bool = False) -> ScriptedBackend:
    answer = by_stage(SKELETON, route=route)
    return ScriptedBackend(answer, can_prefill=caches, caches_prefixes=caches)


def asked(question: str) -> tuple[Message, ...]:
    return (Message("user", question),)


# Reading the reply.


@rows(
    ("reply", "strategy"),
    [
        ("A", "skeleton"),
        ("B", "normal"),
        ("C", "cot"),
        (" c\n", "cot"),
        ("**B**", "normal"),
        ("(A)", "skeleton"),
        ("A: several points", "skeleton"),
        ("A.", "skeleton"),
        ("Answer: C", "cot"),
        ("The letter", None),
        ("Answer: **B", "normal"),
        ("Form A", "skeleton"),
        ("Ｂ", "normal"),
        ("「C」", "cot"),
        ("Aです", "skeleton"),
        ("答え：B", "normal"),
        ("回答はC", None),
        ("A story about", None),
        ("Because", None),
        ("C'est", None),
        ("Côté", None),
        ("Bücher", None),
        ("Be\u0301be\u0301", None),
        ("A été", None),
        ("C++", None),
        ("A4", None),
        ("B-tree", None),
        ("A, B or C", None),
        ("A/B", None),
        ("A\nB\nC", None),
        ("B\n\nThe answer", "normal"),
        ("_A_", "skeleton"),
        ("A - several", "skeleton"),
        ("C) A result", "cot"),
        ("Call", None),
        ("1. Dark", None),
        ("D", None),
        ("", None),
        ("42", None),
    ],
)
def test_a_letter_must_stand_by_itself(reply: str, strategy: StrategyName | None) -> None:
    assert read_letter(reply) == strategy


@given(st.text())
def test_any_reply_can_be_read(reply: str) -> None:
    assert read_letter(reply) in (*strategy_names(), None)


# Asking.


@pytest.mark.parametrize(("letter", "strategy"), [("A", "skeleton"), ("B", "normal"), ("C", "cot")])
async def test_the_model_decides(letter: str, strategy: StrategyName) -> None:
    backend = engine(letter)
    route = await LlmRouter(backend).route(asked(ADVICE))
    assert (route.strategy, route.router) == (strategy, "llm")
    assert route.confidence == (0.9 if strategy == "skeleton" else 0.6)  # the hybrid router agrees, or not
    assert route.reason.startswith("the model says that the answer")
    assert route.usage == Usage(PROMPT_TOKENS, 0, 1, 1)


@pytest.mark.parametrize("reply", ["A", "B", "perhaps"])
async def test_a_list_of_items_is_told_once_whoever_decides(reply: str) -> None:
    questions = {
        "Explain each term in one sentence:\n- erosion\n- inflation": 1,
        "Translate each of these sentences into French:\n1. A cat sat here.\n2. A dog ran off.": 0,
    }
    for question, requests in questions.items():
        route = await LlmRouter(engine(reply)).route(asked(question))
        assert route.reason.count("brings 2 items and asks the same of each: --strategy items") == 1
        assert route.usage.requests == requests


async def test_what_is_asked() -> None:
    backend = engine("A", caches=True)
    history = (Message("system", "Be kind."), Message("user", "Hi"), Message("assistant", "Hello!"))
    router = LlmRouter(backend, options=Options(temperature=0.9, extra={"top_k": 1}, max_tokens=900))
    await router.route((*history, *asked(ADVICE)))
    (request,) = backend.requests
    assert request.messages[:-1] == history
    assert request.last.startswith(ADVICE + "\n\n")  # so that it shares the question with what follows
    assert (request.prefill, request.config.temperature, request.config.max_tokens) == (None, 0, 4)
    assert request.config.extra == {"top_k": 1}


@pytest.mark.parametrize("letter", ["B", "C", "A"])
async def test_what_follows_begins_the_same(letter: str) -> None:
    backend = engine(letter)  # it caches no prefixes, so that the skeleton is compact
    turns = [
        Message("system", "Be kind."),
        Message("user", "Hi"),
        Message("assistant", "Hello!"),
        *asked(ADVICE),
    ]
    await SkeletonOfThought(backend, router="llm").answer(turns)
    first, second = backend.requests[:2]
    assert first.stage == "route"
    assert first.messages[:-1] == second.messages[:-1]
    assert first.last.startswith(ADVICE)
    assert second.last.startswith(ADVICE)


async def test_the_question_is_asked_in_its_language() -> None:
    backend = engine("A")
    await LlmRouter(backend).route(asked("よく眠るにはどうすればいいですか。"))
    await LlmRouter(backend, options=Options(prompts="en")).route(asked("よく眠るにはどうすればいいですか。"))
    ours, english = backend.requests
    assert "1文字だけ" in ours.last
    assert "one letter only" in english.last


@pytest.mark.parametrize("turns", [(), asked(" "), (*asked(ADVICE), Message("assistant", "So."))])
async def test_no_question_is_not_asked(turns: tuple[Message, ...]) -> None:
    backend = engine("A")
    route = await LlmRouter(backend).route(turns)
    assert (route.strategy, route.router, backend.requests) == ("normal", "hybrid", [])


# Where the model gives no letter.


@pytest.mark.parametrize("reply", ["Sleep", ""])
async def test_a_reply_that_cannot_be_read(reply: str) -> None:
    route = await LlmRouter(engine(reply)).route(asked(ADVICE))
    assert (route.strategy, route.router) == ("skeleton", "hybrid")
    assert "the model's reply" in route.reason
    assert "is no letter" in route.reason
    assert route.usage.requests == 1


async def test_a_model_that_only_thinks_is_told_not_to_once() -> None:
    backend = engine("<think>A or")
    route = await LlmRouter(backend).route(asked(ADVICE))
    assert (route.strategy, route.router) == ("skeleton", "hybrid")
    assert "the model thought instead of replying" in route.reason
    assert [request.config.think for request in backend.requests] == [None, False]
    assert route.usage.requests == 2


async def test_thoughts_are_no_reply() -> None:
    route = await LlmRouter(engine("<think>A, or B?</think>C")).route(asked(ADVICE))
    assert (route.strategy, route.router) == ("cot", "llm")


@pytest.mark.parametrize(
    "error", [BackendConnectionError("gone"), BackendTimeoutError("late"), ContextLengthError()]
)
async def test_an_engine_that_fails(error: Exception) -> None:
    route = await LlmRouter(engine(error), fallback=RulesRouter()).route(asked(SUM))
    assert (route.strategy, route.router) == ("cot", "rules")
    assert f"the model could not be asked: {error}" in route.reason


async def test_a_refused_key_is_not_asked_again() -> None:
    with pytest.raises(AuthenticationError):
        await LlmRouter(engine(AuthenticationError("no", status=401))).route(asked(SUM))


async def test_cancelling_ends_the_request() -> None:
    backend = engine(Script(asyncio.Event()))
    task = asyncio.create_task(LlmRouter(backend).route(asked(SUM)))
    await backend.until(lambda: backend.in_flight == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [request.state for request in backend.requests] == ["closed"]


# In an answer.


@pytest.mark.parametrize(
    ("letter", "question", "requests"), [("A", FACT, 4), ("B", ADVICE, 2), ("C", ADVICE, 2), ("?", FACT, 2)]
)
async def test_an_answer_counts_the_routing(letter: str, question: str, requests: int) -> None:
    backend = engine(letter)
    answer = await SkeletonOfThought(backend, router="llm", opening=False).answer(question)
    assert len(backend.requests) == answer.usage.requests == requests
    assert answer.usage.prompt_tokens == requests * PROMPT_TOKENS
    assert answer.route.usage == Usage(PROMPT_TOKENS, 0, 1, 1)
    assert answer.timing.route_s > 0


async def test_a_forced_strategy_is_not_asked_for() -> None:
    backend = engine("A")
    answer = await SkeletonOfThought(backend, router="llm").answer(ADVICE, strategy="normal")
    assert backend.stages() == ["normal"]
    assert answer.route.usage == Usage()


async def test_routing_keeps_to_the_limit_of_requests() -> None:
    backend = engine("B")
    sot = SkeletonOfThought(backend, router="llm", max_in_flight=2)
    await asyncio.gather(*(sot.answer(FACT) for _ in range(6)))
    assert backend.peak == 2


async def test_the_route_is_told_before_the_text() -> None:
    sot = made(engine("B"), strategy="auto")
    events = [event async for event in sot.stream(FACT)]
    assert isinstance(events[0], Routed)


# By name.


@pytest.mark.parametrize("name", ["hybrid", "rules", "trained", "llm"])
async def test_a_router_by_name(name: str) -> None:
    sot = SkeletonOfThought(engine("C"), router=name)
    route = await sot.route(SUM)
    assert (route.strategy, route.router) == ("cot", name)


def test_names_that_do_not_work() -> None:
    with pytest.raises(ConfigError, match="no router 'dice': it must be one of hybrid, rules, trained, llm"):
        SkeletonOfThought(engine("A"), router="dice")
    with pytest.raises(ConfigError, match="the router llm asks a model: give it a backend"):
        make_router("llm")


def test_it_is_a_router() -> None:
    assert isinstance(make_router("llm", backend=engine("A")), Router)
