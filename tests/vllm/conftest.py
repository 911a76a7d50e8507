"""One engine in this process and one ``vllm serve``, both with the real SmolLM2, for the whole run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from free_port import free_port
from tied import tied

from sot.backends.vllm_engine import VllmBackend
from sot.backends.vllm_engine.engine import VllmEngine
from sot.backends.vllm_engine.launch import find_model
from sot.types import Backend, Chunk, GenerateConfig, Message, Usage

# As the embedded default decodes; Prometheus metrics too, to compare ours with vLLM's own.
SAMPLING = {"temperature": 0.0, "repetition_penalty": 1.1}
ENGINE_ARGS: dict[str, Any] = {
    "max_model_len": 4096,
    "max_num_seqs": 32,
    "disable_log_stats": False,
    "override_generation_config": SAMPLING,
}
START_S = 600.0  # of an engine: half a minute on a machine that has nothing else to do
PATIENCE = 120.0  # with what takes a moment there


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What vLLM and its many packages warn about at import is not ours to turn into errors; a coroutine or
    # a connection of ours that is left behind is.
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.filterwarnings("default"), append=False)
            for kind in ("PytestUnraisableExceptionWarning", "PytestUnhandledThreadExceptionWarning"):
                item.add_marker(pytest.mark.filterwarnings(f"error::pytest.{kind}"))


@pytest.fixture(scope="session")
def folder() -> str:
    """The folder with the real SmolLM2."""
    return find_model("", {}).place


@pytest.fixture(scope="session")
def _engine(folder: str) -> Iterator[None]:
    """Keeps the engine running between tests, each of which has an event loop of its own."""
    keeper = VllmBackend(folder, engine_args=ENGINE_ARGS)
    asyncio.run(_info(keeper))
    yield
    asyncio.run(keeper.aclose())


@pytest.fixture
async def backend(folder: str, _engine: None) -> AsyncIterator[VllmBackend]:
    """A backend of the running engine."""
    backend = VllmBackend(folder, engine_args=ENGINE_ARGS)
    await backend.info()
    yield backend
    await backend.aclose()


async def _info(backend: Backend) -> None:
    await backend.info()


@pytest.fixture(scope="session")
def server(folder: str) -> Iterator[str]:
    """The address of a running ``vllm serve``."""
    with serving(folder, "--dtype", "bfloat16", "--max-model-len", "4096", "--max-num-seqs", "32") as address:
        yield address


@contextmanager
def serving(folder: str, *arguments: str) -> Iterator[str]:
    """Run ``vllm serve``; gives its address."""
    port = free_port()
    vllm = Path(sys.executable).with_name("vllm")
    command = [str(vllm), "serve", folder, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--served-model-name", "SmolLM2", "--enforce-eager", "--block-size", "32"]
    command += ["--enable-prefix-caching", "--enable-prompt-tokens-details"]
    command += ["--override-generation-config", json.dumps(SAMPLING), *arguments]
    env = {**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
    env["VLLM_SERVER_DEV_MODE"] = "1"  # has /sleep
    env.pop("VLLM_CONFIGURE_LOGGING", None)  # of the engine in this process
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(tied(command), env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Any) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                if response.status == 200:
                    return
        except OSError:
            time.sleep(0.5)  # a server in another process tells by answering alone
    log.seek(0)
    pytest.fail(f"vllm serve did not start:\n{log.read()[-4000:]}", pytrace=False)


def engine_of(backend: VllmBackend) -> VllmEngine:
    """The engine of a backend that has been used."""
    assert backend._engine is not None
    return backend._engine


def ask(text: str) -> list[Message]:
    """A conversation of one question."""
    return [Message("user", text)]


async def collect(stream: Any) -> tuple[str, list[Chunk]]:
    """A completion's whole text, and its chunks."""
    chunks: list[Chunk] = []
    async with aclosing(stream):
        async for chunk in stream:
            chunks.append(chunk)
    return "".join(chunk.text for chunk in chunks), chunks


@dataclass(frozen=True, slots=True)
class Ended:
    """What is known at the end of a completion."""

    finish_reason: str | None
    usage: Usage


async def answer(
    backend: Backend, question: str | Sequence[Message], *, prefill: str | None = None, **config: Any
) -> tuple[str, Ended]:
    """A completion's whole text, and what is known at its end."""
    messages = ask(question) if isinstance(question, str) else question
    text, chunks = await collect(backend.stream(messages, GenerateConfig(**config), prefill=prefill))
    finish = next((chunk.finish_reason for chunk in chunks if chunk.finish_reason), None)
    usage = [chunk.usage for chunk in chunks if chunk.usage is not None][-1]
    return text, Ended(finish, usage)


def stopped_at(whole: str, stop: str, text: str) -> bool:
    """Return whether a text is another one up to a stop sequence.

    Its prompt was cached when it was asked for again, and in bfloat16 that may make another text of it: then
    it is only without the stop sequence.
    """
    return text == whole[: whole.index(stop)] if whole.startswith(text) else stop not in text


async def repeats(backend: Backend, question: str, **config: Any) -> bool:
    """Return whether a completion comes again as it was; in bfloat16 it may become another one."""
    texts: list[str] = []
    while len(texts) < 6:
        text, _ = await answer(backend, question, **config)
        if text in texts:
            return True
        texts.append(text)
    return False


async def until_idle(engine: VllmEngine) -> None:
    """Wait until vLLM's scheduler says that nothing runs or waits.

    It says so after its next step, which nothing announces: hence the look every few milliseconds.
    """
    async with asyncio.timeout(PATIENCE):
        while engine.counts() != (0, 0):  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)
