"""Spanish wishes about the number of points and their marks."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .es_words import (
    ADJECTIVES,
    ANSWER,
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
            rf"{ORDER} (?:solo |siempre |a |exactamente |las? |los? |mis |una lista (?:de|con) |un listado "
            r"de |"
            rf"unas |unos |otr[oa]s |saber |conocer |por favor )*(?:{MOST} |{LEAST} )?(?:mejores |"
            rf"principales |primer[oa]s )?{FROM_TO} {ADJECTIVES}(?!{UNITS}\b)(?:{PLURAL}|"
            r"\w{3,}(?:s)\b)",
            r"\b(?:en adelante|a partir de (?:ahora|hoy)|desde (?:ahora|hoy)|ahora en (?:adelante|más)|"
            r"siempre),? "
            rf"(?:siempre )?(?:{ANSWER} )?(?:siempre |solo |a |con ){{0,2}}{BOUND}{FROM_TO} "
            rf"{ADJECTIVES}{PLURAL}",
            rf"{BARE}{LEADS}{BOUND}(?:mejores |principales )?{FROM_TO} {ADJECTIVES}{PLURAL}",
            rf"\b(?:y|en|con|qué|de) {BOUND}{FROM_TO} {ADJECTIVES}{PLURAL}",
            rf"\b(?:las|los|mis|tus) (?:mejores |principales )?{SEVERAL} {ADJECTIVES}(?:{PLURAL}|"
            r"(?:mejores|principales) \w+s\b)",
            rf"\b(?:las|los) {SEVERAL} (?!{UNITS}\b)\w+s (?:más|principales|mejores)\b|"
            rf"\btop ?{SEVERAL}\b",
            rf"{ORDER} (?:solo |solamente |únicamente |nada más |por favor )*(?P<n>un|una|1)(?: solo|"
            r" sola| únic[oa]| buen[oa]?)? (?:consejo|razón|motivo|ventaja|desventaja|ejemplo|"
            r"sugerencia|recomendación|truco|tip)\b(?! (?:de lista|de por))",
        ),
        sure=True,
    ),
    WishPattern(
        "mark",
        loose(
            rf"\b(?:en|con|por|usando|{ORDER}|forma de|formato de|lista (?:con|de)|mediante) (?:una |"
            rf"un |unas |las |lista (?:con|de) |{N} )*(?:viñetas|bullets?(?: points)?|guiones|topos|"
            r"puntos(?= clave\b|[.,!?)]| ?\Z| por favor))"
        ),
        "bullets",
        unless=PROSE,
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:lista|listado|puntos|pasos) (?:\w+ )?numerad[oa]s?\b|\bnuméral[oa]s\b|"
            rf"{BARE}numerad[oa]s\b"
        ),
        "numbers",
        sure=True,
        unless=PROSE,
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:con|usando|usa|pon|añade|bajo) (?:un |unos |sus? |su propio |breves? |pequeños? |"
            r"claros? )*(?:títulos?|subtítulos?|encabezados?)\b|\b(?:en|por) (?:apartados|secciones)\b"
        ),
        "headings",
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:sin|no uses|nada de|no utilices|evita) (?:el |las? |usar )?(?:markdown|negritas?|"
            r"asteriscos|formato(?! de)\b)|\b(?:en|solo|como) texto plano\b"
        ),
        "plain",
        sure=True,
    ),
    WishPattern(
        "mark",
        loose(
            rf"\b(?:en|como|con|en forma de|en formato de|{ORDER}) (?:una |un )?(?:simple |pequeña |"
            r"breve )?(?:lista|listado|listita)\b(?! (?:de (?:python|espera)|negra))"
        ),
        "list",
        unless=PROSE,
    ),
)
