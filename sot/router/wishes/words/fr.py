"""French wishes about form, length, number, language and audience."""

from __future__ import annotations

from ..wish import WishLanguage
from .accents import loose
from .fr_form import FORM
from .fr_length import LENGTH
from .fr_manner import MANNER
from .fr_points import POINTS_ASKED
from .fr_words import INFINITIVE, NUMBERS, PLEASE, POLITE, TO, VERB

RULES = WishLanguage(
    numbers=NUMBERS,
    order=loose(
        r"(?:\A|[,;:(–—-] ?|\b(?:et|mais|puis|donc|alors|toujours|simplement|juste|désormais|dorénavant|"
        rf"maintenant|{PLEASE}|tu|vous|ne|n'|que) )"
        rf"(?:(?:me|le|la|les|lui|leur|y|te|nous|vous) |l'|m'|n')*{VERB}{TO}(?![\w'])(?! (?:elle|il|ils|"
        r"on)\b)",
        rf"\A(?:ne (?:pas |jamais )?|toujours )?{INFINITIVE}\b(?! (?:une?|du|des?|les?|la) )",
        r"\b(?:peux|pourrais|veux|dois|vas|saurais|voudrais)[- ]tu\b|\b(?:pouvez|pourriez|voulez|voudriez|"
        r"devez|allez)[- ]vous\b|"
        r"\b(?:tu|vous) (?:dois|devez|peux|pouvez|pourrais|pourriez|vas|allez)\b|\b(?:merci|prière) de\b|"
        r"\bveuillez\b|"
        r"\bje (?:veux|voudrais|souhaite|souhaiterais|préfère|préférerais|désire)\b|"
        r"\bj'(?:aimerais|attends|ai besoin|exige)\b|\bil (?:me faut|faut|faudrait|me faudrait)\b",
        r"\b(?:assistante?|bot|ia|modèle|qui|il|robot|agent)(?: ne| n'| toujours)? ?(?:réponds?|parle|écrit|"
        r"rédige|produit|renvoie)\b",
        r"\bréponses? (?:\w+ ){0,2}(?:est|sont|soi(?:t|ent)|doi(?:t|vent)|tien(?:t|nent)|font|fait|sera|"
        r"seront|comporte|contient)\b",
        r"\A(?:une? |le |la |bref |petite? )*(?:résumé|synthèse|explication|définition|réponses?|"
        r"comparaison|comparatif|présentation)\b",
    ),
    filler=loose(
        rf"\A(?:(?:{PLEASE}|et|mais|juste|seulement|uniquement|surtout|la|le|ta|ton|votre|ma|mon|toutes?|"
        r"tout|tes|vos|les|"
        r"réponses?|format|sortie|résultat|longueur|taille|limite|contraintes?|style|forme|consignes?|note|"
        r"important|"
        r"attendue?|demandée?|souhaitée?|de|du|d'|en|à|au|si possible|de préférence|plutôt|l'idéal|"
        r"idéalement|dans|"
        r"ça|cela|c'est|est|soit|ce sera|cette fois|maintenant|donc|alors|ok|voilà|allez|bonjour|salut|une?|"
        r"le tout|seule?s?|merci de|s'agit|toujours|strictement|présentée?s?|rédigée?s?|par|bien|vraiment|"
        r"encore|simplement|"
        r"impérativement|obligatoirement|désormais|dorénavant|à partir de maintenant|pour (?:moi|la suite|"
        r"finir)|"
        r"maxi?|maximum|environ|exactement|exclusivement|non|oui)(?:[ :,–—'-]+|\Z|(?<=')))*\Z",
        rf"\A(?:[\w ]{{0,30}}, ?)?{POLITE}\b(?:(?!\b(?:comment|pourquoi) )[^?:]){{0,200}}\Z",
    ),
    asks=loose(
        r"\A(?:[\w' ,-]{0,60}, ?)?(?:et |mais |alors |donc |bonjour,? |salut,? |"
        r"dis(?:-moi)?,? )*(?:quel(?:le)?s?|qu'|que|quoi|qui|"
        r"comment|pourquoi|pk|pq|combien|où|quand|est-ce|en quoi|à quoi|de quoi|faut-il|y a-t-il|c'est quoi|"
        r"(?:les |des |quelques |mes |le |la |l')?(?:principa\w+ |grand\w+ |meilleur\w* |\d+ )?"
        r"(?:conseils?|astuces|idées|raisons|avantages|inconvénients|bienfaits|causes|effets|conséquences|"
        r"différences?|"
        r"moyens|risques|comparaison|liste|arguments|résumé|exemples|étapes|pour et|top|tuto|infos?)|"
        r"\d)(?!\w)",
        r"\A[^?]{3,160}, ?\Z",
        r"\A(?:[\w' ,-]{0,60}?-)(?:t-)?(?:il|elle|ils|elles|on|tu|vous|je|ce|nous)\b",
    ),
    subject=loose(
        r"(?:\bqu(?:els?|elles?|e|oi|i)\b(?: [\w'-]+){0,2}|\bcomment|\bpour(?:quoi)?|\boù|\bquand|\bà|"
        r"(?<!merci )(?<!prière )\bd[e']|\bfaut-il|[td]oi(?:t|s)-(?:on|je)|\bpeut-on|"
        r"\bpuis-je|\bmieux|\bet|\bou|\bsavoir|\bvaut|\bveux|\bvoudrais|\bsans|\bfaire|\baimerais|\bne pas|"
        r"\bbien) ?(?:ne |pas |bien |"
        rf"mieux |m'|me |s'|se |l'|le |la |les |en |y )*{INFINITIVE}"
        r"(?: [\w'-]+){0,5} ?\Z",
        r"(?<!toutes )(?<!fais )(?<!faites )\b(?:les|aux|certaines|ces|aiment?|détestent?|"
        r"[ld]'une) (?:bonnes? |longues? )?réponses? \Z|"
        r"\b(?:les|aux|certaine?s|ces|d'une?|des|une?|mes|mon|ma|du|au) (?:bonne?s? |longs? |courts? )?"
        r"(?:textes?|livres?|données|fichiers?|romans?|films?|e?-?mails?|articles?|cours|documents?|"
        r"discours|config\w*|messages?|"
        r"chansons?|poèmes?|api|cv|sites?|pages?|études|lettres?|formations?|examens?|exposés?|"
        r"erreurs)(?: (?!en\b)\w+){0,2} ?\Z",
        r"\b(?:stocké|enregistré|sauvegardé|exporté|encodé|renvoie|écrit|rédigé|publié|livré|codé|traduit|"
        r"servi|converti|tenant|"
        r"écrivant|répondant|parlant|utilisant|expliquant|données|fichiers?)(?:e?s?|"
        r"ent)(?: [\w'-]+){0,2} ?\Z",
        r"\b(?:on|ils|elles|gens) (?:ne |n'|y |leur )*(?:répond|écri|parl|rédig|di[ts]|"
        r"tien)\w*(?: [\w'-]+){0,3} ?\Z|"
        r"\b(?:par rapport|préféra\w+|supérieure?s?|inférieure?s?|équivalente?s?|comparée?s?|face|"
        r"préférer [^?,]{1,40}) ?\Z",
        r"\b(?:poèmes?|romans?|théâtre|œuvres?|écrits|écrivains?|récits?|nouvelles|littérature|poésies?|"
        r"épopées?|"
        r"tragédies?|comédies?|contes?) \Z",
        r"-(?:ils|elles|il|elle|on) (?:les |des |aux )?réponses? ?\Z|\bdans la vie ?\Z|\bpeindre ?\Z",
    ),
    negated=loose(
        r"(?:\b(?:pas|plus|jamais|sans|ni|aucune?|rien|plutôt qu[e']|au lieu d[e']|à la place d[e']|"
        r"évite\w*|éviter|inutile d[e']|"
        r"sauf|excepté|arrêt\w+|stop|interdi\w+|bann\w+|oubli\w+|cesse\w*|refuse\w*)"
        r"(?: ?(?:de|d'|du|des|la|le|les|l'|une?|en|sous|forme|par|avec|besoin|utiliser|faire|mettre|"
        r"répondre|"
        r"écrire|être|tout|tes|vos|réponses?|que|m'|me|à|puces|listes?|ni|ou|tableaux?|avoir|forcément|"
        r"comme|ça|cela|simplement|juste|seulement|contente[rz]?|limite[rz]?)){0,6}) ?\Z"
    ),
    conditional=loose(
        r"\b(?:si (?!possible|bien)|s'ils?(?! (?:te|vous))|si l'|quand|lorsqu|dès qu|en cas d|au besoin|"
        r"(?:le )?cas échéant|si besoin|"
        r"par exemple|tel(?:le)?s? que|sauf|à moins|selon|parfois|sur demande|pour (?:le code|"
        r"du code|(?:une?|les|des) (?:salutation|question|demande|comparaison|calcul)s?)|face à|en réponse à|"
        r"peut |peux |pouvez |éventuellement|ou un tableau|demandes?\b|demandé|où c'est)"
    ),
    standing=loose(
        r"\b(?:désormais|dorénavant|à partir de (?:maintenant|là|ce moment)|à l'avenir|"
        r"(?:pour|dans) (?:toute )?la suite|jusqu'à la fin|jusqu'au bout|à compter de|"
        r"toutes? (?:tes |vos |les |mes )?(?:prochaines |futures )?(?:réponses?|questions)|"
        r"chaque (?:réponse|question|message|fois)|"
        r"à chaque fois|pour le reste|tout au long|(?:dans|pour|de) (?:cette|notre|toute la|toute cette|"
        r"toute notre|la) (?:conversation|discussion|session)|"
        r"tant que|jusqu'à (?:nouvel|ce que je)|systématiquement|plus jamais|quoi que je|quelle que soit|"
        r"(?:tes|vos) réponses|"
        r"les prochaines réponses|"
        rf"{VERB}{TO}(?: \w+)? toujours|toujours (?:{INFINITIVE}|{VERB}|en|par|sous)|"
        r"n[e'] ?\w+ (?:plus )?jamais|dans le futur|"
        r"dès maintenant|plus de (?:listes?|puces|tableaux?)|jamais (?:de |d'|plus ))\b"
    ),
    order_only=loose(
        rf"\A(?:(?:{PLEASE}|ok|bonjour|salut|et|alors|bon),? |tu (?:dois |vas )?|vous (?:devez |allez )?|"
        r"peux-tu |pourrais-tu |"
        r"pouvez-vous |pourriez-vous |merci de |veuillez |je veux que tu |j'aimerais que tu |ne |n')*"
        r"(?:répond\w*|soi[st]|soyez|reste[sz]? (?:bref|concis)|fai(?:s|tes) (?:court|bref|simple)|"
        r"(?:utilise|écri[st]|écrivez|emploie|"
        r"parle)\w*(?:-moi)? (?:en|par|sous|jamais|toujours|pas|plus|uniquement|seulement|des|que)|évite\w*|"
        r"pas de|plus de (?=listes?|puces)|"
        r"sans|aucune?|limite\w*|que des|(?:je veux|je préfère|je voudrais|j'aimerais|donne-moi|"
        r"il me faut) (?:\w+ ){0,2}réponses|"
        r"(?:tes|vos|toutes (?:tes|vos|les)) réponses|uniquement|seulement|format|réponses?)"
        r"(?:(?!\b(?:expliqu|décri[sv]|cite|donne-moi (?!des réponses)|présent|compar|list(?:e|ez) |rédig|"
        r"résum))[^?]){0,160}\Z"
    ),
    continues=loose(
        r"\A(?:et|qu'en est-il|même (?:question|chose)|pareil|idem|maintenant|aussi|ensuite|ou|mais|puis|"
        r"encore|à présent)\b"
        rf"(?!,? (?:(?:quel(?:le)?s?|que|quoi|qui|comment|pourquoi|où|quand|combien|est-ce|en quoi|faut-il|"
        rf"y a-t-il|peux-tu|pouvez-vous)\b|qu'(?!en est)|{VERB}{TO}(?= "
        rf")(?<!pour)(?<!les)(?<!la)))[^\n]{{0,60}}\Z"
    ),
    patterns=(*FORM, *LENGTH, *POINTS_ASKED, *MANNER),
)
