"""Comparison of sentences by their words, in any script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from .words import content_of, overlap, size_of, words_of

STEPS = 3  # words of a known sentence among which the next one is looked for
_NEAR_WORDS = 6  # fewest words of sentences that can be nearly equal
_ALIKE = 0.85  # share of common content words from which sentences are nearly equal
_SAME_ORDER = 0.75  # share of words in the same order that they need besides
SURE_WORDS = 3  # first words of a sentence that must be a known sentence's for it to be held
_ONE_WRONG_IN = 8  # words; after the first ones so many, and one, may differ
_NEGATIONS = frozenset(
    """
    not no never nor none without cannot cant dont doesnt didnt isnt arent wasnt wont shouldnt wouldnt
    couldnt nicht kein keine keinen nie niemals ohne ne pas jamais sans sin nunca jamás não nem sem non
    mai senza niet geen не нет без никогда inte aldrig utan nie bez değil لا ليس لم لن नहीं न मत 不 没
    沒 無 无 未 非 ない ません ず 안 못
    """.split()  # noqa: SIM905 - eighty quoted words would be harder to read
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is compared of a sentence.

    Args:
        words: Its words, width and case folded.
        content: Those that carry its meaning.
        size: Its length in words.
        exact: Numbers and negations, which must be the same.
    """

    words: tuple[str, ...]
    content: frozenset[str]
    size: float
    exact: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Sentence:
        """Read a sentence."""
        words = words_of(text)
        exact = [word for word in words if word in _NEGATIONS or _has_digit(word)]
        return cls(tuple(words), content_of(words), size_of(words), tuple(exact))

    def kin_keys(self) -> Iterator[Hashable]:
        """Yield the keys by which sentences that repeat this one are found: first all of its words.

        Then, where it may be repeated in other words, each that carries meaning, with what must be the same.
        """
        yield self.words
        if self.size >= _NEAR_WORDS:
            yield from ((word, self.exact) for word in self.content) if self.exact else self.content

    @property
    def telling_keys(self) -> int:
        """Number of the keys after the first of which a sentence that repeats this one has at least one."""
        return int(len(self.content) * (1 - _ALIKE)) + 2

    def repeats(self, other: Sentence, least: int) -> bool:
        """Whether two sentences of at least so many words say the same in nearly the same words."""
        if min(self.size, other.size) < least:
            return False
        if self.words == other.words:
            return True
        if self.exact != other.exact or min(self.size, other.size) < _NEAR_WORDS:
            return False
        if overlap(self.content, other.content) < _ALIKE:
            return False
        own, others = Counter(self.words), Counter(other.words)
        if own == others or (own - others and others - own):
            return False  # other words in the same form, or the same in another order: "cats … than dogs"
        return SequenceMatcher(None, self.words, other.words, autojunk=False).ratio() >= _SAME_ORDER

    def may_start_with(self, words: Sequence[str], *, partial: bool) -> bool:
        """Whether a sentence that begins so may repeat this one; the last word may be ``partial``."""
        at = wrong = 0
        for number, word in enumerate(words, 1):
            for step, known in enumerate(self.words[at : at + STEPS], 1):
                if word == known or (partial and number == len(words) and known.startswith(word)):
                    at += step
                    break
            else:
                if number <= SURE_WORDS:
                    return False
                wrong += 1
        return wrong <= 1 + len(words) // _ONE_WRONG_IN


def _has_digit(word: str) -> bool:
    return not word.isalpha() and any(map(str.isdigit, word))
