"""Texts of the model itself for the points of training examples: which are kept, and how they are trimmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sot.errors import ConfigError
from sot.evals.adapter.examples import Example
from sot.evals.adapter.own_points import FILE, OwnPoint, own_points, plain_start

QUESTION = "How can I sleep better?"
TITLES = ("Regular bedtime", "Dark bedroom", "Less coffee")
EXAMPLE = Example(question=QUESTION, points=TITLES, texts=("One.", "Two.", "Three."))


def kept(folder: Path, *texts: str) -> tuple[str, ...]:
    """What an example gets of texts that are recorded already, so that no model is asked."""
    lines = [
        OwnPoint(question=QUESTION, title=title, text=text, finish="stop").model_dump_json()
        for title, text in zip(TITLES, texts, strict=True)
    ]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (found,) = own_points("", [EXAMPLE], folder, each=len(TITLES))
    assert found.points == TITLES
    return found.texts


GOOD = (
    "A regular bedtime trains the body clock. Keep it on weekends, too.",
    "Close the curtains for a dark room. Small lamps disturb as well.",
    "Coffee keeps people awake for hours. Drink the last cup before noon.",
)


def test_sound_texts_take_the_place_of_the_examples(tmp_path: Path) -> None:
    assert kept(tmp_path, *GOOD) == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "A dark room helps.",
        "I like a dark bedroom. It helps me.",
        "The cat sat on the mat. It slept there all day.",
        "A dark bedroom is good. See https://example.org for more.",
        "This answer is about a dark bedroom. It explains why that helps.",
        "A dark room makes people sleep well. A dark room makes people sleep well.",
        "A regular bedtime in a dark room helps. It is that simple.",
        "- A dark room helps.\n- So does silence.",
        "A dark room helps because. And then the",
    ],
    ids=[
        "one sentence",
        "I",
        "off its title",
        "link",
        "about itself",
        "repetition",
        "same start",
        "list",
        "cut",
    ],
)
def test_texts_that_nobody_should_learn_from_are_left_out(tmp_path: Path, text: str) -> None:
    assert kept(tmp_path, GOOD[0], text, GOOD[2]) == (GOOD[0], "", GOOD[2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("To sleep better, keep the room dark. It helps.", "Keep the room dark. It helps."),
        ("When it comes to better sleep, darkness helps. Try it.", "Darkness helps. Try it."),
        ("To sleep better, it's essential to keep the room dark. It helps.", "Keep the room dark. It helps."),
        ("It is also important to remember that light disturbs. Try it.", "Light disturbs. Try it."),
        ("At noon, drink the last cup. It helps.", "At noon, drink the last cup. It helps."),
        ("Light disturbs. Additionally, noise does.", "Light disturbs. Noise does."),
        ("One two. Three four. Five six. Seven eight.", "One two. Three four. Five six."),
        ("A b c. " + "Long words " * 40 + "end.", "A b c."),
    ],
)
def test_a_text_begins_without_its_question_and_is_as_short_as_a_point(text: str, expected: str) -> None:
    assert plain_start(QUESTION, text) == expected


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"mine": 1}\n')
    with pytest.raises(ConfigError, match=FILE):
        own_points("", [EXAMPLE], tmp_path, each=3)
    assert (tmp_path / FILE).read_text() == '{"mine": 1}\n'
