"""Which prompt pack a text calls for."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from rows import rows

from sot.prompting.language import detect_language


@rows(
    ("text", "language"),
    [
        ("How can I keep my desk tidy?", "en"),
        ("", "en"),
        ("  123 + 456 = ?", "en"),
        ("Wie kann ich besser schlafen?", "de"),
        ("Was ist Photosynthese?", "de"),
        ("Comment mieux dormir ?", "fr"),
        ("que pasaria si no hubiera abejas", "es"),
        ("Come posso dormire meglio?", "it"),
        ("Quais são as vantagens do teletrabalho?", "pt"),
        ("Hoe kan ik beter slapen?", "nl"),
        ("Jak mogę lepiej spać?", "pl"),
        ("Nasıl daha iyi uyuyabilirim?", "tr"),
        ("What does the German word Schadenfreude mean?", "en"),
        ("Explain the café culture of São Paulo", "en"),
        ("How do I say 'où est la gare' in English?", "en"),
        ("x + y = 11, x - y = 3. Find x and y.", "en"),
        ("Που μπορώ να μάθω να κολυμπώ;", "el"),
        ("מהם היתרונות של תה?", "he"),
        ("চা খাওয়ার সুবিধা কী?", "bn"),
        ("რა სარგებელი აქვს ჩაის?", "ka"),
        ("தேநீரின் நன்மைகள் என்ன?", "ta"),
        ("ការទទួលទានតែមានអត្ថប្រយោជន៍អ្វី?", "km"),
        ("ᚠᚢᚦᚨᚱᚲ", "und"),
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
    assert re.fullmatch("[a-z]{2,3}", detect_language(text))


def test_a_long_text_is_sampled() -> None:
    assert detect_language("よく眠るには" * 200_000) == "ja"
    assert detect_language("```" * 300_000) == "en"
