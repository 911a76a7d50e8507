"""English wishes about the points: their number and their marks."""

from __future__ import annotations

from ..wish import Wish, WishPattern, rx
from .en_words import (
    ABOUT,
    ADJECTIVES,
    AFTER,
    BEGIN,
    BOUND,
    END,
    LEAST,
    MOST,
    POINT,
    POINTS,
    RANGE,
    REPLIES,
    UNITS,
    N,
)

_PROSE = Wish("form", "prose")
_GIVE = (
    r"(?:list|name|give|tell|suggest|provide|write|share|describe|explain|mention|need|want|show|offer|"
    r"recommend|identify|state|find|think of|come up with|brainstorm|discuss|outline|present|propose|pick|"
    r"choose|get|have|see|know|love|like|hear|read|make(?: it)?|in|with|as|into|collect|generate|"
    r"summari[sz]e (?:it |this )?(?:in|with|as)|stick to|(?:limit|keep|restrict|cut) (?:(?:it|them|yourself|"
    r"things|"
    r"(?:your |the |all |every )*(?:answers?|list|repl(?:y|ies)|responses?)) )?to)"
)
_TO_ME = (
    r"(?: (?:me|us|my team|them|him|her|it|at|of|out|for me|please|to me|down|up|here|also|just|only|exactly|"
    r"about|around|the|my|your|some|roughly|a list of|a total of|something like))*?"
)
_TOP = r"(?:the )?(?:(?:top|best|main|first|most important|biggest|key|leading) )?"
_PLURAL = (
    rf"(?!{UNITS}\b)(?:(?!(?:and|or|of|for|to|in|that|per|pros|{UNITS})\b)[\w'-]+ "
    rf"){{0,2}}?(?!{UNITS}\b)[\w'-]{{3,}}(?<!s)s\b(?<!'s)"
)
_NUMBER = rx(
    r"\d|\b(?:one|single|two|couple|pair|three|four|five|six|half|seven|eight|nine|ten|eleven|twelve|dozen|"
    r"fif|twenty|thirty|fort|hundred)"
)

