"""French wishes about the length of the answer and of its points."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .fr_words import ABOUT, AFTER, EACH, END, LINKED, ONLY, PLEASE, POINTS, RANGE, SHORT, TO


def _amount(unit: str, before: str = "") -> tuple[str, ...]:
    """Return patterns of an amount for the whole answer; one for each point is marked as such."""
    each = rf"(?P<each>{LINKED})?"
    lead = r"(?:(?:en|dans|par|avec|de|sur|tient|fait|tenir|faire|limite|longueur|que|soit|à)\b|d'|:) ?:? ?"
    whole = rf"(?:{ABOUT} )?{RANGE}{SHORT}{unit}{AFTER}"
    whole += rf"(?:,? ?(?P<each>{EACH}))?(?! (?:par|de) (?:jour|semaine|minute))"
    return (
        rf"{each}\b{lead}(?:l'espace de |un total de )?{before}{whole}",
        rf"{each}(?:\A|(?<=[.,;:(!?–—-])|(?<=[.,;:(!?–—-] )|(?<=\n)|\b(?:et|donne{TO}|"
        rf"écri[sv]\w*) ){whole}{END}",
        rf"{each}\b{ONLY} {whole}",
        rf"{each}\b(?=(?:maxi?|maximum|au plus|moins|pas|jamais|ne|sans|dépass\w+)\b){whole}",
        rf"{each}\b{RANGE}{SHORT}{unit},? (?:maxi?\b\.?|maximum|au (?:plus|maximum)|{ONLY}|suffi\w+|pas plus|"
        rf"ou moins|{PLEASE})",
        rf"\b{RANGE}{SHORT}{unit}{AFTER},? (?:par|pour chaque) (?:réponse|message|fois)\b",
    )


LENGTH = (
    WishPattern(
        "length",
        loose(
            rf"(?P<each>{LINKED})?\b(?:en|par|avec|d'|dans|que) ?(?:une?|1|deux|2) (?:seuls? |"
            rf"petits? )?mots?\b(?:,? ?(?P<each>{EACH}))?",
            rf"(?P<each>{LINKED})?\ben (?:quelques|peu de|très peu de) (?:phrases|"
            rf"lignes)\b(?:,? ?(?P<each>{EACH}))?",
            rf"(?:\A|(?<=[,;:.!?(–—-] )|\bréponse |\b{ONLY} )(?:en )?(?:un|1) (?:seul )?mot{AFTER}{END}",
            r"\boui (?:ou|/) ?non\b|\bvrai ou faux\b|\boui/non\b",
            rf"\b(?:{ONLY}|donne{TO}|dis{TO}|par|avec) (?:{ONLY} )?(?:par )?(?:l[ea] |l'|les |une? |ton |"
            r"votre )(?:seule? |bonne? )?"
            r"(?:noms?|nombre|chiffre|résultat|réponse|lettre|titre|mot|date|heure|valeur|total|terme|"
            r"année|prix|montant|lien|formule|prénom|"
            r"catégorie|étiquette|pourcentage|durée|initiales?|âge|emoji)(?: (?:final|exact|seul|finale|"
            rf"exacte|seule|correct|correcte))?{END}",
            r"\b(?:l[ea] |l'|un )(?:nom|nombre|chiffre|résultat|réponse|lettre|titre|mot|date|heure|"
            r"valeur|total|prénom|année) (?:et )?"
            rf"(?:{ONLY}(?! l)|rien d'autre|seule?|tout court|et c'est tout){END}",
            r"\brien (?:d'autre|de plus)\b|\bet c'est tout\b|\b(?:sans|pas d'|aucune|aucun|zéro|"
            r"ni) ?(?:explications?|explication|commentaires?|justifi\w+|"
            r"autre (?:texte|mot|commentaire)|blabla|phrase|détails? (?:du )?calcul|argumenter|"
            r"expliquer|développer|rien ajouter)\b|"
            r"\bn'(?:explique|ajoute|argumente)[rz]? (?:pas|rien)\b|\bne (?:justifie|"
            r"développe)[rz]? (?:pas|rien)\b|\bsans le raisonnement\b",
            r"\btl;?dr\b",
            r"\b(?:en|dans|format|comme) (?:une?|1) (?:seul )?(?:tweet|sms|slogan|formule|expression|"
            r"texto)\b|\bd'un (?:seul )?mot\b",
            r"\b(?:(?:en|maxi?|au plus|moins de|maximum|:) ?)+(?:de )?\d{1,3} (?:caractères|signes)\b|"
            r"\b\d{1,3} (?:caractères|signes) (?:maxi?|au plus|maximum)",
        ),
        "one",
    ),
    WishPattern(
        "each_sentences",
        loose(
            rf"\b{LINKED}{RANGE}{SHORT}(?:phrases?|lignes?)\b",
            rf"\b{RANGE}{SHORT}(?:phrases?|lignes?)\b(?: ou deux| d'explication)?{AFTER},? ?{EACH}",
            rf"\b{POINTS} (?:d'|de ){RANGE}{SHORT}(?:phrases?|lignes?)\b",
        ),
        sure=True,
    ),
    WishPattern(
        "each_words",
        loose(rf"\b{LINKED}{RANGE}mots?\b", rf"\b{RANGE}mots?\b{AFTER},? ?{EACH}"),
        sure=True,
    ),
    WishPattern(
        "each_sentences",
        loose(
            rf"\b(?:un|1) (?:seul |petit |court |bref )*paragraphe ?,?{EACH}",
            rf"\b{LINKED}(?:un|1) (?:seul |petit |court )*paragraphe\b",
        ),
        "paragraph",
        sure=True,
    ),
    WishPattern("sentences", loose(*_amount(r"(?:phrases?|lignes?)\b(?! de (?:bus|métro|code|conduite))"))),
    WishPattern("words", loose(*_amount(r"mots\b(?! (?:les plus|clés|d[e'] (?!long|moins)))"))),
    WishPattern(
        "length",
        loose(
            r"\b(?:(?:très |le plus )?brièvement|le plus (?:court|bref) possible|en (?:quelques|(?:très "
            r")?peu de) mots|"
            r"succinctement|en bref|en résumé|fai(?:s|tes) (?:\w+ )?(?:court|bref|vite)|"
            r"faire court|(?:soi[st]|soyez|reste[rz]?|rester|être) "
            r"(?:\w+ )?(?:bref|brève|concise?|succincte?)|de (?:façon|manière) (?:\w+ )?(?:brève|"
            r"concise|succincte|courte)|rapidement|"
            r"(?:réponses?|explications?|liste|résumé|aperçu|points?|conseils|version) "
            r"(?:\w+ et |très |super |ultra |extrêmement |assez |plutôt )?(?:courte?s?|"
            r"brèves?|brefs?|concise?s?|succincte?s?)|"
            r"(?:bref|court) (?:résumé|aperçu)|brève (?:explication|réponse|présentation)|"
            r"pas trop (?:long|longue|de détails)|"
            r"sans (?:trop de|entrer dans les|rentrer dans les) détails|va à l'essentiel|"
            r"allez à l'essentiel|court et (?:simple|clair)|"
            r"à l'essentiel)\b",
            r"(?:\A|(?<=[.,;:(!?] ))(?:court|bref|concis)" + END,
        ),
        "short",
    ),
    WishPattern(
        "length",
        loose(
            r"\b(?:en détails?|dans le détail|en profondeur|(?:de (?:façon|"
            r"manière) )(?:\w+ )?(?:détaillée|approfondie|complète|exhaustive)|"
            r"(?:réponse|explication|analyse|présentation|description|liste|guide|exposé|"
            r"points?)s? (?:\w+ )?(?:détaillée?s?|approfondie?s?|longue?s?|"
            r"complète?s?|exhaustive?s?)|avec (?:beaucoup de|plein de|tous les|le plus de|un maximum de|"
            r"des) détails|exhaustivement|"
            r"longuement|développe[rz]?(?: bien)?(?= ?[.!,]|\Z| chaque)|détaille[rz]?(?:-(?:les|moi))?|"
            r"plus de détails|le plus complet|je veux tout savoir)\b",
            r"\bn[e'] ?(?:te|vous) (?:contente[rz]?|limite[rz]?|borne[rz]?|arrête[rz]?) pas (?:à |d'|de "
            r")(?:\w+ "
            r"){0,2}(?:phrases?|paragraphes?|mots?|lignes?|résumé)\b",
            r"\bpas (?:juste|seulement|que|simplement) (?:en |dans |par )?(?:une?|deux|trois) (?:\w+ )?"
            r"(?:phrases?|paragraphes?|mots?|lignes?)\b",
        ),
        "long",
    ),
)
