"""Plans of JSON schemas: which parts there are, what is written together, and which schemas are refused."""

from __future__ import annotations

import enum
import json
from typing import Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field

from sot.errors import ConfigError
from sot.structure.limits import (
    LONGEST_NAME,
    MOST_BYTES,
    MOST_FIELDS,
    MOST_NESTED,
    MOST_PATTERNS,
    MOST_REQUESTS,
)
from sot.structure.order import MOST_NAMES
from sot.structure.plan import StructurePlan, plan_structure

TEXT: dict[str, Any] = {"type": "string"}


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def kinds(plan: StructurePlan) -> dict[str, str]:
    return {part.name: part.kind for part in plan.parts}


class Level(enum.Enum):
    easy = "easy"
    hard = "hard"


class Step(BaseModel):
    text: str = Field(description="What to do")
    minutes: int


class Recipe(BaseModel):
    """A recipe."""

    title: str = Field(max_length=60)
    level: Level
    kind: Literal["soup", "cake"]
    intro: str
    note: Optional[str] = None  # noqa: UP045 - as older code has it
    steps: list[Step] = Field(min_length=2, max_length=2)
    more: list[Step]
    pair: tuple[Step, str]
    first: Step
    sizes: dict[str, int]
    closing: str = Field(json_schema_extra={"x-after": ["intro", "steps"]})
    variant: Optional[Recipe] = None  # noqa: UP045


def test_the_parts_of_a_pydantic_model() -> None:
    plan = plan_structure(Recipe.model_json_schema())
    assert kinds(plan) == {
        "title": "value",
        "level": "value",
        "kind": "value",
        "intro": "text",
        "note": "text",
        "steps[0].text": "text",
        "steps[0].minutes": "value",
        "steps[1].text": "text",
        "steps[1].minutes": "value",
        "more": "json",
        "pair[0].text": "text",
        "pair[0].minutes": "value",
        "pair[1]": "text",
        "first.text": "text",
        "first.minutes": "value",
        "sizes": "json",
        "closing": "text",
        "variant": "json",
    }
    assert plan.title == "Recipe"
    names = [part.name for part in plan.parts]
    closing = plan.parts[names.index("closing")]
    waits_for = [plan.parts[index - 1].name for index in closing.after]
    assert waits_for == ["intro", "steps[0].text", "steps[0].minutes", "steps[1].text", "steps[1].minutes"]
    assert plan.parts[names.index("steps[0].text")].description == "What to do"
    assert plan.parts[names.index("note")].rules.nullable
    more = plan.parts[names.index("more")].schema
    assert isinstance(more, dict)
    assert set(more["$defs"]) == {"Step"}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "number"}, "value"),
        ({"type": ["integer", "null"]}, "value"),
        ({"const": "a long text that is given"}, "value"),
        ({"enum": ["a", 1, None]}, "value"),
        ({"type": "string", "maxLength": 64}, "value"),
        ({"type": "string", "maxLength": 65}, "text"),
        ({"type": "string", "format": "date"}, "value"),
        ({"type": "string", "format": "my-own"}, "text"),
        ({"type": "string", "pattern": r"^\d{5}$"}, "value"),
        ({"type": "string", "pattern": r"^\d+$"}, "text"),
        ({"type": ["string", "null"]}, "text"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}, "text"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "value"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "json"),
        ({"type": "array", "items": {"type": "string"}}, "json"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 3}, "json"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "json"),
        ({"type": "object", "properties": {"a": TEXT}, "patternProperties": {"^x": {}}}, "json"),
        ({"type": "object", "properties": {"a": TEXT}, "required": ["b"]}, "json"),
        ({"type": "object", "properties": {"a": TEXT}, "if": {}, "then": {}}, "json"),
        ({"type": "string", "not": {"const": "x"}}, "json"),
        ({}, "json"),
        (True, "json"),
    ],
)
def test_the_kind_of_a_field(schema: Any, kind: str) -> None:
    assert kinds(plan_structure(an_object(a=schema, b=TEXT)))["a"] == kind


def test_a_root_that_is_no_object_is_one_part() -> None:
    for schema in ({"type": "array", "items": TEXT}, {"anyOf": [an_object(a=TEXT), an_object(b=TEXT)]}):
        assert kinds(plan_structure(schema)) == {"": "json"}
    assert kinds(plan_structure(TEXT)) == {"": "text"}


