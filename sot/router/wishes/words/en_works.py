"""English wishes for an answer as a work of some kind: a poem, a letter, a speech."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .en_words import BEGIN, END, PIECE, REPLIES, TO_BE, VERSE, WANT

_KIND = rf"(?P<value>{VERSE}|{PIECE})"
_STYLE = r"(?:(?!and\b|or\b|of\b|for\b|to\b|is\b|are\b|the\b)[\w'-]+ ){0,4}?"
_TOPIC = (
    r"(?=[ ]?(?:[.,:;!?)\n]|\Z|(?:please|for|to|about|that|with|of|in|only|from|between|on|by|set|why|"
    r"how|where|listing)\b))"
)
_NO_QUESTION = r"(?![^.?!\n]{0,40}, (?:what|which|how|where) (?:should|could|do|can|must|to)\b)"
_ABOUT = rx(
    r"\b(?:how|why|when|where)(?: \w+)? (?:do|does|did|can|could|would|should|to|is|are)(?: "
    r"(?!you\b)[\w'-]+){0,5} ?\Z",
    r"\b(?:metaphors?|imagery|rhymes?|rhythm|meter|themes?|tone|structure|symbolism|role|use|syllables?|"
    r"lines|verses?|stanzas?|characters?|narrator|conflict|mistakes?|elements?|parts|difference|mentioned|"
    r"included?|found|said|say|written|used|role of \w+|humou?r|being|feel|mean|means|meant) ?\Z",
)

WORKS = (
    WishPattern(
        "form",
        rx(
            rf"\b(?:as|like|in the (?:form|style|shape) of|into) (?:an? |one |the )?(?:form of an? "
            rf")?{_STYLE}{_KIND}{_TOPIC}",
            rf"\b(?:in|with|using) (?:an? |one |a single )(?:[\w-]+ ){{0,2}}?(?P<value>{VERSE}){_TOPIC}",
            rf"(?:{BEGIN}|\b(?:it|this|that|explain|answer|reply|respond|them|all) )in (?:an? )(?:[\w-]+ "
            rf"){{0,2}}?{_KIND}{_TOPIC}{_NO_QUESTION}",
            rf"\bin (?:an? )(?:[\w-]+ ){{0,2}}?(?P<value>{PIECE}) to (?:my|your|an?|the|our|his|her)\b"
            rf"{_NO_QUESTION}",
            rf"\bmake (?:it|that|this) (?:into )?(?:an? )(?:[\w-]+ ){{0,2}}?{_KIND}\b",
            rf"\bin (?P<value>verses?|haiku|rhymes?|rhyming couplets|iambic pentameter|haiku form|blank "
            rf"verse|(?:{VERSE}) "
            r"(?:form(?:at)?|style))\b",
            rf"\A(?:an? |one |another )?{_STYLE}{_KIND} (?:about|on|explaining|that explains|describing)\b",
            rf"\b{REPLIES} {TO_BE} (?:always |an? |one |only )*(?:[\w-]+ ){{0,2}}?{_KIND}s?\b(?! [a-z]\b)",
            rf"{BEGIN}(?:an? )?(?P<value>{VERSE}) (?:form(?:at)?|style|please)",
            r"\bmake (?:it|them|everything|your answers?) (?P<value>rhyme)\b|\b(?:should|must) "
            r"(?P<value>rhyme)\b",
        ),
        "poem",
        not_after=_ABOUT,
        cue=rx(rf"\b{_KIND}|\b(?:verse|rhym|rhyme|iambic|blank)"),
    ),
    WishPattern(
        "form",
        rx(
            rf"(?:{BEGIN}|\bplease |\b(?:can|could|would|will) you (?:please )?|\band |\b(?:now|then) "
            r"|\bhelp me (?:to )?|\b(?:want|need|like) you to |\blet's )(?:write|compose|make|draft|create|"
            r"tell|do|prepare|rewrite it as|give) "
            r"(?:me |us |it |up |him |her |them |(?:my|our|the) \w+ )?(?:as )?(?:an? |one |the |another "
            rf"){_STYLE}{_KIND}s?\b(?! (?:outline|"
            rf"structure|template|for kids "
            r"ideas|ideas|topics|prompts?|titles?|subject lines?))",
            rf"\b(?:i|we) ?(?:{WANT}|could use)(?: to (?:have|write|send|give))?(?: you to write)? (?:an? )"
            rf"(?:[\w-]+ ){{0,3}}?{_KIND}(?= (?:about|on|that|to|for|from|in which|where|with|whose|(?!thing)"
            rf"\w+ing)\b|{END})",
        ),
        "poem",
        not_after=rx(
            r"\b(?:how|why|when|where|tips|ways|ideas|advice|help) (?:\w+ ){0,4}\Z", r"\bwhat \w+ \Z"
        ),
        cue=rx(rf"\b{_KIND}"),
    ),
)
