"""Vocabulary of orders to a program: verbs, what they are about, and what an answer is to consist of."""

from __future__ import annotations

import re

ORDER_STARTS = re.compile(
    r"(?:\A|[\n.!?:;,)>\]–—•\"|]|- |\b(?:please|then|just|always|only|must|you|should|will|shall"
    r"|and|or|strictly|exactly|either|also|now|carefully"
    r"|simply|directly|first|bitte|du|sie|und|veuillez|tu|vous|et|por favor|debes|y"
    r"|(?:task|job|goal|role|purpose|aim|tasked|asked|meant|need|mission|aufgabe|t[âa]che"
    r"|tarea)(?: is| est| ist| es)?(?: to| de| with| zu)?) )"
    r"[\s\"'(*-]*(?=[^\W\d])"
)
"""Places where an order to the answerer may start."""

HELPS = re.compile(
    r"\byou (?:help|assist|advise|support|coach|guide|mentor|tutor|teach)\b(?!ing)"
    r"|\b(?:to help|helping|help|assist|advise|support|tutor|teach) (?:the |our |your "
    "|its )?(?:customers?|people|students?|pupils|guests|visitors|clients|employees"
    r"|members|patients|readers|learners|teachers|beginners|families|parents|citizens)\b"
    r"|(?<!not )(?<!n't )(?<!never )(?<!to )\banswers? (?:(?:all|any|their|his|her|our"
    "|the) )*(?:(?:customer|user|guest|client|visitor|member|employee|student|people"
    r"|reader)s?'?s? )?(?:questions|enquiries|inquiries)\b|\b(?:before|and|then|after"
    r"|when) (?:you )?(?:then )?answer(?:ing|s)?\b(?! (?:in|with|only|just)\b)"
    r"|\bat the end of (?:each|every|your)\b|\bend (?:each|every) (?:answer|reply|response"
    r"|message)\b|\b(?:erkl[äa]re?|beantworte (?:dann|danach)|explique|explica|discuss)\b"
    r"|\b(?:are|bist|es|eres|sind) (?:an?|the|eine?|une?|una?) (?:\w+[ -]){0,3}(?:coach"
    "|tutor|teacher|consultant|advis[eo]r|guide|mentor|concierge|podcaster"
    r"|\w*lehrer(?:in)?|berater(?:in)?|professeur|profesora?|conseill[eè]re?)\b"
    r"|\b(?:helpful|friendly|knowledgeable|patient) (?:and \w+ )?(?:ai )?(?:assistant"
    r"|tutor|teacher|coach|chatbot)\b(?! (?:that|who|which|skilled|good|specialized|for"
    "|tasked))"
)
"""A system prompt that sets up somebody to talk with."""

_GAP = (
    r"(?:(?!(?:on|about|for|how|why|with|using|that|which|when|where|if|what|who|behind"
    r"|against)\b)[\w,'\"/#&()<>–-]+:? ){0,%d}?"
)


def near(verbs: str, nouns: str, gap: int = 6) -> str:
    """Return the pattern of a verb and its object, a few words apart that do not turn the subject."""
    return rf"\b(?:{verbs})\b:? {_GAP % gap}(?:{nouns})\b"


