"""Verdicts of judges, by comparison and aspect, with net wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..judge.outcomes import Judged, Reason, doubt
from ..judge.pairs import Comparison
from ..judge.prompts import GENERAL, judge_prompts
from ..judge.records import HUMAN
from ..score.text_checks import differences
from ..stats.bootstrap import by_question
from ..stats.length_control import HeldEqual, held_equal, length_control
from ..stats.net_win import NetWin, net_win, what_it_shows
from .format import UNKNOWN, note, percent, signed
from .page import Prose, Section
from .plots import shares
from .run_data import NO_CATEGORY, RunData, count_words
from .sections import table_of_cells
from .table import Block, Cell

_REASONS: Mapping[Reason, str] = {
    "open": "not judged yet",
    "unparsable": "with an unreadable reply",
    "failed": "whose request failed",
    "skipped": "skipped",
}


@dataclass(frozen=True, slots=True)
class Aspect:
    """One judge's verdicts on one comparison in one respect.

    Args:
        title: The aspect's name for people.
        length: Net win with length taken out.
        style: Net win with length and style taken out; ``None`` but for general quality.
        doubt: Why not to rely on it.
    """

    title: str
    judged: Judged
    net_win: NetWin | None
    length: HeldEqual
    style: HeldEqual | None
    doubt: str | None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One judge on two strategies.

    Args:
        who: The judge, in a sentence.
        main: The aspect that headlines go by, the first: general quality, or else what there is.
    """

    who: str
    is_human: bool
    comparison: Comparison
    aspects: Sequence[Aspect]
    main: Aspect

    @property
    def decided(self) -> int:
        """Pairs it decided in the main respect."""
        return len(self.main.judged.outcomes)

    @property
    def by_question(self) -> list[float]:
        """Net win of each question in the main respect."""
        return list(wins_of(self.main.judged).values())


def comparisons(run: RunData) -> list[Verdicts]:
    """All that judges said, people first, by comparison."""
    order = list(judge_prompts().aspects)
    groups: dict[tuple[str, str, Comparison], list[Judged]] = {}
    for entry in run.judged:
        groups.setdefault((entry.judge, entry.prompts, entry.comparison), []).append(entry)
    prompts = Counter(judge for judge, _ in {(entry.judge, entry.prompts) for entry in run.judged})
    found: list[Verdicts] = []
    for (judge, fingerprint, comparison), own in groups.items():
        own.sort(key=lambda entry: order.index(entry.aspect) if entry.aspect in order else len(order))
        aspects = [_aspect(entry) for entry in own]
        name = f"{judge} (prompts {fingerprint})" if prompts[judge] > 1 else judge
        who = "a person" if judge == HUMAN else name
        found.append(Verdicts(who, judge == HUMAN, comparison, aspects, aspects[0]))
    places = {name: place for place, name in enumerate(run.strategies)}
    return sorted(found, key=lambda one: (not one.is_human, one.who, places[one.comparison.strategy]))


def leading(found: Sequence[Verdicts], strategy: str, baseline: str) -> Verdicts | None:
    """The judge that decided most pairs in general quality, a person before a model; ``None`` without any.

    Args:
        found: Of every judge, people first.
    """
    wanted = Comparison(strategy, baseline), GENERAL
    own = [entry for entry in found if (entry.comparison, entry.main.judged.aspect) == wanted]
    return max(own, key=lambda entry: entry.decided, default=None)


def wins_of(judged: Judged) -> Mapping[str, float]:
    """Net win of each question."""
    return by_question((one.pair.question_id, float(one.outcome)) for one in judged.outcomes)


def net_win_of(judged: Judged, category: str = "") -> NetWin | None:
    """Net win of a category, or of all; ``None`` where no pair was decided."""
    return net_win(
        (one.pair.question_id, one.outcome)
        for one in judged.outcomes
        if category in ("", one.pair.category or NO_CATEGORY)
    )


def _aspect(entry: Judged) -> Aspect:
    known = judge_prompts().aspects.get(entry.aspect)
    outcomes = [(one.pair.question_id, one.outcome, one.pair) for one in entry.outcomes]
    lengths = [
        (question, outcome, own / other)
        for question, outcome, pair in outcomes
        if (own := count_words(pair.text)) and (other := count_words(pair.baseline_text))
    ]
    styles = [
        (question, outcome, found)
        for question, outcome, pair in (outcomes if entry.aspect == GENERAL else ())
        if (found := differences(pair.text, pair.baseline_text)) is not None
    ]
    return Aspect(
        title=known.title if known else entry.aspect,
        judged=entry,
        net_win=net_win_of(entry),
        length=length_control(lengths),
        style=held_equal(styles) if entry.aspect == GENERAL else None,
        doubt=doubt(entry),
    )


def judges_section(judges: Sequence[Verdicts]) -> Section | None:
    """Every judge's verdicts by aspect."""
    found: list[Block] = []
    for judge in judges:
        main, (strategy, baseline) = judge.main, judge.comparison
        told = what_it_shows(judge.by_question, better=strategy, than=baseline)
        if undecided := main.judged.undecided:
            reasons = ", ".join(f"{count} {_REASONS[reason]}" for reason, count in undecided.items())
            told += f" Pairs without an outcome: {reasons}."
        if same := main.judged.identical:
            told += f" {same} of the ties are identical answers, about which nobody was asked."
        if main.style is not None and main.style.cannot_show:
            told += f" At equal length and style: {main.style.cannot_show}."
        title = f"{strategy} against {baseline}, judged by {judge.who}"
        found.append(table_of_cells([*map(_row, judge.aspects)], title=title, note=told))
        if main.doubt:
            found.append(Prose(f"Note: {main.doubt}.", style="warn"))
    return Section("judges", "Judges", [*found, Prose(note("judging"))]) if found else None


def _row(aspect: Aspect) -> dict[str, str | Cell]:
    won, matched, judged = aspect.net_win, aspect.length.matched, aspect.judged
    told = UNKNOWN if won is None else f"{won.wins}, {won.ties}, {won.losses}"
    bias, unreadable = Cell(percent(judged.bias.rate)), f"{len(judged.unparsable)} of {judged.replies}"
    if judged.judge == HUMAN:  # sees each pair in one order
        bias, unreadable = Cell(percent(judged.bias.first_share), small="first"), UNKNOWN
    return {
        "respect": aspect.title,
        "won, tied, lost": Cell(told, shares(won), instead=True),
        "net win": signed(won and won.rate),
        "at matched length": Cell(
            signed(matched and matched.rate), small=f"n={matched.rate.count}" if matched else ""
        ),
        "at equal length": _equal(aspect.length),
        "at equal length and style": _equal(aspect.style),
        "position bias": bias,
        "unreadable": unreadable,
    }


def _equal(held: HeldEqual | None) -> Cell:
    equal = held and held.equal
    return Cell(signed(equal), small="extrapolated" if held and equal and held.extrapolated else "")
