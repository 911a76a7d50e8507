"""Wishes about an answer's points, from the words of the question to the text of the answer."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rows import rows
from scripted import Answerable, Request, Script, ScriptedBackend, by_stage, made

from sot import SkeletonOfThought
from sot.errors import BackendConnectionError
from sot.events import PointFinished, Routed, TextDelta
from sot.options import PromptStyle
from sot.prompting.packs import load_pack
from sot.router import LlmRouter, Router, RulesRouter
from sot.types import Message, Route

TIPS = "Give me {} for better sleep{}"
TITLES = ("Regular hours", "Dark room", "Less coffee", "Fresh air", "No screens", "Warm feet", "A walk")
ONE, TWO = "Get up at six.", "Get up at six. Even on Sundays."


def skeleton(count: int) -> str:
    return "".join(f"{index}. {title}\n" for index, title in enumerate(TITLES[:count], 1))


def engine(
    points: dict[int, Any] | None = None, count: int = 7, route: Answerable = "A", **settings: Any
) -> ScriptedBackend:
    return ScriptedBackend(by_stage(skeleton(count), points, route=route), **settings)


def asking(backend: ScriptedBackend, **settings: Any) -> SkeletonOfThought:
    return made(backend, strategy="auto", router="rules", **settings)


def aligned(points: dict[int, Any] | None = None, count: int = 3) -> ScriptedBackend:
    return engine(points, count, can_prefill=True, caches_prefixes=True)


class Fixed:
    """A router that has made up its mind."""

    name = "fixed"

    async def route(self, messages: Sequence[Message]) -> Route:
        return Route("skeleton", 0.8, "because", self.name)


# The number of points.


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("aligned", "List the 5 main points"),
        ("compact", "exactly 5 points"),
        ("paper", "a numbered list of 5 points"),
    ],
)
async def test_so_many_points_are_asked_for_and_written(style: PromptStyle, words: str) -> None:
    backend = engine()
    answer = await asking(backend).answer(TIPS.format("five tips", "."), style=style)
    assert words in backend.of("skeleton").last
    assert [point.title for point in answer.points] == list(TITLES[:5])
    assert len(answer.skeleton.points) == 5
    assert "6." not in answer.text


@pytest.mark.parametrize("pipeline", [True, False])
async def test_no_request_is_made_for_a_point_too_many(pipeline: bool) -> None:
    backend = engine()
    await asking(backend).answer(TIPS.format("two tips", "."), pipeline=pipeline)
    assert sorted(request.index for request in backend.requests) == [0, 1, 2]


@pytest.mark.parametrize(
    ("asked", "words", "written"),
    [
        ("three to five tips", "List the 3 to 5 main points", 5),
        ("at least five tips", "List the 5 to 10 main points", 7),
        ("at most four tips", "List the 2 to 4 main points", 4),
        ("tips", "List the 3 to 8 main points", 7),
    ],
)
async def test_a_range_bounds_the_points(asked: str, words: str, written: int) -> None:
    backend = aligned(count=7)
    answer = await asking(backend).answer(TIPS.format(asked, "."))
    assert words in backend.of("skeleton").last
    assert len(answer.points) == written


async def test_the_demonstrations_keep_their_own_number_of_points() -> None:
    backend = aligned()
    await asking(backend).answer(TIPS.format("three tips", "."))
    shown = [turn.content for turn in backend.of("skeleton").messages[:-1] if turn.role == "user"]
    assert shown
    assert not any("the 3 main points" in turn for turn in shown)
    assert any("3 to 8 main points" in turn for turn in shown)


@pytest.mark.parametrize(
    ("asked", "settings", "why"),
    [
        ("12 tips", {}, "asks for 12 points; decoded normally, a skeleton has at most 10"),
        ("five tips", {"max_points": 4}, "asks for 5 points; decoded normally, a skeleton has at most 4"),
        ("six to eight tips", {"max_points": 5}, "asks for 6 to 8 points; decoded normally, .* at most 5"),
        ("two tips", {"min_points": 3}, "asks for 2 points; decoded normally, a skeleton has at least 3"),
        ("five tips", {"max_answer_tokens": 100}, "asks for 5 points; decoded normally, .* at most 2"),
    ],
)
async def test_more_or_fewer_points_than_a_skeleton_may_have(
    asked: str, settings: dict[str, Any], why: str
) -> None:
    backend = engine()
    answer = await asking(backend).answer(TIPS.format(asked, "."), **settings)
    assert backend.stages() == ["normal"]
    assert (answer.route.strategy, answer.route.instead_of) == ("normal", "skeleton")
    assert re.fullmatch(why, answer.route.reason)


@pytest.mark.parametrize("asked", ["six to twelve tips", "at most twelve tips"])
async def test_a_range_that_reaches_beyond_the_settings_is_cut_to_them(asked: str) -> None:
    backend = aligned(count=7)
    answer = await asking(backend).answer(TIPS.format(asked, "."))
    assert "to 10 main points" in backend.of("skeleton").last
    assert answer.route.strategy == "skeleton"


@pytest.mark.parametrize("limit", [200, 256, 400, 1000])
async def test_a_limit_of_tokens_takes_no_point_away(limit: int) -> None:
    backend = engine()
    answer = await asking(backend).answer(
        TIPS.format("five tips", ", one sentence each."), max_answer_tokens=limit
    )
    assert len(answer.points) == 5
    limits = [request.config.max_tokens or 0 for request in backend.requests]
    assert 0 not in limits
    assert sum(limits) <= limit


# Sentences and words.


@pytest.mark.parametrize(
    ("asked", "count", "words"),
    [
        ("one sentence each", 1, "in one sentence"),
        ("two sentences each", 2, "in 2 sentences"),
        ("at most two sentences each", 2, "in at most 2 sentences"),
    ],
)
async def test_a_point_ends_with_its_sentences(asked: str, count: int, words: str) -> None:
    never = asyncio.Event()
    long = Script("Get up at six.", " Even on Sundays.", " And on", " holidays.", never)
    backend = engine({1: long}, count=2)
    answer = await asking(backend).answer(TIPS.format("tips", f", {asked}."))
    assert answer.points[0].text == " ".join(["Get up at six.", "Even on Sundays."][:count])
    assert (answer.points[0].status, answer.complete, answer.finish_reason) == ("done", True, "stop")
    assert backend.point(1).state == "closed"
    assert words in backend.point(1).last
    assert backend.in_flight == 0


async def test_what_the_reader_sees_ends_with_them_as_well() -> None:
    backend = engine({1: Script(*(TWO + " And more.")), 2: Script("Curtains. Blinds. Masks.")}, count=2)
    pieces = [
        event.text
        async for event in asking(backend).stream(TIPS.format("two tips", ", one sentence each."))
        if isinstance(event, TextDelta)
    ]
    assert "".join(pieces) == f"1. **Regular hours**: {ONE}\n\n2. **Dark room**: Curtains."


async def test_a_range_of_sentences_ends_with_its_upper_end() -> None:
    backend = engine({1: "One. Two. Three. Four. Five."}, count=2)
    answer = await asking(backend).answer(TIPS.format("tips", ", two to three sentences each."))
    assert answer.points[0].text == "One. Two. Three."
    assert "in 2 to 3 sentences" in backend.point(1).last


async def test_without_a_wish_no_point_is_ended() -> None:
    text = " ".join(f"Sentence {number} ends." for number in range(12))
    answer = await asking(engine({1: text}, count=2)).answer(TIPS.format("tips", "."))
    assert answer.points[0].text == text


async def test_a_repaired_point_has_no_more_sentences_either() -> None:
    broken = Script("Get up at", BackendConnectionError("gone"))
    backend = aligned({1: [broken, " six. Even on Sundays."]}, count=2)
    answer = await asking(backend).answer(TIPS.format("tips", ", one sentence each."))
    assert (answer.points[0].text, answer.points[0].status) == (ONE, "repaired")


async def test_an_empty_point_is_asked_for_again_in_its_sentences() -> None:
    backend = engine({1: ["", TWO]}, count=2)
    answer = await asking(backend).answer(TIPS.format("tips", ", one sentence each."))
    assert "in one sentence" in backend.point(1, attempt=2).last
    assert answer.points[0].text == ONE


async def test_japanese_sentences() -> None:
    backend = ScriptedBackend(
        by_stage("1. 早寝\n2. 運動\n", {1: Script("「早く寝よう。」と決めます。", "夜は静かに。")})
    )
    answer = await made(backend).answer("よく眠るためのコツを二つ、それぞれ一文で教えてください。")
    assert answer.points[0].text == "「早く寝よう。」と決めます。"
    assert "1文で" in backend.point(1).last
    assert "ちょうど2項目" in backend.of("skeleton").last


@rows(
    ("asked", "words"),
    [
        ("tips for better sleep, about 20 words each", "in about 20 words"),
        ("tips for better sleep, at most 30 words each", "in at most 30 words"),
        ("short tips for better sleep", "in one short sentence"),
        ("tips for better sleep, in detail", "in detail, in 5 or 6 sentences"),
        ("tips for better sleep in at most 800 words", "in at most 100 words"),
        ("tips for better sleep in about 600 words", "in about 100 words"),
        ("tips for better sleep in at least 600 words", "in at least 100 words"),
        ("four tips for better sleep in at most 400 words", "in at most 100 words"),
        ("tips for better sleep", "in 3 or 4 sentences"),
        ("ideas for a rainy day", "in 1 or 2 sentences"),
    ],
)
@rows("style", ["aligned", "compact"])
async def test_the_length_of_each_point(asked: str, words: str, style: PromptStyle) -> None:
    backend = engine(count=3)
    await asking(backend, style=style).answer(f"Give me {asked}.")
    assert f", {words}" in backend.point(2).last


async def test_a_demonstration_has_the_usual_length() -> None:
    backend = aligned()
    await asking(backend).answer(TIPS.format("tips", ", one sentence each, for beginners."))
    shown = [turn.content for turn in backend.of("skeleton").messages if "only point 2" in turn.content]
    assert len(shown) == 1
    assert "in 3 or 4 sentences" in shown[0]
    assert "beginners" not in shown[0]


async def test_readers_are_named() -> None:
    backend = engine(count=2)
    await asking(backend).answer(TIPS.format("tips", " for absolute beginners."))
    assert "Write for absolute beginners." in backend.point(1).last


# Marks.

MARKS = [
    ("as bullet points", "- **Regular hours**: {}\n\n- **Dark room**: {}"),
    ("with a heading for each", "## Regular hours\n\n{}\n\n## Dark room\n\n{}"),
    ("in plain text", "1. Regular hours: {}\n\n2. Dark room: {}"),
    ("as a numbered list", "1. **Regular hours**: {}\n\n2. **Dark room**: {}"),
]


@pytest.mark.parametrize(("asked", "text"), MARKS)
@pytest.mark.parametrize("can_prefill", [True, False])
async def test_marks_in_the_text_and_in_the_stream(asked: str, text: str, can_prefill: bool) -> None:
    backend = engine({1: ONE, 2: ONE}, count=2, can_prefill=can_prefill)
    sot = asking(backend)
    question = TIPS.format("two tips", f", {asked}.")
    whole = text.format(ONE, ONE)
    assert (await sot.answer(question)).text == whole
    assert "".join([piece async for piece in sot.stream_text(question)]) == whole


@pytest.mark.parametrize(("asked", "text"), MARKS)
async def test_marks_are_in_order_whatever_finishes_first(asked: str, text: str) -> None:
    gate = asyncio.Event()
    backend = engine({1: Script("Get up", gate, " at six."), 2: ONE}, count=2)
    pieces: list[str] = []
    async for event in asking(backend).stream(TIPS.format("two tips", f", {asked}.")):
        if isinstance(event, PointFinished) and event.point.index == 2:
            gate.set()
        if isinstance(event, TextDelta):
            pieces.append(event.text)
    assert "".join(pieces) == text.format(ONE, ONE)


@pytest.mark.parametrize(("asked", "text"), MARKS)
async def test_marks_of_an_empty_point_and_of_a_repaired_one(asked: str, text: str) -> None:
    backend = engine({1: ["", ""], 2: ["", ONE]}, count=2)
    question = TIPS.format("two tips", f", {asked}.")
    pieces = [piece async for piece in asking(backend).stream_text(question)]
    note = "(This point could not be written.)"
    assert "".join(pieces) == text.format(note, ONE)


async def test_the_models_turn_starts_with_the_number_whatever_the_mark() -> None:
    backend = aligned()
    await asking(backend).answer(TIPS.format("tips", " as bullet points."))
    assert backend.point(2).prefill == "2. **Dark room**:"


# Languages.


@pytest.mark.parametrize("style", ["aligned", "compact", "paper"])
async def test_another_language_is_named_in_every_request(style: PromptStyle) -> None:
    backend = engine(count=2)
    await asking(backend, style=style).answer(TIPS.format("tips", ", in Spanish."))
    for request in backend.requests:
        assert "Write in Spanish." in request.last
        assert "Use the language of the question" not in request.last


async def test_demonstrations_are_not_said_to_be_in_it() -> None:
    backend = aligned()
    await asking(backend).answer(TIPS.format("tips", ", in Spanish."))
    for request in backend.requests:
        assert "Spanish" in request.last
    turns = backend.of("skeleton").messages
    assert turns[0].content.endswith("What makes a good breakfast?")
    assert not any("Spanish" in turn.content for turn in turns[:-1])


@pytest.mark.parametrize(
    ("question", "words", "language"),
    [
        ("よく眠るためのコツを英語で教えてください。", "List the", "Write in English."),
        (TIPS.format("tips", ", in Japanese."), "回答の骨子だけを", "日本語で書いてください。"),
        ("よく眠るためのコツをドイツ語で教えてください。", "List the", "Write in German."),
    ],
)
async def test_the_prompts_are_in_the_language_asked_for(question: str, words: str, language: str) -> None:
    backend = ScriptedBackend(by_stage(skeleton(2)), can_prefill=True, caches_prefixes=True)
    await made(backend).answer(question)
    assert words in backend.of("skeleton").last
    for request in backend.requests:
        assert language in request.last


@pytest.mark.parametrize(
    "question",
    ["Wie kann ich besser schlafen?", "Πώς μπορώ να κοιμάμαι καλύτερα;", "איך אפשר לישון טוב יותר?"],
)
@pytest.mark.parametrize("style", ["aligned", "compact", "paper"])
async def test_other_languages_are_answered_in_the_question_s(question: str, style: PromptStyle) -> None:
    backend = engine(count=2)
    await made(backend, style=style).answer(question)
    for request in backend.requests:
        assert "Use the language of the question." in request.last


@pytest.mark.parametrize("question", [TIPS.format("tips", "."), TIPS.format("tips", ", in English.")])
async def test_no_language_is_named_where_it_goes_without_saying(question: str) -> None:
    backend = engine(count=2)
    await made(backend).answer(question)
    for request in backend.requests:
        assert "Write in" not in request.last
        assert "language" not in request.last


async def test_the_question_s_own_language_may_be_asked_for() -> None:
    backend = engine(count=2)
    await made(backend).answer("Wie kann ich besser schlafen? Bitte auf Deutsch.")
    assert "Write in German." in backend.point(1).last


@pytest.mark.parametrize(("prompts", "named"), [("en", "Write in Spanish."), ("ja", "スペイン語で")])
async def test_a_chosen_pack_names_the_language_in_its_own(prompts: str, named: str) -> None:
    backend = engine(count=2)
    await made(backend).answer(TIPS.format("tips", ", in Spanish."), prompts=prompts)
    assert named in backend.of("skeleton").last


async def test_a_language_without_a_name_in_the_pack_has_its_english_one() -> None:
    backend = engine(count=2)
    await made(backend).answer(TIPS.format("tips", ", in Swedish."), prompts="ja")
    assert "Swedishで書いてください。" in backend.of("skeleton").last
    assert "質問と同じ言語" not in backend.of("skeleton").last


async def test_chain_of_thought_is_told_the_language() -> None:
    backend = engine()
    await made(backend, strategy="cot").answer("What is 17 + 25? Answer in Spanish.")
    assert backend.of("cot").last.endswith("Write in Spanish, but keep these two words.")


# Own prompt packs.


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A pack as they were before wishes: no lengths, names of languages or marks."""
    folder = tmp_path / "older"
    shutil.copytree(load_pack("en").folder, folder)
    (folder / "length.j2").unlink()
    (folder / "heading.j2").write_text("{{ index }}) {{ title }} -")
    for style in ("", "_compact", "_paper"):
        (folder / f"point{style}.j2").write_text(
            "{{ question }}\nNow write only point {{ index }} in 3 or 4 sentences."
            "{% if foreign %} Use the language of the question.{% endif %}"
        )
        skeletons = "Reply only with a numbered outline: {{ max_points }} points. {{ question }}"
        (folder / f"skeleton{style}.j2").write_text(
            skeletons + "{% if foreign %} Use the language of the question.{% endif %}"
        )
    text = (folder / "pack.toml").read_text()
    kept = text[: text.index("# Words of a question")] + text[text.index("# Demonstrations are") :]
    (folder / "pack.toml").write_text(kept)
    return folder


