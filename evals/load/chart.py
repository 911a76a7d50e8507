"""A small picture of times against load, as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

from .summary import Row

_WIDE, _HIGH, _LEFT, _TOP, _GAP = 360, 240, 62, 46, 40
_TICKS = 7
_COLOURS: Mapping[str, str] = {"normal": "#4c6ef5", "skeleton": "#e8590c", "adaptive": "#2b8a3e"}
_DASHES: Mapping[str, str] = {"normal": "6 4", "skeleton": "2 3", "adaptive": "none"}
_STYLE = "font-family: system-ui, sans-serif; font-size: 12px"


def chart(rows: Sequence[Row], title: str) -> str:
    """Median and 95th percentile of the total time against load, a line for each policy, on a log scale.

    Args:
        rows: The figures.
        title: What was measured; ``simulated`` where it was.
    """
    width = 2 * (_LEFT + _WIDE) + _GAP
    height = _TOP + _HIGH + 62
    panels: list[tuple[str, Callable[[Row], float | None]]] = [
        ("whole answer, median", lambda row: row.total_p50),
        ("whole answer, 95th percentile", lambda row: row.total_p95),
    ]
    values = [value for row in rows for _, of in panels if (value := of(row)) is not None]
    least, most = _bounds(values or [1.0])
    loads = [row.load for row in rows]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" style="{_STYLE}" '
        f'role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{_LEFT}" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    for number, (name, of) in enumerate(panels):
        left = _LEFT + number * (_WIDE + _LEFT + _GAP / 2)
        scale = _Scale(left, max(loads, default=1.0), least, most)
        parts += _axes(scale, name)
        parts += _lines(scale, rows, of)
    parts += _legend([policy for policy in _COLOURS if any(row.policy == policy for row in rows)], height)
    return "\n".join([*parts, "</svg>", ""])


class _Scale:
    def __init__(self, left: float, load: float, least: float, most: float) -> None:
        self.left, self.load, self.least, self.most = left, load or 1.0, least, most

    def x(self, load: float) -> float:
        return self.left + _WIDE * load / self.load

    def y(self, seconds: float) -> float:
        part = math.log(seconds / self.least) / math.log(self.most / self.least)
        return _TOP + _HIGH * (1 - part)


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    least, most = min(values), max(values)
    return 10 ** math.floor(math.log10(max(least, 1e-3))), 10 ** math.ceil(math.log10(max(most, 2e-3)) + 1e-9)


def _axes(scale: _Scale, name: str) -> list[str]:
    parts = [
        f'<text x="{scale.left}" y="{_TOP - 8}">{name}, seconds</text>',
        f'<rect x="{scale.left}" y="{_TOP}" width="{_WIDE}" height="{_HIGH}" fill="none" stroke="#adb5bd"/>',
    ]
    decade = scale.least
    while decade <= scale.most * 1.001:
        for factor in (1, 2, 5):
            if decade * factor > scale.most * 1.001:
                continue
            y = scale.y(decade * factor)
            parts.append(
                f'<line x1="{scale.left}" y1="{y:.1f}" x2="{scale.left + _WIDE}" y2="{y:.1f}" '
                'stroke="#e9ecef"/>'
                f'<text x="{scale.left - 6}" y="{y + 4:.1f}" text-anchor="end">{decade * factor:g}</text>'
            )
        decade *= 10
    step = _tick(scale.load)
    for tick in range(1, int(scale.load / step + 1e-9) + 1):
        x = scale.x(tick * step)
        label = f"{100 * tick * step:.6g}%"
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _HIGH + 16}" text-anchor="middle">{label}</text>')
    parts.append(
        f'<text x="{scale.left + _WIDE / 2}" y="{_TOP + _HIGH + 32}" text-anchor="middle">'
        "offered load, share of capacity</text>"
    )
    return parts


def _tick(load: float) -> float:
    """A round distance of marks, so that there are at most seven."""
    decade = 10.0 ** math.floor(math.log10(load / _TICKS))
    return next(decade * factor for factor in (1, 2, 5, 10) if load / (decade * factor) <= _TICKS)


def _lines(scale: _Scale, rows: Sequence[Row], of: Callable[[Row], float | None]) -> list[str]:
    parts: list[str] = []
    for policy, colour in _COLOURS.items():
        places = [
            (scale.x(row.load), scale.y(value))
            for row in sorted(rows, key=lambda row: row.load)
            if row.policy == policy and (value := of(row)) is not None
        ]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{_DASHES[policy]}"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in places]
    return parts


def _legend(policies: Sequence[str], height: float) -> list[str]:
    parts: list[str] = []
    for number, policy in enumerate(policies):
        x = _LEFT + number * 130
        parts.append(
            f'<line x1="{x}" y1="{height - 12}" x2="{x + 26}" y2="{height - 12}" stroke="{_COLOURS[policy]}" '
            f'stroke-width="2" stroke-dasharray="{_DASHES[policy]}"/>'
            f'<text x="{x + 32}" y="{height - 8}">always {policy}</text>'.replace(
                "always adaptive", "adaptive"
            )
        )
    return parts