MAKE = (
    r"generates?|summari[sz]e|write|writes|creates?|makes?|suggests?|produces?|give|gives"
    r"|provides?|assigns?|pick|picks|propose|proposes|craft|compose"
    r"|come up with|extract|extracts|formulate|return|returns|output|outputs|predict|predicts"
    r"|choose|chooses|derive|invent|add|attach|recommend|list|reply with|respond with"
    "|generiere|erzeuge|erstelle|schreibe?|formuliere|vergib|vergibst|gib|finde|w[äa]hle|erfinde|schlage?"
    "|g[ée]n[èe]re|g[ée]n[ée]rez|[ée]cris|r[ée]dige|cr[ée]e|propose|donne|attribue|formule|trouve|choisis"
    "|genera|genere|escribe|crea|prop[óo]n|asigna|formula|redacta|da|sugiere|elige|devuelve|inventa"
)
OBJECT = (
    r"(?:(?:the|each|every|any|all|this|these|following|given|incoming|user's|users'|user|whatever"
    r"|everything|anything|what|below|provided|their|its|your|latest|last"
    r"|input|customer'?s?|der|die|das|den|jede[nrs]?|folgende[nrs]?|eingegebene[ns]?|le|la|les"
    r"|chaque|ce|cette|suivante?s?|el|los|las|cada|del|este|siguiente)\b,? ?){1,5}"
    r"(?:\w+ ){0,2}?(?:texts?|inputs?|messages?|sentences?|questions?|quer(?:y|ies)|prompts?"
    r"|notes?|content|e-?mails?|mails?|lines?|utterances?|comments?|requests?|reviews?"
    r"|passages?|paragraphs?|documents?|transcripts?|conversations?|chats?|dialogues?|says?|pastes?|sent"
    r"|send|writes?|enters?|types?|items?|words|snippets?|tickets?|posts?|statements?|answers?"
    r"|responses?|page|article|code|diff|toxicity|sentiment"
    r"|textes?|nachricht(?:en)?|frage|eingabe|satz|s[äa]tze|anfrage|phrases?|demande|mensajes?"
    r"|frase|texto|entrada|pregunta|consulta)\b"
)
STRONG = (
    r"translates?|paraphrases?|proofreads?|classify|classifies|categori[sz]es?|rewrites?"
    r"|rephrases?|rewords?|transliterates?|anonymi[sz]es?|summari[sz]es?|condenses?"
    r"|extracts?|labels?|tags?|annotates?|converts?|transforms?|reformulates?|redacts?|shortens?"
    r"|normali[sz]es?|autocompletes?|scores?|ranks?|titles?|detects?"
    "|[üu]bersetze?|[üu]bersetzt|klassifiziere|wandle|extrahiere|lektoriere|k[üu]rze"
    r"|traduis|traduisez|classifie|reformule|transforme|extrais|r[ée]sume|traduce|clasifica"
    r"|reescribe|convierte|extrae|resume|transforma|reformula"
)
WEAK = (
    r"correct|corrects|makes?|suggests?|turns?|formats?|polish|polishes|moderates?|rates?|grades?"
    r"|parses?|expands?|sorts?|fix|fixes|names?|maps?|simplif(?:y|ies)|improves?"
    "|ordne|verbessere|korrigiere|fasse|formuliere|bewerte|corrige|classe|[ée]value|note|eval[úu]a"
)
TOOL_ROLE = (
    r"translator|translation (?:engine|machine|assistant|service|expert|api|tool|bot)|translating"
    r" machine|interpreter|proof-?reader|copy ?-?editor|grammar (?:checker|corrector|assistant)"
    r"|spell(?:ing)? ?-?(?:checker|corrector)"
    r"|(?:\w+ )?(?:classifier|tagger|titler|labell?er|summari[sz]er|extractor|rephraser|rewriter"
    r"|paraphraser|reranker|re-ranker|annotator|scorer|rater|grader|moderator|converter|formatter"
    r"|anonymi[sz]er|categori[sz]er|recogni[sz]er|detector|corrector|sorter|parser|tokenizer"
    r"|shortener|simplifier)"
    r"|(?:\w+ ){1,3}generator|generator|(?:intent|query|question|message|request|agent|ticket"
    r"|semantic|tool) (?:\w+ )?router|router|judge|evaluator|auto-?complet(?:e|ion)(?: \w+)?"
    r"|completion (?:engine|system|api)|(?:code|text) completion"
    r"|(?:\w+ )?(?:extraction|classification|moderation|summari[sz]ation|tagging|labell?ing"
    r"|rewriting|rephrasing|scoring|evaluation|conversion|titling|title|titles|detection"
    r"|normali[sz]ation|processing|reranking) (?:\w+ )?(?:assistant|ai|engine|system|model|bot"
    r"|tool|service|expert|specialist|component|function|module|agent|pipeline|api)"
    r"|(?:text-to-)?sql (?:expert|generator|assistant|writer|engine|translator|agent)"
    r"|text-to-sql\b[\w ]{0,20}|(?:python |pure |deterministic )?function|component|rest api|json"
    r" api|api endpoint|data pipeline|parser|style converter|prompt (?:engineer|enhancer"
    r"|optimi[sz]er|improver|rewriter|writer)"
    r"|commit message \w+|alt[- ]text \w+|slug \w+|linux terminal|terminal|shell|memory (?:manager"
    r"|extractor|assistant|module)|information organi[sz]er|emoji (?:expert|picker)|language"
    r" (?:detector|identifier|identification \w+)"
    r"|[üu]bersetzer(?:in|programm)?|lektor(?:in)?|korrektor|klassifikator|traducteur|traductrice"
    r"|correcteur|correctrice|classificateur|traductora?|corrector(?:a)?(?: de estilo)?"
    r"|clasificador|generador(?: de \w+)?|g[ée]n[ée]rateur(?: de \w+)?"
)
CONVERSES = re.compile(
    r"\b(?:concise|brief|short answers?|tone|friendly|warm|polite(?:ly)?|kind|honest"
    "|helpful|patient|cheerful|humou?r|style|jargon|simple (?:words|language|sentences"
    "|terms)|explain|explanations?|cite|sources?|markdown|headings?|bullet(?:s| points?)"
    "|paragraphs?|sentences|step by step|advice|recommend|discuss|clarify|persona"
    r"|character|british|american|apologi\w+|preamble|disclaimers?|don't know"
    "|answer (?:the|all|every|any|each|users'?|questions)|answers|questions about|(?:who"
    "|that) (?:advises|helps|teaches|talks|loves|explains|runs|knows)|speak|talk|guide"
    r"|expert|chat with)\b|\b(?:you are|you're|du bist|sie sind|tu es|vous [êe]tes|eres"
    r"|your name is|role:|act as|respond as|answer as) (?!(?:[\w'/-]+,? ){0,5}?(?:"
    + TOOL_ROLE
    + r")\b)(?:\w+[ ,.]){1,2}|\b(?:h[öo]flich|freundlich|kurz und|erkl[äa]re?|beispiele?n?"
    r"|duze|sieze|quellen|poliment|explique|exemples?|tutoie|jargon|amabl\w+|explica"
    r"|ejemplos|consejos|tono|tuteo|educad\w)\b|あなたは|丁寧|親切|わかりやす|例を|説明して|専門用語|です・ます|敬体"
    "|箇条書き|你是|亲切|礼貌|语气|术语|例子|耐心|简洁|通俗",
)
"""Words of a system prompt on how to talk with people."""

