"""The load measurement as text, JSON and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from .chart import chart
from .summary import Against, Row


class LoadReport(BaseModel, frozen=True):
    """A whole measurement.

    Args:
        kind: ``simulated`` where the engine was.
        backend: The backend spec.
        model: The model.
        machine: Where it ran; of a simulation, where its profile was measured.
        started: When.
        capacity: Normal answers a second of an engine that never runs out of them: load 100%.
        idle_s: Seconds of a normal answer on the idle engine.
        deadline_s: The deadline that goodput is counted by.
        seed: Of the arrivals.
        arrivals: How they came about, for people.
        lengths: Whether the answers' lengths were forced.
        rows: The figures.
        against: The adaptive policy against the better of the others.
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
    rows: list[Row]
    against: list[Against]

    @property
    def title(self) -> str:
        """One line that says what this is."""
        label = "simulated: " if self.kind == "simulated" else ""
        return f"{label}{self.backend}, {self.model}"

    def markdown(self) -> str:
        """The figures as Markdown tables."""
        lines = [
            f"{self.title}; {self.arrivals}; lengths {self.lengths}",
            f"capacity (load 100%): {self.capacity:.3g} normal answers a second; a normal answer on the idle "
            f"engine takes {self.idle_s:.2f} s; deadline {self.deadline_s:.2f} s",
        ]
        if self.kind == "simulated":
            lines.append("**All times are simulated**, from a profile of the engine.")
        lines += ["", *_table(self.rows)]
        if self.against:
            lines += ["", *_against(self.against)]
        unfinished, failed = (sum(counts) for counts in zip(*self._endless(), strict=True))
        if unfinished or failed:
            lines += [
                "",
                f"{unfinished} answers were not finished in time and {failed} failed; they count as endless.",
            ]
        return "\n".join(lines)

    def _endless(self) -> list[tuple[int, int]]:
        return [(row.unfinished, row.failed) for row in self.rows]

    def chart(self) -> str:
        """The figures as a picture, in SVG."""
        return chart(self.rows, self.title)


def _table(rows: Sequence[Row]) -> list[str]:
    lines = [
        "| load | policy | first text p50 / p95, s | whole answer p50 / p95, s | answers/s | tokens/s "
        "| in time/s | skeletons | failed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        cells = (
            f"{row.load:.0%}",
            row.policy,
            f"{_seconds(row.first_text_p50)} / {_seconds(row.first_text_p95)}",
            f"{_seconds(row.total_p50)} / {_seconds(row.total_p95)}",
            f"{row.throughput:.2f}",
            f"{row.tokens_s:.0f}",
            f"{row.goodput:.2f}",
            f"{row.skeleton:.0%}",
            str(row.failed),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _against(rows: Sequence[Against]) -> list[str]:
    lines = [
        "| load | adaptive against the better of the two: p50 | p95 | both | of the skeleton's gain kept |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        kept = "" if row.gain_kept is None else f"{row.gain_kept:.0%}"
        mark = "*" if row.disagree else ""
        median = _ratio(row.p50)
        if row.rounds is not None:
            median += f" ({_ratio(row.rounds[0])} to {_ratio(row.rounds[1])})"
        cells = (f"{row.load:.0%}{mark}", median, _ratio(row.p95), _ratio(row.together), kept)
        lines.append("| " + " | ".join(cells) + " |")
    if any(row.disagree for row in rows):
        lines += [
            "",
            "\\* One of the two fixed policies has the better median, the other the better 95th percentile: "
            "neither has both. The column *both* compares the geometric mean of the two.",
        ]
    return lines


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f}"


def _ratio(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
