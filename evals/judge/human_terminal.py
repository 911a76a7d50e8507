"""Pairs in the terminal, screen by screen; one key is a verdict."""

from __future__ import annotations

import os
import select
import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from sot.errors import ConfigError
from sot.terminal import one_line, safe_text

from .human import Blind, Decision, HumanSession, as_decision

_WIDEST = 100  # lines longer than this are hard to read
_KEYS = "1 or 2: better · t: tie · s: skip · q: stop"
_MORE = "space: more"
_AGAIN = "b: again"


def judge_in_terminal(session: HumanSession) -> None:
    """Show pair after pair until all are judged or the judge stops."""
    console = Console(highlight=False)
    with _Keys() as keys:
        while (blind := session.current) is not None:
            title = f"Pair {session.judged + 1} of {session.total}"
            keys.discard()
            decision = _show(console, _lines(console, title, blind), keys)
            if decision is None:
                break
            session.decide(decision)


def _lines(console: Console, title: str, blind: Blind) -> list[Text]:
    width = min(console.width, _WIDEST)
    rule = Text("─" * width, style="dim")
    parts = [
        rule,
        Text(title, style="dim"),
        Text(safe_text(blind.pair.question), style="bold"),
        Text(f"{one_line(blind.aspect.title)}: {one_line(blind.aspect.criterion)}", style="italic"),
        *([Text(f"The correct result: {one_line(blind.pair.reference)}")] if blind.pair.reference else []),
        Text(""),
        Text("Answer 1", style="bold reverse"),
        Text(safe_text(blind.first.strip())),
        Text(""),
        Text("Answer 2", style="bold reverse"),
        Text(safe_text(blind.second.strip())),
    ]
    return [line for part in parts for line in part.wrap(console, width)]


def _show(console: Console, lines: list[Text], keys: _Keys) -> Decision | None:
    """Show the lines, a screen at a time; returns the verdict, or ``None`` to stop."""
    shown = 0
    while True:
        page = max(3, console.height - 2)
        for line in lines[shown : shown + page]:
            console.print(line, no_wrap=True, overflow="ignore", crop=False)
        shown = min(shown + page, len(lines))
        while True:
            more = shown < len(lines)
            hint = f"{_MORE if more else _AGAIN} · {_KEYS}"[: console.width - 1]
            print(f"\x1b[2m{hint}\x1b[0m ", end="", flush=True)
            pressed = keys.read()
            print("\r\x1b[K", end="", flush=True)
            if pressed == "q":
                return None
            if (decision := as_decision(pressed)) is not None:
                return decision
            if more and pressed in (" ", "\n"):
                break
            if pressed == "b":
                shown = 0
                break


class _Keys:
    """Reader of single keys from the terminal; use it as a context manager."""

    def __enter__(self) -> Self:
        try:
            import termios
            import tty
        except ImportError:
            raise ConfigError("single keys cannot be read on this system; use --human --page") from None
        self._descriptor = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import termios

        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def discard(self) -> None:
        """Forget what was typed: a key pressed twice must not judge the next pair."""
        import termios

        termios.tcflush(self._descriptor, termios.TCIFLUSH)

    def read(self) -> str:
        """Wait for a key and return it, in small letters; ``q`` at the end of the input."""
        pressed = os.read(self._descriptor, 1)
        if pressed == b"\x1b":
            self._pass_over_sequence()
            return ""
        return pressed.decode("ascii", "ignore").lower() if pressed else "q"

    def _pass_over_sequence(self) -> None:
        """What an arrow or the Home key sends after its escape: a number in it is no verdict."""
        following = self._at_once()
        if following == b"O":
            self._at_once()
        while following and (following == b"[" or not 0x40 <= following[0] <= 0x7E):
            following = self._at_once()

    def _at_once(self) -> bytes:
        """The next byte, if it is there already."""
        ready = select.select([self._descriptor], [], [], 0.05)[0]
        return os.read(self._descriptor, 1) if ready else b""
