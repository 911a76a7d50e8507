"""From answers to figures and tables."""

from __future__ import annotations

import dataclasses

import pytest

from sot.evals.bench.job import Refused
from sot.evals.latency.figures import Group, Prices, Summary
from sot.evals.latency.summary import summarise
from sot.evals.latency.tables import Table, make_tables
from sot.evals.measure.critical_path import PointSpan
from sot.evals.measure.sample import Gaps, Sample
from sot.evals.measure.spread import percentile, spread


def sample(question: str, method: str, total_s: float, **more: object) -> Sample:
    """A sample with round numbers."""
    base = Sample(
        question=question,
        method=method,
        first_text_s=0.5,
        total_s=total_s,
        useful_tokens=100.0,
        completion_tokens=120,
        prompt_tokens=50,
        cached_tokens=0,
        points=0,
        fell_back=None,
        requests=1,
    )
    return dataclasses.replace(base, **more)  # pyright: ignore[reportArgumentType]


def pairs(questions: int = 12, **more: object) -> list[Sample]:
    """Normal answers of 10 s, and skeletons that are 2 to 2.5 times as soon."""
    samples: list[Sample] = []
    for number in range(questions):
        samples.append(sample(f"q{number}", "normal", 10.0, useful_tokens=100.0 + number))
        skeleton = {"points": 4, "requests": 5, "prompt_tokens": 500, "cached_tokens": 400, **more}
        total_s = 5.0 if number % 2 else 4.0
        samples.append(sample(f"q{number}", "skeleton", total_s, first_text_s=0.7, **skeleton))
    return samples


def group(summary: Summary, method: str, accelerator: str = "none") -> Group:
    (found,) = (one for one in summary.groups if (one.accelerator, one.method) == (accelerator, method))
    return found


def table(tables: list[Table], title: str) -> Table:
    (found,) = (one for one in tables if one.title.startswith(title))
    return found


class TestStats:
    def test_percentiles_lie_between_values(self) -> None:
        assert percentile([1.0, 2.0, 3.0], 50) == 2.0
        assert percentile([0.0, 10.0], 95) == 9.5
        assert percentile([4.0], 95) == 4.0

    def test_what_is_no_number_does_not_count(self) -> None:
        found = spread([1.0, float("nan"), 3.0])
        assert found is not None
        assert (found.median, found.least, found.most, found.count) == (2.0, 1.0, 3.0, 2)
        assert spread([float("nan")]) is None


class TestComparison:
    def test_ratios_are_taken_question_by_question_with_an_interval(self) -> None:
        (row,) = (one for one in summarise(pairs(), Prices()).within if not one.part)
        assert (row.method, row.against_method) == ("skeleton", "normal")
        assert row.sooner is not None
        assert row.sooner.low is not None
        assert row.sooner.high is not None
        assert 2.0 <= row.sooner.low <= row.sooner.estimate <= row.sooner.high <= 2.5
        assert row.sooner.count == 12
        assert row.first_later_s is not None
        assert row.first_later_s.estimate == pytest.approx(0.2)
        assert row.prompt_tokens is not None
        assert row.prompt_tokens.estimate == pytest.approx(10)

    def test_repetitions_are_one_questions_worth(self) -> None:
        samples = pairs(6) + [dataclasses.replace(one, repeat=1) for one in pairs(6)]
        (row,) = (one for one in summarise(samples, Prices()).within if not one.part)
        assert row.sooner is not None
        assert row.sooner.count == 6

    def test_answers_without_a_partner_are_left_out(self) -> None:
        samples = [*pairs(6), sample("alone", "skeleton", 0.001)]
        (row,) = (one for one in summarise(samples, Prices()).within if not one.part)
        assert row.sooner is not None
        assert row.sooner.count == 6
        assert row.sooner.estimate <= 2.5

    def test_without_normal_the_first_method_is_the_baseline(self) -> None:
        samples = [one for one in pairs(3) if one.method != "normal"]
        samples += [dataclasses.replace(one, method="skeleton-paper") for one in samples]
        (row,) = summarise(samples, Prices()).within
        assert (row.method, row.against_method) == ("skeleton-paper", "skeleton")

    def test_an_engine_that_tells_no_tokens(self) -> None:
        samples = pairs(3, prompt_tokens=0, cached_tokens=0, completion_tokens=0, useful_tokens=0.0)
        summary = summarise(samples, Prices())
        (row,) = summary.within
        assert row.prompt_tokens is None
        assert row.useful_rate is None
        assert group(summary, "skeleton").cached_share is None
        assert "nan" not in "".join(one.markdown() for one in make_tables(summary, []))

    def test_by_category_and_by_length(self) -> None:
        samples = [
            dataclasses.replace(one, category="health" if int(one.question[1:]) % 2 else "work")
            for one in pairs()
        ]
        summary = summarise(samples, Prices())
        parts = {row.part: row for row in summary.within}
        assert set(parts) == {"", "category health", "category work", "short", "middle", "long"}
        health, work = parts["category health"].sooner, parts["category work"].sooner
        assert health is not None
        assert work is not None
        assert (health.estimate, work.estimate) == (pytest.approx(2.0), pytest.approx(2.5))
        assert summary.length_limits == (103, 107)
        shown = table(make_tables(summary, []), "By category")
        assert [row[0] for row in shown.rows] == [
            *("category health", "category work"),
            *("short (up to 103 tokens)", "middle (up to 107)", "long (longer)"),
        ]

    def test_forced_lengths_are_not_parted_by_length(self) -> None:
        summary = summarise(pairs(12, useful_tokens=320.0)[1::2] + pairs(12)[:1], Prices())
        assert summary.length_limits is None


