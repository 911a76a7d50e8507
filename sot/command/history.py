"""History of questions and answers on this machine: one SQLite file that only its user may read.

Nothing is sent anywhere. ``--no-history``, ``history = false`` in ``sot.toml`` and ``SOT_HISTORY=off`` keep
nothing.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from types import NoneType
from typing import Any, cast

from ..errors import ConfigError
from ..terminal import one_line, shown_spec
from ..types import Answer, Message
from .user_folders import is_off, user_folder

_TABLE = """CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT, conversation INTEGER NOT NULL, at REAL NOT NULL,
    system TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, strategy TEXT NOT NULL,
    model TEXT NOT NULL, backend TEXT NOT NULL, titles TEXT NOT NULL, finish_reason TEXT,
    complete INTEGER NOT NULL, total_s REAL NOT NULL, first_text_s REAL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL
)"""
_COLUMNS = (
    "conversation", "at", "system", "question", "answer", "strategy", "model", "backend", "titles",
    "finish_reason", "complete", "total_s", "first_text_s", "prompt_tokens", "completion_tokens",
)  # fmt: skip
_NUMBER = (int, float)
_KINDS = (
    *(int, int, _NUMBER, str, str, str, str, str, str, str),
    *((str, NoneType), int, _NUMBER, (int, float, NoneType), int, int),
)
"""Types of a row: its number, then the columns."""
_WAIT_S = 10.0  # for another process that is writing
_MOST = 2**63  # above the largest number that the file can hold
_LATEST = 1e11  # seconds since 1970; the file may have been written by anything


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer, as they are kept.

    Args:
        id: Number of the turn.
        conversation: Number of its conversation: that of the first turn.
        at: Seconds since 1970 when the answer ended.
        system: The system prompt; empty without one.
        question: The question.
        answer: The answer's text.
        strategy: The strategy that answered.
        model: The model's name.
        backend: The backend spec, without any key.
        titles: Titles of the points.
        finish_reason: Finish reason of the answer.
        complete: Whether nothing of it is missing or cut.
        total_s: Seconds of the whole answer.
        first_text_s: Time to first text (TTFT), in seconds.
        prompt_tokens: Tokens of the prompts.
        completion_tokens: Decoded tokens.
    """

    id: int
    conversation: int
    at: float
    system: str
    question: str
    answer: str
    strategy: str
    model: str
    backend: str
    titles: tuple[str, ...]
    finish_reason: str | None
    complete: bool
    total_s: float
    first_text_s: float | None
    prompt_tokens: int
    completion_tokens: int


