"""A human as the judge (``sot eval judge --human``): pairs come blind, in random order, on random sides."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..run.log import RecordLog
from ..stats.net_win import Place
from .pairs import Pair
from .prompts import Aspect
from .records import HUMAN, Judgement, JudgementStatus, ShownFirst, judgement, key_of

Decision = Literal["1", "2", "t", "s"]
_DECISIONS: dict[str, Decision] = {"1": "1", "2": "2", "t": "t", "s": "s"}
_PLACES: dict[Decision, Place] = {"1": "first", "2": "second", "t": "tie"}


def as_decision(text: str | None) -> Decision | None:
    """Return the decision of a key or a button; ``None`` for others."""
    return _DECISIONS.get(text or "")


@dataclass(frozen=True, slots=True)
class Blind:
    """Pair as a human sees it; only ``shown_first`` says which strategy wrote which answer."""

    pair: Pair
    aspect: Aspect
    shown_first: ShownFirst

    @property
    def first(self) -> str:
        """Text of the first answer."""
        return self.pair.text if self.shown_first == "strategy" else self.pair.baseline_text

    @property
    def second(self) -> str:
        """Text of the second answer."""
        return self.pair.baseline_text if self.shown_first == "strategy" else self.pair.text


class HumanSession:
    """Queue of the pairs a human has not judged yet. A verdict is on the disk once it is given.

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
        """Pair to judge now; ``None`` when all are judged."""
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
