"""The literals by which patterns are left uncompiled: up to date, and of no effect on what is found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sot.router.wishes.languages import load_all
from sot.router.wishes.lazy import FILE, LazyPattern, all_sources
from sot.router.wishes.needles import all_needles, needles_of

TEXTS = [
    turn["content"].lower()
    for name in ("app_prompts.jsonl", "person_prompts.jsonl")
    for line in (Path(__file__).parent / name).read_text("utf-8").splitlines()[::4]
    for turn in json.loads(line)["messages"]
]


def test_the_file_is_up_to_date() -> None:
    assert json.loads(FILE.read_text("utf-8")) == all_needles(), "python -m sot.router.wishes.needles"


@pytest.mark.parametrize(
    ("source", "needles"),
    [
        ("as (?:json|yaml)", {"json", "yaml"}),
        (r"\bin (?:a )?(?:table|grid)\b", {"table", "grid"}),
        (r"(?:please )?list", {"list"}),
        (r"(?:very )*brief(?:ly)?", {"brief"}),
        (r"\d+ tips", {" tips"}),
        (r"(?:a|\w+)", set()),
        ("(?:一文|一言)で", {"一"}),
    ],
)
def test_literals_of_which_every_match_has_one(source: str, needles: set[str]) -> None:
    assert needles_of(source) == needles


def test_nothing_is_found_less() -> None:
    load_all()
    found = 0
    for source in sorted(all_sources())[::7]:
        lazy, plain = LazyPattern(source), re.compile(source)
        for text in TEXTS[::9]:
            expected = plain.search(text)
            own = lazy.search(text)
            assert (own and own.span()) == (expected and expected.span())
            found += expected is not None
    assert found > 10
