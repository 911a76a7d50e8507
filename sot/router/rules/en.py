"""English routing rules."""

from __future__ import annotations

from .rule import LanguageRules, Rule, rx
from .words_en import (
    ASK,
    ASKED_FOR,
    ASKS_FOR_ORDER,
    CODE,
    GAP,
    GOOD,
    KIN,
    LONG_WORKS,
    MORE,
    PLACE,
    POINTS,
    WORKS,
    WRITE,
)

RULES = LanguageRules(
    rules=(
        Rule(
            "normal",
            0.9,
            "is a word of thanks or a greeting",
            rx(
                r"\A(?:(?:ok|okay|great|perfect|super|lovely|cool|wow|nice|ah|oh|yes|good|"
                r"brilliant)[,.! ]+)*"
                r"(?:thanks?(?: you)?(?: (?:so|very) much| a lot| again)?|thx|cheers|hi|hello|hey|bye|"
                r"good (?:morning|evening|night))"
                r"(?:[,.! ]+(?:that|this|it)(?:'s| is| was)?(?: \w+){0,4}| for (?:the|your|that|"
                r"this)(?: \w+){0,3})?[.! ]*\Z"
            ),
        ),
        Rule(
            "normal",
            0.9,
            "asks for one piece of creative writing",
            rx(rf"{ASKED_FOR}\b{WRITE}\b{GAP}{WORKS}\b"),
        ),
        Rule(
            "normal",
            0.8,
            "asks for one longer text",
            rx(rf"{ASKED_FOR}\b(?:write|compose|draft|craft|pen)\b{GAP}{LONG_WORKS}\b"),
        ),
        Rule(
            "normal",
            0.85,
            "asks for a role played in one voice",
            rx(
                r"\b(?:act|behave|speak|talk|respond|answer|reply|react|comment) (?:as|like) (?:a|an|the|"
                r"if|my)\b",
                r"\bpretend (?:to be|that|you)\b",
                r"\bimagine (?:that )?(?:you are|you're|yourself|being)\b",
                r"\bput yourself in\b",
                r"\bfrom now on,? you\b",
                r"\brole-?play",
                r"^(?:you are|you're) (?:a|an|my|now|the|playing|going to play)\b",
                r"^(?:be|play) (?:a|an|my|the)\b",
                r"\bin the (?:voice|style|persona) of\b",
                r"\btake on the role\b",
                r"\bif you (?:were|are) (?:a|an|the)\b",
            ),
        ),
        Rule(
            "normal",
            0.9,
            "asks for code",
            rx(
                rf"{ASKED_FOR}\b(?:write|implement|fix|debug|refactor|complete|port|create|generate|"
                rf"develop|optimi[sz]e)(?! (?:better|cleaner|clean|good|more|faster|readable|"
                rf"plain))\b{GAP}{CODE}(?!\w)",
                rf"\b(?:this|my|the following) {CODE}(?!\w)",
                r"traceback \(most recent|syntaxerror|typeerror|stack ?trace|segfault",
            ),
        ),
        Rule(
            "normal",
            0.85,
            "works on a given text",
            rx(
                r"\b(?:translate|rewrite|rephrase|paraphrase|proofread|reword)\b",
                r"\b(?:summari[sz]e|shorten|edit|correct|extract|classify|simplify|convert|format|sort|"
                r"fill in)\b[^.?!\n]{0,20}\b(?:this|these|the following|below|the (?:text|passage|sentence|"
                r"paragraph|article))\b",
                r"\bthe following (?:\w+ ){0,2}(?:text|passage|paragraph|sentence|article|review|reviews|"
                r"e-?mail|words)\b",
                r"\b(?:based on|according to|in) (?:this|the) (?:above |given )?(?:passage|text|paragraph|"
                r"article)\b",
                r"\bhow do (?:you|i|we) say\b",
            ),
        ),
        Rule(
            "normal",
            0.75,
            "takes something out of a given text, or sorts what is given",
            rx(
                r"^(?:please )?(?:extract|identify|classify|categori[sz]e|label|tag|assign|rate|score|"
                r"group|sort|convert|turn|transform|change(?! of)|parse|pull|fill|mark|match|decide|detect|"
                r"reformat|alphabeti[sz]e)\b(?! \d)[^\n]{0,160}(?::\s|[\"\n])",
                r"\b(?:as|into|to|in|return|output|only) (?:a |an |valid |one )?(?:json|yaml|csv|xml|"
                r"markdown)\b",
                r"\b(?:for|to) each (?:of the |of these )?(?:following )?(?:sentence|review|comment|"
                r"message|item|word|line|headline|tweet|expense)s?\b",
            ),
        ),
        Rule(
            "cot",
            0.8,
            "is an algorithm to be worked out",
            rx(
                r"\bgiven (?:an?|two|the|some|n) (?:(?:sorted|unsorted|rotated|directed|undirected"
                r"|weighted|binary|finite|"
                r"random|non-?empty|square|two-dimensional|2d|integer) )*(?:arrays?|strings?|lists? of"
                r"|graphs?|trees?|matrix|"
                r"matrices|grids?|sequences?|sets? of|integers?|words?|stacks?|queues?|points|intervals"
                r"|positive integers?)\b",
                r"\b(?:you are|you're) given (?:an?|two|the|n) (?:\w+ ){0,2}(?:arrays?|strings?|lists?"
                r"|graphs?|trees?|"
                r"matrix|grids?|sequences?|integers?)\b",
                r"\b(?:find|determine|compute|count|minimi[sz]e|maximi[sz]e) (?:the |all )?(?:\w+"
                r" ){0,3}(?:subarrays?|"
                r"subsequences?|substrings?|permutations|spanning tree|shortest path|number of"
                r" (?:distinct |different |"
                r"possible |valid )?ways)\b",
            ),
        ),
        Rule(
            "cot",
            0.75,
            "asks which statement follows",
            rx(
                r"\b(?:premises?|statements?|conclusions?|claims?|assumptions?|facts?|options?"
                r"|following|these)\b[^?]{0,200}"
                r"\b(?:must|cannot|can't|could|has to|have to|need not|logically|necessarily|definitely"
                r"|certainly) "
                r"(?:also )?(?:be )?(?:true|false|follow|follows|implied|inferred|concluded|hold|right"
                r"|wrong)\b",
                r"\bwhich (?:one )?(?:of the (?:following|these) )?(?:conclusions?|statements?)"
                r" (?:follows?|can be drawn|"
                r"is (?:valid|supported|justified|implied))\b",
                r"\b(?:weakens?|strengthens?) (?:the|this|that|his|her|\w+'s) (?:argument|conclusion"
                r"|claim)\b",
            ),
        ),
        Rule(
            "cot",
            0.85,
            "is a calculation",
            rx(
                r"\b(?:calculate|compute|evaluate|simplify|solve|factori[sz]e|differentiate|integrate)\b",
                r"\b(?:probability|derivative|integral|square root|remainder|least common|greatest common|"
                r"perimeter|area|volume|hypotenuse|percent(?:age)?|equation|sum|product|average|"
                r"interest) (?:of|that|when|is)\b",
                r"\d\s?% of\b",
                r"\d (?:times|plus|minus|divided by|multiplied by|to the power of) \d",
                r"\b(?:chances?|odds) (?:of|that)\b",
                r"\bprime (?:number|factor)",
                r"\bconvert \d",
                r"\bwhat (?:is|are|'s) (?:\d|the (?:value|result|sum|product|total) of)",
            ),
            numbers=1,
        ),
        Rule(
            "cot",
            0.85,
            "is a word problem with numbers",
            rx(
                r"\bhow (?:many|much|long|far|old|fast|tall|late|soon|often|heavy|big|wide)\b",
                r"\b(?:what|which) (?:is|was|will be|are|were|would be) (?:the|his|her|its|their|"
                r"my) (?:\w+ ){0,2}(?:total|average|cost|price|speed|distance|age|number|amount|sum|profit|"
                r"ratio|fraction|percentage|time)\b",
                r"\b(?:at )?what (?:time|age|percent|percentage|fraction|speed|price)\b",
                r"\bfind (?:the|all|x|its)\b",
            ),
            numbers=2,
        ),
        Rule(
            "cot",
            0.7,
            "asks for mathematics",
            rx(
                r"^(?:please )?(?:calculate|compute|solve (?:for|the equation)|prove\b(?! (?:my|to|you|"
                r"your))|show that|factori[sz]e|differentiate|determine whether|integrate)\b",
                r"\b(?:can|could) you (?:please )?(?:calculate|compute|prove)\b",
                r"\b[xyz]\s?(?:\^\s?\d|[-+*/]\s?\d+\s?=)",
                r"\b(?:antiderivative|derivative of|integral of|determinant|eigenvalues?|square root of)\b",
                r"\bhow likely is\b",
                r"\bwhat (?:share|fraction|proportion|percentage)\b",
            ),
        ),
        Rule(
            "cot",
            0.75,
            "is a puzzle with one right answer",
            rx(
                r"\b(?:solve|answer) (?:this|the|my) (?:\w+ )?(?:puzzle|riddle)\b",
                r"\b(?:knights?|knaves?|always lies|tells? the truth|truth-?tellers?|is lying)\b",
                r"\b(?:if )?all \w+(?: \w+)? are \w[^?\n]{0,120}\b(?:are (?:all|some)|is \w+|can we|must|"
                r"does it follow)\b",
                r"\b(?:argument|reasoning|conclusion|inference) (?:valid|sound|correct)\b",
                r"^balance\b(?: (?:the|this|following))?(?: equation| reaction|:| \w+ ?\+)",
                r"\b(?:can we conclude|does it follow|what follows(?! for)|logically follow)",
                r"\b(?:comes next|next (?:number|term|letter) in|complete the (?:sequence|series|"
                r"pattern))\b",
                r"\b(?:what|who) am i\s?\?",
                r"\b(?:exactly|only|just) one (?:of (?:them|these|the)|statement|person|"
                r"speaker)\b[^?]{0,200}\bwho",
                r"\bwho (?:broke|stole|took|ate|owns|brought|ordered|lied|lies|did it|killed|wins|won|came|"
                r"has) (?:it|what|which|the \w+)\s?\?$",
                r"\bwho (?:is|was|finished) (?:the )?(?:tallest|oldest|youngest|shortest|fastest|guilty|"
                r"in the middle)\b",
            ),
        ),
        Rule(
            "cot",
            0.75,
            "is a puzzle about who is what to whom",
            rx(rf"\b{KIN}\b"),
            times=2,
            also=rx(
                r"\b(?:related|relation|relationship|to (?:me|each other|one another|him|her|\w+)\s?\?|"
                r"who (?:is|am)\b)"
            ),
        ),
        Rule(
            "cot",
            0.75,
            "is a puzzle about who stands where",
            rx(rf"\b(?:{MORE} than|{PLACE})\b"),
            times=2,
            also=ASKS_FOR_ORDER,
        ),
        Rule(
            "cot",
            0.6,
            "asks what follows from what is given",
            rx(
                r"(?:^|[.!:] )(?:if|whenever|unless|only|no|every|all|some|each|whoever|everything|"
                r"nothing)\b"
            ),
            also=rx(
                r"[.!] (?:so )?(?:does|did|is|was|will|are|can|must|has|what about|"
                r"what follows)\b[^.?!\n]{0,60}\?$"
            ),
        ),
        Rule(
            "cot",
            0.7,
            "asks for counting or a date",
            rx(
                r"\bhow many\b[^?\n]{0,60}\bif\b[^?\n]{0,60}\d",
                r"\bif\b[^?\n]{0,60}\d[^?\n]{0,60}\bhow many\b",
                r"\bhow many (?:days|weeks|months|hours|minutes|seconds|years)\b[^?\n]{0,40}\b(?:between|"
                r"until|till|since|from|before|after|left)\b",
                r"\bhow many (?:times|letters|vowels|consonants|syllables|words|"
                r"[a-z]'?s)\b[^?\n]{0,40}\b(?:in the (?:word|sentence|phrase)|does the (?:letter|word)|"
                r"are (?:there )?in)\b",
                r"\bwhat (?:day|date)(?: of the week)? (?:will|was|is|would)\b[^?\n]{0,60}(?:\d|\b(?:after|"
                r"before|from (?:now|today)|ago)\b)",
            ),
        ),
        Rule(
            "cot",
            0.65,
            "asks for an estimate to be worked out",
            rx(
                r"\b(?:estimate|guess|roughly|approximately|about) how (?:many|much|long|far)\b",
                r"^estimate\b",
                r"\bhow (?:many|much)\b[^?\n]{0,80}\b(?:fit (?:in|into|inside)|would it take|"
                r"in an? (?:average |single )?(?:year|day|lifetime|city|life)|per (?:day|year|week)|"
                r"every (?:day|year)|over a lifetime)\b",
                r"\bhow (?:many|long)\b[^?\n]{0,40}\bwould (?:it|you|we) (?:take|need)\b",
            ),
        ),
        Rule(
            "normal",
            0.8,
            "is a multiple choice question",
            rx(
                r"\b(?:which|what|who) (?:one )?of the following\b",
                r"\b(?:which|what|who) (?:one )?of these\b(?=[^?\n]{0,60}(?:\?[^\n]{0,3}\n|:|\?"
                r" ?[^\n]{2,60},|, ))",
                r"^[ \t]*\(?a[).:]\s[^\n]{1,300}\n\s*\(?b[).:]\s",
                r"\ba\)\s[^\n]{1,80}\bb\)\s",
                r"\btrue or false\b",
                r"\bchoose (?:the|one|from)\b",
            ),
        ),
        Rule(
            "normal",
            0.85,
            "asks for a short answer",
            rx(
                r"(?<!each )(?<!them )(?<!point )(?<!item )\b(?:in|with|as|using) (?:just |only |"
                r"at most )?(?:one|a single|1|a few|two) (?:short )?(?:word|sentence|line)s?\b(?! (?:each|"
                r"apiece|on|for each|per|about each))",
                r"\bone[- ](?:word|line|sentence) (?:answer|reply|summary)\b",
                r"\byes or no\b",
                r"\b(?:just|only) (?:give |tell )?(?:me )?(?:the|an?) (?:answer|number|name|result|word)\b",
                r"\b(?:list|give|name|write|tell)\b[^.?!\n]{0,25}\b(?:names|synonyms|antonyms|rhymes|words|"
                r"countries|cities|colou?rs|numbers|letters)\b",
            ),
        ),
        Rule(
            "normal",
            0.8,
            "asks for a single fact",
            rx(
                r"^(?:who|whose|whom)\b",
                r"^(?:and )?(?:when|where) (?:is|was|are|were|did|does|do|will)\b",
                r"^(?:in )?(?:what|which) (?:year|century|country|city|continent|planet|language|month|"
                r"team|day|time|colou?r)\b",
                r"^(?:what(?:'s| is| was)|tell me|give me) the (?:\w+ )?(?:capital|name|date|population|"
                r"height|currency|largest|smallest|longest|tallest|highest|fastest|oldest|deepest|formula|"
                r"symbol|boiling point|meaning|definition|plural|opposite|synonym|author|word|term|"
                r"temperature|distance|weather|year|age|speed|time|abbreviation|past tense|title)\b",
                r"^(?:at|in|on|from|by|to|under|through|for) (?:what|which) \w+",
                r"^what (?:currency|unit|gas|metal|element|organ|port|version|flag|sport|instrument|"
                r"vitamin|animal|bird|river|ocean|sea|lake|mountain|island|god|king|queen|president|"
                r"company|brand)\b",
                r"^what happens (?:if|when) (?:you|i|we) (?:eat|drink|swallow|touch|mix|press|forget"
                r"|look)\b",
                r"^how (?:tall|old|far|big|deep|heavy|fast|high|wide|hot|cold) (?:is|was|are|were|does|do|"
                r"did)\b",
                r"^how (?:much|long) (?:is|are|was|were|does|do|did|has|have)\b(?![^?\n]{0,60}\bmatter)",
                r"^(?:define|what does \w+ (?:mean|stand for))\b",
                r"^is \w+(?: \w+)? (?:an? )?\w+(?: \w+)?\?$",
                r"^\S+(?: is|,|\s?-|\s?=)? (?:what|meaning|what's that|what is that)\b[^\n]{0,15}$",
                r"\A(?:hi|hello|hey|thanks|thank you|good (?:morning|evening"
                r"|night))\b[^?.!\n]{0,30}[.!]?\Z",
            ),
        ),
        Rule(
            "normal",
            0.5,
            "asks how many there are",
            rx(r"^how many\b(?! (?:good |real )?(?:reasons|ways|arguments))"),
        ),
        Rule(
            "skeleton",
            0.7,
            "asks what would follow from a change",
            rx(
                r"^(?:and |so |but |imagine: |seriously,? )?what (?:if|would happen if|might happen if"
                r"|would change if|"
                r"would it mean if|would have happened if|would have been different if)\b(?! (?:i|my"
                r"|you|it|he|she|that|this|we) "
                r"(?!all\b))(?![^?\n]{0,80}\d)",
                r"\bhow (?:would|might|could) (?:the world|life|our lives|society|history|people|cities"
                r"|everyday life|things) "
                r"(?:\w+ ){0,2}(?:look|be|have been|change|differ|develop)\b[^?\n]{0,40}\bif\b",
            ),
        ),
        Rule(
            "normal",
            0.65,
            "asks for a procedure whose steps build on each other",
            rx(
                r"\b(?:recipe|step[- ]by[- ]step|instructions|tutorial|walk me through|steps (?:to|for|of|"
                r"in))\b",
                r"\bhow (?:do|can|to|would|should|could)(?: (?:i|you|we|one))? "
                r"(?:install|set up|bake|cook|tie|assemble|change|replace|fix|repair|reset|configure|"
                r"connect|compile|"
                r"solve|draw|knit|sew|fold|boil|brew|download|format|delete|uninstall|unlock|update|mount|"
                r"plant|calculate|prune|graft|sharpen|jump-start|inflate|peel|roast|fry|grill|steam|"
                r"poach|knead|iron|"
                r"glue|solder|wire|tile|plaster|hang|drill|sand|varnish|register|apply for|renew|cancel|"
                r"file|export|"
                r"import|back up|restore|deploy|merge|revert|undo|rename|transfer|copy|unclog|descale|"
                r"defrost|thaw|open|"
                r"close|switch on|switch off|turn on|turn off|log in|sign up|"
                r"convert|paint|wash|remove|make|build|create|clean)\b"
                rf"(?= (?:an?|the|my|your|some|it|\w+)\b)(?!(?: \w+){{0,2}} {GOOD})(?! (?:friends|money|"
                rf"sure|time|people|"
                r"relationships?|trust|confidence|muscle|wealth|my (?:life|mind|mood|diet|city|"
                r"community)))",
            ),
        ),
        Rule(
            "normal",
            0.65,
            "asks how one thing works, or what it is",
            rx(
                r"\bhow (?:does|do|did|is|are|was|were) (?!i\b|we\b|you\b|one\b|people\b|"
                r"someone\b)[^.?!\n]{2,50}\b(?:work|works|function|formed|made|form|come about|arise|"
                r"develop|evolve|happen|generated|produced|created|born|digest|breathe|fly|know|hatch|move|"
                r"spread)\b(?! (?:better|well|together))",
                r"^(?:please )?(?:can you |could you )?(?:explain|describe) (?:to me )?(?:how|"
                r"the (?:concept|idea|principle|process|theory|mechanism|life cycle|\w+ (?:effect|theorem|"
                r"paradox|principle|cycle|process))|what (?:is|are|an?))\b(?![^.?!\n]{0,80}\b(?:affects?|"
                r"influence|changed?|differ))",
                rf"^(?:and )?(?:what is|what's|whats|what was) (?:an? |the )?(?!best|difference|point|"
                rf"purpose|importance|role|impact)(?:(?!{POINTS}\b)[\w'-]+ ?){{1,4}}\??$",
                r"^why (?:is|are|does|do|did|can|can't|don't|doesn't|isn't) (?:the |a |"
                r"an )?[\w'-]+(?: [\w'-]+)? (?:float|sink|freeze|melt|burn|blue|red|green|white|salty|"
                r"round|wet|cold|hot|shine|bend|expand|rust|smell|turn|fly)\b",
            ),
        ),
        Rule(
            "skeleton",
            0.85,
            "asks for several independent points",
            rx(
                rf"\b{ASK}\b[^.?!\n]{{0,70}}?\b{POINTS}\b",
                r"\b(?:pros and cons|advantages and disadvantages|do'?s and don'?ts|"
                r"strengths and weaknesses)\b",
                rf"^(?:\d+|two|three|four|five|six|seven|eight|nine|ten|some|top \d+|"
                rf"the best) (?:\w+ )?{POINTS}\b",
            ),
        ),
        Rule(
            "skeleton",
            0.8,
            "asks for a comparison",
            rx(
                r"\b(?:compare|contrast|differences? between|versus|vs\.?)(?!\w)",
                r"\bhow (?:do|does|is|are)\b[^.?!\n]{2,60}\b(?:differ|different)\b",
                r"\bis it better to\b[^?\n]{2,80}\bor\b",
                r"\bwhich (?:is|one is|are) (?:better|best|healthier|safer|cheaper)\b",
            ),
        ),
        Rule(
            "skeleton",
            0.8,
            "asks how something has an effect",
            rx(
                r"\b(?:how|what|explain|describe|discuss)\b[^.?!\n]{1,80}\b(?:affect(?:s|ed)?|effect|"
                r"impact|influence[sd]?|shape[sd]?|benefit|contribute[sd]?|chang(?:ed|ing|es? (?:the|a|our|"
                r"my|how|in|to|for)))\b",
                r"\b(?:the )?(?:importance|significance|role|relevance) of\b",
            ),
        ),
        Rule(
            "skeleton",
            0.75,
            "asks for advice",
            rx(
                r"\bhow (?:can|should|could|might|would) (?!it |this |that |be )\w+",
                r"\bhow (?:do|does) (?:i|we|you|one|people|someone) (?!say|know|feel|think\b)\w+",
                r"^how to\b",
                r"\bwhat (?:should|can|could|must) (?:i|we|you|one|people|a|an|the) \w+",
                r"\bwhat (?:makes|make) (?:for )?(?:an?|the|some|people|us)\b",
                r"\bwhat (?:can|should|could) \w+ do\b",
                r"\bwhat do (?:\w+ )?\w+s (?:look for|need|value|expect|want|like|dislike)\b",
                r"^(?:things|places|ways|reasons) to\b",
                r"\b(?:suggest|recommend) (?:some|a few|several|\d+)\b",
                r"\b(?:best|good|effective|healthy|easy|fun|creative) ways? to\b",
                r"\bi (?:want|need|would like|'d like) (?:to )?[^.?!\n]{3,60}(?:advice|help|tips)\b",
                r"\b(?:give|need|any|some|want) (?:me )?(?:some )?(?:career |dating |good )?advice\b",
            ),
        ),
        Rule(
            "skeleton",
            0.65,
            "asks for reasons",
            rx(
                r"\bwhy (?:is|are|was|were)\b[^.?!\n]{2,60}\b(?:important|popular|useful|bad|good|"
                r"difficult|hard|essential|necessary|dangerous|harmful|beneficial|valuable|so|such|"
                r"successful)\b",
                r"\bwhy\b[^.?!\n]{2,60}\bmatters?\b",
                r"\bwhy (?:do|does|should|would|did) (?:so many |some |many |most )?(?:i|we|you|one|people|"
                r"someone|companies|students|children|teenagers|\w+s)\b",
            ),
        ),
        Rule(
            "normal",
            0.55,
            "asks yes or no",
            rx(
                r"^(?:is|are|was|were|do|does|did|can|has|have) (?!you\b|there\b|we\b|i\b)[^?\n]{3,70}\?$",
                r"^(?:is it|is there|do you|have you|can i|should i) [^?\n]{3,60}\?$",
            ),
        ),
        Rule(
            "skeleton",
            0.6,
            "asks for a discussion of several aspects",
            rx(
                r"^(?:please )?(?:discuss|analy[sz]e|evaluate|outline|explore|assess)\b",
                r"^what are (?:the|some)\b[^.?!\n]{0,60}s\b",
                r"\b(?:pros|cons)\b",
            ),
        ),
    ),
    follow_up=rx(
        r"^(?:(?:and|but|so|then|also|ok|okay|yes|no|well|please|now|can you|"
        r"could you)[, ]+)*(?:why(?: (?:not|so|is that|that))?|how(?: so| come)?|really|what else|"
        r"anything else|what about\b.*|how about\b.*|go on|continue|more|another(?: one)?|again|next|"
        r"thanks.*|thank you.*|shorter|longer|simpler|are you sure|which one|what do you mean|such as|"
        r"for example|like what|in \w+|try again|tell me more)\W*$",
        r"^(?:(?:and|but|so|then|also|ok|okay|please|now|can you|could you|would you)[, ]+)*(?:make|"
        r"rewrite|change|shorten|expand|translate|put|turn|say|explain|elaborate|simplify|fix|remove|add|"
        r"give|summari[sz]e|repeat|describe|tell|write|do|use|clarify|rephrase|what|why|how|is|are|"
        r"does)\b[^\n]{0,40}\b(?:it|this|that|them|these|those|more|again|(?:the )?(?:first|second|third|"
        r"fourth|fifth|last|previous|above)|(?:point|number|item|step) \d+|shorter|longer|simpler|"
        r"your answer|my last)\b",
    ),
    varies=rx(
        r"^(?:(?:and|but|ok|okay|so|now|then|well|fine|great|thanks|hm+)[, ]+)*(?:what if|what about|"
        r"how about|suppose|assume|if|imagine|make it|say|instead|the same|same|do it|redo|do the same|for|"
        r"with|without|in|then)\b(?![^\n]{0,40}\b(?:letter|poem|story|table|word|words|sentence|style|"
        r"french|german|spanish|json|code|shorter|longer|rhym)\b)",
        r"^and (?!why\b|how do\b|who (?:wrote|invented)\b|what (?:does|is that|do you))[^\n]{2,50}\?$",
        r"\b(?:instead|double|twice|half|check (?:that|it|your)|are you sure|another way|"
        r"other way round)\b",
    ),
    number=rx(
        r"\d+(?:[.,]\d+)*",
        r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
        r"fifty|sixty|hundred|thousand|million|dozen|half|twice|thrice|double|triple|third|quarter)\b",
    ),
)
