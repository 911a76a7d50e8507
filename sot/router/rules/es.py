"""Spanish routing rules; accents and opening question marks may be missing in a question."""

from __future__ import annotations

import re

from .rule import LanguageRules, Rule, rx

_OPTIONAL = str.maketrans({"á": "[aá]", "é": "[eé]", "í": "[ií]", "ó": "[oó]", "ú": "[uú]", "ñ": "[nñ]"})


def _es(*parts: str) -> re.Pattern[str]:
    """Compile a pattern that matches any of ``parts``, with optional accents (none in a character class)."""
    return rx(*(part.translate(_OPTIONAL) for part in parts))


_AT = r"(?:^|[.!?:;,)] |[¿¡])"  # where a sentence or a clause begins
_SOFT = r"(?:(?:y|e|pero|ahora|entonces|hola|buenas|por favor|porfa|oye|che|ok|vale)[, ]+¿?){0,2}"
_ASKS = rf"^¿?{_SOFT}"
_HOW = r"(?:cómo|de qué (?:manera|modo|forma)s?|en qué medida)"
_COULD = r"(?:puedo|podemos|podría\w*|se (?:puede|podría)|pueden?|debo|debemos|debería\w*|hago|hacer)"
_WRITE = (
    r"(?:(?:escríb(?:e|as?|í)|redáct(?:á|es?)|ház|hacé|hága|compón(?:é|ga)?|cre(?:á|e)|gener(?:á|e)|"
    r"invént(?:á|e)(?:te)?|cuént[ae]|cont(?:á|e)|dá|déme|pon|cánta|prepár(?:á|e))(?:me|nos|le|lo)?|"
    r"ayúd[ae]me a (?:escribir|redactar|hacer)|(?:quiero|necesito)(?= una?\b))"
)
_WORKS = (
    r"(?:cuento|historia|relato|microrrelato|fábula|poema|poesía|haiku|soneto|décima|coplas?|versos|corrido|"
    r"canción|carta|correo|mail|e-?mail|mensaje|invitación|discurso|brindis|chiste|acertijo|adivinanza|"
    r"guión|diálogo|monólogo|escena|lema|eslogan|anuncio|cartel|nota|felicitación|reclamación)"
)
_LONG_WORKS = (
    r"(?:ensayo|artículo|informe|reseña|introducción|redacción|descripción|biografía|acta|resumen|texto)"
)
_CODE = (
    r"(?:código|función|script|programa (?:en|que)|sql|python|pytorch|javascript|typescript|java|c\+\+|html|"
    r"css|bash|php|rust|regex|expresión regular|macro|fórmula de excel)"
)
_POINTS = (
    r"(?:consejos?|tips|trucos|ideas|sugerencias?|recomendaciones|maneras|formas|modos|estrategias|métodos|"
    r"técnicas|remedios|razones|motivos|ventajas?|desventajas|inconvenientes|beneficios|riesgos|retos|"
    r"desafíos|efectos?|impacto|consecuencias|causas|factores|aspectos|características|cualidades|tipos|"
    r"ejemplos|similitudes|semejanzas|argumentos|criterios|errores|mitos|síntomas|puntos|opciones|"
    r"alternativas|críticas|posturas|dilemas|hábitos|rutinas|actividades|experimentos|medidas)"
)
_ASK = (
    r"(?:cuáles|qué|dame|deme|dime|decime|nombr(?:á|e)|cit(?:á|e)|enumer(?:á|e)|indi(?:cá|que)|expli(?:cá|"
    r"que)|(?:sugerí|sugier[ea])(?:me)?|propón(?:é|me|ga)?|pásame|mencion(?:á|e)|expón|necesito|busco|"
    r"quiero|algun[oa]s?|algún|anali(?:zá|ce)|habl(?:á|e)|describ(?:e|í|a)|list(?:á|e))"
)
_THANKS = _es(
    r"\A(?:(?:ok|okay|vale|ah|ya|genial|perfecto|bien|buenísimo|listo|bueno|entendido|jaja|"
    r"qué bueno)[,.! ]+){0,4}¡?(?:(?:mil|muchas|muchísimas) )?(?:gracias|hola|adiós|chau|buen[oa]s(?: días|"
    r" tardes| noches)?|hasta luego|saludos)(?:[,! ]+(?:che|por \w+|de nuevo|todo|amig[oa]))*[.!]*\Z"
)
_ROLE = _es(
    r"^(?:eres|sos|usted es|serás) (?:(?:un|una|el|la|mi|nuestr[oa])\b|[^\n?]{3,80}\. )",
    r"\b(?:actú[ae]|compórt[ae]te|habl(?:ás?|e)|respond(?:é|a)|contest(?:á|e)) como (?:un|una|el|la|si|mi)\b",
    r"\b(?:haz|hacé|haga) de (?!nuevo|todo|eso)|\bfinge |\bjuego de rol\b|\ba partir de ahora (?:eres|sos)\b",
    r"\bimagín(?:á|e)(?:te)? (?:que )?(?:eres|sos|usted es)\b|\bpón(?:te|ete|gase) en (?:el lugar|la piel) ",
)
_FOR_CODE = _es(
    rf"{_AT}{_SOFT}(?:{_WRITE}|implement(?:á|e)|program(?:á|e)|arregl(?:á|e)|corrige|"
    rf"corregí)\b[^.?!\n]{{0,40}}?\b{_CODE}(?!\w)",
    r"\b(?:este|mi|el siguiente) (?:es el )?(?:código|script|css|html|sql|error)\b",
)
_GIVEN_TEXT = _es(
    r"\b(?:tradú(?:ce|cí|zca)|reescríb(?:e|í|a)|reformúl(?:á|e)|parafrase(?:á|e))(?:me|lo)?\b",
    rf"{_AT}(?:resum|acort|corrig|correg|mejor(?:á|e) |simplific|pasá |pon(?:é|er)? )[^.?!:\n]{{0,60}}:\s?\S",
    r"\bcómo (?:se dice|digo|dirías?)\b",
)
_TAKE_OUT = _es(
    r"^(?:extraé|sacá|identific|clasifi[cq]|orden(?:á|e)|convi|agrup|etiquet|subray|de (?:este|"
    r"esta) )[^\n]{0,140}?(?::\s|[\"\n])",
    r"\b(?:en|como|a|formato) (?:un )?(?:json|yaml|csv|xml|markdown|latex)\b",
)
_CALCULATION = _es(
    r"\b(?:calcul(?:á|e)|resuelv[ea]|resolvé|factorizá|derivá|integrá)(?:me)? |\bpas(?:á|e) \d",
    r"\b(?:qué|la) probabilidad\b|\b(?:qué|en|cuál es el) porcentaje\b|\d\s?(?:%|por ciento) de \d",
    r"\b(?:cuál|qué|halla|encuentra)\b[^?\n]{0,25}\b(?:perímetro|área|volumen|raíz cuadrada|media|resto|"
    r"suma|producto)\b",
)
_WORD_PROBLEM = _es(
    r"\bcuánt[oa]s?\b|\bcuándo (?:tom|lleg|termin|acab|vence)|\b(?:hall|encuentr|determin)(?:á|e)\b",
    r"\ba qué (?:hora|velocidad|ritmo|edad|altura|distancia)|\bqué (?:hora|fecha|día|nota|altura|cantidad|"
    r"distancia|velocidad|superficie|número|horas) |\bcuál (?:es|fue|será|era) (?:mi|su|el|la) (?!mejor|"
    r"diferencia|más)\w+",
)
_PUZZLE = _es(
    r"\bse (?:sigue|deduce|infiere|concluye|desprende)\b|\bdebe seguirse\b|\b(?:siempre mient|"
    r"mienten? siempre)\b",
    r"\b(?:podemos|se puede|se podría) (?:afirmar|concluir|deducir|inferir)\b|\bqué número (?:sigue|viene|"
    r"falta)",
    r"\b(?:razonamiento|conclusión|argumento)\b[^.\n]{0,20}\b(?:válid|correct|se sostiene)|"
    r"\bcompleta la (?:serie|sucesión)",
    r"\b(?:vale|es válid\w|es correct\w) (?:el|la|este|esta) (?:razonamiento|conclusión|argumento)",
    r"\b(?:lógicamente|necesariamente|forzosamente) (?:ciert|verdad|oblig|se )|\b(?:debe|"
    r"tiene que) ser (?:ciert|verdad)",
)
_PLACES = _es(
    r"\b(?:(?:antes|después) (?:que|de)|al lado de|junto a|entre|enfrente|detrás de|va (?:siempre )?con|"
    r"a la (?:izquierda|derecha)|no (?:va|está|tiene|pueden?|es|quiere|empieza)|más \w+ que|mayor que)\b"
)
_ASKS_FOR_ORDER = _es(
    r"\b(?:quién (?:qued|lleg|es|va|gan|duerme|tiene)\w*|qué (?:tiene|hay en) cada|con quién|"
    r"en qué (?:orden|órdenes)|qué (?:filas|horarios|turnos|orden)|dónde (?:va|está|se sienta)|"
    r"como (?:muy )?(?:pronto|temprano|tarde|mínimo)|tiempo mínimo|lo antes posible)\b"
)
_PREMISE = _es(r"(?:^|[.!:] )(?:si|todos?|todas?|quien|ningún|ninguna|solo|algun[oa]s)\b")
_FOLLOWS = _es(
    r"[¿.] ?(?:cuál|qué)\b[^?\n]{0,40}\b(?:correct|ciert|verdader|con seguridad)", r"\bquiere decir que\b"
)
_MATHEMATICS = _es(
    r"\b(?:hall|encuentr|determin)(?:á|e) [^.?!\n]{0,30}\b(?:número|máxim|mínim|mayor|menor|longitud|suma|"
    r"caminos|valor|tramo|cuántas|área|subsucesión)",
    r"\bde cuántas (?:maneras|formas)\b|\bcuántas (?:veces|letras|vocales)\b[^?\n]{0,40}\b(?:en|"
    r"tiene) (?:la palabra|\")|\bdemuestr[ae] que\b|^calcul(?:á|e) (?!a ojo)",
)
_ESTIMATE = _es(
    r"^estim(?:á|e)\b|\bhaz una estimación\b|\ba ojo\b|\b(?:más o menos|aproximadamente) cuánt",
    r"\bcuánt[oa]s?\b[^?\n]{1,90}\b(?:más o menos|aproximad\w+|ahora mismo|en (?:un|cada) (?:día|año)|"
    r"al (?:día|año|mes) en|se (?:comen|tiran|venden|beben|sirven|gastan))\b",
    r"\bcuánt[oa]s?\b[^?\n]{1,90}\?[^\n]{0,40}\b(?:razon|a grandes|aproximad|estima|cálculo)",
)
_CHOICE = _es(
    r"\bcuál de (?:los|las) siguientes\b|\bcuál de est[oa]s (?!te\b|me\b)|\bverdadero o falso\b",
    r"\b(?:elige|elegí|escoge) la (?:forma|opción|respuesta)|(?:^|\s)a\)\s[^\n]{1,80}\sb\)\s",
    r"^a[).] [^\n]{1,200}\n\s*b[).] ",
)
_SHORT = _es(
    r"\b(?:en|con) (?:una|dos) (?:sola )?(?:frases?|palabras?|líneas?)\b|\bsí o no\b|\bsin explicaci",
    r"\bsólo (?:los |el |la )?(?:nombres?|respuesta|número)\b",
)
_FACT = _es(
    rf"{_ASKS}(?:quién(?:es)?|cuándo|dónde) (?!conviene|deb)|{_ASKS}cuánt[oa]s? (?!razones|formas)",
    rf"{_ASKS}(?:en|a|de) (?:qué|cuánt[oa]s) (?:año|siglo|país|ciudad|edad|altura|velocidad|región|"
    rf"temperatura|color|grados|metros|contenedor|museo|idioma)|{_ASKS}(?:qué (?:significa|quiere decir)|"
    r"defin(?:e|a|í))\b",
    rf"{_ASKS}cuál (?:es|fue|era) (?:la|el) (?:capital|moneda|nombre|fecha|población|fórmula|símbolo|río|"
    rf"fosa|montaña|significado|plural)|{_ASKS}qué (?:director|autor|país|símbolo|metal|planeta|órgano|año) ",
)
_PROCEDURE = _es(
    r"\breceta (?:de|para)\b|\bpaso (?:a|por) paso\b|\btutorial\b|\binstrucciones para\b|\bqué pasos\b",
    r"\bcómo (?:se |le |puedo |debo )?(?:hacen? (?:un|una|el|la|los|las)|hago (?:un|una) |armo?r?|cocin|"
    r"(?:cambi|prepar|limpi)(?:o|a|an|ar) (?:un|una|el|la|los|las)|instal|coso|parch|configur|descarg|"
    r"paso? (?:mis|los|las)|mont[oa]|reparten|renuev|plant[oa]|conect[oa])",
)
_MECHANISM = _es(
    rf"{_ASKS}(?:expli(?:cá|que)(?:me|nos)? )?{_HOW} (?:se |nos |te )?(?:funcionan?|forman?|producen?|"
    r"nacen?|consigue|logra|digier|respiran?|defiende|duerme|vuelan?|mueven?|calientan?)\b",
    r"^explí(?:cá|que)(?:me|nos)? (?:cómo|qué es)\b(?![^.?!\n]{0,80}\b(?:afect|influ|cambi))",
    rf"{_ASKS}qué (?:es|son|se entiende por) (?!mejor|peor|lo)(?:[\w'-]+,? ?){{1,6}}\??$",
    r"^¿?por qué (?:se )?(?:flota|hunde|hay mareas|oxida|congela|hierve|brilla|arde|derrite|dilata|(?:el|"
    r"la) (?:cielo|mar|hielo|hierro|aceite|luna|sol|nieve|agua)\b)",
)
_SEVERAL = _es(
    rf"\b{_ASK}\b[^.?!\n]{{0,60}}?\b{_POINTS}\b|[:;,] (?:dame )?{_POINTS}(?: y \w+)?[.?]?$",
    rf"{_AT}(?:(?:y|los|las|unos|algun[oa]s|\d+|cinco|tres|diez|varios) ){{0,2}}{_POINTS} (?:de|del|para|"
    r"que|a|al|y|e|por)\b",
    r"\bpros y (?:los )?contras?\b|\ba favor (?:y|o) en contra\b|\bqué tiene de (?:bueno|malo)\b",
)
_COMPARISON = _es(
    r"\b(?:compár(?:á|en?)(?:me|los|las)?|comparación|versus|vs\.?|frente a)(?!\w)|\bdiferencias?\b",
    r"\ben qué (?:se )?(?:diferencian?|distinguen?|parecen?|cambia)|\bconviene más\b|"
    r"\bes mejor\b[^?\n]{2,80}\bo\b",
)
_EFFECT = _es(
    rf"\b(?:{_HOW}|qué|expli(?:ca|que))\b[^.?!\n]{{0,70}}\b(?:afect(?:a|an|ó|aría)|influy\w+|influencia|"
    r"repercut\w+|impacta\w*|cambi(?:ó|aron|a|an)|transform\w+)\b|\b(?:la importancia|el papel) de(?:l| la|"
    r" los| las)\b"
)
_WHAT_IF = _es(
    r"\bqué (?:nos |les |le )?(?:pasaría|sucedería|ocurriría|cambiaría|ganaría|perdería|habría (?:pasado|"
    r"sido|ocurrido))\b",
    r"^¿?y si (?:\w+ ){0,5}?(?!para\b|otra\b|cara\b)\w+(?:aran?|eran?|iesen?|ásemos|áramos|éramos)\b",
)
_ADVICE = _es(
    rf"\b{_HOW} (?:\w+ )?(?:{_COULD}|convencer|reducir|evitar|mejorar|lograr|aprender|elegir|ayudar)\b|"
    r"\bpor dónde empiezo\b",
    rf"{_AT}{_SOFT}cómo (?:(?:me|lo|la|le|se) ){{0,2}}\w{{3,}}o\b|\bcómo se (?:estudia|escribe|aprende|"
    r"vive)\b|\ben qué (?:me |nos )?fij",
    rf"\bqué (?:más |cosas |\w+s (?:\w+ )?(?:le |les |me )?)?(?:{_COULD}|harías?|mirar|(?:tomar|"
    r"tener) en cuenta|hay que|conviene)\b|\b(?:qué|cómo) (?:me|nos|le) (?:aconsej|recom|sug|propon)",
)
_REASONS = _es(
    r"\ba qué (?:se|puede) debe|\bde qué depende\b|\bqué (?:influye|hace que)\b|"
    rf"{_AT}{_SOFT}por qué (?!no )[^?\n]{{8,}}"
)
_DISCUSSION = _es(
    r"^(?:anali(?:zá|ce)|discut(?:e|a|í)|comént?[ae]|expón|evalú[ae]|debat(?:e|a|í))",
    r"\b(?:varias|distintas|diferentes) (?:posturas|miradas|opiniones)\b|\bvarios ángulos\b",
)
_CREATIVE = _es(
    rf"{_AT}{_SOFT}{_WRITE}\b(?:(?!\b{_POINTS}\b)[^.?!:\n]){{0,35}}?\b{_WORKS}\b",
    rf"\A{_WORKS} (?:al?|"
    r"para) ",
)
_LONGER = _es(rf"{_AT}{_SOFT}{_WRITE}\b(?:(?!\b{_POINTS}\b)[^.?!:\n]){{0,30}}?\b{_LONG_WORKS}\b")

