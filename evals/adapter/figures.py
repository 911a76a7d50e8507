"""Figures of recorded answers: how often skeletons, titles and texts have the form they should have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from .records import RecordedAnswer
from .text_form import changes_person, loops, near_equal, repeated_sentences, title_fault, words


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one strategy's answers. Shares are from 0 to 1; ``None`` where nothing was counted.

    Args:
        answers: Number of answers.
        valid_skeletons: Share that has points and did not fall back.
        good_titles: Share of titles of at most six words that are no clause.
        near_equal_titles: Share of titles that say the same as an earlier one of their skeleton.
        skeletons_with_near_equal: Share of skeletons that have such a title.
        repeated_sentences: Share of sentences that repeat an earlier one of their answer.
        answers_with_repetition: Share of answers with a repeated sentence or a looping phrase.
        changed_person: Share of points that speak as "I", or as "we" where the question does not.
        cut_points: Share of points that were trimmed, repaired or missing.
        mean_points: Points of an answer that has some.
        mean_words: Words of an answer.
    """

    answers: int
    valid_skeletons: float | None
    good_titles: float | None
    near_equal_titles: float | None
    skeletons_with_near_equal: float | None
    repeated_sentences: float | None
    answers_with_repetition: float | None
    changed_person: float | None
    cut_points: float | None
    mean_points: float | None
    mean_words: float | None


def figures(records: Sequence[RecordedAnswer]) -> Figures:
    """Compute the figures of one strategy's answers; those that fell back count for their text only."""
    skeletons = [record for record in records if record.points and record.fell_back is None]
    asked = [record for record in records if record.strategy == "skeleton"]
    titles = [[point.title for point in record.points] for record in skeletons]
    points = [(record, point) for record in skeletons for point in record.points]
    repeats = [repeated_sentences(record.text) for record in records]
    alike = [near_equal(each) for each in titles]
    return Figures(
        answers=len(records),
        valid_skeletons=_share([record in skeletons for record in asked]),
        good_titles=_share([title_fault(title) is None for each in titles for title in each]),
        near_equal_titles=_ratio(sum(alike), len(points)),
        skeletons_with_near_equal=_share([count > 0 for count in alike]),
        repeated_sentences=_ratio(sum(count for count, _ in repeats), sum(of for _, of in repeats)),
        answers_with_repetition=_share(
            [count > 0 or loops(record.text) for (count, _), record in zip(repeats, records, strict=True)]
        ),
        changed_person=_share([changes_person(record.question, point.text) for record, point in points]),
        cut_points=_share([point.status != "done" for _, point in points]),
        mean_points=fmean(map(len, titles)) if titles else None,
        mean_words=fmean(len(words(record.text)) for record in records) if records else None,
    )


def _share(cases: Sequence[bool]) -> float | None:
    return _ratio(sum(cases), len(cases))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
