"""Records in a file, one line of JSON each: a kill at any moment costs at most what was not finished.

A record is written at once at the end of the file and forced to the disk before it counts. A line that a kill
tore apart can only be the last one: it is cut off when the file is opened for writing, passed over when it is
only read, and its record made again.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from sot.errors import ConfigError

R = TypeVar("R", bound=BaseModel)


def read_log(path: Path, kind: type[R], again: str) -> list[R]:
    """All records, in the order of the file; none where there is no file. It may be written at this moment.

    Args:
        path: The file.
        kind: The records' type.
        again: What happens without a damaged line, for its message.

    Raises:
        ConfigError: A line is damaged; with file and line.
    """
    return _parsed(path, kind, again)[0]


class RecordLog(Generic[R]):
    """Such a file, open for writing. Its caller sees to it that nobody else writes.

    Args:
        path: The file; made if need be.
        kind: The records' type.
        again: What happens without a damaged line, for its message.

    Raises:
        ConfigError: A line is damaged.
        OSError: It cannot be written.
    """

    def __init__(self, path: Path, kind: type[R], again: str) -> None:
        self.records, length = _parsed(path, kind, again)
        self._writing = threading.Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        self.cut_off = os.fstat(self._file).st_size - length  # bytes of a torn line
        if self.cut_off:
            os.ftruncate(self._file, length)
            os.fsync(self._file)
        sync_folder(path.parent)

    def append(self, record: R) -> None:
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

    def close(self) -> None:
        """Close the file, after a record that is being written."""
        with self._writing:
            os.close(self._file)


def first_mistake(error: ValidationError) -> str:
    """What is wrong with a record, in one line.

    Args:
        error: Why it was refused.
    """
    found = error.errors()[0]
    where = ".".join(str(part) for part in found["loc"])
    return f"{where}: {found['msg']}" if where else found["msg"]


def sync_folder(path: Path) -> None:
    """Make the names of new files in a folder last, too.

    Args:
        path: The folder.
    """
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _parsed(path: Path, kind: type[R], again: str) -> tuple[list[R], int]:
    """The records, and how many bytes they fill; what follows is a torn line."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]  # without its line feed a line is torn
    except FileNotFoundError:
        return [], 0
    records: list[R] = []
    length = 0
    for number, line in enumerate(lines, 1):
        try:
            records.append(kind.model_validate_json(line))
        except ValidationError as error:
            if number == len(lines):  # a power cut can leave a last line's line feed without its content
                break
            raise ConfigError(f"{path}:{number}: damaged ({first_mistake(error)}); {again}") from None
        length += len(line) + 1
    return records, length
