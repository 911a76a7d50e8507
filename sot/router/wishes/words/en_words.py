"""Word groups of the English wishes, as parts of patterns."""

from __future__ import annotations

from ..numbers import number_pattern

NUMBERS = {
    "one": 1, "a single": 1, "two": 2, "a couple of": 2, "a couple": 2, "a pair of": 2, "three": 3, "four": 4,
    "five": 5, "six": 6, "two dozen": 24, "three dozen": 36, "half a dozen": 6,
    "half dozen": 6, "half-a-dozen": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "a dozen": 12, "fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "a hundred": 100,
    "one hundred": 100, "a hundred and fifty": 150, "two hundred": 200, "three hundred": 300,
    "five hundred": 500, "a thousand": 1000,
}  # fmt: skip
_FIRST = r"(?=[\daefhnost])"  # quicker than to try every word
N = _FIRST + number_pattern(NUMBERS)
M = _FIRST + number_pattern(NUMBERS, "m")
NUMBERS.update({"a": 1, "single": 1, "a few": 3, "few": 3})  # of sentences; "a few tips" may be any number

_NOT = r"(?:don't|do not|never|not|mustn't|shouldn't|cannot|can't|no)"
MOST = (
    r"(?P<most>under|below|within|(?:a )?max(?:imum)?(?: of|\.)?|at most|no more than|up to|fewer than|less "
    r"than|shorter than|no longer than|not exceeding|<=?|≤|"
    rf"{_NOT}(?: (?:write|use|give|give me|list|exceed|go|say|be|have|name|send|mention|it be|need|want|"
    rf"produce|generate|output|"
    r"(?:answer|reply|respond)(?: with| in)?))?"
    r" (?:more than|longer than|over|above|beyond)|(?:not|never|don't) exceed|"
    r"(?:keep|stay) (?:it |this |them |your answers? |your repl(?:y|ies) |your responses? )?(?:under|below|"
    r"within))"
)
LEAST = (
    r"(?P<least>at least|no fewer than|no less than|a minimum of|min(?:imum)?(?: of|\.)?|more than|over|"
    r">=?|≥)"
)
ABOUT = (
    r"(?:exactly|just|only|about|around|roughly|approximately|approx\.?|some|like|precisely|a total of|"
    r"the|~|ca\.?)"
)
RANGE = rf"(?:between {N} and {M}|{N}(?: ?(?:-|–|to|or) ?{M})?)(?: ?x\b)?"
BOUND = rf"(?:{MOST} ?|{LEAST} ?|{ABOUT} ?){{0,2}}{RANGE}"
AFTER = r"(?:,? (?P<most>max\b\.?|maximum|at most|tops|or (?:less|fewer|under|shorter)|at (?:the )?most))"
END = (
    r"(?=[ ]?(?:[.,:;!?)\]\n]|\Z|please\b|thanks\b|only\b|(?:is|are|will|would) (?:enough|fine|plenty|do|be|"
    r"suffice)\b|suffices?\b))"
)
BEGIN = r"(?:\A|(?<=[.!?:;,(\n–—-] )|(?<=[.!?:;,(\[\n–—]))"

