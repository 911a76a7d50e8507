"""Runtime files of running servers, by which this user's commands find them: one file for each server.

A server holds a lock on its file for as long as it runs, which the system lets go of with the process,
whatever ends it. So a file that can be locked is one that was left behind. Nothing is believed that another
user could have written. Where there are no such locks or no owners of files (Windows), there are no files.

``SOT_WARM=off`` writes and reads none.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .. import __version__
from ..terminal import one_line
from .user_folders import is_off, user_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_LARGEST = 10_000  # bytes
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_Text = Annotated[str, Field(min_length=1, max_length=2000)]


class RunningServer(BaseModel):
    """A running server, as its runtime file says.

    Args:
        version: Its version of this project.
        host: IP address on this machine at which it listens.
        port: Its port.
        pid: Its process.
        started: When it was ready, in seconds since 1970.
        model: Name of its model.
        backend: Its backend spec, as clients may see it.
        secret: Secret by which it proves itself.
        needs_key: Whether requests need an API key, in whose place the secret is taken.
    """

    model_config = ConfigDict(strict=True, frozen=True)

    version: str
    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    pid: int
    started: float
    model: _Text
    backend: _Text
    secret: Annotated[str, Field(min_length=32, max_length=200, pattern=r"^[\w-]+$", repr=False)]
    needs_key: bool

    @property
    def address(self) -> str:
        """The address, for people."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def is_switched_off() -> bool:
    """Return whether there are to be no runtime files here."""
    return fcntl is None or is_off(os.environ.get("SOT_WARM", ""))


def new_secret() -> str:
    """Return a new server's secret."""
    return secrets.token_urlsafe(32)


@contextmanager
def announcing(
    secret: str | None, *, needs_key: bool
) -> Generator[Callable[[tuple[str, int], str, str], None]]:
    """Let this user's commands find a server while the context lasts.

    Yields a function to call once it is ready, with the address of its socket, the model's name and the
    backend spec. A server that cannot be reached at a loopback address is not told of, and nor is one whose
    file cannot be written.

    Args:
        secret: The server's secret; ``None``: it is not told of.
        needs_key: Whether its requests need an API key.
    """
    written: list[tuple[Path, BinaryIO]] = []

    def announce(address: tuple[str, int], model: str, backend: str) -> None:
        if secret is None or (host := _loopback(address[0])) is None:
            return
        with suppress(OSError, ValidationError):
            server = RunningServer(
                version=__version__,
                host=host,
                port=address[1],
                pid=os.getpid(),
                started=time.time(),
                model=one_line(model),
                backend=one_line(backend),
                secret=secret,
                needs_key=needs_key,
            )
            written.append(_write(server))

    try:
        yield announce
    finally:
        for path, file in written:
            with suppress(OSError):
                path.unlink()
            file.close()


def running_servers() -> list[RunningServer]:
    """Return this user's servers on this machine, the one that was ready last first.

    Files of servers that are gone are removed.
    """
    if is_switched_off():
        return []
    found = (_read(path) for folder in _folders() if _is_ours(folder) for path in folder.glob("*.json"))
    running = [server for server in found if server is not None and server.version == __version__]
    return sorted(running, key=lambda server: server.started, reverse=True)


def _write(server: RunningServer) -> tuple[Path, BinaryIO]:
    """Write a server's file into the first folder that takes it; returns its place and the open file.

    Raises:
        OSError: It cannot be written.
    """
    for folder in _folders():
        with suppress(OSError):  # the session's folder may be another user's, as after ``sudo``
            return _write_to(folder, server)
    raise FileNotFoundError("there is no folder for it")


def _write_to(folder: Path, server: RunningServer) -> tuple[Path, BinaryIO]:
    """Write a server's file, locked before anyone can see it.

    Raises:
        OSError: It cannot be written, or the folder is not this user's own.
    """
    assert fcntl is not None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_ours(folder):
        raise PermissionError(f"{folder} can be written by others")
    name = f"{server.pid}-{secrets.token_hex(4)}"
    new = folder / f"{name}.new"
    file = os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.write(server.model_dump_json().encode())
        file.flush()
        path = new.rename(folder / f"{name}.json")
    except BaseException:
        file.close()
        new.unlink(missing_ok=True)
        raise
    return path, file


def _read(path: Path) -> RunningServer | None:
    """Read a server's file; ``None`` where it is not to be trusted, or its server is gone."""
    assert fcntl is not None
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with suppress(OSError, ValidationError), os.fdopen(opened, "rb") as file:
        about = os.fstat(opened)
        ours = about.st_uid == os.getuid() and stat.S_ISREG(about.st_mode)
        if not ours or about.st_mode & _OTHERS or about.st_size > _LARGEST:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:  # its server runs
            server = RunningServer.model_validate_json(file.read(_LARGEST))
            return server if _loopback(server.host) == server.host else None
        path.unlink()
    return None


def _is_ours(folder: Path) -> bool:
    """Return whether a folder is this user's own, and nobody else can write there."""
    try:
        about = folder.lstat()
    except OSError:
        return False
    written = stat.S_IWGRP | stat.S_IWOTH
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & written


def _folders() -> list[Path]:
    """Return where files may be, the best place first: a service may not have the session's folder."""
    found: list[Path] = []
    if (runtime := Path(os.environ.get("XDG_RUNTIME_DIR", ""))).is_absolute():
        found.append(runtime / "sot")
    if (state := user_folder("XDG_STATE_HOME", ".local", "state", windows="LOCALAPPDATA")) is not None:
        found.append(state / "sot" / "run")
    return found


def _loopback(host: str) -> str | None:
    """Return the loopback address at which a socket's address is reached; ``None`` where there is none."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1"
    return host if address.is_loopback else None


__all__ = ["RunningServer", "announcing", "is_switched_off", "new_secret", "running_servers"]