async def test_an_older_pack_still_works(older: Path) -> None:
    backend = engine({1: TWO, 2: TWO}, count=4)
    question = TIPS.format("two tips", ", one sentence each, as bullet points.")
    answer = await asking(backend).answer(question, prompts=older)
    assert answer.text == f"1) Regular hours - {ONE}\n\n2) Dark room - {ONE}"
    assert "2 points" in backend.of("skeleton").last


async def test_an_older_pack_does_not_speak_against_the_language_asked_for(older: Path) -> None:
    backend = engine(count=2)
    await made(backend).answer(TIPS.format("tips", ", in Spanish."), prompts=older)
    for request in backend.requests:
        assert "Use the language of the question" not in request.last


async def test_headings_with_an_older_pack_stand_on_their_own_line(older: Path) -> None:
    backend = engine({1: ONE, 2: ONE}, count=2)
    question = TIPS.format("two tips", ", with a heading for each.")
    answer = await asking(backend).answer(question, prompts=older)
    assert answer.text == f"1) Regular hours -\n\n{ONE}\n\n2) Dark room -\n\n{ONE}"


async def test_a_pack_has_its_own_lengths(older: Path) -> None:
    (older / "length.j2").write_text("briefly ({{ sentences.high if sentences else depth }})")
    (older / "point_compact.j2").write_text("Write only point {{ index }} {{ length }}.")
    backend = engine(count=2)
    sot = made(backend, prompts=older)
    await sot.answer(TIPS.format("tips", ", two sentences each."))
    await sot.answer("How can I sleep better?")
    assert backend.point(1).last == "Write only point 1 briefly (2)."
    assert backend.point(1, attempt=2).last == "Write only point 1 briefly (usual)."


