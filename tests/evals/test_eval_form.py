"""Scores of forms that were asked for: a JSON object of a schema, a list with an answer to every item."""

from __future__ import annotations

import json

import pytest

from sot.evals.dataset import load_questions
from sot.evals.dataset.question import Question
from sot.evals.score.exact import score_text
from sot.structure.given_items import read_items

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"title": {"type": "string"}, "steps": {"type": "array", "items": {"type": "string"}}},
        "required": ["title", "steps"],
    }
)


class TestJson:
    @pytest.mark.parametrize(
        "text", ['{"title": "Tea", "steps": ["Boil."]}', '```json\n{"title": "Tea", "steps": []}\n```\n']
    )
    def test_an_object_of_the_schema(self, text: str) -> None:
        assert score_text("json", SCHEMA, text).correct

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("Tea: boil.", "not JSON"),
            ('Here: {"title": "Tea", "steps": []}', "not JSON"),
            ('{"title": "Tea"}', "the object: 'steps' is a required property"),
            ('{"title": "Tea", "steps": [1]}', "steps.0: 1 is not of type 'string'"),
            ('{"title": "Tea", "steps": ["Boil.", " "]}', "steps.1: is empty"),
            ("[" * 100_000, "not JSON"),
        ],
    )
    def test_what_is_wrong_is_named(self, text: str, says: str) -> None:
        score = score_text("json", SCHEMA, text)
        assert not score.correct
        assert says in (score.found or "")


NUMBERED = "1. Lyon\n2. Oslo\n3."
PLAIN = "- Lyon\n- Oslo\n-"


class TestItems:
    @pytest.mark.parametrize(
        ("reference", "text"),
        [
            (NUMBERED, "1. Nach Lyon\n2. Nach Oslo\n3. Nach Hause"),
            (NUMBERED, "Gern:\n\n1) Nach Lyon\nund zurück\n\n2) Weg\n\n3) Nach Hause"),
            (PLAIN, "Nach Lyon\nNach Oslo\nNach Hause"),
            (PLAIN, "Nach Lyon\nund zurück\n\nNach Oslo\n\nNach Hause"),
            (PLAIN, "Sicher!\n\n- Nach Lyon\n- Nach Oslo\n- Nach Hause"),
            (PLAIN, "```\nNach Lyon\n```\n\n```\nNach\nOslo\n```\n\n```\nNach Hause\n```"),
        ],
    )
    def test_every_item_in_its_place(self, reference: str, text: str) -> None:
        assert score_text("items", reference, text).correct

    @pytest.mark.parametrize(
        ("reference", "text", "says"),
        [
            (NUMBERED, "- Nach Lyon\n- Nach Oslo\n- Nach Hause", "no list with the numbers"),
            (NUMBERED, "1. Nach Lyon\n3. Nach Hause", "no list with the numbers"),
            (NUMBERED, "1. Nach Oslo\n2. Nach Lyon\n3. Nach Hause", "item 1 is not in its place: lyon"),
            (NUMBERED, "1. Nach Lyon\n2. \n3. Nach Hause", "item 2 is not answered"),
            (PLAIN, "Nach Lyon, Oslo, nach Hause", "1 answers to 3 items"),
            (PLAIN, "", "0 answers to 3 items"),
        ],
    )
    def test_what_is_wrong_is_named(self, reference: str, text: str, says: str) -> None:
        score = score_text("items", reference, text)
        assert not score.correct
        assert says in (score.found or "")


def of(name: str) -> list[pytest.ParameterSet]:  # pyright: ignore[reportPrivateImportUsage]
    return [pytest.param(question, id=question.id) for question in load_questions(name).questions]


class TestSets:
    @pytest.mark.parametrize("question", of("items-20"))
    def test_a_line_of_the_reference_for_each_item(self, question: Question) -> None:
        given = read_items(question.question)
        assert given is not None
        assert question.reference is not None
        marks = question.reference.splitlines()
        assert 8 <= len(given.items) == len(marks) <= 16
        for item, mark in zip(given.items, marks, strict=True):
            word = mark.partition(" ")[2].casefold()
            assert word in item.text.casefold() or question.language == "ja", item

    @pytest.mark.parametrize("question", of("schemas-20"))
    def test_four_to_ten_properties_most_of_them_texts(self, question: Question) -> None:
        schema = question.schema_asked
        assert schema is not None
        assert 4 <= len(schema["properties"]) <= 10
        assert set(schema["required"]) == set(schema["properties"])
        assert not score_text("json", question.reference or "", "{}").correct

    def test_as_many_of_each(self) -> None:
        assert len(of("items-20")) == len(of("schemas-20")) == 20
        waiting = [
            one for one in load_questions("schemas-20").questions if '"x-after"' in (one.reference or "")
        ]
        assert len(waiting) == 2
