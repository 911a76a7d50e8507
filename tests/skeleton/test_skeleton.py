"""The skeleton parser: every list style, any split of the text, no text that breaks it."""

from __future__ import annotations

import itertools
import unicodedata
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rows import rows

from sot.errors import ConfigError
from sot.skeleton.parser import MAX_POINTS, MAX_TITLE_CHARS, SkeletonParser, parse_skeleton
from sot.skeleton.titles import title_key
from sot.types import Point, Skeleton


def titles(text: str, max_points: int = MAX_POINTS) -> list[str]:
    return [point.title for point in parse_skeleton(text, max_points).points]


def fed(pieces: list[str], *, eager: bool = False) -> tuple[SkeletonParser, list[Point]]:
    parser = SkeletonParser(eager=eager)
    points: list[Point] = []
    for read in (*(partial(parser.feed, piece) for piece in pieces), parser.close):
        discarded, new = parser.discarded, read()
        points = new if parser.discarded > discarded else points + new
    return parser, points


WALK = ["Walk daily", "Drink water", "Sleep early"]
ASA = ["早起き", "朝食", "散歩"]
ZAO = ["早睡早起", "多喝水", "坚持运动"]


@rows(
    ("text", "expected"),
    [
        ("1. Walk daily\n2. Drink water\n3. Sleep early", WALK),
        ("1) Walk daily\n2) Drink water\n3) Sleep early\n", WALK),
        ("(1) Walk daily\n(2) Drink water\n(3) Sleep early", WALK),
        ("[1] Walk daily\n[2] Drink water\n[3] Sleep early", WALK),
        ("1: Walk daily\n2: Drink water\n3: Sleep early", WALK),
        ("1 - Walk daily\n2 - Drink water\n3 – Sleep early", WALK),
        ("1.Walk daily\r\n2.Drink water\r\n3.Sleep early\r\n", WALK),
        ("１．Walk daily\n２．Drink water\n３．Sleep early", WALK),
        ("1️⃣ Walk daily\n2️⃣ Drink water\n3️⃣ Sleep early", WALK),
        ("① Walk daily\n② Drink water\n③ Sleep early", WALK),
        ("- Walk daily\n- Drink water\n- Sleep early", WALK),
        ("* Walk daily\n* Drink water\n* Sleep early", WALK),
        ("+ Walk daily\n+ Drink water\n+ Sleep early", WALK),
        ("•Walk daily\n• Drink water\n•\tSleep early", WALK),
        ("– Walk daily\n– Drink water\n— Sleep early", WALK),
        ("- [ ] Walk daily\n- [x] Drink water\n- [ ] Sleep early", WALK),
        ("- 1. Walk daily\n- 2. Drink water\n- 3. Sleep early", WALK),
        ("# 1. Walk daily\n# 2. Drink water\n# 3. Sleep early", WALK),
        ("### 1) Walk daily\nWhy not.\n### 2) Drink water\n### 3) Sleep early", WALK),
        ("## Walk daily\n## Drink water\n## Sleep early", WALK),
        ("# Plan\n## Walk daily\nIt helps.\n## Drink water\n## Sleep early", WALK),
        ("**1. Walk daily**\n**2. Drink water**\n**3. Sleep early**", WALK),
        ("**1.** Walk daily\n**2.** Drink water\n**3.** Sleep early", WALK),
        ("1. **Walk daily**: it is good\n2. **Drink water** because\n3. **Sleep early:** yes", WALK),
        ("**Walk daily**\n\n**Drink water**\n\n**Sleep early**", WALK),
        ("**Walk daily**: good\n**Drink water**: good\n**Sleep early**: good", WALK),
        ("__Walk daily__\n__Drink water__\n__Sleep early__", WALK),
        ("Step 1: Walk daily\nStep 2: Drink water\nStep 3: Sleep early", WALK),
        ("1. Point 1: Walk daily\n2. Point 2: Drink water\n3. Point 3: Sleep early", WALK),
        ("> 1. Walk daily\n> 2. Drink water\n> 3. Sleep early", WALK),
        ("<ol><li>Walk daily</li><li>Drink water</li><li>Sleep early</li></ol>", WALK),
        ("1. Walk daily<br>2. Drink water<br/>3. Sleep early", WALK),
        ("1. Walk daily 2. Drink water 3. Sleep early", WALK),
        ("(1) Walk daily (2) Drink water (3) Sleep early", WALK),
        ("My plan: 1. Walk daily 2. Drink water 3. Sleep early", WALK),
        ("• Walk daily • Drink water • Sleep early", WALK),
        ("```\n1. Walk daily\n2. Drink water\n3. Sleep early\n```", WALK),
        ("Here is the skeleton:\n\n1. Walk daily\n\n2. Drink water\n\n3. Sleep early\n\nGood luck!", WALK),
        ("**Skeleton:**\n1. Walk daily\n2. Drink water\n3. Sleep early", WALK),
        ("**Skeleton**\n1. Walk daily\n2. Drink water\n3. Sleep early", WALK),
        ("## Skeleton\n- Walk daily\n- Drink water\n- Sleep early", WALK),
        ("1. Walk daily\n1. Drink water\n2. Sleep early", WALK),
        ("1. Walk daily\n   2. Drink water\n      3. Sleep early", WALK),
        ("1. Walk daily\n   1. in the park\n   2. at noon\n2. Drink water\n3. Sleep early", WALK),
        ("a) Walk daily\nb) Drink water\nc) Sleep early", WALK),
        ("1. Walk daily\na) in the park\n2. Drink water\n3. Sleep early", WALK),
        ("1. Walk daily\n3. Drink water\n7. Sleep early", WALK),
        ("1. Walk daily.\n2. *Drink* _water_;\n3. “Sleep early”", WALK),
        (" 1. Walk daily\n2. Drink water\n 3. Sleep early", WALK),
        ("1. Walk daily\n   - in the park\n   - at noon\n2. Drink water\n\t1. cold\n3. Sleep early", WALK),
        ("1. Walk daily\n- in the park\n2. Drink water\n* cold\n3. Sleep early", WALK),
        ("1. Walk daily\nWalking keeps you fit.\n2. Drink water\nIt is free.\n3. Sleep early", WALK),
        ("1. Walk daily\n   Walking is the easiest of all sports.\n2. Drink water\n3. Sleep early", WALK),
        ("1.\nWalk daily\n2.\nDrink water\n3.\nSleep early", WALK),
        ("1. Walk daily\n2.\n3. Drink water\n4. ** **\n5. Sleep early", WALK),
        ("1、早起き\n2、朝食\n3、散歩", ASA),
        ("１．早起き\n２．朝食\n３．散歩", ASA),
        ("①早起き\n②朝食\n③散歩", ASA),
        ("①早起き②朝食③散歩", ASA),
        ("・早起き\n・朝食\n・散歩", ASA),
        ("第1：早起き\n第2：朝食\n第3：散歩", ASA),
        ("ポイント1：早起き\nポイント2：朝食\nポイント3：散歩", ASA),
        ("一つ目：早起き\n二つ目：朝食\n三つ目：散歩", ASA),
        ("1. **早起き**：朝日を浴びる\n2. **朝食**：毎日食べる\n3. **散歩**", ASA),
        ("1. 早起き：朝日を浴びる\n2. 朝食。毎日食べる。\n3. 散歩", ASA),
        ("以下が骨子です：\n\n1. 早起き\n2. 朝食\n3. 散歩\n\nご参考までに。", ASA),
        ("一、早睡早起\n二、多喝水\n三、坚持运动", ZAO),
        ("（一）早睡早起\n（二）多喝水\n（三）坚持运动", ZAO),
        ("第一，早睡早起\n第二，多喝水\n第三，坚持运动", ZAO),
        ("第一点：早睡早起\n第二点：多喝水\n第三点：坚持运动", ZAO),
        ("1.早睡早起2.多喝水3.坚持运动", ZAO),
        ("一、早睡早起；二、多喝水；三、坚持运动。", ZAO),
        ("以下是大纲：\n１．早睡早起\n２．多喝水\n３．坚持运动", ZAO),
        ("1. 早睡早起：保证八小时睡眠\n2. 多喝水——每天两升以上的温水对身体有好处\n3. 坚持运动", ZAO),
    ],
)
def test_list_styles(text: str, expected: list[str]) -> None:
    assert titles(text) == expected
    assert [point.title for point in fed(list(text))[1]] == expected


