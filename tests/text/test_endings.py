"""How a cut text ends: at the last whole sentence, item, row or line of code, with everything closed."""

from __future__ import annotations

import pytest

from sot.text.endings import close_emphasis, close_fence, mark_cut, whole_end
from sot.text.point_text import PointText


def cut(text: str, *, size: int = 3, shown: bool = False) -> tuple[str, str]:
    point = PointText(1, "Bread")
    seen = "".join(point.feed(text[at : at + size]) for at in range(0, len(text), size))
    return point.finish("length", shown=len(seen) if shown else 0)


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("Run:\n```python\nx = 1\ny = 2.\nz", "Run:\n```python\nx = 1\ny = 2.\n```"),
        ("Run:\n~~~\nx = 1\ny", "Run:\n~~~\nx = 1\n~~~"),
        ("Run:\n````\n```\nx\n```\ny", "Run:\n````\n```\nx\n```\n````"),
        ("- Run:\n  ```sh\n  ls\n  cd", "- Run:\n  ```sh\n  ls\n  ```"),
        ("> ```\n> x\n> y", "> ```\n> x\n> ```"),
    ],
)
def test_a_cut_code_block_keeps_its_whole_lines_and_is_closed(text: str, final: str) -> None:
    assert cut(text) == (final, "cut")


def test_code_that_was_shown_stays_and_is_closed() -> None:
    assert cut("Run:\n```\nx = 1\ny =", shown=True) == ("Run:\n```\nx = 1\ny =\n```", "cut")


def test_code_that_the_model_left_open_is_closed() -> None:
    point = PointText(1, "Bread")
    point.feed("Run:\n```\nx = 1")
    assert point.finish("stop", shown=0) == ("Run:\n```\nx = 1\n```", "whole")


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("Knead. Then **wait. And", "Knead. Then **wait.**"),
        ("Take:\n- Flour\n- Water\n- Sa", "Take:\n- Flour\n- Water"),
        ("Take:\n1. Flour\n2. Wa", "Take:\n1. Flour"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("Knead.\n```\nx. y\n```\nThen", "Knead.\n```\nx. y\n```"),
        ("Knead. Ask Dr. Hill and", "Knead."),
    ],
)
def test_a_cut_text_ends_at_the_last_whole_part(text: str, final: str) -> None:
    assert cut(text) == (final, "trimmed")


def test_marks_in_code_are_no_sentence_ends() -> None:
    assert whole_end("Run it\n```\nx. y. z.\n") == len(
        "Run it\n```\nx. y. z."
    )  # a whole line, not a sentence
    assert whole_end("Run it\n```\nx. y. z") == 0


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("A **bold", "A **bold**"),
        ("A **bold** word", "A **bold** word"),
        ("A **bold.*", "A **bold.**"),
        ("A **bold *it*", "A **bold *it***"),
        ("Use `ls", "Use `ls`"),
        ("It is 2**3 and 2**4**", "It is 2**3 and 2**4**"),
        ("`**` is a mark", "`**` is a mark"),
        ("Plain", "Plain"),
    ],
)
def test_open_emphasis_is_closed(text: str, closed: str) -> None:
    assert close_emphasis(text) == closed


@pytest.mark.parametrize(("text", "marked"), [("Half a", "Half a …"), ("```\nx\n```", "```\nx\n```\n…")])
def test_the_mark_of_a_cut_never_spoils_a_code_block(text: str, marked: str) -> None:
    assert mark_cut(text, " …") == marked


def test_a_closed_text_stays() -> None:
    assert close_fence("```\nx\n```\nDone.") == "```\nx\n```\nDone."


def test_near_the_token_limit_code_is_shown_by_whole_lines() -> None:
    point = PointText(1, "Bread")
    point.begin(20)
    shown = "".join(
        point.feed(piece) for piece in ["Run:\n", "```\n", "x", " =", " 1.", " y", "\n", "z", " ="]
    )
    assert shown == "Run:\n```\nx = 1. y"
