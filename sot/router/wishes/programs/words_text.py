"""Words by which a text is to be translated, rewritten or rated."""

from __future__ import annotations

from .sign import RATING, REWRITE, TRANSLATE, WordSign, word_sign
from .vocabulary import OBJECT, STRONG, WEAK, near

# A language as an end of a translation
_LANGUAGE = (
    "(?:english|german|french|spanish|italian|dutch|japanese|chinese|korean|polish"
    r"|russian|portuguese|swedish|turkish|arabic|englisch\w*|deutsch\w*|franz[öo]sisch\w*"
    r"|spanisch\w*|anglais|allemand|fran[çc]ais|espagnol|ingl[ée]s|alem[áa]n|espa[ñn]ol"
    "|franc[ée]s|italiano)"
)
_YOU = (
    r"(?:\A|[\n.] ?)(?:you|du|sie|tu|vous|usted)(?: are to| will| must| only| just"
    "| simply)? "
)

TEXT_WORDS: tuple[WordSign, ...] = (
    # Translations
    word_sign(
        TRANSLATE,
        (2, 3),
        r"\b(?:translates?|transliterates?)\b"
        + rf" (?:{OBJECT}|into|to|from|it\b|them\b|everything|whatever|anything)",
        r"\b[üu]bersetze?n?\b[^.\n]{0,60}\b(?:ins?|auf|aus)\b"
        r"|\btraduis(?:ez)?\b[^.\n]{0,60}\b(?:en|vers|du)\b|\btraduce\b[^.\n]{0,60}\b(?:al?"
        r"|del)\b",
        order=True,
    ),
    word_sign(
        TRANSLATE,
        (1, 3),
        r"(?:\A|[.\n] ?)(?:from )?(?:english|german|french|spanish|italian|dutch|japanese"
        r"|chinese|korean|polish|russian|portuguese) (?:to|into|->|=>|→) ?(?:\w+ )?(?:english"
        "|german|french|spanish|italian|dutch|japanese|chinese|korean|polish|russian"
        r"|portuguese)\b|\bdel (?:espa[ñn]ol|ingl[ée]s|franc[ée]s|alem[áa]n) al \w+"
        r"|\bvom? (?:deutschen|englischen|franz[öo]sischen) ins \w+|\b(?:du fran[çc]ais"
        "|de l'anglais|de l'allemand) (?:vers|en|[àa]) ",
    ),
    word_sign(
        TRANSLATE,
        (2, 3),
        rf"\bfrom {_LANGUAGE} (?:to|into) {_LANGUAGE}|(?:\A|\n)[a-z]{{2}} ?(?:>|->|→|=>"
        rf"|to) ?[a-z]{{2}}\b",
        r"\b(?:everything|whatever|anything|each \w+|alles|tout|todo"
        rf"|cada \w+)\b[^.\n]{{0,40}}\b(?:into|to|in|auf|ins|en|al?) {_LANGUAGE}",
        rf"\b(?:en|al?|auf|in) {_LANGUAGE}\b[^.\n]{{0,20}}\b(?:tout|todo|cada|alles|chaque"
        r"|everything)\b",
        r"\btrad(?:uce|uis) (?:todo|tout|cada|chaque)|\blocali[sz]e [\w ]{3,20} (?:into|to) ",
        rf"\btradu(?:ctor|cteur)\w* d[eu] {_LANGUAGE} (?:a|al|en|vers) {_LANGUAGE}",
    ),
    word_sign(
        TRANSLATE,
        (3, 3),
        r"(?:\A|[.\n] ?)(?:put|say|render|express) (?:this|it|that|the following"
        rf"|the text) (?:in|into) {_LANGUAGE}",
        rf"(?:->|=>|→) ?{_LANGUAGE} ?:",
        r"\bdolmetsche\b|\brender (?:every|each) message in\b",
    ),
    # Texts to be corrected, reworded, transformed
    word_sign(
        REWRITE,
        (0, 3),
        rf"\b(?:{STRONG})\b (?:(?:and|or|,|/|then) ?\w+ ){{0,2}}(?:up |all |the )*{OBJECT}",
        rf"\b(?:{STRONG}|turns?)\b (?:(?:short|informal|natural|plain|spoken|casual|rough|raw"
        rf"|incoming|user|customer|english|german) ){{0,3}}(?:texts?|inputs?|messages?"
        "|sentences|questions|quer(?:y|ies)|prompts?|notes|tickets|lines|drafts?|pronouns"
        r"|requests)\b|resolves? pronouns",
        r"\b(?:return|hand back|give back|send back|output|reply with|respond with) (?:the "
        "|it |a |only |good,? |idiomatic |corrected |improved |user'?s? |same "
        r"|full ){1,6}(?:\w+ ){0,1}(?:text|version|english|sentence|message|translation"
        r"|paraphrase)\b",
        r"\b(?:verbessere|korrigiere|fasse|formuliere|wandle|extrahiere"
        r"|k[üu]rze)\b[^.\n]{0,60}\b(?:text\w*|nachricht|satz|eingabe|frage|anfrage)\b",
        r"\b(?:corrige|reformule|transforme|extrais|r[ée]sume)\b[^.\n]{0,60}\b(?:texte|message"
        r"|phrase|demande|question|requ[êe]te)\b|\b(?:corrige|reescribe|convierte|extrae"
        r"|resume|reformula)\b[^.\n]{0,60}\b(?:texto|mensaje|frase|pregunta|datos|consulta"
        r"|entrada)\b",
        order=True,
    ),
    word_sign(
        REWRITE,
        (0, 2),
        rf"\b(?:{WEAK})\b (?:(?:and|or|,|/|then) ?\w+ ){{0,2}}(?:up |all |the )*(?:{OBJECT}"
        r"|(?:drafts?|prompts?|texts?|inputs?|messages?)\b)",
        order=True,
    ),
    word_sign(
        REWRITE,
        (2, 0),
        r"\b(?:rewrites?|rephrases?|paraphrases?|proofreads?|rewords?|polish|correct|fix"
        rf"|anonymi[sz]e|simplify) (?:spelling of |grammar of )?{OBJECT}",
        r"\b(?:correct|fix) (?:the )?(?:spelling|grammar|typos)\b|\bkeep only the\b"
        r"|\bremove all\b[^.\n]{0,30}\bfrom the text\b",
        order=True,
    ),
    word_sign(
        REWRITE,
        (0, 2),
        _YOU + "(?:tag|caption|title|name|label|classify|categori[sz]e|mark|grade|score|rate|route"
        "|split|fill|translate|locali[sz]e|transliterate|convert|turn|map|match|detect"
        "|extract|rewrite|rephrase|paraphrase|shorten|condense|compress|normali[sz]e|clean"
        "|parse|segment|annotate|moderate|flag|rank|complete|continue|expand|format|correct"
        r"|fix|polish|render|redact|transform|reformat|decide|suggest|generate)\b (?!between"
        "|up to)",
        _YOU + "(?:erzeugst|vergibst|erstellst|schreibst|formulierst|wandelst|[üu]bersetzt"
        "|klassifizierst|ordnest|bewertest|benotest|extrahierst|verschlagwortest|lieferst"
        r"|k[üu]rzt|verwandelst|erg[äa]nzt|zerlegst)\b",
        _YOU + "(?:transformes|traduis|classes|notes|g[ée]n[èe]res|cr[ée]es|extrais|corriges"
        "|reformules|convertis|r[ée]diges|[ée]tiquettes|transformez|traduisez|classez|notez"
        r"|g[ée]n[ée]rez)\b",
        r"(?:\A|[\n.] ?)(?:recibes|traduces|clasificas|conviertes|generas|etiquetas|extraes"
        r"|corriges|reformulas|calificas|transformas|devuelves)\b",
        r"\b(?:zu|for|after) (?:jede[rmn]?|each|every) \w+ (?:lieferst|gibst|erzeugst|you)\b",
    ),
    word_sign(
        REWRITE,
        (2, 3),
        r"\b(?:uppercase|lowercase|capitali[sz]e|reverse|invert|strip|tokeni[sz]e|lemmati[sz]e"
        "|stem|shuffle|decontextuali[sz]e|encode|decode|pluralize|render|dub|censor"
        "|pseudonymi[sz]e|anonymi[sz]e|redact|mask|deduplicate) (?:(?:the|each|every|any|all"
        r"|this|my|whatever) (?:\w+ )?)?(?:input|text|sentence|message|question|string|words?"
        r"|line|final|last|punctuation|user)\b",
        order=True,
    ),
    word_sign(
        REWRITE,
        (0, 2),
        r"\b(?:you (?:will be |are |will get |get )?(?:provided|presented|given"
        "|shown) (?:with )?|content you are provided with )(?:for|an?|some|the|unstructured"
        r"|text|statements?|\w+ (?:text|data|queries|messages|reviews))\b",
        r"\byour (?:task|job) is to (?:\w+ and )?(?:parse|convert|classify|translate|extract"
        "|find|turn|rewrite|write|fix|correct|summari[sz]e|label|detect|decide|identify|rank"
        r"|score|select)\b",
        r"\breplace \w+ (?:\w+ )?with \[|\b(?:produce|make|create|build|generate) an? (?:slug"
        r"|hash|regex|url|id|acronym|abbreviation)\b|\bnext line of the\b",
        r"\b(?:dis|indique|d[ée]cide) si\b|\b(?:pr[üu]fe|entscheide|sag|bestimme),? ob\b"
        r"|\b(?:indica|di|decide) si\b",
    ),
    word_sign(
        REWRITE,
        (1, 2),
        r"\b(?:ohne|sans|sin|without) (?:y |darauf |zu |[àa] |it |to )*(?:antworten"
        r"|r[ée]pondre|responder|contestar|answering)\b|\bsans y r[ée]pondre|\bno la contestes"
        r"|\bnever react\b",
        r"\b(?:last|latest|letzte|derni[èe]re|[úu]ltima) (?:user |nutzer)?(?:turn|frage"
        r"|question|pregunta|nutzerfrage)\b",
        r"\b(?:make|put|rewrite|phrase|rephrase) (?:the )?[\w ]{3,20} (?:below )?(?:in"
        r"|into) (?:\w+ )?new ways",
        r"\b(?:jede|each|every|cada|chaque) (?:nachricht|message|mensaje|frase|phrase|question"
        r"|frage|article|artikel|email|mail|line|query)\b",
    ),
    word_sign(
        REWRITE,
        (0, 1),
        r"\A(?:expand|infer|take|convert|correct|rewrite|summari[sz]e|extract|rephrase|shorten|return"
        r"|give|write|list"
        r"|find|guess|corrige|traduis|reformule|r[ée]sume|retourne|renvoie|traduce|resume|reescribe|escribe"
        r"|[üu]bersetze|korrigiere|k[üu]rze|schreibe?|nenne)\b",
    ),
    word_sign(
        REWRITE,
        (3, 3),
        r"\A(?:convert|anonymi[sz]e|pseudonymi[sz]e|paraphrase|shorten|rewrite|rephrase|capitali[sz]e"
        r"|reverse"
        r"|lemmati[sz]e|tokeni[sz]e|transliterate)\b[^.:\n]{0,40}: ?\S",
    ),
    # Marks, scores, comparisons
    word_sign(
        RATING,
        (2, 3),
        near(
            "rate|rates|score|scores|grade|grades|evaluate|evaluates|judge|rank|ranks|order"
            "|compare|assess|mark|sort",
            r"(?:the|this|these|each|every|how|following|two|both) (?:\w+ ){0,5}?(?:answers?"
            "|responses?|repl(?:y|ies)|essays?|comment'?s?|texts?|snippets?|passages?|documents?"
            r"|quality|toxicity|relevance|outputs?|candidates?|results?|summar\w+|translation"
            r"|assistant'?s?|ai)\b",
            1,
        ),
        r"\bact as an? impartial (?:judge|grader)\b|\bbewerte (?:die|den|das|jede)\b"
        r"|\b[ée]value (?:la|le|les|cette|chaque) (?:r[ée]ponse|texte)|\beval[úu]a (?:la|el"
        "|cada) (?:respuesta|texto)",
        order=True,
    ),
    word_sign(
        RATING,
        (2, 2),
        r"\b(?:from|scale of|scale from|between|von|de|zwischen|entre"
        r"|auf einer skala von) (?:0|1|0\.0|one|zero|eins|un|uno) ?(?:to|-|–|and|und|y|et|bis"
        r"|[àa]|al?) ?(?:3|4|5|10|100|1\.0|1|ten|five|zehn|dix|diez)\b(?![^.\n]{0,5}(?:km"
        "|miles|hours|years|euro|points for))",
        r"\b(?:score|rating|points|relevance|clarity|accuracy) ?\(?(?:0|1) ?(?:-|–|to) ?(?:5"
        r"|10|100)\b|\b1-10\b|\bimpartial\b|\bname the (?:stronger|better|best) (?:one|answer"
        r"|response)|\bwhich (?:one |answer |response |output )?is better, ",
        r"\b(?:your |deine |tu )?(?:score|rating|verdict|puntuaci[óo]n)\b ?[:=]",
    ),
    word_sign(
        RATING,
        (2, 2),
        r"\b(?:note|mark|score|points?|punkte|grade|nota|punktzahl)\b ?[:/] ?(?:x ?/|\d"
        r"|points)|\b(?:points|x)/\d+|\bbar[èe]me ?:|\b(?:marks?|points?|punkten?"
        r"|puntos) ?(?:out of|max)|\bmax(?:imum)? \d+ points|\b(?:helpfulness|quality"
        r"|relevance|fluency|toxicity|similarity) score\b|\bbetter (?:one|answer|response)\b"
        r"|\bsupported\?|\b(?:student|learner|pupil|model|true|expected|reference"
        r"|candidate)(?:'s)? answer ?:|\bverdict line\b|\br[ée]ponse de l'[ée]l[èe]ve"
        r"|\bsch[üu]lerantwort|\brespuesta del (?:alumno|estudiante)",
        r"\b(?:integer|number|zahl|note|punkte)\b[ ,:]{1,2}[01] ?(?:-|–|to|bis|[àa]|y"
        r"|al?) ?\d{1,3}\b",
        r"\bmark (?:pub|quiz|short|student|exam)",
    ),
)