@rows(
    "text",
    [
        '["Walk daily", "Drink water", "Sleep early"]',
        "['Walk daily', 'Drink water', 'Sleep early']",
        '[\n  "Walk daily",\n  "Drink water",\n  "Sleep early"\n]\nDone: 1. No 2. No 3. No',
        '```json\n["Walk daily", "Drink water", "Sleep early"]\n```',
        'Here you are: ["Walk daily", "Drink water", "Sleep early"]',
        '{"points": ["Walk daily", "Drink water", "Sleep early"], "notes": ["No", "Not this"]}',
        '{"skeleton": {"points": ["Walk daily", "Drink water", "Sleep early"]}}',
        '[{"title": "Walk daily"}, {"title": "Drink water"}, {"title": "Sleep early"}]',
        '[{"id": 1, "title": "Walk daily", "tags": ["a"]}, {"point": "Drink water", "why": "x"}, '
        '{"other": "Sleep early", "more": "y"}]',
        '{"1": "Walk daily", "2": "Drink water", "3": "Sleep early"}',
        '{"point_1": "Walk daily", "point_2": "Drink water", "point_3": "Sleep early"}',
        r'["Walk\u0020daily", "Drink\nwater", "\"Sleep early\""]',
        '["Walk daily", "Drink water", "Sleep early", "this one is cut of',
        '["Walk daily", "Drink water", "walk daily", "Sleep early"',
    ],
)
def test_json_lists(text: str) -> None:
    assert titles(text) == WALK
    assert [point.title for point in fed(list(text))[1]] == WALK


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{not json\n1. Walk daily\n2. Drink water\n3. Sleep early", WALK),
        ('["oops\nan open string\n\n1. Walk daily\n2. Drink water\n3. Sleep early', WALK),
        ('{"a": what?\n1. Walk daily\n2. Drink water\n3. Sleep early', WALK),
        ('["only one"]\n', ["only one"]),
        ('[["one", "two"], ["three"]]', ["one", "three"]),
        ('[["one", "two", "three"]]', ["one", "two", "three"]),
        ("[]", []),
        ("[" * 65 + '"deep"', []),
        ('["\\ud83d\\ude00 smile", "\\ud800half", "\\', ["😀 smile", "half"]),
    ],
)
def test_broken_and_odd_json(text: str, expected: list[str]) -> None:
    assert titles(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>1. No\n2. Never</think>\n1. Walk daily\n2. Drink water\n3. Sleep early", WALK),
        ("<THINKING>\n- a\n</Thinking>1. Walk daily\n2. Drink water\n3. Sleep early", WALK),
        ('<reasoning effort="low">1. x\n2. y</reasoning>\n- Walk daily\n- Drink water\n- Sleep early', WALK),
        ("<think></think><think>- a</think>- Walk daily\n- Drink water\n- Sleep early", WALK),
        ("1. Walk<think>2. no</think> daily\n2. Drink water\n3. Sleep early", WALK),
        ("<think>a</reasoning>1. No\n</think>1. Walk daily\n2. Drink water\n3. Sleep early", WALK),
        ("I count 1 and 2\n</think>\n1. Walk daily\n2. Drink water\n3. Sleep early", WALK),
        ("<think>1. No\n2. Never\n", []),
        ("1. Walk daily\n<think", ["Walk daily"]),
        ("1. a <b and c> d", ["a <b and c> d"]),
        ("1. <b>Walk</b> daily", ["Walk daily"]),
    ],
)
def test_thinking_is_not_part_of_the_skeleton(text: str, expected: list[str]) -> None:
    assert titles(text) == expected


