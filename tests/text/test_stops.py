"""Stop sequences over an ordered text, and one token limit over a whole answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Script, ScriptedBackend, by_stage, made

from sot import Options
from sot.errors import ConfigError
from sot.strategies.token_budget import split_budget
from sot.text.stop_automaton import automaton_of
from sot.text.stops import StopFilter

QUESTION = "How can I live well?"
THREE = "1. Sleep early\n2. Eat well\n3. Move\n"


@given(st.text("abX", max_size=30), st.lists(st.text("abX", min_size=1, max_size=4), max_size=3), st.data())
def test_a_text_ends_before_its_first_stop_however_it_is_cut(
    text: str, stops: list[str], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    stop_filter = StopFilter(stops)
    shown = "".join(stop_filter.feed(piece) for piece in pieces) + stop_filter.close()
    # A stop counts as soon as it is complete: the one that ends first decides, and of several the longest.
    ends = [(at + len(stop), at) for stop in stops if (at := text.find(stop)) >= 0]
    assert stop_filter.reached == bool(ends)
    assert shown == (text[: min(ends)[1]] if ends else text)


@given(st.text("ab", max_size=30), st.lists(st.text("abX", min_size=1, max_size=5), max_size=4))
def test_only_what_may_still_become_a_stop_is_held_back(text: str, stops: list[str]) -> None:
    stop_filter, shown = StopFilter(stops), ""
    for at, character in enumerate(text, 1):
        shown += stop_filter.feed(character)
        if stop_filter.reached:
            return
        begun = (size for stop in stops for size in range(1, len(stop)) if text[:at].endswith(stop[:size]))
        assert shown == text[: at - max(begun, default=0)]


class Counted(str):
    """A text that counts how often one of its characters is looked at."""

    looked = 0

    def __getitem__(self, at: Any) -> str:
        self.looked += 1
        return super().__getitem__(at)


@pytest.mark.parametrize(
    "stops",
    [
        ("a" * 200 + "b",),
        tuple("a" * size + "b" for size in range(1, 33)),
        tuple("a" * 100 + chr(0x4E00 + number) for number in range(32)),
    ],
    ids=["one", "of all lengths", "many"],
)
def test_a_text_is_read_once_however_many_stops_there_are(stops: tuple[str, ...]) -> None:
    """Texts that begin a stop everywhere, and never end one."""
    text = Counted("a" * 2_000)
    automaton = automaton_of(stops)
    _, read, found = automaton.read(text, 0)
    assert (read, found) == (len(text), 0)
    assert text.looked <= len(text)


async def test_many_stops_in_one_answer() -> None:
    stops = tuple(f"{'-' * 200}{number}" for number in range(32))
    engine = ScriptedBackend(by_stage(THREE, {1: Script("-" * 150, " bed. ", stops[31], " no")}, "Normal."))
    answer = await made(engine).answer(QUESTION, strategy="skeleton", stop=stops)
    assert answer.text.endswith(f"{'-' * 150} bed. ")
    assert answer.finish_reason == "stop"


async def test_a_stop_sequence_ends_the_ordered_text_and_the_other_requests() -> None:
    engine = ScriptedBackend(
        by_stage(THREE, {1: Script("Go to bed. EN", "D of it"), 2: "Greens.", 3: "Walk."}, "Normal.")
    )
    answer = await made(engine).answer(QUESTION, strategy="skeleton", stop=("END",))
    assert answer.text.endswith("Go to bed. ")
    assert answer.finish_reason == "stop"
    assert "Greens" not in answer.text
    assert not [request for request in engine.requests if request.state == "running"]


async def test_text_that_only_looks_like_a_stop_sequence_is_whole() -> None:
    engine = ScriptedBackend(by_stage(THREE, {1: "Bed.", 2: "Greens.", 3: "Walk. EN"}, "Normal."))
    answer = await made(engine).answer(QUESTION, strategy="skeleton", stop=("END",))
    assert answer.text.endswith("Walk. EN")
    assert len(answer.points) == 3


async def test_the_requests_of_an_answer_share_its_token_limit() -> None:
    engine = ScriptedBackend(by_stage(THREE, {}, "Normal."))
    await made(engine).answer(QUESTION, strategy="skeleton", max_answer_tokens=400)
    limits = [request.config.max_tokens or 0 for request in engine.requests]
    assert sum(limits) <= 400
    assert min(limits) >= 32


async def test_a_fall_back_has_what_the_skeleton_left() -> None:
    engine = ScriptedBackend(by_stage("No list at all, only words.", {}, "Normal."))
    answer = await made(engine).answer(QUESTION, strategy="skeleton", max_answer_tokens=100)
    assert answer.fell_back
    spent = answer.skeleton_usage.completion_tokens
    assert engine.requests[-1].config.max_tokens == 100 - spent


async def test_a_point_that_the_answers_limit_cut_says_length() -> None:
    cut = Script("One whole sentence. And then", finish_reason="length")
    engine = ScriptedBackend(by_stage(THREE, {2: cut}, "Normal."))
    answer = await made(engine).answer(QUESTION, strategy="skeleton", max_answer_tokens=300)
    assert answer.finish_reason == "length"
    answer = await made(engine).answer(QUESTION, strategy="skeleton")
    assert answer.finish_reason == "length"  # within a sentence that the reader has begun


@given(st.integers(1, 5000), st.integers(2, 12))
def test_shares_never_exceed_the_limit(limit: int, max_points: int) -> None:
    share = split_budget(Options(max_answer_tokens=limit, max_points=max_points))
    assert 2 <= share.max_points <= max_points
    if limit >= 64:
        assert share.skeleton_tokens + share.max_points * share.point_tokens <= limit


def test_a_limit_must_be_a_number_of_tokens() -> None:
    with pytest.raises(ConfigError, match="max_answer_tokens"):
        Options(max_answer_tokens=0)
