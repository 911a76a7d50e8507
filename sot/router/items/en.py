"""English words about given items."""

from __future__ import annotations

from functools import partial

from .en_grammar import EACH_HEAD, PLURAL_HEAD, fits
from .words import ItemWords, rx

_NOUNS = (
    r"(?:sentences|phrases|words|lines|terms|questions|titles|expressions|names|items|statements|headlines|"
    r"reviews|comments|messages|idioms|proverbs|verbs|nouns|adjectives|texts|paragraphs|quotes|clauses|"
    r"slogans|requests|remarks|dishes|products|bullets|bullet points|entries|rows|examples|concepts|"
    r"definitions)"
)
_EACH = (
    r"\b(?:each|every)(?: single)? (?!(?:day|week|month|year|time|other|morning|evening|night|hour|minute|"
    r"thing|idea|and|in|on|with|you|that|to|at|please)\b)(?=\w)"
)
_FILLER = (
    r"\A(?:(?:please|kindly|now|hi|hello|ok|okay|so|also|next|(?:can|could|would|will) you(?: please)?|"
    r"i(?:'d| would) like you to|i (?:want|need) you to|your task is to|help me(?: to)?)[,:!]? )*"
)
_PIECE = (
    r"(?:story|poem|dialogue|letter|e-?mail|essay|text|speech|song|article|paragraph|recipe|code|lyrics|"
    r"passage|conversation|chat|proof|document|transcript|summary|scene|blog post|experiment|game|rules|"
    r"method|process|procedure|algorithm|program|report|instructions?|log|schedule|agenda|quiz|novel|play|"
    r"prayer|contract|chapter)"
)