def test_a_text_that_begins_inside_a_thinking_block() -> None:
    parser = SkeletonParser(in_thinking=True)
    assert parser.feed("1. No\n2. Never\n</think>\n1. Walk daily\n2. ") == [Point(1, "Walk daily")]


@pytest.mark.parametrize(
    "line",
    [
        "2024. was a good year",
        "3.5 tips",
        "1.5",
        "10:30 is too late",
        "100. no",
        "7 tips",
        "1,000 steps",
        "---",
    ],
)
def test_numbers_that_are_no_item_numbers(line: str) -> None:
    assert titles(f"{line}\n1. Walk daily\n2. Drink water\n3. Sleep early") == WALK
    assert titles(f"1. Walk daily\n{line}\n2. Drink water\n3. Sleep early") == WALK


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Keep a regular\n   sleep schedule\n2. Eat", ["Keep a regular sleep schedule", "Eat"]),
        ("1. Keep a regular\nsleep schedule\n2. Eat", ["Keep a regular sleep schedule", "Eat"]),
        ("1. The Importance of\n   Good Sleep\n2. Eat", ["The Importance of Good Sleep", "Eat"]),
        ("1. Apples, pears,\nPlums\n2. Eat", ["Apples, pears, Plums", "Eat"]),
        ("1. Self-\nconfidence\n2. Eat", ["Self-confidence", "Eat"]),
        ("1. Vitamins (A,\nB\n  and C)\n2. Eat", ["Vitamins (A, B and C)", "Eat"]),
        ("1. **Good\n   sleep**: yes\n2. Eat", ["Good sleep", "Eat"]),
        ("1. 規則正しい生活の\n大切さ\n2. 食事", ["規則正しい生活の大切さ", "食事"]),
        ("1. 适当的\n   运动\n2. 饮食", ["适当的运动", "饮食"]),
        ("1. Sleep and\n\nEating is also good.\n2. Eat", ["Sleep and", "Eat"]),
        ("1. Sleep and\n2. Eat", ["Sleep and", "Eat"]),
    ],
)
def test_wrapped_lines(text: str, expected: list[str]) -> None:
    assert titles(text) == expected


