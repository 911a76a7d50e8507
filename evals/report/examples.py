"""Answers to look at: all of them to browse, and those at the ends of the scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..analysis.paired import pairs
from ..judge.prompts import GENERAL
from ..run.records import AnswerRecord, Key
from ..score.exact import exact_score
from .format import counted, seconds
from .page import Asked, Browser, Example, Prose, Section, Shown
from .quality import Verdicts, leading
from .run_data import NO_CATEGORY, RunData, count_words, length

_EACH = 2
_ASPECTS = 10  # more than there are
_LONGEST = 1600  # characters of an example's answer that are shown
_WORDS = {"best": ("better", "fastest"), "worst": ("worse", "slowest")}
_OUTCOMES = {1: "better than", 0: "as good as", -1: "worse than"}


def examples(run: RunData, judges: Sequence[Verdicts]) -> Section | None:
    """Answers a judge liked best and least, or where most time was won and lost; by the skeleton, if any."""
    if not run.others:
        return None
    strategy = "skeleton" if "skeleton" in run.others else run.others[0]
    judge = leading(judges, strategy, run.baseline)
    found = list(_by_judge(run, judge) if judge else ()) or list(_by_time(run, strategy))
    told = Prose("Chosen at the ends of the scale, so they are not typical.")
    return Section("examples", "Examples", [*found, told]) if found else None


def all_answers(run: RunData, judges: Sequence[Verdicts]) -> Section:
    """All questions with all their answers."""
    verdicts = _verdicts(judges)
    asked = {row.question: list[AnswerRecord]() for row in run.rows}
    for row in sorted(run.rows, key=lambda row: (run.strategies.index(row.method), row.repeat)):
        asked[row.question].append(row.record)
    shown = Browser([_asked(run, own, verdicts) for own in asked.values()])
    return Section("answers", "All answers", [shown], link="Answers")


def _asked(
    run: RunData, records: Sequence[AnswerRecord], verdicts: Mapping[Key, str], most: int = 0
) -> Asked:
    first = records[0]
    answers = [_shown(run, record, verdicts.get(record.key, ""), most) for record in records]
    says = "" if first.reference is None else f"Right: {first.reference}"
    return Asked(first.question, first.category or NO_CATEGORY, answers, says)


def _shown(run: RunData, record: AnswerRecord, verdict: str, most: int) -> Shown:
    """An answer with what is known of it, cut after so many characters unless 0."""
    if (answer := run.done.get(record.key)) is None:
        return Shown(record.strategy, f"{record.status}: {record.error or 'unknown'}", "")
    score = exact_score(record)
    says = [
        f"repetition {record.repeat}" if run.manifest.repeat > 1 else "",
        seconds(record.total_s),
        f"first text {seconds(record.first_text_s)}",
        counted(length(record), "word"),
        f"routed to {answer.route.strategy}" if answer.route.strategy != record.strategy else "",
        f"fell back: {answer.fell_back}" if answer.fell_back else "",
        "" if score is None else "right" if score.correct else f"wrong ({score.found or 'no result'})",
        verdict,
    ]
    text = record.text.strip()
    shown = text[:most].rsplit(None, 1)[0] if 0 < most < len(text) else text
    cut = count_words(text) - count_words(shown)
    left_out = f"… {counted(cut, 'more word', 'more words')}" if cut else ""
    return Shown(record.strategy, ", ".join(filter(None, says)), shown, left_out=left_out)


def _verdicts(judges: Sequence[Verdicts]) -> Mapping[Key, str]:
    """What was found of each answer in general quality, by the judge who found most; people first."""
    found: dict[Key, str] = {}
    for judge in sorted(judges, key=lambda judge: (not judge.is_human, -judge.decided)):
        strategy, baseline = judge.comparison
        if judge.main.judged.aspect == GENERAL:
            for one in judge.main.judged.outcomes:
                key = Key(one.pair.question_id, strategy, one.pair.repeat)
                found.setdefault(key, f"{_OUTCOMES[one.outcome]} {baseline} to {judge.who}")
    return found


def _by_judge(run: RunData, judge: Verdicts) -> Iterator[Example]:
    strategy, baseline = judge.comparison
    scores, said = Counter[Key](), dict[Key, str]()
    for aspect in judge.aspects:
        general = aspect is judge.main
        for one in aspect.judged.outcomes:
            key = Key(one.pair.question_id, strategy, one.pair.repeat)
            # general quality decides; the aspects tell equals apart
            scores[key] += one.outcome * (2 * _ASPECTS if general else 1)
            if general and one.replies:
                lines = [line for line in one.replies[0].splitlines() if "verdict" not in line.casefold()]
                said[key] = " ".join(" ".join(lines).split())
    for kind, key in _ends(scores, _ASPECTS):
        why = f"{judge.who} found {strategy} {_WORDS[kind][0]} than {baseline}"
        yield Example(kind, f"Among the {kind}", why, _beside(run, key), said.get(key, ""))


def _by_time(run: RunData, strategy: str) -> Iterator[Example]:
    side = run.side(strategy)
    gains = {
        own.record.key: other.record.total_s / own.record.total_s
        for own, other in pairs(side.own, side.base)
        if own.record.total_s > 0
    }
    for kind, key in _ends({key: gain - 1 for key, gain in gains.items()}):
        why = f"{gains[key]:.2f}x as fast as {run.baseline}"
        yield Example(kind, f"Among the {_WORDS[kind][1]}", why, _beside(run, key))


def _ends(scores: Mapping[Key, float], margin: float = 0) -> list[tuple[str, Key]]:
    """The best and the worst by more than a margin."""
    ranked = sorted(scores, key=lambda key: (scores[key], key))
    best = [("best", key) for key in ranked[::-1][:_EACH] if scores[key] > margin]
    return best + [("worst", key) for key in ranked[:_EACH] if scores[key] < -margin]


def _beside(run: RunData, key: Key) -> Asked:
    """A strategy's answer and the baseline's."""
    both = run.answers[key], run.answers[key._replace(strategy=run.baseline)]
    return _asked(run, both, {}, _LONGEST)
