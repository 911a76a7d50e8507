"""Wishes in what an app sends, mostly in its system prompt: what the engine is asked, what the app gets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from cli_server import NORMAL, POINTS, QUESTION, TEXT, TITLES
from engine_server import EngineServer
from server_process import ServedApp, body, events

FIRST = {index: re.split(r"(?<=\.) ", text)[0] for index, text in POINTS.items()}
FIRSTS = "\n\n".join(f"{index}. **{title}**: {FIRST[index]}" for index, title in enumerate(TITLES, 1))


def sent(system: str, *turns: str, question: str = QUESTION, **fields: Any) -> dict[str, Any]:
    """A request for any strategy, with a system prompt and earlier turns of the user and the assistant."""
    roles = ("user", "assistant") * len(turns)
    history = [{"role": role, "content": text} for role, text in zip(roles, turns, strict=False)]
    messages = [{"role": "system", "content": system}, *history, {"role": "user", "content": question}]
    return {**body(model="auto", **fields), "messages": messages}


def content(answer: Mapping[str, Any]) -> str:
    return answer["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    "system",
    [
        "Reply only as YAML.",
        "You are a friendly coach. Always answer in JSON.",
        "Never use bullet points or lists. Write flowing text.",
        "Answer every question in one paragraph.",
        "Keep every answer under thirty words.",
    ],
)
def test_an_app_that_wants_no_list_gets_the_engines_own_answer(
    served: ServedApp, engine: EngineServer, system: str
) -> None:
    response = served.post(sent(system))
    assert response.headers["x-sot-strategy"] == "normal"
    assert content(response.json()) == NORMAL
    (turns,) = engine.asked()  # one request, and what the app wrote
    assert turns == sent(system)["messages"]


def test_it_is_streamed_as_well(served: ServedApp, engine: EngineServer) -> None:
    response = served.post(sent("Reply only as YAML.", stream=True))
    assert response.headers["x-sot-strategy"] == "normal"
    text = "".join(
        chunk["choices"][0]["delta"].get("content") or ""
        for chunk in events(response.content)
        if chunk["choices"]
    )
    assert text == NORMAL
    assert len(engine.completions) == 1


@pytest.mark.parametrize("system", ["", "You are a friendly coach.", "Be kind. Cite your sources."])
def test_other_system_prompts_leave_the_route_to_the_question(
    served: ServedApp, engine: EngineServer, system: str
) -> None:
    response = served.post(sent(system))
    assert response.headers["x-sot-strategy"] == "skeleton"
    assert content(response.json()) == TEXT
    assert len(engine.completions) == 1 + len(TITLES)


def test_the_reason_names_the_wish(served: ServedApp, engine: EngineServer) -> None:
    answer = served.post(sent("Reply only as YAML.", sot={"details": True})).json()
    assert answer["sot"]["route"] == {
        "strategy": "normal",
        "confidence": 0.95,
        "reason": "asks for YAML",
        "router": "hybrid",
    }
    assert answer["sot"]["points"] == []
    assert len(engine.completions) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_wish_that_a_list_fulfils_becomes_the_plan(
    served: ServedApp, engine: EngineServer, stream: bool
) -> None:
    system = "Always use one sentence per point."
    response = served.post(sent(system, stream=stream, sot={"details": True}))
    assert response.headers["x-sot-strategy"] == "skeleton"
    if stream:
        *chunks, last = events(response.content)
        pieces = [chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks]
        text, details = "".join(pieces), last["sot"]
    else:
        answer = response.json()
        text, details = content(answer), answer["sot"]
    assert text == FIRSTS
    assert details["route"]["reason"].endswith("; asked for: 1 sentence each")
    assert [point["text"] for point in details["points"]] == list(FIRST.values())
    asked = [turns[-1]["content"] for turns in engine.asked()[1:]]
    assert len(asked) == len(TITLES)
    assert all(", in one sentence" in text for text in asked)


def test_two_sentences_are_all_that_the_points_have(served: ServedApp, engine: EngineServer) -> None:
    response = served.post(sent("Always use two sentences per point"))
    assert content(response.json()) == TEXT
    assert "in 2 sentences" in engine.asked()[-1][-1]["content"]


def test_the_number_of_points_is_the_questions(served: ServedApp, engine: EngineServer) -> None:
    question = "Give me two tips for better sleep."
    response = served.post(sent("You are a friendly coach.", question=question, sot={"details": True}))
    details = response.json()["sot"]
    assert [point["title"] for point in details["points"]] == list(TITLES[:2])
    assert details["route"]["reason"].endswith("; asked for: 2 points")
    assert len(engine.completions) == 3


def test_a_limit_of_tokens_leaves_the_number_of_points(served: ServedApp, engine: EngineServer) -> None:
    question = "Give me three tips for better sleep, one sentence each."
    answer = served.post(sent("", question=question, max_tokens=150)).json()
    assert content(answer) == FIRSTS
    assert len(engine.completions) == 4
    assert answer["usage"]["completion_tokens"] <= 150


def test_a_question_lifts_what_the_system_prompt_only_says_about_lists(
    served: ServedApp, engine: EngineServer
) -> None:
    asked = sent("Never use bullet points.", question="How can I sleep better? As a bullet list, please.")
    response = served.post(asked)
    assert response.headers["x-sot-strategy"] == "skeleton"
    assert content(response.json()).startswith(f"- **{TITLES[0]}**: ")
    assert len(engine.completions) == 1 + len(TITLES)


def test_a_program_that_reads_data_gets_data_whatever_is_asked(
    served: ServedApp, engine: EngineServer
) -> None:
    asked = sent("Reply only as JSON.", question="How can I sleep better? As a bullet list, please.")
    assert served.post(asked).headers["x-sot-strategy"] == "normal"
    assert len(engine.completions) == 1


def test_a_standing_order_of_an_earlier_turn(served: ServedApp, engine: EngineServer) -> None:
    order = "From now on answer in flowing text, without lists."
    asked = sent("You are a friendly coach.", order, "Of course.")
    assert served.post(asked).headers["x-sot-strategy"] == "normal"
    assert len(engine.completions) == 1


@pytest.mark.parametrize("system", ["Reply only as YAML.", "Never use bullet points."])
def test_a_strategy_chosen_by_the_model_s_name_comes_first(
    served: ServedApp, engine: EngineServer, system: str
) -> None:
    response = served.post({**sent(system), "model": "skeleton"})
    assert response.headers["x-sot-strategy"] == "skeleton"
    assert content(response.json()) == TEXT
    assert len(engine.completions) == 1 + len(TITLES)
