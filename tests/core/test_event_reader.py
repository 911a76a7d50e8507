"""Events that came as JSON: reading them loses nothing of what was sent."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import rows

from sot.errors import MalformedResponseError
from sot.event_reader import read_event
from sot.events import Event, OpeningFinished, PointFound, SkeletonFinished, TextDelta
from sot.serialise import event_json

_PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(0, 10**6),
    float: st.floats(0, 10**4),
    bool: st.booleans(),
    NoneType: st.none(),
}


def made(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type of `sot.events` and `sot.types`, with all of their fields."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    arguments = get_args(hint)
    if get_origin(hint) is Literal:
        return st.sampled_from(arguments)
    if get_origin(hint) in (Union, UnionType):
        return st.one_of(*map(made, arguments))
    if get_origin(hint) is tuple:
        return st.lists(made(arguments[0]), max_size=2).map(tuple)
    assert isinstance(hint, type), f"no values are known for {hint}"
    assert is_dataclass(hint)
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: made(hints[field.name]) for field in fields(hint)})


def sent(event: Event) -> dict[str, Any]:
    """An event as the server sends it."""
    written = event_json(event)
    if isinstance(event, PointFound | SkeletonFinished | OpeningFinished):
        written["at_s"] = event.at_s
    return json.loads(json.dumps(written))


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_what_was_read_is_written_as_it_was_sent(kind: Any) -> None:
    @settings(max_examples=15)
    @given(made(kind))
    def holds(event: Event) -> None:
        came = sent(event)
        read = read_event(came)
        assert type(read) is kind
        assert sent(read) == came

    holds()


def test_a_later_versions_fields_are_passed_over() -> None:
    assert read_event({"type": "text", "text": "Yes.", "at_s": 1.5, "mood": "good"}) == TextDelta("Yes.")


_ROUTE = {"strategy": "normal", "confidence": 1, "reason": "", "router": "rules"}


@rows(
    "came",
    [
        *(None, [], "text", 7, {}),
        {"type": "sung", "text": "La."},
        {"type": "text"},
        {"type": "text", "text": 7},
        {"type": "point_delta", "index": "first", "text": ""},
        {"type": "opening_finished", "text": "", "followed_by": "songs", "reason": ""},
        {"type": "finished", "answer": {"question": "Why?"}},
        {"type": "routed", "route": {**_ROUTE, "confidence": None}},
    ],
)
def test_what_is_no_event_is_refused_in_one_line(came: object) -> None:
    with pytest.raises(MalformedResponseError, match="this is no event of an answer: ") as refused:
        read_event(came)
    assert "\n" not in str(refused.value)


def test_words_that_nobody_knows_are_refused() -> None:
    point = {
        **dict.fromkeys(("started_s", "first_text_s", "finished_s"), 0.0),
        **dict.fromkeys(("title", "text"), ""),
        "index": 1,
        "status": "sung",
        "usage": {"prompt_tokens": 0, "cached_tokens": 0, "completion_tokens": 0, "requests": 0},
    }
    with pytest.raises(MalformedResponseError, match="'sung' is none of done, "):
        read_event({"type": "point_finished", "point": point})
