"""Texts of string fields: the dress that models put around them, lengths, and what may be shown early."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sot.structure.field_text import FieldEnd, FieldText
from sot.structure.kinds import TextRules
from sot.types import FinishReason

PLAIN = TextRules()
LONG = (
    "The soup is warm. It tastes of carrots, and of a little thyme. Boil the water first. Then cut all the "
    "vegetables into small pieces. Stir it now and then! Serve it with bread, and enjoy every spoon of it. "
)


def read(
    text: str,
    rules: TextRules = PLAIN,
    reason: FinishReason | None = "stop",
    *,
    name: str = "cooking_steps",
    size: int = 3,
    **settings: object,
) -> tuple[str, FieldEnd]:
    """Return the text shown and its end; it comes in pieces of some characters."""
    field = FieldText(name, rules, **settings)  # type: ignore[arg-type]
    shown = ""
    for at in range(0, len(text), size):
        shown += field.feed(text[at : at + size])
        if field.full:
            break
    end = field.finish(None if field.full else reason)
    assert (end.text or "").startswith(shown)
    return shown, end


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Boil the soup. Serve it.", "Boil the soup. Serve it."),
        ("\n  Boil it.\n\n", "Boil it."),
        ('"Boil the soup.\\nServe \\"hot\\"."', 'Boil the soup.\nServe "hot".'),
        ('"Boil" is what you do first.', '"Boil" is what you do first.'),
        ('"Boil the soup.",', "Boil the soup."),
        ("cooking_steps: Boil it.", "Boil it."),
        ("**Cooking steps:** Boil it.", "Boil it."),
        ('"cooking_steps": "Boil it."', "Boil it."),
        ('{"cooking_steps": "Boil it.", "other": "x"}', "Boil it."),
        ('{"name": "Ann"}', '{"name": "Ann"}'),
        ('{"name": "Ann", "age": 3}', '{"name": "Ann", "age": 3}'),
        ('```json\n{"name": "Ann"}\n```', '{"name": "Ann"}'),
        ("```\nBoil it.\n```", "Boil it."),
        ("```json\n{a}\n```", "{a}"),
        ("```py\nx = 1\n```\nThis sets x.", "```py\nx = 1\n```\nThis sets x."),
        ("{a, b} is a set.", "{a, b} is a set."),
        ("null", "null"),
    ],
)
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_the_dress_is_taken_off(said: str, text: str, size: int) -> None:
    _, end = read(said, size=size)
    assert end == FieldEnd(text, "whole")


@pytest.mark.parametrize("said", ["null", "None", " null\n"])
def test_null_where_it_may_stand(said: str) -> None:
    assert read(said, TextRules(nullable=True)) == ("", FieldEnd(None, "whole"))
    assert read("nullify it, and more", TextRules(nullable=True))[1].text == "nullify it, and more"


def test_the_text_ends_where_another_field_begins() -> None:
    said = f"{LONG.strip()}\nSteps: one, two.\ntips: Serve it hot."
    assert read(said, following=("tips",))[1] == FieldEnd(f"{LONG.strip()}\nSteps: one, two.", "trimmed")


NEXT = ("n", "name")
YAML = "# The demo, in full.\nversion: 1\nname: demo\nn: 3"


@pytest.mark.parametrize(
    "said",
    [
        YAML,
        "Use this:\n\n```yaml\n\nname: demo\n```\nThat is all.",
        f"{LONG.strip()}\n  name: demo",
        f"{LONG.strip()}\nnames: Ann, Bob",
        f"{LONG.strip()}\nname:",
        f"{LONG.strip()} name: demo",
        "name: demo\nversion: 1",
    ],
)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_line_that_only_looks_like_another_field_stays(said: str, size: int) -> None:
    assert read(said, following=NEXT, size=size)[1] == FieldEnd(said, "whole")


@pytest.mark.parametrize("before", [LONG.strip(), "- one\n- two\n", "```\nname: x\n```\nThis is it."])
@pytest.mark.parametrize("label", ["name: Ann", "**name:** Ann", "`name`: Ann"])
def test_the_next_field_ends_the_text_after_a_sentence_or_a_blank_line(before: str, label: str) -> None:
    shown, end = read(f"{before}\n{label}\nmore: x", following=NEXT, size=2)
    assert end == FieldEnd(before.strip(), "trimmed")
    assert "name: Ann" not in shown


@pytest.mark.parametrize("length", [20, 200, 900])
@pytest.mark.parametrize("rest", [" said the author. And more.", "\n\nSo it begins.", ", he said"])
def test_a_quotation_at_the_beginning_keeps_its_marks(length: int, rest: str) -> None:
    quoted = "".join(f"Verse {at} of {at * at}. " for at in range(length // 12))
    said = f'"{quoted}C:\\new."{rest}'
    assert read(said)[1] == FieldEnd(said, "whole")


def test_a_text_that_is_surely_a_json_string_is_shown_while_it_is_written() -> None:
    field = FieldText("a", PLAIN)
    assert field.feed(r'"He said \"go\" and went') == 'He said "go" and went'


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (r'"Caf\u00e9s "open": at nine.', 'Cafés "open": at nine.'),
        ('"Boil \\"it\\".\n\nServe it.", said he.\n\nNow!', 'Boil "it".\n\nServe it.", said he.'),
        ('"Café \\"The soup\\"." said he\ud800', 'Café "The soup"." said he\ufffd'),
        (f'"{"x" * 2000}" said he', f'{"x" * 2000}" said he'),
    ],
)
def test_what_follows_a_json_string_makes_no_other_text_of_it(said: str, text: str) -> None:
    for size in (1, 7, 4000):
        assert read(said, size=size, ends=("\n\n",))[1] == FieldEnd(text, "whole")


def test_an_object_is_unwrapped_only_by_the_fields_own_name() -> None:
    said = '{"a.b": "Boil it."}'
    assert read(said, name='["a.b"]', own_name="a.b")[1].text == "Boil it."
    assert read(said, name="code")[1].text == said


def test_a_json_string_ends_with_its_closing_mark() -> None:
    shown, end = read('"Boil it."   x', encoded=True)
    assert (shown, end) == ("Boil it.", FieldEnd("Boil it.", "whole"))
    assert read('""', encoded=True)[1] == FieldEnd("", "whole")
    assert read("", encoded=True)[1] == FieldEnd("", "empty")


def test_a_json_string_is_left_when_only_white_space_follows() -> None:
    field = FieldText("a", PLAIN, encoded=True)
    field.feed('"Boil it."')
    assert not field.full  # an engine that ends here does so itself, and tells what it cost
    field.feed(" " * 20)
    assert field.full


@pytest.mark.parametrize("encoded", [False, True])
def test_a_token_limit_cuts_at_the_end_of_a_sentence(encoded: bool) -> None:
    said = json.dumps(LONG + "And then")[:-1] if encoded else LONG + "And then"
    shown, end = read(said, reason="length", encoded=encoded)
    assert end == (FieldEnd(shown, "cut") if encoded else FieldEnd(LONG + "And then", "cut"))
    assert read("One sentence only, without", reason="length")[1].ending == "cut"


def test_before_the_token_limit_only_whole_sentences_are_shown() -> None:
    shown, end = read(LONG + "And then the", reason="length", size=4, max_tokens=len(LONG) // 4 + 3)
    assert end == FieldEnd(LONG.strip(), "trimmed")
    assert len(shown) >= len(LONG) - 40


def test_a_text_that_is_too_long_is_cut_at_the_end_of_a_sentence() -> None:
    shown, end = read(LONG + LONG, TextRules(longest=200))
    assert end.text is not None
    assert len(end.text) <= 200
    assert end.text.endswith("now and then!")
    assert end.ending == "trimmed"
    assert shown


def test_a_text_that_is_too_short_is_a_problem_and_not_shown() -> None:
    shown, end = read("Short.", TextRules(shortest=20))
    assert shown == ""
    assert end.problem == "it has 6 characters, fewer than 20"


def test_a_text_with_a_pattern_is_not_shown_before_it_is_whole() -> None:
    assert read(LONG, TextRules(shaped=True))[0] == ""


def test_a_phrase_again_and_again_ends_the_text() -> None:
    _, end = read("Stir the soup and wait. " * 200)
    assert end.text == " ".join(["Stir the soup and wait."] * 3)
    assert end.ending == "trimmed"


def test_a_blank_line_ends_it_where_asked_for() -> None:
    assert read("Boil it.\n\nHere is more.", ends=("\n\n",))[1] == FieldEnd("Boil it.", "whole")


WRITTEN = st.text(st.sampled_from('ab .\n"\\{}`:é漢😀\ud800u0041n'), max_size=400)
RULES = st.builds(
    TextRules,
    shortest=st.integers(0, 20),
    longest=st.none() | st.integers(20, 300),
    nullable=st.booleans(),
)


@settings(deadline=None)
@given(WRITTEN, RULES, st.integers(1, 9), st.booleans(), st.sampled_from(["stop", "length", None]))
def test_what_was_shown_stays_and_the_end_keeps_the_rules(
    said: str, rules: TextRules, size: int, encoded: bool, reason: FinishReason | None
) -> None:
    shown, end = read(
        said, rules, reason, size=size, encoded=encoded, max_tokens=100, following=("a", "b"), ends=("\n\n",)
    )
    if end.text and not end.problem:
        assert rules.shortest <= len(end.text) <= (rules.longest or 10_000)
        end.text.encode()
    assert end.text is None or end.ending == "empty" or end.text.strip() == end.text
    assert shown == shown.lstrip()


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(1, 7))
def test_any_json_string_is_read_back(text: str, size: int) -> None:
    for said in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
        _, end = read(said, size=size, encoded=True)
        assert (end.text or "").strip() == text.strip()
