"""Body of a request: its size, its media type and its compression."""

from __future__ import annotations

import asyncio
import re
import zlib
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope

from .failures import Failure, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .intake import Place

_ACCEPTED = "gzip, deflate"
_LEGACY_CHARSET = re.compile(r"(?:iso|latin|windows|cp|mac|koi8|shift|sjis|euc|gb|big5|tis).*")
_JSON = re.compile(rb"(?:application/(?:[\w.!#$&^+-]+\+)?json|text/json)")


class ClientGone(Exception):
    """Signal of a client that has left."""


async def read_body(scope: Scope, receive: Receive, most: int, place: Place) -> bytes:
    """Read a request's JSON body, decompressed, of at most ``most`` bytes, also before it is decompressed.

    Args:
        scope: ASGI scope of the request.
        receive: ASGI channel of the request.
        most: Most bytes.
        place: The request's place, with the time that its body may take.

    Raises:
        Failure: The body is larger (413), of another media type or compression (415), broken (400) or too
            slow (408), or the server holds too many (429).
        ClientGone: The client left before the end of the body.
    """
    charset = _charset(scope)
    encodings = _encodings(scope)
    raw = await _received(scope, receive, most, place)
    for encoding in reversed(encodings):
        raw = await asyncio.to_thread(_decompressed, raw, encoding, most)
        place.hold(len(raw))
    return _as_unicode(raw, charset)


def _header(scope: Scope, wanted: bytes) -> bytes:
    return b", ".join(value for name, value in scope["headers"] if name == wanted)


def _charset(scope: Scope) -> str | None:
    """Check the media type, and return its charset.

    Browsers send other types, and bodies without a type, across origins without a preflight request.

    Raises:
        Failure: The media type is another (415).
    """
    kind, _, parameters = _header(scope, b"content-type").partition(b";")
    if not _JSON.fullmatch(kind.strip().lower()):
        raise Failure(415, "the request's content-type must be application/json", "unsupported_media_type")
    found = re.search(rb"charset\s*=\s*\"?([\w.:-]+)", parameters.lower())
    return found[1].decode("ascii") if found else None


def _encodings(scope: Scope) -> list[str]:
    """Return the compressions of the body, in the order in which they were applied.

    Raises:
        Failure: One of them is not known here (415).
    """
    names = _header(scope, b"content-encoding").decode("latin-1").lower().split(",")
    encodings = [name for entry in names if (name := entry.strip()) not in ("", "identity")]
    for name in encodings:
        if name not in ("gzip", "x-gzip", "deflate"):
            message = f"the request's content-encoding {name[:40]!r} is not known here: there are {_ACCEPTED}"
            raise Failure(415, message, "unsupported_media_type", accept_encoding=_ACCEPTED)
    if len(encodings) > 2:
        raise bad_request("the request's body is compressed more than twice", param="content-encoding")
    return encodings


async def _received(scope: Scope, receive: Receive, most: int, place: Place) -> bytes:
    length = _header(scope, b"content-length")
    if length.isdigit() and (len(length) > 18 or int(length) > most):
        raise _too_large(most)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(None) as limit:
            with place.reading(limit):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGone
                    pieces.append(message.get("body", b""))
                    size += len(pieces[-1])
                    if size > most:
                        raise _too_large(most)
                    place.took(len(pieces[-1]))
                    if not message.get("more_body", False):
                        return b"".join(pieces)
    except TimeoutError:
        raise Failure(408, "the request's body did not come in time", "request_timeout") from None


def _decompressed(raw: bytes, encoding: str, most: int) -> bytes:
    """Decompress a body; no more than its largest allowed size is ever held."""
    try:
        if encoding != "deflate":
            return _inflated(raw, lambda: zlib.decompressobj(wbits=31), most)
        try:
            return _inflated(raw, zlib.decompressobj, most)
        except zlib.error:  # some clients send the bare stream, without zlib's header
            return _inflated(raw, lambda: zlib.decompressobj(wbits=-15), most)
    except (zlib.error, EOFError):
        raise bad_request(f"the request's body is not valid {encoding}", param="content-encoding") from None


def _inflated(raw: bytes, make: Callable[[], Any], most: int) -> bytes:
    pieces: list[bytes] = []
    left = most
    while raw:  # gzip: one member after the other
        stream = make()
        pieces.append(stream.decompress(raw, left + 1))
        left -= len(pieces[-1])
        if left < 0:
            raise _too_large(most)
        if not stream.eof:
            raise EOFError
        raw = stream.unused_data
    return b"".join(pieces)


def _as_unicode(raw: bytes, charset: str | None) -> bytes:
    """Convert a body from its charset, unless it is in one of Unicode's forms already, as JSON should be."""
    if charset is None or not _LEGACY_CHARSET.fullmatch(charset):
        return raw
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return raw.decode(charset).encode("utf-8")
        except (UnicodeError, LookupError):
            pass
    return raw


def _too_large(most: int) -> Failure:
    return Failure(413, f"the request's body is larger than {most} bytes", "request_too_large")
