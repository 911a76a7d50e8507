"""Keeps two processes from writing to one folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from sot.errors import ConfigError

LOCK = ".lock"


def locked(folder: Path) -> IO[str]:
    """Take the folder for this process; closing the file gives it back, and so does any end of the process.

    The file itself stays: removing it would let two processes each hold a lock on a file of that name.

    Args:
        folder: The folder.

    Raises:
        ConfigError: Another process has it.
    """
    import fcntl

    file = (folder / LOCK).open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read(20).strip()
        file.close()
        who = f" (process {owner})" if owner.isdigit() else ""
        raise ConfigError(
            f"{folder} is being written by another run{who}: wait until it ends, or choose another --out"
        ) from None
    except OSError:
        file.close()
        raise
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
