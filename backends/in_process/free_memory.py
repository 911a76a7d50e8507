"""Return of freed memory to the operating system, after a model has gone."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress


def return_memory() -> None:
    """Collect what only cycles hold, and hand the allocator's free pages back (Linux with glibc)."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library has no such function
            ctypes.CDLL(None).malloc_trim(0)


__all__ = ["return_memory"]
