"""When a skeleton is asked for with scopes: settings, names of models, and what their answers showed."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from scripted import ScriptedBackend, by_stage

from sot.errors import ConfigError
from sot.options import Options
from sot.prompting.plan import NO_WISHES, Plan, Span
from sot.strategies.by_model import is_large
from sot.strategies.scopes import asks_for_scopes, note_scopes
from sot.strategies.token_budget import split_budget
from sot.types import BackendInfo

LARGE, SMALL = "Qwen3-8B", "Qwen3-0.6B"


def engine() -> ScriptedBackend:
    return ScriptedBackend(by_stage())


def asks(backend: Any, model: str, plan: Plan = NO_WISHES, **settings: Any) -> bool:
    options = Options(**settings)
    return asks_for_scopes(
        backend, BackendInfo("scripted:", model), options, plan, split_budget(options, plan)
    )


def note(backend: Any, model: str, *kept: bool) -> None:
    for each in kept:
        note_scopes(backend, BackendInfo("scripted:", model), kept=each)


@pytest.mark.parametrize(
    "model",
    [
        "Qwen/Qwen3-8B",
        "meta-llama/Llama-3.1-70B-Instruct",
        "llama3:70b",
        "mistralai/Mixtral-8x7B-Instruct-v0.1",
        "Qwen3-30B-A3B",
        "/models/qwen2.5-7b-instruct-q4_0.gguf",
        "models--Qwen--Qwen3-14B/snapshots/9c925d64d72725edaf899c6cb9c377fd0709d9c5",
        "gpt-oss-20b",
        "openai/gpt-4o-mini",
        "claude-sonnet-4-5",
        "google/gemini-2.5-flash",
        "deepseek-chat",
        "o3",
    ],
)
def test_large_models(model: str) -> None:
    assert is_large(BackendInfo("test:", model))


@pytest.mark.parametrize(
    "model",
    [
        "SmolLM2-135M-Instruct",
        "Qwen/Qwen3-0.6B",
        "Llama-3.2-3B-Instruct",
        "qwen2.5:1.5b",
        "gemma-3n-E4B-it",
        "TinyLlama-1.1B",
        "deepseek-coder-1.3b-instruct",
        "llama-13b-data/smol-360m",
        "gpt-2",
        "phi-mini-4bit",
        "some-adapter",
        "my8bit-model",
        "o30-lab",
        "",
    ],
)
def test_small_and_unknown_models(model: str) -> None:
    assert not is_large(BackendInfo("test:", model))


@pytest.mark.parametrize(
    ("model", "parameters", "large"),
    [
        ("some-adapter", 8_030_261_248, True),
        ("my-7b-by-its-name", 134_515_008, False),
        ("mistral-7b", 6_700_000_000, True),  # named after a rounded number
        ("some-adapter", 3_000_000_000, False),
    ],
)
def test_known_parameters_go_before_the_name(model: str, parameters: int, large: bool) -> None:
    assert is_large(BackendInfo("test:", model, parameters=parameters)) is large


@pytest.mark.parametrize("model", [LARGE, SMALL, "some-adapter"])
def test_the_setting_decides(model: str) -> None:
    assert asks(engine(), model, scopes="on")
    assert not asks(engine(), model, scopes="off")
    assert asks(engine(), model) is (model == LARGE)


def test_a_setting_that_there_is_not() -> None:
    with pytest.raises(ConfigError, match="scopes is 'yes'; it must be one of auto, on, off"):
        Options(scopes="yes")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "plan",
    [Plan(length="short"), Plan(sentences=Span(1, 1)), Plan(words=Span(None, 20)), Plan(words=Span(15, 25))],
)
def test_short_points_need_no_scopes(plan: Plan) -> None:
    assert not asks(engine(), LARGE, plan)
    assert asks(engine(), LARGE, plan, scopes="on")


@pytest.mark.parametrize(
    "plan",
    [Plan(length="long"), Plan(sentences=Span(2, None)), Plan(words=Span(40, 60)), Plan(count=Span(5, 5))],
)
def test_other_wishes_leave_it(plan: Plan) -> None:
    assert asks(engine(), LARGE, plan)


def test_a_skeleton_without_room_for_scopes() -> None:
    assert not asks(engine(), LARGE, max_skeleton_tokens=80)
    assert not asks(engine(), LARGE, max_answer_tokens=300)
    assert asks(engine(), LARGE, max_answer_tokens=2000)


class TestLearned:
    def test_a_model_that_did_not_keep_the_form_is_asked_plainly(self) -> None:
        backend = engine()
        note(backend, LARGE, False)
        assert asks(backend, LARGE)  # once may be chance
        note(backend, LARGE, False)
        assert not asks(backend, LARGE)
        assert asks(backend, LARGE, scopes="on")

    def test_one_kept_form_of_the_last_two_is_enough(self) -> None:
        backend = engine()
        note(backend, LARGE, False, False, True)
        assert asks(backend, LARGE)
        note(backend, LARGE, False, False)
        assert not asks(backend, LARGE)

    def test_it_gets_another_chance(self) -> None:
        backend = engine()
        note(backend, LARGE, False, False)
        asked = [asks(backend, LARGE) for _ in range(60)]
        assert asked.index(True) == 50
        note(backend, LARGE, False)
        assert not any(asks(backend, LARGE) for _ in range(50))
        note(backend, LARGE, True)
        assert asks(backend, LARGE)

    @pytest.mark.parametrize("model", [SMALL, "some-adapter"])
    def test_a_model_that_kept_the_form_is_asked_whatever_its_name(self, model: str) -> None:
        backend = engine()
        note(backend, model, True)
        assert not asks(backend, model)
        note(backend, model, True)
        assert asks(backend, model)

    def test_models_and_engines_are_told_apart(self) -> None:
        first, second = engine(), engine()
        note(first, LARGE, False, False)
        assert not asks(first, LARGE)
        assert asks(first, "Llama-3.1-70B")
        assert asks(second, LARGE)

    def test_an_engine_that_is_gone_leaves_nothing_behind(self) -> None:
        for _ in range(5):  # a new object often gets the address of one that is gone
            backend = engine()
            assert asks(backend, LARGE)
            note(backend, LARGE, False, False)
            del backend
            gc.collect(1)  # it is young; all generations would take a second

    def test_an_engine_that_cannot_be_remembered(self) -> None:
        class Slotted:
            __slots__ = ()

        backend = Slotted()
        note(backend, LARGE, False, False)
        assert asks(backend, LARGE)
        assert not asks(backend, SMALL)
