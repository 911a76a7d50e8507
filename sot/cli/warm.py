"""Answers of a server that runs already: commands without a model of their own."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from ..command.engine import saying
from ..command.running_server import RunningServer, running_servers
from ..events import Event
from ..options import AUTO, Options
from ..registry import chosen_spec
from ..serialise import answer_json
from ..terminal import one_line
from ..types import Answer, BackendInfo, Message
from .command_options import AnswerOptions
from .local_http import BROKEN, LocalConnection
from .warm_server import ServerGoneError, answer_events, is_itself

_DEFAULTS = AnswerOptions()


@dataclass(frozen=True, slots=True)
class WarmAnswer:
    """Answer of a server under way.

    Args:
        info: Its engine.
        events: The events as they come.
    """

    info: BackendInfo
    events: AsyncGenerator[Event, None]


class WarmServers:
    """Running servers of this user that may answer in place of a command's own engine.

    There are none where they are not wanted, a backend was chosen, or a request cannot carry what was asked
    for.

    Args:
        answers: The command's options of answers.
        wanted: Whether the command wants them.
        quiet: Say nothing of them.
        session: Key of the requests, by which an engine router can keep a conversation together.
    """

    def __init__(self, answers: AnswerOptions, *, wanted: bool, quiet: bool, session: str = "") -> None:
        self._answers = answers
        self._wanted = wanted
        self._quiet = quiet
        self._session = session
        self._last: RunningServer | None = None
        self._gone: set[str] = set()  # secrets of servers that ended in the middle of an answer

    async def find(self) -> bool:
        """Return whether there is one, and say which.

        Raises:
            ConfigError: The options make no sense.
        """
        if self._settings(None) is None:
            return False
        for server in self._running():
            connection = LocalConnection(server.host, server.port)
            try:
                if await is_itself(connection, server):
                    self._chosen(server)
                    return True
            finally:
                connection.close()
        return False

    def given_up(self) -> None:
        """Tell a terminal that the command's own engine answers from now on, where a server did before."""
        if self._last is not None:
            self._tell("from here on answered by an engine of its own: no sot serve takes the question")
            self._last = None

    @asynccontextmanager
    async def answer(
        self, messages: Sequence[Message], schema: Mapping[str, Any] | None = None
    ) -> AsyncGenerator[WarmAnswer | None]:
        """Let a server answer; leaving the context ends the answer there.

        Yields ``None`` where there is none, or none takes the question: it is full, say. Then the command's
        own engine answers.

        Args:
            messages: The conversation.
            schema: The JSON schema of the answer.

        Raises:
            ConfigError: The options make no sense.
        """
        settings = self._settings(schema)
        request = None if settings is None else {"messages": _turns(messages), **settings}
        async with self._asked("/sot/events", request) as warm:
            yield warm

    @asynccontextmanager
    async def revision(
        self, answer: Answer, titles: Sequence[str], conversation: Sequence[Message]
    ) -> AsyncGenerator[WarmAnswer | None]:
        """Let a server revise an answer by its points; see `answer`.

        Args:
            answer: The answer.
            titles: The new points.
            conversation: The conversation that it belongs to.

        Raises:
            ConfigError: The options make no sense.
        """
        settings = self._settings(None)
        stored = answer_json(answer, conversation, reasons=True).model_dump()
        request = None if settings is None else {"answer": stored, "points": list(titles), **settings}
        async with self._asked("/sot/revise", request) as warm:
            yield warm

    @asynccontextmanager
    async def _asked(self, path: str, request: Mapping[str, Any] | None) -> AsyncGenerator[WarmAnswer | None]:
        """Post a request to the first server that takes it; yields its answer, or ``None``."""
        for server in [] if request is None else self._running():
            connection = LocalConnection(server.host, server.port)
            try:
                with saying(f"Asking the sot serve at {server.address}", quiet=self._quiet):
                    taken = await is_itself(connection, server) and await self._takes(
                        connection, server, path, request or {}
                    )
                if taken:
                    self._chosen(server)
                    async with aclosing(self._events(connection, server)) as events:
                        yield WarmAnswer(BackendInfo(backend=server.backend, model=server.model), events)
                    return
            finally:
                connection.close()
        yield None

    def _settings(self, schema: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return the settings of a request; ``None`` where it cannot carry all that was asked for.

        Raises:
            ConfigError: The strategy does not go with the schema, or with none; or a value is out of range.
        """
        answers, layout, thoughts = self._answers, self._answers.layout, self._answers.thoughts
        rest = replace(
            answers,
            strategy=AUTO,
            system=None,
            seed=None,
            thoughts=_DEFAULTS.thoughts,
            sampling=replace(answers.sampling, temperature=None),
            layout=replace(
                layout,
                pipeline=_DEFAULTS.layout.pipeline,
                opening=_DEFAULTS.layout.opening,
                closing=_DEFAULTS.layout.closing,
                max_points=_DEFAULTS.layout.max_points,
            ),
        )
        chosen = chosen_spec(None) is not None or answers.stages.engines(answers.router)
        if not self._wanted or rest != _DEFAULTS or chosen:
            return None
        own = {
            "strategy": answers.strategy_for(schema),
            "max_points": layout.max_points,
            "pipeline": layout.pipeline,
            "opening": layout.opening,
            "closing": layout.closing,
            "thinking": thoughts.thinking,
            "max_thinking_tokens": thoughts.max_thinking_tokens,
        }
        others = {"temperature": answers.sampling.temperature, "seed": answers.seed, "schema": schema}
        Options().changed({**own, **others})
        settings = {"sot": {**own, "on_missing": "note"}, **others}
        return {name: value for name, value in settings.items() if value is not None}

    def _running(self) -> list[RunningServer]:
        """Return the servers, first the one that has answered last."""
        last = None if self._last is None else self._last.secret
        known = (server for server in running_servers() if server.secret not in self._gone)
        return sorted(known, key=lambda server: server.secret != last)

    def _chosen(self, server: RunningServer) -> None:
        """Take note of the server that answers, and tell a terminal if it is another one than before."""
        before, self._last = self._last, server
        if before is None or before.secret != server.secret:
            self._tell(f"answered by the sot serve at {server.address} ({one_line(server.model)})")

    def _tell(self, line: str) -> None:
        if not self._quiet and sys.stderr.isatty():
            print(line, file=sys.stderr)

    async def _takes(
        self, connection: LocalConnection, server: RunningServer, path: str, request: Mapping[str, Any]
    ) -> bool:
        """Return whether a server takes a request."""
        with suppress(*BROKEN):
            key = server.secret if server.needs_key else None
            return await connection.post(path, request, key=key, session=self._session) == 200
        return False

    async def _events(
        self, connection: LocalConnection, server: RunningServer
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of an answer under way.

        Raises:
            BackendError: The answer broke off.
        """
        try:
            async with aclosing(answer_events(connection, f"the sot serve at {server.address}")) as events:
                async for event in events:
                    yield event
        except ServerGoneError:
            self._gone.add(server.secret)
            raise


def _turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in messages]


__all__ = ["ServerGoneError", "WarmAnswer", "WarmServers"]
