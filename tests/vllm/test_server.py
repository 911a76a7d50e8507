"""The HTTP engine against a real ``vllm serve`` with the real SmolLM2."""

from __future__ import annotations

import asyncio
import json
import random
import re
import urllib.request
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from conftest import PATIENCE, answer, ask, collect

from sot import SkeletonOfThought
from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.cli import main
from sot.errors import BadRequestError, ContextLengthError
from sot.types import Answer, GenerateConfig, Usage

QUESTION = "What are the most effective ways to deal with stress?"
LONG = "Write a very long story about a lighthouse keeper, with every detail."


@pytest.fixture
async def http(server) -> AsyncIterator[OpenAICompatibleBackend]:
    backend = OpenAICompatibleBackend(server, api_key="")
    yield backend
    await backend.aclose()


def metrics(server: str) -> dict[str, float]:
    """The server's own counters, added up."""
    with urllib.request.urlopen(server.removesuffix("/v1") + "/metrics", timeout=PATIENCE) as response:
        text = response.read().decode()
    found: dict[str, float] = {}
    for name, value in re.findall(r"^vllm:(\w+)\{.*\} (\S+)$", text, re.MULTILINE):
        found[name] = found.get(name, 0) + float(value)
    return found


async def until_idle(server: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            now = await asyncio.to_thread(metrics, server)
            if (now["num_requests_running"], now["num_requests_waiting"]) == (0, 0):
                return
            await asyncio.sleep(0.02)


async def test_the_server_is_known_for_what_it_is(http):
    info = await http.info()
    assert (info.model, info.context_length) == ("SmolLM2", 4096)
    assert (info.continues_turn, info.caches_prefixes) == (True, "running")


async def test_a_prefilled_turn_is_continued_and_not_repeated(http):
    _, before = await answer(http, "What is 2 + 2?", max_tokens=8)
    text, last = await answer(http, "What is 2 + 2?", prefill="The capital of France is", max_tokens=8)
    assert text.startswith(" ")
    assert "Paris" in text
    assert last.usage.prompt_tokens == before.usage.prompt_tokens + 5


async def test_both_ways_to_vllm_send_the_same_prompt_and_get_the_same_text(http, backend):
    for prefill in (None, "1."):
        here, by_http = [
            await answer(engine, QUESTION, prefill=prefill, max_tokens=24) for engine in (backend, http)
        ]
        assert here[1].usage.prompt_tokens == by_http[1].usage.prompt_tokens
        assert here[0][:20] == by_http[0][:20]


async def test_tenants_share_no_prefixes(http, backend):
    question = "Count the sheep: " + "one more sheep, " * 40
    for engine in (backend, http):
        ends = [await answer(engine, question, tenant=name, max_tokens=1) for name in ("a", "b", "a", "b")]
        of_a, of_b, again_a, again_b = [end.usage.cached_tokens for _, end in ends]
        assert (of_a, of_b) == (0, 0)
        assert min(again_a, again_b) > 100
        odd = ("me@example.com", "a/b", "x" * 200, "a\\b")  # as they stand, vLLM's server would refuse them
        ends = [await answer(engine, question, tenant=name, max_tokens=1) for name in odd]
        assert [end.usage.cached_tokens for _, end in ends] == [0] * len(odd)


async def test_stop_seed_and_further_fields(http):
    whole, _ = await answer(http, "What is tea?", max_tokens=30)
    word = whole.split()[4]
    text, last = await answer(http, "What is tea?", max_tokens=30, stop=(word,))
    assert (text, last.usage.requests) == (whole[: whole.index(word)], 1)
    config = {"temperature": 1.0, "max_tokens": 20}
    await answer(http, "Invent a name for a ship.", max_tokens=1)
    texts = [(await answer(http, "Invent a name for a ship.", seed=seed, **config))[0] for seed in (7, 7, 8)]
    assert texts[0] == texts[1] != texts[2]
    _, last = await answer(http, "Hi", max_tokens=9, extra={"min_tokens": 9, "top_k": 5})
    assert last.usage.completion_tokens == 9


async def test_japanese_text_comes_whole(http):
    said = "東京は日本の首都です。"
    text, _ = await collect(
        http.stream(ask("首都は？"), GenerateConfig(extra={"structured_outputs": {"choice": [said]}}))
    )
    assert text == said


async def test_a_prompt_over_the_context_is_named_as_such(http):
    with pytest.raises(ContextLengthError) as raised:
        await answer(http, "word " * 5000, max_tokens=5)
    assert raised.value.context_length == 4096
    assert "\n" not in str(raised.value)


async def test_a_setting_that_the_server_refuses(http):
    with pytest.raises(BadRequestError):
        await answer(http, "Hi", max_tokens=5, extra={"top_k": -7})


@pytest.mark.parametrize("opening", [False, True])
async def test_usage_and_cached_tokens_agree_with_the_servers_metrics(http, server, opening):
    await until_idle(server)
    before = metrics(server)
    async with SkeletonOfThought(http, opening=opening) as sot:
        result = await sot.answer(QUESTION, strategy="skeleton")
    await until_idle(server)
    after = metrics(server)
    spent = {name: after[name] - before[name] for name in after if name in before}
    told = result.usage
    assert spent["prompt_tokens_total"] == told.prompt_tokens
    # The server tells cached tokens at the end alone: they are unknown of a request that is left early, as it
    # is where a skeleton is complete, or a point by what follows it.
    requests = [result.skeleton_usage, *(point.usage for point in result.points)]
    others = told.prompt_tokens - sum(request.prompt_tokens for request in requests)  # the opening's
    assert (others > 0) == opening
    unknown = others + sum(request.prompt_tokens for request in requests if not request.cached_tokens)
    assert told.cached_tokens <= spent["prefix_cache_hits_total"] <= told.cached_tokens + unknown
    # A request that is left goes on until the server notices, on a busy machine for many steps: at most as
    # long as a skeleton may be. What ended by itself is told to the token.
    left = told.requests - sum(bool(request.cached_tokens) for request in requests)
    assert 0 <= spent["generation_tokens_total"] - told.completion_tokens <= 256 * left
    # Points share the question and the outline so far, in whole blocks of 16 tokens.
    known = [point.usage for point in result.points if point.usage.cached_tokens]
    assert sum(usage.cached_tokens for usage in known) >= 0.3 * sum(usage.prompt_tokens for usage in known)


async def test_a_completion_left_early_is_counted(http):
    stream = http.stream(ask(LONG), GenerateConfig(max_tokens=50), prefill="Once")
    async with aclosing(stream):
        chunks = [await anext(stream) for _ in range(3)]
    usages = [chunk.usage or Usage() for chunk in chunks]
    assert usages[-1].prompt_tokens > 20
    counts = [usage.completion_tokens for usage in usages]
    assert counts == sorted(set(counts))  # a busy server puts several tokens into a chunk
    assert counts[0] >= 1


async def test_the_load_is_the_servers_own_count(http, server):
    await until_idle(server)
    stream = http.stream(ask(LONG), GenerateConfig(max_tokens=2000))
    async with aclosing(stream):
        await anext(stream)
        async with asyncio.timeout(PATIENCE):
            while (await http.load()).running != 1:  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.02)
    await until_idle(server)
    assert ((await http.load()).running, (await http.load()).waiting) == (0, 0)


