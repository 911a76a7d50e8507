"""The torch engine gives up threads when other programs want the cores."""

from __future__ import annotations

import pytest

from sot.backends.torch_engine.cores import BusyCores, Threads, available_cores, others_cpu_seconds


class Machine:
    """A clock and a CPU account set by hand: a stand-in for a machine that is busy at will."""

    def __init__(self) -> None:
        self.time = 0.0
        self.others: float | None = 0.0

    def pass_time(self, seconds: float, *, taken: float) -> None:
        self.time += seconds
        if self.others is not None:
            self.others += seconds * taken

    def busy(self) -> BusyCores:
        return BusyCores(lambda: self.others, lambda: self.time)


@pytest.mark.parametrize(
    ("most", "cores", "taken", "threads"),
    [
        (2, 2, 0.0, 2),
        (2, 2, 0.15, 2),  # a little work elsewhere does not count
        (2, 2, 1.0, 1),
        (2, 2, 2.0, 1),  # never none
        (4, 16, 8.0, 4),
        (16, 16, 8.0, 8),
        (1, 8, 0.0, 1),  # never more than was quickest
    ],
)
def test_threads_follow_the_free_cores(most: int, cores: int, taken: float, threads: int) -> None:
    machine = Machine()
    chooser = Threads(most, cores, machine.busy())
    machine.pass_time(1.0, taken=taken)
    assert chooser.now() == threads


def test_threads_come_back_when_the_cores_do() -> None:
    machine = Machine()
    chooser = Threads(2, 2, machine.busy())
    machine.pass_time(1.0, taken=1.0)
    assert chooser.now() == 1
    machine.pass_time(1.0, taken=0.0)
    assert chooser.now() == 2


def test_a_moment_is_too_short_to_tell() -> None:
    machine = Machine()
    chooser = Threads(2, 2, machine.busy())
    machine.pass_time(0.01, taken=2.0)
    assert chooser.now() == 2


def test_a_system_that_does_not_tell_counts_as_idle() -> None:
    machine = Machine()
    machine.others = None
    chooser = Threads(2, 2, machine.busy())
    machine.pass_time(1.0, taken=0.0)
    assert chooser.now() == 2


def test_this_machine() -> None:
    assert available_cores() >= 1
    told = others_cpu_seconds()
    assert told is None or isinstance(told, float)
