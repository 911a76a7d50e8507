"""The folder of a run on disk: written so that a kill at any moment costs at most what was not finished.

A record is one line, written at once at the end of the file and forced to the disk before it counts. A line
that a kill tore apart can only be the last one: it is cut off when the folder is opened for writing, passed
over when it is only read, and its answer made again.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from sot.errors import ConfigError

from ..records import ANSWERS, FORMAT, MANIFEST, AnswerRecord, Manifest
from .lock import locked


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
    if found != FORMAT:
        raise ConfigError(f"{path}: format {found!r}; this version reads format {FORMAT}")
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first(error)}") from None


def read_answers(folder: Path) -> list[AnswerRecord]:
    """All records of a run in the order of the file; `sot.evals.records.latest` tells which count.

    A run may be writing them at this moment.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: A line is damaged; with file and line.
    """
    return _parsed(folder / ANSWERS)[0]


class RunFolder:
    """A run's folder, held for writing by this process alone. Use it as a context manager.

    Args:
        path: The folder; made if need be.

    Raises:
        ConfigError: Another process is writing to it, it is not a folder, or a line in it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[AnswerRecord] = []
        self.cut_off = 0

    def __enter__(self) -> Self:
        if self.path.exists() and not self.path.is_dir():
            raise ConfigError(f"{self.path} is a file; --out names a folder")
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = locked(self.path)
        try:
            self.records, self.cut_off = self._opened()
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._writing:
            os.close(self._file)
        self._lock.close()

    def append(self, record: AnswerRecord) -> None:
        """Add a record; when this returns it is on the disk. May be called from any thread.

        Args:
            record: The record.

        Raises:
            OSError: It cannot be written.
        """
        line = (record.model_dump_json(exclude_none=True) + "\n").encode()
        with self._writing:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        self.records.append(record)

    def write_manifest(self, manifest: Manifest) -> None:
        """Put a manifest in the place of the one that is there, all or nothing.

        Args:
            manifest: The manifest.

        Raises:
            OSError: It cannot be written.
        """
        new = self.path / f"{MANIFEST}.new"
        with new.open("w", encoding="utf-8") as file:
            file.write(manifest.model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path / MANIFEST)
        _sync_folder(self.path)

    def _opened(self) -> tuple[list[AnswerRecord], int]:
        path = self.path / ANSWERS
        records, length = _parsed(path)
        self._writing = threading.Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        surplus = os.fstat(self._file).st_size - length
        if surplus:
            os.ftruncate(self._file, length)
            os.fsync(self._file)
        _sync_folder(self.path)
        return records, surplus


def _parsed(path: Path) -> tuple[list[AnswerRecord], int]:
    """The records of a file, and how many bytes they fill; what follows is a torn line."""
    records: list[AnswerRecord] = []
    length = 0
    for number, line, is_last in _lines(path):
        try:
            records.append(AnswerRecord.model_validate_json(line))
        except ValidationError as error:
            if is_last:  # a power cut can leave a last line with its line feed, but not its content
                break
            raise ConfigError(
                f"{path}:{number}: damaged ({_first(error)}); without this line its answer is made again"
            ) from None
        length += len(line) + 1
    return records, length


def _lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Number, content and whether it is the last, of every line that has its line feed."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    lines = content.split(b"\n")[:-1]
    for number, line in enumerate(lines, 1):
        yield number, line, number == len(lines)


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    where = ".".join(str(part) for part in found["loc"])
    return f"{where}: {found['msg']}" if where else found["msg"]


def _sync_folder(path: Path) -> None:
    """Make the names of new files in a folder last, too."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
