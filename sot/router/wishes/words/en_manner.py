"""English wishes about language and audience, and the end of earlier wishes."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .en_words import BEGIN, END

_NAMES = (
    r"(?P<value>english|german|french|spanish|italian|portuguese|dutch|swedish|danish|norwegian|finnish|"
    r"polish|czech|turkish|romanian|hungarian|vietnamese|indonesian|japanese|chinese|mandarin|korean|russian|"
    r"ukrainian|arabic|hindi|thai|greek|hebrew|bengali|latin|esperanto)"
)
_NO_NOUN = (
    r"(?! (?:history|literature|grammar|class|schools?|companies|culture|cuisine|society|cooking|politics|"
    r"football|cinema|law|art|markets?|villages?|towns?|cities|houses?|homes?|gardens?|families|universities|"
    r"business|medicine|philosophy|music|food|restaurants?|films?|mythology|folklore))"
)
_KINDS = (
    r"(?:(?:good|plain|simple|british|american|everyday|brazilian|mexican|formal|easy|clear|natural|"
    r"fluent) )*"
)

MANNER = (
    WishPattern(
        "free",
        rx(
            r"\b(?:forget|ignore|drop|lift|cancel|never mind|scrap|ditch|undo|disregard|"
            r"enough with|enough of) (?:about )?(?:the|that|this|my|what i "
            r"said about) (?:[\w-]+ ){0,3}(?:rule|format|limit|restriction|instruction|request|thing|"
            r"requirement|constraint|length|sentence|table|json|formatting|"
            r"paragraph|poem|haiku|prose|word count|style|order|wish)s?\b(?! (?:of|"
            r"in|that|i)\b)",
            r"\b(?:back to|return to|use) (?:(?<=back to )(?:lists|bullets|bullet points|points)|normal|"
            r"your usual|the usual|your normal|free)(?: \w+)?\b",
            r"\b(?:you can|you may|feel free to) (?:answer|write|reply|talk|speak|format|go back|respond|"
            r"use lists|use "
            r"bullets|use bullet points|use as many|elaborate|be longer|be detailed|use longer|write longer|"
            r"use more)(?: \w+){0,3} ?(?:again|normally|freely|now|as you like|however you like|as usual|as "
            r"you want|as long as you (?:like|want))\b",
            r"\b(?:you can|you may) (?:use|make|write|give me) (?:lists|bullet points|bullets|numbered lists|"
            r"longer answers|several sentences|as many \w+)(?: \w+){0,4}\b",
            r"\b(?:answer|write|reply|respond) (?:normally|freely|as usual|the usual way|in your own way)(?: "
            r"again)?\b",
            r"\bstop (?:using|writing|giving me|sending|answering in|replying in|with) (?:the )?(?:json|yaml|"
            r"xml|csv|tables?|one-word|one-sentence|haikus?|poems?|prose|rhymes?)\b|\bnormal (?:answers|"
            r"replies|format)(?: again| please|,| from)",
            r"\b(?:lists|bullets|bullet points|tables|longer answers) are (?:fine|ok|okay|allowed)(?: again| "
            r"now)?\b",
            r"\b(?:stop|quit|end|enough (?:with|of)) (?:the|that|this|all the) (?:json|yaml|csv|xml|tables?|"
            r"poems?|poetry|"
            r"rhymes?|rhyming|"
            r"haikus?|one-word|one-sentence)\b|\byou can stop (?:with|using|writing) (?:the )?\w+|\bno "
            r"longer (?:need|have) to\b|\bno more (?:json|tables|one-word answers|one-sentence answers|"
            r"short answers)\b",
        ),
        sure=True,
        not_after=rx(
            r"\bso (?:just |please )?\Z",
            r"\b(?:bullets?|lists?|bullet points|numbering|numbers)[,;]? (?:(?:just|please|but|and|so|"
            r"instead) )*\Z",
        ),
    ),
    WishPattern(
        "language",
        rx(
            rf"\b(?:in|into|auf|en) {_KINDS}{_NAMES}\b{_NO_NOUN}",
            rf"(?:{BEGIN}|\b(?:please|should|must|always|only|will|now|and|you) )(?:speak|talk|use|write|"
            rf"answer|reply|respond)(?: to me| with me| only)? {_KINDS}{_NAMES}\b(?={END}| (?:with|to|from|"
            rf"for|at|instead)\b)",
            rf"{BEGIN}{_NAMES},? (?:please|only){END}|\b{_NAMES} only\b|\blanguage ?: ?{_NAMES}\b",
        ),
        cue=rx(_NAMES),
    ),
    WishPattern(
        "audience",
        rx(
            r"\bfor (?P<value>(?:an? |my |the )?(?:[\w-]+[- ])?(?:\d+|five|six|seven|eight|nine|ten|"
            r"twelve)[- ]year[- ]olds?|(?:an? |my |young |small |little |the |complete |absolute |total "
            r")*(?:child(?:ren)?|kids?|toddlers?|(?:absolute |complete |total )?beginners?|teenagers?|"
            r"laypeople|layperson|laymen|experts?|professionals?|novices?|"
            r"grandmother|grandma|non-?(?:experts|technical people|specialists)|senior(?:s| citizens)|"
            r"managers?|executives?))\b",
            r"\b(?:like|as if|as though) i(?:'m| am| were| was) (?P<value>a child|a kid|"
            r"an? (?:\d{1,2}|[a-z]{3,8})[- ]years?[- ]old)\b",
        ),
    ),
    *(
        WishPattern(
            "audience",
            rx(
                rf"\b(?:like|as if|as though) i(?:'m| am| were| was) (?:{age})\b(?![-' ]*(?:seconds?|"
                r"minutes?|hours?|days?|weeks?|months?|people|times|steps?|feet|foot|inche?s?|miles?|met(?:er|re)s?|"
                r"kilomet(?:er|re)s?|pounds?|kilos?|percent|%))"
            ),
            f"a {name}-year-old",
        )
        for name, age in (("five", r"five|5"), ("six", "six"), ("seven", "seven"), ("ten", "ten"))
    ),
    WishPattern("audience", rx(r"\beli5\b"), "a five-year-old"),
)
