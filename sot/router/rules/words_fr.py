"""Word groups of the French rules, as parts of patterns, and their longer patterns."""

from __future__ import annotations

import re

from .rule import rx

_ACCENTS = str.maketrans(
    {letter: f"[{letter}{plain}]" for letter, plain in zip("éèêàâîïôûùç", "eeeaaiiouuc", strict=True)}
)

GAP = r"[^.?!\n]{0,50}?\b"
DETERMINER = r"(?:une?|le|la|les|mon|ma|mes|ton|cette|ce|deux|trois|quelques) (?:\w+ ){0,2}?"
# Imperatives only: "comment écrire une lettre ?" does not ask for a text.
WRITE = (
    r"(?:(?<!')(?<!je )(?<!tu )(?<!on )\b(?:écri(?:s|vez)|rédigez?|composez?|inventez?|imaginez?|racontez?|"
    r"créez?|terminez?)\b|\b(?:peux|pourrais)-tu (?:m'|me )?(?:écrire|rédiger|composer|inventer|raconter|"
    r"faire)\b|\bpou(?:vez|rriez)-vous (?:m'|me )?(?:écrire|rédiger|faire)\b)"
)
GIVE = r"\b(?:fais|faites|donnez?|trouvez?|dis)(?:-moi|-nous)?"
WORKS = (
    r"(?:histoire|récit|conte|fable|nouvelle(?! \w)|poème|haïku|sonnet|chanson|paroles|comptine|lettre(?!s)|"
    r"e-?mail|mail|courriel|message|sms|texto|tweet|discours|toast|éloge|blague|devinette|roman|scénario|"
    r"scène|dialogue|monologue|slogan|légende|carte postale|carton|invitation|faire-part|annonce|"
    r"mot (?:d'|de |pour )|réponse|demande (?:de|d')|publication|paragraphe)"
)
LONG_WORKS = (
    r"(?:dissertation|essai|article|éditorial|introduction|rapport|critique|compte rendu|biographie|billet|"
    r"description|communiqué|fiche|rédaction|exposé)"
)
CODE = (
    r"(?:code|fonction|script|programme|requête|macro|page html|regex|expression régulière|classe|python|"
    r"javascript|typescript|java|sql|html|css|bash|php|c\+\+)"
)
POINTS = (
    r"(?:conseils|astuces|idées|suggestions|pistes|moyens|façons|manières|stratégies|méthodes|techniques|"
    r"raisons|avantages|inconvénients|atouts|faiblesses|bienfaits|bénéfices|limites|risques|dangers|défis|"
    r"enjeux|effets|impacts?|conséquences|suites|causes|facteurs|aspects|qualités|défauts|traits|"
    r"caractéristiques|différences?|arguments|critères|principes|éléments|erreurs|signes|symptômes|habitudes|"
    r"gestes|mesures|précautions|bonnes pratiques|exemples|types|sortes|applications|usages|angles|"
    r"points (?:forts|faibles)|solutions|trucs|activités|expériences|(?:bons|mauvais) côtés|"
    r"bons et (?:les )?mauvais côtés)"
)
ASK = (
    r"(?:quel(?:le)?s?|citez?|donnez?|listez?|énumérez?|énumère|proposez?|suggérez|suggère|expliquez?|"
    r"décri(?:s|vez)|trouvez?|présentez?|imaginez?|indiquez?|analysez?|parlez?|exposez?|partagez?|"
    r"auriez-vous|avez-vous|as-tu|développez?|voudrais|cherche)"
)
SIDE = (
    r"(?:avant|après|derrière|devant|à côté d|en face d|à (?:gauche|droite) d|au (?:nord|sud) d|"
    r"à l'(?:est|ouest) d|entre|ni|plus (?:grande?|petite?|âgée?|jeune|vite|lourde?) que|"
    r"en premier|en dernier)"
)
GIVEN = (
    r"(?:tous|toute?s?|aucune?|certaine?s|nul(?:le)?|quelques|seule?s|si|quand|chaque|personne|"
    r"l[ea] \w+ n'est|ce \w+ fait)"
)


def fr(*parts: str) -> re.Pattern[str]:
    """Compile a pattern that matches any of ``parts``, with or without the accents of their letters."""
    return rx(*(part.translate(_ACCENTS) for part in parts))


