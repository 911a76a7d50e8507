"""The figures as tables, for people: the same ones in the terminal, in Markdown and in HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sot.terminal import one_line

from .cells import (
    UNKNOWN,
    accepted_cell,
    cost_cell,
    gaps_cell,
    interval_cell,
    milli_cell,
    percent_cell,
    share_cell,
    short_name,
    spread_cell,
    times_cell,
)
from .figures import Comparison, Group, Stages, Summary
from .job import Refused
from .methods import is_skeleton


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading.

    Args:
        title: What it shows.
        note: How to read it; one or two sentences.
        header: The names of the columns.
        rows: The cells.
    """

    title: str
    note: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def markdown(self) -> str:
        """The table in Markdown, with its heading."""
        lines = [f"### {self.title}", ""]
        lines += [_row(self.header), _row(["---"] * len(self.header)), *map(_row, self.rows)]
        return "\n".join([*lines, "", self.note] if self.note else lines)


def make_tables(summary: Summary, refused: Sequence[Refused]) -> list[Table]:
    """All tables of a run; those with nothing to say are left out.

    Args:
        summary: Its figures.
        refused: What engines do not do.
    """
    several = len({group.accelerator for group in summary.groups} | {row.accelerator for row in refused}) > 1
    tables = [
        _grid(summary, refused) if several else None,
        _ratios(summary, several),
        _times(summary, several),
        _work(summary, several),
        _parts(summary, several),
        _stages(summary, several),
    ]
    return [table for table in tables if table is not None and table.rows]


def _grid(summary: Summary, refused: Sequence[Refused]) -> Table:
    within = {(row.accelerator, row.method): row for row in summary.within if not row.part}
    across = {(row.accelerator, row.method): row for row in summary.across}
    rows: list[tuple[str, ...]] = []
    for group in summary.groups:
        cell = group.accelerator, group.method
        inside, outside = within.get(cell), across.get(cell)
        rows.append(
            (
                *(short_name(group.accelerator), group.method),
                spread_cell(group.total_s),
                spread_cell(group.first_text_s),
                times_cell(outside.sooner) if outside else "1",
                times_cell(outside.useful_rate) if outside else "1",
                times_cell(inside.sooner) if inside else "1",
                accepted_cell(group),
            )
        )
    together: dict[tuple[str, str], list[str]] = {}
    for row in refused:
        together.setdefault((row.accelerator, row.reason), []).append(row.method or "all")
    rows += [
        (short_name(accelerator), ", ".join(methods), f"refused: {one_line(reason)}", *[UNKNOWN] * 5)
        for (accelerator, reason), methods in together.items()
    ]
    first = summary.groups[0].accelerator if summary.groups else "none"
    base = summary.within[0].against_method if summary.within else "normal"
    return Table(
        "Methods and accelerators",
        f"Sooner and useful tokens/s: against {base} decoding with {first}, and against {base} decoding by "
        "the same engine. Engines ran one after the other, so a drift of the machine's speed is in the "
        "comparison between them. Accepted: of the tokens that speculative decoding proposed.",
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
    )


def _ratios(summary: Summary, several: bool) -> Table | None:
    own = [row for row in summary.within if not row.part]
    if not own:
        return None
    base = own[0].against_method
    return Table(
        f"Against {base} decoding",
        "Median over questions of the ratio question by question, with its 95% bootstrap interval (none "
        "under six questions).",
        _columns(
            several,
            "total",
            "useful tokens/s",
            "first text later by, s",
            "tokens written",
            "prompt tokens",
            "questions",
        ),
        [
            _cells(
                several,
                row,
                f"{times_cell(row.sooner)} sooner",
                times_cell(row.useful_rate),
                interval_cell(row.first_later_s),
                times_cell(row.completion_tokens),
                times_cell(row.prompt_tokens, 1),
                str(row.sooner.count if row.sooner else 0),
            )
            for row in own
        ],
    )


def _times(summary: Summary, several: bool) -> Table:
    return Table(
        "Times",
        "Median over answers, with the 95th percentile in brackets. Gaps: between pieces of the ordered text "
        "as the reader gets it, and between the engine's own pieces within a request: the median gap of an "
        "answer, then its 95th percentile. A token: after a request's first. Over critical path: the time "
        "beyond the latest of (time of a point's line + that point's own request). Over longest point: "
        "the same for the point with the most tokens.",
        _columns(
            several,
            "first text, s",
            "total, s",
            "reader's gaps, ms",
            "engine's gaps, ms",
            "a token, ms",
            "over critical path",
            "over longest point",
        ),
        [
            _cells(
                several,
                group,
                spread_cell(group.first_text_s),
                spread_cell(group.total_s),
                gaps_cell(group.reader_gap_s, group.reader_gap_p95_s),
                gaps_cell(group.engine_gap_s, group.engine_gap_p95_s),
                milli_cell(group.token_s),
                percent_cell(group.over_path),
                percent_cell(group.over_longest),
            )
            for group in summary.groups
        ],
    )


