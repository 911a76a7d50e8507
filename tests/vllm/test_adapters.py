"""Adapters on real vLLM, in this process and over HTTP: the project's own, and a random one of few layers.

In float32, so that a request's text hardly depends on what is decoded beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from alike import nearest
from conftest import answer, serving
from tiny_adapter import save_tiny_adapter

import sot.backends.torch_engine as torch_engine
from sot import SkeletonOfThought
from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.backends.torch_engine import TorchBackend
from sot.backends.vllm_engine import VllmBackend
from sot.errors import ConfigError
from sot.types import Backend

QUESTION = "Name three rivers of Europe."
NAMES = ("off", "trained", "random")
DECODING = {"max_tokens": 16, "temperature": 0.0, "repetition_penalty": 1.1}


@pytest.fixture(scope="module")
def adapters(folder: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    place = tmp_path_factory.mktemp("adapters") / "random"
    targets = ("q_proj", "o_proj", "up_proj", "down_proj")
    save_tiny_adapter(place, Path(folder), size=0.08, targets=targets)
    trained = Path(torch_engine.__file__).parent / "built_in_adapter"
    return {"trained": str(trained), "random": str(place)}


@pytest.fixture(scope="module")
def texts(folder: str, adapters: dict[str, str]) -> dict[str, str]:
    """What the torch engine writes, one request after the other."""

    async def written() -> dict[str, str]:
        backend = TorchBackend(folder, dtype="float32", adapters=adapters)
        try:
            return {name: (await answer(backend, QUESTION, adapter=name, **DECODING))[0] for name in NAMES}
        finally:
            await backend.aclose()

    found = asyncio.run(written())
    assert len(set(found.values())) == len(NAMES)
    return found


@pytest.fixture(scope="module")
def address(folder: str, adapters: dict[str, str]) -> Iterator[str]:
    """A server with both adapters."""
    modules = [f"{name}={place}" for name, place in adapters.items()]
    # Three: the last place stays empty, see `take_adapters`.
    lora = ["--enable-lora", "--max-loras", "3", "--max-lora-rank", "8", "--lora-modules", *modules]
    # In the engine's process: a process less to start, which takes a third of the time.
    lora += ["--distributed-executor-backend", "sot.backends.vllm_engine.executor.FewCoresExecutor"]
    with serving(folder, "--dtype", "float32", "--max-model-len", "1024", *lora) as address:
        yield address


async def check(backend: Backend, texts: dict[str, str]) -> None:
    """Each text of one batch is that of its adapter, and no adapter has the prefixes of another one."""
    asked = ("off", "trained", "random", "trained", "off", "random")
    got = await asyncio.gather(*(answer(backend, QUESTION, adapter=name, **DECODING) for name in asked))
    assert [nearest(text, texts) for text, _ in got] == list(asked)
    for name in NAMES:
        text, end = await answer(backend, QUESTION, adapter=name, **DECODING)
        assert nearest(text, texts) == name
        assert end.usage.cached_tokens > 0
    with pytest.raises(ConfigError, match=r"has no adapter 'other'.*: it has trained, random"):
        await answer(backend, QUESTION, adapter="other", **DECODING)


async def test_in_this_process(folder: str, adapters: dict[str, str], texts: dict[str, str]) -> None:
    given = ",".join(f"{name}={place}" for name, place in adapters.items())
    arguments = {"dtype": "float32", "max_model_len": 1024, "adapters": given}
    backend = VllmBackend(folder, engine_args=arguments)
    try:
        info = await backend.info()
        assert info.adapters == ("trained", "random")
        await check(backend, texts)
    finally:
        await backend.aclose()


async def test_over_http(address: str, texts: dict[str, str]) -> None:
    backend = OpenAICompatibleBackend(address, api_key="")
    try:
        info = await backend.info()
        assert (info.model, info.adapters) == ("SmolLM2", ("trained", "random"))
        await check(backend, texts)
        adapter = {"skeleton": "trained", "points": "random", "normal": "off"}
        async with SkeletonOfThought(backend, max_point_tokens=24, adapter=adapter) as sot:
            result = await sot.answer("What are good ways to save water?", strategy="skeleton")
        assert result.text.strip()
    finally:
        await backend.aclose()


def test_settings_that_make_no_sense(folder: str, adapters: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    for given, says in (
        (7, "adapters is NAME=FOLDER"),
        ("a", "'a' is not of the form NAME=FOLDER"),
        ("a=/nowhere", "holds no LoRA adapter"),
        (f"a={tmp_path}", "not the configuration of a LoRA adapter"),
    ):
        with pytest.raises(ConfigError, match=says):
            VllmBackend(folder, engine_args={"adapters": given})
