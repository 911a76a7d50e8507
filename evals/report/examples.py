"""Answers to look at: all of them to browse, and those at the ends of the scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..analysis.frame import Row
from ..analysis.paired import pairs
from ..judge.prompts import GENERAL
from ..judge.records import HUMAN
from ..run.records import AnswerRecord, Key
from ..score.exact import exact_score
from ..score.text_checks import words
from .figures import length
from .format import counted, seconds
from .page import Asked, Browser, Example, Shown
from .run_data import NO_CATEGORY, RunData

_EACH = 2
_ASPECTS = 10  # more than there are
_LONGEST = 1600  # characters of an example's answer that are shown
_OUTCOMES = {1: "better than", 0: "as good as", -1: "worse than"}


def examples(run: RunData) -> list[Example]:
    """Answers a judge liked best and least, or where most time was won and lost; by the skeleton, if any."""
    if not run.others:
        return []
    strategy = "skeleton" if "skeleton" in run.others else run.others[0]
    return _by_judge(run, strategy) or _by_time(run, strategy)


def browser(run: RunData) -> Browser:
    """All questions with all their answers."""
    verdicts = _verdicts(run)
    asked: dict[str, list[Row[AnswerRecord]]] = {}
    for row in run.rows:
        asked.setdefault(row.question, []).append(row)
    order = list(run.strategies)
    return Browser(
        [
            Asked(
                own[0].record.question,
                own[0].category,
                [
                    _shown(run, row, verdicts.get(row.record.key, ""))
                    for row in sorted(own, key=lambda row: (order.index(row.method), row.repeat))
                ],
                "" if own[0].record.reference is None else f"Right: {own[0].record.reference}",
            )
            for own in asked.values()
        ]
    )


def _shown(run: RunData, row: Row[AnswerRecord], verdict: str) -> Shown:
    record = row.record
    if not row.done:
        return Shown(row.method, f"{row.status}: {record.error or 'unknown'}", "")
    answer = run.answer(row)
    score = exact_score(record)
    says = [
        f"repetition {row.repeat}" if run.manifest.repeat > 1 else "",
        seconds(record.total_s),
        f"first text {seconds(record.first_text_s)}",
        counted(int(length(record)), "word"),
        f"routed to {answer.route.strategy}" if answer.route.strategy != row.method else "",
        f"fell back: {answer.fell_back}" if answer.fell_back else "",
        "" if score is None else "right" if score.correct else f"wrong ({score.found or 'no result'})",
        verdict,
    ]
    return Shown(row.method, ", ".join(filter(None, says)), record.text.strip())


def _verdicts(run: RunData) -> Mapping[Key, str]:
    """What was found of each answer in general quality, by the judge who found most; people first."""
    found: dict[Key, str] = {}
    general = [entry for entry in run.judged if entry.aspect == GENERAL]
    for entry in sorted(general, key=lambda entry: (entry.judge != HUMAN, -len(entry.outcomes))):
        for one in entry.outcomes:
            key = Key(one.pair.question_id, entry.strategy, one.pair.repeat)
            who = "a person" if entry.judge == HUMAN else entry.judge
            found.setdefault(key, f"{_OUTCOMES[one.outcome]} {entry.baseline} to {who}")
    return found


def _by_judge(run: RunData, strategy: str) -> list[Example]:
    entries = [entry for entry in run.judged if (entry.strategy, entry.baseline) == (strategy, run.baseline)]
    decided = Counter[tuple[bool, str, str]]()
    for entry in entries:
        if entry.aspect == GENERAL:
            decided[(entry.judge == HUMAN, entry.judge, entry.prompts)] += len(entry.outcomes)
    if not decided:
        return []
    most = max(decided, key=lambda name: (decided[name], name))
    who = "a person" if most[0] else most[1]
    scores, said = Counter[Key](), dict[Key, str]()
    for entry in entries:
        if (entry.judge, entry.prompts) != most[1:]:
            continue
        for one in entry.outcomes:
            key = Key(one.pair.question_id, strategy, one.pair.repeat)
            # general quality decides; the aspects tell equals apart
            scores[key] += one.outcome * (2 * _ASPECTS if entry.aspect == GENERAL else 1)
            if entry.aspect == GENERAL and one.replies:
                said[key] = _reasons(one.replies[0])
    ranked = sorted(scores, key=lambda key: (scores[key], key))
    worst = [key for key in ranked if scores[key] < -_ASPECTS][:_EACH]
    best = [key for key in reversed(ranked) if scores[key] > _ASPECTS][:_EACH]
    return [
        _example(
            run,
            key,
            kind,
            f"Among the {kind}",
            f"{who} found {strategy} {word} than {run.baseline}",
            said.get(key, ""),
        )
        for kind, word, keys in (("best", "better", best), ("worst", "worse", worst))
        for key in keys
    ]


def _by_time(run: RunData, strategy: str) -> list[Example]:
    gains = {
        own.record.key: other.record.total_s / own.record.total_s
        for own, other in pairs(run.side(strategy), run.side(run.baseline))
        if own.record.total_s > 0
    }
    ranked = sorted(gains, key=lambda key: gains[key])
    chosen = [("best", "Among the fastest", key) for key in ranked[::-1][:_EACH] if gains[key] > 1]
    chosen += [("worst", "Among the slowest", key) for key in ranked[:_EACH] if gains[key] < 1]
    return [
        _example(run, key, kind, label, f"{gains[key]:.2f}x as fast as {run.baseline}")
        for kind, label, key in chosen
    ]


def _example(run: RunData, key: Key, kind: str, label: str, why: str, said: str = "") -> Example:
    record, other = run.answers[key], run.answers[key._replace(strategy=run.baseline)]
    sides = [_side(record), _side(other)]
    return Example(kind, label, why, Asked(record.question, record.category or NO_CATEGORY, sides), said)


def _side(record: AnswerRecord) -> Shown:
    text = record.text.strip()
    shown = text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(None, 1)[0]
    cut = len(words(text)) - len(words(shown))
    says = f"{seconds(record.total_s)}, {counted(int(length(record)), 'word')}"
    return Shown(
        record.strategy, says, shown, left_out=f"… {counted(cut, 'more word', 'more words')}" if cut else ""
    )


def _reasons(reply: str) -> str:
    lines: Sequence[str] = [line for line in reply.splitlines() if "verdict" not in line.casefold()]
    return " ".join(" ".join(lines).split())
