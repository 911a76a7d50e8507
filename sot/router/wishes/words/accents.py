"""Patterns that do not mind missing accents."""

from __future__ import annotations

import unicodedata

from ..lazy import LazyPattern
from ..wish import rx

_ACCENTED = {letter: unicodedata.normalize("NFD", letter)[0] for letter in "áàâãéèêëíìîïóòôõúùûüñç"}
_LOOSE = str.maketrans({accented: f"[{accented}{base}]" for accented, base in _ACCENTED.items()})


def loose(*parts: str) -> LazyPattern:
    """Compile a pattern like `rx`, whose accented letters also match without their accent.

    An accent that matters is written as an escape (``\\u00e9``); a set of letters must not contain one.
    """
    return rx(*(part.translate(_LOOSE) for part in parts))
