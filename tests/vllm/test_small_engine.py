"""An engine with few places, and one whose process is killed. The tests build on each other, in order."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from collector import Collector
from conftest import PATIENCE, answer, ask, collect, engine_of, until_idle
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from sot import SkeletonOfThought
from sot.backends.torch_engine.cores import available_cores
from sot.backends.vllm_engine import VllmBackend
from sot.errors import ConfigError, EngineError
from sot.types import GenerateConfig, Load

ARGS = {
    "max_model_len": 1024,
    "max_num_seqs": 4,
    "scheduling_policy": "priority",
    "override_generation_config": {"temperature": 0},
}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """A collector of vLLM's own spans, which it sends soon."""
    with Collector.running() as collector, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")
        patch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.address)  # vLLM sets it, and leaves it
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")  # ms
        yield collector
        provider = trace.get_tracer_provider()
        assert isinstance(provider, TracerProvider), "vLLM has set one up"
        provider.shutdown()  # sends what is left, which would wait for the collector at the program's end


@pytest.fixture(scope="module")
def arguments(collector: Collector) -> dict[str, object]:
    return {**ARGS, "otlp_traces_endpoint": collector.address}


@pytest.fixture(scope="module")
def keeper(folder, arguments):
    """Keeps the engine between tests."""
    backend = VllmBackend(folder, engine_args=arguments)
    asyncio.run(_started(backend))
    yield backend
    asyncio.run(backend.aclose())


async def _started(backend: VllmBackend) -> None:
    await backend.info()


@pytest.fixture
async def small(folder, arguments, keeper) -> AsyncIterator[VllmBackend]:
    backend = VllmBackend(folder, engine_args=arguments)
    yield backend
    await backend.aclose()


async def test_64_answers_at_once_on_four_places(small):
    async with SkeletonOfThought(small, max_tokens=16, max_point_tokens=8, max_skeleton_tokens=32) as sot:
        questions = [f"What are {n + 2} good reasons to read books?" for n in range(64)]
        results = await asyncio.gather(*(sot.answer(question) for question in questions))
    assert all(result.text.strip() for result in results)
    assert {result.question for result in results} == set(questions)
    await until_idle(engine_of(small))
    assert await small.load() == Load(0, 0, 4)


@pytest.mark.skipif(available_cores() > 4, reason="vLLM keeps its worker process on many cores")
async def test_on_few_cores_no_process_polls_for_a_workers_result(small):
    await small.info()
    (core,) = processes_of(engine_of(small))
    assert not workers_of(core)


async def test_a_limit_beyond_the_context_is_cut_to_what_fits(small):
    _, last = await answer(small, "word " * 980, max_tokens=5000, extra={"ignore_eos": True})
    assert last.finish_reason == "length"
    assert last.usage.prompt_tokens + last.usage.completion_tokens == 1024


async def test_of_waiting_requests_the_smallest_rank_is_next(small):
    assert (await small.info()).takes_priority
    begun: list[str] = []

    async def read(name: str, max_tokens: int, priority: int = 0) -> None:
        config = GenerateConfig(max_tokens=max_tokens, priority=priority, extra={"ignore_eos": True})
        async with aclosing(small.stream(ask(f"Tell a long story, {name}."), config)) as stream:
            async for _ in stream:
                begun.append(name)

    async def until(running: int, waiting: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while engine_of(small).counts() != (running, waiting):  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.005)

    long = [asyncio.create_task(read(f"{number}", 900)) for number in range(4)]  # on all places
    await until(4, 0)
    last = asyncio.create_task(read("last", 1, priority=9))
    await until(4, 1)
    first = asyncio.create_task(read("first", 1, priority=1))
    await until(4, 2)
    long[0].cancel()
    await asyncio.gather(first, last)
    assert [name for name in begun if name in ("first", "last")] == ["first", "last"]
    for task in long:
        task.cancel()
    await asyncio.gather(*long, return_exceptions=True)
    await until_idle(engine_of(small))