# Routes.


@rows(
    ("form", "reason"),
    [
        ("as a table", "asks for a table"),
        ("as flowing text", "asks for flowing text"),
        ("as YAML", "asks for YAML"),
        ("in under thirty words", "asks for at most 30 words"),
    ],
)
@rows("router", ["hybrid", "rules", "trained"])
async def test_what_a_list_cannot_be_is_decoded_normally(form: str, reason: str, router: str) -> None:
    backend = engine()
    question = TIPS.format("five tips", f" {form}.")
    answer = await SkeletonOfThought(backend, router=router, opening=False).answer(question)
    assert backend.stages() == ["normal"]
    assert (answer.route.strategy, answer.route.reason) == ("normal", reason)
    assert backend.requests[0].messages == (Message("user", question),)


async def test_the_callers_strategy_comes_first() -> None:
    backend = engine({1: TWO})
    question = TIPS.format("two tips", ", one sentence each, as a table.")
    answer = await made(backend, strategy="skeleton").answer(question)
    assert answer.route.router == "caller"
    assert answer.points[0].text == ONE
    assert len(answer.points) == 2


async def test_a_callers_chain_of_thought_is_left_alone() -> None:
    backend = engine()
    question = TIPS.format("five tips", ", one sentence each, as YAML.")
    answer = await made(backend, strategy="cot").answer(question)
    assert answer.route.router == "caller"
    expected = load_pack("en").render("cot", question=question, foreign=False, language="")
    assert backend.of("cot").last == expected


