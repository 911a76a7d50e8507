"""Decoder of server-sent events (``text/event-stream``) that works on bytes, split anywhere."""

from __future__ import annotations

from typing import NamedTuple

from sot.errors import MalformedResponseError

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""Largest event; no event of a chat completion comes near, so beyond it the peer speaks another protocol."""

_BOM = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """Server-sent event: its type (empty unless the server names one) and its data lines joined by LF."""

    event: str
    data: str


class SSEDecoder:
    """Incremental decoder of an event stream, as the HTML standard describes it.

    Lines end in LF, CR or CRLF, also mixed and also when a piece ends between CR and LF. Comments and
    fields that nobody here needs (``id``, ``retry``) are skipped. Unlike in a browser, a last event
    that no empty line ends still counts, because servers forget that line. Every byte is looked at a
    fixed number of times, however the stream is cut, and an event larger than the cap is refused
    before it is stored.

    Args:
        max_event_bytes: The largest line, and the largest data of one event, in bytes.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._pieces: list[bytes] = []  # of a line whose end has not arrived
        self._pieces_size = 0
        self._after_cr = False  # an LF that comes next belongs to the CR that ended the last line
        self._first_line = True
        self._event = b""
        self._data: list[bytes] = []
        self._data_size = 0

    def feed(self, piece: bytes) -> list[ServerSentEvent]:
        """Decode the next bytes of the stream.

        Returns:
            The events that these bytes complete, in order.

        Raises:
            MalformedResponseError: A line or an event is larger than the cap.
        """
        if self._after_cr and piece:
            self._after_cr = False
            if piece[0] == 0x0A:
                piece = piece[1:]
        if not piece:
            return []
        lines = piece.splitlines()
        last = piece[-1]
        rest = b"" if last in (0x0A, 0x0D) else lines.pop()
        self._after_cr = last == 0x0D
        if lines and self._pieces:
            self._check(self._pieces_size + len(lines[0]))
            self._pieces.append(lines[0])
            lines[0] = b"".join(self._pieces)
            self._pieces.clear()
            self._pieces_size = 0
        events: list[ServerSentEvent] = []
        for line in lines:
            self._line(line, events)
        if rest:
            self._pieces_size += len(rest)
            self._check(self._pieces_size)
            self._pieces.append(rest)
        return events

    def plain_data(self, piece: bytes) -> list[bytes] | None:
        """Return the data of whole events that consist of one data line each, as nearly all do.

        Returns:
            ``None`` where the next bytes, or what came before them, have another shape: they are for `feed`.
        """
        if self._pieces or self._data or self._event or self._after_cr or len(piece) > self._max:
            return None
        if not (piece.startswith(b"data: ") and piece.endswith(b"\n\n")) or b"\r" in piece:
            return None
        if piece.count(b"\n") == 2:
            self._first_line = False
            return [piece[6:-2]]
        found: list[bytes] = []
        for event in piece[:-2].split(b"\n\n"):
            if not event.startswith(b"data: ") or b"\n" in event:
                return None
            found.append(event[6:])
        self._first_line = False
        return found

    def close(self) -> list[ServerSentEvent]:
        """End the stream.

        Returns:
            The event that no empty line ended, if there is one.

        Raises:
            MalformedResponseError: That event is larger than the cap.
        """
        events: list[ServerSentEvent] = []
        if self._pieces:
            self._line(b"".join(self._pieces), events)
            self._pieces.clear()
            self._pieces_size = 0
        self._line(b"", events)
        return events

    def _line(self, line: bytes, events: list[ServerSentEvent]) -> None:
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            if self._data:
                data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                events.append(
                    ServerSentEvent(self._event.decode("utf-8", "replace"), data.decode("utf-8", "replace"))
                )
                self._data.clear()
                self._data_size = 0
            self._event = b""
            return
        field, _, value = line.partition(b":")  # a comment is a line whose field has no name
        if field == b"data":
            value = value.removeprefix(b" ")
            self._data_size += len(value) + 1
            self._check(self._data_size - 1)
            self._data.append(value)
        elif field == b"event":
            self._check(len(value))
            self._event = value.removeprefix(b" ")

    def _check(self, size: int) -> None:
        if size > self._max:
            raise MalformedResponseError(f"an event of the stream is larger than {self._max} bytes")