class TestGroup:
    def test_medians_percentiles_and_means(self) -> None:
        found = group(summarise(pairs(), Prices()), "skeleton")
        assert (found.answers, found.total_s.median, found.total_s.p95) == (12, 4.5, 5.0)
        assert (found.requests, found.points, found.valid, found.fell_back) == (5, 4, 12, 0)
        assert found.cached_share == 0.8

    def test_a_skeleton_given_up_is_not_valid(self) -> None:
        found = group(summarise(pairs(4, fell_back="prose", points=0), Prices()), "skeleton")
        assert (found.valid, found.fell_back) == (0, 4)

    def test_cost(self) -> None:
        prices = Prices(prompt=2.0, cached=0.5, completion=10.0)
        found = group(summarise(pairs(2), prices), "skeleton")
        assert found.cost is not None
        assert found.cost.median == pytest.approx((100 * 2 + 400 * 0.5 + 120 * 10) / 1e6)
        assert group(summarise(pairs(2), Prices()), "skeleton").cost is None
        plain = group(summarise(pairs(2), Prices(2.0, None, 10.0)), "skeleton")
        assert plain.cost is not None
        assert plain.cost.median == pytest.approx((500 * 2 + 120 * 10) / 1e6)

    def test_the_acceptance_rate_is_over_all_answers(self) -> None:
        samples = [sample("a", "normal", 1.0, drafted=100, accepted=50)]
        samples.append(sample("b", "normal", 1.0, drafted=300, accepted=30))
        assert group(summarise(samples, Prices()), "normal").acceptance == 0.2
        none = [sample("a", "normal", 1.0, drafted=0, accepted=0)]
        assert group(summarise(none, Prices()), "normal").acceptance is None

    def test_over_the_critical_path(self) -> None:
        spans = (PointSpan(1, 1.0, 2.0, 2.1, 4.0, 30), PointSpan(2, 1.5, 2.0, 2.1, 3.0, 10))
        found = group(summarise([sample("a", "skeleton", 4.2, spans=spans)], Prices()), "skeleton")
        assert found.over_path is not None
        assert found.over_path.median == pytest.approx(0.4)

    def test_where_the_time_goes(self) -> None:
        spans = (PointSpan(1, 1.0, 2.0, 2.1, 4.0, 30), PointSpan(2, 1.5, 2.0, 2.3, 3.0, 10))
        (stages,) = summarise([sample("a", "skeleton", 4.2, spans=spans)], Prices()).stages
        assert (stages.first_line_s, stages.last_line_s, stages.total_s) == (1.0, 1.5, 4.2)
        assert stages.to_first_text_s == pytest.approx(0.95)
        assert stages.longest_decode_s == pytest.approx(1.9)


class TestTables:
    grid = (
        *pairs(6),
        *(dataclasses.replace(one, accelerator="ngram", total_s=one.total_s / 2, drafted=10, accepted=4)
          for one in pairs(6)),
    )  # fmt: skip

    def test_the_grid_compares_within_and_across(self) -> None:
        refused = [
            Refused(accelerator="quant:x|y", method=None, reason="no such\nthing"),
            Refused(accelerator="ngram", method="cot", reason="not that"),
        ]
        shown = table(make_tables(summarise(self.grid, Prices()), refused), "Methods and accelerators")
        rows = {row[:2]: row for row in shown.rows}
        assert rows["none", "normal"][4:] == ("1", "1", "1", "–")
        assert rows["ngram", "normal"][4].startswith("2.00x")
        assert rows["ngram", "normal"][6:] == ("1", "40%")
        assert rows["ngram", "skeleton"][4].startswith("4.47x (4.00 to 5.00)")
        assert rows["ngram", "skeleton"][6].startswith("2.24x (2.00 to 2.50)")
        assert rows["quant:x|y", "all"][2] == "refused: no such thing"
        assert rows["ngram", "cot"][2] == "refused: not that"
        assert r"| quant:x\|y | all |" in shown.markdown()

    def test_one_engine_has_no_grid_and_no_column_of_accelerators(self) -> None:
        tables = make_tables(summarise(pairs(6), Prices()), [])
        assert [one.title for one in tables] == ["Against normal decoding", "Times", "Work"]
        assert all("accelerator" not in one.header for one in tables)
        for one in tables:
            assert all(len(row) == len(one.header) for row in one.rows)

    def test_optional_columns(self) -> None:
        gaps = Gaps(0.02, 0.05, 0.1, 50)
        samples = pairs(3, energy_j=20.0, engine_gaps=gaps, reader_gaps=gaps, token_s=0.019)
        tables = make_tables(summarise(samples, Prices(1.0, None, 2.0)), [])
        work, times = table(tables, "Work"), table(tables, "Times")
        assert work.header[-2:] == ("energy, J", "cost of 1,000 answers")
        assert times.rows[1][3:6] == ("20, 50", "20, 50", "19.0")
        assert times.rows[0][3] == "–"
