"""``sot chat``: a conversation."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from difflib import get_close_matches

from ..api import final_history
from ..errors import ConfigError, ContextLengthError, SotError
from ..events import Event
from ..terminal import FAILED, complain, one_line
from ..types import Answer, Message
from .chat_engine import ChatEngine
from .chat_points import USAGE, PointsDraft
from .command_options import ChatOptions
from .history import Keeper
from .keyboard import forget_typed
from .progress import Progress
from .show_events import show_events
from .text_input import input_lines
from .warm_server import ServerGoneError

_COMMANDS = ("/help", "/points", "/reset", "/quit", "/exit")
_LEAVING = ("/quit", "/exit", "quit", "exit")
_HELP = f"""/points: the points of the last answer. {USAGE} writes those that are new, once.
/reset forgets the conversation.
/quit, exit or Ctrl-D ends it. Ctrl-C stops an answer, and clears a line; the conversation stays.
A pasted text is one question, whatever lines it has. Alt-Enter begins a further line, Enter sends.
The arrow keys go back to earlier questions."""
_HINT = "(Ctrl-D, exit or /quit ends the conversation)"


def run_chat(options: ChatOptions) -> None:
    """Read questions until the input ends, and answer each with the conversation so far.

    Raises:
        SotError: The engine cannot be used, or an option makes no sense.
    """
    kept = Keeper(options.kept, options.answers.system)
    typed = sys.stdin.isatty() and sys.stdout.isatty()
    with asyncio.Runner() as runner, options.traced.watching(hold=typed) as show_lines:
        engine = ChatEngine(options)
        try:
            runner.run(engine.start())
            _converse(_Chat(runner, engine, options, typed, kept, show_lines))
            runner.run(engine.end())
        except KeyboardInterrupt:
            runner.run(engine.leave())
            raise
        finally:
            runner.run(engine.aclose())


@dataclass(slots=True)
class _Chat:
    """A conversation under way.

    Args:
        runner: Runs the answers, one after the other.
        engine: What answers.
        options: The command's options.
        typed: Whether somebody types, and can try again.
        kept: Keeps the turns, and has those of a conversation that goes on.
        show_lines: Shows the lines of requests that were held back (``--verbose``).
        turns: Questions and their answers so far.
        draft: The points of the last answer while they are edited.
    """

    runner: asyncio.Runner
    engine: ChatEngine
    options: ChatOptions
    typed: bool
    kept: Keeper
    show_lines: Callable[[], None]
    turns: list[tuple[str, Answer]] = field(default_factory=list[tuple[str, Answer]])
    draft: PointsDraft | None = None

    def take(self, text: str) -> bool:
        """Take a question or a command; returns whether the conversation goes on."""
        command, _, words = text.strip().partition(" ")
        if "\n" in text.strip():
            self._ask(text)
        elif command.lower() in _LEAVING and not words:
            return False
        elif command.startswith("/") and (not words or command in _COMMANDS or _close_to(command)):
            self._do(command, words.strip())
        elif command:
            self._ask(text)
        return True

    def _do(self, command: str, words: str) -> None:
        """Carry a command out, or say that there is none such."""
        if command == "/points":
            self._points(words)
        elif command not in _COMMANDS:
            meant = f"; did you mean {close}?" if (close := _close_to(command)) else ""
            complain(f"no command {command}: there are /help, /points, /reset and /quit{meant}", FAILED)
        elif words:
            complain(f"{command} stands alone: after it there is {words!r}", FAILED)
        elif command == "/reset":
            self.turns.clear()
            self.kept.reset()
            self.draft = None
        else:
            print(_HELP)

    def _ask(self, question: str) -> None:
        """Answer a question, and remember the turn."""
        messages = self._messages(self.turns, question)
        answer = self._shown(lambda: self.engine.stream(messages), question, "this turn is not remembered")
        if answer is not None:
            self.turns.append((question, answer))
            self.kept.keep(answer)
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
        conversation = self._messages(earlier, question)
        answer = self._shown(
            lambda: self.engine.revise(draft.answer, draft.titles, conversation),
            question,
            "the answer stays as it was",
        )
        if answer is not None:
            self.turns[-1] = question, answer
            self.kept.revise(answer)
            self.draft = None

    def _messages(self, turns: Sequence[tuple[str, Answer]], question: str) -> tuple[Message, ...]:
        """Return the conversation so far, with a question at its end."""
        before = self.kept.earlier or self.options.answers.opening()
        return (*before, *final_history(turns), Message("user", question))

    async def _show(self, stream: AsyncGenerator[Event, None], question: str, progress: Progress) -> Answer:
        async with aclosing(stream) as events:
            return await show_events(events, question, quiet=self.options.quiet, progress=progress)

    def _shown(
        self, ask: Callable[[], AsyncGenerator[Event, None]], question: str, stopped: str
    ) -> Answer | None:
        """Show an answer and return it; ``None`` for one that failed, which ends what is not typed.

        Where a running server ends in the middle, the question is asked again, and another engine answers.

        Args:
            ask: Asks for the answer's events.
            question: The question.
            stopped: What an interrupt means, in words.

        Raises:
            SotError: It failed, and nobody types.
        """
        progress = Progress()
        try:
            return self.runner.run(self._show(ask(), question, progress))
        except ServerGoneError as error:
            complain(f"{error}; the question is asked again", FAILED)
            return self._shown(ask, question, stopped)
        except KeyboardInterrupt:
            if not self.typed:
                raise KeyboardInterrupt(*filter(None, [progress.described()])) from None
            forget_typed()
            print(f"({'; '.join(filter(None, ('stopped', progress.described(), stopped)))})")
        except (ConfigError, ContextLengthError) as error:
            complain(f"{one_line(str(error))}; /reset makes room by forgetting the conversation", FAILED)
        except SotError as error:
            if not self.typed:
                raise
            complain(str(error), FAILED)
        finally:
            self.show_lines()
        return None


def _close_to(command: str) -> str | None:
    """Return the command that was probably meant by one that does not exist."""
    return next(iter(get_close_matches(command.lower(), _COMMANDS, n=1, cutoff=0.75)), None)


def _converse(chat: _Chat) -> None:
    runner, options, typed = chat.runner, chat.options, chat.typed
    if typed and not options.quiet:
        print(
            "Ask something. /reset forgets the conversation, /quit ends. Ctrl-C stops an answer. "
            "/help says more."
        )
    for text in _typed(runner, marks_ahead=not options.quiet) if typed else input_lines():
        try:
            if not chat.take(text):
                return
        except KeyboardInterrupt:  # one more, after the answer has ended
            if not typed:
                raise


def _typed(runner: asyncio.Runner, *, marks_ahead: bool) -> Iterator[str]:
    """The questions that are typed, until the end of the input."""
    from .chat_prompt import ChatPrompt

    with closing(ChatPrompt(marks_ahead=marks_ahead)) as prompt:
        while True:
            print()
            try:
                text = runner.run(prompt.ask())
            except EOFError:
                return
            except KeyboardInterrupt:  # a signal that came before the prompt stood there
                continue
            if text is not None:
                yield text
            elif not prompt.given_up:
                print(_HINT)
