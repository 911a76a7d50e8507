"""Prompt packs: what is read, and how a broken one is reported."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from scripted import ScriptedBackend, by_stage, made

from sot.errors import ConfigError, PromptPackError
from sot.options import PromptStyle
from sot.prompting.packs import STAGES, builtin_packs, load_pack, pack_for
from sot.prompting.plan import Span
from sot.strategies import strategy_entries

MINIMAL = """\
language = "en"
name = "Mine"

[skeleton]
prefill = "1."
stop = ["A"]

[point]
stop = ["B"]

[cot]
answer_markers = ["Answer:"]

[plan]
answer_markers = ["Answer:"]

[[demonstrations]]
question = "Q"
points = ["A", "B"]
point = 1
text = "T"

[[demonstrations]]
question = "Q"
points = ["A", "B"]
point = 2
text = "T"
"""


COMPACT_AND_PAPER = ("skeleton_compact", "skeleton_paper", "point_compact", "point_paper")
# Templates that are newer than many a folder, which takes the built-in ones: values and their text.
NEWER: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "length": ({"sentences": Span(2, 2), "words": None, "depth": "usual"}, "in 2 sentences"),
    "item": (
        {"instruction": "Translate.", "header": "", "items": ("A",), "foreign": False},
        "A\n\nWrite only the answer.",
    ),
    "closing": (
        {"question": "Q", "outline": "1. A", "foreign": True, "language": ""},
        "Use the language of the question.",
    ),
    "values": (
        {
            "question": "Q",
            "about": "",
            "fields": (),
            "keys": ('"a"', '"b"'),
            "problem": "",
            "foreign": False,
            "language": "",
        },
        'exactly these keys: "a", "b".',
    ),
    "field": (
        {
            "name": "intro",
            "about": "",
            "form": {"kind": "text", "options": "", "least": 0, "most": 0, "null": False, "schema": ""},
            "length": "in 2 sentences",
            "encoded": True,
            "prefilled": False,
            "problem": "",
            "audience": None,
            "foreign": False,
            "language": "",
        },
        "intro, as one JSON string in double quotes, in 2 sentences.",
    ),
    "scope": ({"title": "T", "covers": "a part", "needs": (1, 2)}, "T | a part (needs 1, 2)"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the English pack, to be broken."""
    shutil.copytree(load_pack("en").folder, tmp_path / "mine")
    (tmp_path / "mine" / "pack.toml").write_text(MINIMAL)
    return tmp_path / "mine"


@pytest.mark.parametrize("name", builtin_packs())
def test_the_built_in_packs_load(name: str) -> None:
    pack = load_pack(name)
    assert pack.language == name
    assert len(pack.file.demonstrations) >= 2
    values: dict[str, Any] = {"min_points": 3, "max_points": 8, "index": 1, "title": "T", "outline": "1. T"}
    values |= {"length": "in 2 sentences", "audience": None, "language": ""}
    values |= {"scopes": False, "covers": "", "needs": (), "needed": ""}
    for stage in set(STAGES) & {"route", "skeleton", *COMPACT_AND_PAPER, "cot", "plan"}:
        text = pack.render(
            stage, question="<<?>>", prefilled=False, foreign=False, demonstrations=(), **values
        )
        assert "<<?>>" in text


def test_a_language_without_a_pack_gets_english() -> None:
    assert pack_for("ja").language == "ja"
    assert pack_for("fr").language == "en"


def test_a_folder_is_a_pack(folder: Path) -> None:
    for name in (folder, str(folder)):
        pack = load_pack(name)
        assert (pack.file.name, pack.folder) == ("Mine", folder)


async def test_an_answer_made_with_a_folder(folder: Path) -> None:
    template = "Reply only with a numbered outline, pirate: {{ question }}\n"
    (folder / "skeleton_compact.j2").write_text(template)
    (folder / "heading.j2").write_text("# {{ title }} #")
    engine = ScriptedBackend(by_stage("1. Sleep early\n2. Eat well\n"))
    answer = await made(engine).answer("How can I live well?", prompts=str(folder))
    assert engine.of("skeleton").last == "Reply only with a numbered outline, pirate: How can I live well?"
    assert answer.text == "# Sleep early # Text of point 1.\n\n# Eat well # Text of point 2."


async def test_a_pack_without_a_prefill_asks_in_words(folder: Path) -> None:
    (folder / "pack.toml").write_text(MINIMAL.replace('prefill = "1."', 'prefill = ""'))
    engine = ScriptedBackend(
        by_stage("1. Sleep early\n2. Eat well\n"), can_prefill=True, caches_prefixes=True
    )
    await made(engine).answer("How can I live well?", prompts=folder)
    assert engine.of("skeleton").prefill is None
    assert 'Begin with "1."' in engine.of("skeleton").last
    assert engine.point(1).prefill == "1. **Sleep early**:"


