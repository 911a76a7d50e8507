"""Reading of small files whose names come from outside: one may have no end, as ``/dev/zero`` has none."""

from __future__ import annotations

import errno
from pathlib import Path

MOST_BYTES = 1_000_000


def read_small(file: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        OSError: It cannot be read, or has more than `MOST_BYTES`.
    """
    with file.open("rb") as opened:
        raw = opened.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"larger than {MOST_BYTES} bytes")
    return raw
