"""The report of `sot eval run`: figures of a run, and the page that shows them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sot.strategies import strategy_names

from ..engines import is_simulated
from ..judge.records import Judgement
from . import figures
from .examples import browser, examples
from .figures import Accuracy, Cost, Failure, Skeletons, Speed, SpeedRow, Texts
from .format import UNKNOWN, counted, number, percent, seconds, share, signed, times
from .headlines import Headline, cautions, headlines
from .page import Browser, Example, Facts, Page, Points, Prose, Section
from .plots import NET_WIN, SHARE, TEMPLATES, Scale, axis, interval, ratio_scale, shares
from .quality import AspectResult, ComparisonResult, comparisons, leading
from .run_data import AUTO, RunData, load_run, run_facts
from .table import Cell, Table

_SHOWN_REPLIES = 12


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report shows.

    Args:
        route_names: The strategies that ``auto`` chose.
        routes: Of each category, how often which strategy was chosen.
        routed: The times of ``auto`` by the strategy it chose.
        unreadable: Replies of judges that have no readable verdict, a few.
    """

    run: RunData
    headlines: Sequence[Headline]
    cautions: Sequence[str]
    speeds: Sequence[Speed]
    comparisons: Sequence[ComparisonResult]
    accuracies: Sequence[Accuracy]
    route_names: Sequence[str]
    routes: Sequence[tuple[str, Mapping[str, int]]]
    routed: Sequence[tuple[str, SpeedRow]]
    skeletons: Sequence[Skeletons]
    texts: Sequence[Texts]
    costs: Sequence[Cost]
    examples: Sequence[Example]
    browser: Browser
    failures: Sequence[Failure]
    unreadable: Sequence[Judgement]

    def page(self) -> Page:
        """The report as a page; sections with nothing to say are left out."""
        manifest = self.run.manifest
        questions = len({row.question for row in self.run.rows})
        categories = counted(len(self.run.categories), "category", "categories")
        facts = f"{counted(questions, 'question')} in {categories} · {', '.join(self.run.strategies)}"
        sections = (
            _short(self),
            _glance(self),
            _categories(self),
            _judges(self),
            _right(self),
            _routes(self),
            _form(self),
            _cost(self),
            _examples(self),
            Section("answers", "All answers", [self.browser], link="Answers"),
            _failed(self),
            _how(self),
        )
        return Page(
            title=f"{manifest.model} on {manifest.questions.name}",
            kicker=f"Skeleton-of-Thought evaluation · {self.run.folder.resolve().name}",
            facts=f"{facts} · {manifest.created_at[:10]}",
            sections=[section for section in sections if section is not None],
            marks=["Simulated: no engine was measured."] if is_simulated(manifest.backend) else [],
            name=f"Evaluation: {self.run.folder.resolve().name}",
        )


def build_report(folder: Path) -> Report:
    """Read a run and work everything out.

    Raises:
        ConfigError: There is no run, it has no answers, or a file is damaged.
    """
    run = load_run(folder)
    speeds, verdicts, exact = figures.speeds(run), comparisons(run), figures.accuracies(run)
    chosen = figures.routes(run)
    return Report(
        run=run,
        headlines=headlines(run, speeds, verdicts, exact),
        cautions=cautions(run, verdicts),
        speeds=speeds,
        comparisons=verdicts,
        accuracies=exact,
        route_names=[name for name in strategy_names() if any(counts[name] for _, counts in chosen)],
        routes=chosen,
        routed=figures.by_route(run) if run.baseline != AUTO else [],
        skeletons=figures.skeletons(run),
        texts=figures.texts(run),
        costs=figures.costs(run),
        examples=examples(run),
        browser=browser(run),
        failures=figures.failures(run),
        unreadable=[reply for entry in run.judged for reply in entry.unparsable[:2]][:_SHOWN_REPLIES],
    )


def _short(report: Report) -> Section:
    lines = [f"**{line.strategy}**: {line.text}" for line in report.headlines]
    found = [Points(lines or ["One strategy alone: there is nothing to compare it with."])]
    if report.cautions:
        found.append(Points(report.cautions, title="Keep in mind", style="cautions"))
    return Section("short", "In short", found)


def _glance(report: Report) -> Section:
    rows = [
        (
            *(speed.strategy, str(row.answers), str(row.failed or UNKNOWN), *_times(row)),
            *(number(row.words), times(row.longer), times(row.pace)),
        )
        for speed in report.speeds
        for row in (speed.over_all,)
    ]
    note = _note("glance", report)
    headers = (
        "strategy",
        "answers",
        "failed",
        "whole answer",
        "speed-up",
        "TTFT",
        "words",
        "length",
        "words/s",
    )
    return Section("glance", "Strategies at a glance", [Table(headers, rows, note=note)], link="Strategies")


