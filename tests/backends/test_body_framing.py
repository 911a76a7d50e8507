"""Framing of HTTP response bodies: whatever the cuts, the same body; whatever is malformed, refused."""

from __future__ import annotations

import itertools

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.backends.openai_compatible.transport.body_framing import (
    Chunked,
    Counted,
    Framing,
    UntilEnd,
    framing_of,
)

BODY = b"hello, world"
CHUNKS = [
    b"5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n",
    b"005;name=value\r\nhello\r\n7 \r\n, world\r\n0\r\n\r\n",
    b'C;a="b";c\r\nhello, world\r\n0\r\nX-Trailer: yes\r\nOther: \r\n\r\n',
    b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"000\r\n\r\n",
]


def read(framing: Framing, *pieces: bytes) -> bytes:
    return b"".join(framing.feed(piece) for piece in pieces)


@pytest.mark.parametrize("wire", CHUNKS)
def test_chunks_cut_at_every_byte(wire: bytes) -> None:
    for cut in range(len(wire) + 1):
        framing = Chunked()
        assert read(framing, wire[:cut], wire[cut:]) == BODY
        assert framing.over
        assert framing.rest == b""
    framing = Chunked()
    assert read(framing, *(wire[at : at + 1] for at in range(len(wire)))) == BODY
    assert framing.over


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.lists(st.integers(0, 400), max_size=8))
def test_any_chunks_and_cuts(chunks: list[bytes], cuts: list[int]) -> None:
    wire = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    bounds = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    framing = Chunked()
    assert read(framing, *(wire[a:b] for a, b in itertools.pairwise(bounds))) == b"".join(chunks)
    assert framing.over


def test_what_a_piece_holds_of_several_chunks_comes_as_one() -> None:
    framing = Chunked()
    assert framing.feed(b"1\r\na\r\n2\r\nbc\r\n3\r\nde") == b"abcde"
    assert not framing.over


def test_bytes_after_the_end_are_told() -> None:
    for framing, wire in ((Chunked(), b"1\r\na\r\n0\r\n\r\nHTTP"), (Counted(1), b"aHTTP")):
        assert framing.feed(wire) == b"a"
        assert framing.over
        assert framing.rest == b"HTTP"


@pytest.mark.parametrize(
    "wire",
    [
        b"x\r\n",
        b"-1\r\n",
        b"+1\r\n",
        b"1_0\r\n",
        b" 1\r\n",
        b"\r\n",
        b";a\r\n",
        b"0x5\r\n",
        b"f" * 21 + b"\r\n",
        b"5\nhello\r\n",
        b"5\r\nhello\n",
        b"5\r\nhelloX",
        b"5\r\nhello\rX",
        b"1" * 20_000,
        b"1;" + b"x" * 20_000 + b"\r\n",
        b"0\r\nno colon\r\n\r\n",
        b"0\r\nX: y\n\r\n",
        b"0\r\n" + b"X: y\r\n" * 20_000,
        b"0\r\nX: " + b"y" * 70_000,
    ],
)
def test_malformed_chunks(wire: bytes) -> None:
    framing = Chunked()
    framing.feed(wire)
    assert framing.broken is not None
    framing = Chunked()
    for at in range(len(wire)):
        framing.feed(wire[at : at + 1])
        if framing.broken is not None:
            break
    assert framing.broken is not None


def test_what_came_before_a_malformed_chunk_is_not_lost() -> None:
    framing = Chunked()
    assert framing.feed(b"3\r\nTea\r\nno size\r\n") == b"Tea"
    assert framing.broken is not None


def response(status: int, *headers: tuple[str, str]) -> h11.Response:
    return h11.Response(status_code=status, headers=list(headers))


def test_the_framing_of_a_response() -> None:
    length, chunked = ("Content-Length", "7"), ("Transfer-Encoding", "chunked")
    assert isinstance(framing_of(b"POST", response(200, chunked)), Chunked)
    assert isinstance(framing_of(b"POST", response(200, chunked, length)), Chunked)
    assert isinstance(framing_of(b"POST", response(200)), UntilEnd)
    counted = framing_of(b"POST", response(200, length))
    assert isinstance(counted, Counted)
    assert not counted.over
    for method, status in ((b"HEAD", 200), (b"GET", 204), (b"GET", 304)):
        assert framing_of(method, response(status, length)).over
