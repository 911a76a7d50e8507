"""Sleep of an engine in this process: its memory is given back, and the next question wakes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tiny_model import save_tiny_model

from sot.backends.torch_engine import TorchBackend
from sot.errors import ConfigError, EngineError
from sot.types import GenerateConfig, Message, Sleeps


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("sleepy") / "model")


def backend_of(folder: Path, sleep_after: float | None = 3600.0) -> TorchBackend:
    return TorchBackend(str(folder), dtype="float32", threads=1, sleep_after=sleep_after)


@pytest.fixture
async def backend(tiny: Path) -> AsyncIterator[TorchBackend]:
    made = backend_of(tiny)
    yield made
    await made.aclose()


async def answer(backend: TorchBackend, question: str = "Hi", tokens: int = 8) -> str:
    stream = backend.stream([Message("user", question)], GenerateConfig(max_tokens=tokens))
    async with aclosing(stream) as chunks:
        return "".join([chunk.text async for chunk in chunks])


async def test_a_model_sleeps_and_its_next_question_is_answered_as_before(backend: TorchBackend) -> None:
    assert isinstance(backend, Sleeps)
    assert backend.asleep  # nothing is loaded before the first use
    first = await answer(backend)
    assert not backend.asleep
    assert await backend.sleep()
    assert await backend.sleep()  # asleep already
    assert (backend.asleep, backend.wakes) == (True, 0)
    assert await asyncio.gather(*(answer(backend) for _ in range(4))) == [first] * 4
    assert (backend.asleep, backend.wakes) == (False, 1)  # all of them waited for one waking


async def test_the_model_leaves_the_memory(backend: TorchBackend) -> None:
    import gc

    from sot.backends.torch_engine.weights import LoadedModel

    def loaded() -> list[LoadedModel]:
        gc.collect()
        return [each for each in gc.get_objects() if type(each) is LoadedModel]

    others = {id(each): each for each in loaded()}  # of other tests; kept, so that their numbers stay theirs
    await answer(backend)
    assert len([None for each in loaded() if id(each) not in others]) == 1
    engine = backend._engine
    assert engine is not None
    await backend.sleep()
    await asyncio.to_thread(engine.thread.join)
    assert not [None for each in loaded() if id(each) not in others]


async def test_an_idle_engine_falls_asleep_by_itself_and_is_described_without_waking(tiny: Path) -> None:
    backend = backend_of(tiny, sleep_after=0.01)
    text = await answer(backend)
    info = await backend.info()
    engine = backend._engine
    assert engine is not None
    await asyncio.wrap_future(engine.stopped)
    assert backend.asleep
    assert await backend.info() == info
    assert (backend.asleep, info.sleeps) == (True, True)
    assert (await backend.load()).running == 0
    assert await answer(backend) == text
    await backend.aclose()


async def test_a_question_in_flight_keeps_it_awake(backend: TorchBackend) -> None:
    stream = backend.stream([Message("user", "Hi")], GenerateConfig(max_tokens=300))
    async with aclosing(stream) as chunks:
        await anext(chunks)
        assert not await backend.sleep()
        await anext(chunks)
    assert await backend.sleep()


async def test_another_user_of_the_engine_keeps_it_awake(backend: TorchBackend, tiny: Path) -> None:
    other = backend_of(tiny)
    text = await answer(backend)
    assert await answer(other) == text
    engine = other._engine
    assert await backend.sleep()
    assert await answer(other) == text
    assert other._engine is engine
    assert await answer(backend) == text
    assert backend._engine is engine
    await backend.sleep()
    assert await other.sleep()
    assert engine is not None
    assert engine.stopped.done()
    await other.aclose()


async def test_a_model_that_cannot_be_woken_is_tried_again(backend: TorchBackend, tiny: Path) -> None:
    text = await answer(backend)
    await backend.sleep()
    config, kept = tiny / "config.json", tiny / "kept.json"
    config.rename(kept)
    try:
        failed = await asyncio.gather(*(answer(backend) for _ in range(2)), return_exceptions=True)
        for each in failed:
            assert isinstance(each, EngineError)
            assert "the model could not be woken: " in str(each)
        assert backend.asleep
    finally:
        kept.rename(config)
    assert await answer(backend) == text


async def test_a_question_that_leaves_while_it_wakes_does_no_harm(backend: TorchBackend) -> None:
    text = await answer(backend)
    await backend.sleep()
    leaves, stays = (asyncio.create_task(answer(backend)) for _ in range(2))
    await asyncio.sleep(0)
    assert not backend.asleep  # it has begun to wake
    leaves.cancel()
    assert await stays == text
    assert leaves.cancelled()


async def test_a_sleeper_can_be_closed_and_is_then_refused(tiny: Path) -> None:
    backend = backend_of(tiny)
    await answer(backend)
    await backend.sleep()
    await backend.aclose()
    with pytest.raises(EngineError, match="closed"):
        await answer(backend)
    with pytest.raises(ConfigError, match="sleep_after is 0 seconds"):
        backend_of(tiny, sleep_after=0)


async def test_closing_while_it_wakes_ends_the_question(tiny: Path) -> None:
    backend = backend_of(tiny)
    await answer(backend)
    await backend.sleep()
    asked = asyncio.create_task(answer(backend))
    await asyncio.sleep(0)
    assert not backend.asleep  # it has begun to wake
    await backend.aclose()
    with pytest.raises(EngineError, match="the torch engine was closed"):
        await asked
