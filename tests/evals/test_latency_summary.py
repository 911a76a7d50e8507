"""From answers to figures and tables."""

from __future__ import annotations

from typing import Any

import pytest
from latency_records import record

from sot.evals.analysis.latency import Figures, Prices, Summary, summarise
from sot.evals.engines.random_model import StepTime
from sot.evals.measure.manifest import Refused
from sot.evals.report.latency_tables import make_tables
from sot.evals.report.table import Cell, Table
from sot.evals.run.records import AnswerRecord, Gaps, PointSpan
from sot.evals.stats.bootstrap import Spread

ASKED: dict[str, Any] = {"router": "llm", "route_s": 0.5}
FOUR = tuple(PointSpan(number, 0.5, 0.6, 0.7, 3.0, 30) for number in range(1, 5))


def pairs(questions: int = 12, **more: Any) -> list[AnswerRecord]:
    """Normal answers of 10 s, and skeletons that are 2 to 2.5 times as soon."""
    records: list[AnswerRecord] = []
    for number in range(questions):
        records.append(record(f"q{number}", "normal", 10.0, useful_tokens=100.0 + number))
        skeleton = {"spans": FOUR, "requests": 5, "prompt_tokens": 500, "cached_tokens": 400, **more}
        total_s = 5.0 if number % 2 else 4.0
        records.append(record(f"q{number}", "skeleton", total_s, first_text_s=0.7, **skeleton))
    return records


def changed(records: list[AnswerRecord], **fields: Any) -> list[AnswerRecord]:
    return [one.model_copy(update=fields) for one in records]


def group(summary: Summary, method: str) -> Figures:
    (found,) = (one for one in summary.groups if one["method"] == method)
    return found


def table(tables: list[Table], title: str) -> Table:
    (found,) = (one for one in tables if one.title.startswith(title))
    return found


def cells(row: object) -> list[str]:
    return [cell.text if isinstance(cell, Cell) else str(cell) for cell in row]  # pyright: ignore[reportUnknownVariableType, reportGeneralTypeIssues]


class TestComparison:
    def test_ratios_are_taken_question_by_question_with_an_interval(self) -> None:
        (row,) = (one for one in summarise(pairs(), Prices()).within if not one["part"])
        assert (row["method"], row["against_method"]) == ("skeleton", "normal")
        assert 2.0 <= row["sooner"].low <= row["sooner"].estimate <= row["sooner"].high <= 2.5
        assert row["sooner"].count == 12
        assert row["first_later_s"].estimate == pytest.approx(0.2)
        assert row["prompt_tokens"].estimate == pytest.approx(10)

    def test_repetitions_are_one_questions_worth(self) -> None:
        (row,) = (
            one
            for one in summarise([*pairs(6), *changed(pairs(6), repeat=2)], Prices()).within
            if not one["part"]
        )
        assert row["sooner"].count == 6

    def test_repetitions_twice_and_half_as_soon_are_no_difference(self) -> None:
        first = [record("a", "normal", 2.0), record("a", "skeleton", 1.0)]
        second = [record("a", "normal", 1.0, repeat=2), record("a", "skeleton", 2.0, repeat=2)]
        (row,) = summarise([*first, *second], Prices()).within
        assert row["sooner"].estimate == pytest.approx(1.0)

    def test_answers_without_a_partner_are_left_out(self) -> None:
        records = [*pairs(6), record("alone", "skeleton", 0.001)]
        (row,) = (one for one in summarise(records, Prices()).within if not one["part"])
        assert row["sooner"].count == 6
        assert row["sooner"].estimate <= 2.5

    def test_without_normal_the_first_method_is_the_baseline(self) -> None:
        own = [one for one in pairs(3) if one.strategy != "normal"]
        (row,) = summarise([*own, *changed(own, strategy="skeleton-paper")], Prices()).within
        assert (row["method"], row["against_method"]) == ("skeleton-paper", "skeleton")

    def test_an_engine_that_tells_no_tokens(self) -> None:
        summary = summarise(
            pairs(3, prompt_tokens=0, cached_tokens=0, completion_tokens=0, useful_tokens=0.0), Prices()
        )
        (row,) = summary.within
        assert row["prompt_tokens"] is None
        assert row["useful_rate"] is None
        assert group(summary, "skeleton")["cached_share"] is None
        assert "nan" not in "".join(one.markdown() for one in make_tables(summary, []))

    def test_by_category_and_by_length(self) -> None:
        records = [
            one.model_copy(update={"category": "health" if int(one.question_id[1:]) % 2 else "work"})
            for one in pairs()
        ]
        summary = summarise(records, Prices())
        parts = {row["part"]: row for row in summary.within}
        assert set(parts) == {"", "category health", "category work", "short", "middle", "long"}
        health, work = parts["category health"]["sooner"], parts["category work"]["sooner"]
        assert (health.estimate, work.estimate) == (pytest.approx(2.0), pytest.approx(2.5))
        assert summary.length_limits == (103, 107)
        shown = table(make_tables(summary, []), "By category")
        assert [row[0] for row in shown.rows] == list(parts)[1:]
        assert "(up to 103, up to 107, and more)" in shown.note

    def test_forced_lengths_are_not_parted_by_length(self) -> None:
        records = [record(f"q{number}", "normal", 10.0, useful_tokens=320.0) for number in range(12)]
        assert summarise(records, Prices()).length_limits is None


