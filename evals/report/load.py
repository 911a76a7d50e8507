"""Report of a load measurement: times, throughput and goodput of every policy at every load."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Literal

from markupsafe import Markup
from pydantic import BaseModel

from ..analysis.latency import Figures
from ..analysis.paired import median_ratio
from ..analysis.paired import rows as records
from ..run.records import AnswerRecord
from ..stats.bootstrap import percentile
from .format import UNKNOWN, note
from .page import Page, Picture, Prose, Section
from .plots import curve
from .table import Table

_NAMES = {"normal": "always normal", "skeleton": "always skeleton", "adaptive": "adaptive"}


class LoadRun(BaseModel, frozen=True):
    """Engine and conditions of a load measurement.

    Args:
        machine: Where it ran; of a simulation, where its profile was measured.
        capacity: Normal answers a second of an engine that never runs out of them: load 100%.
        idle_s: Time of a normal answer on the idle engine.
        deadline_s: The deadline that goodput is counted by.
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
    opening: bool = True


class LoadReport(LoadRun, frozen=True):
    """A whole measurement: the figures of `summarise` and `compare`."""

    rows: list[dict[str, Any]]
    against: list[dict[str, Any]]

    @property
    def title(self) -> str:
        """One line that says what this is."""
        label = "simulated: " if self.kind == "simulated" else ""
        return f"{label}{self.backend}, {self.model}"

    def page(self) -> Page:
        """Return the report as a page."""
        simulated = self.kind == "simulated"
        where = f"profile of {self.machine or 'an unknown machine'}" if simulated else self.machine
        facts = (
            f"{where}; {self.started}; {self.arrivals}; lengths {self.lengths}; skeletons "
            f"{'with' if self.opening else 'without'} an opening; capacity (load 100%): "
            f"{self.capacity:.3g} normal answers a second; a normal answer on the idle engine takes "
            f"{self.idle_s:.2f} s; deadline {self.deadline_s:.2f} s"
        )
        mark = "Simulated: all times come from a profile of the engine; nothing was measured."
        blocks = [
            Prose("A question waits for nothing: it arrives whether or not earlier ones are answered."),
            Picture(self.curve(), "Whole answer against load, on a logarithmic scale of seconds."),
            load_table(self.rows),
            *([_against_table(self.against)] if self.against else []),
        ]
        return Page(
            title=self.title,
            kicker="Answers under load",
            facts=facts,
            sections=[Section("load", "Times, throughput and goodput", blocks, link="Load")],
            marks=[mark] * simulated,
        )

    def curve(self) -> Markup:
        """Draw median and 95th percentile of the whole answer against load, a line for each policy."""
        panels = {
            f"whole answer, {name}": {
                shown: line
                for policy, shown in _NAMES.items()
                if (line := [(row["load"], row[key]) for row in self.rows if row["policy"] == policy])
            }
            for name, key in (("median", "total_p50"), ("95th percentile", "total_p95"))
        }
        return curve(panels, self.title, across="offered load, share of capacity")


def load_table(rows: Sequence[Figures]) -> Table:
    """Return the figures of loads and policies as a table."""
    columns: Mapping[str, Callable[[Figures], str]] = {
        "load": lambda row: f"{row['load']:.0%}",
        "policy": lambda row: row["policy"],
        "first text p50 / p95, s": lambda row: _seconds(row["first_text_p50"], row["first_text_p95"]),
        "whole answer p50 / p95, s": lambda row: _seconds(row["total_p50"], row["total_p95"]),
        "speed-up over normal": lambda row: UNKNOWN if row["sooner"] is None else f"{row['sooner']:.2f}x",
        "answers/s": lambda row: f"{row['throughput']:.2f}",
        "tokens/s": lambda row: f"{row['tokens_s']:.0f}",
        "in time/s": lambda row: f"{row['goodput']:.2f}",
        "skeletons": lambda row: f"{row['skeleton']:.0%}",
        "failed": lambda row: str(row["failed"]),
    }
    unfinished, failed = (sum(row[name] for row in rows) for name in ("unfinished", "failed"))
    says = f"{unfinished} answers were not finished in time and {failed} failed; they count as endless."
    return Table.of(rows, columns, left=2, note=says if unfinished or failed else "")


def _against_table(rows: Sequence[Figures]) -> Table:
    def median(row: Figures) -> str:
        ends = "" if row["rounds"] is None else " ({:.2f} to {:.2f})".format(*row["rounds"])
        return _times(row["p50"]) + ends

    columns: Mapping[str, Callable[[Figures], str]] = {
        "load": lambda row: f"{row['load']:.0%}{'*' * row['disagree']}",
        "median": median,
        "95th percentile": lambda row: _times(row["p95"]),
        "both": lambda row: _times(row["together"]),
        "of the skeleton's gain kept": lambda row: (
            "" if row["gain_kept"] is None else f"{row['gain_kept']:.0%}"
        ),
    }
    neither = note("neither") if any(row["disagree"] for row in rows) else ""
    return Table.of(rows, columns, title="Adaptive against the better of the two: times", note=neither)