ADJECTIVES = (
    r"(?:(?!(?:and|or|of|for|to|in|per|on|about|with|from|by|that|words?|sentences?|lines?|thousand|hundred|"
    r"million|billion|percent)\b)[\w'-]+ ){0,3}?"
)
POINTS = (
    r"(?:tips|pieces of advice|bits of advice|suggestions|recommendations|ideas|ways|strategies|methods|"
    r"techniques|reasons|advantages|disadvantages|pros|cons|benefits|drawbacks|downsides|upsides|strengths|"
    r"perks|weaknesses|risks|dangers|challenges|effects|impacts|consequences|implications|causes|factors|"
    r"aspects|features|characteristics|qualities|traits|types|kinds|examples|differences|similarities|"
    r"trade-?offs|arguments|criteria|principles|elements|components|practices|mistakes|pitfalls|myths|signs|"
    r"symptoms|perspectives|considerations|habits|hacks|theories|approaches|options|alternatives|skills|"
    r"lessons|opportunities|trends|issues|problems|uses|applications|functions|measures|precautions|things|"
    r"points|bullets|items|activities|facts|steps|tricks|questions|rules|topics|views|solutions|tools|"
    r"exercises|hobbies|goals|values|virtues|places|games|books)"
)
POINT = (
    r"(?:tip|reason|idea|way|suggestion|example|piece of advice|argument|benefit|advantage|disadvantage|"
    r"recommendation|method|thing|fact|point|cause|effect|risk|mistake|drawback|downside|upside|perk|"
    r"difference)"
)
UNITS = (
    r"(?:words?|sentences?|lines?|characters?|chars|paragraphs?|tokens?|pages?|minutes?|hours?|days?|weeks?|"
    r"months?|years?|seconds?|times|people|persons|guests|children|kids|students|players|euros?|dollars?|"
    r"pounds|kilos?|miles|km|kg|percent|degrees|thousands?|millions?|o'clock|am|pm)"
)
_NO_POINT = (
    r"(?!(?:day|week|month|year|minute|hour|second|answer|reply|response|message|question|turn|page|"
    r"person)s?\b)"
)
EACH = (
    rf"(?:each(?! {UNITS}| (?:answer|reply|response|message|question)\b)|apiece|a piece|an? (?:point|item|"
    rf"tip|bullet|idea|entry|reason)\b|per {_NO_POINT}\w+|"
    rf"(?:for|on|about|to|under|after|below|behind) (?:each|every)\b(?: {_NO_POINT}\w+)?(?! (?:answer|reply|"
    rf"question)))"
)
EACH_POINT = (
    r"(?:each|every)(?: of (?:them|these|(?:the|your|those|my) \w+)| (?!(?:under|below|within|with|in|at|"
    r"about|to|up|max|no|is|of|as|"
    r"not)\b)"
    rf"{_NO_POINT}\w+(?: point| item)?)?"
)
SHORT = (
    r"(?:(?:short|brief|full|complete|simple|concise|long|little|crisp|plain|english|clear|single|very|more|"
    r"quick|well-formed|pithy|catchy|elegant|dense|punchy|sharp|good|nice|flowing|coherent|compact|spoken|"
    r"\d+-word|"
    r"friendly|casual|polite|rhyming|snappy|"
    r"continuous|well-written|connected|solid|cohesive|unbroken|consecutive) )"
)

SPEAK = (
    r"(?:answer|reply|respond|write|give|return|output|present|format|show|provide|list|put|make|produce|"
    r"emit|display|express|structure|render|deliver|print|generate|create|summari[sz]e|explain|describe|tell|"
    r"keep|phrase|word|state|limit|compare|arrange|organi[sz]e|lay (?:it|them|this) out|name|use|say|sum|"
    r"outline|discuss|speak|talk|start|send|share|suggest|recommend|compose|draft|identify|mention|define|"
    r"split|group|stick|wrap|pack|solve|calculate|compute|work|find|convert|turn|translate|classify|"
    r"determine|decide|restrict|confine|analy[sz]e|evaluate|contrast|pick|choose|offer|rewrite|rephrase|redo|"
    r"repeat|do|draw|condense|shorten|seriali[sz]e|formulate|sing|reformat|transform|change|boil (?:it|this|"
    r"that) down)"
)
WANT = (
    r"(?:want|need|'d like|would like|'d love|would love|'d prefer|would prefer|prefer|expect|'d rather "
    r"have|'d appreciate|would appreciate|could use|wanna have)"
)
ANSWER = r"(?:answer|reply|response|message|question|turn)"
REPLIES = (
    r"(?:(?:your |the |my |all |every |each |any |whole |entire )*(?:answers?|repl(?:y|ies)|responses?|"
    r"outputs?|messages?)(?: (?:that )?you (?:give|write|send|produce))?)"
)
ORDER = (
    r"(?:\A|[:;,(–—-] ?|\b(?:please|and|but|then|just|always|only|must|should|shall|now|so|also|kindly|never|"
    r"not|don't|simply|let's|ok|okay|maybe|instead) )"
    rf"{SPEAK}\b(?!s)"
    r"|(?:\A|[,.;–-] ?|\b(?:please|hey|hi|and|ok|so) )(?:can|could|would|will|may) (?:you|i|we|u)\b"
    rf"|\b(?:i|we) ?{WANT}\b|(?:\A|, |just |only )(?:want|need)\b"
    rf"|\b(?:want|need|like|ask|expect|told) you to\b|\bi(?:'m| am) looking for\b|\bit would be (?:nice|"
    rf"great|good|helpful|lovely)\b|"
    r"\b(?:assistant|bot|agent|ai|model|you)(?: \w+){0,4} (?:that|who|which)(?: \w+)? (?:answers|replies|"
    r"responds|speaks|talks|writes|outputs|returns)\b|\byou (?:should|must|will|shall|always|only|have to|"
    r"are to|"
    rf"can only|may only|need to)(?: only| always)? {SPEAK}\b"
    rf"|\A{REPLIES} (?:must |should |always |only |may |can )*(?:contain|have|has|consist|comprise|include|"
    rf"list)"
    rf"|\A(?:please )?try to {SPEAK}\b"
    r"|\Ayou (?:always |only |never )*(?:answer|reply|respond|write|speak|talk|explain|return|output)\b"
)

