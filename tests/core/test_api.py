"""The Python API: `SkeletonOfThought`, in async code, in scripts and in notebooks."""

# A misspelt setting is a type error: a comment below that ignores none fails `make check`.
# pyright: reportUnnecessaryTypeIgnoreComment=true
from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rows import rows
from scripted import Request, Script, ScriptedBackend, by_stage, made

from sot import Options, SkeletonOfThought, final_history
from sot.errors import ConfigError, ServerError
from sot.events import Finished, TextDelta
from sot.registry import EngineEntry
from sot.types import Message

QUESTION = "How can I live well?"
SKELETON = "1. Sleep early\n2. Eat well\n"


def backend(skeleton: Any = SKELETON) -> ScriptedBackend:
    return ScriptedBackend(by_stage(skeleton))


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ScriptedBackend]]:
    """The engines made for the spec ``torch:…``, which are scripted here; all are closed at the end."""
    engines: list[ScriptedBackend] = []

    def make(entry: EngineEntry, model: str) -> ScriptedBackend:
        engines.append(backend())
        return engines[-1]

    monkeypatch.setattr(EngineEntry, "make", make)
    yield engines
    assert not [thread for thread in threading.enumerate() if thread.name == "sot-sync"]


async def test_a_question_in_all_its_forms() -> None:
    engine = backend()
    for question in (
        QUESTION,
        [Message("user", QUESTION)],
        ({"role": "user", "content": QUESTION},),
        [{"role": "user", "content": QUESTION, "name": "me"}],
    ):
        answer = await made(engine).answer(question)
        assert answer.question == QUESTION
        assert answer.text.startswith("1. **Sleep early**: ")
    assert len({request.messages for request in engine.requests if request.stage == "skeleton"}) == 1


async def test_text_and_answer_are_the_same() -> None:
    sot = made(backend())
    text = "".join([piece async for piece in sot.stream_text(QUESTION)])
    assert text == (await sot.answer(QUESTION)).text


@pytest.mark.parametrize("question", ["", "  \n", [], [Message("user", " ")], [Message("assistant", "Hi")]])
async def test_no_question_is_reported_before_anything_is_asked(question: Any) -> None:
    engine = backend()
    for asked in (made(engine).answer, made(engine).route):
        with pytest.raises(ConfigError):
            await asked(question)
    assert engine.requests == []


async def test_an_unknown_setting_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"unknown setting max_pionts: known are .*max_points"):
        SkeletonOfThought(backend(), max_pionts=3)  # pyright: ignore[reportCallIssue] - a misspelt setting
    with pytest.raises(ConfigError, match="unknown setting stile"):
        await made(backend()).answer(QUESTION, stile="paper")  # pyright: ignore[reportCallIssue]


