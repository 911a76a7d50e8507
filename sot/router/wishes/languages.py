"""Languages whose wishes are understood; each is loaded when a text in it comes."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from ...prompting.language import detect_language
from .wish import WishLanguage

_LANGUAGES = ("de", "en", "es", "fr", "it", "ja", "pt", "zh")


def wish_language(text: str) -> WishLanguage:
    """Return how wishes are expressed in a text's language; in one that is unknown, as in English."""
    found = detect_language(text)
    return _load(found if found in _LANGUAGES else "en")


def load_all() -> None:
    """Load every language, for servers: its patterns take a fraction of a second to compile."""
    for code in _LANGUAGES:
        _load(code)


@cache
def _load(code: str) -> WishLanguage:
    rules: WishLanguage = import_module(f".words.{code}", __package__).RULES
    return rules
