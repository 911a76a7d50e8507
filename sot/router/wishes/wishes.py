"""Wishes of a conversation: what its answers should look like, as far as somebody has said so."""

from __future__ import annotations

from dataclasses import dataclass

from ...prompting.plan import Length, Mark, Plan, Span

_FEW_SENTENCES = 6  # of a whole answer that is too short for points
_FEW_WORDS = 150
_NO_STEPS_SENTENCES = 2  # too short for the steps of a chain of thought as well
_NO_STEPS_WORDS = 40
_FORMS = {
    "prose": "flowing text",
    "table": "a table",
    "code": "code",
    "poem": "one piece of creative writing",
    "xhtml": "XHTML",
    "latex": "LaTeX",
    "yml": "YAML",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """Explicit wishes for the answer to a conversation's last question.

    Args:
        program: Why the prompt is a program's, whose answer a program reads; ``None``: it is a person's.
        form: Form of an answer in one piece, such as ``json``, ``table``, ``prose`` or ``poem``.
        short: Whether one word, a name or the like is asked for.
        sentences: Sentences of the whole answer.
        words: Words of the whole answer.
        count: Number of points.
        each_sentences: Sentences of each point.
        each_words: Words of each point.
        mark: Mark of the points.
        length: Whether the answer should be short or detailed.
        language: Language of the answer, as an ISO 639 code.
        audience: Readers of the answer, in the asker's words.
    """

    program: str | None = None
    form: str | None = None
    short: bool = False
    sentences: Span | None = None
    words: Span | None = None
    count: Span | None = None
    each_sentences: Span | None = None
    each_words: Span | None = None
    mark: Mark | None = None
    length: Length | None = None
    language: str | None = None
    audience: str | None = None

    def against_points(self) -> str | None:
        """Return why a list of points cannot fulfil the wishes; ``None``: it can."""
        if (against := self.against_steps()) is not None:
            return against
        if (most := _most(self.sentences)) is not None and most <= _FEW_SENTENCES:
            return f"asks for {amount(self.sentences, 'sentence')}"
        if (most := _most(self.words)) is not None and most <= _FEW_WORDS:
            return f"asks for {amount(self.words, 'word')}"
        if self.count is not None and self.count.high == 1:
            return "asks for one point"
        return None

    def against_steps(self) -> str | None:
        """Return why the steps of a chain of thought cannot fulfil the wishes; ``None``: they can."""
        if self.form is not None:
            return f"asks for {_FORMS.get(self.form, self.form.upper())}"
        if self.program is not None:
            return f"is a program's prompt: {self.program}"
        if self.short:
            return "asks for a very short answer"
        if (most := _most(self.sentences)) is not None and most <= _NO_STEPS_SENTENCES:
            return f"asks for {amount(self.sentences, 'sentence')}"
        if (most := _most(self.words)) is not None and most <= _NO_STEPS_WORDS:
            return f"asks for {amount(self.words, 'word')}"
        return None

    def plan(self) -> Plan:
        """Return the plan of the points, from the wishes that a list fulfils."""
        return Plan(
            count=self.count,
            sentences=self.each_sentences,
            words=self.each_words,
            words_in_all=self.words,
            mark=self.mark or "numbers",
            length=self.length,
            language=self.language,
            audience=self.audience,
        )

    def describe(self) -> str:
        """Describe the wishes that a list of points fulfils, in a few words; empty without any."""
        parts = [
            amount(self.count, "point"),
            self.each_sentences and f"{amount(self.each_sentences, 'sentence')} each",
            self.each_words and f"{amount(self.each_words, 'word')} each",
            self.words and f"{amount(self.words, 'word')} in all",
            self.mark,
            self.length and {"short": "short", "long": "in detail"}[self.length],
            self.language and f"in {self.language}",
        ]
        return ", ".join(part for part in parts if part)


def amount(span: Span | None, unit: str) -> str:
    """Format a number asked for with its unit, for example ``3 to 5 points``; empty without one."""
    if span is None:
        return ""
    low, high = span.low, span.high
    if low == high:
        return f"{low} {unit}{'' if low == 1 else 's'}"
    if low is None:
        return f"at most {high} {unit}{'' if high == 1 else 's'}"
    return f"at least {low} {unit}s" if high is None else f"{low} to {high} {unit}s"


def _most(span: Span | None) -> int | None:
    return None if span is None else span.high
