"""Pictures of a report, as SVG of our own: intervals, shares, curves over load, timelines of answers.

Pictures within tables have places in per cent of their width, so that they fit a phone as well as a wide
screen. Colours are classes of ``templates/plots.css``, which follows light and dark; whatever text gets in is
escaped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from sot.terminal import one_line, safe_text

from ..stats import Interval, NetWin

TEMPLATES = Path(__file__).parent / "templates"
_HEIGHT = 26


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis.

    Args:
        ticks: Values with a mark, and what is written there.
        reference: The value that means "no difference", where there is one.
        logarithmic: Whether equal ratios are equally far apart.
    """

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
    ends = [
        end
        for found in intervals
        if found is not None
        for end in (found.estimate, found.low, found.high)
        if end is not None and end > 0
    ]
    low = min(0.5, 2 ** math.floor(math.log2(min(ends, default=1))))
    high = max(2.0, 2 ** math.ceil(math.log2(max(ends, default=1))))
    low, high = max(low, 1 / 64), min(high, 64.0)
    steps = round(math.log2(high / low))
    stride = max(1, math.ceil(steps / 4))
    ticks = [low * 2**step for step in range(steps + 1) if (step - round(math.log2(1 / low))) % stride == 0]
    named = [(tick, f"{tick:g}x" if tick >= 1 else f"1/{1 / tick:g}x") for tick in ticks]
    return Scale(low, high, named, 1, logarithmic=True)


def interval(found: Interval | None, scale: Scale) -> Markup:
    """An estimate as a dot and its interval as a line; empty without one."""
    marks = [] if scale.reference is None else [_upright("ref", f"{scale.place(scale.reference)}%", _HEIGHT)]
    if found is not None:
        tone = _tone(found, scale.reference)
        if found.low is not None and found.high is not None:
            ends = f"{scale.place(found.low)}%", f"{scale.place(found.high)}%"
            marks.append(_tag("line", class_=f"ci {tone}", x1=ends[0], x2=ends[1], y1=13, y2=13))
        marks.append(_tag("circle", class_=f"dot {tone}", cx=f"{scale.place(found.estimate)}%", cy=13, r=5))
    return _within(marks, "track")


def axis(scale: Scale) -> Markup:
    """The axis below intervals."""
    marks: list[Markup] = []
    for number, (value, text) in enumerate(scale.ticks):
        place = scale.place(value)
        last = number == len(scale.ticks) - 1
        anchor = "start" if place < 1 else "end" if last and place > 99 else "middle"
        marks.append(_upright("tick", f"{place}%", 6))
        marks.append(_text(text, f"{place}%", 20, anchor, kind="tick"))
    return _within(marks, "axis")


def shares(result: NetWin | None) -> Markup:
    """Won, tied and lost as one bar."""
    marks: list[Markup] = []
    if result is not None:
        total, start = result.wins + result.ties + result.losses, 0.0
        for tone, count in (("good", result.wins), ("open", result.ties), ("bad", result.losses)):
            width = 100 * count / total
            place = {"x": f"{start:.2f}%", "y": 5, "width": f"{width:.2f}%", "height": 16}
            if count:
                marks.append(_tag("rect", class_=f"bar {tone}", **place))
            if width >= 12:
                marks.append(_text(count, f"{start + width / 2:.2f}%", 17, kind=f"count {tone}"))
            start += width
    return _within(marks, "track")


@dataclass(frozen=True, slots=True)
class Panel:
    """One set of axes of a chart: a line of (x, seconds) for each name; unknown seconds are left out."""

    title: str
    lines: Mapping[str, Sequence[tuple[float, float | None]]]


_WIDE, _HIGH, _LEFT, _TOP, _GAP, _LEGEND = 360, 240, 62, 46, 20, 150


