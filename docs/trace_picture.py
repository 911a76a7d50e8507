"""Draw a trace as an SVG picture: one bar for each span, out of what the console exporter wrote.

OTEL_TRACES_EXPORTER=console sot ask "How can I sleep better?" --traces 2> spans.jsonl
python docs/trace_picture.py < spans.jsonl > docs/pictures/trace.svg
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from html import escape
from typing import Any

WIDTH, LEFT, RIGHT, ROW, TOP = 960, 150, 290, 26, 44
COLOURS = {"answer": "#475569", "opening": "#b45309", "skeleton": "#7c3aed", "point": "#2563eb"}
OTHER = "#0f766e"
_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)


def picture(spans: list[dict[str, Any]]) -> str:
    """Return the picture of one trace, its rows in the order in which the spans began."""
    (whole,) = (span for span in spans if span["parent_id"] is None)
    ordered = sorted(spans, key=lambda span: (span is not whole, seconds(span["start_time"])))
    began, length = seconds(whole["start_time"]), lasted(whole)
    scale = (WIDTH - LEFT - RIGHT) / length
    height = TOP + ROW * len(ordered) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(described(whole, ordered))}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    step = next((each for each in _STEPS if length / each <= 6), 60.0)
    for tick in range(int(length / step) + 1):
        at = LEFT + tick * step * scale
        parts.append(
            f'<path d="M{at:.1f} {TOP - 10}V{height - 8}" stroke="#e2e8f0"/>'
            f'<text x="{at:.1f}" y="{TOP - 18}" fill="#64748b" text-anchor="middle">{tick * step:g} s</text>'
        )
    for number, span in enumerate(ordered):
        parts += row(span, TOP + number * ROW, LEFT + (seconds(span["start_time"]) - began) * scale, scale)
    return "\n".join([*parts, "</svg>", ""])


def row(span: dict[str, Any], top: float, left: float, scale: float) -> list[str]:
    """Return a span's row: its name, a bar that is pale until the first token, its tokens."""
    said, width = span["attributes"], max(2.0, lasted(span) * scale)
    stage = said.get("sot.stage", "answer")
    colour = COLOURS.get(stage, OTHER)
    first = said.get("sot.ttft_s", said.get("gen_ai.response.time_to_first_chunk", 0.0)) * scale
    return [
        f'<text x="{LEFT - 12}" y="{top + 15}" fill="#0f172a" text-anchor="end">'
        f"{escape(name_of(span))}</text>",
        f'<rect x="{left:.1f}" y="{top + 3}" width="{width:.1f}" height="16" rx="2" '
        f'fill="{colour}" opacity=".35"/>',
        f'<rect x="{left + first:.1f}" y="{top + 3}" width="{max(0.0, width - first):.1f}" '
        f'height="16" rx="2" fill="{colour}"/>',
        f'<text x="{WIDTH - RIGHT + 12}" y="{top + 15}" fill="#334155">{escape(tokens_of(said))}</text>',
    ]


def name_of(span: dict[str, Any]) -> str:
    """Return what a row is called."""
    said = span["attributes"]
    if "sot.stage" not in said:
        return f"answer ({said['sot.strategy']})"
    number = f" {said['sot.point.index']}" if "sot.point.index" in said else ""
    return said["sot.stage"] + number + (" (again)" if said["sot.attempt"] > 1 else "")


def tokens_of(said: dict[str, Any]) -> str:
    """Return a span's tokens in words."""
    read, cached, written = (
        said[f"gen_ai.usage.{name}_tokens"] for name in ("input", "cache_read.input", "output")
    )
    return f"{read} tokens in ({cached} cached), {written} out"


def described(whole: dict[str, Any], spans: list[dict[str, Any]]) -> str:
    """Return the picture in one sentence."""
    first = whole["attributes"].get("sot.ttft_s", 0.0)
    requests = f"{len(spans) - 1} requests in {lasted(whole):.1f} s"
    return f"Trace of one answer: {requests}, first text after {first:.1f} s"


def lasted(span: dict[str, Any]) -> float:
    """Return a span's length in seconds."""
    return seconds(span["end_time"]) - seconds(span["start_time"])


def seconds(time: str) -> float:
    """Return a time of the exporter in seconds."""
    return datetime.fromisoformat(time).timestamp()


if __name__ == "__main__":
    sys.stdout.write(picture([json.loads(line) for line in sys.stdin if line.startswith("{")]))
