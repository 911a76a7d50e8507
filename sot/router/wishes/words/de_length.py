"""German wishes about the length of the answer and of its points."""

from __future__ import annotations

from ..lazy import LazyPattern
from ..wish import WishPattern, rx
from .de_words import (
    ABOUT,
    AFTER,
    BARE,
    BOUND,
    EACH,
    END,
    LEAST,
    MOST,
    NAMES,
    PER,
    RANGE,
    SAID,
    SENTENCES,
    SHORT,
    TAIL,
    WORDS,
    asked,
)


def _sized(unit: str, *, each: tuple[str, ...]) -> LazyPattern:
    """Return the pattern of a size of the whole answer; what is the size of each point is left out."""
    return rx(
        *(rf"{part}(?P<each>)" for part in each),
        rf"\b(?:in|mit|auf|aus|von|an|als|über) {BOUND}{RANGE} {unit}{AFTER}{TAIL}",
        rf"(?:\b|(?<=\s)|\A)(?:{MOST}|{LEAST}|{ABOUT}) {BOUND}{RANGE} {unit}{TAIL}",
        rf"{BARE}{BOUND}{RANGE} {unit}{AFTER}{END}{TAIL}",
        r"\b(?:schreib|formulier|verfass|antwort)(?:e|en sie)? (?:mir |bitte |"
        rf"nur )*{BOUND}{RANGE} {unit}{AFTER}",
    )


def _each(unit: str) -> tuple[str, ...]:
    return (
        rf"{EACH}{BOUND}{RANGE} {unit}{AFTER}",
        rf"(?:(?:in|mit) )?{BOUND}{RANGE} {unit}(?: (?:erklärung|begründung|"
        rf"erläuterung))?{AFTER},? {PER}",
    )