def _times(row: SpeedRow) -> tuple[str, str, str]:
    return seconds(row.total_s), times(row.sooner), seconds(row.first_text_s)


def _categories(report: Report) -> Section | None:
    run = report.run
    if not run.others:
        return None
    found = [speed for speed in report.speeds if speed.strategy != run.baseline]
    scale = ratio_scale([row.sooner for one in found for row in (one.over_all, *one.by_category)])
    tables = [_category_table(report, speed, scale) for speed in found]
    key = Prose(_note("categories", report))
    return Section("categories", "By category", [*tables, key], link="Categories")


def _category_table(report: Report, speed: Speed, scale: Scale) -> Table:
    run = report.run
    judge = leading(report.comparisons, speed.strategy, run.baseline)
    main = None if judge is None else judge.main
    wins = {} if main is None else {entry.name: entry.net_win for entry in main.by_category}
    shown = [("all", speed.over_all, main.net_win if main else None)]
    if len(run.categories) > 1:
        shown += [(row.category or "", row, wins.get(row.category or "")) for row in speed.by_category]
    rows: list[list[str | Cell]] = []
    for number_, (name, row, win) in enumerate(shown):
        style = "all" if not number_ else ""
        questions = {one.question for one in run.rows if not number_ or one.category == name}
        cells: list[str | Cell] = [Cell(name, style=style), Cell(str(len(questions)), style=style)]
        cells.append(Cell(times(row.sooner), interval(row.sooner, scale), style))
        if judge is not None:
            rate = None if win is None else win.rate
            cells.append(Cell(signed(rate), interval(rate, NET_WIN), style))
        rows.append(cells)
    headers, note = ["category", "questions", "speed-up"], ""
    marks = [Cell(""), Cell(""), Cell("", axis(scale))]
    if judge is not None:
        headers.append("net win, general quality")
        marks.append(Cell("", axis(NET_WIN)))
        doubt = f" Its net win says little: {judge.main.doubt}." if judge.main.doubt else ""
        note = f"Judge: {judge.who}.{doubt}"
    title = f"{speed.strategy} against {run.baseline}"
    return Table(headers, rows, title=title, note=note, cards=True, axis=marks)


def _judges(report: Report) -> Section | None:
    if not report.comparisons:
        return None
    found: list[Table | Prose] = []
    for entry in report.comparisons:
        main = entry.main
        note = entry.shows
        if main.undecided:
            note += f" Pairs without an outcome: {main.undecided}."
        if main.identical:
            note += (
                f" {main.identical} of the ties are pairs of identical answers, about which nobody was asked."
            )
        if main.style is not None and main.style.cannot_show:
            note += f" At equal length and style: {main.style.cannot_show}."
        headers = (
            "respect",
            "won, tied, lost",
            "net win",
            "at matched length",
            "at equal length",
            "at equal length and style",
            "position bias",
            "unreadable",
        )
        title = f"{entry.strategy} against {entry.baseline}, judged by {entry.who}"
        found.append(
            Table(headers, [_aspect(entry, aspect) for aspect in entry.aspects], title=title, note=note)
        )
        if main.doubt:
            found.append(Prose(f"Note: {main.doubt}.", style="warn"))
    found.append(Prose(_note("judging", report)))
    return Section("judges", "Judges", found)


def _aspect(entry: ComparisonResult, aspect: AspectResult) -> list[str | Cell]:
    win, matched = aspect.net_win, aspect.length.matched
    told = "–" if win is None else f"{win.wins}, {win.ties}, {win.losses}"
    far = "extrapolated" if aspect.length.extrapolated else ""
    style = aspect.style
    styled = Cell(
        signed(None if style is None else style.equal),
        small="extrapolated" if style is not None and style.equal and style.extrapolated else "",
    )
    if entry.is_human:
        end: list[str | Cell] = [Cell(percent(aspect.bias.first_share), small="first"), UNKNOWN]
    else:
        end = [percent(aspect.bias.rate), f"{aspect.unparsable} of {aspect.replies}"]
    return [
        aspect.title,
        Cell(told, shares(win)),
        signed(win and win.rate),
        UNKNOWN if matched is None else Cell(signed(matched.rate), small=f"n={matched.rate.count}"),
        Cell(signed(aspect.length.equal), small=far),
        styled,
        *end,
    ]


def _right(report: Report) -> Section | None:
    if not report.accuracies:
        return None
    rows: list[list[str | Cell]] = []
    before: object = ""
    for entry in report.accuracies:
        name = entry.category or "all with one right answer"
        group = Cell("", style="again") if entry.category == before else name
        picture = Cell(share(entry.share), interval(entry.share, SHARE))
        counts = f"{entry.right} of {entry.answers}"
        rows.append([group, entry.strategy, picture, counts, signed(entry.against)])
        before = entry.category
    table = Table(
        ("questions", "strategy", "right results", "right", f"against {report.run.baseline}"),
        rows,
        align=("left", "left", "right", "right", "right"),
        note=_note("right", report),
        axis=[Cell(""), Cell(""), Cell("", axis(SHARE)), Cell(""), Cell("")],
    )
    return Section("right", "Right results", [table])


