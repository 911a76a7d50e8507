"""English wishes for an answer in one piece of some form."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .en_words import (
    BEGIN,
    DATA,
    DATA_SHAPE,
    DOER,
    PROGRAMMING,
    REPLIES,
    TO_BE,
    VALID,
    WANT,
)

_ABOUT_DATA = rx(
    DOER,
    r"\b(?:(?:stor|sav|serv|encod|export|import|pars|exchang|represent|handl|log|validat|migrat)"
    r"(?:e|es|ed|ing|s|ging|ged)?|(?:send|deliver|read|fil|convert|turn|us|deal|work|load|transform|mov|writ|"
    r"creat|keep|process|receiv|pass)(?:es|ed|ing|s)|return(?:s|ing)|sent|written|(?<!\Acan )(?<!\Acould "
    r")(?<!, can )(?<!, could )\b(?:to|i|we|can) (?:convert|"
    r"turn|transform|write|create|use|send|work|deal|keep|read|load|get|return))(?: "
    r"(?!please\b)[\w'-]+){0,4} ?\Z",
    r"\b(?:errors?|data types?|types?|comments?|tags?|elements?|attributes?|keys?|values?|strings?|arrays?|"
    r"objects?|syntax|characters?|fields?|columns?|rows?|loops?|dates?|nulls?|escaping|nesting|indentation|"
    r"quotes?|equations?|numbers?|variables?|namespaces?|nodes?|entities|forms?|links?|images?|headings?|"
    r"pages?|books?|files|data|experience|mistakes?|problems?|exports?|imports?|changes|allowed|possible|"
    r"supported|written|used|people|developers|engineers|teams)"
    r"(?: (?:exist|work|correctly|properly|is|are|be|and \w+))? ?\Z",
    r"\b(?:given|provided|supplied|attached|received|comes?|arrives?|available)(?: to you| here| below)? ?\Z",
    r"\b(?:json|yaml|csv|xml|html|toml|svg),?(?: (?:and|or|to|over|vs\.?|versus))?[ ,]*\Z",
)
_ABOUT_TABLES = rx(
    DOER,
    r"\b(?:rows?|columns?|cells?|records?|data|values?|entries|elements?|duplicates?|keys?|index(?:es)?|"
    r"chairs?|meals?|seats?|place|settings?|fields?|numbers?|stor(?:e|ing)|keeping|sorting|typical|find|read)"
    r"(?: (?:are|is|stored|used|from))? ?\Z",
    r"\b(?:on|in|from|into|has|have|over|to|for|of) (?:a )?\Z",
)

FORM = (
    WishPattern(
        "form",
        rx(
            rf"\b(?:as|in|into|to|via|with) {VALID}{{0,3}}{DATA}\b(?:[- ]{DATA_SHAPE})?",
            rf"\b(?:only|just|nothing but|strictly|(?<!of )(?<!for )(?<!by )(?<!when )(?<!are )(?<!with "
            rf")using|exclusively) {VALID}{{0,2}}{DATA}\b",
            rf"\b{DATA}(?: only|,? please)\b|{BEGIN}(?:please )?(?:use|follow|with) (?:this|the following|"
            rf"my) {DATA} (?:schema|format|structure|template)\b|{BEGIN}{VALID}{{0,2}}{DATA}(?: "
            rf"[\w-]+){{1,3}},? (?:only|please)\b|"
            rf"\bmake (?:it|this|that|them) {VALID}{{0,3}}{DATA}\b|{BEGIN}(?:please |just |only |and |"
            rf"always )*use "
            rf"{VALID}{{0,3}}{DATA}\b",
            rf"\b(?:format|output|response|reply|answer|return type)(?: format)? ?[:=] "
            rf"?{VALID}{{0,2}}{DATA}\b",
            r"\b(?:return|output|produce|emit|print|provide|give (?:me|us)|respond with|reply with|answer "
            r"with|"
            rf"generate|write|create|send(?: me)?|(?:want|need|prefer|like|get|have)(?: it| this| that| them|"
            rf" the \w+)?(?: in| as)?) {VALID}{{0,3}}{DATA}\b(?! (?:over|or|vs|versus|parser|better|and|"
            rf"is)\b)",
            rf"{BEGIN}{VALID}{{0,2}}{DATA}[- ](?:format(?:ted)?|object|array|output|response|list)\b",
            rf"\b{REPLIES} {TO_BE} {VALID}{{0,3}}{DATA}\b",
            rf"\bi mean (?:as |in )?{DATA}\b",
            rf"{BEGIN}{DATA}(?:[.!]*(?=\Z|\n)|,? (?:no|without)\b)|\A{DATA} ?(?:[:–-]|,(?! (?:\w+,|and|or)))",
            rf"(?:->|=>|→) ?{DATA}\b|\A(?:an? )?{DATA} (?:with|of|listing|for) the\b",
            r"\b(?:as|in|return|use|with) (?:an? |one |single |simple )*(?P<value>csv|comma[- ]separated)(?: "
            r"list| values| line)\b",
        ),
        not_after=_ABOUT_DATA,
        cue=rx(r"json|yaml|yml|csv|tsv|xml|html|toml|latex|svg|comma"),
    ),
    WishPattern(
        "form",
        rx(
            r"\bcomma[- ]separated\b(?=[ ]?(?:[.!,;)]|\Z|please|list|values|on one))",
            r"\bseparated (?:by|with) (?:commas|semicolons)\b",
        ),
        "csv",
        not_after=rx(DOER, r"\b(?:using|of|reading|with) ?\Z"),
        cue=rx(r"separated"),
    ),
    WishPattern(
        "form",
        rx(
            r"\b(?:as|in|into|using|with|to) (?:an? |one |simple |small |markdown |md |comparison |"
            r"comparative |html |neat |nice |clear |short |ascii |plain |proper |single |little |compact |"
            r"big |side[- ]by[- ]side |[\w-]+-column |\w+ by \w+ |pros/cons )*"
            r"(?:tabular form(?:at)?|table form(?:at)?|table|grid|spreadsheet|matrix|chart)\b"
            r"(?! (?:manner|of contents|tennis|below|above|salt|for (?:two|four|six)|setting|lamp|read))",
            r"\b(?:make|draw|create|give me|show me|build|produce|output|return|write|generate|draw up|set "
            r"up|"
            rf"put together|use|compile|prepare|provide|(?:i|we) ?{WANT}(?: it as| this as| to (?:have|see|"
            rf"get))?) "
            r"(?:me |us )?(?:an? |one )(?:simple |small |markdown |comparison |html |neat |nice |clear |"
            r"short |big |comparative |overview |summary |side[- ]by[- ]side |proper |quick |[\w-]+-column )*"
            r"(?:table|comparison chart)\b(?! (?:for \w+ at|for (?:two|four|six)|at|tennis|saw|lamp|top|"
            r"cloth|manners|in the|reservation|\w+ ?\())",
            r"(?:->|=>|→) ?(?:an? )?table\b|\A(?:an? )?(?:comparison |short )?table (?:of|with|comparing)\b",
            r"\b(?:a )?table (?:with|of) (?:[\w-]+ ){0,2}(?:columns|rows)\b",
            r"\b(?:markdown|comparison|side[- ]by[- ]side|html) (?:table|chart)\b(?= ?(?:please|only|[.!,]|"
            r"\Z|with|of|comparing))",
            rf"\btabular(?! data\b| models?\b)\b|\btable(?: form)?(?:at)?,? please\b|{BEGIN}(?:a )?(?:table "
            rf"form(?:at)?|"
            r"table)(?=[.!)]*\Z|[.,] |\n| please| with| of the)|\btabulate\b",
            r"\b(?:an?|one) (?:[\w-]+ ){0,2}(?:table|grid|chart|spreadsheet|matrix) (?:would|will|is|might|"
            r"works) "
            r"(?:be )?(?:lovely|appreciated|wonderful|cool|neat|useful|handy|easiest|great|good|nice|best|"
            r"fine|helpful|perfect|ideal|"
            r"enough|do|help)\b",
            r"\b(?:with|in|as|use|using|only) (?:nothing but |only |markdown |html )*tables\b(?= only| "
            r"please|[.!,;]|\Z)",
            r"\b(?:in|into|with|using) (?:two|2|three|3|four|4) (?:side[- ]by[- ]side )?columns\b",
            rf"\b(?:{REPLIES}|everything you (?:answer|write|say)) {TO_BE} (?:an? |in |as |the )?(?:\w+ "
            rf")?(?:table|tables|table form)\b",
            r"\bmake (?:it|this|that|them) (?:into )?(?:an? )(?:[\w-]+ ){0,2}?(?:table|grid|spreadsheet|"
            r"chart)\b",
            r"\A(?:comparison )?table ?[:–-]|\bwith (?:the |these )?columns\b(?= for|:|,| [\w-]+)|\b(?:two|"
            r"three|2|3)-column (?:layout|format|view|overview)\b|\bas tables(?= from|[.!,]|\Z)|\b(?:do|use|"
            r"make|send me|give me|stick to|switch to|go with|"
            r"want|i (?:prefer|like|love)) "
            r"(?:only |just |markdown )*tables(?= from| please| again|[.!,]|\Z)",
            rf"{BEGIN}(?:only |just |always |markdown |use )*tables (?:for|only for) (?:every|all|each|any|"
            rf"everything)\b",
        ),
        "table",
        not_after=_ABOUT_TABLES,
        cue=rx(r"\b(?:tab|grid|spreadsheet|matrix|chart|columns)"),
    ),
    WishPattern(
        "form",
        rx(
            rf"\b(?!(?:in|with|using) (?:{PROGRAMMING} )?code\b(?! block| snippet))(?:as|in|into|with|using|"
            rf"return|output|"
            r"produce|only|just|give me|send|write) "
            rf"(?:an? |one |single |fenced |valid |the |nothing but |simple |only )*(?:{PROGRAMMING} )?"
            r"(?:code block|code snippet|(?<!in )(?<!with )(?<!using )code(?! golf)|list literal|dict|"
            r"dictionary literal|tuple|array "
            r"literal|enum|dataclass|mermaid diagram|mermaid|flow ?chart|mind ?map|ascii art|regex|"
            r"one-?liner script)\b(?! (?:review|quality|of|editor|reviews|style|base|only because))",
            rf"(?:\b(?:as|into|return|output|give me)|{BEGIN}(?:please )?(?:write|create|make|build|"
            rf"generate)(?: me)?) "
            rf"(?:an? |the |some )?(?:valid |short |small |simple )*{PROGRAMMING} "
            r"(?:list|dict(?:ionary)?|object|array|tuple|set|map|struct|enum|constant|variable|code|syntax|"
            r"function|class|script|program|snippet|comments?|query|statement|"
            r"macro|command)\b",
            rf"{BEGIN}(?:please )?(?:write|create|make|build|generate)(?: me)? an? (?:short |small |simple )*"
            rf"(?:script|program|function|query|macro|regex) (?:that|which|in {PROGRAMMING})\b",
            r"\b(?:answer|reply|respond|solution|explained?|it|this|that|them) in (?:pure )?code\b",
            r"\b(?:just|only|nothing but|exclusively) (?:the )?code\b(?! (?:review|quality|because))",
            rf"\bcode(?:[- ]block)? only\b(?! because)|{BEGIN}(?:just |only )?(?:the )?code,? (?:please|"
            rf"no\b)",
            r"\b(?:draw|make|create|sketch) (?:me )?(?:an? )(?:mermaid |ascii |simple )*(?:diagram|mind ?map|"
            r"flow ?chart)\b",
        ),
        "code",
        not_after=rx(DOER, r"\b(?:written|treated|run|expressed|seen|managed|infrastructure|defined) ?\Z"),
        cue=rx(
            r"\b(?:code|dict|tuple|enum|script|program|function|query|macro|dataclass|mermaid|flow|mind|"
            r"diagram|ascii|regex|one-?liner|array|"
            rf"list literal)|\b(?:{PROGRAMMING}) \w"
        ),
    ),
    WishPattern(
        "form",
        rx(
            rf"\bin (?:an? |the )?(?:valid )?{PROGRAMMING} (?:list|dict(?:ionary)?|object|array|tuple|set|"
            rf"map|"
            r"struct|enum|constant|variable|code|syntax|function|class)\b",
        ),
        "code",
        not_after=rx(DOER, r"\A(?:so |and )?(?:what|which|why|where|when|who)\b[^,:;(]*\Z"),
        cue=rx(rf"\bin (?:an? |the )?(?:valid )?{PROGRAMMING} \w"),
    ),
)
