"""English orders for each item: a small grammar that the whole sentence must fit.

"Explain each term in one sentence" fits, "explain each term and draw the diagram" does not: what the words
after the items add is not known to be for each item alone.
"""

from __future__ import annotations

import re

_LINKS = (
    r"and|or|but|so|if|when|where|while|which|that|who|whose|whether|what|why|how|to|in|into|as|with|for|"
    r"from|on|of|at|by|using|about|such|then|because|until|without|than|more|less|please|briefly|"
    r"individually|separately|one"
)
_W = rf"(?:(?!(?:{_LINKS})(?![\w'-]))[\w'/-]+)"  # a word inside a noun phrase
_NUMBER = r"(?:a|an|one|two|three|four|five|\d+|a few|some|any)"
_EACH_NP = (
    r"(?:each|every)(?: single)?(?: one)?(?: of (?:these|those|them|this|the)\b(?: following)?)?"
    rf"(?: {_W}){{0,4}}"
    r"(?: (?:of|from|in|on) (?:my|our|the|this) (?:cv|resume|menu|website|shop|page|form))?"
)
_PLURAL_NP = (
    r"(?:all (?:of )?)?(?:these|those|the following|them|the|following|my|our|both|all|any)\b"
    rf"(?: {_W}){{0,5}}"
    rf"(?: (?:in|of) (?:these|those|the following|the)(?: {_W}){{1,3}})?"
    r"(?: (?:to|from) (?:the|my|our) (?:teacher|boss|customer|landlord|menu|cv|resume|website|shop))?"
)
WORK = (
    r"(?:translate|render|explain|describe|define|summari[sz]e|rewrite|rephrase|paraphrase|reword|correct|"
    r"fix|proofread|edit|classify|label|tag|rate|answer|convert|transform|turn|make|put|change|simplify|"
    r"shorten|expand|complete|improve|polish|clean up|format|capitali[sz]e|categori[sz]e|transcribe|spell|"
    r"conjugate|clarify|interpret|introduce|romani[sz]e|anonymi[sz]e|punctuate|extract|identify|find|"
    r"illustrate|reply to|respond to)"
)
_MAKE = (
    r"(?:give|write|write down|name|list|suggest|say|state|tell|decide|provide|create|generate|find|"
    r"mention|propose|formulate|draft|compose|determine|judge|check|mark|show|invent|offer|indicate|"
    r"specify|make|identify|add|explain|describe|note)"
)
_MADE = (
    r"(?:(?:sentence|line|word|paragraph|definition|example|synonym|antonym|translation|description|"
    r"explanation|title|headline|caption|slogan|tagline|name|response|answer|comment|tip|fact|use|"
    r"advantage|disadvantage|question|riddle|joke|haiku|improvement|solution|cause|reason|symbol|plural|"
    r"capital|formula|painter|author|artist|composer|inventor|year|date|origin|painting|alternative|"
    r"version|advertisement|blurb|meaning|pronunciation|abbreviation|hashtag|emoji|metaphor|label|"
    r"sentiment|tone|hint|allergen|warning|variant|ending|opening|compliment)s?|(?:repl|remed|summar|"
    r"apolog|categor)(?:y|ies)|countr(?:y|ies)(?: of origin)?|dish(?:es)?|pros|cons)\b"
)
_CLAUSE = (
    r"(?:whether (?:it|the|he|she|they)|what (?:it|the|he|she|they|is|you)|who|why (?:it|the|they|he|she))"
)
_SIZE = (
    rf"in (?:at most |exactly |about |no more than |under |just |only )?{_NUMBER} (?:(?:or|"
    rf"to) \w+ )?(?:{_W} ){{0,2}}"
    r"(?:sentences?|words?|lines?|paragraphs?)(?: each)?"
)
_THING = rf"(?:(?:{_NUMBER}|the|its|their|his|her) )?(?:{_W} ){{0,4}}{_MADE}"
_THINGS = rf"{_THING}(?: (?:and|or) (?:{_THING}|(?:the )?{_W}))?"
_FREE = r"(?: [\w'-]+){0,8}"

_FILLER = (
    r"(?:(?:please|kindly|now|hi|hello|ok|okay|so|also|next|(?:can|could|would|will) you(?: please)?|"
    r"i(?:'d| would) like you to|i (?:want|need) you to|your task is to|help me(?: to)?)[,:!]? )*"
)
_HOW = r"(?:(?: to me| me| for me)?(?:,? (?:briefly|shortly|please))?)"
_LEAD = rf"(?:for|from|under|below|behind|after) {_EACH_NP}[,:]? (?:please )?"

