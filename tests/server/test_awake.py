"""Places for models that are awake, with doubles of backends: real ones cannot be made to wait on demand."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from sot.server.awake import AwakeModel, AwakeModels
from sot.server.failures import Failure

Work = Callable[[], object]


class Sleeper:
    """Double of a backend that can sleep: awake from its first use until it is told to sleep."""

    def __init__(self) -> None:
        self.asleep, self.wakes, self.obeys = True, 0, True

    async def sleep(self) -> bool:
        await asyncio.sleep(0)
        self.asleep = self.asleep or self.obeys
        return self.asleep

    async def wake(self) -> None:
        if self.asleep:
            self.asleep, self.wakes = False, self.wakes + 1


class House:
    """So many models, and a record of who was served."""

    def __init__(self, count: int, most: int | None, wait_s: float = 60.0) -> None:
        self.sleepers = [Sleeper() for _ in range(count)]
        self.models = [AwakeModel(str(n), sleeper) for n, sleeper in enumerate(self.sleepers)]
        self.places = AwakeModels(self.models, most, wait_s, lambda: Failure(429, "too many"))
        self.served: list[int] = []
        self.most_awake = 0

    async def ask(self, number: int, until: asyncio.Event | None = None, turns: int = 0) -> None:
        async with self.places.use(self.models[number]):
            await self.sleepers[number].wake()
            self.most_awake = max(self.most_awake, sum(not each.asleep for each in self.sleepers))
            self.served.append(number)
            for _ in range(turns):
                await asyncio.sleep(0)
            if until is not None:
                await until.wait()

    def start(self, number: int, until: asyncio.Event | None = None) -> asyncio.Task[None]:
        return asyncio.create_task(self.ask(number, until))


async def settle() -> None:
    """Let every task that can go on do so."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("count", "most"), [(3, 1), (3, 2), (5, 2), (2, 2), (4, None)])
async def test_random_questions_are_all_served_within_the_places(count: int, most: int | None) -> None:
    house, chance = House(count, most), random.Random(5)
    asked = [chance.randrange(count) for _ in range(300)]
    leaving = set(chance.sample(range(300), 30))

    async def one(position: int) -> None:
        for _ in range(chance.randrange(200)):
            await asyncio.sleep(0)
        task = asyncio.create_task(house.ask(asked[position], turns=chance.randrange(5)))
        if position in leaving:
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait([task])
        assert position in leaving or task.exception() is None

    await asyncio.gather(*map(one, range(300)))
    assert len(house.served) >= 270
    assert house.most_awake <= (most or count)
    assert [(model.running, model.waiting) for model in house.models] == [(0, 0)] * count


async def test_a_busy_model_does_not_starve_another_and_its_questions_go_together() -> None:
    house, done = House(2, 1), asyncio.Event()
    first = house.start(0, done)
    await settle()
    rest = [house.start(number) for number in (1, 0, 1, 0)]
    await settle()
    assert house.served == [0]  # the second 0 does not overtake the 1 that came before it
    done.set()
    await asyncio.gather(first, *rest)
    assert house.served == [0, 1, 1, 0, 0]
    assert [each.wakes for each in house.sleepers] == [2, 1]


async def test_the_least_recently_used_idle_model_sleeps() -> None:
    house, done = House(3, 2), asyncio.Event()
    await house.ask(0)
    await house.ask(1)
    await house.ask(0)
    await house.ask(2)
    assert [each.asleep for each in house.sleepers] == [False, True, False]
    busy = house.start(0, done)
    await settle()
    await house.ask(1)
    # Model 0 was used before model 2, but is busy.
    assert [each.asleep for each in house.sleepers] == [False, False, True]
    done.set()
    await busy


async def test_a_question_that_waits_too_long_is_refused_and_the_others_go_on() -> None:
    house, done = House(2, 1, wait_s=0.01), asyncio.Event()
    first = house.start(0, done)
    await settle()
    with pytest.raises(Failure, match="too many"):
        await house.ask(1)
    later = house.start(0)  # nobody waits before it any more
    await settle()
    assert house.served == [0, 0]
    done.set()
    await asyncio.gather(first, later)


async def test_a_model_that_does_not_fall_asleep_does_not_block_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sot.server.awake._AGAIN_S", 0)
    house = House(2, 1)
    await house.ask(0)
    house.sleepers[0].obeys = False
    await house.ask(1)
    assert house.served == [0, 1]


async def test_an_engine_that_breaks_as_it_falls_asleep_blocks_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sot.server.awake._AGAIN_S", 0)
    house = House(2, 1)
    await house.ask(0)

    async def breaks() -> bool:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(house.sleepers[0], "sleep", breaks)
    await house.ask(1)
    assert house.served == [0, 1]


async def test_models_that_cannot_sleep_take_no_place() -> None:
    house, done = House(1, 1), asyncio.Event()
    busy = house.start(0, done)
    await settle()
    async with house.places.use(AwakeModel("remote", None)):
        assert house.served == [0]
    done.set()
    await busy
