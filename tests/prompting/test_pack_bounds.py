"""Prompt packs from strangers: what their templates cannot reach, and how rendering is bounded.

Every template here is small. Where nothing bounds it, it takes minutes or gigabytes, or runs a command.
"""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from sot.errors import PromptPackError
from sot.prompting.budget import Budget, BudgetError
from sot.prompting.packs import STAGES, load_pack
from sot.prompting.percent import formatted_size
from sot.prompting.plain import plain
from sot.prompting.plan import Span

LOOP, END = "{% for number in range(9000) %}", "{% endfor %}"
LONG = "{% set a = 'ab ' * 300000 %}"
CHARS, STEPS, DEEP = "makes too much text", "does too much", "goes too deep"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack whose templates are quick to compile, for the template of a stranger."""
    folder = tmp_path / "mine"
    shutil.copytree(load_pack("en").folder, folder)
    for stage in set(STAGES) - {"missing"}:
        (folder / f"{stage}.j2").write_text("text")
    return folder


def refused(folder: Path, template: str, **files: str) -> PromptPackError:
    """Load a pack with a template, and other files beside it, that must be refused."""
    (folder / "point.j2").write_text(template)
    for name, text in files.items():
        (folder / f"{name}.j2").write_text(text)
    with pytest.raises(PromptPackError) as caught:
        load_pack(folder)
    return caught.value


def rendered(folder: Path, template: str, **values: Any) -> str:
    """Render a template of a pack of its own."""
    (folder / "cot.j2").write_text("{% if question != '?' %}" + template + "{% endif %}")
    return load_pack(folder).render("cot", question="a b", foreign=False, language="", **values)


def test_a_template_runs_no_command(folder: Path, tmp_path: Path) -> None:
    class Order:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.mkdir, (str(tmp_path / "made"),)

    order = pickle.dumps(Order(), 0).decode()
    call = "{{ demonstrations[0].parse_raw(%r, proto='pickle', allow_pickle=True) }}"
    (folder / "skeleton.j2").write_text(call % order)
    with pytest.raises(PromptPackError, match="parse_raw"):
        load_pack(folder)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "expression",
    [
        "demonstrations[0].parse_file('/etc/passwd')",
        "demonstrations[0].model_dump()",
        "demonstrations[0].model_copy",
        "demonstrations[0].__class__",
        "demonstrations[0]['__class__']",
        "demonstrations.__class__.__mro__",
        "(demonstrations | first).__init__.__globals__",
        "demonstrations | map(attribute='model_fields') | list | first",
    ],
)
def test_a_template_gets_no_methods_of_objects(folder: Path, expression: str) -> None:
    (folder / "skeleton.j2").write_text("\n{{ " + expression + " }}")
    with pytest.raises(PromptPackError) as caught:
        load_pack(folder)
    assert (caught.value.file, caught.value.line) == (str(folder / "skeleton.j2"), 2)


@pytest.mark.parametrize(
    "expression",
    [
        "length.low.__class__",
        "range.__globals__",
        "namespace.__init__",
        "cycler.__init__.__globals__.os",
        "joiner.__init__",
        "self._TemplateReference__context",
        "title.upper",
        "range",
        "dict",
        "title.format",
        "'{:999999999}'.format(1)",
        "'{0:{1}}'.format(1, 999999999)",
        "'{x.__class__}'.format_map({'x': title})",
        "title.encode()",
        "title.translate({45: 'x' * 999})",
        "title.expandtabs(999999999)",
        "index.to_bytes(999999999, 'big')",
        "title | attr('upper')",
        "[title] | map('attr', 'upper') | list",
        "[0 - 999999999] | map('bounds spend', 5, 5) | list",
        "title | random",
        "title | pprint",
        "lipsum(999)",
        "(0 - 8) ** 0.5",
    ],
)
def test_what_a_template_may_not_use(folder: Path, expression: str) -> None:
    error = refused(folder, "\n{{ " + expression + " }}")
    assert (error.file, error.line) == (str(folder / "point.j2"), 2)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        # one operation that is large
        ("{{ '%999999999d' % 1 }}", "width"),
        ("{{ '%(a)999999999d' % {'a': 1} }}", "width"),
        ("{{ '%*d' % (999999999, 1) }}", "width"),
        ("{{ '%.999999999f' | format(1) }}", "width"),
        ("{{ ('%(a)s' * 20000) % {'a': 'x' * 20000} }}", CHARS),
        ("{{ ('a' * 10 ** 9) | length }}", CHARS),
        ("{{ (10 ** 9 * 'a') | length }}", CHARS),
        ("{{ ([1] * 10 ** 9) | length }}", STEPS),
        ("{{ 'x'.ljust(10 ** 9) | length }}", "ljust"),
        ("{{ 'x'.zfill(10 ** 9) | length }}", "zfill"),
        ("{{ ('x' | center(10 ** 9)) | length }}", "center"),
        ("{{ ('\\n' * 9000) | indent(1000) | length }}", CHARS),
        ("{{ ('\\n' * 9000) | indent('x' * 9000) | length }}", CHARS),
        ("{{ 'x' | indent(10 ** 9, true) | length }}", "indent"),
        ("{{ ('a' * 9000) | join('b' * 9000) | length }}", CHARS),
        ("{{ ('b' * 9000).join('a' * 9000) | length }}", CHARS),
        ("{{ ('a' * 9000) | replace('a', 'b' * 9000) | length }}", CHARS),
        ("{{ ('a' * 9000).replace('', 'b' * 9000) | length }}", CHARS),
        ("{{ ('a' * 500000) | trim('b' * 400000 ~ 'a') }}", CHARS),
        ("{{ 2 ** 999999999 > 1 }}", "bits"),
        ("{{ 9 ** 9 ** 9 ** 9 ** 9 > 1 and (9 ** 999) ** 99 > 1 }}", "bits"),
        ("{{ 5 | round(99999999, 'ceil') }}", "round"),
        ("{{ ([1] | slice(99999999)) | list | length }}", "slice"),
        ("{{ range(10 ** 30) | length }}", "range"),
        # many small ones
        ("{% for one in range(99999) %}{% for two in range(99999) %}{% endfor %}{% endfor %}", "range"),
        (LOOP + LOOP + END + END, STEPS),
        (LOOP + "x" * 9000 + END, CHARS),
        (LONG + LOOP + "{{ a | length }}" + END, CHARS),
        (LONG + LOOP + "{% if a == a ~ 'x' %}{% endif %}" + END, CHARS),
        (LONG + LOOP + "{{ a[1:] | length }}" + END, CHARS),
        ("{% for one in 'a' * 60000 %}{% endfor %}", STEPS),
        # doubling
        ("{% set a = 'aaaa' %}" + "{% set a = a ~ a %}" * 40 + "{{ a | length }}", CHARS),
        ("{% set a = (1, 1) %}" + "{% set a = (a, a) %}" * 18 + "{{ a }}", STEPS),
        ("{% set a = {1: 1} %}" + "{% set a = {1: a, 2: a} %}" * 18 + "{{ a == a }}", STEPS),
        ("{% set a = namespace(b='b') %}" + "{% set a.b = a.b ~ a.b %}" * 40 + "{{ a.b | length }}", CHARS),
        ("{% set a %}{{ 'x' * 999 }}{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40, CHARS),
        ("{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}" + "{% call m() %}" * 18 + "x"
         + "{% endcall %}" * 18, STEPS),
        # calling itself
        ("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", DEEP),
        ("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}", STEPS),
        ("{% include 'point.j2' %}", "too"),
        ("{% import 'point.j2' as point %}", DEEP),
        ("{% extends 'point.j2' %}", DEEP),
        ("{% for one in [[1]] recursive %}{{ loop(one) }}{% endfor %}", "loop that calls itself"),
        # in the compiler
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", DEEP),
        ("{{ 1" + " + 1" * 9000 + " }}", "parts"),
        ("{{ " + "9" * 5000 + " }}", "digits"),
        ("x" * 200_000, "larger"),
    ],
)  # fmt: skip
def test_rendering_is_bounded(folder: Path, template: str, reason: str) -> None:
    error = refused(folder, template)
    assert error.file == str(folder / "point.j2")
    assert reason in str(error)
    assert "\n" not in str(error)


def test_files_that_include_each_other_many_times_are_bounded(folder: Path) -> None:
    times = "{% for one in range(99) %}{% include 'NEXT.j2' %}{% endfor %}"
    first, second = (times.replace("NEXT", name) for name in ("second", "third"))
    assert STEPS in str(refused(folder, "{% include 'first.j2' %}", first=first, second=second, third="x"))


def test_what_a_value_makes_grow_is_bounded_when_it_is_asked(folder: Path) -> None:
    (folder / "cot.j2").write_text("{% if question == 'grow' %}{{ 'x' * 10 ** 9 }}{% endif %}ok")
    pack = load_pack(folder)
    assert pack.render("cot", question="stay", foreign=False, language="") == "ok"
    with pytest.raises(PromptPackError, match=CHARS):
        pack.render("cot", question="grow", foreign=False, language="")
    assert pack.render("cot", question="stay", foreign=False, language="") == "ok"


def test_an_error_in_an_included_file_names_that_file(folder: Path) -> None:
    for text in ("\n{{ oops }}", "\n{{ oops"):
        error = refused(folder, "{% include 'part.j2' %}", part=text)
        assert (error.file, error.line) == (str(folder / "part.j2"), 2)
    assert "'gone.j2'" in str(refused(folder, "{% include 'gone.j2' %}"))


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "a/../../secret.txt"])
def test_no_file_outside_of_the_folder_is_read(folder: Path, name: str) -> None:
    (folder.parent / "secret.txt").write_text("secret")
    assert "secret" not in str(refused(folder, "{% include '" + name + "' %}")).replace(name, "")


@pytest.mark.parametrize("name", ["point.j2", "part.j2", "pack.toml"])
def test_a_link_out_of_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "point.j2").write_text("{% include 'part.j2' %}")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(folder.parent / "secret.txt")
    with pytest.raises(PromptPackError, match="link to a file outside") as caught:
        load_pack(folder)
    assert caught.value.file == str(folder / name)


def test_links_within_the_folder_are_followed(folder: Path) -> None:
    (folder / "now").mkdir()
    (folder / "cot.j2").rename(folder / "now" / "cot.j2")
    (folder / "cot.j2").symlink_to(Path("now") / "cot.j2")
    (folder.parent / "linked").symlink_to(folder)
    assert load_pack(folder.parent / "linked").render("cot", question="Q", foreign=False, language="")


def test_a_pipe_is_no_template(folder: Path) -> None:
    (folder / "point.j2").unlink()
    os.mkfifo(folder / "point.j2")
    with pytest.raises(PromptPackError, match="not a file"):
        load_pack(folder)


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ("a = " + "[" * 9000 + "]" * 9000, "recursion"),
        ("a = " + "9" * 9000, "digits"),
        ("x" * 200_000, "larger"),
    ],
)
def test_a_hostile_pack_toml_is_one_error(folder: Path, toml: str, reason: str) -> None:
    (folder / "pack.toml").write_text(toml)
    with pytest.raises(PromptPackError, match=reason) as caught:
        load_pack(folder)
    assert caught.value.file == str(folder / "pack.toml")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ question | upper }}, {{ question.title() }}", "A B, A B"),
        ("{% for w in question.split() %}{{ loop.index }}{{ w }}{{ ', ' if not loop.last }}{% endfor %}",
         "1a, 2b"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(question) }}{{ m(3) ~ 4 }}", "<a b><3>4"),
        ("{% set n = namespace(y=false) %}{% for c in 'xy' %}{% set n.y = n.y or c == 'y' %}{% endfor %}"
         "{{ n.y }}", "True"),
        ("{{ '%s, %03d and %.1f%%' % (question, 7, 2.5) }}", "a b, 007 and 2.5%"),
        ("{{ '%(who)s' | format(who=question) }}", "a b"),
        ("{{ [3, 1, 2] | sort | join('-') }} {{ (1, 2) + (3,) }}", "1-2-3 (1, 2, 3)"),
        ("{{ question | replace('a', 'c') | indent(2, true) | trim }}", "c b"),
        ("{{ question | truncate(4000) }} {{ nothing | default('none') }}", "a b none"),
        ("{% set rest %}{{ question[1:] }}{% endset %}{{ rest }}|{{ 'b' in question }}", " b|True"),
        ("{% macro twice() %}{{ caller(1) }}{{ caller(2) }}{% endmacro %}"
         "{% call(x) twice() %}{{ x }}{% endcall %}", "12"),
        ("{% set s = joiner('; ') %}{% for c in 'xy' %}{{ s() }}{{ c }}{% endfor %}", "x; y"),
        ("{% for key, value in {'k': 1}.items() %}{{ key }}={{ value }}{% endfor %}", "k=1"),
        ("{{ [{'n': 2}, {'n': 1}] | map(attribute='n') | list }}", "[2, 1]"),
        ("{{ 7 // 2 }} {{ 2 ** 10 }} {{ -3 + 1.5 }}", "3 1024 -1.5"),
        ("{{ range(3) | list | tojson }} {{ '\"' | tojson }}", '[0, 1, 2] "\\""'),
        ("{% include 'missing.j2' %}", "(This point could not be written.)"),
        ("{% from 'part.j2' import show %}{{ show('x') }}", "[x]"),
    ],
)  # fmt: skip
def test_what_templates_usually_do_is_as_in_jinja2(folder: Path, template: str, text: str) -> None:
    (folder / "part.j2").write_text("{% macro show(what) %}[{{ what }}]{% endmacro %}")
    assert rendered(folder, template) == text


def test_a_long_question_is_within_the_bounds(folder: Path) -> None:
    question = "word " * 400_000
    template = "{{ question }}{{ question | trim }}{% if 'zz' in question | lower %}z{% endif %}"
    (folder / "cot.j2").write_text(template)
    text = load_pack(folder).render("cot", question=question, foreign=False, language="")
    assert len(text) == 2 * len(question) - 1


class _Model(BaseModel):
    name: str
    parts: tuple[int, ...]


class _Text(str):
    __slots__ = ()

    def leak(self) -> str:
        return "leaked"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (_Model(name="n", parts=(1,)), {"name": "n", "parts": (1,)}),
        (Span(1, None), {"low": 1, "high": None}),
        ([_Text("a"), {"k": [True, 1.5]}], ("a", {"k": (True, 1.5)})),
    ],
)
def test_values_are_made_plain(value: object, expected: object) -> None:
    made = plain(value)
    assert made == expected
    kinds = {type(made)} | {type(each) for each in (made if isinstance(made, tuple) else ())}
    assert kinds <= {dict, tuple, str}


@pytest.mark.parametrize("value", [object(), print, Path("/"), {1, 2}, b"x"])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        plain(value)


FORMATS: Mapping[str, Any] = {
    "%s and %5.2f": ("abc", 1.0),
    "%(a)s%(b)r%(a)10s": {"a": "é" * 9, "b": "😀" * 9},
    "%a%%%c%x": ("😀" * 9, "z", 2**64),
    "%-999d|%+.99e": (1, 2.0),
}


@pytest.mark.parametrize("text", FORMATS)
def test_the_size_of_a_format_is_never_more_than_was_paid_for(text: str) -> None:
    values = FORMATS[text]
    held = values.values() if isinstance(values, dict) else values
    longest = max(len(str(value)) for value in held)
    assert len(text % values) <= len(text) + formatted_size(text, longest)


def test_a_list_within_lists_counts_all_that_it_holds() -> None:
    assert Budget().measure([["ab"], {"c": ("d", 1)}]) == 4
    nested: list[Any] = []
    for _ in range(40):
        nested = [nested]
    with pytest.raises(BudgetError, match="deep"):
        Budget().measure(nested)