class History:
    """The history file; made with the first turn that is kept.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, answer: Answer, *, system: str = "", conversation: int | None = None) -> int:
        """Keep a turn; returns the number of its conversation.

        Args:
            answer: The answer, with its question.
            system: The system prompt.
            conversation: The conversation that it goes on with; ``None`` begins one.

        Raises:
            ConfigError: The file cannot be written.
        """
        values = _values(answer, system)
        with self._open(write=True) as file:
            known = "SELECT 1 FROM turns WHERE conversation = ?"
            if conversation is not None and file.execute(known, (conversation,)).fetchone() is None:
                conversation = None  # deleted meanwhile: its number may come to be another one's
            row = file.execute(
                f"INSERT INTO turns ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})",
                (conversation or 0, *values),
            ).lastrowid
            if conversation is None:
                file.execute("UPDATE turns SET conversation = ? WHERE id = ?", (row, row))
            return conversation or int(row or 0)

    def replace_last(self, answer: Answer, *, conversation: int) -> None:
        """Put a revised answer in the place of a conversation's last one.

        Raises:
            ConfigError: The file cannot be written.
        """
        with self._open(write=True) as file:
            last = "SELECT max(id) FROM turns WHERE conversation = ?"
            system = file.execute(f"SELECT system FROM turns WHERE id = ({last})", (conversation,)).fetchone()
            if system is None:
                return
            changes = ", ".join(f"{column} = ?" for column in _COLUMNS[1:])
            file.execute(
                f"UPDATE turns SET {changes} WHERE id = ({last})", (*_values(answer, system[0]), conversation)
            )

    def turns(
        self, *, conversation: int | None = None, search: str | None = None, most: int | None = None
    ) -> list[Turn]:
        """Return turns, the oldest first.

        Args:
            conversation: Those of one conversation.
            search: Those whose question or answer has this text, in whatever case.
            most: Only so many of the newest ones.

        Raises:
            ConfigError: The file cannot be read, or a turn in it is damaged.
        """
        if not self._is_there() or not _can_be(conversation):
            return []
        where, values = ["1"], list[Any]()
        if conversation is not None:
            where.append("conversation = ?")
            values.append(conversation)
        if search is not None:
            where.append(
                "(instr(folded(CAST(question AS BLOB)), ?) OR instr(folded(CAST(answer AS BLOB)), ?))"
            )
            values += [search.casefold()] * 2
        order = "ORDER BY id DESC" + ("" if most is None else f" LIMIT {int(most)}")
        with self._open() as file:
            columns = ", ".join(("id", *_COLUMNS))
            rows = file.execute(
                f"SELECT {columns} FROM turns WHERE {' AND '.join(where)} {order}", values
            ).fetchall()
        return [_turn(row) for row in reversed(rows)]

    def last_conversation(self) -> list[Turn]:
        """Return the turns of the conversation that was continued last; empty where nothing is kept."""
        newest = self.turns(most=1)
        return self.turns(conversation=newest[0].conversation) if newest else []

    def forget(self, conversation: int | None = None) -> int:
        """Delete a conversation, or all; returns how many turns that were.

        Raises:
            ConfigError: The file cannot be written.
        """
        if not self._is_there() or not _can_be(conversation):
            return 0
        with self._open(write=True) as file:
            where, values = ("", ()) if conversation is None else (" WHERE conversation = ?", (conversation,))
            gone = file.execute(f"DELETE FROM turns{where}", values).rowcount
        with suppress(ConfigError), self._open() as file:
            file.execute("VACUUM")  # the texts are overwritten already; it may need room that there is not
        return gone

    def _is_there(self) -> bool:
        try:
            return self.path.exists()
        except OSError as error:  # a folder that may not be looked into
            raise self._failed(error) from None

    @contextmanager
    def _open(self, *, write: bool = False) -> Generator[sqlite3.Connection]:
        try:
            if write:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            with closing(sqlite3.connect(self.path, timeout=_WAIT_S)) as file:
                file.text_factory = _text
                file.create_function("folded", 1, _folded)  # SQLite's `lower` knows ASCII only
                if write:
                    file.execute("PRAGMA secure_delete = ON")
                if write or not self.path.stat().st_size:
                    file.execute(_TABLE)
                if write:
                    file.execute("BEGIN IMMEDIATE")  # or two that have read would each wait for the other
                with file:
                    yield file
        except (OSError, sqlite3.Error, UnicodeDecodeError) as error:  # the last: names in a damaged file
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> ConfigError:
        reason = getattr(error, "strerror", None) or str(error)
        return ConfigError(f"the history {one_line(str(self.path))}: {one_line(reason)}")


def history_file() -> Path | None:
    """Return the place of the history; ``None`` where ``SOT_HISTORY`` is ``off``, and without a home."""
    named = os.environ.get("SOT_HISTORY", "")
    if is_off(named):
        return None
    if named:
        return Path(os.path.expanduser(named))
    folder = user_folder("XDG_DATA_HOME", ".local", "share", windows="LOCALAPPDATA")
    return None if folder is None else folder / "sot" / "history.sqlite"


def messages_of(turns: list[Turn]) -> tuple[Message, ...]:
    """Return a kept conversation as messages, with its system prompt."""
    system = turns[-1].system if turns else ""
    messages = [Message("system", system)] if system else []
    for turn in turns:
        messages += [Message("user", turn.question), Message("assistant", turn.answer)]
    return tuple(messages)


def _can_be(conversation: int | None) -> bool:
    """Return whether the file could hold a conversation's number."""
    return conversation is None or -_MOST <= conversation < _MOST


def _text(raw: bytes) -> str | bytes:
    """Return a text of the file; its bytes where they are none."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _folded(raw: bytes) -> str:
    return raw.decode(errors="replace").casefold()


def _values(answer: Answer, system: str) -> tuple[Any, ...]:
    """Return the columns of a turn, but for its conversation."""
    values = _plain_values(answer, system)
    # Half of a surrogate pair, which an engine may have sent, is no text for the file.
    return tuple(
        value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for value in values
    )


def _plain_values(answer: Answer, system: str) -> tuple[Any, ...]:
    return (
        time.time(),
        system,
        answer.question,
        answer.text,
        answer.route.strategy,
        answer.model,
        shown_spec(answer.backend),
        json.dumps([point.title for point in answer.points], ensure_ascii=False),
        answer.finish_reason,
        int(answer.complete),
        answer.timing.total_s,
        answer.timing.first_text_s,
        answer.usage.prompt_tokens,
        answer.usage.completion_tokens,
    )


def _turn(row: tuple[Any, ...]) -> Turn:
    """Return a turn.

    Raises:
        ConfigError: It is damaged.
    """
    values: dict[str, Any] = dict(zip(("id", *_COLUMNS), row, strict=True))
    numbers = (value for value in row if isinstance(value, float))
    if all(map(isinstance, row, _KINDS)) and all(map(isfinite, numbers)) and 0 <= values["at"] < _LATEST:
        with suppress(ValueError, RecursionError):
            titles: object = json.loads(values["titles"])
            if isinstance(titles, list):
                values["titles"] = tuple(map(str, cast("list[object]", titles)))
                values["complete"] = bool(values["complete"])
                return Turn(**values)
    raise ConfigError(
        f"turn {values['id']} of the history is damaged; sot logs delete {values['conversation']} removes "
        "its conversation"
    )
