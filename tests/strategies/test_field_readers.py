"""Readers of the requests for fields: what a model wrote becomes its value, and never another one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from field_scripts import FieldEngine, field_engine
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Script

from sot import SkeletonOfThought
from sot.errors import InvalidFieldError
from sot.strategies.field_readers import ValueReader
from sot.structure.plan import Part
from sot.structure.work import Budget
from sot.types import Answer

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
SHORT = {"anyOf": [{"type": "string", "maxLength": 60}, {"type": "null"}], "x-after": ["a"]}


async def answered(engine: FieldEngine, **properties: Any) -> Answer:
    fields = {"a": TEXT, "b": TEXT, **properties}
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    return await SkeletonOfThought(engine, strategy="fields", schema=schema).answer("Tell me about it.")


@pytest.mark.parametrize("constrains", [True, None])
@pytest.mark.parametrize(
    ("schema", "said", "value"),
    [
        ({"anyOf": [TEXT, TEXTS]}, '"Use [1] or [2] of the table."', "Use [1] or [2] of the table."),
        ({"anyOf": [TEXT, TEXTS]}, '["one [1]", "two"]', ["one [1]", "two"]),
        ({"anyOf": [TEXT, {"type": "object"}]}, '"Set {} then go."', "Set {} then go."),
        (SHORT, '"See [1] and [2]"', "See [1] and [2]"),
        (SHORT, "null", None),
        ({}, '"See [1] for more"', "See [1] for more"),
        ({}, '{"n": ["[1]"]}', {"n": ["[1]"]}),
        ({"allOf": [TEXT, {"minLength": 3}]}, '"Hello [1]"', "Hello [1]"),
        ({"type": "string", "contentMediaType": "text/html"}, '"<b>[1]</b> \\"x\\""', '<b>[1]</b> "x"'),
    ],
)
async def test_brackets_in_a_string_are_not_its_value(
    schema: dict[str, Any], said: str, value: Any, constrains: bool | None
) -> None:
    answer = await answered(field_engine({"k": said}, constrains=constrains), k=schema)
    assert json.loads(answer.text)["k"] == value
    assert (answer.finish_reason, answer.complete) == ("stop", True)
    assert answer.points[-1].status == "done"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('k: [1]{},"\\\n`a')),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(["k", "a", ""]), each, max_size=3)
    ),
)


@settings(deadline=None)
@given(VALUES, st.integers(1, 9), st.sampled_from(["", "\n", " " * 20]))
def test_any_value_is_read_back_where_all_are_allowed(value: Any, size: int, after: str) -> None:
    part = Part(1, ("k",), "json", {}, {})
    reader = ValueReader(part, Budget(), again=False)
    said = json.dumps(value) + after
    for at in range(0, len(said), size):
        reader.feed(said[at : at + size], 1)
    (read,) = reader.finish("stop", lambda index: 0)
    assert (json.loads(read.text), read.ending, read.problem) == (value, "whole", "")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Use [1] or [2].", "Use [1] or [2]."),
        ("k: See [1]", "See [1]"),
        ('k: "See [1]"', "See [1]"),
        ("[1] is the best.", "[1] is the best."),
        ("word " * 150 + "end", "word " * 150 + "end"),
        ('k:\n```json\n["a"]\n```\nI hope it helps.', ["a"]),
    ],
)
async def test_words_where_a_string_may_stand_are_the_string(said: str, value: Any) -> None:
    answer = await answered(field_engine({"k": said}, constrains=False), k={"anyOf": [TEXT, TEXTS]})
    assert json.loads(answer.text)["k"] == value


async def test_a_number_that_the_token_limit_may_have_cut_is_asked_for_again() -> None:
    cut = Script('{"n": 1', finish_reason="length")
    engine = field_engine({"values": cut, "n": "15"})
    answer = await answered(engine, n={"type": "integer"})
    assert json.loads(answer.text)["n"] == 15
    assert engine.asked()[:2] == ["values", "n"]
    assert answer.points[-1].status == "repaired"
    cut_again = Script("About 1", finish_reason="length")
    with pytest.raises(InvalidFieldError, match="the field n"):
        await answered(field_engine({"values": cut, "n": cut_again}), n={"type": "integer"})


async def test_a_list_ends_before_the_number_that_was_cut() -> None:
    numbers = {"type": "array", "items": {"type": "integer"}}
    cut = Script("[10, 20, 3", finish_reason="length")
    answer = await answered(field_engine({"k": cut}), k=numbers)
    assert json.loads(answer.text)["k"] == [10, 20]
    assert (answer.finish_reason, answer.complete) == ("length", False)


async def test_values_under_their_own_odd_names_are_found() -> None:
    names = ["", "a.b", 'q"uote', "🍲"]
    engine = field_engine({"values": json.dumps(dict.fromkeys(names, 1))}, constrains=False)
    answer = await answered(engine, **{name: {"type": "integer"} for name in names})
    assert [json.loads(answer.text)[name] for name in names] == [1, 1, 1, 1]
    assert "🍲" in engine.requests[0].last
    assert engine.asked().count("values") == 1


@pytest.mark.parametrize("constrains", [None, False])
async def test_a_text_with_another_fields_name_in_it_stays_whole(constrains: bool | None) -> None:
    file = "# A demo.\nversion: 1\nname: demo\nb: 2"
    engine = field_engine({"k": file}, constrains=constrains)
    answer = await answered(engine, k=TEXT, name=TEXT)
    assert json.loads(answer.text)["k"] == file
    assert answer.complete


async def test_a_text_ends_where_the_model_goes_on_with_the_next_field() -> None:
    engine = field_engine({"a": "The first one.\nb: The second one.\nk: 3"})
    answer = await answered(engine, k=TEXT)
    assert json.loads(answer.text)["a"] == "The first one."


async def test_the_reason_of_a_repair_is_that_of_the_best_reading() -> None:
    large = {"anyOf": [{"type": "integer", "minimum": 100}, {"type": "null"}]}
    engine = field_engine({"values": ['{"n": "3"}', '{"n": 300}']})
    await answered(engine, n=large)
    assert "n: 3 is less than the minimum of 100" in engine.requests[1].last


async def test_a_date_that_is_no_whole_one_is_repaired() -> None:
    engine = field_engine({"values": ['{"at": "2024-01-01T10"}', '{"at": "2024-01-01T10:00:00Z"}']})
    answer = await answered(engine, at={"type": "string", "format": "date-time"})
    assert json.loads(answer.text)["at"] == "2024-01-01T10:00:00Z"
    assert "such as 2024-01-31T10:00:00Z" in engine.requests[1].last