async def test_the_reason_tells_what_was_asked_for() -> None:
    question = TIPS.format("five tips", ", one sentence each, as bullet points.")
    route = await asking(engine()).route(question)
    assert route.strategy == "skeleton"
    assert route.reason.endswith("; asked for: 5 points, 1 sentence each, bullets")


async def test_a_router_of_ones_own_decides_and_the_plan_holds() -> None:
    backend = engine()
    sot = SkeletonOfThought(backend, router=Fixed(), opening=False)
    answer = await sot.answer(TIPS.format("two tips", "."))
    assert (answer.route.reason, len(answer.points)) == ("because", 2)


async def test_later_questions_have_their_own_number() -> None:
    turns = [
        Message("user", TIPS.format("five tips", ", in Spanish.")),
        Message("assistant", "1. Duerma."),
        Message("user", "What are the benefits of walking?"),
    ]
    backend = engine()
    answer = await made(backend).answer(turns)
    assert len(answer.points) == 7
    assert "Spanish" not in backend.of("skeleton").last


# The llm router.


@pytest.mark.parametrize("form", ["as a table", "as YAML", "as flowing text"])
async def test_the_model_is_not_asked_where_a_wish_rules(form: str) -> None:
    backend = engine()
    answer = await SkeletonOfThought(backend, router="llm", opening=False).answer(
        TIPS.format("five tips", f" {form}.")
    )
    assert backend.stages() == ["normal"]
    assert (answer.route.strategy, answer.route.router) == ("normal", "llm")
    assert answer.route.usage.requests == 0


