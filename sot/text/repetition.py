"""Repetition: sentences and phrases that a point, or another point of the answer, has said already.

Sentences are compared by their words, in any script. Code, formulas and tables are left alone unless a whole
block loops, and so are short sentences, those that list items share, lines that announce what follows, and
list items that only begin alike.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from .fences import Fences
from .formulas import Formulas, begins_formula
from .loops import Loop
from .refrains import Refrains, announces
from .sentence_likeness import STEPS, SURE_WORDS, Sentence
from .sentences import SentenceScan, ends_whole, sentence_end
from .words import kind_of, words_of

_OWN_WORDS = 4  # fewest words of a sentence that a point must not say twice
_OTHER_WORDS = 7  # fewest words of a sentence that no other point must have said
_LINE_START = 64  # characters of a line that tell whether it begins a block
_MARKS = 64  # characters without a word at the start of a sentence after which it repeats none
_BLOCKS = ("```", "~~~", "|")  # code, a table


class Said:
    """Register of the sentences of one answer's points, shared by their `PointText` filters."""

    def __init__(self) -> None:
        self._number = 0  # of the last sentence
        self._kin: dict[Hashable, dict[int, tuple[int, Sentence]]] = {}  # by what kin share, and number
        self._beginning: dict[str, list[tuple[int, Sentence]]] = {}  # by each of their first words
        self._early: dict[str, list[tuple[int, Sentence]]] = {}  # by each of some more of them
        self._points: set[int] = set()  # that have said something

    def add(self, index: int, text: str) -> None:
        """Register the sentences of a text that is whole already, such as the opening's (number 0)."""
        for line in text.splitlines():
            while (end := sentence_end(line, 1)) is not None:
                self.add_sentence(index, Sentence.of(line[:end]))
                line = line[end:]
            if not announces(line):
                self.add_sentence(index, Sentence.of(line))

    def forget(self, index: int) -> None:
        """Forget what a point has said, because it is written again."""
        if index not in self._points:
            return
        self._points.discard(index)
        for words in (self._beginning, self._early):
            for word, known in words.items():
                words[word] = [(of, sentence) for of, sentence in known if of != index]
        for key, numbered in self._kin.items():
            self._kin[key] = {number: said for number, said in numbered.items() if said[0] != index}

    def add_sentence(self, index: int, sentence: Sentence) -> None:
        """Register a sentence of a point."""
        if sentence.size >= _OWN_WORDS:
            self._points.add(index)
            self._number += 1
            said = (index, sentence)
            for key in sentence.kin_keys():
                self._kin.setdefault(key, {})[self._number] = said
            for word in dict.fromkeys(sentence.words[:STEPS]):
                self._beginning.setdefault(word, []).append(said)
            for word in dict.fromkeys(sentence.words[: STEPS * SURE_WORDS]):
                self._early.setdefault(word, []).append(said)

    def find(self, index: int, sentence: Sentence) -> Iterator[tuple[int, Sentence]]:
        """Find the sentences, and whose they are, that a sentence of a point repeats."""
        words, *others = (self._kin.get(key, {}) for key in sentence.kin_keys())
        candidates = dict(words)
        for said in sorted(others, key=len)[: sentence.telling_keys]:
            candidates.update(said)
        for number in sorted(candidates):
            of, other = candidates[number]
            if sentence.repeats(other, _least(index, of)):
                yield of, other

    def may_repeat(self, index: int, text: str) -> bool:
        """Whether a sentence of a point that begins so may turn out to be one that has been said."""
        words = words_of(text)
        if not words:
            return bool(self._kin)
        partial = _goes_on(text)
        if partial and len(words) == 1:
            lists = (known for word, known in self._beginning.items() if word.startswith(words[0]))
        else:
            sure = words[
                : min(SURE_WORDS, len(words) - partial)
            ]  # a sentence that it repeats has all of them
            lists = iter([min((self._early.get(word, []) for word in sure), key=len)])
        return any(
            sentence.size >= _least(index, of) and sentence.may_start_with(words, partial=partial)
            for known in lists
            for of, sentence in known
        )


