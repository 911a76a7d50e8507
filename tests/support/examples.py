"""Random examples of the property tests: the same ones in every run, or as many others as asked for."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

# How long an example takes is the machine's business.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)


def load_profile(*, others: bool) -> None:
    """Set up Hypothesis.

    Args:
        others: Draw other examples in every run. A run that decides about a change draws the same ones each
            time, so that it tells of the change and not of luck.
    """
    settings.register_profile("ours", _UNTIMED, derandomize=not others)
    settings.load_profile("ours")
    if not others and _CONSTANTS in vars(providers):
        known = providers._local_constants  # pyright: ignore[reportPrivateUsage]
        setattr(providers, _CONSTANTS, lambda: known)


def select(items: Iterable[pytest.Item], times: int) -> list[pytest.Item]:
    """Return the property tests among the tests, each with that many times its number of examples."""
    found: list[pytest.Item] = []
    ready: set[object] = set()  # a test with parameters is one function for many items
    for item in items:
        test = getattr(item, "obj", None)
        if not hasattr(test, "hypothesis"):
            continue
        function = getattr(test, "__func__", test)
        found.append(item)
        if function not in ready:
            ready.add(function)
            wanted: settings = getattr(function, _SETTINGS, None) or settings()
            setattr(function, _SETTINGS, settings(wanted, max_examples=wanted.max_examples * times))
    return found


_SETTINGS = "_hypothesis_internal_use_settings"  # Hypothesis has no other place for it
# It also draws constants from the source of what is loaded, which depends on the tests that ran before.
_CONSTANTS = "_get_local_constants"
