"""Prompt tokens of a whole answer against normal decoding's, with each style's own layout."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from sot.prompting.conversation import Conversation, Prompt, Style, outline
from sot.prompting.packs import load_pack
from sot.types import Message, Point

# As in the template of the built-in model, which adds its own system text to every request.
SYSTEM = Message("system", "You are a helpful AI assistant named SmolLM, trained by Hugging Face")
QUESTION = Message("user", "What makes a public park pleasant for everyone?")
TITLES = (
    "Clean paths",
    "Shady old trees",
    "Enough benches",
    "Safe play areas",
    "Good lighting",
    "Quiet corners",
)
TURN = 5  # tokens of a turn's marks


def tokens(prompts: Sequence[Prompt]) -> int:
    """Count the tokens of prompts, nearly: words, digits and marks."""
    turns = [turn.content for prompt in prompts for turn in prompt.messages]
    text = " ".join([*turns, *(prompt.prefill or "" for prompt in prompts)])
    return len(re.findall(r"[^\W\d]+|\d|[^\w\s]+", text)) + TURN * (len(turns) + len(prompts))


def ratio(style: Style, *, demonstrations: bool) -> float:
    """Return how many times normal decoding's prompt tokens an answer of six points has."""
    conversation = Conversation(
        (SYSTEM, QUESTION),
        load_pack("en"),
        style,
        can_prefill=True,
        min_points=2,
        max_points=10,
        demonstrations=demonstrations,
    )
    points = [Point(number, title) for number, title in enumerate(TITLES, 1)]
    normal = Prompt((SYSTEM, QUESTION))
    written = [
        conversation.point(point, points[: point.index], outline(points[: point.index])) for point in points
    ]
    return tokens([normal, conversation.skeleton(), *written]) / tokens([normal])


@pytest.mark.parametrize(
    ("style", "demonstrations", "most"),
    [("aligned", True, 45), ("aligned", False, 20), ("compact", False, 20)],
)
def test_an_answer_does_not_pay_for_the_same_text_with_every_point(
    style: Style, demonstrations: bool, most: float
) -> None:
    assert ratio(style, demonstrations=demonstrations) <= most
