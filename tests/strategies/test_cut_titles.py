"""Titles that the end of a skeleton request cut."""

from __future__ import annotations

from scripted import Script, ScriptedBackend, by_stage, made


async def test_a_title_that_was_cut_after_a_repetition_is_no_point() -> None:
    text = "1. Regular hours\n2. Dark room\n3. Less coffee\n1. Regular hours\n2. Dark"
    backend = ScriptedBackend(by_stage(skeleton=Script(text, finish_reason="length")))
    answer = await made(backend).answer("How can I sleep better?")
    assert [point.title for point in answer.skeleton.points] == ["Regular hours", "Dark room", "Less coffee"]


async def test_a_title_that_a_limit_cut_is_no_point_where_there_are_enough() -> None:
    text = "1. Regular hours\n2. Dark room\n3. Less cof"
    backend = ScriptedBackend(by_stage(skeleton=Script(text, finish_reason="length")))
    answer = await made(backend).answer("How can I sleep better?")
    assert [point.title for point in answer.skeleton.points] == ["Regular hours", "Dark room"]
    assert answer.finish_reason == "length"
