"""Prose in a skeleton's place: known early, and no list is ever taken for it."""

from __future__ import annotations

import pytest
from prose_skeletons import ESSAYS, LISTS
from rows import rows

from sot.skeleton import SkeletonParser


def told_after(text: str) -> int | None:
    """The number of characters after which a text is called prose; ``None``: never before two points."""
    parser = SkeletonParser()
    for position, char in enumerate(text, start=1):
        parser.feed(char)
        if parser.prose:
            return position
        if len(parser.points) > 1:
            return None
    return None


@rows("name", ESSAYS)
@rows("mark", ["1. ", "1) ", "- ", "**1.** ", "1.\n", "\n1. "])
def test_an_essay_after_a_mark_is_prose_long_before_its_line_ends(name: str, mark: str) -> None:
    essay, characters, _ = ESSAYS[name]
    told = told_after(mark + essay)
    assert told is not None
    assert told <= len(mark) + characters


@pytest.mark.parametrize("name", ESSAYS)
def test_no_point_is_made_of_an_essay(name: str) -> None:
    parser = SkeletonParser()
    for char in f"1. {ESSAYS[name][0]}":
        assert parser.feed(char) == []
        if parser.prose:
            return
    pytest.fail("an essay was not known as prose")


@rows("text", LISTS)
def test_a_list_is_never_called_prose(text: str) -> None:
    assert told_after(text) is None
    parser = SkeletonParser()
    parser.feed(text)
    parser.close()
    assert len(parser.points) >= 2


@rows("text", [*LISTS, *(f"1. {essay}" for essay, _, _ in ESSAYS.values())])
def test_pieces_make_no_difference(text: str) -> None:
    whole, single = SkeletonParser(), SkeletonParser()
    whole.feed(text)
    for char in text:
        single.feed(char)
    assert (whole.prose, whole.points) == (single.prose, single.points)


def test_an_explanation_that_grows_into_an_essay_is_prose() -> None:
    sentences = "".join(f"The chain number {number} wants some oil after rain. " for number in range(40))
    told = told_after(f"1. **Bicycle care**\n\n{sentences}")
    assert told is not None
    assert 500 < told < 700


def test_a_whole_answer_with_explained_points_is_a_list() -> None:
    explanation = "It wants some oil after every ride in the rain, and a clean cloth before. " * 6
    assert told_after(f"1. **Chain**\n\n{explanation}\n\n2. **Tyres**\n\n{explanation}") is None


@pytest.mark.parametrize("key", ["answer", "response", "message"])
def test_json_without_a_list_is_prose(key: str) -> None:
    told = told_after(f'{{"{key}": "' + "Bicycles last when they are looked after. " * 20 + '"}')
    assert told is not None
    assert told < 400


def test_json_with_some_words_before_its_list_is_a_list() -> None:
    question = "How do I keep my bicycle in good shape through a wet winter, if I ride it to work every day?"
    assert told_after(f'{{"question": "{question}", "language": "en", "points": ["Chain", "Tyres"]}}') is None


def test_text_in_wide_characters_is_prose_after_half_as_many() -> None:
    told = told_after("自転車は毎週手入れをすれば長持ちするものなので、まずはチェーンを見てください。" * 10)
    assert told is not None
    assert told < 130


def test_thoughts_that_end_bare_forget_the_prose() -> None:
    parser = SkeletonParser()
    parser.feed(
        "1. The asker wants to know how a bicycle is kept in good shape all year. So I list what has to be "
        "done every week and every month, and then I think about what may be left out of it for now.\n"
    )
    assert parser.prose
    parser.feed("</think>\n1. Clean chain\n2. Firm tyres\n")
    assert not parser.prose
    parser.close()
    assert [point.title for point in parser.points] == ["Clean chain", "Firm tyres"]
