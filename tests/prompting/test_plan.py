"""Plans: how many points to ask for, and how long each shall be, in the words of both packs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import rows

from sot.prompting.conversation import Conversation
from sot.prompting.packfile import Yardstick
from sot.prompting.packs import language_name, load_pack
from sot.prompting.plan import NO_WISHES, Length, Plan, Span
from sot.prompting.yardstick import depth_of
from sot.types import Message, Point

ENGLISH, JAPANESE = load_pack("en"), load_pack("ja")

# The number of points.


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (None, (2, 10)),
        (Span(5, 5), (5, 5)),
        (Span(3, 5), (3, 5)),
        (Span(None, 4), (2, 4)),
        (Span(6, None), (6, 10)),
        (Span(8, 15), (8, 10)),
        (Span(15, 15), (10, 10)),
        (Span(1, 1), (2, 2)),
        (Span(1, 3), (2, 3)),
        (Span(None, 1), (2, 2)),
    ],
)
def test_points_within_the_limits(count: Span | None, expected: tuple[int, int]) -> None:
    assert Plan(count=count).points(2, 10) == expected


@given(st.none() | st.integers(0, 30), st.none() | st.integers(0, 30), st.integers(2, 12), st.integers(0, 12))
def test_never_outside_the_limits(low: int | None, high: int | None, least: int, more: int) -> None:
    fewest, most = Plan(count=Span(low, high)).points(least, least + more)
    assert least <= fewest <= most <= least + more


# The yardstick.


@rows(
    ("question", "depth"),
    [
        ("What are some gift ideas for my aunt?", "brief"),
        ("Suggest names for a cat.", "brief"),
        ("Which books should a teenager read?", "brief"),
        ("I am bored. Any indoor games?", "brief"),
        ("What are the do's and don'ts at a wedding?", "brief"),
        ("What are the do’s and don’ts at a wedding?", "brief"),
        ("What are the benefits of reading books?", "usual"),
        ("How can new tools help a doctor?", "usual"),
        ("Why do people like scary movies?", "usual"),
        ("What are some tips for board games?", "usual"),
        ("What makes a good leader?", "usual"),
        ("Explain the main ideas of the Enlightenment.", "full"),
        ("COMPARE cats and dogs as pets.", "full"),
        ("What is the impact of tourism on small islands?", "full"),
        ("Who is an unexplained guest?", "usual"),  # no word within a word
        ("How do I tell if my cat is fat?" + " x" * 400 + " explain", "usual"),  # far behind the task
        ("", "usual"),
    ],
)
def test_the_english_yardstick(question: str, depth: str) -> None:
    assert depth_of(question, ENGLISH.file.yardstick) == depth


@pytest.mark.parametrize(
    ("question", "depth"),
    [
        ("雨の日の遊びのアイデアを教えてください。", "brief"),
        ("おすすめの本を教えてください。", "brief"),
        ("猫の名前を考えてください。", "brief"),
        ("日本を旅行するときの注意点は何ですか。", "usual"),
        ("よく眠るにはどうすればよいですか。", "usual"),
        ("観光が島に与える影響を説明してください。", "full"),
        ("犬と猫を比較してください。", "full"),
    ],
)
def test_the_japanese_yardstick(question: str, depth: str) -> None:
    assert depth_of(question, JAPANESE.file.yardstick) == depth


def test_more_wins_over_less() -> None:
    yardstick = Yardstick(brief=("ideas",), full=("explain",))
    assert depth_of("Ideas for a party, and explain each.", yardstick) == "full"


def test_a_pack_without_a_yardstick() -> None:
    assert depth_of("Explain some ideas.", Yardstick()) == "usual"


def test_what_is_asked_for_stands_before_the_words_of_until() -> None:
    yardstick = Yardstick(brief=("games",), until=("for",))
    assert depth_of("Good games for six?", yardstick) == "brief"
    assert depth_of("Tips for games?", yardstick) == "usual"
    assert depth_of("A party for ten! Which games?", yardstick) == "brief"


# The words of a length.

LENGTHS: list[tuple[Span | None, Span | None, str, str, str]] = [
    (Span(1, 1), None, "usual", "in one sentence", "1文で"),
    (Span(2, 2), None, "full", "in 2 sentences", "2文で"),
    (Span(None, 1), None, "usual", "in at most 1 sentence", "1文以内で"),
    (Span(None, 3), None, "usual", "in at most 3 sentences", "3文以内で"),
    (Span(1, None), None, "usual", "in at least 1 sentence", "1文以上で"),
    (Span(4, None), None, "usual", "in at least 4 sentences", "4文以上で"),
    (Span(2, 3), None, "usual", "in 2 to 3 sentences", "2文から3文で"),
    (None, Span(20, 20), "usual", "in about 20 words", "40字程度で"),
    (None, Span(None, 30), "usual", "in at most 30 words", "60字以内で"),
    (None, Span(50, None), "usual", "in at least 50 words", "100字以上で"),
    (None, Span(20, 30), "usual", "in 20 to 30 words", "40字から60字で"),
    (Span(1, 1), Span(None, 15), "usual", "in one sentence, with at most 15 words", "1文で、30字以内で"),
    (Span(2, 3), Span(9, 9), "long", "in 2 to 3 sentences, with about 9 words", "2文から3文で、18字程度で"),
    (None, None, "short", "in one short sentence", "短い1文で"),
    (None, None, "brief", "in 1 or 2 sentences", "1文か2文で"),
    (None, None, "usual", "in 3 or 4 sentences", "3文か4文で"),
    (None, None, "full", "in 4 or 5 sentences", "4文か5文で"),
    (None, None, "long", "in detail, in 5 or 6 sentences", "詳しく、5文か6文で"),
]  # fmt: skip


@rows(("sentences", "words", "depth", "english", "japanese"), LENGTHS)
def test_a_length_in_words(
    sentences: Span | None, words: Span | None, depth: str, english: str, japanese: str
) -> None:
    assert ENGLISH.render("length", sentences=sentences, words=words, depth=depth) == english
    assert JAPANESE.render("length", sentences=sentences, words=words, depth=depth) == japanese


def point_turn(plan: Plan, question: str = "What makes a good leader?") -> str:
    asked = [Message("user", question)]
    made = Conversation(asked, ENGLISH, "compact", can_prefill=False, min_points=2, max_points=10, plan=plan)
    points = [Point(1, "Listening"), Point(2, "Courage")]
    return made.point(points[0], points, "1. Listening\n2. Courage").messages[-1].content


@rows(
    ("plan", "words"),
    [
        (NO_WISHES, "in 3 or 4 sentences"),
        (Plan(length="short"), "in one short sentence"),
        (Plan(length="long"), "in detail"),
        (Plan(length="long", sentences=Span(1, 1)), "in one sentence"),
        (Plan(words=Span(25, 25), words_in_all=Span(None, 400)), "in about 25 words"),
        (Plan(words_in_all=Span(None, 400)), "in at most 50 words"),  # for 8 points at most
        (Plan(words_in_all=Span(None, 400), count=Span(4, 4)), "in at most 100 words"),
        (Plan(words_in_all=Span(600, 600)), "in about 100 words"),  # for 3 to 8 points
        (Plan(words_in_all=Span(500, 700)), "in about 100 words"),
        (Plan(words_in_all=Span(600, None)), "in at least 100 words"),
        (Plan(words_in_all=Span(600, 600), count=Span(3, 3)), "in about 200 words"),
        (Plan(words_in_all=Span(None, 3)), "in at most 1 words"),
        (Plan(sentences=Span(2, 2), words_in_all=Span(None, 400)), "in 2 sentences, with at most 50 words"),
    ],
)
def test_the_plan_decides_before_the_question(plan: Plan, words: str) -> None:
    assert words in point_turn(plan)


@pytest.mark.parametrize(("length", "words"), [("short", "one short sentence"), ("long", "in detail")])
def test_a_wish_about_length_rules_over_the_yardstick(length: Length, words: str) -> None:
    assert words in point_turn(Plan(length=length), "Explain what makes a good leader.")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Explain what makes a good leader.", "briefly, in 3 or 4 sentences"),
        ("What makes a good leader?", "briefly, in 1 or 2 sentences"),
        ("Suggest names for a cat.", "briefly, in 1 or 2 sentences"),
    ],
)
def test_the_papers_points_are_a_step_shorter(question: str, words: str) -> None:
    asked = [Message("user", question)]
    made = Conversation(asked, ENGLISH, "paper", can_prefill=False, min_points=2, max_points=10)
    point = Point(1, "Listening")
    assert words in made.point(point, [point], "1. Listening").messages[-1].content


# Names of languages.


@pytest.mark.parametrize(
    ("code", "english", "japanese"),
    [
        ("es", "Spanish", "スペイン語"),
        ("ja", "Japanese", "日本語"),
        ("sv", "Swedish", "Swedish"),
        ("xx", "", ""),
    ],
)
def test_the_name_of_a_language(code: str, english: str, japanese: str) -> None:
    assert language_name(code, ENGLISH) == english
    assert language_name(code, JAPANESE) == japanese
