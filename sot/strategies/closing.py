"""Closing of an answer: a sentence or two, written beside the points from the question and the skeleton."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from ..errors import SotError
from ..stages.engines import EngineOfAnswer
from ..text.control_tokens import control_token
from ..text.opening_text import CUT_MARK, OpeningText
from ..text.sentences import ends_whole, sentence_end
from ..types import Point
from .base import Run
from .conversations import ConversationFor


async def write_closing(
    run: Run, conversation_for: ConversationFor, points: Sequence[Point], *, max_tokens: int
) -> str:
    """Request the closing; returns it, or nothing where the request fails or writes something else.

    Args:
        run: The answer in progress.
        conversation_for: Gives the builder of an engine's prompts.
        points: The points of the whole skeleton.
        max_tokens: Most completion tokens.
    """
    engine = run.engine_for("closing")
    text, error = await _write(run, engine, conversation_for, points, max_tokens)
    if error is not None and run.replaces(engine, "closing", error):
        text, _ = await _write(run, run, conversation_for, points, max_tokens)
    return text


async def _write(
    run: Run,
    engine: EngineOfAnswer,
    conversation_for: ConversationFor,
    points: Sequence[Point],
    max_tokens: int,
) -> tuple[str, SotError | None]:
    """Request the closing from an engine; returns it, or nothing, and the error that ended the request."""
    prompt = conversation_for(engine).closing(points)
    config = run.config(max_tokens=max_tokens, stage="closing", priority=len(points) + 1)
    request = run.complete(prompt.messages, config, engine=engine)
    text, seen = OpeningText(), 0
    text.tell_count(len(points))
    broken, failed = False, None
    try:
        async with aclosing(request.text()) as pieces:
            async for piece in pieces:
                tokens, seen = request.text_tokens - seen, request.text_tokens
                text.feed(piece, tokens)
                if text.complete:
                    break  # leaving ends the request
        broken = not text.complete and request.finish_reason not in (None, "stop")
    except SotError as error:
        broken, failed = True, error
    text.close(broken=broken)
    closing = _to_control_token(text.opening.strip())
    whole = ends_whole(closing) and not closing.endswith(CUT_MARK)
    return (closing if whole else ""), failed


def _to_control_token(text: str) -> str:
    """Return a text up to a control token that the engine did not take out, as a point's text is."""
    start = 0
    for line in text.splitlines(keepends=True):
        at, _ = control_token(line, fenced=False, final=True)
        if at is not None:
            return text[: start + at].rstrip()
        start += len(line)
    return text


def repeats_answer(closing: str, answer: str) -> bool:
    """Tell whether a sentence of a closing stands in the answer already."""
    said, rest = _plain(answer), closing.strip()
    while rest:
        end = sentence_end(rest, 1) or len(rest)
        if (sentence := _plain(rest[:end])) and sentence in said:
            return True
        rest = rest[end:].lstrip()
    return False


def _plain(text: str) -> str:
    """Return the letters and digits of a text, in small letters, so that marks and spaces do not matter."""
    return "".join(filter(str.isalnum, text.casefold()))
