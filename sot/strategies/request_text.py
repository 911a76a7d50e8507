"""Reader of the text of one of several requests: what ends it early, and the error that ended it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

from ..completion import Completion
from ..errors import AuthenticationError, PrefillRefusedError, ServerError, SotError
from .repairs import RepairGate


async def read_text(
    completion: Completion, gate: RepairGate, take: Callable[[str, int], bool]
) -> SotError | None:
    """Send a request and read its text; leaving it early ends the request at the engine.

    Args:
        completion: The request.
        gate: Gate of the answer's repairs, which learns that the engine is alive.
        take: Takes each piece and its number of tokens; returns whether the rest does not matter.

    Returns:
        The engine's error that ended the text; ``None`` where the engine completed it.

    Raises:
        AuthenticationError: The engine refuses the key, as it will for every other request.
        PrefillRefusedError: The engine does not continue the turn.
    """
    seen, began = 0, gate.clock
    try:
        async with aclosing(completion.text()) as pieces:
            async for piece in pieces:
                gate.alive(began)
                tokens, seen = completion.text_tokens - seen, completion.text_tokens
                if take(piece, tokens):
                    break
        if completion.finish_reason == "error":
            return ServerError("the engine gave the request up", status=500)
    except (AuthenticationError, PrefillRefusedError):
        raise
    except SotError as error:
        return error
    return None
