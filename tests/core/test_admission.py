"""Admission of requests: who gets the next permit, and that none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from sot.admission import Admission, Permits, Turn
from sot.errors import ConfigError


class Ended(Exception):
    """A request that broke off."""


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


def nothing_left(admission: Admission) -> bool:
    """Whether every permit is free, and nobody waits."""
    permits = (admission.requests, admission.engine)
    return not any((admission.answers, *(one.taken or one.waiting for one in permits)))


@contextmanager
def under_way(admission: Admission) -> Iterator[Turn]:
    """An answer under way."""
    turn = admission.turn()
    turn.begin()
    try:
        yield turn
    finally:
        turn.leave()


class Requests:
    """Requests that hold their place until they are told to end."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.running: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def send(self, turn: Turn, name: str) -> None:
        """Send one, and let it go as far as it can."""
        self._ends[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._run(turn, name))
        await settled()

    async def end(self, *names: str) -> None:
        """End some."""
        for name in names:
            self._ends[name].set()
        await settled()

    async def cancel(self, name: str) -> None:
        """Give one up."""
        self.give_up(name)
        await settled()

    def give_up(self, name: str) -> None:
        """Give one up, which it does not know yet."""
        self._tasks[name].cancel()

    def let_end(self, name: str) -> None:
        """Let one end, which it does not know yet."""
        self._ends[name].set()

    async def _run(self, turn: Turn, name: str) -> None:
        async with turn.permit():
            self.running.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.running.remove(name)


class TestOrder:
    async def test_the_earliest_answers_requests_go_first(self) -> None:
        admission = Admission(1)
        first, second, third = admission.turn(), admission.turn(), admission.turn()
        requests = Requests(admission)
        await requests.send(second, "second")
        await requests.send(third, "third")
        await requests.send(first, "point of the first")
        await requests.send(first, "another point of the first")
        seen: list[str] = []
        while requests.running:
            seen += requests.running
            await requests.end(*requests.running)
        assert seen == ["second", "point of the first", "another point of the first", "third"]

    async def test_nobody_overtakes_one_who_waits_for_the_same_turn(self) -> None:
        admission = Admission(2)
        turn = admission.turn()
        requests = Requests(admission)
        for number in range(5):
            await requests.send(turn, f"point {number}")
        assert requests.running == ["point 0", "point 1"]
        await requests.end("point 1")
        assert requests.running == ["point 0", "point 2"]
        assert (admission.requests.taken, admission.requests.waiting) == (2, 2)


class TestGivingUp:
    async def test_one_who_gives_up_waiting_is_passed_over(self) -> None:
        admission = Admission(1)
        requests = Requests(admission)
        for name in ("a", "b", "c"):
            await requests.send(admission.turn(), name)
        await requests.cancel("b")
        assert admission.requests.waiting == 1
        await requests.end("a")
        assert requests.running == ["c"]

    async def test_one_who_gives_up_at_the_moment_its_place_comes_gives_it_back(self) -> None:
        admission = Admission(1)
        requests = Requests(admission)
        holding = admission.turn().permit()
        await holding.__aenter__()
        await requests.send(admission.turn(), "a")
        await requests.send(admission.turn(), "b")
        await holding.__aexit__(None, None, None)  # handed over, and not seen yet
        await requests.cancel("a")
        assert requests.running == ["b"]
        await requests.end("b")
        assert nothing_left(admission)

    async def test_one_who_gave_up_just_before_its_place_comes_is_passed_over(self) -> None:
        admission = Admission(1)
        requests = Requests(admission)
        for name in ("a", "b", "c"):
            await requests.send(admission.turn(), name)
        requests.give_up("b")  # its task has not run yet
        requests.let_end("a")
        await settled()
        assert requests.running == ["c"]
        await requests.end("c")
        assert nothing_left(admission)

    @pytest.mark.parametrize("limit", [1, 2, 3])
    async def test_all_who_give_up_in_one_moment_leave_nothing_behind(self, limit: int) -> None:
        admission = Admission(limit)

        async def broken() -> None:
            async with admission.turn().permit():
                await settled()
                raise Ended

        async def waiting() -> None:
            async with admission.turn().permit():
                await asyncio.Event().wait()

        async def together() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(broken())
                for _ in range(5):
                    group.create_task(waiting())

        with pytest.raises(ExceptionGroup):
            await together()
        assert nothing_left(admission)

    async def test_a_request_that_breaks_off_gives_its_place_back(self) -> None:
        admission = Admission(1)
        with pytest.raises(Ended):
            async with admission.turn().permit():
                raise Ended
        assert admission.requests.taken == 0


