"""One simulated load in a process of its own (``python -m sot.evals.load.worker``): see `side_by_side`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from ..child import Failed, run_child
from .at_load import Found, Told
from .sample import Sample
from .simulated_load import SimulatedLoad

_EVERY_S = 0.1


class LoadJob(BaseModel, frozen=True):
    """A load, and whether its answers are to be told as well."""

    simulated: SimulatedLoad
    keep: bool


class Answered(BaseModel, frozen=True):
    """So many answers more are over."""

    kind: Literal["answered"] = "answered"
    answers: int


class Kept(BaseModel, frozen=True):
    """The answers of a run."""

    kind: Literal["kept"] = "kept"
    samples: list[Sample]


class Figures(BaseModel, frozen=True):
    """What was found; the last note."""

    kind: Literal["figures"] = "figures"
    found: Found


Note = Annotated[Answered | Kept | Figures | Failed, Field(discriminator="kind")]
NOTE: TypeAdapter[Note] = TypeAdapter(Note)


class _Count:
    """Tells of answers that are over, not of each one by itself."""

    def __init__(self, tell: Callable[[Note], None]) -> None:
        self._tell = tell
        self._seen = self._waiting = 0
        self._last = 0.0

    def begins(self, name: str, answers: int) -> None:
        self._seen = 0

    def answered(self, count: int) -> None:
        self._waiting += count - self._seen
        self._seen = count
        if time.monotonic() - self._last >= _EVERY_S:
            self.flush()

    def flush(self) -> None:
        self._tell(Answered(answers=self._waiting))
        self._waiting, self._last = 0, time.monotonic()


def _do(text: str, tell_line: Callable[[str], None]) -> None:
    def tell(note: Note) -> None:
        tell_line(NOTE.dump_json(note).decode())

    job = LoadJob.model_validate_json(text)
    count = _Count(tell)

    def keep(samples: Sequence[Sample]) -> None:
        if job.keep:
            tell(Kept(samples=list(samples)))

    found = job.simulated.run(Told(count.begins, count.answered, keep))
    count.flush()
    tell(Figures(found=found))


if __name__ == "__main__":
    sys.exit(run_child(_do))
