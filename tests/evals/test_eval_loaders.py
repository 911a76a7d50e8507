"""Question files in every format that people have, and what is said of a wrong one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.errors import ConfigError
from sot.evals.dataset import FORMATS, load_questions
from sot.evals.dataset.load import BUILT_IN, detect
from sot.evals.dataset.question import Question

SHARED = Path(__file__).parents[3] / "shared" / "data" / "questions"
Write = Callable[[str, str], Path]

FASTCHAT = (
    '{"question_id": 7, "category": "travel", "turns": ["Where to?", "And then?"]}\n'
    '{"question_id": 8, "category": "math", "turns": ["Two and two?"], "reference": ["It is 4.", ""]}\n'
    '{"question_id": 9, "category": "math", "turns": ["One and one?", "Twice?"], "reference": ["", "4"]}\n'
)
ALPACA = json.dumps(
    [
        {"dataset": "helpful", "instruction": "Name a river.", "output": "The Rhine.", "generator": "x"},
        {"dataset": "koala", "instruction": "Translate.", "input": "Guten Tag", "output": "Hi"},
    ],
    indent=2,
)
GSM8K = '{"question": "Two and two?", "answer": "2 + 2 = <<2+2=4>>4\\n#### 1,004"}\n'
BBH = json.dumps(
    {
        "canary": 'not "examples": [this one]',
        "examples": [
            {"input": "Which one?\nOptions:\n(A) This\n(B) That", "target": "(B)"},
            {"input": "How many?", "target": "8"},
            {"input": "Sort: b a", "target": "a b"},
            {"input": "Close: [ {", "target": "} ]"},
        ],
    },
    indent=1,
)
CSV = 'id,prompt,category,reference\na1,"Why, oh\nwhy?",x,\na2,How many?,y,12\n'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
        return path

    return write


def loaded(path: Path, **options: str) -> tuple[str, list[Question]]:
    found = load_questions(str(path), **options)
    assert found.name == path.name
    assert {question.source for question in found.questions} == {path.name}
    return found.format, list(found.questions)


class TestFormats:
    def test_fastchat(self, write: Write) -> None:
        form, (first, second, third) = loaded(write("a", FASTCHAT))
        assert form == "fastchat"
        assert (first.id, first.category, first.question, first.kind) == ("7", "travel", "Where to?", "open")
        assert first.turns == ["Where to?", "And then?"]
        assert (second.reference, second.kind) == ("It is 4.", "open")  # prose: for a judge to read
        assert third.reference is None  # it is for the second turn

    def test_alpacaeval(self, write: Write) -> None:
        form, (first, second) = loaded(write("a", ALPACA))
        assert form == "alpacaeval"
        assert (first.category, first.question, first.reference) == ("helpful", "Name a river.", None)
        assert second.question == "Translate.\n\nGuten Tag"

    def test_gsm8k(self, write: Write) -> None:
        form, (only,) = loaded(write("a", GSM8K))
        assert form == "gsm8k"
        assert (only.question, only.reference, only.kind) == ("Two and two?", "1,004", "number")

    def test_fastchats_own_number_is_the_id(self, write: Write) -> None:
        entry = {"question_id": 81, "id": "row-1", "category": "writing", "turns": ["Write."]}
        assert [one.id for one in loaded(write("a.jsonl", json.dumps(entry)))[1]] == ["81"]

    def test_fields_that_a_format_does_not_have_are_passed_over(self, write: Write) -> None:
        more = {"id": 7, "category": ["x"]}
        bbh = json.dumps({"examples": [{"input": each, "target": "y", **more} for each in "ab"]})
        assert [one.id for one in loaded(write("task.json", bbh))[1]] == ["task-1", "task-2"]
        gsm8k = {"question": "Two and two?", "answer": "#### 4", "category": ["x"]}
        (one,) = loaded(write("math.jsonl", json.dumps(gsm8k)), form="gsm8k")[1]
        assert (one.category, one.id) == ("math", "math-1")

    def test_bbh(self, write: Write) -> None:
        form, questions = loaded(write("word_sorting.json", BBH))
        assert form == "bbh"
        assert [question.kind for question in questions] == ["choice", "number", "text", "text"]
        assert [question.reference for question in questions] == ["(B)", "8", "a b", "} ]"]
        assert {question.category for question in questions} == {"word_sorting"}
        assert questions[0].id == "word_sorting-1"

    def test_csv(self, write: Write) -> None:
        form, (first, second) = loaded(write("a", CSV))
        assert form == "csv"
        assert (first.id, first.category, first.question, first.kind) == ("a1", "x", "Why, oh\nwhy?", "open")
        assert (second.reference, second.kind) == ("12", "number")

    @pytest.mark.parametrize(
        "content", ["A;Frage;B\n1;Wie?;2\n", "A\tFrage\tB\n1\tWie?\t2\n", "Frage\nWie?\n"]
    )
    def test_a_column_of_a_csv_file_by_name(self, write: Write, content: str) -> None:
        form, (only,) = loaded(write("a.txt", content), column="Frage")
        assert (form, only.question) == ("csv", "Wie?")

    def test_text_and_json_lines(self, write: Write) -> None:
        form, questions = loaded(write("a", 'Why?\n\n{"question": "Who?", "id": 3, "reference": "me"}\n'))
        assert form == "text"
        assert [(question.id, question.question) for question in questions] == [
            ("a-1", "Why?"),
            ("3", "Who?"),
        ]
        assert questions[1].kind == "text"

    def test_an_instruction_keeps_what_it_is_about(self, write: Write) -> None:
        lines = (
            '{"instruction": "Shorten.", "input": "A long text."}\n'
            '{"instruction": "Shorten.", "instances": [{"input": "Another.", "output": "x"}]}\n'
            '{"instruction": "Sing.", "instances": [{"input": ""}]}\n'
        )
        form, questions = loaded(write("a", lines))
        assert form == "jsonl"
        assert [question.question for question in questions] == [
            "Shorten.\n\nA long text.",
            "Shorten.\n\nAnother.",
            "Sing.",
        ]

    def test_the_format_named_overrules_the_content(self, write: Write) -> None:
        path = write("a", "question,answer\nwhy,because\n")
        assert [question.question for question in loaded(path)[1]] == ["why"]
        assert [question.question for question in loaded(path, form="text")[1]] == [
            "question,answer",
            "why,because",
        ]

    @pytest.mark.parametrize("options", [{"form": "text"}, {}])
    def test_a_line_of_text_may_begin_with_a_brace(self, write: Write, options: dict[str, str]) -> None:
        lines = ["{city} lies where?", "Fill in: {name}", "{x | x > 0} is what?"]
        form, questions = loaded(write("a.txt", "\n".join(lines)), **options)
        assert form == "text"
        assert [question.question for question in questions] == lines

    def test_byte_order_marks_of_joined_files(self, write: Write) -> None:
        assert [q.question for q in loaded(write("a", "\ufeffWhy?\r\n\ufeffWho?\r\n"))[1]] == ["Why?", "Who?"]
        parts = ['{"question": "Why?"}', '{"question": "Who?"}', '{"question": "a\ufeffb"}']
        _, questions = loaded(write("b", "".join(f"\ufeff{part}\n" for part in parts)))
        assert [question.question for question in questions] == ["Why?", "Who?", "a\ufeffb"]
        assert [q.question for q in loaded(write("c.csv", "\ufeff\ufeffquestion\nWhy?\n"))[1]] == ["Why?"]

    @pytest.mark.parametrize("line", ["null", "42", "true", '"Why?"', '["Why?"]', "[]"])
    def test_json_that_is_no_object_is_no_question(self, write: Write, line: str) -> None:
        with pytest.raises(ConfigError, match="a:2: not a JSON object"):
            loaded(write("a", f'{{"question": "Why?"}}\n{line}\n'))

    @pytest.mark.parametrize(
        ("name", "form", "count"),
        [
            ("mt_bench_question.jsonl", "fastchat", 80),
            ("gsm8k_test_200.jsonl", "gsm8k", 200),
            ("self_instruct_user_oriented.jsonl", "jsonl", 252),
        ],
    )
    def test_published_files(self, name: str, form: str, count: int) -> None:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"the published sets are not here ({SHARED})")
        found, questions = loaded(path)
        assert (found, len(questions)) == (form, count)
        if form == "gsm8k":
            assert all(question.kind == "number" for question in questions)

    def test_half_a_surrogate_pair_can_be_written_again(self, write: Write) -> None:
        _, (only,) = loaded(write("a", '{"question": "Why \\ud800?"}'))
        assert only.model_dump_json()


class TestErrors:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (FASTCHAT + '{"question_id": 1, "turns": "Why?"}\n', "a:4: field turns: must be a list of texts"),
            (FASTCHAT + '{"question_id": 1}\n', "a:4: field turns: missing; there are question_id"),
            (FASTCHAT + '{"turns": []}\n', "a:4: field turns: has no first text"),
            (FASTCHAT + '{"turns": [1]}\n', "a:4: field turns: must be a list of texts"),
            (FASTCHAT + '{"turns": ["x"], "category": []}', "a:4: field category: must be text or a number"),
            (FASTCHAT + "{no\n", "a:4: not JSON: "),
            (FASTCHAT + "[]\n", "a:4: not a JSON object"),
            (FASTCHAT + '{"question_id": 7, "turns": ["x"]}\n', "questions 1 and 4 share the id '7'"),
            (GSM8K + '{"question": "Why?", "answer": "4"}\n', "a:2: field answer: has no result after ####"),
            (GSM8K + '{"question": "", "answer": "#### 4"}\n', "a:2: field question: is empty"),
            (GSM8K + '{"question": 3, "answer": "#### 4"}\n', "a:2: field question: must be text, not int"),
            (
                '{"question": "x"}\n{"question": "y", "kind": "odd"}',
                "a:2: field kind: is 'odd'; it must be one of",
            ),
            (
                '{"question": "x"}\n{"question": "y", "kind": "number"}',
                "a:2: field kind: number needs the field",
            ),
            ('{"question": "x"}\n{"text": "y"}', "a:2: no text in the field question, instruction or turns"),
            (
                '[{"instruction": "x"},\n {"output": "y"}]',
                "a:2: field instruction: missing; there are output",
            ),
            ('[\n{"instruction": "x"},\n\n 3]', "a:4: not a JSON object"),
            (
                '{\n"examples": [\n{"input": "x", "target": "y"},\n{"input": "z"}]}',
                "a:4: field target: missing",
            ),
            ('{"examples": {}}', "a:1: field examples: must be a list"),
            ('{\n "examples": [\n  {"input": "x"\n', "a:4: not JSON: "),
            ("prompt,b\nx,1\ny\n", "a:3: 1 cells where the first line has 2"),
            ("prompt,b\nx,1\n,2\n", "a:3: field prompt: is empty"),
            ('prompt,b\nx,"1\n', "not CSV: "),
            ("prompt,b\n", "a: no questions"),
            ("\n", "a: no questions"),
        ],
    )
    def test_a_wrong_entry_is_named_with_file_line_and_field(
        self, write: Write, content: str, says: str
    ) -> None:
        with pytest.raises(ConfigError) as caught:
            load_questions(str(write("a", content)))
        assert says in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("spec", "options", "says"),
        [
            (
                "mixd",
                {},
                "no question set or file 'mixd'; built in are everyday-120, everyday-ja-40, suitable, mixed",
            ),
            ("everyday-120", {"form": "csv"}, "everyday-120 is a built-in set"),
            ("everyday-120", {"column": "x"}, "everyday-120 is a built-in set"),
            (".", {}, "the questions cannot be read: "),
        ],
    )
    def test_a_wrong_request(self, spec: str, options: dict[str, str], says: str) -> None:
        with pytest.raises(ConfigError) as caught:
            load_questions(spec, **options)
        assert says in str(caught.value)

    def test_formats_and_columns_that_are_not_there(self, write: Write) -> None:
        path = str(write("a.csv", "x,y\n1,2\n"))
        with pytest.raises(ConfigError, match=r"which column has the questions\? --column: x, y"):
            load_questions(path)
        with pytest.raises(ConfigError, match="there is no column 'z'; there are x, y"):
            load_questions(path, column="z")
        with pytest.raises(ConfigError, match="--column is for CSV files"):
            load_questions(path, column="x", form="text")
        with pytest.raises(ConfigError, match="there is no format 'xml'; there are text"):
            load_questions(path, form="xml")


@given(content=st.text() | st.text('[]{},:"ab1\n;\t'), form=st.none() | st.sampled_from(FORMATS))
def test_any_file_is_read_or_refused(
    content: str, form: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content.encode("utf-8", "replace"))
    with contextlib.suppress(ConfigError):
        found = load_questions(str(path), form=form)
        assert all(question.question.strip() and question.id for question in found.questions)
        assert len({question.id for question in found.questions}) == len(found.questions) > 0
    assert detect(path, content or "x") in FORMATS


class TestOrder:
    def test_a_small_limit_covers_different_categories(self) -> None:
        everyday = load_questions("everyday-120")
        ten = everyday.chosen(limit=10)
        assert len({question.category for question in ten}) == 10
        assert everyday.chosen(limit=30)[:10] == ten
        assert sorted(question.id for question in everyday.chosen()) == sorted(
            question.id for question in everyday.questions
        )

    def test_a_limit_for_each_category(self) -> None:
        everyday = load_questions("everyday-120")
        two = everyday.chosen(limit_per_category=2)
        assert len(two) == 20
        assert everyday.chosen(limit_per_category=2, limit=5) == two[:5]

    def test_the_checksum_is_of_the_questions(self, write: Write) -> None:
        same = load_questions(str(write("a", "Why?\nHow?\n"))).info.sha256
        assert load_questions(str(write("a", "\ufeffWhy?  \r\nHow?"))).info.sha256 == same
        assert load_questions(str(write("a", "Why?\nHow!\n"))).info.sha256 != same


class TestQuestionsAlone:
    """As the measuring commands read them."""

    def read(self, spec: str | Path) -> list[str]:
        return [question.question for question in load_questions(str(spec)).questions]

    @pytest.mark.parametrize(("name", "count"), [("suitable", 20), ("mixed", 18)])
    def test_the_questions_that_come_along(self, name: str, count: int) -> None:
        questions = self.read(name)
        assert len(questions) == len(set(questions)) == count
        assert {question.source for question in load_questions(name).questions} == {name}
        assert questions == self.read(BUILT_IN[name])

    @pytest.mark.parametrize(
        "content",
        [
            "Why?\n\n  日本? \r\n",
            "\ufeffWhy?\n日本?",
            '{"question": "Why?"}\n{"instruction": "日本?"}\n',
            '{"turns": ["Why?", "And then?"], "question": null}\n\n{"turns": ["日本?"]}\n',
            'Why?\n {"question": "日本?", "instruction": "other"}',
            "Why?\n日本?\u2028\n",
        ],
    )
    def test_lines_and_json_lines(self, write: Write, content: str) -> None:
        assert self.read(write("questions", content)) == ["Why?", "日本?"]

    def test_line_separators_inside_json_do_not_part_it(self, write: Write) -> None:
        path = write("questions", '{"question": "One\u2028two\x85three?"}\n{"question": "Four?"}\n')
        assert self.read(path) == ["One\u2028two\x85three?", "Four?"]

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ('Why?\n\n{"question": \n', "questions:3: not JSON: "),
            ('{"text": "Why?"}', "questions:1: no text in the field question, instruction or turns"),
            ('{"question": " "}', "questions:1: no text in the field"),
            ('{"turns": []}', "questions:1: field turns: "),
            ('{"turns": [["Why?"]]}', "questions:1: field turns: "),
            ('{"question": ' + "[" * 100_000, "questions:1: not JSON: "),
            ("", "questions: no questions"),
            ("\n \n", "questions: no questions"),
            ("\ud800", "the questions cannot be read: "),
        ],
    )
    def test_a_bad_file_is_named_with_its_line(self, write: Write, content: str, says: str) -> None:
        with pytest.raises(ConfigError) as caught:
            self.read(write("questions", content))
        assert says in str(caught.value)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"there is no question set or file '.*nowhere'"):
            self.read(tmp_path / "nowhere")
        with pytest.raises(ConfigError, match="the questions cannot be read: "):
            self.read(tmp_path)