def curve(panels: Sequence[Panel], title: str, *, across: str, alone: bool = False) -> Markup:
    """Times over load, panels side by side on one logarithmic scale of seconds.

    Args:
        across: What the horizontal axis is, in shares of one.
        alone: It is a file of its own, which has its colours in itself.
    """
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    known = [
        (x, y)
        for panel in panels
        for line in panel.lines.values()
        for x, y in line
        if y is not None and y > 0
    ]
    most = max((x for x, _ in known), default=0.0) or 1.0
    low, high = _decades([y for _, y in known] or [1.0])
    height = _TOP + _HIGH + 62
    marks = [_text(title, _LEFT, 20, "start", kind="name")]
    for number, panel in enumerate(panels):
        left = _LEFT + number * (_WIDE + _LEFT + _GAP)

        def x(value: float, left: float = left) -> float:
            return round(left + _WIDE * value / most, 1)

        def y(value: float) -> float:
            return round(_TOP + _HIGH * (1 - math.log(value / low) / math.log(high / low)), 1)

        marks.append(_text(f"{panel.title}, seconds", left, _TOP - 8, "start"))
        marks.append(_tag("rect", class_="frame", x=left, y=_TOP, width=_WIDE, height=_HIGH))
        marks += _across(x, most, across)
        marks += _upwards(y, left, low, high)
        for name, line in panel.lines.items():
            places = [(x(at), y(value)) for at, value in sorted(line) if value is not None and value > 0]
            corners = " ".join(f"{at},{up}" for at, up in places)
            style = f"series s{names.index(name) % 6}"
            marks.append(_tag("polyline", class_=style, points=corners))
            marks += [_tag("circle", class_=f"{style} dot", cx=at, cy=up, r=2.5) for at, up in places]
    for number, name in enumerate(names):
        at = _LEFT + number * _LEGEND
        style = f"series s{number % 6}"
        marks.append(_tag("line", class_=style, x1=at, x2=at + 26, y1=height - 12, y2=height - 12))
        marks.append(_text(name, at + 32, height - 8, "start"))
    width = len(panels) * (_WIDE + _LEFT + _GAP) + _GAP
    return _drawn(marks, title, "curve", width, height, alone=alone)


def _decades(values: Sequence[float]) -> tuple[float, float]:
    low, high = math.log10(max(min(values), 1e-3)), math.log10(max(*values, 2e-3))
    return 10.0 ** math.floor(low), 10.0 ** math.ceil(high + 1e-9)


def _across(x: Callable[[float], float], most: float, name: str) -> list[Markup]:
    step = _round_step(most, 7)
    marks = [
        _text(f"{100 * tick * step:.6g}%", x(tick * step), _TOP + _HIGH + 16)
        for tick in range(1, int(most / step + 1e-9) + 1)
    ]
    return [*marks, _text(name, x(most / 2), _TOP + _HIGH + 32)]


def _upwards(y: Callable[[float], float], left: float, low: float, high: float) -> list[Markup]:
    marks: list[Markup] = []
    decade = low
    while decade <= high * 1.001:
        for value in (decade, 2 * decade, 5 * decade):
            if value <= high * 1.001:
                marks.append(_tag("line", class_="grid", x1=left, x2=left + _WIDE, y1=y(value), y2=y(value)))
                marks.append(_text(f"{value:g}", left - 6, y(value) + 4, "end"))
        decade *= 10
    return marks


@dataclass(frozen=True, slots=True)
class Lane:
    """One point of an answer over time, in seconds since the question.

    Args:
        found_s: Its line of the skeleton was complete.
        started_s: Its request was sent.
        tokens: Of its text.
        critical: It is on the critical path.
    """

    label: str
    found_s: float
    started_s: float
    first_text_s: float | None
    finished_s: float
    tokens: float
    critical: bool = False


_SPAN, _NAMES, _EDGE, _HEAD, _ROW, _BAR, _FOOT, _LONGEST = 860, 170, 20, 34, 20, 12, 26, 24
_STATES = {"wait": "waiting to be sent", "prompt": "reading its prompt", "decode": "writing"}


def timeline(
    method: str,
    *,
    total_s: float,
    first_text_s: float,
    lanes: Sequence[Lane] = (),
    skeleton_s: float | None = None,
    tokens: int = 0,
    until_s: float = 0.0,
    alone: bool = False,
) -> Markup:
    """An answer over time: its skeleton and its points as bars, the critical path marked.

    Args:
        lanes: Its points; without any it is one bar.
        tokens: Of the whole answer.
        until_s: Where the time axis ends at least, so that pictures can be compared.
        alone: It is a file of its own, which has its colours in itself.
    """
    end_s = max(until_s, total_s, 1e-3)
    bottom = _HEAD + (1 + len(lanes)) * _ROW

    def x(seconds: float) -> float:
        return round(_NAMES + (_SPAN - _NAMES - _EDGE) * min(seconds, end_s) / end_s, 1)

    marks: list[Markup] = []
    for second in _seconds(end_s):
        marks.append(_upright("grid", x(second), bottom, _HEAD))
        marks.append(_text(f"{second:g} s", x(second), bottom + 14))
    if lanes:
        skeleton_s = skeleton_s or max(lane.found_s for lane in lanes)
        marks += [_named("skeleton", 0), _bar(x, "skeleton", 0, 0, skeleton_s, "skeleton: {}")]
    else:
        marks += [_named(method, 0), _bar(x, "answer", 0, 0, total_s, f"answer: {{}}, {tokens} tokens")]
    for row, lane in enumerate(lanes, 1):
        marks.append(_named(lane.label, row))
        first = lane.finished_s if lane.first_text_s is None else lane.first_text_s
        states = ("wait", lane.found_s, lane.started_s), ("prompt", lane.started_s, first)
        for kind, begin, end in (*states, ("decode", first, lane.finished_s)):
            if end > begin:
                says = f"{lane.label.partition('.')[0]}. {_STATES[kind]}: {{}}, {lane.tokens:g} tokens in all"
                marks.append(_bar(x, kind, row, begin, end, says))
    marks += [_upright("line", x(lane.found_s), _HEAD + 16, _HEAD + 4) for lane in lanes]
    if path := _critical(x, lanes):
        marks.append(_tag("polyline", _tag("title", "critical path"), class_="path", points=path))
    side = "start" if x(first_text_s) < _SPAN / 2 else "end"
    marks += [
        _upright("first", x(first_text_s), bottom, _HEAD - 20),
        _text(f"first text {first_text_s:.2f} s", x(first_text_s), 10, side, kind="first"),
        _upright("total", x(total_s), bottom, _HEAD - 20),
        _text(f"{total_s:.2f} s", x(total_s), _HEAD - 10, "end"),
    ]
    title = f"Timeline of an answer by {one_line(method)}: {total_s:.2f} s"
    return _drawn(marks, title, "timeline", _SPAN, bottom + _FOOT, alone=alone)


