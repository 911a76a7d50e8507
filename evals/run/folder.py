"""Run folders: a manifest, append-only logs of records, and reports, written by one process at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Generic, Self, TypeVar, cast

from pydantic import BaseModel, ValidationError

from sot.errors import ConfigError

from .log import RecordLog, first_mistake, read_log
from .manifest import FORMAT, MANIFEST, EvalManifest, Manifest
from .own_files import has_file, holds_manifest, open_own, replace_text
from .records import ANSWERS, AnswerRecord

M = TypeVar("M", bound=Manifest)
R = TypeVar("R", bound=BaseModel)
LOCK = ".lock"
_AGAIN = "without this line its answer is made again"
_EARLIER = "run.json"  # the manifest of benches in format 1


class RunFolder(Generic[M]):
    """A run's folder, held for writing by this process alone. Use it as a context manager.

    A folder that holds anything else than a run of the same command is left as it is.

    Args:
        path: Made if need be.
        kind: The command's manifest.
        reports: Files that `write_report` will write: what stands in their way is told before the run.

    Raises:
        ConfigError: It holds something else, another process is writing to it, or a line in it is damaged.
    """

    def __init__(self, path: Path, kind: type[M], *, reports: Collection[str] = ()) -> None:
        self.path = path
        self.manifest: M | None = None
        self._kind = kind
        self._reports = reports
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with self._open:
            try:
                _refuse_foreign(self.path, self._kind)
                self.path.mkdir(parents=True, exist_ok=True)
                self._open.enter_context(locked(self.path))
                for name in self._reports:
                    has_file(self.path / name)
            except OSError as error:
                raise ConfigError(f"--out: {self.path} cannot be written: {error.strerror}") from None
            self.manifest = find_manifest(self.path, self._kind)
            self._log = self.open_log(ANSWERS, AnswerRecord, _AGAIN)
            self._open = self._open.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def records(self) -> list[AnswerRecord]:
        """All answers in it, in the order of the file; `records.latest` tells which count."""
        return self._log.records

    @property
    def cut_off(self) -> int:
        """Bytes of a torn line, which is cut off when an answer is added."""
        return self._log.cut_off

    def append(self, record: AnswerRecord) -> None:
        """Add an answer; when this returns it is on the disk. Callable from any thread.

        Raises:
            OSError: It cannot be written.
        """
        self._log.append(record)

    def append_all(self, records: Sequence[AnswerRecord]) -> None:
        """Add answers, forced to the disk together; otherwise as `append`."""
        self._log.append_all(records)

    def open_log(self, name: str, kind: type[R], again: str) -> RecordLog[R]:
        """Open another log of the folder for adding; it is closed with the folder.

        Args:
            again: What happens without a damaged line, for its message.

        Raises:
            ConfigError: A line is damaged, or the file is a symbolic link.
        """
        log = RecordLog(self.path / name, kind, again)
        self._open.callback(log.close)
        return log

    def refuse_unlike(self, manifest: M) -> None:
        """See to it that a run may go on in this folder.

        Raises:
            ConfigError: The folder holds an unlike run; names what differs.
        """
        if self.manifest is not None:
            self.manifest.refuse_unlike(manifest, self.path)

    def begin(self, manifest: M) -> M:
        """Write the manifest of a run that begins, or goes on with what is asked for now; returns it.

        Raises:
            ConfigError: The folder holds an unlike run; names what differs.
        """
        self.refuse_unlike(manifest)
        return self.rewrite(manifest if self.manifest is None else self.manifest.extended(manifest))

    def rewrite(self, manifest: M) -> M:
        """Put a manifest in the place of the one that is there, all or nothing; returns it."""
        replace_text(self.path / MANIFEST, manifest.model_dump_json(indent=1) + "\n")
        self.manifest = manifest
        return manifest

    def write_report(self, name: str, content: str) -> None:
        """Write a report in the folder, in the place of an earlier one.

        Args:
            name: The file's name; may be in a folder inside the run's.
        """
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        replace_text(path, content, durable=False)


def read_manifest(folder: Path) -> EvalManifest:
    """Return the manifest of a run of ``sot eval run``.

    Raises:
        ConfigError: There is no run, or its manifest cannot be read.
    """
    manifest = find_manifest(folder, EvalManifest)
    if manifest is None:
        raise ConfigError(f"{folder}: no run there ({MANIFEST} is missing); `sot eval run` makes one")
    return manifest


def find_manifest(folder: Path, kind: type[M]) -> M | None:
    """Return the manifest of a run; ``None`` where nothing has been run yet.

    Raises:
        ConfigError: The manifest cannot be read, or it is that of another command.
    """
    path = folder / MANIFEST
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    fields = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    if fields.keys() >= {"format", "sot_version", "question_ids"} and fields["format"] == 1:
        raise ConfigError(_outdated(folder))
    command = fields.get("command")
    if not isinstance(fields.get("format"), int) or not isinstance(command, str):
        raise ConfigError(f"{path} is not the manifest of a run of `{_command(kind)}`")
    if command != _command(kind):
        raise ConfigError(f"{folder} holds a run of `{command}`, not of `{_command(kind)}`")
    if fields["format"] != FORMAT:
        raise ConfigError(f"{path}: format {fields['format']}; this version reads format {FORMAT}")
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_mistake(error)}") from None


def read_answers(folder: Path) -> list[AnswerRecord]:
    """Return all answers of a run in the order of the file, which may be written at this moment.

    Raises:
        ConfigError: A line is damaged; with file and line.
    """
    return read_log(folder / ANSWERS, AnswerRecord, _AGAIN)


def locked(folder: Path) -> IO[str]:
    """Take a folder for this process; closing the file gives it back, and so does any end of the process.

    The file itself stays: removing it would let two processes each hold a lock on a file of that name.

    Raises:
        ConfigError: Another process has it, or the file of that name is none of ours.
    """
    import fcntl

    path = folder / LOCK
    file = os.fdopen(open_own(path, os.O_RDWR | os.O_APPEND), "r+", encoding="utf-8", errors="replace")
    owner = file.read(20).strip("\0 \n")
    try:
        if owner and not owner.isdigit():
            raise ConfigError(f"{path} is no lock of this program: remove it, or use another folder")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        who = f" (process {owner})" if owner else ""
        raise ConfigError(
            f"{folder} is being written by another run{who}: wait until it ends, or choose another --out"
        ) from None
    except BaseException:
        file.close()
        raise
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _refuse_foreign(folder: Path, kind: type[Manifest]) -> None:
    """See to it that a folder is new, is empty or holds such a run, before anything in it is changed."""
    if folder.is_dir() and not (folder / MANIFEST).exists() and _is_earlier_bench(folder / _EARLIER):
        raise ConfigError(_outdated(folder))
    answers = folder / ANSWERS
    empty = answers.is_file() and answers.stat().st_size == 0
    if answers.exists() and not empty and not (folder / MANIFEST).exists():
        raise ConfigError(f"{folder} has answers but no {MANIFEST}: choose another --out")
    if holds_manifest(folder, MANIFEST, leftovers=(LOCK, ANSWERS) if empty else (LOCK,)):
        find_manifest(folder, kind)


def _is_earlier_bench(path: Path) -> bool:
    try:
        fields: Any = json.loads(path.read_text(encoding="utf-8"))
        return fields["format"] == 1 and ("backend_spec" in fields or fields["run"] == "sot bench load")
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return False


def _outdated(folder: Path) -> str:
    return (
        f"{folder} holds a run of an earlier version of sot, in format 1, and this version reads format "
        f"{FORMAT}: choose another folder, or run it again"
    )


def _command(kind: type[Manifest]) -> str:
    return str(kind.model_fields["command"].default)
