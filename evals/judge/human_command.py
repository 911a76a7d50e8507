"""``sot eval judge --human``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

from sot.errors import ConfigError
from sot.terminal import one_line

from .file import JudgementFile
from .human import HumanSession
from .human_terminal import judge_in_terminal
from .options import JudgeOptions
from .pairs import Pair
from .prompts import Aspect


def judge_by_human(options: JudgeOptions, pairs: Sequence[Pair], aspects: Sequence[Aspect]) -> None:
    """Let a human judge a run, in the terminal or on a page of this machine.

    Args:
        options: The options.
        pairs: What to judge.
        aspects: In what respects.

    Raises:
        ConfigError: There is no terminal, or the page's port cannot be had.
    """
    if not options.page and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("--human needs a terminal; --human --page shows the pairs in a browser")
    with JudgementFile(options.folder) as file:
        session = HumanSession(file, pairs, aspects, seed=options.seed)
        if session.total == 0:
            print("Every pair has been judged already.")
            return
        try:
            if options.page:
                _on_page(session, options.port)
            else:
                judge_in_terminal(session)
        finally:
            _note(_farewell(session))
    if session.judged:
        print(f"`sot eval report {one_line(str(options.folder))}` shows what came of it.")


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
