"""JSON in a model's words, and values that are meant by them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sot.structure.fitting import find_values, fit, in_words, shortened
from sot.structure.json_text import JsonText, dump_json, parse_json
from sot.structure.validity import Checker, shown_path


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
        ('{"a": 1, "b": 0.00', {"a": 1}),
        ('{"a": 1, "b": true', {"a": 1, "b": True}),
        ("[10, 20, 3", [10, 20]),
        ("[10, 20.", [10]),
        ("[1e", []),
        ('{"n": 1', {}),
        ('["one", "two", "thr', ["one", "two"]),
        ('[{"a": "x", "b": [1, 2', [{"a": "x", "b": [1]}]),
        ('[{"a": "x", "b": [1, 2 ', [{"a": "x", "b": [1, 2]}]),
        ('[{"a": "x", "b": [', [{"a": "x", "b": []}]),
        ('["on', []),
    ],
)
def test_the_beginning_of_a_value_that_was_cut(said: str, value: Any) -> None:
    assert list(found(said).values(cut=True)) == [value]


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ('{"kind": "cat", "says": "It is a', {"kind": "cat", "says": "It is a"}),
        ('{"says": "It is \\', {"says": "It is "}),
        ('{"says": "It is \\u00e', {"says": "It is "}),
        ('{"says": "C:\\\\', {"says": "C:\\"}),
        ('[{"a": "x"}, {"a": "y', [{"a": "x"}, {"a": "y"}]),
    ],
)
def test_a_string_at_a_cut_counts_after_what_is_whole(said: str, value: Any) -> None:
    found = JsonText()
    found.feed(said)
    assert found.values(cut=True, cut_strings=True)[-1] == value
    assert value not in found.values(cut=True)


def test_a_nesting_that_goes_on_for_ever() -> None:
    reader = JsonText("[")
    reader.feed('["a", ' + "[" * 400)
    assert not reader.stuck
    reader.feed("[" * 400)
    assert reader.stuck
    assert list(reader.values(cut=True)) == []


def test_a_number_that_goes_on_for_ever() -> None:
    reader = JsonText("{")
    reader.feed('{"n": "' + "1" * 50 + '", "a": 0.' + "0" * 20)
    assert not reader.stuck
    reader.feed("0" * 20)
    assert reader.stuck


@pytest.mark.parametrize(
    "said",
    [
        *("", "no JSON here", "{" * 5000, "[" * 100_000, '{"a": NaN}', '{"a": 1e999}'),
        "[[1,]," + "[" * 100_000,  # too deep behind what is no JSON already
    ],
)
def test_what_is_no_json(said: str) -> None:
    assert list(found(said).values()) == []


@pytest.mark.parametrize("size", [1, 100])
def test_white_space_without_end_after_a_string_ends_it(size: int) -> None:
    said, reader = '"A soup."' + " " * 9 + "No.", JsonText('["')
    for at in range(0, len(said), size):
        if not reader.followed:
            reader.feed(said[at : at + size])
    assert reader.followed
    assert reader.values() == ("A soup.",)


@pytest.mark.parametrize("said", ["\ud800\u732b", "k: \ud800"])
def test_half_a_character_can_be_encoded(said: str) -> None:
    for value in (said, *in_words(said, {}), *find_values(found(said, "{"), {"k": ["k"]}).values()):
        assert json.loads(dump_json(value).encode()) == value


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ('"See [1] for more"', "See [1] for more"),
        ('"Set {} then \\"go\\"."', 'Set {} then "go".'),
        ('```json\n"See [1]"\n```', "See [1]"),
        ('["See [1]"]', ["See [1]"]),
        ('Here it is:\n```json\n["a"]\n```', ["a"]),
        ('{"a": 1}\n\nI hope it helps.', {"a": 1}),
    ],
)
def test_where_a_string_may_be_meant_brackets_in_one_are_no_value(said: str, value: Any) -> None:
    assert list(found(said, '{["').values()) == [value]


@pytest.mark.parametrize(
    "said",
    [
        "Use [1] or [2].",
        "[1] is the best.",
        '"See [1]" is what it says, and [2].',
        '"A", she said',
        "My options:\n[1] one\n[2] two",
        "See\n```json\n[1]\n```\nand go on.",
        "[a] " * 50_000,
    ],
)
def test_where_a_string_may_be_meant_words_are_no_json(said: str) -> None:
    reader = found(said, '{["')
    assert (list(reader.values()), reader.text, reader.followed) == ([], said, False)


def test_digits_in_words_are_no_number_without_end() -> None:
    reader = JsonText('["')
    reader.feed("Its number is " + "1" * 50)
    assert not reader.stuck
    reader = JsonText('["')
    reader.feed("[" + "1" * 50)
    assert reader.stuck


def test_a_json_string_is_over_with_its_mark() -> None:
    reader = JsonText('["')
    reader.feed('"See [1]')
    assert not reader.over
    reader.feed('"')
    assert (reader.over, reader.followed) == (True, False)
    reader.feed(" " * 20)
    assert reader.followed


def test_a_lone_number_that_was_cut_is_no_value() -> None:
    assert list(found("15").values(cut=True)) == []
    assert list(found("15").values()) == [15]


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
        ("3", {"allOf": [{"type": "integer"}]}, 3),
        ("red", {"anyOf": [{"$ref": "#/$defs/Colour"}], "$defs": {"Colour": {"enum": ["Red"]}}}, "Red"),
        ("1,234,567.5", {"type": "number"}, 1234567.5),
    ],
)
def test_a_value_is_read_with_good_will(value: Any, schema: dict[str, Any], fitted: Any) -> None:
    assert fit([value], schema, Checker(schema)) == (fitted, None)


LARGE = {"type": "integer", "minimum": 100}


def test_what_a_list_has_twice_is_left_out_where_it_may_not_stand_twice() -> None:
    schema = {"type": "array", "uniqueItems": True, "maxItems": 4}
    value = ["a", 1, 1.0, "a", {"b": [1]}, {"b": [1]}]
    assert fit([value], schema, Checker(schema)).value == ["a", 1, {"b": [1]}]
    assert json.dumps(fit([[1, True, 1]], schema, Checker(schema)).value) == "[1, true]"


def test_a_value_that_cannot_be_meant_is_a_problem() -> None:
    schema = {"type": "integer", "minimum": 3}
    value, problem = fit(["2"], schema, Checker(schema))
    assert value is None
    assert problem is not None
    assert fit([], schema, Checker(schema)).problem is not None
    assert fit(["1e400"], {"type": "number"}, Checker({"type": "number"})).problem is not None


@pytest.mark.parametrize("said", ["1,5", "3,14", "1,234,56", "12,3456", "1.234,5", "1,23 kg", "about 3,14"])
def test_a_number_with_a_comma_that_parts_no_thousands_is_none(said: str) -> None:
    schema = {"type": "number"}
    assert fit([said, *in_words(said, schema)], schema, Checker(schema)).problem is not None


@pytest.mark.parametrize(
    "schema",
    [
        LARGE,
        {"allOf": [LARGE]},
        {"anyOf": [LARGE, {"type": "null"}]},
        {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}], "$defs": {"n": LARGE}},
    ],
)
@pytest.mark.parametrize("value", ["3", {"n": 3}, [["3"]]])
def test_the_problem_is_that_of_the_best_reading(schema: dict[str, Any], value: Any) -> None:
    problem = fit([value, *in_words("3 it is", schema)], schema, Checker(schema)).problem
    assert problem is not None
    assert problem.reason == "3 is less than the minimum of 100"


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
        ('"A soup', {"type": "string"}, "A soup"),
        ('"Boil" and "bake"', {"type": "string"}, '"Boil" and "bake"'),
        ("word " * 200 + "end", {"type": ["string", "array"]}, "word " * 200 + "end"),
        ("In 1,994, or 1994.", {"type": "integer"}, 1994),
    ],
)
def test_words_that_mean_a_value(said: str, schema: dict[str, Any], value: Any) -> None:
    assert fit(in_words(said, schema), schema, Checker(schema)) == (value, None)


PATHS = {"title": ("title",), "author.name": ("author", "name"), "steps[0].n": ("steps", 0, "n")}


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
    values = find_values(found(said, "{"), PATHS)
    assert values == {"title": "Soup", "author.name": "Ann"}


def test_values_by_odd_names() -> None:
    paths = {shown_path(path): path for path in (("",), ("a.b",), ('q"uote',), ("🍲",), ("a", 0, "b"))}
    real = '{"": 1, "a.b": 2, "q\\"uote": 3, "🍲": 4, "a": [{"b": 5}]}'
    assert list(find_values(found(real, "{"), paths).values()) == [1, 2, 3, 4, 5]
    shown = json.dumps({name: name for name in paths})
    assert find_values(found(shown, "{"), paths) == {name: name for name in paths}
    assert find_values(found("a.b: 2\n🍲: 4\n"), paths) == {'["a.b"]': "2", '["🍲"]': "4"}


def test_the_last_line_of_values_that_were_cut_does_not_count() -> None:
    assert find_values(found("title: Soup\nauthor.name: An"), PATHS, cut=True) == {"title": "Soup"}
    assert find_values(found('{"title": 1'), PATHS, cut=True) == {}


@settings(deadline=None)
@given(st.text(max_size=80), st.integers(1, 40))
def test_a_shortened_text_is_its_beginning(text: str, most: int) -> None:
    short = shortened(text, most)
    assert text.startswith(short)
    assert len(short) <= most
