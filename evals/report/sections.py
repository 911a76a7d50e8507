"""Sections of a report that need no judge: routes, skeletons and texts, cost, failures, how it was run."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from sot.serialise import AnswerJson
from sot.strategies import strategy_names

from ..analysis.paired import ratio
from ..judge.records import Judgement
from ..run.records import VALID_POINTS
from ..score.text_checks import distinct, point_checks, repetition, style
from ..stats import median
from .figures import SpeedRow, by_route, completion_tokens, middle, prompt_tokens
from .format import number, percent, seconds, times
from .page import Facts, Prose, Section
from .plots import TEMPLATES
from .run_data import AUTO, RunData, run_facts
from .table import Cell, Table

SKELETON = "skeleton"
_SHOWN_FAILURES = 12
_SHOWN_CHARACTERS = 300  # of an unreadable reply


def routes(run: RunData) -> Section | None:
    """Of every category how often ``auto`` chose which strategy, and how fast it was with it."""
    counts = {
        category: Counter(run.answer(row).route.strategy for row in run.side(AUTO, category))
        for category in run.categories
    }
    names = [name for name in strategy_names() if any(count[name] for count in counts.values())]
    if not names:
        return None
    rows = [
        [category, *(_shaded(count[name], count.total()) for name in names)]
        for category, count in counts.items()
        if count
    ]
    found = [Table(("category", *names), rows)]
    if run.baseline != AUTO:
        headers = ("auto chose", "answers", "whole answer", "speed-up", "first text", "length", "words/s")
        routed = [
            (name, str(row.answers), *timed(row), times(row.longer), times(row.pace))
            for name, row in by_route(run)
        ]
        title = "Times of auto, by the strategy it chose"
        found.append(Table(headers, routed, title=title, note=note("routed", run)))
    return Section("routes", "Which way auto went", found, link="Routes")


def timed(row: SpeedRow) -> tuple[str, str, str]:
    """The cells of a row of times."""
    return seconds(row.total_s), times(row.sooner), seconds(row.first_text_s)


def _shaded(count: int, total: int) -> Cell:
    return Cell(str(count or "·"), style=f"shade{-(-4 * count // total)}")


def form(run: RunData) -> Section:
    """How skeletons went, and how the texts of all strategies are made."""
    answers = {name: [run.answer(row) for row in run.side(name)] for name in run.strategies}
    tried = {
        name: own
        for name, found in answers.items()
        if (own := [answer for answer in found if answer.route.strategy == SKELETON])
    }
    skeletons = Table(
        (
            *("strategy", "valid skeletons", "fell back", "points", "missing", "repaired", "whole form"),
            *("titles in order", "points on title", "overlap", "repeated points", "imbalance"),
        ),
        [(name, *_skeletons(own)) for name, own in tried.items()],
        note=note("skeletons", run),
    )
    texts = Table(
        ("strategy", "distinct word pairs", "repeated sentences", "list items", "headings", "bold"),
        [(name, *_texts([answer.text for answer in own])) for name, own in answers.items() if own],
        title="Texts",
        note=note("texts", run),
    )
    return Section("form", "Skeletons and form", [skeletons, texts] if tried else [texts], link="Form")


def _skeletons(tried: Sequence[AnswerJson]) -> list[str]:
    """The cells of answers routed to a skeleton."""
    checked = [checks for answer in tried if (checks := point_checks(answer)) is not None]
    statuses = Counter(point.status for answer in tried for point in answer.points)
    points = sum(checks.points for checks in checked)
    written = points - sum(checks.empty for checks in checked)
    valid = sum(answer.fell_back is None and len(answer.skeleton) >= VALID_POINTS for answer in tried)
    return [
        f"{valid} of {len(tried)}",
        str(sum(answer.fell_back is not None for answer in tried)),
        number(median(checks.points for checks in checked)),
        str(statuses["missing"]),
        str(statuses["repaired"]),
        f"{sum(checks.whole for checks in checked)} of {len(checked)}",
        f"{sum(checks.in_order for checks in checked)} of {len(checked)}",
        percent(_share((checks.on_title for checks in checked), written)),
        percent(median(checks.overlap for checks in checked)),
        percent(_share((checks.repeated for checks in checked), points)),
        number(median(checks.imbalance for checks in checked), 2),
    ]


def _texts(texts: Sequence[str]) -> list[str]:
    """The cells of repetition and of marks of form."""
    marks = [style(text) for text in texts]
    return [
        percent(median(value for text in texts if (value := distinct(text)) is not None)),
        percent(median(value for text in texts if (value := repetition(text)) is not None)),
        *(
            number(_share((getattr(mark, name) for mark in marks), len(texts)), 1)
            for name in ("list_items", "headings", "bold")
        ),
    ]


def cost(run: RunData) -> Section:
    """Requests and tokens of an answer."""
    rows: list[Sequence[str]] = []
    for name in run.strategies:
        if not (own := run.side(name)):
            continue
        base = [] if name == run.baseline else run.side(run.baseline)
        usages = [row.record.usage for row in own]
        cached = _share(
            (usage.cached_tokens for usage in usages), sum(usage.prompt_tokens for usage in usages)
        )
        requests = number(middle(own, lambda record: record.usage.requests))
        prompt = number(middle(own, prompt_tokens)), times(ratio(own, base, prompt_tokens))
        rows.append((name, requests, *prompt, percent(cached or 0), number(middle(own, completion_tokens))))
    against = f"against {run.baseline}"
    headers = ("strategy", "requests", "prompt tokens", against, "of them cached", "completion tokens")
    return Section("cost", "Cost of an answer", [Table(headers, rows, note=note("cost", run))], link="Cost")


def failed(run: RunData, unreadable: Sequence[Judgement]) -> Section:
    """What failed, alike ones together, the most frequent first; and replies of judges without a verdict."""
    found: list[Table | Prose] = []
    grouped = _failures(run)
    rows = [
        (Cell(what, style="text"), str(len(places)), places[0])
        for what, places in sorted(grouped.items(), key=lambda item: -len(item[1]))[:_SHOWN_FAILURES]
    ]
    table = Table(("what", "times", "for example"), rows, align=("left", "right", "left"))
    found.append(table if rows else Prose("Nothing.", style="plain"))
    if unreadable:
        replies = [
            (one.question_id, one.aspect, one.error or "", Cell(one.reply[:_SHOWN_CHARACTERS], style="text"))
            for one in unreadable
        ]
        title = "Replies of judges without a readable verdict"
        headers = ("question", "respect", "why", "reply")
        found.append(Table(headers, replies, align=("left",) * 4, title=title, cards=True))
    return Section("failed", "What failed", found, link="Failures")


def _failures(run: RunData) -> Mapping[str, list[str]]:
    """The places of each kind of failure."""
    grouped: dict[str, list[str]] = {}
    for row in run.rows:
        place = f"{row.question} by {row.method}"
        if not row.done:
            grouped.setdefault(f"no answer: {row.record.error or row.status}", []).append(place)
            continue
        answer = run.answer(row)
        if answer.fell_back is not None:
            grouped.setdefault(f"fell back to normal decoding: {answer.fell_back}", []).append(place)
        if missing := sum(point.status == "missing" for point in answer.points):
            grouped.setdefault("points that could not be written", []).extend([place] * missing)
        if answer.finish_reason == "length":
            grouped.setdefault("cut by the token limit", []).append(place)
    return grouped


def how(run: RunData) -> Section:
    """How the run was made, and what its intervals mean."""
    blocks = [Facts(run_facts(run)), Prose(note("intervals", run))]
    return Section("run", "How it was run", blocks, link="The run")


def note(name: str, run: RunData) -> str:
    """A note on how to read a table, from ``templates/notes.toml``."""
    return _notes()[name].format(baseline=run.baseline)


@cache
def _notes() -> Mapping[str, str]:
    found = tomllib.loads((TEMPLATES / "notes.toml").read_text(encoding="utf-8"))
    return {name: " ".join(text.split()) for name, text in found.items()}


def _share(parts: Iterable[float], whole: float) -> float | None:
    return sum(parts) / whole if whole else None
