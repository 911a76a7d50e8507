"""Conversations on the page, in a real browser: turns, history, copies, the shared file, Markdown, axe.

The engine is a test double (`cli_server.ScriptServer`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cli_server import QUESTION, Gate, ScriptServer
from page_browser import DESKTOP, NEEDS_CHROMIUM, PHONE, Visit, Visits, serving
from playwright.sync_api import Browser, expect

pytestmark = NEEDS_CHROMIUM

HOSTILE = "<img/src=x onerror=alert(1)></title></style><script>alert(2)</script>"
MARKDOWN = """\
# What to do

| When | What |
| --- | --- |
| **Noon** | rest |

- first
  - inside
- second, see [a page](https://example.org/x?a=1&b=2), not [this](javascript:alert(1))

> said

```python
def rest(hours):
    return "<b>" * hours
```"""


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture
def engine(running: ScriptServer) -> ScriptServer:
    running.reset()
    return running


@pytest.fixture(scope="module")
def address(running: ScriptServer) -> Iterator[str]:
    with serving(running.url) as address:
        yield address


def answered(visit: Visit, question: str = QUESTION) -> None:
    visit.ask(question)
    expect(visit.verdict).to_contain_text("Cost:")
    expect(visit.ask_button).to_be_enabled()


def press(visit: Visit, name: str) -> None:
    visit.page.get_by_role("button", name=name, exact=True).click()


def test_a_conversation_goes_on_is_kept_and_is_deleted(
    address: str, engine: ScriptServer, visits: Visits
) -> None:
    visit = visits(address)
    kept = visit.page.locator("#kept-list li")
    answered(visit)
    first = visit.right.locator(".answer").inner_text()
    answered(visit, "And what helps in summer?")
    asked = engine.asked()
    assert any(
        [turn["role"] for turn in messages] == ["user", "assistant", "user"]
        and messages[0]["content"] == QUESTION
        and messages[1]["content"].startswith("1. **Regular hours**")
        for messages in asked
    ), asked
    turns = visit.page.locator(".turn")
    expect(turns).to_have_count(1)
    turns.locator("summary").click()
    expect(turns.locator(".answer").first).to_have_text(first, use_inner_text=True)

    visit.page.reload()
    expect(turns).to_have_count(0)
    press(visit, "History")
    expect(kept).to_have_count(1)
    kept.locator(".open").click()
    expect(turns).to_have_count(2)
    expect(visit.page.get_by_label("Question")).to_be_focused()
    press(visit, "New")
    before = len(engine.asked())
    answered(visit)
    assert all("summer" not in str(messages) for messages in engine.asked()[before:])

    press(visit, "History")
    expect(kept).to_have_count(2)
    kept.nth(0).get_by_text("Delete").click()
    expect(kept).to_have_count(1)
    visit.page.get_by_label("Keep them").uncheck()
    expect(kept).to_have_count(0)
    press(visit, "New")
    answered(visit)
    assert visit.page.evaluate("localStorage.getItem('conversations')") is None


def test_an_answer_is_shown_copied_and_shared_as_what_it_is(
    address: str, engine: ScriptServer, visits: Visits, browser: Browser
) -> None:
    engine.normal = MARKDOWN
    engine.skeleton = f"1. Rest {HOSTILE}\n2. Walk\n"
    engine.points = {1: f"{HOSTILE} is text.", 2: "So is this."}
    visit = visits(address, PHONE)
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answered(visit, f"How can I sleep better? {HOSTILE}")
    answer = visit.left.locator(".answer")
    expect(answer.locator("h4")).to_have_text("What to do")
    expect(answer.locator("td strong")).to_have_text("Noon")
    expect(answer.locator("ul ul li")).to_have_text("inside")
    expect(answer.locator("blockquote")).to_have_text("said")
    expect(answer.locator("a")).to_have_attribute("href", "https://example.org/x?a=1&b=2")
    expect(answer.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(answer).to_contain_text("[this](javascript:alert(1))")
    expect(answer.locator(".code-keyword").first).to_have_text("def")
    expect(answer.locator("pre")).to_contain_text('return "<b>" * hours')

    copy = visit.left.get_by_role("button", name="Copy")
    copy.click()
    expect(copy).to_have_text("Copied")
    expect(visit.page.locator("#told")).to_contain_text("The answer is copied as Markdown.")
    assert visit.page.evaluate("navigator.clipboard.readText()") == MARKDOWN
    assert visit.page.evaluate("document.documentElement.scrollWidth") == PHONE[0]

    with visit.page.expect_download() as download:
        press(visit, "Save as a page")
    path = download.value.path()
    file = path.read_text(encoding="utf-8")
    seen: list[str] = []
    page = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
    try:
        page.on("request", lambda request: seen.append(request.url))
        local = path.with_suffix(".html")
        local.write_text(file, encoding="utf-8")
        page.goto(local.as_uri())
        assert seen == [local.as_uri()]
        assert page.locator("script, img, iframe, [onerror], link").count() == 0
        expect(page.locator("h2")).to_contain_text(HOSTILE)
        expect(page.locator(".answer").first).to_contain_text(f"{HOSTILE} is text.")
        expect(page.locator(".code-keyword").first).to_have_text("def")
        assert HOSTILE in page.title()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    finally:
        page.close()


def test_the_answer_is_in_sight_on_a_phone(address: str, engine: ScriptServer, visits: Visits) -> None:
    held = Gate()
    engine.points = {1: ["Go to bed early.", held], 2: "Dark.", 3: "Less."}
    visit = visits(address, PHONE)
    visit.ask()
    expect(visit.right.locator(".answer")).to_contain_text("Go to bed early.")
    expect(visit.right.locator(".answer li")).to_be_in_viewport()
    held.open()
    expect(visit.verdict).to_contain_text("Cost:")


def test_the_headline_is_words_a_second_and_a_loss_is_called_one(address: str, visits: Visits) -> None:
    visit = visits(address)
    told = visit.page.evaluate("""async () => {
        const { verdict } = await import("./page/verdict.js");
        const usage = { requests: 1, prompt_tokens: 1, completion_tokens: 1, cached_tokens: 0 };
        const run = (strategy, text, ended_s) => ({
            text, ended_s, first_s: 0.1, fellBack: null, isJson: false,
            route: { strategy, router: "caller" },
            answer: { usage, points: [], complete: true, finish_reason: "stop" },
        });
        const text = (count) => Array.from({ length: count }, (_, place) => "a".repeat(place + 1)).join(" ");
        const normal = run("normal", text(40), 4);
        const races = [[text(40), 2], [text(10), 2], ["Same again. ".repeat(50), 1], [text(41), 4]];
        return races.map(([words, ended_s]) => verdict(normal, run("skeleton", words, ended_s), false));
    }""")
    assert told[0]["ratio"] == "2.0"
    assert told[0]["title"] == (
        "20 useful words a second instead of 10; the whole answer in 2.00 s instead of 4.00 s"
    )
    assert [entry.get("loss", False) for entry in told] == [False, True, True, False]
    assert (told[1]["ratio"], told[1]["unit"]) == ("2.0", "times slower")
    assert "Sooner only because it is shorter" in told[1]["lines"][1]
    assert told[2]["ratio"] == "5.0", "a sentence that is said again counts once"
    assert told[3]["title"].startswith("About as fast: ")


def test_kept_conversations_that_are_broken_are_left_out(address: str, visits: Visits) -> None:
    told = visits(address).page.evaluate("""async () => {
        const { kept } = await import("./page/store.js");
        const answer = { text: "a", name: "n" };
        const verdict = { title: "t", lines: ["l"] };
        const turn = { question: "q", model: "m", verdict, answers: [answer, answer] };
        const whole = { id: "whole", at: 1, turns: [turn] };
        const odd = { ...turn, verdict: { title: "t", lines: [{ toString: 1 }] } };
        const list = [{ ...whole, at: 1e300 }, { ...whole, turns: [odd] }, whole, null];
        localStorage.setItem("conversations", JSON.stringify(list));
        document.getElementById("history").click();
        return [kept().map(({ id }) => id), document.querySelectorAll("#kept-list li").length];
    }""")
    assert told == [["whole"], 1]


def test_a_line_of_blanks_holds_nothing_up(address: str, visits: Visits) -> None:
    """A model that falls into a loop writes such lines; a backtracking pattern would take hours for these."""
    kinds = visits(address).page.evaluate("""async () => {
        const { blocksOf } = await import("./page/blocks.js");
        const blanks = " ".repeat(1_000_000);
        const kinds = (text) => blocksOf(text).map(({ kind }) => kind);
        const under = [`${blanks}x`, `--|--${blanks}x`, `${blanks}|--|--${blanks}|`];
        return under.map((line) => kinds(`a|b\\n${line}`));
    }""")
    assert kinds == [["paragraph"], ["paragraph"], ["table"]]


def violations(visit: Visit) -> list[Any]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    found = axe.run(visit.page, options=options).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)], ids=["light", "dark phone"])
def test_axe_finds_nothing(
    address: str, engine: ScriptServer, visits: Visits, size: tuple[int, int], dark: bool
) -> None:
    pytest.importorskip("axe_playwright_python", reason="the extra dev has it")
    held = Gate()
    engine.normal = [MARKDOWN + "\n\n" + "More of it. " * 200, held]
    visit = visits(address, size, dark=dark)
    expect(visit.page.locator("#engine")).to_contain_text("scripted")
    states = {"empty": violations(visit)}
    visit.ask()
    expect(visit.left.locator(".code-keyword").first).to_be_visible()
    states["racing"] = violations(visit)
    held.open()
    expect(visit.verdict).to_contain_text("Cost:")
    press(visit, "History")
    visit.right.get_by_role("button", name="Edit points").click()
    states["answered"] = violations(visit)
    assert states == {state: [] for state in states}
