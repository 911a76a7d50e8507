"""Frames of the live view, drawn without a terminal."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from rows import rows

from sot.cli.progress import Progress
from sot.cli.view_frame import draw_frame
from sot.events import PointDelta, PointFinished, PointFound, PointStarted, TextDelta
from sot.types import Point, PointAnswer, Usage

LONG = "A sentence of some length that does not fit into one line of a cell. "


def progress_of(number: int, *, opening: str = "", title: str = "Title {}", text: str = LONG) -> Progress:
    """An answer of which the first point is done, the last one waits and the others are being written."""
    progress = Progress()
    if opening:
        progress.take(TextDelta(opening))
    for index in range(1, number + 1):
        progress.take(PointFound(Point(index, title.format(index)), 0.1))
    for index in range(1, number):
        progress.take(PointStarted(index))
        progress.take(PointDelta(index, f"{text * 3}End{index}."))
    progress.take(PointFinished(PointAnswer(1, title.format(1), "End1.", "done", Usage(), 0.1, 0.2, 0.3)))
    return progress


def drawn(progress: Progress, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, file=io.StringIO())
    with console.capture() as shown:
        console.print(draw_frame(progress, console, width=width, height=height))
    return shown.get().rstrip("\n").split("\n")


@rows("opening", ["", LONG * 4])
@rows("number", [2, 5, 8, 15])
@rows("height", [1, 2, 4, 6, 11, 19, 39])
def test_it_fits(height: int, number: int, opening: str) -> None:
    for width in (5, 20, 60, 72, 100, 200):
        lines = drawn(progress_of(number, opening=opening), width, height)
        assert len(lines) <= height
        assert all(cell_len(line) <= width for line in lines)


@pytest.mark.parametrize(("width", "height"), [(60, 19), (80, 23), (100, 39), (40, 9), (200, 6)])
def test_every_point_and_the_end_of_its_text_is_in_the_frame(width: int, height: int) -> None:
    words = " ".join(drawn(progress_of(8), width, height))
    for index in range(1, 9):
        assert f"{index} Title {index}" in words
        assert f"End{index}." in words or index == 8
    assert "8 points, 6 being written, 1 done" in words


def test_points_without_room_come_in_turn() -> None:
    progress = progress_of(8)
    began, frames = progress.began, list[str]()
    for seconds in range(0, 12, 2):
        progress.began = began - seconds
        frames.append("\n".join(drawn(progress, 60, 4)))
    assert "1 to 3 shown" in frames[0]
    assert all(any(f"{index} Title {index}" in frame for frame in frames) for index in range(1, 9))
    assert "7 to 8 shown" in frames[2]
    assert "1 to 3 shown" in frames[3]
    assert drawn(progress, 30, 4)[0].startswith("1 of 8 done · ")


def test_wide_and_hostile_characters_keep_their_place() -> None:
    title = "睡眠\x1b[2J\u202eと健康{}"
    progress = progress_of(8, title=title, text="毎日よく眠る。\x1b]0;x\x07\x9b31m")
    for width, height in ((60, 19), (60, 9), (100, 39), (21, 9)):
        lines = drawn(progress, width, height)
        assert all(cell_len(line) <= width for line in lines)
        assert len(lines) <= height
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set("".join(lines))
        assert sum("睡眠" in line for line in lines) >= 4


def test_a_huge_text_costs_no_more_than_its_end() -> None:
    progress = progress_of(2)
    progress.points[1].finished = None
    progress.take(PointDelta(1, "word " * 200_000 + "End."))
    assert "End." in " ".join(drawn(progress, 60, 19))
