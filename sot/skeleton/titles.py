"""Titles of points: a list item's text without marks, shortened and comparable."""

from __future__ import annotations

import re
import unicodedata

MAX_WORDS = 12
MAX_CJK = 40
_MAX_HEAD_WORDS = 8  # "Title: explanation" is split only after so few words
_MAX_HEAD_CJK = 24
_MAX_ITEM = 1000

CJK = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
)
_CJK = re.compile(f"[{CJK}]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile(
    r"[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    r"\U000e0000-\U000e007f]"
)
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#39);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " ", "#39": "'"}
_HTML = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s{1,4}[a-z-]{1,20}=[^<>]{0,80})?\s?/?>")
_LINK = re.compile(r"!?\[([^\[\]]{1,200})\]\([^()\s]{0,300}\)")
_MARKS = re.compile(r"\*{2,}|__+|~~+|`+|(?<![^\W_])_|_(?![^\W_])")
_STAR = re.compile(r"(?<![\d\s])\*|\*(?![\d\s])")  # neither 5*5 nor 5 * 5
_CHECKBOX = re.compile(r"\s*(?:\[[ xX✓✔]?\]|[☐☑☒✅✓✔])\s*")
_BOLD = re.compile(r"\s*(\*\*|__)(?=\S)(.+?)\1")
_COLON = re.compile(r"：|:(?=\s)|:$")
_DASH = re.compile(r"\s[-–—]{1,2}\s|—{1,2}")
_SENTENCE = re.compile(r"[。！？!?]+|\.(?=\s+[^\W\d_])")
_CLAUSE = re.compile(r"[,;:，、；：（(—–]|\s-\s")
_TRIM_LEFT = " \t,:;，、；：。．・-–—|>*_)）]】"
_TRIM_RIGHT = " \t.…,:;，、；：。．・-–—|*_([（「【"
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "『": "』", "«": "»", "《": "》"}
_ABBREVIATIONS = frozenset(("dr", "mr", "mrs", "ms", "prof", "st", "vs", "etc", "e.g", "i.e", "no", "inc"))
_JOINING = frozenset(  # a line that ends in one of these is unfinished, and no title should end in one
    """
    a an the and or nor but so of to for with without in on at by from as into onto over under about
    between among through during against per via than that which who whose when while where if because
    its it's their your our my his her this these those every each all any some more most very is are was
    were be being been such including like especially
    """.split()  # noqa: SIM905 - eighty quoted words would be harder to read
)
_JOINING_CJK = ("の", "を", "が", "や", "へ", "的", "和", "与", "與", "及", "或", "在", "并")


def bold_start(text: str) -> str | None:
    """Return the bold part at the start of a text, without its marks; ``None`` without a closed one."""
    match = _BOLD.match(text)
    return match.group(2) if match else None


def is_closed(text: str) -> bool:
    """Whether the title is complete, so that nothing on a next line can belong to it.

    It is complete after a sentence end, after a whole bold title, and after the colon of
    ``Title: explanation``.
    """
    text = text[:_MAX_ITEM].rstrip()
    if text.rstrip("*_`").endswith(tuple(".!?。！？…:：;；")):
        return True
    return bold_start(text) is not None or _head(text) != text


def is_open(text: str) -> bool:
    """Whether the title looks unfinished, so that the next line must belong to it.

    It looks unfinished after a comma, a hyphen, a slash or a joining word (``and``, ``of the``, ``の``), and
    while a bold part or a bracket is open.
    """
    text = text[:_MAX_ITEM].rstrip()
    if not text or text.count("**") % 2 or text.count("__") % 2:
        return True
    bare = text.rstrip("*_` ")
    if not bare or bare.endswith((",", "，", "、", "-", "–", "—", "/", "&", "+", "(", "（", "[", "「", "・")):
        return True
    if any(bare.count(left) > bare.count(right) for left, right in ("()", "（）", "「」", "【】", "[]")):
        return True
    before, _, last = bare.rpartition(" ")
    if before and (last.lower() if len(last) > 1 else last) in _JOINING:
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
    short = len(line) <= 16 if _is_cjk(line) else len(line.split()) <= 4
    return short and not line.endswith(tuple(".!?。！？:："))


def make_title(text: str, max_chars: int) -> str:
    """Extract the title from a list item's text, without number or bullet; ``""`` when nothing is left.

    A bold beginning is the title; of ``Title: explanation`` it is the part before the colon; of several
    sentences the first. What is still too long is cut at its first clause mark, else after the last word
    that fits.
    """
    text = _INVISIBLE.sub("", _CONTROL.sub(" ", text[:_MAX_ITEM]))
    text = _CHECKBOX.sub("", text, count=1) if _CHECKBOX.match(text) else text
    text = bold_start(text) or text
    text = _ENTITY.sub(lambda match: _ENTITIES[match.group(1)], text)
    text = _MARKS.sub("", _LINK.sub(r"\1", _HTML.sub(" ", text)))
    if len(_STAR.findall(text)) > 1:  # one alone is no emphasis: "A* search"
        text = _STAR.sub("", text)
    text = " ".join(text.split()).lstrip(_TRIM_LEFT)
    text = _shorten(_head(text))
    text = _unquote(_trim(text))
    if len(text) > max_chars:
        cut = text[: max_chars + 1].rsplit(None, 1)[0] if " " in text[: max_chars + 1] else text
        text = _trim(cut[:max_chars])
    return text if title_key(text) else ""


def title_key(title: str) -> str:
    """Return the key that tells titles apart: letters, digits, ``+`` and ``#``, width and case folded."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title).casefold())
    kept = "".join(c for c in folded if c.isalnum() or c in "+#" or unicodedata.category(c)[0] == "M")
    return kept if any(c.isalnum() for c in kept) else ""


def _is_cjk(text: str) -> bool:
    return 2 * len(_CJK.findall(text)) > len(text.replace(" ", ""))


def _too_long(text: str, words: int, cjk: int) -> bool:
    return len(text) > cjk if _is_cjk(text) else len(text.split()) > words


def _head(text: str) -> str:
    """Return the part before the colon of ``Title: explanation``, or before the dash of a long one."""
    for mark, always in ((_COLON, True), (_DASH, False)):
        match = mark.search(text)
        if match is None or not (always or _too_long(text, 6, 18)):
            continue
        head = text[: match.start()].strip()
        if any(c.isalnum() for c in head) and not _too_long(head, _MAX_HEAD_WORDS, _MAX_HEAD_CJK):
            return head
    return text


def _shorten(text: str) -> str:
    """Cut after the first sentence, then at a clause mark, then after the last word that fits."""
    for match in _SENTENCE.finditer(text):
        head = text[: match.start()]
        last = head.rsplit(None, 1)[-1].lower() if head.strip() else ""
        abbreviated = match.group() == "." and (
            len(last) < 2
            or "." in last
            or last in _ABBREVIATIONS
            or text[match.end() :].lstrip()[0].islower()
        )
        if head and not abbreviated and match.end() < len(text):
            text = text[: match.end()]
            break
    if not _too_long(text, MAX_WORDS, MAX_CJK):
        return text
    for match in _CLAUSE.finditer(text):
        head = text[: match.start()].strip()
        if _too_long(head, MAX_WORDS, MAX_CJK):
            break
        if _too_long(head, 1, 3):
            return head
    if _is_cjk(text):
        return text[:MAX_CJK]
    words = text.split()[:MAX_WORDS]
    while len(words) > 2 and words[-1].lower() in _JOINING:
        words.pop()
    return " ".join(words)


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
