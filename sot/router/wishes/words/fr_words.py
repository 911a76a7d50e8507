"""Words and phrases of French wishes, as patterns."""

from __future__ import annotations

from ..numbers import number_pattern
from ..wish import Wish

NUMBERS = {
    "un": 1, "une": 1, "un seul": 1, "une seule": 1, "un unique": 1, "une unique": 1, "deux": 2,
    "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
    "onze": 11, "douze": 12, "une dizaine": 10, "une douzaine": 12, "quinze": 15, "une quinzaine": 15,
    "vingt": 20, "une vingtaine": 20, "vingt-cinq": 25, "trente": 30, "une trentaine": 30,
    "quarante": 40, "une quarantaine": 40, "cinquante": 50, "une cinquantaine": 50, "soixante": 60,
    "soixante-dix": 70, "quatre-vingts": 80, "quatre-vingt": 80, "cent": 100, "une centaine": 100,
    "cent cinquante": 150, "deux cents": 200, "trois cents": 300, "cinq cents": 500, "mille": 1000,
}  # fmt: skip
MOST = (
    r"(?P<most>moins d[e']|(?:ne (?:doi(?:t|s|vent) )?(?:pas |jamais )?)?dépassent(?: pas| jamais)?|"
    r"(?:tout )?au plus|au (?:grand )?maximum|maximum|maxi?\.?|(?:pas|"
    r"jamais) plus d[e']|jusqu'à|"
    r"(?:un maximum|une limite) de|(?:sans |ne (?:doit |dois |doivent )?(?:pas |jamais )|ne |pas "
    r")?dépasse[rz]?(?: pas| jamais)?|<=?|≤)"
)
LEAST = r"(?P<least>au moins|au minimum|minimum|min\.?|plus de|pas moins de|un minimum de|>=?|≥)"
ABOUT = r"(?:environ|exactement|seulement|juste|à peu près|précisément|à peine|les|tes|vos|mes|autour de)"
AFTER = r"(?:,? (?P<most>(?:tout )?au (?:plus|(?:grand )?maximum)|maximum|maxi?\b\.?|ou moins|pas plus))?"
RANGE = (
    rf"(?:(?:{MOST}|{LEAST}|{ABOUT})(?: |(?<=')))?{number_pattern(NUMBERS)}"
    rf"(?: ?(?:-|–|à|ou|et) ?{number_pattern(NUMBERS, 'm')})?(?: d'| de | )(?:(?:environ|maxi?\.?|maximum) )?"
)
SHORT = r"(?:(?:petite?s?|courte?s?|brèves?|simples?|seule?s?|bonnes?|belles?|grandes?) )*"
PLEASE = r"(?:stp|svp|s'il (?:te|vous) plaît|merci(?: d'avance)?)"
END = rf"(?= ?(?:[.,;!?)–—-]|{PLEASE}|\Z|\n))"
ONLY = r"(?:uniquement|seulement|juste|simplement|rien que|exclusivement|strictement|que)"
TO = r"(?:-(?:moi|nous|lui|leur|les|le|la|toi|vous|t'en)){0,2}"
STEMS = (
    "répond écri donn rend renvo retourn produi génèr génér format présent expliqu décri résum list cit "
    "énumèr rédig utilis emplo met compar organis structur di parl limit tien rest soi suggèr propos cré "
    "dress affich exprim formul expos nomm racont indiqu détaill développ trait rédui sépar regroup "
    "compos montr fourni envo établi class fai trouv cherch définis rapport parl prépar évit ajout rempli "
    "imagin invent résumez explicit sor content born recommand conseill ordonn transform convert numérot "
    "pren commenc récapitul synthétis analys"
)
VERB = (
    rf"(?:{'|'.join(STEMS.split())})"
    r"(?:s|e|es|ez|ons|ds|dez|ts|tes|is|ie|yez|vez|vons|sez|ssez|nez|nnent|nds|ndez|sse|ssons|d|t|x|ces?|"
    r"cez|oyez|oie)?"
)
INFINITIVE = (
    r"(?:répondre|écrire|rédiger|présenter|expliquer|décrire|résumer|parler|dire|formuler|exprimer|raconter|"
    r"composer|créer|faire|utiliser|mettre|stocker|enregistrer|sauvegarder|exporter|importer|convertir|"
    r"transformer|"
    r"traduire|lire|envoyer|transmettre|échanger|représenter|encoder|sérialiser|analyser|parser|afficher|"
    r"produire|"
    r"générer|travailler|penser|enseigner|étudier|apprendre|passer|publier|structurer|organiser|ranger|"
    r"classer|"
    r"renvoyer|retourner|tenir|chanter|communiquer|conclure|se présenter|manipuler|valider|charger)"
)
WORK = (
    r"(?:poème|haïku|limerick|sonnet|chanson|rap|ballade|histoire|conte|nouvelle|fable|lettre|e-?mail|mail|"
    r"courriel|"
    r"discours|dialogue|conversation|sketch|blague|tweet|slogan|devinette|monologue|dissertation|essai|"
    r"communiqué(?: de presse)?|article|scénario|pièce de théâtre|sms|texto|message|post|interview|quatrain|"
    r"carte postale|annonce|billet(?: de blog)?|toast|acrostiche|comptine|rédaction|récit)"
)
POINTS = (
    r"(?:conseils|astuces|idées|raisons|avantages|inconvénients|bienfaits|bénéfices|méfaits|causes|effets|"
    r"conséquences|"
    r"exemples|différences|ressemblances|similitudes|étapes|façons|manières|moyens|méthodes|techniques|"
    r"points|arguments|"
    r"critères|principes|éléments|facteurs|aspects|risques|dangers|défis|enjeux|erreurs|pièges|mythes|signes|"
    r"symptômes|habitudes|théories|approches|options|alternatives|compétences|leçons|tendances|problèmes|"
    r"applications|usages|fonctions|mesures|précautions|choses|activités|faits|questions|règles|solutions|"
    r"outils|"
    r"exercices|qualités|défauts|caractéristiques|types|sortes|stratégies|suggestions|recommandations|"
    r"propositions|"
    r"pistes|impacts|forces|faiblesses|puces|tirets|lieux|jeux|livres|limites|sujets|objectifs|atouts|vertus)"
)
UNITS = (
    r"(?:mots?|phrases?|lignes?|caractères|signes|paragraphes?|pages?|minutes?|heures?|jours?|semaines?|"
    r"mois|ans|"
    r"années?|secondes?|fois|personnes?|enfants|élèves|euros?|dollars?|kilos?|km|kg|degrés|cours|bras|pas|"
    r"temps)"
)
EACH = (
    r"(?:chacune?|(?:par|pour|sur|à|après|sous|dans|de) (?:chaque|chacune?)\b(?! réponse| message|"
    r" fois)(?: (?!une?\b|deux\b|trois\b)\w+)?|"
    r"par (?:point|conseil|idée|raison|astuce|puce|tiret|élément|avantage|inconvénient|exemple|argument|"
    r"effet|cause|"
    r"étape|item|aspect|bienfait|entrée|tête|différence|conséquence|risque|section|proposition|méthode|"
    r"titre)s?)"
)
POINT = (
    r"(?:pour |sur |à |de )?(?:chacune?|chaque (?!réponse|message|fois|question|jour)\w+)(?: d'(?:eux|elles|"
    r"entre \w+))?"
)
LINKED = (
    rf"{POINT} ?[,:]?(?: (?:est|sera|soit|doit|tient|tienne|fait|fasse|a|ait|avec|en|dans|par|d'|être|tenir|"
    r"faire|"
    r"expliquée?|décrite?|résumée?|développée?|suivie? d[e']|comporte|contient|comprend|limitée?|à|sur|de|"
    r"comporter|"
    r"contenir|accompagnée?|illustrée?|présentée?|formulée?|composée?|rédigée?))* ?"
)
LISTS = (
    r"(?:(?:listes?|énumérations?|puces|tirets|numérotation|points)\b"
    r"(?! (?:de|d'|du|des) ?(?!points|puces|tirets|numéros))(?: (?:à puces|numérotées?|de points|à tirets))?)"
)
NO_LIST = (
    r"(?:faire |utiliser |mettre |passer |une |la |les |des |d'|de |aucune |forme de |sous |en |avec |par |"
    rf"à )*{LISTS}"
)
DATA = (
    r"(?P<value>json|yaml|yml|csv|tsv|xml|html|toml|latex|jsonl|ndjson|xhtml|svg)\b(?!, (?:comment|que|"
    r"pourquoi))"
)
SHAPE = (
    r"(?:du |de |d'|des |un |une |le |au |format |objet |fichier |tableau |document |bloc |code |seul |"
    r"valide |simple )*"
)
AS = (
    r"(?:en|sous (?:la )?forme (?:de|d'(?=une?\b|\w))|dans|comme|à l'aide de|avec|au format|par|façon|"
    r"version|d')"
)
WANT = (
    r"(?:j'aimerais(?: bien)?(?: avoir)?|je (?:veux|voudrais|souhaite|souhaiterais|préfère|"
    r"préférerais)(?: avoir)?|"
    r"il (?:me |nous )?(?:faut|faudrait)|j'ai besoin d[e']?)"
)
POLITE = (  # an order as a question or a hope, which may stand far before its wish
    r"(?:(?:auriez-vous|aurais-tu) (?:la (?:gentillesse|bonté)|l'(?:amabilité|obligeance)|le temps|un "
    r"moment)|"
    r"serait-il possible (?:d'avoir|d'obtenir|de m'|de me|que)|(?:ce|il) serait (?:très )?(?:gentil|sympa|"
    r"bien|"
    r"super|aimable|parfait) (?:de|que|d')|(?:tu serais|vous seriez|seriez-vous|serais-tu) (?:\w+ "
    r")?(?:adorable|gentille?|aimable|sympa|bonne?)|je (?:vous|te) (?:prie|demande|serais? reconnaissant)\w*|"
    r"(?:pourrais-je|puis-je) (?:te|vous) demander)"
)
PROSE = Wish("form", "prose")
ADJECTIVES = rf"(?:(?!(?:des?|du|et|ou|pour|à|en|sur|par|la|les?|{UNITS})\b)[\w'-]+ ){{0,2}}?"
