"""A test double, not an engine: an HTTP server that answers like one from a script, and the program's user.

`ScriptServer` is the `FaultServer` with a script for skeletons, points and normal answers in place of canned
failures. `run_sot` runs the real program, as a process, against it.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from fault_server import PATIENCE, Exchange, FaultServer, delta, event
from plain_environment import is_choice
from quick_start import QuickStart
from scripted import stage_of

from sot.types import Message

ROOT = Path(__file__).parents[2]
SOT = Path(sys.executable).parent / "sot"
# The same program, as a server that does not compile the router's patterns ahead, the work of two seconds:
# those that a question needs are compiled when it comes.
SOON = (
    *(sys.executable, "-P", "-c"),
    "from sot import api, cli; api.warm_up = lambda: None; cli.console()",
)
MODEL = "scripted"
QUESTION = "How can I sleep better?"
TITLES = ("Regular hours", "Dark room", "Less coffee")
SKELETON = "".join(f"{index}. {title}\n" for index, title in enumerate(TITLES, 1))
POINTS = {
    1: "Go to bed at the same time every day. The body likes a rhythm.",
    2: "Keep the light out of the room. Even a small lamp disturbs.",
    3: "Drink the last cup of coffee before noon. Tea counts, too.",
}
TEXT = "\n\n".join(f"{index}. **{title}**: {POINTS[index]}" for index, title in enumerate(TITLES, 1))
NORMAL = "A normal answer."
_PATIENCE_S = 600  # the first of all answers of the real model converts it, and compiles


class Gate:
    """A place in a script where the server holds an answer back until the test opens it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.left = threading.Event()
        self._lock = threading.Lock()
        self._is_open = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def passed(self) -> None:
        """In the server: wait until the gate is open."""
        event = asyncio.Event()
        with self._lock:
            if self._is_open:
                event.set()
            self._waiting.append((asyncio.get_running_loop(), event))
        self.reached.set()
        try:
            await event.wait()
        except asyncio.CancelledError:  # the client has hung up
            self.left.set()
            raise

    def open(self) -> None:
        """In the test: let every answer pass that waits here, now or later."""
        with self._lock:
            self._is_open = True
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)

    def wait_reached(self) -> None:
        """In the test: wait until an answer is held back here."""
        assert self.reached.wait(PATIENCE), "the server was not asked"

    def wait_left(self) -> None:
        """In the test: wait until a client has hung up on an answer that was held back here."""
        assert self.left.wait(PATIENCE), "the server was not told"


Step = str | Gate
Script = str | Sequence[Step]


