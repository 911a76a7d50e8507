"""The engines of ``sot serve``: names, and options that make no sense."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sot.command.http_options import HttpOptions
from sot.command.served_engines import ServedEngines
from sot.errors import ConfigError


def test_a_single_engine_needs_no_name() -> None:
    for backends, spec in (((), None), (("torch:",), "torch:"), (("http://h/v1?a=b",), "http://h/v1?a=b")):
        engines = ServedEngines(backends=backends, model="m").engines()
        assert [(name, each.backend, each.model) for name, each in engines.items()] == [("", spec, "m")]


def test_several_engines_have_names_and_their_own_options() -> None:
    served = ServedEngines(
        backends=("a=torch:", "b=http://h/v1"),
        engine_args=("kernels=torch",),
        http=HttpOptions(headers=("x=y",)),
        max_awake=1,
    )
    engines = served.engines()
    assert {name: each.backend for name, each in engines.items()} == {"a": "torch:", "b": "http://h/v1"}
    assert engines["a"].settings(**served.settings()) == {"kernels": "torch", "sleep_after": math.inf}
    assert engines["b"].settings()["headers"] == {"x": "y"}
    assert ServedEngines(backends=("a=torch:",), sleep_after=5).settings() == {"sleep_after": 5}
    assert list(ServedEngines(backends=("a=torch:",)).engines()) == ["a"]


def test_what_makes_no_sense_is_one_clear_line() -> None:
    wrong: dict[str, dict[str, Any]] = {
        "several models need a name each": {"backends": ("a=torch:", "torch:")},
        "two --backend options have the same name": {"backends": ("a=torch:", "a=torch:x/y")},
        "--model is for one engine": {"backends": ("a=torch:", "b=torch:"), "model": "m"},
        "--max-awake is for several models": {"backends": ("torch:",), "max_awake": 1},
        "--sleep-after is 0": {"backends": ("torch:",), "sleep_after": 0},
        "no other can sleep": {"backends": ("replay:x.json",), "sleep_after": 5},
        "--engine-arg was given": {"backends": ("a=http://h/v1",), "engine_args": ("kernels=torch",)},
    }
    for said, options in wrong.items():
        with pytest.raises(ConfigError, match=said):
            ServedEngines(**options).engines()
