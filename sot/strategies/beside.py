"""Attempt at a skeleton with normal decoding beside it, which opens the answer or becomes it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, cast

from ..errors import BackendError, SotError, first_error
from ..events import FellBack
from .base import Outcome, Run
from .opening import Opening
from .tasks import end_tasks


async def run_beside(run: Run, attempt: Coroutine[Any, Any, Outcome | str], opening: Opening) -> Outcome:
    """Answer a question by a skeleton and by normal decoding at once.

    Args:
        run: The answer in progress.
        attempt: The skeleton with its points; returns the reason where it cannot be used.
        opening: Normal decoding, not yet started.

    Raises:
        SotError: Both failed, or the skeleton did so that normal decoding would not help.
    """
    async with opening:
        opening.start()  # first: a long prompt before it would hold up the reader's first text
        skeleton = asyncio.create_task(attempt)
        try:
            await asyncio.wait({skeleton, opening.task}, return_when=asyncio.FIRST_COMPLETED)
            opening.raise_fault()
            if opening.state != "answer":  # it was left, or it failed
                await asyncio.wait({skeleton})
            if opening.state == "answer":
                return opening.outcome()
            return await _conclude(run, skeleton, opening)
        finally:
            await end_tasks([skeleton])


async def _conclude(run: Run, skeleton: asyncio.Task[Outcome | str], opening: Opening) -> Outcome:
    """Return the skeleton's outcome; where it cannot be used, that of normal decoding."""
    error = skeleton.exception()
    if error is None:
        result = skeleton.result()
        if isinstance(result, Outcome):
            return result
        reason = result
    else:
        first = error
        if isinstance(error, BaseExceptionGroup):
            first = first_error(cast("BaseExceptionGroup[BaseException]", error))
        if not opening.goes_on or not isinstance(first, BackendError):
            raise error
        reason = f"the skeleton request failed: {first}"
    run.emit(FellBack(reason))
    try:
        return replace(await opening.fall_back(), fell_back=reason)
    except SotError:
        if error is not None:
            raise error from None
        raise
