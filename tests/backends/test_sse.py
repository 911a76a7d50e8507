"""The event-stream decoder: any bytes, cut anywhere."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.backends.openai_compatible.wire.sse import ServerSentEvent, SSEDecoder
from sot.errors import MalformedResponseError


def decode(*pieces: bytes) -> list[ServerSentEvent]:
    decoder = SSEDecoder()
    return [e for piece in pieces for e in decoder.feed(piece)] + decoder.close()


def decode_shortly(*pieces: bytes) -> list[ServerSentEvent]:
    """Decode by the short way, wherever the decoder takes it."""
    decoder = SSEDecoder()
    events: list[ServerSentEvent] = []
    for piece in pieces:
        found = decoder.plain_data(piece) if piece else None
        if found is None:
            events += decoder.feed(piece)
        else:
            events += [ServerSentEvent("", each.decode("utf-8", "replace")) for each in found]
    return events + decoder.close()


def data(*pieces: bytes) -> list[str]:
    return [event.data for event in decode(*pieces)]


def reference(stream: bytes) -> list[ServerSentEvent]:
    """The standard's algorithm over the whole stream at once, written for clarity."""
    events: list[ServerSentEvent] = []
    kind, lines = b"", []
    for line in [*re.split(rb"\r\n|\r|\n", stream.removeprefix(b"\xef\xbb\xbf")), b""]:
        name, _, value = line.partition(b":")
        if not line:
            if lines:
                text = b"\n".join(lines).decode("utf-8", "replace")
                events.append(ServerSentEvent(kind.decode("utf-8", "replace"), text))
            kind, lines = b"", []
        elif name == b"data":
            lines.append(value.removeprefix(b" "))
        elif name == b"event":
            kind = value.removeprefix(b" ")
    return events


@pytest.mark.parametrize("newline", [b"\n", b"\r", b"\r\n"])
def test_line_ends(newline: bytes) -> None:
    assert data(newline.join([b"data: a", b"", b"data: b", b"", b""])) == ["a", "b"]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"", []),
        (b"\n\n\r\n\r", []),
        (b": ping\n\n: pong\n\n", []),
        (b"data: a\n: ping\ndata: b\n\n", ["a\nb"]),
        (b"data:a\n\ndata:  b\n\n", ["a", " b"]),
        (b"data\n\n", [""]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"id: 1\nretry: 5\ndata: a\nunknown: x\n\n", ["a"]),
        (b"data: a", ["a"]),
        (b"data: a\n", ["a"]),
        (b"data: a\r\n\ndata: b\r\r", ["a", "b"]),
        (b"data: a:b\n\n", ["a:b"]),
        (b"data: \xe2\x80\xa8 \xff\n\n", ["\u2028 \ufffd"]),  # only CR and LF end lines
        (b"data: a\x0b\x0c\x1c\x85b\n\n", ["a\x0b\x0c\x1c\ufffdb"]),
    ],
)
def test_fields(stream: bytes, expected: list[str]) -> None:
    assert data(stream) == expected


def test_event_names_belong_to_one_event() -> None:
    assert decode(b"event: error\ndata: a\n\ndata: b\n\nevent: lost\n\ndata: c\n\n") == [
        ("error", "a"),
        ("", "b"),
        ("", "c"),
    ]


def test_an_event_is_given_as_soon_as_it_is_complete() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\r") == []
    assert decoder.feed(b"\r") == [("", "a")]
    assert decoder.feed(b"\ndata: b\n\n") == [("", "b")]


@pytest.mark.parametrize("newline", [b"\n", b"\r", b"\r\n"])
def test_every_split_in_two(newline: bytes) -> None:
    lines = [b"\xef\xbb\xbfevent: e", b"data: a", b": c", b"data: \xc3\xa9", b"", b"data: b", b"", b""]
    stream = newline.join(lines)
    for cut in range(len(stream) + 1):
        assert decode(stream[:cut], stream[cut:]) == [("e", "a\né"), ("", "b")]


fragments = st.sampled_from(
    [
        b"data: ",
        b"data: a\n\n",
        b"data:",
        b"data",
        b"event: x",
        b": c",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\xef\xbb\xbf",
        b"a",
        b" ",
        b":",
        "é①".encode(),
        b"\xff",
        b"\x00",
        b"id: 3",
        b"[DONE]",
        b"\x85",
        b"\x0b",
    ]
)


@given(st.lists(fragments, max_size=40), st.lists(st.integers(0, 200), max_size=12))
def test_any_split_gives_the_same_events(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    bounds = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in itertools.pairwise(bounds)]
    assert decode(*pieces) == reference(stream)
    assert decode_shortly(*pieces) == reference(stream)
    assert decode(*(stream[i : i + 1] for i in range(len(stream)))) == reference(stream)


def test_the_short_way() -> None:
    """Whole events of one line of data are read without a look at each line; all else is not."""
    decoder = SSEDecoder()
    assert decoder.plain_data(b'data: {"a": 1}\n\ndata: [DONE]\n\n') == [b'{"a": 1}', b"[DONE]"]
    for other in (
        b"data: a\n",
        b"data:a\n\n",
        b"data: a\ndata: b\n\n",
        b": c\n\n",
        b"event: e\ndata: a\n\n",
        b"data: a\r\n\r\n",
        b"\ndata: a\n\n",
    ):
        assert decoder.plain_data(other) is None
    decoder.feed(b"data: begun")
    assert decoder.plain_data(b"data: a\n\n") is None
    assert SSEDecoder(max_event_bytes=3).plain_data(b"data: long\n\n") is None


def test_a_long_line_in_many_pieces() -> None:
    text = b"x" * 10_000_000
    pieces = [text[i : i + 1000] for i in range(0, len(text), 1000)]
    assert data(b"data: ", *pieces, b"\n\n") == [text.decode()]


@pytest.mark.parametrize(
    "pieces",
    [
        [b"data: " + b"x" * 200],
        [b"data: " + b"x" * 200 + b"\n\n"],
        [b"data: "] + [b"x"] * 200,
        [b"data: xxxxxxxxxxxxxxxxxxxx\n"] * 10,
        [b": " + b"x" * 200],
        [b"event: " + b"x" * 200 + b"\n"],
    ],
)
def test_too_large_is_refused(pieces: list[bytes]) -> None:
    decoder = SSEDecoder(max_event_bytes=100)

    def feed_all() -> None:
        for piece in pieces:
            decoder.feed(piece)

    with pytest.raises(MalformedResponseError, match="larger than 100 bytes"):
        feed_all()
