"""English wishes for flowing text, and for no lists."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .en_words import ANSWER, BEGIN, DOER, EACH, END, LISTS, MOST, SHORT, WANT

_NO_LIST_YET = (
    r"(?:(?:me|it|them|things|anything|everything|with|in|as|into|up|your|my|the|more|all|any|those|these|"
    r"long|big|use|of|using|an?|and|or|nor|such|numbers|numbered|bulleted|markdown|headings?|headers?|"
    r"tables?|bold|emojis?|titles?|formatting|asterisks|code|intros?|special characters|symbols|links|urls|"
    r"this|that|answers?|to be|be|form of),? )*"
)

PROSE = (
    WishPattern(
        "form",
        rx(
            rf"\b(?:as|in|into|with|using|use|write|want|give me|only|just|like|be|in the form of|i'm "
            rf"looking for|i am looking for) (?:an? |the |(?:one|two|three|four|five|\d|few|couple of|"
            rf"exactly|about|just|some|text|normal|pure|ordinary|regular|running|"
            rf"narrative|single|natural|(?:to|or|-) (?:two|three|four|2|3|4))(?: |(?=-))|{SHORT}){{0,5}}"
            r"(?:prose|flowing text|running text|continuous text|connected text|(?<!short )(?<!brief "
            r")paragraphs|para(?:graph)? form(?:at)?|para(?:graph)?\b(?!s)|essay form|narrative form|essay "
            r"style|full sentences only|block of text|body of text|piece of text|text without|coherent text|"
            r"ordinary text|continuous prose|conversational (?:prose|text))\b"
            rf"(?! ?(?:{EACH}|each\b(?! {ANSWER})|per\b(?! {ANSWER})|about how|breaks?\b|at a time|break|"
            rf"under\b))",
            r"\b(?:one|a single|a short|single|1|two|three|2|3|just a)(?: ?(?:-|to|or) ?(?:two|three|2|3|"
            r"4))? "
            rf"{SHORT}*para(?:graph)?s?(?=,? (?:only|please|no|without|max|answer|at most|is|will|would|tops|"
            r"[–-]|of (?:plain |flowing |continuous )?(?:prose|text)\b|(?:per|each|for each|for every|in "
            rf"each|in every) {ANSWER}\b)|"
            r"[.!;,)\n]|\Z)",
            rf"\b(?:in|as|into|with|write|of|use|want) (?:exactly |about |at most |only )?(?:one|two|three|"
            rf"four|five|six|\d|a few|a couple of)(?: ?(?:-|to|or) ?(?:two|three|four|five|2|3|4|5))? "
            rf"{SHORT}*paragraphs?\b(?! ?(?:{EACH}))",
            r"\b(?:single|one)-paragraph (?:answer|reply|response|summary|explanation|text|overview)\b",
            rf"{BEGIN}(?:just |only |plain |flowing |simple |normal |in )*(?:prose|flowing text|running text|"
            rf"continuous text|"
            r"paragraphs?(?: form(?:at)?)?|(?:two|three) paragraphs|full paragraphs|full sentences)(?: only| "
            r"please|,|[.!]|\Z|\n)",
            rf"\b(?:i|we) ?{WANT} (?:to (?:have|read|get) )?(?:an? |plain |simple |normal "
            rf")*(?:{SHORT})*(?:prose|flowing text|running text|para(?:graph)?s?)\b(?! ?(?:{EACH}))",
            rf"{BEGIN}(?:just |only |a |one |1 |single )*{SHORT}*para(?:graph)?(?:{END}| (?:per|each|for "
            rf"each|for every|"
            rf"in each|in every) {ANSWER}\b)|\A(?:an? |one "
            rf")?{SHORT}*paragraph (?:on|about|explaining)\b",
            rf"{BEGIN}(?:in )?(?:an? )?(?:essay|narrative|letter)[- ](?:style|form|format){END}",
            r"\b(?:prose|flowing text|running text|continuous text) (?:only|please)\b",
            r"\b(?:plain|flowing|continuous|normal|simple|connected|ordinary|natural) (?:prose|paragraphs)\b",
            r"\b(?:paragraphs?|prose|text|sentences|essay),? (?:not|instead of|rather than|and not) (?:an? |"
            r"in |as )?(?:bullet|list|point|enumeration|number)",
            r"\b(?:write|word|phrase|explain|answer|spell|put)(?: (?:it|this|that|everything|them))?(?: out| "
            r"all out)? in full (?:sentences|prose)(?=,? (?:no|without|not|instead|rather)\b)",
            rf"\b(?:{LISTS}|numbered items)(?:,? (?:and|or) (?:\w+ ){{0,2}}?\w+)? (?:are|is) (?:strictly |"
            r"absolutely |completely )?(?:forbidden|not (?:allowed|permitted|welcome|wanted|ok|okay|"
            r"acceptable)|"
            r"prohibited|banned|off[- ]limits|a no-go|unwelcome|verboten)\b",
        ),
        "prose",
        not_after=rx(
            DOER, r"\b(?:mistakes?|transitions?|sentences?|words?|ideas?|structure|hook|quotes?) ?\Z"
        ),
        cue=rx(r"\b(?:para|prose|sentences|essay|bullet|list|narrative)|text\b"),
    ),
    WishPattern(
        "form",
        rx(rf"{MOST} (?:one|a single|1|two|2|three|3) {SHORT}*paragraphs?\b(?! ?(?:{EACH}))"),
        "prose",
        sure=True,
        not_after=rx(r"\A(?:should|why|how|can|does|is|when)\b[^,:;]*\Z"),
        cue=rx(r"\bparagraph"),
    ),
    WishPattern(
        "form",
        rx(
            rf"\b(?:no|without(?: any)?|w/o|w/out|sans|minus|zero|not using|not in|not as|instead of|rather "
            rf"than|not (?:an?|another)|nor|free of|anything but|less of) {_NO_LIST_YET}{LISTS}\b(?! (?:of "
            rf"(?!any)|that|longer|with|comprehension|price|journal))",
            r"\b(?:list|bullet|bullets|lists)[- ]free\b",
            r"\bwithout (?:breaking|splitting|dividing|separating|chopping|cutting) (?:it |this |them |"
            r"things |the answer |everything )?(?:up |down )?(?:in)?to (?:separate |single |numbered |"
            r"several |many )*(?:points|items|bullets|a list|lists|parts|sections)\b",
            r"\bwithout (?:enumerating|itemi[sz]ing|listing(?: things| points)?|numbering|bulleting)\b",
        ),
        "prose",
        sure=True,
        not_after=rx(
            r"\b(?:life|live|lives|living|works?|working|writing|presentations?|slides?|essays?|articles?|"
            r"notes|plan|planning|shop|shopping|texts?|emails?|there (?:is|are)|has|have|had|contains?)(?: "
            r"\w+){0,2} ?\Z",
            r"\bwhen (?:should|to|do|would|is|are)\b[^,:]{0,60}\Z",
        ),
        cue=rx(r"bullet|list|enumerat|number|dashes|itemi|\binto\b|\bin to\b"),
    ),
    WishPattern(
        "form",
        rx(
            r"\b(?:don't use|do not use|avoid|never use|not use|skip|(?:shouldn't|should not|must not|"
            r"mustn't|may not) be|don't (?:write|make|give me|answer with|answer in|reply with|want|like|"
            r"need another|list|number|enumerate|put|do|send|format|turn|structure|present|arrange|respond "
            r"(?:with|in))|drop|do not "
            r"(?:write|make|give me|answer with|answer in|respond with|respond in|want|list|number|enumerate|"
            r"produce|format|output)|never (?:write|make|answer with|answer in|list|number|reply with|reply "
            r"in|respond with|respond in|give|produce|output)|leave out|hate|can't stand|cannot stand|can't "
            r"read|omit|stop (?:using|making|writing|giving|sending|with)|refrain from(?: using)?|rather not "
            r"(?:have|see|get)|not (?:be|want|like|contain|include|have) (?:an?|any)|must not (?:use|"
            r"contain)|ditch|lose|forget|"
            rf"drop the) {_NO_LIST_YET}{LISTS}\b"
            r"(?! (?:of (?!any)|that|longer|with|comprehension|price|in (?!your|any|my|the answer|answers|"
            r"replies|this)|rule|anymore needed|prices|points out|journal))",
            r"\b(?:don't|do not|never|no need to) (?:ever |just )?(?:enumerate|itemi[sz]e|list things|"
            r"list (?:them|it|everything)|number (?:the|your|them)|bullet\b|"
            r"break (?:it|this|them|things) (?:up |down )?into)",
        ),
        "prose",
        sure=True,
        not_after=rx(
            r"\b(?:why|how|when|where|who|which)\b(?! (?:can|could|would) you)[^,:]{0,80}\Z",
            r"\b(?:reasons?|people|teachers?|editors?|students?|companies|life|live|living|advantages?|"
            r"disadvantages?|benefits?|drawbacks|alternatives?|pros|cons|tips|downsides|"
            r"difference)\b[^,:]{0,60}(?<!please )\Z",
        ),
        cue=rx(r"bullet|list|enumerat|number|dashes|itemi|\binto\b"),
    ),
)
