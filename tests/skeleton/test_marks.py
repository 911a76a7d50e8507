"""Marks of list items as models write them: numbers, tags, tokens, code, JSON; and what is no mark."""

from __future__ import annotations

import random

import pytest
from rows import rows

from sot.skeleton import SkeletonParser, parse_skeleton

BREAD = ["Mix the dough", "Let it rise", "Bake"]
LIST = "1. Mix the dough\n2. Let it rise\n3. Bake"


def titles(text: str) -> list[str]:
    """Return the titles of a skeleton, the same in whatever pieces it comes."""
    whole = parse_skeleton(text).points
    randomness = random.Random(len(text))
    for longest in (1, 2, 7):
        parser = SkeletonParser()
        rest, points = text, []
        while rest:
            size = randomness.randint(1, longest)
            points += parser.feed(rest[:size])
            rest = rest[size:]
        points += parser.close()
        assert tuple(points) == parser.points == whole
    return [point.title for point in whole]


def numbered(*marks: str) -> str:
    return "".join(f"{mark}{title}\n" for mark, title in zip(marks, BREAD, strict=True))


@rows("mark", [*"\u202f\u2009\u3000\u1680\t\u00ad\u200c\u200d\u2061\u180e\u2066\ufe0f"])
def test_blanks_and_invisible_characters_before_a_number(mark: str) -> None:
    assert titles("".join(f"{mark}{n}. {title}\n" for n, title in enumerate(BREAD, 1))) == BREAD
    assert titles(f"{mark}{LIST}") == BREAD
    assert titles(f'{mark}["Mix the dough", "Let it rise", "Bake"]') == BREAD


@rows(
    "form",
    [
        *(
            "{}— ",
            "{}‑ ",
            "{}− ",
            "{}-",
            "{}.- ",
            "{}) - ",
            "{}/ ",
            "{}\t",
            "{}\\) ",
            "{}.º ",
            "{}ª ",
            "{}º: ",
        ),
        *("#{}: ", "#{}. ", "#{} - ", "Tip #{}: ", "Step #{} - ", "N.º {} ", "n° {} : ", "№ {} ", "Nr. {} "),
        *(
            "Number {}: ",
            "Étape {} : ",
            "Paso {}: ",
            "Schritt {} – ",
            "Шаг {}. ",
            "步骤{}：",
            "ステップ{}：",
            "Day {}: ",
        ),
        *(
            "**{}**. ",
            "*{}.* ",
            "`{}.` ",
            "<b>{}.</b> ",
            "**{}.1** ",
            "## {}) ",
            "**Step {}:** ",
            "({}.) ",
            "*{}. ",
            "Step {} ",
        ),
    ],
)
def test_forms_of_a_number(form: str) -> None:
    if form == "**{}.1** ":
        assert titles(numbered("**4.1** ", "**4.2** ", "**4.3** ")) == BREAD
        return
    assert titles(numbered(*(form.format(n) for n in "123"))) == BREAD


@rows("digits", ["١٢٣", "۱۲۳", "१२३", "๑๒๓", "১২৩"])
@rows("sep", [". ", ") ", "- ", "– ", ": "])
def test_digits_of_other_scripts(digits: str, sep: str) -> None:
    assert titles(numbered(*(digit + sep for digit in digits))) == BREAD