class TestTurns:
    async def test_the_place_that_came_first_is_used_by_the_first_request(self) -> None:
        admission = Admission()
        admission.engine.open_only(1)
        requests = Requests(admission)
        with under_way(admission) as turn:
            await turn.wait_for_engine()
            await turn.wait_for_engine()  # once is enough
            assert (admission.requests.taken, admission.engine.taken, admission.answers) == (0, 1, 1)
            await requests.send(turn, "first")
            assert (requests.running, admission.engine.taken) == (["first"], 1)
            await requests.send(turn, "second")
            assert requests.running == ["first"]
            await requests.end("first", "second")
        assert nothing_left(admission)

    async def test_an_answer_that_sends_nothing_keeps_no_place(self) -> None:
        admission = Admission(1)
        with under_way(admission) as turn:
            await turn.wait_for_engine()
            assert (admission.engine.taken, admission.answers) == (1, 1)
        assert nothing_left(admission)

    async def test_an_answers_own_limit_keeps_no_shared_permit_from_others(self) -> None:
        admission = Admission(2)
        requests = Requests(admission)
        with under_way(admission) as narrow, under_way(admission) as other:
            narrow.limit_parallel(1)
            for name in ("one", "two", "three"):
                await requests.send(narrow, name)
            assert requests.running == ["one"]
            await requests.send(other, "other")
            assert requests.running == ["one", "other"]
            await requests.end("one", "two", "three", "other")
        assert nothing_left(admission)

    async def test_a_turn_that_is_over_is_no_turn(self) -> None:
        admission = Admission(1)
        with under_way(admission) as turn:
            turn.leave()
            assert admission.answers == 0, "the work is done, though the reader may still read"
        with pytest.raises(ConfigError, match="begin a new one"):
            await turn.wait_for_engine()
        assert nothing_left(admission)

    async def test_only_answers_that_look_at_the_engine_wait_for_it(self) -> None:
        admission = Admission(8)
        admission.engine.open_only(1)
        requests = Requests(admission)
        looking, other = admission.turn(), admission.turn()
        await looking.wait_for_engine()
        for name in ("one", "two"):
            await requests.send(looking, name)
            await requests.send(other, f"other {name}")
        assert requests.running == ["one", "other one", "other two"]
        await requests.end("one", "other one", "other two")
        assert requests.running == ["two"]
        await requests.end("two")
        assert nothing_left(admission)

    async def test_a_short_request_that_an_answer_waits_for_goes_first(self) -> None:
        admission = Admission(1)
        requests = Requests(admission)
        for name in ("a", "b"):
            await requests.send(admission.turn(), name)
        await requests.send(admission.first_turn(), "which way?")
        await requests.end("a")
        assert requests.running == ["which way?"]
        await requests.end("which way?", "b")
        assert nothing_left(admission)


class TestFewerForAWhile:
    async def test_only_so_many_are_handed_out(self) -> None:
        admission = Admission(8)
        requests = Requests(admission)
        admission.requests.open_only(2)
        for number in range(4):
            await requests.send(admission.turn(), f"{number}")
        assert requests.running == ["0", "1"]
        admission.requests.open_only(3)
        await settled()
        assert requests.running == ["0", "1", "2"]
        admission.requests.open_only(1)
        await requests.end("0", "1")
        assert requests.running == ["2"], "what runs already is left alone"
        admission.requests.open_only(None)
        await settled()
        assert requests.running == ["2", "3"]

    async def test_never_more_than_the_limit_and_never_none(self) -> None:
        admission = Admission(2)
        admission.requests.open_only(100)
        requests = Requests(admission)
        for number in range(3):
            await requests.send(admission.turn(), f"{number}")
        assert requests.running == ["0", "1"]
        admission.requests.open_only(0)
        await requests.end("0", "1")
        assert requests.running == ["2"]


def test_permits_without_an_event_loop() -> None:
    permits = Permits(1)
    called: list[int] = []

    def ready(number: int, *, wanted: bool = True) -> bool:
        called.append(number)
        return wanted

    assert permits.ask(2, partial(ready, 2)) is None
    late = permits.ask(3, partial(ready, 3))
    assert permits.ask(1, partial(ready, 1)) is not None
    assert permits.ask(4, partial(ready, 4, wanted=False)) is not None
    assert late is not None
    for _ in range(2):
        permits.withdraw(late)
    permits.release()
    permits.release()
    assert called == [2, 1, 4]
    assert (permits.taken, permits.waiting) == (0, 0)


def test_the_order_holds_where_one_who_gets_a_place_opens_more() -> None:
    permits = Permits(1000)
    permits.open_only(1)
    called: list[int] = []

    def ready(number: int) -> bool:
        called.append(number)
        if number == 1:
            permits.open_only(None)
        return True

    for number in range(600):
        permits.ask(number, partial(ready, number))
    permits.release()
    assert called == list(range(600))


async def test_the_room_of_a_turn_is_that_of_its_narrowest_limit() -> None:
    admission = Admission(6)
    turn, other = admission.turn(), admission.turn()
    assert turn.room == 6
    turn.limit_parallel(4)
    assert turn.room == 4
    async with turn.permit(), other.permit(), other.permit(), other.permit():
        assert (turn.room, other.room) == (2, 2)
    admission.engine.limit = 5
    admission.engine.open_only(3)
    await turn.wait_for_engine()
    assert turn.room == 3  # two places, and the one that is kept for it
    turn.leave()
