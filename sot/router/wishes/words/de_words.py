"""Words and phrases of German wishes, as patterns."""

from __future__ import annotations

from ..numbers import number_pattern
from ..wish import Slot, Wish, WishPattern, rx

SOME = {"ein": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1, "eines": 1, "eins": 1}
FEW = {"ein paar": 4, "wenige": 4, "wenigen": 4, "einigen": 4}
MANY = {
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "fuenf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9,
    "zehn": 10, "elf": 11, "zwölf": 12, "zwoelf": 12, "ein dutzend": 12, "fünfzehn": 15, "zwanzig": 20,
    "fünfundzwanzig": 25, "dreißig": 30, "dreissig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60,
    "siebzig": 70, "achtzig": 80, "neunzig": 90, "hundert": 100, "einhundert": 100, "hundertfünfzig": 150,
    "zweihundert": 200,
    "dreihundert": 300, "vierhundert": 400, "fünfhundert": 500, "tausend": 1000, "eintausend": 1000,
}  # fmt: skip
NUMBERS = SOME | FEW | MANY
TO = r"(?:(?: ?[-–] ?| bis | oder | bis zu |, ?)"
RANGE = rf"{number_pattern(NUMBERS)}{TO}{number_pattern(NUMBERS, 'm')})?"
COUNT = rf"{number_pattern(MANY)}{TO}{number_pattern(MANY, 'm')})?"
MOST = (
    r"(?P<most>(?:(?:in|mit|auf) )?(?:höchstens|hoechstens|maximal|max\.?|bis zu|unter|weniger als|"
    r"nicht (?:mehr|länger|laenger)(?: sein)? als|nicht über)|<=?|≤)"
)
LEAST = r"(?P<least>mindestens|wenigstens|min\.|mehr als|>=?|≥)"
ABOUT = r"(?:genau|exakt|nur|etwa|ungefähr|circa|ca\.|rund|insgesamt|gerade mal|jeweils|den|die|so|~)"
BOUND = rf"(?:(?:{MOST}|{LEAST}|{ABOUT}) ){{0,2}}"
AFTER = r"(?: (?P<most>max\b\.?|maximal|höchstens|oder weniger)| lang)?"
END = r"(?= ?(?:[.!?,;:)\n]|\Z)| (?:bitte|danke|genüg|reich|sind genug|ist genug|und|ohne|zu|über)\w*)"

