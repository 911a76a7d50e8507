"""Stream of a JSON document, for any order in which its parts come."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sot.structure.document import DocumentStream

FRAME = ('{"a": ', ', "b": [', ", ", "]}")


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 5)), max_size=30), st.permutations([1, 2, 3]))
def test_what_comes_out_is_the_document(pieces: list[tuple[int, int]], order: list[int]) -> None:
    texts = {1: '"one long text"', 2: "123456", 3: '{"x": true}'}
    fed = {1: 0, 2: 0, 3: 0}
    stream = DocumentStream(FRAME)
    out = stream.open()
    for index, size in pieces:
        out += stream.feed(index, texts[index][fed[index] : fed[index] + size])
        fed[index] = min(len(texts[index]), fed[index] + size)
    for index in order:
        assert stream.released(index) <= len(texts[index])
        out += stream.finish(index, texts[index])
    assert out == stream.text
    assert stream.whole == out + stream.close()
    assert json.loads(stream.text) == {"a": "one long text", "b": [123456, {"x": True}]}


def test_the_first_part_is_released_as_it_comes_and_the_next_ones_wait() -> None:
    stream = DocumentStream(FRAME)
    assert stream.open() == ""
    assert stream.feed(2, "1") == ""
    assert stream.feed(1, '"x') == '{"a": "x'
    assert stream.finish(1, '"xy"') == 'y", "b": [1'
    stream.feed(3, "no")
    stream.restart(3)
    assert stream.finish(2, "12") == "2"
    assert stream.finish(3, "3") == ", 3"
    assert stream.close() == "]}"


def test_what_was_released_cannot_be_taken_back() -> None:
    stream = DocumentStream(FRAME)
    stream.feed(1, '"one')
    with pytest.raises(RuntimeError, match="cannot be taken back"):
        stream.restart(1)
    with pytest.raises(RuntimeError, match="cannot be taken back"):
        stream.finish(1, '"two"')
    with pytest.raises(RuntimeError, match="comes last"):
        stream.close()
