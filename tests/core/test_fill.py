"""`fill` and `fill_sync`: objects of pydantic models and JSON schemas."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

import pytest
from field_scripts import FieldEngine, by_schema, field_engine, valid_json
from pydantic import UUID4, AliasPath, BaseModel, Field, RootModel, TypeAdapter, field_validator
from typing_extensions import TypedDict

from sot import SkeletonOfThought
from sot.errors import ConfigError, InvalidFieldError

QUESTION = "A vegetable soup for four"


class Step(BaseModel):
    text: str
    minutes: int = Field(ge=1)


class Recipe(BaseModel):
    """A recipe."""

    title: str = Field(max_length=40)
    level: Literal["easy", "hard"]
    intro: str = Field(description="What makes it special")
    note: Optional[str] = None  # noqa: UP045 - as older code has it
    steps: tuple[Step, Step]
    closing: str = Field(json_schema_extra={"x-after": ["intro"]})


TEXTS: dict[str, Any] = {
    "values": '{"title": "Soup", "level": "easy", "steps[0].minutes": 3, "steps[1].minutes": 4}',
    "note": "null",
}


async def test_a_pydantic_model_comes_back_as_its_object() -> None:
    sot = SkeletonOfThought(field_engine(TEXTS))
    recipe, answer = await sot.fill(Recipe, QUESTION)
    assert isinstance(recipe, Recipe)
    assert recipe.title == "Soup"
    assert recipe.note is None
    assert [step.minutes for step in recipe.steps] == [3, 4]
    assert recipe.steps[1].text == "The text of steps[1].text."
    assert Recipe.model_validate_json(answer.text) == recipe
    assert answer.route.strategy == "fields"


async def test_a_schema_comes_back_as_parsed_json() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    value, answer = await SkeletonOfThought(field_engine({})).fill(schema, QUESTION)
    assert value == {"a": "The text of a.", "b": "The text of b."}
    assert answer.complete


class Strict(BaseModel):
    a: str
    b: list[str] = Field(min_length=1, max_length=1)

    @field_validator("b")
    @classmethod
    def _check(cls, value: list[str]) -> list[str]:
        raise ValueError("never good\nenough\x1b[2J")


async def test_what_the_models_own_checks_refuse_names_the_field() -> None:
    with pytest.raises(InvalidFieldError, match=r"the field b got no valid value: .*never good") as raised:
        await SkeletonOfThought(field_engine({})).fill(Strict, QUESTION)
    assert raised.value.field == "b"
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("settings", [{"strategy": "normal"}, {"schema": {}}])
async def test_settings_that_fill_sets_itself(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="itself"):
        await SkeletonOfThought(field_engine({})).fill(Recipe, QUESTION, **settings)


@dataclass
class Price:
    """A dataclass."""

    what: str
    amount: Decimal
    count: int = 1


class Renamed(BaseModel, validate_by_alias=False, validate_by_name=True):
    """A model whose schema has other names than its objects."""

    what: str = Field(alias="theThing")
    more: str = Field(default="", validation_alias=AliasPath("deep", "more"))


class Key(BaseModel):
    """A model of values that schemas describe loosely."""

    key: UUID4
    price: Decimal = Field(gt=0, decimal_places=2)
    sizes: dict[Literal["small", "large"], int]
    body: str


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (Price, Price("A text of some words. And one more sentence.", Decimal("2.5"), 3)),
        (TypedDict("Named", {"a": int}), {"a": 3}),
        (TypeAdapter(Annotated[list[int], Field(min_length=2, max_length=2)]), [3, 3]),
        (RootModel[list[int]], RootModel[list[int]]([])),
    ],
)
async def test_other_types_come_back_as_their_objects(model: Any, value: Any) -> None:
    filled, _ = await SkeletonOfThought(FieldEngine(by_schema(valid_json), constrains=True)).fill(
        model, QUESTION
    )
    assert filled == value
    assert type(filled) is type(value)


async def test_a_model_that_reads_other_names_than_its_schema_has() -> None:
    filled, _ = await SkeletonOfThought(field_engine({})).fill(Renamed, QUESTION)
    assert filled.what.startswith("The text of")
    assert filled.more.startswith("The text of")


async def test_values_that_json_does_not_have() -> None:
    values = {"key": "12345678-1234-4234-8234-123456789abc", "price": 19.99}
    texts = {"values": json.dumps(values), "sizes": '{"small": 3}'}
    engine = field_engine(texts)
    filled, _ = await SkeletonOfThought(engine).fill(Key, QUESTION)
    assert filled.price == Decimal("19.99")
    assert filled.key.version == 4
    schema = json.dumps([request.config.schema for request in engine.requests])
    assert '"format": "uuid"' in schema
    assert '"small": {"type": "integer"}' in schema
    texts["values"] = json.dumps({**values, "key": values["key"].replace("-4", "-1", 1)})
    with pytest.raises(InvalidFieldError, match="the field key got no valid value"):
        await SkeletonOfThought(field_engine(texts)).fill(Key, QUESTION)


class Odd(BaseModel, arbitrary_types_allowed=True):
    loop: asyncio.AbstractEventLoop


@dataclass
class Password:
    text: Annotated[str, Field(pattern=r"^(?=.*\d)[a-z\d]+$")]  # which pydantic cannot run


@pytest.mark.parametrize("model", [Odd, dict, "Recipe", None, Recipe.model_construct(), Password])
async def test_what_has_no_schema(model: Any) -> None:
    with pytest.raises(ConfigError, match=r"has no JSON schema|fill takes") as raised:
        await SkeletonOfThought(field_engine({})).fill(model, QUESTION)
    assert "\n" not in str(raised.value)


async def test_a_backend_object_in_use_in_a_loop_has_no_synchronous_form() -> None:
    sot = SkeletonOfThought(field_engine({}))
    await sot.info()
    with pytest.raises(ConfigError, match="fill_sync: the backend object is in use in an event loop"):
        sot.fill_sync(Recipe, QUESTION)


def test_fill_sync_runs_in_a_thread() -> None:
    with pytest.raises(ConfigError, match="fill takes a pydantic model"):
        SkeletonOfThought("http://127.0.0.1:9/v1", model="x").fill_sync(dict, QUESTION)  # type: ignore[call-overload]
