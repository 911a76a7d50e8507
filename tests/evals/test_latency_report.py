"""A latency run's report and the pictures in it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from latency_records import manifest, record, skeleton

from sot.evals.measure.manifest import LatencyManifest
from sot.evals.report.latency import LatencyReport
from sot.evals.report.plots import timeline as draw
from sot.evals.run.folder import RunFolder
from sot.evals.run.records import AnswerRecord

EVIL = "<script>alert(1)</script>&\"'"


def normal(question: str = "Why?", **more: Any) -> AnswerRecord:
    return record(question, "normal", 4.0, first_text_s=0.1, completion_tokens=100, prompt_tokens=20, **more)


def report(*records: AnswerRecord, run: LatencyManifest | None = None) -> LatencyReport:
    return LatencyReport(run or manifest(), records)


class TestTimeline:
    def parse(self, svg: str) -> ElementTree.Element:
        return ElementTree.fromstring(svg)

    def bars(self, svg: str, kind: str) -> list[ElementTree.Element]:
        name = "{http://www.w3.org/2000/svg}rect"
        return [bar for bar in self.parse(svg).iter(name) if bar.get("class") == kind]

    def test_a_skeleton_and_its_points(self) -> None:
        svg = draw(skeleton("Why?"))
        assert len(self.bars(svg, "skeleton")) == 1
        assert len(self.bars(svg, "decode")) == 2  # the third point wrote nothing
        assert len(self.bars(svg, "prompt")) == 3
        assert len(self.bars(svg, "wait")) == 1  # the second one waited to be sent
        assert "first text 0.80 s" in svg
        assert "2.50 s" in svg

    def test_the_critical_path_ends_with_its_point(self) -> None:
        svg = draw(skeleton("Why?"))
        (line,) = self.parse(svg).iter("{http://www.w3.org/2000/svg}polyline")
        corners = [tuple(map(float, corner.split(","))) for corner in str(line.get("points")).split()]
        bar = self.bars(svg, "decode")[1]
        end = float(str(bar.get("x"))) + float(str(bar.get("width")))
        assert corners[-1][0] == pytest.approx(end, abs=0.2)
        assert [corner[0] for corner in corners] == sorted(corner[0] for corner in corners)

    def test_a_normal_answer_is_one_bar(self) -> None:
        svg = draw(normal())
        assert len(self.bars(svg, "answer")) == 1
        assert "polyline" not in svg

    def test_answers_on_one_axis_can_be_compared(self) -> None:
        def end(svg: str) -> float:
            (bar,) = self.bars(svg, "answer")
            return float(str(bar.get("x"))) + float(str(bar.get("width")))

        left, short = 170, record("Why?", "normal", 2.0)
        assert end(draw(short, until_s=4.0)) - left == pytest.approx((end(draw(normal())) - left) / 2, abs=1)

    @pytest.mark.parametrize("total_s", [0.0, 0.003, 0.07, 1.0, 9.99, 300.0, 4000.0])
    def test_any_time_has_a_few_round_ticks(self, total_s: float) -> None:
        svg = draw(record("Why?", "normal", total_s, first_text_s=0.0))
        assert 3 <= svg.count('class="grid"') <= 11

    def test_titles_are_text(self) -> None:
        svg = draw(skeleton("Why?", titles=(EVIL, "\x00\u202e", "x" * 500)))
        self.parse(svg)
        assert "<script" not in svg


class _Page(HTMLParser):
    """Which elements and texts a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.links: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href") or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


