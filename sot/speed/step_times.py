"""Decode step times of an engine, and the speed-up that they leave a usual skeleton answer."""

from __future__ import annotations

from dataclasses import dataclass

ROWS = 8
"""Requests in the batch that the figures compare with one: the points of a usual skeleton."""
# A usual answer, in tokens: decoded normally, and as a skeleton with `ROWS` points.
_NORMAL, _SKELETON, _POINT = 320, 40, 40


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Decode step times of an engine as a line over the batch, and the prefill of a point.

    Args:
        one_s: Seconds of a step with one request in the batch.
        each_s: Seconds that every further request adds.
        reading_s: Seconds of prefill of one point's prompt, while nothing else is decoded in its place; 0
            where it is unknown.
    """

    one_s: float
    each_s: float
    reading_s: float = 0.0

    @classmethod
    def stated(cls, ratio: float) -> StepTimes:
        """Return the step times of an engine of which only the `ratio` is known."""
        return cls(1.0, (ratio - 1) / (ROWS - 1))

    @property
    def ratio(self) -> float:
        """Step time of a batch of eight over that of one request."""
        return 1 + (ROWS - 1) * self.each_s / self.one_s

    @property
    def speed_up(self) -> float:
        """Total time of a usual answer decoded normally over that of a skeleton answer, at best."""
        reading = ROWS * self.reading_s / self.one_s
        return _NORMAL / (_SKELETON + _POINT * self.ratio + reading)

    @property
    def parts_speed_up(self) -> float:
        """The same of an answer whose parts are known beforehand, so that no skeleton is written."""
        reading = ROWS * self.reading_s / self.one_s
        return ROWS * _POINT / (_POINT * self.ratio + reading)

    @property
    def summary(self) -> str:
        """The figures in one line for people."""
        return f"{self._steps}: a skeleton would bring {self.speed_up:.2f}x"

    @property
    def parts_summary(self) -> str:
        """The same of an answer whose parts are known beforehand."""
        return f"{self._steps}: parallel parts would bring {self.parts_speed_up:.2f}x"

    @property
    def _steps(self) -> str:
        reading = ROWS * self.reading_s
        prompts = f", and reading their prompts {reading:.1f} s" if reading >= 0.05 else ""
        return f"eight requests at once take {self.ratio:.1f} times as long a step on this engine{prompts}"
