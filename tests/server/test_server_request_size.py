"""Bodies of hostile size and shape: refused after bounded work, which holds up no other request."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from engine_server import EngineServer
from server_process import ServedApp, body

from sot.server.failures import Failure
from sot.server.request_json import MOST_LEVELS, MOST_VALUES, count_values, json_object, off_the_loop
from sot.server.request_reader import read_request
from sot.server.request_terms import ReadingTerms

HEAD = '{"model": "auto", "messages": [{"role": "user", "content": "Why?"}], "more": '


SHAPES: dict[str, Callable[[int], str]] = {
    "lists": lambda count: "[" * 9 + "[]," * count + "1" + "]" * 9,
    "numbers": lambda count: "[" + "1," * count + "1]",
    "texts": lambda count: "[" + '"",' * count + "1]",
    "objects": lambda count: "[" + '{"a":1},' * count + "1]",
    "after a backslash": lambda count: '["\\\\",' + "1," * count + "1]",
    "after an escaped mark": lambda count: '["\\\\\\"",' + "1," * count + "1]",
}


def read(**fields: object) -> Any:
    return read_request(json.dumps(body(**fields)).encode(), ReadingTerms(own_model="m", short_tokens=128))


class TestStop:
    @pytest.mark.parametrize("stop", ["x", "x" * 256, ["a", "b", "c", "d"], [], None, ["é" * 256]])
    def test_a_few_are_taken(self, stop: str | list[str] | None) -> None:
        assert read(stop=stop).settings["stop"] == tuple([stop] if isinstance(stop, str) else stop or ())

    @pytest.mark.parametrize(
        "stop", ["x" * 257, ["a"] * 5, ["a"] * 90_000, ["a", "x" * 100_000], ["x"] * 1_000_000], ids=range(5)
    )
    @pytest.mark.parametrize("more", [{}, {"tools": [{}]}, {"max_tokens": 9}], ids=range(3))
    def test_more_are_refused(self, stop: object, more: dict[str, object]) -> None:
        with pytest.raises(Failure) as refused:
            read(stop=stop, **more)
        assert refused.value.status == 400
        assert "100000 values" in refused.value.message or refused.value.param == "stop"

    def test_the_refusal_says_how_many(self, engine: EngineServer, served: ServedApp) -> None:
        refused = served.post(body(stop=["x"] * 5))
        assert refused.status_code == 400
        error = refused.json()["error"]
        assert error["message"] == "stop: at most 4 stop sequences of at most 256 characters"
        assert error["param"] == "stop"
        assert engine.completions == []

    @pytest.mark.parametrize("stop", [1, [1], [["x"]], {"x": 1}, True])
    def test_what_is_no_text_is_refused(self, stop: object) -> None:
        with pytest.raises(Failure) as refused:
            read(stop=stop)
        assert (refused.value.status, refused.value.param) == (400, "stop")


class TestValues:
    @pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-be"])
    def test_too_many_are_refused_unparsed(
        self, monkeypatch: pytest.MonkeyPatch, shape: Callable[[int], str], encoding: str
    ) -> None:
        raw = f"{HEAD}{shape(MOST_VALUES)}}}".encode(encoding)
        monkeypatch.setattr(json, "loads", lambda *_args, **_more: pytest.fail("it was parsed"))
        with pytest.raises(Failure) as refused:
            json_object(raw)
        assert refused.value.status == 400
        assert "values" in refused.value.message

    @pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
    def test_many_are_taken(self, shape: Callable[[int], str]) -> None:
        assert json_object(f"{HEAD}{shape(MOST_VALUES // 5)}}}".encode())["model"] == "auto"

    @pytest.mark.parametrize("text", ["1, 2, " * 200_000, "[{[{" * 200_000, '"' * 200_000, "\\" * 99_999])
    def test_what_stands_in_a_text_is_no_value(self, text: str) -> None:
        fields = {"messages": [{"role": "user", "content": text}]}
        assert json_object(json.dumps(fields).encode()) == fields

    @pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
    @pytest.mark.parametrize("levels", [MOST_LEVELS, 600, 980, 100_000])  # the parser takes almost 1000
    def test_lists_within_lists_are_bounded(self, begin: str, end: str, levels: int) -> None:
        def nested(count: int) -> bytes:
            return f'{{"many": [{"[]," * 300}1], "deep": {begin * count}1{end * count}}}'.encode()

        assert json_object(nested(MOST_LEVELS - 1))
        with pytest.raises(Failure) as refused:
            json_object(nested(levels))
        assert refused.value.status == 400

    def test_the_work_is_bounded_by_the_values(self) -> None:
        steps = 0

        def count(frame: Any, event: str, _: object) -> None:
            nonlocal steps
            steps += event == "c_call" and frame.f_code.co_name in (
                "count_values",
                "_after_text",
                "<genexpr>",
            )

        text = "[" + '"x",' * 2_000_000 + "1]"
        sys.setprofile(count)
        try:
            assert count_values(text, 1000) == 1001
        finally:
            sys.setprofile(None)
        assert steps < 6 * 1001

    def test_messages_are_bounded(self) -> None:
        with pytest.raises(Failure) as refused:
            read(messages=[{"role": "user", "content": "x"}] * 10_001)
        assert refused.value.param == "messages"


class TestOffTheLoop:
    @pytest.mark.parametrize(("size", "here"), [(100, True), (100_000, False)])
    async def test_a_large_body_is_read_by_another_thread(self, size: int, here: bool) -> None:
        thread = await off_the_loop(b"x" * size, lambda _: threading.get_ident())
        assert (thread == threading.get_ident()) is here

    async def test_its_failure_comes_back(self) -> None:
        with pytest.raises(Failure):
            await off_the_loop(b"[" * 100_000, json_object)
