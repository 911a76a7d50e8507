"""Words for the format in which a program reads an answer."""

from __future__ import annotations

from .sign import PARSER, READ, WordSign, word_sign

_SEPARATOR = (
    "(?:commas?|semi-?colons?|pipes?|spaces?|tabs?|newlines?|new lines?|line[- ]breaks?"
    r"|the \| character|\||;|,|kommas?|semikolons?|strichpunkte?|leerzeichen"
    "|zeilenumbr[üu]che?|virgules?|points?-virgules?|espaces?|retours? à la ligne|comas?"
    "|punto y coma|espacios?|saltos? de l[íi]nea|barras?)"
)

FORMAT_WORDS: tuple[WordSign, ...] = (
    # Separators and formats
    word_sign(
        PARSER,
        (2, 2),
        r"\b(?:return|respond|reply|output|answer|emit|write|produce|give|generate|provide"
        r"|result)\w*\b[^.\n?]{0,50}\b(?:json|yaml|xml|csv|toml)\b",
        r"\b(?:gib|antworte|liefere|ausgabe)\b[^.\n?]{0,80}\bjson\b|\b(?:renvoie|r[ée]ponds"
        r"|retourne)\b[^.\n?]{0,60}\bjson\b|\b(?:devuelve|responde"
        r"|genera)\b[^.\n?]{0,60}\bjson\b",
        order=True,
    ),
    word_sign(
        PARSER,
        (2, 2),
        r"\bjson (?:object|array|instance|list|keys?|dictionary|format"
        r"|only)\b[^.\n?]{0,60}\b(?:keys?|fields?|of strings|strings?|following|with|must|only"
        r"|containing)\b|\bkeys?\b[^.\n]{0,60}\bjson\b",
        r"\b(?:schl[üu]sseln?|cl[ée]s|claves?|campos?|champs)\b[^.\n]{0,60}\b|\bjson-(?:objekt"
        r"|array|liste)\b|\bobjet json\b|\bobjeto json\b",
    ),
    word_sign(
        PARSER,
        (2, 2),
        r"\b(?:comma[- ]separated|separated by (?:commas|newlines|a comma)"
        "|(?:with )?commas between|one per line|each on a new line|(?:durch"
        "|mit) kommas? getrennt|s[ée]par[ée]e?s par des virgules|separad[oa]s por comas?"
        "|key: ?value|'?%y-%m)",
    ),
    word_sign(
        PARSER,
        (2, 2),
        r"\b(?:your |the )?(?:response|output|answer) (?:should|must) be (?:an? |one |valid "
        r"|formatted )|\b(?:die|deine) (?:ausgabe|antwort) muss\b|\b(?:output|response|answer"
        r"|reply|return) format\b|\bformat instructions?\b|\bformatvorgaben?\b"
        r"|\bformat de (?:sortie|r[ée]ponse)\b|\b(?:instrucciones de )?formato(?: de salida"
        r"| de respuesta)?\b ?:|\bausgabeformat\b|\binstrucciones de formato\b",
    ),
    word_sign(
        PARSER,
        (1, 2),
        r"\b(?:separated|delimited|joined|divided|split|getrennt|s[ée]par[ée]e?s?"
        "|separad[oa]s?|unidas?) (?:by|with|using|durch|mit|par|por|con) (?:an? |the "
        rf"|eine?n? |des |une? |una? )?[\"'(`]?(?: ?{_SEPARATOR})",
        rf"\b(?:durch|mit) {_SEPARATOR} getrennt",
        rf"\b{_SEPARATOR}[- ](?:separated|delimited|joined|list only)\b|\b(?:on|in|exactly|auf"
        "|in|sur|en) (?:an? |exactly )?(?:single|one|einer|eine|une|una)(?: seule"
        r"| sola)? (?:line|zeile|ligne|l[íi]nea)\b|\bone line[:;]|\b(?:key|name) ?= ?value\b"
        r"|\bkey/value pairs",
        r"\b(?:each|one \w+|eine?r?s?|jede[rs]?|un[ea]?|chacun[ea]?|cada una) (?:\w+ )?(?:per"
        r"|on its own|pro|par|por|en su) (?:line|zeile|ligne|l[íi]nea)\b",
        r"\beine zeile\b|\w;\w+;\w|[a-z]\|[a-z]",
    ),
    word_sign(
        PARSER,
        (2, 2),
        r"\b(?:format|formato|ausgabe|output|reply|answer|sortie|salida) ?: ?(?:\w+[;/|=]\w+"
        r"|\w+ (?:\||->|,) \w+)|\b(?:format|formato) [«\"'][^»\"'\n]{2,40}[»\"']"
        r"|\bim format \w+\(|\b(?:au format|en formato|in the form|in the format"
        r"|im format)\b[^.\n]{0,30}[:(/=«]",
        r"\b(?:tableau|liste|array|objet|lista|objeto|matriz|ein|mit|structured data"
        r"|valid) (?:\w+ )?json\b|\bstructured data with\b",
        r"\b(?:in|into|to|as|als|en|como) (?:an? |valid )?(?:json|yaml|csv|xml"
        r"|toml)\b(?=[.:,;\n]|\Z| with| mit| avec| con)",
        r"\b(?:in|use|follow|match) (?:this|the) exact (?:form|format|layout|structure"
        r"|shape)\b|\bi can (?:paste|pass|load|feed|pipe)\b|\b(?:two|three|four|both|all"
        r"|\d) fields\b",
        r"\bkebab-case\b|\bsnake_case\b|\bcamel ?case\b",
        r"\bstart(?:s|ing)? with <[a-z_]+>|\boutput fields\b|\bas (?:subject|\()[^)\n]{0,20};",
    ),
    # Read by a program
    word_sign(
        READ,
        (3, 3),
        r"\b(?:valid\w*|conform\w*|match\w*|adher\w*|compl\w*|accord\w*"
        r"|formatted)\b (?:\w+ ){0,4}?(?:against|by|in|as|to|with|the|this|following"
        r"|below) ?(?:\w+ ){0,4}schema\b|\bjson (?:schema|instance)\b"
        r"|\bmarkdown code snippet\b|\bas an? (?:python|javascript|json) (?:list|array"
        r"|dict\w*) of\b|\b(?:list|array) of strings, (?:nothing|no|without|only)\b"
        r"|\b(?:output |json )parser\b|\bthe parser\b",
        r"\b(?:be|is|are|gets?) (?:parsed|read|processed|consumed|evaluated) by (?:a |an |the "
        "|our )?(?:program|script|machine|parser|code|computer|software|json|regex|python)"
        r"|\bmachine[- ]readable\b|\bparsed (?:automatically|programmatically)"
        r"|\bjson\.(?:loads|parse)\b",
    ),
    word_sign(
        READ,
        (3, 3),
        r"\b(?:piped|fed|passed|pasted|inserted|sent) (?:\w+ )?(?:straight |directly "
        "|verbatim |as is )*(?:in)?to (?:a |an |the |our )?(?:bash|shell|terminal|script"
        r"|parser|program|function|compiler|interpreter|database|\w*sh\b|exec|eval|api"
        "|template|code)",
        r"\b(?:read|parsed|parses?|matched|checked|consumed|consumes?|reads?|gelesen"
        r"|verarbeitet|geparst|lue?s?|le[íi]d[ao]) (?:your \w+ )?(?:by|with|using|von|par"
        r"|por) (?:an? |the |our |eine[mr] |une? |una? )?(?:\w+ )?(?:regex\w*|script|parser"
        r"|program\w*|function|machine|json\.parse|skript|programm|code|json)\b",
        r"\b(?:so that|must|should|has to|have to)\b[^\n]{0,20}\bregex[^\n]{0,80}\bmatch"
        r"|\bmatch(?:es|ing)? (?:the |this )?regex|\b(?:literal_eval|safe_load|json\.parse"
        r"|json\.loads|yaml\.load)\b",
        r"\b(?:respond|reply|answer|output|return)\w*\b[^.\n]{0,20}\b(?:using|match\w*|fits?"
        r"|as|with) (?:this|the following|an? instance of) (?:\w+ )?(?:model|class|interface"
        r"|type|struct|schema|xsd|dtd|grammar|dataclass)\b|\b(?:assigned|written|saved"
        r"|copied) (?:in)?to an? (?:variable|file|column|cell|field)\b|\bmy (?:script|program"
        r"|code|parser|regex) (?:\w+ )?(?:extracts|expects|takes|splits|(?:reads|parses) (?:it"
        r"|your|the (?:reply|answer|output)))\b|\b(?:python|javascript|js|json|ruby|rust|go"
        r"|php|java|lua) (?:\w+ )?(?:list|array|dict\w*|object|map|literal"
        r"|tuple)(?: literal)?; ?no\b|\b(?:array|dict|list|object|tuple) literal\b",
        r"\bjson code fence\b|\bkeep to (?:these|the) fields\b",
    ),
)
