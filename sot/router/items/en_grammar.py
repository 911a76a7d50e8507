"""English orders for each item: a small grammar of known words that the whole sentence must fit.

"Explain each term in one sentence" fits. "Explain each term and draw the diagram", "explain each move" and
"label each statement as cause or effect" do not: such words are not known to be for each item alone.
"""

from __future__ import annotations

import re

from .en_words import (
    AMOUNT,
    CLASS,
    FAULTS,
    FORM,
    KIND,
    MADE,
    MAKE,
    NOUN,
    NOUNS,
    READER,
    SIZE,
    TEXT_NOUNS,
    TONE,
    TONGUE,
    VERB,
)

_PLACE = r"(?: (?:below|above|in (?:this|the|my) list|on (?:this|the|my) list|listed below))?"
_SET = r"(?:these|those|the following|my|the|our|following)"
_EACH_NP = (
    rf"(?:each|every)(?: single)?(?: one)?(?: of {_SET}(?: following)?(?: (?:{KIND} ){{0,3}}{NOUNS})?| "
    rf"(?:{KIND} ){{0,3}}{NOUN})?{_PLACE}(?![\w-])"
)
_PLURAL_NP = (
    rf"(?:all (?:of )?)?(?:(?:{_SET}|the above)(?: {KIND}){{0,3}} {NOUNS}|these|those|the following|them)"
    rf"{_PLACE}(?![\w-])"
)
_PLURAL_TEXTS = (
    rf"(?:all (?:of )?)?{_SET}(?: above| following)?(?: {KIND}){{0,3}} {TEXT_NOUNS}{_PLACE}(?![\w-])"
)
_FILLER = (
    r"(?:(?:please|kindly|briefly|now|hi|hello|ok|okay|so|also|next|(?:can|could|would|will) you(?: please)?|"
    r"i(?:'d| would) like you to|i (?:want|need) you to|your task is to|help me(?: to)?)[,:!]? )*"
)
_ME = r"(?: me| us)?"
_HOW = r"(?:(?: to me)?,?(?: briefly| shortly| please)?)"
_A = r"(?:a|an|one|two|three|the|its|their|some|\d{1,2})"
_THING = rf"(?:{_A} )?{MADE}(?: of (?:a|an) {NOUN}| (?:it|they) (?:is|are) used for)?"
_THINGS = rf"{_THING}(?: (?:and|or) {_THING})?"
_LEAD = rf"for {_EACH_NP},? (?:please )?"
_CLASSES = rf"{CLASS}(?:, {CLASS}){{0,6}},? or {CLASS}"
_WHETHER = rf"whether (?:it|the (?:sentence|statement|review|message|comment|word)) is {_CLASSES}"
_SORT = r"(?:classify|label|tag|categori[sz]e|mark)"

# What follows the items: all of it must be known.
_TAILS = (
    rf"(?:in|into|to) (?:the )?{TONGUE}",
    rf"(?:in|into|to) (?:the |a |an )?{FORM}",
    rf"in (?:a |an )?{TONE} (?:tone|way|style|manner|register|language|words|terms|english)",
    r"in (?:your|my) own words|in other words|in (?:simple|plain|everyday|easy) (?:words|terms|language)",
    rf"(?:to sound|to be|so that (?:they|it|each one|each) (?:sounds?|is|are)) {TONE}",
    rf"so that {READER} (?:can|could|would|will) (?:understand|read) (?:it|them)",
    rf"(?:for|to) {READER}",
    r"(?:using|in) (?:simple|easy|plain) words|without (?:using )?(?:jargon|technical terms)",
    rf"with (?:a|an|one|two|its) {MADE}",
    rf"into (?:a|an|one) {MADE}|from (?:celsius|fahrenheit)",
    r"to (?:the|my|our|a) (?:teacher|boss|landlord|customers?|colleagues?)",
    r"with (?:yes or no|true or false|one word|a single word)",
    r"from \d{1,3}(?: \([a-z ]{1,20}\))? to \d{1,3}(?: \([a-z ]{1,20}\))?",
    r"(?:and |,? ?)keep(?:ing)? (?:the|their) (?:numbers|numbering|format|formatting|meaning)(?: the same)?",
    r"and underline the changes?",
    rf"and (?:give|add|write) (?:a|an|one|two|the|its) {MADE}",
    rf"if there (?:are|is) (?:any |a )?{FAULTS}|if (?:needed|necessary)",
    r"one (?:per|for each|on each) (?:line|item|row|sentence|word)|one (?:line|sentence|word) (?:each|"
    r"per item)",
    rf"{SIZE} each|to {SIZE}|that (?:explains|uses|contains) it",
    r"means?|(?:is|are)(?: used for)?|that (?:shows|makes clear) (?:its|the) meaning",
    r"please|briefly|shortly|concisely|carefully|individually|separately|one by one|one at a time|for me|"
    r"thanks|below|above",
)
_END = r"(?=[ ,:]|\Z)"
_PLURAL_TAIL = re.compile(rf"[,:]? ?(?:{'|'.join(_TAILS)}|in {SIZE} (?:each|per \w+)){_END}")
_EACH_TAIL = re.compile(rf"[,:]? ?(?:{'|'.join(_TAILS)}|(?:in|using|with) {SIZE}(?: each)?){_END}")

