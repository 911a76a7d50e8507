"""Titles of points: a list item's text without marks, shortened and comparable."""

from __future__ import annotations

import re
import unicodedata

from .clauses import CJK, JOINING, SENTENCE_MARKS, is_cjk, shorten, too_long
from .code_spans import CodeSpans, hide_code
from .markup import bold_start, plain_text, visible_text

_MAX_HEAD_WORDS = 8  # "Title: explanation" is split only after so few words
_MAX_HEAD_CJK = 24
_MAX_ITEM = 1000

_CJK = re.compile(f"[{CJK}]")
_COLON = re.compile(r"：|:(?=\s)|:$")
_DASH = re.compile(r"\s[-–—]{1,2}\s|—{1,2}")
_TRIM_LEFT = " \t,:;，、；：。．・-–—|>*_)）]】"
_TRIM_RIGHT = " \t.…,:;，、；：。．｡।۔։።،・-–—|*_([（「【"
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "„": "“", "「": "」", "『": "』", "«": "»", "《": "》"}
_CLOSED = (*SENTENCE_MARKS, ".", "…", ":", "：", ";", "；")
_JOINING_CJK = ("の", "を", "が", "や", "へ", "的", "和", "与", "與", "及", "或", "在", "并")


def is_closed(text: str) -> bool:
    """Whether the title is complete, so that nothing on a next line can belong to it.

    It is complete after a sentence end, after a whole bold title, and after the colon of
    ``Title: explanation``.
    """
    text = hide_code(text[:_MAX_ITEM].rstrip())
    if text.rstrip("*_`").endswith(_CLOSED):
        return True
    return bold_start(text) is not None or head_of(text) != text


def is_open(text: str) -> bool:
    """Whether the title looks unfinished, so that the next line must belong to it.

    It looks unfinished after a comma, a hyphen, a slash or a joining word (``and``, ``of the``, ``の``), and
    while a bold part or a bracket is open.
    """
    text = hide_code(text[:_MAX_ITEM].rstrip())
    if not text or text.count("**") % 2 or text.count("__") % 2:
        return True
    bare = text.rstrip("*_` ")
    if not bare or bare.endswith((",", "，", "、", "-", "–", "—", "/", "&", "+", "(", "（", "[", "「", "・")):
        return True
    if any(bare.count(left) > bare.count(right) for left, right in ("()", "（）", "「」", "【】", "[]")):
        return True
    before, _, last = bare.rpartition(" ")
    if before and (last.lower() if len(last) > 1 else last) in JOINING:
        return True
    return len(bare) > 2 and bare.endswith(_JOINING_CJK)


def join_lines(text: str, line: str) -> str:
    """Continue ``text`` by ``line``: no space between CJK characters or after a hyphenated word."""
    text, line = text.rstrip(), line.strip()
    if not text or not line:
        return text or line
    if _CJK.match(text[-1]) and _CJK.match(line[0]):
        return text + line
    if text[-1] in "、，・":
        return text + line
    if text[-1] == "-" and text[-2:-1].isalpha() and line[0].islower():
        return text + line
    return f"{text} {line}"


def may_continue(line: str) -> bool:
    """Whether an indented line reads like the rest of a title, not like an explanation."""
    line = line.strip()
    if line[:1].islower():
        return True
    short = len(line) <= 16 if is_cjk(line) else len(line.split()) <= 4
    return short and not line.endswith((*SENTENCE_MARKS, ".", ":", "："))


def make_title(text: str, max_chars: int) -> str:
    """Extract the title from a list item's text, without number or bullet; ``""`` when nothing is left.

    A bold beginning is the title; of ``Title: explanation`` it is the part before the colon; of several
    sentences the first. What is still too long is cut at a clause (see `shorten`). Code spans stay.
    """
    spans = CodeSpans(visible_text(text[:_MAX_ITEM]))
    text = plain_text(bold_start(spans.text) or spans.text).lstrip(_TRIM_LEFT)
    text = spans.restore(_unquote(_trim(shorten(head_of(text), max_chars))))
    return text if title_key(text) else ""


def title_key(title: str) -> str:
    """Return the key that tells titles apart: letters, digits, ``+`` and ``#``, width and case folded."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title).casefold())
    kept = "".join(c for c in folded if c.isalnum() or c in "+#" or unicodedata.category(c)[0] == "M")
    return kept if any(c.isalnum() for c in kept) else ""


def head_of(text: str) -> str:
    """Return the part before the colon of ``Title: explanation``, or before the dash of a long one."""
    for mark, always in ((_COLON, True), (_DASH, False)):
        match = mark.search(text)
        if match is None or not (always or too_long(text, 6, 18)):
            continue
        head = text[: match.start()].strip()
        if any(c.isalpha() for c in head) and not too_long(head, _MAX_HEAD_WORDS, _MAX_HEAD_CJK):
            return head
    return text


def _trim(text: str) -> str:
    """Strip punctuation around a text; a closing bracket stays if there is an opening one."""
    text = text.strip().lstrip(_TRIM_LEFT)
    closing = "" if any(c in text for c in "(（[【「") else ")）]】」"
    return text.rstrip(_TRIM_RIGHT + closing)


def _unquote(text: str) -> str:
    """Strip quotation marks around the whole text."""
    if len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        return _trim(text[1:-1])
    return text
