"""Which requests bring items with one instruction for each: hard pairs, near misses and ordinary questions.

The held-out part is of other topics than the training part. Its last near misses were written after the rules
and have changed none; docs/router.md says how the parts came about, and that routers only propose.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sot.router.corpus import DATA, HELD_OUT, load_corpus
from sot.router.items import items_for_each
from sot.router.items.route import AUTOMATIC

FOLDER = DATA / "items"
LANGUAGES = ("en", "ja", "zh")


def entries(part: str, language: str) -> list[dict[str, Any]]:
    path: Path = FOLDER / f"{part}_{language}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def counts(part: str) -> tuple[int, int, int, int]:
    """True and false positives, true and false negatives."""
    found = [0, 0, 0, 0]
    for language in LANGUAGES:
        for entry in entries(part, language):
            chosen = items_for_each(entry["question"]) is not None
            found[(0 if entry["items"] else 1) if chosen else (3 if entry["items"] else 2)] += 1
    return found[0], found[1], found[2], found[3]


def test_few_other_requests_are_taken_for_lists_of_items() -> None:
    """Above the 2% that routers would need to choose `items` by themselves."""
    _, wrong, right, _ = counts("heldout")
    assert wrong <= 0.05 * (wrong + right)


def test_routers_do_not_choose_it_at_that_rate() -> None:
    _, wrong, right, _ = counts("heldout")
    assert (wrong <= 0.02 * (wrong + right)) == AUTOMATIC


def test_half_of_the_lists_of_items_are_found() -> None:
    right, _, _, missed = counts("heldout")
    assert right >= 0.5 * (right + missed)


def test_the_training_part_is_known() -> None:
    right, wrong, _, missed = counts("train")
    assert wrong == 0
    assert right >= 0.9 * (right + missed)


def test_the_parts_are_large_and_split_by_topic() -> None:
    held_out = [entry for language in LANGUAGES for entry in entries("heldout", language)]
    training = [entry for language in LANGUAGES for entry in entries("train", language)]
    assert sum(entry["items"] for entry in held_out) >= 100
    assert sum(not entry["items"] for entry in held_out) >= 250
    assert {entry["topic"] for entry in held_out} <= HELD_OUT
    assert not {entry["topic"] for entry in training} & HELD_OUT
    assert not {entry["question"] for entry in training} & {entry["question"] for entry in held_out}


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_pairs_are_of_the_same_items(language: str) -> None:
    """A list has orders of both kinds, so that its look decides nothing."""
    by_topic: dict[str, set[bool]] = {}
    for entry in entries("heldout", language):
        if entry["kind"] == "pair":
            by_topic.setdefault(entry["topic"], set()).add(entry["items"])
    assert all(kinds == {True, False} for kinds in by_topic.values())


def test_of_the_routers_corpus_only_lists_are_taken() -> None:
    found = [entry for entry in load_corpus() if items_for_each(entry.question)]
    assert len(found) <= 10
    assert all(entry.route == "normal" for entry in found)  # looked at one by one: all are for each item
