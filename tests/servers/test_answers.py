"""Answers of real servers: skeletons, stop sequences, token limits, usage."""

from __future__ import annotations

import json
import re
from contextlib import aclosing

import pytest
from conftest import OPTIONS, QUESTION
from own_counts import own_counts, until_idle

from sot.types import GenerateConfig, Message, Usage

COUNTING = ["llamacpp", "litellm", "vllm"]  # `transformers serve` counts nothing


def test_a_skeleton_answer(first):
    answer = first.answer
    if answer.fell_back is not None:
        # Where the turn is not started for it, this model may write nothing but the list once more.
        assert answer.fell_back.startswith("no point could be written")
        assert not first.after.continues_turn
        assert len(answer.text.split()) > 10
        return
    titles = [point.title for point in answer.skeleton.points]
    assert len(titles) >= 3
    assert len({title.casefold() for title in titles}) == len(titles)
    written = [point for point in answer.points if point.status != "missing"]
    assert written == list(answer.points) or not first.after.continues_turn
    for point in written:
        assert point.text.strip()
        assert point.text.strip() in answer.text


def test_a_point_does_not_begin_with_what_the_model_was_given(first):
    """llama-server sends a started turn back unless told otherwise."""
    titles = "|".join(re.escape(point.title) for point in first.answer.skeleton.points)
    for point in first.answer.points:
        text = re.sub(r"^\W*\d*\W*", "", point.text)  # also behind another point's number
        assert not point.text.lstrip().startswith((f"{point.index}.", "**"))
        assert not re.match(rf"(?:{titles})\**:", text)  # a sentence may well begin with its subject


def test_what_the_answer_showed_agrees_with_what_the_server_had_told(first):
    """A server that continues a started turn has not been found to repeat it."""
    assert first.after.continues_turn >= first.before.continues_turn
    assert first.after.refuses == ()


def test_a_token_limit_ends_every_point(first):
    for point in first.answer.points:
        assert point.usage.completion_tokens <= OPTIONS.max_point_tokens * point.usage.requests


@pytest.mark.parametrize("kept", COUNTING, indirect=True)
def test_usage_of_a_skeleton_answer_is_the_servers_own(first, server):
    told, spent = first.answer.usage, first.spent
    if server.kind == "litellm":  # tells usage at a stream's end only, which one that is left early never has
        assert 0 < told.prompt_tokens <= spent.prompt_tokens
    else:
        assert told.prompt_tokens == spent.prompt_tokens
    # Of a request that is left early, cached tokens are unknown, and the server decodes further until it
    # notices, on a busy machine for many steps: at most as many tokens as a skeleton may have.
    points = sum((point.usage for point in first.answer.points), Usage())
    assert points.cached_tokens <= spent.cached_tokens
    left = told.requests - sum(bool(point.usage.cached_tokens) for point in first.answer.points)
    assert 0 <= spent.completion_tokens - told.completion_tokens <= OPTIONS.max_skeleton_tokens * left


@pytest.mark.parametrize("kept", COUNTING, indirect=True)
async def test_usage_of_normal_decoding_is_the_servers_own(sot, server):
    before = own_counts(server)
    answer = await sot.answer(QUESTION, strategy="normal")
    await until_idle(server)
    spent = own_counts(server) - before
    told = answer.usage
    assert (told.prompt_tokens, told.completion_tokens) == (spent.prompt_tokens, spent.completion_tokens)


async def test_usage_of_a_stream_is_that_of_the_same_answer_in_one_piece(sot, server):
    stream = sot.backend.stream(
        [Message("user", QUESTION)], GenerateConfig(temperature=0, max_tokens=9), prefill=None
    )
    async with aclosing(stream):
        told = [chunk.usage async for chunk in stream if chunk.usage is not None][-1]
    body = {"model": server.model, "messages": [{"role": "user", "content": QUESTION}]}
    body |= {"temperature": 0, "max_tokens": 9}
    usage = json.loads(server.post("/v1/chat/completions", body))["usage"]
    assert (told.prompt_tokens, told.completion_tokens) == (
        usage["prompt_tokens"],
        usage["completion_tokens"],
    )


@pytest.mark.parametrize(("start", "end"), [(4, 5), (3, 6)], ids=["a word", "three words"])
async def test_a_stop_sequence_ends_normal_decoding(sot, start, end):
    whole = (await sot.answer(QUESTION, strategy="normal", max_tokens=24)).text
    stop = " ".join(whole.split()[start:end])
    answer = await sot.answer(QUESTION, strategy="normal", stop=(stop,))
    assert stop not in answer.text
    if whole.startswith(answer.text):  # else, with a cached prompt, it has become another answer
        assert answer.text == whole[: whole.index(stop)]
        assert answer.finish_reason == "stop"


async def test_a_stop_sequence_is_in_no_point(sot, first):
    if first.answer.fell_back is not None:
        pytest.skip("this model wrote no points here")
    stop = max(" ".join(point.text for point in first.answer.points).split(), key=len)
    answer = await sot.answer(QUESTION, strategy="skeleton", stop=(stop,))
    assert answer.text.strip()
    assert stop not in answer.text
    # In another batch the second answer may become another one, which does not come to the stop sequence.
    cut = answer.fell_back is not None or any(point.status == "trimmed" for point in answer.points)
    assert answer.finish_reason in (("stop", "length") if cut else ("stop",))


async def test_a_token_limit_ends_normal_decoding(sot):
    answer = await sot.answer(QUESTION, strategy="normal", max_tokens=6)
    assert answer.text.strip()
    assert (answer.finish_reason, answer.usage.completion_tokens) == ("length", 6)
