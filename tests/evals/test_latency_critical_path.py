"""The critical path of a skeleton answer."""

from __future__ import annotations

import pytest
from latency_records import asked
from scripted import ScriptedBackend, by_stage, made

from sot.evals.measure.critical_path import critical_path
from sot.evals.measure.measure import measure
from sot.evals.run.records import PointSpan


def span(
    index: int, found: float, started: float, finished: float, tokens: int = 10, needs: tuple[int, ...] = ()
) -> PointSpan:
    return PointSpan(index, found, started, started + 0.1, finished, tokens, needs)


def test_the_point_that_would_be_complete_last() -> None:
    points = [span(1, 0.2, 0.2, 3.2, tokens=40), span(2, 1.5, 1.5, 3.5, tokens=20)]
    path = critical_path(points, 3.6)
    assert path is not None
    assert (path.point, path.path_s) == (2, 3.5)
    assert path.overhead == pytest.approx(0.1 / 3.5)
    assert path.over_longest == pytest.approx(0.4 / 3.2)


def test_a_wait_between_line_and_request_is_overhead() -> None:
    # Both could have started 2 s earlier: as the paper waits for the whole skeleton.
    path = critical_path([span(1, 0.5, 2.5, 4.0), span(2, 1.0, 2.5, 4.5)], 4.5)
    assert path is not None
    assert path.path_s == 3.0
    assert path.overhead == pytest.approx(0.5)


def test_of_points_equally_long_the_one_that_ends_last() -> None:
    path = critical_path([span(1, 0.1, 0.1, 2.0), span(2, 0.9, 0.9, 2.5), span(3, 0.5, 0.5, 2.2)], 2.5)
    assert path is not None
    assert path.over_longest == 0


def test_a_point_that_needs_another_begins_after_it() -> None:
    points = [span(1, 0.2, 0.2, 2.0), span(2, 0.4, 2.1, 4.1, needs=(1,)), span(3, 0.6, 0.6, 3.0, tokens=20)]
    path = critical_path(points, 4.1)
    assert path is not None
    assert (path.point, path.chain) == (2, (1, 2))
    assert path.path_s == pytest.approx(0.2 + 1.8 + 2.0)  # 0.1 s between the two points was waiting
    assert path.over_longest == pytest.approx(1.1 / 3.0)


def test_of_several_needed_points_the_last_one_counts() -> None:
    points = [
        span(1, 0.2, 0.2, 2.2),
        span(2, 0.4, 0.4, 3.4),
        span(3, 0.6, 3.4, 4.4, needs=(1, 2)),
        span(4, 0.8, 4.4, 5.4, needs=(3,)),
    ]
    path = critical_path(points, 5.4)
    assert path is not None
    assert path.chain == (2, 3, 4)
    assert path.path_s == pytest.approx(5.4)


def test_a_needed_point_that_was_over_before_the_line_adds_nothing() -> None:
    path = critical_path([span(1, 0.1, 0.1, 0.5), span(2, 2.0, 2.0, 3.0, needs=(1,))], 3.0)
    assert path is not None
    assert (path.path_s, path.chain) == (3.0, (2,))


def test_numbers_that_no_earlier_point_has_are_left_out() -> None:
    path = critical_path([span(1, 0.1, 0.1, 1.1, needs=(2, 7)), span(2, 0.5, 0.5, 1.0)], 1.1)
    assert path is not None
    assert (path.path_s, path.chain) == (1.1, (1,))


def test_without_points_there_is_none() -> None:
    assert critical_path([], 2.0) is None
    assert critical_path([PointSpan(1, 0.0, 0.0, None, 0.0)], 0.0) is None


async def spans_of(backend: ScriptedBackend, method: str) -> tuple[PointSpan, ...]:
    return (await measure(made(backend), asked("How can I sleep better?", method))).spans


async def test_the_times_come_from_the_events() -> None:
    backend = ScriptedBackend(by_stage("1. Sleep early\n2. Eat well\n3. Walk\n"))
    spans = await spans_of(backend, "skeleton")
    assert [point.index for point in spans] == [1, 2, 3]
    for point in spans:
        assert 0 < point.found_s <= point.started_s + 1e-4  # kept to a tenth of a millisecond
        assert point.started_s < point.finished_s
        assert point.tokens == 4
    waiting = await spans_of(backend, "skeleton-wait")
    assert max(point.found_s for point in waiting) <= min(point.started_s for point in waiting) + 1e-4


@pytest.mark.parametrize("method", ["normal", "skeleton"])
async def test_a_normal_answer_and_a_fall_back_have_none(method: str) -> None:
    backend = ScriptedBackend(by_stage("Prose, not a list, which is what one gets at times."))
    assert await spans_of(backend, method) == ()
