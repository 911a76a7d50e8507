"""English wishes about form, length, number, language and audience."""

from __future__ import annotations

from ..wish import WishLanguage, rx
from .en_detail import DETAIL
from .en_each import EACH_ASKED
from .en_form import FORM
from .en_length import LENGTH
from .en_manner import MANNER
from .en_points import POINTS_ASKED
from .en_prose import PROSE
from .en_words import NUMBERS, ORDER
from .en_works import WORKS

_SAYING = (
    r"(?:texting|tweeting|speaking|talking|communicating|chatting|messaging|writing|answering|saying|"
    r"summari[sz]ing|replying|describing|expressing|explaining things|presenting|"
    r"listing|formatting|outputting|returning|responding|generating|converting|turning|keeping|giving|asking|"
    r"rewriting|showing|displaying|visuali[sz]ing|plotting|storing|putting|arranging|condensing|pitching|"
    r"introducing (?:yourself|oneself))"
)
_SAY = (
    r"(?:answer|reply|replies|respond|output|return|produce|talk|speak|write|say|communicate|explain "
    r"things|give)s?"
)
_PEOPLE = (
    r"(?:teachers?|students?|people|children|kids|authors|poets|writers|journalists|politicians|chat ?bots?|"
    r"chatgpt|gpt|llms?|models?|bots?|ais?|lawyers|experts|users|programs|apis?|servers?|developers|devs|"
    r"companies|programmers|engineers|girls|boys|men|women|teens|teenagers|scientists|philosophers|customers|"
    r"interviewers|recruiters|everyone|someone|somebody)"
)
_FILLERS = (
    r"(?:please|and|but|just|only|answer|reply|respond|responses?|replies|answers|format|output|preferably|"
    r"ideally|all|everything|it|this|that|your|the|my|whole|in|is|be|must|should|ok|okay|also|formatted|"
    r"written|presented|same|same thing|shorter|no|hi|hey|hello|with|as|then|so|i want|i need|want|need|i'd "
    r"like|i'd prefer|i'd love|length|limit|tl;dr|thanks|thank you|to|give|"
    r"me|it all|note|important|now|use|put|make|keep|again|instead|of|a|an|style|maximum|max|done|laid out|"
    r"plus|strictly|really|actually|both|them|these|if possible|kindly|simply|exactly|about|for once|could "
    r"you|can you|would you|do|you|will|tone|rather|limited|restricted|are|kept|at|long|"
    r"your output|output format|constraints?|size|rules?|always|never|not|let's say|maybe|perhaps|every|each|"
    r"any|messages?|turn|texts?|i(?= (?:only|just) have)|i'd|we'd|i would|we would|outputs?|explanations?|"
    r"descriptions?|write|has|"
    r"have|needs|ought|you|i mean|"
    r"mean|from (?:now|"
    r"here) on|"
    r"from this point on|going forward|henceforth|for now|until further notice|explained|described|discussed|"
    r"covered|treated|elaborated|fit|may|can|shall|long|total|overall|in all|like|think|literally|pls|"
    r"mind|sorry|oh|well|yes|right|one thing|ps|p\.s\.|nb|btw|remember|reminder|style|house style)"
)
_TOPIC = (
    r"(?:pros|cons|advantages|disadvantages|benefits|tips|reasons|ideas|ways|top|best|differences?|causes|"
    r"effects|summary|overview|comparison|explanation|definition|perks|upsides|downsides|risks|facts|history|"
    r"meaning|features|steps|\d|some|any|all|the|main|key|good|how to|symptoms|types|examples|strategies)"
)
_TOLD = (
    r"(?:i|i'm|i've|i'll|we|he|she|they|my|our|it's|there|was|were|has|had|wrote|said|says|told|wants?|is|"
    r"are|contains?|must|needs?|demands?|requires?|have|asked|asks|did|got|uses?)"
)