@rows(
    ("text", "title"),
    [
        (
            "When you go to bed, leave the phone in another room, far away from where you sleep",
            "When you go to bed, leave the phone in another room",
        ),
        (
            "You should always make sure that the room in which you sleep is dark and cool and quiet",
            "You should always make sure that the room in which you sleep is dark and cool and quiet",
        ),
        ("Regular exercise helps you sleep better.", "Regular exercise helps you sleep better"),
        ("Walk more. It keeps you fit and costs nothing.", "Walk more"),
        ("Ask Dr. Watson about it", "Ask Dr. Watson about it"),
        ("Sleep: it is what keeps body and mind together", "Sleep"),
        ("Diet — what you eat and when you eat it matters a lot", "Diet"),
        ("Trial - and error", "Trial - and error"),
        ("See [the guide](https://example.org/a) first", "See the guide first"),
        ("Meet at 10:30 sharp", "Meet at 10:30 sharp"),
        ("R&amp;D   costs\tmoney", "R&D costs money"),
        ("\u200bHidden\x07 bell\u202e", "Hidden bell"),
        ("Costs (and benefits)", "Costs (and benefits)"),
        ("C++ and C#", "C++ and C#"),
        ("Why 5*5 is 25", "Why 5*5 is 25"),
        ("The A* search", "The A* search"),
        ("*Walk* in the *park*", "Walk in the park"),
        ("*Walk daily", "Walk daily"),
        ("Really?", "Really?"),
        ("The U.S. economy", "The U.S. economy"),
        ("**Title:** explanation", "Title"),
        ("Title: explanation", "Title"),
        ("And so on...", "And so on"),
        (
            "毎日同じ時間に起きて、朝の光を浴びることで体内時計を整えるように心がけることがとても大切です",
            "毎日同じ時間に起きて",
        ),
        ("あ" * 90, "あ" * 60),
        ("x" * 500, "x" * MAX_TITLE_CHARS),
        ("🎉 Celebrate", "🎉 Celebrate"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert titles(f"1. {text}\n") == [title]


def test_a_long_title_is_cut_between_words() -> None:
    parser = SkeletonParser(max_title_chars=12)
    parser.feed("1. Walking keeps everyone fit")
    assert parser.close() == [Point(1, "Walking")]


def test_duplicates_are_dropped_and_told() -> None:
    parser = SkeletonParser()
    parser.feed("1. Walk daily\n2. Drink water\n")
    assert not parser.repeated
    parser.feed("3. ＷＡＬＫ, daily!\n4. ")
    assert parser.repeated
    parser.feed("Sleep early\n")
    parser.close()
    assert [point.title for point in parser.points] == WALK
    assert [point.index for point in parser.points] == [1, 2, 3]


def test_the_cap() -> None:
    text = "\n".join(f"{n}. Point number {'x' * n}" for n in range(1, 30))
    parser = SkeletonParser(max_points=3)
    assert len(parser.feed(text)) == 3
    assert parser.full
    assert parser.ended
    assert parser.feed("\n99. One more\n") == []
    assert parser.close() == []
    assert len(titles(text)) == MAX_POINTS


@pytest.mark.parametrize(("max_points", "max_chars"), [(0, 100), (10, 0), (-3, 100)])
def test_senseless_limits(max_points: int, max_chars: int) -> None:
    with pytest.raises(ConfigError):
        SkeletonParser(max_points, max_chars)


def test_points_come_as_early_as_they_are_certain() -> None:
    parser = SkeletonParser()
    assert parser.feed("1.") == []
    assert parser.feed(" Walk") == []
    assert parser.feed(" daily\n") == []
    assert parser.feed("2") == [Point(1, "Walk daily")]  # the next line does not go on
    assert parser.feed(". **Drink water**: it is free\n") == [Point(2, "Drink water")]  # cannot go on
    assert parser.feed("3. Sleep and\n4") == []  # looks unfinished
    assert parser.feed(". Eat\n") == [Point(3, "Sleep and")]
    assert parser.feed("\n") == [Point(4, "Eat")]  # a blank line
    assert parser.feed("5. Rest") == []
    assert parser.close() == [Point(5, "Rest")]
    assert parser.close() == []


def test_eager_points_come_with_their_line() -> None:
    parser = SkeletonParser(eager=True)
    assert parser.feed("1. Walk daily\n") == [Point(1, "Walk daily")]
    assert parser.feed("2. Sleep and\n") == []
    assert parser.feed("eat\n") == [Point(2, "Sleep and eat")]


def test_json_elements_come_one_by_one() -> None:
    parser = SkeletonParser()
    assert parser.feed('[{"title": "Walk daily"') == [Point(1, "Walk daily")]
    assert parser.feed(', "why": "because"}, {"what": "Drink water"') == []
    assert parser.feed("}") == [Point(2, "Drink water")]
    assert not parser.ended
    assert parser.feed("]") == []
    assert parser.ended


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("", False),
        ("Here is the skeleton:\n\n", False),
        ("The sky is blue because " * 12, True),
        ("One.\nTwo.\nThree.\nFour.\n", True),
        ("空が青いのは、太陽の光が空気に当たって散らばるからです。" * 10, True),
        ("1. " + "The sky is blue because " * 4, False),
        ("1. " + "The sky is blue because " * 12, True),
        ("<think>" + "The sky is blue because " * 12, False),
        ("The sky is blue because " * 12 + "\n1. Walk daily\n2. Drink water\n", False),
        ('["' + "The sky is blue because " * 12, False),
        ("# Heading\n" + "The sky is blue because " * 12, True),
    ],
)
def test_prose_is_told(text: str, prose: bool) -> None:
    parser = SkeletonParser()
    parser.feed(text)
    assert parser.prose is prose


def test_an_empty_text_has_no_points() -> None:
    assert parse_skeleton("") == Skeleton(())
    assert parse_skeleton("Sorry, I cannot help with that.") == Skeleton(())


# Properties.

_PIECES = [
    *(
        "1. ",
        "2. ",
        "3) ",
        "(1) ",
        "１．",
        "①",
        "②",
        "一、",
        "二、",
        "- ",
        "* ",
        "・",
        "• ",
        "## ",
        "**",
        "__",
        "> ",
        "12: ",
    ),
    *(
        "\n",
        "\n",
        "\r\n",
        "\n\n",
        "   ",
        "\t",
        " ",
        ",",
        "、",
        ":",
        "：",
        ".",
        "。",
        " - ",
        "-",
        "(",
        ")",
        "`",
        "```json\n",
    ),
    *(
        "Walk",
        "daily",
        "sleep and",
        "the",
        "Ａ",
        "a",
        "早起き",
        "运动",
        "の",
        "2024",
        "3.5",
        "x" * 50,
        "Why not? ",
        "\ud800",
    ),
    *("[", "]", "{", "}", '"', "'", ",", "\\", '"title": ', '["a", ', "\\u00", "null", "“", "”"),
    *(
        "<think>",
        "</think>",
        "<thi",
        "<",
        ">",
        "</",
        "<reasoning a=b>",
        "</reasoning>",
        "[THINK]",
        "[/THINK]",
        "◁think▷",
        "◁/think▷",
        "<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
        "<|channel|>",
        "<answer>",
        "</answer>",
        "analysis",
        "assistantfinal",
        "`",
        "<li>",
        "<br/>",
        "\u2028",
        "\x00",
    ),
]
_listlike = st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)
_any_text = st.text(st.characters(), max_size=200)  # lone surrogates included
_texts = _listlike | _any_text | st.lists(_listlike | _any_text, max_size=3).map("\n1. ".join)


