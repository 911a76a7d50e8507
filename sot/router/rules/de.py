"""German routing rules, for du and Sie; in patterns, ä, ö, ü and ß stand for other spellings too."""

from __future__ import annotations

import re

from .rule import LanguageRules, Rule, rx

_SPELLINGS = str.maketrans({"ä": "(?:ä|ae|a)", "ö": "(?:ö|oe|o)", "ü": "(?:ü|ue|u)", "ß": "(?:ß|ss)"})


def _rx(*parts: str) -> re.Pattern[str]:
    """Compile a pattern that matches any of ``parts``, with umlauts or without; see `rx`."""
    return rx(*(part.translate(_SPELLINGS) for part in parts))


_GAP = r"\b[^.?!\n]{0,60}?\b"
_WORKS = (
    r"(?:\w{0,20}(?:geschichte|gedicht|lied|liedtext|märchen|rede|ansprache|brief|szene|slogan|spruch|witz|"
    r"dialog|monolog|drehbuch|mail|nachricht|schreiben|beschwerde|einladung|kündigung|anzeige|erinnerung)|"
    r"haiku|limerick|sonett|song|sms|whatsapp|tweet|roman|rätsel|(?:zwei|vier|paar) zeilen)"
)
_LONG_WORKS = (
    r"(?:\w{0,12}(?:aufsatz|erörterung|artikel|beitrag|bericht|beschreibung|essay|text|kritik|rezension)|"
    r"biografie)"
)
_WRITE = (
    r"(?<!wie )(?<!ich )\b(?:schreib(?:e|en sie|t)?|verfass(?:e|en sie)?|dichte|reime?|erfinde?|sing|"
    r"komponiere?|erzähl(?:e|en sie)?|entw[iu]rf|entwerfen sie|formulier(?:e|en sie)?|halte?|halten sie|"
    r"setze?|erstell(?:e|en sie)?|gib mir|mach mir)\b(?! ich\b)"
)
_CODE = (
    r"(?:\w{0,12}(?:code|funktion|skript|script|programm|abfrage|makro|methode)|regex|regulären? ausdruck|"
    r"python|javascript|typescript|java|c\+\+|c#|sql|html|css|bash|rust|php|python-\w+)"
)
_POINTS = (
    r"(?:tipps|ratschläge|vorschläge|empfehlungen|ideen|gründen?|ursachen|vorteile|nachteile|vorzüge|stärken|"
    r"schwächen|risiken|gefahren|folgen|auswirkungen|wirkungen|konsequenzen|aspekte|faktoren|kriterien|"
    r"argumente|maßnahmen|möglichkeiten|strategien|methoden|wege|arten|formen|typen|merkmale|eigenschaften|"
    r"unterschiede|gemeinsamkeiten|herausforderungen|chancen|probleme|punkte|rolle|aufgaben|hausmittel|"
    r"einfluss|einflüsse|ansätze|beispiele|fehler)"
)
_ASK = (
    r"(?:was|worin|welche[nrs]?|nenne?|nennen sie|gib|geben sie|zeig|erklär|erkläre|sammle|beschreibe?|"
    r"habt ihr|hast du|haben sie|brauche?|suche|ein paar|einige|mehrere|verschiedene|bitte|jeweils|drei|fünf|"
    r"\d+)"
)
_CAN = r"(?:kann|können|könnten?|soll|sollen|sollten?|muss|müssen|müssten?|darf)"
_WE = r"(?:ich|man|wir|sie|eine?|die|der|das|unsere?|meine?)"
_LED = (
    r"^(?:(?:und|aber|ok|okay|ja|nein|also|bitte|jetzt|dann|nun|gut|super|kannst du|könnten sie|hm+)[, ]+)*"
)

