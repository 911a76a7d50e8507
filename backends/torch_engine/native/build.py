"""Compilation of the forward pass, once for a machine: the library is kept in the cache folder."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from ..cache import cache_folder, note_unusable

_SOURCE = Path(__file__).parent / "forward.c"
_OPTIONS = ("-O2", "-march=native", "-std=gnu11", "-shared", "-fPIC", "-pthread", "-w")
_COMPILERS = ("cc", "gcc", "clang")
_MOST_S = 120.0  # for a compiler that hangs


class NoNativeError(Exception):
    """The forward pass cannot be compiled here; the message says why."""


def library() -> ctypes.CDLL:
    """Return the compiled forward pass, compiling it at the first call on this machine.

    Raises:
        NoNativeError: There is no compiler, or no processor, for it.
    """
    found = _outcome()
    if isinstance(found, NoNativeError):
        raise found
    return found


@cache
def _outcome() -> ctypes.CDLL | NoNativeError:
    """Return the library, or why there is none: a compiler that fails is not tried twice."""
    try:
        return _find()
    except NoNativeError as error:
        return error


def _find() -> ctypes.CDLL:
    if platform.machine() not in ("x86_64", "AMD64") or os.name != "posix":
        raise NoNativeError(f"it is written for x86-64 processors, not {platform.machine()}")
    sources = [file.read_bytes() for file in sorted(_SOURCE.parent.glob("*.[ch]"))]
    parts = (*sources, " ".join(_OPTIONS).encode(), _processor())
    name = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    kept = cache_folder() / "native" / f"{name}.so"
    if is_trusted(kept):
        with suppress(OSError):  # it is damaged, or nothing may be run there
            return _open(kept)
    compiler = next((found for name in _COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        raise NoNativeError("no C compiler is installed")
    try:
        return _compiled_into_cache(compiler, kept)
    except OSError as error:
        note_unusable(error)
    try:
        with tempfile.TemporaryDirectory(prefix="sot-native-") as folder:
            return _open(_compile(compiler, Path(folder)))  # it stays open when the file is gone
    except OSError as error:
        raise NoNativeError(f"no folder to compile it in: {error}") from error


def _compiled_into_cache(compiler: str, kept: Path) -> ctypes.CDLL:
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not is_trusted(kept.parent):
        raise PermissionError(f"others may write to {kept.parent}")
    with tempfile.TemporaryDirectory(prefix=".new-", dir=kept.parent) as folder:
        made = _compile(compiler, Path(folder))
        made.chmod(0o600)
        made.replace(kept)
    return _open(kept)


def is_available() -> bool:
    """Return whether the forward pass in C runs here."""
    try:
        library()
    except NoNativeError:
        return False
    return True


def is_trusted(path: Path) -> bool:
    """Return whether only this user and root can have written a file or folder: code there may be run."""
    try:
        places = [path, *path.resolve(strict=True).parents]
        return all(_is_trusted(place.stat()) for place in places)
    except OSError:
        return False


def _is_trusted(found: os.stat_result) -> bool:
    mode = found.st_mode
    others = mode & stat.S_IWOTH or (mode & stat.S_IWGRP and found.st_gid != found.st_uid)
    kept_apart = stat.S_ISDIR(mode) and mode & stat.S_ISVTX  # nobody renames what is another person's
    return found.st_uid in (0, os.getuid()) and bool(not others or kept_apart)


def _compile(compiler: str, folder: Path) -> Path:
    target = folder / "forward.so"
    command = [compiler, *_OPTIONS, str(_SOURCE), "-o", str(target), "-lm"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_MOST_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoNativeError(f"the C compiler failed: {error}") from error
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
        raise NoNativeError(f"it does not compile here: {errors[0].strip() if errors else done.returncode}")
    return target


def _open(file: Path) -> ctypes.CDLL:
    opened = ctypes.CDLL(str(file))
    pointer = ctypes.c_void_p
    opened.sot_lanes.restype = ctypes.c_int
    opened.sot_pack.argtypes = [pointer, ctypes.c_int, ctypes.c_int, pointer, pointer]
    opened.sot_pack.restype = None
    opened.sot_step.argtypes = [pointer, pointer, pointer, ctypes.c_int64]
    opened.sot_step.restype = ctypes.c_int64
    return opened


def _processor() -> bytes:
    """Return what tells processors with other instructions apart, where machines share a cache folder."""
    try:
        lines = Path("/proc/cpuinfo").read_bytes().splitlines()
    except OSError:
        return f"{platform.processor()} {platform.node()}".encode()
    return b"\n".join(
        next((line for line in lines if line.startswith(key)), b"") for key in (b"model name", b"flags")
    )