@settings(max_examples=600, deadline=None)
@given(text=_texts, cuts=st.lists(st.integers(0, 600), max_size=8), eager=st.booleans())
@example(text="0::0<\r0.<A", cuts=[], eager=False)  # both points are complete at the end alone
def test_the_split_makes_no_difference(text: str, cuts: list[int], eager: bool) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(edges)]
    results = [fed([text], eager=eager), fed(pieces, eager=eager), fed(list(text), eager=eager)]
    whole, points = results[0]
    for parser, others in results:
        assert others == points == list(parser.points)
        assert (parser.repeated, parser.full, parser.prose) == (whole.repeated, whole.full, whole.prose)
    if not eager:
        assert parse_skeleton(text).points == tuple(points)


@settings(max_examples=600, deadline=None)
@given(text=_texts, max_points=st.integers(1, 12), max_chars=st.integers(1, 60))
def test_points_are_well_formed(text: str, max_points: int, max_chars: int) -> None:
    points = parse_skeleton(text, max_points, max_chars).points
    assert len(points) <= max_points
    assert [point.index for point in points] == list(range(1, len(points) + 1))
    assert len({title_key(point.title) for point in points}) == len(points)
    for point in points:
        assert point.title == " ".join(point.title.split())
        assert 0 < len(point.title) <= max_chars
        assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in point.title)


