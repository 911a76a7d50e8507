"""Starts of Markdown blocks: lists, headings, code, tables, quotations, rules."""

from __future__ import annotations

import re

from .pictures import skip_pictures

_KANJI = "一二三四五六七八九十"
_CIRCLED = "①-⑳⑴-⒇⒈-⒛❶-❿➀-➉➊-➓"
_SIGNS = "•●○■□▪▫‣⁃◦◆◇►▶➤➢→✓✔✅☑❌👉🔹🔸🔟・"
_STEPS = (
    *("step", "tip", "point", "reason", "schritt", "tipp", "punkt", "grund", "étape", "etape", "conseil"),
    *(
        "raison",
        "paso",
        "consejo",
        "punto",
        "razón",
        "passo",
        "passaggio",
        "consiglio",
        "dica",
        "ponto",
        "razão",
    ),
)
_STEPS_CJK = ("ステップ", "ポイント", "手順", "その", "理由", "步骤", "要点")
_COUNTED = "one|two|three|eins|zwei|un|une|deux|uno|una|due|dos|um|uma|dois"
# Words that announce an order, such as "First, …": with a comma or a colon, and without one.
_ORDERS = (
    *(
        "first",
        "first of all",
        "to begin with",
        "to start with",
        "d'abord",
        "tout d'abord",
        "en premier lieu",
    ),
    *(
        "primero",
        "en primer lugar",
        "primo",
        "in primo luogo",
        "prima di tutto",
        "primeiro",
        "em primeiro lugar",
    ),
)
_ORDERS_ALONE = (
    *("firstly", "erstens", "zuerst", "premièrement", "primeramente", "innanzitutto", "primeiramente"),
    *("まずは", "まず、", "第一に", "首先", "第一，", "第一、"),
)
_BLOCK = re.compile(
    rf"""
      \#{{1,6}}(?:\s|\d|$) | ``` | ~~~ | \$\$ | \| | > | <[A-Za-z/!]
    | [-*+–—·](?=\s) | [{_SIGNS}] | [{_CIRCLED}]
    | [(（\[【]\s?(?:\d{{1,3}}|[{_KANJI}]{{1,3}}|[a-hA-H]|[ivx]{{1,4}})\s?[)）\]】]
    | \d{{1,3}}\\?(?:[.:](?!\d)|[)）\]：、．。]|\ufe0f?\u20e3|\s[-–—]\s)
    | [{_KANJI}]{{1,3}}[、．.：:）)]
    | [a-hA-H](?:\)|\.\s) | (?:[ivx]{{1,4}}|[IVX]{{2,4}})[.)](?:\s|$)
    | 第[{_KANJI}\d]+(?:[，,、.：:]|步|点|點|项|項|章|条)
    | (?:{"|".join(_STEPS)})\s{{1,2}}\#?(?:\d{{1,3}}|{_COUNTED})\b
    | (?:{"|".join(_STEPS_CJK)})\s?[\d{_KANJI}{_CIRCLED}]
    | (?:{"|".join(_ORDERS)})\s?[,:] | (?:{"|".join(_ORDERS_ALONE)})
    | (?:[-*_=]\s?){{3,}}$
    """,
    re.IGNORECASE | re.VERBOSE,
)
# The beginning of a line that may turn out to be one of them. An "A" is taken for the word.
_MAYBE = re.compile(
    rf"""
      [-*+–—·_=~`$\#<]{{1,6}}\s?
    | [(（\[【]?\s?(?:\d{{0,3}}|[{_KANJI}]{{1,3}}|(?-i:[a-hB-H])|[ivx]{{1,4}})
      \\?\s?[-–—.:：、．)）\]】\ufe0f]?
    | 第[{_KANJI}\d]*
    | (?:{"|".join(_STEPS)})\s{{1,2}}\#?\w{{0,4}}
    | (?:{"|".join(_STEPS_CJK)})\s?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BOLD = re.compile(r"(\*\*|__)(?P<inner>[^\n]+?)\1(?P<after>.?)")
_SHORT = frozenset(("to", "in", "en", "em"))  # whole words much more often than the beginning of an order
_LONGEST_BOLD = 80  # characters after which an open bold mark is no title
_WORDS = (*_STEPS, *_STEPS_CJK, *_ORDERS, *_ORDERS_ALONE)


def starts_block(line: str, *, whole: bool) -> bool | None:
    """Tell whether a line starts a block other than prose; ``None`` while its beginning may.

    A sentence that announces an order of things ("Step 1: …", "First, …") counts as the start of a list.

    Args:
        line: The line, or its beginning.
        whole: Whether this is the whole line.
    """
    text = line.lstrip(" \t\u3000")
    if not text:
        return False if whole else None
    if text.startswith(("**", "__")):
        return _bold(text, whole=whole)
    if (pictures := skip_pictures(text)) and not _BLOCK.match(text):
        title = text[pictures:]
        if title in ("", "*", "_"):
            return False if whole else None
        return title.startswith(("**", "__")) and _bold(
            title, whole=whole
        )  # "🍎 **Fruit**: …", not "🎉 Yes!"
    if not whole:
        low = text.lower()
        if _MAYBE.fullmatch(text) or _may_become_word(low):
            return None
    return _BLOCK.match(text) is not None


def _may_become_word(text: str) -> bool:
    """Tell whether a text may become one of the words that announce an order."""
    return text not in _SHORT and any(word.startswith(text) for word in _WORDS)


def _bold(text: str, *, whole: bool) -> bool | None:
    """Tell whether a line that begins bold has a title there, and not words of a sentence."""
    found = _BOLD.match(text)
    if found is None:
        return None if not whole and len(text) < _LONGEST_BOLD else False
    inner, after = found["inner"].strip(), found["after"]
    if not after and not whole:
        return None
    return not after or after in ":：" or inner[-1:] in ":：" or _BLOCK.match(inner) is not None
