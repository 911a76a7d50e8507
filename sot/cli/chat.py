"""``sot chat``: a conversation."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from importlib import import_module

from ..api import SkeletonOfThought, final_history
from ..errors import ConfigError, SotError
from ..terminal import one_line
from ..types import Answer, Message
from .ask import show
from .asking import Asking
from .failure import FAILED, complain
from .lifecycle import leave, load


def run_chat(asking: Asking, *, quiet: bool) -> None:
    """Read questions until the input ends, and answer each with the conversation so far.

    Args:
        asking: The options.
        quiet: No progress, no notes.

    Raises:
        SotError: The engine cannot be used, or an option makes no sense.
    """
    with asyncio.Runner() as runner:
        sot = asking.make()
        try:
            runner.run(load(sot, asking, quiet=quiet))
            _converse(runner, sot, asking, quiet=quiet)
        except KeyboardInterrupt:
            runner.run(leave(sot))
            raise
        finally:
            runner.run(sot.aclose())


def _converse(runner: asyncio.Runner, sot: SkeletonOfThought, asking: Asking, *, quiet: bool) -> None:
    turns: list[tuple[str, Answer]] = []
    typed = sys.stdin.isatty() and sys.stdout.isatty()
    if typed:
        with suppress(ImportError):
            import_module("readline")  # gives `input` arrow keys, and what was asked before
    if typed and not quiet:
        print("Ask something. /reset forgets the conversation, /quit ends. Ctrl-C stops an answer.")
    while (question := _read(typed)) is not None:
        command = question.strip()
        if not command:
            continue
        if command == "/quit":
            return
        if command == "/reset":
            turns.clear()
            continue
        if command.startswith("/") and " " not in command:
            complain(f"no command {command}: there are /reset and /quit", FAILED)
            continue
        messages = (*final_history(turns, system=asking.system), Message("user", question))
        try:
            answer = runner.run(show(sot, messages, quiet=quiet))
        except KeyboardInterrupt:
            if not typed:
                raise
            print("(stopped; this turn is not remembered)")
        except ConfigError as error:
            complain(f"{one_line(str(error))}; /reset makes room by forgetting the conversation", FAILED)
        except SotError as error:
            if not typed:
                raise
            complain(str(error), FAILED)
        else:
            turns.append((question, answer))


def _read(typed: bool) -> str | None:
    """The next question; ``None`` at the end of the input."""
    try:
        if typed:
            print()
        return input("> " if typed else "")
    except EOFError:
        if typed:
            print()
        return None