class ScriptServer(FaultServer):
    """A server with one model that answers every stage from a script."""

    def reset(self) -> None:
        """Answer as the constants of this module say."""
        super().reset()
        self.skeleton: Script = SKELETON
        self.points: Mapping[int, Script] = POINTS
        self.normal: Script = NORMAL
        self.route: Script = "B"
        self.finish = "stop"
        self.models: object = {
            "data": [{"id": MODEL, "max_model_len": 4096, "supported_parameters": ["stop"]}]
        }
        self.default = self._answer
        self.other["/v1/models"] = self._list

    @contextmanager
    def opening_first(self, *opening: str, read: Callable[[], object] = lambda: None) -> Iterator[None]:
        """Let normal decoding open the answers: a skeleton that came first would do without an opening.

        Normal decoding stops behind the opening, where it is left; the skeleton begins after that.

        Args:
            opening: What normal decoding writes.
            read: Called between both; returns once the opening was read.
        """
        sent, listed = Gate(), Gate()
        before, after = self.skeleton, self.normal
        self.normal, self.skeleton = [*opening, sent], [listed, SKELETON]

        def open_in_turn() -> None:
            sent.reached.wait(PATIENCE)
            read()
            listed.open()

        opener = threading.Thread(target=open_in_turn)
        opener.start()
        try:
            yield
        finally:
            sent.reached.set()
            opener.join()
            self.skeleton, self.normal = before, after

    def asked(self) -> list[list[dict[str, str]]]:
        """The messages of every completion asked for."""
        return [exchange.body["messages"] for exchange in self.completions]

    async def _list(self, exchange: Exchange) -> None:
        await exchange.start(headers={"content-type": "application/json"})
        await exchange.send(event(self.models).removeprefix(b"data: "))
        await exchange.end()

    async def _answer(self, exchange: Exchange) -> None:
        messages = [Message(turn["role"], turn["content"]) for turn in exchange.body["messages"]]
        script = self.script_of(messages)
        answering = asyncio.ensure_future(
            self._play(exchange, [script] if isinstance(script, str) else script)
        )
        leaving = asyncio.ensure_future(exchange.gone())
        await asyncio.wait([answering, leaving], return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        answering.cancel()
        for end in await asyncio.gather(answering, leaving, return_exceptions=True):
            if isinstance(end, Exception):
                raise end

    def script_of(self, messages: Sequence[Message]) -> Script:
        """The script of a request, by its stage."""
        stage, index = stage_of(messages)
        scripts: Mapping[str, Script] = {
            "route": self.route,
            "skeleton": self.skeleton,
            "point": self.points.get(index, "More."),
        }
        return scripts.get(stage, self.normal)

    async def _play(self, exchange: Exchange, script: Iterable[Step]) -> None:
        await exchange.start()
        tokens = 0
        for step in script:
            if isinstance(step, Gate):
                await step.passed()
                continue
            for piece in re.findall(r"\s*\S+|\s+", step):
                tokens += 1
                await exchange.send(event(delta(piece)))
        usage = {
            "prompt_tokens": 40,
            "completion_tokens": tokens,
            "prompt_tokens_details": {"cached_tokens": 10},
        }
        for payload in (delta(finish=self.finish), {"choices": [], "usage": usage}, "[DONE]"):
            await exchange.send(event(payload))
        await exchange.end()


def environment(**more: str) -> dict[str, str]:
    """The environment of a user who has chosen nothing; the cache folder is the tests' own."""
    kept = {name: value for name, value in os.environ.items() if not is_choice(name)}
    return {
        **kept,
        "HF_HUB_OFFLINE": "1",
        "TERM": "xterm-256color",
        "SOT_CONFIG": "off",
        "SOT_HISTORY": "off",
        "SOT_WARM": "off",
        **more,
    }


def reaches_interpreter(variables: Iterable[str]) -> bool:
    """Return whether an environment variable counts when the interpreter starts, and not behind that."""
    return any(name.startswith("PYTHON") for name in variables)


def run_sot(
    *arguments: str | bytes,
    stdin: bytes = b"",
    program: Sequence[str | Path] | None = None,
    soon: bool = False,
    **variables: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run the program to its end, as a process of its own.

    Args:
        arguments: Its arguments.
        stdin: Its input.
        program: `SOT` or `SOON`, where its start counts.
        soon: Without a program, do as `SOON` does.
        variables: Environment variables; those of the interpreter have one started as well.
    """
    env = environment(**variables)
    if program is not None or reaches_interpreter(variables):
        program = (SOT,) if program is None else program
        return subprocess.run(
            [*program, *arguments],
            input=stdin,
            env=env,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    pipe = subprocess.PIPE
    with QuickStart(arguments, env=env, stdin=pipe, stdout=pipe, stderr=pipe, soon=soon) as process:
        try:
            output, errors = process.communicate(stdin, timeout=_PATIENCE_S)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess([*arguments], process.wait(), output, errors)


def one_line(stderr: bytes | str, *without: str) -> str:
    """What the program says on standard error: one line of its own, and no secret."""
    text = stderr if isinstance(stderr, str) else stderr.decode()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    line = text[:-1]
    assert line.isprintable()
    assert line.startswith("sot: ")
    for secret in without:
        assert secret not in line
    return line
