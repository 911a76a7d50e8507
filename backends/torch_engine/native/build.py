"""Compilation of the forward pass, once for a machine: the library is kept in the cache folder."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from ..cache import cache_folder, note_unusable

_SOURCE = Path(__file__).parent / "forward.c"
_OPTIONS = ("-O2", "-march=native", "-std=gnu11", "-shared", "-fPIC", "-pthread", "-w")
_COMPILERS = ("cc", "gcc", "clang")
_MOST_S = 120.0  # for a compiler that hangs


class NoNativeError(Exception):
    """The forward pass cannot be compiled here; the message says why."""


@cache
def library() -> ctypes.CDLL:
    """Return the compiled forward pass, compiling it at the first call on this machine.

    Raises:
        NoNativeError: There is no compiler, or no processor, for it.
    """
    if platform.machine() not in ("x86_64", "AMD64") or os.name != "posix":
        raise NoNativeError(f"it is written for x86-64 processors, not {platform.machine()}")
    sources = [file.read_bytes() for file in sorted(_SOURCE.parent.glob("*.[ch]"))]
    parts = (*sources, " ".join(_OPTIONS).encode(), _processor())
    name = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    kept = cache_folder() / "native" / f"{name}.so"
    if _is_ours(kept):
        try:
            return _open(kept)
        except OSError:
            pass  # damaged: it is compiled again
    compiler = next((found for name in _COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        raise NoNativeError("no C compiler is installed")
    with tempfile.TemporaryDirectory(prefix="sot-native-") as folder:
        made = Path(folder) / "forward.so"
        _compile(compiler, made)
        opened = _open(made)  # it stays open when the file is gone
        _keep(made, kept)
    return opened


def is_available() -> bool:
    """Return whether the forward pass in C runs here."""
    try:
        library()
    except NoNativeError:
        return False
    return True


def _compile(compiler: str, target: Path) -> None:
    command = [compiler, *_OPTIONS, str(_SOURCE), "-o", str(target), "-lm"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_MOST_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoNativeError(f"the C compiler failed: {error}") from error
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
        raise NoNativeError(f"it does not compile here: {errors[0].strip() if errors else done.returncode}")


def _open(file: Path) -> ctypes.CDLL:
    opened = ctypes.CDLL(str(file))
    pointer = ctypes.c_void_p
    opened.sot_lanes.restype = ctypes.c_int
    opened.sot_pack.argtypes = [pointer, ctypes.c_int, ctypes.c_int, pointer, pointer]
    opened.sot_pack.restype = None
    opened.sot_step.argtypes = [pointer, pointer, pointer, ctypes.c_int64]
    opened.sot_step.restype = ctypes.c_int64
    return opened


def _keep(made: Path, kept: Path) -> None:
    try:
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = kept.with_name(f".new-{os.getpid()}-{kept.name}")
        shutil.copyfile(made, new)
        new.chmod(0o600)
        new.replace(kept)
    except OSError as error:
        note_unusable(error)


def _is_ours(file: Path) -> bool:
    """Whether a library may be run: others cannot have written it."""
    try:
        found, folder = file.stat(), file.parent.stat()
    except OSError:
        return False
    return all(each.st_uid == os.getuid() and not each.st_mode & 0o022 for each in (found, folder))


def _processor() -> bytes:
    """Return what tells processors with other instructions apart, where machines share a cache folder."""
    try:
        lines = Path("/proc/cpuinfo").read_bytes().splitlines()
    except OSError:
        return f"{platform.processor()} {platform.node()}".encode()
    return b"\n".join(
        next((line for line in lines if line.startswith(key)), b"") for key in (b"model name", b"flags")
    )
