"""Which prompt pack a text calls for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.prompting.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How can I keep my desk tidy?", "en"),
        ("", "en"),
        ("  123 + 456 = ?", "en"),
        ("Wie kann ich besser schlafen?", "en"),
        ("よく眠るにはどうすればいいですか?", "ja"),
        ("カメラの選び方", "ja"),
        ("人工知能の利点を教えて", "ja"),
        ("怎样才能睡得更好？", "zh"),
        ("如何學習一門新語言", "zh"),
        ("더 잘 자려면 어떻게 해야 하나요?", "ko"),
        ("Как лучше спать?", "ru"),
        ("كيف أنام بشكل أفضل؟", "ar"),
        ("मैं बेहतर नींद कैसे ले सकता हूँ?", "hi"),
        ("จะนอนหลับได้ดีขึ้นอย่างไร", "th"),
        ("Pythonのasyncioの利点は何ですか?", "ja"),
        ("用Python写爬虫有哪些好处？", "zh"),
        ("What does the Japanese word 木漏れ日 mean in English?", "en"),
        ("このコードを説明して\n```python\nfor name in names: print(name, file=stream)\n```", "ja"),
        ("```\n你好世界\n```", "zh"),
        ("请解释 の 这个假名在日语里面有哪些常见的用法和意思以及历史", "zh"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect_language(text) == language


@given(st.text())
def test_any_text_has_a_language(text: str) -> None:
    assert detect_language(text) in {"en", "ja", "zh", "ko", "ru", "ar", "hi", "th"}


def test_a_long_text_is_sampled() -> None:
    assert detect_language("よく眠るには" * 200_000) == "ja"
    assert detect_language("```" * 300_000) == "en"
