"""Choice of a running server that answers for a command, and its events; the server is a double here."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rows import rows
from scripted import Script, ScriptedBackend, by_stage, made

from sot.cli.chat_engine import ChatEngine
from sot.cli.command_options import AdaptOptions, AnswerOptions, ChatOptions
from sot.cli.trace_options import TraceOptions
from sot.cli.warm import ServerGoneError, WarmServers
from sot.command.adapter_options import AdapterOptions
from sot.command.engine import EngineOptions
from sot.command.http_options import HttpOptions
from sot.command.option_fields import LayoutOptions, SamplingOptions, ThinkingOptions, TokenLimits
from sot.command.price_options import PriceOptions
from sot.command.running_server import RunningServer, announcing, new_secret, running_servers
from sot.command.stage_options import StageOptions
from sot.errors import (
    BackendConnectionError,
    BackendError,
    ConfigError,
    ContextLengthError,
    MalformedResponseError,
)
from sot.events import Event, Finished, TextDelta
from sot.revision.stored import read_stored
from sot.serialise import event_json
from sot.server.proof import proof_of
from sot.types import BackendInfo, Message

pytest.importorskip("fcntl")

ASKED = (Message("user", "How can I sleep better?"),)
DEEP = b"[" * 100_000
TEXT = {"type": "text", "text": "Sleep well."}


class Double:
    """A test double of `sot serve` that sends whatever it is told to.

    Attributes:
        secret: What it proves itself with.
        status: Status of its responses to questions.
        sends: What follows in the event stream, each a piece of its own.
        ends: Whether the stream ends as HTTP has it, and not with the connection.
        asked: The bodies of the questions, with the given key.
        sessions: The keys of their conversations.
    """

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.proof = b""  # in place of its own
        self.status = 200
        self.sends: list[bytes] = []
        self.ends = True
        self.asked: list[tuple[dict[str, Any], str | None]] = []
        self.sessions: list[str | None] = []
        self.serving: list[asyncio.Task[None]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection to its end."""
        serving = asyncio.current_task()
        assert serving is not None
        self.serving.append(serving)
        try:
            await self._answer(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            method, path, _ = line.decode().split()
            headers: dict[str, str] = {}
            while (field := (await reader.readline()).decode().strip()) != "":
                name, _, value = field.partition(": ")
                headers[name] = value
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            if method == "GET":
                (word,) = parse_qs(urlsplit(path).query)["word"]
                said = self.proof or json.dumps({"proof": proof_of(self.secret, word)}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(said), said))
                continue
            self.asked.append((json.loads(body), headers.get("authorization")))
            self.sessions.append(headers.get("x-session-id"))
            writer.write(b"HTTP/1.1 %d So\r\ntransfer-encoding: chunked\r\n\r\n" % self.status)
            for piece in self.sends:
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            writer.write(b"0\r\n\r\n" if self.ends else b"")
            return


def framed(*events: object) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of runtime files; no backend is chosen."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("SOT_WARM", "SOT_BACKEND", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "sot"


@asynccontextmanager
async def running(*, needs_key: bool = False, host: str = "127.0.0.1") -> AsyncGenerator[Double]:
    """A double that runs, and that commands are told of."""
    double = Double(new_secret())
    server = await asyncio.start_server(double.serve, "127.0.0.1", 0)
    async with server:
        with announcing(double.secret, needs_key=needs_key) as announce:
            announce((host, server.sockets[0].getsockname()[1]), "small", "torch:small")
            yield double
        await asyncio.gather(*double.serving)


def servers(options: AnswerOptions | None = None, *, wanted: bool = True) -> WarmServers:
    return WarmServers(options or AnswerOptions(), wanted=wanted, quiet=True)


async def answered(*, wanted: bool = True, **answers: Any) -> BackendInfo | None:
    """The engine that answers, if a running server does."""
    async with servers(AnswerOptions(**answers), wanted=wanted).answer(ASKED) as warm:
        return None if warm is None else warm.info


async def read(seen: list[object]) -> None:
    """Collect the events of a warm answer."""
    async with servers().answer(ASKED) as warm:
        assert warm is not None
        async for event in warm.events:
            seen.append(event)


