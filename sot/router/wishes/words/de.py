"""German wishes about form, length, number, language and audience."""

from __future__ import annotations

from ..wish import WishLanguage, rx
from .de_form import FORM
from .de_length import LENGTH
from .de_manner import MANNER
from .de_points import POINTS_ASKED
from .de_words import ADJ, COUNT, DONE, INFINITIVE, NUMBERS, POINTS, POLITE, VERB

RULES = WishLanguage(
    numbers=NUMBERS,
    order=rx(
        r"(?:\A|[:;,(–—-] ?|\b(?:und|aber|dann|nur|mir|jetzt|also|hi|hallo|hey|ok|okay|nun|danke|"
        rf"mal) ){VERB}",
        r"\b(?:bitte|und zwar|am besten|idealerweise|vorzugsweise)\b",
        r"\bich (?:brauche?|bräuchte|hätte|erwarte|benötige|bevorzuge|wünsche)\b",
        r"\b(?:möchte|will) ich (?:(?:nur|bitte|ausschließlich|keine)\b|\Z)",
        r"\bich (?:möchte|will|würde gerne?) (?:(?:eine?|die|das|nur|alles|es|deine|von dir|gerne?|dazu|"
        r"hier|nun)\b|\w+e für\b)",
        r"(?:\A|[,;:–-] |\b(?:und|hallo|hi|hey|dann) )(?:kannst|könntest|würdest|können|könnten|würden|"
        r"magst|kann|darf) (?:du|sie|ich)\b",
        r"\b(?:antwort(?:en)?|ausgabe|ergebnis(?:se)?|rückgabe|output) (?:soll|muss|müssen|besteh|ist|"
        r"sind|hat|darf|dürfen|erfolg|immer|stets|bitte|kommt|gib|haben|nur|ausschließlich)\w*",
        r"\bdu (?:sollst|antwortest|schreibst|gibst|sprichst|redest|darfst|musst|formulierst|nutzt|"
        r"lieferst|verwendest)\b",
    ),
    filler=rx(
        r"\A(?:(?:bitte|und|aber|nur|noch|mal|also|dann|die|das|der|den|dem|ein|eine|einen|einer|einem|"
        r"deine|meine|mir|uns|antworten?|antworte|ausgabe|format|ausgabeformat|länge|umfang|stil|form|es|"
        r"alles|ganze|zwar|am besten|gern|gerne|lieber|in|im|als|mit|auf|ist|soll|sollte|sollen|muss|bin|"
        r"ich|will|möchte|mag|brauche|hätte|würde|dir|dich|ausschließlich|lediglich|bloß|strikt|einfach|"
        r"wichtig|hinweis|danke|ok|okay|jetzt|nun|diesmal|wieder|stattdessen|ab jetzt|ab sofort|"
        r"von nun an|künftig|immer|stets|jede|alle|besteht|bestehen|aus|formatiert|gib|kurz|ganz|"
        r"bestenfalls|halt|höchstens|maximal|max|dazu|dafür|davon|sein|das|passt|reicht|genügt|mir|"
        r"insgesamt|übrigens|echt|wirklich|kannst|könntest|du|sie|können|heute|hier|zur|zum|regel|regeln|"
        r"vorgabe|wunsch|bitteschön|kein text|keine sätze|haben|enthalten|umfassen)[ :,–—-]*)*\Z",
        rf"\A(?:[\w ]{{0,30}}, ?)?{POLITE}\b(?:(?!\b(?:wie|warum|wieso|weshalb|ob|wer) )[^?:]){{0,200}}\Z",
    ),
    asks=rx(
        r"\A(?:[\w' ,-]{0,60}, ?)?(?:und |aber |also |ok,? |hey,? |hi,? |hallo,? )?(?:was|warum|wieso|"
        r"weshalb|wie|welche[rsnm]?|wer|wo|wann|wofür|wozu|womit|wodurch|woran|ist|sind|hat|haben|hast|"
        r"gibt|gab|kann|kannst|können|könnte|soll|sollte|lohnt|macht|top|vor- und nachteile|pro|pros|"
        r"übersicht|überblick|vergleich|zusammenfassung|erklärung|definition|bedeutung|(?:\d+|"
        rf"die) [\w-]+|{POINTS}|unterschied|ursache|(?:die |alle |ein paar |einige |gute |"
        rf"{COUNT} )+{ADJ}{POINTS})\b",
        r"\A[^?]{0,200}[,–—-] ?(?:(?:bitte|nur|und zwar|am besten|gerne?|das ganze|alles|kurz|aber|"
        r"lieber|dargestellt|jeweils|mir|mal|und|einfach|das|danke|höchstens) ?)*\Z",
        r"\A(?!(?:ich|wir|er|sie|es|man|mein\w*|unser\w*|daten|vergiss|ignorier\w*|"
        r"lass)\b)(?:[\w-]+ ){1,4}\Z",
    ),
    subject=rx(
        # What is asked about the form itself: how to write it, what is better, what a clause is about.
        r"\b(?:wie|warum|wieso|weshalb|wann|womit) (?:(?:kann|könnte|soll|muss|müsste|darf|würde|stell|"
        r"schreib|geb|fass|bring|form|öffn|erzeug|erstell|leg|bau|füg|änder|les|sortier|bekomm|krieg|"
        rf"gestalt|speicher|mach)\w*) (?:ich|man|wir)\b(?![^,]{{0,100}}{INFINITIVE} \Z)[^,–(:]{{0,100}}\Z",
        r"\b(?:daten\w*|dateien|\w*speicher\w*|\w*exportier\w*|importier\w*|verschick\w*|versend\w*|"
        r"übertrag\w*|konvertier\w*|umwandel\w*|parsen?|programmier\w*|heißt|heissen|sagt man|"
        r"schreibt man|übersetz\w*|konfiguration\w*|logs?|apis?|schüler\w*|lehrer\w*|schriftsteller\w*|"
        r"autoren|journalisten|umgang|erfahrung\w*|lernen|lerne|üben)(?: (?:von|mit|aus|im|in|ich|man|"
        r"die|das|werden|der|des|du))* ?\Z",
        r"\b(?:ist|sind|warum|wieso|weshalb|was|gilt|gelten|war|hat|haben|bietet)\b[^,]{0,80}\b(?:besser|"
        r"schlechter|schneller|langsamer|größer|kleiner|leichter|schwerer|einfacher|sicherer|kompakter|"
        r"lesbarer|länger|kürzer|mehr|weniger|anders|lieber|eher|anderes|\w+(?:ich|ig|bar|sam|iv|ell|ant|"
        r"ent|isch|los|voll|haft|tet)er|flexibler|beliebter)\w{0,2}(?: [\w-]+){0,2} \Z",
        r"(?<!hallo)(?<!hi)(?<!hey)(?<!moin)(?<!danke)(?<!ok), (?:wie|warum|wieso|ob|dass|weil|was|"
        r"welche[nrsm]?|wann|wo|um|damit|wenn|deren|(?:die|der|das|den)(?! ganze| alles|"
        rf" bitte))\b(?![^,]{{0,160}}\b{DONE} \Z)[^,:–(]{{0,160}}\Z",
        r"\b(?:warum|wieso|weshalb|wann) (?:antwort|sprech|red|schreib|geb|mög|mag|nutz|benutz|verwend|"
        r"vermeid|hass)\w* [^,]{0,60}\Z",
        r"\b(?:gedichts?|gedichte|romane?|literatur|werke?|theaterstücke?|leben|alltag|listen|referat\w*|"
        r"präsentation\w*|notizen|lernen|texte) \Z",
        r"\bwie viele? (?:sätze|wörter|zeichen|absätze|zeilen|zeit)\b",
    ),
    negated=rx(
        r"\b(?:kein(?:e[nrms]?)?|nicht|ohne|niemals|nie|statt|anstatt|anstelle|verzichte(?:n sie)? auf|"
        r"weder|noch keine|vermeide(?:n sie)?|außer|lass)(?: (?:als|in|im|mit|ein|eine[nrms]?|der|die|"
        r"das|den|von|mehr|wieder|unbedingt|extra|irgend\w*|an|auf|zu|oder|listen?|tabellen?|json|"
        r"markdown|stichpunkten?|gedicht|brief|code),?){0,5} ?\Z"
    ),
    conditional=rx(
        r"\A(?:wird|werden|fragt|fragen|stellt|stellen|bittet|bitten|geht|kommt|kommen|handelt|verlangt|"
        r"will|möchte|sollte|nennt|schreibt|erwähnt|hat der|ist die frage) [^.!?]{2,100}[,–-] ?|"
        r"\bbei (?!alle|jede|sämtliche|meine|deine)\w{3,} ?fragen\b|\bbei (?:begrüßung|small-?talk|"
        r"beschwerde)\w*|\bja[/ -](?:oder[ -])?nein-?fragen\b",
        r"\b(?:wenn(?! (?:der|die|ein)? ?(?:nutzer\w*|benutzer|user|kunde\w*|jemand|man|du|"
        r"ich)\b(?: (?:dich|dir|etwas|eine frage|dir eine frage|mir))* (?:fragt|stellt|antworte\w*|"
        r"schreibt)\b,?)|falls|sofern|sobald|je nach\w*|bei bedarf|bei (?:komplexen|langen|längeren|"
        r"technischen|einfachen|vergleichen|fragen nach)|gegebenenfalls|ggf|z\.|beispielsweise|"
        r"zum beispiel|kannst|darfst|könntest|manchmal|ansonsten|andernfalls|sonst(?! nichts)|(?:auf|"
        r"nach) (?:wunsch|anfrage|nachfrage)|wo (?:es )?(?:sinnvoll|nötig|möglich|hilfreich|passend)|"
        r"sinnvoll|bittet|verlangt|wünscht|dort,? wo)\b",
    ),
    standing=rx(
        r"\b(?:ab (?:jetzt|sofort|nun|heute)|von (?:nun|jetzt|hier) an|künftig|zukünftig|in zukunft|"
        r"fortan|bis auf weiteres|von jetzt ab|(?:jede|alle|deine|bei jeder|bei allen|"
        r"sämtliche)[nr]? (?:(?:deine|meine|weiteren|folgenden|künftigen)[nr]? )?(?:antwort|frage|"
        r"nachricht)(?:en)?|für den rest|(?:in|für) diese[mn] (?:chat|gespräch|unterhaltung)|"
        r"das ganze gespräch|die ganze zeit|grundsätzlich|ausnahmslos|durchgehend|durchgängig|"
        r"egal was ich|was (?:auch )?immer ich|solange ich|immer wenn ich|jedes mal|(?:nie|"
        rf"niemals)(?: mehr| wieder)? (?:mit|in|als|listen|auf|stich|bullet)\w*|{VERB} (?:(?:bitte|mir|"
        r"du|alles|dich) ){0,3}(?:immer|stets|nie|niemals)|immer (?:nur )?(?:in|als|mit|auf|kurz)|"
        r"(?:keine?|nie) (?:[\w-]+ ){1,3}mehr)\b"
    ),
    order_only=rx(
        r"\A(?:(?:bitte|ok|okay|und|hi|hallo|hey|danke|kannst du|könntest du|würdest du|du sollst|"
        r"nur noch|nur|ab jetzt|jetzt)[ ,:]+)*(?:(?:be)?antwort(?:e|en sie|est|en)?\b|fass(?:e|"
        r"en sie)? dich|halt(?:e|en sie)?\b|verwend\w*|benutz\w*|nutz\w*|keine\b|verzicht\w*|(?:schreib|"
        r"sprich|rede|red|formulier)\w* (?:mit mir|nur|in|auf|alles|immer|alle|deine|bitte|ab|so|kurz|"
        r"als|mir nur)|beschränk\w*|kurze antworten|deine antworten|alle antworten|ich (?:will|möchte|"
        r"brauche|mag|hätte gerne?) (?:nur|kurze|keine|deine|alles|alle|antworten|ab)\b)[^?]{0,160}\Z"
    ),
    continues=rx(
        r"\A(?:und|was ist mit|wie (?:sieht|steht) es (?:mit|bei|im|in|um)|wie ist es|jetzt|nun|dann|"
        r"auch|das ?gleiche|dasselbe|das selbe|genauso|ebenso|noch ?mal|nochmals|aber|oder|gleiche|selbe|"
        r"weiter)\b"
        r"(?!,? (?:(?:was|wie|warum|wieso|weshalb|wer|wo|wann|wohin|woher|womit|wofür|wozu|welche\w*|"
        r"soll\w*|"
        r"kann|kannst|könntest|lohnt|gibt)\b(?! ist mit| (?:sieht|steht|wäre|ist) es)|"
        rf"{VERB}))[^\n]{{0,60}}\Z"
    ),
    patterns=(*FORM, *LENGTH, *POINTS_ASKED, *MANNER),
)