RULES = WishLanguage(
    numbers=NUMBERS,
    order=rx(ORDER),
    filler=rx(rf"\A\[?(?:[^?\n]{{0,250}}?(?:,| -|–|—) ?)?(?:{_FILLERS}(?!\w)[ :,–—-]*)*\Z"),
    asks=rx(
        r"\A(?:[\w' ,-]{0,60}, ?)?(?:so |and |but |ok,? |hey,? |hi,? |hello,? |also |now )?(?:what|what's|"
        r"why|how|which|who|where|"
        rf"when|is|are|does|do|did|can|could|should|would|will|was|were|{_TOPIC})\b",
        rf"\A(?!(?:{_TOLD})\b)[\w'&/-]+(?: (?!(?:{_TOLD})\b)[\w'&/-]+){{0,7}} ?,?\Z",
    ),
    subject=rx(
        rf"(?<!mind )\b{_SAYING}(?: (?!please\b|by\b|on\b|with\b|about\b|for\b|in\b)[\w'-]+){{0,3}} ?\Z",
        rf"\b(?:hate|avoid|{_PEOPLE}|able to|afraid to|mean(?:s|t)? to)"
        r"(?: (?!please\b|or\b|and\b|in\b)[\w'-]+){0,3} ?\Z",
        rf"\bhow (?:do|can|could|should|would|to|does)(?: (?:i|you|we|one|people))?(?: [\w'-]+){{1,6}} (?:to "
        rf"|that |which |only )?{_SAY}(?: only)? ?\Z",
        r"\bhow (?:do|can|could|should|would|to)(?: (?:i|we|one|people|they))? ?(?:\w+ )?\Z",
        r"\b(?:why|people)\b[^,:]{0,60} (?:only|always|never|often) ?\Z",
        rf"\b(?:why|when|how|do|does|people)\b[^,:]{{0,60}} (?:only|always|never|often) {_SAY}(?: "
        rf"[\w'-]+){{0,2}} ?\Z",
        r"\b(?:i|we|he|she|they) (?:can|must|should|(?:have|has|had|need|needs|want|wants|trying|going) "
        r"to)(?: only)?(?: (?!(?:know|hear|have|see|get|understand)\b)\w+)? ?\Z",
        r"\bhow (?:much|many|long|often)\b[^,:]{0,60}\Z|\bhow (?:do|can|should|to)(?: (?:i|we|you))? \w+ "
        r"(?:an?|my|the|your) ?\Z",
        r"(?:\bhow (?:do|can|could|should|would|to)(?: (?:i|we|you|one|people))?|\b(?:ways?|tips|ideas|hard|"
        r"easy|difficult|able|possible|(?<!\A)(?<!please )try|trying|challenge|art|why do \w+ (?:need|"
        r"have)) to) (?:explain|"
        r"summari[sz]e|introduce|describe|sum up|say|write|express|pitch|tell|define|answer|phrase|word|"
        r"put|cut|shorten|reduce|trim|fit|squeeze|cram|pack|tell)\b[^,:]{0,60}\Z",
        r"\b(?:when|while) (?:i|you|we|one|people|they)(?: \w+)? ?\Z",
        r"\b(?:person|people|someone|anyone|child|man|woman|boss|partner|friend|\w+s) who(?: [\w'-]+){0,3} "
        r"?\Z",
        rf"\b(?:what does|mean|phrase|expression|word|saying|called|known for|slogan|prompts?|instructions?) "
        rf"(?:it mean to )?(?:{_SAY} )?\Z",
    ),
    negated=rx(
        r"(?:\b(?:no|not|without|w/o|don't|do not|never|instead of|rather than|enough with|enough of|avoid|"
        r"skip|isn't|needn't|stop|"
        r"nor|neither|except|but no|drop|omit|leave out|refrain from|free of|anything but|no need (?:for|to)|"
        r"doesn't|have to be|has to be|need to be|needs to be|avoiding|skipping|dispense with|not want|don't "
        r"want|hate|cannot|can't|mustn't|shouldn't|more than|forget|other than|rather not have)"
        r"(?: (?:a|an|any|the|use|using|write|writing|make|making|give|giving|me|it|answer|with|in|as|list|"
        r"of|need|have|be|put|produce|output|format|return|add|adding|include|including|another|more|kind|"
        r"please|want|to|do|your|break|up|into|respond|reply|form|numbered|bulleted|or|bullet|points|just|"
        r"only|limit|yourself|restrict|than|keep|things|anything|markdown|headings|headers|json|yaml|table|"
        r"tables|lists|list|bullets|code|xml|csv),?){0,6}) ?\Z"
    ),
    conditional=rx(
        r"\b(?:if|when|whenever|unless|in case|where (?:appropriate|possible|needed|necessary|useful|"
        r"applicable)|as needed|as appropriate|asked for|asks for|ask for|requests?|requested|e\.g\.|such as|"
        r"for example|otherwise|may|can use|or a|sometimes|where it helps|suits|depending|mirror|same "
        r"language|optionally|for (?:all |any |the )?(?:code|coding|math|long|complex|complicated|technical|"
        r"simple|comparisons?|steps|greetings|lists?|yes/no|factual|small|sensitive|medical|legal|off-topic|"
        r"unrelated|structured|tabular)|(?:yes/no|simple|factual|trivial|off-topic|short|code|math) "
        r"questions?|refuse|greet(?:ing)? (?:the|users?|them)|paragraphs? (?:should|must|have))\b"
    ),
    standing=rx(
        r"\b(?:from now on|from here on|from this point on|until further notice|only ever|always|henceforth|"
        r"in (?:the )?future|for the rest|every (?:answer|"
        r"reply|response|message|"
        r"question)|all (?:of )?(?:your |my |the |further |following |future |later )*(?:answers|replies|"
        r"responses|messages|"
        r"questions)|(?:each|per) (?:answer|reply|response|question|message)|never|until i (?:say|tell)|any "
        r"question|whatever i (?:ask|say)|throughout|for this (?:chat|conversation|session)|going forward|no "
        r"matter what|in this (?:chat|conversation|session)|at all times|"
        r"every time|whenever (?:i|you)|as long as|the whole (?:chat|conversation)|everything i ask|for now "
        r"on|as a rule|any longer|anymore|answer everything)\b"
    ),
    order_only=rx(
        r"\A(?:please |ok,? |and |hi,? |hello,? |hey,? |let's say |i want you to |i'd like you to |can you |"
        r"could you |you should |you must |you will |just |only |actually,? |sorry,? )*"
        r"(?:answer|reply|respond|speak|talk|keep (?:it|your|all|things|every|the)|use|be|don't|do not|no|"
        r"stick to|stop|avoid|format|limit|restrict|write (?:in|only|as|everything|all|your|to me)|no more|"
        r"(?:[\w-]+ )?(?:answers|replies|responses)|skip|your answers|all answers|(?:one|two|three|\d) "
        r"sentences?|"
        r"one-sentence|(?:plain|flowing) (?:text|prose)|i (?:want|need|prefer|like|only want|would like|hate|"
        r"don't (?:want|like)) (?:short|brief|one|only|your|all|answers|"
        r"plain|everything|lists|bullet|long|any))\b"
        r"[^?]{0,160}(?:[.!,] ?(?:understood|ok|okay|got it|alright|deal|is that clear|can you do "
        r"that)\?+)?[^?]{0,20}\Z"
    ),
    continues=rx(
        r"\A(?:(?:great|thanks|cool|nice|ok)[,.!]? )?(?:and|what about|how about|now|then|also|same|the same|"
        r"next|again|but|or)\b(?: (?:what|how) about)?(?:[ ,–-]+(?!(?:how|why|what|who|where|when|which|is|"
        r"are|do|does|can|should|i|we|tell|explain|write)\b)[^\s,–-]{1,30}){0,9}\Z"
    ),
    patterns=(*FORM, *PROSE, *WORKS, *EACH_ASKED, *LENGTH, *DETAIL, *POINTS_ASKED, *MANNER),
)
