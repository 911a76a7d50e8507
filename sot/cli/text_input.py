"""Text from outside the program, decoded or refused: arguments, standard input, files."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from typing import BinaryIO

from ..errors import ConfigError

_MARKS = (  # UTF-32 first: its mark begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_INPUT = "standard input"


def check_argument(text: str, name: str) -> None:
    """Check that an argument of the process is text.

    Args:
        text: The argument.
        name: Its name for the user, such as ``--system``.

    Raises:
        ConfigError: Its bytes are no text in the terminal's encoding, which Python marks by lone surrogates.
    """
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ConfigError(f"{name} is not text in the terminal's encoding ({sys.getfilesystemencoding()})")


def decoded(data: bytes, source: str, *, encoding: str | None = None) -> str:
    """Decode a text by its byte order mark, as UTF-8 or by the encoding given; lines end in ``\\n``.

    Args:
        data: The bytes.
        source: Their source, for the error message.
        encoding: The encoding that the user's locale names.

    Raises:
        ConfigError: It is none of them, or no text at all.
    """
    mark, named = next(((mark, named) for mark, named in _MARKS if data.startswith(mark)), (b"", None))
    try:
        text = data[len(mark) :].decode(named or _unmarked(data))
    except UnicodeDecodeError as error:
        text = None if named else _in_encoding(data, encoding)
        if text is None:
            where = f"byte 0x{data[len(mark) + error.start]:02x} at position {len(mark) + error.start}"
            raise ConfigError(f"{source} is not text in {(named or 'utf-8').upper()}: {where}") from None
    if "\0" in text:
        raise ConfigError(f"{source} is not text: it holds NUL characters")
    return text.replace("\r\n", "\n")


def read_input() -> str:
    """Read all of standard input as one text, without the line end that a shell adds.

    Raises:
        ConfigError: It is not text.
    """
    return decoded(sys.stdin.buffer.read(), _INPUT, encoding=_input_encoding()).removesuffix("\n")


def input_lines() -> Iterator[str]:
    """Read standard input line by line, as the lines come, without their ends.

    Raises:
        ConfigError: A line is not text.
    """
    stream: BinaryIO = sys.stdin.buffer
    first = stream.readline()
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in first:
        # In UTF-16 and UTF-32 a line end is more than one byte.
        yield from decoded(first + stream.read(), _INPUT, encoding=_input_encoding()).split("\n")
        return
    number, line = 1, first
    while line:
        source = f"line {number} of {_INPUT}"
        yield decoded(line, source, encoding=_input_encoding()).removesuffix("\n")
        number, line = number + 1, stream.readline()


def _unmarked(data: bytes) -> str:
    """Return the encoding of a text without a mark: UTF-8, or UTF-16 where every other byte is NUL."""
    half = len(data) // 2
    if half and not len(data) % 2:
        if data[1::2].count(0) > 0.6 * half and not data[::2].count(0):
            return "utf-16-le"
        if data[::2].count(0) > 0.6 * half and not data[1::2].count(0):
            return "utf-16-be"
    return "utf-8"


def _in_encoding(data: bytes, encoding: str | None) -> str | None:
    if encoding is None or codecs.lookup(encoding).name == "utf-8":
        return None
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _input_encoding() -> str | None:
    return getattr(sys.stdin, "encoding", None)
