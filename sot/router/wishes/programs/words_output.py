"""Words for an answer that is nothing but a value: bare, short, of one unit."""

from __future__ import annotations

from .sign import FUNCTION, WordSign, word_sign
from .vocabulary import ONLY, OUTPUT, THING

# A number of words or characters that only a label, a title or a line of a form has
_FEW = (
    "(?:[1-9]|1[0-5]|one|two|three|four|five|six|seven|eight|ten|ein|zwei|drei|vier"
    "|f[üu]nf|sechs|sieben|acht|zehn|un|une|deux|trois|quatre|cinq|six|sept|huit|dix|dos"
    "|tres|cuatro|cinco|seis|siete|ocho|diez)"
)
_WORDS = r"(?:words?|terms?|tokens|w[öo]rtern?|begriffe?n?|mots?|palabras|t[ée]rminos)"
_CHARS = r"(?:characters?|chars?|letters|zeichen|buchstaben|caract[èe]res|caracteres|letras)"
_MOST = (
    r"(?:max(?:imum|imal|\.)?|at most|more than|up to|under|below|no (?:more|longer) than"
    "|fewer than|less than|within|<=|≤|limit(?: of)?:?|h[öo]chstens|bis zu|au plus"
    "|maximum|m[áa]ximo|como m[áa]ximo|hasta)"
)
_UNIT = (
    "(?:word|token|letter|number|digit|integer|label|command|emoji|icon|line|name|url|id"
    "|character|call|value|query|code|wort|zahl|ziffer|buchstabe|befehl|zeile|emoji|mot"
    "|chiffre|nombre|lettre|commande|ligne|palabra|n[úu]mero|letra|comando|l[íi]nea"
    "|llamada)"
)