async def test_the_engines_spans_hang_below_those_of_their_requests(small, collector):
    ours, parent = "a1" * 16, "b2" * 8
    await answer(small, "What is tea?", max_tokens=2, traceparent=f"00-{ours}-{parent}-01")
    span = await asyncio.to_thread(collector.wait_for, "llm_request", ours, PATIENCE)
    assert span.parent_span_id.hex() == parent
    told = {each.key: each.value for each in span.attributes}
    assert told["gen_ai.usage.completion_tokens"].int_value == 2


async def test_two_event_loops_share_the_engine(small, keeper):
    def elsewhere() -> str:
        return asyncio.run(_text(keeper))

    here, there = await asyncio.gather(_text(small), asyncio.to_thread(elsewhere))
    assert "tea" in here.lower()
    assert "tea" in there.lower()


async def _text(backend: VllmBackend) -> str:
    return (await answer(backend, "What is tea?", max_tokens=12))[0]


async def test_a_killed_engine_ends_every_request_with_a_clear_error(small):
    await small.info()
    started = asyncio.Semaphore(0)

    config = GenerateConfig(max_tokens=900, extra={"ignore_eos": True})  # none ends before the engine does

    async def read(number: int) -> None:
        begun = False
        async for _ in small.stream(ask(f"Tell a long story, {number}."), config):
            if not begun:
                begun = True
                started.release()

    tasks = [asyncio.create_task(read(number)) for number in range(8)]  # four run, four wait
    for _ in range(4):
        await started.acquire()
    for pid in processes_of(engine_of(small)):
        os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        assert isinstance(end, EngineError)
        assert "the vLLM engine died" in str(end)
        assert "\n" not in str(end)
    with pytest.raises(EngineError, match="the vLLM engine died"):
        await answer(small, "Hi", max_tokens=1)


def processes_of(engine) -> list[int]:
    """The core processes of an engine."""
    manager = engine._llm.engine_core.resources.engine_manager
    return [process.pid for process in manager.processes]


def is_running(pid: int) -> bool:
    """Return whether a process runs: one that has ended may exist until somebody waits for it."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def workers_of(core: int) -> list[str]:
    """The worker processes that a core process has started."""
    files = Path(f"/proc/{core}/task").glob("*/children")
    names = [Path(f"/proc/{child}/comm").read_text() for file in files for child in file.read_text().split()]
    return [name for name in names if "Worker" in name]


async def test_a_new_backend_starts_a_new_engine_after_that_which_sleeps_and_wakes(folder, arguments, keeper):
    with pytest.raises(EngineError, match="the vLLM engine died"):
        await keeper.info()
    fresh = VllmBackend(folder, engine_args=arguments, sleep_after=3600)
    text, chunks = await collect(fresh.stream(ask("What is tea?"), GenerateConfig(max_tokens=4)))
    assert text
    assert chunks[-1].finish_reason == "length"

    if (await fresh.info()).evidence["sleeps"].startswith("by the engine's end"):  # on a CPU
        processes = processes_of(engine_of(fresh))
        assert await fresh.sleep()
        assert not any(map(is_running, processes))
        assert (await fresh.info()).sleeps
        assert fresh.asleep, "a description wakes nothing"
    else:
        assert await fresh.sleep()
    assert (await answer(fresh, "What is tea?", max_tokens=4))[0]
    assert (fresh.asleep, fresh.wakes) == (False, 1)
    await fresh.aclose()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"no_such_option": 1, "another": 2}, "vLLM has no engine option 'another', 'no_such_option'"),
        ({"dtype": "nonsense"}, "nonsense"),
        ({"max_model_len": 10**6}, "max_model_len"),
        ({"quantization": "bitsandbytes"}, "bitsandbytes"),
        ({"speculative_config": {"method": "suffix", "num_speculative_tokens": 2}}, "suffix"),
    ],
)
async def test_options_that_vllm_refuses_give_one_clear_line(folder, options, reason):
    backend = VllmBackend(folder, engine_args=options)
    with pytest.raises(ConfigError, match=reason) as raised:
        await backend.info()
    assert "\n" not in str(raised.value)
    await backend.aclose()


async def test_a_folder_that_holds_no_model_gives_one_clear_line(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    for model in (str(tmp_path), str(tmp_path / "missing")):
        backend = VllmBackend(model)
        with pytest.raises(ConfigError) as raised:
            await backend.info()
        assert "\n" not in str(raised.value)
        await backend.aclose()
