"""Step times of an engine, kept in the cache folder from one short-lived command to the next.

``sot ask`` writes one answer and ends, and so would never know what skeletons gain on its engine.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from pkgutil import resolve_name

from ..api import SkeletonOfThought
from ..errors import BackendError
from ..speed.step_times import StepTimes
from ..types import BackendInfo

# A file that is not there, not ours or damaged. Numbers too large for a float overflow, and brackets
# thousands deep exceed the recursion limit.
_DAMAGED = (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError)
_LONGEST_S = 6 * 3600.0  # that a figure is believed: it may be a busy moment's, or the machine another one


@dataclass(frozen=True, slots=True)
class KeptSteps:
    """Step times as they are kept.

    Args:
        times: The step times.
        age_s: Seconds since they were measured.
    """

    times: StepTimes
    age_s: float


def read_steps(info: BackendInfo) -> KeptSteps | None:
    """Return the step times kept for an engine and its model; ``None`` where there are none, or old ones."""
    with suppress(*_DAMAGED):
        kept = json.loads(_file(info).read_text(encoding="utf-8"))
        age = time.time() - float(kept["at"])
        times = StepTimes(*(float(kept[name]) for name in ("one_s", "each_s", "reading_s")))
        usable = 0 < times.one_s < inf and 0 <= times.each_s < inf and 0 <= times.reading_s < inf
        if 0 <= age <= _LONGEST_S and usable:
            return KeptSteps(times, age)
    return None


def write_steps(info: BackendInfo, times: StepTimes) -> None:
    """Keep step times for an engine and its model; where nothing can be written, go on without."""
    file = _file(info)
    kept = {"at": time.time(), "engine": info.model, "one_s": times.one_s, "each_s": times.each_s}
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:  # leaves nothing, whatever fails
            new = Path(folder, file.name)
            new.write_text(json.dumps({**kept, "reading_s": times.reading_s}), encoding="utf-8")
            new.replace(file)


async def recall_steps(sot: SkeletonOfThought) -> None:
    """Let an object that answers know the step times kept for its engine, unless a profile states them."""
    if sot.gain.times is not None:
        return
    with suppress(BackendError):  # of an engine for the points alone, which the main one replaces
        if (kept := read_steps(await sot.info("points"))) is not None:
            sot.gain.recall(kept.times, kept.age_s)


async def keep_steps(sot: SkeletonOfThought) -> None:
    """Keep the step times that an object's own answers have shown, if they have."""
    if (times := sot.gain.meter.estimate()) is not None:
        write_steps(await sot.info("points"), times)


def _file(info: BackendInfo) -> Path:
    folder: Path = resolve_name("sot.backends.torch_engine.cache:cache_folder")()
    name = hashlib.sha256(os.fsencode(f"{info.backend}|{info.model}")).hexdigest()[:32]
    return folder / "steps" / f"{name}.json"