ONLY = (
    r"(?:only|just|solely|nothing but|exclusively|nur|ausschlie[ßs]+lich|lediglich|uniquement"
    r"|seulement|solo|s[óo]lo|solamente|[úu]nicamente|exclusivamente)"
)
THING = (
    r"titles?|tags?|quer(?:y|ies)|labels?|category|class|score|number|digit|rating|translation"
    r"|translated \w+|(?:corrected|improved|rewritten|polished|fixed|translated|revised|edited|new"
    r"|resulting"
    r"|final|refined|rephrased|same) \w+|rewrite|text|json(?: \w+)?|sql(?: \w+)?|command|name of"
    r" the \w+"
    r"|emoji|summary|paraphrase|prompt|result|output|continuation|completion|keywords?|intent"
    r"|language code|iso\b[\w -]{0,12}|letter|option|regex|message|slug|alt text|caption|question"
    r"|standalone question|completion|verdict|values?|wert|subject|list of tags|word"
    r"|titel|schlagw[öo]rter|suchanfrage|kategorie|klasse|[üu]bersetzung|(?:verbesserten"
    r"|korrigierten|[üu]bersetzten) text|zahl|abfrage|note|titre|requ[êe]te|traduction"
    r"|cat[ée]gorie|texte(?: corrig[ée])?|l'objet json|le json|t[íi]tulo|etiquetas?|consulta"
    r"|traducci[óo]n|categor[íi]a|texto(?: \w+)?|n[úu]mero|puntuaci[óo]n"
)
OUTPUT = (
    r"output|outputs|return|returns|respond|reply|answer|emit|print|write|give|provide|send|produce"
    r"|say|use|generate|include|gib|gebe?|antworte|liefere|schreibe?|renvoie|r[ée]ponds|retourne|donne"
    r"|[ée]cris|devuelve|responde|escribe|da"
)
CHAT = (
    r"chats?|conversations?|exchange|dialogues?|dialogs?|threads?|sessions?|discussions?|messages?"
    r"|gespr[äa]chs?|unterhaltung|chatverlaufs?|discussion|conversaci[óo]n|charla|di[áa]logo"
)

LEADS = re.compile(
    rf"(?:{MAKE}|{STRONG}|{WEAK}|{OUTPUT}|title|name|label|ask|break|sum|split|reformulate"
    "|convert|tag|taxonomy|detect|identify|recogni|determine|decide|predict|state|select"
    "|judge|check|say|assess|evaluate|compare|mark|order|act as|fill|pull|lies|keep"
    "|remove|hand back|answer|continue|complete|finish|auto-?complete|store|remember"
    "|records?|saves?|collect|update|summari[sz]e|compact|vervollst|translit|weise"
    "|[üu]bersetze|find|get|uppercase|lowercase|capitali|reverse|invert|strip|tokeni"
    "|lemmati|stem|shuffle|decontext|encode|decode|plurali|render|dub|censor|dedup"
    "|pseudonymi|anonymi|redact|mask|classe|renvoie|clasifi|send|emit|liefere|reply"
    "|respond|retourne|complet|compl[èe]te)"
)
"""Start of every order that `WORDS` looks for."""
