"""Word groups of the English rules, as parts of patterns."""

from __future__ import annotations

from .rule import rx

GAP = r"\b[^.?!\n]{0,50}?\b"
WORKS = (
    r"(?:story|stories|poem|haiku|limerick|sonnet|song|lyrics|rap|letter|e-?mail|speech|toast|joke|riddle|"
    r"novel|script|dialogue|screenplay|monologue|scene|fairy tale|tweet|caption|slogan|headline|obituary|"
    r"eulogy|cover letter|press release|thank[- ]you note|message|diary entry|conversation between)s?"
)
LONG_WORKS = (
    r"(?:essay|article|blog post|post|report|review|description|biography|introduction|proposal|ad)s?"
)
WRITE = (
    r"(?:write|compose|draft|create|generate|invent|craft|make up|tell(?: me)?|give me|sing|continue|"
    r"finish)"
)
CODE = (
    r"(?:code|function|script|program|class|method|regex|regular expression|quer(?:y|ies)|snippet|"
    r"unit tests?|macro|python|javascript|typescript|java|c\+\+|c#|sql|html|css|bash|rust|golang|kotlin|"
    r"swift|php|ruby|haskell)"
)
POINTS = (
    r"(?:tips|advice|suggestions|recommendations|ideas|ways|strategies|methods|techniques|reasons|"
    r"advantages|disadvantages|pros|cons|benefits|drawbacks|downsides|upsides|strengths|weaknesses|risks|"
    r"dangers|challenges|effects|impacts|consequences|implications|causes|factors|aspects|features|"
    r"characteristics|qualities|traits|types|kinds|examples|differences|similarities|trade-?offs|arguments|"
    r"criteria|principles|elements|components|best practices|mistakes|pitfalls|myths|signs|symptoms|"
    r"perspectives|viewpoints|considerations|habits|hacks|theories|approaches|options|alternatives|skills|"
    r"lessons|opportunities|trends|issues|problems|uses|applications|functions|responsibilities|measures|"
    r"precautions|things)"
)
ASK = (
    r"(?:what|which|list|give|name|suggest|provide|explain|describe|discuss|share|outline|offer|tell|"
    r"recommend|identify|any|some|need|looking for|can you|could you|show|present|mention|analy[sz]e|"
    r"evaluate|compare|brainstorm|propose|want|summari[sz]e)"
)
GOOD = (
    r"(?:good|great|better|best|strong|healthy|healthier|lasting|successful|difference|friend|living|"
    r"decision|habit|career|team|name|more|most|positive|happy|happier|balanced|routine)"
)

# "how do I write a speech" and "I want to write a novel" do not ask for a text.
ASKED_FOR = r"(?<!\bi )(?<!\bwe )(?<!\bone )(?<!\bhow you )(?:(?<!\bto )|(?<=you to ))"
KIN = (
    r"(?:mother|father|parent|brother|sister|sibling|son|daughter|child|uncle|aunt|cousin|wife|husband|"
    r"nephew|niece|grand(?:mother|father|parent|son|daughter|child|ma|pa))(?:s|'s|s')?"
)
MORE = (
    r"(?:older|younger|taller|shorter|smaller|bigger|heavier|lighter|faster|slower|longer|richer|later|"
    r"earlier|better|worse|ahead|higher|lower|farther|nearer)"
)
PLACE = (
    r"(?:(?:left|right|ahead|west|east|north|south) of|next to|beside|between|opposite|across from|behind|"
    r"in front of|above|below|directly (?:before|after)|at (?:the|one) (?:\w+ )?end|neither|nor)"
)
ASKS_FOR_ORDER = rx(
    r"\bwho\b[^.!?\n]{0,60}\?",
    r"\b(?:whose|where do(?:es)?|(?:what|which) order|what is the order)\b",
    r"\bwhich (?:of them|one|\w+) (?:is|has|was|does|belongs|stands|comes)\b",
    r"\b(?:sort|order|rank|arrange|list) (?:them|the (?:two|three|four|five|six)|all|everyone)\b",
    r"\b(?:is|can|does|did|must|are) [^.!?\n]{3,60}\?$",
)
