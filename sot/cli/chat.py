"""``sot chat``: a conversation."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module

from ..api import SkeletonOfThought, final_history
from ..command.engine import leave, load
from ..errors import ConfigError, ContextLengthError, SotError
from ..terminal import FAILED, complain, one_line
from ..types import Answer, Message
from .ask import show
from .command_options import ChatOptions
from .text_input import input_lines


def run_chat(options: ChatOptions) -> None:
    """Read questions until the input ends, and answer each with the conversation so far.

    Raises:
        SotError: The engine cannot be used, or an option makes no sense.
    """
    with asyncio.Runner() as runner:
        sot = options.answers.make()
        try:
            runner.run(load(sot, options.answers.engine, quiet=options.quiet))
            _converse(runner, sot, options)
        except KeyboardInterrupt:
            runner.run(leave(sot))
            raise
        finally:
            runner.run(sot.aclose())


def _converse(runner: asyncio.Runner, sot: SkeletonOfThought, options: ChatOptions) -> None:
    turns: list[tuple[str, Answer]] = []
    typed = sys.stdin.isatty() and sys.stdout.isatty()
    if typed:
        with suppress(ImportError):
            import_module("readline")  # gives `input` arrow keys, and what was asked before
    if typed and not options.quiet:
        print("Ask something. /reset forgets the conversation, /quit ends. Ctrl-C stops an answer.")
    for question in _typed() if typed else input_lines():
        command = question.strip()
        if command == "/quit":
            return
        if command == "/reset":
            turns.clear()
        elif command.startswith("/") and " " not in command:
            complain(f"no command {command}: there are /reset and /quit", FAILED)
        elif command:
            _answer(runner, sot, options, turns, question, typed=typed)


def _answer(
    runner: asyncio.Runner,
    sot: SkeletonOfThought,
    options: ChatOptions,
    turns: list[tuple[str, Answer]],
    question: str,
    *,
    typed: bool,
) -> None:
    """Show the answer to a question, and remember the turn; a failure ends what is not typed."""
    messages = (*final_history(turns, system=options.answers.system), Message("user", question))
    try:
        answer = runner.run(show(sot, messages, quiet=options.quiet))
    except KeyboardInterrupt:
        if not typed:
            raise
        _forget_typed()
        print("(stopped; this turn is not remembered)")
    except (ConfigError, ContextLengthError) as error:
        complain(f"{one_line(str(error))}; /reset makes room by forgetting the conversation", FAILED)
    except SotError as error:
        if not typed:
            raise
        complain(str(error), FAILED)
    else:
        turns.append((question, answer))


def _forget_typed() -> None:
    """Forget what was typed meanwhile: during the live view the terminal keeps it at Ctrl-C."""
    if sys.platform != "win32":
        import termios

        with suppress(termios.error):
            termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _typed() -> Iterator[str]:
    """The questions that are typed, until the end of the input."""
    while True:
        print()
        try:
            yield input("> ")
        except EOFError:
            print()
            return
