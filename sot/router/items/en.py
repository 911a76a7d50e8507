"""English words about given items."""

from __future__ import annotations

from .en_grammar import BESIDE, orders_all, orders_each
from .en_standing import ROLE, STANDING
from .en_words import NOUN, NOUNS
from .words import ItemWords, rx

_EACH = (
    r"\b(?:each|every)(?: single)? (?!(?:day|week|month|year|time|other|morning|evening|night|hour|minute|"
    r"thing|idea|and|in|on|with|you|that|to|at|please)\b)(?=\w)"
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
        r"\beach\W*\Z",
        r"\b(?:individually|separately|one by one|one at a time)\b",
        r"\b(?:per|by) (?:sentence|line|item|word|question|row|entry)\b",
    ),
    share=rx(r"\beach(?:\W*\Z|[,;.]| (?:and|in|on|with|please)\b)"),
    orders_each=orders_each,
    orders_all=orders_all,
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
        r"(?:\band|\bbut|,|;) (?:also |finally |then |please )?(?:then|make|create|build|draw|put|"
        r"turn|use|decide|conclude|plan|whether|find out|figure out|see|end|how|what|which|if|i|we|you|"
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
    named=rx(_EACH, rf"\b{NOUNS}\b"),
    questions=rx(r"\banswer\b(?! (?:for|of|to)\b)", r"\b(?:respond|reply) to (?:\w+ ){0,4}questions?\b"),
    beside=BESIDE,
    standing=STANDING,
    role=ROLE,
    reference=rx(
        r"\b(?:first|second|third|fourth|fifth|last|next|other) (?:one|ones|statement|sentence|claim|"
        r"answer|clue)\b",
        r"\b(?:one|two|three|all|none|some|both|each|most|any|neither) of (?:us|them|these|those|"
        r"the above)\b",
        r"\b(?:statements?|sentences?|claims?) (?:is|are|here|below|above|in this)\b",
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
        r"passive|plural|classify|label|tag|categori[sz]e|rate|sentiment|tone|whether)\b",
        r"\binto (?:a )?(?:negative|questions?|statements?)\b",
        r"\b(?:reviews?|comments?)\b",
    ),
    quotes=rx(
        r"\b(?:make|translat\w*|render|rewrite|rephrase|paraphrase|reword|simplify|shorten|correct|fix|"
        r"proofread|polish|"
        r"punctuate|capitali[sz]e|classify|label|tag|categori[sz]e|rate|sentiment|whether|say|put|turn|"
        r"change|"
        r"convert|summar\w*|reply|respond|grammar|mistakes?|spelling|version)\b",
    ),
    goes_on=rx(
        r"\A\W*(?:then|however|therefore|thus|hence|so|but|and|finally|next|after that|afterwards|later|"
        r"because of "
        r"this|as a result|instead|meanwhile|secondly|thirdly|also|moreover|furthermore|otherwise|"
        r"nevertheless|both|neither|either|suddenly|one day|at last|in the end|for this reason|as i said|"
        r"in that case|similarly|likewise|there (?!(?:is|are|was|were|will|has|have|goes)\b)|"
        r"(?:the same|the other|another|le même|la même|lo mismo|el mismo|la misma|dasselbe|dieselbe|"
        r"derselbe)\b)\b",
        r"\A\W*(?:yes|no|yeah|sure|ok|okay|exactly)\b ?[,.!?]",
        r"\A\W*(?:what|how) about\b|\A\W*(?:why|how|where|when|who|what)\W*\Z",
        r"\A\W*(?:i look forward to|(?:best|kind) (?:wishes|regards)|yours (?:sincerely|faithfully)|dear )",
    ),
    pronoun=rx(
        r"\A\W*(?:he|she|it|they|this|these|that|those|his|her|its|their|they're|he's|she's|there he|"
        r"there she)\b"
    ),
    backward=rx(
        r"\b(?:it|its|he|she|they|them|their|theirs|him|his|her|hers|this|that|these|those|both|same|latter|"
        r"former|previous|previously|above|earlier|else|another|other|others|also|too|instead|so|such|"
        r"likewise|"
        r"itself|himself|herself|themselves|one|ones|again|therefore|first one|second one)\b(?! (?:hundred|"
        r"million|thousand)\b)",
        r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b",
        rf"\bthe (?:{NOUN}|process|war|treaty|battle|reaction|man|woman|boy|girl|team|tower|building|event|"
        rf"period|"
        r"group|law|story|band|game|result|operation|couple|player|child|leader|organi[sz]ation|area|"
        r"region)s?\b"
        r"(?! (?:of|in|that|who|which|with|from|for|by|called|where|named|on|at)\b)",
    ),
    sections=rx(
        r"\A(?:(?:the )?(?:introduction|conclusions?|intro|outro|abstract|methods?|results?|discussion|"
        r"summary|"
        r"background|causes?|effects?|consequences|course|overview|outlook|beginning|middle|ending|end|"
        r"opening|"
        r"closing|setup|climax|resolution|first|second|third|last|history|culture|economy|premise)|"
        r"(?:act|scene|chapter|part|step|phase|stage|day|week|slide|verse|stanza|level|round) (?:\d+|one|two|"
        r"three|[ivx]+))\b\W*(?:\Z|:)"
    ),
    sentences=rx(
        r"\b(?:each|every|these|those|following|the|my|our|above)(?: (?!in\b|with\b)\w+){0,2} "
        r"(?:sentences?|statements?|clauses?)\b"
    ),
    ends_question=rx(r"\?\W*\Z"),
)
