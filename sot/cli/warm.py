"""Answers of a server that runs already: ``sot ask`` without loading a model of its own."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote

from ..command.engine import saying
from ..command.running_server import RunningServer, running_servers
from ..errors import BackendConnectionError, BackendError, MalformedResponseError
from ..event_reader import read_event
from ..events import Event, Finished
from ..options import AUTO
from ..registry import chosen_spec
from ..server.proof import PROOF_PATH, is_proof
from ..terminal import one_line
from ..types import BackendInfo, Message
from .command_options import AnswerOptions, AskOptions
from .local_http import LocalConnection

_PROOF_S = 3.0  # that a server has to prove itself
_BROKEN = (OSError, EOFError, ValueError)
_DEFAULTS = AnswerOptions()
_NO_EVENTS = ("waking",)  # that `sot.events` does not have


@dataclass(frozen=True, slots=True)
class WarmAnswer:
    """Answer of a server under way.

    Args:
        info: Its engine.
        events: The events as they come.
    """

    info: BackendInfo
    events: AsyncGenerator[Event, None]


@asynccontextmanager
async def warm_answer(
    messages: Sequence[Message], options: AskOptions, schema: Mapping[str, Any] | None
) -> AsyncGenerator[WarmAnswer | None]:
    """Let a running server of this user answer; leaving the context ends the answer there.

    Yields ``None`` where there is none, a backend was chosen, a request cannot carry what was asked for, or
    the server does not take it: it is full, say. Then the command's own engine answers.

    Args:
        messages: The conversation.
        options: The options of the command.
        schema: The JSON schema of the answer.

    Raises:
        ConfigError: The options make no sense.
    """
    here = options.traced.watches  # requests of this process
    request = _request(messages, options.answers, schema) if options.warm and not here else None
    if request is None:
        yield None
        return
    for server in running_servers():
        connection = LocalConnection(server.host, server.port)
        try:
            with saying(f"Asking the sot serve at {server.address}", quiet=options.quiet):
                taken = await _is_itself(connection, server) and await _takes(connection, server, request)
            if taken:
                if not options.quiet and sys.stderr.isatty():
                    model = one_line(server.model)
                    print(f"answered by the sot serve at {server.address} ({model})", file=sys.stderr)
                async with aclosing(_events(connection, server)) as events:
                    yield WarmAnswer(BackendInfo(backend=server.backend, model=server.model), events)
                return
        finally:
            connection.close()
    yield None


def _request(
    messages: Sequence[Message], answers: AnswerOptions, schema: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Return the request for an answer's events; ``None`` where it cannot carry all that was asked for.

    Raises:
        ConfigError: The strategy does not go with the schema, or with none.
    """
    layout, thoughts = answers.layout, answers.thoughts
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
    if rest != _DEFAULTS or chosen_spec(None) is not None or answers.stages.engines(answers.router):
        return None
    request: dict[str, Any] = {
        "messages": [{"role": turn.role, "content": turn.content} for turn in messages],
        "sot": {
            "strategy": answers.strategy_for(schema),
            "max_points": layout.max_points,
            "pipeline": layout.pipeline,
            "opening": layout.opening,
            "closing": layout.closing,
            "thinking": thoughts.thinking,
            "max_thinking_tokens": thoughts.max_thinking_tokens,
            "on_missing": "note",
        },
        "temperature": answers.sampling.temperature,
        "seed": answers.seed,
        "schema": schema,
    }
    return {name: value for name, value in request.items() if value is not None}


async def _is_itself(connection: LocalConnection, server: RunningServer) -> bool:
    """Return whether what listens at a server's address knows its secret."""
    word = secrets.token_urlsafe(24)
    with suppress(TimeoutError, *_BROKEN):
        async with asyncio.timeout(_PROOF_S):
            status, body = await connection.get(f"{PROOF_PATH}?word={quote(word)}")
            said: object = json.loads(body) if status == 200 else None
            if isinstance(said, dict):
                return is_proof(cast("dict[str, object]", said).get("proof"), server.secret, word)
    return False


async def _takes(connection: LocalConnection, server: RunningServer, request: Mapping[str, Any]) -> bool:
    """Return whether a server takes a request."""
    with suppress(*_BROKEN):
        key = server.secret if server.needs_key else None
        return await connection.post("/sot/events", request, key=key) == 200
    return False


async def _events(connection: LocalConnection, server: RunningServer) -> AsyncGenerator[Event, None]:
    """Yield the events of an answer under way.

    Raises:
        BackendError: The answer broke off.
    """
    where = f"the sot serve at {server.address}"
    try:
        async with aclosing(connection.events()) as sent:
            async for each in sent:
                fields = cast("dict[str, Any]", each) if isinstance(each, dict) else {}
                if fields.get("type") == "error":
                    raise BackendError(f"{where}: {_message(fields)}")
                if fields.get("type") in _NO_EVENTS:
                    continue
                event = read_event(fields)
                yield event
                if isinstance(event, Finished):
                    return
    except (OSError, EOFError):
        raise BackendConnectionError(f"{where} went away in the middle of the answer") from None
    except ValueError as error:
        raise MalformedResponseError(f"{where}: {one_line(str(error))}") from None
    raise BackendConnectionError(f"{where} ended the answer before its end")


def _message(fields: Mapping[str, Any]) -> str:
    error = fields.get("error")
    said = cast("dict[str, object]", error).get("message") if isinstance(error, dict) else None
    return one_line(str(said or "the answer failed"))
