"""What the times and the usage of answers show about an engine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sot.backends.openai_compatible.discovery.observed import Observed
from sot.types import Usage

LONG = "The same long beginning of every prompt. " * 40


def play(requests: Sequence[tuple[float, float, float]], tokens: int = 12) -> tuple[Observed, list[bool]]:
    """Requests by their times of sending, first and last token, in the order of their ends.

    Returns:
        The memory, and what it said at each end.
    """
    observed = Observed()
    events = [(sent, "send", place) for place, (sent, _, _) in enumerate(requests)]
    for place, (_, first, end) in enumerate(requests):
        step = (end - first) / (tokens - 1)
        events += [(first + step * number, "token", place) for number in range(tokens)]
        events.append((end, "unsaid", place))
    flights = {}
    said = []
    for at, what, place in sorted(events, key=lambda event: (event[0], event[1] == "unsaid")):
        if what == "send":
            flights[place] = observed.send(f"question {place}", at)
        elif what == "token":
            flights[place].token(at)
        else:
            said.append(observed.leave(flights[place]))
    return observed, said


class TestParallel:
    def test_one_after_another(self) -> None:
        observed, said = play([(0, 0.1, 1), (0, 1.05, 2), (0.01, 2.05, 3), (0.02, 3.05, 4)])
        value, evidence = observed.findings()["parallel"]
        assert value == 1
        assert "4 requests" in evidence
        assert said == [False, False, True, False], "it is told once"

    @pytest.mark.parametrize(
        "requests",
        [
            [(0, 0.1, 1), (0, 0.1, 1.1), (0, 0.2, 1.2)],  # together
            [(0, 0.1, 1), (0, 0.1, 1), (0, 1.1, 2), (0, 1.1, 2)],  # two by two
            [(0, 0.1, 1), (0, 1.1, 2)],  # only two: it may be chance
            [(0, 0.1, 1), (1.1, 1.2, 2), (2.1, 2.2, 3)],  # sent one by one
            [(0, 0.1, 1), (0.9, 1.1, 2), (1.9, 2.1, 3)],  # each sent when the last one was about to end
            [(0, 5, 5.1), (0, 6, 6.1), (0, 7, 7.1)],  # a gateway hands over whole answers
            [(0, 0.01, 0.02), (0, 0.02, 0.03), (0, 0.03, 0.04)],  # so does a server that has them at hand
        ],
    )
    def test_nothing_of_the_kind(self, requests: list[tuple[float, float, float]]) -> None:
        observed, said = play(requests)
        assert "parallel" not in observed.findings()
        assert not any(said)

    def test_short_answers_do_not_count(self) -> None:
        observed, _ = play([(0, 0.1, 1), (0, 1.05, 2), (0, 2.05, 3)], tokens=4)
        assert "parallel" not in observed.findings()

    def test_decoding_together_later_takes_it_back(self) -> None:
        queue = [(0, 0.1, 1), (0, 1.05, 2), (0, 2.05, 3)]
        observed, said = play([*queue, (10, 10.1, 11), (10, 10.1, 11.1)])
        assert said[2]
        assert "parallel" not in observed.findings()


class TestPrefixCache:
    def ask(
        self, observed: Observed, end: str, cached: int, *, beside: bool = False, tells: bool = True
    ) -> None:
        """One request with a long beginning, after an earlier one with the same or beside it."""
        beginning = f"{end} {LONG}" if beside else LONG
        other = observed.send(f"{beginning} earlier", 10.0)
        other.token(11.0)
        if not beside:
            observed.leave(other, Usage(500, 0, 1, 1))
        flight = observed.send(f"{beginning}{end}", 12.0)
        flight.token(13.0)
        other.token(14.0)
        observed.leave(flight, Usage(500, cached, 1, 1), tells_cached=tells)
        if beside:
            observed.leave(other, Usage(500, 0, 1, 1))

    def test_hits_beside_running_requests(self) -> None:
        observed = Observed()
        self.ask(observed, "a", 448, beside=True)
        assert observed.findings() == {}, "a gateway may lag behind the engine"
        self.ask(observed, "b", 448, beside=True)
        assert observed.findings()["caches_prefixes"][0] == "running"

    def test_a_request_that_ended_meanwhile_was_not_beside(self) -> None:
        observed = Observed()
        for end in "abc":
            other = observed.send(f"{end} {LONG}", 10.0)
            other.token(11.0)
            flight = observed.send(f"{end} {LONG}x", 12.0)
            flight.token(13.0)
            observed.leave(flight, Usage(500, 450, 1, 1), tells_cached=True)
            observed.leave(other, Usage(500, 0, 1, 1), tells_cached=True)
        assert "caches_prefixes" not in observed.findings()

    def test_no_hits_at_all(self) -> None:
        observed = Observed()
        for end in "abc":
            assert "caches_prefixes" not in observed.findings()
            self.ask(observed, end, 0)
        assert observed.findings()["caches_prefixes"][0] == "no"

    def test_a_server_that_does_not_tell(self) -> None:
        observed = Observed()
        for end in "abcdef":
            self.ask(observed, end, 0, tells=False)
        assert observed.findings() == {}

    def test_hits_only_after_a_request_has_ended(self) -> None:
        observed = Observed()
        for end in "ab":
            self.ask(observed, end, 0, beside=True)
        assert "caches_prefixes" not in observed.findings()
        self.ask(observed, "c", 450)
        assert observed.findings()["caches_prefixes"][0] == "idle"

    def test_a_short_beginning_says_nothing(self) -> None:
        observed = Observed()
        for end in "abcdef":
            flight = observed.send(f"Hello {end}", 0.0)
            flight.token(1.0)
            observed.leave(flight, Usage(40, 0, 1, 1), tells_cached=True)
        assert observed.findings() == {}

    def test_a_request_whose_beginning_is_not_computed_yet_cannot_be_hit(self) -> None:
        observed = Observed()
        first = observed.send(LONG, 0.0)
        others = [observed.send(f"{LONG}{end}", 0.1) for end in "abc"]
        for flight in (first, *others):
            flight.token(1.0)
            observed.leave(flight, Usage(500, 0, 1, 1), tells_cached=True)
        assert observed.findings() == {}
