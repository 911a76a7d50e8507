"""Objects read by an earlier one of their shape: to the same chunks as by parsing each."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.backends.openai_compatible.wire.alike_objects import AlikeObjects
from sot.backends.openai_compatible.wire.completion_reader import CompletionReader
from sot.backends.openai_compatible.wire.payloads import parse_object
from sot.types import Usage

BASE = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
NO_USAGE = object()


def shaped(text: Any, usage: Any = NO_USAGE, **choice: Any) -> dict[str, Any]:
    """A chunk of text as vLLM sends it."""
    choices = [{"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": None, **choice}]
    return {**BASE, "choices": choices, **({} if usage is NO_USAGE else {"usage": usage})}


def spent(tokens: int, prompt: int = 9) -> dict[str, int]:
    return {"prompt_tokens": prompt, "total_tokens": prompt + tokens, "completion_tokens": tokens}


def openai_order(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens}


def encoded(payload: dict[str, Any], *, spaces: bool = False) -> bytes:
    separators = None if spaces else (",", ":")
    return json.dumps(payload, ensure_ascii=False, separators=separators).encode()


def made_of(stream: list[bytes], *, parsed: bool) -> list[Any]:
    """All that a reader makes of a stream: its chunks, or the error, and what it keeps."""
    reader = CompletionReader(str)
    found: list[Any] = []
    try:
        for data in stream:
            found.append(reader.take(parse_object(data, str)) if parsed else reader.take_data(data))
    except Exception as error:  # noqa: BLE001 - compared with that of the other way
        found.append((type(error), str(error)))
    return [*found, reader.finish_reason, reader.empty, reader.tells_cached, reader.usage()]


STREAMS = [
    [shaped("A"), shaped(" warm"), shaped(" light"), shaped("", finish_reason="stop")],
    [
        shaped("A", spent(1)),
        shaped(" b", spent(2)),
        shaped(" c", spent(13)),
        shaped("", finish_reason="stop"),
    ],
    [shaped("A", openai_order(1)), shaped(" b", openai_order(2))],
    [shaped("A", None), shaped(" b", None), shaped(" c", spent(3))],
    [shaped("A", spent(1)), shaped(" b", None), shaped(" c", spent(3)), shaped(" d", spent(4))],
    [shaped("A", spent(1)), shaped(" b", spent(0)), shaped(" c", spent(2, prompt=0))],
    [shaped("A", spent(1)), shaped(" b", {**spent(2), "completion_tokens": -2})],
    [shaped("A", spent(1)), shaped(" b", {**spent(2), "prompt_tokens_details": {"cached_tokens": 4}})],
    [
        shaped("A"),
        shaped('"quoted" \\ and\n\ttabs'),
        shaped("”"),
        shaped("明かり"),
        shaped("🌙"),
        shaped("b"),
    ],
    [shaped("A"), shaped(""), shaped(None), shaped(" b")],
    [shaped("A"), shaped(" b", index=1), shaped(" c")],
    [shaped("A"), shaped(" b", finish_reason="length"), shaped(" c")],
    [shaped("A"), {"error": {"message": "no", "code": 500}}, shaped(" b")],
    [shaped("A"), {**shaped(" b"), "error": {"message": "no", "code": 500}}],
    [shaped("A"), {**shaped(" b"), "model": "other"}, {**shaped(" c"), "model": "other"}, shaped(" d")],
    [shaped("A"), shaped(" b", logprobs={"content": []}), shaped(" c", logprobs={"content": []})],
    [shaped("A"), shaped(" b", delta={"content": " b", "reasoning": "hm"}), shaped(" c")],
    [shaped("A"), shaped('"content":"b"'), shaped('\\"content\\":"b"'), shaped('"usage":{}', spent(2))],
    [shaped("A", {"content": "x"}), shaped(" b", {"content": "x"})],
]


@pytest.mark.parametrize("spaces", [False, True], ids=["dense", "spaced"])
@pytest.mark.parametrize("stream", STREAMS)
def test_streams_are_read_as_by_parsing(stream: list[dict[str, Any]], *, spaces: bool) -> None:
    lines = [encoded(payload, spaces=spaces) for payload in stream]
    assert made_of(lines, parsed=False) == made_of(lines, parsed=True)


@pytest.mark.parametrize(
    "broken",
    [
        b'{"choices":[{"index":0,"delta":{"content":"\xff"}}]}',
        b'{"choices":[{"index":0,"delta":{"content":"b',
        b'{"choices":[{"index":0,"delta":{"content":"b"}}]} x',
        b'{"choices":[{"index":0,"delta":{"content":"\x01"}}]}',
        b'{"choices":[{"index":0,"delta":{"content":""}}]}',
        b'{"choices":[{"index":0,"delta":{"content":"\\ud83d"}}]}',
    ],
)
def test_broken_objects_are_refused_as_by_parsing(broken: bytes) -> None:
    usual = b'{"choices":[{"index":0,"delta":{"content":"A"}}]}'
    lines = [usual, broken, usual]
    assert made_of(lines, parsed=False) == made_of(lines, parsed=True)


@given(st.lists(st.tuples(st.text(), st.none() | st.integers(0, 10**16)), max_size=6), st.booleans())
def test_any_texts_and_counts(pieces: list[tuple[str, int | None]], escaped: bool) -> None:
    stream = [shaped("A", spent(1)), *(shaped(text, spent(n) if n else NO_USAGE) for text, n in pieces)]
    lines = [
        json.dumps(payload, ensure_ascii=escaped, separators=(",", ":")).encode("utf-8", "surrogatepass")
        for payload in stream
    ]
    assert made_of(lines, parsed=False) == made_of(lines, parsed=True)


def test_a_known_shape_is_read_and_another_is_not() -> None:
    alike = AlikeObjects()
    assert alike.read(encoded(shaped(" b", spent(2)))) is None  # nothing has been learned
    alike.learn(encoded(shaped("A", spent(1))), counts=True)
    assert alike.read(encoded(shaped(" b", spent(20)))) == (" b", Usage(9, 0, 20, 1))
    assert alike.read(encoded(shaped(" b"))) is None
    assert alike.read(encoded(shaped(" b", spent(2), finish_reason="stop"))) is None
    assert alike.read(encoded({**shaped(" b", spent(2)), "id": "chatcmpl-2"})) is None


def test_a_text_that_json_writes_in_another_way_teaches_nothing() -> None:
    alike = AlikeObjects()
    alike.learn(encoded(shaped('"Hello', spent(1))), counts=True)
    alike.learn(encoded(shaped(" b", spent(2))), counts=True)
    assert alike.read(encoded(shaped(" c", spent(3)))) == (" c", Usage(9, 0, 3, 1))