def _named(label: str, row: int) -> Markup:
    label = one_line(label)
    text = label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
    return _text(text, _NAMES - 8, _HEAD + (row + 0.5) * _ROW + 4, "end")


def _bar(x: Callable[[float], float], kind: str, row: int, begin: float, end: float, says: str) -> Markup:
    title = _tag("title", says.replace("{}", f"{begin:.2f} to {end:.2f} s"))
    y = _HEAD + row * _ROW + (_ROW - _BAR) / 2
    width = round(max(x(end) - x(begin), 0.5), 1)
    return _tag("rect", title, class_=kind, x=x(begin), y=y, width=width, height=_BAR)


def _critical(x: Callable[[float], float], lanes: Sequence[Lane]) -> str:
    """The corners of the critical path, along the skeleton and down from point to point."""
    corners: list[tuple[float, float]] = []
    for row, lane in enumerate(lanes, 1):
        if not lane.critical:
            continue
        middle = _HEAD + (row + 0.5) * _ROW
        if corners:  # it needed the point above, and begins as that ends
            begin = lane.started_s
        else:
            begin = lane.found_s
            corners += [(x(0), _HEAD + 0.5 * _ROW), (x(begin), _HEAD + 0.5 * _ROW)]
        corners += [(x(begin), middle), (x(lane.finished_s), middle)]
    return " ".join(f"{at:g},{y:g}" for at, y in corners)


def _seconds(end_s: float) -> Iterator[float]:
    """Round seconds from 0 on, about eight of them."""
    step = _round_step(end_s, 8)
    for number in range(math.floor(end_s / step) + 1):
        yield round(number * step, 6)


def _round_step(length: float, most: int) -> float:
    """A round distance of marks, so that at most so many fit."""
    unit = 10.0 ** math.floor(math.log10(length / most))
    return next(unit * factor for factor in (1, 2, 5, 10) if length / (unit * factor) <= most + 1e-9)


def _drawn(
    marks: Sequence[Markup], title: str, kind: str, width: float, height: float, *, alone: bool
) -> Markup:
    if alone:
        marks = [_tag("style", Markup(style())), *marks]  # our own file
    return _tag(
        "svg",
        _tag("title", one_line(title)),
        *marks,
        xmlns="http://www.w3.org/2000/svg",
        class_=kind,
        role="img",
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        font_family="system-ui, sans-serif",
        font_size=12 if kind == "curve" else 11,
    )


@cache
def style() -> str:
    """The colours of all pictures."""
    return (TEMPLATES / "plots.css").read_text(encoding="utf-8")


def _within(marks: Sequence[Markup], kind: str) -> Markup:
    return _tag("svg", *marks, class_=kind, width="100%", height=_HEIGHT, aria_hidden="true")


def _text(
    content: object, x: float | str, y: float, anchor: str = "middle", kind: str | None = None
) -> Markup:
    return _tag("text", one_line(str(content)), class_=kind, x=x, y=y, text_anchor=anchor)


def _upright(kind: str, x: float | str, bottom: float, top: float = 0) -> Markup:
    return _tag("line", class_=kind, x1=x, x2=x, y1=top, y2=bottom)


def _tone(found: Interval, reference: float | None) -> str:
    if reference is None:
        return "plain"
    if not found.excludes(reference):
        return "open"
    return "good" if found.estimate > reference else "bad"


def _tag(name: str, /, *content: object, **attributes: object) -> Markup:
    """An element; whatever is not `Markup` is escaped, attributes of ``None`` are left out.

    Underscores of an attribute's name stand for hyphens, and the last one is dropped (``class_``).
    """
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(safe_text(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(part if isinstance(part, Markup) else escape(safe_text(str(part))) for part in content)
    return Markup(f"<{name}{named}>{inner}</{name}>")  # all of it escaped above
