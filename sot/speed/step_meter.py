"""Step meter: decode step times of an engine from the tokens of ordinary answers.

Between any two events (a request is sent, gets its first token, ends) the batch stays as it is. Such a window
gives one step time: its seconds over the tokens that each request got in it. So the clock is read at events
only, and a token costs one addition. Windows in which a prompt is being read say how long that takes instead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass

from .step_times import StepTimes

_KEPT = 24  # windows of either kind that are kept: some five answers
_BURSTS = 9
_LEAST_PROMPTS = 3  # of a burst without decoding beside it: the way to the engine and back is in it, too
_LEAST_STEPS = 5.0  # of a window that is kept; a step more or less is at its ends
_LONG = 40.0  # steps beyond which a window has no more weight
_FEW = 2  # requests at most that stand for one alone: a skeleton has normal decoding beside it
_MANY = range(4, 17)  # requests that stand for a batch of points
_LEAST_FEW, _LEAST_MANY = 10.0, 16.0  # steps that make an estimate
_LEAST_STEP_S = 0.002  # below it our own work is measured, or a gateway hands over what it had held back


@dataclass(frozen=True, slots=True)
class _Window:
    """Time in which the batch stayed as it was.

    Args:
        rows: Requests in the batch.
        steps: Tokens that each of them got.
        seconds: Its length.
    """

    rows: int
    steps: float
    seconds: float

    @property
    def step_s(self) -> float:
        return self.seconds / self.steps

    @property
    def weight(self) -> float:
        """Weight of the window in a median: a long one is more exact, but is one moment all the same."""
        return min(self.steps, _LONG)


@dataclass(slots=True)
class _Burst:
    """Prefill of one or more points, from the first that was sent until all have their first token."""

    prompts: int = 0
    seconds: float = 0.0
    steps: float = 0.0  # of requests that were decoded meanwhile
    tokens: int = 0  # all of theirs
    alone: bool = False  # for some of the time nothing was decoded

    def add(self, seconds: float, rows: int, tokens: int) -> None:
        """Add the time between two events, in which so many requests were decoded."""
        self.seconds += seconds
        self.steps += tokens / rows if rows else 0.0
        self.tokens += tokens
        self.alone = self.alone or (not rows and seconds > 0)

    @property
    def tells(self) -> bool:
        """Whether its seconds are those of prefill and decoding.

        Decoding goes on while a prompt is under way to a distant engine and its first token under way back,
        so that this time is taken off. Where nothing is decoded meanwhile it stays in, and a single prompt
        (of a repair, of a revised point) would have it counted for each prompt of a skeleton.
        """
        return not self.alone or self.prompts >= _LEAST_PROMPTS

    def reading_s(self, one_s: float, each_s: float) -> float:
        """Return the seconds of each prompt, without those of the steps that were decoded meanwhile."""
        decoding = self.steps * (one_s - each_s) + self.tokens * each_s
        return max(self.seconds - decoding, 0.0) / self.prompts


class StepMeter:
    """Meter of an engine's decode steps, told of every request and token of one object's answers.

    Args:
        clock: Time in seconds.

    Attributes:
        tokens: Tokens since the last event; whoever reads a completion counts them here.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.tokens = 0
        self._since = 0.0
        self._rows = 0  # requests that are being decoded
        self._reading = 0  # requests that have no token yet
        self._unseen = 0  # requests in flight whose tokens are not counted
        self._few: deque[_Window] = deque(maxlen=_KEPT)
        self._many: deque[_Window] = deque(maxlen=_KEPT)
        self._bursts: deque[_Burst] = deque(maxlen=_BURSTS)
        self._burst: _Burst | None = None
        self._estimate: StepTimes | None = None
        self._changed = False  # since the estimate

    def request(self, *, point: bool) -> MeteredRequest:
        """Take note of a request that is sent now.

        Args:
            point: Whether it writes a point of a skeleton, as the prompts whose prefill is measured do.
        """
        self._close_window()
        if not self._reading:
            self._burst = _Burst()
        if not point:
            self._burst = None
        elif self._burst is not None:
            self._burst.prompts += 1
        self._reading += 1
        return MeteredRequest(self)

    @contextmanager
    def unseen_request(self) -> Generator[None]:
        """Measure nothing while a request is in flight whose tokens are not counted here."""
        self._close_window()
        self._unseen += 1
        try:
            yield
        finally:
            self._close_window()
            self._unseen -= 1

    @property
    def in_flight(self) -> int:
        """Requests that the meter knows of now."""
        return self._rows + self._reading + self._unseen

    def estimate(self) -> StepTimes | None:
        """Return the step times; ``None`` until enough windows of both kinds have been seen."""
        if self._changed:
            self._estimate, self._changed = self._fit(), False
        return self._estimate

    def _fit(self) -> StepTimes | None:
        few = [window for window in self._few if window.rows == 1]
        if _steps(few) < _LEAST_FEW:
            few = [window for window in self._few if window.rows > 1]
        many = self._many
        if _steps(few) < _LEAST_FEW or _steps(many) < _LEAST_MANY:
            return None
        rows, step = few[0].rows, _middle((window.step_s, window.weight) for window in few)
        if step < _LEAST_STEP_S:
            return None
        each = _middle(((window.step_s - step) / (window.rows - rows), window.weight) for window in many)
        each = min(max(each, 0.0), step / rows)  # a batch is never slower than its requests one by one
        one = step - each * (rows - 1)
        bursts = self._bursts
        reading = _middle((burst.reading_s(one, each), burst.prompts) for burst in bursts) if bursts else 0.0
        return StepTimes(one, each, reading)

    def forget_batches(self) -> None:
        """Forget the steps with many requests, so that they are measured anew."""
        self._many.clear()
        self._bursts.clear()
        self._changed = True

    def first_token(self) -> None:
        """Take note that a request has its first token."""
        self._close_window()
        self._reading -= 1
        self._rows += 1
        if not self._reading and self._burst is not None:
            if self._burst.tells:
                self._bursts.append(self._burst)
                self._changed = True
            self._burst = None

    def ended(self, *, decoding: bool) -> None:
        """Take note that a request has ended.

        Args:
            decoding: Whether it had its first token.
        """
        self._close_window()
        if decoding:
            self._rows -= 1
        else:
            self._reading -= 1
            self._burst = None  # it failed, or was left

    def _close_window(self) -> None:
        """End the window at an event that changes the batch, and keep what it tells."""
        now, rows, tokens = self._clock(), self._rows, self.tokens
        seconds, self._since, self.tokens = now - self._since, now, 0
        if self._unseen or rows > _MANY[-1]:
            self._burst = None
        elif self._reading:
            if self._burst is not None:
                self._burst.add(seconds, rows, tokens)
        elif rows and tokens >= _LEAST_STEPS * rows:
            window = _Window(rows, tokens / rows, seconds)
            self._changed = True
            if rows <= _FEW:
                self._few.append(window)
            elif rows in _MANY:
                self._many.append(window)


class MeteredRequest:
    """One request, as the meter follows it.

    Args:
        meter: The meter.
    """

    __slots__ = ("_begun", "_ended", "meter")

    def __init__(self, meter: StepMeter) -> None:
        self.meter = meter
        self._begun = self._ended = False

    def token(self) -> None:
        """Count a token, or a piece of several where the engine sends such."""
        if self._begun:
            self.meter.tokens += 1
        else:
            self._begun = True
            self.meter.first_token()

    def end(self) -> None:
        """Take note of its end. May be called twice."""
        if not self._ended:
            self._ended = True
            self.meter.ended(decoding=self._begun)


def _steps(windows: Iterable[_Window]) -> float:
    return sum(window.steps for window in windows)


def _middle(weighted: Iterable[tuple[float, float]]) -> float:
    """Return the median of values with weights."""
    ordered = sorted(weighted)
    half = sum(weight for _, weight in ordered) / 2
    for value, weight in ordered:
        half -= weight
        if half <= 0:
            return value
    return ordered[-1][0]