# Words between an order and its wish, none of which takes it back.
GAP = r"(?:(?!kein|nicht|ohne|nie|statt|anstatt)[^\s.,?!]+ ){0,9}?"
VERB = (
    r"(?:(?:antwort|beantwort|schreib|nenn|list|zähl|erklär|erläuter|beschreib|sag|erzähl|fass|stell|"
    r"mach|erstell|formulier|formatier|vergleich|zeig|halt|beschränk|begrenz|verwend|nutz|benutz|verfass|"
    r"skizzier|liefer|bring|definier|pack|schick|send|präsentier|strukturier|gliedere?|ordne|diskutier|"
    r"analysier|bewert|red|bleib|verzicht|vermeid|generier|produzier|dicht|schlag|leg|leist|üb|begründ|"
    r"schilder|benenn|identifizier|begnüg)(?:e|en sie|et)?|gib|gebt?|geben sie|gebe|empfiehl|empfehlen sie|"
    r"sprich|sprechen sie|entwirf|lies)\b(?! (?:ich|man|wir|er|es sich)\b)"
)
BARE = (  # the beginning of a sentence or of a part of it
    r"(?:\A|(?<=[.!?,;:–—-] )|(?<=[(\n]))(?:(?:bitte|nur|noch|und|aber|also|dann|einfach|und zwar|"
    r"am besten|gern|gerne|lieber|bloß|lediglich|ausschließlich|ausgabe|antworten?|format|alles|"
    r"das ganze|es|ich will|ich möchte|ich brauche|ich hätte gern|ich hätte gerne|jetzt|diesmal|"
    r"ab jetzt)[ :]+){0,4}"
)
SAID = rf"(?:{BARE}|\b{VERB} {GAP}|\b(?:kannst|könntest|können|könnten|würdest) (?:du|sie) {GAP})"
NOT = (
    r"(?! (?:brauch|will|möcht|muss|müsst|benötig|ist|sind|wär|wünsch|hätt|soll|"
    r"find)\w* (?:[\w]+ ){0,4}?(?:nicht|un?nötig|überflüssig)\b| (?:bitte |lieber |aber |brauche )?nicht\b)"
)
TAIL = (
    r"(?:,? (?:bitte|danke|dank|dir|darstellen|auflisten|ausgeben|zurückgeben|geben|zeigen|"
    r"zusammenfassen|erklären|beschreiben|beantworten|antworten|schreiben|formulieren|halten|haben|"
    r"bekommen|sehen|machen|erstellen|formatieren|verfassen|liefern|aufbereiten|aufschreiben|dargestellt|"
    r"aufgelistet|formatiert|zusammengefasst|erklärt|formuliert|beschrieben|geschrieben|verpackt|aus|dar|"
    r"zusammen|auf|zurück|halt|mal)\b){0,3}"
)
_ONE_OF = (
    r"(?:(?:stich)?punkt|tipp|grund|vorteil|nachteil|idee|eintrag|argument|beispiel|aspekt|methode|"
    r"schritt|möglichkeit|ursache|folge|fakt|(?:rat|vor)schlag|abschnitt|risiko|empfehlung|unterschied|"
    r"merkmal|maßnahme)(?:e?[sn]|e)?"
)
POINTS = (
    r"(?:tipps?|ratschläge|ideen|möglichkeiten|methoden|strategien|techniken|gründe|vor-(?= und)|"
    r"vorteile|nachteile|pro-?argumente|risiken|gefahren|herausforderungen|auswirkungen|folgen|"
    r"konsequenzen|ursachen|faktoren|aspekte|eigenschaften|merkmale|arten|typen|beispiele|unterschiede|"
    r"gemeinsamkeiten|argumente|kriterien|prinzipien|fehler|mythen|anzeichen|symptome|gewohnheiten|"
    r"tricks|theorien|ansätze|alternativen|chancen|trends|probleme|lösungen|anwendungen|maßnahmen|dinge|"
    r"sachen|punkte|stichpunkte|stichworte|aktivitäten|fakten|schritte|fragen|regeln|themen|thesen|"
    r"werkzeuge|tools|übungen|hobbys|ziele|orte|spiele|bücher|filme|stärken|schwächen|wege|vorschläge|"
    r"empfehlungen|gerichte|rezepte|sehenswürdigkeiten|hinweise|kernpunkte|bullet ?points?|effekte|"
    r"abschnitte|pro|pros|kontra|contra)n?(?!\w)"
)
ADJ = r"(?:(?!und\b|oder\b|für\b|in\b|im\b|pro\b|mit\b|von\b)[\w-]+ ){0,3}?"
UNITS = (
    r"(?:w[oö]rt\w*|s[aä]tz\w*|zeilen?|zeichen|abs[aä]tz\w*|seiten?|minuten?|stunden?|tagen?|wochen?|"
    r"monaten?|jahren?|sekunden?|mal|personen|leuten?|euro|kilo\w*|km|kg|prozent|grad|millionen|uhr)"
)
SHORT = r"(?:(?:kurz|knapp|ganz|vollständig|einfach|einzig|prägnant|einzeln|lang|klar|schön)\w* ){0,3}"
SENTENCES = rf"{SHORT}(?:satz|sätze|sätzen|satzes|zeilen?)\b"
WORDS = rf"(?<!wenige )(?<!wenigen )(?<!paar )(?<!einigen ){SHORT}(?:wörtern?|worten?|worte)\b"
PER = (
    r"(?:pro (?!antwort|tag|nachricht|frage|minute|woche|stunde|person|monat)\w+|je (?!sätze|satz|"
    rf"nach)\w+|jeweils|(?:zu|für|bei|unter|über) jede[nmrs]?(?: {_ONE_OF})?|je(?= ?(?:[.!?,)]|\Z)))"
)
EACH = (
    rf"(?:(?<!antworte )(?<!antworten )(?<!mir )(?:jeweils|je)|pro {_ONE_OF}|(?:(?:zu|für|bei|unter|über|"
    rf"in) )?jede[nmrs]? (?:einzelne[nmrs]? )?(?:{_ONE_OF} |davon |(?=in |mit |aus |bitte |"
    r"genau )))\b ?(?:(?:mit|in|nur|aus|soll|sollte|bitte|hat|bekommt|besteht|besteh|auf|erklären|"
    r"erklärt|kurz|haben|darf) )*"
)
POLITE = (  # an order as a question or a hope, which may stand far before its wish
    r"(?:(?:wär|würde)(?:en|e?st|e|n)? (?:du|sie|ihr) (?:bitte |vielleicht |mal )?so (?:freundlich|nett|lieb|"
    r"gut)|es wäre (?:schön|nett|toll|super|lieb|gut|hilfreich|prima), (?:wenn|dass)|ich wäre (?:ihnen |dir "
    r")?(?:sehr )?(?:dankbar|froh)|ich würde mich freuen|(?:darf|dürfte|kann|könnte) ich (?:sie|dich) "
    r"(?:bitte "
    r")?(?:um|bitten)|ich bitte (?:dich|sie|euch|um)|wäre es möglich, (?:dass|mir)|hätte(?:st|n)? (?:du|sie) "
    r"(?:kurz |vielleicht |mal )*(?:zeit|lust|die güte)|sei(?:en sie)? (?:bitte )?so (?:nett|lieb|gut|"
    r"freundlich))"
)
LIST = (
    r"(?:(?:nummerierten?|lange|klassischen?|reinen?) |markdown-)?(?:listen?|aufzählung(?:en|szeichen)?|"
    r"stichpunkten?|stichworten?|stichwörtern?|bullet[ -]?(?:points?|listen?)|bullets|spiegelstrichen?|"
    r"punktelisten?|nummerierung(?:en)?|listen-?(?:form|format)|gliederungspunkten?|auflistung(?:en)?|"
    r"listicles?|unterpunkten?)\b"
)
DATA = r"(?P<value>json|jsonl|ndjson|yaml|yml|csv|tsv|xml|html|toml|latex|svg)\b(?:-(?!parser|datei\w* )\w+)?"
VALID = r"(?:(?:reine|gültige|valide|einfache|saubere|striktes?)[smnr]? )?"
TABLE = r"(?:(?:\w+-)?tabelle|(?:vergleichs|übersichts|markdown)tabelle|matrix)"
A = r"(?:eine[rnms]?|der|die|das|ein) "
MADE = r"(?:(?!und\b|oder\b|tipps?\b|ideen?\b|für\b|über\b|von\b|zu\b)[\w-]+ ){0,3}?"
WORK = (
    r"(?P<value>\w*gedicht|\w*haiku|limerick|sonett|\w*lied|\w*song|rap|ballade|\w*geschichte|\w*märchen|"
    r"fabel|\w*brief|(?:e-)?mail|\w*rede|dialog|\w*gespräch|sketch|\w*witz|tweet|slogan|rätsel|"
    r"tagebucheintrag|monolog|aufsatz|essay|\w*mitteilung|memo|blog-?(?:beitrag|artikel|post)|"
    r"(?:zeitungs)?artikel|drehbuch|theaterstück|\w*reim|telegramm|sms|predigt|ansprache|\w*anschreiben|"
    r"\w*schreiben|einladung|erörterung|\w*spruch|nachruf)"
)
NAMES = (
    r"(?:namen?|zahl|ziffer|ergebnis|antwort|lösung|wort|jahr(?:eszahl)?|jahreszahl|datum|uhrzeit|titel|"
    r"buchstaben?|wert|formel|kategorie|label|begriff|endergebnis|url|link|stichwort|emoji|betrag|preis|"
    r"stadt|land)"
)
LANGUAGES = (
    r"(?P<value>englisch|deutsch|französisch|spanisch|italienisch|portugiesisch|niederländisch|"
    r"schwedisch|dänisch|norwegisch|finnisch|polnisch|tschechisch|türkisch|rumänisch|ungarisch|japanisch|"
    r"chinesisch|koreanisch|russisch|ukrainisch|arabisch|griechisch|hebräisch|latein|esperanto|"
    r"vietnamesisch|indonesisch)"
)
# The last word of a subordinate clause, behind which a wish may stand without a comma.
DONE = (
    r"(?:\w+(?:iert|eht|ieht|ält|ilft|irkt|ägt|ebt|ommt|ingt|utzt|ührt|ützt|indet|eidet)|ist|sind|war|"
    r"waren|hat|haben|wird|werden|wurde|kann|können|soll|sollte|muss|müssen|spricht|sprechen|gibt|macht|"
    r"passiert)"
)
INFINITIVE = (
    r"\w+(?:ieren|ernen|afen|paren|nehmen|hören|werden|machen|essern|inden|eiden|eigern|ienen|eiben|"
    r"ommen|ehen|ziehen)"
)
PROSE = Wish("form", "prose")


def asked(slot: Slot, value: str, *parts: str, sure: bool = False, unless: Wish | None = None) -> WishPattern:
    """Make a pattern of words that are not taken back behind them, with the verb that may follow."""
    return WishPattern(slot, rx(*(rf"(?:{part}){NOT}{TAIL}" for part in parts)), value, sure, unless)
