"""Property tests draw the same examples, whichever tests ran before in the same process."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def drawn() -> list[str]:
    texts: list[str] = []

    @settings(max_examples=200)
    @given(st.text())
    def draw(text: str) -> None:
        texts.append(text)

    draw()
    return texts


def test_examples_do_not_depend_on_what_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn()
    module = ModuleType("loaded_before")
    module.__file__ = str(tmp_path / "loaded_before.py")
    (tmp_path / "loaded_before.py").write_text("WORDS = ('one', 'two', 'three')\n", "utf-8")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert drawn() == before
