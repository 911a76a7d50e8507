"""Places for requests: who gets the next one, and that none is lost."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from sot.limits import InFlight, Limits, Turn
from sot.places import Places


class Ended(Exception):
    """A request that broke off."""


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


class Requests:
    """Requests that hold their place until they are told to end."""

    def __init__(self, in_flight: InFlight) -> None:
        self.in_flight = in_flight
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
        self._tasks[name].cancel()
        await settled()

    async def _run(self, turn: Turn, name: str) -> None:
        async with turn.place():
            self.running.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.running.remove(name)


class TestOrder:
    async def test_the_earliest_answers_requests_go_first(self) -> None:
        in_flight = InFlight(1)
        first, second, third = in_flight.turn(), in_flight.turn(), in_flight.turn()
        requests = Requests(in_flight)
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
        in_flight = InFlight(2)
        turn = in_flight.turn()
        requests = Requests(in_flight)
        for number in range(5):
            await requests.send(turn, f"point {number}")
        assert requests.running == ["point 0", "point 1"]
        await requests.end("point 1")
        assert requests.running == ["point 0", "point 2"]
        assert (in_flight.taken, in_flight.waiting) == (2, 2)


class TestGivingUp:
    async def test_one_who_gives_up_waiting_is_passed_over(self) -> None:
        in_flight = InFlight(1)
        requests = Requests(in_flight)
        for name in ("a", "b", "c"):
            await requests.send(in_flight.turn(), name)
        await requests.cancel("b")
        assert in_flight.waiting == 1
        await requests.end("a")
        assert requests.running == ["c"]

    async def test_one_who_gives_up_at_the_moment_its_place_comes_gives_it_back(self) -> None:
        in_flight = InFlight(1)
        in_flight.take()
        waiting = asyncio.create_task(in_flight.turn().come())
        await settled()
        in_flight.give_back()  # the place is handed over, and the task has not seen it yet
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (in_flight.taken, in_flight.waiting) == (0, 0)

    async def test_a_request_that_breaks_off_gives_its_place_back(self) -> None:
        in_flight = InFlight(1)
        with pytest.raises(Ended):
            async with Limits(in_flight.turn(), 1).place():
                raise Ended
        assert in_flight.taken == 0


class TestTurns:
    async def test_the_place_that_came_first_is_used_by_the_first_request(self) -> None:
        in_flight = InFlight(1)
        requests = Requests(in_flight)
        with in_flight.answer() as turn:
            await turn.come()
            await turn.come()  # once is enough
            assert (in_flight.taken, in_flight.kept, in_flight.answers) == (1, 1, 1)
            await requests.send(turn, "first")
            assert (requests.running, in_flight.kept) == (["first"], 0)
            await requests.send(turn, "second")
            assert requests.running == ["first"]
            await requests.end("first", "second")
        assert (in_flight.taken, in_flight.answers) == (0, 0)

    async def test_an_answer_that_sends_nothing_keeps_no_place(self) -> None:
        in_flight = InFlight(1)
        with in_flight.answer() as turn:
            await turn.come()
            assert (in_flight.taken, in_flight.kept, in_flight.answers) == (1, 1, 1)
        assert (in_flight.taken, in_flight.kept, in_flight.answers) == (0, 0, 0)

    @pytest.mark.parametrize("came", [True, False])
    async def test_a_request_that_does_not_wait_counts(self, came: bool) -> None:
        in_flight = InFlight(1)
        with in_flight.answer() as turn:
            if came:
                await turn.come()
            with turn.at_once():
                assert in_flight.taken == 1
            assert in_flight.taken == 0


class TestFewerForAWhile:
    async def test_only_so_many_are_handed_out(self) -> None:
        in_flight = InFlight(8)
        requests = Requests(in_flight)
        in_flight.open_only(2)
        for number in range(4):
            await requests.send(in_flight.turn(), f"{number}")
        assert requests.running == ["0", "1"]
        in_flight.open_only(3)
        await settled()
        assert requests.running == ["0", "1", "2"]
        in_flight.open_only(1)
        await requests.end("0", "1")
        assert requests.running == ["2"], "what runs already is left alone"
        in_flight.open_only(None)
        await settled()
        assert requests.running == ["2", "3"]

    async def test_never_more_than_the_limit_and_never_none(self) -> None:
        in_flight = InFlight(2)
        in_flight.open_only(100)
        async with AsyncExitStack() as held:
            for _ in range(2):
                await held.enter_async_context(in_flight.turn().place())
            third = asyncio.create_task(in_flight.turn().come())
            await settled()
            assert not third.done()
        in_flight.open_only(0)
        await third
        assert in_flight.taken == 1


def test_places_without_an_event_loop() -> None:
    places = Places(1)
    called: list[str] = []
    assert places.ask(2, lambda: called.append("two")) is None
    late = places.ask(3, lambda: called.append("three"))
    assert places.ask(1, lambda: called.append("one")) is not None
    assert late is not None
    places.withdraw(late)
    places.give_back()
    places.give_back()
    assert called == ["two", "one"]
    assert (places.taken, places.waiting) == (0, 0)
