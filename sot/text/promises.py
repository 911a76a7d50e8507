"""Promises of a number of points in a sentence: "Here are five ways", "3 Tipps", "以下の5つの方法"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MOST = 50  # greater numbers count something else
_NUMBERS = {
    word: number
    for number, words in {
        2: "two zwei deux dos due dois duas",
        3: "three drei trois tres tre três",
        4: "four vier quatre cuatro quattro quatro",
        5: "five fünf cinq cinco cinque",
        6: "six sechs seis sei",
        7: "seven sieben sept siete sette sete",
        8: "eight acht huit ocho otto oito",
        9: "nine neun neuf nueve nove",
        10: "ten zehn dix diez dieci dez",
        11: "eleven elf onze undici",
        12: "twelve dozen zwölf douze doce dodici doze",
        15: "fifteen fünfzehn quinze quince quindici",
        20: "twenty zwanzig vingt veinte venti vinte",
    }.items()
    for word in words.split()
}
# Words with which a sentence of that kind begins, and that say nothing by themselves.
_LEADS = frozenset(
    """
    here here's here’s there are is these those the this following below some my top
    a look at quick list sure certainly absolutely of course okay ok yes great question
    hier sind folgende folgenden diese es gibt natürlich gerne klar gern die
    voici voilà il y a les ces bien sûr
    aquí hay estos estas son los las siguientes claro por supuesto existen tienes
    ecco ci sono questi queste certo certamente i gli le
    aqui estão há os as estes seguintes existem
    """.split()  # noqa: SIM905 - a hundred quoted words would be harder to read
)
# The first words of most such sentences. Others ("The", "Es") begin too many sentences to hold all of them.
_OPENERS = frozenset(
    """
    here here's here’s there these below sure certainly absolutely of okay ok yes great
    hier folgende diese natürlich gerne klar gern voici voilà bien aquí estos estas claro por ecco certo
    certamente aqui estes
    """.split()  # noqa: SIM905
)
# After one of these a number is a promise, whatever it counts.
_POINTING = frozenset(
    """
    here here's here’s there these following below top
    hier folgende folgenden diese diesen gibt voici voilà ces
    aquí estos estas siguientes ecco questi queste seguenti aqui estes seguintes
    """.split()  # noqa: SIM905
)
_COUNTED = re.compile(
    r"""(?:
    ways?|tips?|steps?|reasons?|points?|things?|ideas?|methods?|strateg(?:y|ies)|techniques?|habits?|practices?
    |suggestions?|factors?|aspects?|areas?|types?|kinds?|forms?|examples?|elements?|principles?|benefits?
    |(?:dis)?advantages?|pros|cons|options?|approach(?:es)?|recommendations?|rules?|phases?|stages?|causes?
    |categor(?:y|ies)|guidelines?|hacks?|tricks?|pieces|considerations?|measures?|differences?|components?
    |characteristics?|features?|skills?|tools?|challenges?|activities|differences|essentials|pillars?
    |tipps?|wegen?|wege|schritten?|schritte|gründen?|gründe|punkten?|punkte|dingen?|dinge|ideen|methoden|strategien
    |techniken|gewohnheiten|vorschlägen?|vorschläge|faktoren|aspekten?|aspekte|arten|beispielen?|beispiele
    |elementen?|elemente|prinzipien|vorteilen?|vorteile|nachteilen?|nachteile|möglichkeiten|ansätzen?|ansätze
    |empfehlungen|regeln|phasen|maßnahmen|ratschlägen?|ratschläge|ursachen|merkmalen?|merkmale
    |conseils|façons|étapes|raisons|choses|idées|méthodes|stratégies|habitudes|facteurs|exemples|éléments
    |principes|avantages|inconvénients|approches|recommandations|règles|manières|astuces|moyens
    |consejos|formas|pasos|razones|puntos|cosas|métodos|estrategias|técnicas|hábitos|sugerencias|factores
    |aspectos|tipos|ejemplos|elementos|principios|ventajas|desventajas|opciones|enfoques|recomendaciones|reglas
    |fases|maneras|trucos|causas|claves
    |consigli|modi|passi|passaggi|ragioni|motivi|punti|cose|metodi|strategie|tecniche|abitudini|suggerimenti
    |fattori|aspetti|tipi|esempi|elementi|principi|vantaggi|svantaggi|opzioni|approcci|regole|fasi|trucchi
    |dicas|passos|razões|motivos|pontos|coisas|ideias|hábitos|sugestões|fatores|exemplos|princípios|vantagens
    |desvantagens|opções|abordagens|recomendações|regras|truques
    )""",
    re.VERBOSE,
)
_UNITS = re.compile(
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|percent|people|times|o'clock|stunden?|tagen?|tage"
    r"|wochen|monaten?|monate|jahren?|jahre|minuten|heures|jours|semaines|mois|ans|horas|días|semanas|meses|años"
    r"|ore|giorni|settimane|mesi|anni|dias|anos|to)"
)
_SHORT = frozenset(("a", "do", "e", "o", "on", "se", "si", "so", "to", "un"))  # no beginnings of a number
_AFTER = 3  # words between a number and what it counts, at most
_TOKEN = re.compile(r"[^\W\d_][\w'’-]*|\d+(?:\s?[-–]\s?\d+)?(?:[.,]\d+)*(?:[%°]|[^\W\d_]+)?")
_DIGITS = re.compile(r"(\d{1,2})(?:\s?[-–]\s?(\d{1,2}))?")
_BREAK = re.compile(r"[,;:.!?()]")

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_CJK_DIGITS = {
    sign: value for value, signs in enumerate(("", "一", "二两兩", *"三四五六七八九")) for sign in signs
}
_CJK_NUMBER = r"(?:\d{1,2}|十[一二三四五六七八九]?|[二两兩三四五六七八九]十?)"
_CJK_PROMISE = re.compile(
    rf"(?<![\d.第])(?P<number>{_CJK_NUMBER})\s?"
    r"(?:つ|個|点|點|種類|種|通り|項目|ステップ|選|か条|个|种|条|條|项|項|大|步)(?!月|小时|星期|人|年|目)(?:の)?"
)
_CJK_THINGS = re.compile(
    r"方法|ポイント|コツ|秘訣|理由|要素|要点|習慣|対策|ステップ|手順|アドバイス|ヒント|工夫|メリット|デメリット|建议"
    r"|建議|技巧|步骤|原因|方面|习惯|策略|关键|因素|优点|缺点|原则"
)
_CJK_LEADS = ("以下", "次の", "下記", "ここで", "ここに", "下面", "这里", "這裡")
_CJK_NOTHING = re.compile(r"(?:はい|もちろん(?:です)?|当然(?:可以)?|好的|[、。！!，\s])*")
_CJK_DECIDED = 4  # characters after a number by which it is known whether it counts points
_CJK_NEAR = 16  # characters between a number and the things that it counts


@dataclass(frozen=True, slots=True)
class Promise:
    """Number of points that a sentence promises: ``low`` to ``high``, said at ``start`` to ``end``."""

    low: int
    high: int
    start: int
    end: int

    def fits(self, count: int) -> bool:
        """Return whether an answer of so many points keeps it."""
        return self.low <= count <= self.high


_TOLD = re.compile(r"[:：]\s*\w")


def find_promise(sentence: str) -> Promise | None:
    """Return the promise of a number of points in a whole sentence; ``None`` without one."""
    found = _cjk_promise(sentence) if _CJK.search(sentence) else None
    if found is None:
        found = next((promise for promise, _ in _candidates(sentence, whole=True) if promise), None)
    if found is not None and _TOLD.search(sentence, found.end):
        return None  # "has two stages: heating and cooling" keeps its promise itself
    return found


def unpromising_length(text: str) -> int:
    """Return how much of a sentence under way can be shown before its promise is known.

    Nothing, while it may become a sentence such as "Here are five ways"; else all up to a number that may
    promise something, or all of it.
    """
    if _CJK.search(text):
        return _unpromising_cjk(text)
    words = list(_TOKEN.finditer(text))
    if _only_opens(text):
        return 0
    at = next((start for _, start in _candidates(text, whole=False)), len(text))
    if words and words[-1].end() == len(text) and _may_become_number(words[-1][0]):
        at = min(at, words[-1].start())
    return 0 if _only_opens(text[:at]) else at


def _only_opens(text: str) -> bool:
    """Tell whether a text is the beginning of a sentence that is likely to promise something."""
    first = _TOKEN.search(text)
    if first is None:
        return not text.strip()
    low = first[0].lower()
    partial = first.end() == len(text) and low not in _LEADS
    opens = low in _OPENERS or (partial and any(word.startswith(low) for word in _OPENERS))
    return opens and says_nothing(text)


def says_nothing(text: str) -> bool:
    """Tell whether a text has nothing but words that lead to something else, such as "Sure! Here are"."""
    if _CJK.search(text):
        return _CJK_NOTHING.fullmatch(text) is not None
    words = list(_TOKEN.finditer(text))
    for word in words:
        low, partial = word[0].lower(), word.end() == len(text)
        if low in _LEADS:
            continue
        if not (partial and any(lead.startswith(low) for lead in _LEADS)):
            return False
    return bool(words) or not text.strip()


def _candidates(text: str, *, whole: bool) -> list[tuple[Promise | None, int]]:
    """Return the numbers of a text: each as a promise, or where it stands while that is not decided."""
    words = list(_TOKEN.finditer(text))
    found: list[tuple[Promise | None, int]] = []
    first = True  # nothing is said before
    for place, word in enumerate(words):
        value = _value(word[0])
        if value is None:
            continue
        first = first and says_nothing(text[: word.start()])
        following = words[place + 1 : place + 2 + _AFTER]
        before = [other[0].lower() for other in words[max(0, place - 3) : place]]
        decided = _counts_points(text, word.end(), following, before, whole=whole, first=first)
        if decided is None:
            found.append((None, word.start()))
        elif decided:
            after = text[word.end() :]
            blank = len(after) - len(after.lstrip())
            found.append((Promise(*value, word.start(), word.end() + blank), word.start()))
    return found


def _counts_points(
    text: str, end: int, following: list[re.Match[str]], before: list[str], *, whole: bool, first: bool
) -> bool | None:
    """Tell whether a number counts points, by the words around it; ``None`` while too few are known."""
    sure = any(word in _POINTING for word in before)
    for place, word in enumerate(following):
        if _BREAK.search(text, end, word.start()) and not sure:
            return False
        if word.end() == len(text) and not whole:
            return None  # the word may go on
        low = word[0].lower()
        if _COUNTED.fullmatch(low):
            return True
        if place == 0 and _UNITS.fullmatch(low):
            return False
        if sure:
            return True
    if not whole and (first or (len(following) <= _AFTER and not _BREAK.search(text, end))):
        return None
    return sure or (first and text.rstrip().endswith(":"))


def _value(word: str) -> tuple[int, int] | None:
    """Return the range that a number in digits or words stands for; ``None`` for another word."""
    if digits := _DIGITS.fullmatch(word):
        low = int(digits[1])
        high = int(digits[2] or low)
    else:
        low = high = _NUMBERS.get(word.lower(), 0)
    return (low, high) if 2 <= low <= high <= _MOST else None


def _may_become_number(word: str) -> bool:
    low = word.lower()
    return word[0].isdigit() or (low not in _SHORT and any(number.startswith(low) for number in _NUMBERS))


def _cjk_promise(sentence: str) -> Promise | None:
    leads = any(lead in sentence for lead in _CJK_LEADS)
    for match in _CJK_PROMISE.finditer(sentence):
        near = sentence[match.end() : match.end() + _CJK_NEAR]
        if leads or _CJK_THINGS.search(near) or match[0].endswith(("ステップ", "選", "か条")):
            value = _cjk_value(match["number"])
            return Promise(value, value, match.start(), match.end())
    return None


def _cjk_value(number: str) -> int:
    if number.isdecimal():
        return int(number)
    tens, ten, ones = number.rpartition("十")
    return (_CJK_DIGITS.get(tens, 1) * 10 if ten else 0) + _CJK_DIGITS.get(ones, 0)


def _unpromising_cjk(text: str) -> int:
    if says_nothing(text) or any(lead.startswith(text) for lead in (*_CJK_LEADS, "はい", "もちろん")):
        return 0
    held = [text.find(lead) for lead in _CJK_LEADS if lead in text]
    for match in re.finditer(rf"(?<![\d.第]){_CJK_NUMBER}", text):
        if len(text) < match.end() + _CJK_DECIDED or _CJK_PROMISE.match(text, match.start()):
            held.append(match.start())
            break
    at = min(held, default=len(text))
    return 0 if says_nothing(text[:at]) else at
