"""Energy of the machine's processors or GPUs, where the system lets it be read.

Intel's RAPL counters (AMD's processors have them under the same name) of ``/sys/class/powercap``, which most
systems show to the administrator alone; else the power that ``nvidia-smi`` reports, added up. Both are of the
whole processor or GPU: what other programs use meanwhile is in it.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

_POWERCAP = Path("/sys/class/powercap")
_EVERY_MS = 100


class Meter(Protocol):
    """Reader of energy: joules since it was made, ``None`` once they cannot be read any more."""

    name: str

    def joules(self) -> float | None: ...

    def close(self) -> None: ...


class NoMeter:
    """Meter where nothing can be read."""

    name = ""

    def joules(self) -> float | None:
        return None

    def close(self) -> None: ...


class Rapl:
    """Sum of the counters of all processor packages.

    Raises:
        OSError: There are none, or they cannot be read.
    """

    name = "processors, RAPL"

    def __init__(self, root: Path = _POWERCAP) -> None:
        # Packages alone (intel-rapl:0): their parts (intel-rapl:0:0) are counted in them.
        zones = [zone for zone in sorted(root.glob("intel-rapl:*")) if zone.name.count(":") == 1]
        if not zones:
            raise FileNotFoundError(f"no energy counters in {root}")
        self._zones = {zone / "energy_uj": int((zone / "max_energy_range_uj").read_text()) for zone in zones}
        self._last = {counter: int(counter.read_text()) for counter in self._zones}
        self._used = 0

    def joules(self) -> float | None:
        try:
            for counter, whole in self._zones.items():
                now = int(counter.read_text())
                self._used += (now - self._last[counter]) % (whole + 1)  # it starts again at its limit
                self._last[counter] = now
        except (OSError, ValueError):
            return None
        return self._used / 1e6

    def close(self) -> None: ...


class NvidiaSmi:
    """Sum of the power that ``nvidia-smi`` reports for all GPUs, ten times a second.

    Raises:
        OSError: It cannot be run, or reports nothing.
    """

    name = "GPUs, nvidia-smi"

    def __init__(self, program: str = "nvidia-smi", clock: Callable[[], float] = time.monotonic) -> None:
        asks = ("--query-gpu=power.draw", "--format=csv,noheader,nounits", f"--loop-ms={_EVERY_MS}")
        gpus = subprocess.run(
            [program, "-L"], capture_output=True, text=True, timeout=10, check=False
        ).stdout.count("GPU ")
        if not gpus:
            raise FileNotFoundError(f"{program} lists no GPU")
        self._gpus, self._clock = gpus, clock
        self._lock = threading.Lock()
        self._used, self._watts, self._since = 0.0, 0.0, clock()
        self._failed = False
        self._process = subprocess.Popen(
            [program, *asks],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._thread = threading.Thread(target=self._read, name="sot-nvidia-smi", daemon=True)
        self._thread.start()

    def joules(self) -> float | None:
        with self._lock:
            self._add_up()
            return None if self._failed else self._used

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _add_up(self) -> None:
        now = self._clock()
        self._used += self._watts * (now - self._since)
        self._since = now

    def _read(self) -> None:
        assert self._process.stdout is not None
        round_: list[float] = []
        for line in self._process.stdout:  # one line for each GPU in turn
            try:
                round_.append(float(line))
            except ValueError:  # "[N/A]"
                break
            if len(round_) == self._gpus:
                with self._lock:
                    self._add_up()
                    self._watts = sum(round_)
                round_ = []
        with self._lock:
            self._failed = True


def find_meter() -> Meter:
    """Return the meter of the GPUs, else of the processors, else one that reads nothing."""
    for make in (NvidiaSmi, Rapl):
        with suppress(OSError, ValueError, subprocess.SubprocessError):
            return make()
    return NoMeter()
