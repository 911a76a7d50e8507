"""Parallel JSON fields: their order and form, on engines that constrain and on those that do not."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any

import pytest
from field_scripts import FieldEngine, field_engine
from scripted import Script

from sot import SkeletonOfThought
from sot.errors import BackendConnectionError, ConfigError, InvalidFieldError, PrefillRefusedError
from sot.events import Event, Finished, PointDelta, PointFound, PointStarted, TextDelta
from sot.types import Answer, Chunk, Usage

QUESTION = "A vegetable soup for four"
TEXT = {"type": "string"}
RECIPE: dict[str, Any] = {
    "title": "Recipe",
    "description": "A recipe for beginners",
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 40, "description": "Name of the dish"},
        "servings": {"type": "integer", "minimum": 1},
        "level": {"enum": ["easy", "hard"]},
        "intro": {**TEXT, "description": "What makes it special."},
        "cooking": TEXT,
        "steps": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "object", "properties": {"text": TEXT}},
        },
        "tags": {"type": "array", "items": TEXT},
    },
    "required": ["title", "servings", "level", "intro", "cooking", "steps", "tags"],
}
VALUES = '{"title": "Soup", "servings": 4, "level": "easy"}'
SOUP = {
    "title": "Soup",
    "servings": 4,
    "level": "easy",
    "intro": "The text of intro.",
    "cooking": "The text of cooking.",
    "steps": [{"text": "The text of steps[0].text."}, {"text": "The text of steps[1].text."}],
    "tags": ["warm", "green"],
}
TAGS = '["warm", "green"]'


def made(engine: FieldEngine, schema: dict[str, Any] = RECIPE, **settings: Any) -> SkeletonOfThought:
    return SkeletonOfThought(engine, strategy="fields", schema=schema, **settings)


async def events_of(sot: SkeletonOfThought) -> list[Event]:
    return [event async for event in sot.stream(QUESTION)]


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


@pytest.mark.parametrize("constrains", [None, False])
async def test_all_parts_become_one_json_text_in_the_order_of_the_schema(constrains: bool | None) -> None:
    engine = field_engine({"values": VALUES, "tags": TAGS}, constrains=constrains)
    events = await events_of(made(engine))
    finished = events[-1]
    assert isinstance(finished, Finished)
    answer = finished.answer
    assert json.loads(answer.text) == SOUP
    assert list(json.loads(answer.text)) == list(RECIPE["properties"])
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == answer.text
    titles = [point.title for point in answer.skeleton.points]
    assert titles == [
        "title",
        "servings",
        "level",
        "intro",
        "cooking",
        "steps[0].text",
        "steps[1].text",
        "tags",
    ]
    assert [event.point.title for event in events if isinstance(event, PointFound)] == titles
    assert [json.loads(point.text) for point in answer.points][:4] == [
        "Soup",
        4,
        "easy",
        "The text of intro.",
    ]
    assert {point.status for point in answer.points} == {"done"}
    assert (answer.finish_reason, answer.complete) == ("stop", True)
    assert sum((point.usage for point in answer.points), Usage()) == answer.usage
    assert answer.usage.requests == 6


async def test_the_values_come_first_and_all_else_at_once_over_one_prefix() -> None:
    gate = asyncio.Event()
    engine = field_engine({"values": Script(VALUES, gate), "tags": TAGS})
    task = asyncio.create_task(made(engine).answer(QUESTION))
    await engine.until(lambda: engine.in_flight == 1)
    gate.set()
    await task
    assert engine.asked()[0] == "values"
    assert engine.peak == 5
    first, *others = engine.requests
    for request in others:
        assert request.messages[: len(first.messages)] == first.messages
        assert json.loads(request.messages[-2].content) == json.loads(VALUES)
    assert len({request.messages[:-1] for request in others}) == 1
    assert QUESTION in first.last
    assert "Name of the dish" in first.last
    assert 'exactly these keys: "title", "servings", "level"' in first.last


async def test_each_request_has_the_schema_of_its_part() -> None:
    engine = field_engine({"values": VALUES, "tags": TAGS})
    await made(engine).answer(QUESTION)
    schemas = dict(zip(engine.asked(), (request.config.schema for request in engine.requests), strict=True))
    assert schemas["intro"] == schemas["steps[1].text"] == TEXT
    assert schemas["tags"] == {"type": "array", "items": TEXT}
    values = schemas["values"]
    assert values is not None
    assert list(values["properties"]) == values["required"] == ["title", "servings", "level"]
    assert {request.config.stage for request in engine.requests} == {"values", "field"}


async def test_a_constrained_text_is_a_json_string() -> None:
    texts = {"a": r'"Boil \"it\".\nServe it."', "b": '"All b."'}
    engine = field_engine(texts, constrains=True)
    answer = await made(engine, an_object(a=TEXT, b=TEXT)).answer(QUESTION)
    assert json.loads(answer.text) == {"a": 'Boil "it".\nServe it.', "b": "All b."}
    assert "as one JSON string" in engine.requests[0].last


async def test_a_long_text_streams_while_it_is_written() -> None:
    gate = asyncio.Event()
    texts = {"a": Script("The soup is warm, and it is good.", gate, " It is."), "b": "Text."}
    shown = ""
    async with aclosing(made(field_engine(texts), an_object(a=TEXT, b=TEXT)).stream(QUESTION)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                shown += event.text
                if not gate.is_set():
                    assert shown == '{\n  "a": "The soup is warm, and it is good.'
                    gate.set()
    assert json.loads(shown) == {"a": "The soup is warm, and it is good. It is.", "b": "Text."}


async def test_a_field_waits_for_those_it_names_and_sees_them() -> None:
    schema = an_object(last={**TEXT, "x-after": ["first", "n"]}, first=TEXT, n={"type": "integer"}, more=TEXT)
    engine = field_engine({"values": '{"n": 7}', "first": "The first text."})
    answer = await made(engine, schema).answer(QUESTION)
    assert list(json.loads(answer.text)) == ["last", "first", "n", "more"]
    assert engine.asked()[0] == "values"
    assert engine.asked()[-1] == "last"
    contents = [turn.content for turn in engine.requests[-1].messages]
    assert contents[-2] == "The first text."
    assert "Now write only first" in contents[-3]
    assert json.loads(contents[1]) == {"n": 7}
    assert answer.skeleton.points[0].depends_on == (2, 3)


async def test_what_cannot_run_in_parallel_is_one_request() -> None:
    schema = an_object(n={"type": "integer"}, a=TEXT)
    for constrains in (None, True):
        engine = field_engine({"whole": '{"n": 1, "a": "x"}'}, constrains=constrains)
        answer = await made(engine, schema).answer(QUESTION)
        assert engine.asked() == ["whole"]
        assert json.loads(answer.text) == {"n": 1, "a": "x"}
        assert engine.requests[0].config.schema is not None
    engine = field_engine({"values": '{"n": 1}'}, constrains=False)  # words manage two easy requests better
    await made(engine, schema).answer(QUESTION)
    assert engine.asked() == ["values", "a"]


async def test_a_root_that_is_no_object_is_one_request() -> None:
    engine = field_engine({"whole": 'Here you are: ["a", "b"] and so on'})
    answer = await made(engine, {"type": "array", "items": TEXT, "title": "Names"}).answer(QUESTION)
    assert json.loads(answer.text) == ["a", "b"]
    assert answer.skeleton.points[0].title == "Names"


async def test_a_repair_names_the_error_and_a_second_failure_the_field() -> None:
    schema = an_object(a={**TEXT, "minLength": 12}, b=TEXT)
    engine = field_engine({"a": ["Too short.", "This is long enough."]})
    answer = await made(engine, schema).answer(QUESTION)
    assert json.loads(answer.text)["a"] == "This is long enough."
    assert [point.status for point in answer.points] == ["repaired", "done"]
    assert "fewer than 12" in engine.requests[-1].last
    assert "fewer than 12" not in engine.requests[0].last
    with pytest.raises(
        InvalidFieldError, match="the field a got no valid value: it has 10 characters"
    ) as raised:
        await made(field_engine({"a": "Too short."}), schema).answer(QUESTION)
    assert raised.value.field == "a"


async def test_only_the_values_that_failed_are_asked_for_again() -> None:
    values = ['{"title": "Soup", "servings": 0, "level": "easy"}', '{"servings": 4}']
    engine = field_engine({"values": values, "tags": TAGS})
    answer = await made(engine).answer(QUESTION)
    assert json.loads(answer.text) == SOUP
    assert engine.asked()[:2] == ["values", "values"]
    assert 'exactly these keys: "servings".' in engine.requests[1].last
    assert "less than the minimum" in engine.requests[1].last
    with pytest.raises(InvalidFieldError, match="the field servings"):
        await made(field_engine({"values": values[0], "tags": TAGS})).answer(QUESTION)


async def test_without_constraint_values_are_asked_for_one_by_one_the_second_time() -> None:
    texts = {"values": '{"title": "Soup", "serves": 4}', "servings": "It serves 4.", "level": "Easy"}
    engine = field_engine({**texts, "tags": TAGS}, constrains=False)
    assert json.loads((await made(engine).answer(QUESTION)).text) == SOUP
    assert sorted(engine.asked()[:3]) == ["level", "servings", "values"]


async def test_where_nothing_constrains_it_the_models_turn_is_started() -> None:
    texts = {"values": 'Soup", "servings": 4, "level": "easy"}', "tags": '"warm", "green"]'}
    engine = field_engine(texts, constrains=False, can_prefill=True)
    assert json.loads((await made(engine).answer(QUESTION)).text) == SOUP
    prefills = dict(zip(engine.asked(), (request.prefill for request in engine.requests), strict=True))
    assert prefills["values"] == '{"title": "'
    assert prefills["intro"] == "Intro:"
    assert prefills["tags"] == "["


async def test_an_engine_that_refuses_a_started_turn_is_asked_without_one() -> None:
    refused = PrefillRefusedError("no")
    texts: dict[str, Any] = {name: [refused, f"The text of {name}."] for name in ("a", "b")}
    engine = field_engine(texts, constrains=False, can_prefill=True)
    answer = await made(engine, an_object(a=TEXT, b=TEXT)).answer(QUESTION)
    assert json.loads(answer.text) == {"a": "The text of a.", "b": "The text of b."}
    assert {point.status for point in answer.points} == {"done"}


async def test_an_engines_failure_is_raised_as_it_is() -> None:
    gone = BackendConnectionError("gone", reached=False)
    engine = field_engine({"a": gone, "b": Script("Text", asyncio.Event())})
    with pytest.raises(BackendConnectionError, match="gone"):
        await made(engine, an_object(a=TEXT, b=TEXT)).answer(QUESTION)
    assert engine.in_flight == 0


async def test_a_text_that_broke_off_stays_and_is_told() -> None:
    later = asyncio.Event()
    broken = Script("One whole sentence. And then", later, BackendConnectionError("gone"))
    engine = field_engine({"a": broken, "b": "Text."})
    task = asyncio.create_task(made(engine, an_object(a=TEXT, b=TEXT)).answer(QUESTION))
    await engine.until(lambda: engine.in_flight == 1 and len(engine.requests) == 2)
    later.set()
    answer = await task
    assert json.loads(answer.text)["a"].startswith("One whole sentence.")
    assert (answer.finish_reason, answer.complete) == ("error", False)


async def test_a_token_limit_cuts_a_text_at_its_last_sentence_and_is_told() -> None:
    engine = field_engine({"a": Script("One sentence. And an", finish_reason="length"), "b": "Text."})
    answer = await made(engine, an_object(a={**TEXT, "minLength": 5}, b=TEXT), max_point_tokens=9).answer(
        QUESTION
    )
    assert json.loads(answer.text) == {"a": "One sentence.", "b": "Text."}
    assert (answer.finish_reason, answer.complete) == ("length", False)
    assert [point.status for point in answer.points] == ["trimmed", "done"]
    assert {request.config.max_tokens for request in engine.requests} == {9}
    engine = field_engine({"a": Script("One sentence. And", finish_reason="length")})
    with pytest.raises(InvalidFieldError, match="fewer than 50"):
        await made(engine, an_object(a={**TEXT, "minLength": 50}, b=TEXT)).answer(QUESTION)


async def test_a_content_filter_ends_a_text_and_is_told() -> None:
    engine = field_engine({"a": Script("One sentence. And", finish_reason="content_filter")})
    answer = await made(engine, an_object(a=TEXT, b=TEXT)).answer(QUESTION)
    assert json.loads(answer.text)["a"]
    assert answer.finish_reason == "content_filter"


async def test_the_limit_of_the_answer_is_divided() -> None:
    engine = field_engine({"values": VALUES, "tags": TAGS})
    await made(engine, max_answer_tokens=60).answer(QUESTION)
    assert {request.config.max_tokens for request in engine.requests} == {10}


async def test_no_more_requests_at_once_than_allowed() -> None:
    engine = field_engine({"values": VALUES, "tags": TAGS})
    answer = await made(engine, max_parallel=1).answer(QUESTION)
    assert engine.peak == 1
    assert json.loads(answer.text) == SOUP


async def test_rules_over_several_fields_are_checked_at_the_end() -> None:
    schema = {**an_object(a=TEXT, b=TEXT), "maxProperties": 1}
    shown = ""

    async def read() -> None:
        nonlocal shown
        async for event in made(field_engine({}), schema).stream(QUESTION):
            if isinstance(event, TextDelta):
                shown += event.text

    with pytest.raises(InvalidFieldError, match="the answer is not valid for the schema"):
        await read()
    with pytest.raises(json.JSONDecodeError):
        json.loads(shown)


async def test_leaving_in_the_middle_ends_every_request() -> None:
    engine = field_engine({name: Script("Text. Text,", asyncio.Event()) for name in ("a", "b", "c")})
    async with aclosing(made(engine, an_object(a=TEXT, b=TEXT, c=TEXT)).stream(QUESTION)) as events:
        async for event in events:
            if isinstance(event, PointDelta) and engine.in_flight == 3:
                break
    assert engine.in_flight == 0
    assert {request.state for request in engine.requests} == {"closed"}


async def test_a_null_where_it_may_stand() -> None:
    schema = an_object(a={"anyOf": [TEXT, {"type": "null"}]}, b=TEXT)
    answer = await made(field_engine({"a": "null"}), schema).answer(QUESTION)
    assert json.loads(answer.text) == {"a": None, "b": "The text of b."}


async def test_the_language_asked_for_is_passed_on() -> None:
    engine = field_engine({})
    async with SkeletonOfThought(engine) as sot:
        question = "Describe the sea in German."
        await sot.answer(question, strategy="fields", schema=an_object(a=TEXT, b=TEXT))
    assert all(request.last.endswith("Write in German.") for request in engine.requests)


async def test_names_of_fields_are_never_interpreted() -> None:
    names = ['a"}', "b\n\n# c", "{{ 7 * 7 }}", "__proto__", "</script>", "\\", "é漢"]
    engine = FieldEngine(lambda request: Script("Some text."))
    answer = await made(engine, an_object(**dict.fromkeys(names, TEXT))).answer(QUESTION)
    assert json.loads(answer.text) == dict.fromkeys(names, "Some text.")
    assert "{{ 7 * 7 }}" in engine.requests[2].last.rpartition("Now write only")[2] or "49" not in answer.text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"schema": None}, "needs schema, the JSON schema"),
        ({"schema": ["a"]}, "must be a mapping"),
        ({"schema": an_object(a=TEXT), "stop": ("x",)}, "takes no stop sequences"),
        ({"schema": {"type": "strin"}}, "the schema is invalid"),
    ],
)
async def test_settings_that_make_no_sense(settings: dict[str, Any], said: str) -> None:
    sot = SkeletonOfThought(field_engine({}))
    with pytest.raises(ConfigError, match=said):
        await sot.answer(QUESTION, strategy="fields", **settings)


async def test_a_silent_engine_is_asked_twice() -> None:
    engine = field_engine({"a": Script(Chunk(""))})
    with pytest.raises(InvalidFieldError, match="the field a got no valid value: the model wrote nothing"):
        await made(engine, an_object(a=TEXT, b=TEXT)).answer(QUESTION)
    assert engine.asked().count("a") == 2


async def test_attempts_are_reported() -> None:
    engine = field_engine({"a": ["", "Text."]})
    events = await events_of(made(engine, an_object(a=TEXT, b=TEXT)))
    assert [event.attempt for event in events if isinstance(event, PointStarted) and event.index == 1] == [
        1,
        2,
    ]


async def test_the_time_limit_ends_what_is_written_by_then() -> None:
    texts = {"a": Script("One sentence. And", asyncio.Event()), "b": "Text."}
    answer: Answer = await made(field_engine(texts), an_object(a=TEXT, b=TEXT), max_seconds=0.3).answer(
        QUESTION
    )
    assert json.loads(answer.text)["a"].startswith("One sentence.")
    assert answer.finish_reason == "length"


async def test_a_list_that_the_token_limit_cuts_keeps_its_whole_elements() -> None:
    texts = {"values": VALUES, "tags": Script('["warm", "gre', finish_reason="length")}
    answer = await made(field_engine(texts)).answer(QUESTION)
    assert json.loads(answer.text)["tags"] == ["warm"]
    assert (answer.finish_reason, answer.complete) == ("length", False)


async def test_values_that_are_whole_before_the_token_limit_stay() -> None:
    cut = Script('{"title": "Soup", "servings": 4, "le', finish_reason="length")
    engine = field_engine({"values": cut, "level": '"easy"', "tags": TAGS})
    answer = await made(engine).answer(QUESTION)
    assert json.loads(answer.text) == SOUP
    assert engine.asked()[:2] == ["values", "level"]


async def test_a_number_without_end_is_ended() -> None:
    schema = an_object(n={"type": "number"}, a=TEXT, b=TEXT)
    engine = field_engine({"values": Script('{"n": 0.', "000" * 20, asyncio.Event())}, constrains=True)
    answer = await made(engine, schema).answer(QUESTION)
    assert json.loads(answer.text)["n"] == 0.0
    assert engine.requests[0].state == "closed"
    assert answer.finish_reason == "length"


async def test_a_short_text_without_end_is_ended_and_hides_no_other() -> None:
    endless = "Soup and more_" * 100
    texts = {"values": f'{{"title": "{endless}', "title": f'"{endless}', "servings": "4", "level": '"easy"'}
    engine = field_engine({**texts, "tags": TAGS}, constrains=True)
    answer = await made(engine, max_tokens=500).answer(QUESTION)
    value = json.loads(answer.text)
    assert (value["servings"], value["level"]) == (4, "easy")
    assert 0 < len(value["title"]) <= 40
    assert engine.requests[0].state == "closed"


async def test_the_checks_of_all_fields_share_one_budget() -> None:
    listed = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9, "multipleOf": 1}}
    names = "abcdefghij"
    numbers = json.dumps([1] * 3000, separators=(",", ":"))
    engine = field_engine(dict.fromkeys(names, numbers))
    async with made(engine) as sot:
        value, _ = await sot.fill(an_object(a=listed, text={"type": "string"}), QUESTION)
        assert len(value["a"]) == 3000
        with pytest.raises(InvalidFieldError, match="it takes too long to check it"):
            await sot.fill(an_object(**dict.fromkeys(names, listed)), QUESTION)
    assert engine.in_flight == 0