_EACH_HEAD = re.compile(
    rf"{_FILLER}(?:"
    rf"{VERB}(?: and (?:translate|correct|explain|simplify))?{_HOW} {_EACH_NP}"
    rf"|(?:put|turn|change|convert|make){_HOW} {_EACH_NP}(?= (?:in|into|to|sound|from|{TONE}))"
    rf"(?: (?:sound )?{TONE})?"
    rf"|(?:find and )?(?:correct|fix) (?:the |any |all )?{FAULTS} (?:in|of) {_EACH_NP}"
    rf"|{_SORT} {_EACH_NP} (?:as )?(?:either )?{_CLASSES}"
    rf"|rate {_EACH_NP}(?= from \d)"
    rf"|{MAKE}{_ME}{_HOW} {_THINGS}(?: of (?:about |around |at most |exactly )?{AMOUNT} (?:words|sentences|"
    rf"lines))? (?:for|of|to|about|with|from|in|by|containing|using) {_EACH_NP}"
    rf"|{_LEAD}{MAKE}{_ME}{_HOW}(?: in {SIZE})? {_THINGS}"
    rf"|{_LEAD}(?:say|tell me|state|decide|determine|indicate) {_WHETHER}"
    rf"|{_LEAD}(?:say|tell me|state|write) who (?:invented|wrote|painted|composed|discovered|directed) it"
    r"(?: and when)?"
    rf"|{_LEAD}(?:say|tell me|state|suggest|explain) what (?:the user|one|you|i) (?:can|could|should) do"
    rf"|(?:say|tell me|state|decide|determine|indicate) for {_EACH_NP},? {_WHETHER}"
    rf"|(?:decide|determine|say|tell me|state) whether {_EACH_NP} is {_CLASSES}"
    rf"|what (?:is|are) (?:the )?{MADE} of {_EACH_NP}"
    rf"|(?:explain|say|tell me|describe|state|write)(?: briefly| to me)? what {_EACH_NP} (?:means?|is|"
    rf"stands for|"
    rf"does|is used for)"
    rf"|(?:explain|describe)(?: briefly| to me)? how {_EACH_NP} works"
    rf"|use {_EACH_NP} in (?:a|an|one) (?:(?:short|simple|example|new|good) )?sentence"
    rf"|what does {_EACH_NP} (?:mean|stand for)"
    rf"|i need (?:the|a|an) {MADE} (?:of|for) {_EACH_NP}"
    rf"|(?:translate|rewrite|rephrase|correct|explain|define) {_PLURAL_NP} (?:individually|separately|"
    rf"one by one|"
    r"one at a time)"
    r")"
)
_PLURAL_HEAD = re.compile(
    rf"{_FILLER}(?:"
    rf"(?:translate|render|define|explain|spell|transcribe|romani[sz]e|pronounce|"
    rf"conjugate){_HOW} {_PLURAL_NP}"
    rf"|(?:rewrite|rephrase|paraphrase|reword|simplify|correct|proofread|fix|punctuate|capitali[sz]e|"
    rf"shorten|answer|polish){_HOW} {_PLURAL_TEXTS}"
    rf"|(?:correct|fix) (?:the )?{FAULTS} (?:in|of) {_PLURAL_NP}"
    rf"|(?:put|turn|change|convert){_HOW} {_PLURAL_TEXTS}(?= (?:in|into|to) (?:the |a )?{FORM})"
    rf"|{_SORT} {_PLURAL_TEXTS} as {_CLASSES}"
    r"|translate(?=,? (?:in)?to\b)"
    r"|answer questions? \d+(?: (?:to|and|-) \d+)?"
    rf"|(?:how (?:do|can|would) (?:you|i|we) say|say) {_PLURAL_NP}(?= in {TONGUE})"
    rf"|give{_ME} (?:a |the |one |an )?(?:synonyms?|antonyms?|plurals?|translations?|definitions?) "
    rf"(?:of|for) {_PLURAL_NP}"
    r")"
)