THANKS = fr(
    r"\A(?:(?:ok|super|parfait|nickel|génial|ah|oh|top|cool|d'accord|bien|oui|excellent)[,.! ]+)*"
    r"(?:(?:un grand |mille )?mercis?(?: (?:beaucoup|bien|bcp|à toi|à vous|infiniment|d'avance))*|"
    r"bonjour|bonsoir|salut|coucou|bjr|slt|au revoir|à bientôt)(?: (?:pour|de) [^.?!\n]{2,30})?"
    r"(?:[,.! ]+(?:ça (?:va|roule)|tu vas bien|comment ça va)[^.?!\n]{0,25})?[.!? ]*\Z"
)
ROLE = fr(
    r"^(?:maintenant,? |désormais,? )?(?:tu es|vous êtes|t'es) (?!sûre?\b|d'accord|là\b|prête?\b|"
    r"capable|certaine?\b|en train)",
    r"^(?:sois|soyez|incarnez?|jouez?) (?:le |la |l'|une? |mon |ma )",
    r"\b(?:imaginez?|supposez?|fais comme si|fais semblant)(?: que)? (?:tu es|tu étais|vous êtes|"
    r"d'être)\b",
    r"\bmet(?:s-toi|tez-vous) (?:à la place|dans la peau)|\bdans la peau d",
    r"\b(?:parle|réponds|réagis|exprime-toi|parlez|répondez) (?:comme|en tant que)\b",
    r"^en tant que [^,?\n]{2,40}, (?!comment|que\b|qu'|quel|pourquoi|faut|dois|est-ce)",
    r"\bjeu de rôle|\bdans (?:ton|le|votre) rôle\b",
)
MECHANISM = fr(
    r"\bcomment (?:ça )?(?:fonctionn|marche|se (?:forme|produi|crée|déplac)|recycle-t-on)",
    r"\bcomment (?:une? |le |la |les |l')(?![^?\n]{2,40}\b(?:p[eo]u|doi|devr))[^?,\n]{2,40}-(?:ils?|"
    r"elles?|on)\b",
    r"^(?:c'est|c) quoi\b|\bveut dire\b|^que (?:signifie|désigne|mesure|couvre)\b|^à quoi sert\b",
    r"^qu'(?:est-ce que |appelle-t-on |est-ce qu')(?:une? |le |la |l'|les )?(?!bon|je\b|on\b|tu\b|"
    r"[^?\n]{0,60}\b(?:pourr|peut|peuvent|doi[tv]|faut))[\w'-]+(?: [\w'-]+){0,5} ?\?$",
    r"^explique(?:z|-moi)? (?:simplement\b|comment\b|(?:la |le |l')(?:théorie|principe|concept|théorème|"
    r"fonctionnement))|^que se passe-t-il dans\b",
    r"^pourquoi (?:le |la |les |l')[\w'-]+ [^?\n]{2,30}\b(?:bleu|rouge|vert|blanc|salée?|fondre|"
    r"flotte|rouille|gèle)",
)
TEXT_WORK = fr(
    r"\b(?:tradui(?:s|sez|re)|reformulez?|réécri(?:s|vez)|corrigez?|paraphrasez?|"
    r"raccourcis|relis)\b",
    r"\b(?:résum(?:ez?|er)|condens(?:ez?|er)|transformez?|classez?|triez?|relevez?|relève|repère|"
    r"extrais|(?:re)?mets|mettez)\b[^.?!\n]{0,40}(?:\b(?:ces?|cette|ceci|la phrase|le texte)"
    r"\b|:\s|[«\"])",
    r"\bcomment (?:dit-on|on dit|dire)\b|^résumez? ",
)
CALCULATION = fr(
    r"\b(?:calcul(?:ez?|er)|converti(?:s|ssez|r)|résou(?:s|dre)|résolvez|factorise[zr]?|"
    r"dérive[zr]?)\b",
    r"\b(?:probabilité|(?:quelles?|combien de|plus de) chances?|moyenne (?:de|des|est)|racine carrée|"
    r"(?:vitesse|température|note) moyenne|équation|intérêts composés|pourcentage|pour cent)\b",
    r"\b(?:quel(?:le)? |la |le |l')(?:périmètre|aire|surface|volume) (?:de|d'|du|reste|total)",
    r"\d\s?% (?:de|d')\s?\d|\b(?:combien|à quelle heure)\b[^?\n]{0,80}\d\s?%",
)
WORD_PROBLEM = fr(
    r"\bcombien\b(?! de (?:raisons|choses))",
    r"\bquel(?:le)? (?:(?:est|était|sera|serait) (?:le |la |l'|son |sa )?)?(?:\w+ )?(?:coût|prix|âge|"
    r"distance|vitesse|durée|somme|total|délai|variation|marge|hauteur|longueur|plage|"
    r"surface|volume)\b",
    r"\b(?:à|vers|pour) quelle heure\b|\ben quelle année\b|\bça suffit\b|\btemps minimal\b|"
    r"\bau plus (?:tôt|tard|court)\b",
)
FACT = fr(
    r"^(?:qui (?:a|est|était|fut)|quand (?:a|est|fut|était|ont|sont)|où (?:se|est|sont))\b",
    r"^(?:en|dans|de|à) quel(?:le)? (?:année|siècle|ville|pays|continent|mois|langue|date|"
    r"couleur)\b",
    r"^quel(?:le)? (?:est|était) (?:la |le |l')(?:\w+ )?(?:capitale|population|profondeur|hauteur|"
    r"unité|symbole|formule|température|superficie|auteur|monnaie|longueur|nom|date)\b",
    r"^quelle température\b|^combien (?:de |d')(?!raisons|choses|façons)",
)
PROCEDURE = fr(
    r"\brecettes? (?:de |du |d'|pour )|\bétape par étape\b|\bpas à pas\b|\bmarche à suivre\b|"
    r"\btutoriel\b|\bmode d'emploi\b|, dans l'ordre\b",
    r"\bcomment (?:on |je )?(?:faire (?:de la |de l'|du |une? )(?!bonne?|sport)|installe[rz]?\b|"
    r"(?:changer|monter|échanger|plier|remplacer|démonter|coudre|tricoter) une?\b|répare[rz]?\b|"
    r"transfère[rz]?\b|transférer|configurer|bouturer|télécharger|déboucher)",
)
ADVICE = fr(
    r"\bcomment (?:ne (?:pas|plus) )?(?:mieux |bien )?(?:se |s'|m'|me |les? |la |l'|en )?"
    r"\w+(?:er|ir|re|oir)\b",
    r"\bcomment (?:je|on|puis-je|peut-on|pourrais-je)\b|\bcomment [^?\n]{2,40}\bpeu(?:ven)?t-",
    r"\bque (?:faire|puis-je|peut|faut-il|dois-je|vérifier|contrôler)\b|"
    r"\bpar (?:où|quoi) commencer\b|\bpar quels moyens\b",
    r"\bqu'est-ce qu(?:i (?!t'|vous |cause)|e je peux|'on peut)|\btu (?:me )?conseilles?\b",
)
FOLLOW_UP = fr(
    r"^(?:(?:et|mais|ok|oui|non|bon|alors|merci|parfait|super)[, ]+)*(?:pourquoi(?: ça| pas)?|vraiment|"
    r"continuez?|encore(?: une?)?|merci.*|(?:un peu )?plus (?:court|long|simple|drôle).*|par exemple|"
    r"c'est-à-dire|en (?:anglais|français|\w+ (?:phrase|mot|ligne)s?)\b.*|la même (?:mais|en) .*)\W*$",
    r"^(?:(?:et|mais|ok|alors|maintenant|tu peux|peux-tu|vous pouvez)[, ]+)*(?:mets|mettre|fais|traduis|"
    r"traduire|raccourcis|reformule|réécris|corrige|résume|transforme|enlève|ajoute|répète)"
    r"[- ](?:moi |nous )?(?:ça|les?|la|en|ce)\b",
)
VARIES = fr(
    r"^(?:(?:et|mais|ok|alors|bon|donc|merci|même (?:question|chose|calcul))[, ]+)*(?:si|s'|avec|sans|pour|à|"
    r"en|dans|une?|au lieu|suppos|disons|même)\b(?![^\n]{0,40}\b(?:anglais|allemand|tableau|phrase|lettre|"
    r"poème|histoire|liste|json|mots?)\b)",
    r"^et [^\n]{2,50}\?$|\bes sûre?\b|\b(?:re)?vérifie\b|\brecalcule\b|\ble double\b|\bla moitié\b",
)
NUMBER = fr(
    r"\d+(?:[.,]\d+)*",
    r"\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|quarante|cinquante|"
    r"soixante|cent|mille|millions?|dizaine|douzaine|moitié|tiers|quart|double|triple|demie?)\b",
)
