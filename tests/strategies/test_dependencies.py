"""Points that wait for others: which numbers count, what they get, and that nothing waits for ever."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest
from rows import rows

from sot.prompting.conversation import WrittenPoint
from sot.strategies.dependencies import Dependencies
from sot.types import Point, PointAnswer, PointStatus, Usage

PATIENCE = 20  # seconds after which a wait in vain fails; nothing that works waits so long


def answered(point: Point, status: PointStatus = "done", text: str | None = None) -> PointAnswer:
    text = f"Text {point.index}." if text is None else text
    return PointAnswer(point.index, point.title, text, status, Usage(), 0.0, None, 0.0)


def registered(*needs: Sequence[int]) -> tuple[Dependencies, list[Point]]:
    dependencies = Dependencies()
    points = [
        dependencies.found(Point(index, f"Title {index}", tuple(needed), "a part"))
        for index, needed in enumerate(needs, 1)
    ]
    return dependencies, points


@pytest.mark.parametrize(
    ("needs", "counted"),
    [
        (((), (1,), (1, 2)), ((), (1,), (1, 2))),
        (((), (), (2, 1)), ((), (), (1, 2))),  # in the order of the answer
        (((), (1, 1, 1)), ((), (1,))),
        (((1,), (2,)), ((), ())),  # itself
        (((2,), (1,)), ((), (1,))),  # a circle of two
        (((2,), (3,), (1,)), ((), (), (1,))),  # a circle of three
        (((), (9, 0, -1)), ((), ())),
        (((3, 4), (), (99, 2)), ((), (), (2,))),
    ],
)
def test_the_numbers_that_count(needs: Sequence[Sequence[int]], counted: Sequence[Sequence[int]]) -> None:
    _, points = registered(*needs)
    assert [point.depends_on for point in points] == list(counted)
    assert all(point.covers == "a part" for point in points)


def test_what_is_not_heeded_is_removed() -> None:
    dependencies = Dependencies(heeded=False)
    dependencies.found(Point(1, "First"))
    assert dependencies.found(Point(2, "Second", (1,), "a part")) == Point(2, "Second")


async def test_a_point_gets_the_texts_that_it_needs_and_no_other() -> None:
    dependencies, points = registered((), (), (), (3, 1))
    waiting = asyncio.ensure_future(dependencies.ready(points[3]))
    dependencies.finished(1, "One.\n")
    dependencies.finished(2, "Two.")
    await asyncio.sleep(0)
    assert not waiting.done()
    dependencies.finished(3, "Three.")
    assert await waiting == (WrittenPoint(points[0], "One."), WrittenPoint(points[2], "Three."))


async def test_a_point_that_needs_nothing_is_ready_at_once() -> None:
    dependencies, points = registered((), (5,))
    for point in points:
        assert await asyncio.wait_for(dependencies.ready(point), PATIENCE) == ()


@pytest.mark.parametrize("text", [None, "", " \n"])
async def test_a_point_without_text_releases_those_that_need_it(text: str | None) -> None:
    dependencies, points = registered((), (), (1, 2))
    dependencies.finished(1, text)
    dependencies.finished(1, "Too late.")
    dependencies.finished(2, "Two.")
    ready = await asyncio.wait_for(dependencies.ready(points[2]), PATIENCE)
    assert [written.point.index for written in ready] == [2]


async def test_a_missing_point_gives_no_text() -> None:
    dependencies, points = registered((), (1,))

    async def missing(_: Sequence[WrittenPoint]) -> PointAnswer:
        return answered(points[0], "missing", "(a note that it is missing)")

    async with asyncio.TaskGroup() as group:
        dependencies.start(group, points[0], missing)
    assert await dependencies.ready(points[1]) == ()


@pytest.mark.parametrize("when", ["before it began", "while it waits", "while it is written"])
async def test_a_cancelled_point_releases_those_that_need_it(when: str) -> None:
    dependencies, points = registered((), (1,), (2,))
    began, never = asyncio.Event(), asyncio.Event()

    async def endless(_: Sequence[WrittenPoint]) -> PointAnswer:
        began.set()
        await never.wait()
        raise AssertionError

    async def third(needed: Sequence[WrittenPoint]) -> PointAnswer:
        return answered(points[2], text=f"{len(needed)} texts")

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        last = dependencies.start(group, points[2], third)
        second = dependencies.start(group, points[1], endless)
        if when != "before it began":
            await asyncio.sleep(0)
        if when == "while it is written":
            dependencies.finished(1, "One.")
            await began.wait()
        second.cancel()
    assert last.result().text == "0 texts"
    assert second.cancelled()
    assert began.is_set() == (when == "while it is written")


async def test_a_point_that_fails_ends_those_that_wait_for_it() -> None:
    dependencies, points = registered((), (1,))

    async def fails(_: Sequence[WrittenPoint]) -> PointAnswer:
        raise ValueError("gone")

    async def second(_: Sequence[WrittenPoint]) -> PointAnswer:
        raise AssertionError

    tasks: list[asyncio.Task[PointAnswer]] = []

    async def both() -> None:
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            tasks.append(dependencies.start(group, points[1], second))
            dependencies.start(group, points[0], fails)

    with pytest.raises(ExceptionGroup, match="unhandled errors") as raised:
        await both()
    assert [str(error) for error in raised.value.exceptions] == ["gone"]
    assert tasks[0].cancelled()


@rows("seed", range(60))
async def test_no_plan_comes_to_a_stop(seed: int) -> None:
    """Any numbers, any order of ends, points missing or cancelled: each is written after those it needs."""
    draw = random.Random(seed)
    count = draw.randint(2, 10)
    numbers = range(-1, count + 3)
    dependencies, points = registered(*(draw.choices(numbers, k=draw.randint(0, 4)) for _ in range(count)))
    limit = asyncio.Semaphore(draw.randint(1, 3))  # as few requests at once as the settings may allow
    tasks: dict[int, asyncio.Task[PointAnswer]] = {}

    def start(group: asyncio.TaskGroup, point: Point) -> None:
        async def request(needed: Sequence[WrittenPoint]) -> PointAnswer:
            over = {index for index in point.depends_on if tasks[index].done()}
            done = {written.point.index for written in needed}
            assert done <= set(point.depends_on)
            assert done | over == set(point.depends_on)
            async with limit:
                for _ in range(draw.randint(0, 5)):
                    await asyncio.sleep(0)
            return answered(point, "missing" if draw.random() < 0.2 else "done")

        tasks[point.index] = dependencies.start(group, point, request)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        for point in draw.sample(points, count):
            start(group, point)
        for _ in range(draw.randint(0, 6)):
            await asyncio.sleep(0)
        tasks[draw.randint(1, count)].cancel()
    written = [task.result().index for _, task in sorted(tasks.items()) if not task.cancelled()]
    assert len(written) >= count - 1
