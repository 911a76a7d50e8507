"""Decompression of response bodies in pieces of bounded size, whatever a few compressed bytes stand for."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from sot.errors import MalformedResponseError

PIECE = 64 * 1024
"""Most bytes of one decompressed piece."""

_GZIP = zlib.MAX_WBITS | 16
_ZLIB = zlib.MAX_WBITS
_BARE = -zlib.MAX_WBITS  # some servers send deflate without zlib's header
_HEADER = 2  # bytes of zlib's header
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}

ACCEPTED = "gzip, deflate"
"""Value of ``Accept-Encoding`` for what `Decompressor` reads."""


class Decompressor:
    """Incremental decompressor of one body.

    Args:
        encoding: The response's ``Content-Encoding``.
        server: Address of the server, for messages.

    Raises:
        MalformedResponseError: The encoding is one that no request has asked for.
    """

    def __init__(self, encoding: str, server: str) -> None:
        self._broken = MalformedResponseError(f"{server} sent a body that cannot be decompressed")
        codings = [coding.strip().lower() for coding in encoding.split(",")]
        codings = [coding for coding in codings if coding not in ("", "identity")]
        if len(codings) > 1 or any(coding not in _WINDOWS for coding in codings):
            raise self._broken
        self._window = _WINDOWS[codings[0]] if codings else None
        self._object = None if self._window is None else zlib.decompressobj(self._window)
        self._begun = b""  # of deflate, until its header can be told

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decompress the next bytes, piece by piece as the pieces are asked for.

        Raises:
            MalformedResponseError: They are not compressed as the response says.
        """
        if self._window is None:
            yield data
            return
        if self._window == _ZLIB and len(self._begun) < _HEADER:
            data = self._begun = self._begun + data
            if len(data) < _HEADER:
                return
            if data[0] & 0x0F != zlib.DEFLATED or int.from_bytes(data[:_HEADER]) % 31:
                self._window, self._object = _BARE, None
        while data:
            piece, data = self._step(data)
            if piece:
                yield piece

    def _step(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the next piece, and what is left of the compressed bytes."""
        assert self._window is not None
        if self._object is None:  # a body may hold several parts, and zeros after the last
            data = data.lstrip(b"\0")
            if not data:
                return b"", b""
            self._object = zlib.decompressobj(self._window)
        try:
            piece = self._object.decompress(data, PIECE)
        except zlib.error:
            raise self._broken from None
        if self._object.eof:
            rest, self._object = self._object.unused_data, None
            return piece, rest
        return piece, self._object.unconsumed_tail
