"""The rules router: plain rules, readable, instant, without any model.

The first rule that fits decides. What should not be cut into points comes first (one piece of
writing, code, work on a given text), then what must be reasoned out, then what is a set of points.
What no rule knows is answered normally, with a low confidence that says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ..language import detect_language
from ..types import Message, Route, StrategyName
from .rule import LanguageRules, Rule, rx
from .rules_en import RULES as EN
from .rules_ja import RULES as JA
from .rules_zh import RULES as ZH

_MAX_CHARS = 4000  # a longer question carries a text to work on
_MAX_FOLLOW_UP_WORDS = 10
_MAX_FOLLOW_UP_CJK = 20
_LANGUAGES: dict[str, LanguageRules] = {"en": EN, "ja": JA, "zh": ZH}
_OTHER = LanguageRules((), follow_up=re.compile(r"(?!)"), number=re.compile(r"\d+"))

_CODE = Rule(
    "normal",
    0.85,
    "holds code",
    rx(r"```", r"^\s*(?:def|class|import|#include|function|public static)\b.*[:;({>]"),
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
    """Routes by rules for English, Japanese and Chinese; other languages are answered normally.

    It takes well under a millisecond, and no longer for a longer question: of a very long one only
    the length matters.
    """

    name = "rules"

    async def route(self, messages: Sequence[Message]) -> Route:
        """Choose the strategy; see `Router.route`. Never raises.

        Args:
            messages: The conversation; the last user turn is the question, earlier turns tell a
                follow-up from a question of its own.
        """
        turns = [message for message in messages if message.role != "system"]
        asked = [i for i, message in enumerate(turns) if message.role == "user"]
        question = turns[asked[-1]].content if asked else ""
        if not question.strip():
            return self._route("normal", 0.9, "there is no question")
        if len(question) > _MAX_CHARS:
            return self._route("normal", 0.6, "carries a long text")
        text = _plain(question)
        rules = _LANGUAGES.get(detect_language(question), _OTHER)
        if len(asked) > 1:
            earlier = turns[asked[-2]].content
            if follow_up := self._follow_up(text, rules, earlier):
                return follow_up
        rule = _first_match(text, rules)
        if rule is None:
            return self._route("normal", 0.35, "no rule knows this kind of question")
        return self._route(rule.strategy, rule.confidence, rule.reason)

    def _follow_up(self, text: str, rules: LanguageRules, earlier: str) -> Route | None:
        """The route of a turn that leans on the answer before it; ``None`` for a question of its own."""
        cjk = rules in (JA, ZH)
        if len(text) > _MAX_FOLLOW_UP_CJK if cjk else len(text.split()) > _MAX_FOLLOW_UP_WORDS:
            return None
        if not rules.follow_up.search(text):
            return None
        if rules.number.search(text) and len(earlier) <= _MAX_CHARS:
            before = _first_match(_plain(earlier), _LANGUAGES.get(detect_language(earlier), _OTHER))
            if before and before.strategy == "cot":
                return self._route("cot", 0.6, "goes on with the calculation before")
        return self._route("normal", 0.75, "is a short follow-up to the answer before")

    def _route(self, strategy: StrategyName, confidence: float, reason: str) -> Route:
        return Route(strategy, confidence, reason, self.name)


def _plain(text: str) -> str:
    """Lower case, straight quotes, ASCII digits and signs, so that the rules need not list variants."""
    return unicodedata.normalize("NFKC", text).translate(_QUOTES).lower().strip()


def _first_match(text: str, language: LanguageRules) -> Rule | None:
    if _CODE.pattern.search(text):
        return _CODE
    numbers = len(language.number.findall(text))
    arithmetic = _ARITHMETIC.pattern.search(text) is not None
    for rule in language.rules:
        if arithmetic and rule.strategy != "normal":
            return _ARITHMETIC
        if numbers >= rule.numbers and rule.pattern.search(text):
            return rule
    return _ARITHMETIC if arithmetic else None
