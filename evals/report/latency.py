"""Report of a latency run: its tables, JSON, one HTML page, and a timeline of every answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from sot.errors import ConfigError
from sot.terminal import one_line, safe_text

from ..analysis.latency import Prices, Summary, summarise
from ..engines.accelerators import NONE, short_name
from ..measure.critical_path import path_of
from ..measure.manifest import LatencyManifest, Refused
from ..measure.methods import METHODS, is_skeleton
from ..run.folder import RunFolder
from ..run.records import AnswerRecord
from .format import counted
from .latency_tables import make_tables
from .table import Table

if TYPE_CHECKING:
    from markupsafe import Markup

    from .page import Asked, Figure, Page

REPORTS = ("report.md", "report.json", "report.html")
TIMELINES = "timelines"
_TIMELINE = re.compile(rf"\d{{3,}}-(?:{'|'.join(METHODS)})(?:-[A-Za-z0-9-]+)?\.svg")
_MOST_FIGURES = 6
_SUMMARY: TypeAdapter[Summary] = TypeAdapter(Summary)
_LEGEND = (
    "All answers to a question share one time axis. **Violet**: the skeleton, a tick where a line was "
    "complete. **Grey**: a point waits to be sent. **Light blue**: its prompt is read. **Blue**: it is "
    "written. "
    "**Red line**: the critical path. **Green**: the first text. "
)


@dataclass(frozen=True)
class LatencyReport:
    """A run, its answers and what its engines refused; the seed is the bootstrap's."""

    run: LatencyManifest
    records: Sequence[AnswerRecord]
    refused: Sequence[Refused] = ()
    prices: Prices = field(default_factory=Prices)
    seed: int = 0

    @cached_property
    def summary(self) -> Summary:
        """Figures of the answers."""
        return summarise(self.records, self.prices, seed=self.seed)

    @cached_property
    def tables(self) -> list[Table]:
        """Figures as tables."""
        return make_tables(self.summary, self.refused, self.run.steps)

    def markdown(self) -> str:
        """Return the report in Markdown."""
        return self._text(Table.markdown, "**{}**")

    def terminal(self) -> str:
        """Return the report for a terminal."""
        return self._text(Table.terminal, "{}")

    def _text(self, write: Callable[[Table], str], mark: str) -> str:
        run = self.run
        machine = ", ".join(filter(None, (one_line(self._machine), one_line(run.sessions[0].busy))))
        head = f"{one_line(run.backend)}, {one_line(run.model)}, {self._count}; {machine}"
        return safe_text("\n\n".join([head, *map(mark.format, run.marks()), *map(write, self.tables)]))

    def json(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        run, first = self.run.model_dump(mode="json", exclude={"sessions"}), self.run.sessions[0]
        start = {"machine": self._machine, "busy": first.busy, "started": first.started_at}
        return {
            "run": {**run, **start, "simulated": self.run.simulated},
            "summary": _SUMMARY.dump_python(self.summary, mode="json"),
            "refused": [row.model_dump(mode="json") for row in self.refused],
            "answers": [_figures(record) for record in self.records],
        }

    def page(self) -> Page:
        """Return the report as one page without scripts or outside files."""
        from .page import Browser, Facts, Figures, Page, Prose, Section

        asked, shown = self._asked()
        sections = [
            Section("figures", "Figures", [Figures(self._headlines()), *self.tables]),
            Section("answers", "All answers", [Prose(_LEGEND + shown), Browser(asked)]),
            Section("settings", "How it was run", [Facts(self._settings())]),
        ]
        return Page(
            title=f"How much sooner? {one_line(self.run.model)}",
            kicker="sot bench latency",
            facts=f"{one_line(self.run.backend)} · {one_line(self._machine)} · {self.run.created_at[:10]}",
            sections=sections,
            marks=self.run.marks(),
            name=f"sot bench latency: {one_line(self.run.model)}",
        )

    def write(self, folder: RunFolder[LatencyManifest]) -> None:
        """Write the report, and each timeline as a picture of its own."""
        pictures = folder.path / TIMELINES
        if pictures.is_symlink() or (pictures.exists() and not pictures.is_dir()):
            raise ConfigError(f"{pictures} is not a folder: remove it, or use another --out")
        made = json.dumps(self.json(), ensure_ascii=False, indent=1)
        for name, content in zip(REPORTS, (self.markdown(), made, self.page().html()), strict=True):
            folder.write_report(name, content + "\n")
        numbers = {
            text: at for at, text in enumerate(dict.fromkeys(one.question_id for one in self.records), 1)
        }
        names: set[str] = set()
        for record in self.records:
            accelerator = "" if record.engine == NONE else f"-{_as_name(record.engine)}"
            again = f"-{record.repeat}" if record.repeat > 1 else ""
            name = f"{numbers[record.question_id]:03}-{_as_name(record.strategy)}{accelerator}{again}.svg"
            folder.write_report(f"{TIMELINES}/{name}", draw(record, alone=True))
            names.add(name)
        for path in (
            folder.path / TIMELINES
        ).iterdir():  # an earlier report's; what has another name is not ours
            if _TIMELINE.fullmatch(path.name) and path.name not in names and not path.is_symlink():
                path.unlink()

    @property
    def _count(self) -> str:
        return counted(len({record.question_id for record in self.records}), "question")

    @property
    def _machine(self) -> str:
        return str(self.run.sessions[0].machine)

    def _headlines(self) -> list[Figure]:
        from .page import Figure

        found: list[Figure] = []
        for row in self.summary.within:
            if row.part or not is_skeleton(row.method) or row.sooner is None:
                continue
            name = row.method if row.accelerator == NONE else f"{row.method}, {short_name(row.accelerator)}"
            own, later = row.sooner, row.first_later_s.estimate if row.first_later_s is not None else 0.0
            ends = f"95%: {own.low:.2f} to {own.high:.2f} " if own.low and own.high else ""
            small = [
                f"{ends}(median of {counted(own.count, 'question')})",
                f"first text {abs(later):.2f} s {'later' if later >= 0 else 'sooner'}",
            ]
            found.append(Figure(f"{name} against {row.against_method}", f"{own.estimate:.2f}x sooner", small))
        return found[:_MOST_FIGURES]

    def _asked(self) -> tuple[list[Asked], str]:
        """The questions with their first answers by the first engine, and what is not shown."""
        from .page import Asked, Shown

        first = self.records[0].engine
        order = [group.method for group in self.summary.groups]
        groups: dict[str, list[AnswerRecord]] = {}
        for record in self.records:
            if record.engine == first and record.repeat == 1:
                groups.setdefault(record.question_id, []).append(record)
        asked: list[Asked] = []
        for own in groups.values():
            until_s = max(record.total_s for record in own)
            answers = [
                Shown(record.strategy, _says(record), self._text_of(record), draw(record, until_s=until_s))
                for record in sorted(own, key=lambda record: order.index(record.strategy))
            ]
            asked.append(Asked(own[0].question, own[0].category, answers))
        shown = "" if first == NONE else f"Accelerator {short_name(first)}. "
        return asked, f"{shown}Every answer's picture is in the folder {TIMELINES}."

    def _text_of(self, record: AnswerRecord) -> str:
        """The answer's text; a scripted one is not worth reading."""
        return record.text if self.run.identity["lengths"] is None else ""

    def _settings(self) -> list[tuple[str, str]]:
        run = self.run
        own, busy = run.identity, run.sessions[0].busy
        rows = [
            ("backend", run.spec),
            ("engine options", " ".join(own["engine options"]) or "none"),
            ("questions", f"{run.questions}, {self._count}, asked {run.repeat} time(s), seed {run.seed}"),
            ("settings", ", ".join(f"{name} {value}" for name, value in own["settings"].items())),
            ("forced lengths", own["lengths"] or "none"),
            ("energy", run.energy or "not readable here"),
            ("machine", f"{self._machine}; {busy} at the start" if busy else self._machine),
        ]
        return [(name, one_line(value)) for name, value in rows]


def draw(record: AnswerRecord, *, until_s: float = 0.0, alone: bool = False) -> Markup:
    """Draw an answer over time as SVG.

    Args:
        until_s: Where the time axis ends at least, so that pictures can be compared.
        alone: It is a file of its own.
    """
    from .plots import Lane, timeline

    path = path_of(record)
    chain = path.chain if path is not None else ()
    titles = (*record.titles, *[""] * len(record.spans))
    lanes = [
        Lane(
            label=f"{span.index}. {title}",
            found_s=span.found_s,
            started_s=span.started_s,
            first_text_s=span.first_text_s,
            finished_s=span.finished_s,
            tokens=span.tokens,
            critical=span.index in chain,
        )
        for span, title in zip(record.spans, titles, strict=False)
    ]
    return timeline(
        record.strategy,
        total_s=record.total_s,
        first_text_s=record.first_text_s,
        lanes=lanes,
        skeleton_s=record.skeleton_s,
        tokens=record.usage.completion_tokens,
        until_s=until_s,
        alone=alone,
    )


def _figures(record: AnswerRecord) -> dict[str, Any]:
    """All figures of an answer, for programs."""
    usage, path = record.usage, path_of(record)
    measured = record.model_dump(mode="json", include={"measured"})["measured"] or {}
    answer = record.answer or {}
    route, timing = answer.get("route") or {}, answer.get("timing") or {}
    titled = zip(record.spans, record.titles, strict=True)
    return {
        "question_id": record.question_id,
        "question": record.question,
        "category": record.category,
        "repeat": record.repeat,
        "accelerator": record.engine,
        "method": record.strategy,
        "strategy": route.get("strategy"),
        "router": route.get("router"),
        "route_s": timing.get("route_s"),
        "first_text_s": record.first_text_s,
        "total_s": record.total_s,
        "skeleton_s": record.skeleton_s,
        **measured,
        "completion_tokens": usage.completion_tokens,
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "requests": usage.requests,
        "points": record.points,
        "fell_back": record.fell_back,
        "path_s": None if path is None else path.path_s,
        "spans": [{**asdict(span), "title": title} for span, title in titled],
    }


def _says(record: AnswerRecord) -> str:
    parts = [f"{record.total_s:.2f} s, first text {record.first_text_s:.2f} s"]
    useful = record.measured.useful_tokens if record.measured is not None else 0
    parts.append(f"{useful:.0f} useful of {record.usage.completion_tokens} tokens")
    if (path := path_of(record)) is not None:
        parts.append(f"critical path {path.path_s:.2f} s (point {path.point}), {path.overhead:.1%} over it")
    if record.fell_back is not None:
        parts.append(f"fell back: {one_line(record.fell_back)}")
    return "; ".join(parts)


def _as_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[-40:]
