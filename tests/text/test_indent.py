"""Points keep their own numbers in Markdown, whatever their texts hold."""

from __future__ import annotations

import random
import re

import mistune
import pytest
from markdown_it import MarkdownIt

from sot.text.indent import Indenter, marker_width
from sot.text.ordered import OrderedStream

STEPS = (
    "Do this:\n\n1. Mix.\n2. Knead.\n\n```python\nx = 1\n\n# 3. no point\nif x:\n    y = 2\n```\n"
    "\nA second paragraph."
)
TEXTS = (
    "Choose flour. Weigh it.",
    STEPS,
    "- a\n- b",
    "```sh\nls\n```",
    "Wait.\n\nThen eat.",
    "1. Cut.\n2. Eat.",
)


def streamed(texts: tuple[str, ...], seed: int, form: str = "{index}. **{title}**:") -> str:
    """The points as a reader gets them, in pieces and in any order."""
    draw, ordered = random.Random(seed), OrderedStream()
    shown = ordered.open()
    left = dict(enumerate(texts, 1))
    for index in left:
        heading = form.format(index=index, title=f"Title {index}")
        ordered.add(index, heading, indent=marker_width(heading))
    while left:
        index = draw.choice([*left])
        step = draw.randint(1, 9)
        if left[index]:
            shown += ordered.feed(index, left[index][:step])
            left[index] = left[index][step:]
        else:
            del left[index]
            shown += ordered.finish(index, texts[index - 1])
    assert shown == ordered.text
    assert all(ordered.released(index) == len(text) for index, text in enumerate(texts, 1))
    return shown


def test_lines_are_indented_by_the_marks_width() -> None:
    assert streamed(("One.\nTwo.\n\nThree.",), 0) == "1. **Title 1**: One.\n   Two.\n\n   Three."
    assert streamed(("One.\nTwo.",), 0, "- **{title}**:") == "- **Title 1**: One.\n  Two."
    assert streamed(("One.\nTwo.",), 0, "## {title}\n\n") == "## Title 1\n\nOne.\nTwo."


@pytest.mark.parametrize(
    ("heading", "width"),
    [("1. **A**:", 3), ("10. **A**:", 4), ("- **A**:", 2), ("7. A:", 3), ("## A\n\n", 0), ("", 0)],
)
def test_the_width_of_a_mark(heading: str, width: int) -> None:
    assert marker_width(heading) == width


def test_a_list_or_a_code_block_starts_below_the_heading() -> None:
    shown = streamed(("- a\n- b", "```\nx\n```"), 0)
    assert shown == "1. **Title 1**:\n\n   - a\n   - b\n\n2. **Title 2**:\n\n   ```\n   x\n   ```"


def test_in_whatever_pieces_the_texts_arrive_the_answer_is_the_same() -> None:
    whole = streamed(TEXTS, 0)
    assert all(streamed(TEXTS, seed) == whole for seed in range(1, 60))


def test_blank_lines_stay_empty_also_in_pieces() -> None:
    indenter = Indenter(3)
    pieces = ["a\n", " ", " \n", "\n", "b", "\n ", "c"]
    assert "".join(map(indenter.feed, pieces)) == "a\n\n\n   b\n    c"


@pytest.mark.parametrize("renderer", ["markdown-it", "mistune"])
def test_two_renderers_show_the_points_numbers(renderer: str) -> None:
    text = streamed(TEXTS, 0)
    html = str(MarkdownIt().render(text) if renderer == "markdown-it" else mistune.html(text))
    depth, items, lists = 0, [], 0
    for tag in re.findall(r"</?[ou]l[^>]*>|<li>|<strong>Title \d+", html):
        if tag.startswith(("<ol", "<ul")):
            lists += not depth
            depth += 1
        elif tag.startswith("</"):
            depth -= 1
        elif depth == 1:
            items.append(tag)
    expected = [tag for index in range(1, len(TEXTS) + 1) for tag in ("<li>", f"<strong>Title {index}")]
    assert (lists, items) == (1, expected)  # one list of six points, and theirs are inside it
    code = re.findall(r"<code[^>]*>(.*?)</code>", html, re.DOTALL)
    assert code == ["x = 1\n\n# 3. no point\nif x:\n    y = 2\n", "ls\n"]
    assert "<p>A second paragraph.</p>" in html
