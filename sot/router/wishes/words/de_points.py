"""German wishes about the number of points and their marks."""

from __future__ import annotations

from ..numbers import number_pattern
from ..wish import WishPattern, rx
from .de_words import ABOUT, ADJ, BARE, COUNT, LEAST, MANY, MOST, POINTS, PROSE, UNITS, VERB, asked

POINTS_ASKED = (
    # The number of points.
    WishPattern(
        "count",
        rx(
            rf"\b(?:{VERB}|brauche|bräuchte|möchte|will|suche|hätte gerne?|wünsche mir|gibt es|"
            r"was sind|was wären|was waren|welche[ns]?|(?:kannst|könntest|hast|hättest|können|"
            r"könnten|haben|hätten) (?:du|sie)|in|mit|als|je|jeweils)(?: (?:mir|uns|bitte|mal|nur|dich|sich|"
            r"künftig|immer|stets|in zukunft|von nun an|ab (?:jetzt|sofort|nun)|"
            r"doch|einfach|die|deine|jeweils|je|gerne?|genau|etwa|ungefähr|vielleicht|noch|dafür|"
            rf"dazu|für mich|eine liste mit|eine liste von|auf))*? (?:{MOST} |"
            rf"{LEAST} )?{COUNT} {ADJ}(?!{UNITS}\b){POINTS}",
            r"\b(?:nenn|list|zähl|gib|empfiehl|schlag|benenn)(?:e|en sie)?(?: (?:mir|uns|bitte|mal|"
            rf"nur|doch|die|genau))* (?:{MOST} |{LEAST} )?{COUNT} (?:(?!und\b|oder\b|von\b|für\b|"
            rf"{UNITS}\b)[\w-]+ ){{0,2}}?(?!{UNITS}\b)[\w-]{{4,}}\b",
            r"(?:\A|(?<=[:;,(–—.!?-] )|(?<=[(\n])|\b(?:und|bitte|oder|nur|top|immer|stets|künftig) "
            rf")(?:{MOST} |"
            rf"{LEAST} |{ABOUT} )?(?:die )?{COUNT} {ADJ}{POINTS}",
            rf"{BARE}(?:{MOST}|{LEAST}|{ABOUT}) {COUNT}(?: davon| stück)?(?= ?(?:[.!?)]|\Z))",
            rf"\btop[- ]{number_pattern(MANY)}\b(?! ?%)|"
            rf"\bdie (?:top )?{COUNT} (?:\w+sten) \w{{4,}}\b",
        ),
        sure=True,
    ),
    WishPattern(  # the second half of "je drei Vor- und Nachteile", which counts twice
        "count",
        rx(
            rf"\bje(?:weils)? (?:die )?{COUNT} {ADJ}(?:vor- und nachteile|"
            rf"{POINTS} (?:dafür und dagegen|für und (?:wider|gegen)))\b"
        ),
        sure=True,
    ),
    # Marks.
    asked(
        "mark",
        "bullets",
        r"\b(?:als|in|mit|per|nur) (?:(?:ein(?:e[nrm]?)?|kurzen?|knappen?|einfachen?|"
        rf"{COUNT}) )*(?:stichpunkt(?:en?|liste)?|stichworten?|stichwörtern?|bullet[ -]?(?:points?|"
        r"liste)|bullets|spiegelstrichen?|aufzählung(?:szeichen|spunkten?)?|stichpunktform|"
        r"punkteliste)\b",
        rf"{BARE}(?:kurze |{COUNT} )?(?:stichpunkte|stichworte|bullet ?points?|stichpunktartig|"
        r"aufzählung)\b(?= ?(?:bitte|genügen|reichen|[.!)]|\Z))",
        r"\bstichpunktartig\b|\b(?:verwende|nutze|benutze|mache?) (?:bitte |mir )*(?:stichpunkte|"
        r"bullet ?points|aufzählungszeichen|spiegelstriche)\b",
        unless=PROSE,
    ),
    asked(
        "mark",
        "numbers",
        r"\b(?:durch)?nummerier(?:t|te|ten|en|e)\b|\bals ranking\b|\bmit (?:nummern|zahlen)\b",
        unless=PROSE,
    ),
    asked(
        "mark",
        "headings",
        r"\b(?:mit|unter|verwende|nutze|durch) (?:(?:einer|je|jeweils|kurzen?|eigenen?|eigener|"
        r"klaren?|passenden?|fetten?) )*(?:zwischen|unter)?(?:überschrift(?:en)?|titeln)\b",
    ),
    asked(
        "mark",
        "plain",
        r"\b(?:ohne|keine?n?|verzichte(?:n sie)? auf) (?:jegliche |irgendwelche |"
        r"spezielle )*(?:markdown(?!-)|formatierung(?:en)?|fettdruck|sternchen|fettschrift)\b|"
        r"\b(?:als|in|nur|reiner) (?:reine[nmr]? |einfache[nrm]? )?(?:klartext|plain text|"
        r"unformatiert)\b|\bunformatiert\b",
        sure=True,
    ),
    asked(
        "mark",
        "list",
        r"\b(?:als|in form|in|mach|erstell|gib|schreib)(?:e|en sie)?(?: mir|"
        r" bitte)* (?:eine[rn]? )?(?:\w+e[nr]? )?(?:liste|listenform|auflistung)\b",
        r"\b(?:jetzt |nun |gerne? )?wieder (?:als |mit |in )?(?:listen?|stichpunkten?|"
        r"aufzählung(?:en)?)\b",
        unless=PROSE,
    ),
)
