"""Prompts of skeletons with scopes: who is asked, what the demonstrations show, what a point reads."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from sot.prompting.conversation import Conversation, Style, WrittenPoint
from sot.prompting.packs import PromptPack, builtin_packs, load_pack
from sot.skeleton import parse_skeleton
from sot.types import Message, Point

STYLES: tuple[Style, ...] = ("aligned", "compact", "paper")
POINTS = (
    Point(1, "A fixed bedtime", covers="weekdays and weekends alike."),
    Point(2, "Less coffee", covers="until when"),
    Point(3, "A weekly plan", (1, 2), "one table of both"),
)
WRITTEN = [WrittenPoint(POINTS[0], "Bed at ten."), WrittenPoint(POINTS[1], "None after noon.")]
EVERY = pytest.mark.parametrize(
    ("name", "style"), [(name, style) for name in builtin_packs() for style in STYLES]
)


def conversation(
    pack: PromptPack,
    style: Style,
    *,
    scopes: bool = True,
    can_prefill: bool = True,
    demonstrations: bool = True,
) -> Conversation:
    return Conversation(
        [Message("user", "How can I sleep better?")],
        pack,
        style,
        can_prefill=can_prefill,
        min_points=2,
        max_points=10,
        demonstrations=demonstrations,
        scopes=scopes,
    )


def text_of(messages: Sequence[Message]) -> str:
    return "\n\n".join(message.content for message in messages)


@EVERY
def test_scopes_are_asked_for_and_shown(name: str, style: Style) -> None:
    pack = load_pack(name)
    made = conversation(pack, style)
    assert made.scopes
    asked = text_of(made.skeleton().messages)
    assert " | " in asked
    assert " | " not in text_of(conversation(pack, style, scopes=False).skeleton().messages)
    for demonstration in pack.file.demonstrations if style != "compact" else ():
        for covers in demonstration.covers:
            assert f" | {covers}" in asked


@pytest.mark.parametrize("name", builtin_packs())
def test_the_demonstrations_keep_the_form_that_the_parser_reads(name: str) -> None:
    pack = load_pack(name)
    turns = conversation(pack, "aligned").skeleton().messages
    skeletons = [turn.content for turn in turns if turn.role == "assistant" and turn.content.startswith("1.")]
    assert len(skeletons) == len(pack.file.demonstrations)
    for text, demonstration in zip(skeletons, pack.file.demonstrations, strict=True):
        points = parse_skeleton(text).points
        assert tuple(point.title for point in points) == demonstration.points
        assert tuple(point.covers for point in points) == demonstration.covers
        needs = {point.index: point.depends_on for point in points if point.depends_on}
        assert needs == demonstration.needs
    assert any(demonstration.needs for demonstration in pack.file.demonstrations)


@EVERY
@pytest.mark.parametrize("can_prefill", [True, False])
def test_the_texts_of_needed_points_follow_the_shared_prefix(
    name: str, style: Style, can_prefill: bool
) -> None:
    made = conversation(load_pack(name), style, can_prefill=can_prefill)
    skeleton = (
        "1. A fixed bedtime | weekdays\n2. Less coffee | until when\n3. A weekly plan | both (needs 1, 2)"
    )
    plain = made.point(POINTS[2], POINTS, skeleton)
    needing = made.point(POINTS[2], POINTS, skeleton, WRITTEN)
    assert needing.prefill == plain.prefill
    assert needing.messages[: len(plain.messages) - 1] == plain.messages[:-1]
    new = text_of(needing.messages[len(plain.messages) - 1 :])
    assert new.index("Bed at ten.") < new.index("None after noon.")
    assert "Bed at ten." not in text_of(plain.messages)
    if style == "aligned":
        assert plain.messages[:-2] == (Message("user", "How can I sleep better?"),)
        roles = [turn.role for turn in needing.messages[len(plain.messages) - 1 :]]
        assert roles == ["user", "assistant", "user", "assistant", "user"]
    again = made.stand_alone_point(POINTS[2], POINTS, WRITTEN)
    assert "Bed at ten." in again.messages[-1].content


@EVERY
def test_a_point_is_told_its_own_scope(name: str, style: Style) -> None:
    made = conversation(load_pack(name), style)
    asked = made.point(POINTS[1], POINTS, "1. A fixed bedtime").messages[-1].content
    assert "until when" in asked
    plain = made.point(Point(2, "Less coffee"), POINTS, "1. A fixed bedtime").messages[-1].content
    assert len(plain) < len(asked)
    dotted = made.point(POINTS[0], POINTS[:1], "1. A fixed bedtime").messages[-1].content
    assert ".." not in dotted


def test_only_the_paper_style_shows_the_scopes_of_all_points_in_the_turn() -> None:
    pack = load_pack("en")
    asked = {
        style: conversation(pack, style).point(POINTS[2], POINTS, "").messages[-1].content for style in STYLES
    }
    assert "2. Less coffee | until when" in asked["paper"]
    assert "until when" not in asked["compact"] + asked["aligned"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the English pack, to be changed."""
    return Path(shutil.copytree(load_pack("en").folder, tmp_path / "mine"))


def test_a_folder_whose_template_knows_no_scopes_is_never_asked(folder: Path) -> None:
    (folder / "skeleton.j2").write_text("Main points of: {{ question }}")
    made = conversation(load_pack(folder), "aligned")
    assert not made.scopes
    assert " | " not in text_of(made.skeleton().messages)
    assert conversation(load_pack(folder), "paper").scopes


def test_a_folder_whose_demonstrations_show_no_scopes_is_never_asked(folder: Path) -> None:
    text = (folder / "pack.toml").read_text()
    kept = [line for line in text.splitlines() if not line.startswith(("covers = ", "needs = "))]
    (folder / "pack.toml").write_text("\n".join(kept))
    for style in STYLES:
        assert not conversation(load_pack(folder), style).scopes


def test_scopes_without_demonstrations() -> None:
    made = conversation(load_pack("en"), "aligned", demonstrations=False)
    assert made.scopes
    assert len(made.skeleton().messages) == 1


def test_an_own_form_of_the_line(folder: Path) -> None:
    (folder / "scope.j2").write_text(
        "{{ title }} | {{ covers }}{% if needs %} [needs: {{ needs | join(' and ') }}]{% endif %}"
    )
    asked = text_of(conversation(load_pack(folder), "aligned").skeleton().messages)
    assert "8. A little planning | a week of such breakfasts [needs: 1 and 2 and 3]" in asked