POINTS_ASKED = (
    WishPattern(
        "count",
        rx(
            rf"\b{_GIVE}{_TO_ME} ?(?:{MOST} |{LEAST} )?{_TOP}{RANGE} {ADJECTIVES}(?!{UNITS}\b){POINTS}\b",
            rf"\b(?:list|name|give|tell|suggest|share|describe|mention|recommend|identify|state|brainstorm|"
            rf"outline|generate)(?: (?:me|us|just|only|exactly|about|around|at))* (?:{MOST} |{LEAST} "
            rf")?{_TOP}{RANGE} {_PLURAL}(?! (?:each|per))",
            rf"\bwhat (?:are|were|would be|could be|might be) (?:the |some |your |my |our )?(?:top |best |"
            rf"main |first |most )*(?:{MOST} |{LEAST} )?{RANGE} {ADJECTIVES}{POINTS}\b",
            rf"(?:\A|[:,;(–—-] |\(|\b(?:and|please|or|then|in|as|with) )(?:{MOST} ?|{LEAST} ?|{ABOUT} "
            rf"?)?(?:the )?(?:my )?{_TOP}{RANGE} {ADJECTIVES}{POINTS}\b(?! (?:ahead|behind|clear|off|down|up|"
            rf"dropped|lead))",
            rf"(?<=[.?!] )(?:{MOST} |{LEAST} |{ABOUT} )?{RANGE} {ADJECTIVES}{POINTS}\b(?:{AFTER}|{END}|(?= "
            rf"(?:with|each|"
            rf"in|per|all)\b))",
            rf"\b(?:just|only|give me|tell me|name|list|want) (?:the |your ){RANGE} (?:very )?(?:best|main|"
            rf"biggest|"
            rf"key|(?:most )?important|worst){END}",
            rf"\A(?:what|which) (?!one\b|1\b){RANGE} {_PLURAL} (?:do|does|should|would|can|could|must|"
            rf"will)\b",
            rf"\b(?:top|best|leading|key|main|most important|biggest) {RANGE} {ADJECTIVES}{POINTS}\b",
            rf"\b{REPLIES}(?: (?:must|should|always|will|shall|only|has to|have to|needs? to))* (?:has|have|"
            rf"contains?|"
            rf"consists? of|comprises?|includes?|is|are|be|lists?|gives?|names?) (?:{MOST} |{LEAST} |"
            rf"{ABOUT} )?{RANGE} "
            rf"{ADJECTIVES}{POINTS}\b",
            rf"\btop[- ]{N}\b(?! (?:percent|%|\d))",
            rf"\bwhat {RANGE} {ADJECTIVES}{POINTS}\b",
            rf"\b{BOUND} (?:points |of them )?(?:in all|in total|altogether|overall)(?=[ ]?(?:[.,;!)]|\Z))",
            rf"\b(?:are there|there are) {RANGE} {ADJECTIVES}{POINTS}\b(?=[^.]{{0,40}}\?)",
            rf"{MOST} {N} {ADJECTIVES}{POINTS}\b",
            rf"\A{_TOP}(?!one\b|1\b){RANGE} {_PLURAL} (?:for|to|that|about|under|i can|everyone|every \w+|"
            rf"you|in)\b(?=[^.?!\n]{{0,80}}[.!]?\Z)",
        ),
        sure=True,
        cue=_NUMBER,
    ),
    WishPattern(
        "count",
        rx(
            rf"{BEGIN}(?:please |only |just |make it |limit (?:it|yourself|the list) to |stick to |in |with |"
            rf"exactly )*{BOUND} (?:entries|sections|headings|"
            r"(?:(?:of them|or so|of those) )?(?:(?:will|would|should|is|are|might)(?: be)? (?:do|enough|"
            rf"fine|plenty|ok|"
            rf"okay|sufficient|suffice|great|perfect|all i need)|suffices?))\b",
            r"\b(?:pick|choose|give me|tell me|name|list|just|only|want|need|select)(?: (?:out|me|only|"
            rf"just))* (?:the "
            rf"|your )?{RANGE} (?:[\w-]+ ){{0,3}}?ones\b",
            rf"\b(?:give|tell|name|suggest|share|list|recommend|need|want)(?: (?:me|us|just|only|exactly))* "
            rf"(?P<n>one|a single|1) {ADJECTIVES}(?:{POINT}|book|movie|film|city|place|recipe|thing|person|"
            rf"country|word)\b"
            r"(?![^.?!\n]{0,60}\b(?:each|every|per|at a time)\b)",
            rf"\b(?:name|give me|tell me|what is|what's|pick|state) the (?P<n>single|one) (?:[\w-]+ "
            rf"){{1,2}}?{POINT}\b",
            rf"{BEGIN}(?:please |can you |could you |let's say |say |tell me |and |just |only |make it |"
            rf"name |name me |give me |list |tell me |i (?:only |"
            rf"just )?need |i want |i'd like |"
            r"suggest |pick |limit (?:it|yourself|the list|your answer) to |stick to |keep it to |around |"
            r"about |exactly )+"
            rf"(?:{MOST} ?|{LEAST} ?)?{RANGE}(?: more)?(?: of (?:them|those))?(?=[ ]?(?:[.,;!?):]|\Z|please|"
            rf"and (?:\w+ ){{0,2}}each|with\b))",
            rf"\b(?:limit (?:it|yourself|the list|your answer) to|stick to|keep it to|make it) (?:the "
            rf")?{RANGE}(?=[ ]?(?:[.,;!):]|\Z|please))",
            rf"(?:{BEGIN}|\b){MOST} ?{N}(?=[ ]?(?:[.,;!)]|\Z))",
            rf"{BEGIN}(?!one\b|1\b){RANGE}(?:{AFTER}| of (?:them|these|those)\b| please{END}|, please{END})",
            rf"{BEGIN}(?:just |only )?(?:the |your )?(?!one\b){RANGE} (?:[\w-]+ ){{1,3}}ones{END}",
            rf"{BEGIN}(?:please |just |only |give me |tell me |name )*(?P<n>one|a single|1) "
            rf"{ADJECTIVES}{POINT}(?:{END}|,? please)",
        ),
        cue=_NUMBER,
    ),
    WishPattern(
        "count",  # three each of two: both are counted
        rx(
            rf"\bpros(?= (?:and|&|/) cons\b[^.?!\n]{{0,80}}?[ ,(:-]{N} (?:of )?each\b)",
            rf"(?<=\bpros and )cons\b(?=[^.?!\n]{{0,80}}?[ ,(:-]{N} (?:of )?each\b)",
            rf"\badvantages(?= and disadvantages\b[^.?!\n]{{0,80}}?[ ,(:-]{N} (?:of )?each\b)",
            rf"(?<=\badvantages and )disadvantages\b(?=[^.?!\n]{{0,80}}?[ ,(:-]{N} (?:of )?each\b)",
        ),
        sure=True,
        cue=rx(r"each"),
    ),
    WishPattern(
        "mark",
        rx(
            r"\b(?:as|in|with|using|use|by|into|want|i like|i love|we like|give me|need|only|just|show|"
            r"prefer|put (?:it|them) in) "
            r"(?:a |an |some |short |simple |concise |markdown |clear |nice |the |\w+ "
            r")?(?:bullet(?:ed)?[- ]?(?:points?|form(?:at)?|style)|bullets|"
            r"bullet(?:ed)?[- ]lists?|dashes|hyphens|unordered list|dash list)\b(?! journal)",
            r"\b(?:bullet[- ]?points?|bullets|bullet list|bulleted)(?:,)? (?:please|only|form(?:at)?|style|"
            rf"list|again|ok)\b|{BEGIN}(?:bullet (?:form(?:at)?|style)|dash(?:ed)? list|dashes)(?: please|"
            rf"{END})|\bbullet (?:that|this|it|them)\b",
            r"(?:\A|[,;:(.?!] ?)(?:just |short |some |\d+ |(?!(?:no|not|never|without|avoid|nor|zero)\b)\w+ "
            r")?(?:bullet[- ]?points|bullets|bulleted)\b(?=[ ]?(?:[.!,;)]|\Z))",
            r"\A(?:short |some )?bullet points (?:on|about|for|of)\b",
            rf"\b{N} (?:[\w-]+ )?(?:bullet[- ]?points|bullets)\b",
        ),
        "bullets",
        sure=True,
        unless=_PROSE,
        not_after=rx(r"\b(?:how|why|when)\b[^,:]{0,20}\b(?:to|i|you|we|people|they) (?:\w+ )?\Z"),
        cue=rx(r"bullet|dash|hyphen|unordered"),
    ),
    WishPattern(
        "mark",
        rx(
            r"\b(?:numbered|ordered|enumerated)(?: (?:list|points|items|tips|bullets|steps|form))\b",
            r"(?:\A|[,;:(.?!] ?)numbered\b(?=[ ]?(?:please|[.!,;)]|\Z))|\b1[.)]?,? ?2[.)]?,? ?(?:and )?3\b|"
            r"\bput (?:a )?numbers? (?:in front|before|on)\b|\bnumber (?:the |your |all |all the "
            rf")+(?:{POINTS}|answers|entries)\b|\bnumber (?:them|the points|each|your "
            r"points|the items)\b|\benumerate(?:d)?\b|\b(?:with|use|using|add) number(?:s|ing)\b(?! of)|"
            rf"{BEGIN}numbered (?:from |1|one)\b",
        ),
        "numbers",
        unless=_PROSE,
        cue=rx(r"\b(?:number|order|enumerat)|\b1[.)]?,? ?2\b"),
    ),
    WishPattern(
        "mark",
        rx(
            r"\b(?:with|under|using|use|by|add|put|give) (?:(?:a|an|short|clear|bold|markdown|separate|"
            r"descriptive|its own|their own|own|each its|each a|some|the|small|h2|h3) "
            r")*(?:sub-?)?(?:headings?|headers?|titles|section titles|headlines)\b(?! (?:tag|file))",
            r"\b(?:structured|organi[sz]ed|divided|split|grouped) (?:by|into|under|with) (?:clear |short |"
            r"separate |titled )*(?:headings|headers|sections with|sections under)\b",
            rf"{BEGIN}(?:short |clear |bold |and )*(?:sub-?)?(?:headings|headers)(?: please|{END})",
            r"\b(?:a|one|its own|separate) (?:short )?(?:sub)?(?:heading|header) (?:for|per|over|above) "
            r"each\b",
            r"\b(?:each|every) (?:\w+ )?(?:(?:with|under|gets|has|having) )?(?:a|its|an|its own|their "
            r"own)(?: \w+)? "
            r"(?:heading|header|title)\b",
        ),
        "headings",
        cue=rx(r"head|title|sections"),
    ),
    WishPattern(
        "mark",
        rx(
            r"\b(?:no|without(?: any)?|w/o|don't use|do not use|avoid|never use|not use|skip|any) (?:any "
            r")?(?:markdown|bold|asterisks|formatting|markup|stars|bold text|special formatting)\b",
            r"\b(?:in|as|use|only|using) plain text\b|\bplain text (?:only|please)\b|\bplain ascii\b|"
            r"\bunformatted\b",
        ),
        "plain",
        sure=True,
        not_after=rx(r"\b(?:why|how|when|people|emails?|benefits|advantages|disadvantages)\b[^,:]{0,60}\Z"),
    ),
    WishPattern(
        "mark",
        rx(
            r"\b(?:as|in|into|make|give me|want|write|use) (?:a |an )?(?:simple |short |plain |quick |nice "
            r")?list(?: form(?:at)?)?\b(?! of (?:names|words))",
            r"\b(?:you can|you may|feel free to|please|now) (?:use |write |make )?(?:bullet points|bullets|"
            r"lists|bullet lists|a list) (?:again|now)\b",
        ),
        "list",
        unless=_PROSE,
        cue=rx(r"list|bullet"),
    ),
)
