"""Folder for converted weights and measurements, and the digests of large files.

Whatever cannot be written there is done again at the next start: a cache folder that is read-only, full or
cannot be made costs time and one note, and stops nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

_log = logging.getLogger(__name__)
_noted: set[Path] = set()
_BLOCK = 2**20
_SETTLED_NS = 3_000_000_000  # a file that changed more recently may change again at the same clock tick


def cache_folder() -> Path:
    """Return the folder for converted weights and measurements; ``SOT_CACHE`` overrides the default."""
    if given := os.environ.get("SOT_CACHE"):
        return Path(os.path.expanduser(given))
    if (base := Path(os.environ.get("XDG_CACHE_HOME", ""))).is_absolute():  # else it is to be ignored
        return base / "skeleton-of-thought"
    try:
        return Path.home() / ".cache" / "skeleton-of-thought"
    except RuntimeError:  # no home
        return _own_temporary_folder(Path(tempfile.gettempdir()))


@lru_cache(maxsize=1)
def _own_temporary_folder(base: Path) -> Path:
    """Return a folder that no other user can write to: code is loaded from it.

    It is the same one from start to start, unless another user has taken its name: then one for this process.
    """
    user = getattr(os, "getuid", lambda: 0)()
    folder = base / f"skeleton-of-thought-{user}"
    with suppress(OSError):
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == user and not found.st_mode & 0o022:
            return folder
        return Path(tempfile.mkdtemp(prefix="skeleton-of-thought-", dir=base))
    return Path(os.devnull) / "skeleton-of-thought"  # nothing can be written there


def note_unusable(error: Exception) -> None:
    """Tell once, in one line, that the cache folder cannot be written to, and what that costs."""
    folder = cache_folder()
    if folder not in _noted:
        _noted.add(folder)
        _log.warning(
            "the cache folder %s cannot be written to (%s): the model is prepared anew at each start; "
            "SOT_CACHE names another folder",
            folder,
            " ".join(str(error).split()),
        )


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file's content, which is read once: a record remembers it while the file stays.

    The record holds for a path with the same size, inode and times. The time of the last change of the inode
    is among them, which a program that sets a file's times back cannot set.

    Args:
        file: The file.

    Raises:
        OSError: It cannot be read.
    """
    path = file.resolve()
    state = state_of(path)
    record = _record(path)
    with suppress(OSError, ValueError, TypeError, KeyError):
        known = json.loads(record.read_text(encoding="utf-8"))
        if known["state"] == state:
            return str(known["sha256"])
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as raw:
        while block := raw.read(_BLOCK):
            digest.update(block)
    found = digest.hexdigest()
    # The clock of a file may be another machine's: a time to come counts as recent.
    settled = time.time_ns() - max(state[2], state[3]) > _SETTLED_NS
    if settled and state_of(path) == state:
        remember(record, {"path": str(path), "state": state, "sha256": found})
    return found


def state_of(file: Path) -> list[int]:
    """Return what changes when a file does: size, inode, and the times of its content and of its inode."""
    found = file.stat()
    return [found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_dev]


def remember(file: Path, content: Mapping[str, object]) -> None:
    """Write a small file of the cache as a whole; where that cannot be done, go on without it.

    Args:
        file: The file.
        content: What it holds, as JSON.
    """
    new = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as new:
            json.dump(content, new, indent=1)
        Path(new.name).replace(file)
    except OSError as error:
        if new is not None:
            Path(new.name).unlink(missing_ok=True)
        note_unusable(error)


def _record(path: Path) -> Path:
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
    return cache_folder() / "digests" / f"{name}.json"
