"""Answers that the reader leaves: the real server stops working on them."""

from __future__ import annotations

from contextlib import aclosing

import pytest
from conftest import LONG, LONG_TOKENS
from own_counts import has_counts, own_counts, until_idle


@pytest.mark.parametrize("strategy", ["normal", "skeleton"])
async def test_an_answer_that_is_left_is_left_by_the_server(sot, server, strategy):
    before = own_counts(server) if has_counts(server) else None
    stream = sot.stream_text(LONG, strategy=strategy, max_tokens=LONG_TOKENS, max_point_tokens=LONG_TOKENS)
    async with aclosing(stream):
        await anext(stream)
    await until_idle(server)
    if before is not None:
        assert 0 < (own_counts(server) - before).completion_tokens < LONG_TOKENS / 2
    answer = await sot.answer("What is tea?", strategy="normal", max_tokens=12)
    assert answer.text.strip()
    assert answer.usage.completion_tokens <= 12
