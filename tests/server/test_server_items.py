"""Given items at the server and on its page: one answer in the list's order, and what cannot be done with it.

The engine is a test double (`item_engine.ItemEngine`), whose requests are counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cli_server import Gate
from item_engine import ANSWER, ITEMS, LIST, ItemEngine
from page_browser import NEEDS_CHROMIUM, Visits, serving
from playwright.sync_api import expect
from server_process import ServedApp, body, events


@pytest.fixture(scope="module")
def running() -> Iterator[ItemEngine]:
    with ItemEngine() as server:
        yield server


@pytest.fixture
def engine(running: ItemEngine) -> ItemEngine:
    running.reset()
    return running


@pytest.fixture
def served(engine: ItemEngine) -> Iterator[ServedApp]:
    with ServedApp(engine.url) as served:
        yield served
        assert served.at_rest()
    assert engine.at_rest()


def test_every_item_is_a_request(served: ServedApp, engine: ItemEngine) -> None:
    response = served.post(body(LIST, model="items"))
    assert response.headers["x-sot-strategy"] == "items"
    assert response.json()["choices"][0]["message"]["content"] == ANSWER
    assert len(engine.completions) == len(ITEMS)
    served.wait_ended(1)
    assert f'sot_points_total{{status="done"}} {len(ITEMS)}.0' in served.get("/metrics").text


def test_it_streams_in_order(served: ServedApp) -> None:
    chunks = events(served.post(body(LIST, model="items", stream=True)).content)
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text == ANSWER
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_it_is_not_revised(served: ServedApp, engine: ItemEngine) -> None:
    response = served.post({"question": LIST, "sot": {"strategy": "items"}}, "/sot/events")
    answer = json.loads(response.text.strip().split("data: ")[-1])["answer"]
    before = len(engine.completions)
    refused = served.post({"answer": answer, "points": ["Good night"]}, "/sot/revise")
    assert refused.status_code == 409
    assert "its items are given" in refused.json()["error"]["message"]
    assert len(engine.completions) == before


@NEEDS_CHROMIUM
def test_a_race_on_the_page(engine: ItemEngine, visits: Visits) -> None:
    held = Gate()
    engine.normal = ANSWER
    engine.answers = {**ITEMS, "Good morning": [held, "Bonjour"]}
    with serving(engine.url) as address:
        visit = visits(address)
        visit.page.get_by_role("combobox", name="Right column").select_option("items")
        visit.ask(LIST)
        cards = visit.right.locator(".card")
        expect(cards.locator(".title")).to_have_text(list(ITEMS))
        expect(visit.right.locator("summary")).to_have_text("Items, as they are written")
        expect(cards.nth(2).locator(".state")).to_have_text("done")
        held.open()
        expect(visit.verdict).to_contain_text("3 requests instead of 1")
        expect(visit.right.get_by_role("heading", level=2)).to_have_text("Parallel items")
        expect(visit.right.locator(".answer li")).to_have_count(len(ITEMS))
        expect(visit.right.get_by_role("button", name="Edit points")).to_be_hidden()
