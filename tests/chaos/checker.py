"""Checker of answers by their marks: nothing lost, doubled or in the wrong place, and nothing untrue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from sot.types import Answer, PointAnswer

from .fault_kinds import KINDS
from .marked_text import LEAK, WHOLE, Mark, longest_chain, marks_of
from .reply import Record


def check_text(text: str, answer: int, records: Sequence[Record]) -> list[str]:
    """Check a text, also of an answer that was left or failed; returns what is wrong with it.

    Args:
        text: All text that the reader has seen.
        answer: Number of the answer.
        records: Records of the answer's requests.
    """
    marks = marks_of(text)
    wrong = [f"foreign: {mark}" for mark in marks if mark.answer != answer]
    wrong += [f"doubled: {mark}" for mark, times in Counter(marks).items() if times > 1]
    wrong += [f"never sent: {mark}" for mark in marks if not mark.is_title and not _was_sent(mark, records)]
    if LEAK in text:
        wrong.append("words of an error in the text")
    if "127.0.0.1" in text:
        wrong.append("the engine's address in the text")
    broken = any(record.stage == "skeleton" and record.ending != "whole" for record in records)
    return wrong + _misplaced(marks, may_go_on=broken)


def check_answer(
    text: str, answer: Answer, number: int, records: Sequence[Record], *, patient: bool = True
) -> list[str]:
    """Check a finished answer; returns what is wrong with it.

    Args:
        text: All text that the reader has seen.
        answer: The answer.
        number: Its number.
        records: Records of its requests.
        patient: Whether the client waits long; else a time limit may have cut any part.
    """
    wrong = check_text(text, number, records)
    if text != answer.text:
        wrong.append("the streamed text is not the answer's text")
    if _goes_on(marks_of(text)) and answer.fell_back is None:
        wrong.append("untrue: normal decoding goes on from a point, and nothing is said of it")
    marks, parts = marks_of(answer.text), _marks_of_parts(answer)
    if answer.fell_back is not None and answer.points:  # normal decoding goes on behind them
        marks = [mark for mark in marks if mark.part != WHOLE]
    if marks != parts:
        wrong.append("lost or misplaced: the text is not made of the answer's parts")
    for point in answer.points:
        own = [record for record in records if record.part == point.index]
        wrong += _check_point(point, own, patient=patient)
    says_whole = answer.complete and answer.finish_reason == "stop"
    if says_whole and not _is_whole(answer, records):
        wrong.append("untrue: it says that it is whole, and a part was cut")
    if answer.complete and answer.finish_reason in ("length", "content_filter", "error"):
        wrong.append(f"untrue: complete with {answer.finish_reason}")
    wrong += _check_titles(text, answer, records)
    harmless = patient and all(KINDS[record.kind].harmless for record in records)
    if harmless and not says_whole:
        wrong.append(f"lost: no fault could harm it, and it ended with {answer.finish_reason}")
    return wrong


def check_read(text: str, number: int, records: Sequence[Record]) -> list[str]:
    """Check a text that was read to its end at a server, with a healthy engine: it must be whole.

    Args:
        text: The text.
        number: Number of the answer.
        records: Records of its requests.
    """
    wrong, marks = check_text(text, number, records), marks_of(text)
    titles = [mark.part for mark in marks if mark.is_title]
    if titles != list(range(1, len(titles) + 1)):
        wrong.append(f"lost or misplaced: the titles are {titles}")
    for part in titles or [WHOLE]:
        own = [mark for mark in marks if mark.part == part and not mark.is_title]
        if not any(r.part == part and _is_end(r, len(own)) for r in records):
            wrong.append(f"lost: part {part} has {len(own)} deltas and is not whole")
    return wrong


def _was_sent(mark: Mark, records: Sequence[Record]) -> bool:
    return any(
        record.part == mark.part and record.attempt == mark.attempt and mark.place < record.sent
        for record in records
    )


def _parts_of(marks: Sequence[Mark]) -> list[int]:
    return [part for part, _ in groupby(mark.part for mark in marks)]


def _goes_on(marks: Sequence[Mark]) -> bool:
    """Whether the first point stands alone, and normal decoding goes on from it.

    The first point is shown when the second line has begun. If the skeleton then breaks off, that stays.
    """
    return _parts_of(marks) == [1, WHOLE]


def _misplaced(marks: Sequence[Mark], *, may_go_on: bool) -> list[str]:
    """Check the order: the whole text or the opening, each title with its point in order, the closing.

    Args:
        marks: The marks of the text.
        may_go_on: Whether normal decoding may follow the first point, since the skeleton broke off.
    """
    wrong: list[str] = []
    parts = _parts_of(marks)
    if parts != sorted(set(parts)) and not (may_go_on and _goes_on(marks)):
        wrong.append(f"misplaced: the parts stand in the order {parts}")
    for part, run in groupby(marks, key=lambda mark: mark.part):
        chain = list(run)
        if chain[0].is_title:
            chain = chain[1:]
        while chain:
            length = longest_chain(chain)
            if not length or (length < len(chain) and (part != WHOLE or len(parts) > 1)):
                wrong.append(f"lost or misplaced: {chain[length]} comes next in part {part}")
                break
            chain = chain[length:]  # normal decoding was asked again after a part of it had been shown
    return wrong


def _check_titles(text: str, answer: Answer, records: Sequence[Record]) -> list[str]:
    """Check that the text has the titles of all points, one after the other."""
    titles = [mark.part for mark in marks_of(text) if mark.is_title]
    expected = list(range(1, len(answer.skeleton.points) + 1))
    cut = any(record.stage == "skeleton" and record.ending != "whole" for record in records)
    if not answer.points or titles == expected or (cut and titles == expected[:-1]):  # cut with the skeleton
        return []
    return [f"lost or misplaced: the titles are {titles}"]


def _marks_of_parts(answer: Answer) -> list[Mark]:
    """Return the marks of the parts that the answer itself names, in the order of the text."""
    if not answer.points:
        return marks_of(answer.text)
    parts = [answer.opening]
    for point in answer.points:
        parts += [point.title, point.text]
    return [mark for part in (*parts, answer.closing) for mark in marks_of(part)]


def _check_point(point: PointAnswer, records: Sequence[Record], *, patient: bool) -> list[str]:
    """Check one point against the records of its requests: what had come must stand, what stands be true."""
    marks, shown = marks_of(point.text), f"point {point.index} is {point.status}"
    ended = [record for record in records if record.sure and record.ending != "playing"]
    if not marks:
        lost = patient and any(record.sent > record.start for record in ended)
        return [f"lost: {shown}, and text of it had come"] if lost else []
    chain = [record for record in records if record.attempt == marks[0].attempt]
    whole = any(_is_end(record, len(marks)) for record in chain)
    if point.status in ("done", "repaired"):
        return [] if whole else [f"untrue: {shown}, and was cut"]
    if patient and not whole and any(r.ending == "whole" and KINDS[r.kind].harmless for r in records):
        return [f"lost: {shown}, and all of it had come"]
    if patient and len(chain) == 1 and chain[0] in ended and len(marks) < chain[0].whole_until:
        return [f"lost: {shown} with {len(marks)} deltas, and {chain[0].whole_until} whole ones had come"]
    return []


def _is_end(record: Record, length: int) -> bool:
    """Whether a text of so many deltas is as long as the engine meant it, or a limit cut a point well."""
    if record.ending == "whole":
        return record.end == length
    return record.ending == "length" and record.part != WHOLE and length - 1 in record.ends


def _is_whole(answer: Answer, records: Sequence[Record]) -> bool:
    """Whether each part of an answer is as long as the engine meant it to be."""
    parts = [marks_of(point.text) for point in answer.points] or [marks_of(answer.text)]
    for marks in parts:
        if not marks:
            return False
        # Of a text without points the last part counts, and of that the last attempt.
        last = [m for m in marks if (m.part, m.attempt) == (marks[-1].part, marks[-1].attempt)]
        own = [r for r in records if (r.part, r.attempt) == (last[-1].part, last[-1].attempt)]
        if not any(_is_end(record, len(last)) for record in own):
            return False
    return True