async def test_after_cancelled_answers_the_server_is_idle_and_answers(http, server):
    dice = random.Random(21)
    async with SkeletonOfThought(http, opening=False) as sot:
        for _ in range(3):
            tasks = [asyncio.create_task(sot.answer(f"{QUESTION} ({n})")) for n in range(20)]
            for task in dice.sample(tasks, len(tasks)):
                await asyncio.sleep(dice.expovariate(15))
                task.cancel()
            async with asyncio.timeout(PATIENCE):
                ends = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(end, Answer | asyncio.CancelledError) for end in ends), ends
    await until_idle(server)
    text, last = await answer(http, "What is tea?", max_tokens=12)
    assert "tea" in text.lower()
    assert last.finish_reason == "length"


async def test_without_sleep_mode_it_is_left_awake_but_woken_where_somebody_else_put_it_to_sleep(server):
    root = server.removesuffix("/v1")

    def post(path: str) -> None:
        request = urllib.request.Request(root + path, method="POST")
        with urllib.request.urlopen(request, timeout=PATIENCE):
            pass

    backend = OpenAICompatibleBackend(server, api_key="", sleep_after=3600)
    try:
        await until_idle(server)
        assert not (await backend.info()).sleeps
        assert not await backend.sleep()
        await asyncio.to_thread(post, "/sleep?level=1")
        async with asyncio.timeout(PATIENCE):  # a request that did not wake it would wait for ever
            text, _ = await answer(backend, "What is tea?", max_tokens=12)
        assert "tea" in text.lower()
        assert backend.wakes == 1
    finally:
        await backend.aclose()
        await asyncio.to_thread(post, "/wake_up")


def test_sot_ask_prints_a_whole_answer_as_json(server, capsys):
    assert main(["ask", QUESTION, "--backend", server, "--strategy", "skeleton", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["model"] == "SmolLM2"
    assert shown["text"].strip()
    assert shown["usage"]["cached_tokens"] > 0
    usages = [point["usage"] for point in shown["points"]]
    assert any(usage["cached_tokens"] for usage in usages)  # of a point that is left at its end: unknown
    assert all(0 <= usage["cached_tokens"] <= usage["prompt_tokens"] for usage in usages)
