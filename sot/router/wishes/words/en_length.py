"""English wishes about the size of the whole answer, in words or sentences."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .en_words import AFTER, ANSWER, BEGIN, BOUND, EACH, END, MOST, RANGE, REPLIES, SHORT, N

_KEEP = (
    r"(?:keep|make|limit|restrict|hold|cut|trim|get) (?:it all|it|this|that|them|'?em|things|everything|"
    r"yourself|answers|" + REPLIES + r")"
)
_LED = (
    r"(?:in|within|with|using|to|of|be|use|write|as|into|only|just|exactly|give me|want|need|have|say|send|"
    r"is|are|answer|reply|respond|length|limit|size|contain|make it|make that|fit in|fit into|takes?|exceed|"
    r"long|got|time for|patience for|room for)"
)
_TEXT = (
    r"(?:answers?|repl(?:y|ies)|responses?|summary|explanations?|overview|definition|description|version|"
    r"text|limit|maximum|max)"
)
_LETTERS = r"(?:characters|chars|letters|symbols)"
_MEASURE = (
    r"(?! (?:a|per) (?:day|week|minute|hour|month)| of (?:vocabulary|dialogue|code)|"
    r" long (?:enough|sentences)| (?:that|starting|beginning|describing|related)\b| with the word| "
    r"(?:starters?|openers?|structures?|types?|patterns?|pairs?)\b| at a time)"
)
_ONE_THING = (
    r"(?:names?|numbers?|answer|result|words?|titles?|value|letter|labels?|figure|term|date|year|url|link|"
    r"formula|total|keywords?|category|id|verdict|winner)"
)
_OF_EACH = rx(rf"\b(?:each|every)\b(?! {ANSWER}| time)[^.?!\n]{{0,40}}\Z")

LENGTH = (
    WishPattern(
        "length",
        rx(
            r"\b(?:in|with|using|as|give me|only|just|only say|reply|answer|say) (?:just |only |exactly |a |"
            r"the |max |at most )*(?:one|single|1|two) words?\b(?! (?:each|per|or phrase))",
            r"\b(?:one|single|1)[- ]word,? (?:answers?|reply|replies|responses?|only|please|max)\b",
            rf"(?:{BEGIN}|, )(?:just |only )?(?:one|a single|1) word{END}|\bin a word(?=[ ]?(?:[.,:;?!)]|"
            rf"\Z))",
            rf"{BEGIN}(?:just |only |a |simple |plain |clear |in )*yes(?: or |/| / )no(?:,? (?:and "
            rf")?nothing (?:else|"
            rf"more)|,? "
            rf"please|,? only)?(?:{END}| ?\?(?=\Z|\n))",
            rf"{BEGIN}yes or no ?(?::|[,–-] ?(?:is|are|do|does|can|should|will|was|did|has|have)\b)",
            r"\bone[- ]?liner\b|\b(?:single|one|1)[- ]line,? (?:answers?|reply|replies|summary|response|"
            r"explanation|definition|only|please|max)\b|\b(?:in|on|as|to) (?:just |only )?(?:one|a single|1) "
            r"line\b(?! (?:each|per|of code))",
            r"\b(?:answer|reply|respond|just|only|simply)(?: (?:just|only|me|with|by|a|simple|plain|clear|"
            r"straight))* yes(?: or |/| / )no\b|\byes(?: or |/| / )no(?: answers?)?,? (?:only|please|is "
            r"enough|will do)\b|\byes(?: or |/)no answers?(?: only)?(?=[ ]?(?:[.!,:)]|\Z))",
            r"\b(?:a |one )(?:simple |plain |clear |straight )+yes or no\b",
            r"(?:\A|[.!?,] )(?:so )?(?:is|are|does|do|did|can|could|should|would|will|was|were|has|"
            r"have)\b[^.?!\n]{3,120}?[ ,–—(-]+(?:just |only )?yes or no\b(?=[ ]?(?:[.?!)]|\Z))",
        ),
        "one",
        not_after=_OF_EACH,
        cue=rx(r"\b(?:word|lin|one-?liner|yes)"),
    ),
    WishPattern(
        "length",
        rx(
            r"\b(?:just|only|simply|nothing but) (?:give me |tell me |give |say |write |return |output |name "
            r"|list |print |state |reply with |answer with )?(?:the|a|an|its|your) (?:(?!of\b|and\b|few\b|"
            r"couple\b|handful\b)[\w-]+ "
            r"){0,2}?"
            rf"{_ONE_THING}s?(?=[ ]?(?:[.!,:;)\n]|\Z|please|of (?!each|all)|for |and nothing|in |to this|as "
            rf"))",
            r"\b(?:just|only|simply) (?:tell|give) me (?:which(?: one)?|who|when|where|yes or no|one|your "
            r"pick)(?=[ ]?(?:[.!,)]|\Z))",
            r"\b(?:(?:just|only) (?:name|give me|tell me|list|say)|(?:give me |tell me |name )?(?:just|"
            r"only)) (?:the |your )(?:single )?(?:best|top|most important|biggest|main)(?: one| "
            r"[a-z-]+(?<!s))?(?=[ ]?(?:[.!,)]|\Z))|\bthe single (?:best|most important|"
            r"biggest) one\b",
            r"\b(?:number|name|letter|word|title|result|year|date|time|answer) only\b(?! (?:if|when))",
            r"\b(?:answer|reply|respond|response) with (?:just |only )?(?:a |the |one )?(?:number|name|"
            r"letter|word|digit|label|title|yes|no|emoji|date|single \w+)\b",
            rf"{BEGIN}(?:just|only) (?:the|a|your) (?!(?:two|three|four|five|six|seven|eight|nine|ten|"
            rf"\d+)\b|(?:[\w-]+ )?(?:sentence|para|list|table|overview|gist|"
            rf"summary|handful|couple|few|minute|moment|question|thought|tip|heads|code|quick|reminder|"
            rf"basics|outline|story|poem))(?:[\w-]+ )?[\w-]+(?<!s)(?=[ ]?(?:[.!)]|\Z|,? please|,? no ))",
        ),
        "one",
        not_after=_OF_EACH,
        cue=rx(r"\b(?:just|only|simply|single|nothing but|(?:answer|reply|respond|response) with)\b"),
    ),
    WishPattern(
        "length",
        rx(
            r"\bnothing (?:else|more)\b(?=[ ]?(?:[.!,:;)\n–-]|\Z|please))|\band that's it\b|\bno other "
            r"(?:text|words)\b|"
            r"\b(?:no|without|w/o|skip the|omit the|omit) (?:any |further |additional |an |other |extra "
            r")?(?:explanations?|extra text|commentary|further text|reasoning|prose|preamble|elaboration|"
            r"justification|working|steps|fluff)\b(?! (?:needed|required) (?:to|for))|"
            r"\b(?:don't|do not|no need to|never) (?:explain|elaborate|justify|show (?:the|your|any) "
            r"(?:working|work|steps))\b",
            r"\bin a nutshell\b(?=[ ]?(?:[.,:;!?)\n–-]|\Z|please|what|why|how|explain))|\btl;? ?dr\b|"
            r"\b(?:as|in) an elevator pitch\b|"
            r"\belevator pitch (?:please|style|length|version)\b|"
            rf"\b{_KEEP} (?:down )?to (?:an?|one|a single) (?:single )?(?:line|phrase)\b|"
            r"\bone (?:short |single )?(?:phrase|line|clause|thing)\b(?=[ ]?(?:please|only|[.!)]|\Z))",
            r"\b(?:a|one|single) tweet\b|\btweet[- ](?:length|sized?)\b|\bfit(?:ting)? (?:(?:it|this|that|"
            r"everything|the answer|your answer|it all) )?(?:in|on)(?:to)? (?:an? |one |the |single "
            r")*(?:tweet|index card|napkin|"
            r"text message|"
            r"sms|text|push notification|subject line|post-it|sticky note)\b",
        ),
        "one",
        not_after=_OF_EACH,
        cue=rx(
            r"\b(?:nothing|that's it|no (?!idea|one|matter|longer)|without|w/o|skip|omit|don't|do not|never|"
            r"nutshell|tl|elevator|line|phrase|clause|thing|"
            r"tweet|fit|to a line)"
        ),
    ),
    WishPattern(
        "sentences",
        rx(
            rf"\b{_LED} ?(?:the space of |a length of |a maximum of )?{BOUND} {SHORT}*(?:sentences?|"
            rf"lines?)\b{_MEASURE}{AFTER}?(?: ?{EACH}(?P<each>))?",
            rf"(?:{BEGIN}|\b{MOST} ?|\b(?:exactly|just|only|about|roughly) ){RANGE} {SHORT}*(?:sentences?|"
            rf"lines?)(?:(?= only| please){AFTER}?|{AFTER}|{END})",
            rf"\b(?:in|into|as|within|with|to|one|just|only) (?P<n>a) {SHORT}*sentence\b(?! or "
            rf"two)(?![^.?!\n]{{0,40}}\b(?:each|every|apiece)\b)",
            rf"\b(?P<n>a|one|1) {SHORT}*(?:sentence|line) or (?P<m>two)\b(?! ?(?:{EACH}))",
            rf"\b(?:in|with|within|to|just|only|use|at most) (?:just |only |a maximum of )?(?:a )?(?P<n>few) "
            rf"{SHORT}*(?:sentences|lines)\b(?! ?{EACH})|{BEGIN}(?:a |just a |only a )?(?P<n>few) "
            rf"{SHORT}*(?:sentences|lines){END}",
            rf"{BEGIN}(?:just |only )?(?P<n>a|single) {SHORT}*sentence{END}",
            rf"\A{BOUND} {SHORT}*(?:sentences|lines) (?:on|about)\b",
            rf"\b{RANGE}[- ](?:sentences?|line) {_TEXT}\b",
            rf"\b{RANGE} {SHORT}*(?:sentences?|lines?){AFTER}",
            rf"\b{RANGE} {SHORT}*(?:sentences?|lines?) (?:please|only|in total|in all|altogether|overall)\b",
            rf"\b{REPLIES} (?P<most>longer than|of more than|with more than|over) {N} (?:sentences?|lines?) "
            rf"(?:are|is)",
            rf"\b{BOUND} {SHORT}*(?:sentences?|lines?),? (?:per|for each|for every|in each|in every) "
            rf"(?:answer|reply|response|message|question|turn)\b",
        ),
        not_after=rx(
            r"\b(?:start|begin|open|end|finish|close|conclude|lead|followed?|answered|preced)(?:s|ing|"
            r"ed)?(?: [\w']+){0,4} (?:with|by|in)(?: \w+){0,3} ?\Z",
            r"\b(?:serv(?:e|es|ed|ing)|prison|jail|sentenced|mistakes?|words?|commas?|paragraphs?(?: "
            r"\w+){0,3}) ?\Z",
            r"\b(?:add|insert|include|plus|give|with) ?\Z(?<!\Awith )",
        ),
        cue=rx(r"\b(?:sentence|line)"),
    ),
    WishPattern(
        "words",
        rx(
            rf"\b{_LED} ?:? ?(?:the space of |a length of |a maximum of )?{BOUND} "
            rf"(?:(?:english|simple|short|single|more) )*(?:words|tokens)\b{_MEASURE}{AFTER}?",
            rf"(?:{BEGIN}|\b|~){MOST} ?{RANGE} (?:words|tokens)\b{_MEASURE}",
            rf"(?:{BEGIN}|\b(?:about|around|roughly|approximately) |~)(?:in )?{RANGE} (?:words|tokens)(?: "
            rf"only| please|{AFTER}|{END})",
            rf"\b{N}[- ]word {_TEXT}\b",
            rf"\b{RANGE} (?:words|tokens){AFTER}",
            rf"\b(?:word|token) (?:limit|count|maximum)(?: is| of)? ?[:=]? ?{N}\b",
        ),
        cue=rx(r"\b(?:word|token)"),
    ),
    WishPattern(
        "sentences",  # of each answer, not of each point
        rx(
            rf"(?:\A|(?<=[.!?\n] )|(?<=\n))(?:[\w'-]+ ){{0,4}}?(?:answers|replies|responses|messages)\b(?: "
            rf"(?!with\b|to\b|"
            rf"for\b|that\b|contain)[\w']+){{0,5}}?[ ,–-]+{BOUND} {SHORT}*(?:sentences?|"
            rf"lines?)(?:{AFTER})?(?: (?:each|"
            rf"apiece|only|please)|{END})",
        ),
        sure=True,
        not_after=rx(r"\b(?:how|why|what|which|when)\b"),
        cue=rx(r"\b(?:answers|replies|responses|messages)\b"),
    ),
    WishPattern(
        "sentences",
        rx(rf"{BOUND} {SHORT}*(?:sentences?|lines?) (?:per|for each|for every|in each|in every) {ANSWER}\b"),
        sure=True,
        not_after=rx(r"\b(?:how|why|what|which|when)\b"),
        cue=rx(rf"(?:per|each|every) {ANSWER}\b"),
    ),
    WishPattern(
        "words",
        rx(rf"{BOUND} words (?:per|for each|for every|in each|in every) {ANSWER}\b"),
        sure=True,
        not_after=rx(r"\b(?:how|why|what|which|when)\b"),
        cue=rx(rf"(?:per|each|every) {ANSWER}\b"),
    ),
    WishPattern(
        "words",  # what a screen has room for
        rx(
            r"\b(?:display|screen|bubble|field|box|device|widget|terminal|watch|banner|"
            rf"line)\b[^.?!\n]{{0,40}}? (?:room "
            rf"for|space for|shows?|fits?|holds?|takes?|limited to) (?:only |just |about |{MOST} )?{N} "
            rf"{_LETTERS}\b",
            rf"\bi (?:can )?only (?:read|send|see|use|take|have) {N} {_LETTERS}\b",
        ),
        sure=True,
        per=6,
        cue=rx(r"\b(?:char|letters|symbols)"),
    ),
    WishPattern(
        "words",
        rx(
            rf"{MOST} ?{N} {_LETTERS}\b{_MEASURE}",
            rf"{BEGIN}(?P<n>\d{{2,4}}) {_LETTERS}(?:{AFTER}|(?=[ ]?(?:[.!,)]|\Z|please|only)))",
            r"\b(?:message|text|answer|reply|response|summary|description|version|post|tweet|sms|blurb|"
            rf"caption|"
            rf"headline|title)s? (?:of|with|in|within|is|:) (?:{MOST} ?|exactly |about |around "
            rf")?{N} {_LETTERS}\b",
            rf"\b(?:limit|restrict|keep|cap|shorten|cut|hold|trim)(?: [\w']+){{0,3}} (?:to|at|under|below|"
            rf"within) {N} "
            rf"{_LETTERS}\b",
            rf"\b(?:in|within|into|use|fit in) (?:exactly |about |around |just )?{N} {_LETTERS}\b{_MEASURE}",
            rf"\b{N} {_LETTERS}{AFTER}|(?:{BEGIN}|\b(?:there is|there's|you have|with|have|have only) an? "
            rf"){N}[- ](?:character|char) limit|\b{N}[- ]character (?:answer|reply|summary)\b",
            rf"\bcharacter (?:limit|count|maximum)(?: is| of)? ?[:=]? ?{N}\b",
        ),
        per=6,
        not_after=rx(r"\A(?:why|when)\b[^,:;]*\Z"),
        cue=rx(r"\b(?:char|letters|symbols)"),
    ),
)
