"""A run's folder: answers as they come, one a line, so that an interrupted run goes on where it stopped.

DIR/run.json          what was run
DIR/samples.jsonl     one answer a line, append-only
DIR/report.html, report.md, report.json, timelines/*.svg     made anew at the end of every run
"""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from sot.errors import ConfigError

from ..own_files import has_file, holds_manifest, open_own, replace_text
from ..record_log import whole_lines
from .run_info import FORMAT, IDENTITY, RunInfo
from .sample import Sample

_KEPT = ("backend", "model", "energy", "started", "busy")
_MANIFEST = "run.json"
REPORTS = ("report.md", "report.json", "report.html")
SAMPLE: TypeAdapter[Sample] = TypeAdapter(Sample)
_FIRST_FIELD = fields(Sample)[0].name


class Folder:
    """A run's folder; made if it is not there. One that holds anything else is left as it is.

    Args:
        path: Where.
        run: What is to be run now; `run` says afterwards what the folder knows of it already.

    Raises:
        ConfigError: It holds another run, or something else.
    """

    def __init__(self, path: Path, run: RunInfo) -> None:
        self.path = path
        self._file = path / "samples.jsonl"
        self._torn: tuple[int, int] | None = None  # where a torn line begins and ends
        self.samples: list[Sample] = []
        self.run = run
        if holds_manifest(path, _MANIFEST):
            for name in (self._file.name, *REPORTS):  # before the measurement, not after it
                has_file(path / name)
            known = _read_same(path / _MANIFEST, run)
            self.run = run.model_copy(update={name: getattr(known, name) for name in _KEPT})
            self.samples = self._read()
        path.mkdir(parents=True, exist_ok=True)
        self.keep_info(self.run)

    def keep_info(self, run: RunInfo) -> None:
        """Write what the run is.

        Args:
            run: The run.
        """
        replace_text(self.path / _MANIFEST, run.model_dump_json(indent=1) + "\n")

    def keep(self, sample: Sample) -> None:
        """Add an answer.

        Args:
            sample: The answer.
        """
        self.samples.append(sample)
        line = SAMPLE.dump_json(sample) + b"\n"
        with os.fdopen(open_own(self._file, os.O_WRONLY | os.O_APPEND), "ab") as file:
            if self._torn is not None:
                begin, end = self._torn
                if os.fstat(file.fileno()).st_size != end:
                    raise ConfigError(
                        f"{self._file} has been written by something else meanwhile; start again"
                    )
                file.truncate(begin)
                self._torn = None
            file.write(line)

    def _read(self) -> list[Sample]:
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ConfigError(f"{self._file} cannot be read: {error}") from None
        lines = whole_lines(content, _FIRST_FIELD)
        samples: list[Sample] = []
        for number, line in enumerate(lines, 1):
            try:
                samples.append(SAMPLE.validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                raise ConfigError(f"{self._file}:{number}: {where}: {first['msg']}") from None
        whole = sum(len(line) + 1 for line in lines)
        if whole < len(content):  # of a program that was killed while it wrote; that answer is made again
            self._torn = (whole, len(content))
        return samples


def _read_same(file: Path, run: RunInfo) -> RunInfo:
    """What a folder holds; it must be comparable with what is to be run."""
    try:
        raw: Any = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or not {"format", "backend_spec", "machine"} <= cast("Any", raw).keys():
            raise ConfigError(f"--out: {file} is not that of a run of `sot bench latency`")
        before = RunInfo.model_validate(raw)
    except (OSError, ValueError, RecursionError) as error:  # also pydantic's
        raise ConfigError(f"--out: {file} cannot be read: {str(error).splitlines()[0]}") from None
    if before.format != FORMAT:
        raise ConfigError(f"--out: {file} has format {before.format}; this program writes {FORMAT}")
    for name in IDENTITY:
        was, now = getattr(before, name), getattr(run, name)
        if was != now:
            raise ConfigError(
                f"--out: {file.parent} holds a run with {name} {was!r}, not {now!r}; choose another folder"
            )
    return before
