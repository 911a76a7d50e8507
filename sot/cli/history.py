"""Keeping of answers by the commands ``ask`` and ``chat``, and ``sot logs``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime

from ..command.history import History, Turn, history_file, messages_of
from ..errors import ConfigError
from ..terminal import json_line, one_line, safe_text
from ..types import Answer, Message
from .history_options import DeleteOptions, ExportOptions, HistoryOptions, LogsOptions, ShowOptions

_NONE = "no history is kept (SOT_HISTORY=off, or a user without a home)"
_TITLE = 60  # characters of a question in a list


class Keeper:
    """Keeper of the turns of one command: reads the conversation that goes on, and keeps the answers.

    Args:
        options: The command's options.
        system: The system prompt that was given; ``None`` takes that of the conversation.

    Raises:
        ConfigError: There is no conversation to go on with.
    """

    def __init__(self, options: HistoryOptions, system: str | None) -> None:
        path = history_file()
        self._history = History(path) if path is not None and options.history else None
        self._conversation: int | None = None
        self._earlier: tuple[Message, ...] = ()
        self._system = system or ""
        if not options.continues:
            return
        if path is None:
            raise ConfigError(f"--continue: {_NONE}")
        turns = History(path).last_conversation()
        if not turns:
            raise ConfigError("--continue: there is no conversation yet")
        self._conversation = turns[-1].conversation
        self._earlier = messages_of(turns)
        if system is None:
            self._system = turns[-1].system
        else:
            turns_only = tuple(turn for turn in self._earlier if turn.role != "system")
            self._earlier = (Message("system", system), *turns_only)

    @property
    def earlier(self) -> tuple[Message, ...]:
        """The conversation that goes on, with its system prompt; empty for a new one."""
        return self._earlier

    def keep(self, answer: Answer) -> None:
        """Keep an answer; a history that cannot be written is told, and hinders nothing."""
        if self._history is not None:
            try:
                self._conversation = self._history.keep(
                    answer, system=self._system, conversation=self._conversation
                )
            except ConfigError as error:
                self._give_up(error)

    def revise(self, answer: Answer) -> None:
        """Put a revised answer in the place of the last one."""
        if self._history is not None and self._conversation is not None:
            try:
                self._history.replace_last(answer, conversation=self._conversation)
            except ConfigError as error:
                self._give_up(error)

    def reset(self) -> None:
        """Begin another conversation, with the same system prompt."""
        self._conversation = None
        self._earlier = (Message("system", self._system),) if self._system else ()

    def _give_up(self, error: ConfigError) -> None:
        print(f"sot: not kept: {one_line(str(error))}", file=sys.stderr)
        self._history = None


def run_list(options: LogsOptions) -> None:
    """Print a line for each conversation, the newest last.

    Raises:
        ConfigError: The history cannot be read.
    """
    found: dict[int, list[Turn]] = {}
    for turn in _history().turns(search=options.search):
        found.setdefault(turn.conversation, []).append(turn)
    newest = sorted(found.items(), key=lambda entry: entry[1][-1].id)[-options.most :]
    if not newest:
        print("nothing is kept" if options.search is None else "nothing is found", file=sys.stderr)
    for number, turns in newest:
        first = one_line(turns[0].question)
        shown = first if len(first) <= _TITLE else f"{first[: _TITLE - 1]}…"
        count = f"{len(turns)} turns" if len(turns) > 1 else one_line(turns[0].strategy)
        print(f"{number:6}  {_time(turns[-1])}  {count:9}  {shown}")


def run_show(options: ShowOptions) -> None:
    """Print a conversation.

    Raises:
        ConfigError: The history cannot be read, or there is no such conversation.
    """
    history = _history()
    turns = (
        history.last_conversation()
        if options.conversation is None
        else history.turns(conversation=options.conversation)
    )
    print(safe_text(_markdown(_there(turns, options.conversation))), end="")


def run_export(options: ExportOptions) -> None:
    """Print turns as JSON Lines, or as Markdown.

    Raises:
        ConfigError: The history cannot be read, or there is no such conversation.
    """
    turns = _history().turns(conversation=options.conversation)
    if options.conversation is not None:
        _there(turns, options.conversation)
    if options.markdown:
        print(safe_text(_markdown(turns)), end="")
        return
    for turn in turns:
        print(json_line(asdict(turn)))


def run_delete(options: DeleteOptions) -> None:
    """Delete a conversation, or all of them.

    Raises:
        ConfigError: Neither is said, the history cannot be written, or there is no such conversation.
    """
    if (options.conversation is None) != options.everything:
        raise ConfigError("sot logs delete takes the number of a conversation, or --all")
    gone = _history().forget(options.conversation)
    if not gone and not options.everything:
        _there([], options.conversation)
    print(f"{gone} turn{'' if gone == 1 else 's'} deleted")


def _history() -> History:
    path = history_file()
    if path is None:
        raise ConfigError(_NONE)
    return History(path)


def _there(turns: list[Turn], number: int | None) -> list[Turn]:
    if not turns:
        raise ConfigError("nothing is kept" if number is None else f"there is no conversation {number}")
    return turns


def _markdown(turns: list[Turn]) -> str:
    parts: list[str] = []
    for turn in turns:
        asked = "\n".join(f"> {line}" for line in turn.question.splitlines())
        cut = "" if turn.complete else f", {turn.finish_reason or 'incomplete'}"
        facts = f"{_time(turn)}, {turn.model}, {turn.strategy}, {turn.total_s:.1f} s{cut}"
        parts.append(f"{asked}\n\n{turn.answer}\n\n*{facts}*\n")
    return "\n".join(parts)


def _time(turn: Turn) -> str:
    return datetime.fromtimestamp(turn.at).astimezone().strftime("%Y-%m-%d %H:%M")
