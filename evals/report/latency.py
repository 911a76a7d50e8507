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
from ..measure.methods import METHODS, has_parts
from ..run.folder import RunFolder
from ..run.records import AnswerRecord
from .format import counted, note
from .latency_tables import make_tables
from .table import Table

if TYPE_CHECKING:
    from .page import Asked, Page

REPORTS = ("report.md", "report.json", "report.html")
TIMELINES = "timelines"
_TIMELINE = re.compile(rf"\d{{3,}}-(?:{'|'.join(METHODS)})(?:-[A-Za-z0-9-]+)?\.svg")
_MOST_FIGURES = 6


@dataclass(frozen=True)
class LatencyReport:
    """A run, its answers and what its engines refused; the seed is the bootstrap's.

    Args:
        missing: Answers that were still to come when the run ended early.
    """

    run: LatencyManifest
    records: Sequence[AnswerRecord]
    refused: Sequence[Refused] = ()
    prices: Prices = field(default_factory=Prices)
    seed: int = 0
    missing: int = 0

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
        return safe_text("\n\n".join([head, *map(mark.format, self._marks), *map(write, self.tables)]))

    def json(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        run, first = self.run.model_dump(mode="json", exclude={"sessions"}), self.run.sessions[0]
        start = {"machine": self._machine, "busy": first.busy, "started": first.started_at}
        return {
            "run": {**run, **start, "simulated": self.run.simulated},
            "summary": TypeAdapter(Summary).dump_python(self.summary, mode="json"),
            "refused": [row.model_dump(mode="json") for row in self.refused],
            "missing": self.missing,
            "answers": [_figures(record) for record in self.records],
        }

    def page(self) -> Page:
        """Return the report as one page without scripts or outside files."""
        from .page import Browser, Facts, Figures, Page, Prose, Section

        first = self.records[0].engine
        shown = "" if first == NONE else f"Accelerator {short_name(first)}. "
        legend = Prose(note("timeline", shown=shown, folder=TIMELINES))
        sections = [
            Section("figures", "Figures", [Figures(self._headlines()), *self.tables]),
            Section("answers", "All answers", [legend, Browser(self._asked(first))]),
            Section("settings", "How it was run", [Facts(self._settings())]),
        ]
        return Page(
            title=f"Latency and speed-up: {one_line(self.run.model)}",
            kicker="sot bench latency",
            facts=f"{one_line(self.run.backend)} · {one_line(self._machine)} · {self.run.created_at[:10]}",
            sections=sections,
            marks=self._marks,
            name=f"sot bench latency: {one_line(self.run.model)}",
        )

    def write(self, folder: RunFolder[LatencyManifest]) -> None:
        """Write the report, and each timeline as a picture of its own."""
        from .plots import alone, timeline

        pictures = folder.path / TIMELINES
        if pictures.is_symlink() or (pictures.exists() and not pictures.is_dir()):
            raise ConfigError(f"{pictures} is not a folder: remove it, or use another --out")
        made = json.dumps(self.json(), ensure_ascii=False, indent=1)
        for name, content in zip(REPORTS, (self.markdown(), made, self.page().html()), strict=True):
            folder.write_report(name, content + "\n")
        numbers = {
            name: at for at, name in enumerate(dict.fromkeys(one.question_id for one in self.records), 1)
        }
        names: set[str] = set()
        for record in self.records:
            accelerator = "" if record.engine == NONE else f"-{_as_name(record.engine)}"
            again = f"-{record.repeat}" if record.repeat > 1 else ""
            name = f"{numbers[record.question_id]:03}-{_as_name(record.strategy)}{accelerator}{again}.svg"
            folder.write_report(f"{TIMELINES}/{name}", alone(timeline(record)))
            names.add(name)
        for path in pictures.iterdir():  # an earlier report's; what has another name is not ours
            if _TIMELINE.fullmatch(path.name) and path.name not in names and not path.is_symlink():
                path.unlink()

    @property
    def _marks(self) -> list[str]:
        """Notes that a reader needs before any figure."""
        made = len(self.records)
        early = f"Ended early: {made} of {made + self.missing} answers. Methods may lack different questions."
        return [*([early] if self.missing else []), *self.run.marks()]

    @property
    def _count(self) -> str:
        return counted(len({record.question_id for record in self.records}), "question")

    @property
    def _machine(self) -> str:
        return str(self.run.sessions[0].machine)

    def _headlines(self) -> list[tuple[str, str, list[str]]]:
        found: list[tuple[str, str, list[str]]] = []
        for row in self.summary.within:
            own, later = row["sooner"], row["first_later_s"]
            if row["part"] or not has_parts(row["method"]) or own is None:
                continue
            by = "" if row["accelerator"] == NONE else f", {short_name(row['accelerator'])}"
            ends = f"95% CI {own.low:.2f} to {own.high:.2f} " if own.low and own.high else ""
            first_s = 0.0 if later is None else later.estimate
            small = [
                f"{ends}(median of {counted(own.count, 'question')})",
                f"first text {abs(first_s):.2f} s {'later' if first_s >= 0 else 'earlier'}",
            ]
            name = f"{row['method']}{by} against {row['against_method']}"
            found.append((name, f"{own.estimate:.2f}x speed-up", small))
        return found[:_MOST_FIGURES]

    def _asked(self, engine: str) -> list[Asked]:
        """The questions with their first answers by an engine."""
        from .page import Asked, Shown
        from .plots import timeline

        order = [group["method"] for group in self.summary.groups]
        groups: dict[str, list[AnswerRecord]] = {}
        for record in self.records:
            if record.engine == engine and record.repeat == 1:
                groups.setdefault(record.question_id, []).append(record)
        scripted = self.run.identity["lengths"] is not None  # such a text is not worth reading
        asked: list[Asked] = []
        for own in groups.values():
            until_s = max(record.total_s for record in own)
            answers = [
                Shown(
                    record.strategy,
                    _says(record),
                    "" if scripted else record.text,
                    timeline(record, until_s=until_s),
                )
                for record in sorted(own, key=lambda record: order.index(record.strategy))
            ]
            asked.append(Asked(own[0].question, own[0].category, answers))
        return asked

    def _settings(self) -> list[tuple[str, str]]:
        run = self.run
        own, busy = run.identity, run.sessions[0].busy
        rows = {
            "backend": run.spec,
            "engine options": " ".join(own["engine options"]) or "none",
            "questions": f"{run.questions}, {self._count}, asked {run.repeat} time(s), seed {run.seed}",
            "settings": ", ".join(f"{name} {value}" for name, value in own["settings"].items()),
            "forced lengths": own["lengths"] or "none",
            "energy": run.energy or "not readable here",
            "machine": f"{self._machine}; {busy} at the start" if busy else self._machine,
        }
        return [(name, one_line(value)) for name, value in rows.items()]


def _figures(record: AnswerRecord) -> dict[str, Any]:
    """All figures of an answer, for programs."""
    usage, path, answer = record.usage, path_of(record), record.answer or {}
    measured = record.model_dump(mode="json", include={"measured"})["measured"] or {}
    route = answer.get("route") or {}
    return {
        **{name: getattr(record, name) for name in ("question_id", "question", "category", "repeat")},
        "accelerator": record.engine,
        "method": record.strategy,
        "strategy": route.get("strategy"),
        "router": route.get("router"),
        "route_s": (answer.get("timing") or {}).get("route_s"),
        **{name: getattr(record, name) for name in ("first_text_s", "total_s", "skeleton_s")},
        **measured,
        "completion_tokens": usage.completion_tokens,
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "requests": usage.requests,
        "points": record.points,
        "fell_back": record.fell_back,
        "path_s": None if path is None else path.path_s,
        "spans": [
            {**asdict(span), "title": title} for span, title in zip(record.spans, record.titles, strict=True)
        ],
    }


def _says(record: AnswerRecord) -> str:
    useful = record.measured.useful_tokens if record.measured is not None else 0
    parts = [
        f"{record.total_s:.2f} s, first text {record.first_text_s:.2f} s",
        f"{useful:.0f} useful of {record.usage.completion_tokens} tokens",
    ]
    if (path := path_of(record)) is not None:
        parts.append(f"critical path {path.path_s:.2f} s (point {path.point}), {path.overhead:.1%} over it")
    if record.fell_back is not None:
        parts.append(f"fell back: {one_line(record.fell_back)}")
    return "; ".join(parts)


def _as_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[-40:]
