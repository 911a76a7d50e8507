"""The router's corpus: enough questions, all well formed, and a split that does not leak."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sot.errors import ConfigError
from sot.prompting.language import detect_language
from sot.router.corpus import (
    CALIBRATION,
    DATA,
    HELD_OUT,
    ROUTES,
    Entry,
    load_corpus,
    near_duplicates,
    read_entries,
)
from sot.types import Message

CATEGORIES = frozenset(
    [
        "advice",
        "algorithm",
        "arithmetic",
        "aspects",
        "bare-list",
        "choice",
        "code",
        "comparison",
        "consequences",
        "conversion",
        "counting",
        "date-time",
        "definition",
        "discussion",
        "effects",
        "essay",
        "estimate",
        "explanation",
        "extraction",
        "fact",
        "factors",
        "follow-up",
        "format",
        "geometry",
        "ideas",
        "letter",
        "logic",
        "logic-choice",
        "mechanism",
        "opinion",
        "percentage",
        "planning",
        "poem",
        "probability",
        "procedure",
        "pros-cons",
        "reasons",
        "rewrite",
        "roleplay",
        "sequence",
        "smalltalk",
        "speech",
        "story",
        "summary",
        "syllogism",
        "tips",
        "translation",
        "what-if",
        "word-problem",
    ]
)
CORPUS = load_corpus()


@pytest.mark.parametrize(
    ("language", "least"), [("en", 5000), ("ja", 1300), ("zh", 1300), ("de", 450), ("fr", 450), ("es", 450)]
)
def test_there_are_enough_different_questions(language: str, least: int) -> None:
    questions = {" ".join(entry.question.split()) for entry in CORPUS if entry.language == language}
    assert len(questions) >= least


def test_every_line_says_what_it_is() -> None:
    for path in DATA.glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            fields = json.loads(line)
            assert {"question", "route", "language", "topic", "category", "note"} == fields.keys() - {
                "history"
            }
            assert fields["language"] in ("en", "ja", "zh", "de", "fr", "es")
            assert fields["category"] in CATEGORIES
            assert fields["topic"].strip()
            assert fields["note"].strip()


@pytest.mark.parametrize("language", ["en", "ja", "zh", "de", "fr", "es"])
@pytest.mark.parametrize("split", ["train", "calibration", "heldout"])
def test_every_part_has_every_route(language: str, split: str) -> None:
    part = [entry for entry in CORPUS if (entry.language, entry.split) == (language, split)]
    assert {entry.route for entry in part} == set(ROUTES)


def test_every_kind_of_question_is_in_every_part() -> None:
    for split in ("train", "heldout"):
        assert {entry.category for entry in CORPUS if entry.split == split} == CATEGORIES


def test_the_language_is_the_questions() -> None:
    """A given text may be in another language; so a few differ from what is detected."""
    differ = [entry for entry in CORPUS if detect_language(entry.question) != entry.language]
    assert len(differ) <= 0.02 * len(CORPUS)


def test_there_are_follow_ups_and_long_questions() -> None:
    histories = [entry for entry in CORPUS if len(entry.messages) > 1]
    assert len(histories) >= 500
    assert sum(len(entry.messages) > 4 for entry in histories) >= 30
    assert sum(any(turn.role == "system" for turn in entry.messages) for entry in histories) >= 30
    for entry in histories:
        assert entry.messages[-1].role == "user"
        assert entry.messages[-2].role in ("assistant", "system")
    assert sum(len(entry.question.split()) > 100 for entry in CORPUS) >= 20


def test_the_split_is_by_topic() -> None:
    parts = {entry.topic: entry.split for entry in CORPUS}
    assert all(parts[entry.topic] == entry.split for entry in CORPUS)
    assert parts.keys() >= HELD_OUT | CALIBRATION
    assert not HELD_OUT & CALIBRATION
    topics = {" ".join(topic.casefold().split()) for topic in parts}
    assert len(topics) == len(parts)  # no topic under two spellings


def test_no_near_duplicates() -> None:
    """None across the split, and no copies inside a part."""
    for one, other, similarity in near_duplicates(CORPUS, threshold=0.7):
        pair = f"{similarity:.2f}: {one.question!r} / {other.question!r}"
        assert one.split == other.split, pair
        assert similarity < 0.85, pair


def test_near_duplicates_are_found() -> None:
    def entry(question: str) -> Entry:
        return Entry((Message("user", question),), "normal")

    one = entry("How can I keep the lawn in front of my house green?")
    other = entry("how can I keep the lawn in front of my house green now")
    unlike = entry("What is the capital of Mongolia?")
    ((first, second, similarity),) = near_duplicates([one, unlike, other])
    assert (first, second) == (one, other)
    assert 0.7 <= similarity < 1
    assert [found[2] for found in near_duplicates([one, one])] == [1]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"route": "cot"}', "the field question must be text"),
        ('{"question": " ", "route": "cot"}', "the field question must be text"),
        ('{"question": 3, "route": "cot"}', "the field question must be text"),
        ('{"question": "Hi", "route": "plan"}', "the field route must be one of skeleton, normal, cot"),
        ('{"question": "Hi"}', "the field route must be one of"),
        ('{"question": "Hi", "route": []}', "the field route must be one of"),
        ('{"question": "Hi", "route": "cot", "history": [{"role": "user"}]}', "history must be a list"),
        ('{"question": "Hi", "route": "cot", "history": 3}', "history must be a list"),
        ('{"question": "Hi", "route": "cot", "history": [{"role": "king", "content": ""}]}', "history must"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"question": "Hi", "route": "normal"}\n\n' + line + "\n")
    with pytest.raises(ConfigError, match=says) as raised:
        read_entries(path)
    assert str(raised.value).startswith(f"{path}:3: ")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe")
    for name, says in (
        ("no.jsonl", "No such file"),
        ("empty.jsonl", "no labelled"),
        ("binary.jsonl", "utf-8"),
    ):
        with pytest.raises(ConfigError, match=says):
            read_entries(tmp_path / name)


def test_a_line_may_leave_out_what_is_not_needed(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    history = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}]
    path.write_text(
        json.dumps({"question": "Hi\u2028there", "route": "cot", "history": history}, ensure_ascii=False)
    )
    (entry,) = read_entries(path)
    assert entry.messages == (
        Message("user", "One"),
        Message("assistant", "Two"),
        Message("user", "Hi\u2028there"),
    )
    assert (entry.split, entry.language) == ("train", "")
