"""Openings that refuse: a normally decoded refusal does not stand above points that answer the question."""

from __future__ import annotations

import pytest

from sot.text.opening_text import OpeningText
from sot.text.refusals import refuses

REFUSALS = [
    "I'm sorry, but as an AI I cannot give advice. Ask a doctor.",
    "I’m sorry for any misunderstanding, but I am a chatbot. Please ask again.",
    "Sorry, that is beyond me. Try again.",
    "As an AI language model, I don't have feelings. Still, people do.",
    "I cannot help with that. Please ask somebody else.",
    "I don't have access to your phone. Please see its settings.",
    "Unfortunately, I can't see your screen. Please describe it.",
    "Hello! I'm sorry, I can't do that. Ask again.",
    "**I am unable to answer this.** Please ask an expert.",
    "Es tut mir leid, das kann ich nicht. Fragen Sie jemanden.",
    "Je suis désolé, je ne peux pas répondre. Demandez ailleurs.",
    "Lo siento, no puedo ayudar con eso. Pregunta a otro.",
    "申し訳ありませんが、お答えできません。別の質問をどうぞ。",
    "很抱歉，我无法回答这个问题。请换一个问题。",
    "죄송합니다. 답변할 수 없습니다.",
]
ANSWERS = [
    "In short, sleep needs rhythm. A dark room helps.",
    "I can think of many good reasons. Rest is one of them.",
    "As an aid to sleep, darkness is hard to beat. So is silence.",
    "Apologies mend a quarrel sooner than silence. Say it first.",
    "Sorrow fades with time. Company helps.",
    "Unfortunately, many people sleep badly. Rhythm helps.",
    "Es tut gut, früh zu schlafen. Dunkelheit hilft.",
    "Having a plan helps. Write it down.",
    "睡眠需要规律。黑暗的房间有帮助。",
]


def fed(text: str, pieces: list[str]) -> str:
    opening = OpeningText()
    shown = "".join(opening.feed(piece) for piece in pieces) + opening.close()
    assert shown == opening.opening
    assert opening.text == text.lstrip()
    return shown


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_opens_nothing_and_is_kept_whole(text: str) -> None:
    assert fed(text, [text]) == ""
    assert fed(text, text.replace(" ", " \0").split("\0")) == ""
    assert fed(text, text.replace(" ", "\0 ").split("\0")) == ""


@pytest.mark.parametrize("text", ANSWERS)
def test_other_sentences_open_the_answer(text: str) -> None:
    assert refuses(text) is False
    assert fed(text, [text]) == text
    assert fed(text, list(text)) == text


def test_what_may_become_a_refusal_is_held_no_longer_than_needed() -> None:
    opening = OpeningText()
    shown = [opening.feed(piece) for piece in ("I", " ca", "n think", " of many")]
    assert shown == ["", "", "I can think", " of many"]
    assert OpeningText().feed("A") == "A"


def test_a_text_that_ends_while_it_may_refuse_opens_nothing() -> None:
    assert fed("I am", ["I am"]) == ""