@rows(
    "marks",
    [
        *(("1st) ", "2nd) ", "3rd) "), ("1er : ", "2e : ", "3e : "), ("1-й: ", "2-й: ", "3-й: ")),
        *(
            ("One: ", "Two: ", "Three: "),
            ("First, ", "Second, ", "Third, "),
            ("Firstly: ", "Next: ", "Lastly: "),
        ),
        *(("Tip One - ", "Tip Two - ", "Tip Three - "), ("**First:** ", "**Second:** ", "**Third:** ")),
        *(("Erstens: ", "Zweitens: ", "Drittens: "), ("Primero: ", "Segundo: ", "Tercero: ")),
        *(
            ("Premièrement : ", "Deuxièmement : ", "Troisièmement : "),
            ("Primeiro: ", "Segundo: ", "Terceiro: "),
        ),
        *(("Во-первых, ", "Во-вторых, ", "В-третьих, "), ("أولاً: ", "ثانياً: ", "ثالثاً: ")),
        *(
            ("首先，", "其次，", "最后，"),
            ("第一に、", "第二に、", "第三に、"),
            ("첫째, ", "둘째, ", "셋째, "),
        ),
        *(("I) ", "II) ", "III) "), ("(i) ", "(ii) ", "(iii) "), ("**I.** ", "**II.** ", "**III.** ")),
        *(
            ("(a) ", "(b) ", "(c) "),
            ("a: ", "b: ", "c: "),
            ("A - ", "B - ", "C - "),
            ("## I. ", "## II. ", "## III. "),
        ),
        *(("а) ", "б) ", "в) "), ("α) ", "β) ", "γ) "), ("가. ", "나. ", "다. "), ("Ⅰ. ", "Ⅱ. ", "Ⅲ. ")),
        *(("2.1 ", "2.2 ", "2.3 "), ("1.1) ", "1.2) ", "1.3) "), ("## 1.1 ", "## 1.2 ", "## 1.3 ")),
        *(("✅ ", "✅ ", "✅ "), ("➜ ", "➜ ", "➜ "), ("1\\. ", "2\\. ", "3\\. "), ("\\- ", "\\- ", "\\- ")),
        *(
            ("- First: ", "- Second: ", "- Third: "),
            ("- a) ", "- b) ", "- c) "),
            ("***1. ", "***2. ", "***3. "),
        ),
    ],
)
def test_words_letters_and_roman_numerals(marks: tuple[str, str, str]) -> None:
    assert titles(numbered(*marks)) == BREAD


def test_letters_and_numerals_go_on() -> None:
    letters = "abcdefghijkl"
    wanted = [f"Part {letter}{letter}" for letter in letters[:10]]
    for form in ("{}. ", "{}) ", "({}) "):
        assert titles("".join(f"{form.format(c)}Part {c}{c}\n" for c in letters)) == wanted
    roman = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"]
    assert titles("".join(f"{n}. Part {c}{c}\n" for n, c in zip(roman, letters, strict=False))) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "A. Mix the dough\n1. flour\n2. water\nB. Let it rise\nC. Bake",
        "I. Mix the dough\n  A. flour\n  B. water\nII. Let it rise\n  A. an hour\nIII. Bake",
        "A. Mix the dough\ni. flour\nii. water\nB. Let it rise\nC. Bake",
        "1. Mix the dough\n1.1 flour\n1.2 water\n2. Let it rise\n2.1 an hour\n3. Bake",
        "1. Mix the dough\na. flour\nb. water\n2. Let it rise\n3. Bake",
        "## First: Mix the dough\n## Let it rise\n- an hour\n## Finally: Bake",
        "One: Mix the dough\n1. flour\n2. water\nTwo: Let it rise\nThree: Bake",
    ],
)
def test_a_list_below_a_point_is_no_point(text: str) -> None:
    assert titles(text) == BREAD


@rows(
    "prose",
    [
        "First, let me think about this question.",
        "In 2019 it was so.",
        "1984 was a book.",
        "3 eggs",
        "2 cups of flour",
        "A. Baker said so.",
        "I. Newton, too.",
        "#1 priority is this:",
        "5- 10 minutes",
        "20° in the kitchen",
        "Step 1 is the hardest.",
        "3-step plans work.",
        "1.5 litres",
        "4.2 million loaves",
        "Two of them matter.",
        "One. Two. Three.",
        "Nr. 5 of the street",
        "e.g. bread",
        "mix. then bake",
        "| 1 | flour |",
        "<T> is a type",
    ],
)
def test_prose_and_quantities_are_no_points(prose: str) -> None:
    assert titles(f"{prose}\n{LIST}") == BREAD
    assert titles(prose) == []


@rows(
    "text",
    [
        "1. Mix the dough\n~~~sh\n# 1. update\n# 2. upgrade\n~~~\n2. Let it rise\n3. Bake",
        "1. Mix the dough\n```\n# 1. a\n- b\n* c\n```\n2. Let it rise\n3. Bake",
        "1. Mix the dough\n```text\n1. a\n2. b\n3. c\n```\n2. Let it rise\n3. Bake",
        "1. Mix the dough\n   ```yaml\n   - a: 1\n   - b: 2\n   ```\n2. Let it rise\n3. Bake",
        f"{LIST}\n```bash\n# 4. x\n# 5. y\n",
        "1. Mix the dough\n```bash\nmix --all\n2. Let it rise\n3. Bake",
        f"```python\n# 1. a\n# 2. b\n```\n{LIST}",
        f"    # 1. a\n    # 2. b\n    run()\n{LIST}",
        f"// 1. a\n-- 2. b\n/* 3. c */\n{LIST}",
        f"~~~js\n// 1. a\nlet x = [1]\n{LIST}",
        f"```\n# 1. a\n# 2. b\n```\n{LIST}",
        f"   ```c\n   /* 1. no */\n   - 2\n   ```\n{LIST}",
        f"```markdown\n{LIST}\n```",
        "```md\n# 1. Mix the dough\n# 2. Let it rise\n# 3. Bake\n```",
        f"````\n```\n{LIST}\n```\n````",
    ],
)
def test_comments_and_lists_of_code_are_no_points(text: str) -> None:
    assert titles(text) == BREAD


