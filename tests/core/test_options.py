"""What a caller can choose, and what is refused."""

from __future__ import annotations

import pydoc
import re
from typing import Any, get_type_hints

import pytest
from rows import rows

from sot import SkeletonOfThought
from sot.errors import ConfigError
from sot.options import AnswerSettings, ObjectSettings, Options


@rows(
    ("settings", "message"),
    [
        ({"strategy": "fast"}, "strategy is 'fast'; it must be one of auto, skeleton, "),
        ({"route": "both"}, "route is 'both'; it must be one of first, hedge"),
        ({"style": "short"}, "style is 'short'"),
        ({"on_missing": "ignore"}, "on_missing is 'ignore'"),
        ({"min_points": 1}, "min_points is 1; it must be at least 2"),
        ({"min_points": 4, "max_points": 3}, "max_points is 3; it must be at least 4"),
        ({"max_parallel": 0}, "max_parallel"),
        ({"max_in_flight": 0}, "max_in_flight"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_point_tokens": 0}, "max_point_tokens"),
        ({"max_skeleton_tokens": 0}, "max_skeleton_tokens"),
        ({"max_points": "6"}, "max_points is '6'; it must be a whole number"),
        ({"max_points": 6.5}, "max_points is 6.5; it must be a whole number"),
        ({"temperature": -0.1}, "temperature is -0.1"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_p": 0}, "top_p is 0"),
        ({"top_p": 1.1}, "top_p is 1.1"),
        ({"repetition_penalty": 0}, "repetition_penalty is 0"),
        ({"stop": "END"}, "stop is 'END'; it must be a tuple of texts"),
        ({"stop": b"END"}, "stop is b'END'; it must be a tuple of texts"),
        ({"stop": None}, "stop is None; it must be a tuple of texts"),
        ({"stop": (1,)}, "stop has 1; it must be a tuple of texts"),
        ({"stop": ("END", b"END")}, "stop has b'END'; it must be a tuple of texts"),
        ({"stop": ("x",) * 33}, "stop has 33 texts; it must have at most 32"),
        ({"stop": ("x" * 257,)}, "stop has a text of 257 characters, more than 256"),
        ({"temperature": "1"}, "temperature is '1'; it must be a number"),
        ({"temperature": True}, "temperature is True; it must be a number"),
        ({"temperature": [1]}, "temperature is [1]; it must be a number"),
        ({"temperature": float("inf")}, "temperature is inf; it must lie between 0 and 5"),
        ({"temperature": 10**400}, "temperature is a number of 1329 bits; it must lie between 0 and 5"),
        ({"top_p": "0.9"}, "top_p is '0.9'; it must be a number"),
        ({"top_p": float("nan")}, "top_p is nan; it must be above 0 and at most 1"),
        ({"repetition_penalty": float("inf")}, "repetition_penalty is inf; it must lie between 0.01 and 100"),
        ({"repetition_penalty": float("nan")}, "repetition_penalty is nan; it must lie between 0.01 and 100"),
        ({"repetition_penalty": 1e-300}, "repetition_penalty is 1e-300; it must lie between 0.01 and 100"),
        ({"repetition_penalty": 1e300}, "repetition_penalty is 1e+300; it must lie between 0.01 and 100"),
        ({"repetition_penalty": -1}, "repetition_penalty is -1; it must lie between 0.01 and 100"),
        ({"seed": 2**64}, "seed is 18446744073709551616; it must be at most 9223372036854775807"),
        ({"seed": -(2**64)}, "seed is -18446744073709551616; it must be at least -9223372036854775808"),
        ({"seed": 1.0}, "seed is 1.0; it must be a whole number"),
        ({"seed": False}, "seed is False; it must be a whole number"),
        ({"max_tokens": True}, "max_tokens is True; it must be a whole number"),
        ({"max_tokens": 64.0}, "max_tokens is 64.0; it must be a whole number"),
        ({"max_answer_tokens": "9"}, "max_answer_tokens is '9'; it must be a whole number"),
        ({"max_thinking_tokens": None}, "max_thinking_tokens is None; it must be a whole number"),
        ({"max_seconds": 0}, "max_seconds is 0; it must be a finite number above 0"),
        ({"max_seconds": float("inf")}, "max_seconds is inf; it must be a finite number above 0"),
        ({"max_seconds": float("nan")}, "max_seconds is nan; it must be a finite number above 0"),
        ({"max_seconds": "60"}, "max_seconds is '60'; it must be a number"),
        ({"pipeline": "yes"}, "pipeline is 'yes'; it must be True or False"),
        ({"opening": 1}, "opening is 1; it must be True or False"),
        ({"closing": None}, "closing is None; it must be True or False"),
        ({"strategy": None}, "strategy is None; it must be one of"),
        ({"strategy": ["skeleton"]}, "strategy is ['skeleton']; it must be one of"),
        ({"style": None}, "style is None; it must be one of"),
        ({"prompts": 5}, "prompts is 5; it must be a name or a path"),
        ({"step_ratio": 10**400}, "step_ratio is a number of 1329 bits; it must be a finite number"),
        ({"max_seconds": 10**400}, "max_seconds is a number of 1329 bits; it must be a finite number"),
        ({"min_points": 10**5000}, "max_points is 10; it must be at least a number of 16610 bits"),
        ({"style": {"a": 10**5000}}, "style is an object of the class dict; it must be one of"),
        ({"extra": None}, "extra is None; it must be a mapping"),
        ({"extra": {1: 2}}, "extra is {1: 2}; it must be a mapping"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Options(**settings)
    assert str(raised.value).startswith(message)


def test_the_edges_are_allowed() -> None:
    options = Options(min_points=2, max_points=2, temperature=0, top_p=1, max_parallel=1, stop=("END",))
    assert options.max_points == 2
    options = Options(temperature=5, seed=2**63 - 1, repetition_penalty=0.01, stop=("x" * 256,) * 32)
    assert options.seed == 2**63 - 1
    assert Options(seed=-(2**63), repetition_penalty=100, max_seconds=0.5).max_seconds == 0.5


def test_names_are_all_settings() -> None:
    assert {"strategy", "max_points", "pipeline"} <= Options.names()
    assert Options(**{name: getattr(Options(), name) for name in Options.names()}) == Options()


def test_the_typed_settings_are_those_of_the_options() -> None:
    assert get_type_hints(ObjectSettings) == get_type_hints(Options)
    assert ObjectSettings.__annotations__.keys() - AnswerSettings.__annotations__.keys() == {
        "adapt",
        "max_in_flight",
    }


@pytest.mark.parametrize("method", ["answer", "stream", "stream_text", "answer_sync"])
def test_help_lists_the_settings_of_an_answer(method: str) -> None:
    lines = pydoc.plain(pydoc.render_doc(getattr(SkeletonOfThought, method))).splitlines()
    listed = [
        found[1] for line in lines if (found := re.match(r"        (\w+)(?: \(default .*?\))?: ", line))
    ]
    assert [name for name in listed if name in Options.names()] == list(AnswerSettings.__annotations__)
    (line,) = (line for line in lines if line.strip().startswith("max_points"))
    assert "(default 10)" in line


def test_help_lists_the_settings_of_an_object() -> None:
    text = pydoc.plain(pydoc.render_doc(SkeletonOfThought))
    for name in Options.names():
        assert re.search(rf"^ \|\s+{name}(?: \(default .*?\))?: ", text, re.MULTILINE), name
