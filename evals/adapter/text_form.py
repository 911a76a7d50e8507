"""Form of titles and texts, by rules that need no model: clauses, near-equal titles, repetition, person.

The rules are coarse on purpose. They are the same for every answer that is compared, so that a difference
between two figures is one between the answers, even where a single verdict may be disputed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

TITLE_WORDS = 6
_ALIKE_TITLES = 0.6  # Jaccard index of the words that carry meaning
_ALIKE_QUESTIONS = 0.5  # Jaccard index of the same
_ALIKE_SENTENCES = 0.7  # share of a sentence's word triples that one earlier sentence has
_LEAST_SENTENCE = 4  # words; shorter ones ("Yes.", a bullet's title) may well come twice
_LOOP_WORDS, _LOOP_TIMES = 6, 3


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]*_]*\s+|\n+")
_MARKS = re.compile(r"^\s*(?:[-*•+]|#{1,6}|\(?\d{1,3}[.)])\s+|\*\*|__")
_NOT_A_PERSON = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|\bUS\b")  # quotations; the country
_SUBJECTS = {"i", "you", "he", "she", "it", "we", "they", "this", "that", "these", "those", "there"}
_FINITE = _set(
    "is are was were am can could will would shall should must may might has had does did isn't "
    "aren't can't won't doesn't it's there's that's"
)
_PREPOSITIONS = _set("in on at of for with from by during because if when while although since as")
_RELATIVE = {"that", "which", "who", "whose"}
_LINKS = {"because", "although", "whereas"}
_QUESTION_WORDS = {"what", "how", "why", "when", "where", "which", "who", "whether"}
_DANGLING = _set(
    "a an the of and or but with that which is are your its their his her my our as than because"
)
# Verbs whose third person makes a clause of "Exercise improves mood"; nouns of the same form are left out.
_PREDICATES = _set(
    "improves reduces helps makes increases provides allows requires gives keeps becomes includes "
    "involves affects creates takes gets brings saves ensures prevents enables encourages boosts "
    "lowers strengthens seems depends teaches"
)
_EMPTY_WORDS = _set("a an the of to and or for in on with your you be is are at by from more less good")
_ASKING = _set(
    "a an th of to and or for in on with my your you i m do how what is ar it b can should could would "
    "at by from that who which why when me peopl som pleas tip giv nam"
)
_SINGULAR = {"i", "me", "my", "myself", "i'm", "i've", "i'd", "i'll"}
_PLURAL = {"we", "us", "our", "ours", "ourselves", "we're", "we've", "we'll", "let's"}


def words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


def title_fault(title: str) -> str | None:
    """Return what keeps a title from being a heading of at most six words; ``None``: nothing."""
    found = words(title)
    if not found:
        return "empty"
    if len(found) > TITLE_WORDS:
        return "long"
    if title.rstrip()[-1] in ".!?:;,…":
        return "mark"
    return "clause" if _is_clause(found) else None


def _is_clause(found: Sequence[str]) -> bool:
    first, rest = found[0], found[1:]
    if found[-1] in _DANGLING or (len(found) > 1 and first in _PREPOSITIONS):
        return True  # half a sentence: "In some areas"
    if len(found) > 2 and first in _SUBJECTS:
        return True
    if first in _QUESTION_WORDS and "to" not in rest[:2]:
        return len(found) > 2
    # "Links that do not match" is a heading: the verb belongs to its noun.
    ends = next((at for at, word in enumerate(rest) if word in _RELATIVE), len(rest))
    rest = rest[:ends]
    return any(word in _FINITE or word in _LINKS or word in _PREDICATES for word in rest)


def near_equal(titles: Sequence[str]) -> int:
    """Count the titles that say the same as an earlier one of the list."""
    seen: list[set[str]] = []
    count = 0
    for title in titles:
        found = stems(title)
        count += any(len(found & other) / max(1, len(found | other)) >= _ALIKE_TITLES for other in seen)
        seen.append(found)
    return count


def stems(text: str) -> set[str]:
    """Return the stems of the words of a text that carry meaning."""
    return {_stem(word) for word in words(text) if word not in _EMPTY_WORDS} or set(words(text))


def same_question(one: str, other: str) -> bool:
    """Whether two questions share half of the words that carry meaning, and so may have the same answer."""
    own, others = ({_stem(word) for word in words(text)} - _ASKING for text in (one, other))
    return len(own & others) >= _ALIKE_QUESTIONS * max(1, len(own | others))


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "es", "s", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word.removesuffix("e")


def sentences(text: str) -> list[list[str]]:
    """Split a text into sentences of at least four words, each as its words; list marks are left out."""
    parts = (_MARKS.sub("", part) for part in _SENTENCE_END.split(text))
    found = (words(part) for part in parts)
    return [sentence for sentence in found if len(sentence) >= _LEAST_SENTENCE]


def repeated_sentences(text: str) -> tuple[int, int]:
    """Count the sentences that say nearly word for word what an earlier one said, and all sentences."""
    seen: list[set[tuple[str, ...]]] = []
    repeated = 0
    found = sentences(text)
    for sentence in found:
        triples = {tuple(sentence[at : at + 3]) for at in range(len(sentence) - 2)}
        repeated += any(len(triples & other) >= _ALIKE_SENTENCES * len(triples) for other in seen)
        seen.append(triples)
    return repeated, len(found)


def loops(text: str) -> bool:
    """Whether a run of six words comes three times or more."""
    found = words(text)
    runs = Counter(tuple(found[at : at + _LOOP_WORDS]) for at in range(len(found) - _LOOP_WORDS + 1))
    return any(times >= _LOOP_TIMES for times in runs.values())


def changes_person(question: str, text: str) -> bool:
    """Whether a text speaks as "I", or as "we" where the question does not; quotations do not count."""
    found = set(words(_NOT_A_PERSON.sub(" ", text)))
    return bool(found & _SINGULAR) or (bool(found & _PLURAL) and not set(words(question)) & _PLURAL)
