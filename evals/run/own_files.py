"""Safe output: a command changes files and folders that are its own, and refuses all others untouched.

A folder is known by its manifest, a file that the caller names by its content. Symbolic links inside a folder
are not followed: what they lead to may belong to anyone.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from sot.errors import ConfigError

_NEW = ".new"  # ends the name of a file that is being written
_MOST_BYTES = 256 * 2**20  # of a file that is read to find out whose it is


def has_file(path: Path) -> bool:
    """Tell whether a file stands at a place inside a command's folder; anything else there is refused."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode):
        raise ConfigError(
            f"{path} is a symbolic link, which is not followed: remove it, or use another folder"
        )
    if not stat.S_ISREG(mode):
        raise ConfigError(f"{path} is not a file: remove it, or use another folder")
    return True


def open_own(path: Path, flags: int) -> int:
    """Open a file inside a command's folder, made if need be; returns its descriptor."""
    has_file(path)
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o666)


def holds_manifest(folder: Path, manifest: str, *, leftovers: Collection[str] = ()) -> bool:
    """Tell whether the folder that ``--out`` names has a manifest. One without has to be new or empty.

    The content of the manifest is for the caller to recognise, before anything in the folder is changed.

    Args:
        leftovers: Files that a start may leave behind which was killed before it wrote the manifest.
    """
    if (folder.exists() or folder.is_symlink()) and not folder.is_dir():
        raise ConfigError(f"--out: {folder} is a file; --out names a folder")
    if has_file(folder / manifest):
        return True
    for name in sorted(path.name for path in folder.iterdir()) if folder.is_dir() else ():
        half_written = name.startswith(f".{manifest}.") and name.endswith(_NEW)
        if name not in leftovers and not half_written:
            what = f"something else ({name}, no {manifest})"
            raise ConfigError(f"--out: {folder} holds {what}; choose an empty or a new folder")
    return False


def replace_text(path: Path, content: str, *, durable: bool = True) -> None:
    """Write a file inside a command's folder, all or nothing.

    Args:
        durable: Whether to force it to the disk, so that a power cut does not take it either.
    """
    has_file(path)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_NEW}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def refuse_foreign(path: Path, option: str, is_ours: Callable[[str], bool]) -> None:
    """See to it that writing to a file that the caller names loses nothing: a device or a pipe cannot.

    Args:
        is_ours: Recognises the content that this very command writes.

    Raises:
        ConfigError: Something else is there, or there is no folder for it.
    """
    shown = f"{option}: {str(path)!r}"
    if path.is_dir():
        raise ConfigError(f"{shown} is a folder; name a file")
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"{option}: there is no folder {str(path.parent)!r}")
    if path.is_symlink() and not path.exists():
        raise ConfigError(f"{shown} is a symbolic link to nothing: remove it, or name another file")
    if not path.is_file() or path.stat().st_size == 0:
        return
    try:
        known = path.stat().st_size <= _MOST_BYTES and is_ours(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not readable, not text
        known = False
    if not known:
        raise ConfigError(f"{shown} holds something else and is left alone: name another file, or remove it")


def write_output(path: Path, option: str, content: str) -> None:
    """Write a file that the caller names, after `refuse_foreign` has let it pass; a link stays one."""
    try:
        if path.exists() and not path.is_file():  # a device, a pipe
            path.write_text(content, encoding="utf-8")
        else:
            replace_text(path.resolve(), content)
    except OSError as error:
        raise ConfigError(f"{option}: {str(path)!r} cannot be written: {error.strerror}") from None


def is_json_with(*fields: str) -> Callable[[str], bool]:
    """Return a recogniser of a JSON object, or of a list of objects, that has these fields."""

    def recognise(text: str) -> bool:
        try:
            found: Any = json.loads(text)
        except (ValueError, RecursionError):
            return False
        entries: list[Any] = found if isinstance(found, list) else [found]
        return bool(entries) and all(isinstance(one, dict) and one.keys() >= {*fields} for one in entries)

    return recognise


def sync_folder(path: Path) -> None:
    """Make the names of new files in a folder last, too."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
