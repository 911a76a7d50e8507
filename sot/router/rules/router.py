"""Rules router: regular expressions, readable, instant, without any model.

The first rule that matches decides. Questions that must not be cut into points come first (one piece of
writing, code, work on a given text), then those that need reasoning, then those for a set of points. A
question that no rule matches is answered normally, with a low confidence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import import_module

from ...prompting.language import detect_language
from ...types import Message, Route, StrategyName
from ..items import with_items
from ..wishes import cleaned, read_wishes, ruled
from .rule import LanguageRules, Rule, rx

NAME = "rules"
CERTAIN = 0.9  # confidence of a rule (a bare calculation, one piece of creative writing) that decides alone
_MAX_CHARS = 3000  # a longer question holds a text to work on
_MAX_FOLLOW_UP_WORDS = 10
_MAX_FOLLOW_UP_CJK = 20
_LANGUAGES = ("de", "en", "es", "fr", "ja", "zh")
_NEVER = re.compile(r"(?!)")
_OTHER = LanguageRules((), follow_up=_NEVER, varies=_NEVER, number=re.compile(r"\d+"))

_CODE = Rule(
    "normal",
    0.85,
    "holds code",
    rx(r"```", r"^[ \t]*(?:def|class|import|#include|function|public static)\b.*[:;({>]"),
)
_ARITHMETIC = Rule(
    "cot",
    0.9,
    "holds a calculation",
    rx(
        r"\d\s?[+*×÷^]\s?\(?-?\d",
        r"\d\s[-/−]\s\(?\d+[^\n]{0,40}[=?]",
        r"\d\s?[-−]\s?\d+\s?=",
        r"\d[xyz]\s?[-+]\s?\d+\s?=",
    ),
)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


class RulesRouter:
    """Router by rules for six languages; questions in others are answered normally.

    It takes well under a millisecond, whatever the question's length: of a very long one only the length
    counts.
    """

    name = NAME

    async def route(self, messages: Sequence[Message]) -> Route:
        """Choose the strategy by given items, wishes and the last two questions; see `Router.route`.

        Never raises.
        """
        wishes = read_wishes(messages)
        return with_items(ruled(rule_route(cleaned(messages)), wishes), messages, wishes)


def rule_route(messages: Sequence[Message]) -> Route:
    """Return the route by the rules; the last user turn is the question."""
    asked = [turn.content for turn in messages if turn.role == "user"]
    question = asked[-1] if asked else ""
    if not question.strip():
        return _route("normal", 0.9, "there is no question")
    if len(question) > _MAX_CHARS:
        return _route("normal", 0.6, "carries a long text")
    text, rules, rule = _read(question)
    leans = len(asked) > 1 and not (rule and rule.confidence >= CERTAIN)
    if leans and (follow_up := _follow_up(text, rules, asked[-2])):
        return follow_up
    if rule is None:
        return _route("normal", 0.35, "no rule knows this kind of question")
    return _route(rule.strategy, rule.confidence, rule.reason)


def _follow_up(text: str, rules: LanguageRules, earlier: str) -> Route | None:
    """Return the route of a turn that refers to the answer before it; ``None`` for a question of its own."""
    if len(text) > _MAX_FOLLOW_UP_CJK if rules.unspaced else len(text.split()) > _MAX_FOLLOW_UP_WORDS:
        return None
    varies = rules.varies.search(text) is not None
    if not varies and not rules.follow_up.search(text):
        return None
    if (varies or rules.number.search(text)) and len(earlier) <= _MAX_CHARS:
        before = _read(earlier)[2]
        if before and before.strategy == "cot":
            return _route("cot", 0.6, "goes on with the calculation before")
    if not rules.follow_up.search(text):
        return None
    return _route("normal", 0.75, "is a short follow-up to the answer before")


def _route(strategy: StrategyName, confidence: float, reason: str) -> Route:
    return Route(strategy, confidence, reason, NAME)


def load_all() -> None:
    """Load the rules of all languages, whose patterns take a while to compile."""
    for language in _LANGUAGES:
        _rules_of(language)


@cache
def _rules_of(language: str) -> LanguageRules:
    """Load a language's rules, whose patterns take a while to compile; none for one that has none."""
    if language not in _LANGUAGES:
        return _OTHER
    rules: LanguageRules = import_module(f".{language}", __package__).RULES
    return rules


@lru_cache(maxsize=32)  # each turn of a conversation asks for the question before it as well
def _read(question: str) -> tuple[str, LanguageRules, Rule | None]:
    """Return the normalised question, the rules of its language, and the first of them that matches."""
    text, rules = _plain(question), _rules_of(detect_language(question))
    return text, rules, _first_match(text, rules)


def _plain(text: str) -> str:
    """Normalise to lower case, straight quotes, ASCII digits and signs, so that rules need no variants."""
    normal = unicodedata.normalize("NFKC", text)[: 2 * _MAX_CHARS]  # NFKC may make eighteen characters of one
    return normal.translate(_QUOTES).lower().strip()


def _first_match(text: str, language: LanguageRules) -> Rule | None:
    """Return the first rule that matches; a calculation makes every other rule than ``normal`` a ``cot``."""
    if _CODE.pattern.search(text):
        return _CODE
    numbers = len(language.number.findall(text))
    arithmetic = _ARITHMETIC.pattern.search(text) is not None
    for rule in language.rules:
        if arithmetic and rule.strategy != "normal":
            return _ARITHMETIC
        if rule.fits(text, numbers):
            return rule
    return _ARITHMETIC if arithmetic else None
