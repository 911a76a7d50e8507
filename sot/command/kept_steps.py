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
from pathlib import Path
from pkgutil import resolve_name

from ..api import SkeletonOfThought
from ..speed.step_times import StepTimes
from ..types import BackendInfo

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
    with suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(_file(info).read_text(encoding="utf-8"))
        age = time.time() - float(kept["at"])
        times = StepTimes(*(float(kept[name]) for name in ("one_s", "each_s", "reading_s")))
        if 0 <= age <= _LONGEST_S and times.one_s > 0 and times.each_s >= 0 and times.reading_s >= 0:
            return KeptSteps(times, age)
    return None


def write_steps(info: BackendInfo, times: StepTimes) -> None:
    """Keep step times for an engine and its model; where nothing can be written, go on without."""
    file = _file(info)
    kept = {"at": time.time(), "engine": info.model, "one_s": times.one_s, "each_s": times.each_s}
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as new:
            json.dump({**kept, "reading_s": times.reading_s}, new)
        Path(new.name).replace(file)


async def recall_steps(sot: SkeletonOfThought) -> None:
    """Let an object that answers know the step times kept for its engine."""
    if (kept := read_steps(await sot.info())) is not None:
        sot.gain.recall(kept.times)


async def keep_steps(sot: SkeletonOfThought) -> None:
    """Keep the step times that an object's own answers have shown, if they have."""
    if (times := sot.gain.meter.estimate()) is not None:
        write_steps(await sot.info(), times)


def _file(info: BackendInfo) -> Path:
    folder: Path = resolve_name("sot.backends.torch_engine.cache:cache_folder")()
    name = hashlib.sha256(os.fsencode(f"{info.backend}|{info.model}")).hexdigest()[:32]
    return folder / "steps" / f"{name}.json"
