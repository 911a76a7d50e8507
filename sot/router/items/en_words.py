"""English words that an order for each item may be made of; with any other word it is not understood."""

from __future__ import annotations

# Items that are texts by themselves. Lines, paragraphs, steps, points and scenes are parts of something.
_TEXTS = (
    r"sentence|phrase|word|expression|idiom|proverb|saying|question|review|comment|message|headline|title|"
    r"verb|"
    r"noun|adjective|adverb|slogan|request|remark|text|quote|quotation|statement|announcement|"
    r"advertisement|ad|"
    r"e-?mail|subject line|idea|inquiry|enquiry|objection|tweet|complaint|testimonial|greeting|joke|tip|"
    r"description|news item|label|"
    r"notice"
)
# Items that are things; their plurals end in -s, or are among the irregular ones below.
_THINGS = (
    r"keyword|database|data type|framework|file format|protocol|acid|solvent|gas|alloy|ion|molecule|vehicle|"
    r"chord|interval|scale|piece|right|crime|offence|principle|wine|cuisine|sauce|soup|role|position|"
    r"strength|"
    r"certificate|qualification|industry|station|destination|sight|ticket type|toy|behaviou?r|activity|fear|"
    r"appliance|device|measure|habit|energy source|exercise|nutrient|subject|theorem|shape|pest|weed|garment|"
    r"colou?r|tradition|myth|deity|legend|king|queen|emperor|ruler|airport|clause|document|licen[cs]e|puzzle|"
    r"term|concept|abbreviation|acronym|animal|bird|mammal|insect|fish|plant|flower|tree|fruit|vegetable|"
    r"dish|"
    r"food|ingredient|spice|herb|drink|cocktail|cheese|dessert|city|country|capital|river|mountain|island|"
    r"lake|"
    r"language|planet|element|compound|chemical|mineral|metal|substance|invention|inventor|scientist|painter|"
    r"artist|composer|author|writer|poet|philosopher|president|book|novel|film|movie|song|opera|painting|"
    r"album|"
    r"product|item|car|company|brand|app|tool|job|profession|occupation|skill|sport|instrument|disease|"
    r"illness|"
    r"vitamin|medicine|unit|currency|festival|holiday|era|dynasty|person|name|place|landmark|monument|"
    r"problem|"
    r"technique|method|movement|style|theory|symbol|emoji|material|fabric|muscle|organ|bone|hobby|website|"
    r"address|date|temperature|job title|loanword|prefix|suffix|entry|row|number|dance|genre|breed"
)
_IRREGULAR = (
    r"cities|deities|qualifications|industries|activities|gases|inquiries|enquiries|spices|properties|"
    r"countries|currencies|hobbies|companies|theories|dishes|dynasties|entries|abbreviations|people|"
    r"men|women|children|species|addresses|illnesses|suffixes|prefixes|taxes|fishes|technologies"
)
NOUN = rf"(?:{_TEXTS}|{_THINGS}|species)"
NOUNS = rf"(?:(?:{_TEXTS}|{_THINGS})s|{_IRREGULAR})"
TEXT_NOUNS = rf"(?:{_TEXTS})s"

TONGUE = (
    r"(?:(?:british |american |brazilian |simple |plain |formal |everyday |standard |modern |mandarin |"
    r"simplified |traditional |natural |good |correct )?"
    r"(?:english|french|german|spanish|italian|japanese|chinese|portuguese|dutch|polish|russian|turkish|"
    r"korean|"
    r"swedish|danish|norwegian|finnish|czech|greek|latin|arabic|hebrew|hindi|hungarian|romanian|ukrainian|"
    r"vietnamese|thai|indonesian|mandarin|croatian|bulgarian|icelandic|irish|welsh|catalan))"
)
# Words before the items' noun; none that chooses among the items ("each long word") or puts them in a row.
KIND = (
    rf"(?:{TONGUE}|following|short|simple|common|new|customer|product|job|blog|menu|song|film|movie|book|"
    rf"error|"
    r"cooking|art|chemical|technical|medical|legal|financial|business|trivia|quiz|hotel|restaurant|street|"
    r"email|"
    r"user|support|example|vocabulary|key|grammar|grammatical|scientific|economic|musical|programming|"
    r"computer|"
    r"menu|blog post|email|e-mail|marketing|statistical|biological|physics|chemistry|biology|news|text|"
    r"phrasal|irregular|musical|sports|"
    r"guest|student|two|three|four|five|six|seven|eight|nine|ten|\d+)"
)

