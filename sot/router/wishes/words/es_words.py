"""Words and phrases of Spanish wishes, as patterns."""

from __future__ import annotations

from ..numbers import number_pattern
from ..wish import Wish

NUMBERS = {
    "un": 1, "una": 1, "uno": 1, "un solo": 1, "una sola": 1, "un único": 1, "una única": 1, "un unico": 1,
    "una unica": 1, "dos": 2, "un par de": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6,
    "media docena de": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11, "doce": 12,
    "una docena de": 12, "quince": 15, "veinte": 20, "veinticinco": 25, "treinta": 30, "cuarenta": 40,
    "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90, "cien": 100,
    "ciento cincuenta": 150, "doscientas": 200, "doscientos": 200, "trescientas": 300, "trescientos": 300,
    "quinientas": 500, "quinientos": 500, "mil": 1000,
}  # fmt: skip
AMOUNT = number_pattern(NUMBERS, "amount")
N, M = number_pattern(NUMBERS), number_pattern(NUMBERS, "m")
SEVERAL = number_pattern({word: value for word, value in NUMBERS.items() if value > 1})
FROM_TO = rf"(?:entre {SEVERAL} y {M}|{SEVERAL}(?: ?(?:-|–|a|o) ?{M})?)"
MOST = (
    r"(?P<most>(?:no )?menos de|menor a|(?:no|nunca) (?:\w+ )?más de|(?:un )?máximo(?: de)?|máx\.?(?: de)?|"
    r"como (?:mucho|máximo)|hasta|a lo sumo|por debajo de|(?:sin|que no|no|nunca|jamás) (?:deben? |pueden? )?"
    r"(?:pas(?:ar|es?|en|an?)|super(?:ar|es?|en|an?)|exced(?:er|an?|as|en?)) ?(?:de|las|los)?)"
)
LEAST = r"(?P<least>al menos|por lo menos|(?:un )?mínimo(?: de)?|como mínimo|(?<!no )más de)"
BOUND = (
    rf"(?:(?:{MOST}|{LEAST}|exactamente|solo|unas|unos|aproximadamente|cerca de|alrededor de|apenas|las|"
    r"los) ){0,2}"
)
RANGE = rf"{N}(?: ?(?:-|–|a|o|y) ?{M})?"
TOP = r"(?: (?P<most>como (?:máximo|mucho)|máximo|máx|a lo sumo|o menos|tope)\b)?"
POINT = (
    r"consejo|tip|sugerencia|recomendación|idea|forma|manera|estrategia|método|técnica|razón|motivo|"
    r"ventaja|desventaja|beneficio|inconveniente|pro|contra|riesgo|peligro|desafío|reto|efecto|impacto|"
    r"consecuencia|causa|factor|aspecto|característica|cualidad|rasgo|tipo|clase|ejemplo|diferencia|"
    r"semejanza|similitud|argumento|criterio|principio|elemento|componente|práctica|error|fallo|mito|señal|"
    r"síntoma|hábito|truco|teoría|enfoque|opción|alternativa|habilidad|lección|oportunidad|tendencia|"
    r"problema|uso|aplicación|función|medida|precaución|cosa|punto|actividad|dato|hecho|paso|pregunta|"
    r"regla|tema|solución|herramienta|ejercicio|meta|valor|lugar|juego|libro|curiosidad|viñeta|apartado|"
    r"sección|ítem|propuesta|pauta|clave|obstáculo|virtud|defecto|debilidad|fortaleza"
)
PLURAL = (
    rf"(?:(?:{POINT})(?:s|es)\b|razones|recomendaciones|funciones|opciones|aplicaciones|soluciones|"
    r"lecciones|secciones)"
)
UNITS = (
    r"(?:palabras?|frases?|oración|oraciones|líneas?|párrafos?|caracteres|páginas?|minutos?|horas?|días?|"
    r"semanas?|meses|mes|años?|segundos?|veces|personas?|niños|hijos|estudiantes|euros?|dólares|pesos|"
    r"millones|kilos?|grados|km|kg|kilómetros|metros)"
)
ADJECTIVES = rf"(?:(?!{UNITS}\b|(?:y|o|de|para|que|en|con|por|a)\b)[\w-]+ ){{0,2}}?"
SENTENCES = (
    r"(?:(?:breves?|cortas?|simples?|sola|buenas?) )*(?:frases?|oración|oraciones|líneas?|renglón|"
    r"renglones|enunciados?)"
)
SIZED = (
    r"(?: (?:breves?|cortas?|cortos?|completas?|simples?|claras?|sencillas?|concisas?|concisos?|largas?))*"
)
EACH = (
    rf"(?:cada (?:uno|una|cosa|{POINT})\b|c/u|(?:por|para|en|sobre|a|de) (?:cada (?!respuesta|mensaje|"
    rf"pregunta)(?:uno|una|\w+)|(?:{POINT}|"
    r"punto)\b)|cada\b(?! (?:respuesta|mensaje|pregunta)))"
)
EACH_POINT = r"(?P<each>\bcada (?!respuesta|mensaje|pregunta)(?:uno|una|\w+)(?: (?!y\b)\w+){0,5}? )"
TAIL = (
    r"(?=[ ]?(?:[.,;:!?)\n]|\Z)| (?:y (?:ya|punto|listo|nada)|por favor|porfa|nomás|nada más|gracias|como|"
    r"sobre|sin|a lo)\b)"
)
STEMS = (
    r"respónd|contést|escríb|explíc|explíqu|resúm|descríb|redáct|presént|muéstr|mostr|genér|elabór|devuélv|"
    r"devolv|retórn|entrég|entrégu|mención|nómbr|indíc|indíqu|compár|analíz|analíc|defín|enumér|expóng|"
    r"exprés|proporción|sugiér|recomiénd|propóng|identifíc|utilíz|utilíc|ús|organíz|organíc|estructúr|"
    r"formaté|prepár|conviért|dibúj|comént|cré|detáll|limít|ofréc|pás|cuént|hábl|árm|inclúy|empléy|emplé|"
    r"evít|póng|hág|dígam|díg|compón|argumént|sintetíz|tabúl|invént|mantén|manténg|cít|ordén|emít|prodúzc|"
    r"evalú|discút|agrégu|agrég|rellén"
)
ANSWER = (
    rf"(?:(?:{STEMS})(?:e|a|é|á|í|as|es|er|ar|ir|en|an|ás|eré|erás|arás|irás)(?:me|te|nos)?(?:l[oa]s?|"
    r"les?)?|listar?|(?:da|de)(?:me|nos)(?:l[oa]s?)?|dá(?:me|nos)l[oa]s?|dar(?:me|nos)?(?:l[oa]s?)?|des|"
    r"das|dé(?:me|nos)l[oa]s?|(?:haz|hacé|hacer)(?:me|nos)?(?:l[oa]s?)?|házmel[oa]s?|haces|(?:pon|poné|"
    r"poner)(?:me|nos)?(?:l[oa]s?)?|pónmel[oa]s?|di|dime|dilo|dímelo|decime|decir(?:me|lo)?|dices|"
    r"propón(?:me)?|expón|compón|mantén(?:l[oa])?|s\u00e9|sea|seas|ten|proponer|quiero|quisiera|necesito|"
    r"prefiero|preferiría|busco|deseo|querría|(?:me )?gustarían?|agradecería|ocupo|"
    r"(?:serías? tan amable de|puedes|podrías|podés|puede|podría|debes|debe|deberás|deberías|tienes que|"
    r"tiene que|debes de) (?:por favor )?(?:\w+(?:ar|er|ir|ír)(?:me|nos)?(?:l[oa]s?)?|estar|ser))"
)
LEAD = (
    r"(?:(?:y|e|pero|por favor|porfa|porfavor|luego|después|solo|solamente|únicamente|siempre|nunca|jamás|"
    r"no|me|nos|te|lo|que|ahora|entonces|simplemente|ok|vale|bueno|oye|hola|a ver|favor de|también|tú|"
    r"usted|esta vez|mejor) )"
)
LEADS = LEAD + "{0,5}"
BARE = r"(?<![\w)\"'¿¡])(?<![\w)\"'] )[¿¡]*"  # no word just before
WHAT = r"(?:[¿]|(?:y |pero )?(?:por qué|qué|cómo|cuál|quién|cuándo|dónde|cuánt[oa]s?)\b)"
ORDER = rf"(?:{BARE}|(?<=\by )(?!\w+[aei]r\b)){LEADS}(?:{ANSWER} {LEADS})?{ANSWER}\b"
ABOUT_IT = (
    r"(?:papel|función|importancia|recursos?|elementos|partes|estructura|ritmo|rimas?|metáforas?|errores|"
    r"etiquetas?|comentarios?|datos|archivos?|ficheros?|gramática|verb\w+|palabras|vocabulario|pronunci\w+|"
    r"expresiones|nivel|clases|aprender|estudiar|hablar|escribir|mejorar|curso|cursos|usar|leer|guardar|"
    r"trabajar|frases|libros|estructuras)"
)
GAP = rf"(?: (?!{ABOUT_IT}\b)[^\s?¿.!;]+){{0,14}}?,? "
POLITE = (  # an order as a question or a hope, which may stand far before its wish
    r"(?:(?:tendrías?|tiene|tienes) la (?:amabilidad|bondad|gentileza)|serías? tan amable|sería posible "
    r"(?:tener|obtener|que)|[tl]e importaría|[tl]e (?:ruego|pido|agradecería|agradezco)|(?:me )?(?:harías?|"
    r"haces) el favor|sería (?:genial|ideal|estupendo|bueno) (?:que|si))"
)
PROSE = Wish("form", "prose")
DATA = r"(?P<value>json|yaml|yml|csv|tsv|toml|jsonl|ndjson)"
MARKUP = r"(?P<value>xml|html|latex|xhtml|svg)"
SHAPE = (
    r"(?:(?:un|una|el|objeto|array|arreglo|archivo|lista|formato|código|bloque|de|tipo|texto|en|puro|"
    r"válido|forma|solo) ){0,5}"
)
WORK = (
    r"(?P<value>poema|haiku|haikus|soneto|cuento|relato|canción|rap|copla|romance|carta|correo|e-?mail|"
    r"mail|diálogo|chiste|tuit|tweet|eslogan|ensayo|fábula|discurso|historia|guion|monólogo|adivinanza|"
    r"refrán|limerick|artículo|novela corta|quintilla|décima|trabalenguas|entrevista|obra de teatro)"
)
NICE = (
    r"(?:(?:un|una|el|la|pequeñ[oa]|breve|cort[oa]|buen[oa]?|simple|bonit[oa]|sencill[oa]|sol[oa]|únic[oa]|"
    r"clar[oa]) )"
)
LISTS = (
    r"(?:(?:las?|los?|una?|ninguna?|ningún|más|tipo|de|forma|formato|en|como|con|ni|y|o|títulos?,?|"
    r"tablas?,?|negritas?,?|números?,?|numeraciones,?|encabezados,?|guiones,?|viñetas,?|listas?,?|emojis,?|"
    r"markdown,?) )*(?:listas?|listados?|viñetas?|bullets?(?: points)?|enumeraciones|guiones|topos|"
    r"puntos sueltos|listitas?|numeración)\b(?! (?:de(?! (?:ahora|hoy|aquí))|negras?|electoral\w*|blancas?|"
    r"para|que|del|largas?)\b)"
)


def alone(words: str, *, negates: bool = False) -> tuple[str, str]:
    """Return parts for words that are a wish by themselves or after an order, but not at a question's end.

    Args:
        words: The words, as a pattern.
        negates: Whether they are a negation themselves, so that one before them takes nothing back.
    """
    wanted = "" if negates else rf"(?!{LEAD}{{0,2}}?(?:no|nunca|jamás) (?:solo |me |te |lo |la )*{ANSWER}\b)"
    return rf"{BARE}{wanted}{LEADS}{words}", rf"{wanted}{ORDER}{GAP}{words}"
