"""The report of `sot eval run`: figures of a run, and the page that shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..engines import is_simulated
from ..run.machine import differences
from ..stats.bootstrap import Interval
from ..stats.net_win import many_categories, what_it_can_show
from . import sections
from .examples import all_answers, examples
from .format import UNKNOWN, counted, note, number, share, signed, times
from .page import Page, Points, Prose, Section
from .plots import NET_WIN, SHARE, Scale, axis, interval, ratio_scale
from .quality import Verdicts, comparisons, judges_section, leading, net_win_of
from .run_data import RunData, Side, length, load_run, pace
from .table import Cell, Table

_SMALL = "SmolLM2-135M"


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of a run, with what to say of them first.

    Args:
        sides: Each strategy's answers to all questions.
        headlines: A few sentences about each strategy but the baseline.
    """

    run: RunData
    sides: Mapping[str, Side]
    judges: Sequence[Verdicts]
    headlines: Mapping[str, str]
    cautions: Sequence[str]

    def page(self) -> Page:
        """Return the report as a page; sections with nothing to say are left out."""
        run, manifest = self.run, self.run.manifest
        questions = counted(len(run.questions()), "question")
        categories = counted(len(run.categories), "category", "categories")
        found = (
            _short(self),
            _glance(self),
            _categories(self),
            judges_section(self.judges),
            _right(run),
            sections.routes(run),
            sections.form(run),
            sections.cost(run),
            examples(run, self.judges),
            all_answers(run, self.judges),
            sections.failed(run),
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
    sides, judges = {name: run.side(name) for name in run.strategies}, comparisons(run)
    return Report(run, sides, judges, headlines(run, sides, judges), cautions(run, judges))


def headlines(run: RunData, sides: Mapping[str, Side], judges: Sequence[Verdicts]) -> dict[str, str]:
    """Speed, quality and right results of each strategy but the baseline, in a few sentences."""
    found: dict[str, str] = {}
    for name in run.others:
        quality = _quality(leading(judges, name, run.baseline))
        parts = _speed(sides[name], run.baseline), quality, _accuracy(sides[name], sides[run.baseline])
        found[name] = " ".join(filter(None, parts))
    return found


def cautions(run: RunData, judges: Sequence[Verdicts]) -> list[str]:
    """Cautions for reading the tables."""
    manifest = run.manifest
    told = {
        "simulated": is_simulated(manifest.backend),
        "small_model": _SMALL in manifest.model,
        "failed": any(row.status == "failed" for row in run.rows),
    }
    found = [note(name) for name, holds in told.items() if holds]
    at_once = manifest.settings.get("concurrency", 1)
    if isinstance(at_once, int) and at_once > 1:
        found.append(f"{at_once} answers were made at the same time, so that each slowed the others down.")
    found += [
        f"A later start of the run differed from the first: {', '.join(changed)}."
        for session in manifest.sessions[1:]
        if (changed := differences(manifest.sessions[0], session))
    ]
    led = [entry for name in run.others if (entry := leading(judges, name, run.baseline)) is not None]
    relied = [entry for entry in led if not entry.main.doubt]  # what a doubtful sample shows is the judge
    if relied:
        widest = min(relied, key=lambda entry: entry.decided)
        who = f"{widest.comparison.strategy}, by {widest.who}"
        found.append(f"{widest.decided} pairs judged ({who}). {what_it_can_show(widest.by_question)}")
    found += [f"{entry.who}: {entry.main.doubt}." for entry in judges if entry.main.doubt]
    return [*dict.fromkeys(found), *filter(None, [many_categories(len(run.categories))])]


def _speed(side: Side, baseline: str) -> str:
    speedup, words = side.speedup, side.ratio(pace)
    if speedup is None:
        return f"No question has been answered by both it and {baseline}."
    text = f"The whole answer came {speedup.estimate:.2f}x as fast as {baseline}'s{_ci(speedup)}"
    if speedup.low is None:
        text += f", on {counted(speedup.count, 'question')}: an anecdote"
    elif not speedup.excludes(1):
        text += ", which shows no difference"
    return f"{text}; {words.estimate:.2f}x the words a second{_ci(words)}." if words else f"{text}."


def _ci(found: Interval) -> str:
    if found.low is None or found.high is None:
        return ""
    return f" (95% CI {found.low:.2f} to {found.high:.2f})"


def _quality(judge: Verdicts | None) -> str:
    if judge is None or judge.main.net_win is None:
        return "Nobody has judged its answers."
    rate = judge.main.net_win.rate
    told = f"net win {signed(rate)} on {counted(rate.count, 'question')}"
    if judge.main.doubt:
        return (
            f"The verdicts of {judge.who} ({told}) say little about the answers: "
            "do not rely on this judge, see below."
        )
    if rate.excludes(0):
        better = "better" if rate.estimate > 0 else "worse"
        return f"Its answers are {better} by the verdict of {judge.who}: {told}."
    return f"The verdicts of {judge.who} show no difference in quality: {told}."


def _accuracy(side: Side, base: Side) -> str:
    if not side.scores or not base.scores:
        return ""
    counts = f"{side.right_of}, {base.name} {base.right_of}"
    return f"Right results: {counts}; difference {signed(side.accuracy_gain)}."


def _short(report: Report) -> Section:
    lines = [f"**{strategy}**: {text}" for strategy, text in report.headlines.items()]
    found = [Points(lines or ["One strategy alone: there is nothing to compare it with."])]
    if report.cautions:
        found.append(Points(report.cautions, title="Keep in mind", style="cautions"))
    return Section("short", "In short", found)


def _glance(report: Report) -> Section:
    run = report.run
    columns: Mapping[str, Callable[[Side], str]] = {
        "strategy": lambda side: side.name,
        "answers": lambda side: str(len(side.own)),
        "failed": lambda side: str(run.failed(side.name) or UNKNOWN),
        **sections.TIMES,
        "words": lambda side: number(side.median(length)),
        **sections.LENGTHS,
    }
    table = Table.of(report.sides.values(), columns, note=note("glance", baseline=run.baseline))
    return Section("glance", "Strategies at a glance", [table], link="Strategies")


def _categories(report: Report) -> Section | None:
    run = report.run
    if not run.others:
        return None
    several = run.categories if len(run.categories) > 1 else ()
    found = [[report.sides[name], *(run.side(name, own) for own in several)] for name in run.others]
    scale = ratio_scale([side.speedup for sides in found for side in sides])
    tables = [_category_table(report, sides, scale) for sides in found]
    key = Prose(note("categories", baseline=run.baseline))
    return Section("categories", "By category", [*tables, key], link="Categories")


def _category_table(report: Report, sides: Sequence[Side], scale: Scale) -> Table:
    run, strategy = report.run, sides[0].name
    judge = leading(report.judges, strategy, run.baseline)
    width = 3 if judge is None else 4
    rows: list[Sequence[Cell]] = []
    for side in sides:
        won = judge and net_win_of(judge.main.judged, side.category)
        rate = won and won.rate
        questions = str(len(run.questions(side.category)))
        texts = side.category or "all", questions, times(side.speedup), signed(rate)
        pictures = None, None, interval(side.speedup, scale), interval(rate, NET_WIN)
        style = "" if side.category else "all"
        cells = [Cell(text, picture, style) for text, picture in zip(texts, pictures, strict=True)]
        rows.append(cells[:width])
    headers = ("category", "questions", "speed-up", "net win, general quality")[:width]
    marks = [Cell(""), Cell(""), Cell("", axis(scale)), Cell("", axis(NET_WIN))][:width]
    doubt = f" Its net win says little: {judge.main.doubt}." if judge and judge.main.doubt else ""
    told = f"Judge: {judge.who}.{doubt}" if judge else ""
    title = f"{strategy} against {run.baseline}"
    return Table(headers, rows, title=title, note=told, cards=True, axis=marks)


def _right(run: RunData) -> Section | None:
    found = (run.side(name, category) for category in ("", *run.categories) for name in run.strategies)
    sides = [side for side in found if side.scores]
    if len({side.category for side in sides}) == 2:  # one category is the same as all
        sides = [side for side in sides if not side.category]
    firsts = {side.category: side.name for side in reversed(sides)}
    columns: Mapping[str, Callable[[Side], str | Cell]] = {
        "questions": lambda side: (
            side.category or "all with one right answer"
            if firsts[side.category] == side.name
            else Cell("", style="again")
        ),
        "strategy": lambda side: side.name,
        "right results": lambda side: Cell(share(side.accuracy), interval(side.accuracy, SHARE)),
        "right": lambda side: side.right_of,
        f"against {run.baseline}": lambda side: signed(side.accuracy_gain),
    }
    table = Table.of(sides, columns, left=2, note=note("right"))
    marks = [Cell(""), Cell(""), Cell("", axis(SHARE)), Cell(""), Cell("")]
    return Section("right", "Right results", [replace(table, axis=marks)]) if sides else None