# Results, one for each item.
MADE = (
    r"(?:(?:typical |famous |well-known |main |real-life |everyday |practical |modern |healthy |vegetarian |"
    r"good |suitable |important |interesting |detailed |official |professional |warm |positive |calm |"
    r"natural |"
    r"real-world |single |possible |example |one-line |one-sentence |short |brief |better |shorter |"
    r"longer |simpler |catchier |"
    r"catchy |"
    r"simple |polite |formal |friendly |funny |likely |possible |common |fun |useful |memorable |product |"
    r"subject |chemical |scientific |english name|two-line |literal |plain |clear |concise |new |"
    rf"{TONGUE} |plural |past )*"
    r"(?:(?:sentence|word|definition|example|synonym|antonym|translation|description|explanation|title|"
    r"headline|"
    r"caption|slogan|tagline|name|response|answer|tip|fact|use|advantage|disadvantage|riddle|joke|haiku|"
    r"symbol|"
    r"plural|plural form|past tense|past participle|capital|capital city|formula|author|artist|composer|"
    r"inventor|painter|director|currency|version|blurb|meaning|pronunciation|abbreviation|hashtag|emoji|"
    r"metaphor|sentiment|tone|biography|summary|reply|remedy|apology|line|opposite|country of origin|country|"
    r"city|street|postcode|language|summary line|advertisement|cause|purpose|part of speech|gender|"
    r"equivalent|"
    r"rewrite|benefit|drawback|risk|feature|characteristic|hazard|strength|weakness|alternative|reason|year|"
    r"founder|location|population|colou?r|habitat|piece|work|dish|food|ingredient|safety tip|role|function|"
    r"side effect|measure|activity|idea|correction|full form|full name|origin|continent)s?|"
    r"(?:biograph|repl|remed|apolog|summar|countr)ies|uses|opposites|pros|cons|sentences|lines))"
)
VERB = (
    r"(?:translate|render|explain|describe|define|summari[sz]e|rewrite|rephrase|paraphrase|reword|correct|"
    r"fix|proofread|edit|answer|simplify|shorten|improve|polish|punctuate|capitali[sz]e|transcribe|spell|"
    r"conjugate|romani[sz]e|reply to|respond to)"
)
MAKE = (
    r"(?:give|write|write down|name|list|suggest|state|tell|provide|create|generate|find|propose|draft|"
    r"compose|"
    r"identify|extract|determine|note|add|label|indicate|correct|fix|explain|describe|translate)"
)
FAULTS = (
    r"(?:(?:grammar|spelling|grammatical|punctuation)(?: (?:and (?:spelling|grammar|punctuation)|mistakes?|"
    r"errors?))?|"
    r"(?:mistakes?|errors?))"
)

# Classes that an item has by itself; "cause or effect" and "must or should" depend on the other items.
CLASS = (
    r"(?:(?:a |an |being )?(?:not |non-)?(?:positive|negative|neutral|mixed|spam|ham|fact|factual|opinion|"
    r"formal|"
    r"informal|polite|rude|impolite|urgent|true|false|correct|incorrect|literal|figurative|active|passive|"
    r"singular|plural|noun|verb|adjective|adverb|fruit|vegetable|mammal|bird|reptile|amphibian|insect|fish|"
    r"happy|"
    r"sad|angry|question|complaint|praise|toxic|offensive|harmless|sarcastic|serious|friendly|unfriendly|"
    r"safe|"
    r"unsafe|solid|liquid|gas|metal|nonmetal|acid|base|joke|advertisement|request|bug report|feature request|"
    r"yes|no|masculine|feminine|neuter|countable|uncountable|regular|irregular|transitive|intransitive|"
    r"billing|technical|shipping|refund|sales|support|other|none|unclear|hot|cold)s?)"
)
FORM = (
    r"(?:(?:simple |past |present |future |passive |active )?(?:tense|voice|continuous|perfect|progressive)|"
    r"past|present|future|passive|plural|singular|questions?|statements?|negatives?|negative form|"
    r"(?:indirect|reported|direct) speech|celsius|fahrenheit|upper ?case|lower ?case|capitals|"
    r"capital letters|"
    r"title case)"
)
TONE = (
    r"(?:(?:more |less |very |slightly )?(?:formal|informal|polite|friendly|friendlier|politer|simple|"
    r"simpler|"
    r"professional|casual|cheerful|neutral|everyday|plain|natural|clear|clearer|shorter|positive|inclusive|"
    r"warmer|respectful|child-friendly|modern|diplomatic)(?: and (?:polite|friendly|formal|clear|simple|"
    r"short|"
    r"professional|concise|natural))?)"
)
READER = (
    r"(?:(?:a |an |my |our |the )?(?:complete |absolute |young |small )?(?:beginners?|child|children|kids|"
    r"layperson|laypeople|customers?|readers?|students?|tourists?|pupils|learners|"
    r"(?:five|six|seven|eight|nine|ten|\w{1,8})-year-olds?))"
)
AMOUNT = (
    r"(?:a|an|one|two|three|four|five|\d{1,3}|\d-\d|a few)(?: (?:or|to) (?:two|three|four|five|six|\d{1,3}|"
    r"fewer|"
    r"less))?"
)
SIZE = (
    rf"(?:at most |exactly |about |around |roughly |no more than |under |up to |only |just |max |"
    rf"maximum )?{AMOUNT} "
    r"(?:(?:friendly|polite|short|simple|plain|clear|brief|single|complete|concise) )?(?:sentences?|words?|"
    r"lines?)"
    r"(?: or (?:fewer|less))?"
)
