"""The report of a run, in files and in a real browser, and the comparison of two runs, all made up."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cli_server import one_line
from made_run import (
    made_answer,
    made_record,
    two_strategies,
    verdicts,
    write_run,
    write_verdicts,
)
from markdown_it import MarkdownIt
from page_browser import CHROMIUM, NEEDS_CHROMIUM
from rows import rows

from sot.cli import main
from sot.errors import ConfigError
from sot.evals.dataset.question import QuestionSetInfo
from sot.evals.report.compare import compare_runs
from sot.evals.report.eval import Report, build_report
from sot.evals.report.format import markdown, share, signed, times
from sot.evals.report.page import Example, Section, rendered
from sot.evals.report.plots import NET_WIN, interval, ratio_scale, shares
from sot.evals.report.run_data import load_run
from sot.evals.report.table import Cell, Table
from sot.evals.run.records import AnswerRecord
from sot.evals.stats.bootstrap import Interval
from sot.evals.stats.net_win import Place, net_win

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
REORDERED = "\u202e"
WON: tuple[Place, Place] = ("first", "second")
LOST: tuple[Place, Place] = ("second", "first")
PLACE: tuple[Place, Place] = ("first", "first")


def whole_run(folder: Path) -> Path:
    """A run with something in every section."""
    records = [*two_strategies(12), *scored(), made_record("q20", "normal", made_answer("Fine."))]
    records.append(made_record("q20", "skeleton", None))
    fallen = made_answer("Prose.", strategy="skeleton", fell_back="the skeleton has 1 point, fewer than 2")
    records += [made_record("q21", "normal", made_answer("Good.")), made_record("q21", "skeleton", fallen)]
    for number in range(6):
        routed = made_answer("Routed.", strategy="skeleton" if number % 3 else "normal")
        records.append(made_record(f"q{number:02d}", "auto", routed, category=records[2 * number].category))
    write_run(folder, records)
    opinions: dict[str, tuple[Place | None, Place | None]] = {f"q{n:02d}": WON for n in range(9)}
    opinions |= {"q09": LOST, "q10": PLACE, "q11": (None, "first")}
    write_verdicts(folder, verdicts(records, opinions, reply="The first is clearer.\nVerdict: A"))
    return folder


def scored() -> list[AnswerRecord]:
    """Questions with one right answer: normal knows one of four, the skeleton none."""
    found: list[AnswerRecord] = []
    for number in range(4):
        fields = {"category": "math", "kind": "number", "reference": "42"}
        own = made_answer("The answer is 7.", strategy="skeleton")
        plain = made_answer("The answer is 42." if number == 0 else "The answer is 6.")
        found.append(made_record(f"m{number}", "normal", plain, **fields))
        found.append(made_record(f"m{number}", "skeleton", own, **fields))
    return found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return build_report(whole_run(tmp_path_factory.mktemp("run")))


def test_answers_in_other_digits_are_scored_and_end_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ("الإجابة هي ٤٢.", "उत्तर ४२ है", "It is ⁴², or ❹❷, or Ⅻ.")
    records = [
        made_record(f"q{number}", "normal", made_answer(text), reference="42", kind="number")
        for number, text in enumerate(texts)
    ]
    write_run(tmp_path, records)
    assert main(["eval", "report", str(tmp_path)]) == 0
    assert "| 2 of 3 |" in (tmp_path / "report.md").read_text()
    capsys.readouterr()


def section(report: Report, name: str) -> Section:
    return next(found for found in report.page().sections if found.name == name)


def cells(report: Report, name: str, title: str = "") -> dict[str, dict[str, str]]:
    """The cells of a table of a section, by the first cell of the row and the head of the column."""
    table = next(
        block for block in section(report, name).blocks if isinstance(block, Table) and block.title == title
    )
    texts = [[cell if isinstance(cell, str) else cell.text for cell in row] for row in table.rows]
    return {row[0]: dict(zip(table.headers, row, strict=True)) for row in texts}


def shown_examples(report: Report) -> list[Example]:
    return [block for block in section(report, "examples").blocks if isinstance(block, Example)]


class TestRouted:
    def test_auto_is_told_apart_by_the_way_it_chose(self, report: Report) -> None:
        found = cells(report, "routes", "Times of auto, by the strategy it chose")
        assert {name: row["answers"] for name, row in found.items()} == {"skeleton": "4", "normal": "2"}

    def test_a_quick_way_and_a_slow_one(self, tmp_path: Path) -> None:
        records: list[AnswerRecord] = []
        for number in range(16):
            way, seconds = ("skeleton", 2.0) if number % 2 else ("cot", 16.0)
            records.append(made_record(f"q{number}", "normal", made_answer("Some words.", total_s=8.0)))
            routed = made_answer("Some words.", strategy=way, total_s=seconds)
            records.append(made_record(f"q{number}", "auto", routed))
        write_run(tmp_path, records)
        found = cells(build_report(tmp_path), "routes", "Times of auto, by the strategy it chose")
        assert {name: row["speed-up"] for name, row in found.items()} == {
            "skeleton": "4.00x (4.00 to 4.00)",
            "cot": "0.50x (0.50 to 0.50)",
        }


class TestFigures:
    def test_speed_is_paired_by_question(self, report: Report) -> None:
        knowledge = report.run.side("skeleton", "knowledge")
        assert knowledge.speedup == Interval(pytest.approx(2), None, None, 4)  # pyright: ignore[reportArgumentType]
        found = cells(report, "glance")
        assert found["skeleton"]["failed"] == "1"
        assert (next(iter(found)), found["normal"]["speed-up"]) == ("normal", "–")

    def test_net_win_leaves_out_what_was_not_decided(self, report: Report) -> None:
        (judge,) = report.judges
        result = judge.main.net_win
        assert result is not None
        assert (result.wins, result.ties, result.losses) == (9, 1, 1)
        assert result.rate.estimate == pytest.approx(8 / 11)
        assert (len(judge.main.judged.unparsable), judge.main.judged.replies) == (1, 24)
        assert judge.main.judged.bias.rate == pytest.approx(1 / 11)
        assert "1 with an unreadable reply" in report.page().markdown()

    def test_right_results_are_counted_against_the_baseline(self, report: Report) -> None:
        assert report.sides["normal"].right_of == "1 of 4"
        assert report.sides["skeleton"].right_of == "0 of 4"
        gain = report.sides["skeleton"].accuracy_gain
        assert gain is not None
        assert gain.estimate == pytest.approx(-0.25)

    def test_routes_are_counted_by_category(self, report: Report) -> None:
        found = cells(report, "routes")
        assert found["generic"] == {"category": "generic", "skeleton": "·", "normal": "2"}
        assert found["knowledge"]["skeleton"] == "2"

    def test_skeletons_and_fall_backs_are_counted(self, report: Report) -> None:
        found = cells(report, "form")["skeleton"]
        assert (found["valid skeletons"], found["fell back"]) == ("12 of 17", "1")
        assert (found["whole form"], found["titles in order"]) == ("12 of 12", "12 of 12")

    def test_repetition_and_marks_of_form_are_columns(self, tmp_path: Path) -> None:
        again = "The same thing is said here. " * 4
        records = [made_record("q1", "normal", made_answer(f"## Head\n\n- **one**\n- two\n\n{again}"))]
        found = cells(build_report(write_run(tmp_path, records)), "form", "Texts")["normal"]
        assert found["repeated sentences"] == "75%"
        assert (found["list items"], found["headings"], found["bold"]) == ("2.0", "1.0", "1.0")

    def test_what_failed_is_listed(self, report: Report) -> None:
        found = cells(report, "failed")
        assert found["no answer: the engine is gone"]["for example"] == "q20 by skeleton"
        assert found["fell back to normal decoding: the skeleton has 1 point, fewer than 2"]["times"] == "1"

    def test_cost_is_held_against_the_baseline(self, report: Report) -> None:
        found = cells(report, "cost")["skeleton"]
        assert found["prompt tokens"] == "900"
        assert found["against normal"].startswith("18.0x")

    def test_examples_come_from_both_ends(self, report: Report) -> None:
        kinds = [(example.best_or_worst, example.asked.question) for example in shown_examples(report)]
        assert [kind for kind, _ in kinds] == ["best", "best", "worst"]
        assert kinds[-1] == ("worst", "What about q09?")
        assert shown_examples(report)[0].said == "The first is clearer."

    def test_headlines_name_speed_quality_and_right_results(self, report: Report) -> None:
        text = report.headlines["skeleton"]
        assert "The whole answer came 2.00x as fast as normal's (95% CI 1.00 to 2.00)" in text
        assert "Its answers are better by the verdict of made-up judge: net win +73%" in text
        assert "Right results: 0 of 4, normal 1 of 4" in text

    def test_everything_is_on_the_page_and_in_the_summary(self, report: Report) -> None:
        page, text = report.page().html(), report.page().markdown()
        for piece in (
            "made-up judge",
            "the engine is gone",
            "What about q09?",
            "made-up CPU",
            "1 of 24",
            "12 of 17",
        ):
            assert piece in re.sub(r"<[^>]+>", "", page), piece
        for piece in ("made-up judge", "the engine is gone", "What about q09?", "made-up CPU", "12 of 17"):
            assert piece in text, piece

    def test_every_row_of_a_markdown_table_has_its_cells(self, report: Report) -> None:
        rows = [line for line in report.page().markdown().splitlines() if line.startswith("|")]
        assert len(rows) > 20
        for above, below in pairwise(rows):
            if "---" in below:
                assert above.count("|") == below.count("|")
        assert not re.search(r"\|\n\n\|", report.page().markdown())


@rows(
    "text",
    [
        *(
            "# Maths",
            "## a #",
            "C#",
            "- a",
            "+ a",
            "-",
            "---",
            "- - -",
            "1. Basics",
            "12) b",
            "2026.",
            "> q",
            ">",
        ),
        *(
            "__init__",
            r"\__a_b__",
            "a_b _c_ a__b",
            "-3",
            "+12% (−3 to +27)",
            "* a",
            "a | b",
            "`a` ~~b~~ &amp; <b>",
        ),
    ],
)
def test_a_text_from_outside_is_text_wherever_it_stands(text: str) -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for whole in ("{}\n\nx\n", "- {}\n- x\n", "## {}\n\nx\n", "| {} |\n|---|\n| x |\n"):
        first, second = (
            token for token in reader.parse(whole.format(markdown(text))) if token.type == "inline"
        )
        assert {part.type for part in first.children or ()} <= {"text", "text_special"}
        assert ("".join(part.content for part in first.children or ()), second.content) == (text, "x")


class TestCautions:
    def test_a_simulation_is_called_one(self, tmp_path: Path) -> None:
        write_run(tmp_path, two_strategies(6), backend="replay:profile.json")
        assert "simulated, not measured" in " ".join(build_report(tmp_path).cautions)

    def test_the_small_model_makes_no_claim_to_quality(self, tmp_path: Path) -> None:
        write_run(tmp_path, two_strategies(6), model="SmolLM2-135M-Instruct")
        assert "135 million parameters" in " ".join(build_report(tmp_path).cautions)

    def test_answers_made_together_are_slower(self, tmp_path: Path) -> None:
        write_run(tmp_path, two_strategies(6), settings={"concurrency": 4})
        assert "4 answers were made at the same time" in " ".join(build_report(tmp_path).cautions)

    def test_a_judge_that_goes_by_the_place_is_named(self, tmp_path: Path) -> None:
        records = two_strategies(6)
        write_run(tmp_path, records)
        write_verdicts(tmp_path, verdicts(records, {f"q{n:02d}": PLACE for n in range(6)}))
        report = build_report(tmp_path)
        assert "do not rely on this judge" in report.headlines["skeleton"]
        assert "in 100% of the pairs this judge named the same place" in " ".join(report.cautions)

    def test_two_judges_are_shown_apart_and_the_fuller_one_leads(self, tmp_path: Path) -> None:
        records = two_strategies(6)
        write_run(tmp_path, records)
        many = verdicts(records, {f"q{n:02d}": WON for n in range(6)}, judge="thorough")
        few = verdicts(records, {"q00": LOST}, judge="hasty")
        write_verdicts(tmp_path, [*few, *many])
        report = build_report(tmp_path)
        assert {entry.who for entry in report.judges} == {"hasty", "thorough"}
        assert "thorough" in report.headlines["skeleton"]
        assert "Judge: thorough." in report.page().markdown()


class TestLittle:
    """Runs that lack most of what a report shows."""

    def test_nobody_has_judged(self, tmp_path: Path) -> None:
        report = build_report(write_run(tmp_path, two_strategies(3)))
        assert "Nobody has judged its answers." in report.headlines["skeleton"]
        assert "an anecdote" in report.headlines["skeleton"]
        assert [example.label for example in shown_examples(report)] == ["Among the fastest"] * 2
        assert "Judges" not in report.page().html()

    def test_one_strategy(self, tmp_path: Path) -> None:
        report = build_report(write_run(tmp_path, [made_record("q1", "cot", made_answer("Yes."))]))
        assert report.run.baseline == "cot"
        assert report.headlines == {}
        assert "nothing to compare it with" in report.page().html()
        report.page().markdown()

    def test_only_failures(self, tmp_path: Path) -> None:
        records = [made_record("q1", name, None) for name in ("normal", "skeleton")]
        report = build_report(write_run(tmp_path, records))
        assert "the engine is gone" in report.page().html()
        assert "No question has been answered by both it and normal." in report.page().markdown()

    def test_questions_without_categories(self, tmp_path: Path) -> None:
        records = [record.model_copy(update={"category": ""}) for record in two_strategies(6)]
        report = build_report(write_run(tmp_path, records))
        (table,) = (block for block in section(report, "categories").blocks if isinstance(block, Table))
        assert [cell.text for cell, *_ in table.rows if isinstance(cell, Cell)] == ["all"]

    def test_no_answers_yet(self, tmp_path: Path) -> None:
        write_run(tmp_path, [])
        with pytest.raises(ConfigError, match="the run has no answers yet"):
            build_report(tmp_path)

    def test_an_answer_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        broken = made_answer("Yes.")
        del broken["timing"]
        write_run(tmp_path, [made_record("q1", "normal", broken)])
        with pytest.raises(ConfigError, match=r"the answer to q1 by normal cannot be read: timing"):
            build_report(tmp_path)

    def test_a_manifest_without_a_start_is_told(self, tmp_path: Path) -> None:
        path = write_run(tmp_path, [made_record("q1", "normal", made_answer("Yes."))]) / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "sessions": []}), encoding="utf-8")
        with pytest.raises(ConfigError, match="sessions: empty"):
            build_report(tmp_path)


def hostile_run(folder: Path) -> Path:
    """A run in which everything that comes from outside tries to be markup."""
    records: list[AnswerRecord] = []
    for number in range(6):
        fields = {"category": f"cat {HOSTILE}", "question": f"Q{number} {HOSTILE}"}
        answers = {
            name: made_answer(f"{name} {HOSTILE}{REORDERED}\n```\n# no\n````", total_s=1.0 + number)
            for name in "ab"
        }
        fallen = {
            **answers["b"],
            "fell_back": HOSTILE,
            "route": {**answers["b"]["route"], "strategy": "skeleton"},
        }
        records.append(made_record(f"q{number:02d}", "normal", answers["a"], **fields))
        records.append(made_record(f"q{number:02d}", "skeleton", fallen, **fields))
    failed = made_record("q09", "normal", None)
    records.append(failed.model_copy(update={"error": HOSTILE}))
    write_run(folder, records, model=f"m {HOSTILE}", settings={"stop": HOSTILE})
    opinions: Mapping[str, tuple[Place | None, Place | None]] = {
        "q00": WON,
        "q01": LOST,
        "q02": (None, "first"),
    }
    write_verdicts(folder, verdicts(records, opinions, judge=f"j {HOSTILE}", reply=HOSTILE))
    return folder


class TestSafety:
    def test_nothing_from_outside_is_markup(self, tmp_path: Path) -> None:
        page = build_report(hostile_run(tmp_path)).page().html()
        assert "<script" not in page
        assert "<img" not in page
        assert REORDERED not in page
        assert page.count("&lt;script&gt;alert(1)") > 10

    def test_the_page_has_no_script_and_nothing_from_elsewhere(self, tmp_path: Path) -> None:
        page = build_report(whole_run(tmp_path)).page().html()
        assert not re.findall(
            r"<(?:script|link|img|iframe|object|embed)|(?:src|href)=\"(?!#)|url\(|@import", page
        )
        assert " style=" not in page
        assert not re.search(r"\son\w+=", page)

    def test_its_policy_allows_its_own_style_and_nothing_else(self, tmp_path: Path) -> None:
        page = build_report(whole_run(tmp_path)).page().html()
        style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
        assert style is not None
        digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
        assert f"default-src 'none'; style-src 'sha256-{digest}'".replace("'", "&#39;") in page

    def test_markdown_holds_no_markup_from_outside(self, tmp_path: Path) -> None:
        text = build_report(hostile_run(tmp_path)).page().markdown()
        outside = re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.DOTALL | re.MULTILINE)
        assert "<script" not in outside
        assert "# no" not in outside

    def test_a_run_that_is_still_going_on_can_be_reported(self, tmp_path: Path) -> None:
        whole_run(tmp_path)
        for name in ("answers.jsonl", "judgements.jsonl"):
            with (tmp_path / name).open("a") as file:
                file.write('{"question_id": "q9')  # the line that is being written at this moment
        assert "18 questions in 4 categories" in build_report(tmp_path).page().facts

    @NEEDS_CHROMIUM
    @pytest.mark.parametrize("width", [390, 760, 1280])
    def test_in_a_real_browser(self, tmp_path: Path, width: int) -> None:
        api = pytest.importorskip("playwright.sync_api")
        hostile_run(tmp_path)
        assert main(["eval", "report", str(tmp_path)]) == 0
        address = (tmp_path / "report.html").as_uri()
        problems: list[str] = []
        with api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"], timeout=120_000
            )
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.on("console", lambda message: problems.append(message.text))
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("dialog", lambda dialog: problems.append(dialog.message))
            page.on(
                "request", lambda request: None if request.url == address else problems.append(request.url)
            )
            page.goto(address)
            shown = page.inner_text("body")
            styled = page.evaluate("getComputedStyle(document.querySelector('.kicker')).marginTop")
            wide = page.evaluate("document.documentElement.scrollWidth")
            browser.close()
        assert problems == []
        assert HOSTILE in shown
        assert styled == "0px"  # the policy lets the page's own style through
        assert wide <= width, "the page must not scroll sideways"

    @NEEDS_CHROMIUM
    def test_answers_are_filtered_and_opened_without_a_script(self, tmp_path: Path) -> None:
        api = pytest.importorskip("playwright.sync_api")
        assert main(["eval", "report", str(whole_run(tmp_path))]) == 0
        with api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"], timeout=120_000
            )
            page = browser.new_context(java_script_enabled=False).new_page()
            page.goto((tmp_path / "report.html").as_uri())
            page.get_by_role("radio", name="math").check()
            questions = page.locator("#answers details:visible summary").all_inner_texts()
            page.locator("#answers details:visible summary").first.click()
            answers = page.locator("#answers details:visible .side:visible")
            both = answers.all_inner_texts()
            page.get_by_role("checkbox", name="normal").uncheck()
            alone = answers.all_inner_texts()
            browser.close()
        assert [text.split("?")[0] for text in questions] == [f"What about m{number}" for number in range(4)]
        assert [text.split()[0] for text in both] == ["normal", "skeleton"]
        assert "right" in both[0]
        assert "wrong (7)" in both[1]
        assert [text.split()[0] for text in alone] == ["skeleton"]


class TestMarkdown:
    def test_it_is_rendered(self) -> None:
        shown = rendered("# One\n\n1. **a**\n2. b\n\n| x |\n|:-:|\n| y |\n\n```py\n1 < 2\n```")
        for piece in ("<h4>One</h4>", "<li><strong>a</strong></li>", "<td>y</td>", "1 &lt; 2"):
            assert piece in shown, piece

    @pytest.mark.parametrize(
        "text",
        [
            HOSTILE,
            f"a {HOSTILE} b",
            f"```{HOSTILE}\n{HOSTILE}\n```",
            f"| {HOSTILE} |\n|:--|\n| x |",
            "![x](http://somewhere/p.png) [y](http://somewhere) <http://somewhere> [z](javascript:alert(1))",
            '[a](<http://x" onclick="alert(1)> "t")',
            "[r]\n\n[r]: http://somewhere",
        ],
    )
    def test_what_is_not_markdown_is_text_and_nothing_loads(self, text: str) -> None:
        shown = rendered(text)
        names = "p|h4|em|strong|code|pre|table|thead|tbody|tr|th|td|br"
        known = rf"</?(?:{names})>|<span class=\"link\" title=\"[^\"]*\">|</span>|<code class=\"[^\"]*\">"
        assert "<" not in re.sub(known, "", shown)


class TestCommand:
    def test_report_writes_both_files_and_says_what_matters(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        whole_run(tmp_path)
        assert main(["eval", "report", str(tmp_path)]) == 0
        said = capsys.readouterr().out
        assert said.startswith("skeleton: The whole answer came")
        assert "note: Failed answers are left out of every figure" in said
        assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
        assert (tmp_path / "report.md").read_text().startswith("# made-up on made-up\n")
        assert not list(tmp_path.glob("*.new"))

    def test_no_run_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["eval", "report", str(tmp_path)]) == 2
        assert "no run there" in one_line(capsys.readouterr().err)

    def test_compare_prints_what_changed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        first, second = two_runs(tmp_path)
        assert main(["eval", "compare", str(first), str(second)]) == 0
        said = capsys.readouterr().out
        assert re.search(r"\| setting max_tokens +\| 1024 +\| 512 +\|", said)
        assert re.search(r"\| skeleton +\| 12 +\| 0, 0 .*2\.00x \(2\.00 to 2\.00\)", said)
        assert "Net win by the same judge" in said

    def test_compare_for_programs(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        first, second = two_runs(tmp_path)
        assert main(["eval", "compare", str(first), str(second), "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert found["questions"] == 12
        rows = {row["strategy"]: row for row in found["strategies"]}
        assert set(rows) == {"normal", "skeleton"}
        assert rows["skeleton"]["sooner"].pop("count") == 12
        assert rows["skeleton"]["sooner"] == pytest.approx({"estimate": 2, "low": 2, "high": 2})

    def test_compare_refuses_unlike_question_sets(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        first, second = two_runs(tmp_path)
        other = QuestionSetInfo(name="other", sha256="12" * 32, count=12, format="jsonl")
        write_run(second, two_strategies(12), questions=other)
        assert main(["eval", "compare", str(first), str(second)]) == 2
        assert "unlike question sets: made-up (abababababab) and other (121212121212)" in one_line(
            capsys.readouterr().err
        )


class TestCompare:
    def test_each_question_is_held_against_itself(self, tmp_path: Path) -> None:
        first, second = two_runs(tmp_path)
        found = compare_runs(load_run(first), load_run(second))
        rows = {row["strategy"]: row for row in found["strategies"]}
        assert rows["normal"]["sooner"].estimate == pytest.approx(1)
        assert rows["skeleton"]["sooner"].estimate == pytest.approx(2)
        assert rows["skeleton"]["gain"].estimate == pytest.approx(2)
        assert rows["normal"]["gain"] is None
        assert found["made"] == [("setting max_tokens", "1024", "512")]

    def test_a_change_in_net_win_has_an_interval(self, tmp_path: Path) -> None:
        first, second = two_runs(tmp_path)
        (found,) = compare_runs(load_run(first), load_run(second))["verdicts"]
        assert found["rates"] == [1, -1]
        assert found["change"].estimate == -2
        assert found["change"].excludes(0)

    def test_a_run_against_itself_shows_nothing(self, tmp_path: Path) -> None:
        first, _ = two_runs(tmp_path)
        found = compare_runs(load_run(first), load_run(first))
        assert found["made"] == []
        assert all(row["sooner"].estimate == 1 for row in found["strategies"])
        assert all(not entry["change"].excludes(0) for entry in found["verdicts"])

    def test_questions_of_one_run_alone_are_left_out(self, tmp_path: Path) -> None:
        write_run(tmp_path / "a", two_strategies(12))
        write_run(tmp_path / "b", two_strategies(8))
        found = compare_runs(load_run(tmp_path / "a"), load_run(tmp_path / "b"))
        assert (found["questions"], found["left_out"]) == (8, 4)

    def test_runs_with_nothing_in_common_are_refused(self, tmp_path: Path) -> None:
        write_run(tmp_path / "a", two_strategies(2))
        write_run(tmp_path / "b", [made_record("q00", "cot", made_answer("Yes."))])
        with pytest.raises(ConfigError, match="no question that both answered by the same strategy"):
            compare_runs(load_run(tmp_path / "a"), load_run(tmp_path / "b"))


def two_runs(folder: Path) -> tuple[Path, Path]:
    """The second run's skeleton answers are twice as quick, and its judge is of the opposite opinion."""
    for name, sooner, opinion in (("a", 2.0, WON), ("b", 4.0, LOST)):
        records = two_strategies(12, sooner=sooner)
        write_run(folder / name, records, settings={"max_tokens": 1024 if name == "a" else 512})
        write_verdicts(folder / name, verdicts(records, {f"q{n:02d}": opinion for n in range(12)}))
    return folder / "a", folder / "b"