def _routes(report: Report) -> Section | None:
    if not report.routes:
        return None
    rows = [
        [category, *(_shaded(counts[name], sum(counts.values())) for name in report.route_names)]
        for category, counts in report.routes
    ]
    found = [Table(("category", *report.route_names), rows)]
    if report.routed:
        headers = ("auto chose", "answers", "whole answer", "speed-up", "TTFT", "length", "words/s")
        note = (
            f"Against {report.run.baseline} on the same questions. Skeletons given up are among those chosen."
        )
        routed = [
            (name, str(row.answers), *_times(row), times(row.longer), times(row.pace))
            for name, row in report.routed
        ]
        found.append(Table(headers, routed, title="Times of auto, by the strategy it chose", note=note))
    return Section("routes", "Which way auto went", found, link="Routes")


def _shaded(count: int, total: int) -> Cell:
    return Cell(str(count or "·"), style=f"shade{-(-4 * count // total)}")


def _form(report: Report) -> Section:
    found: list[Table] = []
    if report.skeletons:
        rows = [
            (
                entry.strategy,
                f"{entry.valid} of {entry.tried}",
                str(sum(entry.fell_back.values())),
                number(entry.points),
                str(entry.missing),
                str(entry.repaired),
                f"{entry.whole} of {entry.checked}",
                f"{entry.in_order} of {entry.checked}",
                percent(entry.on_title),
                percent(entry.overlap),
                percent(entry.repeated),
                number(entry.imbalance, 2),
            )
            for entry in report.skeletons
        ]
        found.append(Table(_SKELETON_HEADERS, rows, note=_note("skeletons", report)))
    marks = [
        (
            *(entry.strategy, percent(entry.distinct), percent(entry.repetition)),
            *(number(mean, 1) for mean in (entry.list_items, entry.headings, entry.bold)),
        )
        for entry in report.texts
    ]
    headers = ("strategy", "distinct word pairs", "repeated sentences", "list items", "headings", "bold")
    found.append(Table(headers, marks, title="Texts", note=_note("texts", report)))
    return Section("form", "Skeletons and form", found, link="Form")


_SKELETON_HEADERS = (
    "strategy",
    "valid skeletons",
    "fell back",
    "points",
    "missing",
    "repaired",
    "whole form",
    "titles in order",
    "points on title",
    "overlap of points",
    "repeated points",
    "imbalance",
)


def _cost(report: Report) -> Section:
    rows = [
        (
            entry.strategy,
            number(entry.requests),
            number(entry.prompt_tokens),
            times(entry.prompt_ratio),
            percent(entry.cached),
            number(entry.completion_tokens),
        )
        for entry in report.costs
    ]
    against = f"against {report.run.baseline}"
    headers = ("strategy", "requests", "prompt tokens", against, "of them cached", "completion tokens")
    note = _note("cost", report)
    return Section("cost", "Cost of an answer", [Table(headers, rows, note=note)], link="Cost")


def _examples(report: Report) -> Section | None:
    if not report.examples:
        return None
    note = Prose("Chosen at the ends of the scale, so they are not typical.")
    return Section("examples", "Examples", [*report.examples, note])


def _failed(report: Report) -> Section:
    found: list[Table | Prose] = []
    if report.failures:
        rows = [(Cell(one.what, style="text"), str(one.count), one.where) for one in report.failures]
        found.append(Table(("what", "times", "for example"), rows, align=("left", "right", "left")))
    else:
        found.append(Prose("Nothing.", style="plain"))
    if report.unreadable:
        replies = [
            (one.question_id, one.aspect, one.error or "", Cell(one.reply[:300], style="text"))
            for one in report.unreadable
        ]
        title = "Replies of judges without a readable verdict"
        headers = ("question", "respect", "why", "reply")
        found.append(Table(headers, replies, align=("left",) * 4, title=title, cards=True))
    return Section("failed", "What failed", found, link="Failures")


def _how(report: Report) -> Section:
    note = _note("intervals", report)
    return Section("run", "How it was run", [Facts(run_facts(report.run)), Prose(note)], link="The run")


def _note(name: str, report: Report) -> str:
    """A note on how to read a table, from ``templates/notes.toml``."""
    return _notes()[name].format(baseline=report.run.baseline)


@cache
def _notes() -> Mapping[str, str]:
    found = tomllib.loads((TEMPLATES / "notes.toml").read_text(encoding="utf-8"))
    return {name: " ".join(text.split()) for name, text in found.items()}
