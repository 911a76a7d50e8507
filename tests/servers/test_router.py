"""Several engines behind vLLM's router, with the options that ``deploy`` starts them with.

Two engines and two routers are started for these tests alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from deployed import board_queries, metric_names, named
from own_counts import own_counts
from real_servers import RealServer
from routed import DIRECT, Router, client, engine_pair, router

_OWN = ("--host", "--port", "--prometheus-host", "--prometheus-port", "--served-model-name")
_PATIENCE_S = 120.0
ITEMS = "\n".join(f"- {word}" for word in ("patience", "courage", "honesty", "kindness"))
QUESTION = f"Explain each of these words in one sentence:\n{ITEMS}"


def deployed_options(name: str) -> list[str]:
    """The options of a container, without those that say where it listens and whom it serves."""
    in_compose = named(name)[0]
    return [
        word for word in in_compose.command if word.startswith("--") and word.partition("=")[0] not in _OWN
    ]


@dataclass(frozen=True, slots=True)
class Fleet:
    engines: list[RealServer]
    routers: list[Router]

    async def used(self, front: Router, key: str) -> list[int]:
        """The engines that read a prompt while an answer is made."""
        before = [own_counts(engine).prompt_tokens for engine in self.engines]
        async with client(front.url, key) as sot:
            answer = await sot.answer(QUESTION, strategy="items", max_point_tokens=4)
        assert answer.usage.requests >= 4
        async with asyncio.timeout(_PATIENCE_S):
            while True:  # an engine may count a moment after it has answered
                after = [own_counts(engine).prompt_tokens for engine in self.engines]
                read = [new - old for new, old in zip(after, before, strict=True)]
                if sum(read) >= answer.usage.prompt_tokens:
                    return [number for number, tokens in enumerate(read) if tokens]
                await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """Two engines, and two routers before them that know nothing of each other."""
    options = [word for word in deployed_options("router") if word != "--worker-urls"]
    with ExitStack() as stack:
        engines = stack.enter_context(engine_pair(*deployed_options("vllm-0")))
        routers = [stack.enter_context(router(engines, *options)) for _ in range(2)]
        yield Fleet(engines, routers)


async def test_an_answer_stays_on_one_engine_whichever_router_it_comes_by(fleet: Fleet) -> None:
    places: set[int] = set()
    for number in range(40):
        key = f"answer-{number}"
        [by_one], [by_other] = [await fleet.used(front, key) for front in fleet.routers]
        assert by_one == by_other, key
        places.add(by_one)
        if number >= 2 and len(places) == 2:
            return
    pytest.fail("forty keys all led to the same engine")


async def test_the_board_reads_metrics_that_engines_and_router_have(fleet: Fleet) -> None:
    await fleet.used(fleet.routers[0], "any")
    texts = [await asyncio.to_thread(fleet.engines[0].get, "/metrics")]
    with DIRECT.open(fleet.routers[0].metrics, timeout=30) as response:
        texts.append(response.read().decode())
    known = {name for text in texts for name in re.findall(r"^([\w:]+)[{ ]", text, re.MULTILINE)}
    read = {name for query in board_queries() for name in metric_names(query) if not name.startswith("sot_")}
    assert len(read) > 10
    assert read <= known
