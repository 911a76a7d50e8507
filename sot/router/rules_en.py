"""English rules."""

from __future__ import annotations

from .rule import LanguageRules, Rule, rx

_GAP = r"\b[^.?!\n]{0,50}?\b"
_WORKS = (
    r"(?:story|stories|poem|haiku|limerick|sonnet|song|lyrics|rap|letter|e-?mail|speech|toast|joke|riddle|"
    r"novel|"
    r"script|dialogue|screenplay|monologue|scene|fairy tale|tweet|caption|slogan|headline|obituary|eulogy|"
    r"cover letter|press release|thank[- ]you note|message|diary entry|conversation between)s?"
)
_LONG_WORKS = (
    r"(?:essay|article|blog post|post|report|review|description|biography|introduction|proposal|ad)s?"
)
_WRITE = (
    r"(?:write|compose|draft|create|generate|invent|craft|make up|tell(?: me)?|give me|sing|continue|finish)"
)
_CODE = (
    r"(?:code|function|script|program|class|method|regex|regular expression|quer(?:y|ies)|snippet|"
    r"unit tests?|macro|"
    r"python|javascript|typescript|java|c\+\+|c#|sql|html|css|bash|rust|golang|kotlin|swift|php|ruby|haskell)"
)
_POINTS = (
    r"(?:tips|advice|suggestions|recommendations|ideas|ways|strategies|methods|techniques|reasons|advantages|"
    r"disadvantages|pros|cons|benefits|drawbacks|downsides|upsides|strengths|weaknesses|risks|dangers|"
    r"challenges|"
    r"effects|impacts|consequences|implications|causes|factors|aspects|features|characteristics|qualities|"
    r"traits|"
    r"types|kinds|examples|differences|similarities|trade-?offs|arguments|criteria|principles|elements|"
    r"components|"
    r"best practices|mistakes|pitfalls|myths|signs|symptoms|perspectives|viewpoints|considerations|habits|"
    r"hacks|"
    r"theories|approaches|options|alternatives|skills|lessons|opportunities|trends|issues|problems|uses|"
    r"applications|functions|responsibilities|measures|precautions|things)"
)
_ASK = (
    r"(?:what|which|list|give|name|suggest|provide|explain|describe|discuss|share|outline|offer|tell|"
    r"recommend|"
    r"identify|any|some|need|looking for|can you|could you|show|present|mention|analy[sz]e|evaluate|compare|"
    r"brainstorm|propose|want|summari[sz]e)"
)
_GOOD = (
    r"(?:good|great|better|best|strong|healthy|healthier|lasting|successful|difference|friend|living|"
    r"decision|"
    r"habit|career|team|name|more|most|positive|happy|happier|balanced|routine)"
)

