"""Prompts of an answer's stages, and how much of them a prefix cache can serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from sot.prompting.conversation import Conversation, Prompt, outline
from sot.prompting.packs import load_pack
from sot.types import Message, Point


@dataclass(frozen=True)
class Texts:
    """Texts of a conversation in one language."""

    question: str
    system: str
    history: tuple[str, str]
    titles: tuple[str, ...]


TEXTS = {
    "en": Texts(
        "How do I keep a sourdough starter alive?",
        "You are a patient baker who answers beginners.",
        ("What is hydration in a dough?", "The weight of the water as a share of the flour's."),
        ("Feed it daily", "Keep it at room temperature", "Discard some before feeding", "Watch for bubbles"),
    ),
    "ja": Texts(
        "サワードウのスターターはどう育てればいいですか？",
        "あなたは初心者に教える、根気のよいパン職人です。",
        ("生地の加水率とは何ですか？", "粉の重さに対する水の重さの割合です。"),
        ("毎日えさをやる", "室温に置く", "えさの前に一部を捨てる", "泡を確かめる"),
    ),
}


@dataclass(frozen=True)
class Stages:
    """Prompts of one answer's stages; ``earlier`` is that of the point before ``point``."""

    skeleton: Prompt
    earlier: Prompt
    point: Prompt
    normal: Prompt


def stages(language: str, *, system: bool, history: bool, prefilled: bool) -> Stages:
    """Build the prompts of an answer as the strategies do."""
    texts = TEXTS[language]
    messages = [Message("system", texts.system)] if system else []
    if history:
        messages += [Message("user", texts.history[0]), Message("assistant", texts.history[1])]
    messages.append(Message("user", texts.question))
    conversation = Conversation(
        messages, load_pack(language), "aligned", can_prefill=prefilled, min_points=3, max_points=8
    )
    points = [Point(number, title) for number, title in enumerate(texts.titles, 1)]
    earlier, point = (
        conversation.point(points[count - 1], points[:count], outline(points[:count])) for count in (3, 4)
    )
    return Stages(conversation.skeleton(), earlier, point, Prompt(tuple(messages)))


def shared_share(earlier: Sequence[int], point: Sequence[int]) -> float:
    """Return how much of a point's prompt the request of the point before it has computed, from 0 to 1."""
    return in_common(earlier, point) / len(point)


def in_common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the length of the common prefix."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
