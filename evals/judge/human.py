"""A human as the judge: pairs come blind, in random order, each on a random side."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ..statistics.net_win import Place
from .file import JudgementFile
from .pairs import Pair
from .prompts import Aspect
from .records import HUMAN, Judgement, JudgementStatus, ShownFirst

Decision = Literal["1", "2", "t", "s"]
_DECISIONS: dict[str, Decision] = {"1": "1", "2": "2", "t": "t", "s": "s"}
_PLACES: dict[Decision, Place] = {"1": "first", "2": "second", "t": "tie"}


def as_decision(text: str | None) -> Decision | None:
    """What a key or a button means; ``None`` for others.

    Args:
        text: The key.
    """
    return _DECISIONS.get(text or "")


@dataclass(frozen=True, slots=True)
class Blind:
    """What the judge sees: nothing here says which strategy wrote which answer but ``shown_first``.

    Args:
        pair: The answers.
        aspect: In what respect to compare.
        shown_first: Whose answer is the first one.
    """

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
        file: Where verdicts are kept.
        pairs: The pairs.
        aspects: In what respects.
        seed: Of order and sides.
    """

    def __init__(
        self, file: JudgementFile, pairs: Sequence[Pair], aspects: Sequence[Aspect], *, seed: int
    ) -> None:
        self._file = file
        known = {
            (found.question_id, found.repeat, found.strategy, found.baseline, found.aspect, found.texts)
            for found in file.judgements
            if found.judge == HUMAN
        }
        rng = random.Random(seed)
        blinds: list[Blind] = []
        for pair in pairs:
            side: ShownFirst = rng.choice(("strategy", "baseline"))  # one side for all aspects of a pair
            blinds += [
                Blind(pair, aspect, side)
                for aspect in aspects
                if (*_about(pair), aspect.name, pair.texts) not in known
            ]
        for blind in blinds:
            if blind.pair.identical:
                self._keep(blind, "identical", "tie")
        self._waiting = [blind for blind in blinds if not blind.pair.identical]
        places = list(dict.fromkeys(id(blind.pair) for blind in self._waiting))
        rng.shuffle(places)
        order = {place: number for number, place in enumerate(places)}
        self._waiting.sort(key=lambda blind: order[id(blind.pair)])  # stable: aspects of a pair stay together
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
        pair = blind.pair
        self._file.append(
            Judgement(
                judge=HUMAN,
                question_id=pair.question_id,
                repeat=pair.repeat,
                category=pair.category,
                strategy=pair.comparison.strategy,
                baseline=pair.comparison.baseline,
                aspect=blind.aspect.name,
                shown_first=blind.shown_first,
                texts=pair.texts,
                status=status,
                verdict=place,
                judged_at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
        )


def _about(pair: Pair) -> tuple[str, int, str, str]:
    return (pair.question_id, pair.repeat, pair.comparison.strategy, pair.comparison.baseline)
