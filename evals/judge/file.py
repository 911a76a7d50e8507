"""``judgements.jsonl`` on disk: a kill at any moment costs at most the verdicts that were under way."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from sot.errors import ConfigError

from ..run.lock import locked
from .records import JUDGEMENTS, Judgement


def read_judgements(folder: Path) -> list[Judgement]:
    """All verdicts of a run, in the order of the file; none where nothing has been judged.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: A line is damaged; with file and line.
    """
    return _parsed(folder / JUDGEMENTS)[0]


class JudgementFile:
    """The verdicts of a run, held for writing by this process alone. Use it as a context manager.

    The lock is that of the run: answers that change while they are judged would be judged for nothing.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: Another process is writing to the folder, or a line is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.judgements: list[Judgement] = []

    def __enter__(self) -> Self:
        self._lock = locked(self._folder)
        try:
            path = self._folder / JUDGEMENTS
            self.judgements, length = _parsed(path)
            self._writing = threading.Lock()
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            if os.fstat(self._file).st_size != length:  # what follows is a line that a kill tore apart
                os.ftruncate(self._file, length)
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

    def append(self, judgement: Judgement) -> None:
        """Add a verdict; when this returns it is on the disk. May be called from any thread.

        Args:
            judgement: The verdict.

        Raises:
            OSError: It cannot be written.
        """
        line = (judgement.model_dump_json(exclude_none=True) + "\n").encode()
        with self._writing:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
            self.judgements.append(judgement)


def _parsed(path: Path) -> tuple[list[Judgement], int]:
    """The verdicts of a file, and how many bytes they fill."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]  # without its line feed a line is torn
    except FileNotFoundError:
        return [], 0
    judgements: list[Judgement] = []
    length = 0
    for number, line in enumerate(lines, 1):
        try:
            judgements.append(Judgement.model_validate_json(line))
        except ValidationError as error:
            if number == len(lines):  # a power cut can leave a last line's line feed without its content
                break
            found = error.errors()[0]
            where = ".".join(str(part) for part in found["loc"])
            raise ConfigError(
                f"{path}:{number}: damaged ({where}: {found['msg']}); without this line it is judged again"
            ) from None
        length += len(line) + 1
    return judgements, length
