"""``judgements.jsonl`` on disk, a `record_log`."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from ..record_log import RecordLog, read_log
from ..run.folder import read_manifest
from ..run.lock import locked
from .records import JUDGEMENTS, Judgement

_AGAIN = "without this line it is judged again"


def read_judgements(folder: Path) -> list[Judgement]:
    """All verdicts of a run, in the order of the file; none where nothing has been judged.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: A line is damaged; with file and line.
    """
    return read_log(folder / JUDGEMENTS, Judgement, _AGAIN)


class JudgementFile:
    """The verdicts of a run, held for writing by this process alone. Use it as a context manager.

    The lock is that of the run: answers that change while they are judged would be judged for nothing.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: The folder holds no run, another process is writing to it, or a line is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        read_manifest(self._folder)  # a folder that holds no run is left as it is
        self._lock = locked(self._folder)
        try:
            self._log = RecordLog(self._folder / JUDGEMENTS, Judgement, _AGAIN)
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
    def judgements(self) -> list[Judgement]:
        """All that are in it."""
        return self._log.records

    def append(self, judgement: Judgement) -> None:
        """Add a verdict; when this returns it is on the disk. May be called from any thread.

        Args:
            judgement: The verdict.

        Raises:
            OSError: It cannot be written.
        """
        self._log.append(judgement)
