"""German wishes for one piece of some form: data, a table, code, a text, a poem."""

from __future__ import annotations

from .de_words import BARE, DATA, END, GAP, LIST, MADE, PER, POINTS, SAID, TABLE, VALID, VERB, WORK, A, asked

FORM = (
    # Data, tables and code.
    asked(
        "form",
        "",
        rf"\b(?:als|im) {VALID}(?:ein(?:e|en)? )?{DATA}(?: format| objekt| array)?",
        rf"{SAID}(?:in|mit|nach) {VALID}{DATA}",
        rf"{BARE}{VALID}{DATA}(?= ?(?:[.!)]|\Z)| bitte| (?:zurück|aus)\b)",
        r"\b(?:gib|geben sie|liefere?|erzeuge|generiere|erstelle|schreibe?|nur|ausschließlich|"
        rf"zurück) (?:mir |bitte |nur |ausschließlich )*{VALID}{DATA}(?= ?(?:[.!,)]|\Z)| (?:bitte|"
        r"aus|zurück|mit|ohne)\b)",
        rf"\b(?:format|ausgabe|output|antwort|ausgabeformat) ?[:=] ?{VALID}{DATA}",
    ),
    asked(
        "form",
        "table",
        rf"\b(?:als|in form) (?:{A})?(?:(?!und\b)\w+e[nr]? )?{TABLE}\b|\bin tabellen(?:form|"
        r"format)\b|\b(?:nur|ausschließlich) (?:noch )?(?:mit |in )?(?:markdown-?)?tabellen\b|"
        r"\btabellarisch\b",
        rf"{SAID}(?:in|mit) (?:einer|die|der|eine) (?:\w+e[nr] )?{TABLE}\b",
        rf"\b(?:vor- und nachteile|{POINTS}|vergleich|übersicht|unterschied|"
        rf"pro und contra) {GAP}in (?:einer|'ner|ner) {TABLE}\b",
        rf"\b(?:vor- und nachteile|{POINTS}|vergleich|übersicht|unterschied|"
        rf"pro und contra) {GAP}(?<!eine )(?<!einer )(?<!der )(?<!die )tabelle(?= bitte)",
        rf"{BARE}(?:{A})?(?:(?:kurze|kleine|einfache|übersichtliche) )?{TABLE}(?= ?(?:[.!)]|\Z)|"
        r" (?:bitte|mit|reicht|genügt)\b)",
        r"\b(?:erstell|mach|zeig|schreib|bau|entwirf|generier|gib|zeichne|"
        r"geben sie)\w*(?: sie)?(?<!mache)(?: mir| uns| bitte| dazu| daraus|"
        rf" nur)* (?:{A})(?:\w+e )?{TABLE}\b(?! (?:an|in excel|in word))",
        r"\b(?:kannst|könntest|können|könnten) (?:du|sie)(?: mir| uns| bitte| dazu|"
        rf" daraus)* eine (?:\w+e )?{TABLE}\b",
        r"\bich (?:brauche|will|möchte|hätte gerne?) (?:bitte |dazu |"
        rf"nur )*eine (?:\w+e )?{TABLE}\b(?! anleg)",
    ),
    asked(
        "form",
        "code",
        r"\bals (?:(?:eine?n?|reiner|python-?|javascript-?|mermaid-?|ascii-?) ?)*(?:code(?:block|"
        r"-block|schnipsel)?|python-\w+|dictionary|array|mermaid|mermaid-\w+|(?:fluss)?diagramm|"
        r"flowchart|mind-?map|ascii-art|regex)\b",
        r"\b(?:nur|ausschließlich) (?:mit )?(?:(?:reine[nrm]?|python-?) ?)?code\b",
    ),
    # One text.
    asked(
        "form",
        "prose",
        r"\b(?:als|in|im|mit) (?:ein |\w+e[mnrs]? ){0,3}(?:fließ-?text|fliesstext|prosa|textform|"
        r"(?:zusammenhängende|fortlaufende|durchgehende|flüssige|ausformulierte)[mnrs]? (?:text|"
        r"absatz|absätzen|form|sätzen)|aufsatzform)\b",
        rf"{BARE}(?:(?:reiner|reinen|ein|einen|zusammenhängenden?r?|fortlaufenden?r?|"
        r"durchgehenden?r?|kurzer|normaler) )*(?:fließ-?text|fliesstext|prosa|(?:fortlaufend|"
        rf"zusammenhängend|durchgehend)e[rn] text)\b{END}",
        rf"\b{VERB} (?:mir |bitte |nur |dazu )*(?:eine?n? )(?:kurzen |zusammenhängenden |"
        r"fortlaufenden |flüssigen )*(?:fließtext|text|absatz)\b",
        r"\b(?:in|als) (?:nur |höchstens |maximal |genau )*(?:ein(?:e[mnr]?)? |\w+en |zwei |drei |"
        rf"vier |\d )*(?:absatz|absätzen|abschnitt)\b(?! {PER})(?! (?:\w+ )?(?:des|der|vom))",
        rf"{BARE}(?:maximal |höchstens |genau )?(?:ein(?:en)?|zwei|drei|1|2|3) (?:einzige[rn]? |"
        rf"kurze[rn]? |zusammenhängende[rn]? )*(?:absatz|absätze)\b{END}(?!,? {PER})",
        rf"{BARE}(?:in )?(?:ganze[nr]?|vollständige[nr]?) (?:absätzen?)\b|\bausformuliert\b|"
        r"\bnur (?:ganze )?absätze\b",
    ),
    asked(
        "form",
        "prose",
        r"(?<!muss )(?<!müssen )(?<!musst )(?<!brauche )(?<!brauchst )(?<!brauch )(?<!sind )(?<!ist "
        r")\b(?:(?:keine|ohne) [\w-]+,? (?:und |oder )?){0,3}(?:kein(?:e[nr]?)?|ohne|"
        r"nicht(?: mehr| wieder)?(?: als| in| mit)|niemals(?: mit| in| als)?|nie(?: mit| in| als|"
        r" wieder| mehr)*|statt|anstatt|anstelle von|anstelle einer|verzichte(?:n sie)? (?:bitte |"
        r"komplett |ganz )?auf|vermeide(?:n sie)?(?: bitte)?|weder) (?:(?:jegliche|irgendwelche|"
        r"eine[rn]?|in|als|mit|tabellen|überschriften|markdown|fettdruck|emojis?)[nr]?,? (?:und |"
        rf"oder |noch )?)*{LIST}(?! (?:sein|nötig|notwendig|erforderlich|von|der|des|mit|länger|"
        r"brauch\w*|werden müssen)\b)",
        r"\b(?:nichts|nicht|ohne) (?:\w+ )?(?:auf(?:zu)?zählen|auf(?:zu)?listen|nummerieren|"
        r"durchnummerieren)\b|\bzähl\w*(?: \w+)? nichts auf\b",
        rf"\b(?:eine? )?{LIST} (?:will|möchte|mag) ich (?:\w+ )?nicht\b",
    ),
    asked(
        "form",
        "poem",
        r"\b(?:als|in form|im stil|in der form|wie(?: in)?) (?:eine[snrm]? |ein |"
        rf"des )(?:\w+e[nrs]? )?{WORK}(?:e?s)?\b(?! (?:über|von) (?:dem|der) )",
        rf"\bals {WORK}(?: |\b(?= ?[.,;:!?)\n]|\Z))",
        rf"{SAID}(?:nur |wie )?in (?:einem|einer|'nem) {WORK}\b|"
        rf"{BARE}(?:eine?n? )?{WORK} (?:bitte|genügt|reicht)\b",
        rf"\bantwort(?:en)? (?:ist|sind|soll\w*|müssen|muss)(?: \w+){{0,2}}? (?:eine? )?{WORK}e?\b",
        r"\b(?:in|als) (?P<value>gedicht|reim|brief|versform|vers|dialog)(?:e?n|s)?(?:-?form)?\b|"
        r"\bgereimt\b|\bauf reim\b",
        r"(?:\A|(?<=[.!?,:;–-] )|(?<=\n)|\b(?:bitte|und|hallo|hi|mir|mal) )(?:schreib|verfass|dicht|"
        r"erstell|formulier|entwirf|mach|erfinde?|erzähl|entwerf|generier)(?:e|en sie)?(?: mir| uns|"
        rf" bitte| mal| dazu| darüber| doch| ihm| ihr)* (?:eine?n? ){MADE}{WORK}\b",
        r"\b(?:kannst|könntest|können|könnten|würdest) (?:du|sie)(?: mir| uns| bitte| mal| dazu|"
        rf" darüber)* eine?n? {MADE}{WORK}\b(?=[^?.]{{0,120}}(?:schreib|verfass|dicht|erzähl|mach|"
        r"erstell|formulier|entwerf)\w*)",
        r"\bich (?:brauche|bräuchte|hätte gerne?|wünsche mir) (?:bitte |noch |"
        rf"dringend )*eine?n? {MADE}{WORK}\b",
    ),
)
