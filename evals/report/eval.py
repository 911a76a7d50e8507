"""The report of `sot eval run`: figures of a run, and the page that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..engines import is_simulated
from . import sections
from .examples import browser, examples
from .figures import Accuracy, Speed, accuracies, speeds
from .format import UNKNOWN, counted, number, percent, share, signed, times
from .headlines import Headline, cautions, headlines
from .page import Page, Points, Prose, Section
from .plots import NET_WIN, SHARE, Scale, axis, interval, ratio_scale, shares
from .quality import AspectResult, ComparisonResult, comparisons, leading
from .run_data import RunData, load_run
from .sections import note, timed
from .table import Cell, Table

_SHOWN_REPLIES = 12


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of a run, with what to say of them first."""

    run: RunData
    speeds: Sequence[Speed]
    comparisons: Sequence[ComparisonResult]
    accuracies: Sequence[Accuracy]
    headlines: Sequence[Headline]
    cautions: Sequence[str]

    def page(self) -> Page:
        """The report as a page; sections with nothing to say are left out."""
        run, manifest = self.run, self.run.manifest
        questions = counted(len({row.question for row in run.rows}), "question")
        categories = counted(len(run.categories), "category", "categories")
        unreadable = [reply for entry in run.judged for reply in entry.unparsable[:2]][:_SHOWN_REPLIES]
        found = (
            _short(self),
            _glance(self),
            _categories(self),
            _judges(self),
            _right(self),
            sections.routes(run),
            sections.form(run),
            sections.cost(run),
            _examples(run),
            Section("answers", "All answers", [browser(run)], link="Answers"),
            sections.failed(run, unreadable),
            sections.how(run),
        )
        return Page(
            title=f"{manifest.model} on {manifest.questions.name}",
            kicker=f"Skeleton-of-Thought evaluation · {run.folder.resolve().name}",
            facts=f"{questions} in {categories} · {', '.join(run.strategies)} · {manifest.created_at[:10]}",
            sections=[section for section in found if section is not None],
            marks=["Simulated: no engine was measured."] if is_simulated(manifest.backend) else [],
            name=f"Evaluation: {run.folder.resolve().name}",
        )


def build_report(folder: Path) -> Report:
    """Read a run and work its figures out.

    Raises:
        ConfigError: There is no run, it has no answers, or a file is damaged.
    """
    run = load_run(folder)
    times_, verdicts, exact = speeds(run), comparisons(run), accuracies(run)
    told = headlines(run, times_, verdicts, exact)
    return Report(run, times_, verdicts, exact, told, cautions(run, verdicts))


def _short(report: Report) -> Section:
    lines = [f"**{line.strategy}**: {line.text}" for line in report.headlines]
    found = [Points(lines or ["One strategy alone: there is nothing to compare it with."])]
    if report.cautions:
        found.append(Points(report.cautions, title="Keep in mind", style="cautions"))
    return Section("short", "In short", found)


def _glance(report: Report) -> Section:
    rows = [
        (
            *(speed.strategy, str(row.answers), str(row.failed or UNKNOWN), *timed(row)),
            *(number(row.words), times(row.longer), times(row.pace)),
        )
        for speed in report.speeds
        for row in (speed.over_all,)
    ]
    headers = (
        "strategy",
        "answers",
        "failed",
        "whole answer",
        "speed-up",
        "first text",
        "words",
        "length",
        "words/s",
    )
    return Section(
        "glance",
        "Strategies at a glance",
        [Table(headers, rows, note=note("glance", report.run))],
        link="Strategies",
    )


def _categories(report: Report) -> Section | None:
    run = report.run
    if not run.others:
        return None
    found = [speed for speed in report.speeds if speed.strategy != run.baseline]
    scale = ratio_scale([row.sooner for one in found for row in (one.over_all, *one.by_category)])
    tables = [_category_table(report, speed, scale) for speed in found]
    key = Prose(note("categories", report.run))
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
    for place, (name, row, win) in enumerate(shown):
        style = "all" if not place else ""
        questions = {one.question for one in run.rows if not place or one.category == name}
        cells: list[str | Cell] = [Cell(name, style=style), Cell(str(len(questions)), style=style)]
        cells.append(Cell(times(row.sooner), interval(row.sooner, scale), style))
        if judge is not None:
            rate = None if win is None else win.rate
            cells.append(Cell(signed(rate), interval(rate, NET_WIN), style))
        rows.append(cells)
    headers, told = ["category", "questions", "speed-up"], ""
    marks = [Cell(""), Cell(""), Cell("", axis(scale))]
    if judge is not None:
        headers.append("net win, general quality")
        marks.append(Cell("", axis(NET_WIN)))
        doubt = f" Its net win says little: {judge.main.doubt}." if judge.main.doubt else ""
        told = f"Judge: {judge.who}.{doubt}"
    title = f"{speed.strategy} against {run.baseline}"
    return Table(headers, rows, title=title, note=told, cards=True, axis=marks)


def _judges(report: Report) -> Section | None:
    if not report.comparisons:
        return None
    found: list[Table | Prose] = []
    for entry in report.comparisons:
        main = entry.main
        told = entry.shows
        if main.undecided:
            told += f" Pairs without an outcome: {main.undecided}."
        if main.judged.identical:
            told += (
                f" {main.judged.identical} of the ties are identical answers, about which nobody was asked."
            )
        if main.style is not None and main.style.cannot_show:
            told += f" At equal length and style: {main.style.cannot_show}."
        headers = (
            *("respect", "won, tied, lost", "net win", "at matched length", "at equal length"),
            *("at equal length and style", "position bias", "unreadable"),
        )
        title = f"{entry.strategy} against {entry.baseline}, judged by {entry.who}"
        found.append(
            Table(headers, [_aspect(entry, aspect) for aspect in entry.aspects], title=title, note=told)
        )
        if main.doubt:
            found.append(Prose(f"Note: {main.doubt}.", style="warn"))
    found.append(Prose(note("judging", report.run)))
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
        end: list[str | Cell] = [Cell(percent(aspect.judged.bias.first_share), small="first"), UNKNOWN]
    else:
        end = [
            percent(aspect.judged.bias.rate),
            f"{len(aspect.judged.unparsable)} of {aspect.judged.replies}",
        ]
    return [
        aspect.title,
        Cell(told, shares(win), instead=True),
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
        note=note("right", report.run),
        axis=[Cell(""), Cell(""), Cell("", axis(SHARE)), Cell(""), Cell("")],
    )
    return Section("right", "Right results", [table])


def _examples(run: RunData) -> Section | None:
    found = examples(run)
    told = Prose("Chosen at the ends of the scale, so they are not typical.")
    return Section("examples", "Examples", [*found, told]) if found else None
