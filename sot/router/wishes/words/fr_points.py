"""French wishes about the number of points and their marks."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .fr_words import ADJECTIVES, END, PLEASE, POINTS, PROSE, RANGE, TO, UNITS, VERB

POINTS_ASKED = (
    WishPattern(
        "count",
        loose(
            rf"\b(?:{VERB}{TO}|veux|voudrais|aimerais|faut|faudrait|entre|donner|citer|lister|proposer|"
            r"trouver|expliquer|présenter|suggérer|énumérer|"
            rf"en|avec|souhaite|cherche|préfère|sont|quels?|quelles|top|connaître|avoir|{PLEASE}|et|ou|"
            rf"puis)(?: (?:{PLEASE}|me|moi|au total|les|tes|"
            r"toujours|désormais|dorénavant|systématiquement|à chaque fois|exactement|environ))*"
            rf",? {RANGE}{ADJECTIVES}(?!{UNITS}\b){POINTS}\b",
            r"\b(?:cite[rz]?|citer|nomme[rz]?|liste[rz]?|donne[rz]?|propose[rz]?|suggère[rz]?|"
            r"énumère[rz]?|trouve[rz]?|conseille[rz]?|"
            rf"recommande[rz]?){TO}(?: (?:{PLEASE}|au hasard))* (?!une? ){RANGE}(?:(?!{UNITS}\b|et\b|"
            rf"ou\b|de\b)[\w'-]+ )??(?!{UNITS}\b)\w+[sx]\b",
            rf"(?:\A|[,:;(–—.?!-] ?|\n)(?:les )?(?:meilleurs? )?{RANGE}(?:(?:meilleure?s?|bon(?:ne)?s|"
            rf"principa\w+|grand\w*) )?(?!{UNITS}\b){POINTS}\b",
            rf"\b(?:donne|cite|propose|dis|suggère|donnez|citez|indique){TO} (?:juste |"
            r"seulement )?(?P<n>une?) (?:(?:bon(?:ne)?|seule?) )?"
            r"(?:conseil|astuce|raison|avantage|inconvénient|bienfait|argument)\b",
            r"\b(?P<n>un seul|une seule) (?:conseil|astuce|raison|idée|exemple|avantage|inconvénient|"
            r"bienfait|argument|point|cause|effet|méthode|moyen|étape)\b(?! par)",
            r"\b(?:(?:limite|borne)[rz]?-(?:toi|vous)|tiens-t'en|tenez-vous-en|te limiter|vous limiter) "
            r"(?:\w+ )?à "
            rf"{RANGE}{ADJECTIVES}{POINTS}\b",
            r"\btop (?P<n>\d{1,2})\b",
        ),
        sure=True,
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:avec|en|par|sous (?:la )?forme d[e']|utilise[rz]?|utiliser|dans|fai(?:s|tes)|veux|"
            r"voudrais|donne-moi|mets|mettez|que|à l'aide de|(?<=[?!.:] )) ?(?:des |une |les |de |"
            r"d'une )?"
            r"(?:petites? |simples? |courtes? )*(?:listes? (?:à|de|avec des|avec) )?(?:puces|tirets|"
            r"points clés|points|bullet ?points)\b",
            rf"(?:\A|(?<=[.,;:(!?] ))(?:\d+ )?(?:(?:une )?liste à )?(?:puces|tirets|bullet ?points){END}|"
            rf"\bliste à (?:puces|tirets)(?= ?(?:{PLEASE}|uniquement))",
        ),
        "bullets",
        unless=PROSE,
    ),
    WishPattern(
        "mark",
        loose(
            r"\bliste numérotée\b|\b(?:points|conseils|idées|raisons|étapes|éléments|"
            r"réponse) numérotée?s?\b|\bnumérote[rz]?\b|\bnuméroter\b|"
            rf"\bavec (?:des )?numéros\b|(?:\A|(?<=[.,;:(!?] ))numérotée?s?{END}|\b(?:en )?numérotant\b",
        ),
        "numbers",
        unless=PROSE,
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:avec|sous|utilise[rz]?|ajoute[rz]?|mets|mettez|par|en|donne[rz]?|"
            r"insère[rz]?) (?:des |un |de |petits? |courts? |leur |son |chaque fois un )*"
            r"(?:sous-titres?|titres?|intertitres?|en-têtes?|rubriques)\b|\bun (?:sous-|"
            r"inter)?titre (?:pour|par|à|au-dessus de) (?:chaque|chacune?|point|section)\b|"
            r"\b(?:sections|parties) (?:titrées|avec (?:un |des )?titres?)\b"
        ),
        "headings",
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:sans|pas de|pas d'|jamais de|aucun|aucune|évite[rz]? (?:le|la|les)) ?(?:markdown|"
            r"mise en forme|formatage|gras|astérisques)\b|\b(?:en|du) texte brut\b"
        ),
        "plain",
        sure=True,
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:sous (?:la )?forme (?:de|d'une)|en|dans|fai(?:s|tes)(?:-(?:moi|nous))?|"
            r"dresse[rz]?(?:-moi)?|par|comme|donne[rz]?(?:-moi)?|refais) (?:une |simple |"
            r"de )*listes?\b(?! d'attente)"
        ),
        "list",
        unless=PROSE,
    ),
)