class TestAllQuestions:
    """A router that decodes eight of twelve questions normally, as quickly as the baseline."""

    @staticmethod
    def routed() -> list[AnswerRecord]:
        records: list[AnswerRecord] = []
        for number in range(12):
            records.append(record(f"q{number}", "normal", 8.0, useful_tokens=200.0))
            if number < 4:  # twice as soon, with half as many tokens again
                spans = {"spans": FOUR, "useful_tokens": 300.0}
                records.append(record(f"q{number}", "auto", 4.0, strategy="skeleton", **spans))
            else:
                records.append(record(f"q{number}", "auto", 8.0, strategy="normal", useful_tokens=200.0))
        return records

    def test_the_mean_counts_what_the_median_hides(self) -> None:
        summary = summarise(self.routed(), Prices())
        (median,) = (row for row in summary.within if not row["part"])
        row, *by_choice = summary.overall
        assert median["sooner"].estimate == pytest.approx(1.0)
        assert row["sooner"].estimate == pytest.approx(2 ** (4 / 12))
        assert row["sooner"].low < row["sooner"].estimate < row["sooner"].high
        assert row["equal_length"].estimate == pytest.approx(3 ** (4 / 12))
        assert row["together"] == pytest.approx(96 / 80)
        assert (row["skeletons"], row["answers"], row["slower"]) == (4, 12, 0)
        normal, skeleton = by_choice
        assert (normal["part"], normal["sooner"].estimate) == ("chosen normal", pytest.approx(1.0))
        assert (skeleton["part"], skeleton["sooner"].estimate) == ("chosen skeleton", pytest.approx(2.0))

    def test_what_a_question_loses_is_counted(self) -> None:
        records = [*self.routed(), record("long", "normal", 4.0), record("long", "auto", 8.0)]
        row, *_ = summarise(records, Prices()).overall
        assert row["sooner"].estimate == pytest.approx(2 ** (3 / 13))
        assert (row["slower"], row["answers"]) == (1, 13)

    def test_its_table_comes_first(self) -> None:
        first, *_ = make_tables(summarise(self.routed(), Prices()), [])
        assert first.title == "All questions, against normal decoding"
        part, method, *figures = cells(first.rows[0])
        assert (part, method) == ("", "auto")
        assert figures[0].startswith("1.26x (")
        assert figures[2:] == ["1.20x", "4 of 12", "0 of 12"]


