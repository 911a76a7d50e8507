"""A run's folder: answers as they come, one a line, so that an interrupted run goes on where it stopped.

DIR/run.json          what was run
DIR/samples.jsonl     one answer a line, append-only
DIR/report.html, report.md, report.json, timelines/*.svg     made anew at the end of every run
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sot.errors import ConfigError

from .run_info import FORMAT, IDENTITY, RunInfo
from .sample import Sample

_KEPT = ("backend", "model", "energy", "started", "busy")
SAMPLE: TypeAdapter[Sample] = TypeAdapter(Sample)


class Folder:
    """A run's folder; made if it is not there.

    Args:
        path: Where.
        run: What is to be run now; `run` says afterwards what the folder knows of it already.

    Raises:
        ConfigError: It holds another run, or something else.
    """

    def __init__(self, path: Path, run: RunInfo) -> None:
        self.path = path
        self._file = path / "samples.jsonl"
        if path.exists() and not path.is_dir():
            raise ConfigError(f"--out: {path} is not a folder")
        before = path / "run.json"
        self.samples: list[Sample] = []
        self.run = run
        if before.exists():
            known = _read_same(before, run)
            self.run = run.model_copy(update={name: getattr(known, name) for name in _KEPT})
            self.samples = self._read()
        elif path.is_dir() and any(path.iterdir()):
            raise ConfigError(f"--out: {path} holds something else; choose an empty or a new folder")
        path.mkdir(parents=True, exist_ok=True)
        self.keep_info(self.run)

    def keep_info(self, run: RunInfo) -> None:
        """Write what the run is.

        Args:
            run: The run.
        """
        new = self.path / "run.json.new"  # a kill in the middle must not leave half a file
        new.write_text(run.model_dump_json(indent=1) + "\n", encoding="utf-8")
        new.replace(self.path / "run.json")

    def keep(self, sample: Sample) -> None:
        """Add an answer.

        Args:
            sample: The answer.
        """
        self.samples.append(sample)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(SAMPLE.dump_json(sample).decode() + "\n")

    def _read(self) -> list[Sample]:
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self._file} cannot be read: {error}") from None
        whole, _, rest = text.rpartition("\n")
        if rest:  # a program that was killed while it wrote; that answer is made again
            os.truncate(self._file, len(f"{whole}\n".encode()) if whole else 0)
        samples: list[Sample] = []
        for number, line in enumerate(whole.split("\n") if whole else [], 1):
            try:
                samples.append(SAMPLE.validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                raise ConfigError(f"{self._file}:{number}: {where}: {first['msg']}") from None
        return samples


def _read_same(file: Path, run: RunInfo) -> RunInfo:
    """What a folder holds; it must be comparable with what is to be run."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        before = RunInfo.model_validate(raw)
    except (OSError, ValueError) as error:  # also pydantic's
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
