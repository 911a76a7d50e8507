"""Tenants on the torch engine: what one has had computed is never served to another."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tiny_model import save_tiny_model

from sot.backends.torch_engine import TorchBackend
from sot.backends.torch_engine.prefix import PrefixCache
from sot.types import GenerateConfig, Message, Usage

QUESTION = [Message("user", "What are good ways to sleep better when the nights are short and warm?")]


async def ask(backend: TorchBackend, tenant: str | None, tokens: int = 4) -> Usage:
    last = Usage()
    config = GenerateConfig(max_tokens=tokens, temperature=0, tenant=tenant)
    async for chunk in backend.stream(QUESTION, config):
        last = chunk.usage or last
    return last


async def test_a_prefix_is_cached_for_its_own_tenant_alone(tmp_path: Path):
    backend = TorchBackend(str(save_tiny_model(tmp_path / "model")), dtype="float32", threads=1)
    try:
        assert (await backend.info()).separates_tenants
        cached = [(await ask(backend, who)).cached_tokens for who in ("a", "a", "b", None, "b", None)]
        first, again = cached[0], cached[1]
        assert first == 0
        assert again > 8
        assert cached == [0, again, 0, 0, again, again]
        # Of requests that run at the same time, neither waits for the other's prefix nor copies it.
        cached = [use.cached_tokens for use in await asyncio.gather(*(ask(backend, who, 16) for who in "cd"))]
        assert cached == [0, 0]
    finally:
        await backend.aclose()


def test_the_trees_of_tenants_share_one_limit():
    torch = pytest.importorskip("torch")
    kv = torch.zeros(1, 2, 1, 4, 2)  # 64 bytes
    cache = PrefixCache(64)
    cache.insert([1, 2, 3, 4], kv, tenant="a")
    assert cache.match([1, 2, 3, 4], 4, tenant="a")[0] == 4
    assert cache.match([1, 2, 3, 4], 4, tenant="b")[0] == cache.match([1, 2, 3, 4], 4)[0] == 0
    cache.insert([1, 2, 3, 4], kv, tenant="b")
    assert cache.bytes <= 64
    assert cache.match([1, 2, 3, 4], 4, tenant="a")[0] == 0
    assert cache.match([1, 2, 3, 4], 4, tenant="b")[0] == 4
