"""The folder of a run on disk: its manifest, and its answers in a `record_log`."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from sot.errors import ConfigError

from ..own_files import holds_manifest, replace_text
from ..record_log import RecordLog, first_mistake, read_log
from ..records import ANSWERS, FORMAT, MANIFEST, AnswerRecord, Manifest
from .lock import LOCK, locked

_AGAIN = "without this line its answer is made again"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: There is no run, or its manifest cannot be read.
    """
    manifest = find_manifest(folder)
    if manifest is None:
        raise ConfigError(f"{folder}: no run there ({MANIFEST} is missing); `sot eval run` makes one")
    return manifest


def find_manifest(folder: Path) -> Manifest | None:
    """The manifest of a run, or ``None`` where nothing has been run yet.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: The manifest cannot be read.
    """
    path = folder / MANIFEST
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    found = content.get("format") if isinstance(content, dict) else None
    if not isinstance(found, int):
        raise ConfigError(f"{path} is not the manifest of a run of `sot eval run`")
    if found != FORMAT:
        raise ConfigError(f"{path}: format {found}; this version reads format {FORMAT}")
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_mistake(error)}") from None


def read_answers(folder: Path) -> list[AnswerRecord]:
    """All records of a run in the order of the file; `sot.evals.records.latest` tells which count.

    A run may be writing them at this moment.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: A line is damaged; with file and line.
    """
    return read_log(folder / ANSWERS, AnswerRecord, _AGAIN)


class RunFolder:
    """A run's folder, held for writing by this process alone. Use it as a context manager.

    A folder that holds no run is left as it is.

    Args:
        path: The folder; made if need be.

    Raises:
        ConfigError: It holds something else than a run, another process is writing to it, or a line in it is
            damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        _refuse_foreign(self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = locked(self.path)
        try:
            self._log = RecordLog(self.path / ANSWERS, AnswerRecord, _AGAIN)
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log.close()
        self._lock.close()

    @property
    def records(self) -> list[AnswerRecord]:
        """All that are in it."""
        return self._log.records

    @property
    def cut_off(self) -> int:
        """Bytes of a torn line, which is cut off when a record is added."""
        return self._log.cut_off

    def append(self, record: AnswerRecord) -> None:
        """Add a record; when this returns it is on the disk. May be called from any thread.

        Args:
            record: The record.

        Raises:
            OSError: It cannot be written.
        """
        self._log.append(record)

    def write_manifest(self, manifest: Manifest) -> None:
        """Put a manifest in the place of the one that is there, all or nothing.

        Args:
            manifest: The manifest.

        Raises:
            OSError: It cannot be written.
        """
        replace_text(self.path / MANIFEST, manifest.model_dump_json(indent=1) + "\n")


def _refuse_foreign(folder: Path) -> None:
    """See to it that a folder is new, is empty or holds a run, before anything in it is changed."""
    answers = folder / ANSWERS
    empty = answers.is_file() and answers.stat().st_size == 0
    if answers.exists() and not empty and not (folder / MANIFEST).exists():
        raise ConfigError(f"{folder} has answers but no {MANIFEST}: choose another --out")
    if holds_manifest(folder, MANIFEST, leftovers=(LOCK, ANSWERS) if empty else (LOCK,)):
        find_manifest(folder)
