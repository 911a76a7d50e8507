"""What a point repeats, or another point has said, ends it; what only looks alike stays."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from rows import rows

from sot.text.point_text import Ending, PointText
from sot.text.repetition import Said

FIRST = "A warm bath loosens tired muscles after a long day."
SECOND = "Cold water wakes you up within seconds."
BATH = "温かいお風呂は疲れた筋肉をほぐします。"
WATER = "गर्म पानी थकी मांसपेशियों को आराम देता है।"


def written(
    text: str, *, index: int = 1, said: Said | None = None, size: int = 4
) -> tuple[str, Ending, bool]:
    """A point of which the reader sees everything at once, as it is with the first."""
    point = PointText(index, "Title", said=said or Said())
    shown = "".join(point.feed(text[at : at + size]) for at in range(0, len(text), size))
    final, ending = point.finish("stop", shown=len(shown))
    assert final.startswith(shown)
    return final, ending, point.repeats


@rows("size", [1, 4, 9, 1000])
@rows(
    ("text", "kept"),
    [
        (f"{FIRST} {SECOND} {FIRST} More.", f"{FIRST} {SECOND}"),
        (f"{FIRST} {FIRST.upper()} More.", FIRST),
        (f"{FIRST}\n\n{FIRST}", FIRST),
        (f"{FIRST} A warm bath quickly loosens tired muscles after a long day. Go on.", FIRST),
        ("Drink more cold water. Rest. Drink more cold water. Rest.", "Drink more cold water. Rest."),
        (f"{BATH}水も飲む。{BATH}", f"{BATH}水も飲む。"),
        (f"{WATER} {WATER} फिर", WATER),
        # Marks before the second, a word that is cut at its apostrophe or before its vowel sign.
        (f"{FIRST} **{FIRST}** More.", FIRST),
        (f'"{FIRST}" "{FIRST}" More.', f'"{FIRST}"'),
        ("I'm at rest in a warm bath. I'm at rest in a warm bath. More.", "I'm at rest in a warm bath."),
        ("ดีกินผักทุกวัน.\nดีกินผักทุกวัน.", "ดีกินผักทุกวัน."),
        (f"**{FIRST} {FIRST}** More.", f"**{FIRST}**"),
    ],
)  # fmt: skip
def test_a_sentence_said_twice_ends_the_point(text: str, kept: str, size: int) -> None:
    assert written(text, size=size) == (kept, "whole", True)


def test_a_sentence_written_eleven_times_is_seen_at_its_second() -> None:
    point = PointText(1, "Title", said=Said())
    pieces = f"{FIRST} " * 11
    sent = 0
    while not point.full:
        point.feed(pieces[sent : sent + 5])
        sent += 5
    assert sent < 3 * len(FIRST)
    assert point.finish("stop", shown=0) == (FIRST, "whole")


@rows(
    "text",
    [
        "Yes. It helps. Yes. It helps. Yes.",
        "- Eat more fruit in the morning\n- Eat more fruit at noon\n- Eat more fruit in the evening",
        "Take 2 cups of water for each cup of rice. Take 3 cups of water for each cup of rice.",
        "You should drink coffee before you go to bed. You should not drink coffee before you go to bed.",
        "Use a low heat for the onions and the leeks. Use a high heat for the steaks and the prawns.",
        "Run:\n```\nprint(a, b, c, d, e, f)\nprint(a, b, c, d, e, f)\nprint(a, b, c, d, e, f)\n```\nDone.",
        "| a b c d e f | x |\n|---|---|\n| one two three four | x |\n| one two three four | x |",
        "It goes on and on and on, and so it should.",
        "The dog that bit the man ran off. The man that bit the dog ran off, too, they say.",
        "早く寝る。早く起きる。早く寝る。",
    ],
)
@rows("size", [1, 5, 1000])
def test_what_only_looks_alike_stays(text: str, size: int) -> None:
    assert written(text, size=size) == (text, "whole", False)


@pytest.mark.parametrize(
    "phrase",
    ["and the body and the mind ", "more and more sleep is good ", "お風呂に入って早く寝て"],
)
def test_a_phrase_three_times_in_a_row_ends_the_point_at_its_last_sentence(phrase: str) -> None:
    point = PointText(1, "Title", said=Said())
    point.feed(f"{FIRST} It rests {phrase * 20}")
    assert point.full
    assert point.repeats
    assert point.finish("length", shown=0) == (FIRST, "whole")


def test_a_loop_of_which_the_reader_has_seen_a_part_keeps_that_part() -> None:
    point = PointText(1, "Title", said=Said())
    shown, sent = "", 0
    while not point.full:
        shown += point.feed(("It rests " + "the body and the mind and " * 9)[sent : sent + 3])
        sent += 3
    final, ending = point.finish(None, shown=len(shown))
    assert final.startswith(shown)
    assert len(final) < len("It rests " + "the body and the mind and " * 3)
    assert ending == "cut"


def test_what_another_point_has_said_ends_the_point() -> None:
    said = Said()
    assert written(f"{FIRST} It is cheap.", index=1, said=said)[2] is False
    assert written(f"{SECOND} {FIRST} More.", index=2, said=said) == (SECOND, "whole", True)


def test_only_text_not_yet_shown_is_taken_back() -> None:
    """Nearly the same words in another order cannot be held from the start, so the sentence is finished."""
    said = Said()
    written(FIRST, index=1, said=said)
    text = "Yes, a warm bath loosens tired muscles after a long day. More."
    shown = text.index(" More")
    assert written(text, index=2, said=said) == (text[:shown], "whole", True)
    point = PointText(3, "Title", said=said)
    point.feed(f"{SECOND} {text}")
    assert point.finish("stop", shown=0) == (SECOND, "whole")


def test_a_point_of_nothing_else_is_empty_and_keeps_its_first_sentence_when_written_again() -> None:
    said = Said()
    written(FIRST, index=1, said=said)
    point = PointText(2, "Title", said=said)
    assert point.feed(f"{FIRST} {FIRST}") == ""
    assert point.finish("stop", shown=0) == ("", "empty")
    assert "repeats" in point.why_empty
    point.begin(None)
    point.feed(f"{FIRST} {SECOND}")
    assert point.finish("stop", shown=0) == (f"{FIRST} {SECOND}", "whole")


def test_a_point_written_again_may_say_what_its_first_attempt_said() -> None:
    point = PointText(1, "Title", said=Said())
    point.feed(f"{FIRST} And then")
    point.begin(None)
    point.feed(f"{FIRST} {SECOND}")
    assert point.finish("stop", shown=0) == (f"{FIRST} {SECOND}", "whole")


def test_a_text_continued_after_a_cut_is_compared_with_its_start() -> None:
    point = PointText(1, "Title", said=Said())
    point.feed(f"{FIRST} Half a")
    point.finish("length", shown=len(FIRST) + 7)
    point.extend(None)
    point.feed(f" sentence. {FIRST} More.")
    assert point.finish("stop", shown=0) == (f"{FIRST} Half a sentence.", "whole")
    assert point.repeats


def test_without_a_register_nothing_is_compared() -> None:
    point = PointText(1, "Title")
    point.feed(f"{FIRST} {FIRST}")
    assert point.finish("stop", shown=0) == (f"{FIRST} {FIRST}", "whole")


def test_the_opening_counts_too() -> None:
    said = Said()
    said.add(0, f"Good question. {FIRST}")
    assert written(f"{SECOND} {FIRST}", index=1, said=said)[0] == SECOND


def test_a_sentence_is_held_only_while_it_begins_like_a_known_one() -> None:
    said = Said()
    written(FIRST, index=1, said=said)
    point = PointText(2, "Title", said=said)
    pieces = ["A", " warm", " bath", " is", " cheap", "."]
    assert [point.feed(piece) for piece in pieces] == ["", "", "", "", "A warm bath is cheap", "."]


WORDS = (
    "the",
    "a",
    "bath",
    "water",
    "warm",
    "cold",
    "sleep",
    "calm",
    "early",
    "daily",
    "helps",
    "brings",
    "mind",
)


def sentences(draw: random.Random) -> Iterable[str]:
    for _ in range(draw.randint(2, 8)):
        words = [draw.choice(WORDS) for _ in range(draw.randint(2, 9))]
        yield " ".join(words).capitalize() + "."


def test_how_the_text_arrives_makes_no_difference_where_nothing_was_shown() -> None:
    for seed in range(200):
        draw = random.Random(seed)
        known = [*sentences(draw)]
        text = " ".join(draw.choice([*known, *sentences(draw)]) for _ in range(8))
        finals = set[tuple[str, Ending]]()
        for size in (1, 3, 8, 1000):
            point = PointText(1, "Title", said=Said())
            for at in range(0, len(text), size):
                point.feed(text[at : at + size])
            finals.add(point.finish("stop", shown=0))
        assert len(finals) == 1, text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "Java is a good choice for large systems that need high performance.",
            "C++ is a good choice for large systems that need high performance. It is hard to learn.",
        ),
        (
            "Dry skin needs a rich cream in the evening and a mild soap in the morning.",
            "Oily skin needs a light cream in the evening and a mild soap in the morning. Rinse well.",
        ),
        (
            "Cats sleep far more than dogs do and need less company in the day.",
            "Dogs sleep far less than cats do and need more company in the day. They bark.",
        ),
        ("左脑主要负责语言和逻辑思维的处理。", "右脑主要负责图像和空间思维的处理。它也重要。"),
    ],
)
def test_parallel_sentences_about_other_things_are_no_repetition(first: str, second: str) -> None:
    assert written(f"{first} {second}") == (f"{first} {second}", "whole", False)
    said = Said()
    said.add(1, first)
    assert written(second, index=2, said=said) == (second, "whole", False)
