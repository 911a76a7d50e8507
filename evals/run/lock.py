"""Lock that keeps two processes from writing to one folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from sot.errors import ConfigError

from ..own_files import open_own

LOCK = ".lock"


def locked(folder: Path) -> IO[str]:
    """Take the folder for this process; closing the file gives it back, and so does any end of the process.

    The file itself stays: removing it would let two processes each hold a lock on a file of that name.

    Args:
        folder: The folder.

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