class TestShown:
    def test_figures(self) -> None:
        assert times(Interval(1.854, 1.601, 12.3, 9)) == "1.85x (1.60 to 12.3)"
        assert times(Interval(2.0, None, None, 3)) == "2.00x"
        assert signed(Interval(0.124, -0.03, 0.27, 9)) == "+12% (−3 to +27)"
        assert signed(Interval(-0.002, -0.1, 0.1, 9)) == "0% (−10 to +10)"
        assert share(Interval(0.75, 0.6, 0.86, 9)) == "75% (60 to 86)"
        assert times(None) == signed(None) == share(None) == "–"

    def test_a_track_shows_on_which_side_the_interval_lies(self) -> None:
        for low, high, tone in ((0.1, 0.3, "good"), (-0.3, -0.1, "bad"), (-0.1, 0.3, "open")):
            assert f'class="dot {tone}"' in interval(Interval((low + high) / 2, low, high, 9), NET_WIN)
        assert "dot" not in interval(None, NET_WIN)

    def test_an_axis_holds_all_ratios_and_one(self) -> None:
        scale = ratio_scale([Interval(3.0, 0.3, 9.0, 9), None])
        assert scale.low <= 0.3 < 1 < 9 <= scale.high
        assert 0 < scale.place(1) < 100
        assert [value for value, _ in scale.ticks].count(1) == 1

    def test_a_bar_fills_its_width(self) -> None:
        bar = shares(net_win([("a", 1), ("b", 0), ("c", 0), ("d", -1)]))
        assert sum(map(float, re.findall(r'width="([\d.]+)%" height="16"', bar))) == pytest.approx(100)


