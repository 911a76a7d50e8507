"""A run's folder, its report and the pictures in it."""

from __future__ import annotations

import dataclasses
import json
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sot.errors import ConfigError
from sot.evals.latency.figures import Prices
from sot.evals.latency.folder import Folder
from sot.evals.latency.report import Report
from sot.evals.latency.run_info import RunInfo
from sot.evals.latency.summary import summarise
from sot.evals.latency.timeline import draw
from sot.evals.measure.critical_path import PointSpan
from sot.evals.measure.sample import Gaps, Sample

RUN = RunInfo(backend_spec="torch:", backend="torch:m", model="m", options={"max_tokens": 64})
EVIL = "<script>alert(1)</script>&\"'"
SPANS = (
    PointSpan(1, 0.5, 0.5, 0.8, 2.0, 20),
    PointSpan(2, 0.9, 1.1, 1.3, 2.4, 22),
    PointSpan(3, 1.2, 1.2, None, 1.9, 0),
)


def normal(question: str = "Why?") -> Sample:
    return Sample(question, "normal", 0.1, 4.0, 100.0, 100, 20, 0, 0, None, requests=1)


def skeleton(question: str = "Why?", **more: object) -> Sample:
    made = Sample(
        question=question,
        method="skeleton",
        first_text_s=0.8,
        total_s=2.5,
        useful_tokens=42.0,
        completion_tokens=60,
        prompt_tokens=900,
        cached_tokens=800,
        points=3,
        fell_back=None,
        requests=4,
        reader_gaps=Gaps(0.02, 0.2, 0.4, 30),
        skeleton_s=1.2,
        spans=SPANS,
        titles=("One", "Two", "Three"),
    )
    return dataclasses.replace(made, **more)  # pyright: ignore[reportArgumentType]


def report(*samples: Sample, run: RunInfo = RUN) -> Report:
    return Report(run, samples, summarise(samples, Prices()), [])


class TestFolder:
    def test_answers_come_back(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path / "run", RUN)
        folder.keep(normal("日本語?\u2028"))
        folder.keep(skeleton())
        again = Folder(tmp_path / "run", RUN.model_copy(update={"seed": 7, "model": "", "started": "later"}))
        assert again.samples == [normal("日本語?\u2028"), skeleton()]
        assert (again.run.seed, again.run.model, again.run.started) == (7, "m", "")

    def test_an_answer_cut_off_by_a_crash_is_made_again(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, RUN)
        folder.keep(normal())
        folder.keep(skeleton())
        file = tmp_path / "samples.jsonl"
        file.write_text(file.read_text()[:-20])
        again = Folder(tmp_path, RUN)
        assert again.samples == [normal()]
        again.keep(skeleton())
        assert Folder(tmp_path, RUN).samples == [normal(), skeleton()]

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"backend_spec": "vllm:"}, "holds a run with backend_spec 'torch:', not 'vllm:'"),
            ({"machine": "another"}, "holds a run with machine '', not 'another'"),
            ({"lengths": "normal=3"}, "holds a run with lengths None, not 'normal=3'"),
            ({"options": {"max_tokens": 1}}, "holds a run with options"),
        ],
    )
    def test_another_run_is_not_mixed_in(self, tmp_path: Path, change: dict[str, object], says: str) -> None:
        Folder(tmp_path, RUN)
        with pytest.raises(ConfigError, match=says):
            Folder(tmp_path, RUN.model_copy(update=change))

    def test_what_is_not_a_run_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("years of work")
        with pytest.raises(ConfigError, match="holds something else"):
            Folder(tmp_path, RUN)
        with pytest.raises(ConfigError, match="is a file; --out names a folder"):
            Folder(tmp_path / "thesis.txt", RUN)
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

    def test_a_broken_file_is_named_with_its_line(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, RUN)
        folder.keep(normal())
        with (tmp_path / "samples.jsonl").open("a") as file:
            file.write('{"question": "x"}\n')
        with pytest.raises(ConfigError, match=r"samples\.jsonl:2: method"):
            Folder(tmp_path, RUN)
        (tmp_path / "run.json").write_text("{")
        with pytest.raises(ConfigError, match=r"run\.json cannot be read"):
            Folder(tmp_path, RUN)


