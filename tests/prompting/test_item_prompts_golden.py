"""The requests of given items, as the model gets them: a changed prompt shows in review.

The files are in ``tests/prompting/golden_items``. After a change on purpose, write them anew and look at the
difference:

    UPDATE_GOLDEN=1 python -m pytest tests/prompting/test_item_prompts_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sot.prompting.packs import builtin_packs, load_pack

GOLDEN = Path(__file__).parent / "golden_items"
ITEMS = {
    "en": ("Translate each sentence into French:", ("The sun is hot.", "I like tea.")),
    "ja": ("次の文をそれぞれ英語に訳してください。", ("太陽は熱い。", "お茶が好きです。")),
}


@pytest.mark.parametrize("pack", builtin_packs())
def test_the_requests_of_given_items(pack: str) -> None:
    loaded, (instruction, items) = load_pack(pack), ITEMS[pack]
    cases = {
        "one item": {"header": "", "items": items[:1], "foreign": False},
        "several items": {"header": "", "items": items, "foreign": False},
        "a row below a header": {"header": "name,age", "items": ("Ann,3",), "foreign": False},
        "one item, in a language that is not the pack's": {"header": "", "items": items[:1], "foreign": True},
        "several items, likewise": {"header": "", "items": items, "foreign": True},
    }
    text = "\n".join(
        f"=== {name} ===\n\n{loaded.render('item', instruction=instruction, **values)}\n"
        for name, values in cases.items()
    )
    path = GOLDEN / f"{pack}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "see this file's beginning"


@pytest.mark.parametrize("pack", builtin_packs())
def test_an_item_is_never_interpreted(pack: str) -> None:
    item = "{{ 7 * 7 }} {% raw %} {# hidden #}"
    rendered = load_pack(pack).render(
        "item", instruction="Do {{ this }}.", header="", items=(item,), foreign=False
    )
    assert item in rendered
    assert "Do {{ this }}." in rendered