class TestStyleControl:
    def test_a_judge_that_counts_bold_terms_gives_no_win_at_equal_style(self, tmp_path: Path) -> None:
        bold = [(3, 1), (2, 0), (1, 3), (4, 2), (2, 2), (1, 1), (3, 1)] * 6  # of the skeleton, of normal
        records: list[AnswerRecord] = []
        opinions: dict[str, tuple[Place | None, Place | None]] = {}
        for number, counts in enumerate(bold):
            for strategy, count in zip(("skeleton", "normal"), counts, strict=True):
                text = " ".join(["**term**"] * count + ["word"] * (8 - count) + [strategy])
                records.append(made_record(f"q{number:02d}", strategy, made_answer(text)))
            own, other = counts
            opinions[f"q{number:02d}"] = WON if own > other else LOST if own < other else ("tie", "tie")
        write_run(tmp_path, records)
        write_verdicts(tmp_path, verdicts(records, opinions))
        built = build_report(tmp_path)
        (found,) = built.judges
        assert found.main.net_win is not None
        assert found.main.net_win.rate.excludes(0)
        assert found.main.style is not None
        assert found.main.style.equal is not None
        assert not found.main.style.equal.excludes(0)
        (row,) = cells(built, "judges", "skeleton against normal, judged by made-up judge").values()
        assert row["at equal length and style"] == signed(found.main.style.equal)

    def test_what_too_few_questions_cannot_show_is_said(self, report: Report) -> None:
        (table,) = (block for block in section(report, "judges").blocks if isinstance(block, Table))
        assert "At equal length and style: 11 questions are too few for this; it takes 30." in table.note
