"""A human as the judge (``sot eval judge --human``): pairs come blind, in random order, on random sides."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from sot.errors import ConfigError
from sot.terminal import one_line

from ..run.log import RecordLog
from ..stats.net_win import Place
from .options import JudgeOptions
from .pairs import Pair
from .prompts import Aspect
from .records import HUMAN, Judgement, JudgementStatus, ShownFirst, judgement, judgement_log, key_of

Decision = Literal["1", "2", "t", "s"]
_DECISIONS: dict[str, Decision] = {"1": "1", "2": "2", "t": "t", "s": "s"}
_PLACES: dict[Decision, Place] = {"1": "first", "2": "second", "t": "tie"}


def as_decision(text: str | None) -> Decision | None:
    """What a key or a button means; ``None`` for others."""
    return _DECISIONS.get(text or "")


@dataclass(frozen=True, slots=True)
class Blind:
    """What the judge sees: nothing here says which strategy wrote which answer but ``shown_first``."""

    pair: Pair
    aspect: Aspect
    shown_first: ShownFirst

    @property
    def first(self) -> str:
        """The answer in the first place."""
        return self.pair.text if self.shown_first == "strategy" else self.pair.baseline_text

    @property
    def second(self) -> str:
        """The answer in the second place."""
        return self.pair.baseline_text if self.shown_first == "strategy" else self.pair.text


class HumanSession:
    """The pairs a human has not judged yet, one after the other. A verdict is on the disk once it is given.

    Pairs that a person has skipped do not come again. Identical answers are ties without a question.

    Args:
        seed: Of order and sides.
    """

    def __init__(
        self, log: RecordLog[Judgement], pairs: Sequence[Pair], aspects: Sequence[Aspect], *, seed: int
    ) -> None:
        self._log = log
        known = {
            (found.key._replace(shown_first="strategy"), found.texts)
            for found in log.records
            if found.judge == HUMAN
        }
        rng = random.Random(seed)
        waiting: list[list[Blind]] = []
        for pair in pairs:
            side: ShownFirst = rng.choice(("strategy", "baseline"))  # one side for all aspects of a pair
            blinds = [
                Blind(pair, aspect, side)
                for aspect in aspects
                if (key_of(HUMAN, "", pair, aspect.name, "strategy"), pair.texts) not in known
            ]
            if pair.identical:
                for blind in blinds:
                    self._keep(blind, "identical", "tie")
            else:
                waiting.append(blinds)
        rng.shuffle(waiting)
        self._waiting = [blind for blinds in waiting for blind in blinds]
        self.total = len(self._waiting)
        self.judged = 0

    @property
    def current(self) -> Blind | None:
        """The pair to judge now; ``None`` when all are judged."""
        return self._waiting[self.judged] if self.judged < self.total else None

    def decide(self, decision: Decision) -> None:
        """Judge the current pair, and go on to the next.

        Args:
            decision: ``1`` or ``2``: that one is better; ``t``: neither; ``s``: skip.

        Raises:
            OSError: The verdict cannot be written; the pair is still the current one.
        """
        blind = self.current
        assert blind is not None
        place = _PLACES.get(decision)
        self._keep(blind, "done" if place else "skipped", place)
        self.judged += 1

    def _keep(self, blind: Blind, status: JudgementStatus, place: Place | None) -> None:
        key = key_of(HUMAN, "", blind.pair, blind.aspect.name, blind.shown_first)
        self._log.append(judgement(key, blind.pair, status, verdict=place))


def judge_by_human(options: JudgeOptions, pairs: Sequence[Pair], aspects: Sequence[Aspect]) -> None:
    """Let a human judge a run, in the terminal or on a page of this machine.

    Raises:
        ConfigError: There is no terminal, or the page's port cannot be had.
    """
    if not options.page and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("--human needs a terminal; --human --page shows the pairs in a browser")
    with judgement_log(options.folder) as log:
        session = HumanSession(log, pairs, aspects, seed=options.seed)
        if session.total == 0:
            print("Every pair has been judged already.")
            return
        try:
            if options.page:
                _on_page(session, options.port)
            else:
                from .human_terminal import judge_in_terminal

                judge_in_terminal(session)
        finally:
            left = session.total - session.judged
            rest = f"{left} to go: the same command goes on" if left else "none is left"
            print(f"{session.judged} judged or skipped, {rest}", file=sys.stderr, flush=True)
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
