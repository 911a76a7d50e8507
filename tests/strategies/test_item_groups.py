"""Which given items share a request."""

from __future__ import annotations

import pytest

from sot.strategies.item_groups import group_items
from sot.types import BackendInfo

SENTENCE = "The robin sang from the fence this morning, long before sunrise."


def sizes(
    texts: list[str], model: str = "some-70b", *, parallel: int | None = None, most: int = 16
) -> list[int]:
    groups = group_items(texts, BackendInfo("x:", model, parallel=parallel), most)
    assert [place for group in groups for place in group] == list(range(len(texts)))
    return [len(group) for group in groups]


def test_sentences_stay_alone_while_the_engine_has_room() -> None:
    assert sizes([SENTENCE] * 12) == [1] * 12


def test_words_are_grouped_but_never_into_fewer_than_four_requests() -> None:
    assert sizes(["sun"] * 5) == [1] * 5
    assert sizes(["sun"] * 12) == [3] * 4
    assert len(sizes(["sun"] * 100)) == 9


@pytest.mark.parametrize(
    ("parallel", "most", "requests"), [(None, 16, 16), (8, 16, 8), (32, 16, 16), (None, 4, 4)]
)
def test_more_items_than_the_engine_takes_are_spread_evenly(
    parallel: int | None, most: int, requests: int
) -> None:
    found = sizes([SENTENCE] * 40, parallel=parallel, most=most)
    assert len(found) == requests
    assert max(found) - min(found) <= 1


def test_long_items_and_those_of_several_lines_stay_alone() -> None:
    assert sizes([SENTENCE * 6] * 40) == [1] * 40
    assert sizes(["sun\nmoon"] * 40) == [1] * 40
    assert sizes(["太陽はとても熱い。" * 12] * 40) == [1] * 40


@pytest.mark.parametrize("model", ["smollm2-135m", "script"])
def test_models_that_are_not_known_to_be_large_get_one_item_at_a_time(model: str) -> None:
    assert sizes(["sun"] * 40, model) == [1] * 40
