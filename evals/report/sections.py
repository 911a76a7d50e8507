"""Sections of a report that need no judge: routes, skeletons and texts, cost, failures, how it was run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter

from sot.serialise import AnswerJson
from sot.strategies import strategy_names

from ..run.manifest import EvalManifest
from ..run.records import VALID_POINTS
from ..score.text_checks import distinct, point_checks, repetition, style
from ..stats.bootstrap import median
from .format import note, number, percent, seconds, times
from .page import Facts, Prose, Section
from .run_data import AUTO, AnswerRow, RunData, Side, completion_tokens, length, pace, prompt_tokens, total_s
from .table import Block, Cell, Table

SKELETON = "skeleton"
_SHOWN_FAILURES = 12
_SHOWN_CHARACTERS = 300  # of an unreadable reply

TIMES: Mapping[str, Callable[[Side], str]] = {
    "whole answer": lambda side: seconds(side.median(total_s)),
    "speed-up": lambda side: times(side.speedup),
    "first text": lambda side: seconds(side.median(lambda record: record.first_text_s)),
}
LENGTHS: Mapping[str, Callable[[Side], str]] = {
    "length": lambda side: times(side.ratio(length)),
    "words/s": lambda side: times(side.ratio(pace)),
}
_ROUTED: Mapping[str, Callable[[Side], str]] = {
    "auto chose": lambda side: side.name,
    "answers": lambda side: str(len(side.own)),
    **TIMES,
    **LENGTHS,
}


def routes(run: RunData) -> Section | None:
    """Choices of ``auto`` by category, and its speed with each."""
    auto = run.side(AUTO)
    routed = {
        name: [row for row in auto.own if run.answer(row).route.strategy == name] for name in strategy_names()
    }
    routed = {name: own for name, own in routed.items() if own}
    if not routed:
        return None
    counts = {name: Counter(row.category for row in own) for name, own in routed.items()}
    totals = Counter(row.category for row in auto.own)
    shown = [category for category in run.categories if totals[category]]
    cells = [[_shaded(count[name], totals[name]) for count in counts.values()] for name in shown]
    rows = [[name, *own] for name, own in zip(shown, cells, strict=True)]
    found = [Table(("category", *routed), rows)]
    if run.baseline != AUTO:
        sides = [Side(name, own, auto.base) for name, own in routed.items()]
        title = "Times of auto, by the strategy it chose"
        found.append(Table.of(sides, _ROUTED, title=title, note=note("routed", baseline=run.baseline)))
    return Section("routes", "Which way auto went", found, link="Routes")


def _shaded(count: int, total: int) -> Cell:
    return Cell(str(count or "·"), style=f"shade{-(-4 * count // total)}")


def form(run: RunData) -> Section | None:
    """How skeletons went, and how the texts of all strategies are made."""
    answers = {name: [run.answer(row) for row in run.side(name).own] for name in run.strategies}
    tried = {
        name: [answer for answer in own if answer.route.strategy == SKELETON] for name, own in answers.items()
    }
    skeletons = [{"strategy": name, **_skeletons(own)} for name, own in tried.items() if own]
    texts = [{"strategy": name, **_texts([one.text for one in own])} for name, own in answers.items() if own]
    found = [table_of_cells(skeletons, note=note("skeletons"))] if skeletons else []
    found += [table_of_cells(texts, title="Texts", note=note("texts"))] if texts else []
    return Section("form", "Skeletons and form", found, link="Form") if found else None


def table_of_cells(rows: Sequence[Mapping[str, str | Cell]], *, title: str = "", note: str) -> Table:
    """A table of rows that name their columns."""
    return Table.of(rows, {name: itemgetter(name) for name in rows[0]}, title=title, note=note)


def _skeletons(tried: Sequence[AnswerJson]) -> dict[str, str]:
    """Cells of the answers routed to a skeleton."""
    checked = [checks for answer in tried if (checks := point_checks(answer)) is not None]
    statuses = Counter(point.status for answer in tried for point in answer.points)
    points = sum(checks.points for checks in checked)
    written = points - sum(checks.empty for checks in checked)
    valid = sum(answer.fell_back is None and len(answer.skeleton) >= VALID_POINTS for answer in tried)
    return {
        "valid skeletons": f"{valid} of {len(tried)}",
        "fell back": str(sum(answer.fell_back is not None for answer in tried)),
        "points": number(median(checks.points for checks in checked)),
        "missing": str(statuses["missing"]),
        "repaired": str(statuses["repaired"]),
        "whole form": f"{sum(checks.whole for checks in checked)} of {len(checked)}",
        "titles in order": f"{sum(checks.in_order for checks in checked)} of {len(checked)}",
        "points on title": percent(_share((checks.on_title for checks in checked), written)),
        "overlap": percent(median(checks.overlap for checks in checked)),
        "repeated points": percent(_share((checks.repeated for checks in checked), points)),
        "imbalance": number(median(checks.imbalance for checks in checked), 2),
    }


def _texts(texts: Sequence[str]) -> dict[str, str]:
    """Cells of repetition and of marks of form."""
    marks = [style(text) for text in texts]
    shares = {"distinct word pairs": distinct, "repeated sentences": repetition}
    counts = {"list items": "list_items", "headings": "headings", "bold": "bold"}
    return {
        name: percent(median(found for text in texts if (found := check(text)) is not None))
        for name, check in shares.items()
    } | {
        name: number(_share((getattr(mark, field) for mark in marks), len(texts)), 1)
        for name, field in counts.items()
    }


def cost(run: RunData) -> Section:
    """Requests and tokens of an answer."""
    columns: Mapping[str, Callable[[Side], str]] = {
        "strategy": lambda side: side.name,
        "requests": lambda side: number(side.median(lambda record: record.usage.requests)),
        "prompt tokens": lambda side: number(side.median(prompt_tokens)),
        f"against {run.baseline}": lambda side: times(side.ratio(prompt_tokens)),
        "of them cached": lambda side: percent(_cached(side)),
        "completion tokens": lambda side: number(side.median(completion_tokens)),
    }
    sides = [side for name in run.strategies if (side := run.side(name)).own]
    return Section("cost", "Cost of an answer", [Table.of(sides, columns, note=note("cost"))], link="Cost")


def _cached(side: Side) -> float:
    usages = [row.record.usage for row in side.own]
    return _share((one.cached_tokens for one in usages), sum(one.prompt_tokens for one in usages)) or 0.0


def failed(run: RunData) -> Section:
    """What failed, alike ones together, the most frequent first; and replies of judges without a verdict."""
    grouped: dict[str, list[str]] = {}
    for row in run.rows:
        for what in _failures(run, row):
            grouped.setdefault(what, []).append(f"{row.question} by {row.method}")
    most = sorted(grouped.items(), key=lambda item: -len(item[1]))[:_SHOWN_FAILURES]
    rows = [(Cell(what, style="text"), str(len(places)), places[0]) for what, places in most]
    table = Table(("what", "times", "for example"), rows, align=("left", "right", "left"))
    found: list[Block] = [table if rows else Prose("Nothing.", style="plain")]
    replies = [
        (one.question_id, one.aspect, one.error or "", Cell(one.reply[:_SHOWN_CHARACTERS], style="text"))
        for entry in run.judged
        for one in entry.unparsable[:2]
    ]
    if replies:
        title = "Replies of judges without a readable verdict"
        headers = ("question", "respect", "why", "reply")
        found.append(Table(headers, replies[:_SHOWN_FAILURES], ("left",) * 4, title, cards=True))
    return Section("failed", "What failed", found, link="Failures")


def _failures(run: RunData, row: AnswerRow) -> list[str]:
    """Faults of an answer, once for each time."""
    if not row.done:
        return [f"no answer: {row.record.error or row.status}"]
    answer = run.answer(row)
    found = [] if answer.fell_back is None else [f"fell back to normal decoding: {answer.fell_back}"]
    found += ["points that could not be written"] * sum(point.status == "missing" for point in answer.points)
    return found + ["cut by the token limit"] * (answer.finish_reason == "length")


def how(run: RunData) -> Section:
    """How the run was made, and what its intervals mean."""
    starts = len(run.manifest.sessions)
    begun = f"{run.manifest.created_at}, in {'one go' if starts == 1 else f'{starts} starts'}"
    rows = [*facts(run.manifest).items(), ("begun", begun)]
    for judge, prompts in dict.fromkeys((entry.judge, entry.prompts) for entry in run.judged):
        rows.append(("judge", f"{judge}, prompts {prompts}" if prompts else judge))
    return Section("run", "How it was run", [Facts(rows), Prose(note("intervals"))], link="The run")


def facts(manifest: EvalManifest) -> dict[str, str]:
    """Facts that make runs comparable, by name; settings without a value are left out."""
    first, questions = manifest.sessions[0], manifest.questions
    settings = {name: value for name, value in manifest.settings.items() if value not in (None, "", [], {})}
    return {
        "questions": f"{questions.name} ({questions.count} in the set), SHA-256 {questions.sha256}",
        "model": manifest.model,
        "engine": manifest.backend,
        "sot": manifest.sot_version,
        "strategies": ", ".join(manifest.strategies),
        "seed": "none" if manifest.seed is None else str(manifest.seed),
        "repeat": str(manifest.repeat),
        **{f"setting {name}": str(value) for name, value in settings.items()},
        **{f"prompts {name}": digest[:12] for name, digest in manifest.prompts.items()},
        "python": f"{first.python}, {first.platform}",
        **{f"package {name}": version for name, version in first.packages.items()},
        "machine": str(first.machine),
    }


def _share(parts: Iterable[float], whole: float) -> float | None:
    return sum(parts) / whole if whole else None
