"""Prompt of ``sot chat`` on a terminal: lines to edit, pasted texts in one piece, what was asked before."""

from __future__ import annotations

import os
import sys

from prompt_toolkit import PromptSession
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

_PROMPT = "> "
_MARK_PASTE = "\x1b[?2004h"
_LEAVE_PASTE = "\x1b[?2004l"


class ChatPrompt:
    """Prompt for questions, which may have several lines.

    A text that is pasted is one question, whatever lines it has: the terminal marks it as pasted. Enter
    sends, Alt-Enter begins a further line. The arrow keys go back to earlier questions of the same
    conversation; none of them is written to the disk.

    Args:
        marks_ahead: Have the terminal mark what is pasted also between two prompts, while an answer is shown.
    """

    def __init__(self, *, marks_ahead: bool) -> None:
        self._marks_ahead = marks_ahead and not _is_dumb()
        self._given_up: str | None = None
        self._session: PromptSession[str | None] = PromptSession(
            multiline=True,
            history=InMemoryHistory(),
            key_bindings=self._keys(),
            prompt_continuation=" " * len(_PROMPT),
            output=_output(),
        )

    async def ask(self) -> str | None:
        """Return the next question; ``None`` after Ctrl-C, which clears the line.

        Raises:
            EOFError: Ctrl-D at an empty prompt, or the terminal is gone.
        """
        self._given_up = None
        text = await self._session.prompt_async(_PROMPT)
        if self._marks_ahead:
            _write(_MARK_PASTE)
        if text is None:
            return None
        # Bytes that are not text in the terminal's encoding stand as lone surrogates, which cannot be sent.
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    @property
    def given_up(self) -> str | None:
        """What stood in the line that Ctrl-C cleared; ``None`` if none was cleared."""
        return self._given_up

    def close(self) -> None:
        """Give the terminal back as it was."""
        if self._marks_ahead:
            _write(_LEAVE_PASTE)

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.validate_and_handle()

        @keys.add("escape", "enter")
        @keys.add("escape", "c-j")
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.newline(copy_margin=False)

        @keys.add("c-c")
        @keys.add("<sigint>")
        def _(event: KeyPressEvent) -> None:
            self._given_up = event.current_buffer.text
            event.app.exit(result=None)

        return keys


def _output() -> Output | None:
    """Return the terminal; ``None`` leaves the choice to the library."""
    if _is_dumb():
        return None
    output = create_output()
    if isinstance(output, Vt100_Output):
        # The terminal is not asked where its cursor is: an answer that comes late would count as typed.
        output.enable_cpr = False
    return output


def _is_dumb() -> bool:
    return os.environ.get("TERM", "") in ("", "dumb", "unknown")


def _write(sequence: str) -> None:
    sys.stdout.write(sequence)
    sys.stdout.flush()
