"""The figures of `sot route --eval`, against values worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sot.router import HybridRouter, RulesRouter
from sot.router.corpus import Entry
from sot.router.training.evaluate import (
    RoutedEntry,
    auc,
    calibration,
    decide,
    f1,
    false_skeletons,
    macro_f1,
)
from sot.router.training.report import report, rows
from sot.types import Message, Route, StrategyName

S: StrategyName = "skeleton"
N: StrategyName = "normal"
C: StrategyName = "cot"


def decision(
    label: StrategyName, chosen: StrategyName, skeleton: float = 0.5, confidence: float = 0.5
) -> RoutedEntry:
    entry = Entry((Message("user", "?"),), label)
    return RoutedEntry(entry, Route(chosen, confidence, "because", "fixed"), skeleton, 0.001)


#            label: S S S N N C, chosen: S S N S N C
PAIRS: list[tuple[StrategyName, StrategyName]] = [(S, S), (S, S), (S, N), (N, S), (N, N), (C, C)]
DECISIONS = [decision(*pair) for pair in PAIRS]


def test_precision_recall_and_f1() -> None:
    assert f1(DECISIONS, S) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert f1(DECISIONS, N) == pytest.approx((1 / 2, 1 / 2, 1 / 2))
    assert f1(DECISIONS, C) == (1, 1, 1)
    assert macro_f1(DECISIONS) == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)


def test_what_never_occurs() -> None:
    assert f1([decision(S, N)], S) == (0, 0, 0)
    assert f1([decision(S, N)], C) == (0, 0, 0)
    assert macro_f1([decision(S, S), decision(N, C)]) == 0.5  # cot is no label here
    assert false_skeletons([decision(S, S)], C) == 0


def test_false_skeletons() -> None:
    assert false_skeletons(DECISIONS, N) == 0.5
    assert false_skeletons(DECISIONS, C) == 0


@pytest.mark.parametrize(
    ("positives", "negatives", "area"),
    [
        ([0.9, 0.8], [0.1, 0.2], 1.0),
        ([0.1, 0.2], [0.9, 0.8], 0.0),
        ([0.5], [0.5], 0.5),
        ([0.5, 0.5], [0.5, 0.5, 0.5], 0.5),
        ([0.9, 0.5], [0.5, 0.1], 3.5 / 4),  # of four pairs three are in order and one is a tie
        ([0.9, 0.4], [0.6, 0.1], 3 / 4),
        ([0.3, 0.3, 0.7], [0.3, 0.2], (2 * 0.5 + 1 + 3) / 6),
    ],
)
def test_the_area_under_the_curve(positives: list[float], negatives: list[float], area: float) -> None:
    decisions = [decision(S, S, score) for score in positives] + [
        decision(N, N, score) for score in negatives
    ]
    assert auc(decisions) == pytest.approx(area)
    assert auc(decisions[::-1]) == pytest.approx(area)


def test_the_area_needs_both_kinds() -> None:
    assert auc([decision(S, S)]) is None
    assert auc([decision(N, S)]) is None


def test_the_calibration_error() -> None:
    decisions = [
        decision(S, S, confidence=0.95),
        decision(S, S, confidence=0.91),
        decision(S, N, confidence=0.93),
        decision(N, N, confidence=0.55),
        decision(C, C, confidence=1.0),
    ]
    error, bins = calibration(decisions)
    assert [count for _, _, count in bins] == [1, 4]
    assert bins[0][:2] == pytest.approx((0.55, 1.0))
    assert bins[1][:2] == pytest.approx(((0.95 + 0.91 + 0.93 + 1.0) / 4, 3 / 4))
    assert error == pytest.approx((0.45 * 1 + abs(3.79 / 4 - 0.75) * 4) / 5)


def entries() -> Sequence[Entry]:
    return [
        Entry((Message("user", "What are some tips for keeping bees?"),), S),
        Entry((Message("user", "What is 17 + 25?"),), C),
        Entry((Message("user", "Write a poem about bees."),), N),
    ]


@pytest.mark.parametrize("kind", [HybridRouter, RulesRouter])
async def test_a_router_is_measured(kind: type[HybridRouter] | type[RulesRouter]) -> None:
    decisions = await decide(kind(), entries())
    assert [decision.route.strategy for decision in decisions] == [S, C, N]
    assert all(decision.right and decision.seconds > 0 for decision in decisions)
    assert decisions[0].skeleton > max(decisions[1].skeleton, decisions[2].skeleton)
    text = report(kind.name, decisions)
    assert text.startswith(f"{kind.name}: 3 of 3 right (100.0%)")
    assert "macro-F1 1.000" in text
    assert "AUC of skeleton against the rest 1.000" in text
    assert "false skeletons: 0.0% of normal, 0.0% of cot" in text


def test_the_confusion_matrix_has_the_labels_in_rows() -> None:
    lines = [line.split() for line in report("fixed", DECISIONS).splitlines()]
    assert ["skeleton", "|", "2", "1", "0"] in lines
    assert ["normal", "|", "1", "1", "0"] in lines
    assert ["cot", "|", "0", "0", "1"] in lines


# Rows.


def told(
    label: StrategyName,
    chosen: StrategyName,
    *,
    language: str = "en",
    kind: str = "",
    before: StrategyName | None = None,
) -> RoutedEntry:
    entry = Entry((Message("user", "?"),), label, language=language, category=kind)
    return RoutedEntry(entry, Route(chosen, 0.5, "because", "fixed"), 0.5, 0.001, before)


TOLD = [
    told(S, S, kind="advice"),
    told(S, N, kind="advice"),
    told(N, N, kind="estimate"),
    told(C, N, kind="puzzle", before=C),
    told(C, C, kind="puzzle", language="ja", before=S),
    told(S, S, kind="puzzle", language="ja", before=N),
]


def row(name: str, decisions: Sequence[RoutedEntry] = tuple(TOLD)) -> list[str]:
    (line,) = (line for line in rows(decisions).splitlines() if line.strip().startswith(f"{name} |"))
    return line.split("|", 1)[1].replace("|", " ").split()


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("en", ["4", "50.0%", "0.389", "1", "3", "0"]),  # F1 2/3, 1/2 and 0
        ("ja", ["2", "100.0%", "1.000", "1", "0", "1"]),
        ("first question", ["3", "66.7%", "0.667", "1", "2", "0"]),  # F1 2/3 and 2/3
        ("follow-up, same", ["1", "0.0%", "0", "1", "0"]),  # one label: no macro-F1
        ("follow-up, other", ["2", "100.0%", "1.000", "1", "0", "1"]),
        ("advice", ["2", "50.0%", "1", "1", "0"]),
        ("estimate", ["1", "100.0%", "0", "1", "0"]),
        ("puzzle", ["3", "66.7%", "0.833", "1", "1", "1"]),  # F1 1 and 2/3
    ],
)
def test_a_row_for_each_language_turn_and_kind(name: str, cells: list[str]) -> None:
    assert row(name) == cells


def test_the_rows_come_in_three_tables() -> None:
    blocks = [block.splitlines() for block in rows(TOLD).split("\n\n")]
    assert [block[0].split("|")[0].strip() for block in blocks] == ["language", "turn", "kind"]
    assert [block[0].split()[-4:] for block in blocks] == [["to", "skeleton", "normal", "cot"]] * 3
    assert [len(block) for block in blocks] == [3, 4, 4]


def test_questions_without_a_language_or_kind_have_no_row_of_their_own() -> None:
    text = rows(DECISIONS)
    assert "language" not in text
    assert "kind" not in text
    assert row("first question", DECISIONS)[:2] == ["6", "66.7%"]


async def test_a_follow_up_is_told_from_a_first_question() -> None:
    first = (Message("user", "What is 17 + 25?"), Message("assistant", "42"))
    entries = [
        Entry((Message("user", "What is 17 + 25?"),), C),
        Entry((*first, Message("user", "And 18 + 25?")), C),
        Entry((*first, Message("user", "Write a poem about bees.")), N),
    ]
    decisions = await decide(HybridRouter(), entries)
    assert [decision.before for decision in decisions] == [None, C, C]
    assert row("follow-up, same", decisions)[0] == row("follow-up, other", decisions)[0] == "1"
