"""French wishes for one piece of some form: data, a table, code, a text, a poem."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .fr_words import AS, DATA, EACH, END, LINKED, NO_LIST, ONLY, PLEASE, SHAPE, TO, WANT, WORK

FORM = (
    WishPattern(
        "form",
        loose(
            r"\b(?:en|au|dans|sous(?: la)? forme|(?<!du )(?<!le )(?<!un )(?<!ce )format|avec|par|comme|via|"
            rf"type) ?{SHAPE}{DATA}",
            rf"\b{ONLY} {SHAPE}{DATA}|\b{DATA} (?:{ONLY}|{PLEASE}|valide|brut)",
            rf"\b(?:format|sortie|réponse|type)(?: de \w+| attendue?)? ?(?:[:=]|est) ?{SHAPE}{DATA}",
            rf"\b(?:renvoi\w+|renvoyez|retourn\w+|produi\w+|génèr\w+|donne{TO}|donnez{TO}|fourni\w+|veux|"
            r"voudrais|faut|besoin|"
            rf"aimerais|écris|crée|envoie{TO}) {SHAPE}{DATA}",
            rf"\A{DATA}[.!]*\Z",
        ),
    ),
    WishPattern(
        "form",
        loose(
            rf"\b{AS} ?(?:une? |le |des )?(?:petit |simple |beau )?(?:tableaux?|grille|matrice|"
            r"tableur)\b(?! (?:de bord|noir|blanc|excel))"
            r"(?: (?:comparatif|récapitulatif|markdown|à (?:\w+ )?(?:colonnes|lignes|entrées)))*",
            r"\b(?:(?:fai(?:s|tes)|dressez?|créez?|donnez?|établi[rs]\w*|réalisez?|génèrez?|produis\w*|"
            r"préparez?|présentez?|"
            r"construi[st]\w*|faire|dresser|créer|écri[st]|proposez?|composez?|montrez?|rempli[rs]|"
            rf"avoir){TO}(?: moi)?|{WANT}) ?"
            r"(?:une? |le |d'un )?(?:petit |simple |beau |joli )?tableau\b"
            r"(?! (?:de (?!comparaison|synthèse)|d'(?!une? )|noir|blanc|excel|abstrait|célèbre))",
            r"(?:\A|(?<=[.,;:(!?–—-] )|(?<=\())(?:une? |juste un )?(?:petit )?tableau(?: comparatif|"
            rf" récapitulatif| markdown| simple)?(?: ?:|{END})",
            r"\btableau (?:comparatif|récapitulatif|markdown|à (?:\w+ )?(?:colonnes|lignes|entrées)|"
            r"avec (?:\w+ ){0,3}colonnes)\b",
        ),
        "table",
    ),
    WishPattern(
        "form",
        loose(
            rf"\b(?:{AS}|{ONLY}) ?(?:une? |le |du |de |des )?(?:petit |simple |seul )?(?:bloc de code|"
            r"code (?:python|javascript|java|sql|source|seul\w*|uniquement)|(?<=forme de )code|"
            r"dictionnaire(?= python)|"
            r"liste python|tuple|tableau javascript|fonction|diagramme|schéma|organigramme|"
            r"carte mentale|mind ?map|mermaid|"
            r"ascii art|requête sql|expression régulière|graphique)\b(?! (?:de la route|du travail|"
            r"civil|pénal|postal))",
            r"\b(?:fai(?:s|tes)|dessine[rz]?|crée[rz]?|donne[rz]?|"
            rf"génère[rz]?){TO} (?:une? )(?:carte mentale|diagramme|schéma|organigramme)\b",
        ),
        "code",
    ),
    WishPattern(
        "form",
        loose(
            rf"(?P<each>{LINKED})?\b{AS} ?(?:(?:une?|de la|des?|du|seule?|petite?|courte?|bref|brève|"
            r"simple|long|joli|unique|deux|trois|quatre|\d|"
            r"quelques|forme|de|d'un|beau|plusieurs|gros|même|maximum|exactement|juste|bon) )*"
            r"(?:prose|texte (?:suivi|continu|fluide|rédigé|lié|courant|normal|simple|cohérent|narratif|"
            r"d'un seul)|paragraphes?|récit suivi|"
            r"texte(?= ?(?:,|et pas|et non|plutôt|sans))|textes? rédigés?|rédaction suivie|"
            r"phrases complètes, sans|(?:seul )bloc)\b"
            rf"(?:,? ?(?P<each>{EACH}))?",
            rf"(?P<each>{LINKED})?(?:\A|(?<=[.,;:(!?–—-])|(?<=[.,;:(!?–—-] )|\b(?:{ONLY}|{WANT}|"
            r"(?:écri[st]|"
            rf"écrivez|rédigez?|fai(?:s|tes)|utilisez?|donnez?|tient sur|tenir sur){TO}|(?:écrire|"
            r"rédiger|faire)(?= (?:une? |du |des ))) )(?:une?|des|de la|du|en|\d|deux|"
            r"trois|le|seule?)?(?: (?:seul|petit|court|bref|simple|long|joli|unique|bon|gros))* ?"
            r"(?:prose|texte (?:suivi|continu|fluide|rédigé|lié|courant|cohérent|narratif)|"
            r"paragraphes?)\b"
            rf"(?:,? ?(?P<each>{EACH}))?(?! (?:d'introduction|de conclusion))",
            r"\b(?:un seul|un unique|1 seul) (?:\w+ )?(?:paragraphe|bloc(?: de texte)?)\b(?! par\b)|"
            r"\bd'un seul (?:bloc|tenant)\b|\bd'une traite\b",
            r"\b(?:paragraphes?|prose|texte|phrases),? (?:et )?(?:pas|non|plutôt) (?:une? |de |qu'une |"
            r"des |en |par )*(?:listes?|puces|points)\b",
        ),
        "prose",
    ),
    WishPattern(
        "form",
        loose(
            r"\b(?:pas|jamais|aucune|ni|(?:(?<=ne )|(?<=n'))\w+ (?:pas|plus|jamais)|évite[rz]?|évitant|"
            r"bannis\w*|au lieu d[e']|plutôt qu[e']|"
            rf"à la place d[e']|éviter|interdit d[e']|pas besoin d[e']|inutile d[e']) ?(?:de |d')?"
            r"(?:(?:faire|utiliser|mettre|présenter|me|m'|répondre|titres?|tableaux?|numéros|markdown|"
            rf"gras|ni|ou|et|surtout|toute?) ?,? ?)*{NO_LIST}",
            r"(?:\A|[,;:.!?(–—-] ?|\n|\b(?:et|mais|texte|prose|paragraphes?|suivi|toujours|réponds|"
            r"répondez|réponses) )"
            r"sans (?:(?:titres?|tableaux?|numéros|markdown|gras|ni|ou|faire|utiliser|mettre|"
            rf"aucune),? )*{NO_LIST}",
            r"(?:\A|(?<=[,;:.!?(] )|\b(?:réponds|répondez|explique\w*|décris|parle|présente\w*|écris|"
            rf"donne|dis){TO}\b"
            rf"(?:(?!\b(?:comment|pour) )[^.?!\n]){{1,80}} )(?:sans {NO_LIST})",
            r"\b(?:désormais|maintenant|dorénavant|\A)[, ]*plus (?:de|aucune) (?:listes?|puces)\b|"
            r"\bn[e'] ?(?:les )?(?:numérote|énumère|liste)[rz]? (?:pas|rien|plus|jamais)\b|"
            r"\bstop (?:aux |les )?(?:listes|puces)\b|\bsans (?:rien )?(?:énumérer|lister|numéroter)\b|"
            r"\bpas (?:une|sous forme de|en|par) (?:listes?|points|puces)\b(?! d)",
        ),
        "prose",
        sure=True,
    ),
    WishPattern(
        "form",
        loose(
            r"\b(?:comme|sous (?:la )?forme d[e']|en|dans|façon|à la manière d[e']|au format|"
            rf"style) ?(?:une? |d'une? |seule? )*(?:[\w-]+ )?{WORK}\b"
            r"(?=(?: \w+)? ?(?:[.,;:!?)]|\Z|pour\b|à\b|au\b|aux\b|sur\b|qui\b|de\b|du\b|entre\b|avec\b|"
            rf"{PLEASE}))",
            r"(?<![\w'-])(?<!je )(?<!tu )(?:écri[st]|écrivez|rédigez?|composez?|inventez?|créez?|"
            r"fai(?:s|tes)|racontez?|imaginez?|"
            rf"préparez?|génèrez?|donnez?){TO} (?:moi )?(?:s'il (?:te|"
            rf"vous) plaît )?une? (?:[\w-]+ ){{0,2}}?{WORK}\b(?! (?:est|sont|doit))",
            r"\b(?:peux-tu|pourrais-tu|pouvez-vous|pourriez-vous|veuillez|merci de|j'aimerais(?: bien)?|"
            r"je voudrais|je veux)(?: que (?:tu|vous))? ?(?:me |m'|nous |lui )?"
            r"(?:écri\w+|rédige\w*|compose\w*|faire|fasses?|invente\w*|raconte\w*|"
            rf"créer)? ?une? (?:[\w-]+ ){{0,2}}?{WORK}\b",
            rf"\b(?:réponses?|réponds|répondez|doi[st]) (?:\w+ ){{0,3}}?(?:est|sera|soit|être|sont|par|"
            rf"avec) (?:une? |des )(?:\w+ )?{WORK}s?\b",
            r"\ben (?:vers|rimes|alexandrins|rimant|chanson|slam|rap|haïku|poésie)\b|\bqui rime\b",
        ),
        "poem",
    ),
)