def _work(summary: Summary, several: bool) -> Table:
    optional: list[tuple[str, Callable[[Group], str]]] = []
    if any(group.energy_j is not None for group in summary.groups):
        optional.append(("energy, J", lambda group: spread_cell(group.energy_j, 0)))
    if any(group.cost is not None for group in summary.groups):
        optional.append(("cost of 1,000 answers", lambda group: cost_cell(group.cost)))
    if any(group.drafted is not None for group in summary.groups) and not several:
        optional.append(("drafts accepted", accepted_cell))
    return Table(
        "Work",
        "Median over answers; requests and points are means. Useful tokens: those whose text is in the "
        "answer (no skeleton, nothing trimmed or written twice). Valid: skeletons of three points or more.",
        _columns(
            several,
            "useful tokens/s",
            "useful tokens",
            "tokens written",
            "prompt tokens",
            "cached",
            "requests",
            "points",
            "valid",
            "gave up",
            *(name for name, _ in optional),
        ),
        [
            _cells(
                several,
                group,
                spread_cell(group.useful_rate, 0, rate=True),
                f"{group.useful_tokens.median:.0f}",
                f"{group.completion_tokens.median:.0f}",
                f"{group.prompt_tokens.median:.0f}",
                share_cell(group.cached_share),
                f"{group.requests:.1f}",
                f"{group.points:.1f}" if is_skeleton(group.method) else UNKNOWN,
                f"{group.valid} of {group.answers}" if is_skeleton(group.method) else UNKNOWN,
                str(group.fell_back) if is_skeleton(group.method) else UNKNOWN,
                *(cell(group) for _, cell in optional),
            )
            for group in summary.groups
        ],
    )


def _parts(summary: Summary, several: bool) -> Table | None:
    own = [row for row in summary.within if row.part]
    if not own:
        return None
    named = {"short": "", "middle": "", "long": ""}
    if summary.length_limits is not None:
        short, middle = summary.length_limits
        named = {
            "short": f" (up to {short:.0f} tokens)",
            "middle": f" (up to {middle:.0f})",
            "long": " (longer)",
        }
    note = "Short, middle and long: thirds of the questions by the useful tokens of the baseline's answer."
    return Table(
        "By category and by answer length",
        note if summary.length_limits is not None else "",
        ("questions", *_columns(several, "total", "useful tokens/s", "first text later by, s", "questions")),
        [
            (
                one_line(row.part) + named.get(row.part, ""),
                *_cells(
                    several,
                    row,
                    f"{times_cell(row.sooner)} sooner",
                    times_cell(row.useful_rate),
                    interval_cell(row.first_later_s),
                    str(row.sooner.count if row.sooner else 0),
                ),
            )
            for row in own
        ],
    )


def _stages(summary: Summary, several: bool) -> Table:
    return Table(
        "Where the time of a skeleton answer goes",
        "Seconds, medians over answers. To first text: from a point's line to its first text, the median "
        "point. Decoding: from a point's first text to its end.",
        _columns(
            several,
            "first line",
            "last line",
            "to first text",
            "decoding, median point",
            "decoding, longest point",
            "total",
        ),
        [
            _cells(
                several,
                row,
                f"{row.first_line_s:.2f}",
                f"{row.last_line_s:.2f}",
                f"{row.to_first_text_s:.2f}",
                f"{row.decode_s:.2f}",
                f"{row.longest_decode_s:.2f}",
                f"{row.total_s:.2f}",
            )
            for row in summary.stages
        ],
    )


def _columns(several: bool, *names: str) -> tuple[str, ...]:
    return ("accelerator", "method", *names) if several else ("method", *names)


def _cells(several: bool, row: Group | Comparison | Stages, *cells: str) -> tuple[str, ...]:
    return (short_name(row.accelerator), row.method, *cells) if several else (row.method, *cells)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(re.sub(r"([|\\])", r"\\\1", cell) for cell in cells) + " |"