class TestTimeline:
    def parse(self, svg: str) -> ElementTree.Element:
        return ElementTree.fromstring(svg)

    def bars(self, svg: str, kind: str) -> list[ElementTree.Element]:
        name = "{http://www.w3.org/2000/svg}rect"
        return [bar for bar in self.parse(svg).iter(name) if bar.get("class") == kind]

    def test_a_skeleton_and_its_points(self) -> None:
        svg = draw(skeleton())
        assert len(self.bars(svg, "skeleton")) == 1
        assert len(self.bars(svg, "decode")) == 2  # the third point wrote nothing
        assert len(self.bars(svg, "prompt")) == 3
        assert len(self.bars(svg, "wait")) == 1  # the second one waited to be sent
        assert "first text 0.80 s" in svg
        assert "2.50 s" in svg

    def test_the_critical_path_ends_with_its_point(self) -> None:
        svg = draw(skeleton())
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

        short = dataclasses.replace(normal(), total_s=2.0)
        left = 170
        assert end(draw(short, until_s=4.0)) - left == pytest.approx((end(draw(normal())) - left) / 2, abs=1)

    @pytest.mark.parametrize("total_s", [0.0, 0.003, 0.07, 1.0, 9.99, 300.0, 4000.0])
    def test_any_time_has_a_few_round_ticks(self, total_s: float) -> None:
        svg = draw(dataclasses.replace(normal(), total_s=total_s, first_text_s=0.0))
        assert 3 <= svg.count('class="grid"') <= 11

    def test_titles_are_text(self) -> None:
        svg = draw(skeleton(titles=(EVIL, "\x00\u202e", "x" * 500)))
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
        run = RUN.model_copy(update={"model": EVIL, "questions": EVIL, "machine": EVIL})
        samples = (normal(EVIL), skeleton(EVIL, titles=(EVIL, EVIL, EVIL), fell_back=None))
        page = _Page(report(*samples, run=run).html())
        assert "script" not in page.tags
        assert page.links == []
        assert EVIL in page.text
        assert page.tags.count("svg") == 2

    def test_it_says_how_much_sooner_and_shows_a_timeline_of_every_answer(self) -> None:
        page = _Page(report(normal(), skeleton(), normal("When?"), skeleton("When?")).html())
        assert "1.60x sooner" in page.text
        assert "first text 0.70 s later" in page.text
        assert "critical path 2.20 s (point 2)" in page.text
        assert page.tags.count("details") == 2
        assert page.tags.count("svg") == 4

    def test_a_simulation_and_scripted_text_are_labelled(self) -> None:
        forced = RUN.model_copy(update={"lengths": "normal=9"})
        run = forced.model_copy(update={"backend_spec": "replay:p.json"})
        for text in (report(normal(), run=run).html(), report(normal(), run=run).markdown()):
            assert "Simulated" in text
            assert "The text is scripted, the time is simulated" in text
        assert "The text is scripted, the time is real" in report(normal(), run=forced).markdown()
        assert "imulated" not in report(normal(), run=forced).markdown()

    def test_json_has_every_answer_and_figure(self) -> None:
        made = json.loads(json.dumps(report(normal(), skeleton()).json()))
        assert made["run"]["simulated"] is False
        assert [answer["method"] for answer in made["answers"]] == ["normal", "skeleton"]
        (row,) = made["summary"]["within"]
        assert row["sooner"]["estimate"] == pytest.approx(1.6)

    def test_the_folder_holds_it_all(self, tmp_path: Path) -> None:
        made = report(normal(), skeleton(), skeleton(repeat=1), skeleton(accelerator="draft:a/b"))
        made.write(tmp_path)
        made.write(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            *("report.html", "report.json", "report.md", "timelines")
        ]
        assert sorted(path.name for path in (tmp_path / "timelines").iterdir()) == [
            *("001-normal.svg", "001-skeleton-2.svg", "001-skeleton-draft-a-b.svg", "001-skeleton.svg")
        ]
        assert "Against normal decoding" in (tmp_path / "report.md").read_text()

    def test_control_characters_do_not_reach_the_terminal(self) -> None:
        run = RUN.model_copy(update={"model": "m\x1b[31m\u202e"})
        text = report(dataclasses.replace(normal(), category="a\x1b"), skeleton(), run=run).markdown()
        assert "\x1b" not in text
        assert "\u202e" not in text