@pytest.mark.parametrize("fallback", [RulesRouter(), Fixed()])
async def test_nor_is_a_fallback_router_that_knows_no_wishes_followed(fallback: Router) -> None:
    backend = engine()
    question = (Message("user", TIPS.format("five tips", " as YAML.")),)
    route = await LlmRouter(backend, fallback=fallback).route(question)
    assert (route.strategy, route.reason) == ("normal", "asks for YAML")
    assert backend.requests == []


@pytest.mark.parametrize(("letter", "strategy"), [("A", "normal"), ("B", "normal"), ("C", "cot")])
async def test_a_model_s_list_gives_way_to_a_wish(letter: str, strategy: str) -> None:
    backend = engine(route=letter)
    question = "Explain in five sentences how many bees a garden feeds."
    route = await SkeletonOfThought(backend, router="llm").route(question)
    assert route.strategy == strategy
    assert backend.stages() == ["route"]


async def test_a_model_s_list_fulfils_what_it_can() -> None:
    backend = engine(route="A")
    answer = await SkeletonOfThought(backend, router="llm", opening=False).answer(
        TIPS.format("two tips", ".")
    )
    assert answer.route.reason.endswith("; asked for: 2 points")
    assert len(answer.points) == 2


# Hedging.


async def test_a_hedge_starts_nothing_where_a_wish_rules() -> None:
    backend = engine()
    sot = SkeletonOfThought(backend, router="llm")
    answer = await sot.answer(TIPS.format("five tips", " as YAML."), route="hedge")
    assert backend.stages() == ["normal"]
    assert answer.route.reason == "asks for YAML"