OUTPUT_WORDS: tuple[WordSign, ...] = (
    # Nothing but the thing itself, in a few words
    word_sign(
        FUNCTION,
        (2, 2),
        rf"\b(?:{OUTPUT})\b(?: back)?(?: (?:with|me|us|in|by|as))? {ONLY}(?: with| by| in| the"
        "| a| an| one| single| den| die| das| der| le| la| les| el| los| las| un| una| une"
        rf"| your| valid| raw| and| exactly| user's)* (?:{THING})\b",
        rf"\b(?:{OUTPUT})\b(?: with| back)?(?: the| a| one| your| that"
        rf"| its)? (?:\w+ )?(?:{THING})(?: itself| name)? (?:only|alone)\b",
        r"\b(?:reply|respond|answer|return|print|output|emit|send|write|give"
        "|say)(?: back)?(?: with)?(?: exactly| only)? (?:one|a single|exactly one"
        "|1)(?: single)? (?:word|token|letter|number|digit|label|operation|command|emoji|name"
        r"|integer|line|url|id|character|paraphrase|title|query|value)\b",
        order=True,
    ),
    word_sign(
        FUNCTION,
        (2, 2),
        rf"\b{ONLY} (?:{OUTPUT})\w*(?: with| by| back| the| a| an| one| valid| lowercase| short"
        rf"| raw| single)* (?:{THING})\b|\b(?:{THING})(?: name)? only(?: ?[:.,;)\n]|\Z)",
    ),
    word_sign(
        FUNCTION,
        (1, 2),
        r"(?:outputs?|emits?|prints?|echo|returns?)\b (?!to\b"
        r"|of\b)(?![^.\n]{0,40}\b(?:markdown|answers?|responses?|html|headings|details?"
        r"|information|links?)\b)",
        order=True,
    ),
    word_sign(
        FUNCTION,
        (1, 2),
        rf"(?:\A|[.!?:;,\n] ?){ONLY} (?:the|an?|den|die|das|la|le|el) \w+(?: \w+)?[.!]?(?:\n"
        r"|\Z)|\bone (?:sentence|line|word)\.?(?:\n|\Z)",
    ),
    word_sign(
        FUNCTION,
        (1, 2),
        r"\b(?:and )?nothing else\b|\b(?:no|without|do not (?:add|include|write|give)"
        "|don't (?:add|include|write|give)|never (?:add|include)) (?:any )?(?:other "
        "|additional |extra |further )?(?:explanations?|commentary|comments?|preamble|prose"
        "|lead-in|quotes?|quotation marks|code fences?|markdown|punctuation|full stop|text"
        r"|intro\w*|anything)\b",
        rf"\b{ONLY} (?:the|a|an|den|die|das|le|la|el) (?:{THING})\b",
        r"\bno quot(?:es|ation)",
        r"\bbare(?:ly)?\b(?=[ .,;]|\Z)(?! (?:minimum|feet|hands|bones|essentials|necess\w+"
        "|in mind))",
        r"\bnothing (?:more|besides|before|after|around)\b|\b(?:and )?no more\.(?:\n|\Z)"
        r"|\b(?:anything|everything) (?:else|but|outside|other)\b[^.\n]{0,40}\b(?:dropped"
        "|ignored|discarded|lost|breaks?|fails?|understood)",
        r"\bno (?:(?:trailing|leading|final|closing|surrounding) )?(?:periods?|punctuation"
        "|full stops?|newlines?|line breaks?|backticks?|prefix(?:es)?|labels?|sentences"
        r"|units?|emojis?,|numbers?|numbering|words?)\b(?= ?(?:[.,;)\n]|or\b|at\b|\Z))",
        r"\bsonst nichts\b|\bnichts (?:weiter|anderes|sonst|dazu)\b|\b(?:ohne"
        r"|keine?n?) (?:\w+ )?(?:erkl[äa]rung|kommentare?|punkt am ende|satzzeichen|nummern"
        r"|nummerierung|anf[üu]hrungszeichen|text)\b",
        r"\bpas de (?:phrase|texte|ponctuation|guillemets|commentaire|point final)s?\b"
        r"|\brien (?:d'autre|de plus|autour)\b|\bsans (?:explication|comment(?:aire|er)|texte|point"
        "|ponctuation|guillemets|phrase|num[ée]ro)",
        r"\bnada m[áa]s\b|\bsin (?:explicaci[óo]n|comentario|texto|punto final|comillas|puntuaci[óo]n"
        r"|n[úu]meros|responder)\b",
        r"\b(?:nur|ausschlie[ßs]+lich) (?:de[nmr]|die|das|mit|ein(?:e[nmr]?)?"
        r"|als)\b[^.\n]{1,40}",
        r"\b(?:uniquement|seulement) (?:avec |par )?(?:le|la|les|un|une)\b|\bseule?s? (?:le|la"
        r"|les)\b|\b(?:s[óo]lo|solamente|[úu]nicamente) (?:con )?(?:el|la|las|los|un|una)\b",
        r"\b(?:digits?|integers?|numbers?|names?|values?|codes?|letters?|list|yaml|json|sql"
        r"|xml|csv|html)(?: \w+)? only\b|\bonly its (?:return )?\w+",
    ),
    word_sign(
        FUNCTION,
        (1, 2),
        r"(?:\A|[.:;,!?\n(] ?)(?:the |a )?(?!bullet|english|points|facts|answers?|short"
        r"|headings)\w+(?: [\w-]+)? (?:only|alone)(?:,? please)?(?:[.:!;,)]|\n|\Z)",
        r"(?:\A|[.:;,!?\n] ?)(?:just|only) (?:the|an?|one) (?!bullet|list|facts"
        r"|short)\w+(?: \w+)?[.!]?(?:\n|\Z)|\bjust one[.!]?(?:\n|\Z)|\b(?:one"
        r"|single)[- ]word answer|\bno (?:spaces|extension|notes|talk|chat|operators"
        r"|code fences?)\b",
    ),
    word_sign(
        FUNCTION,
        (1, 1),
        rf"\b{_FEW} (?:or|ou|oder|o) {_FEW} {_WORDS}|\b\d{{1,3}} {_CHARS}[,.]",
        rf"\b{_MOST} (?:\w+ )?{_FEW} {_WORDS}|\b{_FEW} {_WORDS} (?:or (?:less|fewer)|max\w*"
        rf"|at most|each)\b|\b{_FEW} ?(?:-|–|to|bis|[àa]|a) ?{_FEW} {_WORDS}"
        rf"|\b{_MOST} (?:\w+ )?\d{{1,3}} {_CHARS}|\b\d{{1,3}} {_CHARS} (?:or|max|at most|each"
        r"|so)\b|\bmax(?:imum|\.)? (?:hashtags|tags|keywords|labels"
        rf"|terms)(?: ?\(?\w+\)?)? ?[:=] ?\d|(?:≤|<=) ?\d+ ?{_CHARS}",
        rf"\bintitul[ée] de {_FEW} |\b(?:character|word|length) limit ?[:=]? ?\d",
    ),
    word_sign(
        FUNCTION,
        (1, 2),
        rf"(?:\A|[.:;,?!\n] ?){_FEW} (?:single )?{_UNIT}s?\b[^.\n]{{0,12}}[.!]?(?:\n|\Z"
        r"|(?<=\.) )",
        r"\b(?:exactly|genau|exactement|exactamente) (?:one|an?|eine?[mnr]?|une?"
        rf"|una?) (?:single )?{_UNIT}\b",
        r"\b(?:reply with|respond with|return|print|name|output|state|give) the (?:tool|button"
        "|result|id|index|action|name|number|score|label|value|option|winner|category|route"
        r"|agent|profile)\b(?: to \w+)?[.!]?(?:\n|\Z)",
        r"\b(?:two|three|2|3)-letter code\b|\b(?:reply|answer"
        rf"|respond) with the (?:\w+[- ])?{_UNIT}\b",
    ),
    # The thing alone
    word_sign(
        FUNCTION,
        (3, 3),
        r"\b(?:output|return|print|send(?: back)?|give back) the (?:\w+ )?(?:sentence|line|phrase"
        r"|formula|command|"
        r"word|value|name|query|snippet|text|regex|pattern) (?:alone|only|by itself)\b",
        r"\b(?:la|le) (?:formule|requête|commande|regex|phrase|valeur) seule\b|\bseulement la"
        r" (?:formule|requête|"
        r"commande)\b|\b(?:solo|únicamente|solamente) (?:la|el) (?:fórmula|consulta|comando|expresión"
        r"|valor)\b"
        r"|\bnur (?:die|den|das) (?:formel|abfrage|befehl|regex|wert|ausdruck)\b",
    ),
    # The question is material, not asked
    word_sign(
        FUNCTION,
        (3, 3),
        r"\b(?:do not|don't|never) (?:answer|respond to|reply to) (?:it|them|the (?:question|user"
        r"|message|text))\b"
        r"|\bwithout answering\b|\bohne (?:sie|die frage|darauf) zu (?:beantworten|antworten)\b"
        r"|\bsans y? ?répondre\b|\bsin (?:responder|contestar)(?:la|lo|le)?\b",
    ),
    word_sign(
        FUNCTION,
        (1, 3),
        r"\b(?:eingabe|entr[ée]e|entrada|input|in)\b ?:? ?(?:an?|the|one|ein\w*|une?"
        r"|una?) [^\n]{2,40}[,.;] ?(?:ausgabe|sortie|salida|output|out)\b",
        r"\b\w{3,20} in, [\w ]{2,30} out\b|\b(?:inputs?"
        r"|your input fields are) ?:?[^\n]{2,60}\n?[^\n]{0,20}\boutput(?:s| fields)?\b",
        r"\b(?:recibes|recibir[áa]s|tu re[çc]ois|vous recevez|du bekommst|du erh[äa]ltst"
        r"|you (?:get|receive)) [^.\n]{3,40}\b(?:y|et|und|and) (?:du |tu )?(?:devuelves"
        "|respondes|renvoies|gibst|return|reply)",
    ),
)
