"""Small inline pictures. Places are per cent of the width, so they fit a phone as well as a wide screen.

Colours are classes of the page's style sheet, which follows light and dark. No text from outside gets in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..statistics import Interval, NetWin

if TYPE_CHECKING:
    from markupsafe import Markup

_HEIGHT = 26


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values stand on an axis.

    Args:
        low: Value at the left end.
        high: Value at the right end.
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
        """Per cent from the left; values beyond an end stand at the end.

        Args:
            value: The value.
        """
        low, high = self.low, self.high
        if self.logarithmic:
            value, low, high = math.log(max(value, 1e-9)), math.log(low), math.log(high)
        return round(100 * min(1.0, max(0.0, (value - low) / (high - low))), 2)


NET_WIN = Scale(-1, 1, [(-1, "−100%"), (-0.5, ""), (0, "0"), (0.5, ""), (1, "+100%")], 0)
SHARE = Scale(0, 1, [(0, "0%"), (0.25, ""), (0.5, "50%"), (0.75, ""), (1, "100%")], None)


def ratio_scale(intervals: Sequence[Interval | None]) -> Scale:
    """An axis of ratios that holds them all and has 1 well inside.

    Args:
        intervals: The ratios.
    """
    ends = [
        end
        for interval in intervals
        if interval is not None
        for end in (interval.estimate, interval.low, interval.high)
        if end is not None and end > 0
    ]
    low = min(0.5, 2 ** math.floor(math.log2(min(ends, default=1))))
    high = max(2.0, 2 ** math.ceil(math.log2(max(ends, default=1))))
    low, high = max(low, 1 / 64), min(high, 64.0)
    steps = round(math.log2(high / low))
    stride = max(1, math.ceil(steps / 4))
    ticks = [low * 2**step for step in range(steps + 1) if (step - round(math.log2(1 / low))) % stride == 0]
    return Scale(low, high, [(tick, _times(tick)) for tick in ticks], 1, logarithmic=True)


def track(interval: Interval | None, scale: Scale) -> Markup:
    """An estimate as a dot and its interval as a line.

    Args:
        interval: What to show; ``None`` leaves the track empty.
        scale: The axis.
    """
    marks = [] if scale.reference is None else [_vertical("ref", scale.place(scale.reference))]
    if interval is not None:
        tone = _tone(interval, scale.reference)
        if interval.low is not None and interval.high is not None:
            ends = scale.place(interval.low), scale.place(interval.high)
            middle = _HEIGHT / 2
            marks.append(
                f'<line class="ci {tone}" x1="{ends[0]}%" x2="{ends[1]}%" y1="{middle}" y2="{middle}"/>'
            )
        marks.append(f'<circle class="dot {tone}" cx="{scale.place(interval.estimate)}%" cy="13" r="5"/>')
    return _svg(marks, "track")


def axis(scale: Scale) -> Markup:
    """The axis below tracks.

    Args:
        scale: The axis.
    """
    marks: list[str] = []
    for number, (value, text) in enumerate(scale.ticks):
        place = scale.place(value)
        last = number == len(scale.ticks) - 1
        anchor = "start" if place < 1 else "end" if last and place > 99 else "middle"
        marks.append(_vertical("tick", place, 6))
        if text:
            marks.append(f'<text class="tick" x="{place}%" y="20" text-anchor="{anchor}">{text}</text>')
    return _svg(marks, "axis")


def shares(result: NetWin | None) -> Markup:
    """Won, tied and lost as one bar.

    Args:
        result: The counts.
    """
    marks: list[str] = []
    if result is not None:
        total = result.wins + result.ties + result.losses
        start = 0.0
        for tone, count in (("good", result.wins), ("open", result.ties), ("bad", result.losses)):
            width = 100 * count / total
            if count:
                marks.append(
                    f'<rect class="bar {tone}" x="{start:.2f}%" y="5" width="{width:.2f}%" height="16"/>'
                )
            if width >= 12:
                middle = start + width / 2
                marks.append(
                    f'<text class="count {tone}" x="{middle:.2f}%" y="17" text-anchor="middle">{count}</text>'
                )
            start += width
    return _svg(marks, "track")


def _svg(marks: Sequence[str], name: str) -> Markup:
    from markupsafe import Markup

    return Markup(  # numbers and our own words only
        f'<svg class="{name}" width="100%" height="{_HEIGHT}" aria-hidden="true">{"".join(marks)}</svg>'
    )


def _vertical(name: str, place: float, length: int = _HEIGHT) -> str:
    return f'<line class="{name}" x1="{place}%" x2="{place}%" y1="0" y2="{length}"/>'


def _tone(interval: Interval, reference: float | None) -> str:
    if reference is None:
        return "plain"
    if not interval.excludes(reference):
        return "open"
    return "good" if interval.estimate > reference else "bad"


def _times(value: float) -> str:
    return f"{value:g}×" if value >= 1 else f"1/{1 / value:g}×"