async def test_a_running_server_answers_with_the_settings_of_the_command():
    async with running() as double:
        info = await answered(
            strategy="skeleton",
            system="Be brief.",
            layout=LayoutOptions(max_points=4, opening=False),
            thoughts=ThinkingOptions(thinking="off"),
            sampling=SamplingOptions(temperature=0.0),
            seed=7,
        )
        assert info == BackendInfo("torch:small", "small")
    ((body, key),) = double.asked
    assert body["messages"] == [{"role": "user", "content": ASKED[0].content}]
    assert (body["temperature"], body["seed"], key) == (0.0, 7, None)
    asked = body["sot"]
    assert (asked["strategy"], asked["max_points"], asked["opening"]) == ("skeleton", 4, False)
    assert (asked["thinking"], asked["pipeline"], asked["on_missing"]) == ("off", True, "note")


async def test_its_secret_stands_for_a_key_where_it_needs_one():
    async with running(needs_key=True) as double:
        assert await answered() is not None
    assert [key for _, key in double.asked] == [f"Bearer {double.secret}"]


@rows(
    "answers",
    [
        {"engine": EngineOptions(backend="torch:")},
        {"engine": EngineOptions(model="small")},
        {"engine": EngineOptions(engine_args=("device=cpu",))},
        {"engine": EngineOptions(http=HttpOptions(priority=True))},
        {"stages": StageOptions(point_backend="torch:")},
        {"router": "rules"},
        {"hedge": True},
        {"load": AdaptOptions(adapt=True)},
        {"layout": LayoutOptions(prompts="ja")},
        {"layout": LayoutOptions(style="paper")},
        {"layout": LayoutOptions(limits=TokenLimits(max_tokens=100))},
        {"sampling": SamplingOptions(top_p=0.5)},
        {"prices": PriceOptions(price_in=1.0, price_out=1.0)},
        {"max_seconds": 10.0},
        {"extra_body": "{}"},
        {"adapters": AdapterOptions(adapter="list")},
    ],
)
async def test_what_a_request_cannot_carry_is_for_an_engine_of_ones_own(answers: dict[str, Any]):
    async with running() as double:
        assert await answered(**answers) is None
    assert double.asked == []


async def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch):
    async with running() as double:
        assert await answered(wanted=False) is None
        for name, value in (
            ("SOT_WARM", "off"),
            ("SOT_BACKEND", "torch:"),
            ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1"),
            ("SOT_POINT_BACKEND", "torch:"),
        ):
            with monkeypatch.context() as chosen:
                chosen.setenv(name, value)
                assert await answered() is None, name
        assert double.asked == []
        assert await answered() is not None


async def test_a_strategy_that_needs_a_schema_is_bad_use_as_ever():
    async with running():
        with pytest.raises(ConfigError, match="needs a JSON schema"):
            await answered(strategy="fields")


async def test_a_stranger_at_the_address_is_asked_nothing():
    async with running() as double:
        double.secret = new_secret()
        assert await answered() is None
        double.proof = DEEP
        assert await answered() is None
    assert double.asked == []


@rows("status", [400, 401, 403, 404, 413, 429, 500, 503])
async def test_a_server_that_does_not_take_the_question_leaves_it_to_ones_own_engine(status: int):
    async with running() as double:
        double.status = status
        assert await answered() is None
        assert len(double.asked) == 1


@rows(
    "pieces, ends, error, says",
    [
        ([framed(TEXT)], True, BackendConnectionError, "ended the answer before its end"),
        ([framed(TEXT)], False, BackendConnectionError, "went away in the middle of the answer"),
        ([framed(TEXT), b'data: {"ty'], False, BackendConnectionError, "went away"),
        ([framed(TEXT), b"data: {\n\n"], True, MalformedResponseError, "127.0.0.1"),
        ([framed(TEXT), b"data: %s\n\n" % DEEP], True, MalformedResponseError, "127.0.0.1"),
        ([framed(TEXT, {"type": "sung"})], True, MalformedResponseError, "no event"),
        (
            [framed(TEXT, {"type": "error", "error": {"message": "it\nbroke"}})],
            True,
            BackendError,
            ": it broke",
        ),
        ([framed(TEXT, {"type": "error"})], True, BackendError, "the answer failed"),
    ],
)
async def test_an_answer_that_breaks_off_is_an_error(
    pieces: list[bytes], ends: bool, error: type[BackendError], says: str
):
    async with running() as double:
        double.sends, double.ends = pieces, ends
        seen: list[object] = []
        with pytest.raises(error, match=says):
            await read(seen)
        assert seen == [TextDelta("Sleep well.")]


async def test_the_code_of_an_error_is_heeded():
    for code, error in (("server_stops", ServerGoneError), ("context_length_exceeded", ContextLengthError)):
        async with running() as double:
            double.sends = [framed({"type": "error", "error": {"message": "it did", "code": code}})]
            with pytest.raises(error, match=r"127\.0\.0\.1.*: it did"):
                await read([])


