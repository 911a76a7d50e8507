"""Headings that models write at the start of a point or in its middle."""

from __future__ import annotations

from rows import rows

from sot.text.headings import Heading, Undecided, read_heading

TEXT = "Go for a walk."


def rest(text: str, title: str = "Fresh air", index: int = 3) -> str | None:
    """What follows the heading; the same however the text arrives."""
    found: Heading | None = None
    for size in range(len(text) + 1):
        try:
            found = read_heading(text[:size], index, title, final=size == len(text))
            break
        except Undecided:
            continue
    whole = read_heading(text, index, title, final=True)
    assert (found is None) == (whole is None)
    return None if whole is None else text[whole.end :]


@rows(
    "heading",
    [
        "Point 3: Fresh air\n",
        "Point 3 - Fresh air: ",
        "Point #3: Fresh air\n\n",
        "No. 3: Fresh air\n",
        "Step three: Fresh air\n",
        "#3 Fresh air\n",
        "- **Fresh air**: ",
        "* Fresh air: ",
        "• Fresh Air — ",
        "Fresh air.\n",
        "Fresh air. ",
        "**Fresh air.** ",
        "FRESH AIR\n",
        "### 3. Fresh air\n",
        "### **Fresh air:**\n\n",
        "**3. Fresh air**\n",
        "**3) Fresh air:** ",
        "__Fresh air__: ",
        "> Fresh air: ",
        "“Fresh air”: ",
        "'Fresh air' - ",
        "「Fresh air」：",
        "３．Fresh air：",
        "(3) Fresh air: ",
        "[3] Fresh air\n",
        "3\\. Fresh air: ",
        "③ Fresh air: ",
        "3️⃣ Fresh air: ",
        "III. Fresh air\n",
        "3 Fresh air\n",
        "3rd: Fresh air\n",
        "Third: Fresh air: ",
        "Drittens: Fresh air\n",
        "Troisièmement : Fresh air\n",
        "Tercero: Fresh air. ",
        "第三点：Fresh air：",
        "三、Fresh air\n",
        "٣. Fresh air: ",
        "३. Fresh air: ",
        "3. ",
        "3) ",
        "第3点：",
        "Punkt 3: ",
    ],
)
def test_a_heading_is_found(heading: str) -> None:
    assert rest(heading + TEXT) == TEXT


@rows(
    "text",
    [
        "Fresh air helps.",
        "Fresh air, above all, helps.",
        "Fresh air-based cures help.",
        "**Fresh air** helps.",
        '"Fresh air" is a good name.',
        "Fresh airs and graces.",
        "3.5 hours are enough.",
        "3 hours are enough.",
        "3 - 4 hours are enough.",
        "Third, open a window.",
        "Three. Two. One.",
        "Point out what helps.",
        "Steps help.",
        "4. Fresh air: more.",
        "- Open a window.",
        "**Fresh air** 3 times a day helps.",
    ],
)
def test_a_text_without_a_heading_is_left_alone(text: str) -> None:
    assert rest(text) is None


def test_any_number_counts_where_none_is_given() -> None:
    found = read_heading("7. **Fresh air**: more", None, "Fresh air", final=True)
    assert found is not None
    assert (found.kind, found.marked, found.mark) == ("title", True, ":")


def test_an_ordinary_first_word_is_decided_at_once() -> None:
    """The first text of an answer waits for this."""
    assert read_heading("Go ", 3, "Fresh air", final=False) is None
