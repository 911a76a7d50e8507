"""The page of `sot serve` in a real browser: Debian's chromium, driven by Playwright.

The real server runs as a process of its own: on the real model for a race, and on a scripted engine (a test
double, `cli_server.ScriptServer`) for what a real one does not produce on demand. ``UPDATE_PICTURES=1``
rewrites the pictures in `docs/pictures`.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_server import NORMAL, POINTS, QUESTION, TITLES, Gate, ScriptServer
from fault_server import delta, event, raw, status
from page_browser import DESKTOP, NEEDS_CHROMIUM, PHONE, Visits, picture, serving
from playwright.sync_api import expect

pytestmark = NEEDS_CHROMIUM

HOSTILE = "<img/src=x onerror=alert(1)>"  # written so that it also gets through the reader of skeletons
SCRIPT = "<script>alert(2)</script><svg onload=alert(3)>"
LINK = "[press](javascript:alert(4)) [see](//elsewhere.example/x) ![p](http://elsewhere.example/p.png)"


@pytest.fixture(scope="module")
def engine_running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture(scope="module")
def scripted_address(engine_running: ScriptServer) -> Iterator[str]:
    with serving(engine_running.url, "--price-in", "2", "--price-out", "8") as address:
        yield address


@pytest.fixture
def engine(engine_running: ScriptServer) -> ScriptServer:
    engine_running.reset()
    return engine_running


@pytest.fixture(scope="module")
def model_address() -> Iterator[str]:
    short = ("--max-tokens", "80", "--max-points", "3", "--max-point-tokens", "32")
    # The step times of a busy machine, measured in the first test, would speak against further skeletons.
    always = ("--step-ratio", "off")
    with serving("torch:", *always, *(() if os.environ.get("UPDATE_PICTURES") else short)) as address:
        yield address


@pytest.mark.model
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_race_on_the_real_model(model_address: str, visits: Visits, size: tuple[int, int]) -> None:
    visit = visits(model_address, size)
    expect(visit.page.locator("#engine")).to_contain_text("SmolLM2-135M-Instruct", timeout=120_000)
    visit.ask("How can I make a rented flat feel like home?")
    expect(visit.left.locator(".answer")).to_contain_text(" ", timeout=60_000)
    expect(visit.right.locator(".card").nth(1)).to_be_visible(timeout=120_000)
    expect(visit.right.locator(".answer strong").nth(1)).to_be_visible(timeout=60_000)
    expect(visit.verdict).to_contain_text("Cost:", timeout=120_000)
    expect(visit.right).to_contain_text(re.compile(r"The router is \d+% sure"))

    for side in (visit.left, visit.right):
        expect(side.locator(".state").first).to_have_text("done")
        assert re.fullmatch(r"\d+\.\d+ s", side.locator(".clock").inner_text())
        assert float(visit.figure(side, "First text").removesuffix(" s")) > 0
        for label in ("Useful words", "Words a second", "Tokens written", "Tokens read"):
            assert float(visit.figure(side, label).replace(",", "")) > 0, label
    assert visit.figure(visit.left, "Requests") == "1"
    points = visit.right.locator(".card").count()
    assert int(visit.figure(visit.right, "Requests")) > points
    lanes = visit.page.get_by_role("img", name="Timeline").locator(".bar")
    assert lanes.count() == points + 3  # both answers, the skeleton and every point

    boxes = [side.bounding_box() for side in (visit.left, visit.right)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    if size == PHONE:
        assert boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"]
    else:
        assert boxes[1]["y"] == boxes[0]["y"]
    assert visit.page.evaluate("document.documentElement.scrollWidth") == size[0]
    if os.environ.get("UPDATE_PICTURES"):
        visit.ask_button.click()  # again: the first question after the start pays for the engine's warm-up
        expect(visit.verdict).to_contain_text("Cost:", timeout=120_000)
        if size == PHONE:
            picture(visit, "page-phone.png", 1100)
        else:
            picture(visit, "page-desktop.png", 820)
            visit.page.emulate_media(color_scheme="dark")
            picture(visit, "page-dark.png", 820)


@pytest.mark.model
def test_a_race_on_the_real_model_and_a_point_rewritten(model_address: str, visits: Visits) -> None:
    visit = visits(model_address)
    visit.ask()
    expect(visit.verdict).to_contain_text("Cost:", timeout=240_000)
    cards = visit.right.locator(".card")
    kept = cards.nth(0).locator(".text").text_content()
    count = cards.count()
    visit.right.get_by_role("button", name="Edit points").click()
    visit.right.get_by_label("Title of point 2").fill("A short walk in the evening")
    if os.environ.get("UPDATE_PICTURES"):
        visit.page.set_viewport_size({"width": DESKTOP[0], "height": 700})
        visit.right.evaluate("side => side.scrollIntoView({block: 'start'})")
        picture(visit, "page-edit.png")
    visit.right.get_by_role("button", name="Rewrite").click()
    expect(visit.verdict).to_contain_text("1 point rewritten", timeout=240_000)
    expect(cards).to_have_count(count)
    if os.environ.get("UPDATE_PICTURES"):
        picture(visit, "page-revised.png")
    assert cards.nth(0).locator(".text").text_content() == kept
    assert visit.figure(visit.right, "Requests") in ("1", "2")  # a cut point may be continued once


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_a_hostile_model_writes_is_text(
    scripted_address: str, engine: ScriptServer, visits: Visits, size: tuple[int, int]
) -> None:
    engine.skeleton = f"1. Rest {HOSTILE}\n2. Walk {HOSTILE}\n"
    engine.points = {1: f"{SCRIPT} is text.", 2: f"So is {LINK} and `{HOSTILE}` and **{SCRIPT}**."}
    engine.normal = f"# {HOSTILE}\n\n- {SCRIPT}\n\n```\n{HOSTILE}\n```\n\n{LINK}"
    visit = visits(scripted_address, size)
    visit.ask()
    expect(visit.verdict).to_contain_text("Cost:")

    for shown in (HOSTILE, SCRIPT, LINK):
        expect(visit.left.locator(".answer")).to_contain_text(shown)
        expect(visit.right.locator(".answer")).to_contain_text(shown)
    expect(visit.right.locator(".card .title").first).to_contain_text(HOSTILE)
    expect(visit.right.locator(".card .text").first).to_contain_text(SCRIPT)
    made = visit.page.locator(".sides").locator(
        "img, script, svg, a, iframe, object, form:not(.editor), [onerror], [onload]"
    )
    expect(made).to_have_count(0)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_what_a_hostile_engine_says_of_its_failure_is_text(engine: ScriptServer, visits: Visits) -> None:
    engine.default = status(400, {"error": {"message": f"{HOSTILE} {SCRIPT}"}})
    with serving(engine.url, "--debug") as address:  # or the page does not see the engine's words
        visit = visits(address, refused=True)
        visit.ask()
        expect(visit.left.get_by_role("alert")).to_contain_text(HOSTILE)
        expect(visit.page.locator(".sides").locator("img, script, svg")).to_have_count(0)


def test_the_answer_comes_in_order_and_the_points_as_they_are_written(
    scripted_address: str, engine: ScriptServer, visits: Visits
) -> None:
    first = Gate()
    engine.points = {**POINTS, 1: ["Go to bed ", first, "at the same time."]}
    visit = visits(scripted_address)
    visit.ask()
    cards = visit.right.locator(".card")
    expect(cards.locator(".title")).to_have_text(list(TITLES))
    expect(cards.nth(0).locator(".state")).to_have_text("writing")
    expect(cards.nth(2).locator(".state")).to_have_text("done")
    expect(cards.nth(2).locator(".text")).to_have_text(POINTS[3])
    expect(visit.right.locator(".answer")).to_have_text(re.compile(r"Go to bed\s*$"))
    expect(visit.left.locator(".answer")).to_have_text(NORMAL)
    first.open()
    expect(visit.right.locator(".answer li")).to_have_count(3)
    expect(visit.right.locator(".answer")).to_contain_text(POINTS[3])
    expect(visit.verdict).to_contain_text("4 requests instead of 1")
    expect(visit.verdict).to_contain_text(re.compile(r"; \$0\.0\d+ instead of \$0\.0\d+\."))
    expect(visit.right.locator(".figures")).to_contain_text("$0.0")


def test_both_run_at_once_when_asked_to(scripted_address: str, engine: ScriptServer, visits: Visits) -> None:
    gate = Gate()
    engine.normal = ["Held ", gate, "back."]
    visit = visits(scripted_address)
    visit.page.get_by_text("At once").click()
    expect(visit.page.locator("#order-hint")).to_contain_text("each is slower than alone")
    visit.ask()
    expect(visit.right.locator(".state").first).to_have_text("done")
    expect(visit.left.locator(".state").first).to_have_text("writing")
    gate.open()
    expect(visit.verdict).to_contain_text("Both ran at once and slowed each other")


def test_a_skeleton_given_up_is_shown(scripted_address: str, engine: ScriptServer, visits: Visits) -> None:
    engine.skeleton = "I would rather tell you a story about it, and it goes like this."
    visit = visits(scripted_address)
    visit.ask()
    expect(visit.right).to_contain_text("Fell back to normal decoding: ")
    expect(visit.verdict).to_contain_text("The skeleton was given up for normal decoding")
    expect(visit.right.locator(".answer")).to_have_text(NORMAL)
    expect(visit.right.locator(".card")).to_have_count(0)


def test_a_missing_point_is_shown(scripted_address: str, engine: ScriptServer, visits: Visits) -> None:
    engine.points = {**POINTS, 2: ""}
    visit = visits(scripted_address)
    visit.ask()
    expect(visit.right.locator(".card").nth(1).locator(".state")).to_have_text("missing")
    expect(visit.right).to_contain_text("Missing: could not be written")
    expect(visit.verdict).to_contain_text("1 point could not be written.")


def test_the_router_decides_unless_the_user_does(
    scripted_address: str, engine: ScriptServer, visits: Visits
) -> None:
    visit = visits(scripted_address)
    visit.page.get_by_role("button", name=re.compile("poem")).click()
    visit.ask_button.click()
    expect(visit.verdict).to_contain_text("The router left this to normal decoding")
    expect(visit.right).to_contain_text("creative writing")

    visit.page.get_by_role("combobox", name="Right column").select_option("cot")
    expect(visit.page.get_by_label("Points, at most")).to_be_disabled()
    visit.ask_button.click()
    expect(visit.verdict).to_contain_text("Chain of thought took")
    expect(visit.right.get_by_role("heading", level=2)).to_have_text("Chain of thought")
    expect(visit.right).to_contain_text("Chosen by you")

    visit.page.get_by_role("combobox", name="Right column").select_option("skeleton")
    visit.page.get_by_label("Points, at most").fill("2")
    visit.ask_button.click()
    expect(visit.verdict).to_contain_text("3 requests instead of 1")


def test_stop_ends_the_request_at_the_engine(
    scripted_address: str, engine: ScriptServer, visits: Visits
) -> None:
    gate = Gate()
    engine.normal = ["The beginning ", gate, "the end"]
    visit = visits(scripted_address)
    visit.ask()
    expect(visit.left.locator(".answer")).to_contain_text("The beginning")
    gate.wait_reached()
    visit.page.get_by_role("button", name="Stop").click()
    expect(visit.verdict).to_have_text("Stopped")
    gate.wait_left()
    expect(visit.left.locator(".state").first).to_have_text("stopped")
    expect(visit.left.locator(".answer")).to_contain_text("The beginning")
    expect(visit.ask_button).to_be_focused()
    assert len(engine.completions) == 1, "the other column was not asked"


def test_a_failing_engine_is_told_and_the_next_question_works(
    scripted_address: str, engine: ScriptServer, visits: Visits
) -> None:
    engine.default = status(503, {"error": {"message": "the engine is being updated"}})
    visit = visits(scripted_address, refused=True)
    visit.ask()
    expect(visit.left.get_by_role("alert")).to_contain_text(
        "the engine's server failed (HTTP 503)", timeout=60_000
    )
    expect(visit.verdict).to_have_text("No comparison: an answer failed")
    engine.reset()
    visit.ask()
    expect(visit.verdict).to_contain_text("Cost:")
    expect(visit.left.get_by_role("alert")).to_be_hidden()


def test_an_answer_that_breaks_off_keeps_what_came(
    scripted_address: str, engine: ScriptServer, visits: Visits
) -> None:
    engine.default = raw([event(delta("Half an answer"))], drop=True)
    visit = visits(scripted_address)
    visit.ask()
    expect(visit.left.get_by_role("alert")).not_to_be_empty()
    expect(visit.left.locator(".answer")).to_have_text("Half an answer")
    expect(visit.left.locator(".state").first).to_have_text("failed")


def test_a_busy_server_says_when_to_try_again(engine: ScriptServer, visits: Visits) -> None:
    gate = Gate()
    engine.normal = ["Held ", gate]
    with serving(engine.url, "--max-answers", "1", "--max-waiting", "0") as address:
        visit = visits(address, refused=True)
        visit.page.get_by_text("At once").click()
        visit.ask()
        refused = visit.page.locator(".side[data-state=failed]")
        expect(refused.get_by_role("alert")).to_contain_text(re.compile(r"\(429\).* Try again in \d+ s\."))
        expect(visit.page.locator(".side[data-state=stopped]")).to_have_count(1)
        expect(visit.ask_button).to_be_enabled()


def test_an_engine_that_is_not_there_is_told(visits: Visits) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and not listening: a connection is refused
        with serving(f"http://127.0.0.1:{nobody.getsockname()[1]}/v1") as address:
            visit = visits(address, refused=True)
            expect(visit.page.locator("#engine")).to_contain_text("(503)", timeout=60_000)
            visit.ask()
            expect(visit.left.get_by_role("alert")).not_to_be_empty(timeout=60_000)


def test_everything_works_by_keyboard(scripted_address: str, engine: ScriptServer, visits: Visits) -> None:
    visit = visits(scripted_address)
    press = visit.page.keyboard.press
    reached: list[str] = []
    while reached[-1:] != ["order"] and len(reached) < 30:
        press("Tab")
        name, outline = visit.page.evaluate("""() => {
            const at = document.activeElement;
            const ring = at.closest(".switch") ?? at;
            return [at.id || at.name || at.textContent, getComputedStyle(ring).outlineStyle];
        }""")
        assert outline == "solid", f"no visible focus on {name}"
        reached.append(name)
    examples = visit.page.locator(".example").all_inner_texts()
    assert reached == ["history", "theme", "question", "go", *examples, "strategy", "points", "order"]

    press("ArrowRight")  # the radio buttons
    expect(visit.page.get_by_label("At once")).to_be_checked()
    visit.page.get_by_label("Question").focus()
    press("ControlOrMeta+a")
    visit.page.keyboard.type(QUESTION)
    press("ControlOrMeta+Enter")
    expect(visit.verdict).to_contain_text("Both ran at once")

    gate = Gate()
    engine.normal = ["Held ", gate]
    press("Tab")
    expect(visit.ask_button).to_be_focused()
    press("Enter")
    expect(visit.page.get_by_role("button", name="Stop")).to_be_focused()
    gate.wait_reached()
    press("Escape")
    expect(visit.verdict).to_have_text("Stopped")
    gate.wait_left()
    expect(visit.ask_button).to_be_focused()


def test_an_empty_question_is_not_asked(scripted_address: str, engine: ScriptServer, visits: Visits) -> None:
    visit = visits(scripted_address)
    visit.ask("  \n ")
    expect(visit.page.locator("#question:invalid")).to_have_count(1)
    expect(visit.page.locator(".sides")).to_be_hidden()
    assert engine.completions == []


def test_the_theme_follows_the_system_until_switched(
    scripted_address: str, engine: ScriptServer, visits: Visits
) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = visits(scripted_address).page.evaluate(ground)
    visit = visits(scripted_address, dark=True)
    dark = visit.page.evaluate(ground)
    assert dark != light
    visit.page.get_by_role("button", name="Use the light theme").click()
    assert visit.page.evaluate(ground) == light
    visit.page.reload()
    expect(visit.page.get_by_role("button", name="Use the dark theme")).to_be_visible()
    assert visit.page.evaluate(ground) == light


def test_a_server_with_a_key_asks_for_it(engine: ScriptServer, visits: Visits, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("right-key-0123456789\n")
    file.chmod(0o600)
    with serving(engine.url, "--api-key-file", file) as address:
        visit = visits(address, refused=True)
        field = visit.page.get_by_label("API key of this server")
        field.fill("wrong-key")
        visit.ask()
        expect(visit.left.get_by_role("alert")).to_contain_text("(401)")
        assert engine.completions == []
        field.fill("right-key-0123456789")
        visit.ask()
        expect(visit.verdict).to_contain_text("Cost:")
        kept = visit.page.evaluate(
            "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
        )
        assert "right-key" not in kept
        assert field.get_attribute("type") == "password"
        visit.page.reload()
        expect(field).to_have_value("")


def test_without_a_key_the_field_is_not_there(
    scripted_address: str, engine: ScriptServer, visits: Visits
) -> None:
    visit = visits(scripted_address)
    expect(visit.page.locator("#engine")).to_contain_text("scripted")
    expect(visit.page.get_by_label("API key of this server")).to_be_hidden()
