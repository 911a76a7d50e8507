"""Places for requests: who gets the next one, and that none is lost."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from sot.admission import InFlight, Limits, Places, Turn
from sot.errors import ConfigError


class Ended(Exception):
    """A request that broke off."""


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


def nothing_left(in_flight: InFlight) -> bool:
    """Whether every place is free, and nobody waits."""
    places = (in_flight, in_flight.engine)
    return not any((in_flight.answers, in_flight.beside, *(one.taken or one.waiting for one in places)))


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
        self.give_up(name)
        await settled()

    def give_up(self, name: str) -> None:
        """Give one up, which it does not know yet."""
        self._tasks[name].cancel()

    def let_end(self, name: str) -> None:
        """Let one end, which it does not know yet."""
        self._ends[name].set()

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
        requests = Requests(in_flight)
        holding = in_flight.turn().place()
        await holding.__aenter__()
        await requests.send(in_flight.turn(), "a")
        await requests.send(in_flight.turn(), "b")
        await holding.__aexit__(None, None, None)  # handed over, and not seen yet
        await requests.cancel("a")
        assert requests.running == ["b"]
        await requests.end("b")
        assert nothing_left(in_flight)

    async def test_one_who_gave_up_just_before_its_place_comes_is_passed_over(self) -> None:
        in_flight = InFlight(1)
        requests = Requests(in_flight)
        for name in ("a", "b", "c"):
            await requests.send(in_flight.turn(), name)
        requests.give_up("b")  # its task has not run yet
        requests.let_end("a")
        await settled()
        assert requests.running == ["c"]
        await requests.end("c")
        assert nothing_left(in_flight)

    @pytest.mark.parametrize("limit", [1, 2, 3])
    async def test_all_who_give_up_in_one_moment_leave_nothing_behind(self, limit: int) -> None:
        in_flight = InFlight(limit)

        async def broken() -> None:
            async with in_flight.turn().place():
                await settled()
                raise Ended

        async def waiting() -> None:
            async with in_flight.turn().place():
                await asyncio.Event().wait()

        async def together() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(broken())
                for _ in range(5):
                    group.create_task(waiting())

        with pytest.raises(ExceptionGroup):
            await together()
        assert nothing_left(in_flight)

    async def test_a_request_that_breaks_off_gives_its_place_back(self) -> None:
        in_flight = InFlight(1)
        with pytest.raises(Ended):
            async with Limits(in_flight.turn(), 1).place():
                raise Ended
        assert in_flight.taken == 0


class TestTurns:
    async def test_the_place_that_came_first_is_used_by_the_first_request(self) -> None:
        in_flight = InFlight()
        in_flight.engine.open_only(1)
        requests = Requests(in_flight)
        with in_flight.answer() as turn:
            await turn.come()
            await turn.come()  # once is enough
            assert (in_flight.sent, in_flight.engine.taken, in_flight.answers) == (0, 1, 1)
            await requests.send(turn, "first")
            assert (requests.running, in_flight.engine.taken) == (["first"], 1)
            await requests.send(turn, "second")
            assert requests.running == ["first"]
            await requests.end("first", "second")
        assert nothing_left(in_flight)

    async def test_an_answer_that_sends_nothing_keeps_no_place(self) -> None:
        in_flight = InFlight(1)
        with in_flight.answer() as turn:
            await turn.come()
            assert (in_flight.engine.taken, in_flight.answers) == (1, 1)
        assert nothing_left(in_flight)

    @pytest.mark.parametrize("came", [True, False])
    async def test_a_request_that_somebody_else_sends_counts_and_is_in_nobodys_way(self, came: bool) -> None:
        in_flight = InFlight(1)
        requests = Requests(in_flight)
        with in_flight.answer() as turn:
            if came:
                await turn.come()
            with turn.send_beside():
                assert in_flight.sent == 1
                await requests.send(in_flight.turn(), "other")
                assert (requests.running, in_flight.sent) == (["other"], 2)
                await requests.end("other")
            assert in_flight.sent == 0
        assert nothing_left(in_flight)

    async def test_a_turn_that_is_over_is_no_turn(self) -> None:
        in_flight = InFlight(1)
        with in_flight.answer() as turn:
            turn.leave()
            assert in_flight.answers == 0, "the work is done, though the reader may still read"
        with pytest.raises(ConfigError, match="a new one for every answer"):
            await turn.come()
        assert nothing_left(in_flight)

    async def test_only_answers_that_look_at_the_engine_wait_for_it(self) -> None:
        in_flight = InFlight(8)
        in_flight.engine.open_only(1)
        requests = Requests(in_flight)
        looking, other = in_flight.turn(), in_flight.turn()
        await looking.come()
        for name in ("one", "two"):
            await requests.send(looking, name)
            await requests.send(other, f"other {name}")
        assert requests.running == ["one", "other one", "other two"]
        await requests.end("one", "other one", "other two")
        assert requests.running == ["two"]
        await requests.end("two")
        assert nothing_left(in_flight)

    async def test_a_short_request_that_an_answer_waits_for_goes_first(self) -> None:
        in_flight = InFlight(1)
        requests = Requests(in_flight)
        for name in ("a", "b"):
            await requests.send(in_flight.turn(), name)
        await requests.send(in_flight.first_turn(), "which way?")
        await requests.end("a")
        assert requests.running == ["which way?"]
        await requests.end("which way?", "b")
        assert nothing_left(in_flight)


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
        requests = Requests(in_flight)
        for number in range(3):
            await requests.send(in_flight.turn(), f"{number}")
        assert requests.running == ["0", "1"]
        in_flight.open_only(0)
        await requests.end("0", "1")
        assert requests.running == ["2"]


def test_places_without_an_event_loop() -> None:
    places = Places(1)
    called: list[int] = []

    def ready(number: int, *, wanted: bool = True) -> bool:
        called.append(number)
        return wanted

    assert places.ask(2, partial(ready, 2)) is None
    late = places.ask(3, partial(ready, 3))
    assert places.ask(1, partial(ready, 1)) is not None
    assert places.ask(4, partial(ready, 4, wanted=False)) is not None
    assert late is not None
    for _ in range(2):
        places.withdraw(late)
    places.give_back()
    places.give_back()
    assert called == [2, 1, 4]
    assert (places.taken, places.waiting) == (0, 0)


def test_the_order_holds_where_one_who_gets_a_place_opens_more() -> None:
    places = Places(1000)
    places.open_only(1)
    called: list[int] = []

    def ready(number: int) -> bool:
        called.append(number)
        if number == 1:
            places.open_only(None)
        return True

    for number in range(600):
        places.ask(number, partial(ready, number))
    places.give_back()
    assert called == list(range(600))
