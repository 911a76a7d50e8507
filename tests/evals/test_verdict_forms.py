"""A judge's reply in the forms that models write: read where it is plain, unreadable where it is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rows import rows

from sot.evals.judge.verdict import parse_verdict
from sot.evals.stats.net_win import Place

IN_DRESS = (
    "## Verdict: {}",
    ">> Verdict: {}",
    "* Verdict: {}",
    "1. Verdict: {}",
    "| Verdict | {} |",
    "***Verdict:*** __{}__",
    "**Verdict: {}.**",
    "Verdict: `{}`",
    "Verdict: '{}'",
    "“Verdict: {}”",
    "Verdict: «{}»",
    "Verdict：【{}】",
    "Ｖｅｒｄｉｃｔ： {}",
    "Verdict = {}",
    "Verdict → {}",
    "Verdict => {}",
    "Verdict — {}",
    "Verdict is {}",
    "Verdict (overall): {}",
    "My verdict: {}",
    "Therefore, my final verdict is: {}.",
    "Verdict: Verdict: {}",  # a prefilled label, written again
    "Verdict: {}</s>",
    "Verdict: {}<end_of_turn>",
    "<b>Verdict:</b> {}",
    "<verdict>{}</verdict>",
    "<answer> {} </answer>",
    "Verdict: \\text{{{}}}",
    "\\[\\boxed{{\\text{{{}}}}}\\]",
    "🏆 Verdict: {} ✅",
    "[[{}]]",
    "My final verdict is: [[{}]].",
    "## Verdict\n\n**{}**",
    "Verdict:\n{}",
    '{{"verdict": "{}"}}',
    '```json\n{{\n  "reasons": "B says more, A less.",\n  "verdict": "{}"\n}}\n```',
    "As asked: {{'winner': '{}', 'confidence': 0.7}} - that is all.",
    '{{"reason": "so", "final_verdict":"{}"}}',
    "Winner: {}",
    "Final answer: {}",
    "Decision: {}",
    "<think>Verdict: TIE, or B, or A?</think>\nVerdict: {}",
    "Verdict: TIE at first sight, so\nVerdict: B?\n</think>\n\nVerdict: {}",
    "Preliminary verdict: TIE\nOn reflection the other way round.\nFinal verdict: {}",
    "~~~\nVerdict: {}\n~~~\nLet me know if you need anything else.",
    "Verdict: {}\n\nReasons: more detail, but longer, and not always clear.",
    "Reasons first, though short ones.\n\n{}",
    "{}",
    "**{}**",
)
IN_OTHER_LANGUAGES = (
    "Urteil: {}",
    "Das Urteil lautet: {}",
    "Veredicto: {}",
    "Mi veredicto es: {}",
    "Verdict : {}",
    "Verdetto: {}",
    "Вердикт: {}",
    "Ответ: {}",
    "判定：{}",
    "最终判定：{}",
    "我的裁决是：{}",
    "判定は {} です",
    "최종 판정: {}",
    "الحكم: {}",
    "निर्णय: {}",
    "Karar: {}",
)
FIRST = ("A", "Answer A", "Option A", "(A)")
TIES = ("TIE", "Tie", "a tie", "Draw")


@rows("form", [*IN_DRESS, *IN_OTHER_LANGUAGES])
def test_a_verdict_is_read_in_any_dress(form: str) -> None:
    places: dict[Place, tuple[str, ...]] = {"first": FIRST, "second": ("B", "Answer B"), "tie": TIES}
    for place, choices in places.items():
        for choice in choices:
            assert parse_verdict(form.format(choice)).place == place, choice


@rows(
    ("reply", "place"),
    [
        ("  verdict :  a. ", "first"),
        ("Verdict: A\nVerdict: A", "first"),
        ("Both are fine, but the first is clearer.\n\nVerdict: A\n", "first"),
        ("Verdict: tie\nBecause both say the same.", "tie"),
        ("The verdict: A is better", "first"),
        ("Verdict: A is better than B", "first"),
        ("Verdict: Answer B wins.", "second"),
        ("Verdict: A, because B leaves half of it out", "first"),
        ("Verdict: B (A is much too long)", "second"),
        ("Verdict: A. It names the sources.", "first"),
        ("Verdict: A - more complete", "first"),
        ("Verdict: the first answer", "first"),
        ("Verdict: Second", "second"),
        ("Verdict: Both are equally good", "tie"),
        ("Verdict: B > A", "second"),
        ("[[A>>B]]", "first"),
        ("My verdict is [[A=B]].", "tie"),
        ("Answer B is better.", "second"),
        ("Urteil: Antwort B ist besser", "second"),
        ("Urteil: Unentschieden", "tie"),
        ("Veredicto: empate", "tie"),
        ("Вердикт: А", "first"),  # in Cyrillic
        ("Вердикт: Б", "second"),
        ("Вердикт: ничья", "tie"),
        ("判定：引き分け", "tie"),
        ("裁决：平局", "tie"),
        ("判定結果：回答Bが優れています", "second"),
        ("판정: 무승부", "tie"),
        ("الحكم: ب", "second"),
        ("Clarity: A\nDepth: A\nOverall verdict: B", "second"),
        ("Verdict: B\nA: 7/10\nB: 8/10", "second"),
    ],
)
def test_a_verdict_in_a_sentence_or_another_language(reply: str, place: str) -> None:
    assert parse_verdict(reply).place == place


@rows(
    "reply",
    [
        "Verdict: A/B",
        "Verdict: A and B",
        "Verdict: A, B",
        "Verdict: either A or B",
        "Verdict: A?",
        "Verdict: maybe A",
        "Verdict: not A",
        "Verdict: neither",
        "Verdict: A is not better",
        "Verdict: A is worse than B",
        "Verdict: A, but B is as good",
        "Verdict: A - answer B is better",
        "Verdict: [A/B/TIE]",
        "Verdict: A|B|TIE",
        "Verdict: Apples",
        "Verdict: a better one would be B",
        "Verdict: 1",
        "Verdict: Answer",
        "Verdict:",
        '{"verdict": "A|B|TIE"}',
        '{"verdict": null}',
        '{"verdict": "A", "winner": "B"}',
        '{"verdict": "A"}\nVerdict: B',
        "<answer>A</answer>\n<verdict>B</verdict>",
        "[[A]] if the first is better, [[B]] if the second is",
        "If pressed, verdict: A",
        "I would not give the verdict: A",
        "For example, verdict: A",
        "Reply in the form Verdict: A, Verdict: B or Verdict: TIE",
        "Verdict: A\nFinal verdict: unclear",
        "Verdict: A\nWait, I missed a part.",
        "Verdict: A\nOn second thought both are fine.",
        "Verdict: A\nB is better.",
        "Both have points.\nVerdict: B\nHowever, A is shorter.",
        "Answer A: good structure, clear.",
        "Answer A: good\nAnswer B: better",
        "The correct answer is B.\nAnswer A says so as well.",
        "A: 8/10\nB: 7/10",
        "<think>Verdict: A",
        "A is good.",
    ],
)
def test_what_is_not_plain_is_unreadable_and_not_guessed(reply: str) -> None:
    found = parse_verdict(reply)
    assert found.place is None
    assert found.error


def test_a_long_hostile_reply_is_unreadable() -> None:
    for piece in (
        "Verdict: ",
        "A, ",
        "[[",
        '"',
        "<",
        "verdict=",
        "Verdict: A or B\n",
        "( ",
        "\\boxed{",
        "a ",
    ):
        assert parse_verdict(piece * (30_000 // len(piece))).place is None
    for piece in ("[[A]].~~", "🏆 [[A]] } "):  # in one line
        assert parse_verdict(piece * (30_000 // len(piece))).place == "first"


@given(
    reply=st.text("ABTIEVerdict:verdict \n*[](){}<>|/\"'`.,?!-ab0"),
    finish=st.sampled_from(["stop", "length"]),
)
def test_reading_never_raises(reply: str, finish: str) -> None:
    found = parse_verdict(reply, "length" if finish == "length" else "stop")
    assert (found.place is None) == (found.error is not None)
