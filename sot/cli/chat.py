"""``sot chat``: a conversation."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from importlib import import_module

from ..api import SkeletonOfThought, final_history
from ..command.engine import leave, load
from ..errors import ConfigError, ContextLengthError, SotError
from ..events import Event
from ..terminal import FAILED, complain, one_line
from ..types import Answer, Message
from .chat_points import USAGE, PointsDraft
from .command_options import ChatOptions
from .show_events import show_events
from .text_input import input_lines

_HELP = f"""/points: the points of the last answer. {USAGE} writes those that are new, once.
/reset forgets the conversation.
/quit (or Ctrl-D) ends it; Ctrl-C stops an answer."""


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


@dataclass(slots=True)
class _Chat:
    """A conversation under way.

    Args:
        runner: Runs the answers, one after the other.
        sot: The object that answers.
        options: The command's options.
        typed: Whether somebody types, and can try again.
        turns: Questions and their answers so far.
        draft: The points of the last answer while they are edited.
    """

    runner: asyncio.Runner
    sot: SkeletonOfThought
    options: ChatOptions
    typed: bool
    turns: list[tuple[str, Answer]] = field(default_factory=list[tuple[str, Answer]])
    draft: PointsDraft | None = None

    def take(self, line: str) -> bool:
        """Take a line: a question, or a command; returns whether the conversation goes on."""
        command, _, words = line.strip().partition(" ")
        if command == "/quit" and not words:
            return False
        if command == "/reset" and not words:
            self.turns.clear()
            self.draft = None
        elif command == "/help" and not words:
            print(_HELP)
        elif command == "/points":
            self._points(words.strip())
        elif command.startswith("/") and not words:
            complain(f"no command {command}: there are /help, /points, /reset and /quit", FAILED)
        elif command:
            self._ask(line)
        return True

    def _ask(self, question: str) -> None:
        """Answer a question, and remember the turn."""
        stream = self.sot.stream(_messages(self.options, self.turns, question))
        answer = self._shown(self._events(stream, question), "this turn is not remembered")
        if answer is not None:
            self.turns.append((question, answer))
            self.draft = None

    def _points(self, words: str) -> None:
        """Show, change or write the points of the last answer."""
        try:
            if not self.turns:
                raise ConfigError("there is no answer yet whose points could be changed")
            self.draft = self.draft or PointsDraft(self.turns[-1][1])
            if words == "write":
                self._revise(self.draft)
                return
            if words:
                self.draft.change(words)
            print("\n".join(self.draft.lines()))
        except ConfigError as error:
            complain(str(error), FAILED)

    def _revise(self, draft: PointsDraft) -> None:
        """Write the new points, and put the revised answer in the place of the last one.

        Raises:
            ConfigError: Nothing was changed.
        """
        if not draft.changed:
            raise ConfigError(f"nothing is changed yet: {USAGE}")
        question, earlier = draft.answer.question, self.turns[:-1]
        conversation = _messages(self.options, earlier, question)
        stream = self.sot.revise_stream(draft.answer, draft.titles, conversation=conversation)
        answer = self._shown(self._events(stream, question), "the answer stays as it was")
        if answer is not None:
            self.turns[-1] = question, answer
            self.draft = None

    async def _events(self, stream: AsyncGenerator[Event, None], question: str) -> Answer:
        async with aclosing(stream) as events:
            return await show_events(events, question, quiet=self.options.quiet)

    def _shown(self, work: Coroutine[None, None, Answer], stopped: str) -> Answer | None:
        """Show an answer and return it; ``None`` for one that failed, which ends what is not typed.

        Args:
            work: Shows it.
            stopped: What an interrupt means, in words.

        Raises:
            SotError: It failed, and nobody types.
        """
        try:
            return self.runner.run(work)
        except KeyboardInterrupt:
            if not self.typed:
                raise
            _forget_typed()
            print(f"(stopped; {stopped})")
        except (ConfigError, ContextLengthError) as error:
            complain(f"{one_line(str(error))}; /reset makes room by forgetting the conversation", FAILED)
        except SotError as error:
            if not self.typed:
                raise
            complain(str(error), FAILED)
        return None


def _messages(
    options: ChatOptions, turns: Sequence[tuple[str, Answer]], question: str
) -> tuple[Message, ...]:
    return (*final_history(turns, system=options.answers.system), Message("user", question))


def _converse(runner: asyncio.Runner, sot: SkeletonOfThought, options: ChatOptions) -> None:
    typed = sys.stdin.isatty() and sys.stdout.isatty()
    if typed:
        with suppress(ImportError):
            import_module("readline")  # gives `input` arrow keys, and what was asked before
    if typed and not options.quiet:
        print(
            "Ask something. /reset forgets the conversation, /quit ends. Ctrl-C stops an answer. "
            "/help says more."
        )
    chat = _Chat(runner, sot, options, typed)
    for line in _typed() if typed else input_lines():
        if not chat.take(line):
            return


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