class TestGroup:
    def test_medians_percentiles_and_means(self) -> None:
        found = group(summarise(pairs(), Prices()), "skeleton")
        assert (found["answers"], found["total_s"].median, found["total_s"].p95) == (12, 4.5, 5.0)
        assert (found["requests"], found["points"], found["valid"], found["fell_back"]) == (5, 4, 12, 0)
        assert found["cached_share"] == 0.8

    def test_a_skeleton_given_up_is_not_valid(self) -> None:
        found = group(summarise(pairs(4, fell_back="prose", spans=()), Prices()), "skeleton")
        assert (found["valid"], found["fell_back"]) == (0, 4)

    def test_cost(self) -> None:
        found = group(summarise(pairs(2), Prices(prompt=2.0, cached=0.5, completion=10.0)), "skeleton")
        assert found["cost"].median == pytest.approx((100 * 2 + 400 * 0.5 + 120 * 10) / 1e6)
        assert group(summarise(pairs(2), Prices()), "skeleton")["cost"] is None
        plain = group(summarise(pairs(2), Prices(2.0, None, 10.0)), "skeleton")
        assert plain["cost"].median == pytest.approx((500 * 2 + 120 * 10) / 1e6)

    def test_the_acceptance_rate_is_over_all_answers(self) -> None:
        records = [record("a", "normal", 1.0, drafted=100, accepted=50)]
        records.append(record("b", "normal", 1.0, drafted=300, accepted=30))
        none = [record("a", "normal", 1.0, drafted=0, accepted=0)]
        for answers, shown in ((records, "20%"), (none, "none proposed")):
            work = table(make_tables(summarise(answers, Prices()), []), "Work")
            assert dict(zip(work.headers, work.rows[0], strict=True))["drafts accepted"] == shown

    def test_over_the_critical_path(self) -> None:
        spans = (PointSpan(1, 1.0, 2.0, 2.1, 4.0, 30), PointSpan(2, 1.5, 2.0, 2.1, 3.0, 10))
        found = group(summarise([record("a", "skeleton", 4.2, spans=spans)], Prices()), "skeleton")
        assert found["over_path"].median == pytest.approx(0.4)

    def test_where_the_time_goes(self) -> None:
        spans = (PointSpan(1, 1.0, 2.0, 2.1, 4.0, 30), PointSpan(2, 1.5, 2.0, 2.3, 3.0, 10))
        (stages,) = summarise([record("a", "skeleton", 4.2, spans=spans)], Prices()).stages
        assert (stages["first_line_s"], stages["last_line_s"], stages["total_s"]) == (1.0, 1.5, 4.2)
        assert stages["to_first_text_s"] == pytest.approx(0.95)
        assert stages["longest_decode_s"] == pytest.approx(1.9)


class TestRouting:
    """Three questions; of the second the model makes a chain of thought, to the third it gives no letter."""

    records = (
        record("a", "auto", 4.0, first_text_s=1.0, strategy="skeleton", prompt_tokens=100),
        record("a", "auto-llm", 5.0, first_text_s=1.5, strategy="skeleton", prompt_tokens=150, **ASKED),
        record("a", "auto-llm-hedge", 4.0, first_text_s=1.2, strategy="skeleton", prompt_tokens=300, **ASKED),
        record("b", "auto", 4.0, first_text_s=1.0, strategy="normal", prompt_tokens=100),
        record("b", "auto-llm", 6.0, first_text_s=2.0, strategy="cot", prompt_tokens=200, router="llm"),
        record("b", "auto-llm-hedge", 6.0, first_text_s=2.0, strategy="cot", prompt_tokens=400, router="llm"),
        record("c", "auto", 4.0, first_text_s=1.0, strategy="skeleton", prompt_tokens=100),
        record("c", "auto-llm", 4.4, first_text_s=1.1, strategy="skeleton", prompt_tokens=100),
        record("c", "auto-llm-hedge", 4.2, first_text_s=0.9, strategy="skeleton", prompt_tokens=100),
    )  # fmt: skip

    def test_decisions(self) -> None:
        local, asked, hedged = summarise(self.records, Prices()).routing
        assert (local["chosen"], local["decided"], local["same"], local["hedge_won"]) == (
            {"skeleton": 2, "normal": 1}, 3, None, None,
        )  # fmt: skip
        assert (asked["decided"], asked["same"], asked["same_of"], asked["hedge_won"]) == (2, 1, 2, None)
        assert (hedged["hedge_won"], hedged["route_s"].most) == (2, 0.5)

    def test_differences_and_ratios_are_question_by_question(self) -> None:
        _, asked, hedged = summarise(self.records, Prices()).routing
        (against,) = asked["against"]
        assert against["against_method"] == "auto"
        assert against["first_later_s"].estimate == pytest.approx(0.5)
        assert against["sooner"].estimate == pytest.approx(1 / 1.25)
        assert against["prompt_tokens"].estimate == pytest.approx(1.5)
        assert [row["against_method"] for row in hedged["against"]] == ["auto", "auto-llm"]
        later = hedged["against"][1]["first_later_s"]
        assert later.estimate == pytest.approx(-0.2)

    def test_what_hedging_does_for_each_strategy(self) -> None:
        later = summarise(self.records, Prices()).routing[2]["later_by_strategy"]
        assert {name: round(found.estimate, 2) for name, found in later.items()} == {
            "skeleton": -0.25,
            "cot": 0,
        }

    def test_tables(self) -> None:
        tables = make_tables(summarise(self.records, Prices()), [])
        rows = {row[0]: cells(row) for row in table(tables, "Routing").rows}
        assert rows["auto-llm-hedge"][2:6] == ["skeleton 2, cot 1", "2 of 3", "2 of 3", "1 of 2"]
        assert rows["auto"][3:] == ["–"] * 4
        against = [cells(row)[:2] for row in table(tables, "What asking").rows]
        assert against == [["auto-llm", "auto"], ["auto-llm-hedge", "auto"], ["auto-llm-hedge", "auto-llm"]]


