"""Tables of cases that one test goes through: thousands of tests would spend their time between them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest


def rows(names: str | Sequence[str], values: Iterable[Any]) -> Callable[[Callable[..., Any]], Any]:
    """Call a test for each row of a table, as ``pytest.mark.parametrize`` does, but as one test.

    It fails with all rows that fail, each named in a note. Rows share the test's fixtures, so it is for
    tests of functions that change nothing. Several tables multiply.

    Args:
        names: The arguments that a row gives, as a sequence or separated by commas.
        values: The rows; for a single name their only values.
    """
    table = list(values)
    keys = names.replace(" ", "").split(",") if isinstance(names, str) else list(names)
    given = [dict(zip(keys, (row,) if len(keys) == 1 else row, strict=True)) for row in table]
    assert given, "a table without rows tests nothing"

    def decorate(test: Callable[..., Any]) -> Any:
        whole = (_all_awaited if inspect.iscoroutinefunction(test) else _all_called)(test, given)
        signature = inspect.signature(test)
        left = [parameter for name, parameter in signature.parameters.items() if name not in keys]
        assert len(left) == len(signature.parameters) - len(keys), f"{keys} are no arguments of {test}"
        del whole.__dict__["__wrapped__"]  # or pytest would look for its arguments there
        whole.__dict__["__signature__"] = signature.replace(parameters=left)
        return whole

    return decorate


def _all_called(test: Callable[..., Any], given: list[dict[str, Any]]) -> Callable[..., Any]:
    @functools.wraps(test)
    def whole(*arguments: Any, **fixtures: Any) -> None:
        failed: list[BaseException] = []
        for row in given:
            with _noting(row, failed):
                test(*arguments, **fixtures, **row)
        _report(failed, len(given))

    return whole


def _all_awaited(test: Callable[..., Any], given: list[dict[str, Any]]) -> Callable[..., Any]:
    @functools.wraps(test)
    async def whole(*arguments: Any, **fixtures: Any) -> None:
        failed: list[BaseException] = []
        for row in given:
            with _noting(row, failed):
                await test(*arguments, **fixtures, **row)
        _report(failed, len(given))

    return whole


@contextmanager
def _noting(row: dict[str, Any], failed: list[BaseException]) -> Iterator[None]:
    try:
        yield
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - told with all others
        error.add_note("row: " + ", ".join(f"{name}={value!r}" for name, value in row.items()))
        failed.append(error)


def _report(failed: list[BaseException], count: int) -> None:
    if failed:
        raise BaseExceptionGroup(f"{len(failed)} of {count} rows", failed)
