"""Openings that refuse: a normally decoded refusal does not stand above points that answer the question."""

from __future__ import annotations

from rows import rows

from sot.text.opening_text import OpeningText
from sot.text.refusals import LONGEST, refuses

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
    "죄송하지만 답변할 수 없습니다.",
    "I’m afraid I can't help with that.",
    "Apologies, but I can't.",
    "Unfortunately, I won't be able to do so.",
    "**Sorry**, but that question has no place here.",
    "I'm sorry. I can't help with that.",
    "I'm sorry to hear that you feel this way, but I'm unable to provide the help that you need.",
    "I'm sorry for any misunderstanding, but as an AI designed to be safe, I stop here.",
    "I can't actually browse the web. Please look there.",
    "I cannot help. Please ask somebody else.",
    "I don't have the ability to hear. Please write.",
    "I will not be able to do so. Please ask somebody else.",
    "As an AI, I have no taste. Many people like tea.",
    "Ich kann Ihnen dabei leider nicht helfen.",
    "Als KI kann ich nicht fühlen. Menschen schon.",
    "Mi dispiace, ma non posso.",
    "AIとして、お答えできません。",
    "作为一个AI语言模型，我没有感情。",
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
    "I'm so sorry for your loss. Grieving a pet takes time, and these steps can help.",
    "I'm so sorry for your loss; I can't imagine your grief.",
    "I'm sorry to hear that you lost your job.",
    "I'm sorry to hear that, but there is much that you can do.",
    "Es tut mir leid, dass dein Hund gestorben ist. Trauer braucht Zeit.",
    "Sinto muito pela sua perda.",
    "Mi dispiace per la tua perdita.",
    "Je suis désolé d'apprendre cela.",
    "I can't recommend regular sleep enough.",
    "I cannot stress enough how sleep matters.",
    "I can't help but admire those who sleep well.",
    "I will not say that it is easy, but it works.",
    "I won't lie: it takes time.",
    "I don't have a dog breed to single out; it depends on your home.",
    '"I can\'t breathe" became a slogan.',
    "I can't sleep is a common complaint of adults.",
    "Sorry, in Japanese, is said in many ways.",
    "Sorry! is a board game, but not an easy one.",
    "Sorry-free living is hard, but it can be learnt.",
    "Unfortunately, I and many others sleep badly.",
    "Als KI werden Systeme bezeichnet, die lernen.",
    "As a chatbot developer, you write tests.",
    "As an AI researcher, you read much.",
    "AIとして知られる技術は便利です。",
    "我不能说的秘密是一部电影。",
    "抱歉是一种礼貌，不能缺少。",
    "No puedo is Spanish for a lack of power.",
]


def fed(text: str, pieces: list[str]) -> str:
    opening = OpeningText()
    shown = "".join(opening.feed(piece) for piece in pieces) + opening.close()
    assert shown == opening.opening
    assert opening.text == text.lstrip()
    return shown


@rows("text", REFUSALS)
def test_a_refusal_opens_nothing_and_is_kept_whole(text: str) -> None:
    assert fed(text, [text]) == ""
    assert fed(text, text.replace(" ", " \0").split("\0")) == ""
    assert fed(text, text.replace(" ", "\0 ").split("\0")) == ""


@rows("text", ANSWERS)
def test_other_sentences_open_the_answer(text: str) -> None:
    assert refuses(text) is False
    assert fed(text, [text]) == text
    assert fed(text, text.replace(" ", " \0").split("\0")) == text
    assert fed(text, text.replace(" ", "\0 ").split("\0")) == text
    assert fed(text, list(text)) == text


@rows("text", [*REFUSALS, *ANSWERS])
def test_what_is_decided_stays_decided(text: str) -> None:
    start = len("Hello!") if text.startswith("Hello!") else 2
    found = [refuses(text[:end]) for end in range(start, len(text) + 1)]
    decided = [each for each in found if each is not None]
    assert set(decided) == {text in REFUSALS}
    assert found[-len(decided) :] == decided


def test_a_sentence_without_an_end_is_decided_within_a_bound() -> None:
    begun = "I'm sorry to hear " + "that " * 60
    assert refuses(begun[: LONGEST - 1]) is None
    assert refuses(begun[:LONGEST]) is False
    assert refuses(begun + "but I can't help.") is False


def test_what_may_become_a_refusal_is_held_no_longer_than_needed() -> None:
    opening = OpeningText()
    shown = [opening.feed(piece) for piece in ("I", " ca", "n think", " of many")]
    assert shown == ["", "", "I can think", " of many"]
    assert OpeningText().feed("A") == "A"


def test_a_text_that_ends_while_it_may_refuse_opens_nothing() -> None:
    assert fed("I am", ["I am"]) == ""
