"""Portuguese wishes about the number of points and their marks."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .pt_words import (
    ADJECTIVES,
    BARE,
    BOUND,
    FROM_TO,
    LEADS,
    LEAST,
    MOST,
    ORDER,
    PLURAL,
    PROSE,
    SEVERAL,
    UNITS,
    N,
)

POINTS_ASKED = (
    WishPattern(
        "count",
        loose(
            rf"{ORDER} (?:só |apenas |as? |os? |uma lista (?:de|com) |saber )*(?:{MOST} |"
            rf"{LEAST} )?(?:melhores |principais )?{FROM_TO} {ADJECTIVES}(?!{UNITS}\b)(?:{PLURAL}|"
            r"\w{3,}s\b)",
            rf"{BARE}{LEADS}{BOUND}{FROM_TO} {ADJECTIVES}{PLURAL}",
            rf"\b(?:e|em|com|que|quais|as|os|melhores|principais) {BOUND}{FROM_TO} {ADJECTIVES}{PLURAL}|"
            rf"\btop ?{SEVERAL}\b",
            rf"{ORDER} (?:só |apenas )?(?P<n>um|uma|1)(?: só| únic[oa]| bo[am])? (?:dica|conselho|razão|"
            r"motivo|vantagem|exemplo)\b",
        ),
        sure=True,
    ),
    WishPattern(
        "mark",
        loose(
            rf"\b(?:em|com|por|usando|{ORDER}|lista (?:com|de)) (?:uma |lista (?:com|de) |"
            rf"{N} )*(?:tópicos|marcadores|bullets?(?: points)?)\b"
        ),
        "bullets",
        unless=PROSE,
    ),
    WishPattern(
        "mark", loose(r"\b(?:lista|pontos|passos) numerad[oa]s?\b"), "numbers", sure=True, unless=PROSE
    ),
    WishPattern("mark", loose(r"\b(?:com|usando|use) (?:um |uns )?(?:sub)?títulos?\b"), "headings"),
    WishPattern(
        "mark",
        loose(r"\bsem (?:markdown|negrito|formatação)\b|\b(?:em|só) texto simples\b"),
        "plain",
        sure=True,
    ),
    WishPattern(
        "mark",
        loose(rf"\b(?:em|como|em forma de|{ORDER}) (?:uma )?(?:lista|listagem)\b(?! de python)"),
        "list",
        unless=PROSE,
    ),
)