_THANKS = _rx(
    r"\A(?:(?:ok|okay|super|toll|perfekt|prima|ah|gut|ja|klasse|cool)[,.! ]+)*(?:(?:vielen |herzlichen |"
    r"besten )?dank|danke(?: dir| ihnen)?(?: schön| sehr)?|merci|hallo|hi|hey|moin|servus|grüezi|grüß gott|"
    r"grüß dich|guten (?:tag|morgen|abend)|tschüss|ciao)(?:[,.! ]+(?:das|wie|für)\b[^.!?\n]{0,40})?[.!? ]*\Z"
)
_CREATIVE = _rx(
    rf"{_WRITE}{_GAP}{_WORKS}\b|^(?:reime?|dichte)\b|\b(?:kannst|könntest|können|könnten|"
    rf"würdest)\b[^.?!\n]{{2,60}}\b{_WORKS}\b[^.?!\n]{{0,60}}"
    r"\b(?:schreiben|verfassen|erzählen|dichten)\b",
    rf"\bbitte\b[^.?!\n]{{0,40}}{_WORKS}\b[^.?!\n]{{0,60}}\bverfassen\b",
    r"^eine? (?:\w+ )?(?:gute-?nacht-?geschichte|haiku|märchen|gedicht)\b[^.?!\n]{0,80}$",
)
_LONG_TEXT = _rx(rf"{_WRITE}{_GAP}{_LONG_WORKS}\b")
_ROLE = _rx(
    r"^(?:sei|spiele?|spielen sie|du bist|sie sind) (?:du |bitte )?(?:mein|meinen|meine|unsere?|der|den|die|"
    r"das|eine?n?)\b|^stell dir vor, du (?:bist|wärst)\b|\bbleib(?:en sie)? (?:immer |bitte )?in der rolle\b|"
    r"\btu so, als\b|\bversetz(?:e|en sie)? (?:dich|sich) in\b|\brollenspiel\b|"
    r"\bab jetzt (?:nur )?(?:noch )?als\b",
)
_PROGRAM = _rx(
    r"(?<!wie )\b(?:schreib(?:e|en sie)?|implementier(?:e|en sie)?|programmier(?:e|en sie)?|entwickle|"
    rf"optimiere?|erstell(?:e|en sie)?)\b(?! ich\b){_GAP}{_CODE}(?!\w)|\b{_CODE} gesucht\b|\b(?:mein|dieser|"
    rf"folgender) code\b|^wie [^?\n]{{2,60}}\b(?:mit|in) (?:css|sql|python|javascript)\b",
    r"^regex für\b|\w{2,20}error: |traceback \(most recent|stack ?trace|segfault",
)
_GIVEN = _rx(
    r"\bübersetz(?:e|en sie|t)?\b|^wie (?:sagt|schreibt) man (?:auf|\")|\"[^\"\n]{2,200}\" auf \w+isch\b|"
    r"\bauf (?:deutsch|englisch|spanisch|italienisch|französisch)\b[^.?!\n]{0,40}[\":?]",
    rf"\b(?:formulier|schreib)(?:e|en sie)?\b{_GAP}(?:um|satz|passiv|leichter? sprache)\b",
    r"^(?:bitte )?(?:fass(?:e|en sie)?\b[^.?!\n]{0,80}\bzusammen|(?:kürze?|korrigiere?|verbessere?)\b)",
)
_TAKE_OUT = _rx(
    r"^(?:bitte )?(?:zieh|extrahiere?|bestimme|ordne|sortiere?|mach|bring|wandle?|markiere?|klassifiziere?|"
    r"unterstreiche?)\b[^\n]{0,120}(?::\s|\s\")|\b(?:als|in) (?:eine? )?(?:json|yaml|csv|xml|markdown)\b",
)
_CALCULATION = _rx(
    r"\b(?:be|aus)?rechne[nt]?\b|\blöse\b|\bgleichung\b|\bquadratwurzel\b|\bmittelwert\b|"
    r"\bdurch \d+ teilbar\b|\bwas (?:ist|sind|ergibt|macht|ergeben) \d|\bwahrscheinlichkeit\b|\bchance auf\b|"
    r"\bwie wahrscheinlich\b|\bwie (?:groß|hoch) (?:ist|sind) (?:die|der|das|meine?) (?:\w+ )?(?:fläche|"
    r"umfang|volumen|marge|anteil|chance|summe|durchschnitt)\b|\d\s?% (?:von|aus)\b|\bwie ?viel prozent\b",
)
_WORD_PROBLEM = _rx(
    r"\bwie ?viele?\b|\bwie (?:lang|lange|weit|groß|alt|schnell|oft|hoch|schwer)\b|\bwelcher anteil\b|"
    r"\bwann (?:muss|ist|sind|bin|holt|lande|kommt|komme|spätestens|frühestens|sehen|treffen|lohnt)\b|"
    r"\bwas (?:kostet|kosten|zahle|zahlt|zahlen|kriege|bekomme|brauche|verdiene|bleibt)\b|"
    r"\bkürzeste \w{0,20}dauer\b|\bwas wäre (?:mein|unser|dein|der)\b|\b(?:schaffe|erwische) ich\b|"
    r"\bnach (?:welcher|wie ?vielen?)\b",
)
_MATHEMATICS = _rx(
    r"^(?:bitte )?(?:beweise|beweisen sie|zeige, dass|berechne)\b|\bist \d+ (?:eine )?primzahl\b|"
    r"^gegeben (?:ist|sei|sind|seien|eine?)\b|\bgesucht ist\b|\bauf wie ?viele (?:\w+ )?(?:arten|weisen)\b|"
    r"\b(?:finde|bestimme) (?:die|das|den) (?:anzahl|kürzeste|schnellste|größt|längste|kleinste)|"
    r"\bwie ?viel prozent\b|\bwie oft kommt der buchstabe\b|^gleiche (?:die \w+gleichung )?aus\b",
)
_PUZZLE = _rx(
    r"\blügt\b[^?\n]{0,160}\bwer\b|\bsagt die wahrheit\b|\bwie geht die (?:reihe|folge) weiter\b|"
    r"\b(?:schluss|schlussfolgerung|argument)\b[^.?!\n]{0,30}\b(?:gültig|korrekt|zulässig)\b|\bwer ist (?:am|"
    r"der|die) (?:zweit)?(?:älteste|jüngste|größte|kleinste|schnellste)n?\b|\bin welcher reihenfolge (?:steh|"
    r"sitz|komm|lieg)|\bwer (?:sitzt|steht|wohnt) (?:wo|neben)\b",
)
_PLACES = _rx(
    r"\b(?:neben|rechts von|links vo[nm]|(?:direkt )?hinter|(?:darf|muss|dürfen) (?:nie|nicht|erst|nach))\b"
)
_ORDER = _rx(r"\b(?:wie (?:kann|können|ist)|wann|wer|in welcher reihenfolge|erstell)\b[^.!?\n]{2,80}[.?]$")
_FOLLOWS = _rx(
    r"\bfolgt (?:daraus|zwingend|das)\b|\bwas (?:folgt daraus|muss stimmen|stimmt auf jeden fall)\b|"
    r"\bwelche (?:der )?(?:aussagen?|folgerung|schlussfolgerung)\b[^?\n]{0,40}\b(?:zwingend|logisch|sicher|"
    r"kann nicht|gilt|folgt)\b|\bwelcher schluss\b|\bwas lässt sich (?:sicher )?(?:da)?(?:zu )?sagen\b|(?:^|"
    r"[.:] )(?:alle|kein|keine|jeder|jede|manche|einige|wer)\b[^.?\n]{5,120}\.[^?\n]{5,160}\. (?:ist|kann|"
    r"muss|haben|hat|darf|sind|folgt|\w{2,15} also)\b[^.?\n]{2,80}\?",
)
_DATES = _rx(
    r"\bwelcher wochentag\b|\bwas für ein wochentag\b|\bwann passt\b[^?\n]{2,80}\balle|\bwie ?viele (?:tage|"
    r"wochen|stunden|jahre)\b[^?\n]{0,40}\b(?:bis|zwischen|seit|vor|überlappen)\b",
)
_ESTIMATE = _rx(
    r"^(?:bitte )?(?:schätze?|überschlage?|(?:schätzen|überschlagen) sie)\b|"
    r"\bwie ?viele? [^?\n]{2,60}\bschätzungsweise\b|\bwie ?viele? [^?\n]{3,60}\b(?:werden|liegen|hängen|"
    r"stecken|gehen|sind|bleiben|verbraucht|landen|stehen|trinken|essen)\b[^?\n]{3,100}\b\w{0,12}(?:tag|"
    r"morgen|abend|woche|winter|sommer|jahr|stunde|haus)",
)
_CHOICE = _rx(r"\ba\)\s?[^\n]{1,150}\n?[\s,(]b\)", r"\bwelche[rs]? dieser\b[^?\n]{2,60}\?")
_SHORT = _rx(
    r"\b(?:in|mit) (?:nur )?(?:einem|zwei|drei) (?:kurzen )?(?:wort|worten|satz|sätzen)\b|\b(?:ein|zwei|"
    r"drei) sätze?(?: reichen?)?[.!]?$|\A[^.?!\n]{3,80} ja oder nein\?*\Z|\bnur (?:die |eine )?(?:namen|"
    r"aufzähl\w*|liste|stichworte|eine?n?\.)|^(?:nenne?|gib mir) (?:ein|eine|einen) (?:synonym|tipp|namen|"
    r"wort|beispiel|zahl)\b",
)
_FACT = _rx(
    r"^wer (?:ist|war|hat|schrieb|malte|erfand|spielte|komponierte|entdeckte|gewann|wurde)\b|"
    r"^welcher? \w+ (?:ist|war) (?:der|die|das)\b|^wann (?:ist|war|wurde|begann|endete|kam|starb|blüht|fand|"
    r"sät)\b|^wo (?:ist|liegt|steht|hängt|lebt|wurde|fand)\b|^wie (?:alt|hoch|tief|lang|schwer|weit|schnell|"
    r"groß|heiß) (?:ist|sind|war|waren|wird|werden)\b|^wie heißt\b|^wie ?viele? [^?\n]{3,40}\b(?:hat|haben|"
    r"gibt es|legt)\b|^was (?:heißt|bedeutet) (?:eigentlich )?(?:\"|\w+\?*$)|^was (?:ist|war) (?:der|die|"
    r"das) (?:hauptstadt|höchste|tiefste|größte|längste|älteste|währung)\b|^(?:in|ab|von|"
    r"seit) (?:welche[rmns]? (?:jahr|jahrhundert|stadt|land|tonne|monat|sprache|alter|temperatur)|wem|wann|"
    r"wie ?viel)\b",
)
_PROCEDURE = _rx(
    r"\brezept für\b|\banleitung\b|\bschritt für schritt\b|^wie (?:mach|wechs|bau|install|beantrag|back|koch|"
    r"falt|näh|bind|knot|flick|reparier|lösch|stell|richt|berechn)\w{0,6} (?:ich|man|wir) (?:(?:eine?n?|das|"
    r"den|die|bei)\b|\w{2,30}(?: \w{2,30}){0,2}\?)(?![^?\n]{0,60}\b(?:gut|besser|erfolgreich|ohne))",
)
_MECHANISM = _rx(
    r"\bwie (?:funktionier(?:t|en|te)|entsteht|entstehen|arbeitet)\b|^(?:was (?:ist|sind|war|waren)|"
    r"was versteht man unter) (?!besser|für|wichtig|zu\b|an\b|bei\b)(?:eigentlich |denn )?"
    rf"(?:(?:ein|eine|der|die|das) )?(?:(?!{_POINTS}\b|unterschied)[\w-]+ ?){{1,3}}\?*$|\berklär(?:e|"
    rf"en sie)? (?!(?:\w+ ){{0,4}}{_POINTS}\b)(?:mir )?(?:bitte )?(?:kurz|nur kurz)?,? ?(?:wie|was|den|"
    rf"das)\b(?![^.\n]{{0,90}}\b(?:ausw|beeinfl|veränd|unterscheid))",
    r"^(?:warum|wieso) (?:ist|wird) (?:der|die|das) \w+ (?:blau|rot|grün|salzig|hart|weiß|kalt|warm)\b|"
    r"^(?:warum|wieso) (?:quietsch|kribbel|schwimm|rost|schmelz|leucht|dreh|fall|flieg|gefrier)\w*",
)
_SEVERAL = _rx(
    rf"\b{_ASK}\b[^.?!\n]{{0,60}}?\b{_POINTS}\b|^(?:\w+ und )?{_POINTS}\b|\bvor- und nachteile\b",
    r"\bfür (?:und|oder) wider\b|\bpro (?:und|&) (?:contra|kontra)\b|\bspricht\b[^?\n]{0,40}\b(?:wofür|dafür|"
    r"dagegen|für|gegen)\b|\bargumente (?:bitte|sammeln)\b|\bwelche \w+ gibt es\b",
)
_COMPARISON = _rx(
    r"\bunterschiede?\b|\b(?:unterscheiden|unterscheidet)\b|\bvergleich(?:e|en)?\b|\w\s(?:vs\.?|versus)\s\w|"
    r"^(?!ja )[\w-]+(?: (?!du\b|er\b|es\b|wir\b)[\w-]+)? oder (?!nicht|nein)[^?\n]{3,70}\?|"
    r"\bwas ist [^?\n]{2,40}\bbesser\b",
)
_EFFECT = _rx(
    r"\b(?:wie|inwiefern)\b[^.?\n]{1,90}\b(?:verändern?|verändert|beeinflusst|geprägt|gewandelt)\b|"
    r"\bwie (?:wirkt|wirken)\b[^?\n]{2,80}\b(?:auf|aus)\b|^was (?:bringt|bewirkt)\b|\bwas heißt das für\b",
)
_WHAT_IF = _rx(
    r"\bwas (?:wäre|wären|würde)\b[^?\n]{0,30}\bwenn\b|^(?:und )?was,? wenn\b|\bwie sähe\b|\bwas (?:hieße|"
    r"wären die folgen)\b|^(?:angenommen|stell dir vor|gesetzt den fall),? (?!du\b|alle \w+ sind)|"
    r"^(?:und )?wenn [^?\n]{5,80}\bwären?\b",
)
_ADVICE = _rx(
    rf"\b(?:wie|was|worauf|woran|womit|auf was) {_CAN} {_WE}\b|\bwas (?:tun|hilft|nun|rätst du|mache? ich)\b",
    r"\b(?:wie|worauf|woran) (?!heiß|sagt)\w{2,14} (?:ich|wir|man)\b|\bzu (?:bedenken|beachten)\b|"
    r"\bwie gelingen\b|\bwas macht [^?\n]{3,50}(?:\baus\b|\berfolgreich\b)|\bwas ist (?:da )?wichtig\b",
)
_REASONS = _rx(
    r"\b(?:warum|wieso|weshalb|weswegen)\b[^?\n]{2,70}\b(?:viele|so|lohnt|wichtig|beliebt|angst|teurer|"
    r"geworden|immer (?:noch|mehr|weniger|wieder))\b|^(?:warum|wieso|weshalb|"
    r"weswegen) \w{3,20}en (?:menschen|leute|kinder|firmen)\b|^wozu\b|\bwo(?:ran|durch) (?:liegt|kann das)\b",
)
_DISCUSSION = _rx(
    r"^(?:bitte )?(?:diskutier|erörter|analysier|bewert|beleucht)\w*\b", r"\b(?:beide|mehrere)[rn]? seiten?\b"
)