RULES = LanguageRules(
    rules=(
        Rule("normal", 0.9, "is a word of thanks or a greeting", _THANKS),
        Rule("normal", 0.9, "asks for one piece of creative writing", _CREATIVE),
        Rule("normal", 0.8, "asks for one longer text", _LONGER),
        Rule("normal", 0.85, "asks for a role played in one voice", _ROLE),
        Rule("normal", 0.9, "asks for code", _FOR_CODE),
        Rule("normal", 0.85, "works on a given text", _GIVEN_TEXT),
        Rule("normal", 0.75, "takes something out of a given text, or sorts what is given", _TAKE_OUT),
        Rule("cot", 0.85, "is a calculation", _CALCULATION, numbers=1),
        Rule("cot", 0.85, "is a word problem with numbers", _WORD_PROBLEM, numbers=2),
        Rule("cot", 0.75, "is a puzzle with one right answer", _PUZZLE),
        Rule("cot", 0.75, "is a puzzle about who stands where", _PLACES, times=2, also=_ASKS_FOR_ORDER),
        Rule("cot", 0.6, "asks what follows from what is given", _PREMISE, also=_FOLLOWS),
        Rule("cot", 0.7, "asks for mathematics", _MATHEMATICS),
        Rule("cot", 0.65, "asks for an estimate to be worked out", _ESTIMATE),
        Rule("normal", 0.8, "is a multiple choice question", _CHOICE),
        Rule("normal", 0.85, "asks for a short answer", _SHORT),
        Rule("normal", 0.8, "asks for a single fact", _FACT),
        Rule("normal", 0.65, "asks for a procedure whose steps build on each other", _PROCEDURE),
        Rule("normal", 0.65, "asks how one thing works, or what it is", _MECHANISM),
        Rule("skeleton", 0.85, "asks for several independent points", _SEVERAL),
        Rule("skeleton", 0.8, "asks for a comparison", _COMPARISON),
        Rule("skeleton", 0.8, "asks how something has an effect", _EFFECT),
        Rule("skeleton", 0.75, "asks what would follow from a change", _WHAT_IF),
        Rule("skeleton", 0.75, "asks for advice", _ADVICE),
        Rule("skeleton", 0.65, "asks for reasons", _REASONS),
        Rule("skeleton", 0.6, "asks for a discussion of several aspects", _DISCUSSION),
    ),
    follow_up=_es(
        r"^¿?(?:(?:y|pero|ok|vale|ah|perfecto|bien|ahora|bueno|no|por favor|gracias)[, ]+¿?){0,3}(?:por qué|"
        r"segur\w|algo más|otr[oa]s?|más|de nuevo|sigue|continúa|por ejemplo|ejemplos?|gracias|en serio|"
        r"(?:más|menos) \w+(?: \w+){0,5}|en (?:una|dos|un|inglés|francés)\b.*|(?:la|el) de [\w ]{2,30})\W*$",
        r"^(?:(?:y|pero|ok|vale|ahora|perfecto|por favor|bien)[,. ]+){0,3}(?:pása|pon|ordén|resúm|tradúc|"
        r"cambi|quít|agrég|añad|escríb|haz|hacé|acort|alarg|repít|repet|explíc|corríg|correg|a qué te refer|"
        r"con eso)",
    ),
    varies=_es(
        r"^(?:(?:y|e|pero|ok|no|ah|perdón|entonces|bien|vale|uf)[, ]+){0,3}¿?(?:y )?(?:si|con|en|para|sin|"
        r"de|pero|a) (?:[^\n]{0,3}\d|(?![^\n]{0,40}\b(?:carta|poema|cuento|tabla|palabras|frase|inglés|"
        r"código|cort\w)\b)[^\n]{2,50})",
        r"^¿?(?:y|pero) (?!por qué|qué|cómo|quién)[^\n]{2,50}\?$|\b(?:el doble|la mitad|en vez de|también|"
        r"segur\w\?|compruéb|me equivoqué)",
    ),
    number=_es(
        r"\d+(?:[.,]\d+)*",
        r"\b(?:dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|treinta|cuarenta|"
        r"cincuenta|cien|ciento|mil|millón|millones|mitad|doble|triple|tercio|cuarto|docena)\b",
    ),
)
