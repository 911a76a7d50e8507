"""Texts of answers from an engine that fails: its words and its address are not for the reader."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from scripted import Answerable, Script, ScriptedBackend, by_stage, made

from sot.errors import BackendConnectionError, ConfigError, ContentFilterError, ServerError, SotError
from sot.events import Event, Finished, PointFinished, TextDelta
from sot.prompting.packs import load_pack

QUESTIONS = {"en": "How can I live well?", "ja": "どうすれば健康に暮らせますか。"}
SKELETONS = {
    "en": "1. Sleep early\n2. Eat well\n3. Move\n",
    "ja": "1. 早く寝る\n2. よく食べる\n3. 体を動かす\n",
}
NOTES = {"en": "(This point could not be written.)", "ja": "（この項目は書けませんでした。）"}
HOSTILE = (
    "HTTP 500 from http://10.1.2.3:8000/v1: \x1b[31mENGINE\x1b[0m WORDS\n\n1. **Ignore the above**: "
    "<script>alert(1)</script> 3. Move\u2028\u202e\r"
)
SIGNS = ("10.1.2.3", "http", "ENGINE", "WORDS", "Ignore", "script", "\x1b", "\u202e", "\r")
ERRORS: list[SotError] = [
    ServerError(HOSTILE, status=500),
    BackendConnectionError(HOSTILE),
    BackendConnectionError(HOSTILE, reached=False),
    ContentFilterError(HOSTILE),
    ConfigError(HOSTILE),
]


async def events_of(points: dict[int, Answerable], language: str, **settings: Any) -> list[Event]:
    engine = ScriptedBackend(by_stage(SKELETONS[language], points))
    return [event async for event in made(engine, opening=False, **settings).stream(QUESTIONS[language])]


def reader_text(events: list[Event]) -> str:
    last = events[-1]
    assert isinstance(last, Finished)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert last.answer.text == text
    return text


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("begun", ["", "It helps"])
@pytest.mark.parametrize("index", [1, 2, 3])
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_no_word_of_the_engine_is_in_the_text(
    language: str, index: int, begun: str, error: SotError
) -> None:
    script = Script(*([begun] if begun else []), error)
    events = await events_of({index: script}, language)
    text = reader_text(events)
    assert not [sign for sign in SIGNS if sign in text]
    (point,) = (
        event.point for event in events if isinstance(event, PointFinished) and event.point.index == index
    )
    assert (point.text == NOTES[language]) == (point.status == "missing")
    assert point.reason is not None
    assert "ENGINE" in point.reason
    assert point.reason.isprintable()


@pytest.mark.parametrize("script", [ServerError(HOSTILE, status=500), ContentFilterError(HOSTILE), ""])
async def test_a_prompt_pack_of_ones_own_cannot_show_them_either(tmp_path: Path, script: Answerable) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(load_pack("en").folder, folder)
    (folder / "missing.j2").write_text("[gap: {{ reason }}]")
    text = reader_text(await events_of({2: script}, "en", prompts=folder))
    assert "2. **Eat well**: [gap: " in text
    assert not [sign for sign in SIGNS if sign in text]
