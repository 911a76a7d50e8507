"""Known truths come out: on synthetic verdicts of a known net win rate, and on judges with known faults."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from sot.evals.analysis.paired import Row, bounded_difference, difference, ratio
from sot.evals.stats.bootstrap import (
    Interval,
    Spread,
    by_question,
    log_interval,
    mean_interval,
    median,
    percentile,
    spread,
    statistic_interval,
)
from sot.evals.stats.length_control import held_equal, length_control
from sot.evals.stats.net_win import Place, combined, many_categories, net_win, position_bias, what_it_shows

RUNS = 500
WITHIN = (0.93, 0.97)
# Wins, losses (the rest ties) and questions: one category's worth, several, and a whole set.
TRUTHS = [
    (0.45, 0.25, 12),
    (0.45, 0.30, 30),
    (0.35, 0.15, 120),
    (0.10, 0.65, 60),
]


class TestNetWin:
    @pytest.mark.parametrize(("wins", "losses", "questions"), TRUTHS)
    def test_the_interval_covers_the_truth_as_often_as_it_says(
        self, wins: float, losses: float, questions: int
    ) -> None:
        truth, hits = wins - losses, 0
        rng = random.Random(questions)
        for run in range(RUNS):
            outcomes = rng.choices((1, -1, 0), weights=(wins, losses, 1 - wins - losses), k=questions)
            rows = [(str(number), outcome) for number, outcome in enumerate(outcomes)]
            found = net_win(rows, seed=run, resamples=400)
            assert found is not None
            hits += not found.rate.excludes(truth)
        assert WITHIN[0] <= hits / RUNS <= WITHIN[1]

    def test_it_covers_where_the_plain_bootstrap_fails(self) -> None:
        """Few decided pairs among 12: twelve equal verdicts are no certainty."""
        rng, hits, plain = random.Random(1), 0, 0
        for run in range(300):
            values = rng.choices((1.0, -1.0, 0.0), weights=(0.10, 0.05, 0.85), k=12)
            found = mean_interval(values, lowest=-1, highest=1, seed=run, resamples=500)
            assert found is not None
            hits += not found.excludes(0.05)
            means = sorted(statistics.fmean(rng.choices(values, k=12)) for _ in range(500))
            plain += means[12] <= 0.05 <= means[487]
        assert plain / 300 < 0.75 < 0.95 < hits / 300

    def test_the_rate_is_wins_less_losses_over_all(self) -> None:
        found = net_win([("a", 1), ("b", 1), ("c", 0), ("d", -1), ("e", 0)])
        assert found is not None
        assert (found.wins, found.ties, found.losses) == (2, 2, 1)
        assert found.rate.estimate == pytest.approx(0.2)

    def test_only_ties_are_no_certainty(self) -> None:
        found = net_win([(str(number), 0) for number in range(12)])
        assert found is not None
        assert found.rate.estimate == 0
        assert found.rate.low is not None
        assert found.rate.low < -0.1

    def test_repetitions_of_a_question_are_not_more_questions(self) -> None:
        once = [(str(number), 1 if number % 3 else -1) for number in range(30)]
        a, b = net_win(once), net_win(once * 5)
        assert a is not None
        assert b is not None
        assert b.wins == 5 * a.wins
        assert b.rate == a.rate

    def test_no_pairs_no_rate(self) -> None:
        assert net_win([]) is None

    def test_the_same_verdicts_give_the_same_interval(self) -> None:
        outcomes = [(str(number), 1 if number % 3 else -1) for number in range(20)]
        assert net_win(outcomes) == net_win(outcomes[::-1])


class TestOrders:
    @pytest.mark.parametrize(
        ("first", "second", "outcome"),
        [
            ("first", "second", 1),
            ("second", "first", -1),
            ("first", "first", 0),
            ("second", "second", 0),
            ("tie", "tie", 0),
            ("first", "tie", 1),
            ("tie", "first", -1),
            ("second", "tie", -1),
            ("tie", "second", 1),
        ],
    )
    def test_each_order_scores_and_the_sum_decides(self, first, second, outcome) -> None:
        assert combined(first, second) == outcome

    def test_a_judge_that_always_says_first(self) -> None:
        verdicts: list[tuple[Place, Place]] = [("first", "first")] * 50
        found = net_win([(str(n), combined(*pair)) for n, pair in enumerate(verdicts)])
        bias = position_bias(verdicts)
        assert found is not None
        assert found.rate.estimate == 0
        assert (bias.rate, bias.first_share) == (1.0, 1.0)

    def test_a_judge_that_goes_by_the_answers_has_no_bias(self) -> None:
        bias = position_bias([("first", "second"), ("second", "first"), ("tie", "tie"), ("first", "tie")])
        assert bias.rate == 0
        assert bias.first_share == pytest.approx(3 / 5)

    def test_nothing_judged_says_nothing(self) -> None:
        assert position_bias([]).rate is None
        assert position_bias([("tie", "tie")]).first_share is None


def ratio_interval(ratios: list[float], *, seed: int = 0, resamples: int = 2000) -> Interval | None:
    return log_interval([math.log(ratio) for ratio in ratios], seed=seed, resamples=resamples)


class TestRatios:
    def test_the_interval_covers_the_truth(self) -> None:
        rng = random.Random(5)
        for questions in (6, 12, 40):
            hits = 0
            for run in range(300):
                ratios = [2 * rng.lognormvariate(0, 0.4) for _ in range(questions)]
                found = ratio_interval(ratios, seed=run, resamples=500)
                assert found is not None
                hits += not found.excludes(2)
            assert hits / 300 > 0.92, questions

    def test_twice_and_half_are_as_far_from_one(self) -> None:
        ratios = [1.2, 1.5, 2.0, 2.2, 3.0, 3.1, 4.0]
        there, back = ratio_interval(ratios), ratio_interval([1 / ratio for ratio in ratios])
        assert there is not None
        assert back is not None
        assert there.estimate == pytest.approx(1 / back.estimate)

    def test_too_few_questions_have_no_interval(self) -> None:
        assert ratio_interval([1.0, 2.0, 4.0]) == Interval(2.0, None, None, 3)
        assert ratio_interval([]) is None

    def test_without_an_interval_nothing_is_excluded(self) -> None:
        assert not Interval(2.0, None, None, 3).excludes(1.0)


def test_accuracy_stays_within_its_scale() -> None:
    found = mean_interval([1.0] * 12, lowest=0, highest=1)
    assert found is not None
    assert found.estimate == found.high == 1
    assert found.low is not None
    assert 0.6 < found.low < 0.95


def test_a_statistic_that_most_samples_do_not_allow_has_no_interval() -> None:
    found = statistic_interval(list(range(10)), lambda rows: 1.0 if len(set(rows)) == 10 else None)
    assert found == Interval(1.0, None, None, 10)


def test_repetitions_are_averaged() -> None:
    assert by_question([("a", 1), ("b", 0), ("a", 0)]) == {"a": 0.5, "b": 0}


class TestQuantiles:
    def test_there_is_one_percentile_and_it_interpolates(self) -> None:
        values = [float(value) for value in range(1, 11)]
        assert percentile(values, 95) == pytest.approx(9.55)
        assert percentile(reversed(values), 0) == 1
        assert median(values) == 5.5

    def test_endless_values_sort_last(self) -> None:
        assert percentile([1.0, math.inf, 2.0], 50) == 2
        assert percentile([1.0, math.inf, 2.0, math.inf], 50) is None
        assert percentile([], 50) is None

    def test_a_spread_leaves_out_what_is_unknown(self) -> None:
        assert spread([3.0, None, math.nan, 1.0]) == Spread(2.0, pytest.approx(2.9), 1.0, 3.0, 2)  # pyright: ignore[reportArgumentType]
        assert spread([None]) is None


def rows_of(method: str, seconds: dict[str, list[float | None]]) -> list[Row[float | None]]:
    """Rows that have seconds for records, repetition by repetition."""
    return [
        Row(question, "", method, repeat, "done", value)
        for question, own in seconds.items()
        for repeat, value in enumerate(own, 1)
    ]


class TestPaired:
    def test_repetitions_are_averaged_as_logarithms(self) -> None:
        one, two = rows_of("a", {"q": [2.0, 1.0]}), rows_of("b", {"q": [1.0, 2.0]})
        found = ratio(one, two, float_of)
        assert found is not None
        assert found.estimate == pytest.approx(1)

    def test_only_the_same_question_and_repetition_are_a_pair(self) -> None:
        one = rows_of("a", {"p": [6.0], "q": [4.0, 100.0], "r": [9.0]})
        two = rows_of("b", {"p": [2.0], "q": [2.0], "s": [1.0]})
        found = ratio(one, two, float_of)
        assert found == Interval(pytest.approx(math.sqrt(6)), None, None, 2)  # pyright: ignore[reportArgumentType]
        later = difference(one, two, float_of)
        assert later is not None
        assert later.estimate == 3

    def test_an_endless_answer_counts_and_an_unknown_one_does_not(self) -> None:
        base = rows_of("a", {name: [2.0] for name in "pqrst"})
        own = rows_of("b", {"p": [1.0], "q": [1.0], "r": [4.0], "s": [math.inf], "t": [None]})
        found = ratio(base, own, float_of)
        assert found is not None
        assert (found.estimate, found.count) == (pytest.approx(1), 4)
        assert ratio(base, rows_of("b", {"p": [math.inf]}), float_of) is None
        assert ratio(base, rows_of("b", {"p": [0.0]}), float_of) is None

    def test_a_difference_of_shares_stays_within_its_scale(self) -> None:
        one, two = (rows_of("x", {str(n): [value] for n in range(12)}) for value in (1.0, 0.0))
        found = bounded_difference(one, two, float_of)
        assert found is not None
        assert found.estimate == found.high == 1


def float_of(value: float | None) -> float | None:
    return value


class TestLengthControl:
    def test_a_judge_that_only_counts_words_gives_no_win_at_equal_length(self) -> None:
        rng = random.Random(2)
        pairs = []
        for number in range(120):
            ratio = rng.lognormvariate(0.4, 0.4)
            pairs.append((str(number), 1 if ratio > 1 else -1, ratio))
        raw = net_win([(question, outcome) for question, outcome, _ in pairs])
        found = length_control(pairs)
        assert raw is not None
        assert raw.rate.estimate > 0.5
        assert found.equal is not None
        assert not found.equal.excludes(0)
        assert found.slopes["length"] * math.log(2) > 0.3

    def test_a_judge_that_does_not_look_at_length_keeps_its_verdict(self) -> None:
        rng = random.Random(3)
        truth, hits = 0.2, 0
        for run in range(60):
            pairs = [
                (str(n), rng.choices((1, -1, 0), weights=(0.5, 0.3, 0.2))[0], rng.lognormvariate(0.3, 0.4))
                for n in range(60)
            ]
            found = length_control(pairs, seed=run).equal
            assert found is not None
            hits += not found.excludes(truth)
        assert hits >= 54

    def test_matched_pairs_differ_by_at_most_15_percent_either_way(self) -> None:
        pairs = [("a", 1, 1.0), ("b", 1, 1.15), ("c", -1, 1 / 1.15), ("d", -1, 1.16), ("e", -1, 0.8)]
        matched = length_control(pairs).matched
        assert matched is not None
        assert (matched.wins, matched.ties, matched.losses) == (2, 0, 1)

    def test_it_says_when_equal_length_was_never_seen(self) -> None:
        longer = [(str(n), 1 if n % 2 else -1, 1.2 + n / 10) for n in range(12)]
        assert length_control(longer).extrapolated
        both = [*longer, ("x", -1, 0.7)]
        assert not length_control(both).extrapolated

    def test_equal_lengths_allow_no_line(self) -> None:
        found = length_control([(str(n), 1, 1.0) for n in range(12)])
        assert (found.equal, found.slopes) == (None, {})
        assert found.matched is not None
        assert found.matched.wins == 12

    def test_the_line_stays_within_what_a_net_win_can_be(self) -> None:
        pairs = [(str(n), 1 if n > 6 else -1, math.exp(1 + n / 10)) for n in range(12)]
        equal = length_control(pairs).equal
        assert equal is not None
        assert -1 <= equal.estimate <= 1
        assert equal.low is not None
        assert equal.low >= -1


class TestHeldEqual:
    def test_a_judge_that_likes_lists_and_length_is_seen_through(self) -> None:
        rng = random.Random(4)
        pairs = list[tuple[str, int, dict[str, float]]]()
        for number in range(100):
            lists, length = rng.gauss(1.0, 0.8), rng.gauss(0.3, 0.4)
            likes = min(1.0, max(0.0, 0.5 + 0.25 * lists + 0.25 * length))
            pairs.append((str(number), 1 if rng.random() < likes else -1, {"length": length, "lists": lists}))
        raw = net_win([(question, outcome) for question, outcome, _ in pairs])
        assert raw is not None
        assert raw.rate.estimate > 0.4
        found = held_equal(pairs)
        assert found.equal is not None
        assert not found.equal.excludes(0)
        assert found.slopes["lists"] > 0.2
        assert found.cannot_show == ""

    def test_the_interval_covers_the_truth(self) -> None:
        rng, truth, hits = random.Random(5), 0.2, 0
        for run in range(20):
            pairs = list[tuple[str, int, dict[str, float]]]()
            for number in range(60):
                bold = rng.gauss(0.5, 1.0)
                won = 0.4 + (truth + 0.15 * bold) / 2
                outcome = rng.choices((1, -1, 0), weights=(won, max(0.0, 0.8 - won), 0.2))[0]
                pairs.append((str(number), outcome, {"length": rng.gauss(0.2, 0.4), "bold": bold}))
            found = held_equal(pairs, seed=run).equal
            assert found is not None
            hits += not found.excludes(truth)
        assert hits >= 17

    def test_differences_that_always_come_together_are_held_equal_together(self) -> None:
        """A skeleton's every list item has a bold title."""
        rng = random.Random(6)
        alone = list[tuple[str, int, dict[str, float]]]()
        for number in range(40):
            lists = rng.gauss(0.5, 1.0)
            alone.append((str(number), rng.choices((1, -1), weights=(0.6, 0.4))[0], {"lists": lists}))
        both = [(question, outcome, {**own, "bold": own["lists"]}) for question, outcome, own in alone]
        one, two = held_equal(alone).equal, held_equal(both).equal
        assert one is not None
        assert two is not None
        assert two.estimate == pytest.approx(one.estimate, abs=1e-4)

    def test_too_few_questions_are_told_and_give_no_figure(self) -> None:
        pairs = [(str(n), 1, {"length": n / 9, "lists": 1.0 - n}) for n in range(19)]
        found = held_equal(pairs)
        assert found.equal is None
        assert found.cannot_show == "19 questions are too few for this; it takes 20"

    def test_what_all_questions_have_in_common_cannot_be_taken_out(self) -> None:
        pairs = [(str(n), 1 if n % 3 else -1, {"length": n / 20 - 0.5, "lists": 1.0}) for n in range(20)]
        found = held_equal(pairs)
        assert found.extrapolated == ("lists",)
        assert found.cannot_show == "all questions differ one way in lists: a guess beyond the data"

    def test_no_pairs_at_all(self) -> None:
        assert (held_equal([]).equal, held_equal([]).cannot_show) == (None, "")

    def test_answers_alike_in_everything_need_no_control(self) -> None:
        found = held_equal([(str(n), 1, {"length": 0.0}) for n in range(12)])
        assert (found.equal, found.cannot_show) == (None, "")


