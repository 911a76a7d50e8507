"""Tables of a latency run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sot.terminal import one_line

from ..analysis.latency import Comparison, Group, Routing, Stages, Summary
from ..engines.accelerators import NONE, short_name
from ..engines.step_times import StepTime
from ..measure.manifest import Refused
from ..measure.methods import is_skeleton, router_of
from ..stats import Spread
from .format import UNKNOWN, interval, number, percent, spread, times
from .table import Align, Cell, Table

R = TypeVar("R", Comparison, Group, Stages, Routing)


def make_tables(summary: Summary, refused: Sequence[Refused], steps: Sequence[StepTime] = ()) -> list[Table]:
    """Return all tables of a run; those with nothing to say are left out."""
    several = len({group.accelerator for group in summary.groups} | {row.accelerator for row in refused}) > 1
    tables = [
        _grid(summary, refused) if several else None,
        _ratios(summary, several),
        _routing(summary.routing, several),
        _against(summary.routing, several),
        _times(summary, several),
        _work(summary, several),
        _parts(summary, several),
        _stages(summary, several),
        _steps(steps),
    ]
    return [table for table in tables if table is not None and table.rows]


def _grid(summary: Summary, refused: Sequence[Refused]) -> Table:
    within = {(row.accelerator, row.method): row for row in summary.within if not row.part}
    across = {(row.accelerator, row.method): row for row in summary.across}
    rows: list[list[str | Cell]] = []
    for group in summary.groups:
        cell = group.accelerator, group.method
        inside, outside = within.get(cell), across.get(cell)
        rows.append(
            [
                *(short_name(group.accelerator), group.method),
                spread(group.total_s),
                spread(group.first_text_s),
                times(outside.sooner) if outside else "1",
                times(outside.useful_rate) if outside else "1",
                times(inside.sooner) if inside else "1",
                _accepted(group),
            ]
        )
    together: dict[tuple[str, str], list[str]] = {}
    for row in refused:
        together.setdefault((row.accelerator, row.reason), []).append(row.method or "all")
    for (accelerator, reason), methods in together.items():
        told = Cell(f"refused: {one_line(reason)}", style="reason", span=6)
        rows.append([short_name(accelerator), ", ".join(methods), told])
    first = summary.groups[0].accelerator if summary.groups else NONE
    base = summary.within[0].against_method if summary.within else "normal"
    return Table(
        (
            "accelerator",
            "method",
            "total, s",
            "first text, s",
            f"sooner (than {base}, {first})",
            f"useful tokens/s (of {base}, {first})",
            f"sooner (than {base}, same engine)",
            "accepted",
        ),
        rows,
        align=_aligned(2, 6),
        title="Methods and accelerators",
        note=f"Sooner and useful tokens/s: against {base} decoding with {first}, and against {base} "
        "decoding by the same engine. Engines ran one after the other, so a drift of the machine's "
        "speed is in the comparison between them. Accepted: of the tokens that speculative decoding "
        "proposed.",
    )


def _ratios(summary: Summary, several: bool) -> Table | None:
    own = [row for row in summary.within if not row.part]
    if not own:
        return None
    base = own[0].against_method
    return _table(
        several,
        f"Against {base} decoding",
        "Median over questions of the ratio question by question, with its 95% bootstrap interval (none "
        "under six questions).",
        {
            "total": lambda row: f"{times(row.sooner)} sooner",
            "useful tokens/s": lambda row: times(row.useful_rate),
            "first text later by, s": lambda row: interval(row.first_later_s),
            "tokens written": lambda row: times(row.completion_tokens),
            "prompt tokens": lambda row: times(row.prompt_tokens),
            "questions": _questions,
        },
        own,
    )


def _routing(found: Sequence[Routing], several: bool) -> Table:
    def of_llm(write: Callable[[Routing], str]) -> Callable[[Routing], str]:
        return lambda row: write(row) if router_of(row.method) == "llm" else UNKNOWN

    return _table(
        several,
        "Routing",
        "Time until the strategy was chosen: median over answers, with the 95th percentile in brackets. "
        "Hedge won: the strategy chosen had already started. By a letter: the model's reply could be read; "
        "else the local router decided. As auto: of those by a letter, those with the local router's "
        "strategy.",
        {
            "route, s": lambda row: spread(row.route_s, 3),
            "chosen": lambda row: ", ".join(f"{name} {count}" for name, count in row.chosen.items()),
            "hedge won": lambda row: (
                UNKNOWN if row.hedge_won is None else f"{row.hedge_won} of {row.answers}"
            ),
            "by a letter": of_llm(lambda row: f"{row.decided} of {row.answers}"),
            "as auto": lambda row: UNKNOWN if row.same is None else f"{row.same} of {row.same_of}",
            "first text later than auto-llm's by, s": lambda row: (
                "; ".join(f"{name} {interval(later)}" for name, later in row.later_by_strategy.items())
                or UNKNOWN
            ),
        },
        found,
    )


def _against(found: Sequence[Routing], several: bool) -> Table:
    return _table(
        several,
        "What asking the model costs, and hedging buys back",
        "Median over questions, question by question. Tokens count what was aborted as far as it had come.",
        {
            "against": lambda row: row.against_method,
            "first text later by, s": lambda row: interval(row.first_later_s),
            "total": lambda row: f"{times(row.sooner)} sooner",
            "prompt tokens": lambda row: times(row.prompt_tokens),
            "tokens written": lambda row: times(row.completion_tokens),
            "questions": _questions,
        },
        [one for row in found for one in row.against],
    )


def _times(summary: Summary, several: bool) -> Table:
    return _table(
        several,
        "Times",
        "Median over answers, with the 95th percentile in brackets. Gaps: between pieces of the ordered "
        "text as the reader gets it, and between the engine's own pieces within a request: the median gap "
        "of an answer, then its 95th percentile. A token: after a request's first. Over critical path: the "
        "time beyond the latest of (time of a point's line + that point's own request). Over longest point:"
        " the same for the point with the most tokens.",
        {
            "first text, s": lambda row: spread(row.first_text_s),
            "total, s": lambda row: spread(row.total_s),
            "reader's gaps, ms": lambda row: _gaps(row.reader_gap_s, row.reader_gap_p95_s),
            "engine's gaps, ms": lambda row: _gaps(row.engine_gap_s, row.engine_gap_p95_s),
            "a token, ms": lambda row: number(None if row.token_s is None else 1000 * row.token_s.median, 1),
            "over critical path": lambda row: _percents(row.over_path),
            "over longest point": lambda row: _percents(row.over_longest),
        },
        summary.groups,
    )


def _work(summary: Summary, several: bool) -> Table:
    def of_points(write: Callable[[Group], str]) -> Callable[[Group], str]:
        return lambda row: write(row) if is_skeleton(row.method) or row.points else UNKNOWN

    columns: dict[str, Callable[[Group], str]] = {
        "useful tokens/s": lambda row: spread(row.useful_rate, 0, ends=True),
        "useful tokens": lambda row: number(row.useful_tokens.median),
        "tokens written": lambda row: number(row.completion_tokens.median),
        "prompt tokens": lambda row: number(row.prompt_tokens.median),
        "cached": lambda row: percent(row.cached_share),
        "requests": lambda row: f"{row.requests:.1f}",
        "points": of_points(lambda row: f"{row.points:.1f}"),
        "valid": of_points(lambda row: f"{row.valid} of {row.answers}"),
        "gave up": of_points(lambda row: str(row.fell_back)),
    }
    if any(group.energy_j is not None for group in summary.groups):
        columns["energy, J"] = lambda row: spread(row.energy_j, 0)
    if any(group.cost is not None for group in summary.groups):
        columns["cost of 1,000 answers"] = lambda row: (
            UNKNOWN if row.cost is None else f"{1000 * row.cost.median:.3g}"
        )
    if any(group.drafted is not None for group in summary.groups) and not several:
        columns["drafts accepted"] = _accepted
    note = (
        "Median over answers; requests and points are means. Useful tokens: those whose text is in the "
        "answer (no skeleton, nothing trimmed or written twice). Valid: skeletons of three points or more."
    )
    return _table(several, "Work", note, columns, summary.groups)


def _parts(summary: Summary, several: bool) -> Table | None:
    limits = summary.length_limits
    named = {"short": "", "middle": "", "long": ""}
    if limits is not None:
        ends = f" (up to {limits[0]:.0f} tokens)", f" (up to {limits[1]:.0f})", " (longer)"
        named = dict(zip(named, ends, strict=True))
    note = "Short, middle and long: thirds of the questions by the useful tokens of the baseline's answer."
    return _table(
        several,
        "By category and by answer length",
        note if limits is not None else "",
        {
            "total": lambda row: f"{times(row.sooner)} sooner",
            "useful tokens/s": lambda row: times(row.useful_rate),
            "first text later by, s": lambda row: interval(row.first_later_s),
            "questions": _questions,
        },
        [row for row in summary.within if row.part],
        first=("questions", lambda row: one_line(row.part) + named.get(row.part, "")),
    )


def _stages(summary: Summary, several: bool) -> Table:
    return _table(
        several,
        "Where the time of a skeleton answer goes",
        "Seconds, medians over answers. To first text: from a point's line to its first text, the median "
        "point. Decoding: from a point's first text to its end.",
        {
            "first line": lambda row: number(row.first_line_s, 2),
            "last line": lambda row: number(row.last_line_s, 2),
            "to first text": lambda row: number(row.to_first_text_s, 2),
            "decoding, median point": lambda row: number(row.decode_s, 2),
            "decoding, longest point": lambda row: number(row.longest_decode_s, 2),
            "total": lambda row: number(row.total_s, 2),
        },
        summary.stages,
    )


def _steps(steps: Sequence[StepTime]) -> Table | None:
    if not steps:
        return None
    alone = steps[0].best_s
    used = f" GPU memory in use: {steps[-1].used_gib:.1f} GiB." if steps[-1].used_gib is not None else ""
    return Table(
        (
            "sequences",
            "calls, ms",
            "graph, ms",
            "memory bound, ms",
            "of the bound",
            "of one alone",
            "tokens/s",
        ),
        [
            [
                str(step.batch),
                _slowest(step.calls_s),
                _slowest(step.graph_s),
                f"{1000 * step.bound_s:.2f}",
                f"{step.best_s / step.bound_s:.2f}x",
                f"{step.best_s / alone:.2f}x",
                number(step.batch / step.best_s),
            ]
            for step in steps
        ],
        title="Decode steps",
        note=f"Median of a step, with the slowest in brackets; {steps[0].context} tokens of context. Calls:"
        " without CUDA graphs. Memory bound: the time to read weights, keys and values at the speed "
        "measured here." + used,
    )


def _table(
    several: bool,
    title: str,
    note: str,
    columns: dict[str, Callable[[R], str]],
    rows: Sequence[R],
    first: tuple[str, Callable[[R], str]] | None = None,
) -> Table:
    """A table with a column of methods, and one of accelerators where there are several."""
    lead: dict[str, Callable[[R], str]] = dict([first]) if first is not None else {}
    if several:
        lead["accelerator"] = lambda row: short_name(row.accelerator)
    names = [*lead, "method", *columns]
    writes = [*lead.values(), lambda row: row.method, *columns.values()]
    return Table(
        names,
        [[write(row) for write in writes] for row in rows],
        align=_aligned(len(lead) + 1, len(columns)),
        title=title,
        note=note,
    )


def _aligned(left: int, right: int) -> list[Align]:
    return [*["left"] * left, *["right"] * right]  # pyright: ignore[reportReturnType]  # it widens the literals


def _accepted(row: Group) -> str:
    return "none proposed" if row.drafted == 0 else percent(row.acceptance)


def _questions(row: Comparison) -> str:
    return str(row.sooner.count if row.sooner else 0)


def _gaps(median: Spread | None, p95: Spread | None) -> str:
    """The median gap and the 95th percentile of gaps, in milliseconds."""
    if median is None or p95 is None:
        return UNKNOWN
    return f"{1000 * median.median:.0f}, {1000 * p95.median:.0f}"


def _percents(value: Spread | None) -> str:
    return UNKNOWN if value is None else f"{value.median:.1%} ({value.p95:.1%})"


def _slowest(value: Spread | None) -> str:
    return UNKNOWN if value is None else f"{1000 * value.median:.1f} ({1000 * value.most:.1f})"
