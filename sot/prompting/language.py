"""Language detection, as far as the choice of a prompt pack needs it."""

from __future__ import annotations

import re

_MAX_CHARS = 20_000  # read of a long text, half at each end: a sample is enough
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_SCRIPTS = {
    "kana": re.compile("[\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d]"),
    "han": re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"),
    "hangul": re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "ar": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "th": re.compile("[\u0e01-\u0e5b]"),
}
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_CHARS_PER_WORD = 2  # so many CJK characters say about as much as one word


def detect_language(text: str) -> str:
    """Detect a text's language: ``en``, ``ja``, ``zh``, ``ko``, or by script ``ru``, ``ar``, ``hi``, ``th``.

    The script with the largest share decides, counted in words; kana among Chinese characters mean
    Japanese. Fenced code counts only if there is nothing else. Latin script is always ``en``, and so
    is a text without letters. Of a long text only the beginning and the end are read.
    """
    if len(text) > _MAX_CHARS:
        text = text[: _MAX_CHARS // 2] + "\n" + text[-_MAX_CHARS // 2 :]
    prose = _FENCE.sub(" ", text)
    return _by_script(prose) or _by_script(text) or "en"


def _by_script(text: str) -> str | None:
    """Return the language of the script with the largest share; ``None`` without letters."""
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    east_asian = counts.pop("kana"), counts.pop("han")
    shares = {
        "en": float(len(_WORD.findall(text))),
        "ja" if east_asian[0] * 20 >= sum(east_asian) else "zh": sum(east_asian) / _CHARS_PER_WORD,
        "ko": counts.pop("hangul") / _CHARS_PER_WORD,
        **{name: count / 5 for name, count in counts.items()},
    }
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] > 0 else None
