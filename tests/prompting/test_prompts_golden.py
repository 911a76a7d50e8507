"""The conversation of every request, as the model gets it: a changed prompt shows in review.

The files are in ``tests/prompting/golden``, one for each pack and style, with and without a prefilled
assistant turn. After a change on purpose, write them anew and look at the difference:

    UPDATE_GOLDEN=1 python -m pytest tests/prompting/test_prompts_golden.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from rows import rows
from scripted import Script, ScriptedBackend

from sot.admission import Admission
from sot.options import Options
from sot.prompting.conversation import Conversation, Prompt, Style, WrittenPoint, with_question
from sot.prompting.packs import builtin_packs, load_pack
from sot.strategies.base import Run
from sot.strategies.field_prompts import FieldPrompts
from sot.structure.plan import plan_structure
from sot.types import BackendInfo, Message, Point

GOLDEN = Path(__file__).parent / "golden"
STYLES: tuple[Style, ...] = ("aligned", "compact", "paper")
CASES = [
    (pack, style, prefilled) for pack in builtin_packs() for style in STYLES for prefilled in (True, False)
]
FORM = {
    "title": "Advice",
    "description": "One piece of advice",
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 40, "description": "A short title"},
        "level": {"enum": ["easy", "hard"], "description": "How hard it is"},
        "hours": {"type": "number"},
        "intro": {"type": "string", "description": "Why it helps."},
        "tips": {"type": "array", "items": {"type": "string"}},
        "closing": {"type": ["string", "null"], "maxLength": 200, "x-after": ["intro"]},
    },
}
SCOPES = [(pack, style) for pack in builtin_packs() for style in STYLES]
QUESTION = {"en": "How can I sleep better?", "ja": "よく眠るにはどうすればいいですか。"}
TITLES = {"en": ("A fixed bedtime", "Less coffee"), "ja": ("決まった就寝時刻", "コーヒーを減らす")}
COVERS = {
    "en": ("weekdays and weekends alike", "what to drink instead"),
    "ja": ("平日も週末も", "代わりの飲み物"),
}


def shown(messages: tuple[Message, ...], prefill: str | None = None) -> str:
    turns = [f"[{message.role}]\n{message.content}\n" for message in messages]
    if prefill is not None:
        turns.append(f"[assistant, prefilled]\n{prefill}\n")
    return "\n".join(turns)


def requests(pack_name: str, style: Style, prefilled: bool) -> Iterator[tuple[str, Prompt]]:
    question, titles = QUESTION[pack_name], TITLES[pack_name]
    conversation = Conversation(
        (Message("system", "<the caller's system prompt>"), Message("user", question)),
        load_pack(pack_name),
        style,
        can_prefill=prefilled,
        min_points=2,
        max_points=10,
        foreign=not prefilled,
    )
    points = [Point(index, title) for index, title in enumerate(titles, 1)]
    yield "the skeleton", conversation.skeleton()
    yield (
        "point 2",
        conversation.point(points[1], points, f"1. {titles[0]}\n2. {titles[1]}"),
    )
    yield "point 2 again, after it came out empty", conversation.stand_alone_point(points[1], points)


@rows(("pack", "style", "prefilled"), CASES)
def test_the_conversation_of_every_request(pack: str, style: Style, prefilled: bool) -> None:
    text = "\n".join(
        f"=== {name} ===\n\n{shown(prompt.messages, prompt.prefill)}"
        for name, prompt in requests(pack, style, prefilled)
    )
    compare(f"{pack}-{style}-{'prefilled' if prefilled else 'asked-foreign'}.txt", text)


@pytest.mark.parametrize("pack", builtin_packs())
def test_the_prompts_outside_the_skeleton(pack: str) -> None:
    loaded, question = load_pack(pack), QUESTION[pack]
    text = ""
    for stage in ("route", "cot", "plan"):
        flags = {} if stage == "route" else {"foreign": False, "language": ""}
        asked = loaded.render(stage, question=question, **flags)
        text += f"=== {stage} ===\n\n{shown(with_question((Message('user', question),), asked))}\n"
    text += f"=== missing ===\n\n{loaded.render('missing', reason='<reason>')}\n"
    compare(f"{pack}-other.txt", text)


@pytest.mark.parametrize(("pack", "style"), SCOPES)
def test_the_requests_of_a_skeleton_with_scopes(pack: str, style: Style) -> None:
    conversation = Conversation(
        (Message("user", QUESTION[pack]),),
        load_pack(pack),
        style,
        can_prefill=style == "aligned",
        min_points=2,
        max_points=10,
        scopes=True,
    )
    points = [
        Point(index, title, needs, covers)
        for index, (title, needs, covers) in enumerate(
            zip(TITLES[pack], ((), (1,)), COVERS[pack], strict=True), 1
        )
    ]
    needed = [WrittenPoint(points[0], "<the text of point 1>")]
    prompts = {
        "the skeleton": conversation.skeleton(),
        "point 1": conversation.point(points[0], points, "<the skeleton>"),
        "point 2, which needs point 1": conversation.point(points[1], points, "<the skeleton>", needed),
    }
    text = "\n".join(
        f"=== {name} ===\n\n{shown(prompt.messages, prompt.prefill)}" for name, prompt in prompts.items()
    )
    compare(f"{pack}-{style}-scopes.txt", text)


@pytest.mark.parametrize("pack", builtin_packs())
def test_the_requests_of_fields(pack: str) -> None:
    run = Run(
        (Message("system", "<the caller's system prompt>"), Message("user", QUESTION[pack])),
        ScriptedBackend(lambda _: Script()),
        BackendInfo("scripted:", "script", constrains=True),
        load_pack(pack),
        True,
        Options(),
        Admission().turn(),
        lambda _: None,
        0.0,
    )
    plan = plan_structure(FORM)
    names = {part.name: part for part in plan.parts}
    needed = [
        WrittenPoint(Point(names[name].index, name), text)
        for name, text in (("title", '"Sleep"'), ("level", '"easy"'), ("intro", '"<the text of intro>"'))
    ]
    said = FieldPrompts(run, plan)
    run.info = BackendInfo("scripted:", "script", constrains=False, continues_turn=True)
    bare = FieldPrompts(run, plan)
    turns = {
        "the short values": said.values(plan.values),
        "the short values, after they came out wrong": said.values(plan.values[1:], "level: <problem>"),
        "a text": said.field(names["intro"], needed[:2]),
        "a text of limited length that needs another": said.field(names["closing"], needed),
        "a list, after it came out wrong": said.field(names["tips"], needed[:2], "<problem>"),
        "a text, without constraint": bare.field(names["intro"], needed[:2]),
        "an option, without constraint": bare.field(names["level"], ()),
        "a number, without constraint": bare.field(names["hours"], ()),
        "the whole": said.field(plan.in_one().parts[0], ()),
    }
    text = "\n".join(f"=== {name} ===\n\n{shown(messages)}" for name, messages in turns.items())
    compare(f"{pack}-fields.txt", text)


def test_no_golden_file_is_left_over() -> None:
    styles = {
        f"{pack}-{style}-{'prefilled' if prefilled else 'asked-foreign'}.txt"
        for pack, style, prefilled in CASES
    }
    styles |= {f"{pack}-{style}-scopes.txt" for pack, style in SCOPES}
    others = {f"{pack}-{kind}.txt" for pack in QUESTION for kind in ("other", "fields")}
    assert {path.name for path in GOLDEN.iterdir()} == styles | others


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "see this file's beginning"
