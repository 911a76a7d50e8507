"""Framing of HTTP/1.1 response bodies: chunked, of a known length, or up to the end of the connection.

Heads are left to h11, once a response. A body is read here, because a streamed token is a chunk of its own,
and h11 takes three events and as many state changes for each.
"""

from __future__ import annotations

import re
from typing import Literal, Protocol

import h11
import httpx

_MOST_LINE = 16 * 1024  # bytes of a chunk's size with its extensions, which nobody uses
_MOST_TRAILER = 64 * 1024
_SIZE = re.compile(rb"([0-9a-fA-F]{1,20})[ \t]*(?:;|\r\n$)")
_SIZE_ALONE = re.compile(rb"0*[1-9a-fA-F][0-9a-fA-F]{0,7}")
_NO_BODY = (204, 304)


class Framing(Protocol):
    """Decoder of one body.

    Attributes:
        over: Whether the whole body has come.
        rest: Bytes that came after its end.
        ends_with_connection: Whether the end of the connection is the end of the body.
        broken: What breaks the protocol, behind the part that the last `feed` returned.
    """

    over: bool
    rest: bytes
    ends_with_connection: bool
    broken: httpx.RemoteProtocolError | None

    def feed(self, data: bytes) -> bytes:
        """Return the part of the body that these bytes hold."""
        ...


def framing_of(method: bytes, response: h11.Response | h11.InformationalResponse) -> Framing:
    """Return the decoder of a response's body; h11 has checked its headers."""
    if method == b"HEAD" or response.status_code < 200 or response.status_code in _NO_BODY:
        return Counted(0)
    headers = dict(response.headers)
    if b"transfer-encoding" in headers:
        return Chunked()
    length = headers.get(b"content-length")
    return UntilEnd() if length is None else Counted(int(length))


class UntilEnd:
    """Body up to the end of the connection."""

    over = False
    rest = b""
    ends_with_connection = True
    broken: httpx.RemoteProtocolError | None = None

    def feed(self, data: bytes) -> bytes:
        return data


class Counted:
    """Body of a known length."""

    ends_with_connection = False
    broken: httpx.RemoteProtocolError | None = None

    def __init__(self, length: int) -> None:
        self.over = length == 0
        self.rest = b""
        self._left = length

    def feed(self, data: bytes) -> bytes:
        if len(data) < self._left:
            self._left -= len(data)
            return data
        self.over, self.rest = True, data[self._left :]
        return data[: self._left]


class Chunked:
    """Body in chunks, cut anywhere; what one piece of the stream holds of several chunks comes as one."""

    ends_with_connection = False

    def __init__(self) -> None:
        self.over = False
        self.rest = b""
        self.broken: httpx.RemoteProtocolError | None = None
        self._state: Literal["size", "data", "end", "trailer"] = "size"
        self._left = 0  # bytes of the chunk that have not come
        self._line = b""  # beginning of a line whose end has not come
        self._trailer = 0  # bytes of it so far

    def feed(self, data: bytes) -> bytes:
        if self._state == "size" and not self._line and (whole := _whole_chunk(data)):
            return whole
        found: list[bytes] = []
        try:
            self._feed(data, found)
        except httpx.RemoteProtocolError as error:
            self.broken = error
        return found[0] if len(found) == 1 else b"".join(found)

    def _feed(self, data: bytes, found: list[bytes]) -> None:
        at, size = 0, len(data)
        while at < size and not self.over:
            if self._state == "data":
                piece = data[at : at + self._left]
                found.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._state = "end"
                continue
            end = data.find(b"\n", at)
            line = self._line + data[at : None if end < 0 else end + 1]
            if end < 0:
                self._line = line
                self._check(line)
                break
            self._line = b""
            at = end + 1
            self._take(line)
        if self.over:
            self.rest = data[at:]

    def _take(self, line: bytes) -> None:
        """Take a whole line, with its end."""
        self._check(line)
        if self._state == "end":
            self._state = "size"
        elif self._state == "size":
            self._left = _size_of(line)
            self._state = "data" if self._left else "trailer"
        elif line == b"\r\n":
            self.over = True

    def _check(self, line: bytes) -> None:
        """Check a line, or the beginning of one."""
        whole = line[-1:] == b"\n"
        if whole and line[-2:] != b"\r\n":
            raise httpx.RemoteProtocolError("a line of a chunked body ends without CR LF")
        if self._state == "end":
            if not b"\r\n".startswith(line):
                raise httpx.RemoteProtocolError("a chunk is longer than its size")
        elif self._state == "trailer":
            self._trailer += len(line) if whole else 0
            if self._trailer + len(line) > _MOST_TRAILER:
                raise httpx.RemoteProtocolError("the trailer of a chunked body is too large")
            if whole and line != b"\r\n" and b":" not in line[1:]:
                raise httpx.RemoteProtocolError("the trailer of a chunked body is malformed")
        elif len(line) > _MOST_LINE:
            raise httpx.RemoteProtocolError("the size of a chunk is too long")


def _whole_chunk(data: bytes) -> bytes:
    """Return the data of a piece that is one whole chunk, as for most tokens; empty where it is another."""
    end = data.find(b"\r\n", 0, _MOST_LINE)
    found = _SIZE_ALONE.fullmatch(data, 0, end) if end > 0 else None
    if found is None or len(data) != end + 4 + int(found[0], 16) or not data.endswith(b"\r\n"):
        return b""
    return data[end + 2 : -2]


def _size_of(line: bytes) -> int:
    """Return the size that a chunk's first line names; its extensions are skipped."""
    found = _SIZE.match(line)
    if found is None:
        raise httpx.RemoteProtocolError("the size of a chunk is no number")
    return int(found[1], 16)
