"""Parts of the Ray Serve application that need no cluster."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import inspect
import json
import socket
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import free_port
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ray.serve.request_router import RequestRouter
from sot_ray.app import build
from sot_ray.engine import Engine
from sot_ray.inlet import Arrivals, Inlet, _Connection
from sot_ray.outlet import Outlets
from sot_ray.router import AnswerRouter
from sot_ray.settings import Args
from sot_ray.travel import Address, Ended, packed, unpacked, watch_peer
from sot_ray.wire import Failed, error_of, failed

from sot import errors
from sot.errors import BackendError, ContextLengthError, EngineError, RateLimitError, SotError
from sot.types import Chunk, Usage


@pytest.fixture
async def inlet() -> AsyncGenerator[Inlet, None]:
    inlet = Inlet("127.0.0.1")
    yield inlet
    inlet.close()


@asynccontextmanager
async def sending(to: Address, *, gather_s: float = 0.001) -> AsyncGenerator[Outlets, None]:
    """The engine replica's side."""
    outlets = Outlets(gather_s)
    try:
        yield outlets
    finally:
        outlets.close()


def ending(end: Ended) -> asyncio.Task[Ended]:
    """End of a request, as Ray brings it."""

    async def said() -> Ended:
        return end

    return asyncio.create_task(said())


async def texts_of(arrivals: Arrivals) -> list[str]:
    found: list[str] = []
    while chunks := await arrivals.next():
        assert not isinstance(chunks, Failed)
        found += [chunk.text for chunk in chunks]
    return found


