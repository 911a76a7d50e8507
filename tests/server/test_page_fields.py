"""Fields of a JSON schema on the page, in a real browser: the schema box, the race, JSON as it is.

The engine is a test double (`field_engine.FieldEngine`), which writes what a test says for each field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cli_server import Gate
from field_engine import ASKED, RECIPE, SCHEMA, TEXTS, FieldEngine
from page_browser import NEEDS_CHROMIUM, Visit, Visits, serving
from playwright.sync_api import expect

pytestmark = NEEDS_CHROMIUM

HOSTILE = "<img/src=x onerror=alert(1)>"
MARKS = f"# {HOSTILE}\n- **{HOSTILE}** and `code`"


@pytest.fixture(scope="module")
def running() -> Iterator[FieldEngine]:
    with FieldEngine() as server:
        yield server


@pytest.fixture
def engine(running: FieldEngine) -> FieldEngine:
    running.reset()
    return running


@pytest.fixture(scope="module")
def address(running: FieldEngine) -> Iterator[str]:
    with serving(running.url) as address:
        yield address


def choose(visit: Visit, schema: object = SCHEMA) -> None:
    """Choose the strategy, and fill in the box."""
    visit.page.get_by_role("combobox", name="Right column").select_option("fields")
    text = schema if isinstance(schema, str) else json.dumps(schema)
    visit.page.get_by_label("JSON schema of the answer").fill(text)


def test_a_race_for_json(address: str, engine: FieldEngine, visits: Visits) -> None:
    held = Gate()
    engine.normal = json.dumps(RECIPE)
    engine.fields = {**TEXTS, "intro": ["A warm soup for cold", held, " days."]}
    visit = visits(address)
    expect(visit.page.locator("#engine")).to_contain_text("scripted")
    expect(visit.page.get_by_label("JSON schema of the answer")).to_be_hidden()
    choose(visit)
    visit.ask(ASKED)
    cards = visit.right.locator(".card")
    expect(cards.locator(".title")).to_have_text(list(RECIPE))
    expect(visit.right.locator("summary")).to_have_text("Fields, as they are written")
    expect(cards.locator(".state")).to_have_text(["done", "done", "writing", "done", "done"])
    expect(visit.right.locator(".answer pre")).to_contain_text('"intro": "A warm soup for cold')
    held.open()
    expect(visit.verdict).to_contain_text("4 requests instead of 1")
    expect(visit.right.get_by_role("heading", level=2)).to_have_text("Parallel JSON fields")
    for side in (visit.left, visit.right):
        assert json.loads(side.locator(".answer pre").inner_text()) == RECIPE
    expect(visit.right.get_by_role("button", name="Edit points")).to_be_hidden()
    expect(visit.verdict).not_to_contain_text("Only the right answer is JSON")


def test_json_is_not_read_as_markdown(address: str, engine: FieldEngine, visits: Visits) -> None:
    engine.fields = {**TEXTS, "intro": MARKS, "tips": HOSTILE}
    visit = visits(address)
    expect(visit.page.locator("#engine")).to_contain_text("scripted")
    choose(visit)
    visit.ask(ASKED)
    expect(visit.verdict).to_contain_text("Only the right answer is JSON")
    answer = visit.right.locator(".answer")
    assert json.loads(answer.inner_text())["tips"] == HOSTILE
    expect(answer.locator("pre")).to_have_count(1)
    expect(answer.locator("img, strong, li, .heading, table")).to_have_count(0)


def test_hostile_names_of_fields_are_text(address: str, engine: FieldEngine, visits: Visits) -> None:
    schema = {"type": "object", "properties": {HOSTILE: {"type": "string"}, "b": {"type": "string"}}}
    visit = visits(address)
    expect(visit.page.locator("#engine")).to_contain_text("scripted")
    choose(visit, {**schema, "required": [HOSTILE, "b"]})
    visit.ask(ASKED)
    expect(visit.verdict).to_contain_text("Cost:")
    expect(visit.right.locator(".card .title").first).to_contain_text(HOSTILE)
    expect(visit.page.locator(".sides").locator("img, script")).to_have_count(0)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [("{", "The schema is not JSON"), ("[1]", "must be a JSON object")],
    ids=["no JSON", "a list"],
)
def test_a_schema_that_is_none_is_not_sent(
    address: str, engine: FieldEngine, visits: Visits, schema: str, problem: str
) -> None:
    visit = visits(address)
    expect(visit.page.locator("#engine")).to_contain_text("scripted")
    choose(visit, schema)
    visit.ask(ASKED)
    box = visit.page.get_by_label("JSON schema of the answer")
    assert problem in box.evaluate("box => box.validationMessage")
    visit.page.get_by_role("combobox", name="Right column").select_option("normal")  # nothing needs it there
    visit.ask_button.click()
    expect(visit.verdict).to_contain_text("Both columns were decoded normally")


def test_what_the_server_says_of_a_schema_is_shown(address: str, engine: FieldEngine, visits: Visits) -> None:
    visit = visits(address, refused=True)
    expect(visit.page.locator("#engine")).to_contain_text("scripted")
    choose(visit, {"type": "objct"})
    visit.ask(ASKED)
    expect(visit.left.get_by_role("alert")).to_contain_text("'objct'")
    expect(visit.verdict).to_have_text("No comparison: an answer failed")


def test_a_field_that_failed_is_named(address: str, engine: FieldEngine, visits: Visits) -> None:
    engine.fields = {**TEXTS, "tips": ""}
    visit = visits(address)
    expect(visit.page.locator("#engine")).to_contain_text("scripted")
    choose(visit)
    visit.ask(ASKED)
    expect(visit.right.get_by_role("alert")).to_contain_text("the field tips got no valid value")
    expect(visit.right.locator(".answer pre")).to_contain_text('"title": "Soup of the day"')
