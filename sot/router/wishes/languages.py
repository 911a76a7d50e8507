"""Languages whose wishes are understood; each is loaded when a text in it comes."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from ...prompting.language import detect_language
from .lazy import compile_all
from .wish import WishLanguage

LANGUAGES = ("de", "en", "es", "fr", "it", "ja", "pt", "zh")


def wish_language(text: str) -> WishLanguage:
    """Return how wishes are expressed in a text's language; in one that is unknown, as in English."""
    found = detect_language(text)
    return _load(found if found in LANGUAGES else "en")


def load_all() -> None:
    """Load every language and compile its patterns, for servers: that takes a second or two."""
    for code in LANGUAGES:
        _load(code)
    import_module(".programs.signs", __package__)
    import_module(".programs.shapes", __package__)
    compile_all()


@cache
def _load(code: str) -> WishLanguage:
    rules: WishLanguage = import_module(f".words.{code}", __package__).RULES
    return rules