@pytest.mark.parametrize("stage", STAGES)
def test_a_missing_template(folder: Path, stage: str) -> None:
    (folder / f"{stage}.j2").unlink()
    if stage in NEWER:
        assert load_pack(folder).render(stage, **NEWER[stage][0]).endswith(NEWER[stage][1])
        return
    with pytest.raises(PromptPackError, match="the file is missing") as raised:
        load_pack(folder)
    assert raised.value.file == str(folder / f"{stage}.j2")


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("{{ question }}\n{{ quesiton }}", 2, "'quesiton' is undefined"),
        ("{{ outline }}", 1, "'outline' is undefined"),  # there is none yet
        ("{% if prefilled %}\n{{ oops }}{% endif %}", 2, "'oops' is undefined"),
        ("{% if not foreign %}{{ oops }}{% endif %}", 1, "'oops' is undefined"),
        ("\n\n{% if question %}", 3, "endif"),
        ("{{ question | nofilter }}", 1, "nofilter"),
        ("{{ ''.__class__ }}", 1, "unsafe"),
        ("{{ question.__init__.__globals__ }}", 1, "unsafe"),
        ("{{ demonstrations.append(1) }}", 1, "append"),
        ("{{ max_points + question }}", 1, "unsupported operand"),
        ("{% for number in range(1000000000) %}x{% endfor %}", 1, "[Rr]ange"),
    ],
)
def test_a_broken_template_is_reported_when_the_pack_is_loaded(
    folder: Path, template: str, line: int, message: str
) -> None:
    (folder / "skeleton.j2").write_text(template)
    with pytest.raises(PromptPackError, match=message) as raised:
        load_pack(folder)
    assert raised.value.file == str(folder / "skeleton.j2")
    assert raised.value.line == line
    assert str(raised.value).startswith(f"{folder / 'skeleton.j2'}:{line}: ")


def test_a_template_that_is_not_text(folder: Path) -> None:
    (folder / "cot.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(PromptPackError) as raised:
        load_pack(folder)
    assert raised.value.file == str(folder / "cot.j2")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('name = "Mine"', "name = Mine", 2, "[Ii]nvalid value"),
        ('name = "Mine"', "nmae = 'Mine'", None, "name: Field required"),
        ('name = "Mine"', 'name = "Mine"\nnmae = "x"', 3, "nmae: Extra inputs"),
        ('name = "Mine"', "name = 3", 2, "name: .*string"),
        ('stop = ["B"]', 'stop = "B"', 9, "point.stop: .*tuple"),
        ('stop = ["B"]', "stop = [1]", 9, r"point\.stop\.0: .*string"),
        ('[plan]\nanswer_markers = ["Answer:"]', "[plan]\nanswer_markers = []", 15, r"plan\.answer_markers"),
        ("point = 2", "point = 3", 23, "demonstrations.1: .*there are 2 points"),
        ("point = 2", "point = 'two'", 26, r"demonstrations\.1\.point"),
        ("[plan]", "[plna]", None, "plan: Field required"),
        (
            "point = 2",
            'covers = ["a"]\npoint = 2',
            23,
            "demonstrations.1: .*1 scopes, but there are 2 points",
        ),
        ("point = 2", "needs = { 2 = [1] }\npoint = 2", 23, "demonstrations.1: .*covers is missing"),
        (
            "point = 2",
            'covers = ["a", "b"]\nneeds = { 1 = [2] }\npoint = 2',
            23,
            "needs of point 1: a point can need earlier ones only",
        ),
    ],
)
def test_a_wrong_pack_toml_is_reported_with_its_line(
    folder: Path, old: str, new: str, line: int | None, message: str
) -> None:
    assert MINIMAL.count(old) == 1
    (folder / "pack.toml").write_text(MINIMAL.replace(old, new))
    with pytest.raises(PromptPackError, match=message) as raised:
        load_pack(folder)
    assert raised.value.file == str(folder / "pack.toml")
    assert raised.value.line == line


def test_a_folder_without_pack_toml(tmp_path: Path) -> None:
    with pytest.raises(PromptPackError, match=r"pack\.toml: the file is missing"):
        load_pack(tmp_path)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give one of en, ja, or a folder"):
        load_pack(tmp_path / "nowhere")


def test_a_name_that_is_too_long_for_a_folder() -> None:
    with pytest.raises(ConfigError, match="no prompt pack '/yyy") as error:
        load_pack("/" + "y" * 5000)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("question", ["What is {{ 7+7 }}?", "{% for x in y %} why?", "{# hidden #} why?"])
@pytest.mark.parametrize("style", ["aligned", "compact", "paper"])
async def test_a_question_is_never_a_template(question: str, style: PromptStyle) -> None:
    engine = ScriptedBackend(by_stage("1. Sleep early {{ 7+7 }}\n2. Eat well\n"))
    answer = await made(engine).answer(question, style=style)
    assert question in engine.of("skeleton").last
    assert answer.text.startswith("1. **Sleep early {{ 7+7 }}**: ")
    assert "14" not in str([request.messages for request in engine.requests])


@pytest.mark.parametrize("name", builtin_packs())
def test_every_stage_of_every_strategy_is_a_template(name: str) -> None:
    stages = {stage for entry in strategy_entries() for stage in entry.stages}
    assert {"skeleton", "point", "cot", "plan"} <= stages
    assert stages <= {path.stem for path in load_pack(name).folder.glob("*.j2")}