class TestReport:
    def test_the_page_stands_alone_and_takes_all_text_as_text(self) -> None:
        run = manifest().model_copy(update={"model": EVIL, "questions": EVIL})
        page = _Page(report(normal(EVIL), skeleton(EVIL, titles=(EVIL, EVIL, EVIL)), run=run).page().html())
        assert "script" not in page.tags
        assert all(str(link).startswith("#") for link in page.links)
        assert EVIL in page.text
        assert page.tags.count("svg") == 2

    def test_it_shows_the_speed_up_and_a_timeline_of_every_answer(self) -> None:
        made = report(
            normal(), skeleton("Why?"), normal("When?"), skeleton("When?", text="Some **Markdown**.")
        )
        page = _Page(made.page().html())
        assert "1.60x speed-up" in page.text
        assert "first text 0.70 s later" in page.text
        assert "critical path 2.20 s (point 2)" in page.text
        assert page.tags.count("details") == 2
        assert page.tags.count("svg") == 4
        assert page.tags.count("strong") >= 1

    def test_a_simulation_and_scripted_text_are_labelled(self) -> None:
        forced = manifest(lengths="normal=9")
        run = manifest(lengths="normal=9", backend="replay:p.json")
        for text in (report(normal(), run=run).page().html(), report(normal(), run=run).markdown()):
            assert "Simulated" in text
            assert "The text is scripted, the time is simulated" in text
        assert "The text is scripted, the time is real" in report(normal(), run=forced).markdown()
        assert "imulated" not in report(normal(), run=forced).markdown()

    def test_json_has_every_answer_and_figure(self) -> None:
        made = json.loads(json.dumps(report(normal(), skeleton("Why?")).json()))
        assert made["run"]["simulated"] is False
        assert (made["run"]["busy"], made["run"]["started"]) == ("", "2026-01-01T00:00:00+00:00")
        assert [answer["method"] for answer in made["answers"]] == ["normal", "skeleton"]
        (row,) = made["summary"]["within"]
        assert row["sooner"]["estimate"] == pytest.approx(1.6)
        assert [span["found_s"] for span in made["answers"][1]["spans"]] == [0.5, 0.9, 1.2]

    def test_json_says_what_was_chosen_by_whom_and_when(self) -> None:
        routed = record("Why?", "auto-llm", 3.0, strategy="cot", router="llm", route_s=0.2)
        failed = routed.model_copy(update={"question_id": "How?", "answer": None, "status": "failed"})
        first, other = report(routed, failed).json()["answers"]
        assert (first["strategy"], first["router"], first["route_s"]) == ("cot", "llm", 0.2)
        assert (other["strategy"], other["router"], other["route_s"]) == (None, None, None)

    def test_the_folder_holds_it_all(self, tmp_path: Path) -> None:
        made = report(
            *(normal(), skeleton("Why?"), skeleton("Why?", repeat=2)),
            skeleton("Why?", accelerator="draft:a/b"),
        )
        with RunFolder(tmp_path, LatencyManifest) as folder:
            folder.begin(made.run)
            made.write(folder)
            (tmp_path / "timelines" / "002-normal.svg").write_text("an earlier report's")
            (tmp_path / "timelines" / "mine.svg").write_text("")
            made.write(folder)
        assert {"report.html", "report.json", "report.md", "timelines"} <= {
            one.name for one in tmp_path.iterdir()
        }
        assert sorted(path.name for path in (tmp_path / "timelines").iterdir()) == [
            *("001-normal.svg", "001-skeleton-2.svg", "001-skeleton-draft-a-b.svg", "001-skeleton.svg"),
            "mine.svg",
        ]
        assert "Against normal decoding" in (tmp_path / "report.md").read_text()

    def test_control_characters_do_not_reach_the_terminal(self) -> None:
        run = manifest().model_copy(update={"model": "m\x1b[31m\u202e"})
        made = report(normal(category="a\x1b"), skeleton("Why?"), run=run)
        for text in (made.markdown(), made.terminal()):
            assert "\x1b" not in text
            assert "\u202e" not in text


def test_a_run_that_goes_on_keeps_what_it_knew() -> None:
    now = manifest().model_copy(update={"backend": "", "model": "", "seed": 7})
    later = manifest().extended(now)
    assert (later.model, later.seed, len(later.sessions)) == ("m", 7, 2)