def orders_each(sentence: str) -> bool:
    """Return whether a normalised sentence with "each" is an order for each item; takes linear time."""
    return _fits(_EACH_HEAD, _EACH_TAIL, sentence)


def orders_all(sentence: str) -> bool:
    """Return whether a normalised sentence is an order that is for each item without saying so."""
    return _fits(_PLURAL_HEAD, _PLURAL_TAIL, sentence)


def _fits(head: re.Pattern[str], tail: re.Pattern[str], sentence: str) -> bool:
    found = head.match(sentence)
    at = found.end() if found else None
    while at is not None and at < len(sentence.rstrip(" ,:-")):
        further = tail.match(sentence, at)
        at = further.end() if further else None
    return at is not None


_ONES = (
    r"(?:the |your |my |all )?(?:translations?|answers?|sentences?|definitions?|explanations?|results?|"
    r"items?)"
)
_BESIDE = (
    r"(?:keep|preserve|use|leave) (?:the|their|my) (?:same )?(?:original )?(?:numbers|numbering|formatting|"
    r"line breaks|punctuation|bullets|quotation marks)",
    r"keep (?:it|them|each|each one|each answer|your answers|the answers) (?:short|brief|simple|concise)",
    rf"keep (?:the )?{TONE} tone|use (?:a |an )?{TONE} (?:tone|language|words|style)|use {TONGUE}",
    r"no (?:explanations?|comments?|examples?|introduction|extra text|notes|slang|jargon|emojis)"
    r"(?: (?:is |are )?(?:needed|necessary))?",
    r"(?:do not|don't) (?:explain|comment|(?:add|give|include) (?:any )?(?:explanations?|comments?|notes|"
    r"examples?))(?: (?:your|the) (?:changes|answers))?",
    r"without (?:any )?(?:explanations?|comments?|notes|examples?)",
    rf"(?:only|just)(?: (?:give|write|return|output|show))?(?: me)? {_ONES}(?:, nothing else|"
    rf", no explanations?)?",
    rf"(?:give|write|return|output|show)(?: me)? only {_ONES}(?:, nothing else|, no explanations?)?",
    rf"(?:in )?{SIZE} (?:each|per (?:item|sentence|word|term|question|answer))",
    rf"each (?:answer|one|explanation|definition|description|item|translation) (?:in|should be|"
    rf"must be) {SIZE}",
    r"(?:write |give |put )?(?:one|each)(?: answer| translation)? (?:per|on a new|on its own) line",
    r"(?:be|stay) (?:brief|short|concise|polite)|(?:short|brief) (?:answers|explanations|definitions)",
    rf"(?:write|answer|reply) in {TONGUE}",
    r"(?:answer )?(?:yes or no|true or false)(?: only)?",
    rf"(?:here|these|those|below) are (?:the |my |our |some )?(?:{KIND} ){{0,2}}{NOUNS}",
    rf"i(?:'m| am) (?:learning|studying) {TONGUE}|i(?:'m| am) a (?:beginner|teacher|student|learner)",
    r"(?:it|this|they) (?:is|are) for (?:my|a|our|the) (?:homework|class|students|website|customers|"
    r"newsletter)",
    r"i(?:'m| am) writing to (?:a|my|our) (?:customers?|boss|teacher|landlord|colleagues?)",
    r"(?:thanks|thank you|many thanks)(?: (?:a lot|in advance|very much|so much))?",
    r"(?:hello|hi|hey|good (?:morning|evening|afternoon))(?: there)?,?|please",
)
BESIDE = re.compile(rf"(?:please )?(?:{'|'.join(_BESIDE)})(?:,? (?:please|thanks))?\W*\Z")
