"""Language detection, as far as the choice of a prompt pack and of the router's rules needs it."""

from __future__ import annotations

import re
from collections import Counter

from .latin_words import LANGUAGES_OF_LETTER, LANGUAGES_OF_WORD
from .scripts import language_of_script

_MAX_CHARS = 4_000  # read of a long text, half at each end: a sample is enough
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_OTHER_LETTER = re.compile(r"[^\W\d_A-Za-z\u00aa-\u024f\u0250-\u02ff\u1e00-\u1eff\uff21-\uff5a]")
_SPANISH = re.compile("[¿¡]\\s?[^\\W\\d_]")  # marks that no other language has
_CHARS_PER_WORD = 2  # so many CJK characters say about as much as one word
_LETTERS_PER_WORD = 5
_LETTER_WEIGHT = 0.6  # of a word with a letter that English has not, which a name may have as well
_OPENING_WEIGHT = 1.5  # of the first word, which asks
_SINGLE_LETTER_WEIGHT = 0.25  # which a formula may have as well
_LEAST_SCORE = 1.0  # of another language than English


def detect_language(text: str) -> str:
    """Detect a text's language, as a code of ISO 639.

    The script with the largest share decides, counted in words; kana among Chinese characters mean
    Japanese. Latin script is told apart by common words: English, German, French, Spanish, Italian,
    Portuguese and the like. A script stands for its most used language (``ru`` for Cyrillic), and ``und`` for
    one without a code here. Fenced code counts only if there is nothing else. A text without letters, or in
    Latin script without a common word, is ``en``. Of a long text only the beginning and the end are read.
    """
    if len(text) > _MAX_CHARS:
        text = text[: _MAX_CHARS // 2] + "\n" + text[-_MAX_CHARS // 2 :]
    prose = _FENCE.sub(" ", text)
    return _by_script(prose) or _by_script(text) or "en"


def _by_script(text: str) -> str | None:
    """Return the language of the script with the largest share; ``None`` without letters."""
    words = _WORD.findall(text)
    if text.isascii():
        return _latin(words) if words else None
    counts: Counter[str] = Counter()
    for letter, count in Counter(_OTHER_LETTER.findall(text)).items():
        counts[language_of_script(letter)] += count
    kana, han = counts.pop("kana", 0), counts.pop("han", 0)
    shares = {
        "latin": float(len(words)),
        "ja" if kana * 20 >= kana + han else "zh": (kana + han) / _CHARS_PER_WORD,
        "ko": counts.pop("ko", 0) / _CHARS_PER_WORD,
        **{name: count / _LETTERS_PER_WORD for name, count in counts.items()},
    }
    best = max(shares, key=lambda name: shares[name])
    if shares[best] <= 0:
        return None
    if best != "latin":
        return best
    return "es" if _SPANISH.search(text) else _latin(words)


def _latin(words: list[str]) -> str:
    """Return the language of words in Latin script: English where no other has more common words."""
    scores = {"en": _LEAST_SCORE - 0.1}
    for place, word in enumerate(dict.fromkeys(word.lower() for word in words)):
        weight = _SINGLE_LETTER_WEIGHT if len(word) == 1 else 1.0 if place else _OPENING_WEIGHT
        for language in LANGUAGES_OF_WORD.get(word, ()):
            scores[language] = scores.get(language, 0.0) + weight
        if not word.isascii():
            marked = {name for letter in word for name in LANGUAGES_OF_LETTER.get(letter, ())}
            for language in sorted(marked):
                scores[language] = scores.get(language, 0.0) + _LETTER_WEIGHT
    return max(scores, key=lambda language: scores[language])  # English comes first and wins a draw
