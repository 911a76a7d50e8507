"""Portuguese wishes for one piece of some form: data, a table, code, a text, a poem."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .pt_words import (
    AMOUNT,
    BARE,
    BOUND,
    DATA,
    EACH,
    EACH_POINT,
    LEADS,
    LISTS,
    NICE,
    ORDER,
    SHAPE,
    SIZED,
    TAIL,
    TOP,
    WORK,
    alone,
)

FORM = (
    WishPattern(
        "form",
        loose(
            rf"\b(?:em|no|como|num|usando|com um) {SHAPE}{DATA}\b(?! (?:ou|vs)\b)",
            r"\b(?:formato|saída|respostas?)(?: de saída)? ?(?:[:=] ?|(?:deve|devem|tem que) (?:ser |"
            rf"estar )?)?{SHAPE}{DATA}\b",
            rf"(?:{ORDER}|\b(?:só|apenas|somente)) {SHAPE}{DATA}\b",
            *alone(rf"com {SHAPE}{DATA}\b"),
            rf"{BARE}{DATA}(?=,? por favor| ?[.!)]| ?\Z)",
            *alone(rf"em {SHAPE}(?P<value>xml|html|latex)\b"),
        ),
    ),
    WishPattern(
        "form",
        loose(
            r"\b(?:em|n|como|com|usando|forma de|formato de|formato) ?(?:forma |"
            rf"formato )?(?:de )?{NICE}*(?:tabela|tabelinha|quadro comparativo)\b(?! (?:periódica|"
            r"de preços|nutricional))",
            rf"{ORDER} (?:em )?{NICE}*(?:tabela|quadro comparativo)\b(?! (?:periódica|nutricional))",
            rf"{BARE}{LEADS}(?:uma )?tabela(?: comparativa)?{TAIL}|{BARE}{LEADS}(?:uma )?tabela "
            r"comparativa\b",
        ),
        "table",
    ),
    WishPattern(
        "form",
        loose(*alone(r"(?:em|como|num) (?:um |bloco de |lista de |diagrama )*(?:código|python|mermaid)\b")),
        "code",
    ),
    WishPattern(
        "form",
        loose(
            rf"{EACH_POINT}(?:em|com) {NICE}*parágrafos?\b",
            rf"\b(?:em|num|com|(?:respostas?|resumo|texto) de|{ORDER}) {BOUND}(?:{AMOUNT} |só |"
            r"apenas )*(?:breves? |curtos? |único )*(?<=\w "
            rf")parágrafos?\b(?:{SIZED} ?,?{EACH}(?P<each>))?",
            rf"{BARE}{LEADS}{BOUND}{AMOUNT} (?:breves? |curtos? )*parágrafos?{SIZED}{TOP}(?:{TAIL}|"
            rf"(?: ?,?{EACH}(?P<each>)))",
            r"\b(?:em|como|num|com) (?:um |forma de )?(?:prosa|texto (?:corrido|contínuo|fluido|único|"
            r"normal))\b|\btexto corrido\b",
        ),
        "prose",
    ),
    WishPattern(
        "form",
        loose(
            r"\b(?:não|nunca|jamais|evit\w+)(?: me)?(?: (?:use|usar|usem|utilize|utilizar|faça|fazer|"
            r"dê|dar|coloque|ponha|escreva|responda|quero|quer|apresente|seja|é|liste|monte|divida|"
            rf"separe))? (?:mais )?(?:em |com |como |por )*{LISTS}",
            rf"\b(?:nada de|em vez de|que não seja|chega de) {LISTS}",
            r"\b(?:não|sem|nunca) (?:enumer(?:e|es|ar)|numer(?:e|ar)|liste|listar)\b",
        ),
        "prose",
        sure=True,
    ),
    WishPattern("form", loose(rf"\bsem (?:usar |fazer )?{LISTS}"), "prose"),
    WishPattern(
        "form",
        loose(
            r"(?<!é )(?<!são )\b(?:em (?:forma|formato) de|na forma de|com|como se fosse|"
            rf"como) {NICE}*{WORK}\b",
            *alone(rf"(?:em|num|numa) {NICE}*{WORK}\b"),
            rf"{ORDER} (?:por favor )?{NICE}+(?:\w+ )?{WORK}\b",
            rf"{BARE}{LEADS}(?:um |uma )?{WORK}(?: curt[oa])?(?=,? por favor| ?[.!)]| ?\Z)|"
            r"\bem (?P<value>versos?|rimas?)\b",
        ),
        "poem",
    ),
)
