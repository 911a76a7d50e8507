"""Fault-playing engine: a test double of an OpenAI-compatible server that misbehaves as a seed says.

It speaks HTTP/1.1 on real sockets by itself, so that it can misbehave at every byte, and generates nothing:
its texts are marked texts (`marked_text`).
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from scripted import stage_of

from sot.types import Message

from .fault_plan import KINDS, AnswerPlan
from .marked_text import CLOSING, WHOLE, answer_of, compose, compose_skeleton, marks_of
from .reply import Record, Reply

_RESET = struct.pack("ii", 1, 0)  # no lingering: closing resets
_WHOLE_STAGES = ("normal", "cot", "plan")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE = 60


class ChaosEngine:
    """The engine, in a thread of its own. Use it as a context manager.

    Attributes:
        plans: The plans of the answers that may ask; others get a healthy engine.
        open: The connections that are open.
        kinds: How often each kind of fault was played.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(2048)
        self.port: int = self._socket.getsockname()[1]
        self.plans: dict[int, AnswerPlan] = {}
        self.default: AnswerPlan | None = None
        self.kinds: Counter[str] = Counter()
        self.open: set[_Connection] = set()
        self._records: dict[int, list[Record]] = {}
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._accepts = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos engine")

    @property
    def url(self) -> str:
        """The address for a client, ending in ``/v1``."""
        return f"http://127.0.0.1:{self.port}/v1"

    def records(self, answer: int) -> list[Record]:
        """Return the records of an answer's requests so far."""
        return self._records.get(answer, [])

    def forget(self, answer: int) -> None:
        """Forget an answer."""
        self._records.pop(answer, None)
        self.plans.pop(answer, None)

    def wait_at_rest(self, seconds: float = _PATIENCE, *, closed: bool = False) -> int:
        """Wait until every open connection is idle after a request; return how many are not.

        Args:
            seconds: Longest wait.
            closed: Whether to wait until no connection is open at all.
        """

        def restless() -> int:
            return sum(closed or connection.busy for connection in tuple(self.open))

        with self._changed:
            self._changed.wait_for(lambda: not restless(), seconds)
            return restless()

    def __enter__(self) -> Self:
        self._thread.start()
        self._accepts.wait(_PATIENCE)  # a loop that is stopped before it has its server is never closed
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._socket.close()

    def changed(self) -> None:
        """Tell those who wait that a connection has changed."""
        with self._changed:
            self._changed.notify_all()

    def reply_to(self, body: Mapping[str, Any], wire: _Connection) -> tuple[Reply, str]:
        """Choose what to answer a completion request, and record it; returns also the kind of fault."""
        messages = [Message(turn["role"], str(turn["content"])) for turn in body["messages"]]
        stage, index = stage_of(messages)
        # The question's own number: the last one that any turn of the user holds.
        asked = " ".join(turn.content for turn in messages if turn.role != "assistant")
        answer = answer_of(asked) or 0
        part = WHOLE if stage in _WHOLE_STAGES else {"point": index, "closing": CLOSING}.get(stage, -1)
        plan = self.plans.get(answer) or self.default or AnswerPlan(self._seed, answer)
        kept = answer in self.plans or self.default is not None  # else it has been forgotten already
        earlier = self._records.setdefault(answer, []) if kept else []
        tries = sum((record.stage, record.part) == (stage, part) for record in earlier)
        kind = plan.kind(stage, part, tries, len(earlier))
        attempt = 0 if plan.greedy else sum(record.part == part for record in earlier)
        record = Record(answer, stage, part, attempt, kind)
        pieces = self._text(plan, record, messages)
        record.end = record.start + len(pieces)
        record.sent = record.start
        earlier.append(record)
        self.kinds[kind] += 1
        rng = random.Random(f"reply {plan.seed} {answer} {stage} {part} {tries}")
        streamed = bool(body.get("stream"))
        reply = Reply(wire, record, pieces, rng, patient=plan.patient, streamed=streamed, pace=plan.pace)
        return reply, kind

    def _text(self, plan: AnswerPlan, record: Record, messages: list[Message]) -> tuple[str, ...]:
        """Return the deltas of a reply; the record is told where they begin and where sentences end."""
        begun = messages[-1].content if messages[-1].role == "assistant" else ""
        if record.stage == "skeleton":
            pieces = compose_skeleton(plan.seed, record.answer, plan.shape)
            return pieces[1:] if begun.endswith("1.") and pieces[:1] == ("1.",) else pieces
        if record.part < 0:
            return ("B",)
        own = [mark for mark in marks_of(begun) if mark.part == record.part and not mark.is_title]
        if own:  # it continues a text that was begun
            record.attempt, record.start = own[-1].attempt, own[-1].place + 1
        whole = compose(plan.seed, record.answer, record.part, record.attempt)
        record.ends = whole.ends
        return whole.pieces[record.start :]

    def _run(self) -> None:
        loop = self._loop
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(loop.create_server(lambda: _Connection(self), sock=self._socket))
        self._accepts.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(self._end())
        loop.close()

    async def _end(self) -> None:
        """End all connections, also those that are being closed and still have something to send."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self.open:
            for connection in tuple(self.open):
                connection.abort()
            await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    """One connection to the engine, which takes requests one after the other.

    Attributes:
        busy: Whether it has no request behind it yet, or one is being read or answered.
    """

    def __init__(self, engine: ChaosEngine) -> None:
        self._engine = engine
        self._received = bytearray()
        self._arrived = asyncio.Event()
        self._transport: asyncio.Transport | None = None  # None: it has hung up
        self._made: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self.busy = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = self._made = transport
        self._engine.open.add(self)
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._arrived.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._engine.open.discard(self)
        if self._task is not None:
            self._task.cancel()
        self._engine.changed()

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def abort(self) -> None:
        """Close the connection at once, whatever is left to be sent."""
        if self._made is not None:
            self._made.abort()

    def hang_up(self, *, reset: bool) -> None:
        transport, self._transport = self._transport, None
        if transport is None:
            return
        if reset:
            with suppress(OSError):
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()
        else:
            transport.close()

    async def _serve(self) -> None:
        keeps_open = True
        while keeps_open and self._transport is not None:
            head, body = await self._request()
            keeps_open = await self._answer(head, body)
            self.busy = bool(self._received)
            self._engine.changed()
        self.hang_up(reset=False)

    async def _answer(self, head: bytes, body: bytes) -> bool:
        """Answer a request; return whether the connection can take another one."""
        target = head.split(b" ", 2)[1]
        if not target.endswith(b"/chat/completions"):
            known = target.endswith(b"/models")
            names = [{"id": "chaos", "object": "model", "owned_by": "chaos", "max_model_len": 8192}]
            text = json.dumps({"object": "list", "data": names} if known else {"error": {"message": "no"}})
            status = "200 OK" if known else "404 Not Found"
            self.send(f"HTTP/1.1 {status}\r\ncontent-length: {len(text)}\r\n\r\n{text}".encode())
            return True
        reply, kind = self._engine.reply_to(json.loads(body), self)
        record = reply.record
        if reply.streamed:
            await KINDS[kind].play(reply)
        else:
            reply.at_once()
        if record.ending == "playing":
            record.ending = "cut"
        return reply.keeps_open and b"\r\nconnection: close" not in head.lower()

    async def _request(self) -> tuple[bytes, bytes]:
        """Wait for the next request; returns its head and its body."""
        while (end := self._received.find(b"\r\n\r\n")) < 0:
            await self._more()
        head = bytes(self._received[: end + 2])
        self.busy = True
        length = _LENGTH.search(head)
        whole = end + 4 + (int(length[1]) if length else 0)
        while len(self._received) < whole:
            await self._more()
        body = bytes(self._received[end + 4 : whole])
        del self._received[:whole]
        return head, body

    async def _more(self) -> None:
        self._arrived.clear()
        await self._arrived.wait()
