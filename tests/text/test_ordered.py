"""One ordered text out of points that are written at the same time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sot.text.ordered import SEPARATOR, OrderedStream
from sot.text.point_text import PointText
from sot.types import FinishReason


def stream_of(*titles: str, opened: bool = True) -> OrderedStream:
    ordered = OrderedStream()
    for index, title in enumerate(titles, 1):
        ordered.add(index, f"{index}. **{title}**:")
    if opened:
        assert ordered.open() == ""
    return ordered


def test_the_first_point_streams_live_and_the_others_wait() -> None:
    ordered = stream_of("A", "B")
    assert ordered.feed(2, "Second") == ""
    assert ordered.feed(1, "First") == "1. **A**: First"
    assert ordered.feed(1, " point.") == " point."
    assert ordered.finish(1, "First point.") == "\n\n2. **B**: Second"
    assert ordered.feed(2, " point.") == " point."
    assert ordered.finish(2, "Second point.") == ""


def test_a_heading_waits_for_the_first_text() -> None:
    ordered = stream_of("A")
    assert ordered.feed(1, "") == ""
    assert ordered.feed(1, "x") == "1. **A**: x"


def test_nothing_comes_out_before_it_is_opened() -> None:
    ordered = stream_of("A", "B", opened=False)
    assert ordered.finish(1, "One.") == ""
    assert ordered.feed(2, "Two") == ""
    assert ordered.open() == "1. **A**: One.\n\n2. **B**: Two"


def test_the_final_text_may_be_shorter_than_what_waited() -> None:
    ordered = stream_of("A", "B")
    ordered.feed(2, "Whole sentence. Half a")
    ordered.finish(2, "Whole sentence.")
    assert ordered.finish(1, "One.").endswith("2. **B**: Whole sentence.")


@pytest.mark.parametrize("text", ["Other.", "Firs"])
def test_text_that_came_out_cannot_be_taken_back(text: str) -> None:
    ordered = stream_of("A")
    ordered.feed(1, "First")
    with pytest.raises(RuntimeError):
        ordered.finish(1, text)
    with pytest.raises(RuntimeError):
        ordered.restart(1)


def test_a_restarted_point_forgets_its_text() -> None:
    ordered = stream_of("A", "B")
    ordered.feed(2, "Wrong")
    ordered.restart(2)
    ordered.feed(2, "Right")
    assert ordered.finish(1, "One.") == "1. **A**: One.\n\n2. **B**: Right"


def test_a_placeholder_waits_for_real_text_anywhere() -> None:
    ordered = stream_of("A", "B", "C")
    assert ordered.finish(1, "(missing)", placeholder=True) == ""
    assert ordered.feed(3, "—") == ""  # no letter yet: it may still come to nothing
    assert ordered.feed(3, " Text") == "1. **A**: (missing)"
    assert ordered.finish(2, "(missing too)", placeholder=True).endswith(
        ": (missing too)\n\n3. **C**: — Text"
    )


def test_placeholders_alone_never_come_out() -> None:
    ordered = stream_of("A", "B")
    assert ordered.finish(2, "(missing)", placeholder=True) == ""
    assert ordered.finish(1, "(missing)", placeholder=True) == ""
    assert ordered.text == ""


def test_an_opening_comes_before_the_first_point_and_a_closing_after_the_last() -> None:
    ordered = OrderedStream()
    assert ordered.opening("Well, ") + ordered.opening("here.") == "Well, here."
    ordered.add(1, "1. **A**:")
    assert ordered.open() == ""
    assert ordered.finish(1, "One.") == "\n\n1. **A**: One."
    assert ordered.closing("That") + ordered.closing(" is all.") == "\n\nThat is all."
    assert ordered.text == "Well, here.\n\n1. **A**: One.\n\nThat is all."


def test_points_after_text_of_another_stream_begin_with_a_blank_line() -> None:
    ordered = OrderedStream(preceded=True)
    ordered.add(1, "1. **A**:")
    ordered.open()
    assert ordered.feed(1, "One.") == "\n\n1. **A**: One."


def test_an_opening_or_a_closing_in_the_wrong_place_is_refused() -> None:
    ordered = stream_of("A")
    with pytest.raises(AssertionError):
        ordered.closing("Too early.")
    ordered.feed(1, "One.")
    with pytest.raises(AssertionError):
        ordered.opening("Too late.")


@dataclass
class Writing:
    """A point while it is written: pieces still to come, and its final text."""

    pieces: list[str]
    reason: FinishReason | None
    title: str
    limit: int | None
    text: PointText = field(init=False)
    final: str | None = None

    def begin(self, index: int) -> None:
        self.text = PointText(index, self.title)
        self.text.begin(self.limit)


SENTENCES = st.lists(
    st.sampled_from(
        ["Word", " two", ".", " ", "\n", "Title", "**", ": ", "。", "3.5", "！", "- ", "é", "2. "]
    ),
    max_size=25,
)
WRITINGS = st.lists(
    st.builds(
        Writing,
        SENTENCES,
        st.sampled_from(["stop", "length", None, "content_filter"]),
        st.sampled_from(["Title", "Word two", "題", "C++"]),
        st.sampled_from([None, 5, 40]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=300, deadline=None)
@given(WRITINGS, st.data())
def test_in_any_interleaving_the_pieces_join_to_the_points_in_order(
    writings: list[Writing], data: st.DataObject
) -> None:
    ordered, shown = OrderedStream(), ""
    points = dict(enumerate(writings, 1))
    for index, writing in points.items():
        writing.begin(index)
        ordered.add(index, f"{index}. **{writing.title}**:")
    opened_after = data.draw(st.integers(0, 10))
    steps = 0
    while unfinished := [index for index, writing in points.items() if writing.final is None]:
        if steps == opened_after:
            shown += ordered.open()
        steps += 1
        index = data.draw(st.sampled_from(unfinished))
        writing = points[index]
        if writing.pieces:
            shown += ordered.feed(index, writing.text.feed(writing.pieces.pop(0)))
            continue
        final, _ = writing.text.finish(writing.reason, shown=ordered.released(index))
        writing.final = final
        shown += ordered.finish(index, final)
    shown += ordered.open()
    expected = [
        f"{index}. **{writing.title}**: {writing.final}" for index, writing in points.items() if writing.final
    ]
    assert shown == SEPARATOR.join(expected) == ordered.text