def _goes_on(text: str) -> bool:
    """Return whether the last word of a text may go on, after an apostrophe or with a vowel sign, too."""
    word = text[:-1] if text[-1] in "'’" else text
    return kind_of(word[-1:] or " ") != "other"


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
        self._scan = SentenceScan()  # for its end
        self._differs = False  # it cannot turn out to be a repetition any more, or the reader has seen it
        self._line = 0  # start of its line
        self._seen = 0  # position before which that line does not end
        self._prose = False  # that line is known to be no part of a block
        self._first = again
        self._fences = Fences()
        self._formulas = Formulas()
        self._block: int | None = None  # start of the block of code or the formula that is open
        self._loop = Loop()
        self._refrains = Refrains()
        self._said.forget(self._index)
        if accepted:
            self._accepts = True
            self.read(accepted)
        self._accepts = False

    def read(self, text: str, *, final: bool = False) -> None:
        """Read the text so far, which starts with what was read before."""
        while self.end is None and self._start < len(text):
            at = text.find("\n", max(self._start, self._seen))
            self._seen = stop = at if at >= 0 else len(text)
            whole = at >= 0 or final
            if not self._prose and self._in_block(text, stop):
                if not whole:
                    self._hold_block(text)
                    return
                self._next_line(text, stop)
                continue
            end = self._scan.end(text, 1, stop)
            if end is None and not whole:
                self._wait(text)
                return
            if end is None:
                self._take(text, self._start, stop, whole=True)
                self._next_line(text, stop)
            else:
                self._take(text, self._start, end)
                self._begin_sentence(end)
        if self.end is None and final:
            self._repeats_from(self._refrains.loop_at_end(), len(text))
        if self.end is None:
            self.hold = len(text) if self._refrains.held is None else self._refrains.held

    def _in_block(self, text: str, stop: int) -> bool:
        """Whether the line that has come up to ``stop`` belongs to a block that holds no sentences."""
        if self._fences.closing is not None or self._formulas.closing is not None:
            return True
        begun = text[self._line : min(stop, self._line + _LINE_START)]
        if begun.lstrip().startswith(_BLOCKS) or begins_formula(begun):
            return True
        self._prose = len(begun) == _LINE_START  # no more of it would change that
        return False

    def _hold_block(self, text: str) -> None:
        """Hold a block that is not whole, if it may repeat the one before it; else nothing of it."""
        start = self._line if self._block is None else self._block
        self.hold = start if self._refrains.may_be_block(text, start) else len(text)
        if self._refrains.held is not None and self.hold < len(text):
            self.hold = min(self.hold, self._refrains.held)

    def _next_line(self, text: str, stop: int) -> None:
        line = text[self._line : stop]
        coded = self._fences.line(line)
        formula = not coded and self._formulas.line(line)
        if coded or formula or line.lstrip().startswith("|"):
            self._loop = Loop()
        if coded or formula:
            self._block = self._line if self._block is None else self._block
            if self._fences.closing is None and self._formulas.closing is None:
                self._take_block(text, self._block, stop)
        elif self._block is not None:
            self._block = None  # a formula that nothing closed
        self._line = self._seen = stop + 1
        self._prose = False
        self._begin_sentence(self._line)

    def _take_block(self, text: str, start: int, stop: int) -> None:
        self._block = None
        found = self._refrains.block(text[start:stop], start)
        self._repeats_from(found, stop)

    def _begin_sentence(self, start: int) -> None:
        self._start = start
        self._scan = SentenceScan(start)
        self._differs = False

    def _wait(self, text: str) -> None:
        """Take in the start of a sentence."""
        if not self._differs:
            begun = text[self._start :]
            self._differs = bool(begun.strip()) and not self._may_repeat(begun)
        held = self._start if self._refrains.held is None else self._refrains.held
        self.hold = len(text) if self._differs else held
        self._find_loop(text, self._start, len(text))

    def _may_repeat(self, begun: str) -> bool:
        """Whether a sentence that begins so may be none, or nothing new."""
        if self._first or self._accepts:
            return False
        words = words_of(begun)
        if not words and len(begun) > _MARKS:
            return False
        return self._said.may_repeat(self._index, begun) or self._refrains.may_be_short(words)

    def _take(self, text: str, start: int, end: int, *, whole: bool = False) -> None:
        """Take in a sentence; ``whole``: it is the rest of its line and has no end of its own."""
        written = text[start:end]
        if not any(map(str.isalnum, written)):
            return
        compares = not self._first and not self._accepts
        self._first = False
        if start == self._line:
            self._refrains.line(written, open_ended=whole and not ends_whole(written))
            if whole:
                self._repeats_from(self._refrains.step(written, start), end)
        sentence = Sentence.of(written)
        colon = whole and announces(written)
        found = [] if colon else [*self._said.find(self._index, sentence)]
        own = [other for of, other in found if of == self._index]
        if not found:
            self._refrains.other(sentence.words, start, short=sentence.size < _OWN_WORDS, announces=colon)
            if not colon:
                self._said.add_sentence(self._index, sentence)
        elif compares:
            begins = self._refrains.sentence(own, start)
            self._repeats_from(start if len(own) < len(found) else begins, end)
        if self.end is None:
            self._find_loop(text, start, end)

    def _repeats_from(self, position: int | None, through: int) -> None:
        """End the text where a repetition begins."""
        if position is not None and self.end is None and not self._accepts:
            self.end = self.hold = position
            self.through = through

    def _find_loop(self, text: str, start: int, end: int) -> None:
        self._repeats_from(self._loop.read(text, start, end), end)
