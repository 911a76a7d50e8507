"""`fill` and `fill_sync`: objects of pydantic models and JSON schemas."""

from __future__ import annotations

import asyncio
from typing import Any, Literal, Optional

import pytest
from field_scripts import field_engine
from pydantic import BaseModel, Field, field_validator

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
        raise ValueError("never good\nenough")


async def test_what_the_models_own_checks_refuse_names_the_field() -> None:
    with pytest.raises(InvalidFieldError, match=r"the field b got no valid value: .*never good") as raised:
        await SkeletonOfThought(field_engine({})).fill(Strict, QUESTION)
    assert raised.value.field == "b"
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("settings", [{"strategy": "normal"}, {"schema": {}}])
async def test_settings_that_fill_sets_itself(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="itself"):
        await SkeletonOfThought(field_engine({})).fill(Recipe, QUESTION, **settings)


class Odd(BaseModel, arbitrary_types_allowed=True):
    loop: asyncio.AbstractEventLoop


@pytest.mark.parametrize("model", [Odd, dict, "Recipe", None, Recipe.model_construct()])
async def test_what_has_no_schema(model: Any) -> None:
    with pytest.raises(ConfigError):
        await SkeletonOfThought(field_engine({})).fill(model, QUESTION)


async def test_a_backend_object_in_use_in_a_loop_has_no_synchronous_form() -> None:
    sot = SkeletonOfThought(field_engine({}))
    await sot.info()
    with pytest.raises(ConfigError, match="fill_sync: the backend object is in use in an event loop"):
        sot.fill_sync(Recipe, QUESTION)


def test_fill_sync_runs_in_a_thread() -> None:
    with pytest.raises(ConfigError, match="fill takes a pydantic model"):
        SkeletonOfThought("http://127.0.0.1:9/v1", model="x").fill_sync(dict, QUESTION)  # type: ignore[call-overload]
