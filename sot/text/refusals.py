"""Refusals told by their beginning: "I'm sorry, but as an AI …" opens no answer whose points then answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

LONGEST = 160  # characters within which it is decided


def _join(*parts: str | Iterable[str]) -> list[str]:
    """Return every choice of one alternative of each part; bars are between alternatives."""
    choices = (part.split("|") if isinstance(part, str) else part for part in parts)
    return ["".join(chosen) for chosen in product(*choices)]


# All in lower case, with straight apostrophes.
_CANNOT = _join("i ", "can't|cannot|can not|could not|couldn't")
_LACK = _join("i don't have|i do not have")
_WILL_NOT = _join("i won't|i will not")
_UNABLE = [*_CANNOT, *_LACK, *_WILL_NOT, *_join("i'm |i am ", "unable|not able")]
_VERBS = (
    " help| assist| provide| answer| give you| fulfil| fulfill| access| browse| predict| comply| create"
    "| write| discuss| share| offer| do that| do this| see| tell| respond| generate| engage| verify"
)
_KEPT = _join(_CANNOT, " help but| help it| help feeling| help falling| help thinking| see why| tell you how")
_REFUSALS = (
    *_join(_CANNOT, "| directly| really| actually| currently| personally| legally| and will not", _VERBS),
    *_join(_LACK, "| any| enough", " access| personal| the ability| the capability| feelings| emotions"),
    *_join(_LACK, "| any| enough", " opinions| information| real-time| a body| a physical"),
    *_join(_WILL_NOT, " be able| help| provide| assist"),
    *_join("unfortunately, |unfortunately |i'm afraid |i'm afraid that |i am afraid ", _UNABLE),
    *_join("as an ai|as a language model|as a large language model", ",| i| language model| assistant"),
    *_join("as a chatbot|as an artificial intelligence", ",| i"),
    *_join("i'm |i am ", "unable|not able|an ai|just an ai|a language model|a large language model"),
    *_join("ich kann", "| ihnen| dir", "| das| dabei| damit| diese frage", " leider nicht| nicht helfen"),
    *_join("als ", "ki|ki-modell|ki-assistent|sprachmodell", ",| kann ich| habe ich| bin ich"),
    *_join("je ne peux pas ", "répondre|vous|t'aider|aider|fournir|donner|accéder"),
    *_join("en tant ", "qu'ia|que modèle|que modèle de langage|qu'intelligence artificielle", ",| je"),
    *_join("no puedo |non posso |não posso ", "ayudar|ayudarte|responder|darte|aiutarti|rispondere|ajudar"),
    *_join("como ", "ia|una ia|uma ia|modelo de lenguaje|modelo de linguagem", ",| no| não"),
    *_join("aiとして", "、|は、|私|の私"),
    *_join("我无法|我無法|我不能", "回答|提供|帮|幫|协助|協助|满足|访问|预测|为您|為您|给|完成"),
    *_join("作为|作為", "|一个|一個", "ai|人工智能|人工智慧", "，|,|语言模型|語言模型|助手|模型|我"),
    *_join("leider kann ich|죄송하지만|죄송합니다만"),
)
_APOLOGIES = (
    *_join("i'm |i am |", "|so |very |really |truly |deeply ", "sorry"),
    *_join("apologies|my apologies|i apologize|i apologise"),
    *_join("es |", "tut mir |tut mir sehr ", "leid"),
    *_join("entschuldigung|désolé|désolée|je suis désolé|je suis désolée|je suis vraiment désolé"),
    *_join("lo siento|lo siento mucho|lo lamento|mi dispiace|mi dispiace molto|desculpe|sinto muito|lamento"),
    *_join("申し訳ありません|申し訳ございません|申し訳ない|すみません|ごめんなさい|抱歉|很抱歉|非常抱歉"),
    *_join("对不起|對不起|不好意思|죄송합니다"),
)
# What makes a refusal of an apology: "but" after it or after what is no sympathy, and what cannot be done.
_BUT = re.compile(
    r"(?: [^,]*(?:misunderst|confus|inconv|missverst|verwirr|unannehm|malent|désagr|disag)[^,]*)?"
    r",? (?:but|aber|jedoch|mais|pero|ma|però|mas|porém)(?=\W)"
    r"|(?:です)?(?:が|けど)|[，,。！ ]*(?:但|无法|無法|不能)"
)
_INABILITY = re.compile(
    r"\bi (?:can't|cannot|can not|could not|couldn't)(?:[.,!]| (?!(?:even|imagine|begin)\W)[\w']+(?=\W))"
    r"|\bi (?:don't have|do not have|won't be|will not be|(?:don't|do not|didn't|did not) understand)(?=\W)"
    r"|\b(?:i'm|i am|i was) (?:unable|not able)(?=\W)|\b(?:beyond|outside) (?:me|my)(?=\W)"
    r"|\b(?:i'm|i am|as) (?:just |only )?an? (?:ai|(?:large )?language model|chatbot)(?=\W)"
    r"|\b(?:kann ich|ich kann)\b[^,]* (?:nicht|keine?n?)(?=\W)|nicht (?:weiter)?helfen|\bals ki(?=\W)"
    r"|\b(?:je ne (?:peux|suis|sais)|je n'ai|no puedo|no tengo|non posso|não (?:posso|consigo|tenho))(?=\W)"
    r"|でき(?:ません|ない|かね)|かねます|わかりません|我.{0,6}(?:无法|無法|不能)|수 없|수가 없|못"
)
_LEADING = re.compile(r"(?:(?:hello|hi|hey|oh|well|sure|okay|ok|thanks|thank you)\b[^.!?\n]{0,20}?[.!,]\s*)+")
_MARKS = str.maketrans("’‘＇", "'''", "*")
_PAUSES = " ,.!…，。！、"
_END = re.compile(r"[.!?…。！？\n]")


def refuses(text: str) -> bool | None:
    """Tell whether an answer begins as a refusal; ``None`` while it may become one.

    An apology is one if its sentence, or the next where it stands alone, tells what cannot be done.

    Args:
        text: The answer so far, without white space before it.
    """
    low = text[:LONGEST].translate(_MARKS).lower()
    low = low[lead.end() :] if (lead := _LEADING.match(low)) else low
    low = low.lstrip("_# ")
    if len(text) == 1 and low.isascii() and low.isalnum() and low != "i":
        return False  # engines send words, and the first one comes at once
    found = _begins(low, _REFUSALS)
    if found:
        found = None if (kept := _begins(low, _KEPT)) is None else not kept
    elif apology := max(filter(low.startswith, _APOLOGIES), key=len, default=""):
        found = _apology_refuses(low[len(apology) :], spaced=apology[-1].isascii())
    elif any(phrase.startswith(low) for phrase in _APOLOGIES):
        found = None
    return False if found is None and len(text) >= LONGEST else found


def _begins(low: str, phrases: Iterable[str]) -> bool | None:
    """Tell whether a text begins with one of the phrases; ``None`` while it may."""
    for phrase in filter(low.startswith, phrases):
        after = low[len(phrase) : len(phrase) + 1]
        if not (phrase[-1].isascii() and phrase[-1].isalnum()) or (after and not after.isalnum()):
            return True
    return None if any(phrase.startswith(low) for phrase in phrases) else False


def _apology_refuses(rest: str, *, spaced: bool) -> bool | None:
    """Tell whether what follows an apology makes it a refusal; ``None`` while its sentence goes on."""
    if spaced and rest and (rest[0].isalnum() or rest[0] == "-"):
        return False  # another word
    end = _END.search(rest, len(rest) - len(rest.lstrip(_PAUSES)))
    sentence = rest[: end.end()] if end else rest
    if _BUT.match(sentence) or _INABILITY.search(sentence):
        return True
    return False if end else None
