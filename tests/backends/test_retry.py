"""Backoff and Retry-After."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.backends.openai_compatible.transport.retry import RetryPolicy, parse_retry_after

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": " 2.5 "}, 2.5),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": formatdate(NOW + 7, usegmt=True)}, 7.0),
        ({"retry-after": formatdate(NOW - 7, usegmt=True)}, 0.0),
        ({"retry-after": formatdate(NOW + 7).replace(" -0000", "")}, 7.0),
        ({"retry-after": f"{NOW + 7:.0f}"}, 7.0),
        ({"retry-after": f"{NOW - 7:.0f}"}, 0.0),
        ({"retry-after": f"{(NOW + 7) * 1000:.0f}"}, 7.0),
        ({"retry-after-ms": f"{(NOW + 7) * 1000:.0f}"}, 7.0),
        ({"retry-after": datetime.fromtimestamp(NOW + 7, UTC).isoformat()}, 7.0),
        ({"x-ratelimit-reset": "5"}, 5.0),
        ({"ratelimit-reset": f"{NOW + 7:.0f}"}, 7.0),
        ({"x-ratelimit-reset": f"{NOW + 3600:.0f}"}, None),  # another limit's, perhaps
        ({"x-ratelimit-reset": "5", "retry-after": "9"}, 9.0),
        ({"retry-after": "Fri, 99 Foo 2026 25:00:00 GMT"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "later"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert parse_retry_after(headers, now=NOW) == seconds


@given(st.text())
def test_retry_after_never_raises(value: str) -> None:
    seconds = parse_retry_after({"retry-after": value}, now=NOW)
    assert seconds is None or seconds >= 0


def test_waits_double_up_to_the_cap_and_end() -> None:
    policy = RetryPolicy(max_retries=6, base=0.5, cap=8.0, random=lambda: 1.0)
    assert [policy.delay(tries) for tries in range(1, 8)] == [0.5, 1, 2, 4, 8, 8, None]


def test_jitter_is_full() -> None:
    assert RetryPolicy(random=lambda: 0.0).delay(2) == 0.0
    assert RetryPolicy(random=lambda: 0.25).delay(2) == 0.25


def test_the_servers_wait_is_a_minimum() -> None:
    assert RetryPolicy(random=lambda: 0.0).delay(1, 12.0) == 12.0
    assert RetryPolicy(random=lambda: 1.0).delay(1, 12.0) == 12.5


def test_too_long_a_wait_is_not_waited_for() -> None:
    assert RetryPolicy().delay(1, 61.0) is None
    assert RetryPolicy(random=lambda: 0.0).delay(1, 60.0) == 60.0


def test_no_retries() -> None:
    assert RetryPolicy(max_retries=0).delay(1) is None
