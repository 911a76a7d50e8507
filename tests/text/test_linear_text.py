"""Text of a point token by token: the same as all at once, at a cost that what came before does not raise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sot.text import boundaries, point_text, sentences
from sot.text.endings import WholeEnd, whole_end
from sot.text.point_text import PointText
from sot.text.repetition import Said
from sot.text.sentence_likeness import Sentence
from sot.text.sentences import SentenceScan, last_sentence_end, sentence_end

TITLES = ("Sleep early", "Eat well", "Regular exercise", "早く寝る")
PARTS = (
    *(
        "a",
        "B",
        " ",
        "\n",
        ".",
        "!",
        "…",
        "。",
        "！",
        "「",
        "」",
        "（",
        "”",
        '"',
        ")",
        "*",
        "_",
        "3",
        "α",
        ";",
        "।",
    ),
    *(" The", " and ", "etc.", " Dr. ", "e.g. ", "p.m. ", "3.5", "No. 5", "\r\n", "\u2028", "\u3000"),
    *("```", "```py\n", "~~~", "- ", "1. ", "2. ", "> ", "| x |", "  ", "`", "**", "**Pros:**", "\n- One\n"),
    *(
        "Sleep early",
        "Eat well: ",
        "Regular exercise",
        "## ",
        "---\n",
        "<|im_end|>",
        "<s>",
        "[INST]",
        "<",
        "[",
    ),
    *("Keep your room dark and cool at night. ", "It helps a lot. ", "早く寝よう。と言う", "x = 1\n"),
)
TEXTS = st.lists(st.sampled_from(PARTS), max_size=24).map("".join)


def prefixes(text: str, cuts: list[int]) -> Iterator[str]:
    """The text as it grows, at ascending lengths."""
    return (text[:cut] for cut in sorted({min(cut, len(text)) for cut in cuts}))


@given(TEXTS, st.lists(st.integers(0, 200), max_size=40), st.integers(1, 3))
def test_a_scan_finds_what_a_search_through_the_whole_text_finds(
    text: str, cuts: list[int], count: int
) -> None:
    scan, last = SentenceScan(), SentenceScan(strict=False)
    for begun in prefixes(text, cuts):
        assert scan.end(begun, count) == sentence_end(begun, count)
        assert (last.last(begun) or 0) == last_sentence_end(begun, sure=True)


@given(TEXTS, st.lists(st.integers(0, 200), max_size=40))
def test_the_last_whole_end_is_the_same_however_the_text_grew(text: str, cuts: list[int]) -> None:
    whole = WholeEnd()
    for begun in prefixes(text, cuts):
        assert whole.read(begun) == whole_end(begun, sure=True)


def pieces(text: str, cuts: list[int]) -> list[str]:
    ends = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    return [text[start:end] for start, end in pairwise(ends)]


def point(most: int | None, stops: bool) -> PointText:
    ends = ("\n\n", "END") if stops else ()
    text = PointText(3, TITLES[2], most, titles=TITLES, ends=ends, said=None)
    text.begin(None)
    return text


@settings(max_examples=200)
@given(TEXTS, st.lists(st.integers(0, 200), max_size=30), st.booleans())
def test_a_points_text_is_the_same_however_it_is_cut(text: str, cuts: list[int], stops: bool) -> None:
    by_piece, by_character = point(None, stops), point(None, stops)
    shown = "".join(map(by_piece.feed, pieces(text, cuts)))
    also_shown = "".join(map(by_character.feed, text))
    whole = by_piece.finish("stop", shown=len(shown))
    assert whole == by_character.finish("stop", shown=len(also_shown))
    assert whole[0].startswith(shown) or whole[1] == "empty"


# Work. Each text is of a kind that a search from its start would read again with every token.


def prose(words: int = 12) -> Callable[[int], list[str]]:
    def tokens(count: int) -> list[str]:
        return [f" word{at}." if at % words == words - 1 else f" Word{at}" for at in range(count)]

    return tokens


HOSTILE: dict[str, Callable[[int], list[str]]] = {
    "prose": prose(),
    "a sentence without an end": lambda count: [f" w{at}" for at in range(count)],
    "dots": lambda count: ["It is", *["."] * count],
    "dots and letters": lambda count: ["It is", *[".a"] * count],
    "spaces": lambda count: ["It", *[" "] * count],
    "line breaks": lambda count: ["It is.", *["\n"] * count],
    "marks before a heading": lambda count: ["#"] * count,
    "spaces in a title": lambda count: ["Regular", *[" "] * count, "exercise"],
    "spaces in a title further down": lambda count: ["It is.\n", "Eat", *[" "] * count, "well"],
    "digits": lambda count: ["1"] * count,
    "dashes": lambda count: ["It is.\n", *["-"] * count],
    "begun tokens": lambda count: ["It is ", *["<"] * count],
    "tokens that are talked about": lambda count: ["It is ", *["`<s>` "] * count],
    "quotations": lambda count: ["「", *["早い。"] * count],
    "code": lambda count: ["It is:\n```\n", *["x = 1;\n"] * count],
    "a list": lambda count: [f"\n- item {at} of it" for at in range(count)],
    "closing marks": lambda count: ["It is.", *["*"] * count],
}


RUNS = ("dots", "closing marks")  # a run of marks at the end is read again with every token, by one look


class Work:
    """Counter of the characters and the marks that are looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done = 0
        for module, name in ((point_text, "read_heading"), (boundaries, "read_heading")):
            monkeypatch.setattr(module, name, self.counting(getattr(module, name)))
        monkeypatch.setattr(boundaries, "control_token", self.counting_tail(boundaries.control_token))
        monkeypatch.setattr(sentences, "_END", self.counting_pattern(sentences.__dict__["_END"]))

    def counting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(text: str, *rest: Any, **named: Any) -> Any:
            self.done += len(text)
            return function(text, *rest, **named)

        return counted

    def counting_tail(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(text: str, *, after: int = 0, **named: Any) -> Any:
            self.done += len(text) - after
            return function(text, after=after, **named)

        return counted

    def counting_pattern(self, pattern: re.Pattern[str]) -> Any:
        work = self

        class Counted:
            def search(self, text: str, start: int, stop: int) -> re.Match[str] | None:
                work.done += max(0, stop - start)
                return pattern.search(text, start, stop)

            def finditer(self, text: str, start: int, stop: int) -> Iterator[re.Match[str]]:
                work.done += max(0, stop - start)
                return pattern.finditer(text, start, stop)

        return Counted()


@pytest.mark.parametrize("most", [None, 10**6], ids=["", "sentences limited"])
@pytest.mark.parametrize("kind", [kind for kind in HOSTILE if kind not in RUNS])
def test_the_work_is_proportional_to_the_length(
    kind: str, most: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)
    counts: list[int] = []
    for tokens in (200, 800):
        work.done = 0
        text = PointText(3, TITLES[2], most, titles=TITLES, said=Said())
        text.begin(None)
        for token in HOSTILE[kind](tokens):
            text.feed(token)
        text.finish("stop", shown=0)
        counts.append(work.done)
    few, many = counts
    assert many <= 4 * few + 20_000, counts  # quadratic work would be 16 times


@pytest.mark.parametrize("kind", ["dots", "closing marks", "dots and letters"])
def test_a_run_of_marks_is_looked_at_once_with_every_token(kind: str) -> None:
    scan, texts = SentenceScan(), list(accumulate(HOSTILE[kind](2_000)))
    for text in texts:
        scan.end(text, 10**6)
    assert scan.matched <= len(texts)


def test_a_run_of_marks_before_a_letter_is_over_at_once() -> None:
    """Backtracking through it took seconds for 800 dots, and minutes for 2,000."""
    for run in ("." * 20_000, "." + "*" * 20_000, ".*" * 10_000, "。." * 10_000):
        text = f"It is{run}x so."
        assert last_sentence_end(text) == len(text)


def test_a_sentence_is_compared_only_with_those_that_share_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Sentence] = []
    repeats = Sentence.repeats

    def counted(self: Sentence, other: Sentence, least: int) -> bool:
        compared.append(other)
        return repeats(self, other, least)

    monkeypatch.setattr(Sentence, "repeats", counted)
    said = Said()
    for number in range(500):
        words = [f"{name}{number}" for name in ("keep", "room", "dark", "cool", "night", "bed", "tea")]
        sentence = Sentence.of(" ".join(words))
        assert not [*said.find(1, sentence)]
        said.add_sentence(1, sentence)
    assert not compared
    assert [*said.find(2, Sentence.of("keep7 room7 dark7 cool7 night7 bed7 tea7"))]


def test_a_forgotten_point_may_be_said_by_others() -> None:
    said, sentence = Said(), Sentence.of("keep your room dark and cool at night")
    said.add_sentence(1, sentence)
    said.add_sentence(2, sentence)
    assert [of for of, _ in said.find(3, sentence)] == [1, 2]
    said.forget(1)
    assert [of for of, _ in said.find(3, sentence)] == [2]
