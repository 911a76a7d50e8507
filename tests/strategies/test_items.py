"""Answers to a list of given items: one request each, and one list that keeps their order and form."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Request, Script, ScriptedBackend, made, script

from sot.errors import ConfigError, EmptyAnswerError, MissingPointError, ServerError
from sot.events import FellBack, PointFinished, PointFound, PointStarted, SkeletonFinished
from sot.types import Answer, BackendInfo, FinishReason, Message

QUESTION = "Translate each word into French.\n7. sun\n8. moon\n9. star"


class LargeBackend(ScriptedBackend):
    """A scripted engine whose model is large by its name."""

    async def info(self) -> BackendInfo:
        return replace(await super().info(), model="some-70b")


ASKED_LAST = (
    "Write only the answer.",
    "答えだけを書いてください。",
)


def item_of(request: Request) -> str:
    """The item of a request, without what stands around it."""
    body = request.last.partition("\n\n")[2]
    for words in ASKED_LAST:
        body = body.removesuffix(f"\n\n{words}")
    return body


def engine(
    answers: Mapping[str, Script | str | BaseException | list[Script | str | BaseException]],
    backend: Callable[..., ScriptedBackend] = ScriptedBackend,
) -> ScriptedBackend:
    """An engine that answers by the item; several answers are those of the first and the second attempt."""
    asked: dict[str, int] = {}

    def answer(request: Request) -> Script:
        item = item_of(request)
        asked[item] = asked.get(item, 0) + 1
        given = answers[item]
        return script(given[min(asked[item], len(given)) - 1] if isinstance(given, list) else given)

    return backend(answer)


async def answered(question: str, backend: ScriptedBackend, **settings: object) -> Answer:
    return await made(backend, strategy="items", **settings).answer(question)


WORDS = {"sun": "soleil", "moon": "lune", "star": "étoile"}


async def test_every_item_is_one_request_and_the_list_keeps_its_numbers() -> None:
    backend = engine(WORDS)
    answer = await answered(QUESTION, backend)
    assert answer.text == "7. soleil\n8. lune\n9. étoile"
    assert len(backend.requests) == 3
    assert [(point.index, point.title, point.text) for point in answer.points] == [
        (1, "sun", "soleil"),
        (2, "moon", "lune"),
        (3, "star", "étoile"),
    ]
    assert (answer.finish_reason, answer.complete, answer.fell_back) == ("stop", True, None)
    assert answer.usage.requests == 3


async def test_all_requests_share_the_conversation_and_the_instruction() -> None:
    backend = engine(WORDS)
    before = [Message("system", "Be kind."), Message("user", "Hi"), Message("assistant", "Hi!")]
    await made(backend, strategy="items").answer([*before, Message("user", QUESTION)])
    for request in backend.requests:
        assert request.messages[:-1] == tuple(before)
        assert request.last.startswith("Translate each word into French.\n\n")
        assert sum(word in request.last for word in WORDS) == 1
        assert request.config.stage == "item"


async def test_the_events_are_those_of_points() -> None:
    events = [event async for event in made(engine(WORDS), strategy="items").stream(QUESTION)]
    assert [event.point.title for event in events if isinstance(event, PointFound)] == ["sun", "moon", "star"]
    assert sum(isinstance(event, SkeletonFinished) for event in events) == 1
    assert sum(isinstance(event, PointStarted) for event in events) == 3
    assert sum(isinstance(event, PointFinished) for event in events) == 3


async def test_a_later_item_waits_for_those_before_it_and_the_first_streams() -> None:
    first, second = asyncio.Event(), asyncio.Event()
    backend = engine(
        {"sun": Script("so", first, "leil"), "moon": Script("lu", second, "ne"), "star": "étoile"}
    )
    async with aclosing(made(backend, strategy="items").stream_text(QUESTION)) as stream:
        second.set()
        shown = ""
        while "so" not in shown:
            shown += await anext(stream)
        assert shown == "7. so"
        first.set()
        shown += "".join([text async for text in stream])
    assert shown == "7. soleil\n8. lune\n9. étoile"


SOLEIL, SUN = {"sun": "soleil", "moon": "lune"}, {"太陽": "sun", "月": "moon"}


@pytest.mark.parametrize(
    ("question", "answers", "text"),
    [
        ("Translate:\n- I am.\n- You are.", {"I am.": "A.", "You are.": "B."}, "- A.\n- B."),
        ("Translate:\na) sun\nb) moon", SOLEIL, "a) soleil\nb) lune"),
        ("Translate:\n1. sun\n2.\n3. moon\n4.", SOLEIL, "1. soleil\n2.\n3. lune\n4."),
        ("Translate these words:\n* sun\n* moon", SOLEIL, "* sun: soleil\n* moon: lune"),
        (
            "Define these words:\n* sun\n* moon",
            {"sun": "Sun: A star.", "moon": "**Moon**: A rock."},
            "* sun: A star.\n* moon: A rock.",
        ),
        ("訳して。\n①太陽\n②月", SUN, "① sun\n② moon"),
        ("訳して。\n1．太陽\n2．月", SUN, "1．sun\n2．moon"),
        ("訳して。\n「太陽」\n「月」", {"「太陽」": "sun", "「月」": "moon"}, "「太陽」：sun\n「月」：moon"),
        ('Translate: "sun", "moon"', {'"sun"': "soleil", '"moon"': "lune"}, '"sun": soleil\n"moon": lune'),
        ("Translate these lines:\nI am.\nYou are.", {"I am.": "A.", "You are.": "B."}, "A.\nB."),
        (
            "Sum up each:\n```\nA b.\nC d.\n```\n```\nE f.\n```",
            {"A b.\nC d.": "X.", "E f.": "Y."},
            "1. X.\n2. Y.",
        ),
        (
            "Name each row:\nid,size\na,1\nb,2",
            {"id,size\na,1": "Alpha", "id,size\nb,2": "Beta"},
            "a: Alpha\nb: Beta",
        ),
        (
            "Translate each row:\nid,size\nsun,1\nmoon,2",
            {"id,size\nsun,1": "soleil,1", "id,size\nmoon,2": "lune,2"},
            "soleil,1\nlune,2",
        ),
    ],
)
async def test_the_form_of_the_list_is_kept(question: str, answers: dict[str, str], text: str) -> None:
    assert (await answered(question, engine(answers))).text == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("soleil", "soleil"),
        ("\n\n soleil \n", "soleil"),
        ("Here is the translation:\n\nsoleil", "soleil"),
        ("Sure! Here you go:\nsoleil", "soleil"),
        ("soleil\n\n8. moon\nlune\n\n9. star\nétoile", "soleil"),
        ("soleil\n\nTranslate each word into French.\n\nmoon\n\nlune", "soleil"),
        ("7. sun → soleil", "sun → soleil"),
        ("+", "+"),
    ],
)
async def test_what_is_no_part_of_the_answer_to_an_item_is_left_out(written: str, text: str) -> None:
    answer = await answered(QUESTION, engine({**WORDS, "sun": written}))
    assert answer.text == f"7. {text}\n8. lune\n9. étoile"


@pytest.mark.parametrize(
    ("question", "answers", "text"),
    [
        (
            "Sum up each:\n```\nA b.\nC d.\n```\n```\nE f.\n```",
            {"A b.\nC d.": "One.\n\nTwo.", "E f.": "Y."},
            "1. One.\n\n   Two.\n2. Y.",
        ),
        (
            "Explain each word in two paragraphs:\n1. sun\n2. moon",
            {"sun": "A star.\n\nIt is hot.", "moon": "A rock.\n\nIt is cold."},
            "1. A star.\n\n   It is hot.\n2. A rock.\n\n   It is cold.",
        ),
        (
            "Translate each date into German:\n1. 1 April 2020\n2. 2 May 1945\n3. 3 June 1950",
            {"1 April 2020": "1. April 2020", "2 May 1945": "2. Mai 1945", "3 June 1950": "3. Juni 1950"},
            "1. 1. April 2020\n2. 2. Mai 1945\n3. 3. Juni 1950",
        ),
        (
            "Name two advantages of each:\n1. sun\n2. moon",
            {"sun": "1. Warm\n2. Bright", "moon": "1. Cool\n2. Calm"},
            "1. 1. Warm\n   2. Bright\n2. 1. Cool\n   2. Calm",
        ),
        (
            "List two uses for each:\n- sun\n- moon",
            {"sun": "- Heat\n- Light", "moon": "- Tides"},
            "- sun:\n  - Heat\n  - Light\n- moon: - Tides",
        ),
        (
            "Explain each:\n1. sun\n2. moon",
            {"sun": "# Sun\n\nHot.\n\n---\n\n## Use\n\nHeat.", "moon": "A rock."},
            "1. # Sun\n\n   Hot.\n\n   ---\n\n   ## Use\n\n   Heat.\n2. A rock.",
        ),
        (
            "Translate these lines:\nI am.\nYou are.\nWe are.",
            {"I am.": "A.\n\nB.", "You are.": "C.", "We are.": "D."},
            "A.\n\nB.\n\nC.\nD.",
        ),
        (
            "Write a note for each row:\nid,size\na,1\nb,2",
            {"id,size\na,1": "- big\n- red", "id,size\nb,2": "Small"},
            "a:\n- big\n- red\n\nb: Small",
        ),
        (
            "Give an emoji for each row:\nid,size\na,1\nb,2",
            {"id,size\na,1": "😀😀😀😀", "id,size\nb,2": "👩\u200d🚒"},
            "a: 😀😀😀😀\nb: 👩\u200d🚒",
        ),
        (
            "Give emojis for each word:\n1. sun\n2. moon",
            {"sun": "☀️😀😀😀😀", "moon": "→ ↑ ↓"},
            "1. ☀️😀😀😀😀\n2. → ↑ ↓",
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
async def test_all_of_an_answer_is_kept(question: str, answers: dict[str, str], text: str, size: int) -> None:
    pieces = {
        item: Script(*(answer[at : at + size] for at in range(0, len(answer), size)))
        for item, answer in answers.items()
    }
    answer = await answered(question, engine(pieces))
    assert answer.text == text
    assert (answer.finish_reason, answer.complete) == ("stop", True)
    assert [point.status for point in answer.points] == ["done"] * len(answers)


async def test_a_phrase_said_without_end_is_cut_and_counts_as_such() -> None:
    answer = await answered(QUESTION, engine({**WORDS, "moon": "la lune est la lune et " * 20}))
    assert (answer.finish_reason, answer.complete) == ("length", False)
    assert [point.status for point in answer.points] == ["done", "trimmed", "done"]


async def test_a_text_that_its_limit_cuts_behind_a_sentence_is_not_complete() -> None:
    answer = await answered(QUESTION, engine({**WORDS, "moon": Script("La lune.", finish_reason="length")}))
    assert (answer.text, answer.finish_reason) == ("7. soleil\n8. La lune.\n9. étoile", "length")
    assert not answer.complete


async def test_short_items_of_a_large_model_share_requests() -> None:
    words = [f"w{number}" for number in range(12)]
    question = "Translate each word:\n" + "\n".join(f"{place}. {word}" for place, word in enumerate(words, 1))

    def answer(request: Request) -> Script:
        lines = re.findall(r"^(\d+)\. (w\d+)$", request.last, re.MULTILINE)
        return script("Here you are:\n" + "\n".join(f"{number}. {word.upper()}" for number, word in lines))

    backend = LargeBackend(answer)
    answered_ = await answered(question, backend)
    assert answered_.text == "\n".join(f"{place}. {word.upper()}" for place, word in enumerate(words, 1))
    assert len(backend.requests) == 4
    assert [point.status for point in answered_.points] == ["done"] * 12


GROUPED = "Translate each word:\n" + "\n".join(f"- w{number}" for number in range(8))  # four pairs


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("1. A", 1),
        ("2. B", 2),
        ("1.\n2. B", 1),
        ("I cannot do that.", 2),
        ("1. A\n1. C\n2. B", 2),
        ("1. A 2. B", 2),
        ("1. A\n2. B\n3. C", 2),
        ("1. A\n2. B\n\nLet me know!", 1),
        ("A\nB", 2),
    ],
)
async def test_an_item_that_a_group_left_out_gets_a_request_of_its_own(written: str, missing: int) -> None:
    def answer(request: Request) -> Script:
        if "1. w0" in request.last:
            return script(written)
        lines = re.findall(r"^(\d+)\. (w\d+)$", request.last, re.MULTILINE)
        alone = re.search(r"^(w\d+)$", request.last, re.MULTILINE)
        return script(f"{alone[1]}!" if alone else "\n".join(f"{number}. {word}?" for number, word in lines))

    backend = LargeBackend(answer)
    answered_ = await answered(GROUPED, backend)
    assert len(backend.requests) == 4 + missing
    assert [point.status for point in answered_.points].count("repaired") == missing
    assert len(answered_.text.splitlines()) >= 8
    assert answered_.complete


async def test_items_to_which_a_group_did_not_come_before_its_limit_are_asked_alone() -> None:
    def answer(request: Request) -> Script:
        if "1. w0" in request.last:
            return Script("1. A", finish_reason="length")
        return script("1. x\n2. y" if "1. " in request.last else "B")

    answered_ = await answered(GROUPED, LargeBackend(answer))
    assert answered_.text.startswith("- w0: A\n- w1: B\n- w2: x\n")
    assert [point.status for point in answered_.points] == ["trimmed", "repaired", *["done"] * 6]
    assert answered_.finish_reason == "length"


@pytest.mark.parametrize(
    ("instruction", "requests"),
    [
        ("Translate each word", 4),
        ("Translate these eight words", 4),
        ("List three uses for each word", 8),
        ("Explain each word in two paragraphs", 8),
        ("Write a short poem for each word", 8),
        ("Explain each word in detail", 8),
        ("次の各語の使い方を三つ、箇条書きで書いてください", 8),
        ("给每个词列出两个用途", 8),
    ],
)
async def test_items_whose_answers_may_have_several_lines_share_no_request(
    instruction: str, requests: int
) -> None:
    backend = LargeBackend(lambda request: script("1. x\n2. y" if "1. " in request.last else "x"))
    await answered(GROUPED.replace("Translate each word", instruction), backend)
    assert len(backend.requests) == requests


async def test_an_item_that_failed_is_asked_for_once_more() -> None:
    backend = engine({**WORDS, "moon": [ServerError("busy", status=500), "lune"]})
    answer = await answered(QUESTION, backend)
    assert answer.text == "7. soleil\n8. lune\n9. étoile"
    assert [point.status for point in answer.points] == ["done", "repaired", "done"]


async def test_an_item_that_failed_for_good_is_a_note_or_an_error() -> None:
    def broken() -> ScriptedBackend:
        return engine({**WORDS, "moon": ServerError("busy", status=500)})

    answer = await answered(QUESTION, broken())
    assert answer.text == "7. soleil\n8. (This point could not be written.)\n9. étoile"
    assert (answer.complete, answer.finish_reason) == (False, "error")
    backend = broken()
    with pytest.raises(MissingPointError, match="moon"):
        await answered(QUESTION, backend, on_missing="raise")
    assert backend.in_flight == 0


async def test_without_any_answer_the_engines_error_is_raised() -> None:
    with pytest.raises(ServerError, match="busy"):
        await answered(QUESTION, engine(dict.fromkeys(WORDS, ServerError("busy", status=500))))
    with pytest.raises(EmptyAnswerError):
        await answered(QUESTION, engine(dict.fromkeys(WORDS, "")))


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_the_finish_reason_is_that_of_the_item_that_did_not_end(reason: FinishReason) -> None:
    answer = await answered(QUESTION, engine({**WORDS, "moon": Script("la lune est", finish_reason=reason)}))
    assert (answer.finish_reason, answer.complete) == (reason, False)
    assert answer.text.startswith("7. soleil\n8. la lune est")


async def test_limits() -> None:
    backend = engine(WORDS)
    await answered(QUESTION, backend, max_parallel=1, max_points=2, max_answer_tokens=60)
    assert backend.peak == 1
    assert [request.config.max_tokens for request in backend.requests] == [20, 20, 20]
    backend = engine({**WORDS, "moon": Script("la", asyncio.Event())})
    answer = await answered(QUESTION, backend, max_seconds=0.2)
    assert answer.finish_reason == "length"
    assert backend.in_flight == 0


@pytest.mark.parametrize(("items", "limit"), [(3, 47), (200, 150), (200, 3000)])
async def test_a_limit_that_is_too_low_for_the_items_means_normal_decoding(items: int, limit: int) -> None:
    question = "Translate each word:\n" + "\n".join(f"{place}. w" for place in range(1, items + 1))
    backend = ScriptedBackend(lambda _: script("All."))
    answer = await answered(question, backend, max_answer_tokens=limit)
    assert [request.config.max_tokens for request in backend.requests] == [min(limit, 1024)]
    assert answer.text == "All."
    assert answer.fell_back == f"the limit of {limit} tokens is too low for {items} items"


@given(st.lists(st.integers(1, 60), min_size=2, max_size=12), st.integers(1, 600))
async def test_the_limits_of_all_requests_never_exceed_that_of_the_answer(
    words: list[int], limit: int
) -> None:
    question = "Translate each text:\n" + "\n".join(
        f"{place}. {' '.join(['word'] * count)}" for place, count in enumerate(words, 1)
    )
    backend = LargeBackend(lambda _: script("x"))
    await answered(question, backend, max_answer_tokens=limit)
    first = [request for request in backend.requests if request.attempt == 1]
    assert sum(request.config.max_tokens or 0 for request in first) <= limit


async def test_a_group_that_is_asked_again_stays_within_the_limit() -> None:
    def answer(request: Request) -> Script:
        return Script("1. A 2. B", *"abcdef") if "1. w0" in request.last else Script(*"1. A\n2. B")

    answered_ = await answered(GROUPED, LargeBackend(answer), max_answer_tokens=160)
    assert answered_.usage.requests > 4
    assert answered_.usage.completion_tokens <= 160


async def test_long_items_may_have_long_answers() -> None:
    text = "word " * 300
    backend = engine({text.strip(): "A.", "sun": "B."})
    await answered(f"Translate:\n1. {text}\n2. sun", backend)
    assert (backend.requests[0].config.max_tokens or 0) > 600
    assert backend.requests[1].config.max_tokens == 192


@pytest.mark.parametrize(
    ("wish", "least"),
    [
        ("in 300 words each", 600),
        ("in three paragraphs", 600),
        ("in detail", 500),
        ("in six sentences each", 300),
        ("in a letter", 500),
    ],
)
async def test_a_size_asked_for_counts_in_the_limit_of_an_item(wish: str, least: int) -> None:
    backend = ScriptedBackend(lambda _: script("x"))
    await answered(f"Explain each of these words {wish}:\n1. sun\n2. moon", backend)
    assert all((request.config.max_tokens or 0) >= least for request in backend.requests)
    assert len(backend.requests) == 2


async def test_a_stop_sequence_ends_the_answer() -> None:
    answer = await answered(QUESTION, engine(WORDS), stop=("lune",))
    assert answer.text == "7. soleil\n8. "
    assert answer.finish_reason == "stop"


async def test_a_cancel_ends_all_requests() -> None:
    backend = engine({word: Script("a", asyncio.Event()) for word in WORDS})
    task = asyncio.create_task(answered(QUESTION, backend))
    await backend.until(lambda: backend.in_flight == 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert backend.in_flight == 0


async def test_without_a_list_the_question_is_decoded_normally() -> None:
    backend = ScriptedBackend(lambda _: script("A normal answer."))
    async with aclosing(made(backend, strategy="items").stream("How do I sleep better?")) as stream:
        events = [event async for event in stream]
    (fell_back,) = (event for event in events if isinstance(event, FellBack))
    assert "no list of items" in fell_back.reason
    answer = await answered("How do I sleep better?", backend)
    assert (answer.text, answer.fell_back) == ("A normal answer.", fell_back.reason)


async def test_an_answer_by_items_has_no_skeleton_to_revise() -> None:
    sot = made(engine(WORDS), strategy="items")
    answer = await sot.answer(QUESTION)
    with pytest.raises(ConfigError, match="its strategy is items"):
        await sot.revise(answer, ["sun", "rain"])


@pytest.fixture
def chosen_by_routers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routers that choose the strategy by themselves, in place of proposing it."""
    monkeypatch.setattr("sot.router.items.route.AUTOMATIC", True)


