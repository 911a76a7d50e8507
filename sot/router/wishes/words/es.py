"""Spanish wishes about form, length, number, language and audience."""

from __future__ import annotations

from ..wish import WishLanguage
from .accents import loose
from .es_form import FORM
from .es_length import LENGTH
from .es_manner import MANNER
from .es_points import POINTS_ASKED
from .es_words import ANSWER, LEAD, NUMBERS, ORDER, PLURAL, POINT, POLITE, WHAT, N

RULES = WishLanguage(
    numbers=NUMBERS,
    order=loose(ORDER, rf"\A(?!{WHAT})[^¿]{{0,250}}?\b{LEAD}{ANSWER}\b"),
    filler=loose(
        r"\A[¿¡]?(?:(?:por favor|porfa(?:vor)?|y|e|pero|solo|solamente|únicamente|formato|salida|respuesta|"
        r"tu|tus|la|el|lo|los|las|todo|eso|esto|es|mejor|esta vez|ahora|gracias|que|sea|ser|esté|debe|"
        r"tiene que|si (?:es posible|puede ser|puedes)|a poder ser|preferiblemente|preferentemente|ojo|"
        r"nota|importante|extensión|longitud|límite|en|a|de|con|un|una|me|te|ah|ok|vale|bueno|pues|siempre|"
        r"idealmente|estrictamente|respuestas|nuevamente|otra vez|como|hola|favor de|no|también|además|"
        r"pido|resumen|resumido|versión|son|tiene|tienen|tenga|tengan|consta|constan|contiene|contienen|"
        r"ocupa|"
        r"ocupan|cada|nunca|jamás|ahí|ponlo|basta|bastará|deben|tener|contener|ocupar|estar|"
        rf"todas|tod[oa]s las|{ANSWER})\b[ :,–—-]*)*\Z",
        rf"\A[¿¡]?(?:[\w ]{{0,30}}, ?[¿¡]?)?{POLITE}\b(?:(?!\b(?:cómo|por qué) )[^?:]){{0,200}}\Z",
    ),
    asks=loose(
        r"\A(?:[^?¿]{0,80}[,.] ?)?[¿¡ ]*(?:(?:y|pero|entonces|oye|hola|a ver),? )*(?:(?:a|de|con|en|para|"
        r"por|desde|sobre) )?(?:por qué|qué|cómo|cuál(?:es)?|quién(?:es)?|cuándo|dónde|cuánt[oa]s?|es|son|"
        r"hay|se puede|debo|debería|puedo|conviene|merece la pena|vale la pena|resumen|explicación|"
        r"comparación|comparativa|comparar|definición|diferencias?|importancia|historia|capital|"
        rf"\w{(4,)} (?:del?|para|pa)|mejores|principales|algun[oa]s|varios|varias|l[oa]s|el|la|\d+|{N}|"
        rf"{PLURAL}|(?:{POINT})s?|pros y contras|síntomas|origen|causas)\b"
    ),
    subject=loose(
        r"\b(?<!puedes )(?<!podrías )(?<!puede )(?<!podría )(?<!favor )(?<!debes )(?:guard\w+|almacen\w+|"
        r"envi\w+|export\w+|import\w+|parsear|le(?:er|en|o)|convertir|pasar|trabaj\w+|represent\w+|"
        r"intercambi\w+|serializ\w+|valid(?:ar|ación)|formatos|lenguajes|datos|archivos?|ficheros?|fechas|"
        r"filas?|columnas?|celdas?|insert\w+|errores|comentarios|escribir|escribiendo|redactar|leyendo|"
        r"hablar|responder|contestar|resumir|explicar|expresar|expresarse|decir|enseñar|aprend\w+|"
        r"estudi(?:ar|o|an)|memorizar|usar|utilizar|uso|hacer|crear|listas|diseñar|programar|poner|"
        r"presentar|organizar(?:se)?|publicar|novelas?|libros?|profesores|odian?|alumnos|poetas|poesía|"
        r"autores|escritores|periodistas|la gente|responden|contestan|escriben|verbo|sujeto|complemento|"
        r"palabras?|mejor|peor|bueno|útil|va|van|estructura|estructurar|incluir|configuraci\w+|texto|"
        r"diferencia entre|vivir|comprar|contar|se (?:resum|escrib|dic|explic|expres|cuent|us)\w+|"
        r"hij[oa]s? (?:escrib|respond|contest|habl)\w*)(?! por favor)(?: [\w'-]+){0,3} ?\Z",
        r"\b(?:poemas?|obras?|relatos?|teatro|literatura|poesía|cuentos?) \Z",
    ),
    negated=loose(
        r"\b(?:no|sin|nunca|jamás|ni|tampoco|nada de|evita\w*|en (?:lugar|vez) de|excepto|menos|omite|"
        r"deja de)(?: (?:un|una|el|la|los|las|me|lo|te|quiero|hace falta|necesito|hagas?|uses?|utilices?|"
        r"des|pongas?|escribas?|respondas?|contestes?|sea|es|en|con|de|como|usar|hacer|poner|escribir|"
        r"responder|que|tiene|tienes|ser|por|ningun[oa]?|forma|formato|más|listas?|viñetas|tablas?|json|ni|"
        r"o|necesariamente|necesario|obligatorio|hay|presentes?|preciso|darme|falta|organices?|resumas|digas|"
        r"limites|quedes|conformes|contentes|expliques|abrevies|solo|simplemente|con|a)){0,7} ?\Z"
    ),
    conditional=loose(
        r"\b(?:si (?!es posible|puede ser)|cuando|salvo|a menos que|en caso de|excepto|por ejemplo|"
        r"siempre que|según|puedes? usar|a veces|si procede|cuando convenga|donde (?:sea|convenga)|"
        r"se (?:pida|solicite)|ante (?:una?|preguntas|dudas|consultas)\b|para (?:código|preguntas))"
    ),
    standing=loose(
        r"\b(?:(?:a partir|de|desde) (?:de )?(?:ahora|hoy|aquí|ya)(?: en (?:adelante|más))?|en adelante|"
        r"en lo sucesivo|siempre|nunca|jamás|tod[oa]s (?:tus|mis|las|sus) (?:\w+ )?(?:respuestas|preguntas|"
        r"contestaciones)|cada (?:respuesta|pregunta)|en est[ea] (?:chat|conversación|charla|sesión)|"
        r"hasta (?:que|nuevo aviso)|cada vez que|ya no|no quiero más|tod[oa] (?:el chat|la conversación|"
        r"la charla)|pregunte lo que pregunte|el resto|todo lo que (?:te )?pregunte)\b"
    ),
    order_only=loose(
        r"\A(?:(?:por favor|ok|hola|vale|bueno|solo|quiero que|necesito que|te pido que|puedes|podrías|"
        r"debes|tienes que|me|oye|mejor|y),? )*(?:respónd\w+|contést\w+|hábl\w+|sé|seas|usa|use|usá|uses|"
        r"utiliza|limítate|mantén|nada de|sin|no|escribe|escríbeme|quiero (?:solo |que |las |tus |"
        r"tod\w+ )*respuestas|respuestas|prefiero|tus respuestas|nunca|evita|dame (?:solo )?respuestas|"
        r"hazme todo|que (?:tus|las) respuestas)\b(?:(?!\b(?:qu\u00e9|c\u00f3mo|cu\u00e1l\w*|qui\u00e9n|"
        r"d\u00f3nde|consejos|ventajas|razones)\b)[^?¿:]){0,160}\Z"
    ),
    continues=loose(
        r"\A[¿¡]?(?:y|e|o|pero|ahora|luego|también|lo mismo|igual|otra vez|entonces|qué tal|qué hay de|"
        r"ok,? y)\b"
        r"(?!,? [¿]?(?:qué(?! (?:hay|tal|pasa))|cómo|cuál(?:es)?|quién(?:es)?|por qué|cuándo|dónde|"
        rf"cuánt[oa]s?|{ANSWER})\b)[^\n]{{0,60}}\Z"
    ),
    patterns=(*FORM, *LENGTH, *POINTS_ASKED, *MANNER),
)