class TestTravel:
    """Chunks between two replicas, on a real connection; Ray's part is a task."""

    def test_a_chunk_arrives_as_it_was(self) -> None:
        usage = Usage(**{item.name: n for n, item in enumerate(fields(Usage), 1)})
        whole = Chunk("text", "thought", "stop", usage)
        assert all(getattr(whole, item.name) for item in fields(Chunk)), (
            "a field of this test's own is missing"
        )
        for chunk in (whole, Chunk("\n{ö\u2028"), Chunk(usage=usage), Chunk(finish_reason="length")):
            assert unpacked(json.loads(json.dumps(packed(chunk)))) == chunk

    async def test_chunks_of_several_requests_come_once_and_in_order(self, inlet: Inlet) -> None:
        to, words = await inlet.address(), [str(number) for number in range(50)]

        async def ask(outlets: Outlets) -> list[str]:
            with inlet.request() as (number, arrivals):

                async def generate() -> Ended:
                    with outlets.line(to, number) as line:
                        for word in words:
                            line.put(Chunk(word))
                            await asyncio.sleep(0)
                        return line.end()

                arrivals.ends_with(asyncio.create_task(generate()))
                return await texts_of(arrivals)

        async with sending(to) as outlets:
            assert await asyncio.gather(*(ask(outlets) for _ in range(5))) == [words] * 5

    async def test_the_first_one_does_not_wait(self, inlet: Inlet) -> None:
        to = await inlet.address()
        async with sending(to, gather_s=3600) as outlets:
            for _ in range(2):  # in the middle of the hour, too
                with inlet.request() as (number, arrivals), outlets.line(to, number) as line:
                    line.put(Chunk("a"))
                    assert await arrivals.next() == [Chunk("a")]
                    line.put(Chunk("b"))
                    end = line.end()
                    assert end == Ended(1, [Chunk("b")])
                    arrivals.ends_with(ending(end))
                    assert await texts_of(arrivals) == ["b"]

    async def test_without_a_connection_all_comes_at_the_end(self, inlet: Inlet) -> None:
        nowhere = replace(await inlet.address(), port=free_port())
        async with sending(nowhere) as outlets:
            with inlet.request() as (number, arrivals), outlets.line(nowhere, number) as line:
                line.put(Chunk("a"))
                line.put(Chunk("b"))
                arrivals.ends_with(ending(line.end()))
                assert await texts_of(arrivals) == ["a", "b"]

    async def test_an_error_comes_after_what_came_before(self, inlet: Inlet) -> None:
        with inlet.request() as (_, arrivals):
            arrivals.ends_with(ending(Ended(0, [Chunk("a")], failed(EngineError("it broke")))))
            assert await arrivals.next() == [Chunk("a")]
            error = await arrivals.next()
        assert isinstance(error, Failed)
        assert str(error_of(error)) == "it broke"

    async def test_chunks_that_were_lost_are_missed(
        self, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sot_ray.inlet._LATE_S", 0.01)
        with inlet.request() as (_, arrivals):
            arrivals.ends_with(ending(Ended(1, [Chunk("b")])))
            with pytest.raises(errors.BackendConnectionError, match="broke"):
                await arrivals.next()

    async def test_a_stranger_is_not_heard(self, inlet: Inlet) -> None:
        to = await inlet.address()
        with inlet.request() as (number, arrivals):
            line = json.dumps([[number, ["false"]]]).encode() + b"\n"
            for hello in (b"GET / HTTP/1.1\r\n", b"0" * 32 + b"\n", to.secret[:-1].encode() + b"\n"):
                reader, writer = await asyncio.open_connection(to.host, to.port)
                writer.write(hello + line)
                with suppress(ConnectionError):
                    assert await reader.read() == b"", "closed"
                writer.close()
            reader, writer = await asyncio.open_connection(to.host, to.port)
            for part in (to.secret[:9], to.secret[9:] + "\n", line.decode().replace("false", "true")):
                writer.write(part.encode())  # a secret may come in pieces
                await writer.drain()
            assert await arrivals.next() == [Chunk("true")]
            writer.close()

    def test_a_secret_cannot_be_guessed_letter_by_letter(self) -> None:
        secret = "0123456789abcdef" * 2
        for said in ("9", secret[:-1] + "x"):  # a wrong beginning is told no sooner than a right one
            heard, closed = list[bytes](), list[bool]()
            transport: Any = SimpleNamespace(
                is_closing=lambda c=closed: bool(c), abort=lambda c=closed: c.append(True)
            )
            connection = _Connection(secret, heard.append)
            connection._transport = transport
            for letter in said:
                connection.data_received(letter.encode())
            assert not closed
            connection.data_received(secret[len(said) :].encode() + b"\n[]\n")
            assert closed
            assert not heard

    async def test_a_side_that_vanishes_without_a_word_is_noticed(self, inlet: Inlet) -> None:
        to, made = await inlet.address(), list[asyncio.Transport]()
        with pytest.MonkeyPatch.context() as patch:
            for module in ("inlet", "outlet"):
                patch.setattr(
                    f"sot_ray.{module}.watch_peer", lambda each: (made.append(each), watch_peer(each))
                )
            async with sending(to) as outlets:
                with inlet.request() as (number, arrivals), outlets.line(to, number) as line:
                    line.put(Chunk("a"))
                    assert await arrivals.next() == [Chunk("a")]
                    own = [transport.get_extra_info("socket") for transport in made]
                    assert len(own) == 2
                    assert all(each.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) for each in own)

    async def test_with_ray_s_tls_both_sides_show_a_certificate(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in certificates(tmp_path).items():
            monkeypatch.setenv(name, value)
        inlet = Inlet("127.0.0.1")
        to = await inlet.address()
        with inlet.request() as (number, arrivals):
            reader, writer = await asyncio.open_connection(to.host, to.port)
            writer.write(f"{to.secret}\n".encode())
            with suppress(ConnectionError):
                await reader.read()  # closed, perhaps with an alert
            writer.close()
            async with sending(to, gather_s=3600) as outlets:
                with outlets.line(to, number) as line:
                    line.put(Chunk("a"))
                    assert await arrivals.next() == [Chunk("a")]
        inlet.close()


def certificates(folder: Path) -> dict[str, str]:
    """Make a certificate that is its own authority, and Ray's variables for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ray")]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = serialization.Encoding.PEM
    (folder / "cert").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key").write_bytes(key.private_bytes(pem, *secret))
    return {
        "RAY_USE_TLS": "1",
        "RAY_TLS_CA_CERT": str(folder / "cert"),
        "RAY_TLS_SERVER_CERT": str(folder / "cert"),
        "RAY_TLS_SERVER_KEY": str(folder / "key"),
    }


class TestErrors:
    def test_every_kind_of_error_arrives_as_it_was(self) -> None:
        examples: list[SotError] = [
            ContextLengthError(prompt_tokens=9, context_length=8),
            RateLimitError("wait", retry_after=3.5),
            errors.BackendConnectionError("gone", reached=False),
            errors.InvalidFieldError("a.b", "no number"),
        ]
        made = {type(example) for example in examples}
        for kind in vars(errors).values():
            if inspect.isclass(kind) and issubclass(kind, BackendError) and kind not in made:
                status: dict[str, Any] = (
                    {"status": 503} if issubclass(kind, errors.BackendStatusError) else {}
                )
                examples.append(kind("words", **status))
        for example in examples:
            arrived = error_of(failed(example))
            assert type(arrived) is type(example)
            assert str(arrived) == str(example)
            assert arrived.public_message == example.public_message
            assert vars(arrived) == vars(example)

    def test_any_other_error_is_one_of_the_engine(self) -> None:
        arrived = error_of(failed(KeyError("x")))
        assert isinstance(arrived, EngineError)
        assert "KeyError" in str(arrived)


REPLICA: Any = None  # does not matter at a request's end


class TestRouter:
    """The choice alone; the replicas are doubles, and their queues are what the router knows of them."""

    def make(self, most: int = 3) -> AnswerRouter:
        self.requests: list[str] = []
        self.numbers = count(1)
        router = AnswerRouter.__new__(AnswerRouter)  # without Serve's own part
        router._replica_queue_len_cache = self.queues = {}  # pyright: ignore[reportAttributeAccessIssue]
        router.initialize_state(most_answers=most)
        return router

    async def choose(
        self, router: AnswerRouter, key: str, *replicas: str, sent: asyncio.Future[Any] | None = None
    ) -> list[list[str]]:
        """Choose for a request; its id is noted."""
        self.requests.append(f"{key}{next(self.numbers)}")
        request: Any = SimpleNamespace(
            metadata=SimpleNamespace(session_id=key, internal_request_id=self.requests[-1]),
            routing_context=SimpleNamespace(should_backoff=False),
            future=sent or asyncio.Future(),
        )
        candidates: Any = [SimpleNamespace(replica_id=replica) for replica in replicas]
        ranks = await router.choose_replicas(candidates, request)
        assert request.routing_context.should_backoff or not replicas
        return [[str(one.replica_id) for one in rank] for rank in ranks]

    async def homes(self, router: AnswerRouter, number: int, *replicas: str) -> Counter[str]:
        """Return the replicas of so many answers that begin at once."""
        keys = [f"n{next(self.numbers)}-" for _ in range(number)]
        return Counter([(await self.choose(router, key, *replicas))[0][0] for key in keys])

    async def test_an_answer_stays_where_it_began_and_the_others_are_next(self) -> None:
        router = self.make(most=99)
        first = await self.choose(router, "k", "a", "b", "c")
        assert sorted(one for rank in first for one in rank) == ["a", "b", "c"]
        assert len(first[0]) == 1
        self.queues[first[0][0]] = 100
        assert (await self.choose(router, "k", "c", "b", "a"))[0] == first[0]

    async def test_answers_that_begin_at_once_are_spread_before_any_replica_tells(self) -> None:
        for replicas in ("ab", "abcde"):
            router = self.make(most=99)
            self.queues |= dict.fromkeys(replicas, 0)  # and none of them changes
            assert set((await self.homes(router, 20, *replicas)).values()) == {20 // len(replicas)}

    async def test_equal_replicas_take_turns(self) -> None:
        router, found = self.make(), []
        for number in range(6):
            found.append((await self.choose(router, f"k{number}", "a", "b"))[0][0])
            router.on_request_completed(REPLICA, self.requests[-1])
        assert found in (["a", "b"] * 3, ["b", "a"] * 3)

    async def test_requests_of_other_ingress_replicas_count_and_own_ones_once(self) -> None:
        router = self.make(most=99)
        self.queues |= {"a": 9, "b": 1}
        assert await self.homes(router, 2, "a", "b") == {"b": 2}, "an answer counts as four"
        self.queues |= {"a": 10, "b": 3}  # two of which are those
        assert await self.homes(router, 1, "a", "b") == {"b": 1}

    async def test_an_answer_counts_until_its_last_request_has_ended(self) -> None:
        router = self.make(most=99)
        (busy,), (idle,) = await self.choose(router, "k", "a", "b")
        await self.choose(router, "k", "a", "b")
        router.on_request_completed(REPLICA, self.requests[0])
        assert await self.homes(router, 1, "a", "b") == {idle: 1}
        router.on_request_completed(REPLICA, self.requests[1])
        assert (await self.choose(router, "new", "a", "b"))[0] == [busy]

    async def test_a_request_cancelled_before_it_was_sent_counts_no_more(self) -> None:
        router, sent = self.make(most=99), asyncio.Future[Any]()
        (busy,), (idle,) = await self.choose(router, "k", "a", "b", sent=sent)
        assert await self.homes(router, 1, "a", "b") == {idle: 1}
        sent.cancel()
        await asyncio.sleep(0)  # its callbacks
        assert await self.homes(router, 1, "a", "b") == {busy: 1}

    async def test_a_request_cancelled_as_it_got_its_replica_counts_no_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        router, sent = self.make(most=99), asyncio.Future[Any]()

        async def cancelled(*_: object, **__: object) -> None:
            raise asyncio.CancelledError

        await self.choose(router, "k", "a", "b", sent=sent)
        sent.set_result(None)
        monkeypatch.setattr(RequestRouter, "_choose_replica_for_request", cancelled)
        request: Any = SimpleNamespace(metadata=SimpleNamespace(internal_request_id=self.requests[-1]))
        with pytest.raises(asyncio.CancelledError):
            await router._choose_replica_for_request(request, is_retry=False)
        assert not router._open

    async def test_an_answer_whose_replica_is_gone_gets_another(self) -> None:
        router = self.make()
        (home,), _ = await self.choose(router, "k", "a", "b")
        other = "b" if home == "a" else "a"
        assert await self.choose(router, "k", other) == [[other]]
        assert (await self.choose(router, "k", "a", "b"))[0] == [other], "its prefix is there now"

    async def test_it_forgets_the_oldest_answers(self) -> None:
        router = self.make()
        for number in range(10):
            await self.choose(router, f"k{number}", "a", "b")
        assert list(router._homes) == ["k7", "k8", "k9"]


class Here(Engine):
    """An engine replica without Serve, which would call the asynchronous `__init__` and `__del__`."""

    def __del__(self) -> None: ...  # pyright: ignore[reportIncompatibleMethodOverride]


class TestHealth:
    async def make(self, stall_s: float) -> Engine:
        engine = Here.__new__(Here)
        engine._backend, engine._stall_s = Healthy(), stall_s  # pyright: ignore[reportAttributeAccessIssue]
        engine._open, engine._last = 0, 0.0
        return engine

    async def test_an_engine_that_does_not_get_on_is_ill(self) -> None:
        engine = await self.make(stall_s=60)
        await engine.check_health()  # idle for long
        engine._open = 2
        with pytest.raises(EngineError, match="2 requests are open"):
            await engine.check_health()

    async def test_an_engine_that_has_failed_is_ill(self) -> None:
        engine = await self.make(stall_s=60)
        engine._backend.error = EngineError("the torch engine failed")  # pyright: ignore[reportAttributeAccessIssue]
        with pytest.raises(EngineError, match="failed"):
            await engine.check_health()


class Healthy:
    """Double of an engine that describes itself, or has failed."""

    error: SotError | None = None

    async def info(self) -> None:
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"backend": "nonsense:"}, "no engine for the backend"),
        ({"answers": {"max_pints": 3}}, "unknown setting max_pints"),
        ({"server": {"max_answers": 0}}, "max_answers is 0"),
        ({"server": {"api_keys": ["secret"]}}, "keys are no part of the configuration"),
        ({"server": {"nonsense": 1}}, "nonsense"),
    ],
)
def test_a_wrong_setting_is_told_before_any_replica_starts(args: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        build(Args(**args))
    assert "secret" not in str(caught.value)