def test_the_frame_around_the_parts_is_the_document() -> None:
    listed = {"type": "array", "prefixItems": [TEXT], "items": False, "minItems": 1}
    plan = plan_structure(an_object(**{"a": an_object(b=TEXT, c=TEXT), 'd"\n': listed}))
    text = plan.frame[0] + "".join(f'"{at}"{rest}' for at, rest in enumerate(plan.frame[1:]))
    assert json.loads(text) == {"a": {"b": "0", "c": "1"}, 'd"\n': ["2"]}


def test_names_of_parts_are_unique_and_printable() -> None:
    plan = plan_structure(an_object(**{"a.b": TEXT, "a": an_object(b=TEXT), "__proto__": TEXT, "x\ny": TEXT}))
    assert list(kinds(plan)) == ['["a.b"]', "a.b", "__proto__", '["x\\ny"]']


def test_what_needs_no_answer_of_its_own_is_a_chain() -> None:
    number = {"type": "number"}
    assert plan_structure(an_object(a=number, b=TEXT)).is_chain
    assert plan_structure(an_object(a=TEXT, b={**TEXT, "x-after": ["a"]})).is_chain
    assert not plan_structure(an_object(a=TEXT)).is_chain
    assert not plan_structure(an_object(a=number)).is_chain
    assert not plan_structure(an_object(a=TEXT, b=TEXT)).is_chain
    assert not plan_structure(an_object(a=number, b=TEXT, c=TEXT)).is_chain


def test_a_short_value_that_waits_for_a_text_is_a_request_of_its_own() -> None:
    plan = plan_structure(
        an_object(a=TEXT, b=TEXT, rating={"type": "integer", "x-after": ["a"]}, n={"type": "integer"})
    )
    assert [part.name for part in plan.values] == ["n"]
    assert [part.name for part in plan.alone] == ["a", "b", "rating"]


def test_names_of_fields_to_wait_for() -> None:
    inner = an_object(x=TEXT, y={**TEXT, "x-after": ["x", "top", "other.z"]})
    plan = plan_structure(an_object(top=TEXT, inner=inner, other=an_object(z=TEXT)))
    part = plan.parts[2]
    assert [plan.parts[index - 1].name for index in part.after] == ["top", "inner.x", "other.z"]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (an_object(a={**TEXT, "x-after": ["b"]}), "x-after of a names 'b', which is no field"),
        (an_object(a={**TEXT, "x-after": "b"}), "x-after of a must be a list of field names"),
        (
            an_object(a={**TEXT, "x-after": ["b"]}, b={**TEXT, "x-after": ["a"]}),
            "in a circle: a -> b -> a",
        ),
        (an_object(a={**TEXT, "x-after": ["a"]}), "in a circle: a -> a"),
        (an_object(a={**TEXT, "x-after": [f"f{at}" for at in range(MOST_NAMES + 1)]}), "more than"),
        (an_object(a=an_object(b={**TEXT, "x-after": ["a"]})), "in a circle: a.b -> a.b"),
        ({"type": "strin"}, "the schema is invalid at type"),
        ({"$ref": "https://example.com/schema"}, "only places within the schema itself"),
        ({"$ref": "#/$defs/A"}, "which it does not have"),
        (an_object(a={"$ref": "#/$defs/A"}) | {"$defs": {"A": {"$ref": "#/$defs/A"}}}, "nothing but itself"),
        (an_object(a={"$dynamicRef": "#x"}), "$dynamicRef, which is not supported"),
        (an_object(a={"$id": "https://example.com/", **TEXT}), "an $id of its own"),
        (an_object(**{"a\n\x1b": {"$id": "x"}}), r"at #/properties/a\n\u001b has an $id of its own"),
        ({"patternProperties": True}, "the schema is invalid at patternProperties"),
        (an_object(a={"patternProperties": 0.5}), "the schema is invalid at properties.a.patternProperties"),
        (an_object(a=False), "the schema allows no value for a"),
        (an_object(a={**TEXT, "pattern": "(?=a)b"}), "a regular expression that cannot be used"),
        (an_object(a={**TEXT, "pattern": "["}), "a regular expression that cannot be used"),
        (an_object(a={**TEXT, "description": "x" * MOST_BYTES}), "it must have at most"),
        (an_object(**{f"f{at}": TEXT for at in range(MOST_REQUESTS + 1)}), "there must be at most"),
        (
            an_object(**{f"f{at}": {"type": "number"} for at in range(MOST_FIELDS + 1)}),
            f"more than {MOST_FIELDS} values",
        ),
        (an_object(**{"x" * (LONGEST_NAME + 1): TEXT}), "a name of more than"),
        (an_object(a={"const": float("nan")}), "the schema is no JSON"),
        (an_object(a={"const": {1}}), "it holds a set"),
    ],
)
def test_schemas_that_are_refused(schema: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        plan_structure(schema)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_contains_itself_or_is_nested_too_deep_is_refused() -> None:
    own: dict[str, Any] = {"type": "object"}
    own["properties"] = {"a": own}
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"not": deep}
    for schema in (own, deep):
        with pytest.raises(ConfigError, match=f"nested more than {MOST_NESTED} levels deep"):
            plan_structure(schema)