class TestPlainWords:
    def test_a_clear_win(self) -> None:
        text = what_it_shows([1.0] * 40 + [0.0] * 10, better="skeleton", than="normal")
        assert "50 questions, the answers of skeleton are judged better than those of normal" in text

    def test_a_clear_loss_names_the_winner(self) -> None:
        text = what_it_shows([-1.0] * 40, better="skeleton", than="normal")
        assert "the answers of normal are judged better than those of skeleton" in text

    def test_what_cannot_be_told(self) -> None:
        text = what_it_shows([1.0, -1.0] * 60, better="skeleton", than="normal")
        assert "cannot tell" in text
        assert "about 18% cannot be told from zero" in text
        assert "a true one of 25% would be noticed in 8 of 10 runs" in text

    def test_the_smallest_net_win_that_is_told_is_the_one_it_names(self) -> None:
        """Of 120 decided pairs, 11 more wins than losses on each side of 18% tell or do not."""
        shares = {
            wins: mean_interval([1.0] * wins + [-1.0] * (120 - wins), lowest=-1, highest=1)
            for wins in (68, 73)
        }
        assert [not found.excludes(0) for found in shares.values() if found] == [True, False]

    def test_three_questions_show_nearly_nothing(self) -> None:
        text = what_it_shows([1.0, -1.0, 0.0], better="a", than="b")
        assert "would miss almost any true difference" in text

    def test_no_pairs(self) -> None:
        assert "nothing can be said" in what_it_shows([], better="a", than="b")

    def test_many_intervals_are_warned_of(self) -> None:
        assert "40%" in many_categories(10)
        assert many_categories(1) == ""
