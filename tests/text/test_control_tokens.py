"""Control tokens of chat templates end a point, and are never part of it."""

from __future__ import annotations

import pytest
from rows import rows

from sot.text.point_text import PointText


def written(text: str, size: int) -> str:
    point = PointText(1, "Tea")
    shown = "".join(point.feed(text[at : at + size]) for at in range(0, len(text), size))
    final, _ = point.finish("stop", shown=len(shown))
    assert final.startswith(shown)
    return final


@rows("size", [1, 2, 7, 1000])
@rows(
    "token",
    [
        "<|im_end|>",
        "<|eot_id|>",
        "<|endoftext|>",
        "<end_of_turn>",
        "</s>",
        "<eos>",
        "[/INST]",
        "<｜end▁of▁sentence｜>",
    ],
)
def test_a_token_ends_the_point(token: str, size: int) -> None:
    assert written(f"Boil the water.{token}\nuser\nMore", size) == "Boil the water."


@rows("size", [1, 5, 1000])
@rows("token", ["<s>", "<|im_start|>assistant\n", "<start_of_turn>model\n", "<|begin_of_text|>"])
def test_a_token_at_the_start_is_dropped(token: str, size: int) -> None:
    assert written(f"{token}Boil the water.", size) == "Boil the water."


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(
    "text",
    [
        "A turn ends with `<|im_end|>` there.",
        "Use <b>bold</b> or <s>struck out</s> text.",
        "If a < b and [I] is set, use List<String>.",
        "Write:\n```html\n<s>old</s>\n```",
        "It may end with <",
    ],
)
def test_text_that_only_looks_like_a_token_stays(text: str, size: int) -> None:
    assert written(text, size) == text


def test_a_token_inside_code_ends_it_and_the_code_is_closed() -> None:
    assert written("Run:\n```\nx = 1\n<|im_end|>", 3) == "Run:\n```\nx = 1\n```"
