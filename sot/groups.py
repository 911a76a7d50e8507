"""One plain exception out of a task group's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from .errors import SotError


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error behind a task group's: ours before a stranger's, else the earliest."""
    leaves = list(_leaves(group))
    return next((leaf for leaf in leaves if isinstance(leaf, SotError)), leaves[0])


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(cast("BaseExceptionGroup[BaseException]", error))
        else:
            yield error