def test_definitions_that_double_with_every_level_are_refused_soon() -> None:
    next_one = [{"$ref": f"#/$defs/d{at + 1}"} for at in range(40)]
    defs = {f"d{at}": an_object(a=each, b=each) for at, each in enumerate(next_one)}
    schema = {"$ref": "#/$defs/d0", "$defs": {**defs, "d40": TEXT}}
    with pytest.raises(ConfigError, match=r"more than|at most"):
        plan_structure(schema)


def test_names_that_are_repeated_count_once() -> None:
    plan = plan_structure(an_object(a=TEXT, b={**TEXT, "x-after": ["a"] * (MOST_NAMES + 1)}))
    assert plan.parts[1].after == (1,)


BY_PATTERN = {"patternProperties": {"^(a+)+$": {}}}


@pytest.mark.parametrize(
    "schema",
    [
        BY_PATTERN,
        {"allOf": [BY_PATTERN]},
        {"anyOf": [{"oneOf": [BY_PATTERN]}]},
        {"$ref": "#/$defs/A"},
        {"$ref": "#/x-hidden"},
        {"if": BY_PATTERN},
        {"dependentSchemas": {"a": BY_PATTERN}},
    ],
)
def test_unevaluated_properties_and_properties_by_pattern_are_refused(schema: dict[str, Any]) -> None:
    places = {"$defs": {"A": BY_PATTERN}} if "$ref" in schema else {}
    hidden = {"x-hidden": BY_PATTERN} if schema.get("$ref") == "#/x-hidden" else {}
    whole = an_object(a={"type": "object", "unevaluatedProperties": {}, **schema}, b=TEXT)
    with pytest.raises(ConfigError, match="unevaluatedProperties in a schema with patternProperties"):
        plan_structure({**whole, **places, **hidden})


@pytest.mark.parametrize("place", ["x-hidden", "examples/0", "default", "enum/0", "const"])
@pytest.mark.parametrize(
    ("hidden", "said"),
    [
        ({"properties": {"a": {"$dynamicRef": "#x"}}}, r"\$dynamicRef, which is not supported"),
        ({"not": {"$id": "https://example.com/"}}, r"an \$id of its own"),
        ({"allOf": [{"pattern": f"a{at}"} for at in range(MOST_PATTERNS + 1)]}, "regular expressions"),
        ({**BY_PATTERN, "unevaluatedProperties": {}}, "which is not supported"),
        ({"$ref": "#/x-more/properties/a"}, r"\$recursiveRef, which is not supported"),
    ],
)
def test_what_a_reference_reaches_outside_of_definitions_is_checked(
    place: str, hidden: dict[str, Any], said: str
) -> None:
    key, _, at = place.partition("/")
    more = {"x-more": {"properties": {"a": {"$recursiveRef": "#"}}}}
    schema = an_object(a={"$ref": f"#/{place}"}, b=TEXT) | {key: [hidden] if at else hidden} | more
    with pytest.raises(ConfigError, match=said):
        plan_structure(schema)


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_definitions_that_apply_to_one_value_again_and_again_are_refused(keyword: str) -> None:
    defs: dict[str, Any] = {f"d{at}": {keyword: [{"$ref": f"#/$defs/d{at + 1}"}] * 2} for at in range(20)}
    doubled = {"enum": ["x"], keyword: [{"$ref": "#/$defs/d0"}]}
    with pytest.raises(ConfigError, match="applies more than"):
        plan_structure({**an_object(a=doubled, b=TEXT), "$defs": {**defs, "d20": {}}})


def test_definitions_that_lead_back_to_themselves_are_used() -> None:
    branches = [{"$ref": f"#/$defs/{name}"} for name in "abc"]
    listed = {"type": "array", "items": {"anyOf": branches}}
    tree = {name: an_object(kind={"const": name}, inner=listed) for name in "abc"}
    plan = plan_structure({**an_object(tree=listed, b=TEXT), "$defs": tree})
    assert kinds(plan) == {"tree": "json", "b": "text"}


