"""Report of a load measurement: times, throughput and goodput of every policy at every load."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from markupsafe import Markup
from pydantic import BaseModel

from ..analysis.frame import rows as records
from ..analysis.paired import median_ratio
from ..run.records import AnswerRecord
from ..stats import percentile
from .format import UNKNOWN
from .page import Page, Picture, Prose, Section
from .plots import Panel, curve
from .table import Align, Table

_NAMES = {"normal": "always normal", "skeleton": "always skeleton", "adaptive": "adaptive"}
_HEADERS = (
    *("load", "policy", "first text p50 / p95, s", "whole answer p50 / p95, s", "sooner than normal"),
    *("answers/s", "tokens/s", "in time/s", "skeletons", "failed"),
)
_RIGHT: list[Align] = ["right"]
_AGAINST = ("load", "median", "95th percentile", "both", "of the skeleton's gain kept")
_NEITHER = (
    "* One of the two fixed policies has the better median, the other the better 95th percentile: neither "
    "has both. The column **both** compares the geometric mean of the two."
)


class LoadRow(BaseModel, frozen=True):
    """One policy at one load. Times are seconds; ``None``: too many answers failed or were not finished.

    Args:
        load: The offered load as a share of the capacity.
        rate: Questions a second that arrived.
        sooner: Times sooner than normal decoding answers the same question: the median over questions.
        throughput: Answers a second that were finished.
        tokens_s: Completion tokens a second, of finished answers.
        goodput: Answers a second that were finished within the deadline.
        in_time: Their share of all.
        skeleton: Share of finished answers that were written by a skeleton.
        prompt_tokens: Of an answer, on average; so are ``completion_tokens``.
    """

    load: float
    policy: str
    rate: float
    answers: int
    failed: int
    unfinished: int
    first_text_p50: float | None
    first_text_p95: float | None
    total_p50: float | None
    total_p95: float | None
    sooner: float | None = None
    throughput: float
    tokens_s: float
    goodput: float
    in_time: float
    skeleton: float
    prompt_tokens: float
    completion_tokens: float


class Against(BaseModel, frozen=True):
    """The adaptive policy at one load against the better of the two others.

    Args:
        p50: Its median total time over the better one's.
        p95: The same of the 95th percentiles.
        together: The same of both, their geometric mean: where the two others disagree, one having the better
            median and the other the better 95th percentile, neither of them has both.
        disagree: Whether they do.
        gain_kept: The part of the skeleton's gain over normal decoding (medians) that it keeps.
        rounds: The least and the most of ``p50`` over the rounds, where there were several.
    """

    load: float
    p50: float | None
    p95: float | None
    together: float | None
    disagree: bool
    gain_kept: float | None
    rounds: tuple[float, float] | None = None


class LoadRun(BaseModel, frozen=True):
    """Engine and conditions of a load measurement.

    Args:
        machine: Where it ran; of a simulation, where its profile was measured.
        capacity: Normal answers a second of an engine that never runs out of them: load 100%.
        idle_s: Seconds of a normal answer on the idle engine.
        deadline_s: The deadline that goodput is counted by.
        seed: Of the arrivals.
        arrivals: How they came about, for people.
        lengths: Whether the answers' lengths were forced.
    """

    kind: Literal["measured", "simulated"]
    backend: str
    model: str
    machine: str
    started: str
    capacity: float
    idle_s: float
    deadline_s: float
    seed: int
    arrivals: str
    lengths: Literal["forced", "as the model writes"]


class LoadReport(LoadRun, frozen=True):
    """A whole measurement.

    Args:
        against: The adaptive policy against the better of the others.
    """

    rows: list[LoadRow]
    against: list[Against]

    @property
    def title(self) -> str:
        """One line that says what this is."""
        label = "simulated: " if self.kind == "simulated" else ""
        return f"{label}{self.backend}, {self.model}"

    @property
    def facts(self) -> str:
        """What the figures rest on."""
        where = (
            self.machine if self.kind == "measured" else f"profile of {self.machine or 'an unknown machine'}"
        )
        return (
            f"{where}; {self.started}; {self.arrivals}; lengths {self.lengths}; capacity (load 100%): "
            f"{self.capacity:.3g} normal answers a second; a normal answer on the idle engine takes "
            f"{self.idle_s:.2f} s; deadline {self.deadline_s:.2f} s"
        )

    @property
    def marks(self) -> list[str]:
        """What a reader must know before any figure."""
        simulated = self.kind == "simulated"
        return ["Simulated: all times come from a profile of the engine; nothing was measured."] * simulated

    def tables(self) -> list[Table]:
        """The figures."""
        tables = [load_table(self.rows)]
        if self.against:
            note = _NEITHER if any(row.disagree for row in self.against) else ""
            cells = [_against_cells(row) for row in self.against]
            tables.append(
                Table(_AGAINST, cells, title="Adaptive against the better of the two: times", note=note)
            )
        return tables

    def page(self) -> Page:
        """The report as a page."""
        caption = "Whole answer against load, on a logarithmic scale of seconds."
        blocks = [Picture(self.curve(), caption), *self.tables()]
        how = Prose("A question waits for nothing: it arrives whether or not earlier ones are answered.")
        return Page(
            title=self.title,
            kicker="Answers under load",
            facts=self.facts,
            sections=[Section("load", "Times, throughput and goodput", [how, *blocks], link="Load")],
            marks=self.marks,
        )

    def curve(self, *, alone: bool = False) -> Markup:
        """Median and 95th percentile of the whole answer against load, a line for each policy.

        Args:
            alone: It is a file of its own, which has its colours in itself.
        """
        median: dict[str, list[tuple[float, float | None]]] = {}
        p95: dict[str, list[tuple[float, float | None]]] = {}
        for policy, name in _NAMES.items():
            if own := [row for row in self.rows if row.policy == policy]:
                median[name] = [(row.load, row.total_p50) for row in own]
                p95[name] = [(row.load, row.total_p95) for row in own]
        panels = [Panel("whole answer, median", median), Panel("whole answer, 95th percentile", p95)]
        return curve(panels, self.title, across="offered load, share of capacity", alone=alone)


def load_table(rows: Sequence[LoadRow]) -> Table:
    """Return the figures of loads and policies as a table."""
    unfinished, failed = sum(row.unfinished for row in rows), sum(row.failed for row in rows)
    says = f"{unfinished} answers were not finished in time and {failed} failed; they count as endless."
    note = says if unfinished or failed else ""
    return Table(_HEADERS, [_cells(row) for row in rows], align=["left", "left", *_RIGHT * 8], note=note)


def figures(
    answers: Mapping[str, Sequence[Sequence[AnswerRecord]]], *, duration_s: float, deadline_s: float
) -> tuple[list[LoadRow], list[Against]]:
    """Return the figures of one load: a row for each policy, and the comparison of the three.

    Args:
        answers: By policy, the answers of every round.
        duration_s: Seconds in which the questions came.
        deadline_s: Seconds within which an answer should be there.
    """
    rows: list[LoadRow] = []
    by_round: dict[int, list[LoadRow]] = {}
    normal = records(record for part in answers.get("normal", ()) for record in part)
    for own in answers.values():
        each = duration_s / len(own)
        spans = 0.0
        for number, part in enumerate(own):
            if part:
                span = _span(part, number * each, each)
                spans += span
                row = summarise(part, duration_s=each, deadline_s=deadline_s, span_s=span)
                by_round.setdefault(number, []).append(row)
        whole = [record for part in own for record in part]
        sooner = median_ratio(normal, records(whole), lambda record: record.total_s)
        row = summarise(whole, duration_s=duration_s, deadline_s=deadline_s, span_s=spans)
        rows.append(row.model_copy(update={"sooner": sooner}))
    rounds = [against.p50 for found in by_round.values() for against in compare(found)]
    ratios = [ratio for ratio in rounds if ratio is not None]
    found = compare(rows)
    if len(rounds) > 1 and ratios:
        least_and_most = {"rounds": (min(ratios), max(ratios))}
        found = [row.model_copy(update=least_and_most) for row in found]
    return rows, found


def summarise(
    answers: Sequence[AnswerRecord], *, duration_s: float, deadline_s: float, span_s: float | None = None
) -> LoadRow:
    """Return the figures of one policy at one load.

    Nobody got a failed answer, nor one that was not finished: they took for ever. Left out, the times of an
    engine that is too full would be the better the more it refuses.

    Args:
        duration_s: Seconds in which the questions came.
        deadline_s: Seconds within which an answer should be there.
        span_s: Seconds until the last answer was there; as the answers say unless given.
    """
    done = [record for record in answers if record.status == "done"]
    usage = [record.usage for record in done]
    failed = sum(record.status == "failed" for record in answers)
    totals = [record.total_s for record in answers]
    firsts = [record.first_text_s for record in answers]
    span_s = span_s or _span(answers, 0.0, duration_s)
    in_time = sum(total <= deadline_s for total in totals)
    return LoadRow(
        load=answers[0].load or 0.0,
        policy=answers[0].strategy,
        rate=len(answers) / duration_s,
        answers=len(answers),
        failed=failed,
        unfinished=len(answers) - failed - len(done),
        first_text_p50=percentile(firsts, 50),
        first_text_p95=percentile(firsts, 95),
        total_p50=percentile(totals, 50),
        total_p95=percentile(totals, 95),
        throughput=len(done) / span_s,
        tokens_s=sum(one.completion_tokens for one in usage) / span_s,
        goodput=in_time / span_s,
        in_time=in_time / max(len(answers), 1),
        skeleton=sum(record.skeleton for record in done) / max(len(done), 1),
        prompt_tokens=sum(one.prompt_tokens for one in usage) / max(len(done), 1),
        completion_tokens=sum(one.completion_tokens for one in usage) / max(len(done), 1),
    )


def compare(rows: Sequence[LoadRow]) -> list[Against]:
    """Compare the adaptive policy with the better of the two others, load by load.

    Args:
        rows: The figures; loads without all three policies are left out.
    """
    found: list[Against] = []
    for load in sorted({row.load for row in rows}):
        own = {row.policy: row for row in rows if row.load == load}
        if own.keys() >= _NAMES.keys():
            found.append(_against(load, own["normal"], own["skeleton"], own["adaptive"]))
    return found


def _span(records: Sequence[AnswerRecord], begins_s: float, duration_s: float) -> float:
    """Seconds from the beginning until the last answer was there, at least the duration."""
    ends = (
        record.offered.at_s + record.total_s - begins_s
        for record in records
        if record.offered is not None and math.isfinite(record.total_s)
    )
    return max(duration_s, max(ends, default=0.0))


def _against(load: float, normal: LoadRow, skeleton: LoadRow, adaptive: LoadRow) -> Against:
    one, many, own = normal.total_p50, skeleton.total_p50, adaptive.total_p50
    kept: float | None = None
    if one is not None and many is not None and own is not None and one > many:
        kept = (one - own) / (one - many)
    p50_order = _order(one, many)
    return Against(
        load=load,
        p50=_ratio(own, one, many),
        p95=_ratio(adaptive.total_p95, normal.total_p95, skeleton.total_p95),
        together=_ratio(_both(adaptive), _both(normal), _both(skeleton)),
        disagree=p50_order * _order(normal.total_p95, skeleton.total_p95) < 0,
        gain_kept=kept,
    )


def _order(one: float | None, other: float | None) -> int:
    """-1 where the first is less, 1 where it is more; 0 where they are alike, or neither is known."""
    first, second = (math.inf if value is None else value for value in (one, other))
    return (first > second) - (first < second)


def _both(row: LoadRow) -> float | None:
    p50, p95 = row.total_p50, row.total_p95
    return None if p50 is None or p95 is None else math.sqrt(p50 * p95)


def _ratio(own: float | None, *others: float | None) -> float | None:
    best = min((other for other in others if other is not None), default=None)
    return None if own is None or best is None else own / best


def _cells(row: LoadRow) -> list[str]:
    return [
        f"{row.load:.0%}",
        row.policy,
        f"{_seconds(row.first_text_p50)} / {_seconds(row.first_text_p95)}",
        f"{_seconds(row.total_p50)} / {_seconds(row.total_p95)}",
        UNKNOWN if row.sooner is None else f"{row.sooner:.2f}x",
        f"{row.throughput:.2f}",
        f"{row.tokens_s:.0f}",
        f"{row.goodput:.2f}",
        f"{row.skeleton:.0%}",
        str(row.failed),
    ]


def _against_cells(row: Against) -> list[str]:
    median = _times(row.p50)
    if row.rounds is not None:
        median += f" ({_times(row.rounds[0])} to {_times(row.rounds[1])})"
    kept = "" if row.gain_kept is None else f"{row.gain_kept:.0%}"
    return [f"{row.load:.0%}{'*' * row.disagree}", median, _times(row.p95), _times(row.together), kept]


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f}"


def _times(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