RULES = LanguageRules(
    rules=(
        Rule("normal", 0.9, "asks for one piece of creative writing", rx(rf"\b{_WRITE}\b{_GAP}{_WORKS}\b")),
        Rule(
            "normal",
            0.85,
            "asks for a role played in one voice",
            rx(
                r"\b(?:act|behave|speak|talk|respond|answer|reply) (?:as|like) (?:a|an|the|if|my)\b",
                r"\bpretend (?:to be|that|you)\b",
                r"\bimagine (?:that )?(?:you are|you're|yourself|being)\b",
                r"\brole-?play",
                r"^you are (?:a|an|now|the)\b",
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
                rf"\b(?:write|implement|fix|debug|refactor|complete|port|create|generate|develop|optimi[sz]e)"
                rf"(?! (?:better|cleaner|clean|good|more|faster|readable))\b{_GAP}{_CODE}(?!\w)",
                rf"\b(?:this|my|the following) {_CODE}(?!\w)",
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
                r"fill in)\b"
                r"[^.?!\n]{0,20}\b(?:this|these|the following|below|the (?:text|passage|sentence|"
                r"paragraph|article))\b",
                r"\bthe following (?:\w+ ){0,2}(?:text|passage|paragraph|sentence|article|review|reviews|"
                r"e-?mail|words)\b",
                r"\b(?:based on|according to|in) (?:this|the) (?:above |given )?(?:passage|text|paragraph|"
                r"article)\b",
                r"\bhow do (?:you|i|we) say\b",
            ),
        ),
        Rule(
            "cot",
            0.85,
            "is a calculation",
            rx(
                r"\b(?:calculate|compute|evaluate|simplify|solve|factori[sz]e|differentiate|integrate)\b",
                r"\b(?:probability|derivative|integral|square root|remainder|least common|greatest common|"
                r"perimeter|"
                r"area|volume|hypotenuse|percent(?:age)?|equation|sum|product|average|interest) (?:of|"
                r"that|when|is)\b",
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
                r"my) (?:\w+ ){0,2}"
                r"(?:total|average|cost|price|speed|distance|age|number|amount|sum|profit|ratio|fraction|"
                r"percentage|time)\b",
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
                r"^(?:please )?(?:calculate|compute|solve (?:for|the equation)|prove (?:that|the)|"
                r"integrate|differentiate)\b",
                r"\b(?:can|could) you (?:please )?(?:calculate|compute|prove)\b",
                r"\b[xyz]\s?(?:\^\s?\d|[-+*/]\s?\d+\s?=)",
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
                r"\b(?:can we conclude|does it follow|what follows|logically follow)",
                r"\b(?:comes next|next (?:number|term|letter) in|complete the (?:sequence|series|pattern))\b",
                r"\bis (?:taller|older|younger|shorter|heavier|faster) than\b[^\n]{0,150}\bwho\b",
                r"\bwho (?:is|was|finished) (?:the )?(?:tallest|oldest|youngest|shortest|fastest|guilty|"
                r"in the middle)\b",
            ),
        ),
        Rule(
            "cot",
            0.7,
            "asks for counting or a date",
            rx(
                r"\bhow many\b[^?\n]{0,60}\bif\b[^?\n]{0,60}\d",
                r"\bif\b[^?\n]{0,60}\d[^?\n]{0,60}\bhow many\b",
                r"\bhow many (?:days|weeks|months|hours|minutes|seconds|years)\b[^?\n]{0,40}\b"
                r"(?:between|until|till|since|from|before|after|left)\b",
                r"\bhow many (?:times|letters|vowels|consonants|syllables|words|[a-z]'?s)\b[^?\n]{0,40}"
                r"\b(?:in the (?:word|sentence|phrase)|does the (?:letter|word)|are in)\b",
                r"\bwhat (?:day|date)(?: of the week)? (?:will|was|is|would)\b[^?\n]{0,60}"
                r"(?:\d|\b(?:after|before|from (?:now|today)|ago)\b)",
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
                r"in an? (?:average |single )?"
                r"(?:year|day|lifetime|city|life)|per (?:day|year|week)|every (?:day|year)|"
                r"over a lifetime)\b",
                r"\bhow (?:many|long)\b[^?\n]{0,40}\bwould (?:it|you|we) (?:take|need)\b",
            ),
        ),
        Rule(
            "normal",
            0.8,
            "is a multiple choice question",
            rx(
                r"\b(?:which|what|who) (?:one )?of (?:the following|these)\b",
                r"^\s*\(?a[).:]\s[^\n]{1,300}\n\s*\(?b[).:]\s",
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
                r"\b(?:in|with|as|using) (?:just |only |at most )?(?:one|a single|1|a few|"
                r"two) (?:short )?(?:word|sentence|line)s?\b",
                r"\bone[- ](?:word|line|sentence) (?:answer|reply|summary)\b",
                r"\byes or no\b",
                r"\b(?:just|only) (?:give |tell )?(?:me )?(?:the|an?) (?:answer|number|name|result|word)\b",
                r"\b(?:list|give|name|write|tell)\b[^.?!\n]{0,25}\b(?:names|synonyms|antonyms|rhymes|"
                r"words|countries|cities|"
                r"colou?rs|numbers|letters)\b",
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
                r"height|currency|"
                r"largest|smallest|longest|tallest|highest|fastest|oldest|deepest|formula|symbol|"
                r"boiling point|"
                r"meaning|definition|plural|opposite|synonym|author|word|term|temperature|distance|"
                r"weather|year|age|"
                r"speed|time|abbreviation|past tense|title)\b",
                r"^how (?:tall|old|far|big|deep|heavy|fast|high|wide|hot|cold) (?:is|was|are|were|does|do|"
                r"did)\b",
                r"^how (?:many|much|long)\b",
                r"^(?:define|what does \w+ (?:mean|stand for))\b",
                r"^(?:hi|hello|hey|thanks|thank you|good (?:morning|evening|night))\b[^?\n]{0,30}$",
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
                r"plant|calculate|"
                r"convert|paint|wash|remove|make|build|create|clean)\b"
                rf"(?= (?:an?|the|my|your|some|it|\w+)\b)(?!(?: \w+){{0,2}} {_GOOD})(?! (?:friends|money|"
                rf"sure|time|people|"
                r"relationships?|trust|confidence|muscle|wealth|my (?:life|mind|mood|diet|city|community)))",
            ),
        ),
        Rule(
            "skeleton",
            0.85,
            "asks for several independent points",
            rx(
                rf"\b{_ASK}\b[^.?!\n]{{0,70}}?\b{_POINTS}\b",
                r"\b(?:pros and cons|advantages and disadvantages|do'?s and don'?ts|"
                r"strengths and weaknesses)\b",
                rf"^(?:\d+|two|three|four|five|six|seven|eight|nine|ten|some|top \d+|"
                rf"the best) (?:\w+ )?{_POINTS}\b",
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
                r"\b(?:how|what|explain|describe|discuss)\b[^.?!\n]{1,80}\b"
                r"(?:affect(?:s|ed)?|effect|impact|influence[sd]?|shape[sd]?|benefit|contribute[sd]?|"
                r"chang(?:e|ed|es|ing))\b",
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
                r"difficult|hard|essential|"
                r"necessary|dangerous|harmful|beneficial|valuable|so|such|successful)\b",
                r"\bwhy\b[^.?!\n]{2,60}\bmatters?\b",
                r"\bwhy (?:do|does|should|would|did) (?:so many |some |many |most )?(?:i|we|you|one|"
                r"people|someone|"
                r"companies|students|children|teenagers|\w+s)\b",
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
        r"^(?:(?:and|but|so|then|also|ok|okay|yes|no|well|please|now|can you|could you)[, ]+)*"
        r"(?:why(?: (?:not|so|is that|that))?|how(?: so| come)?|really|what else|anything else|"
        r"what about\b.*|how about\b.*|"
        r"go on|continue|more|another(?: one)?|again|next|thanks.*|thank you.*|shorter|longer|simpler|"
        r"are you sure|which one|what do you mean|such as|for example|like what|in \w+|try again|"
        r"tell me more)\W*$",
        r"^(?:(?:and|but|so|then|also|ok|okay|please|now|can you|could you|would you)[, ]+)*"
        r"(?:make|rewrite|change|shorten|expand|translate|put|turn|say|explain|elaborate|simplify|fix|"
        r"remove|add|give|"
        r"summari[sz]e|repeat|describe|tell|write|do|use|clarify|rephrase|what|why|how|is|are|"
        r"does)\b[^\n]{0,40}"
        r"\b(?:it|this|that|them|these|those|more|again|(?:the )?(?:first|second|third|fourth|fifth|last|"
        r"previous|above)|"
        r"(?:point|number|item|step) \d+|shorter|longer|simpler|your answer|my last)\b",
    ),
    number=rx(
        r"\d+(?:[.,]\d+)*",
        r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
        r"fifty|sixty|"
        r"hundred|thousand|million|dozen|half|twice|thrice|double|triple|third|quarter)\b",
    ),
)
