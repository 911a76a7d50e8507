"""Repetition: sentences and phrases that a point, or another point of the answer, has said already.

Sentences are compared by their words, in any script. Code and tables are left alone, and so are short
sentences and list items that only begin alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from .fences import Fences
from .loops import Loop
from .sentences import sentence_end
from .words import content_of, kind_of, overlap, size_of, words_of

_OWN_WORDS = 4  # fewest words of a sentence that a point must not say twice
_OTHER_WORDS = 7  # fewest words of a sentence that no other point must have said
_NEAR_WORDS = 6  # fewest words of sentences that can be nearly equal
_ALIKE = 0.85  # share of common content words from which sentences are nearly equal
_SAME_ORDER = 0.75  # share of words in the same order that they need besides
_SURE_WORDS = 3  # first words of a sentence that must be a known sentence's for it to be held
_ONE_WRONG_IN = 8  # words; after the first ones so many, and one, may differ
_STEPS = 3  # words of a known sentence among which the next one is looked for
_LOOK_BACK = 40  # characters before the end of the text in which a sentence may still turn out to end
_NEGATIONS = frozenset(
    """
    not no never nor none without cannot cant dont doesnt didnt isnt arent wasnt wont shouldnt wouldnt
    couldnt nicht kein keine keinen nie niemals ohne ne pas jamais sans sin nunca jamás não nem sem non
    mai senza niet geen не нет без никогда inte aldrig utan nie bez değil لا ليس لم لن नहीं न मत 不 没
    沒 無 无 未 非 ない ません ず 안 못
    """.split()  # noqa: SIM905 - eighty quoted words would be harder to read
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: tuple[str, ...]
    content: frozenset[str]
    size: float  # in words
    exact: tuple[str, ...]  # numbers and negations, which must be the same

    @classmethod
    def of(cls, text: str) -> _Sentence:
        words = words_of(text)
        exact = (word for word in words if word in _NEGATIONS or any(map(str.isdigit, word)))
        return cls(tuple(words), content_of(words), size_of(words), tuple(exact))

    def repeats(self, other: _Sentence, least: int) -> bool:
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
            for step, known in enumerate(self.words[at : at + _STEPS], 1):
                if word == known or (partial and number == len(words) and known.startswith(word)):
                    at += step
                    break
            else:
                if number <= _SURE_WORDS:
                    return False
                wrong += 1
        return wrong <= 1 + len(words) // _ONE_WRONG_IN


class Said:
    """Register of the sentences of one answer's points, shared by their `PointText` filters."""

    def __init__(self) -> None:
        self._sentences: dict[int, list[_Sentence]] = {}
        self._beginning: dict[str, list[tuple[int, _Sentence]]] = {}  # by each of their first words

    def add(self, index: int, text: str) -> None:
        """Register the sentences of a text that is whole already, such as the opening's (number 0)."""
        for line in text.splitlines():
            while (end := sentence_end(line, 1)) is not None:
                self._add(index, _Sentence.of(line[:end]))
                line = line[end:]
            self._add(index, _Sentence.of(line))

    def forget(self, index: int) -> None:
        """Forget what a point has said, because it is written again."""
        if self._sentences.pop(index, None):
            for word, known in self._beginning.items():
                self._beginning[word] = [(of, sentence) for of, sentence in known if of != index]

    def _add(self, index: int, sentence: _Sentence) -> None:
        if sentence.size >= _OWN_WORDS:
            self._sentences.setdefault(index, []).append(sentence)
            for word in dict.fromkeys(sentence.words[:_STEPS]):
                self._beginning.setdefault(word, []).append((index, sentence))

    def repeated(self, index: int, text: str) -> bool:
        """Whether a point says a sentence that it or another has said; else it is registered as said."""
        sentence = _Sentence.of(text)
        for of, known in self._sentences.items():
            least = _least(index, of)
            if any(sentence.repeats(other, least) for other in known):
                return True
        self._add(index, sentence)
        return False

    def may_repeat(self, index: int, text: str) -> bool:
        """Whether a sentence of a point that begins so may turn out to be one that has been said."""
        words = words_of(text)
        if not words:
            return False
        partial = kind_of(text[-1]) == "letter"
        if partial and len(words) == 1:
            lists = (known for word, known in self._beginning.items() if word.startswith(words[0]))
        else:
            lists = iter([self._beginning.get(words[0], [])])
        return any(
            sentence.size >= _least(index, of) and sentence.may_start_with(words, partial=partial)
            for known in lists
            for of, sentence in known
        )


