"""The measure's rules: which titles, sentences and persons count as faulty, and the figures made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sot.evals.adapter.figures import figures
from sot.evals.adapter.measure import main
from sot.evals.adapter.page import main as page
from sot.evals.adapter.records import (
    GREEDY,
    QUESTIONS,
    RecordedAnswer,
    RecordedPoint,
    read_questions,
    read_records,
)
from sot.evals.adapter.text_form import changes_person, loops, near_equal, repeated_sentences, title_fault


@pytest.mark.parametrize(
    "title",
    [
        "Regular bedtime",
        "Turn off screens early",
        "Food you enjoy",
        "Habits that are cheap",
        "Lower running costs",
        "How to begin",
    ],
)
def test_headings_have_no_fault(title: str) -> None:
    assert title_fault(title) is None


@pytest.mark.parametrize(
    ("title", "fault"),
    [
        ("In some areas", "clause"),
        ("It saves a lot of time", "clause"),
        ("Exercise improves your mood", "clause"),
        ("Sleep is good", "clause"),
        ("Sleep is what helps", "clause"),
        ("What people often forget", "clause"),
        ("The importance of", "clause"),
        ("Plan your meals for the whole week", "long"),
        ("Plan ahead:", "mark"),
        ("**", "empty"),
    ],
)
def test_clauses_and_half_sentences_are_no_headings(title: str, fault: str) -> None:
    assert title_fault(title) == fault


def test_titles_that_say_the_same_are_counted_once_for_each_repeat() -> None:
    assert near_equal(["Pros", "Cons", "Pros", "The pros"]) == 2
    assert near_equal(["Save water", "Saving water", "Save energy"]) == 1
    assert near_equal(["Lower costs", "Higher speed", "Cleaner air"]) == 0


def test_a_sentence_said_again_in_nearly_the_same_words_is_a_repeat() -> None:
    text = (
        "1. **Rest**: A nap of twenty minutes helps most people.\n\n"
        "2. **Sleep**: Dark rooms are best. A nap of twenty minutes helps most people a lot. Yes. Yes."
    )
    assert repeated_sentences(text) == (1, 3)


def test_a_phrase_that_comes_three_times_is_a_loop() -> None:
    phrase = "is added to the bowl so that it rises"
    assert loops(f"Milk {phrase}. Salt {phrase}. Honey {phrase}.")
    assert not loops(f"Milk {phrase}. Salt {phrase}.")


def test_the_writer_may_be_we_only_where_the_question_is() -> None:
    assert changes_person("How can I sleep better?", "I would go to bed at ten.")
    assert changes_person("How can I sleep better?", "We should all rest more.")
    assert not changes_person("How can we waste less paper?", "Our office prints on both sides.")
    assert not changes_person("Where is gold found?", "Companies in the US mine it.")
    assert not changes_person("How can I say no?", 'Say "I have no time" and smile.')


def recorded(*titles: str, text: str = "", fell_back: str | None = None) -> RecordedAnswer:
    points = tuple(RecordedPoint(title=title, text="You rest.", status="done") for title in titles)
    return RecordedAnswer(
        id="1",
        part="develop",
        question="?",
        strategy="skeleton",
        seed=0,
        text=text or "\n".join(titles),
        points=points,
        fell_back=fell_back,
    )


def test_figures_are_shares_of_what_they_are_about() -> None:
    found = figures(
        [
            recorded("Rest", "It is good to rest", "Rest"),
            recorded(text="A whole sentence here. A whole sentence here.", fell_back="no list"),
        ]
    )
    assert found.valid_skeletons == 0.5
    assert found.good_titles == pytest.approx(2 / 3)
    assert found.near_equal_titles == pytest.approx(1 / 3)
    assert found.repeated_sentences == pytest.approx(1 / 3)
    assert found.mean_points == 3


def test_the_questions_are_sixty_and_a_third_is_kept_apart() -> None:
    everything = read_questions(QUESTIONS, "all")
    assert len({question.question for question in everything}) == 60
    assert len(read_questions(QUESTIONS, "kept-apart")) == 20
    assert {question.part for question in read_questions(QUESTIONS, "develop")} == {"develop"}


def measure(engine: str, out: Path, *more: str) -> list[str]:
    return ["--backend", engine, "--out", str(out), "--seeds", "greedy,1", "--limit", "1", *more]


def test_a_run_is_taken_up_again_and_asks_nothing_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], replayed: str
) -> None:
    out = tmp_path / "answers.jsonl"
    assert main(measure(replayed, out)) == 0
    first = capsys.readouterr().out
    assert "| answers | 1 | 1 | 1 | 1 |" in first
    whole = out.read_text()
    out.write_text(whole[:-40])  # as a run that was killed leaves it
    assert len(read_records(out)) == 3
    assert main(measure(replayed, out)) == 0
    assert len(read_records(out)) == 4
    before = out.stat().st_mtime_ns
    assert main(measure("http://127.0.0.1:9/v1", out)) == 0  # finished: no engine is needed
    assert out.stat().st_mtime_ns == before
    assert "| answers | 1 | 1 | 1 | 1 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--seeds", "one", "--seeds"),
        ("--strategies", "cot", "--strategies"),
        ("--questions", "no.jsonl", "no.jsonl"),
    ],
)
def test_wrong_options_are_named(
    option: str, value: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], replayed: str
) -> None:
    assert main(measure(replayed, tmp_path / "answers.jsonl", option, value)) == 2
    assert says in capsys.readouterr().err


@pytest.fixture
def replayed() -> str:
    """A simulated engine, whose texts are made up."""
    import sot.evals.simulate

    profiles = sorted((Path(sot.evals.simulate.__path__[0]) / "profiles").glob("*.json"))
    return f"replay:{profiles[0]}"


def test_the_page_shows_the_drawn_answers_unchanged(tmp_path: Path) -> None:
    apart = read_questions(QUESTIONS, "kept-apart")
    file = tmp_path / "before.jsonl"
    records = [
        RecordedAnswer(
            id=question.id,
            part="kept-apart",
            question=question.question,
            strategy=strategy,
            seed=GREEDY,
            text=f"{strategy} to {question.id}\n\n## A heading",
        )
        for question in apart
        for strategy in ("skeleton", "normal")
    ]
    file.write_text("".join(record.model_dump_json() + "\n" for record in records))
    out = tmp_path / "answers.md"
    assert page(["--before", str(file), "--after", str(file), "--out", str(out)]) == 0
    text = out.read_text()
    shown = [question for question in apart if f"## {question.question}\n" in text]
    assert len(shown) == 10
    for question in shown:
        for strategy in ("skeleton", "normal"):
            assert text.count(f"> {strategy} to {question.id}\n>\n> ## A heading\n") == 2
    file.write_text("".join(record.model_dump_json() + "\n" for record in records[:20]))
    assert page(["--before", str(file), "--out", str(out)]) == 2


def test_files_of_something_else_are_left_alone(
    replayed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("first\nsecond, without a line feed")
    assert main(measure(replayed, notes)) == 2
    answers = tmp_path / "answers.jsonl"
    answers.write_text("")
    assert page(["--before", str(answers), "--out", str(notes)]) == 2
    assert "notes.txt" in capsys.readouterr().err
    assert notes.read_text() == "first\nsecond, without a line feed"
