"""One running server, asked by a command of the same user: its proof, and the events of its answer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any, cast
from urllib.parse import quote

from ..command.running_server import RunningServer
from ..errors import BackendConnectionError, BackendError, ContextLengthError, MalformedResponseError
from ..event_reader import read_event
from ..events import Event, Finished
from ..server.proof import PROOF_PATH, is_proof
from ..terminal import one_line
from .local_http import BROKEN, LocalConnection, read_json

_PROOF_S = 3.0  # that a server has to prove itself
_NO_EVENTS = ("waking",)  # that `sot.events` does not have


class ServerGoneError(BackendConnectionError):
    """A running server ended, or stopped, in the middle of an answer."""


async def is_itself(connection: LocalConnection, server: RunningServer) -> bool:
    """Return whether what listens at a server's address knows its secret."""
    word = secrets.token_urlsafe(24)
    with suppress(TimeoutError, *BROKEN):
        async with asyncio.timeout(_PROOF_S):
            status, body = await connection.get(f"{PROOF_PATH}?word={quote(word)}")
            said = read_json(body) if status == 200 else None
            if isinstance(said, dict):
                return is_proof(cast("dict[str, object]", said).get("proof"), server.secret, word)
    return False


async def answer_events(connection: LocalConnection, where: str) -> AsyncGenerator[Event, None]:
    """Yield the events that a server sends, up to the last one.

    Raises:
        BackendError: The answer broke off.
    """
    try:
        async with aclosing(connection.events()) as sent:
            async for each in sent:
                fields = cast("dict[str, Any]", each) if isinstance(each, dict) else {}
                if fields.get("type") == "error":
                    raise _error(fields, where)
                if fields.get("type") in _NO_EVENTS:
                    continue
                event = read_event(fields)
                yield event
                if isinstance(event, Finished):
                    return
    except (OSError, EOFError):
        raise ServerGoneError(f"{where} went away in the middle of the answer") from None
    except ValueError as error:
        raise MalformedResponseError(f"{where}: {one_line(str(error))}") from None
    raise ServerGoneError(f"{where} ended the answer before its end")


def _error(fields: Mapping[str, Any], where: str) -> BackendError:
    """Return the error that a server has sent in place of the next event."""
    given = fields.get("error")
    error = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    said = f"{where}: {one_line(str(error.get('message') or 'the answer failed'))}"
    match error.get("code"):
        case "context_length_exceeded":
            return ContextLengthError(message=said)
        case "server_stops":
            return ServerGoneError(said)
        case _:
            return BackendError(said)


__all__ = ["ServerGoneError", "answer_events", "is_itself"]
