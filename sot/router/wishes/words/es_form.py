"""Spanish wishes for one piece of some form: data, a table, code, a text, a poem."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .es_words import (
    AMOUNT,
    BARE,
    BOUND,
    DATA,
    EACH,
    EACH_POINT,
    LEADS,
    LISTS,
    MARKUP,
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
            rf"\b(?:en|como|mediante|usando|con (?:un|una|el|formato)|a modo de) {SHAPE}{DATA}\b(?! "
            r"(?:o|frente|vs|y xml)\b)",
            r"\b(?:formato|salida|respuestas?)(?: de salida)? ?(?:[:=] ?|(?:debe|deben|tiene que|será|"
            rf"sea|es) (?:ser |estar )?)?{SHAPE}{DATA}\b",
            rf"(?:{ORDER}|\b(?:solo|únicamente|solamente|exclusivamente)) {SHAPE}{DATA}\b(?! (?:o|"
            r"es)\b)",
            *alone(rf"con {SHAPE}{DATA}\b"),
            rf"{BARE}{DATA}(?=,? (?:por favor|porfa|nada más|y ya)| ?[.!)]| ?\Z)",
            *alone(rf"(?:en|como|usando|con formato|con|código) {SHAPE}{MARKUP}\b(?! (?:o|vs)\b)"),
        ),
    ),
    WishPattern(
        "form",
        loose(
            r"\b(?:en|como|con|mediante|usando|a|dentro de|formato|tipo) (?:forma |formato |modo |"
            rf"manera |estilo )?(?:de )?{NICE}*(?:tablas?|tablita|cuadro(?= (?:comparativo|sinóptico|"
            r"resumen|de \w+ columnas)|[.,!?)]|,? por| ?\Z)|formato tabular|hoja de cálculo|"
            r"columnas y filas)\b(?! (?:periódica|de (?:surf|planchar|multiplicar|contenidos?|madera|"
            r"quesos|posiciones)|salarial|rasa))",
            rf"{ORDER} (?:en |con )?{NICE}*(?:tabla|tablita|cuadro comparativo|"
            r"cuadro sinóptico)\b(?! (?:periódica|de (?:surf|planchar|multiplicar|contenido|madera|"
            r"quesos)))",
            rf"{BARE}{LEADS}(?:una )?(?:tabla|cuadro|tablita)(?: comparativ[oa]| markdown|"
            rf" resumen)?{TAIL}",
            rf"{BARE}{LEADS}(?:una )?(?:tabla|cuadro) comparativ[oa]\b",
        ),
        "table",
    ),
    WishPattern(
        "form",
        loose(
            *alone(
                r"(?:en|como|con|dentro de|solo|únicamente|usando|mediante) (?:un |una |el |bloque de |"
                r"función en |lista de |diccionario de |diagrama de |diagrama |mapa )*(?:código|python|"
                r"javascript|mermaid|flujo|conceptual|mental|mapa mental|bloque de código)\b(?! "
                r"abierto)"
            ),
        ),
        "code",
    ),
    WishPattern(
        "form",
        loose(
            rf"{EACH_POINT}(?:en|con) {NICE}*párrafos?\b",
            r"\b(?:en|con|como|usando|(?:respuestas?|resumen|texto|explicación|redacción|algo) de|"
            rf"{ORDER}) {BOUND}{AMOUNT}(?: ?[-–ao] ?{AMOUNT})? (?:solo |sola |único |únicos |breves? |"
            rf"cortos? |buenos? )*párrafos?\b(?:{SIZED} ?,?{EACH}(?P<each>))?",
            rf"{BARE}{LEADS}{BOUND}{AMOUNT}(?: ?[-–ao] ?{AMOUNT})? (?:solo |único |breves? |"
            rf"cortos? )*párrafos?\b{SIZED}{TOP}(?:{TAIL}|(?: ?,?{EACH}(?P<each>)))",
            r"\b(?:en|con|como|forma de|formato de|usando|de) (?:un |una |el |solo |simple |modo |"
            r"forma |manera )*(?:prosa|(?:texto|bloque|redacción|párrafos?|estilo|escrito|forma|"
            r"respuesta|manera) (?:de texto )?(?:corrid[oa]|continu[oa]|seguid[oa]|fluid[oa]|"
            r"narrativ[oa]|corridos|fluidos|normal|sin cortes)s?)\b",
            r"\b(?:en|con|como|usando) (?:párrafos|texto)(?: normal(?:es)?| completos?)?(?=,? no\b|"
            r",? sin\b|[.,!?)]| ?\Z)",
            r"\b(?:todo|texto) (?:seguido|corrido|de corrido|continuo)\b|\bde corrido\b|\bsolo prosa\b",
        ),
        "prose",
    ),
    WishPattern(
        "form",
        loose(
            r"\b(?:no|nunca|jamás|evita\w*|deja de|dejá de|prohibid[oa]s?)(?: (?:me|lo|te|la|las|los|"
            r"ya))*(?: (?:uses?|utilices?|usar|utilizar|hagas?|haga|hacer|des|dé|dar|pongas?|poner|"
            r"escribas?|escribir|respondas?|contestes?|responda|conteste|quiero|presentes?|generes?|"
            r"emplees?|incluyas?|incluya|es|sea|organices?|quiera|muestres?|armes?|metas|"
            rf"conviertas))? (?:más )?(?:nada )?(?:en |con |como |de |eso en )*{LISTS}",
            rf"\b(?:nada de|en (?:vez|lugar) de|que no (?:sea|sean|parezca|tenga)|ni|basta de) {LISTS}",
            r"\b(?:no|sin|nunca)(?: me| lo| la| las| los)? (?:enumer(?:es|e|ar|arlos|arlas)|numer(?:es|"
            r"e|ar|arlos)|listes|liste|listar(?:los|las)?)\b(?! por| solo)",
        ),
        "prose",
        sure=True,
    ),
    WishPattern("form", loose(rf"\b(?:sin|no) (?:usar |hacer |poner |utilizar )?{LISTS}"), "prose"),
    WishPattern(
        "form",
        loose(
            r"(?<!es )(?<!son )(?<!vida )\b(?:en (?:forma|formato|estilo|modo) de|a modo de|"
            rf"a manera de|con|como si fuera|como|al estilo de) {NICE}*{WORK}\b",
            *alone(rf"en {NICE}*{WORK}\b"),
            rf"{ORDER} (?:por favor )?{NICE}+(?:\w+ )?{WORK}\b(?! (?:de éxito|clínica))",
            rf"{BARE}{LEADS}(?:un |una )?{WORK}(?: cort[oa]| breve)?(?=,? por favor| ?[.!)]| ?\Z)",
            r"\ben (?P<value>versos?|rimas?|pareados)\b|\bcon (?:una |unas )?(?P<value>rimas?)\b|"
            r"\b(?P<value>rimando)\b",
        ),
        "poem",
    ),
)
