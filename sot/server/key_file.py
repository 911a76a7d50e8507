"""Check of a file with keys: who else can read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..terminal import one_line

_OTHERS = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH


def key_file_warning(file: Path) -> str | None:
    """Return a warning where other users of this machine can read or change a key file; else ``None``.

    Args:
        file: The file; a link is followed.

    Raises:
        OSError: It cannot be looked at.
    """
    if os.name == "nt" or not file.stat().st_mode & _OTHERS:  # Windows has no such bits
        return None
    shown = one_line(str(file))
    return f"warning: other users of this machine can read the keys in {shown}: run chmod 600 {shown}"