EACH_HEAD = re.compile(
    rf"{_FILLER}(?:"
    rf"{WORK}(?: and {WORK})?{_HOW} {_EACH_NP}"
    rf"|{WORK}(?: and {WORK})?{_HOW} (?:the |any )?(?:{_W} ){{1,4}}(?:(?:of|and|"
    rf"or) (?:the )?(?:{_W} ){{1,4}}){{0,2}}"
    rf"(?:of|in|from|for) {_EACH_NP}"
    rf"|{_LEAD}{_MAKE}{_HOW}(?: {_SIZE})? (?:{_THINGS}|{_CLAUSE}){_FREE}"
    rf"|{_MAKE}{_HOW} {_THINGS}(?: of {_NUMBER} {_W}| from (?:the|our|my) (?:{_W} ?){{1,3}})?"
    rf" (?:for|of|to|about|with) {_EACH_NP}"
    rf"|{_MAKE}{_HOW}(?: {_SIZE})? for {_EACH_NP},?(?: {_SIZE})? (?:{_CLAUSE}|{_THINGS}){_FREE}"
    rf"|what (?:is|are) the (?:{_W} ){{0,3}}{_MADE} of {_EACH_NP}"
    rf"|{WORK}{_HOW} {_PLURAL_NP} (?:individually|separately|one by one|one at a time)"
    r")"
)
PLURAL_HEAD = re.compile(
    rf"{_FILLER}(?:"
    rf"(?:translate|render|correct|proofread|fix|rewrite|rephrase|paraphrase|reword|simplify|define|"
    rf"explain|describe|classify|label|tag|answer|shorten|complete|improve|polish|conjugate|spell|"
    rf"transcribe|capitali[sz]e|romani[sz]e|punctuate|pronounce|turn|change|put|convert|"
    rf"transform){_HOW} {_PLURAL_NP}"
    r"|translate(?=,? (?:in)?to\b)"
    r"|answer questions? \d+(?: (?:to|and|-) \d+)?"
    rf"|(?:how (?:do|can|would) (?:you|i|we) say|say) {_PLURAL_NP}"
    rf"|give{_HOW} (?:a |the |one |an )?(?:{_W} )?(?:synonyms?|antonyms?|plurals?|translations?|"
    rf"definitions?) "
    rf"(?:of|for) {_PLURAL_NP}"
    r")"
)
_TONGUES = (
    r"(?:english|french|german|spanish|italian|japanese|chinese|portuguese|dutch|polish|russian|turkish|"
    r"korean|swedish|danish|norwegian|finnish|czech|greek|latin|arabic|hebrew|hindi|hungarian|romanian|"
    r"ukrainian|vietnamese|thai|indonesian|mandarin)"
)
TAIL = re.compile(
    r"[,:]? ?(?:"
    rf"{_SIZE}"
    r"|(?:at most|max|maximum|up to|no more than) (?:\w+ )?\w+ (?:words|sentences|lines)(?: each)?"
    rf"|(?:in|into|to) (?:the |a |an )?(?:{_W} ){{0,3}}{_TONGUES}(?: (?:for|on) (?:the|our|"
    rf"my) (?:{_W} ?){{1,2}})?"
    rf"|(?:in|into|to) (?:the |a |an )?(?:(?:{_W}|more|less) ){{0,3}}(?:tense|voice|form|speech|perfect|"
    rf"passive|plural|singular|past|present|future|questions?|statements?|i-statements?|negatives?|"
    rf"language|words|tone|way|style|manner|register|detail|slogans?|terms|celsius|fahrenheit|miles|"
    rf"capitals|upper ?case|lower ?case)"
    r"|as [\w' -]{1,40}(?:, [\w' -]{1,30}){0,8},? or [\w' -]{1,30}"
    r"|as \w+ ?/ ?\w+"
    rf"|(?:to|for) (?:a|an|my|our|the) (?:{_W} ){{0,3}}(?:beginners?|child|children|\S+-year-old|layperson|"
    rf"laypeople|person|audience|customers?|page|readers?|students?|tourists?|users?|class|expert|website)"
    rf"|with (?:a|an|one|two|its|their) (?:{_W} ){{0,3}}(?:verbs?|words?|examples?|sentences?|"
    rf"explanations?|reasons?|translations?|emojis?|pronunciation)"
    rf"|with (?:{_W} ?){{1,3}}(?:,| or) (?:{_W} ?){{1,3}}"
    r"|from \d+(?: \([^()]{1,30}\))? to \d+(?: \([^()]{1,30}\))?"
    r"|\([^()]{1,60}\)"
    r"|so that (?:a|an|my|it|each|every|they (?:sound|are|become|use|have|read (?!as))|the (?:tone|style)) ?"
    r"(?:[\w'-]+ ?){0,8}"
    r"|and (?:keep|preserve|leave) (?:the|my|their) (?:number|order|format|bullet|meaning|"
    r"mark)\w*(?: \w+){0,2}"
    r"|keeping (?:the|their) (?:number|order|format|meaning)\w*"
    r"|and (?:underline|highlight|mark) (?:the|your|each|every) \w+"
    rf"|and (?:give|add|write) (?:a|an|one|two) (?:{_W} ){{0,2}}(?:examples?|sentences?|synonyms?|reasons?)"
    r"|and (?:explain|justify) (?:the \w+|your (?:choice|answer|changes?)|why)"
    rf"|(?:more|less) {_W}"
    rf"|, {_W}(?:, {_W}){{0,4}},? or (?:the )?{_W}"
    r"|one (?:per|for each|to a|on each) (?:line|item|row|sentence|word)|one (?:line|sentence|"
    r"word) (?:each|per \w+)"
    r"|(?:a|an|one|two|three|\d+)(?: (?:or|to) \w+)? (?:short )?(?:line|sentence|word)s? each"
    r"|if there (?:are|is) (?:any |a )?mistakes?|if (?:needed|necessary)"
    r"|please|briefly|shortly|concisely|carefully|individually|separately|one by one|one at a time|for me|"
    r"thanks"
    r"|(?:below|above|here)"
    r"|mean"
    r")(?=[ ,:]|\Z)"
)


def fits(head: re.Pattern[str], sentence: str) -> bool:
    """Return whether a sentence is an order of some kind and nothing else; takes linear time.

    Args:
        head: The order with its object.
        sentence: The normalised sentence.
    """
    found = head.match(sentence)
    at = found.end() if found else None
    while at is not None and at < len(sentence.rstrip(" ,:-")):
        tail = TAIL.match(sentence, at)
        at = tail.end() if tail else None
    return at is not None