def test_a_long_chain_of_definitions_is_followed() -> None:
    defs: dict[str, Any] = {f"d{at}": {"$ref": f"#/$defs/d{at + 1}"} for at in range(1500)}
    plan = plan_structure({**an_object(a={"$ref": "#/$defs/d0"}), "$defs": {**defs, "d1500": TEXT}})
    assert kinds(plan) == {"a": "text"}
    nested = {f"d{at}": {"type": "array", "items": {"$ref": f"#/$defs/d{at + 1}"}} for at in range(800)}
    plan = plan_structure({**an_object(a={"$ref": "#/$defs/d0"}), "$defs": {**nested, "d800": TEXT}})
    assert kinds(plan) == {"a": "json"}


def test_what_an_engine_is_told_has_no_words_and_no_lengths_of_strings() -> None:
    schema = an_object(
        a={**TEXT, "title": "A", "description": "x", "maxLength": 300, "x-after": ["b"]},
        b=TEXT,
        title={"type": "string", "maxLength": 9, "pattern": "^a$"},
        n={"type": "integer", "minimum": 1, "default": 3},
    )
    plan = plan_structure(schema)
    assert plan.constraint(plan.parts[0]) == plan.constraint(plan.parts[1]) == TEXT
    assert plan.table_constraint(plan.values) == {
        "type": "object",
        "properties": {"title": {"type": "string", "pattern": "^a$"}, "n": {"type": "integer", "minimum": 1}},
        "required": ["title", "n"],
        "additionalProperties": False,
    }


def test_the_given_schema_is_left_as_it_is() -> None:
    schema = Recipe.model_json_schema()
    before = json.dumps(schema)
    plan_structure(schema).in_one()
    assert json.dumps(schema) == before


NOTE = {"nullable": True, "example": "x", "propertyOrdering": ["b", "a"], "markdownDescription": "x"}


def test_keywords_that_json_schema_does_not_have_are_notes() -> None:
    plan = plan_structure({**an_object(a={**TEXT, **NOTE}, n={"type": "integer", **NOTE}), **NOTE})
    assert kinds(plan) == {"a": "text", "n": "value"}
    assert not NOTE.keys() & json.dumps(plan.standalone).replace('"', " ").split()


def test_an_optional_value_of_an_enumeration_is_a_short_value() -> None:
    either = {"anyOf": [{"$ref": "#/$defs/Level"}, {"type": "null"}]}
    longer = {"anyOf": [{"$ref": "#/$defs/Note"}, {"type": "null"}]}
    defs = {"Level": {"enum": ["easy", "hard"]}, "Note": TEXT}
    assert kinds(plan_structure({**an_object(a=either, b=longer), "$defs": defs})) == {
        "a": "value",
        "b": "text",
    }


@pytest.mark.parametrize(
    "rule",
    [{"maxProperties": 1}, {"minProperties": 3}, {"dependentRequired": {"a": ["c"]}}, {"propertyNames": {}}],
)
def test_an_object_that_is_not_valid_with_all_properties_alone_is_one_part(rule: dict[str, Any]) -> None:
    assert kinds(plan_structure({**an_object(a=TEXT, b=TEXT), **rule})) == {"": "json"}


@pytest.mark.parametrize(
    "nothing",
    [
        {"enum": []},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "array", "minItems": 3, "maxItems": 2},
    ],
)
def test_a_field_without_any_value_is_refused_before_a_request(nothing: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"the schema allows no value for b\.c"):
        plan_structure(an_object(a=TEXT, b=an_object(c=nothing)))


@pytest.mark.parametrize(
    ("packed", "where"),
    [
        ({"name": "recipe", "description": "x", "schema": an_object(a=TEXT)}, "schema"),
        ({"type": "json_schema", "json_schema": {"schema": an_object(a=TEXT)}}, "json_schema"),
        ({"type": "json_schema", "name": "recipe", "schema": an_object(a=TEXT)}, "schema"),
        ({"servings": "integer"}, ""),
    ],
)
def test_an_object_that_is_no_schema_is_refused(packed: dict[str, Any], where: str) -> None:
    with pytest.raises(ConfigError, match="this is no JSON Schema") as raised:
        plan_structure(packed)
    assert str(raised.value).endswith(f"may be in {where}" if where else "(servings)")