RULES = LanguageRules(
    rules=(
        Rule("normal", 0.9, "is a word of thanks or a greeting", _THANKS),
        Rule("normal", 0.9, "asks for one piece of creative writing", _CREATIVE),
        Rule("normal", 0.8, "asks for one longer text", _LONG_TEXT),
        Rule("normal", 0.85, "asks for a role played in one voice", _ROLE),
        Rule("normal", 0.9, "asks for code", _PROGRAM),
        Rule("normal", 0.85, "works on a given text", _GIVEN),
        Rule("normal", 0.75, "takes something out of a given text, or sorts what is given", _TAKE_OUT),
        Rule("cot", 0.85, "is a calculation", _CALCULATION, numbers=1),
        Rule("cot", 0.85, "is a word problem with numbers", _WORD_PROBLEM, numbers=2),
        Rule("cot", 0.7, "asks for mathematics", _MATHEMATICS),
        Rule("cot", 0.75, "is a puzzle with one right answer", _PUZZLE),
        Rule("cot", 0.75, "is a puzzle about who stands where", _PLACES, times=2, also=_ORDER),
        Rule("cot", 0.7, "asks what follows from what is given", _FOLLOWS),
        Rule("cot", 0.7, "asks for counting or a date", _DATES),
        Rule("cot", 0.65, "asks for an estimate to be worked out", _ESTIMATE),
        Rule("normal", 0.8, "is a multiple choice question", _CHOICE),
        Rule("normal", 0.85, "asks for a short answer", _SHORT),
        Rule("normal", 0.8, "asks for a single fact", _FACT),
        Rule("normal", 0.65, "asks for a procedure whose steps build on each other", _PROCEDURE),
        Rule("normal", 0.65, "asks how one thing works, or what it is", _MECHANISM),
        Rule("skeleton", 0.85, "asks for several independent points", _SEVERAL),
        Rule("skeleton", 0.8, "asks for a comparison", _COMPARISON),
        Rule("skeleton", 0.8, "asks how something has an effect", _EFFECT),
        Rule("skeleton", 0.75, "asks what would happen if something were so", _WHAT_IF),
        Rule("skeleton", 0.75, "asks for advice", _ADVICE),
        Rule("skeleton", 0.65, "asks for reasons", _REASONS),
        Rule("skeleton", 0.6, "asks for a discussion of several aspects", _DISCUSSION),
    ),
    follow_up=_rx(
        rf"{_LED}(?:warum|wieso|wirklich|weiter|mach weiter|noch eine?[ns]?|kürzer|länger|einfacher|"
        r"danke|vielen dank|nochmal|bist du sicher|zum beispiel|auf \w+isch|in \w+|"
        r"wie meinst du das)\b[^\n]{0,40}$",
        rf"{_LED}(?:mache?|schreibe?|übersetze?|kürze?|pack|setze?|form|erkläre?|wiederhole?|fasse?|"
        r"das ganze|was heißt|was ist noch ?mal|streich|ersetze?)\b(?! das für)[^\n]{0,60}$",
        r"\b(?:ersten?|zweiten?|dritten?|letzten?) (?:punkt|satz|absatz|teil)\b",
    ),
    varies=_rx(
        rf"{_LED}(?:was,? wenn|wenn|bei|mit|ohne|für|angenommen|statt|nehmen wir|nimm|das ganze|dasselbe)\b"
        r"(?![^\n]{0,40}\b(?:brief|gedicht|tabelle|englisch|mail|satz|wörter)\b)",
        r"\b(?:stattdessen|doppelt|hälfte|rechne nach|stimmt das|soll aber|ist aber)\b|^und zu \w+\?",
    ),
    number=_rx(
        r"\d+(?:[.,]\d+)*",
        r"\b(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|fünfzehn|zwanzig|dreißig|hundert|"
        r"tausend|million|millionen|dutzend|halbe?[rsn]?|hälfte|doppelt|zweimal|dreimal|anderthalb|drittel|"
        r"viertel)\b",
    ),
)
