"""A cache folder of the tests' own: an earlier command's measurements would decide how answers are made."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

# Made from the models alone, and dear to make: the same for everybody.
_SHARED = ("models", "prepared", "native", "digests")
# How the torch engine computes quickest here: it takes seconds to find out, and decides on no answer's form.
_CHOICES = "torch-choices.json"


def take_own_cache() -> Path:
    """Make a cache folder that starts without measurements, for this process and those it starts.

    It goes when this process ends; converted models are in the user's own folder, as for every command.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    users = Path(os.environ.get("SOT_CACHE") or base / "skeleton-of-thought")
    own = Path(tempfile.mkdtemp(prefix="sot-tests-cache-"))
    with suppress(OSError):  # nothing can be kept there: everything is made anew
        for name in _SHARED:
            (users / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            (own / name).symlink_to(users / name)
    _copy(users, own)
    os.environ["SOT_CACHE"] = str(own)

    def leave() -> None:
        _copy(own, users)
        shutil.rmtree(own, ignore_errors=True)

    atexit.register(leave)
    return own


def forget_measurements(cache: Path) -> None:
    """Drop what was kept of engines: others answer at the same addresses."""
    if (steps := cache / "steps").exists():
        shutil.rmtree(steps, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    with suppress(OSError):
        new = Path(shutil.copy(source / _CHOICES, target / f"{_CHOICES}.{os.getpid()}"))
        new.replace(target / _CHOICES)
