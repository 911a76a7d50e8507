"""A picture of one answer: its skeleton and its points as bars over time, the critical path marked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sot.terminal import one_line

from .sample import Sample

if TYPE_CHECKING:
    from jinja2 import Environment

WIDTH = 860
_LEFT, _RIGHT = 170, 20
_TOP, _ROW, _BAR, _FOOT = 34, 20, 12, 26
_LABEL = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the picture, in pixels.

    Args:
        kind: How it looks: ``skeleton``, ``answer``, ``wait`` (line known, request not yet sent), ``prompt``
            (sent, nothing written yet), ``decode``.
        x: Its left end.
        y: Its top.
        width: How long it is.
        critical: It is on the critical path.
        says: What is shown when pointed at.
    """

    kind: str
    x: float
    y: float
    width: float
    critical: bool
    says: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What the template draws; all in pixels.

    Args:
        title: For readers who cannot see it.
        width: Of the whole.
        height: Of the whole.
        labels: Text and y of each row's name.
        bars: The bars.
        ticks: x and text of the time axis.
        lines: x of each line of the skeleton.
        path: The critical path as the points of a polyline; empty without one.
        label_x: Where the rows' names end.
        first_x: Where the first text came.
        first_says: When.
        first_anchor: Which side of it that is written.
        total_x: Where the answer ended.
        total_says: When.
        top: y of the axis.
        bottom: y of the lower end of the rows.
        bar: Height of a bar.
    """

    title: str
    width: int
    height: int
    labels: list[tuple[str, float]]
    bars: list[Bar]
    ticks: list[tuple[float, str]]
    lines: list[float]
    path: str
    label_x: int
    first_x: float
    first_says: str
    first_anchor: str
    total_x: float
    total_says: str
    top: int
    bottom: int
    bar: int


def draw(sample: Sample, *, until_s: float | None = None, alone: bool = True) -> str:
    """The picture of an answer as SVG; its texts are escaped.

    Args:
        sample: The answer.
        alone: It is a file of its own; in a page, the page has its colours.
        until_s: Where the time axis ends, so that pictures can be compared; the answer's end unless given.
    """
    picture = _picture(sample, max(until_s or 0.0, sample.total_s, 1e-3))
    return templates().get_template("timeline.svg.j2").render(picture=picture, alone=alone)


def _picture(sample: Sample, end_s: float) -> Picture:
    rows = 1 + len(sample.spans)
    bottom = _TOP + rows * _ROW
    path = sample.path

    def x(seconds: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * min(seconds, end_s) / end_s, 1)

    def bar(kind: str, row: int, begin: float, end: float, critical: bool, says: str) -> Bar:
        y = _TOP + row * _ROW + (_ROW - _BAR) / 2
        return Bar(kind, x(begin), y, round(max(x(end) - x(begin), 0.5), 1), critical, says)

    bars: list[Bar] = []
    labels: list[tuple[str, float]] = []
    corners: list[tuple[float, float]] = []

    def label(text: str, row: int) -> None:
        labels.append((text if len(text) <= _LABEL else text[: _LABEL - 1] + "…", _TOP + (row + 0.5) * _ROW))

    if sample.spans:
        skeleton_s = sample.skeleton_s or max(span.found_s for span in sample.spans)
        label("skeleton", 0)
        bars.append(bar("skeleton", 0, 0, skeleton_s, False, f"skeleton: {_span(0, skeleton_s)}"))
    else:
        label(sample.method, 0)
        says = f"answer: {_span(0, sample.total_s)}, {sample.completion_tokens} tokens"
        bars.append(bar("answer", 0, 0, sample.total_s, False, says))
    for row, span in enumerate(sample.spans, 1):
        title = one_line(sample.titles[row - 1]) if row <= len(sample.titles) else ""
        label(f"{span.index}. {title}", row)
        critical = path is not None and span.index in path.chain
        first = span.finished_s if span.first_text_s is None else span.first_text_s
        parts = (("wait", span.found_s, span.started_s), ("prompt", span.started_s, first))
        for kind, begin, end in (*parts, ("decode", first, span.finished_s)):
            if end > begin:
                says = f"{span.index}. {_KINDS[kind]}: {_span(begin, end)}"
                bars.append(bar(kind, row, begin, end, critical, f"{says}, {span.tokens} tokens in all"))
        if critical:
            middle = _TOP + (row + 0.5) * _ROW
            begin = span.found_s
            if corners:  # it needed the point above, which ends where this one begins
                begin = span.started_s
            else:
                corners += [(x(0), _TOP + 0.5 * _ROW), (x(begin), _TOP + 0.5 * _ROW)]
            corners += [(x(begin), middle), (x(span.finished_s), middle)]
    return Picture(
        title=f"Timeline of an answer by {sample.method}: {sample.total_s:.2f} s",
        width=WIDTH,
        height=bottom + _FOOT,
        labels=labels,
        bars=bars,
        ticks=[(x(second), f"{second:g} s") for second in _ticks(end_s)],
        lines=[x(span.found_s) for span in sample.spans],
        path=" ".join(f"{at:g},{y:g}" for at, y in corners),
        label_x=_LEFT - 8,
        first_x=x(sample.first_text_s),
        first_says=f"first text {sample.first_text_s:.2f} s",
        first_anchor="start" if x(sample.first_text_s) < WIDTH / 2 else "end",
        total_x=x(sample.total_s),
        total_says=f"{sample.total_s:.2f} s",
        top=_TOP,
        bottom=bottom,
        bar=_BAR,
    )


_KINDS = {"wait": "waiting to be sent", "prompt": "reading its prompt", "decode": "writing"}


def _span(begin: float, end: float) -> str:
    return f"{begin:.2f} to {end:.2f} s"


def _ticks(end_s: float) -> Iterator[float]:
    """Round seconds from 0 on, about eight of them."""
    rough = end_s / 8
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    for number in range(math.floor(end_s / step) + 1):
        yield round(number * step, 6)


@cache
def templates() -> Environment:
    """The package's templates; what they are given is escaped."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("sot.evals.latency"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
