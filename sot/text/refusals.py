"""Refusals told by their beginning: "I'm sorry, but as an AI …" opens no answer whose points then answer."""

from __future__ import annotations

import re

# What refusals begin with, in lower case, with straight apostrophes; each may stand for half a sentence.
_PHRASES = (
    "i'm sorry",
    "i am sorry",
    "i'm so sorry",
    "i am so sorry",
    "i'm very sorry",
    "sorry",
    "my apologies",
    "i apologize",
    "i apologise",
    "unfortunately, i",
    "as an ai",
    "as a language model",
    "as a large language model",
    "as a chatbot",
    "i'm an ai",
    "i am an ai",
    "i'm just an ai",
    "i can't",
    "i cannot",
    "i can not",
    "i could not",
    "i'm unable",
    "i am unable",
    "i'm not able",
    "i am not able",
    "i do not have",
    "i don't have",
    "i won't",
    "i will not",
    "es tut mir leid",
    "tut mir leid",
    "entschuldigung",
    "leider kann ich",
    "als ki",
    "als sprachmodell",
    "je suis désolé",
    "désolé",
    "je ne peux pas",
    "en tant qu'ia",
    "en tant que modèle",
    "lo siento",
    "no puedo",
    "como ia",
    "como modelo de lenguaje",
    "mi dispiace",
    "desculpe",
    "sinto muito",
    "申し訳",
    "すみません",
    "ごめんなさい",
    "aiとして",
    "抱歉",
    "很抱歉",
    "对不起",
    "對不起",
    "我无法",
    "我無法",
    "我不能",
    "作为一个ai",
    "作为ai",
    "죄송",
)
_LEADING = re.compile(r"(?:(?:hello|hi|hey|oh|well|sure|okay|ok|thanks|thank you)\b[^.!?\n]{0,20}?[.!,]\s*)+")
_MARKS = str.maketrans("’‘＇", "'''")


def refuses(text: str) -> bool | None:
    """Tell whether an answer begins as a refusal; ``None`` while it may become one.

    Args:
        text: The answer so far, without white space before it.
    """
    low = text.translate(_MARKS).lower()
    low = low[lead.end() :] if (lead := _LEADING.match(low)) else low
    low = low.lstrip("*_\"'“# ")
    if len(low) == 1 and low.isascii() and low != "i":
        return False  # engines send words, and the first one comes at once
    undecided = False
    for phrase in _PHRASES:
        if low.startswith(phrase):
            after = low[len(phrase) : len(phrase) + 1]
            if not phrase[-1].isascii() or (after and not after.isalnum()):
                return True
            undecided |= not after
        undecided |= phrase.startswith(low)
    return None if undecided else False
