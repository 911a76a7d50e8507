"""The points of an answer, edited on the page of `sot serve` in a real browser and written anew.

The server is the real program; the engine is a test double (`cli_server.ScriptServer`). With the real model:
`test_page_browser.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from cli_server import POINTS, TITLES, Gate, ScriptServer
from fault_server import status
from page_browser import DESKTOP, NEEDS_CHROMIUM, PHONE, Visit, Visits, serving
from playwright.sync_api import Locator, expect

pytestmark = NEEDS_CHROMIUM

HOSTILE = "<img/src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def engine_running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture(scope="module")
def address(engine_running: ScriptServer) -> Iterator[str]:
    with serving(engine_running.url) as address:
        yield address


@pytest.fixture
def engine(engine_running: ScriptServer) -> ScriptServer:
    engine_running.reset()
    return engine_running


class Editor:
    """The editor of the right answer's points, opened by its button."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        visit.right.get_by_role("button", name="Edit points").click()
        self.form = visit.right.get_by_role("form", name="Edit points")
        expect(self.form).to_be_visible()

    def title(self, number: int) -> Locator:
        return self.form.get_by_label(f"Title of point {number}")

    def press(self, name: str) -> None:
        self.form.get_by_role("button", name=name, exact=True).click()

    def titles(self, *titles: str) -> None:
        """Expect these titles, in this order."""
        inputs = self.form.locator("input")
        expect(inputs).to_have_count(len(titles))
        for place, title in enumerate(titles):
            expect(inputs.nth(place)).to_have_value(title)


def edited(visit: Visit) -> Editor:
    """Ask, wait for both answers, and begin to edit."""
    visit.ask()
    expect(visit.verdict).to_contain_text("Cost:")
    return Editor(visit)


def asked_for_points(engine: ScriptServer) -> list[str]:
    return [asked[-1]["content"] for asked in engine.asked()]


def test_one_edited_point_is_one_request_and_the_other_texts_stay(
    address: str, engine: ScriptServer, visits: Visits
) -> None:
    visit = visits(address)
    editor = edited(visit)
    before = len(engine.completions)
    left = visit.left.locator(".answer").inner_text()
    engine.points = {2: "Open the window in the evening."}
    editor.title(2).fill("Cool room")
    expect(editor.form).to_contain_text("1 point will be written; 2 texts will stay as they are.")
    editor.press("Rewrite")

    expect(visit.verdict).to_contain_text(re.compile(r"1 point rewritten in \d+\.\d+ s"))
    expect(visit.verdict).to_contain_text("Cost: 1 request,")
    expect(visit.verdict).to_contain_text("2 texts stayed as they were.")
    assert len(engine.completions) == before + 1
    assert "Cool room" in asked_for_points(engine)[-1]
    paragraphs = visit.right.locator(".answer li")
    expect(paragraphs).to_have_count(3)
    for place, text in enumerate((POINTS[1], "Open the window in the evening.", POINTS[3])):
        expect(paragraphs.nth(place)).to_contain_text(text)
    expect(visit.right.locator(".card .title")).to_have_text([TITLES[0], "Cool room", TITLES[2]])
    expect(visit.right.locator(".card .state")).to_have_text(["kept", "done", "kept"])
    assert visit.figure(visit.right, "Requests") == "1"
    assert visit.left.locator(".answer").inner_text() == left
    expect(visit.right.get_by_role("button", name="Edit points")).to_be_focused()


def test_points_are_added_dropped_and_moved(address: str, engine: ScriptServer, visits: Visits) -> None:
    visit = visits(address)
    editor = edited(visit)
    before = len(engine.completions)
    engine.points = {2: "Bathe an hour before bed."}
    editor.press("Drop point 2")
    editor.titles(TITLES[0], TITLES[2])
    editor.press("Move point 2 up")
    editor.press("Add a point")
    editor.title(3).fill("  A warm\u00a0bath ")
    editor.press("Move point 3 up")
    editor.titles(TITLES[2], "  A warm\u00a0bath ", TITLES[0])
    editor.press("Rewrite")

    expect(visit.verdict).to_contain_text("1 point rewritten")
    assert len(engine.completions) == before + 1
    expect(visit.right.locator(".card .title")).to_have_text([TITLES[2], "A warm bath", TITLES[0]])
    answer = visit.right.locator(".answer")
    expect(answer).to_contain_text(POINTS[3])
    expect(answer).not_to_contain_text(POINTS[2])

    again = Editor(visit)
    again.press("Drop point 2")
    expect(again.form).to_contain_text("Nothing will be written; 2 texts will stay as they are.")
    again.press("Rewrite")
    expect(visit.verdict).to_contain_text("0 requests: 2 texts stayed as they were.")
    assert len(engine.completions) == before + 1
    expect(visit.right.locator(".card")).to_have_count(2)