LENGTH = (
    # So short that there is no list.
    asked(
        "length",
        "one",
        r"\b(?:in|mit|nur|genau|bloß) (?:nur |genau |exakt |bloß )*(?:ein(?:em|en)?|1|zwei|"
        r"2) (?:einzige[nsm]? |einzelne[nsm]? )?wort(?:en|e)?\b",
        rf"{BARE}(?:ein|1) (?:einziges )?wort\b{END}|{SAID}(?:mit )?(?:einer |einem |"
        r"als )?(?:ein-?wort-?antwort(?:en)?|einzeiler)\b(?!-)",
        r"(?:\A|(?<=[.!?] )|(?<=[(\n])|\b(?:nur|bloß|lediglich|einfach|mit|bitte|klares|"
        r"klarem) )(?:\"|')?ja(?:\"|')?(?:/| oder )(?:mit )?(?:\"|')?nein\b",
        rf"{SAID}(?:mit |nur |lediglich |bloß |ausschließlich |einfach )*(?:nur |lediglich |bloß |"
        r"ausschließlich |\bnur )(?:mit |noch )?(?:(?:der|den|dem|die|das|deren|eine?[nmr]?|seinen|"
        rf"ihren) )?(?:\w+e[nrs]? )?{NAMES}\b(?! (?:von|jede[srn]|der einzelnen))",
        r"\b(?:antwort|gib|geben sie|nenn|sag|schreib)\w* (?:mir |bitte )*(?:nur|lediglich|bloß|"
        rf"ausschließlich) (?:mit )?(?:(?:der|den|dem|die|das|eine?[nmr]?) )(?:\w+e[nrs]? )?{NAMES}\b",
        r"\b(?:sonst|weiter) nichts\b|\bnichts (?:weiter|anderes|sonst|weiteres|dazu)\b|"
        r"\bund fertig\b|\bkein wort mehr\b",
        rf"{SAID}(?:ganz |gänzlich )?(?:ohne|keine?) (?:jede |weiteren? |große |"
        r"irgendeine )*(?:erklärung(?:en)?|begründung(?:en)?|erläuterung(?:en)?|kommentare?|"
        r"rechenweg|zusatztext|weiteren text)\b",
        r"\btl;?dr\b",
        rf"\b(?:in|mit|auf|aus|{MOST}) {BOUND}\d{{1,3}} zeichen\b|"
        rf"{BARE}{BOUND}\d{{1,3}} zeichen\b{END}|\bin tweet-?länge\b",
        r"\b(?:(?:nur|genau|bloß) eine?n?|einen? einzige[nr]?) (?:einzigen? |wichtigsten? )*(?:tipp|"
        r"grund|vorteil|nachteil|idee|beispiel|punkt|sache)\b",
    ),
    # Length of each point, and of the whole answer.
    WishPattern("each_sentences", rx(*_each(SENTENCES)), sure=True),
    WishPattern("each_words", rx(*_each(WORDS)), sure=True),
    WishPattern(
        "each_sentences",
        rx(rf"{EACH}(?:eine?[mn]?|1) {SHORT}absatz\b", rf"\b(?:eine?[mn]?|1) {SHORT}absatz,? {PER}"),
        "paragraph",
        sure=True,
    ),
    WishPattern("sentences", _sized(SENTENCES, each=_each(SENTENCES))),
    WishPattern("words", _sized(WORDS, each=_each(WORDS))),
    asked(
        "length",
        "short",
        r"\b(?:fass(?:e|en sie)? (?:dich|sich|es) (?:bitte )?(?:sehr |ganz |möglichst )?kurz|"
        r"kurz und (?:knapp|bündig|prägnant|schmerzlos)|in (?:aller )?kürze|kurz gefasst|kurzgefasst|"
        r"kurzgesagt|kurz gesagt|knapp|prägnant|stichpunktartig kurz|nicht zu (?:lang|ausführlich)|"
        r"(?:kurze|knappe|kompakte|prägnante)[nr]? (?:antwort(?:en)?|übersicht|liste|überblick|"
        r"erklärung|punkte|stichpunkte[n]?|tipps)|halt(?:e|en sie)? (?:es|dich|die antwort|"
        r"deine antworten|dich bitte|sich)(?: bitte| immer)* kurz|ohne details|keine details|"
        r"keine romane?|kein roman|(?:erklär|nenn|beschreib|sag|antwort)\w* (?:mir |bitte |sie |"
        r"uns )*kurz|kurz bitte|bitte kurz|so kurz wie möglich|möglichst kurz|kurz halten)\b",
        rf"{BARE}kurz\b(?= ?(?:[.!:)]|\Z))",
        r"\b(?:sehr|ganz|extrem|super|möglichst) kurze? (?:antwort|zusammenfassung|version|und knappe "
        r"antwort)\b",
        rf"{BARE}(?:eine )?kurz(?:e |-)?(?:antwort|fassung|version)\b(?= ?(?:bitte|genügt|reicht|[.!:)]|\Z))",
        r"\b(?:in|mit) (?:nur |ganz |möglichst )?(?:wenigen|ein paar|paar) (?:kurzen |einfachen )?worten\b",
    ),
    asked(
        "length",
        "long",
        r"\b(?:ausführlich(?:e|en|er|st)?|detailliert(?:e|en|er)?|im detail|in allen einzelheiten|"
        r"umfassend(?:e|en|er)?|eingehend|gründlich|tiefgehend|(?:mit )?vielen details|"
        r"lang und breit|in die tiefe|so genau wie möglich|erschöpfend|ich (?:will|möchte) alles wissen)\b",
        r"\bbegnüg(?:e|en sie)? (?:dich|sich) nicht mit (?:\w+ ){0,2}(?:satz|sätzen|wort|absatz|überblick|"
        r"zeile)\b",
        r"\bnicht (?:nur|bloß) (?:in |mit )?(?:eine?[mnr]?|zwei) (?:\w+ )?(?:satz|sätzen?|wort|absatz|"
        r"zeile)\b",
    ),
)
