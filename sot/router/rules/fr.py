"""French routing rules; accents may be missing."""

from __future__ import annotations

from .rule import LanguageRules, Rule
from .words_fr import (
    ADVICE,
    ASK,
    CALCULATION,
    CODE,
    DETERMINER,
    FACT,
    FOLLOW_UP,
    GAP,
    GIVE,
    GIVEN,
    LONG_WORKS,
    MECHANISM,
    NUMBER,
    POINTS,
    PROCEDURE,
    ROLE,
    SIDE,
    TEXT_WORK,
    THANKS,
    VARIES,
    WORD_PROBLEM,
    WORKS,
    WRITE,
    fr,
)

RULES = LanguageRules(
    rules=(
        Rule("normal", 0.9, "is a word of thanks or a greeting", THANKS),
        Rule(
            "normal",
            0.9,
            "asks for one piece of creative writing",
            fr(
                rf"{WRITE}{GAP}{DETERMINER}{WORKS}\b|{GIVE} une? (?:\w+ )?{WORKS}\b",
                rf"^une? (?:petite? |courte? )?{WORKS}\b(?! (?:est|a|peut|dit)\b)",
            ),
        ),
        Rule("normal", 0.8, "asks for one longer text", fr(rf"{WRITE}{GAP}{DETERMINER}{LONG_WORKS}\b")),
        Rule("normal", 0.85, "asks for a role played in one voice", ROLE),
        Rule(
            "normal",
            0.9,
            "asks for code",
            fr(
                rf"(?:{WRITE}|{GIVE}|\b(?:codez?|corrige|débogue|optimise|implémente|programme)\b){GAP}"
                rf"{CODE}(?!\w)",
                r"\b(?:mon|ce|cette|ma) (?:code|script|requête|fonction|bouton|formulaire) (?:ne|plante)\b",
                r"\bmessage d'erreur\b|\w\.\w+\([\"']",
            ),
        ),
        Rule("normal", 0.85, "works on a given text", TEXT_WORK),
        Rule("cot", 0.85, "is a calculation", CALCULATION, numbers=1),
        Rule("cot", 0.85, "is a word problem with numbers", WORD_PROBLEM, numbers=2),
        Rule(
            "cot",
            0.75,
            "asks for mathematics",
            fr(
                r"^(?:démontre|prouve)[zr]? (?:que|par)\b|\bde combien de (?:façons|manières)\b",
                r"\b(?:donné|donne|reçoit|connaît|considère|veut|a|soit|avec|sur|de|les|des|range[zr]?) "
                r"n (?!importe\b|y\b)\w{3,}",
                r"^(?:étant donnée?s?|soit|soient) (?:un|une|des|les|n)\b",
            ),
        ),
        Rule(
            "cot",
            0.8,
            "asks what follows from what is given",
            fr(rf"(?:^|[.!:,] ){GIVEN}\b"),
            also=fr(
                r"\b(?:peut-on (?:en )?(?:conclure|déduire|affirmer)|s'ensuit-il|déduit-on|implique|"
                r"forcément|nécessairement|suit logiquement|découle|doit être vrai|raisonnement|indécidable|"
                r"avec certitude|conclusion (?:valable|s'impose)|en conclure|donc [^?\n]{2,50}\?)"
            ),
        ),
        Rule(
            "cot",
            0.7,
            "asks what follows from what is given",
            fr(
                r"^(?:tous|toute?s?|aucune?|nul(?:le)?|certaine?s|seule?s) [^?\n]{10,150}\. [^.?\n]{2,40}-"
                r"(?:t-)?(?:ils?|elles?)\b[^.?\n]{0,30}\?"
            ),
        ),
        Rule(
            "cot",
            0.75,
            "is a puzzle with one right answer",
            fr(
                r"\b(?:dit (?:la vérité|vrai)|ment|menteu(?:r|se))\b[^\n]{0,99}\b(?:lequel|laquelle|"
                r"qui (?:dit|ment)|où est)\b",
                r"\b(?:nombre|terme|lettre) (?:vient ensuite|suit|suivante?)\b|\bcomplète la suite\b|"
                r"\brésou?(?:s|lvez) (?:cette|l')énigme\b",
            ),
        ),
        Rule(
            "cot",
            0.75,
            "is a puzzle about who stands where",
            fr(rf"\b{SIDE}"),
            times=2,
            also=fr(
                r"(?:^|[.!?] )(?:qui|dans quel (?:ordre|sens)|dans quelle direction|quel (?:est l')?ordre|"
                r"donnez? l'ordre|où)\b"
            ),
        ),
        Rule(
            "cot",
            0.7,
            "asks for counting or a date",
            fr(
                r"\bcombien de (?:fois|lettres|voyelles|consonnes|mots|jours|codes|nombres|combinaisons)\b"
                r"[^?\n]{0,60}(?:[«\"]|\bentre|\bdans le mot|\bjusqu|\bpossibles)",
                r"\bquel (?:est le )?(?:dernier )?jour\b[^?\n]{0,60}\d",
            ),
        ),
        Rule(
            "cot",
            0.7,
            "asks for an estimate to be worked out",
            fr(
                r"^estim(?:ez?|er|ons)\b|\bordre de grandeur\b|\bestimation\b|\bà vue de nez\b",
                r"\bcombien (?:de |d')[^?\n]{3,70}\b(?:à l'instant|en ce moment|chaque (?:année|jour)|"
                r"un (?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|jour)|"
                r"en une (?:nuit|journée|année)|par an|faudrait-il|tu dirais|en gros|environ)\b",
            ),
        ),
        Rule(
            "normal",
            0.8,
            "is a multiple choice question",
            fr(
                r"\b(?:lequel|laquelle) (?:de ces|des (?:suivant|affirmation|proposition))|\bvrai ou faux\b|"
                r"\b(?:a|1)[).] [^\n]{1,80}\b(?:b|2)[).] "
            ),
        ),
        Rule(
            "normal",
            0.85,
            "asks for a short answer",
            fr(
                r"\ben (?:un|une|deux|trois) (?:seule? )?(?:mots?|phrases?|lignes?)\b(?! (?:chacun|par))",
                r"\b(?:juste|seulement|uniquement) (?:les?|la|ton|ta|tes|votre|des)\b|\boui ou non\b|"
                r"\bsans (?:commentaires?|expliquer|explications?|détails)\b",
                r"\b(?:citez?|nommez?|listez?|donnez?|énumérez?)\b[^.?!\n]{0,25}\b(?:noms|prénoms|titres|"
                r"synonymes|capitales|villes|pays|couleurs|mots|rimes)\b",
            ),
        ),
        Rule("normal", 0.8, "asks for a single fact", FACT),
        Rule("normal", 0.7, "asks for a procedure whose steps build on each other", PROCEDURE),
        Rule(
            "skeleton",
            0.8,
            "asks how something has an effect",
            fr(
                r"\b(?:comment|en quoi|explique[zr]?)\b[^.?!\n]{1,70}\b(?:influenc|affecte|transforme(?!r)|"
                r"boulevers|modifi(?:e|é)(?!r)|changé(?!r))",
                r"\b(?:effets|bienfaits|impacts?|influence|importance|rôle) (?:de|des|du|d')",
                r"\bque risque(?:-t-on|nt)?\b|\bquels? (?:effets?|impacts?|risques?)\b",
            ),
        ),
        Rule("normal", 0.7, "asks how one thing works, or what it is", MECHANISM),
        Rule(
            "skeleton",
            0.85,
            "asks for several independent points",
            fr(
                rf"\b{ASK}\b[^.?!\n]{{0,60}}?\b{POINTS}\b",
                rf"^(?:(?:les|des|vos|tes|quelques|\d+) )?{POINTS} (?:de|d'|du|des|pour|sur|et|à)\b",
                rf"^(?:et (?:les |des )|d'autres ){POINTS}\b",
                r"\b(?:le pour et le contre|pour (?:et|ou) contre|les plus et les moins)\b|"
                r"\b(?:avantages|atouts|attraits|points forts) (?:et|ou) ",
                r"(?:^|[,:.?] )(?:tu as |vous avez )?(?:des|vos|tes|quelques) (?:meilleure?s )?"
                r"(?:conseils|idées|astuces|pistes|suggestions)\b",
            ),
        ),
        Rule(
            "skeleton",
            0.8,
            "asks for a comparison",
            fr(
                r"\bcompar(?:ez?|aison)\b|\bdiff(?:érences? entre|èrent?)\b|\bversus\b|\bvs\b",
                r"\ben quoi (?:ça|cela|c'est) diff",
                r"\bou\b[^?\n]{2,60}\b(?:lequel|laquelle|que choisir|qu'est-ce qu|que faut-il)",
            ),
        ),
        Rule(
            "skeleton",
            0.75,
            "asks what would follow from a change",
            fr(
                r"^et s(?:i |'ils? |'elles? )|^si [^?\n]{5,120}, (?:que|quel|qu'|comment|à quoi)",
                r"\bque (?:se passe|peut-il se passer|se produi)[^?\n]{0,12} (?:si|quand|s'ils?)\b",
                r"^supposons\b|\bqu'arriverait-il\b|"
                r"\bque deviendrai(?:en)?t\b|\bqu(?:e|'est-ce qui) changerait\b",
            ),
        ),
        Rule("skeleton", 0.75, "asks for advice", ADVICE),
        Rule(
            "skeleton",
            0.65,
            "asks for reasons",
            fr(r"^(?:explique[zr]? )?(?:pourquoi|pk|à quoi bon|pour quelles raisons)\b"),
        ),
        Rule(
            "skeleton",
            0.6,
            "asks for a discussion of several aspects",
            fr(
                r"^(?:discutez?|analysez?|examinez?|faut-il|doit-on|peut-on dire)\b|\bpoints de vue\b|"
                r"^quel(?:le)?s sont (?:les|des)\b"
            ),
        ),
    ),
    follow_up=FOLLOW_UP,
    varies=VARIES,
    number=NUMBER,
)
