"""English wishes for a short or a detailed answer, which a list can be."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .en_words import BEGIN, END, POINTS, REPLIES

_BRIEF = r"(?:short|brief|concise|succinct|terse|compact|crisp|snappy|tight|minimal|pithy|punchy|tiny|small)"
_LONG = (
    r"(?:detailed|comprehensive|thorough|exhaustive|extensive|in[- ]depth|elaborate|long|longer|lengthy|full|"
    r"complete|deep)"
)
_VERY = (
    r"(?:(?:very|really|super|extremely|ultra|nice and|pretty|rather|fairly|quite|relatively|reasonably|as|"
    r"so|"
    r"too|more|nice|a bit|a little|all) )*"
)
_ITS = (
    r"(?:it all|it|this|that|them|these|'?em|things|everything|all(?: of (?:it|them))?|each(?: of them|"
    r"(?: \w+){0,2})|every(?: \w+){1,2}|the (?:points|items|list|tips|descriptions|explanations)|"
    rf"{REPLIES}|explanations|descriptions|points|yourself)"
)
_TEXT = (
    r"(?:answers?|repl(?:y|ies)|responses?|overview|summary|explanations?|list|points?|bullets?|"
    r"descriptions?|"
    r"version|analysis|discussion|guide|account|comparison|items?|notes?|phrases?|comments?|reasons?|entries)"
)

DETAIL = (
    WishPattern(
        "length",
        rx(
            rf"\b(?:keep|make|have|leave|get) {_ITS} {_VERY}{_BRIEF}\b",
            rf"\b(?:be|stay|remain) {_VERY}(?:briefer|shorter|brief|concise|succinct|short|terse|to the "
            rf"point|economical)\b",
            rf"\b{_VERY}(?:briefly|concisely|succinctly|tersely)\b|\bin (?:brief|short)\b",
            rf"\b{_VERY}(?:{_BRIEF}|quick|shortest)[ -](?:possible )?(?:an? )?(?:bullet |list )?(?:{_TEXT}|"
            rf"tips|ideas|"
            rf"suggestions|"
            rf"reasons|ones)\b",
            rf"\b(?:the |just )?{_BRIEF} (?:of )?(?:and|but) (?:sweet|simple|crisp|clear|{_BRIEF}|to the "
            rf"point)\b",
            rf"{BEGIN}(?:please |just |only |but |and |make it )*{_VERY}{_BRIEF}(?:,? please|,? "
            rf"thanks?)?{END}",
            r"\b(?:in|with|using|of|only|just) (?:a |an |one )?(?:few|couple of|handful of)(?: \w+)? words\b",
            r"\bto the point\b|\bno (?:long|lengthy|wordy) (?:explanations?|answers?|texts?|essays?)\b|"
            r"\b(?:not|nothing|don't (?:write|say|tell me)|do not write|isn't|n't be|n't make it) too "
            r"(?:long|much(?: text)?|many words|wordy|detailed|lengthy)\b|"
            r"\bwithout (?:going into|too much) detail\b|\bno details\b|\bno (?:essays?|novels?)\b(?= "
            r"please|[.!,]|\Z)|\b(?:don't|do not|no) (?:rambl(?:e|"
            r"ing)|"
            r"waffl(?:e|ing)|babbl(?:e|ing))\b|\b(?:don't|do not|no need to) (?:write a novel|go overboard|"
            r"go on and "
            r"on|go into (?:too much |much )?detail)\b|\b(?:just|only) the (?:gist|essentials|basics|"
            r"highlights|"
            r"bare bones|key points|headlines)\b|\bi(?:'m| am) in a (?:hurry|rush)\b|\bi don't have (?:much|"
            r"a lot of) "
            r"time\b",
            rf"\b{POINTS}[,:]? (?:but |and |please |just )*{_BRIEF}(?: ones| please)?{END}",
            rf"\b(?:a|one|only a|just a) (?:{_BRIEF}|quick) \w+ (?:each|apiece|for each|per \w+)\b",
        ),
        "short",
        cue=rx(
            rf"\b(?:{_BRIEF}|brief(?:er|ly)|shorte(?:r|st)|concisely|succinctly|tersely|quick|economical|"
            rf"words|to the "
            r"point|long|lengthy|wordy|too (?:much|many|detailed)|details?|rambl|waffl|babbl|essays?|"
            r"novels?|overboard|go on|"
            r"only the|just the|hurry|rush|time)"
        ),
    ),
    WishPattern(
        "length",
        rx(
            r"\b(?:in (?:great |full |more |some |much |depth and |as much |a lot of |greater |considerable "
            r"|all )*"
            r"detail|in[- ]depth|thoroughly|comprehensively|extensively|at (?:great |some )?length|"
            r"exhaustively|"
            r"elaborate on|elaborate|as detailed as|go(?:ing)? (?:right )?into (?:more |great |some |a lot "
            r"of |"
            r"the )?(?:detail|depth)s?|go (?:really )?deep|deep[- ]dive|plenty of detail|lots? of detail|"
            r"(?:with|include|give|add|want|need|use) (?:me )?(?:many |all (?:the )?|a lot of |lots of |"
            r"plenty of |"
            r"more |full |rich |much |as (?:much|many) )(?:details?|background|depth|explanations? and "
            r"examples|"
            r"explanations?)|the more detail|the longer the better|write (?:me )?(?:a lot|lots|plenty|much)|"
            r"as much as you (?:can|like|want|know)|"
            r"take your time|leave nothing out|(?:want|need) (?:more |real )?depth|with (?:details|"
            r"explanations and "
            r"examples)|"
            r"(?:as|like) a (?:full|complete|detailed|comprehensive|long) (?:guide|report|article|"
            r"overview))\b",
            rf"\b(?:make|keep|have|be|want|need|like|prefer|stay|should be|must be|is|can be) (?:{_ITS} "
            rf")?(?:to be )?"
            rf"{_VERY}(?:(?:and|,) ?)?{_LONG}(?:,? and {_VERY}{_LONG})?(?=[ ]?(?:[.,;:!?)\n–-]|\Z|please|"
            rf"thanks|but|"
            rf"because|with|so|on|as))",
            r"\b(?:detailed|long|longer|comprehensive|thorough|exhaustive|extensive|in[- ]depth|lengthy|"
            rf"elaborate) "
            rf"(?:and \w+ )?{_TEXT}\b",
            rf"{BEGIN}(?:please |just |but |and )*{_VERY}(?:detailed|comprehensive|thorough|exhaustive|"
            rf"extensive|"
            rf"in[- ]depth|long)(?: and \w+)?(?:,? please|,? thanks?)?{END}",
            rf"{BEGIN}(?:please )?(?:full|more|lots of|all the|maximum|great) details?{END}",
            r"\b(?:don't|do not) (?:be (?:too )?(?:brief|short)|hold back|skimp|leave anything out|spare "
            r"(?:me "
            r")?(?:any|the|on) "
            r"details?)\b",
            r"\b(?:explain|describe|discuss|cover|treat) (?:each|every|all|them|it|these|everything)(?: "
            r"\w+){0,3} "
            r"(?:properly|fully|carefully|deeply|well)\b",
        ),
        "long",
        cue=rx(
            rf"\b(?:{_LONG}|details?|depth|deep|thoroughly|comprehensively|extensively|exhaustively|"
            rf"elaborate|length|"
            r"background|explanations?|much|a lot|lots|plenty|take your|nothing out|brief|short|hold back|"
            r"skimp|anything "
            r"out|properly|fully|carefully|deeply|well)\b"
        ),
    ),
)
