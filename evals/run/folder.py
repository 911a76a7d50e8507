"""Run folders: a manifest, append-only logs of records, and reports, written by one process at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ValidationError

from sot.errors import ConfigError
from sot.serialise import AnswerJson

from .log import RecordLog, first_mistake, read_log
from .manifest import FORMAT, MANIFEST, EvalManifest, Manifest
from .own_files import has_file, holds_manifest, open_own, replace_text
from .records import ANSWERS, AnswerRecord

M = TypeVar("M", bound=Manifest)
R = TypeVar("R", bound=BaseModel)
_LOCK = ".lock"
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
            self.records = self._log.records  # all of them, in the order of the file
            self.cut_off = self._log.cut_off
            self._open = self._open.pop_all()
        return self

    def __exit__(self, *failure: object) -> None:
        self._open.close()

    def append(self, *records: AnswerRecord) -> None:
        """Add answers; when this returns they are on the disk. Callable from any thread."""
        self._log.append(*records)

    def open_log(self, name: str, kind: type[R], again: str) -> RecordLog[R]:
        """Open another `RecordLog` of the folder; it is closed with the folder."""
        log = RecordLog(self.path / name, kind, again)
        self._open.callback(log.close)
        return log

    def refuse_unlike(self, manifest: M) -> None:
        """See to it that a run may go on in this folder."""
        if self.manifest is not None:
            self.manifest.refuse_unlike(manifest, self.path)

    def begin(self, manifest: M) -> M:
        """Write the manifest of a run that begins, or goes on with what is asked for now; returns it."""
        self.refuse_unlike(manifest)
        return self.rewrite(manifest if self.manifest is None else self.manifest.extended(manifest))

    def rewrite(self, manifest: M) -> M:
        """Put a manifest in the place of the one that is there, all or nothing; returns it."""
        replace_text(self.path / MANIFEST, manifest.model_dump_json(indent=1) + "\n")
        self.manifest = manifest
        return manifest

    def write_report(self, name: str, content: str) -> None:
        """Write a report in the folder, or in a folder inside it, in the place of an earlier one."""
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        replace_text(path, content, durable=False)


def read_manifest(folder: Path) -> EvalManifest:
    """Return the manifest of a run of ``sot eval run``."""
    manifest = find_manifest(folder, EvalManifest)
    if manifest is None:
        raise ConfigError(f"{folder}: no run there ({MANIFEST} is missing); `sot eval run` makes one")
    return manifest


def find_manifest(folder: Path, kind: type[M]) -> M | None:
    """Return the manifest of a run; ``None`` where nothing has been run yet."""
    path = folder / MANIFEST
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    fields: dict[str, Any] = content if isinstance(content, dict) else {}
    if fields.keys() >= {"format", "sot_version", "question_ids"} and fields["format"] == 1:
        raise _outdated(folder)
    command, ours = fields.get("command"), kind.model_fields["command"].default
    if not isinstance(fields.get("format"), int) or not isinstance(command, str):
        raise ConfigError(f"{path} is not the manifest of a run of `{ours}`")
    if command != ours:
        raise ConfigError(f"{folder} holds a run of `{command}`, not of `{ours}`")
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


def whole_answer(folder: Path, record: AnswerRecord) -> AnswerJson:
    """Return the answer of a record that is done.

    Raises:
        ConfigError: It lacks something, or holds something else.
    """
    try:
        return AnswerJson.model_validate(record.answer)
    except ValidationError as error:
        answer = f"the answer to {record.question_id} by {record.strategy}"
        raise ConfigError(f"{folder}: {answer} cannot be read: {first_mistake(error)}") from None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process, until it ends in whatever way.

    The file itself stays: removing it would let two processes each hold a lock on a file of that name.
    """
    import fcntl

    path = folder / _LOCK
    lock = open_own(path, os.O_RDWR | os.O_APPEND)
    with os.fdopen(lock, "r+", encoding="utf-8", errors="replace") as file:
        owner = file.read(20).strip("\0 \n")
        if owner and not owner.isdigit():
            raise ConfigError(f"{path} is no lock of this program: remove it, or use another folder")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = f" (process {owner})" if owner else ""
            raise ConfigError(
                f"{folder} is being written by another run{who}: wait until it ends, or choose another --out"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _refuse_foreign(folder: Path, kind: type[Manifest]) -> None:
    """See to it that a folder is new, is empty or holds such a run, before anything in it is changed."""
    answers = folder / ANSWERS
    empty = answers.is_file() and answers.stat().st_size == 0
    if not (folder / MANIFEST).exists():
        if _is_earlier_bench(folder / _EARLIER):
            raise _outdated(folder)
        if answers.exists() and not empty:
            raise ConfigError(f"{folder} has answers but no {MANIFEST}: choose another --out")
    if holds_manifest(folder, MANIFEST, leftovers=(_LOCK, ANSWERS) if empty else (_LOCK,)):
        find_manifest(folder, kind)


def _is_earlier_bench(path: Path) -> bool:
    try:
        fields: Any = json.loads(path.read_text(encoding="utf-8"))
        return fields["format"] == 1 and ("backend_spec" in fields or fields["run"] == "sot bench load")
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return False


def _outdated(folder: Path) -> ConfigError:
    return ConfigError(
        f"{folder} holds a run of an earlier version of sot, in format 1, and this version reads format "
        f"{FORMAT}: choose another folder, or run it again"
    )
