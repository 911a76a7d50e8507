"""Bytes at hand of a connection without TLS: read in bounded parts, in order, and bounded in number."""

from __future__ import annotations

import asyncio
import random

import pytest

from sot.backends.openai_compatible.transport.body_framing import UntilEnd
from sot.backends.openai_compatible.transport.plain_connection import PlainConnection
from sot.backends.openai_compatible.transport.plain_stream import PlainBody

MOST = 512 * 1024  # bytes at hand, with one read of the socket more than what makes the server wait


class PausingTransport(asyncio.Transport):
    """A test double: notes whether the connection wants more."""

    def __init__(self) -> None:
        super().__init__()
        self.paused = False

    def pause_reading(self) -> None:
        assert not self.paused
        self.paused = True

    def resume_reading(self) -> None:
        assert self.paused
        self.paused = False

    def is_closing(self) -> bool:
        return False


async def let_be(body: PlainBody) -> None:
    """Leave the connection as it is at the end of a body."""


@pytest.mark.parametrize("largest", [40, 20_000, 256 * 1024])
async def test_a_server_that_is_faster_than_the_reader_waits_and_nothing_is_lost(largest: int) -> None:
    chance = random.Random(largest)
    transport, connection = PausingTransport(), PlainConnection()
    connection.connection_made(transport)
    body = PlainBody(connection, UntilEnd(), let_be)
    sent, read = bytearray(), bytearray()
    waited = False

    def send() -> None:  # all that the connection takes
        while not transport.paused and len(sent) < 4_000_000:
            piece = chance.randbytes(chance.randint(1, largest))
            sent.extend(piece)
            connection.data_received(piece)

    for number in range(400):
        send()
        waited = waited or transport.paused
        assert len(sent) - len(read) < MOST
        data = await body.read()
        assert data
        if number % 3 == 0:  # as after the headers of a response
            connection.unread(data[len(data) // 2 :])
            data = data[: len(data) // 2]
        read += data
        if len(read) == len(sent):
            break
    assert waited
    connection.eof_received()
    while data := await body.read():
        read += data
    assert read == sent


async def test_a_few_bytes_come_as_they_are() -> None:
    connection = PlainConnection()
    connection.connection_made(PausingTransport())
    for token in (b"one", b"two"):
        connection.data_received(token)
        assert await connection.read() == token
    connection.data_received(b"three ")
    connection.data_received(b"four")
    assert await connection.read() == b"three four"


async def test_the_end_of_a_long_piece_comes_once() -> None:
    connection = PlainConnection()
    connection.connection_made(PausingTransport())
    connection.data_received(bytes(17 * 1024))
    first = await connection.read()
    connection.data_received(b"end")
    assert first + await connection.read() == bytes(17 * 1024) + b"end"
    assert connection.resting