@settings(deadline=None)
@given(st.lists(st.text("abcdefgh", min_size=3, max_size=9), min_size=1, max_size=8, unique=True))
def test_a_plain_list_is_read_as_written(words: list[str]) -> None:
    wanted = [f"About {word}" for word in words]
    for mark in ("{n}. ", "{n}) ", "- ", "（{n}）", "**{n}.** "):
        text = "\n".join(mark.format(n=n) + title for n, title in enumerate(wanted, start=1))
        assert titles(text) == wanted


_HOSTILE = [
    *(
        "7",
        "<",
        "<think",
        "<think>",
        "</think>",
        "1. a\n</think>",
        "1. a </think>",
        "[THINK]",
        "◁",
        "<|channel|>",
        "analysis",
        "<answer>",
        "[",
        "[[{",
        '["',
        '{"',
        "{'a':",
        "*",
        "**",
        "**a\n",
        "\\",
        "'",
        "(",
    ),
    *(
        "a ",
        "a, ",
        "1. ",
        "1.\n",
        "1. a\n",
        "1. a,\n",
        "1. a\nb\n",
        "1. 2. 3. ",
        "-\n",
        "- \n",
        "# a\n",
        "\n",
        "\r",
        " ",
    ),
    *(
        "a[b](",
        ":[",
        "x: 1. ",
        "&amp;",
        "<li>",
        "①",
        "一",
        "一、",
        "`",
        "_",
        "> ",
        "\ud800",
        "٣. ",
        '[{"title":"a"},',
    ),
]


@rows("unit", _HOSTILE)
def test_a_long_text_of_anything_is_read(unit: str) -> None:
    """Runs to its end, with work that grows like the text."""
    text = unit * (16_000 // len(unit))
    parser, _ = fed([text])
    assert parser.analysed <= 4 * len(text) + 10_000
    text = text[:8_000]
    parser, _ = fed([text[start : start + 7] for start in range(0, len(text), 7)])
    assert parser.analysed <= 4 * len(text) + 10_000


@pytest.mark.parametrize("head", ["1" * 40_000, "a " * 20_000, "[" * 40_000, "<think" * 6_000, "\n" * 20_000])
def test_the_list_after_a_long_text_is_found(head: str) -> None:
    assert titles(head + "\n1. Walk daily\n2. Drink water\n3. Sleep early") == WALK


@settings(max_examples=60, deadline=None)
@given(unit=_listlike.filter(bool), times=st.integers(50, 200))
def test_twice_the_text_is_twice_the_work(unit: str, times: int) -> None:
    def work(count: int) -> int:
        parser, _ = fed([unit * count])
        return parser.analysed

    assert work(2 * times) <= 2 * work(times) + 4 * len(unit) + 10_000