_TASKS = (
    r"(?:how|when|where|ways?|steps?|tools?|tips|ideas|methods|apps|software|reasons|options|programs|"
    r"instructions|rules|guidelines|possibilities)"
)
_SHAPE = (
    r"(?:format|write|make|create|draw|build|use|style|display|show|add|insert|align|cent(?:er|re)|represent|"
    r"store|save|export|import|read|open|parse|convert|turn|return|send|mark up|put|nest|query|validate)"
)
DOER = (
    r"\b(?:how|why|when|where|what|which)(?: \w+)? (?:do|does|did|can|could|would|should|to|is|are)"
    rf"(?: (?!you\b)[\w'-]+){{0,4}} ?\Z|\b{_TASKS} to(?: {_SHAPE}(?: [\w'-]+){{0,4}})? ?\Z"
)
DATA = r"(?P<value>json|yaml|yml|csv|tsv|xml|html|toml|latex|jsonl|ndjson|xhtml|svg)"
DATA_SHAPE = (
    r"(?:format|object|array|file|document|list|form|block|snippet|string|code|lines?|dict(?:ionary)?|data|"
    r"page|table|schema)s?"
)
VALID = (
    r"(?:an? |the |one |only |valid |raw |pure |strict(?:ly)? |plain |pretty(?:-printed)? |single |minified |"
    r"well-formed |proper |compact |clean |nothing but |simple |just |flat |parse?able |correct |properly "
    r"formatted |nicely formatted |structured |machine-readable |exclusively )"
)
TO_BE = (
    r"(?:is|are|must be|should be|to be|has to be|have to be|needs to be|be|must always be|should always be|"
    r"come as|comes as|takes? the form of|must come as|consists? of|must consist of|should consist of)"
)
PROGRAMMING = (
    r"(?:python|javascript|typescript|java|js|ts|c|c\+\+|c#|go|rust|ruby|php|sql|bash|shell|kotlin|"
    r"swift|scala)"
)
VERSE = (
    r"(?:poem|haiku|limerick|sonnet|song|rap(?: song| battle)?|ballad|rhyme|riddle|tweet|telegram|fairy tale|"
    r"fable|verse)"
)
PIECE = (
    r"(?:story|short story|bedtime story|letter|cover letter|e-?mail|speech|dialogue|dialog|conversation|"
    r"sketch|joke|slogan|diary entry|monologue|essay|press release|memo|(?:blog|linkedin|facebook|instagram|"
    r"reddit|forum|social media) post|(?:news|newspaper|magazine)? ?article|script|play|podcast script|text "
    r"message|sms|toast|eulogy|caption|advert(?:isement)?|sermon|manifesto|voice message|podcast|anecdote|"
    r"parable|message|review|invitation|announcement|obituary|bio|prayer|postcard|voicemail|product "
    r"description|short text|blurb)"
)
LISTS = (
    r"(?:(?:numbered|bulleted|bullet(?:ed)?|ordered|unordered|nested|dashed|any|a|of|point|kind of|sort of|"
    r"long) )*(?:bullet[- ]?points?|bullets?|bullet[- ]?lists?|lists?|listicles?|enumerations?|list format|"
    r"numbering|numbered points|numbered lists?|dashes|list items)"
)