async def test_a_value_out_of_range_is_bad_use_and_asks_nobody():
    async with running() as double:
        with pytest.raises(ConfigError, match="max_points is 1"):
            await answered(layout=LayoutOptions(max_points=1))
    assert double.asked == []


class TestConversation:
    @pytest.fixture
    def own(self, monkeypatch: pytest.MonkeyPatch) -> ScriptedBackend:
        """A double in place of the engine that the command would load."""
        backend = ScriptedBackend(lambda request: Script("Of its own."))
        monkeypatch.setattr(AnswerOptions, "make", lambda options: made(backend, strategy="normal"))
        return backend

    async def text(self, stream: AsyncGenerator[Event, None]) -> str:
        async with aclosing(stream) as events:
            return "".join([event.text async for event in events if isinstance(event, TextDelta)])

    async def test_a_server_answers_and_revises_under_one_key(self, own: ScriptedBackend):
        skeleton = ScriptedBackend(by_stage("1. Sleep\n2. Eat\n"))
        earlier = (Message("system", "Be kind."), *ASKED)
        answer = await made(skeleton).answer(earlier)
        engine = ChatEngine(ChatOptions(quiet=True, answers=AnswerOptions(seed=7)))
        async with running() as double:
            double.sends = [framed(TEXT, event_json(Finished(answer)))]
            await engine.start()
            assert double.asked == []
            assert await self.text(engine.stream(earlier)) == "Sleep well."
            assert await self.text(engine.revise(answer, ["Move", "Eat"], earlier)) == "Sleep well."
        (asked, _), (revised, _) = double.asked
        assert [turn["role"] for turn in asked["messages"]] == ["system", "user"]
        assert (revised["points"], revised["seed"]) == (["Move", "Eat"], 7)
        kept = read_stored(revised["answer"])
        assert kept.conversation() == earlier
        assert [(point.title, point.text) for point in kept.answer().points] == [
            (point.title, point.text) for point in answer.points
        ]
        assert len(double.sessions) == 2
        assert len(set(double.sessions)) == 1
        assert own.requests == []

    async def test_a_server_that_ends_in_the_middle_is_asked_no_more(self, own: ScriptedBackend):
        engine = ChatEngine(ChatOptions(quiet=True))
        async with running() as double:
            double.sends, double.ends = [framed(TEXT)], False
            await engine.start()
            with pytest.raises(ServerGoneError):
                await self.text(engine.stream(ASKED))
            assert await self.text(engine.stream(ASKED)) == "Of its own."
            assert await self.text(engine.stream(ASKED)) == "Of its own."
            await engine.aclose()
            assert len(double.asked) == 1

    async def test_a_server_that_is_full_leaves_the_rest_to_the_own_engine(self, own: ScriptedBackend):
        engine = ChatEngine(ChatOptions(quiet=True))
        async with running() as double:
            double.status = 429
            await engine.start()
            assert own.requests == []
            assert await self.text(engine.stream(ASKED)) == "Of its own."
            double.status = 200
            assert await self.text(engine.stream(ASKED)) == "Of its own."
            await engine.aclose()
            assert len(double.asked) == 1

    async def test_it_can_be_switched_off(self, own: ScriptedBackend):
        async with running() as double:
            for options in (ChatOptions(warm=False), ChatOptions(traced=TraceOptions(verbose=True))):
                engine = ChatEngine(options)
                await engine.start()
                assert await self.text(engine.stream(ASKED)) == "Of its own."
                await engine.aclose()
        assert double.asked == []


async def test_events_come_in_pieces_of_any_size():
    route = {"strategy": "normal", "confidence": 1.0, "reason": "", "router": "rules"}
    stream = framed({"type": "waking"}, {"type": "routed", "route": route}, TEXT)
    async with running() as double:
        double.sends = [stream[at : at + 7] for at in range(0, len(stream), 7)]
        seen: list[object] = []
        with pytest.raises(BackendConnectionError):
            await read(seen)
    assert [type(event).__name__ for event in seen] == ["Routed", "TextDelta"]