def test_code_before_the_list_is_no_prose() -> None:
    parser = SkeletonParser()
    parser.feed("```python\n# 1. a\n# 2. b\nx = 1\ny = 2\n```\n")
    assert not parser.prose


@rows(
    "title",
    [
        *(
            "Map<String, List<Int>>",
            "std::vector<int> basics",
            "Promise<void>",
            "Array<item> types",
            "Type List<p>",
        ),
        *("Use <li> elements", "The <br> tag", "Avoid <b> tags", "Use <p> and <li>", "<canvas> drawing"),
        *(
            "<head> and <body>",
            "Closing </div> tags",
            "a < b and c > d",
            "x <= 3",
            "1 < 2",
            "<T> in generics",
        ),
        *("Open <|channel|> marks", "Arrays [1, 2]", "The [END] key"),
    ],
)
def test_angle_brackets_that_are_part_of_a_title(title: str) -> None:
    expected = "The key" if "[END]" in title else title  # a token's name alone cannot be told from a token
    assert titles(f"1. {title}\n2. Other\n") == [expected, "Other"]


@rows(
    "token",
    [
        *(
            "</s>",
            "<s>",
            "[/INST]",
            " [INST]",
            "<eos>",
            "<unk>",
            "<pad>",
            "[EOS]",
            "<0x0A>",
            "<｜User｜>",
            "<turn|>",
        ),
        *(
            "<|end_of_text|>",
            "<|return|>",
            "<end_of_utterance>",
            "<|END_OF_TURN_TOKEN|>",
            "<|im_end|>assistant",
        ),
        *(
            "<|im_end|>\n<|im_start|>user",
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>",
            "<｜fim▁end｜>",
        ),
        *("<|im_en", "</s", "<end_of", "<|", " <|im_end|>", "<|im_end|> "),
    ],
)
def test_control_tokens_are_never_in_a_title(token: str) -> None:
    found = titles(LIST + token)
    assert found == BREAD if token != "<|" else found[:2] == BREAD[:2]
    assert titles(f"<s>{LIST}") == titles(f"<|im_start|>assistant\n{LIST}") == BREAD
    if token.endswith(">") and "\n" not in token:
        assert titles("".join(f"{n}. {title}{token}\n" for n, title in enumerate(BREAD, 1))) == BREAD


@rows(
    "text",
    [
        "<points><point>Mix the dough</point><point>Let it rise</point><point>Bake</point></points>",
        "<ul>\n  <li><b>Mix the dough</b>: x</li>\n  <li><em>Let it rise</em></li>\n<li>Bake</li></ul>",
        "<item><title>Mix the dough</title><description>how much flour</description></item>\n"
        "<item><title>Let it rise</title><details>how long</details></item><item><title>Bake</title></item>",
        "<h2>Bread</h2><h3>Mix the dough</h3><p>Flour first.</p><h3>Let it rise</h3><h3>Bake</h3>",
        "<point1>Mix the dough</point1>\n<point2>Let it rise</point2>\n<point3>Bake</point3>",
        "<1>Mix the dough</1>\n<2>Let it rise</2>\n<3>Bake</3>",
        "<step number='1'>1. Mix the dough</step>\n<step>2. Let it rise</step>\n<step>3. Bake</step>",
        "<p>1. Mix the dough</p><p>2. Let it rise</p><p>3. Bake</p>",
        "<li>Mix the dough\n<li>Let it rise\n<li>Bake",
        "<div>1. Mix the dough</div>\n<div>2. Let it rise</div>\n<div>3. Bake</div>",
        '1. <span class="x">Mix the dough</span>\n2. <i>Let it rise</i>\n3. Bake</li>',
        "<ol>\n<li>\nMix the dough\n</li>\n<li>\nLet it rise\n</li>\n<li>\nBake\n</li>\n</ol>",
    ],
)
def test_tags_around_items(text: str) -> None:
    assert titles(text) == BREAD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Use Python 2. It is old\n2. Test\n3. Ship", ["Use Python 2", "Test", "Ship"]),
        ("1. Learn version 2. Then upgrade\n\n2. Test", ["Learn version 2", "Test"]),
        ("1. Der 2. Weltkrieg\n2. Folgen", ["Der 2. Weltkrieg", "Folgen"]),
        ("1. Mix the dough 2. Let it rise\n3. Bake", BREAD),
        ("1. Mix the dough 2. Let it rise 3. Bake", BREAD),
        ("1. Mix the dough 2. Let it rise", BREAD[:2]),
    ],
)
def test_a_number_at_the_end_of_a_sentence(text: str, expected: list[str]) -> None:
    assert titles(text) == expected


