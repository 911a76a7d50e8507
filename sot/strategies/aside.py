"""Work beside the event loop: what may take long runs in one thread of its own, one after the other.

A second such thread would not make it faster, and each one holds up the loop a little.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

_Result = TypeVar("_Result")


async def aside(work: Callable[[], _Result]) -> _Result:
    """Do work in the thread for it; a cancel does not wait for its end."""
    return await asyncio.get_running_loop().run_in_executor(_thread(), work)


@lru_cache(maxsize=1)
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="sot-aside")
