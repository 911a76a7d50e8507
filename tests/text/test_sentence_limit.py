"""A number of sentences that was asked for ends a point, and no abbreviation is taken for the end of one."""

from __future__ import annotations

import pytest
from rows import rows

from sot.text.point_text import PointText
from sot.text.sentences import sentence_end


@pytest.mark.parametrize(
    ("text", "count", "kept"),
    [
        ("Sleep more. Eat less. Run.", 1, "Sleep more."),
        ("Sleep more. Eat less. Run.", 2, "Sleep more. Eat less."),
        ("Ask Dr. Weiss, e.g. at approx. 3.5 km. Then walk.", 1, "Ask Dr. Weiss, e.g. at approx. 3.5 km."),
        ("Nimm z. B. Tee, ca. 2 Tassen. Dann schlaf.", 1, "Nimm z. B. Tee, ca. 2 Tassen."),
        ("Parlez à M. Petit. Puis dormez.", 1, "Parlez à M. Petit."),
        ("Really? Yes! Do it.", 2, "Really? Yes!"),
        ('He said "No." Then he left.', 1, 'He said "No."'),
        ("早く寝る。遅く起きる。", 1, "早く寝る。"),
        ("多喝水！多运动。", 1, "多喝水！"),
        ("Yahoo! is old. It lives.", 1, "Yahoo! is old."),
    ],
)  # fmt: skip
def test_the_first_sentences(text: str, count: int, kept: str) -> None:
    end = sentence_end(text, count)
    assert end is not None
    assert text[:end] == kept


@pytest.mark.parametrize("text", ["", "No end", "Only one.", "It costs 3.", "See Dr.", "One. Two"])
def test_not_known_yet(text: str) -> None:
    """At the end of what has come, more of the same sentence may follow ("3." of "3.5", "Dr." of a name)."""
    assert sentence_end(text, 2) is None


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_point_ends_with_the_sentences_asked_for(size: int) -> None:
    written = "Keep regular hours. Even on Sundays. And on holidays."
    text = PointText(2, "Hours", max_sentences=2)
    shown = "".join(text.feed(written[start : start + size]) for start in range(0, len(written), size))
    assert text.full
    final, ending = text.finish("stop", shown=len(shown))
    assert (final, ending) == ("Keep regular hours. Even on Sundays.", "whole")
    assert final.startswith(shown)


@rows("size", [1, 2, 100])
@rows(
    ("written", "kept"),
    [
        ("**早く寝る。** 遅く起きる。", "**早く寝る。**"),
        ("**Keep regular hours. Even on Sundays.** And on holidays.", "**Keep regular hours.**"),
        ("Keep **regular** hours. **Even** on Sundays.", "Keep **regular** hours."),
    ],
)
def test_what_is_bold_is_closed_where_the_sentences_end(written: str, kept: str, size: int) -> None:
    text = PointText(1, "Hours", max_sentences=1)
    shown = "".join(text.feed(written[start : start + size]) for start in range(0, len(written), size))
    assert text.finish("stop", shown=len(shown)) == (kept, "whole")
    assert kept.startswith(shown)


def test_fewer_sentences_than_allowed_stay() -> None:
    text = PointText(1, "Hours", max_sentences=3)
    text.feed("Keep regular hours.")
    assert not text.full
    assert text.finish("stop", shown=0) == ("Keep regular hours.", "whole")
