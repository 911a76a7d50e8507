"""German wishes about language and readers, and the end of earlier wishes."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .de_words import LANGUAGES, asked

MANNER = (
    WishPattern(
        "free",
        rx(
            r"\b(?:vergiss|ignoriere?|streich|lass) (?:bitte )?(?:die|das|diese|meine|den) (?:mit |"
            r"mit der |mit dem |mit den )?(?:[\w-]+ ){0,2}?[\w-]*(?:regel|format|vorgabe|"
            r"beschränkung|begrenzung|anweisung|limit|wunsch|tabellen?|json|kürze|sätzen?|listen?|"
            r"reime?n?)\b",
            r"\b(?:wieder|ganz) (?:normal|frei|wie (?:gewohnt|sonst|üblich|vorher))\b|"
            r"\bwie (?:gewohnt|sonst|üblich) (?:antworten|schreiben)\b",
            r"\b(?:du )?(?:darfst|kannst) (?:du )?(?:jetzt |nun |ab jetzt |gerne? |ruhig )*(?:wieder|"
            r"auch) (?:\w+ ){0,3}(?:antworten|schreiben|verwenden|nutzen|benutzen|machen|sein)\b",
            r"\bkein(?:e|en)? (?:json|tabellen?|gedichte?|reime|kurzantworten|"
            r"ein-wort-antworten) mehr\b|\bwieder (?:ausführlich|länger)\w*",
        ),
        sure=True,
    ),
    # Language and audience.
    asked(
        "language",
        "",
        rf"\bauf {LANGUAGES}\b",
        rf"\bin {LANGUAGES}er sprache\b",
        rf"\b(?:antwort(?:e|en)|sprich|schreib(?:e|en)?|rede) {LANGUAGES}\b",
    ),
    asked(
        "audience",
        "",
        r"\b(?:erklär|erläuter|beschreib|schreib|"
        r"formulier)[^.?!\n]{0,100} für (?P<value>(?:absolute |blutige |kleine |eine?n? )*(?:kinder|"
        r"kind|anfänger|laien?|einsteiger|experten?|fachleute|senioren|jugendliche|schüler|"
        r"\w+jährigen?|oma))\b",
        r"\b(?:als wäre ich|wie (?:für )?eine?[mn]?) (?P<value>\w+jährigen?|ein kind|kind)\b|"
        r"\b(?P<value>kindgerecht|laienverständlich)\b",
    ),
    asked("audience", "ein fünfjähriges Kind", r"\bals wäre ich (?:fünf|5)\b"),
    asked("audience", "ein zehnjähriges Kind", r"\bals wäre ich (?:zehn|10)\b"),
)
