"""Pictures of a report, as SVG of our own: intervals, shares, curves over load, timelines of answers.

Here their parts are placed; ``templates/pictures.svg.j2`` draws them. Pictures within tables have places in
per cent of their width, so that they fit a phone as well as a wide screen. Colours are classes of
``templates/plots.css``, which follows light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from markupsafe import Markup

from sot.terminal import one_line, safe_text

from ..measure.critical_path import path_of
from ..run.records import AnswerRecord
from ..stats.bootstrap import Interval
from ..stats.net_win import NetWin
from .format import TEMPLATES, prose_html

if TYPE_CHECKING:
    from jinja2 import Environment

Lines = Mapping[str, Sequence[tuple[float, float | None]]]  # by name: (x, seconds); unknown ones are left out


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis; ``reference`` is the value that means "no difference", where there is one."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    reference: float | None
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Per cent from the left; values beyond an end stand at the end."""
        low, high = self.low, self.high
        if self.logarithmic:
            value, low, high = math.log(max(value, 1e-9)), math.log(low), math.log(high)
        return round(100 * min(1.0, max(0.0, (value - low) / (high - low))), 2)


NET_WIN = Scale(-1, 1, [(-1, "−100%"), (-0.5, ""), (0, "0"), (0.5, ""), (1, "+100%")], 0)
SHARE = Scale(0, 1, [(0, "0%"), (0.25, ""), (0.5, "50%"), (0.75, ""), (1, "100%")], None)


def ratio_scale(intervals: Sequence[Interval | None]) -> Scale:
    """An axis of ratios that holds them all and has 1 well inside."""
    known = [(found.estimate, found.low, found.high) for found in intervals if found is not None]
    ends = [math.log2(end) for found in known for end in found if end is not None and end > 0]
    low = max(min(-1, math.floor(min(ends, default=0))), -6)
    high = min(max(1, math.ceil(max(ends, default=0))), 6)
    stride = max(1, math.ceil((high - low) / 4))
    powers = [power for power in range(low, high + 1) if power % stride == 0]
    ticks = [(2.0**power, f"{2**power}x" if power >= 0 else f"1/{2**-power}x") for power in powers]
    return Scale(2.0**low, 2.0**high, ticks, 1, logarithmic=True)


def interval(found: Interval | None, scale: Scale) -> Markup:
    """An estimate as a dot and its interval as a line; empty without one."""
    tone = "plain"
    if found is not None and scale.reference is not None:
        better = "good" if found.estimate > scale.reference else "bad"
        tone = better if found.excludes(scale.reference) else "open"
    return _drawn("interval", found=found, scale=scale, tone=tone)


def axis(scale: Scale) -> Markup:
    """The axis below intervals."""
    return _drawn("axis", scale=scale)


def shares(result: NetWin | None) -> Markup:
    """Won, tied and lost as one bar."""
    counts = (0, 0, 0) if result is None else (result.wins, result.ties, result.losses)
    *starts, total = accumulate(counts, initial=0)
    parts = [
        (tone, count, 100 * start / (total or 1), 100 * count / (total or 1))
        for tone, count, start in zip(("good", "open", "bad"), counts, starts, strict=True)
    ]
    return _drawn("shares", parts=parts)


def curve(panels: Mapping[str, Lines], title: str, *, across: str) -> Markup:
    """Times over load (``across``), panels by title side by side on one logarithmic scale of seconds."""
    known = {
        panel: {name: sorted((x, y) for x, y in line if y) for name, line in lines.items()}
        for panel, lines in panels.items()
    }
    points = [point for lines in known.values() for line in lines.values() for point in line]
    most = max((x for x, _ in points), default=0.0) or 1.0
    seconds = [y for _, y in points] or [1.0]
    low = math.floor(math.log10(max(min(seconds), 1e-3)))
    high = math.ceil(math.log10(max(*seconds, 2e-3)) + 1e-9)
    ticks = [digit * 10.0**power for power in range(low, high + 1) for digit in (1, 2, 5)]
    return _drawn(
        "curve",
        title=title,
        panels=known,
        names=list(dict.fromkeys(name for lines in panels.values() for name in lines)),
        x=lambda load: 360 * load / most,
        y=lambda time: round(286 - 240 * (math.log10(time) - low) / (high - low), 1),
        across=_ticks(most, 7)[1:],
        upwards=[tick for tick in ticks if tick <= 1.001 * 10.0**high],
        name_across=across,
    )


def alone(picture: Markup) -> str:
    """A curve or timeline as a file of its own, which has its colours in itself."""
    style = (TEMPLATES / "plots.css").read_text(encoding="utf-8")
    return str(picture).replace("</title>", f"</title><style>{style}</style>", 1)


def timeline(record: AnswerRecord, *, until_s: float = 0.0) -> Markup:
    """An answer over time, at least until ``until_s``: skeleton and points as bars, critical path marked."""
    end_s = max(until_s, record.total_s, 1e-3)
    spans, path = record.spans, path_of(record)
    return _drawn(
        "timeline",
        record=record,
        points=[(row, *point) for row, point in enumerate(zip(spans, record.titles, strict=True), 1)],
        chain=path.chain if path is not None else (),
        skeleton_s=record.skeleton_s or max((span.found_s for span in spans), default=0.0),
        x=lambda seconds: round(170 + 670 * min(seconds, end_s) / end_s, 1),
        ticks=_ticks(end_s, 8),
    )


def _ticks(length: float, most: int) -> list[float]:
    """Places of marks from 0 on, at a round distance and at most so many after the first."""
    unit = 10.0 ** math.floor(math.log10(length / most))
    step = next(unit * factor for factor in (1, 2, 5, 10) if length / (unit * factor) <= most + 1e-9)
    return [float(f"{number * step:.9g}") for number in range(int(length / step + 1e-9) + 1)]


def _drawn(picture: str, **values: object) -> Markup:
    return getattr(templates().get_template("pictures.svg.j2").module, picture)(**values)


@cache
def templates() -> Environment:
    """The templates; what they are given is escaped and holds no characters that hide or reorder text."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=lambda value: safe_text(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(prose=prose_html, one_line=one_line)
    return made
