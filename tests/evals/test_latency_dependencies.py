"""Forced lengths with points that need others: what they wait for, and the time that follows from it.

The engine is the simulated one, its clock too: the times are exact and nothing is waited for.
"""

from __future__ import annotations

import pytest
from latency_records import asked
from speeds import profile

from sot import SkeletonOfThought
from sot.backends.replay.backend import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import ConfigError
from sot.evals.measure.critical_path import CriticalPath, path_of
from sot.evals.measure.forced_lengths import ScriptedText
from sot.evals.measure.forced_texts import skeleton_pieces
from sot.evals.measure.lengths import parse_lengths
from sot.evals.measure.measure import Probes, measure
from sot.evals.run.records import AnswerRecord
from sot.load.profile import PrefillTime, StepTime
from sot.skeleton import parse_skeleton

QUESTION = "How can I sleep better?"
STEP_S = 0.02  # for a token, whatever the batch


def measured(lengths: str, method: str = "skeleton", *, opening: bool = False) -> AnswerRecord:
    async def answer() -> AnswerRecord:
        step = StepTime(batch=(1, 16), seconds=(STEP_S, STEP_S))
        engine = ReplayBackend(profile(max_batch=16, step=step, prefill=PrefillTime(per_token_s=1e-5)))
        scripted = ScriptedText(engine, parse_lengths(lengths))
        async with SkeletonOfThought(scripted, max_points=16, opening=opening) as sot:
            return await measure(sot, asked(QUESTION, method), Probes(scripted=scripted))

    return run_virtually(answer())


def path_in(record: AnswerRecord) -> CriticalPath:
    found = path_of(record)
    assert found is not None
    return found


METHODS = pytest.mark.parametrize(
    "method", ["skeleton", "skeleton-wait", "skeleton-compact", "skeleton-paper"]
)


@METHODS
def test_a_chain_of_two_points_takes_its_critical_path(method: str) -> None:
    sample = measured("skeleton=40,points=8x40,needs=2:1", method)
    path = path_in(sample)
    assert path.chain == (1, 2)
    assert 0 <= path.over_longest <= path.overhead + 1e-9
    pipelined = method in ("skeleton", "skeleton-compact")
    if pipelined:
        assert path.overhead <= 0.05
    before = 5 if pipelined else 40  # tokens of the skeleton before the first point starts
    assert sample.total_s == pytest.approx((before + 40 + 40) * STEP_S, rel=0.05)


def test_a_chain_beside_an_opening() -> None:
    sample = measured("normal=320,skeleton=40,points=8x40,needs=2:1", opening=True)
    path = path_in(sample)
    assert path.chain == (1, 2)
    assert path.overhead <= 0.05
    assert sample.usage.requests == 10


def test_only_the_point_that_needs_another_waits() -> None:
    sample = measured("skeleton=40,points=8x40,needs=2:1")
    waits = [point.started_s - point.found_s for point in sample.spans]
    assert waits[1] > 30 * STEP_S
    assert max(waits[:1] + waits[2:]) < STEP_S
    assert sample.spans[1].started_s == sample.spans[0].finished_s


@METHODS
def test_every_point_keeps_its_length_out_of_order(method: str) -> None:
    sample = measured("skeleton=24,points=30+10+50+20+40,needs=2:1+3:1+3:2+5:2", method)
    assert [point.tokens for point in sample.spans] == [30, 10, 50, 20, 40]
    assert [point.needs for point in sample.spans] == [(), (1,), (1, 2), (), (2,)]
    path = path_in(sample)
    assert path.chain == (1, 2, 3)


def test_the_scripted_skeleton_says_what_its_points_need() -> None:
    text = "".join(skeleton_pieces(30, 4, None, needs=((3, 1), (3, 2), (4, 3))))
    points = parse_skeleton(text).points
    assert [point.depends_on for point in points] == [(), (), (1, 2), (3,)]
    assert not any("needs" in point.title for point in points)


def test_a_skeleton_that_cannot_be_used_costs_nothing_beside_an_opening() -> None:
    lengths = "normal=100,skeleton=40,points=8x40,bad=100%"
    normal = measured(lengths, "normal")
    beside = measured(lengths, opening=True)
    alone = measured(lengths, "skeleton-no-opening")
    assert beside.total_s == pytest.approx(normal.total_s, rel=0.01)
    assert beside.first_text_s == pytest.approx(normal.first_text_s, rel=0.01)
    assert beside.measured is not None
    assert normal.measured is not None
    assert beside.measured.useful_tokens == normal.measured.useful_tokens == 100
    assert alone.total_s > 1.05 * normal.total_s


def test_a_share_of_the_questions_has_skeletons_that_cannot_be_used() -> None:
    scripted = ScriptedText(ReplayBackend(profile()), parse_lengths("bad=30%"))
    bad = 0
    for number in range(400):
        scripted.begin(parts=True, question=f"Question {number}?")
        bad += scripted.bad
    assert 80 <= bad <= 160
    scripted.begin(parts=False, question="Question 0?")
    assert not scripted.bad


@pytest.mark.parametrize("share", ["30", "-1%", "101%", "much", ""])
def test_a_share_that_makes_no_sense_is_refused(share: str) -> None:
    with pytest.raises(ConfigError, match="bad is"):
        parse_lengths(f"bad={share}")
