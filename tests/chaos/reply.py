"""Reply of the fault-playing engine (a test double) to one request, byte by byte, and the record of it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from .marked_text import LEAK

Ending = Literal["playing", "whole", "length", "content_filter", "cut"]
"""How a reply ended; ``whole``: with all of its text, as a client can know; ``cut``: it broke off."""


@dataclass(slots=True)
class Record:
    """Record of one request.

    Args:
        answer: Number of the answer.
        stage: What was asked for, as `scripted.stage_of` names it.
        part: Number of the part in the marks; -1 for a skeleton or a route.
        attempt: Number of the attempt in the marks.
        kind: Kind of fault that was played.
        start: Place of the first delta; above 0 where the request continued a text.
        end: Number of deltas of the part's whole text.
        sent: Number of deltas up to which text was sent.
        ending: How the reply ended.
        sure: Whether the client has surely received all that was sent: no reset may have dropped it.
        ends: Places of the deltas that end a sentence or a list item.
    """

    answer: int
    stage: str
    part: int
    attempt: int
    kind: str
    start: int = 0
    end: int = 0
    sent: int = 0
    ending: Ending = "playing"
    sure: bool = True
    ends: Sequence[int] = ()

    @property
    def whole_until(self) -> int:
        """Number of the deltas sent that are surely whole sentences, since more followed."""
        return max((at + 1 for at in self.ends if at + 1 < self.sent), default=0)


class Wire(Protocol):
    """Connection that a reply is sent over."""

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        ...

    def hang_up(self, *, reset: bool) -> None:
        """Close the connection, with a reset or in an orderly way; nothing can be sent after it."""
        ...


def event(payload: object) -> bytes:
    """Return a payload as one event of an event stream."""
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


class Reply:
    """Reply in progress: the parts of a healthy one, and what faults are made of.

    Args:
        wire: The connection.
        record: Record of the request, kept up to date.
        pieces: The deltas to send.
        rng: Source of all that is drawn.
        patient: Whether the client waits long; stalls are then short.
        streamed: Whether the client wants a stream.
        pace: Seconds between two deltas.
    """

    def __init__(
        self,
        wire: Wire,
        record: Record,
        pieces: Sequence[str],
        rng: random.Random,
        *,
        patient: bool = True,
        streamed: bool = True,
        pace: float = 0.0,
    ) -> None:
        self.wire = wire
        self.record = record
        self.pieces = pieces
        self.rng = rng
        self.patient = patient
        self.streamed = streamed
        self.keeps_open = False  # the connection can take another request
        self._pace = pace
        self._chunked = True
        self._next = 0  # of `pieces`

    @property
    def some(self) -> int:
        """A place at which to misbehave: a number of deltas, below that of all."""
        return self.rng.randint(0, max(0, len(self.pieces) - 1))

    def head(
        self,
        status: str = "200 OK",
        kind: str = "text/event-stream",
        *fields: str,
        length: int | None = None,
        framed: bool = True,
    ) -> None:
        """Send status line and headers.

        Args:
            status: Status with its phrase.
            kind: Content type.
            fields: Further header lines.
            length: Length of the body; ``None``: it is chunked.
            framed: Whether there is any framing; else the end of the connection ends the body.
        """
        framing = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
        self._chunked = framed and length is None
        lines = [f"HTTP/1.1 {status}", f"content-type: {kind}", *fields, *([framing] if framed else [])]
        self.wire.send("\r\n".join(lines).encode() + b"\r\n\r\n")

    def body(self, data: bytes) -> None:
        """Send a piece of the body."""
        self.wire.send(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked and data else data)

    def end(self) -> None:
        """End the body properly; the connection can be used again."""
        if self._chunked:
            self.wire.send(b"0\r\n\r\n")
        self.keeps_open = True

    def hang_up(self, *, reset: bool) -> None:
        """Close the connection here."""
        if reset:
            self.record.sure = False
        self.wire.hang_up(reset=reset)

    def whole_body(self, status: str, kind: str, data: bytes | str, *fields: str) -> None:
        """Send a response that is no stream."""
        data = data.encode() if isinstance(data, str) else data
        self.head(status, kind, *fields, length=len(data))
        self.body(data)
        self.end()

    def refuse(self, status: str, words: str, *fields: str, **more: object) -> None:
        """Send an error object; its words are marked as none of an answer's."""
        error = {"message": f"{words} {LEAK}", "type": "chaos_error", "param": None, "code": None, **more}
        self.whole_body(status, "application/json", json.dumps({"error": error}), *fields)

    def chunk(self, text: str | None = None, finish: str | None = None, **delta: object) -> dict[str, Any]:
        """Return the object of a streamed completion."""
        fields = {**({} if text is None else {"content": text}), **delta}
        return {
            "id": "chatcmpl-chaos",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "chaos",
            "choices": [{"index": 0, "delta": fields, "finish_reason": finish}],
        }

    def take(self) -> str:
        """Take the next delta to send it by hand."""
        piece, self._next = self.pieces[self._next], self._next + 1
        self.record.sent = self.record.start + self._next
        return piece

    async def text(self, until: int | None = None) -> None:
        """Send the deltas up to a number of them; unless given, all that are left."""
        until = len(self.pieces) if until is None else until
        while self._next < until:
            self.body(event(self.chunk(self.take())))
            await asyncio.sleep(self._pace)

    async def begin(self, until: int = 0) -> None:
        """Send the headers, the role, and some deltas."""
        self.head()
        self.body(event(self.chunk("", role="assistant")))
        await self.text(until)

    def finish(self, reason: str | None = "stop", ending: Ending = "whole") -> None:
        """Send the finish reason."""
        if reason is not None:
            self.body(event(self.chunk(finish=reason)))
        self.record.ending = ending

    def usage(self, **fields: object) -> None:
        """Send the usage, with some fields as given."""
        used = {"prompt_tokens": 40, "completion_tokens": self._next, "total_tokens": 40 + self._next}
        self.body(event({"object": "chat.completion.chunk", "choices": [], "usage": {**used, **fields}}))

    def done(self) -> None:
        """Send the end of the stream."""
        self.body(event("[DONE]"))
        self.end()

    def stop_early(self, reason: str = "stop") -> None:
        """Stop where the text is, by the engine's own will: no more of it was meant to come."""
        self.finish(reason)
        self.record.end = self.record.sent

    async def rest(self) -> None:
        """Send all that is left of a healthy reply."""
        await self.text()
        self.finish()
        self.usage()
        self.done()

    def at_once(self) -> None:
        """Send the answer to a client that wants no stream."""
        while self._next < len(self.pieces):
            self.take()
        message = {"role": "assistant", "content": "".join(self.pieces)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        used = {"prompt_tokens": 40, "completion_tokens": self._next, "total_tokens": 40 + self._next}
        whole = {"id": "chatcmpl-chaos", "object": "chat.completion", "choices": [choice], "usage": used}
        self.record.ending = "whole"
        self.whole_body("200 OK", "application/json", json.dumps(whole, ensure_ascii=False))