@pytest.mark.usefixtures("chosen_by_routers")
async def test_a_router_chooses_it() -> None:
    question = QUESTION.replace("each word", "each of these words")
    answer = await made(engine(WORDS), strategy="auto").answer(question)
    assert answer.route.strategy == "items"
    assert answer.text == "7. soleil\n8. lune\n9. étoile"


@pytest.mark.usefixtures("chosen_by_routers")
async def test_an_engine_that_takes_one_request_at_a_time_decodes_normally() -> None:
    class Narrow(ScriptedBackend):
        async def info(self) -> BackendInfo:
            return replace(await super().info(), parallel=1)

    answer = await made(Narrow(lambda _: script("All.")), strategy="auto").answer(QUESTION)
    assert (answer.route.strategy, answer.route.instead_of) == ("normal", "items")


@pytest.mark.parametrize(("ratio", "strategy"), [(5.0, "items"), (7.0, "normal")])
@pytest.mark.usefixtures("chosen_by_routers")
async def test_items_pay_where_a_skeleton_would_not(ratio: float, strategy: str) -> None:
    """At five times the step time eight items are 1.6x sooner; a skeleton would have to be written first."""
    backend = ScriptedBackend(lambda _: script("soleil"))
    question = QUESTION.replace("each word", "each of these words")
    answer = await made(backend, strategy="auto", step_ratio=ratio).answer(question)
    assert answer.route.strategy == strategy
    assert ("parallel parts would bring 1.14x" in answer.route.reason) == (strategy == "normal")
