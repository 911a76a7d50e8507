"""Start and end of the engine around a command."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from ..api import SkeletonOfThought
from ..registry import resolve_spec
from ..terminal import one_line, shown_spec
from .asking import Asking

_LEAVE_S = 0.5


async def leave(sot: SkeletonOfThought) -> None:
    """Release the engine after an interrupt, but do not wait for a model that is still being loaded.

    Args:
        sot: The object that answers.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_LEAVE_S):
            await sot.aclose()


async def load(sot: SkeletonOfThought, asking: Asking, *, quiet: bool) -> None:
    """Get the engine ready, and say so on a terminal when that takes a while.

    Args:
        sot: The object that answers.
        asking: The options.
        quiet: Say nothing.
    """
    if quiet or not sys.stderr.isatty():
        await sot.info()
        return
    from rich.console import Console
    from rich.text import Text

    name = one_line(asking.model) if asking.model else shown_spec(resolve_spec(asking.backend))
    console = Console(stderr=True, highlight=False)
    asked = resolve_spec(asking.backend).lower().startswith("http")
    says = f"Asking {name}" if asked else f"Starting {name} (the first time takes longer)"
    status = Text(says)
    status.truncate(max(1, console.width - 3), overflow="ellipsis")
    with console.status(status):
        await sot.info()
