"""Shortening of titles that are whole sentences: cut after a sentence or at a clause, never inside one."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_WORDS = 12  # a title longer than this is cut at a clause, if it has one
MAX_CJK = 40
_KEPT_WORDS = 24  # a title without a clause to cut at stays whole up to this
_KEPT_CJK = 60

CJK = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
)
SENTENCE_MARKS = "。！？!?｡।۔؟։።"
_CJK = re.compile(f"[{CJK}]")
_SENTENCE = re.compile(rf"[{SENTENCE_MARKS}]+|\.(?=\s+[^\W\d_])")
_CLAUSE = re.compile(r"(?<!\d)[,，](?!\d)|(?<=\d)[,，](?=\s)|[;、；،؛（(—–]|:(?!\d)|：|\s-\s")
_COMMAS = ",，、،"
_ABBREVIATIONS = frozenset(
    """
    dr mr mrs ms prof st vs etc e.g i.e no nr inc ltd co jr sr approx ca bzw usw z.b d.h u.a vol fig ed dept
    est sra srta ej p.ej min max resp inkl ggf evtl
    """.split()  # noqa: SIM905 - forty quoted words would be harder to read
)
ORDINAL_BEFORE = frozenset(  # before an ordinal number written "2."
    "der die das den dem des im am vom zum zur beim ein eine".split()  # noqa: SIM905 - fifteen words
)
JOINING = frozenset(  # a line that ends in one of these is unfinished, and no title should end in one
    """
    a an the and or nor but so of to for with without in on at by from as into onto over under about
    between among through during against per via than that which who whose when while where if because
    its it's their your our my his her this these those every each all any some more most very is are was
    were be being been such including like especially
    """.split()  # noqa: SIM905 - eighty quoted words would be harder to read
)
_INTRODUCING = frozenset(  # words that begin a clause or phrase which says nothing without the next one
    """
    when whenever if in for while whereas as because although though even after before by with without to
    since once during at on under over despite instead unless until wherever given according based from
    through depending unlike like besides rather
    wenn falls in im für während weil obwohl nach vor bei mit ohne um seit sobald damit statt trotz als da
    quand si dans pour pendant car après avant avec sans en lorsque selon malgré bien parce
    cuando si en para durante porque después antes con sin al aunque según mientras
    quando se in per durante perché dopo prima con senza mentre em para depois antes com sem embora
    когда если в для пока после перед с без при чтобы хотя
    """.split()  # noqa: SIM905 - a hundred quoted words would be harder to read
)
_INTRODUCING_CJK = re.compile(
    r"^(?:在|当|當|如果|若|为了|為了|由于|由於|虽然|雖然|因为|因為|对于|對於|除了|通过|通過)"
    r"|(?:では|には|場合|とき|時は|ため|ので|れば|たら|なら|ても|から)$"
)
_CONJUNCTION = re.compile(
    r"\s(?=(?:and|or|but|because|so that|which|while|when|where|if|unless|und|oder|aber|weil|damit|et|ou|mais"
    r"|parce que|pour|y|o|pero|porque|para|e|ma|mas|и|или|но|чтобы)\s)",
    re.IGNORECASE,
)
_AND = re.compile(r"^\s?(?:and|or|und|oder|et|ou|y|o|e|и|или|&|和|或|および|または)\b", re.IGNORECASE)


def is_cjk(text: str) -> bool:
    """Whether most of a text is Chinese, Japanese or Korean script without blanks."""
    return 2 * len(_CJK.findall(text)) > len(text.replace(" ", ""))


def too_long(text: str, words: int, cjk: int) -> bool:
    """Whether a text has more than so many words, or characters of CJK text."""
    return len(text) > cjk if is_cjk(text) else len(text.split()) > words


def shorten(text: str, max_chars: int) -> str:
    """Cut a title after its first sentence and, if it is long, at the first clause that can stand alone.

    Without such a clause it stays whole up to twice the length. What is longer still is cut before the last
    conjunction, else after the last word that fits.
    """
    text = first_sentence(text)
    if not too_long(text, MAX_WORDS, MAX_CJK) and len(text) <= max_chars:
        return text
    for head in _clauses(text):
        if not _fits(head, max_chars):
            break
        if too_long(head, 1, 3):
            return head
    return text if _fits(text, max_chars) else _cut(text, max_chars)


def _fits(text: str, max_chars: int) -> bool:
    return len(text) <= max_chars and not too_long(text, _KEPT_WORDS, _KEPT_CJK)


def first_sentence(text: str) -> str:
    """Return a text's first sentence, if another follows; else the whole text."""
    for match in _SENTENCE.finditer(text):
        head = text[: match.start()]
        abbreviated = match.group() == "." and _is_abbreviated(head, text[match.end() :].lstrip())
        if head and not abbreviated and match.end() < len(text):
            return text[: match.end()]
    return text


def _is_abbreviated(head: str, following: str) -> bool:
    """Whether the full stop after ``head`` belongs to an abbreviation, an initial or an ordinal number."""
    words = head.lower().split()
    last = words[-1].lstrip("(\"'“„") if words else ""
    if last.isdigit():  # "Prefer HTTP 2. It is faster", but "Der 2. Weltkrieg"
        return len(words) < 2 or words[-2] in ORDINAL_BEFORE or following[0].islower()
    return len(last) < 2 or "." in last or last in _ABBREVIATIONS or following[0].islower()


def _clauses(text: str) -> Iterator[str]:
    """Yield the beginnings of a text that end where a clause does and can stand alone."""
    for match in _CLAUSE.finditer(text):
        head = text[: match.start()].strip()
        if match.group()[0] in _COMMAS and (_introduces(head) or _enumerates(text[match.end() :])):
            continue
        if head:
            yield head


def _introduces(head: str) -> bool:
    """Whether what stands before a comma only introduces what follows: ``In some areas, …``."""
    if is_cjk(head):
        return bool(_INTRODUCING_CJK.search(head))
    first = head.split(None, 1)[:1]
    # A second clause within it, as in "If it rains, stay in", ends what was introduced.
    return bool(first) and first[0].lower() in _INTRODUCING and not any(c in head for c in _COMMAS)


def _enumerates(rest: str) -> bool:
    """Whether a comma stands between the parts of an enumeration: ``apples, pears and plums``."""
    if _AND.match(rest):
        return True
    part = re.split(
        r"[,，、،]|\s(?=(?:and|or|und|oder|et|ou|y|o|e|и)\s)", rest, maxsplit=1, flags=re.IGNORECASE
    )
    return len(part) > 1 and not too_long(part[0], 3, 4)


def _cut(text: str, max_chars: int) -> str:
    """Cut a text that fits nowhere: before its last conjunction, else after its last word."""
    if is_cjk(text):
        head = text[: min(_KEPT_CJK, max_chars)]
        marks = [match.start() for match in _CLAUSE.finditer(head)]
        return head[: marks[-1]] if marks and marks[-1] > 3 else head
    cut = text[: max_chars + 1].rsplit(None, 1)[0] if len(text) > max_chars else text
    if " " not in cut:
        return cut[:max_chars]
    cut = " ".join(cut[:max_chars].split()[:_KEPT_WORDS])
    ends = [match.start() for match in _CONJUNCTION.finditer(cut)]
    ends = [end for end in ends if too_long(cut[:end], 3, 3)]
    words = (cut[: ends[-1]] if ends else cut).split()
    while len(words) > 2 and words[-1].lower() in JOINING:
        words.pop()
    return " ".join(words)
