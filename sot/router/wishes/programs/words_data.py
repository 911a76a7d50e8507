"""Words by which data, queries, commands or actions are to be made of a text."""

from __future__ import annotations

from .sign import ACTION, CODE, COMPLETION, EXTRACT, SEARCH, WordSign, word_sign
from .vocabulary import MAKE, near

DATA_WORDS: tuple[WordSign, ...] = (
    # Facts to be taken out of a text
    word_sign(
        EXTRACT,
        (2, 2),
        r"\bextracts? (?:to|into) \w+|\bextracts? (?:(?:the|all|every|any|each|these|following"
        r"|structured|named|relevant|key) )*(?:\w+[, ]+(?:and |or )?){1,6}(?:from|in|out of"
        r"|mentioned|as)\b",
        r"\bparses? (?:the|this|each|an?) |\bextrahiere\b|\bextrais\b|\bextrae\b|\bextraiga\b"
        r"|\bfill (?:in )?(?:the|this|every|each|\w+_\w+) (?:\w+ )?(?:model|schema|form|field"
        r"|fields|template|\w*_schema|slots|object|json|table|blanks?|gaps?|this in)\b"
        r"|\bfill this\b|\bpull out the\b|\blies den text\b",
        order=True,
    ),
    word_sign(
        EXTRACT,
        (2, 2),
        r"\b(?:knowledge graph|triples|entities ->|named entities|slots?:|atomic (?:claims"
        r"|facts)|key ?= ?value)\b|\b(?:get|use|set|with) null\b|\bfill (?:these|the following"
        r"|in the (?:blank|gap))|\b(?:lies|read) (?:die|the|each|every) (?:mail|e-?mail|text"
        r"|note|message)\b|\bfeldern\b|\bfill (?:both|all)\b|\bpull [\w, ]{3,40} out of\b"
        r"|\bextra(?:is|e) (?:les|los|las|le|la) ",
        r"\b(?:split|break|zerlege|d[ée]coupe|divide) (?:the|den|le|el|this|each) (?:text"
        r"|texte|texto|input|sentence|satz|document)\b",
    ),
    word_sign(
        EXTRACT,
        (2, 2),
        r"(?:identify|find|list|get|collect) (?:every|all|each) [^.\n]{2,60}\b(?:in|from"
        r"|of) (?:the|this) (?:\w+ )?(?:text|paragraph|passage|article|sentence|message|note"
        r"|transcript|email|mail)\b",
        order=True,
    ),
    # Queries, commands, formulas
    word_sign(
        CODE,
        (2, 3),
        near(
            MAKE + r"|convert|turn|transform|translate|turns?|translates?|answer",
            r"(?:(?:\w+ )?(?:one|a|single|valid|one-line) )?(?:(?:syntactically correct "
            r"|correct )?(?:\w*sql\w*|sqlite|mysql|postgres\w*|cypher|sparql|graphql|mongodb"
            "|elasticsearch|kql|promql|jq|bash|shell|regex|regexp|pandas|jql"
            "|lucene)(?: (?:quer(?:y|ies)|statement|command|code|body|one-?liner|expression))?"
            "|regular expression|commit message|git commit|cron expression|shell command"
            "|sql-abfrage|requ[êe]te sql|consulta sql)",
            8,
        ),
        r"\b(?:return|output|reply with|write) (?:only )?(?:one|a single) (?:line|statement"
        r"|command|expression) of \w+",
        order=True,
    ),
    word_sign(
        CODE,
        (2, 2),
        r"\bcron expression\b|\bregular expression for\b|\bgit diff\b"
        r"|\bconventional commits?\b|\bcommit messages?\b[^.\n]{0,40}\b(?:diff|staged"
        r"|changes)\b",
    ),
    word_sign(
        CODE,
        (2, 3),
        r"\b(?:requests?|questions?|fragen|language|petici[óo]n|preguntas|instructions?) (?:in"
        r"|into|to|en|an|un) (?:\w+ ){0,3}?(?:\w*sql\w*|bash|shell|ffmpeg|git|curl|jq|regex"
        r"|cypher|awk|sed|commands?|calls?)\b",
        r"\b(?:linux|shell|bash|git|terminal|unix|powershell)[- ]?(?:befehl|command"
        r"|kommando)\b|\b(?:commande|comando)s? (?:shell|linux|bash|git|de git|unix)\b"
        r"|\bsql out\b|\bdialect: ?\w|\bfragen in sql\b",
    ),
    word_sign(
        CODE,
        (2, 2),
        r"\bone-?liner\b[^.\n]{0,20}\(\w+\)|\b(?:excel|sheets|spreadsheet) formula\b"
        r"|\btext-to-\w+\b|\buci notation\b|\b(?:tables?|tablas?|tabellen?|graph|schema)(?: is"
        r"| are)?: ?\w+ ?\(",
    ),
    # Search queries and questions that stand alone
    word_sign(
        SEARCH,
        (2, 3),
        near(
            MAKE + r"|rewrite|rephrase|convert|turn|transform|split|reformulate|split|transforme",
            "(?:(?:web|internet|google|image|youtube|retrieval|vector|database) )?(?:search"
            "|retrieval|google|search engine) ?(?:quer(?:y|ies)|strings?|terms?|keywords"
            "|phrases?)|(?:web |search )?quer(?:y|ies)|suchanfragen?|suchbegriffe?"
            "|requ[êe]tes?(?: de recherche)?|consultas? de b[úu]squeda",
            8,
        ),
        order=True,
    ),
    word_sign(
        SEARCH,
        (2, 2),
        r"\b(?:search engine|bm25|vector (?:store|database|search|db)|vectorstore|retriever"
        r"|retrieval|web search|stop ?words|semantic search|embedding)\b",
        r"\bboolean (?:search|expression|query)\b|\bfull-text search\b|\bsuchmaschine\b"
        r"|\bmoteur de recherche\b|\bmotor de b[úu]squeda\b",
    ),
    word_sign(
        SEARCH,
        (3, 3),
        r"\b(?:question|query) re-?(?:writer|phraser)\b|\bstand-?alone (?:question|query"
        r"|version)\b|\bhypothetical (?:document|answer|passage|paragraph)s?\b"
        r"|\bstep-?back (?:question|query)?\b|\bquestion rephraser\b|\b(?:generate|write"
        r"|create|produce) \w+ (?:different |alternative )?(?:versions|variants|reformulations"
        "|paraphrases) of the (?:given |user |user's |original )*(?:question|query)"
        r"|\beigenst[äa]ndige[nr]? (?:frage|suchanfrage)|\bquestion autonome\b"
        r"|\bpregunta (?:independiente|aut[óo]noma)\b",
    ),
    word_sign(
        SEARCH,
        (2, 2),
        r"\b(?:keywords|key ?terms|terms|suchbegriffe|mots-cl[ée]s|palabras clave"
        r"|w[öo]rter) (?:for|pour|para|f[üu]r|to|in)\b[^.\n]{0,20}\b(?:search|google|bing"
        r"|suche|recherche|busca\w*|buscar)|\b(?:in|en) (?:suchbegriffe|mots-cl[ée]s"
        r"|palabras clave|such\w+)\b|\bwiden recall\b|\bparaphrases that\b",
        r"\bstands? alone\b|\bself-contained\b[^.\n]{0,40}\b(?:resolv|referenc|without)"
        r"|\b(?:ohne|sans|sin) (?:den |le |el )?(?:kontext|verlauf|contexte|contexto|historial"
        r"|historique)\b|\bpor s[íi] sola\b|\bfresh information\b|\b(?:need"
        r"|require)s? (?:\w+ )?(?:information|data|facts)? ?from the (?:internet|web)\b",
    ),
    # Tools and actions
    word_sign(
        ACTION,
        (3, 3),
        r"\b(?:one|a single|exactly one|1) (?:command|action|tool|tool call|function call"
        r"|function)(?: call)? (?:per|at a time|each)\b|\bcall(?:ing)? final_answer\b"
        r"|\btool_input\b|\bfinal_answer\b|\baction[ _]input\b",
        r"\byou (?:have|are given|are provided with)(?: access to)? (?:the following |these "
        r"|a set of )?(?:tools|functions|function signatures)\b[^.]{0,20}(?:[:.]|within)"
        r"|\b(?:available |your )?tools: ?\w+_?\w*[(:]|\bfunction[- ]calling ai\b",
        r"\b(?:choose|select|pick|decide) (?:on )?(?:the|which|what) (?:next )?(?:agent"
        r"|speaker|role|tool|action|function|worker)\b[^.\n?]{0,40}\b(?:next|should|to)\b",
        r"\bfor each function call\b|\bwrit(?:e|ing) python in\b|\bexactly one (?:tool|action"
        r"|command|function)\b|\bavailable actions\b|\bfunction call only\b"
        r"|\bthe function call\b",
    ),
    word_sign(
        ACTION,
        (3, 3),
        r"\b(?:respond|reply|antworte|responde|r[ée]ponds) (?:\w+ ){0,3}(?:einer|one of"
        "|genau einer|una sola|a|one|single|un seul) (?:single )?(?:aktion|action|call"
        r"|llamada|appel|werkzeug)\b|\bw[äa]hle das (?:passende )?werkzeug\b"
        r"|\belige la herramienta\b|\bchoisis l'outil\b|\bsay who (?:acts|speaks|goes) next\b"
        r"|\bworkers: ?\w",
    ),
    # Texts to be continued
    word_sign(
        COMPLETION,
        (2, 3),
        r"\b(?:continue|complete|finish|auto-?complete) (?:the |this |user's |their "
        r"|my )*(?:text|sentence|line|code|input|message|query|prefix|phrase|word)s?\b"
        r"|\bpredict the next (?:words?|tokens?)\b|\bfill[- ]in[- ]the[- ]middle\b",
        r"\bvervollst[äa]ndige\b|\bcompl[èe]te (?:le|la) (?:texte|phrase)|\bcompleta (?:el"
        "|la) (?:texto|frase)",
        order=True,
    ),
    word_sign(COMPLETION, (3, 3), r"\A(?:the )?next (?:word|token|line|character)s?\b ?[?:.]"),
    word_sign(COMPLETION, (2, 3), r"(?:complete|finish|continue|autocomplete) ?: ?[\"'“\w]", order=True),
)