@rows(
    "text",
    [
        '[\n# list\n"Mix the dough", /* by "hand" */ "Let it rise",\n"Bake",\n]',
        '[\n  // "none"\n  "Mix the dough",\n  "Let it rise", "Bake",]',
        '{"points": ["Mix the dough", "Let it rise", "Bake",],}',
        "{'title': 'Mix the dough'}\n{'title': 'Let it rise'}\n{'title': 'Bake'}",
        '```jsonl\n{"id": 1, "point": "Mix the dough"},\n{"point": "Let it rise"},\n{"point": "Bake"}\n```',
        '[{"ok": True, "title": "Mix the dough"}, {"ok": null, "title": "Let it rise"}, {"title": "Bake"}]',
        '{"points": ["1) Mix the dough", "2) Let it rise", "3) Bake"]}',
        '["Point 1: Mix the dough", "Point 2: Let it rise", "Point 3: Bake"]',
        '［"Mix the dough"，"Let it rise"，"Bake"］',
        '{"points"： [“Mix the dough”， “Let it rise”， “Bake”]}',
        '[[1, "Mix the dough"], [2, "Let it rise"], [3, "Bake"]]',
        '{"steps": [["Mix the dough", ["a"]], ["Let it rise", ["b"]], ["Bake", []]]}',
        '["Mix the dough", ["flour", "water"], "Let it rise", "Bake"]',
        '{"1. Mix the dough": "x", "2. Let it rise": "y", "3. Bake": "z"}',
        '[{title: "Mix the dough"}, {title: "Let it rise"}, {title: "Bake"}]',
        'points = ["Mix the dough", "Let it rise", "Bake"]',
        '```python\n["Mix the dough", "Let it rise", "Bake"]\n```',
    ],
)
def test_json_as_models_write_it(text: str) -> None:
    assert titles(text) == BREAD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"title": "Bread"}\n1. Mix the dough\n2. Bake', ["Bread"]),
        ('{"title": "Bread", "points": ["Mix", "Bake"]}', ["Mix", "Bake"]),
        ('["Mix", what]\n1. Mix the dough\n2. Bake', ["Mix", "Mix the dough", "Bake"]),
        (f"[/ no\n{LIST}", BREAD),
        ("[#1] Mix the dough\n[#2] Bake", []),
    ],
)
def test_what_only_begins_like_json(text: str, expected: list[str]) -> None:
    assert titles(text)[: len(expected)] == expected


def test_rare_marks_wait_for_the_second_item_only() -> None:
    parser = SkeletonParser()
    assert parser.feed("#1 Mix the dough\n") == []
    assert [point.title for point in parser.feed("#2 Let it rise\n")] == BREAD[:1]
    assert [point.title for point in parser.feed("#3")] == BREAD[1:2]
    parser = SkeletonParser()
    parser.feed("1- Mix the dough\n")
    assert [point.title for point in parser.feed("2")] == BREAD[:1]


_UNITS = [
    "1- a\n",
    "#1 a\n",
    "First, a\n",
    "A. a\n",
    "I. a\n",
    "1.1 a\n",
    "<li>",
    "<|im_end|>",
    "<a",
    "[INST",
    "```\n",
]
_MORE = [
    "1. a 2. b\n",
    "a | b ",
    "(needs 1) ",
    '{"title": "a"}\n',
    '[["a", "b"], ',
    "[/",
    "{a: ",
    "1. a | b (needs 1)\n",
]


@rows("unit", [*_UNITS, *_MORE])
def test_the_work_grows_with_the_text(unit: str) -> None:
    text = unit * (25_000 // len(unit))
    parser = SkeletonParser(max_points=1000)
    parser.feed(text)
    parser.close()
    assert parser.analysed <= 4 * len(text) + 10_000
