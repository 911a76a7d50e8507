"""A short soak run: answers under attack, read, left and cancelled, leave nothing behind and lose nothing."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from sot import SkeletonOfThought

from .asking import Asked, ask
from .chaos_engine import ChaosEngine
from .clients import make_clients
from .fault_plan import AnswerPlan, plan_of
from .marked_text import question_of
from .residue import answers_alive, answers_now, pools_left, pools_now, tasks_left
from .soak import Figures, Soak, run_soak


@pytest.mark.parametrize("seed", [20, 21])
async def test_answers_under_attack(seed: int) -> None:
    figures = await run_soak(Soak(answers=70, seed=seed))
    assert figures.wrong == []
    assert figures.answers == 70
    left = (figures.tasks, figures.sockets, figures.requests, figures.alive, figures.open)
    assert left == (0, 0, 0, 0, 0)
    assert figures.ended["finished"] > 20  # the attack leaves most answers alive
    assert len(figures.kinds) > 20


@pytest.mark.parametrize("opening", [False, True])
async def test_cancels_at_every_turn_of_the_loop(opening: bool) -> None:
    """A cancelled answer leaves no task, no request, no busy connection, whenever the cancel comes."""
    before, earlier, known = pools_now(), answers_now(), asyncio.all_tasks()
    with ChaosEngine() as engine:
        backend = {"api_key": ""}
        async with SkeletonOfThought(engine.url, model="chaos-cancels", backend_settings=backend) as sot:
            settings = {"strategy": "skeleton", "opening": opening}
            for turns in range(80):
                engine.plans[turns] = AnswerPlan(3, turns)
                result = await ask(
                    sot, Asked(question_of(turns), settings, "cancel", turns=turns), patience=60
                )
                assert result.ended in ("cancelled", "finished")
            assert await tasks_left(known) == []
            assert await asyncio.to_thread(engine.wait_at_rest) == 0
            pools = await pools_left(before)
            assert (pools["busy"], pools["requests"]) == (0, 0)
            assert answers_alive(earlier) == 0
        assert await asyncio.to_thread(engine.wait_at_rest, closed=True) == 0


def test_plans_follow_from_the_seed() -> None:
    assert [plan_of(1, n, patient=True) for n in range(50)] == [
        plan_of(1, n, patient=True) for n in range(50)
    ]
    assert plan_of(1, 3, patient=True) != plan_of(2, 3, patient=True)
    kinds = {plan_of(1, n, patient=True).kind("point", 1, 0, 1) for n in range(400)}
    assert len(kinds) > 30


async def test_the_clients_of_the_attack_differ() -> None:
    with ChaosEngine() as engine:
        async with AsyncExitStack() as stack:
            clients = await make_clients(engine.url, stack)
            assert len({client.name for client in clients}) == len(clients) > 4
            assert not all(client.patient for client in clients)
            assert not all(client.alive for client in clients)


def test_figures_tell_a_sound_run_from_others() -> None:
    assert Figures(answers=10, memory=[(5, 100.0), (10, 104.0)]).sound
    assert not Figures(answers=10, memory=[(5, 100.0), (10, 106.0)]).sound
    assert not Figures(requests=1).sound
    assert not Figures(open=1).sound
    found = Figures()
    found.note("seed 1 answer 2 (plain): lost: point 1")
    assert not found.sound
    assert found.found == {"lost": 1}
