"""English wishes about the length of each point."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .en_words import AFTER, ANSWER, BOUND, EACH, EACH_POINT, END, MOST, POINT, POINTS, RANGE, SHORT, N

_HAS = (
    r"(?: (?:is|being|to be|should be|must be|gets?|has|have|having|explained|described|followed by|limited "
    r"to|should have|in|with|of|as|using|by|within|needs|takes?|uses?|comprises?|runs?|kept to|consists? of|"
    r"written|formulated|be|"
    r"only|long|should|must|can|may|exactly|at|around|to))*"
)
_NOTE = (
    r"(?:explanation|description|reason|comment|note|summary|example|justification|rationale|definition|"
    r"comments|detail|gloss|blurb|intro|introduction|remark|recommendation)"
)
_OF_ANSWERS = rx(  # "short answers please, one line each": of each answer
    r"\A(?:[\w'-]+ ){0,4}(?:answers|replies|responses|messages)\b(?: (?!with\b|to\b|for\b|that\b|contain)"
    r"[\w']+){0,5}[ ,–-]*\Z"
)

EACH_ASKED = (
    WishPattern(
        "each_sentences",
        rx(
            rf"{BOUND} {SHORT}*(?:sentences?|lines?)(?:{AFTER})? ?,?(?:of \w+ |long )?{EACH}",
            rf"\b{EACH_POINT}{_HAS} {BOUND} {SHORT}*(?:sentences?|lines?)\b",
            rf"\b{EACH_POINT},? (?:write|give|add|use|provide|include)(?: me| us)? {BOUND} "
            rf"{SHORT}*(?:sentences?|lines?)\b",
            rf"\b{RANGE}[- ](?:sentence|line) (?:(?!which|what|why|how|on|about|of|the)[\w-]+ )?(?:{POINTS}|"
            rf"explanations? (?:for|of|to|per) each|(?:descriptions?|explanations?|points?|bullets?|items?) "
            rf"(?:{EACH}))",
            rf"\b{RANGE} (?:short )?sentences? (?:for|per|on|to) (?:each|every(?! answer| reply| question)|"
            rf"all of them)",
            rf"\b(?P<n>a|one) {SHORT}*(?:sentence|line) or (?P<m>two) ?,?{EACH}",
            rf"\b{EACH_POINT},?{_HAS}(?: with| in| and| plus)? (?P<n>a) {SHORT}*(?:sentence|line)\b(?: or "
            rf"(?P<m>two))?",
            rf"\b(?P<n>a|one) {SHORT}*(?:sentence|line) (?:on|about|of|saying|explaining) (?:[\w']+ "
            rf"){{1,5}}?{EACH}",
            rf"\b(?P<n>a|a few) {SHORT}*(?:sentences?|lines?) ?,?{EACH}",
            rf"\b{EACH_POINT}(?: \w+){{0,3}},? (?:with|has|having|gets|getting|followed by|plus|and|needs|"
            rf"come with) "
            rf"(?:an? |its own |one |the )?{SHORT}*{_NOTE} (?:in|of|within|that is|that's|no longer than|"
            rf"limited to|"
            rf"kept to) (?:{BOUND}|{MOST}? ?(?P<n>a)) {SHORT}*(?:sentences?|lines?)\b",
            rf"\b{EACH_POINT}(?: \w+){{0,3}},? (?:with|has|having|gets|followed by|plus|and|in|as|needs) "
            rf"(?:an? |its "
            rf"own )?{RANGE}[- ](?:sentence|line)s? {_NOTE}",
            rf"(?:{BOUND}|\b(?P<n>a)) {SHORT}*(?:sentences?|lines?) (?:(?:on|about|of|for|as to|saying|"
            rf"telling me|"
            r"explaining|describing) |to \w+ )*(?:(?:why|what|how|when|where|who) |(?<=about )|(?<=to "
            r"explain )|(?<=to describe )|(?<=explaining )|(?<=describing ))(?:\w+ "
            rf"){{0,2}}?(?:each|"
            rf"every one)\b(?! {ANSWER}| time)",
            rf"\b(?:sentence count|sentences) per (?:point|item|tip|bullet) ?[:=]? ?{RANGE}",
            rf"\b(?:tips|points|bullets|ideas|reasons|items|suggestions|steps) of {BOUND} "
            rf"{SHORT}*(?:sentences?|"
            rf"lines?)(?={END})",
        ),
        sure=True,
        not_after=_OF_ANSWERS,
        cue=rx(
            r"\b(?:each|every|per|apiece|a piece|an? (?:point|item|tip|bullet|idea|reason))\b|all of|"
            r"[- ](?:sentence|line) |\w+s of "
        ),
    ),
    WishPattern(
        "each_words",
        rx(
            rf"{BOUND} words? ?,?(?:long )?(?:{AFTER} ?)?{EACH}",
            rf"\b{EACH_POINT}{_HAS} {BOUND} words\b{AFTER}?",
            rf"\bno (?:single )?(?:{POINT}|item|bullet|suggestion) (?:(?:should|may|must) )?(?:be "
            rf")?(?P<most>longer than|more than|over|above) {N} words\b",
        ),
        sure=True,
        not_after=_OF_ANSWERS,
        cue=rx(r"\b(?:each|every|per|apiece|a piece|no)\b"),
    ),
    WishPattern(
        "each_sentences",
        rx(
            rf"\b(?:a|one|1|single) {SHORT}*para(?:graph)?s? ?,?{EACH}",
            rf"\b(?:each|every)(?! {ANSWER})(?: \w+)? (?:in|with|as|gets?|of|is) (?:its own|a|one) (?:short "
            rf"|brief "
            r")?paragraph\b",
        ),
        "paragraph",
        sure=True,
        cue=rx(r"\b(?:each|every|per|apiece|a piece)\b"),
    ),
)
