"""A test double for a person at a terminal: the real program on a real pseudo-terminal.

`Screen` understands the few control sequences that the program uses, and refuses all others: whatever else
reaches the terminal came from somewhere it should not.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from cli_server import environment
from quick_start import QuickStart

_COMMAND = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
# Modes that are set and reset: cursor keys, line wrap, blinking, the cursor, and marks around pasted text.
_MODES = ("1", "7", "12", "25", "2004")
_SEQUENCE = re.compile(r"\x1b\[(\??)([\d;]*)([A-Za-z])")
_PATIENCE_S = 180.0


class Screen:
    """What a terminal would show, scroll-back included.

    Args:
        columns: The terminal's width.
        lines: Its height.
    """

    def __init__(self, columns: int, lines: int) -> None:
        self.columns = columns
        self.height = lines
        self.cursor_visible = True
        self.marks_pasted = False
        self.colours = 0
        self._rows: list[list[str]] = [[]]
        self._row = self._column = 0
        self._rest = ""

    @property
    def text(self) -> str:
        """All lines, without white space at their ends."""
        return "\n".join("".join(row).rstrip() for row in self._rows).rstrip("\n")

    @property
    def visible(self) -> str:
        """The lines that are on the screen now, without the scroll-back."""
        return "\n".join("".join(row).rstrip() for row in self._rows[-self.height :])

    def feed(self, text: str) -> None:
        """Take what the program writes.

        Args:
            text: Any piece of it.
        """
        text = self._rest + text
        self._rest = ""
        position = 0
        while position < len(text):
            char = text[position]
            if char == "\x1b":
                found = _SEQUENCE.match(text, position)
                if found is None:
                    assert len(text) - position < 12, f"a sequence that is not ours: {text[position:][:40]!r}"
                    self._rest = text[position:]
                    return
                self._control(found[1], found[2], found[3])
                position = found.end()
                continue
            position += 1
            if char == "\n":
                self._row += 1
                self._grow()
            elif char == "\r":
                self._column = 0
            elif char == "\b":
                self._column = max(0, self._column - 1)
            else:
                assert char.isprintable() or char == "\t", f"a character that is not ours: {char!r}"
                self._put(char)

    def _control(self, private: str, numbers: str, letter: str) -> None:
        match private, letter:
            case "", "m":
                self.colours += any(30 <= int(number) <= 107 for number in numbers.split(";") if number)
            case "", "A":
                highest = max(0, len(self._rows) - self.height)
                self._row = max(highest, self._row - int(numbers or 1))
            case "", "C":
                self._column = min(self.columns - 1, self._column + int(numbers or 1))
            case "", "D":
                self._column = max(0, min(self.columns - 1, self._column) - int(numbers or 1))
            case "", "J":
                assert numbers in ("", "0")
                self._rows[self._row] = self._rows[self._row][: self._column]
                del self._rows[self._row + 1 :]
            case "", "K":
                assert numbers in ("", "0", "2")
                self._rows[self._row] = [] if numbers == "2" else self._rows[self._row][: self._column]
            case "?", "h" | "l":
                assert numbers in _MODES
                if numbers == "25":
                    self.cursor_visible = letter == "h"
                elif numbers == "2004":
                    self.marks_pasted = letter == "h"
            case _:
                raise AssertionError(f"a sequence that is not ours: {private}{numbers}{letter}")

    def _put(self, char: str) -> None:
        if self._column == self.columns:  # a terminal wraps when the next character comes
            self._column = 0
            self._row += 1
            self._grow()
        row = self._rows[self._row]
        row.extend(" " * (self._column - len(row)))
        row[self._column : self._column + 1] = [char]
        self._column += 1

    def _grow(self) -> None:
        while len(self._rows) <= self._row:
            self._rows.append([])


class Terminal:
    """The program, started on a terminal of its own. Use it as a context manager.

    Args:
        arguments: The program's arguments.
        program: Python code that runs the program, where its start counts.
        command: The arguments are a command of their own.
        columns: The terminal's width.
        lines: Its height.
        variables: Environment variables.
    """

    def __init__(
        self,
        *arguments: str,
        columns: int = 100,
        lines: int = 40,
        program: str | None = None,
        command: bool = False,
        **variables: str,
    ) -> None:
        self.screen = Screen(columns, lines)
        self.raw = ""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        env = environment(**variables)
        code = _COMMAND if command else program
        if code is None:
            self.process = QuickStart(
                arguments, env=env, stdin=slave, stdout=slave, stderr=slave, terminal=True
            )
        else:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, *arguments],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=env,
                start_new_session=True,
            )
        os.close(slave)
        os.set_blocking(self._master, False)
        self._bytes = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def type(self, text: str | bytes) -> None:
        """Type on the keyboard; ``"\\x03"`` is Ctrl-C."""
        os.write(self._master, text.encode() if isinstance(text, str) else text)

    def until(self, condition: str | Callable[[Screen], bool]) -> None:
        """Read until the screen shows a text, or a condition holds."""
        holds = (lambda screen: condition in screen.text) if isinstance(condition, str) else condition
        deadline = time.monotonic() + _PATIENCE_S
        while not holds(self.screen):
            assert self._read(deadline), f"the program has ended; the screen shows:\n{self.screen.text}"

    def end(self) -> int:
        """Read until the program ends; returns its exit code."""
        deadline = time.monotonic() + _PATIENCE_S
        while self._read(deadline):
            pass
        return self.process.wait(_PATIENCE_S)

    def wait_unread(self, size: int) -> None:
        """Wait until the program has written so many bytes that are still unread, as on a slow terminal."""
        deadline = time.monotonic() + _PATIENCE_S
        while int.from_bytes(fcntl.ioctl(self._master, termios.FIONREAD, bytes(4)), sys.byteorder) < size:
            assert time.monotonic() < deadline, "the program has written too little"
            time.sleep(0.01)

    def _read(self, deadline: float) -> bool:
        """Read a piece; false when the program has closed the terminal."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"too long without a word; the screen shows:\n{self.screen.text}"
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # what Linux says when nobody is left at the other end
            piece = b""
        self._bytes += piece
        whole = self._bytes.decode("utf-8", "ignore") if piece else self._bytes.decode()
        self._bytes = self._bytes[len(whole.encode()) :]
        self.raw += whole
        self.screen.feed(whole)
        return bool(piece)
