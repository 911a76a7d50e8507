"""Words of a choice between a few values, and of what answers and does not chat."""

from __future__ import annotations

from .sign import CLASS, GIVEN, ROLE, WordSign, word_sign
from .vocabulary import TOOL_ROLE, near

_YES_NO = (
    r"(?:yes ?(?:or|/|\|) ?no|true ?(?:or|/|\|) ?false|y ?/ ?n\b|(?:0|1) ?(?:or|/"
    r"|\|) ?(?:0|1)\b|ja ?(?:oder|/) ?nein|oui ?(?:ou|/) ?non|s[íi] ?(?:o|/) ?no\b)"
)
_SAY = (
    "(?:reply|respond|answer|return|print|output|emit|say|write|give|send|antworte|gib"
    "|sag|schreib|r[ée]ponds|dis|renvoie|responde|contesta|devuelve|di)"
)

CLASS_WORDS: tuple[WordSign, ...] = (
    # One of a few values
    word_sign(
        CLASS,
        (2, 3),
        near(
            r"classify|classifies|categori[sz]es?|label",
            r"(?:the|this|these|each|every|any|all|following|user'?s?|messages?|inputs?)\b",
            1,
        ),
        r"\b(?:detect|identify|recogni[sz]e|determine|decide|predict|state"
        "|name) the (?:language|sentiment|intent|emotion|category|topic|stance"
        r"|tone)\b[^?\n]{0,40}",
        r"\b(?:klassifiziere|ordne) (?:die|den|das|jede|folgende)\b|\bclass(?:e|ifie|ez"
        r"|ifiez) (?:le|la|les|ce|cette|chaque)\b|\bclasifica (?:el|la|los|las|cada|este"
        r"|esta)\b",
        r"\b(?:choose|select|pick|reply with|answer with|respond with|return"
        "|output) (?:exactly |only )*(?:one|1) (?:of|from) (?:the "
        r"|these )?(?:following )?(?:labels?|categor\w+|class\w*|options|intents?|:)",
        r"\b(?:decide|determine|judge|check|say|assess) (?:whether|if) (?:the|this"
        "|a) (?:user'?s? |customer'?s? |following |given |latest )*(?:message|question|query"
        "|request|text|input|comment|prompt|review|mail|email|post|sentence|answer|statement"
        r"|claim)\b",
        order=True,
    ),
    word_sign(
        CLASS,
        (2, 2),
        r"\b(?:labels|categories|classes|intents|emotions|topics|sentiments|kategorien|klassen"
        "|cat[ée]gories|categor[íi]as|etiquetas) ?(?:are|sind|son|sont)? ?:",
        r"\bsafe\b'? (?:or|/) '?unsafe|\bpositive[,/ |]+(?:negative|neutral)"
        r"|\bpositiv[eo]?[,/ |]+(?:negativ|neutr)|\bwhich (?:taxonomy|categor\w+|labels?|class"
        r"|intent)\b[^?\n]{0,20}\b(?:fits?|entries|applies|apply)|\bapplicable (?:labels"
        "|emotions|categories)",
        r"\biso 639|\bbinary (?:score|choice|label|decision|classification)",
    ),
    word_sign(
        CLASS,
        (2, 3),
        r"\b(?:allowed|permitted|possible|valid|legal|accepted) (?:values|answers|outputs"
        r"|labels|options|replies|responses)\b ?(?:are|\(|:)",
        r"\b(?:pick|choose|select|use) (?:exactly |only |just |up to )*(?:one|1|two|2|three|3"
        r"|labels)\b[^.\n]{0,20}[:(\[]",
        rf"\b{_SAY} (?:with |only |just )?[\w-]{{2,14}}/[\w-]{{2,14}}\b",
        rf"\b{_SAY}\b (?:with |back |only |just |exactly |strictly |par |mit |con "
        rf"|either )*[\"'`]?{_YES_NO}(?!\W{{1,3}}(?:and |then |first|with |plus |followed "
        "|because |give |your )?(?:and )?(?:why|explain|reason|justify|say why|give"
        "|the reason))",
        r"\berlaubt(?:e werte)?: ?\w|\bm[öo]gliche werte\b|\bvaleurs (?:possibles"
        r"|autoris[ée]es)\b|\bvalores (?:posibles|permitidos)\b",
        rf"\b{_SAY} (?:with |only |just )*[\"'`]?[\w ]{{2,20}}[\"'`]? (?:or|oder|ou"
        rf"|o) [\"'`]?[\w-]{{2,16}}[\"'`]?[.!]?(?:\n|\Z)",
    ),
    word_sign(
        CLASS,
        (1, 1),
        rf"\b\w{{2,14}} ?[/|] ?\w{{2,14}} ?[/|] ?\w{{2,14}}\b"
        rf"|\(\w{{1,10}} ?[|/] ?\w{{1,10}}(?: ?[|/] ?\w{{1,10}})?\)\W{{0,3}}\Z"
        rf"|\b{_YES_NO}\W{{0,3}}\Z|\bverdict line\b|\b1 ?= ?\w+, ?0 ?=",
    ),
    word_sign(
        CLASS,
        (2, 2),
        r"\b(?:label|call|mark|flag|rate|tag) it (?:as )?\w+ or \w+|\b(?:choisis|w[äa]hle"
        r"|elige|escoge)\b[^.\n]{0,20}\b(?:parmi|aus|entre|de) ?: ?\w|\b(?:una o m[áa]s|una"
        r"|un[oa]) de: ?\w",
        r"\b[a-z][1-6] ?(?:-|–|to) ?[a-z][1-6]\b|\b0\.0 ?(?:-|–|to) ?1\.0\b|\biso-?code\b"
        r"|\bpass or fail\b",
    ),
    word_sign(
        CLASS,
        (2, 2),
        r"\b(?:language id|spam filter|intent detection|topic detection|sentiment analysis)\b"
        r"|\A(?:emotion|sentiment|tone|intent|mood|stance)\b[^.\n]{0,25}[?:]"
        r"|\bwhich (?:department|tool|agent|queue|team|route|category|label)\b[^.\n]{0,30}\?"
        r"|\bwhat (?:is|'s) the (?:tone|sentiment|intent|emotion|topic|language) of\b"
        r"|\b(?:detect|flag) \w+ attempts\b|\broute each\b|\b(?:the )?(?:category|label|class"
        r"|sentiment|intent|answer) is ?\Z",
        r"\A(?:does|is|are|has|did|do) [^?\n]{3,60}\b(?:message|text|mail|review|user|query"
        r"|comment|question)\b[^?\n]{0,60}\?",
        r"\A(?:ist|enth[äa]lt|braucht) (?:die|der|das) (?:nachricht|text|anfrage|frage)\b"
        r"|\A(?:le|la|ce) (?:message|texte|demande|question)\b[^?\n]{0,40}\?|\A¿(?:el|la"
        r"|es) (?:mensaje|texto|consulta|pregunta)\b",
        r"\b(?:detecta|identifica|erkenne|bestimme|d[ée]tecte|identifie|indica) (?:el|la|le"
        "|die|den) (?:idioma|langue|sprache|intenci[óo]n|intention|absicht|sentimiento|tono"
        r"|ton|thema|tema)\b|\bordne\b[^.\n]{0,40}\b(?:zu|ein)\b|\b(?:eine[rm]? )(?:abteilung"
        r"|kategorie|klasse) zu\b",
    ),
    word_sign(
        CLASS, (3, 3), r"\b(?:return|output|print|say|answer|reply) (?:true|false|1|0|yes|no) (?:if|when)\b"
    ),
    # Engines and functions
    word_sign(
        ROLE,
        (1, 2),
        r"\b(?:you are|you're|act as|acting as|you act as|du bist|sie sind|tu es|vous [êe]tes"
        "|eres|act[úu]a como|agis comme)(?: now)? (?:an?|the|our|einen?|une?|una?|le|la|el"
        rf"|ein)? ?(?:[\w'/-]+,? ){{0,4}}?(?:{TOOL_ROLE})\b",
    ),
    word_sign(
        ROLE,
        (2, 3),
        r"\b(?:you are|you're|act as|behave (?:like|as)|work (?:like|as)|du bist|sie sind"
        "|tu es|vous [êe]tes|eres|act[úu]a como|agis comme) (?:now )?(?:an? |the |this "
        r"|eine? |une? |una? )?(?:\w+ )?(?:function|engine|endpoint|microservice|filter|script"
        "|daemon|backend|service de|funktion|fonction|funci[óo]n|programm|dienst|moteur|motor"
        r"|servicio)\b(?! (?:of|at)\b)",
        r"\b(?:you|du|tu) (?:power|operate|control|drive|sit behind|steuerst|pilotes"
        "|controlas) (?:an? |the |eine?n? |une? |el |la )",
        r"(?:\A|\n)[a-z_]\w{2,30}\((?:[\w\": ,=\[\]]{0,60})\)(?: ?->[^\n]{1,30})?(?:\Z|\n"
        r"| for\b| applied)|\bstdin\b|\bstdout\b",
    ),
    word_sign(
        ROLE,
        (1, 3),
        r"\b[a-z_]\w{2,30}\([\w:, \[\]]{0,60}\) ?(?:->|→)|\bi will (?:type|speak|write|send"
        r"|paste|say)\b[^.\n]{1,60}\byou will\b|\bi (?:give|write|send|type"
        r"|paste) [^.\n]{3,40}[,;] (?:and )?you (?:give|send|write|return|reply)",
    ),
    word_sign(
        ROLE,
        (1, 3),
        r"\A(?:the |an? )?(?:\w+ )?(?:summari[sz]er|classifier|tagger|translator|titler|router"
        "|extractor|rewriter|scorer|ranker|detector|normali[sz]er|converter|parser|generator"
        r"|matcher|spotter|filter)[.:\n]",
        r"\A(?:generates?|classifies|summari[sz]es|translates|extracts|converts|returns"
        "|detects|maps|rewrites|scores|labels|tags|turns|splits|ranks|picks"
        r"|fills) .{3,80}\b(?:input|text|message|fact|query|question|sentence)s?\b",
        r"\b(?:1|one|a single) \w+ out\b|\b(?:function|sed|awk|grep|tr|jq) on: ",
    ),
    # Texts that must not be answered
    word_sign(
        GIVEN,
        (2, 2),
        r"\b(?:do not|don't|never|not|without) (?:\w+ )?(?:answer(?:ing)?"
        "|reply(?:ing)?(?: to)?|respond(?:ing)?(?: to)?|follow(?:ing)?|react(?:ing)? to"
        r"|carry(?:ing)? out|execut(?:e|ing)|obey(?:ing)?) (?:to )?(?:it\b|what\b|(?:the|a|any"
        r"|its|their) (?:\w+(?:'s)? )?(?:questions?|message|query|content|text|user|prompt"
        r"|request|input|instructions?)\b|them\b|questions\b)(?! (?:about|on|outside|regarding"
        "|that|unrelated|if|unless|before|until|without|with))",
        r"\b(?:never|not) (?:\w+ )?(?:carry|carried) it out\b|\bnever (?:meant for"
        r"|addressed to) you\b|\bnot (?:meant for|addressed to) you\b|\bdo not (?:chat"
        r"|converse|engage)\b|\bbeantworte (?:die frage|sie|fragen) nicht"
        r"|\bnicht beantworten\b|\bne r[ée]ponds pas\b|\bn'y r[ée]ponds pas\b|\bno (?:la "
        r"|las )?(?:respondas|contestes)\b|\bignora las preguntas\b|\bignore (?:any|the"
        r"|all) (?:questions|instructions) (?:in|inside|within)\b",
        r"\bdo not repeat what is there\b",
    ),
    # How a program speaks of its data
    word_sign(
        "",
        (1, 1),
        r"\b(?:from|given|based on|using) (?:this|these|the|only)\b[^.\n?]{0,30}\b(?:above"
        r"|below|following|alone)\b|\bbelow is\b|\bcolumns (?:are|in)\b|\bdf columns"
        r"|\bindex fields|\btable:|\btables:|\breply with one operation|\b(?:first|second|next"
        "|last) line:",
    ),
    word_sign(
        "",
        (0, 1),
        r"\b(?:the|each|every|an?|any|its) (?:(?:user|customer|client|visitor|viewer|person"
        "|first|last|latest|incoming|following|given|input|chat)(?:'s|s')? ){1,3}(?:messages?"
        "|requests?|quer(?:y|ies)|texts?|notes?|inputs?|questions?|utterances?|turns?"
        r"|prompts?|mails?|comments?|sentences?|lines?|words|review|post)\b"
        r"|\bfrom the (?:message|e?-?mail|text|note|chat|conversation|input|document|review"
        r"|ticket|transcript)\b|\byou (?:will )?(?:be )?(?:get|receive|are given|are shown"
        r"|shown|given|see) (?:an?|the|some|one|customers'|users'|two)\b"
        r"|\bwhat(?:ever)? (?:the user|i|is|they) (?:\w+ )?(?:pastes?|typ(?:es?|ing)|writes?"
        r"|sends?|says?|enters?)\b|\beverything (?:you receive|i (?:write|type|send))\b"
        r"|\b(?:is|route|forward|given|read) the (?:message|text|comment|request|review"
        r"|conversation|chat|dialogue)\b|\binput: |\bthe input\b|\b(?:die|der|des|den"
        r"|dem) (?:eingabe|nachricht|text(?:es)?|anfrage|frage)\b|\b(?:le|la|du"
        r"|les) (?:message|texte|question|demande|phrase)\b|\b(?:el|la|del|los) (?:mensaje"
        r"|texto|pregunta|nota|consulta)\b",
    ),
    word_sign(
        "",
        (0, 1),
        r"\b(?:the|this|each|every) (?:text|input|sentence|comment|snippet|paragraph|tweet"
        r"|utterance|content|log|code|words?)\b",
    ),
    word_sign(
        "",
        (1, 1),
        r"\b(?:the|this|each|every) (?:message|email|passage|voicemail|bookmark|note|dialogue"
        r"|review|headline|post)\b|\bfirst message\b|\bsupport questions\b|\bwhat (?:is typed"
        r"|i type|i write|i send)\b|\beverything the user\b",
        r"\b(?:nutzerfragen|nutzereingabe|chatverl[äa]ufe|anfrage|die mail|den text"
        r"|alles, was ich|artikel)\b|\b(?:tout ce que|l'article|chaque article|le message)\b"
        r"|\b(?:todo lo que|lo que escriba|el primer mensaje|cada frase|una pregunta"
        r"|un texto)\b",
    ),
)
