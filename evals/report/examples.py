"""Answers worth looking at: those a judge liked best and least, or where time was won and lost most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sot.serialise import AnswerJson

from ..judge.prompts import GENERAL
from ..judge.records import HUMAN
from ..records import Key
from ..text_checks import words
from .run_data import RunData

_EACH = 2
_ASPECTS = 10  # more than there are
_LONGEST = 1600  # characters of an answer that are shown


@dataclass(frozen=True, slots=True)
class Side:
    """One answer of an example."""

    strategy: str
    text: str
    cut: int
    words: int
    total_s: float
    first_text_s: float | None


@dataclass(frozen=True, slots=True)
class Example:
    """Two answers to one question.

    Args:
        kind: ``best`` or ``worst``, as seen by the strategy.
        label: The same for people.
        why: In what way.
        question: What was asked.
        category: Of the question.
        own: The strategy's answer.
        other: The baseline's.
        reply: What the judge wrote besides its verdict.
    """

    kind: str
    label: str
    why: str
    question: str
    category: str
    own: Side
    other: Side
    reply: str = ""


def examples(run: RunData) -> list[Example]:
    """The best and the worst answers of the most telling comparison: the skeleton's, else the first.

    Args:
        run: The run.
    """
    if not run.others:
        return []
    strategy = "skeleton" if "skeleton" in run.others else run.others[0]
    return _by_judge(run, strategy) or _by_time(run, strategy)


def _by_judge(run: RunData, strategy: str) -> list[Example]:
    entries = [entry for entry in run.judged if (entry.strategy, entry.baseline) == (strategy, run.baseline)]
    if not entries:
        return []
    decided = Counter[tuple[bool, str, str]]()
    for entry in entries:
        if entry.aspect == GENERAL:
            decided[(entry.judge == HUMAN, entry.judge, entry.prompts)] += len(entry.outcomes)
    if not decided:
        return []
    most = max(decided, key=lambda name: (decided[name], name))
    judge, who = most[1:], "a person" if most[0] else most[1]
    scores: dict[Key, int] = {}
    replies: dict[Key, str] = {}
    for entry in entries:
        if (entry.judge, entry.prompts) != judge:
            continue
        for outcome in entry.outcomes:
            key = Key(outcome.pair.question_id, strategy, outcome.pair.repeat)
            # general quality decides; the aspects tell equals apart
            scores[key] = scores.get(key, 0) + outcome.outcome * (
                2 * _ASPECTS if entry.aspect == GENERAL else 1
            )
            if entry.aspect == GENERAL and outcome.replies:
                replies[key] = _reasons(outcome.replies[0])
    ranked = sorted(scores, key=lambda key: (scores[key], key))
    worst = [key for key in ranked if scores[key] < -_ASPECTS][:_EACH]
    best = [key for key in reversed(ranked) if scores[key] > _ASPECTS][:_EACH]
    return [
        _example(
            run,
            key,
            kind,
            f"among the {kind}",
            f"{who} found {strategy} {word} than {run.baseline}",
            replies.get(key, ""),
        )
        for kind, word, keys in (("best", "better", best), ("worst", "worse", worst))
        for key in keys
    ]


def _by_time(run: RunData, strategy: str) -> list[Example]:
    gains: dict[Key, float] = {}
    for key, answer in run.done.items():
        other = run.done.get(key._replace(strategy=run.baseline))
        if key.strategy == strategy and other is not None and answer.timing.total_s > 0:
            gains[key] = other.timing.total_s / answer.timing.total_s
    ranked = sorted(gains, key=lambda key: gains[key])
    chosen = [("best", "among the quickest", key) for key in ranked[::-1][:_EACH] if gains[key] > 1]
    chosen += [("worst", "among the slowest", key) for key in ranked[:_EACH] if gains[key] < 1]
    return [
        _example(run, key, kind, label, f"{gains[key]:.2f} times as quick as {run.baseline}", "")
        for kind, label, key in chosen
    ]


def _example(run: RunData, key: Key, kind: str, label: str, why: str, reply: str) -> Example:
    other = key._replace(strategy=run.baseline)
    return Example(
        kind=kind,
        label=label,
        why=why,
        question=run.answers[key].question,
        category=run.category(key),
        own=_side(key.strategy, run.done[key]),
        other=_side(other.strategy, run.done[other]),
        reply=reply,
    )


def _side(strategy: str, answer: AnswerJson) -> Side:
    text = answer.text.strip()
    shown = text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(None, 1)[0]
    return Side(
        strategy,
        shown,
        len(words(text)) - len(words(shown)),
        len(words(text)),
        answer.timing.total_s,
        answer.timing.first_text_s,
    )


def _reasons(reply: str) -> str:
    lines: Sequence[str] = [line for line in reply.splitlines() if "verdict" not in line.casefold()]
    return " ".join(" ".join(lines).split())