@rows(
    ("arguments", "says"),
    [
        ({"backend": 3}, "backend is an object of the class int; it must be a backend spec or an object"),
        ({"router": None}, "router is an object of the class NoneType; it must be a router's name"),
        ({"options": {"max_points": 3}}, "options is an object of the class dict; it must be"),
        ({"profile": 3, "adapt": True}, "profile is an object of the class int; it must be"),
        (
            {"backend_settings": ["key"]},
            "backend_settings is an object of the class list; it must be",
        ),
        ({"backend_settings": {1: "key"}}, "backend_settings is an object of the class dict; it must be"),
        ({"stages": "http://a/v1"}, "stages is an object of the class str; it must be a mapping"),
        (
            {"stages": {"points": {"backend": "http://a/v1", "settings": ["key"]}}},
            "settings of the stage points is an object of the class list; it must be a mapping",
        ),
        ({"backend_settings": {"model": "m"}}, "backend_settings has 'model', which is no setting"),
        ({"stages": {"points": {"backend": 3}}}, "the stage points takes a backend spec, a backend object"),
        ({"prompts": "x" * 5000, "strategy": "normal"}, "no prompt pack"),
    ],
)
async def test_arguments_of_other_types_are_refused(arguments: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {"backend": backend(), **arguments}
    with pytest.raises(ConfigError) as raised:
        await SkeletonOfThought(**given).answer(QUESTION)
    assert str(raised.value).startswith(says)


def test_a_stage_may_have_no_settings() -> None:
    points = {"backend": "http://engine.invalid/v1", "model": "m", "settings": None}
    assert SkeletonOfThought(backend(), stages={"points": points}).options == Options()


async def test_settings_of_one_answer_leave_the_object_alone() -> None:
    sot = SkeletonOfThought(backend(), options=Options(strategy="normal", max_tokens=5), max_tokens=7)
    assert (sot.options.strategy, sot.options.max_tokens) == ("normal", 7)
    answer = await sot.answer(QUESTION, strategy="skeleton")
    assert answer.route.strategy == "skeleton"
    assert (await sot.answer(QUESTION)).route.strategy == "normal"


async def test_a_backend_object_stays_the_caller_s_to_close() -> None:
    engine = backend()
    async with made(engine) as sot:
        assert sot.backend is engine
        assert (await sot.info()).model == "script"
    assert not engine.closed


async def test_a_backend_spec_is_closed(engines: list[ScriptedBackend]) -> None:
    async with SkeletonOfThought("torch:some") as sot:
        await sot.answer(QUESTION)
    assert [engine.closed for engine in engines] == [True]
    await sot.aclose()


async def test_answers_at_the_same_time_do_not_mix() -> None:
    def answer(request: Request) -> Script:
        animal = "cats" if "cats" in str(request.messages) else "dogs"
        return by_stage(SKELETON, {1: f"About {animal}."})(request)

    engine = ScriptedBackend(answer)
    sot = made(engine)
    cats, dogs = await asyncio.gather(sot.answer("Why are cats good?"), sot.answer("Why are dogs good?"))
    assert ("cats" in cats.text, "dogs" in cats.text) == (True, False)
    assert ("cats" in dogs.text, "dogs" in dogs.text) == (False, True)


async def test_history_has_only_questions_and_texts() -> None:
    engine = backend()
    sot = made(engine)
    first = await sot.answer("How can I live well?")
    history = final_history([("How can I live well?", first)], system="Be kind.")
    assert history == [
        Message("system", "Be kind."),
        Message("user", "How can I live well?"),
        Message("assistant", first.text),
    ]
    await sot.answer([*history, Message("user", "And at work?")])
    assert [request for request in engine.requests[3:] if request.messages[:3] != tuple(history)] == []
    assert final_history([]) == []


# answer_sync


def test_sync_in_a_script(engines: list[ScriptedBackend]) -> None:
    sot = SkeletonOfThought("torch:some", strategy="skeleton", max_points=5, opening=False)
    first = sot.answer_sync(QUESTION)
    second = sot.answer_sync(QUESTION, strategy="normal")
    assert first.text.startswith("1. **Sleep early**: ")
    assert second.route.strategy == "normal"
    assert [len(engine.requests) for engine in engines] == [0, 4]  # one engine for all sync answers
    sot.close()
    sot.close()
    assert engines[1].closed


async def test_sync_inside_a_running_loop(engines: list[ScriptedBackend]) -> None:
    async with SkeletonOfThought("torch:some", strategy="skeleton", opening=False) as sot:
        assert sot.answer_sync(QUESTION).points[1].title == "Eat well"
        assert (await sot.answer(QUESTION)).points[1].title == "Eat well"
    assert [engine.closed for engine in engines] == [True, True]


def test_sync_refuses_what_makes_no_sense_and_answers_the_next(engines: list[ScriptedBackend]) -> None:
    sot = SkeletonOfThought("torch:some", strategy="normal")
    with pytest.raises(ConfigError, match="the question is empty"):
        sot.answer_sync("")
    with pytest.raises(ConfigError, match="unknown setting"):
        sot.answer_sync(QUESTION, stile="x")  # pyright: ignore[reportCallIssue]
    answer = sot.answer_sync(QUESTION)
    assert answer.text == "A normal answer."
    sot.close()


def test_sync_engine_errors_surface(engines: list[ScriptedBackend]) -> None:
    sot = SkeletonOfThought("torch:some", strategy="normal")
    sot.answer_sync(QUESTION)
    engines[1].answer = lambda request: Script(ServerError("overloaded", status=503))
    with pytest.raises(ServerError, match="overloaded"):
        sot.answer_sync(QUESTION)
    sot.close()


def test_sync_with_a_backend_object() -> None:
    engine = backend()
    sot = made(engine, strategy="skeleton")
    assert sot.answer_sync(QUESTION).points[1].title == "Eat well"
    with pytest.raises(ConfigError, match="in use by a method for synchronous callers"):
        asyncio.run(sot.answer(QUESTION))
    sot.close()
    assert not engine.closed, "it belongs to the caller"
    assert asyncio.run(sot.answer(QUESTION)).text


async def test_sync_with_a_backend_object_of_another_loop_says_what_to_do() -> None:
    sot = made(backend())
    await sot.answer(QUESTION)
    for call in (sot.answer_sync, lambda question: list(sot.stream_sync(question))):
        with pytest.raises(ConfigError, match="in use in an event loop; there, `await`"):
            call(QUESTION)


async def test_sync_with_a_backend_object_that_only_refused_settings() -> None:
    sot = made(backend())
    with pytest.raises(ConfigError, match="max_points"):
        await sot.answer(QUESTION, max_points=0)
    answer = await asyncio.to_thread(sot.answer_sync, QUESTION)
    assert answer.text
    await asyncio.to_thread(sot.close)


def test_stream_sync_yields_the_events_of_the_answer() -> None:
    sot = made(backend(), strategy="skeleton")
    *events, last = sot.stream_sync(QUESTION)
    assert isinstance(last, Finished)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == last.answer.text
    with pytest.raises(ConfigError, match="the question is empty"):
        next(sot.stream_sync(" "))
    sot.close()


def test_leaving_stream_sync_early_ends_the_requests() -> None:
    engine = ScriptedBackend(lambda request: Script("A word", asyncio.Event()))
    sot = made(engine, strategy="normal")
    events = sot.stream_sync(QUESTION)
    assert any(isinstance(event, TextDelta) for event in events)  # reads until the first
    assert engine.in_flight == 1
    events.close()
    assert engine.in_flight == 0
    sot.close()


@pytest.mark.parametrize("method", ["answer", "stream_text"])
async def test_none_is_no_question(method: str) -> None:
    asked = getattr(made(backend()), method)(None)
    with pytest.raises(ConfigError, match="the question is None; it must be text or a list of messages"):
        await (anext(asked) if method == "stream_text" else asked)


async def test_an_answer_prints_as_its_text_and_describes_itself_shortly() -> None:
    answer = await made(backend(), strategy="skeleton").answer(QUESTION)
    assert str(answer) == answer.text == answer._repr_markdown_()
    assert repr(answer).startswith("<Answer '1. **Sleep early**: ")
    assert "2 points by skeleton in " in repr(answer)
    assert len(repr(replace(answer, text="long " * 999))) < 160
    assert "length" in repr(replace(answer, finish_reason="length", complete=False))


def test_what_sync_used_is_released_with_the_object(engines: list[ScriptedBackend]) -> None:
    sot = SkeletonOfThought("torch:some", strategy="normal")
    sot.answer_sync(QUESTION)
    gone = weakref.ref(sot)
    del sot
    gc.collect()
    assert gone() is None
    assert engines[1].closed