async def test_a_hedged_skeleton_follows_the_plan() -> None:
    gate = asyncio.Event()
    backend = engine({1: TWO, 2: TWO}, route=Script(gate, "A"))
    sot = SkeletonOfThought(backend, router="llm")
    asked = TIPS.format("two tips", ", one sentence each, as bullet points.")
    answering = asyncio.create_task(sot.answer(asked, route="hedge"))
    await backend.until_started(1, 2)
    gate.set()
    answer = await answering
    assert answer.text == f"- **Regular hours**: {ONE}\n\n- **Dark room**: {ONE}"


async def test_a_hedged_skeleton_with_too_many_points_loses() -> None:
    gate = asyncio.Event()
    backend = engine(route=Script(gate, "A"))
    sot = SkeletonOfThought(backend, router="llm")
    events: list[Route] = []

    async def watch() -> str:
        text = ""
        async for event in sot.stream(TIPS.format("twelve tips", "."), route="hedge"):
            if isinstance(event, Routed):
                events.append(event.route)
            if isinstance(event, TextDelta):
                text += event.text
        return text

    watching = asyncio.create_task(watch())
    await backend.until(lambda: "normal" in backend.stages())
    gate.set()
    assert await watching == "A normal answer."
    assert [(route.strategy, route.instead_of) for route in events] == [("normal", "skeleton")]


# Requests whose wishes say nothing of the points.


async def test_a_request_without_wishes_is_what_it_was() -> None:
    backend, asked = aligned(), list[Request]()
    await made(backend).answer("How can I sleep better?")
    asked += backend.requests
    assert "3 to 8 main points" in asked[0].last
    assert asked[1].last == "Now write only point 1, in 3 or 4 sentences."
