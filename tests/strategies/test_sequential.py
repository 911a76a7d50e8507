"""Normal decoding, chain of thought, plan and solve."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from scripted import Script, ScriptedBackend, by_stage, made

from sot.errors import ServerError
from sot.strategies.sequential import find_final_answer
from sot.types import Chunk, Message, Usage

HISTORY = [
    Message("system", "Be kind."),
    Message("user", "Hi"),
    Message("assistant", "Hi!"),
    Message("user", "What is 6 times 7?"),
]
MARKERS = ("Final answer:", "The final answer is", "Answer:")


def backend(answer: Script | str, *, can_prefill: bool = False) -> ScriptedBackend:
    return ScriptedBackend(by_stage(normal=answer), can_prefill=can_prefill)


@pytest.mark.parametrize("can_prefill", [True, False])
async def test_normal_decoding_asks_exactly_what_the_caller_asked(can_prefill: bool) -> None:
    engine = backend("It is 42.", can_prefill=can_prefill)
    answer = await made(engine, strategy="normal").answer(HISTORY, stop=("END",), max_tokens=9, top_p=0.5)
    (request,) = engine.requests
    assert request.messages == tuple(HISTORY)
    assert request.prefill is None
    assert (request.config.stop, request.config.max_tokens, request.config.top_p) == (("END",), 9, 0.5)
    assert (answer.text, answer.question) == ("It is 42.", "What is 6 times 7?")
    assert not answer.skeleton.points
    assert answer.timing.skeleton_s is None


async def test_normal_text_is_passed_on_as_it_comes() -> None:
    gate = asyncio.Event()
    engine = backend(Script("\n One", gate, "  two \n"))
    async with aclosing(made(engine, strategy="normal").stream_text("Why?")) as stream:
        assert await anext(stream) == "One"  # only white space at the very start is dropped
        gate.set()
        assert [text async for text in stream] == ["  two \n"]


async def test_why_and_at_what_cost_it_ended() -> None:
    engine = backend(Script("One", finish_reason="length", usage=Usage(5, 1, 2, 1)))
    answer = await made(engine, strategy="normal").answer("Why?")
    assert answer.finish_reason == "length"
    assert answer.usage == Usage(5, 1, 2, 1)


async def test_thoughts_are_not_the_answer() -> None:
    engine = backend(Script(Chunk(reasoning="Hm."), "<think>So", " so.</think>", "\n\nText."))
    answer = await made(engine, strategy="normal").answer("Why?")
    assert answer.text == "Text."


async def test_an_error_after_some_text_is_raised() -> None:
    engine = backend(Script("Some", ServerError("overloaded", status=503)))
    seen: list[str] = []

    async def read() -> None:
        async for text in made(engine, strategy="normal").stream_text("Why?"):
            seen.append(text)

    with pytest.raises(ServerError, match="overloaded"):
        await read()
    assert seen == ["Some"]


@pytest.mark.parametrize(
    ("strategy", "words"), [("cot", "Think step by step"), ("plan", "make a short plan")]
)
async def test_reasoning_asks_for_steps_and_tells_the_result_apart(strategy: str, words: str) -> None:
    engine = backend("6 times 7 is six sevens.\n\n**Final answer:** 42")
    answer = await made(engine, strategy=strategy).answer(HISTORY)
    (request,) = engine.requests
    assert request.messages[:-1] == tuple(HISTORY[:-1])
    assert request.last.startswith("What is 6 times 7?\n")
    assert words in request.last
    assert answer.final_answer == "42"
    assert answer.text == "6 times 7 is six sevens.\n\n**Final answer:** 42"
    assert answer.route.strategy == strategy


async def test_a_japanese_question_is_reasoned_about_in_japanese() -> None:
    engine = backend("6かける7は42です。\n最終的な答え：42")
    answer = await made(engine, strategy="cot").answer("6かける7はいくつですか。")
    assert "順を追って考え" in engine.requests[0].last
    assert answer.final_answer == "42"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Steps.\nFinal answer: 42", "42"),
        ("Steps.\nfinal ANSWER: 42\n", "42"),
        ("**Final answer:** 42", "42"),
        ("**Final answer**: 42", "42"),
        ("**Final answer: 42**", "42"),
        ("### Final answer:\n\n42 apples\nThat is all.", "42 apples"),
        ("Final answer: 41\nNo, wait.\nFinal answer: 42", "42"),
        ("The final answer is: 42", "42"),
        ("Answer: 41\nThe final answer is 42", "42"),
        ("Answer: 42", "42"),
        (r"So \boxed{41} and \boxed{42}.", "42"),
        (r"Final answer: $\boxed{42}$", "42"),
        (r"It is \boxed{\frac{1}{x^{2}}}.", r"\frac{1}{x^{2}}"),
        ("Final answer: -3.5", "-3.5"),
        ("Final answer:", None),
        (r"\boxed{}", None),
        (r"\boxed{never closed", None),
        ("No result is marked: 42", None),
        ("", None),
    ],
)
def test_the_final_answer(text: str, found: str | None) -> None:
    assert find_final_answer(text, MARKERS) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("最終的な答え：４２", "４２"), ("**最終的な答え**：42", "42"), ("答え: 42円", "42円")],
)
def test_the_final_answer_with_full_width_marks(text: str, found: str) -> None:
    assert find_final_answer(text, ("最終的な答え：", "答え：")) == found
