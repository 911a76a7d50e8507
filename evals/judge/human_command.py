"""``sot eval judge --human``."""

from __future__ import annotations

import sys
from contextlib import suppress

from sot.errors import ConfigError
from sot.terminal import one_line

from .command import Judging
from .file import JudgementFile
from .human import HumanSession
from .human_terminal import judge_in_terminal


def human_command(judging: Judging, *, page: bool, port: int) -> None:
    """Let a human judge a run, in the terminal or on a page of this machine.

    Args:
        judging: The options.
        page: Serve a page.
        port: Its port; 0 takes a free one.

    Raises:
        SotError: There is nothing to judge, or no terminal.
    """
    if not page and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("--human needs a terminal; --human --page shows the pairs in a browser")
    pairs, aspects = judging.chosen()
    with JudgementFile(judging.folder) as file:
        session = HumanSession(file, pairs, aspects, seed=judging.seed)
        if session.total == 0:
            print("Every pair has been judged already.")
            return
        try:
            if page:
                _on_page(session, port)
            else:
                judge_in_terminal(session)
        finally:
            _note(_farewell(session))
    if session.judged:
        print(f"`sot eval report {one_line(str(judging.folder))}` shows what came of it.")


def _on_page(session: HumanSession, port: int) -> None:
    from .human_page import PageServer

    try:
        server = PageServer(session, port=port)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"--port {port}: {getattr(error, 'strerror', None) or error}") from None
    print(f"Open {server.url}\nCtrl-C stops; verdicts are kept as they are given.", flush=True)
    with suppress(KeyboardInterrupt):  # the usual way to stop
        server.serve()


def _farewell(session: HumanSession) -> str:
    left = session.total - session.judged
    rest = f"{left} to go: the same command goes on" if left else "none is left"
    return f"{session.judged} judged or skipped, {rest}"


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