def figures(
    answers: Mapping[str, Sequence[Sequence[AnswerRecord]]], *, duration_s: float, deadline_s: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the figures of one load from the answers of each policy in each round.

    A row for each policy, and the comparison of the three; ``duration_s`` is that of all rounds' arrivals.
    """
    normal = records(chain(*answers.get("normal", ())))
    rows: list[dict[str, Any]] = []
    for own in answers.values():
        each, whole = duration_s / len(own), list(chain(*own))
        span_s = sum(_span(part, number * each, each) for number, part in enumerate(own) if part)
        row = summarise(whole, duration_s=duration_s, deadline_s=deadline_s, span_s=span_s)
        rows.append({**row, "sooner": median_ratio(normal, records(whole), operator.attrgetter("total_s"))})
    found = compare(rows)
    medians = [
        [_endless(percentile(_totals(part), 50)) for part in parts]
        for parts in zip(*(answers.get(name, ()) for name in _NAMES), strict=False)
        if all(parts)
    ]
    rounds = [ratio for own in medians if (ratio := _over_better(*own)) is not None]
    if len(medians) > 1 and rounds:
        found = [{**row, "rounds": (min(rounds), max(rounds))} for row in found]
    return rows, found


def summarise(
    answers: Sequence[AnswerRecord], *, duration_s: float, deadline_s: float, span_s: float | None = None
) -> dict[str, Any]:
    """Return the figures of one policy at one load by their names in `report.json`; times are seconds.

    Nobody got a failed answer, nor one that was not finished: they took for ever, and a percentile among them
    is ``None``. Left out, the times of an engine that is too full would be the better the more it refuses.

    Args:
        duration_s: Seconds in which the questions came.
        span_s: Seconds until the last answer was there; as the answers say unless given.
    """
    done = [record for record in answers if record.status == "done"]
    failed = sum(record.status == "failed" for record in answers)
    totals, firsts = _totals(answers), [record.first_text_s for record in answers]
    span_s = span_s or _span(answers, 0.0, duration_s)
    in_time = sum(total <= deadline_s for total in totals)
    prompt_tokens = sum(record.usage.prompt_tokens for record in done)
    completion_tokens = sum(record.usage.completion_tokens for record in done)
    return {
        "load": answers[0].load or 0.0,
        "policy": answers[0].strategy,
        "rate": len(answers) / duration_s,  # of arrival; the other rates are until the last answer was there
        "answers": len(answers),
        "failed": failed,
        "unfinished": len(answers) - failed - len(done),
        "first_text_p50": percentile(firsts, 50),
        "first_text_p95": percentile(firsts, 95),
        "total_p50": percentile(totals, 50),
        "total_p95": percentile(totals, 95),
        "sooner": None,  # speed-up over normal decoding of the same questions, the median
        "throughput": len(done) / span_s,
        "tokens_s": completion_tokens / span_s,
        "goodput": in_time / span_s,
        "in_time": in_time / len(answers),
        "skeleton": sum(record.skeleton for record in done) / max(len(done), 1),
        "prompt_tokens": prompt_tokens / max(len(done), 1),
        "completion_tokens": completion_tokens / max(len(done), 1),
    }


def compare(rows: Sequence[Figures]) -> list[dict[str, Any]]:
    """Compare the adaptive policy with the better of the two others, at each load that has all three.

    Where one of those has the better median and the other the better 95th percentile, they ``disagree``:
    neither has both, and ``together`` compares the geometric mean of the two.
    """
    found: list[dict[str, Any]] = []
    for load in sorted({row["load"] for row in rows}):
        own = {row["policy"]: row for row in rows if row["load"] == load}
        if not own.keys() >= _NAMES.keys():
            continue
        p50, p95 = ([_endless(own[name][key]) for name in _NAMES] for key in ("total_p50", "total_p95"))
        normal, skeleton, adaptive = p50
        gains = normal > skeleton and math.isfinite(normal + adaptive)
        found.append(
            {
                "load": load,
                "p50": _over_better(*p50),
                "p95": _over_better(*p95),
                "together": _over_better(*map(math.sqrt, map(operator.mul, p50, p95))),
                "disagree": (normal - skeleton) * (p95[0] - p95[1]) < 0,
                "gain_kept": (normal - adaptive) / (normal - skeleton) if gains else None,
                "rounds": None,  # the least and the most of p50 over the rounds, where there were several
            }
        )
    return found


def _totals(answers: Sequence[AnswerRecord]) -> list[float]:
    return [record.total_s for record in answers]


def _span(answers: Sequence[AnswerRecord], begins_s: float, duration_s: float) -> float:
    """Seconds from the beginning until the last answer was there, at least the duration."""
    ends = (one.offered.at_s + one.total_s - begins_s for one in answers if one.offered is not None)
    return max(duration_s, max(filter(math.isfinite, ends), default=0.0))


def _endless(time: float | None) -> float:
    return math.inf if time is None else time


def _over_better(normal: float, skeleton: float, adaptive: float) -> float | None:
    """The adaptive policy's time over that of the better of the two others."""
    better = min(normal, skeleton)
    return adaptive / better if math.isfinite(adaptive) and math.isfinite(better) else None


def _seconds(*values: float | None) -> str:
    return " / ".join("never" if value is None else f"{value:.2f}" for value in values)


def _times(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
