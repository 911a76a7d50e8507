"""Where sentences end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import rows

from sot.text.sentences import ends_whole, last_sentence_end


@rows(
    ("text", "whole"),
    [
        ("", ""),
        ("No end here", ""),
        ("One. Two", "One."),
        ("One! Two? Three", "One! Two?"),
        ("Pi is 3.14 and more", ""),
        ("It is over. Pi is 3.1", "It is over."),
        ('He said "stop." Then', 'He said "stop."'),
        ("This is **bold.** And", "This is **bold.**"),
        ("(In brackets.) And", "(In brackets.)"),
        ("Well… And", "Well…"),
        ("眠ります。そして", "眠ります。"),
        ("「眠ります。」そして", "「眠ります。」"),
        ("睡觉！然后", "睡觉！"),
        ("Do this:\n1. First", ""),  # the dot of a list's number ends nothing
        ("A list. 2. Second", "A list."),
        ("It grew to 12,000 in 2019. Then", "It grew to 12,000 in 2019."),
        ("It is 6 p.m. Then", "It is 6 p.m."),
        ("No mark here\nNor here", ""),
    ],
)
def test_the_last_whole_sentence(text: str, whole: str) -> None:
    assert text[: last_sentence_end(text)] == whole


@rows(
    ("text", "whole"),
    [
        ("धीरे खाएँ॥ फिर", "धीरे खाएँ॥"),
        ("ধীরে খাও। তারপর", "ধীরে খাও।"),
        ("آہستہ کھائیں۔ پھر", "آہستہ کھائیں۔"),
        ("هل تأكل ببطء؟ ثم", "هل تأكل ببطء؟"),
        ("ゆっくり食べる｡次に", "ゆっくり食べる｡"),
        ("慢慢吃？然后", "慢慢吃？"),
        ("Կեր դանդաղ։ Հետո", "Կեր դանդաղ։"),
        ("ቀስ ብለህ ብላ። ከዚያ", "ቀስ ብለህ ብላ።"),
        ("ለምን፧ ከዚያ", "ለምን፧"),
        ("ញ៉ាំយឺតៗ។ បន្ទាប់", "ញ៉ាំយឺតៗ។"),
        ("ဖြည်းဖြည်းစားပါ။ ပြီးတော့", "ဖြည်းဖြည်းစားပါ။"),
        ("ག་ལེར་ཟོ། དེ་ནས", "ག་ལེར་ཟོ།"),
        ("ᠢᠳᠡ᠃ ᠳᠠᠷᠠᠭ᠎ᠠ", "ᠢᠳᠡ᠃"),
        ("සෙමින් කන්න෴ ඊළඟට", "සෙමින් කන්න෴"),
        ("Τρως αργά; Μετά", "Τρως αργά;"),
        ("กินช้าๆ แล้ว", ""),  # Thai has no such mark
    ],
)
def test_the_marks_of_other_scripts_end_sentences(text: str, whole: str) -> None:
    assert text[: last_sentence_end(text)] == whole


@rows(
    "text",
    [
        "Ask Prof. Weber and",
        "Ask Mrs. Hill about",
        "Take fruit, i.e. plums and",
        "Take fruit, plums, etc. and",
        "Trink z.B. Tee und",
        "Trink z. B. Tee und",
        "Frag Hrn. Weiß und",
        "Nimm ca. 2 Tassen und",
        "Voir p. ex. le thé et",
        "Demande à Mme. Petit et",
        "Pregunta a la Sra. López y",
        "Pergunte ao Exmo. Silva e",
        "Chiedi al Dott. Rossi e",
        "Vraag het bijv. Jan en",
        "Zapytaj np. Jana i",
        "Спроси, т.е. узнай и",
        "Read J. R. R. Tolkien and",
        "See No. 5 and",
        "See Fig. 3 and",
        "Drink 1.5 litres and",
        "Install version 2.0.1 and",
        "Visit example.com/a.html and",
        "Open notes.txt and",
        "Serve in the U.S. Army and",
        "Say Yahoo! was old and",
    ],
)
def test_a_mark_within_a_sentence_ends_none(text: str) -> None:
    before = "Rest well."
    assert last_sentence_end(f"{before} {text}") == len(before)


@pytest.mark.parametrize(
    "text", ["Is it safe? No. Then", "Keep an open mind. Then", "It lasts until 2019. Then"]
)
def test_a_word_like_an_abbreviation_ends_a_sentence(text: str) -> None:
    assert last_sentence_end(text) == text.rindex(".") + 1


@pytest.mark.parametrize("text", ["It costs 3.", "Plums, etc.", "Rest."])
def test_while_more_may_follow_a_mark_at_the_end_is_not_sure(text: str) -> None:
    assert last_sentence_end(text, sure=True) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("One.", True), ("One. \n", True), ("One. Two", False), ("", False), ("  ", False), ("終わり。", True)],
)
def test_ends_whole(text: str, expected: bool) -> None:
    assert ends_whole(text) is expected


@given(st.text(alphabet='ab .!?。)"1\n', max_size=60))
def test_what_is_cut_there_ends_whole(text: str) -> None:
    end = last_sentence_end(text)
    assert end == 0 or ends_whole(text[:end])
