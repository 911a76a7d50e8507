"""Folders of the user's own files, as the XDG base directories and Windows have them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

OFF = "off"


def user_folder(variable: str, *default: str, windows: str) -> Path | None:
    """Return a base folder of the user's files; ``None`` for a user without a home.

    A relative path in a variable is passed over, as the XDG specification wants it: it would lead into
    whatever folder is at hand.

    Args:
        variable: The XDG variable.
        default: Its default, below the home.
        windows: The variable that takes its place on Windows.
    """
    on_windows = sys.platform == "win32"
    given = Path(os.environ.get(windows if on_windows else variable, ""))
    if given.is_absolute():
        return given
    with suppress(RuntimeError):
        return Path.home() if on_windows else Path.home().joinpath(*default)
    return None


def is_off(named: str) -> bool:
    """Return whether a variable that may name a file says ``off``, in whatever case."""
    return named.strip().lower() == OFF


__all__ = ["OFF", "is_off", "user_folder"]
