"""A human as the judge (``sot eval judge --human``): pairs come blind, in random order, on random sides.

Pairs are shown by the page of `human_page`, or in the terminal, screen by screen, where one key is a verdict.
"""

from __future__ import annotations

import os
import random
import select
import sys
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.text import Text

from sot.errors import ConfigError
from sot.terminal import one_line, safe_text

from ..run.log import RecordLog
from ..stats.net_win import Place
from .pairs import Pair, ShownFirst, Task
from .prompts import Aspect
from .records import HUMAN, Judgement, judgement, key_of

DECISIONS: dict[str, Place | None] = {"1": "first", "2": "second", "t": "tie", "s": None}  # s: skip
_JUDGE = (HUMAN, "")
_WIDEST = 100  # lines longer than this are hard to read
_KEYS = "1 or 2: better · t: tie · s: skip · q: stop"
_MORE = "space: more"
_AGAIN = "b: again"


class HumanSession:
    """Queue of the pairs a human has not judged yet. A verdict is on the disk once it is given.

    Pairs that a person has skipped do not come again. Identical answers are ties without a question.
    """

    def __init__(
        self, log: RecordLog[Judgement], pairs: Sequence[Pair], aspects: Sequence[Aspect], *, seed: int
    ) -> None:
        self._log = log
        known = {one.key[:-1] for one in log.records}  # on whichever sides
        rng = random.Random(seed)
        waiting: list[list[Task]] = []
        for pair in pairs:
            side: ShownFirst = rng.choice(("strategy", "baseline"))  # one side for all aspects of a pair
            tasks = [Task(pair, aspect, side) for aspect in aspects]
            tasks = [task for task in tasks if key_of(_JUDGE, task)[:-1] not in known]
            if pair.identical:
                for task in tasks:
                    log.append(judgement(_JUDGE, task, status="identical", verdict="tie"))
            else:
                waiting.append(tasks)
        rng.shuffle(waiting)
        self._waiting = [task for tasks in waiting for task in tasks]
        self.total = len(self._waiting)
        self.judged = 0

    @property
    def current(self) -> Task | None:
        """Pair to judge now; ``None`` when all are judged."""
        return self._waiting[self.judged] if self.judged < self.total else None

    def decide(self, decision: str) -> None:
        """Judge the current pair by one of `DECISIONS`, and go on to the next once it is on the disk."""
        task = self.current
        assert task is not None
        place = DECISIONS[decision]
        self._log.append(judgement(_JUDGE, task, status="done" if place else "skipped", verdict=place))
        self.judged += 1


def judge_in_terminal(session: HumanSession) -> None:
    """Show pair after pair until all are judged or the judge stops."""
    console = Console(highlight=False)
    with _Keys() as keys:
        while (task := session.current) is not None:
            title = f"Pair {session.judged + 1} of {session.total}"
            keys.discard()
            decision = _show(console, _lines(console, title, task), keys)
            if decision is None:
                break
            session.decide(decision)


def _lines(console: Console, title: str, task: Task) -> list[Text]:
    width = min(console.width, _WIDEST)
    pair, aspect = task.pair, task.aspect
    parts = [
        ("─" * width, "dim"),
        (title, "dim"),
        (safe_text(pair.question), "bold"),
        (f"{one_line(aspect.title)}: {one_line(aspect.criterion)}", "italic"),
        *([(f"The correct result: {one_line(pair.reference)}", "")] if pair.reference else []),
        ("", ""),
        ("Answer 1", "bold reverse"),
        (safe_text(task.first.strip()), ""),
        ("", ""),
        ("Answer 2", "bold reverse"),
        (safe_text(task.second.strip()), ""),
    ]
    return [line for text, style in parts for line in Text(text, style=style).wrap(console, width)]


def _show(console: Console, lines: list[Text], keys: _Keys) -> str | None:
    """Show the lines, a screen at a time; returns the decision, or ``None`` to stop."""
    shown = 0
    while True:
        page = max(3, console.height - 2)
        for line in lines[shown : shown + page]:
            console.print(line, no_wrap=True, overflow="ignore", crop=False)
        shown = min(shown + page, len(lines))
        more = shown < len(lines)
        while True:
            hint = f"{_MORE if more else _AGAIN} · {_KEYS}"[: console.width - 1]
            print(f"\x1b[2m{hint}\x1b[0m ", end="", flush=True)
            pressed = keys.read()
            print("\r\x1b[K", end="", flush=True)
            if pressed == "q":
                return None
            if pressed in DECISIONS:
                return pressed
            if pressed == "b":
                shown = 0
            if pressed == "b" or (more and pressed in (" ", "\n")):
                break


class _Keys:
    """Reader of single keys from the terminal; use it as a context manager."""

    def __enter__(self) -> Self:
        try:
            import termios
            import tty
        except ImportError:
            raise ConfigError("single keys cannot be read on this system; use --human --page") from None
        self._termios = termios
        self._descriptor = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        return self

    def __exit__(self, *_: object) -> None:
        self._termios.tcsetattr(self._descriptor, self._termios.TCSADRAIN, self._before)

    def discard(self) -> None:
        """Forget what was typed: a key pressed twice must not judge the next pair."""
        self._termios.tcflush(self._descriptor, self._termios.TCIFLUSH)

    def read(self) -> str:
        """Wait for a key and return it, in small letters; ``q`` at the end of the input."""
        pressed = os.read(self._descriptor, 1)
        if pressed == b"\x1b":  # an arrow or the Home key: a number in what follows is no verdict
            following = self._at_once()
            if following == b"O":
                self._at_once()
            while following and (following == b"[" or not 0x40 <= following[0] <= 0x7E):
                following = self._at_once()
            return ""
        return pressed.decode("ascii", "ignore").lower() if pressed else "q"

    def _at_once(self) -> bytes:
        """The next byte, if it is there already."""
        ready = select.select([self._descriptor], [], [], 0.05)[0]
        return os.read(self._descriptor, 1) if ready else b""
