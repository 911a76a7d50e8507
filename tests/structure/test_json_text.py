"""JSON in a model's words, and values that are meant by them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sot.structure.fitting import find_values, fit, in_words, shortened
from sot.structure.json_text import JsonText, dump_json, parse_json
from sot.structure.validity import Checker


def found(text: str, openers: str = "{[") -> JsonText:
    reader = JsonText(openers)
    for char in text:
        reader.feed(char)
    return reader


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('Sure! Here it is:\n```json\n{"a": [1, 2,],}\n```\nI hope it helps.', {"a": [1, 2]}),
        ('Use {name} like this: {"a": "}{"} and so on', {"a": "}{"}),
        ('{"a": "one\ntwo"}', {"a": "one\ntwo"}),
        ('[{"a": 1}]', [{"a": 1}]),
    ],
)
def test_json_is_found_in_words(said: str, value: Any) -> None:
    reader = found(said)
    assert reader.over
    assert reader.values() == (value,)


def test_the_end_is_known_once_something_follows() -> None:
    reader = JsonText("{")
    reader.feed('{"a": 1}')
    assert reader.over
    assert not reader.followed
    reader.feed("\n")
    assert not reader.followed
    reader.feed("Well")
    assert reader.followed


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ('{"a": 1, "b": "two, and', {"a": 1}),
        ('{"a": 1, "b', {"a": 1}),
        ('{"a": 1, "b": 0.00', {"a": 1, "b": 0.0}),
        ('["one", "two", "thr', ["one", "two"]),
        ('[{"a": "x", "b": [1, 2', [{"a": "x", "b": [1, 2]}]),
        ('[{"a": "x", "b": [', [{"a": "x", "b": []}]),
        ('["on', []),
    ],
)
def test_the_beginning_of_a_value_that_was_cut(said: str, value: Any) -> None:
    assert list(found(said).values(cut=True)) == [value]


def test_a_number_that_goes_on_for_ever() -> None:
    reader = JsonText("{")
    reader.feed('{"n": "' + "1" * 50 + '", "a": 0.' + "0" * 20)
    assert not reader.stuck
    reader.feed("0" * 20)
    assert reader.stuck


@pytest.mark.parametrize(
    "said", ["", "no JSON here", "{" * 5000, "[" * 100_000, '{"a": NaN}', '{"a": 1e999}']
)
def test_what_is_no_json(said: str) -> None:
    assert list(found(said).values()) == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


@settings(deadline=None)
@given(VALUES)
def test_json_is_read_back_at_any_depth(value: Any) -> None:
    text = dump_json(value, level=3)
    assert parse_json(text) == value


@pytest.mark.parametrize(
    ("value", "schema", "fitted"),
    [
        ("4", {"type": "integer"}, 4),
        ("1,200", {"type": "integer"}, 1200),
        (4.0, {"type": "integer"}, 4),
        ("2.5", {"type": "number"}, 2.5),
        ("Yes", {"type": "boolean"}, True),
        ("Easy.", {"enum": ["easy", "hard"]}, "easy"),
        (4, {"type": "string"}, "4"),
        (" a ", {"type": "string", "pattern": "^a$"}, "a"),
        ({"level": "hard"}, {"enum": ["easy", "hard"]}, "hard"),
        ([["a"]], {"type": "array", "items": {"type": "string"}}, ["a"]),
        ("3", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, 3),
    ],
)
def test_a_value_is_read_with_good_will(value: Any, schema: dict[str, Any], fitted: Any) -> None:
    assert fit([value], schema, Checker(schema)) == (fitted, None)


def test_a_value_that_cannot_be_meant_is_a_problem() -> None:
    schema = {"type": "integer", "minimum": 3}
    value, problem = fit(["2"], schema, Checker(schema))
    assert value is None
    assert problem is not None
    assert fit([], schema, Checker(schema)).problem is not None
    assert fit(["1e400"], {"type": "number"}, Checker({"type": "number"})).problem is not None


def test_a_string_is_cut_only_where_it_may_be() -> None:
    schema = {"type": "string", "maxLength": 10}
    assert fit(["A hearty soup"], schema, Checker(schema)).problem is not None
    assert fit(["A hearty soup"], schema, Checker(schema), cut=True).value == "A hearty"


@pytest.mark.parametrize(
    ("said", "schema", "value"),
    [
        ("There are 4 of them.", {"type": "integer"}, 4),
        ("It is easy, I think.", {"enum": ["easy", "hard"]}, "easy"),
        ("Hard, not easy", {"enum": ["easy", "hard"]}, "hard"),
        ("True. It has no meat.", {"type": "boolean"}, True),
        ("none", {"type": ["integer", "null"]}, None),
        ('"A soup"', {"type": "string"}, "A soup"),
    ],
)
def test_words_that_mean_a_value(said: str, schema: dict[str, Any], value: Any) -> None:
    assert fit(in_words(said, schema), schema, Checker(schema)) == (value, None)


@pytest.mark.parametrize(
    "said",
    [
        '{"title": "Soup", "author.name": "Ann"}',
        '{"title": "Soup", "author": {"name": "Ann"}}',
        "title: Soup\nauthor.name: Ann\n",
        '- **Title**: "Soup",\n- author.name: Ann',
    ],
)
def test_values_by_their_names(said: str) -> None:
    values = find_values(found(said, "{"), ["title", "author.name", "steps[0].n"])
    assert values == {"title": "Soup", "author.name": "Ann"}


@settings(deadline=None)
@given(st.text(max_size=80), st.integers(1, 40))
def test_a_shortened_text_is_its_beginning(text: str, most: int) -> None:
    short = shortened(text, most)
    assert text.startswith(short)
    assert len(short) <= most
