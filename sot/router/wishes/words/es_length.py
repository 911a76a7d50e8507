"""Spanish wishes about the length of the answer and of its points."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .es_words import (
    BARE,
    BOUND,
    EACH,
    EACH_POINT,
    LEADS,
    MOST,
    ORDER,
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
            r"\b(?:en|usando|solo|di|dime) (?:solo |sólo |tan solo |únicamente )?(?:una|1|dos)(?: sola|"
            r" única)? palabras?\b",
            rf"{BARE}{LEADS}(?:una|1)(?: sola| única)? palabra{TAIL}",
            *alone(
                r"(?:solo|solamente|únicamente) (?:el )?(?:nombre|apellido|número|resultado|"
                rf"título){TAIL}"
            ),
            *alone(r"(?:solo|solamente|únicamente) con (?:el|la|un|una) \w+\b"),
            *alone(r"con (?:una|1)(?: sola| única)? palabra\b"),
            r"\b(?:respuesta|contestación) de (?:una|1)(?: sola)? palabra\b|\bsí o no\b|"
            r"\bverdadero o falso\b",
            *alone(
                r"(?:solo|solamente|únicamente|nomás|nada más|simplemente|exclusivamente) (?:con |"
                r"quiero |dame |dime |di |pon |escribe |necesito |devuelve |indica |responde |"
                r"me (?:das|dices) )*(?:el|la|un|una|tu|su) (?:(?!lado\b|caso\b)\w+ )?(?:nombre|número|"
                r"cifra|respuesta|resultado|título|palabra|letra|valor|etiqueta|fecha|año|categoría|"
                r"cantidad|fórmula|total|término|opción|url|enlace)\b(?: (?:final|correct[oa]|"
                r"numéric[oa]|exact[oa]|del?\b[^.?!,]{0,40}))?(?! de cada)"
            ),
            *alone(
                r"(?:sin (?:dar |más |ninguna? |ningún |añadir |incluir |otr[oa] |"
                r"mostrar )*(?:explicación|explicaciones|explicar(?:lo|la|me)?(?: nada)?|comentarios|"
                r"justificación|justificar(?:lo|la)?|razonamiento|texto adicional|nada más|adornos|"
                r"preámbulos|pasos|desarrollo|los cálculos)|no (?:me )?(?:lo |la )?(?:expliques?|"
                r"justifiques?|des explicaciones|añadas nada|agregues nada))\b",
                negates=True,
            ),
            rf"\b(?:y )?nada más{TAIL}|\by (?:ya está|punto|ya|listo)(?=[ ]?(?:[.!)]|\Z))",
            rf"\b(?:dime|dame|elige) (?:solo|solamente|únicamente) un[oa]{TAIL}",
            r"(?<!\")\ben (?:dos palabras|una palabra|un tuit|un tweet)\b",
        ),
        "one",
    ),
    WishPattern(
        "each_sentences",
        loose(
            rf"(?:{BOUND}){RANGE} {SENTENCES}{SIZED}{TOP} ?,?(?:de (?!cada)\w+ )?{EACH}",
            rf"\bcada (?:uno|una|{POINT})\b(?: de (?:ellos|ellas))?(?: (?!y\b|"
            rf"{N})[\w]+){{0,5}}? {BOUND}{RANGE} {SENTENCES}\b",
            rf"\b{PLURAL} (?:de|con|en) {BOUND}{RANGE} {SENTENCES}\b",
        ),
        sure=True,
    ),
    WishPattern(
        "each_words",
        loose(
            rf"(?:{BOUND}){RANGE} palabras{TOP} ?,?{EACH}",
            rf"\bcada (?:uno|una|{POINT})\b(?: de (?:ellos|ellas))?(?: "
            rf"(?!y\b)[\w]+){{0,5}}? {BOUND}{RANGE} palabras\b",
            rf"\b{PLURAL} (?:de|con|en) {BOUND}{RANGE} palabras\b",
        ),
        sure=True,
    ),
    WishPattern(
        "each_sentences",
        loose(
            rf"\b(?:un|1) (?:solo |breve |corto )?párrafo{SIZED} ?,?{EACH}",
            rf"\bcada (?:uno|una|{POINT})\b (?:\w+ )?(?:en|con) (?:un|su propio) (?:breve )?párrafo",
        ),
        "paragraph",
        sure=True,
    ),
    WishPattern(
        "sentences",
        loose(
            rf"\b{MOST} {N} {SENTENCES}\b(?: ?,?{EACH}(?P<each>))?",
            rf"(?:{EACH_POINT}|\b{PLURAL}(?P<each>) )?\b(?:en|con|usando|(?:respuestas?|resumen|"
            r"explicación|definición|texto|longitud|algo|extensión|son|sean|ser|constan?|consten?) de|"
            r"tiene[ns]?|tengan?|dispones de|"
            rf"tener|contener|contienen?|contengan?|ocupar|ocupan?|{ORDER}(?= {BOUND}{N} (?:sola |única "
            rf")?{SENTENCES}{TAIL})) {BOUND}{RANGE} (?:solas? |únicas? )?{SENTENCES}{SIZED}{TOP}\b(?! "
            rf"(?:de código|hechas?|típicas|al día))(?: ?,?(?:de (?!cada)\w+ )?{EACH}(?P<each>))?",
            rf"{BARE}(?!no solo ){LEADS}{BOUND}{RANGE} (?:sola )?{SENTENCES}{SIZED}{TOP}(?:{TAIL}|"
            rf"(?: ?,?{EACH}(?P<each>)))",
        ),
    ),
    WishPattern(
        "words",
        loose(
            rf"\b(?:{MOST}) {N} (?:palabras|caracteres)\b(?! (?:al|por) (?:día|"
            rf"minuto))(?: ?,?{EACH}(?P<each>))?",
            rf"(?:{EACH_POINT}|\b{PLURAL}(?P<each>) )?\b(?:en|con|usando|(?:respuestas?|resumen|"
            r"explicación|texto|límite|longitud|definición|extensión|algo|máximo|constan?) de|tiene[ns]?|"
            rf"tengan?|dispones de|tener|contener|contienen?|ocupan?|{ORDER}) {BOUND}{RANGE} (?:palabras|"
            r"caracteres|"
            rf"letras){TOP}\b(?! (?:al|por|en|cada) (?:día|minuto|inglés|hora|"
            rf"semana))(?: ?,?{EACH}(?P<each>))?",
            rf"{BARE}{LEADS}{BOUND}{RANGE} (?:palabras|caracteres){TOP}(?:{TAIL}|"
            rf"(?: ?,?{EACH}(?P<each>)))",
            rf"\blímite(?: de palabras)?(?: es| de)? ?[:=] ?{N}\b",
        ),
    ),
    WishPattern(
        "length",
        loose(
            r"\b(?:brevemente|concisamente|resumidamente|escuetamente|(?:de|en) (?:forma|manera|"
            r"modo) (?:muy )?(?:breve|concisa|resumida|sucinta|escueta|corta)|(?:sé|sea|se|"
            r"seas) (?:muy )?(?:breve|conciso|concisa|escueto)|con brevedad|a grandes rasgos|resumido|"
            r"sin extender(?:te|se)|sin rodeos|al grano|sin entrar en detalles?|respuestas? (?:cortas?|"
            r"breves?|concisas?|rápidas?)|breve(?:s)? (?:resumen|explicación|descripción)|"
            r"resumen breve|que sea breve|no te extiendas)\b",
            r"(?<!\")\b(?:en (?:muy |bien |tan )?(?:pocas palabras|corto)|resumid[oa] al máximo|lo más "
            r"(?:breve|"
            r"cort[oa]|conciso|resumido) posible|(?:versión|respuesta|explicación) (?:muy |bien )?(?:corta|"
            r"cortita|breve|brevísima|rápida|mínima)(?=[ ]?(?:,|:|por|porfa|[.!?)]|\Z))|muy (?:cort[oa]|"
            r"breve|"
            r"resumid[oa]|brevemente)|(?:que sea|hazlo|sé|de forma|algo) (?:muy |bien |lo más |super |"
            r"súper )?(?:cortit[oa]|cort[oa]|brevísim[oa])|cortit[oa])\b",
        ),
        "short",
    ),
    WishPattern(
        "length",
        loose(
            r"\b(?:en detalle|al detalle|con (?:todo |mucho |gran |bastante |más |"
            r"todos los )?detalles?|detalladamente|a fondo|en profundidad|extensamente|exhaustivamente|"
            r"extiéndete|profundiza|largo y tendido|(?:de|en) (?:forma|manera) (?:muy )?(?:detallada|"
            r"extensa|exhaustiva|completa|profunda)|(?:respuesta|explicación|análisis|guía|descripción|"
            r"comparación) (?:muy |bien )?(?:larg[oa]|extens[oa]|detallad[oa]|exhaustiv[oa]|"
            r"complet[oa]|profund[oa])|(?:quiero )?saberlo todo|quiero saber todo)\b",
            r"\bno te (?:limites|quedes|conformes|contentes|limite) (?:a|con|en) (?:\w+ ){0,2}(?:frases?|"
            r"párrafos?|"
            r"palabras?|resumen|líneas?)\b|\bno (?:solo|solamente|únicamente) (?:en |con )?(?:un|una|dos) "
            r"(?:\w+ )?(?:frases?|párrafos?|palabras?|líneas?)\b",
        ),
        "long",
    ),
)