WORDS = ItemWords(
    each=rx(
        _EACH,
        r"\b(?:individually|separately|one by one|one at a time)\b",
        r"\b(?:per|by) (?:sentence|line|item|word|question|row|entry)\b",
    ),
    share=rx(r"\beach(?:\W*\Z|[,;.]| (?:and|in|on|with|please)\b)"),
    orders_each=partial(fits, EACH_HEAD),
    orders_all=partial(fits, PLURAL_HEAD),
    joint=rx(
        # An order among the items, or a choice.
        r"\b(?:sort|rank|rearrange|arrange|reorder|alphabetical|chronolog|compar|contrast|similarit|"
        r"cluster|merge|combin|overlap|contradict|duplicat|redundan|coheren|priorit|transition|calendar)\w*",
        r"\b(?:in (?:the )?(?:(?:right|correct|best|proper|logical|ascending|descending) )?order(?! to\b)|"
        r"order of)\b",
        r"(?:\A|and |then |please )order\b",
        r"\bin (?:what|which) order\b",
        r"\b(?:pick|choose|select|vote|winner|favou?rites?|prefer|recommend|delete|remove|leave out|count|"
        r"continue|extend|missing|calculate|compute|solve|prove|derive|balance|predict|verdict|final|"
        r"advise)\b",
        # What one item has to do with another.
        r"\b(?:differ|differs|difference|differences|differently)\b",
        r"\b(?:each other|one another|in common|among (?:them|these|those)|between (?:them|these|the)|"
        r"odd ones?)\b",
        r"\b(?:relat(?:es?|ed|ions?|ionships?) (?:to|between|of|with)|relationships?)\b",
        r"\b(?:group|groups|join|connect|link|weave|blend|together|total|totals|altogether|overall|average|"
        r"sum)\b",
        r"\b(?:as a whole|in all|all in one|whole|vice versa|itself|pairs?)\b",
        r"\b(?:repeat|repeats|repeated|repeating|repetition|once|twice|unique|no two|nobody|exactly one|"
        r"only one)\b",
        r"\b(?:previous|preceding|the one before|the one above|before it|after it|last one|builds? on|"
        r"building on|from one to|the next|next one|follows? from|must follow|refers? to|depends? on|"
        r"changes? the|changed the|develops?|given that|created by)\b",
        r"\bthe (?:first|last|second|third)\b(?! (?:person|letter|word|name|paragraph|sentence|half))",
        r"\bthe same (?:word|verb|name|letter|answer|first|adjective|noun|colou?r)",
        r"\b(?:a )?different (?:from|words?|names?|verbs?|colou?rs?|child|person|people|ones?|letters?|"
        r"adjectives?|\w+\Z)",
        r"\b(?:other|others|another) (?:items?|tables?|ones?|words?|sentences?|points?|in|of|from)\b",
        r"\bthe (?:others|rest|other)\b|\bthan (?!\d|one\b|two\b|three\b|five\b|ten\b|twenty\b)",
        r"\badd (?:\w+ ){0,2}(?:more|another|further|new|to)\b",
        r"\bone of (?:these|the|them)\b|\bwhich (?:ones?|of|two|three|goes)\b|\bpoint by point\b",
        r"\b(?:connections?|leads? to|influence\w*|interact\w*|rhymes?|rhythm|met(?:er|re)|acrostic|"
        r"worksheet|crossword|cumulative|after another|ask me|wait|until|how often|how many|how long|"
        r"at what)\b",
        # Steps, and parts of one piece.
        r"\b(?:each|every|these|following|all|the) (?:\w+ ){0,2}(?:steps?|stages?|phases?)\b",
        rf"\b(?:of|in|from|to) (?:this|the|that|my|our|your) {_PIECE}\b",
        # One piece made of all items.
        r"\b(?:one|single|a|same) (?:\w+ ){0,2}(?:outline|timeline|table|chart|diagram|quiz|playlist|plan|"
        r"dialogue|conversation|schedule|poster|checklist)\b",
        r"\b(?:one|a single|single|same|fluent|flowing) (?:\w+ )?(?:text|story|paragraph|letter|e-?mail|"
        r"article|essay|summary|list|page|speech|poem|advertisement|song|report|plan|review)\b(?! (?:for|"
        r"about|of) each)",
        r"\b(?:json|csv|xml|yaml|sql|html|latex|code|script|program|function|functions|query|algorithm|"
        r"table)\b",
        r"\bso that (?:no|none|nobody|all|it all|the (?!\w+ (?:is|sounds) (?:polite|clear|short))|"
        r"they (?:form|make up|fit|follow|rhyme|tell|flow|add up|connect|read as|become|do not|don't|never|"
        r"no longer|are not|aren't))\b",
        r"(?<!sentence )(?<!sentences )\b(?:using|with|containing|contains?|including|includes?|mentions?|"
        r"mentioning|covers?|covering|features?|featuring|uses?) (?:each|every)\b",
        r"\b(?:using|use|from|in|about|based on|according to|with|to|on|within) (?:only )?(?:the|this|that|"
        r"your|my) "
        r"(?:\w+ ){0,2}(?:text|passage|article|story|map|graph|information|data|menu|answers?|results?|"
        r"book|film|log|list|budget|pot|oven)\b(?! below)",
        # A second order, unless it is one more about each item.
        r"(?:\band|\bbut|,|;) (?:also |finally |then |please )?(?:then|make|create|build|draw|tell|put|"
        r"turn|use|decide|conclude|plan|whether|find out|figure out|see|say|end|how|what|which|if|i|we|you|"
        r"they|there|so|given|with|write (?!(?:a|an|one|two) )|give (?!(?:me |us )?(?:a|an|one|two|its|"
        r"the) )|keeping (?!the (?:number|order|format|meaning)))\b",
        r"\bso (?:they|the|it)\b|\bwith (?:nobody|no one|none)\b",
        # Somebody else than an item gets something.
        r"\beach of (?:my|our|your|his|her)\b",
        r"\b(?:each|every) (?:child|person|player|guest|student|pupil|employee|colleague|department|team|"
        r"member|participant|customer|client|user|reader|family|friend|suspect|witness)\b",
        r"\bto (?:each|every) (?!of (?:these|the following|those)|question|review|comment|message|e-?mail|"
        r"statement|letter|sentence|post|tweet|objection|request|remark)",
    ),
    whole=rx(
        r"\b(?:in|into|with|as|using) (?:just |only )?(?:a|an|one|two|three|"
        r"\d+) (?:\w+ ){0,2}(?:sentences?|lines?|paragraphs?|words?|texts?)\b",
        rf"\b(?:a|an|one|my|the|this|following) (?:\w+ ){{0,3}}(?:{_PIECE}(?! \w+s\b)|list(?! of))\b",
        r"\b(?:most|least|best|worst|longest|shortest|oldest|newest|biggest|largest|smallest|highest|"
        r"lowest|fastest|cheapest|hardest|easiest|strongest|first|last)\b",
        r"\b(?:how(?! (?:do|can|would) (?:you|i|we) say\b)|why|whether|which|who)\b",
    ),
    named=rx(_EACH, rf"\b{_NOUNS}\b"),
    questions=rx(
        _FILLER + r"(?:answer|respond to|reply to) (?:all |each |every |these |the |of |following |my |"
        r"\w+ )*questions?"
    ),
    beside=rx(
        r"\A(?:please )?(?:keep|preserve|leave|retain|use|do not|don't|no|not|only|just|one|without|be|"
        r"answer in|reply in|write in|number|thanks|thank you|here are|these are|those are|below are|"
        r"below is|i am|i'm|i have|i need|i want|we are|we're|we need|my|our|underline|output|give only|"
        r"return only|yes or no|true or false|in (?:one|two|three|a few|simple|plain|\d+)|at most|max|"
        r"maximum|each|hello|hi|good morning|dear|it is for|it's for|this is for|they are|they're|"
        r"all of them are|the target|the audience|keeping|write one|limit|(?:two|three|"
        r"\d+)(?: or \w+)? (?:words|sentences|lines)|short|formal|informal|sentences|words|questions)\b",
        r"\A(?:please|\W*)\Z",
    ),
    reference=rx(
        r"\b(?:the above|as above|see above|mentioned above|previous|aforementioned|the former|the latter|"
        r"same as|as in|like in|in item|in point|part \(?[a-h]\)|in \(?[a-h]\)|from \(?[a-h]\)|(?:no\.|"
        r"number|item|point|#|question|sentence|answer|box|door|statement|clause|section|option|rule|"
        r"line) ?\(?\d+\)?)(?!\w)",
        r"\b(?:the|this|that) (?:text|passage|author|story|article|speaker|paragraph|poem|table|graph|"
        r"diagram)\b",
        r"\b(?:did|does|was|were|has|had) (?:it|they|he|she)\b",
        r"\byour (?:answer|result)\b",
    ),
    alone=rx(
        r"\b(?:correct|fix|proofread|grammar|mistakes?|spelling|punctuate|capitali[sz]e|tense|voice|"
        r"passive|plural)\b",
        r"\binto (?:a )?(?:negative|questions?|statements?)\b",
    ),
    goes_on=rx(
        r"\A(?:then|however|therefore|thus|hence|so|but|and|finally|next|after that|afterwards|later|"
        r"because of "
        r"this|as a result|instead|meanwhile|secondly|thirdly|also|moreover|furthermore|otherwise|"
        r"nevertheless)\b"
    ),
    pronoun=rx(r"\A(?:he|she|it|they|this|these|that|those|his|her|its|their)\b"),
    ends_question=rx(r"\?\W*\Z"),
)
