"""Words by which an app asks about a conversation or a page: its title, tags, next questions, memory."""

from __future__ import annotations

from .sign import EMOJI, IMAGE, MEMORY, MERGE, PAGE, QUESTIONS, TAGS, TITLE, WordSign, word_sign
from .vocabulary import CHAT, MAKE, near

_CHAT = (
    "(?:chats?|conversations?|threads?|unterhaltung|gespr[äa]chs?|conversaci[óo]n"
    "|discussions?|sidebar|list view|tab)"
)

CHAT_WORDS: tuple[WordSign, ...] = (
    # A conversation's or a mail's title
    word_sign(
        TITLE,
        (3, 3),
        near(r"titles?|names?|label", rf"(?:{CHAT})", 2) + r"(?! like| such| so)",
        near(MAKE + r"|sum up|name", r"titles?|titel|titre|t[íi]tulo|label|subject line|topic name|name", 7)
        + rf"[^.\n]{{0,50}}\b(?:{CHAT})\b",
        order=True,
    ),
    word_sign(
        TITLE,
        (2, 3),
        near(MAKE, r"titles?|headline|subject line|tl;dr|titel|titre|t[íi]tulo|label", 7),
        order=True,
    ),
    word_sign(
        TITLE,
        (2, 2),
        r"\b(?:caption|name|title|label|heading|short|nom|nombre|titel|intitul[ée]"
        rf"|t[íi]tulo)\b[^.\n]{{0,20}}\b(?:for|of|de|pour|f[üu]r"
        rf"|para)\b[^.\n]{{0,20}}\b{_CHAT}\b|\b(?:captions?|names?"
        r"|titles?) (?:chat )?threads?\b|\b(?:titel|namen?) f[üu]r (?:chat\w*|gespr\w+"
        r"|unterh\w+)|\bnommage de conv",
        r"\bgive the (?:thread|chat|conversation) an? \w+|\b(?:sidebar|tab) (?:needs|label"
        r"|wants|shows|title)|\bnombre de la conversaci[óo]n",
    ),
    word_sign(
        TITLE,
        (2, 3),
        r"\A(?:subject line|title|titre|titel|t[íi]tulo|caption|headline|slug|tl;?dr)\b(?! ideas)"
        r"(?: ?\([^)\n]{1,30}\))?"
        r"[^.\n]{0,20}\b(?:for|pour|f[üu]r|para|of)\b",
    ),
    # Tags, hashtags and keywords
    word_sign(
        TAGS,
        (2, 3),
        near(
            MAKE,
            r"(?:\w+ )?(?:tags?|hashtags|keywords|key ?phrases|labels|schlagw[öo]rter"
            "|stichw[öo]rter|mots[- ]cl[ée]s|[ée]tiquettes|etiquetas|palabras clave)",
            7,
        ),
        r"\b(?:tag|taxonomy|label) (?:parts of|the|entries|these|this)\b|convert to keywords",
        order=True,
    ),
    word_sign(
        TAGS,
        (2, 2),
        r"\b(?:hashtag|tag|keyword|label) (?:suggestion|generation|assignment|extraction)\b"
        r"|\b(?:available|allowed|known|existing) (?:tags|labels|topics)\b"
        r"|\bmax (?:hash)?tags\b|\btopic labels\b|\b(?:schlagw[öo]rter|stichw[öo]rter"
        r"|mots-cl[ée]s|palabras clave|etiquetas|suchbegriffe)\b",
    ),
    # Questions that may come next
    word_sign(
        QUESTIONS,
        (2, 3),
        near(
            MAKE + r"|ask|break",
            "follow[- ]?ups?(?: questions?| prompts?)?|(?:related|suggested|next|clarifying"
            "|similar|sub-?|alternative|further) ?(?:questions?|queries|prompts)"
            "|conversation starters|starter prompts|(?:smart |quick )repl(?:y|ies)"
            "|suggestions based|(?:folge|anschluss|r[üu]ck)fragen|questions? (?:de suivi"
            "|suivantes|connexes)|preguntas (?:de seguimiento|relacionadas|siguientes)",
            7,
        ),
        order=True,
    ),
    word_sign(
        QUESTIONS,
        (2, 2),
        r"\b(?:questions?|prompts?|queries|suggestions)\b[^.\n]{0,40}\b(?:the )?user (?:might"
        r"|could|may|would|will|is likely to)\b(?:[^.\n]{0,20} ask)?",
        r"\b(?:into|as) (?:\w+ )?sub-?(?:questions|queries)|\b(?:things"
        r"|what) the user (?:could|might|may) ask\b|\bfollow-?up questions? (?:the|a) user"
        "|high-level questions about|preguntas de seguimiento|questions de relance",
    ),
    word_sign(
        QUESTIONS,
        (2, 2),
        r"\b(?:people also ask|suggestion (?:chips?|buttons?)|buttons the user|quick replies"
        r"|suggested (?:replies|questions|prompts))\b|\b(?:user|they"
        r"|customer) (?:\w+ )?(?:type|ask|say|send) next\b|\bsuggested_\w+|\b(?:anschluss"
        r"|folge)fragen\b|\brelances?\b[^.\n]{0,20}\b(?:utilisateur|courtes)"
        r"|\bsiguientes preguntas\b",
    ),
    # Facts about the user, summaries that a chat goes on with
    word_sign(
        MEMORY,
        (3, 3),
        r"\b(?:records?|stores?|extracts?|remember|saves?|notes?|collects?|updates?|keeps?"
        r"|list|identify)\b[^.\n]{0,60}\b(?:preferences|facts|memor(?:y|ies)"
        r"|details)\b[^.\n]{0,40}\b(?:of|about|from|on) (?:the )?(?:user|speaker|human"
        r"|conversation|chat|dialogue|messages|him|her)\b",
        r"\bsummari[sz]e (?:the |this |our |above )*(?:conversation|chat|discussion|dialogue"
        r"|session)\b(?![^.\n]{0,30}\btitle\b)|\bcompact (?:the|this) (?:conversation|context|history)\b",
        order=True,
    ),
    word_sign(
        MEMORY,
        (3, 3),
        r"\bprogressively summari|\b(?:running|rolling|conversation|hand-?over) (?:summary"
        r"|digest)\b|\bcurrent summary\b|\bnew lines of conversation\b|\blong-term memory\b"
        r"|\bcontext (?:window )?is (?:nearly|almost) full\b|\bdatos duraderos\b"
        r"|\bdauerhafte (?:fakten|vorlieben)|\bfaits durables\b"
        r"|\bpersonal information organi[sz]er\b",
    ),
    word_sign(
        MEMORY,
        (2, 3),
        r"\b(?:note|record|store|list|keep) (?:lasting|durable|permanent|stable|new) facts\b"
        r"|\b(?:compress|condense|shorten) the (?:dialogue|conversation|chat|history"
        r"|transcript)\b|\bthird person\b|\bcontext window\b"
        r"|\bremember(?:ed)? about the user\b|\bbisherigen (?:chat|verlauf)\b"
        r"|\banother model\b|\banderes modell\b",
    ),
    # An emoji, an icon
    word_sign(
        EMOJI,
        (3, 3),
        near(
            MAKE + r"|send|reply with|respond with|select",
            r"(?:one|single|fitting|suitable|matching|appropriate|most \w+|a"
            "|the)? ?emojis?(?! (?:in|are|for))",
            5,
        )
        + r"(?! \w+ for my)",
        order=True,
    ),
    word_sign(
        EMOJI,
        (3, 3),
        r"\b(?:one|single|fitting|appropriate|suitable) emojis? (?:back|only|that"
        r"|to represent)\b|\bfacial expression\b[^.\n]{0,40}\bemoji\b",
    ),
    word_sign(
        EMOJI,
        (2, 3),
        r"\b(?:genau |exactly |just )?(?:einem|one|un|single|un seul"
        r"|un solo) (?:einzigen )?emoji\b|\bicon name\b",
    ),
    # Prompts for images, alternative texts
    word_sign(
        IMAGE,
        (3, 3),
        r"\b(?:prompt|invite|aufforderung)s?\b[^.\n]{0,40}\b(?:image|picture|text-to-image"
        r"|bild|d'images?|im[áa]gen(?:es)?|stable diffusion|midjourney|dall-?e)\b[^.\n]{0,20}"
        r"|\balt=\"|\bimage (?:generation )?prompt\b|\b(?:image|diffusion) (?:model"
        r"|generator)\b|\bprompt de imagen|\bbildprompt|\bimage_search",
    ),
    word_sign(
        IMAGE,
        (3, 3),
        near(
            MAKE + r"|describe",
            r"alt(?:ernative)?[- ]text|alternativtext|texte alternatif|texto alternativo",
            5,
        ),
        order=True,
    ),
    # Fields of a page's head, slugs
    word_sign(
        PAGE,
        (2, 3),
        r"\bmeta (?:description|title|tags?|keywords)\b|\bopengraph\b|\bog:\w+|\b(?:tooltip"
        "|placeholder|push notification|(?:url )?slug|ad headline"
        r"|file ?name)\b[^.\n]{0,15}(?::|\(|for\b)",
    ),
    # Several models' answers
    word_sign(
        MERGE,
        (3, 3),
        r"\b(?:set of|multiple|several) (?:responses|answers) from (?:various|different"
        r"|several|multiple) (?:\w+ ){0,2}(?:models|llms|assistants)\b",
    ),
)
