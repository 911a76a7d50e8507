"""Append-only logs of records, one line of JSON each: a kill costs at most what was not finished.

A record is written at once at the end of the file and forced to the disk before it counts. A line that a kill
tore apart can only be the last one: it is passed over when the file is read, cut off when the next record is
added, and its record made again. Whatever else cannot be read is none of ours and is never cut off.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from sot.errors import ConfigError

from .own_files import has_file, open_own, sync_folder

R = TypeVar("R", bound=BaseModel)


class RecordLog(Generic[R]):
    """Such a log, open for adding. Its caller sees to it that nobody else writes.

    The file is made, and a torn line of ``cut_off`` bytes cut off, with the first record.

    Args:
        again: What happens without a damaged line, for its message.

    Raises:
        ConfigError: A line is damaged, or the file is a symbolic link.
    """

    def __init__(self, path: Path, kind: type[R], again: str) -> None:
        has_file(path)
        self._path = path
        content = _content(path)
        self.records, self._length = _parsed(path, content, kind, again)
        self.cut_off = len(content) - self._length
        self._writing = threading.Lock()
        self._file: int | None = None

    def append(self, *records: R) -> None:
        """Add records; when this returns they are on the disk. Callable from any thread."""
        lines = "".join(record.model_dump_json(exclude_none=True) + "\n" for record in records)
        with self._writing:
            if self._file is None:
                self._file = self._opened()
            rest = memoryview(lines.encode())
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
            self.records.extend(records)

    def close(self) -> None:
        """Close the file, after a record that is being written."""
        with self._writing:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _opened(self) -> int:
        file = open_own(self._path, os.O_WRONLY | os.O_APPEND)
        try:
            if os.fstat(file).st_size != self._length + self.cut_off:
                raise ConfigError(f"{self._path} has been written by something else meanwhile; start again")
            if self.cut_off:
                os.ftruncate(file, self._length)
                os.fsync(file)
            sync_folder(self._path.parent)
        except BaseException:
            os.close(file)
            raise
        return file


def read_log(path: Path, kind: type[R], again: str) -> list[R]:
    """Return all records in the order of the file, which may be written at this moment."""
    content = _content(path)
    return _parsed(path, content[: content.rfind(b"\n") + 1], kind, again)[0]


def first_mistake(error: ValidationError) -> str:
    """Return what is wrong with a record, in one line."""
    found = error.errors()[0]
    where = ".".join(map(str, found["loc"]))
    return f"{where}: {found['msg']}" if where else found["msg"]


def whole_lines(content: bytes, first_field: str) -> list[bytes]:
    """Return the lines of a log without the one that a kill or a power cut tore apart.

    A torn line is the beginning of a record without its line feed; a power cut can also leave a last line
    with zero bytes in it, which JSON never has. Any other last line is kept, whatever it is.

    Args:
        first_field: The field that all records begin with.
    """
    *lines, rest = content.split(b"\n")
    begin = f'{{"{first_field}":'.encode()
    if rest and b"\0" not in rest and not (rest.startswith(begin) or begin.startswith(rest)):
        lines.append(rest)
    elif not rest and lines and b"\0" in lines[-1]:
        lines.pop()
    return lines


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _parsed(path: Path, content: bytes, kind: type[R], again: str) -> tuple[list[R], int]:
    """The records, and how many bytes they fill."""
    records: list[R] = []
    length = 0
    for number, line in enumerate(whole_lines(content, next(iter(kind.model_fields))), 1):
        try:
            records.append(kind.model_validate_json(line))
        except ValidationError as error:
            raise ConfigError(f"{path}:{number}: damaged ({first_mistake(error)}); {again}") from None
        length += len(line) + 1
    if length > len(content):  # not written by us, and the next record would go on in its line
        raise ConfigError(f"{path}:{len(records)}: damaged (no line feed at its end); {again}")
    return records, length
