"""Portuguese wishes about the length of the answer and of its points."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .pt_words import (
    BARE,
    BOUND,
    EACH,
    EACH_POINT,
    LEADS,
    MOST,
    PLURAL,
    POINT,
    RANGE,
    SENTENCES,
    SIZED,
    TAIL,
    TOP,
    N,
    alone,
)

LENGTH = (
    WishPattern(
        "length",
        loose(
            r"\bem (?:só |apenas )?(?:uma|1|duas)(?: só| única)? palavras?\b|\b(?:sim ou não|"
            r"verdadeiro ou falso)\b",
            *alone(r"com (?:só |apenas )?(?:uma|1)(?: só| única)? palavra\b"),
            rf"{BARE}{LEADS}(?:uma|1)(?: só| única)? palavra{TAIL}|\brespostas? de uma(?: só)? "
            r"palavra\b",
            *alone(
                r"(?:só|apenas|somente|diga|simplesmente) (?:com |quero |me |diga |dê |escreva |"
                r"responda )*(?:o|a|um|uma) (?:nome|número|resposta|resultado|título|palavra|letra|"
                r"valor|data|ano|total|termo|opção)\b(?! de cada)"
            ),
            *alone(
                r"(?:sem (?:dar |mais |nenhuma )*(?:explicações|explicação|explicar|comentários|"
                r"justificativa)|não (?:me )?explique)\b"
            ),
            rf"\b(?:e )?(?:nada mais|mais nada){TAIL}|\be pronto\b",
            r"(?<!\")\bem duas palavras\b",
        ),
        "one",
    ),
    WishPattern(
        "each_sentences",
        loose(
            rf"(?:{BOUND}){RANGE} {SENTENCES}{SIZED}{TOP} ?,?{EACH}",
            rf"\bcada (?:um|uma|{POINT})\b(?: del[ea]s)?(?: (?!e\b|"
            rf"{N})\w+){{0,5}}? {BOUND}{RANGE} {SENTENCES}\b",
            rf"\b{PLURAL} (?:de|com|em) {BOUND}{RANGE} {SENTENCES}\b",
        ),
        sure=True,
    ),
    WishPattern(
        "each_words",
        loose(
            rf"(?:{BOUND}){RANGE} palavras{TOP} ?,?{EACH}",
            rf"\bcada (?:um|uma|{POINT})\b(?: (?!e\b)\w+){{0,5}}? {BOUND}{RANGE} palavras\b",
        ),
        sure=True,
    ),
    WishPattern(
        "each_sentences", loose(rf"\bum (?:breve )?parágrafo{SIZED} ?,?{EACH}"), "paragraph", sure=True
    ),
    WishPattern(
        "sentences",
        loose(
            rf"\b{MOST} {N} {SENTENCES}\b(?: ?,?{EACH}(?P<each>))?",
            rf"(?:{EACH_POINT}|\b{PLURAL}(?P<each>) )?\b(?:em|com|usando|ter|(?:respostas?|resumo|texto|"
            rf"explicação) de) {BOUND}{RANGE} {SENTENCES}{SIZED}{TOP}\b(?: ?,?{EACH}(?P<each>))?",
            rf"{BARE}{LEADS}{BOUND}{RANGE} {SENTENCES}{SIZED}{TOP}(?:{TAIL}|(?: ?,?{EACH}(?P<each>)))",
        ),
    ),
    WishPattern(
        "words",
        loose(
            rf"\b{MOST} {N} (?:palavras|caracteres)\b(?! (?:por|ao) (?:dia|"
            rf"minuto))(?: ?,?{EACH}(?P<each>))?",
            rf"(?:{EACH_POINT}|\b{PLURAL}(?P<each>) )?\b(?:em|com|usando|ter|(?:respostas?|resumo|texto|"
            rf"explicação) de) {BOUND}{RANGE} (?:palavras|caracteres){TOP}\b(?! (?:por|ao) (?:dia|"
            rf"minuto))(?: ?,?{EACH}(?P<each>))?",
            rf"{BARE}{LEADS}{BOUND}{RANGE} (?:palavras|caracteres){TOP}(?:{TAIL}|"
            rf"(?: ?,?{EACH}(?P<each>)))",
        ),
    ),
    WishPattern(
        "length",
        loose(
            r"\b(?:brevemente|resumidamente|de (?:forma|maneira) (?:breve|concisa|resumida)|"
            r"seja (?:breve|conciso)|respostas? (?:curtas?|breves?|concisas?)|sem rodeios|"
            r"resumo breve|em (?:bem )?poucas palavras|o mais (?:curto|breve) possível|(?:resposta|versão) "
            r"(?:bem |muito )?(?:curta|rápida|breve)|(?:muito|bem) (?:curt[oa]|breve|resumid[oa])|"
            r"curtinh[oa])\b"
        ),
        "short",
    ),
    WishPattern(
        "length",
        loose(
            r"\b(?:em detalhes?|detalhadamente|com (?:todos os |muitos )?detalhes|a fundo|"
            r"em profundidade|de (?:forma|maneira) (?:bem )?(?:detalhada|completa)|(?:resposta|"
            r"explicação|análise|guia) (?:longa|detalhad[oa]|complet[oa]))\b"
        ),
        "long",
    ),
)