class TestTables:
    def test_the_grid_compares_within_and_across(self) -> None:
        halved = [
            record(
                one.question_id, one.strategy, one.total_s / 2, accelerator="ngram", drafted=10, accepted=4
            )
            for one in pairs(6)
        ]
        refused = [
            Refused(accelerator="quant:x|y", method=None, reason="no such\nthing"),
            Refused(accelerator="ngram", method="cot", reason="not that"),
        ]
        shown = table(
            make_tables(summarise([*pairs(6), *halved], Prices()), refused), "Methods and accelerators"
        )
        rows = {tuple(cells(row)[:2]): cells(row) for row in shown.rows}
        assert rows["none", "normal"][4:] == ["1", "1", "1", "–"]
        assert rows["ngram", "normal"][4].startswith("2.00x")
        assert rows["ngram", "normal"][6:] == ["1", "40%"]
        assert rows["ngram", "skeleton"][4].startswith("4.47x (4.00 to 5.00)")
        assert rows["ngram", "skeleton"][6].startswith("2.24x (2.00 to 2.50)")
        assert rows["quant:x|y", "all"][2] == "refused: no such thing"
        assert rows["ngram", "cot"][2] == "refused: not that"
        assert r"quant:x\|y" in shown.markdown()

    def test_one_engine_has_no_grid_and_no_column_of_accelerators(self) -> None:
        tables = make_tables(summarise(pairs(6), Prices()), [])
        assert [one.title for one in tables] == [
            *(
                "All questions, against normal decoding",
                "Against normal decoding",
                "Times",
                "Work",
                "Where the time of a skeleton answer goes",
            )
        ]
        assert all("accelerator" not in one.headers for one in tables)
        for one in tables:
            assert all(len(row) == len(one.headers) for row in one.rows)

    def test_optional_columns(self) -> None:
        gaps = Gaps(0.02, 0.05, 0.1, 50)
        records = pairs(3, energy_j=20.0, engine_gaps=gaps, reader_gaps=gaps, token_s=0.019)
        tables = make_tables(summarise(records, Prices(1.0, None, 2.0)), [])
        work, times = table(tables, "Work"), table(tables, "Times")
        assert list(work.headers)[-2:] == ["energy, J", "cost of 1,000 answers"]
        assert list(times.rows[1][3:6]) == ["20, 50", "20, 50", "19.0"]
        assert times.rows[0][3] == "–"

    def test_decode_steps_against_the_bound_of_the_memory(self) -> None:
        def step(batch: int, calls_s: float, graph_s: float | None) -> StepTime:
            def all_of(value: float) -> Spread:
                return Spread(value, value, value, 2 * value, 25)

            graph = None if graph_s is None else all_of(graph_s)
            return StepTime(batch, 512, all_of(calls_s), graph, 0.004, 20.0)

        steps = [step(1, 0.010, 0.005), step(8, 0.012, 0.006)]
        shown = table(make_tables(summarise(pairs(3), Prices()), [], steps), "Decode steps")
        assert list(shown.rows[1]) == ["8", "12.0 (24.0)", "6.0 (12.0)", "4.00", "1.50x", "1.20x", "1,333"]
        assert "20.0 GiB" in shown.note