def test_everything_works_by_keyboard(address: str, engine: ScriptServer, visits: Visits) -> None:
    visit = visits(address)
    visit.ask()
    expect(visit.verdict).to_contain_text("Cost:")
    press = visit.page.keyboard.press
    visit.right.get_by_role("button", name="Edit points").focus()
    press("Enter")
    form = visit.right.get_by_role("form", name="Edit points")
    expect(form.get_by_label("Title of point 1")).to_be_focused()
    press("Alt+ArrowDown")
    expect(form.get_by_label("Title of point 2")).to_be_focused()
    expect(form.get_by_label("Title of point 2")).to_have_value(TITLES[0])
    expect(form.locator("[aria-live]")).to_have_text("Moved to place 2.")
    press("Tab")
    press("Enter")  # up again
    expect(form.get_by_label("Title of point 1")).to_have_value(TITLES[0])
    expect(form.get_by_label("Title of point 1")).to_be_focused()
    for _ in range(2):  # the button "up" of the first point is disabled
        press("Tab")
    expect(form.get_by_role("button", name="Drop point 1")).to_be_focused()
    press("Enter")
    expect(form.get_by_label("Title of point 1")).to_be_focused()
    press("ControlOrMeta+a")
    visit.page.keyboard.type("Quiet evenings")
    before = len(engine.completions)
    press("ControlOrMeta+Enter")
    expect(visit.verdict).to_contain_text("1 point rewritten")
    assert len(engine.completions) == before + 1, "the question was not asked again"


def test_kept_points_are_shown_while_the_new_one_is_written(
    address: str, engine: ScriptServer, visits: Visits
) -> None:
    visit = visits(address)
    editor = edited(visit)
    gate = Gate()
    engine.points = {3: ["Held ", gate, "back."]}
    editor.title(3).fill("No late meals")
    editor.press("Rewrite")
    gate.wait_reached()
    cards = visit.right.locator(".card")
    expect(cards.locator(".state")).to_have_text(["kept", "kept", "writing"])
    expect(visit.right.locator(".answer")).to_contain_text(POINTS[2])
    expect(visit.ask_button).to_be_disabled()
    expect(visit.right.get_by_role("button", name="Edit points")).to_be_hidden()
    gate.open()
    expect(visit.right.locator(".answer")).to_contain_text("Held back.")


def test_stop_leaves_the_answer_and_the_edited_titles(
    address: str, engine: ScriptServer, visits: Visits
) -> None:
    visit = visits(address)
    editor = edited(visit)
    text = visit.right.locator(".answer").inner_text()
    gate = Gate()
    engine.points = {1: ["Held ", gate]}
    editor.title(1).fill("Fixed times")
    editor.press("Rewrite")
    gate.wait_reached()
    visit.page.get_by_role("button", name="Stop").click()
    expect(visit.verdict).to_contain_text("Stopped")
    gate.wait_left()
    editor.titles("Fixed times", TITLES[1], TITLES[2])
    assert visit.right.locator(".answer").inner_text() == text
    editor.press("Cancel")
    expect(visit.right.locator(".card .title")).to_have_text([*TITLES])


def test_a_failure_is_told_and_the_next_press_works(
    address: str, engine: ScriptServer, visits: Visits
) -> None:
    visit = visits(address, refused=True)
    editor = edited(visit)
    working, engine.default = engine.default, status(401, {"error": {"message": f"no {HOSTILE}"}})
    editor.title(1).fill("Fixed times")
    editor.press("Rewrite")
    expect(visit.verdict).to_contain_text("The points were not rewritten")
    expect(visit.right.get_by_role("alert")).not_to_be_empty()
    editor.titles("Fixed times", TITLES[1], TITLES[2])
    expect(visit.right.locator(".answer")).to_contain_text(POINTS[1])
    engine.default = working
    editor.press("Rewrite")
    expect(visit.verdict).to_contain_text("1 point rewritten")
    expect(visit.right.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize(
    ("title", "problem"), [("  ", "Write a title"), (TITLES[2].upper(), "Point 1 has the same title")]
)
def test_titles_that_cannot_be_are_not_sent(
    address: str, engine: ScriptServer, visits: Visits, title: str, problem: str
) -> None:
    visit = visits(address)
    editor = edited(visit)
    before = len(engine.completions)
    editor.press("Move point 3 up")
    editor.press("Move point 2 up")
    editor.title(2).fill(title)
    editor.press("Rewrite")
    assert problem in editor.title(2).evaluate("input => input.validationMessage")
    expect(editor.title(2)).to_be_focused()
    assert len(engine.completions) == before


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_hostile_titles_are_text(
    address: str, engine: ScriptServer, visits: Visits, size: tuple[int, int]
) -> None:
    engine.skeleton = f"1. Rest {HOSTILE}\n2. Walk\n"
    visit = visits(address, size)
    editor = edited(visit)
    expect(editor.title(1)).to_have_value(re.compile("Rest <img"))
    assert visit.page.evaluate("document.documentElement.scrollWidth") == size[0]
    editor.title(2).fill(f"{HOSTILE} \u202e\u0007 {'long ' * 30}")
    editor.press("Rewrite")
    expect(visit.verdict).to_contain_text("1 point rewritten")
    expect(visit.right.locator(".card .title").nth(1)).to_contain_text(HOSTILE)
    expect(visit.page.locator(".sides").locator("img, script, iframe, [onerror]")).to_have_count(0)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_an_answer_without_points_has_nothing_to_edit(
    address: str, engine: ScriptServer, visits: Visits
) -> None:
    visit = visits(address)
    visit.ask("Write a short poem about the first snow.")
    expect(visit.verdict).to_contain_text("The router left this to normal decoding")
    expect(visit.page.get_by_role("button", name="Edit points")).to_have_count(0)
