"""Near-equal titles: the same words in another number, order or dress."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from .clauses import is_cjk

_ACCENT = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0640]")
_CJK_PARTICLES = re.compile(r"[のとをがはにや的和与與及、，・\s]")
_STOP = frozenset(  # words that change no title's meaning
    """
    a an the and of your our my their his its her this that these those some is are be how
    der die das den dem des ein eine einen einer und
    le la les l un une du de d et
    el los las una unos unas y del
    il lo gli i uno e di della dei delle
    o os as um uma da das
    het een en van
    """.split()  # noqa: SIM905 - seventy quoted words would be harder to read
)
_ORDERED = frozenset(  # words that make the order of the others count
    """
    to from than over under before after vs versus into by without with against instead not no in on at for
    zu von als über unter vor nach gegen ohne mit statt auf für bei
    à sur sous avant après contre sans avec dans pour par chez vers
    sin con contra para por sobre bajo antes después hacia
    su senza contro per tra em sem com
    """.split()  # noqa: SIM905 - seventy quoted words would be harder to read
)
_GERMAN = frozenset(
    ("der", "die", "das", "den", "dem", "und", "von", "für", "mit", "eine", "im", "zur", "zum")
)
_SPANISH = frozenset(("el", "los", "las", "del", "de", "y", "para", "con", "una", "por"))
_NO_PLURAL = frozenset(("news", "goods", "means", "always", "lens", "arms", "customs", "glasses", "spirits"))


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is compared of a title.

    Args:
        words: Its words, each with those that it may be the plural or gerund of; sorted where their order
            says nothing.
        solid: Its text without particles, in scripts without blanks; else empty.
    """

    words: tuple[tuple[str, frozenset[str]], ...]
    solid: str = ""

    def alike(self, other: Likeness) -> bool:
        """Whether two titles are near-equal."""
        if self.solid or other.solid:
            return self.solid == other.solid
        pairs = zip(self.words, other.words, strict=False)
        return len(self.words) == len(other.words) and all(_same(*pair) for pair in pairs)


def likeness(title: str) -> Likeness:
    """Return what of a title is compared with others."""
    width = unicodedata.normalize("NFKC", title)
    if is_cjk(width):
        solid = "".join(c for c in _CJK_PARTICLES.sub("", width.casefold()) if c.isalnum())
        return Likeness((), solid or width)
    cased = _split(width)
    words = [unicodedata.normalize("NFKC", word.casefold()) for word in cased]
    kept = [word for n, word in enumerate(words) if word not in _STOP or _is_name(cased, n)] or words
    if _ORDERED.isdisjoint(kept):
        kept.sort()
    german, spanish = not _GERMAN.isdisjoint(words), not _SPANISH.isdisjoint(words)
    plurals = [_singulars(word, german, spanish) for word in kept]
    if len(kept) > 1:  # "Drinking water" is "Drink water", but a painting is no paint
        plurals = [forms | _verbs(word) for forms, word in zip(plurals, kept, strict=True)]
    return Likeness(tuple(zip(kept, plurals, strict=True)))


def _split(text: str) -> list[str]:
    """Split a text into words without accents; vowel signs of Indic scripts belong to theirs."""
    plain = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", text)))
    plain = re.sub(r"['’ʼ](?=\w)", "", plain)
    spaced = "".join(
        c if c.isalnum() or c in "+#" or unicodedata.category(c)[0] == "M" else " " for c in plain
    )
    return [word for word in spaced.split() if any(c.isalnum() for c in word)]


def _is_name(words: list[str], position: int) -> bool:
    """Whether a single letter is no article but a name: ``Plan A``, ``Vitamin D for children``."""
    word = words[position]
    return len(word) == 1 and position > 0 and (word.isupper() or position == len(words) - 1)


def _singulars(word: str, german: bool, spanish: bool) -> frozenset[str]:
    """Return the words that a word may be the plural of."""
    forms: set[str] = set()
    if len(word) < 4 or word in _NO_PLURAL or not word.isalpha():
        return frozenset(forms)
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        forms.add(word[:-1])
    if word.endswith("es") and (spanish or word.endswith(("ses", "xes", "zes", "ches", "shes", "oes"))):
        forms.add(word[:-2])
    if word.endswith("ies"):
        forms.add(word[:-3] + "y")
    if german and len(word) > 5 and word.endswith(("e", "en", "er", "n")):
        forms |= {word[:-1], word[:-2]} if word.endswith(("en", "er")) else {word[:-1]}
    return frozenset(forms)


def _verbs(word: str) -> frozenset[str]:
    """Return the verbs that a word may be the gerund of."""
    stem = word[:-3]
    if not word.endswith("ing") or len(stem) < 3:
        return frozenset()
    verbs = {stem, stem + "e"}
    if stem[-1] == stem[-2]:
        verbs.add(stem[:-1])
    return frozenset(verbs)


def _same(left: tuple[str, frozenset[str]], right: tuple[str, frozenset[str]]) -> bool:
    return left[0] == right[0] or left[0] in right[1] or right[0] in left[1]