def _least(index: int, of: int) -> int:
    """Return the fewest words of a sentence of one point that another must not say."""
    return _OWN_WORDS if of == index else _OTHER_WORDS


class Repetition:
    """Finder of the place in a point's text where it begins to repeat what has been said.

    Args:
        index: Number of the point.
        said: What the points of the answer have said.

    Attributes:
        end: Position where the text before the repetition ends; ``None`` while there is none.
        through: Position where the repeated sentence ends, for text of which the reader has seen a part.
        hold: Position from which text may turn out to be a repetition.
    """

    def __init__(self, index: int, said: Said) -> None:
        self._index = index
        self._said = said
        self.begin()

    def begin(self, accepted: str = "", *, again: bool = False) -> None:
        """Start anew.

        Args:
            accepted: Text that the point already has and keeps.
            again: Whether the point is written again after nothing but repetition: its first sentence then
                stays, since a repeated sentence is better than a missing point.
        """
        self.end: int | None = None
        self.through = self.hold = 0
        self._start = 0  # of the sentence
        self._searched = 0  # position before which it does not end
        self._differs = False  # it cannot turn out to be a repetition any more, or the reader has seen it
        self._line = 0  # start of its line
        self._first = again
        self._fences = Fences()
        self._loop = Loop()
        self._said.forget(self._index)
        if accepted:
            self._accepts = True
            self.read(accepted)
        self._accepts = False

    def read(self, text: str, *, final: bool = False) -> None:
        """Read the text so far, which starts with what was read before."""
        while self.end is None and self._start < len(text):
            at = text.find("\n", self._start)
            stop = at if at >= 0 else len(text)
            whole = at >= 0 or final
            line = text[self._line : stop]
            if self._fences.closing is not None or line.lstrip().startswith(("```", "~~~", "|", "$$", "\\[")):
                self.hold = len(text)
                if not whole:
                    return
                self._next_line(line, stop)
                continue
            end = sentence_end(text[self._start : stop], 1, after=max(0, self._searched - self._start))
            if end is None and not whole:
                self._wait(text)
                return
            if end is None:
                self._take(text, self._start, stop)
                self._next_line(line, stop)
            else:
                self._take(text, self._start, self._start + end)
                self._begin_sentence(self._start + end)
        if self.end is None:
            self.hold = len(text)

    def _next_line(self, line: str, stop: int) -> None:
        if self._fences.line(line) or line.lstrip().startswith("|"):
            self._loop = Loop()
        self._line = stop + 1
        self._begin_sentence(self._line)

    def _begin_sentence(self, start: int) -> None:
        self._start = self._searched = start
        self._differs = False

    def _wait(self, text: str) -> None:
        """Take in the start of a sentence."""
        self._searched = max(self._start, len(text) - _LOOK_BACK)
        if not self._differs:
            begun = text[self._start :]
            free = self._first or self._accepts or not self._said.may_repeat(self._index, begun)
            self._differs = free and bool(begun.strip())
        self.hold = len(text) if self._differs else self._start
        self._find_loop(text, self._start, len(text))

    def _take(self, text: str, start: int, end: int) -> None:
        """Take in a whole sentence."""
        sentence = text[start:end]
        if not any(map(str.isalnum, sentence)):
            return
        compares = not self._first and not self._accepts
        self._first = False
        if self._said.repeated(self._index, sentence) and compares:
            self.end, self.through, self.hold = start, end, start
            return
        self._find_loop(text, start, end)

    def _find_loop(self, text: str, start: int, end: int) -> None:
        found = self._loop.read(text, start, end)
        if found is not None and self.end is None and not self._accepts:
            self.end = self.hold = found
            self.through = end
