"""Parts of the Ray Serve application that need no cluster."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest
from sot_ray.app import build
from sot_ray.engine import Engine
from sot_ray.router import AnswerRouter
from sot_ray.settings import Args
from sot_ray.travel import gathered
from sot_ray.wire import error_of, failed

from sot import errors
from sot.errors import BackendError, ContextLengthError, EngineError, RateLimitError, SotError
from sot.types import Chunk


async def chunks(*texts: str, error: Exception | None = None) -> AsyncGenerator[Chunk, None]:
    for text in texts:
        yield Chunk(text)
    if error is not None:
        raise error


class TestGathered:
    @pytest.mark.parametrize("wait_s", [0, 0.001])
    async def test_every_chunk_comes_once_and_in_order(self, wait_s: float) -> None:
        texts = [str(number) for number in range(50)]
        lists = [found async for found in gathered(chunks(*texts), wait_s)]
        assert [chunk.text for found in lists for chunk in found] == texts
        assert len(lists) < len(texts)

    async def test_the_first_one_does_not_wait(self) -> None:
        go_on = asyncio.Event()

        async def stream() -> AsyncGenerator[Chunk, None]:
            yield Chunk("a")
            await go_on.wait()
            yield Chunk("b")

        lists = gathered(stream(), 0.001)
        assert await anext(lists) == [Chunk("a")]
        go_on.set()
        assert [found async for found in lists] == [[Chunk("b")]]

    async def test_an_error_comes_after_what_came_before(self) -> None:
        found: list[str] = []

        async def read() -> None:
            async for some in gathered(chunks("a", "b", error=EngineError("it broke")), 0.001):
                found.extend(chunk.text for chunk in some)

        with pytest.raises(EngineError, match="broke"):
            await read()
        assert found == ["a", "b"]

    async def test_closing_it_closes_the_stream(self) -> None:
        closed = asyncio.Event()

        async def stream() -> AsyncGenerator[Chunk, None]:
            try:
                yield Chunk("a")
                await asyncio.Event().wait()
            finally:
                closed.set()

        lists = gathered(stream(), 0.001)
        await anext(lists)
        await lists.aclose()
        assert closed.is_set()


class TestErrors:
    def test_every_kind_of_error_arrives_as_it_was(self) -> None:
        examples: list[SotError] = [
            ContextLengthError(prompt_tokens=9, context_length=8),
            RateLimitError("wait", retry_after=3.5),
            errors.BackendConnectionError("gone", reached=False),
            errors.InvalidFieldError("a.b", "no number"),
        ]
        made = {type(example) for example in examples}
        for kind in vars(errors).values():
            if inspect.isclass(kind) and issubclass(kind, BackendError) and kind not in made:
                status: dict[str, Any] = (
                    {"status": 503} if issubclass(kind, errors.BackendStatusError) else {}
                )
                examples.append(kind("words", **status))
        for example in examples:
            arrived = error_of(failed(example))
            assert type(arrived) is type(example)
            assert str(arrived) == str(example)
            assert arrived.public_message == example.public_message
            assert vars(arrived) == vars(example)

    def test_any_other_error_is_one_of_the_engine(self) -> None:
        arrived = error_of(failed(KeyError("x")))
        assert isinstance(arrived, EngineError)
        assert "KeyError" in str(arrived)


class TestRouter:
    """The choice alone; the replicas are doubles, and their queues are what the router knows of them."""

    def make(self) -> AnswerRouter:
        router = AnswerRouter.__new__(AnswerRouter)  # without Serve's own part
        router._replica_queue_len_cache = self.queues = {}  # pyright: ignore[reportAttributeAccessIssue]
        router.initialize_state(most_answers=3)
        return router

    async def choose(self, router: AnswerRouter, key: str, *replicas: str) -> list[list[str]]:
        request: Any = SimpleNamespace(
            metadata=SimpleNamespace(session_id=key), routing_context=SimpleNamespace(should_backoff=False)
        )
        candidates: Any = [SimpleNamespace(replica_id=replica) for replica in replicas]
        ranks = await router.choose_replicas(candidates, request)
        assert request.routing_context.should_backoff or not replicas
        return [[str(one.replica_id) for one in rank] for rank in ranks]

    async def test_an_answer_stays_where_it_began_and_the_others_are_next(self) -> None:
        router = self.make()
        first = await self.choose(router, "k", "a", "b", "c")
        assert sorted(one for rank in first for one in rank) == ["a", "b", "c"]
        assert len(first[0]) == 1
        self.queues[first[0][0]] = 100
        assert (await self.choose(router, "k", "c", "b", "a"))[0] == first[0]

    async def test_new_answers_go_where_fewest_requests_are_and_take_turns(self) -> None:
        router = self.make()
        homes = [(await self.choose(router, f"k{n}", "a", "b"))[0][0] for n in range(6)]
        assert homes in (["a", "b"] * 3, ["b", "a"] * 3)
        self.queues |= {"a": 5, "b": 2}
        assert (await self.choose(router, "new", "a", "b"))[0] == ["b"]

    async def test_an_answer_whose_replica_is_gone_gets_another(self) -> None:
        router = self.make()
        (home,), _ = await self.choose(router, "k", "a", "b")
        other = "b" if home == "a" else "a"
        assert await self.choose(router, "k", other) == [[other]]
        assert (await self.choose(router, "k", "a", "b"))[0] == [other], "its prefix is there now"

    async def test_it_forgets_the_oldest_answers(self) -> None:
        router = self.make()
        for number in range(10):
            await self.choose(router, f"k{number}", "a", "b")
        assert list(router._homes) == ["k7", "k8", "k9"]


class Here(Engine):
    """An engine replica without Serve, which would call the asynchronous `__init__` and `__del__`."""

    def __del__(self) -> None: ...  # pyright: ignore[reportIncompatibleMethodOverride]


class TestHealth:
    async def make(self, stall_s: float) -> Engine:
        engine = Here.__new__(Here)
        engine._backend, engine._stall_s = Healthy(), stall_s  # pyright: ignore[reportAttributeAccessIssue]
        engine._open, engine._last = 0, 0.0
        return engine

    async def test_an_engine_that_does_not_get_on_is_ill(self) -> None:
        engine = await self.make(stall_s=60)
        await engine.check_health()  # idle for long
        engine._open = 2
        with pytest.raises(EngineError, match="2 requests are open"):
            await engine.check_health()

    async def test_an_engine_that_has_failed_is_ill(self) -> None:
        engine = await self.make(stall_s=60)
        engine._backend.error = EngineError("the torch engine failed")  # pyright: ignore[reportAttributeAccessIssue]
        with pytest.raises(EngineError, match="failed"):
            await engine.check_health()


class Healthy:
    """Double of an engine that describes itself, or has failed."""

    error: SotError | None = None

    async def info(self) -> None:
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"backend": "nonsense:"}, "no engine for the backend"),
        ({"answers": {"max_pints": 3}}, "unknown setting max_pints"),
        ({"server": {"max_answers": 0}}, "max_answers is 0"),
        ({"server": {"api_keys": ["secret"]}}, "keys are no part of the configuration"),
        ({"server": {"nonsense": 1}}, "nonsense"),
    ],
)
def test_a_wrong_setting_is_told_before_any_replica_starts(args: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        build(Args(**args))
    assert "secret" not in str(caught.value)