class TestRuntimeFiles:
    def file(self, folder: Path) -> Path:
        (path,) = folder.iterdir()
        return path

    def test_only_the_user_may_read_them_and_they_go_with_the_server(self, folder: Path) -> None:
        with announcing(new_secret(), needs_key=False) as announce:
            assert not folder.exists()  # nothing is told of before it is ready
            announce(("127.0.0.1", 8400), "small", "torch:small")
            path = self.file(folder)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            (server,) = running_servers()
            assert (server.address, server.pid) == ("http://127.0.0.1:8400", os.getpid())
            assert "secret" not in repr(server)
        assert list(folder.iterdir()) == []
        assert running_servers() == []

    @rows(
        "bound, told",
        [
            ("0.0.0.0", ["http://127.0.0.1:1"]),
            ("::", ["http://[::1]:1"]),
            ("::1", ["http://[::1]:1"]),
            ("192.0.2.7", []),
        ],
    )
    def test_only_addresses_of_this_machine_are_told(self, bound: str, told: list[str]) -> None:
        with announcing(new_secret(), needs_key=False) as announce:
            announce((bound, 1), "small", "torch:small")
            assert [server.address for server in running_servers()] == told

    def test_the_server_that_was_ready_last_comes_first(self) -> None:
        with (
            announcing(new_secret(), needs_key=False) as one,
            announcing(new_secret(), needs_key=False) as two,
        ):
            one(("127.0.0.1", 1), "first", "torch:first")
            two(("127.0.0.1", 2), "second", "torch:second")
            assert [server.model for server in running_servers()] == ["second", "first"]

    def test_what_a_server_left_behind_is_removed(self, folder: Path) -> None:
        with announcing(new_secret(), needs_key=False) as announce:
            announce(("127.0.0.1", 1), "small", "torch:small")
            left = self.file(folder).read_bytes()
        path = folder / "1-0.json"
        path.write_bytes(left)
        path.chmod(0o600)
        assert running_servers() == []
        assert not path.exists()

    @rows(
        "spoil",
        [
            lambda path: path.chmod(0o640),
            lambda path: path.chmod(0o606),
            lambda path: path.parent.chmod(0o770),
            lambda path: path.write_text("{"),
            lambda path: path.write_text("x" * 20_000),
            lambda path: change(path, host="192.0.2.7"),
            lambda path: change(path, host="localhost"),
            lambda path: change(path, port=0),
            lambda path: change(path, secret="short"),
            lambda path: change(path, secret="with\r\na line of its own and more of it"),
            lambda path: change(path, version="0.0.0"),
        ],
    )
    def test_what_others_could_have_written_is_not_believed(
        self, folder: Path, spoil: Callable[[Path], object]
    ) -> None:
        with announcing(new_secret(), needs_key=False) as announce:
            announce(("127.0.0.1", 1), "small", "torch:small")
            assert len(running_servers()) == 1
            spoil(self.file(folder))
            assert running_servers() == []
            folder.chmod(0o700)

    def test_a_service_without_the_sessions_folder_is_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with announcing(new_secret(), needs_key=False) as announce:
            with monkeypatch.context() as service:
                service.delenv("XDG_RUNTIME_DIR")
                announce(("127.0.0.1", 1), "small", "torch:small")
            assert (tmp_path / "state" / "sot" / "run").is_dir()
            assert len(running_servers()) == 1

    def test_a_link_is_not_followed(self, folder: Path, tmp_path: Path) -> None:
        with announcing(new_secret(), needs_key=False) as announce:
            announce(("127.0.0.1", 1), "small", "torch:small")
            path = self.file(folder)
            path.rename(tmp_path / "elsewhere")
            path.symlink_to(tmp_path / "elsewhere")
            assert running_servers() == []

    def test_a_folder_that_cannot_be_written_hinders_nothing(self, folder: Path, tmp_path: Path) -> None:
        folder.write_text("a file")
        with announcing(new_secret(), needs_key=False) as announce:
            announce(("127.0.0.1", 1), "small", "torch:small")
            assert len(running_servers()) == 1  # in the other place
        (tmp_path / "state" / "sot" / "run").rmdir()
        (tmp_path / "state" / "sot" / "run").write_text("a file")
        with announcing(new_secret(), needs_key=False) as announce:
            announce(("127.0.0.1", 1), "small", "torch:small")
            assert running_servers() == []

    def test_a_server_of_another_user_is_not_believed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with announcing(new_secret(), needs_key=False) as announce:
            announce(("127.0.0.1", 1), "small", "torch:small")
            monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
            assert running_servers() == []


def change(path: Path, **fields: Any) -> None:
    """Write other values into a server's file, which stays locked."""
    kept = RunningServer.model_validate_json(path.read_bytes())
    path.write_text(json.dumps({**kept.model_dump(), **fields}))
