"""Detector of prompts of programs: signs in shapes and words, added up."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from .sign import COMPLETION, FUNCTION, GIVEN, PARSER, READ, ROLE, TEMPLATE
from .vocabulary import CONVERSES, HELPS, LEADS, ORDER_STARTS

# Characters at the beginning and the end of a text that are read, of a system prompt and of the question
_SHAPES = {True: (3000, 1000), False: (2000, 800)}
_WORDS = {True: (500, 250), False: (320, 220)}
_GIVEN = re.compile(r"```[^`]{0,4000}(?:```|\Z)|\"[^\"\n]{12,300}\"|「[^」\n]{8,300}」")
_IF_ASKED = re.compile(
    r"\b(?:if|when|whenever|in case|should) (?:the |a |an |your |our )?(?:(?:user|customer|guest"
    r"|client|someone|anybody|anyone|visitor|student|person|they)s? )?"
    r"(?:explicitly |specifically )?(?:ask|want|request|need|require|demand|necessary|useful"
    r"|appropriate|told|you are asked)[^.\n]{0,200}"
    r"|\b(?:wenn|falls) (?:der|die|ein) \w+[^.\n]{0,40}(?:fragt|bittet|verlangt|möchte"
    r"|will)[^.\n]{0,200}"
    r"|\b(?:si|quand|lorsque) (?:l'utilisateur|l'utilisatrice|le client|la cliente|quelqu'un|on) "
    r"(?:te |t'|vous )?(?:demande|veut|souhaite|réclame)[^.\n]{0,200}"
    r"|\b(?:si|cuando) (?:(?:el|la|un|una) (?:usuari[oa]|client[ea])|alguien|te|le)? ?(?:te |le )?"
    r"(?:pid[ea]n?|solicit[ea]n?|quier[ea]n?)\b[^.\n]{0,200}"
    r"|[^.\n]{0,80}\bif (?:the|a|their) (?:message|question|request) (?:starts|begins|opens)"
    r" with\b[^.\n]{0,80}"
    r"|(?:求め|頼"
    r"|依頼)[^。\n]{0,6}(?:場合|とき|たら)[^。\n]{0,100}|如果(?:用户|客户)?(?:要求|请求|需要"
    r"|想)[^。\n]{0,100}",
    re.IGNORECASE,
)
# Style of a conversation, which says nothing about who reads the answers
_STYLE = re.compile(
    r"\b(?:ask|add|use|include|clarify|request|give|offer|suggest)\b[^.;\n]{0,60}\bif (?:needed"
    r"|necessary|unclear|unsure|useful|appropriate|possible)\b"
    r"|(?:\A|(?<=[.\n])) ?for [^.,\n]{3,60}, [^.\n]{0,100}"
    r"|\b(?:use|add|include|end|start|begin|sprinkle|put)\b[^.\n]{0,40}\bemojis?\b[^.\n]{0,40}"
    r"|\b(?:answer|reply|respond|write)\b[^.\n]{0,20}\bin (?:at most |no more than |exactly |only |just )?"
    r"(?:one|an?|two|three|four|five|\d{1,3}) (?:\w+ )?(?:sentences?|paragraphs?|words|lines?)\b(?!"
    r" (?:of|only))",
    re.IGNORECASE,
)
_ONE_QUESTION = re.compile(
    r"\A(?:how|why|what|which|who|where|when|is|are|do|does|did|can|could|should|wie|warum|wieso|was"
    r"|welche\w?"
    r"|comment|pourquoi|quels?|quelles?|qu'est-ce|cómo|como|por qué|qué|cuáles?"
    r"|¿\w+)\b[^\n?:\[{<]{3,200}\?\s*\Z"
)
_ENOUGH = 3  # points that make a prompt a program's
_ENOUGH_FORM = 4  # if they are about the answer's form only: a person's wish looks alike
_ENOUGH_TERSE = 2  # if a system prompt is short and says nothing on how to talk with people
_TERSE = 350  # characters
_FORM = frozenset({FUNCTION, PARSER})
_GENERAL = frozenset(
    {"", FUNCTION, ROLE, GIVEN, TEMPLATE, COMPLETION, PARSER, READ}
)  # a prompt's special task says more
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "\u00a0": " ", "\u202f": " "})


def program_prompt(system: Sequence[str], question: str) -> str | None:
    """Return why a prompt is a program's, as a phrase; ``None`` for a person's.

    Many signs are looked for, in the system prompts and in the question: shapes (field markers, cues,
    templates) and words (tasks whose answer is no text for a reader). Each gives points; enough decide.

    Args:
        system: The system prompts.
        question: The last user turn.
    """
    ordered: Counter[str] = Counter()
    for text in system:
        ordered.update(_signs(_cut(text, *_SHAPES[True]), is_system=True))
    asked = _signs(_cut(question, *_SHAPES[False]), is_system=False)
    terse = 0 < sum(map(len, system)) < _TERSE and not any(CONVERSES.search(text.lower()) for text in system)
    if (reason := _decided(ordered, terse=terse)) or (reason := _decided(asked)):
        return reason
    # Data in the question says nothing about the system prompt's task; a task in both does.
    return _decided(ordered + Counter({reason: points for reason, points in asked.items() if reason}))


def _decided(points: Counter[str], *, terse: bool = False) -> str | None:
    enough = _ENOUGH_TERSE if terse else _ENOUGH if set(points) - _FORM else _ENOUGH_FORM
    if points.total() < enough:
        return None
    named = [reason for reason in points if reason and points[reason] > 1]
    special = [reason for reason in named if reason not in _GENERAL]
    return max(special or named, key=points.__getitem__, default=ROLE if terse else None)


@lru_cache(maxsize=32)  # each turn comes with the same system prompt
def _signs(text: str, *, is_system: bool) -> Counter[str]:
    """Return the points of a text that is cut for each reason; an empty one stands for data to work on."""
    text = text.translate(_QUOTES)
    text = unicodedata.normalize("NFKC", text)[: 2 * sum(_SHAPES[is_system])].strip()
    if is_system:
        text = _IF_ASKED.sub(" ", _STYLE.sub(" ", text))  # what holds for some answers only
    low = _cut(text, *_WORDS[is_system]).lower()
    low = re.sub(r"\*\*|`", "", low if is_system else _GIVEN.sub('""', low))
    helps = is_system and HELPS.search(low) is not None
    points: Counter[str] = Counter()
    if not is_system and _ONE_QUESTION.match(low):
        return points
    for reason, value in _words(low, is_system=is_system):
        points[reason] += value
    if helps:
        points = Counter({reason: value - 3 for reason, value in points.items() if value > 3})
    from .shapes import shapes  # only now: its patterns take a while to compile

    for reason, value in shapes(text, is_system=is_system):
        points[reason] += value
    return points


def _words(text: str, *, is_system: bool) -> Iterable[tuple[str, int]]:
    orders = [start for match in ORDER_STARTS.finditer(text) if LEADS.match(text, start := match.end())]
    from .signs import ALL, NARROW  # compiles nothing, but is large

    for sign in NARROW if text.isascii() else ALL:
        value = sign.system if is_system else sign.user
        if not value:
            continue
        if sign.order:
            if any(sign.pattern.match(text, start) for start in orders):
                yield sign.reason, value
        elif sign.pattern.search(text):
            yield sign.reason, value


def _cut(text: str, head: int, tail: int) -> str:
    return text if len(text) <= head + tail else f"{text[:head]}\n{text[-tail:]}"
