"""Tables of a latency run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sot.terminal import one_line

from ..analysis.latency import Figures, Summary
from ..engines.accelerators import NONE, short_name
from ..engines.random_model import StepTime
from ..measure.manifest import Refused
from ..measure.methods import has_parts, router_of
from ..stats.bootstrap import Spread
from .format import UNKNOWN, interval, note, number, percent, spread, times
from .table import Cell, Table

Write = Callable[[Figures], str]


def make_tables(summary: Summary, refused: Sequence[Refused], steps: Sequence[StepTime] = ()) -> list[Table]:
    """Return all tables of a run; those with nothing to say are left out."""
    groups, limits = summary.groups, summary.length_limits
    several = len({row["accelerator"] for row in groups} | {row.accelerator for row in refused}) > 1
    base = summary.within[0]["against_method"] if summary.within else "normal"

    def table(title: str, columns: Mapping[str, Write], rows: Sequence[Figures], text: str) -> Table:
        part = _PART if any(row.get("part") for row in rows) else {}
        who = {**part, **(_ACCELERATOR if several else {}), **_METHOD}
        return Table.of(rows, {**who, **columns}, left=len(who), title=title, note=text)

    whole = [row for row in summary.within if not row["part"]]
    parts = [row for row in summary.within if row["part"]]
    asking = [row for routing in summary.routing for row in routing["against"]]
    thirds = note("thirds", short=limits[0], middle=limits[1]) if limits else ""
    tables = [
        _grid(summary, refused, base) if several else None,
        table(f"All questions, against {base} decoding", _OVERALL, summary.overall, note("overall")),
        table(f"Against {base} decoding", _COMPARED, whole, note("ratios")),
        table("Routing", _ROUTING, summary.routing, note("routing")),
        table("What asking the model costs, and hedging buys back", _ASKING, asking, note("against")),
        table("Times", _TIMES, groups, note("times")),
        table("Work", _work(groups, several), groups, note("work")),
        table("By category and by answer length", _PARTS, parts, thirds),
        table("Where the time of a skeleton answer goes", _STAGES, summary.stages, note("stages")),
        _steps(steps) if steps else None,
    ]
    return [made for made in tables if made is not None and made.rows]


def _of(name: str, write: Callable[..., str] = number, *more: Any, **options: Any) -> Write:
    """A column of one figure."""
    return lambda row: write(row[name], *more, **options)


def _out_of(part: str, whole: str) -> Write:
    return lambda row: UNKNOWN if row[part] is None else f"{row[part]} of {row[whole]}"


def _where(holds: Callable[[Figures], bool], write: Write) -> Write:
    return lambda row: write(row) if holds(row) else UNKNOWN


def _median(value: Spread | None, digits: int = 0, scale: float = 1.0) -> str:
    return number(None if value is None else scale * value.median, digits)


def _gaps(name: str) -> Write:
    """The median gap and the 95th percentile of gaps, in milliseconds."""
    return lambda row: (
        UNKNOWN
        if row[f"{name}_s"] is None
        else f"{_median(row[f'{name}_s'], 0, 1000)}, {_median(row[f'{name}_p95_s'], 0, 1000)}"
    )


def _points(row: Figures) -> bool:
    return has_parts(row["method"]) or row["points"] > 0


_PART: Mapping[str, Write] = {"part": _of("part", one_line)}
_ACCELERATOR: Mapping[str, Write] = {"accelerator": _of("accelerator", short_name)}
_METHOD: Mapping[str, Write] = {"method": _of("method", str)}
_COMPARED: Mapping[str, Write] = {
    "speed-up": _of("sooner", times),
    "useful tokens/s": _of("useful_rate", times),
    "first text later by, s": _of("first_later_s", interval),
    "tokens written": _of("completion_tokens", times),
    "prompt tokens": _of("prompt_tokens", times),
    "questions": lambda row: str(row["sooner"].count if row["sooner"] else 0),
}
_OVERALL: Mapping[str, Write] = {
    "speed-up (geometric mean)": _of("sooner", times),
    "at equal length": _of("equal_length", times),
    "all answers together": lambda row: UNKNOWN if row["together"] is None else f"{row['together']:.2f}x",
    "as skeletons": _out_of("skeletons", "answers"),
    "slower": _out_of("slower", "answers"),
}
_PARTS = {
    name: _COMPARED[name] for name in ("speed-up", "useful tokens/s", "first text later by, s", "questions")
}
_ASKING = {
    "against": _of("against_method", str),
    **{name: write for name, write in _COMPARED.items() if name != "useful tokens/s"},
}
_ROUTING: Mapping[str, Write] = {
    "route, s": _of("route_s", spread, 3),
    "chosen": lambda row: ", ".join(f"{name} {count}" for name, count in row["chosen"].items()),
    "hedge won": _out_of("hedge_won", "answers"),
    "by a letter": _where(lambda row: router_of(row["method"]) == "llm", _out_of("decided", "answers")),
    "as auto": _out_of("same", "same_of"),
    "first text later than auto-llm's by, s": lambda row: (
        "; ".join(f"{name} {interval(later)}" for name, later in row["later_by_strategy"].items()) or UNKNOWN
    ),
}
_TIMES: Mapping[str, Write] = {
    "first text, s": _of("first_text_s", spread),
    "total, s": _of("total_s", spread),
    "reader's gaps, ms": _gaps("reader_gap"),
    "engine's gaps, ms": _gaps("engine_gap"),
    "a token, ms": _of("token_s", _median, 1, 1000),
    "over critical path, %": _of("over_path", spread, 1, scale=100),
    "over longest point, %": _of("over_longest", spread, 1, scale=100),
    "over decode steps, %": _of("over_steps", spread, 1, scale=100),
}
_STAGES: Mapping[str, Write] = {
    "first line": _of("first_line_s", number, 2),
    "last line": _of("last_line_s", number, 2),
    "to first text": _of("to_first_text_s", number, 2),
    "decoding, median point": _of("decode_s", number, 2),
    "decoding, longest point": _of("longest_decode_s", number, 2),
    "total": _of("total_s", number, 2),
}
_WORK: Mapping[str, Write] = {
    "useful tokens/s": _of("useful_rate", spread, 0, ends=True),
    "useful tokens": _of("useful_tokens", _median),
    "tokens written": _of("completion_tokens", _median),
    "prompt tokens": _of("prompt_tokens", _median),
    "cached": _of("cached_share", percent),
    "requests": _of("requests", number, 1),
    "points": _where(_points, _of("points", number, 1)),
    "valid": _where(_points, _out_of("valid", "answers")),
    "gave up": _where(_points, _of("fell_back", str)),
}


def _work(groups: Sequence[Figures], several: bool) -> Mapping[str, Write]:
    known = {name for row in groups for name in ("energy_j", "cost", "drafted") if row[name] is not None}
    columns = dict(_WORK)
    if "energy_j" in known:
        columns["energy, J"] = _of("energy_j", spread, 0)
    if "cost" in known:
        columns["cost of 1,000 answers"] = lambda row: (
            UNKNOWN if row["cost"] is None else f"{1000 * row['cost'].median:.3g}"
        )
    if "drafted" in known and not several:
        columns["drafts accepted"] = _accepted
    return columns


def _accepted(row: Figures) -> str:
    drafted, accepted = row["drafted"], row["accepted"]
    if drafted == 0:
        return "none proposed"
    return percent(accepted / drafted if drafted and accepted is not None else None)


def _grid(summary: Summary, refused: Sequence[Refused], base: str) -> Table:
    def against(found: Sequence[Figures], name: str) -> Write:
        cells = {(row["accelerator"], row["method"]): row for row in found if not row["part"]}
        return lambda row: (
            times(own[name]) if (own := cells.get((row["accelerator"], row["method"]))) else "1"
        )

    first = summary.groups[0]["accelerator"] if summary.groups else NONE
    columns: Mapping[str, Write] = {
        **_ACCELERATOR,
        **_METHOD,
        "total, s": _TIMES["total, s"],
        "first text, s": _TIMES["first text, s"],
        f"speed-up (over {base}, {first})": against(summary.across, "sooner"),
        f"useful tokens/s (of {base}, {first})": against(summary.across, "useful_rate"),
        f"speed-up (over {base}, same engine)": against(summary.within, "sooner"),
        "accepted": _accepted,
    }
    title = "Methods and accelerators"
    made = Table.of(summary.groups, columns, left=2, title=title, note=note("grid", base=base, first=first))
    together: dict[tuple[str, str], list[str]] = {}
    for row in refused:
        together.setdefault((row.accelerator, row.reason), []).append(row.method or "all")
    told = [
        [short_name(name), ", ".join(methods), Cell(f"refused: {one_line(reason)}", style="reason", span=6)]
        for (name, reason), methods in together.items()
    ]
    return replace(made, rows=[*made.rows, *told])


def _steps(steps: Sequence[StepTime]) -> Table:
    alone, used = steps[0].best_s, steps[-1].used_gib
    columns: Mapping[str, Callable[[StepTime], str]] = {
        "sequences": lambda step: str(step.batch),
        "calls, ms": lambda step: _slowest(step.calls_s),
        "graph, ms": lambda step: _slowest(step.graph_s),
        "memory bound, ms": lambda step: f"{1000 * step.bound_s:.2f}",
        "of the bound": lambda step: f"{step.best_s / step.bound_s:.2f}x",
        "of one alone": lambda step: f"{step.best_s / alone:.2f}x",
        "tokens/s": lambda step: number(step.batch / step.best_s),
    }
    in_use = "" if used is None else f" GPU memory in use: {used:.1f} GiB."
    text = note("steps", context=steps[0].context, used=in_use)
    return Table.of(steps, columns, title="Decode steps", note=text)


def _slowest(value: Spread | None) -> str:
    return UNKNOWN if value is None else f"{1000 * value.median:.1f} ({1000 * value.most:.1f})"
