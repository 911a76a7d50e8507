"""The report of a run: Markdown for the terminal, JSON for programs, HTML with a timeline of every answer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from sot.errors import ConfigError
from sot.terminal import one_line, safe_text

from ..own_files import replace_text
from .cells import short_name
from .figures import Summary
from .folder import REPORTS, SAMPLE
from .job import Refused
from .methods import METHODS, is_skeleton
from .run_info import RunInfo
from .sample import Sample
from .tables import Table, make_tables
from .timeline import draw, templates

if TYPE_CHECKING:
    from markupsafe import Markup

TIMELINES = "timelines"
_TIMELINE = re.compile(rf"\d{{3,}}-(?:{'|'.join(METHODS)})(?:-[A-Za-z0-9-]+)?\.svg")
_MOST_QUESTIONS = 40  # timelines of more would make the page slow
_SUMMARY: TypeAdapter[Summary] = TypeAdapter(Summary)


@dataclass(frozen=True, slots=True)
class Report:
    """A run and its figures.

    Args:
        run: What was run.
        samples: All its answers.
        summary: Their figures.
        refused: What engines do not do.
    """

    run: RunInfo
    samples: Sequence[Sample]
    summary: Summary
    refused: Sequence[Refused]

    def tables(self) -> list[Table]:
        """The figures as tables."""
        return make_tables(self.summary, self.refused)

    def markdown(self) -> str:
        """The report in Markdown."""
        run = self.run
        machine = ", ".join(filter(None, (one_line(run.machine), one_line(run.busy))))
        head = f"{one_line(run.backend)}, {one_line(run.model)}, {self._count()}; {machine}"
        parts = [head, *(f"**{mark}**" for mark in run.marks())]
        return safe_text("\n\n".join([*parts, *(table.markdown() for table in self.tables())]))

    def json(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {
            "run": {**self.run.model_dump(mode="json"), "simulated": self.run.simulated},
            "summary": _SUMMARY.dump_python(self.summary, mode="json"),
            "refused": [row.model_dump(mode="json", exclude={"kind"}) for row in self.refused],
            "answers": [SAMPLE.dump_python(sample, mode="json") for sample in self.samples],
        }

    def html(self) -> str:
        """The report as one page without scripts or outside files."""
        questions, left_out = self._timelines()
        return (
            templates()
            .get_template("report.html.j2")
            .render(
                run=self.run,
                marks=self.run.marks(),
                headlines=self._headlines(),
                tables=self.tables(),
                questions=questions,
                shown=left_out,
                settings=self._settings(),
            )
        )

    def write(self, folder: Path) -> None:
        """Write the report, and each timeline as a picture of its own.

        Args:
            folder: Where to.
        """
        made = json.dumps(self.json(), ensure_ascii=False, indent=1)
        for name, content in zip(REPORTS, (self.markdown(), made, self.html()), strict=True):
            replace_text(folder / name, content + "\n")
        pictures = folder / TIMELINES
        if pictures.is_symlink() or (pictures.exists() and not pictures.is_dir()):
            raise ConfigError(f"{pictures} is not a folder: remove it, or use another --out")
        pictures.mkdir(exist_ok=True)
        numbers = {text: at for at, text in enumerate(dict.fromkeys(one.question for one in self.samples), 1)}
        names: set[str] = set()
        for sample in self.samples:
            accelerator = "" if sample.accelerator == "none" else f"-{_as_name(sample.accelerator)}"
            again = f"-{sample.repeat + 1}" if sample.repeat else ""
            name = f"{numbers[sample.question]:03}-{_as_name(sample.method)}{accelerator}{again}.svg"
            replace_text(pictures / name, draw(sample), durable=False)
            names.add(name)
        for path in pictures.iterdir():  # an earlier report's; what has another name is none of ours
            if _TIMELINE.fullmatch(path.name) and path.name not in names and not path.is_symlink():
                path.unlink()

    def _count(self) -> str:
        count = len({sample.question for sample in self.samples})
        return f"{count} question{'s' if count > 1 else ''}"

    def _headlines(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        for row in self.summary.within:
            if row.part or not is_skeleton(row.method) or row.sooner is None:
                continue
            name = row.method if row.accelerator == "none" else f"{row.method}, {short_name(row.accelerator)}"
            times, later = row.sooner, row.first_later_s
            interval = f"95%: {times.low:.2f} to {times.high:.2f}" if times.low and times.high else ""
            later_s = later.estimate if later is not None else 0.0
            found.append(
                {
                    "name": f"{name} against {row.against_method}",
                    "figure": f"{times.estimate:.2f}x sooner",
                    "interval": f"{interval} (median of {times.count} questions)".strip(),
                    "first_text": f"first text {abs(later_s):.2f} s {'later' if later_s >= 0 else 'sooner'}",
                }
            )
        return found[:6]

    def _timelines(self) -> tuple[list[dict[str, Any]], str]:
        from markupsafe import Markup

        first = self.samples[0].accelerator
        groups: dict[str, list[Sample]] = {}
        for sample in self.samples:
            if sample.accelerator == first and not sample.repeat:
                groups.setdefault(sample.question, []).append(sample)
        questions: list[dict[str, Any]] = []
        for text, own in list(groups.items())[:_MOST_QUESTIONS]:
            until_s = max(sample.total_s for sample in own)
            own.sort(key=lambda sample: [group.method for group in self.summary.groups].index(sample.method))

            def picture(sample: Sample, until_s: float = until_s) -> Markup:
                return Markup(draw(sample, until_s=until_s, alone=False))

            answers = [
                {"method": sample.method, "says": _says(sample), "svg": picture(sample)} for sample in own
            ]
            questions.append({"text": one_line(text), "answers": answers})
        shown = f"Shown: {len(questions)} of {len(groups)} questions"
        shown += "." if first == "none" else f", accelerator {short_name(first)}."
        return questions, shown + " Every answer is in the folder timelines."

    def _settings(self) -> list[tuple[str, str]]:
        run = self.run
        rows = [
            ("backend", run.backend_spec),
            ("engine options", " ".join(run.engine_args) or "none"),
            ("questions", f"{run.questions}, {self._count()}, asked {run.repeat} time(s), seed {run.seed}"),
            ("settings", ", ".join(f"{name} {value}" for name, value in run.options.items())),
            ("forced lengths", run.lengths or "none"),
            ("energy", run.energy or "not readable here"),
            ("machine", f"{run.machine}; {run.busy} at the start" if run.busy else run.machine),
        ]
        return [(name, one_line(value)) for name, value in rows]


def _says(sample: Sample) -> str:
    parts = [f"{sample.total_s:.2f} s, first text {sample.first_text_s:.2f} s"]
    parts.append(f"{sample.useful_tokens:.0f} useful of {sample.completion_tokens} tokens")
    if sample.path is not None:
        path = sample.path
        parts.append(f"critical path {path.path_s:.2f} s (point {path.point}), {path.overhead:.1%} over it")
    if sample.fell_back is not None:
        parts.append(f"fell back: {one_line(sample.fell_back)}")
    return "; ".join(parts)


def _as_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[-40:]
