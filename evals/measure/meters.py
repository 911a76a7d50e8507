"""Meters beside an answer: energy, and the counters of speculative decoding.

Energy is that of Intel's RAPL counters (AMD's processors have them under the same name) of
``/sys/class/powercap``, which most systems show to the administrator alone; else the power that
``nvidia-smi`` reports, added up. Both are of the whole processor or GPU: what other programs use meanwhile is
in it.
"""

# vLLM and what it brings along are not installed where the type checker runs.
# pyright: reportMissingImports=false

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

Drafts = tuple[int, int]  # tokens that speculative decoding proposed so far, and those accepted
DraftReader = Callable[[], Awaitable[Drafts | None]]

_COUNTERS = ("vllm:spec_decode_num_draft_tokens", "vllm:spec_decode_num_accepted_tokens")
_LINE = r"^{name}(?:_total)?(?:\{{.*\}})?[ \t]+(\S+)"
_SECONDS = 5.0
_POWERCAP = Path("/sys/class/powercap")
_EVERY_MS = 100


class NoMeter:
    """Meter where nothing can be read."""

    name = ""

    def joules(self) -> float | None:
        """Joules since the meter was made; ``None`` once they cannot be read any more."""
        return None

    def close(self) -> None: ...


class Rapl(NoMeter):
    """Sum of the counters of all processor packages; `OSError` where they cannot be read."""

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


class NvidiaSmi(NoMeter):
    """Sum of the power that ``nvidia-smi`` reports for all GPUs, ten times a second."""

    name = "GPUs, nvidia-smi"

    def __init__(self, program: str = "nvidia-smi", clock: Callable[[], float] = time.monotonic) -> None:
        asks = ("--query-gpu=power.draw", "--format=csv,noheader,nounits", f"--loop-ms={_EVERY_MS}")
        listed = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=10, check=False)
        self._gpus, self._clock = listed.stdout.count("GPU "), clock
        if not self._gpus:
            raise FileNotFoundError(f"{program} lists no GPU")
        self._lock = threading.Lock()
        self._used, self._watts, self._since = 0.0, 0.0, clock()
        self._failed = False
        none, piped = subprocess.DEVNULL, subprocess.PIPE
        self._process = subprocess.Popen([program, *asks], stdin=none, stdout=piped, stderr=none, text=True)
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


def find_meter() -> NoMeter:
    """Return the meter of the GPUs, else of the processors, else one that reads nothing."""
    for make in (NvidiaSmi, Rapl):
        with suppress(OSError, ValueError, subprocess.SubprocessError):
            return make()
    return NoMeter()


async def vllm_drafts() -> Drafts | None:
    """Read the counters of this process's vLLM engines; ``None`` where none decodes speculatively."""
    try:
        from prometheus_client import REGISTRY, generate_latest
    except ImportError:
        return None
    return parse_drafts(generate_latest(REGISTRY).decode())


def parse_drafts(text: str) -> Drafts | None:
    """Read the counters in Prometheus metrics, summed over the engines; ``None`` where there are none."""
    found = [re.findall(_LINE.format(name=re.escape(name)), text, re.MULTILINE) for name in _COUNTERS]
    try:
        drafted, accepted = (sum(int(float(value)) for value in values) for values in found)
    except (ValueError, OverflowError):
        return None
    return (drafted, accepted) if all(found) else None


def server_drafts(base_url: str) -> DraftReader:
    """Make the reader of a server's counters; it stops asking a server that has none."""
    import httpx

    url: Any = httpx.URL(base_url.split("?", 1)[0].rstrip("/").removesuffix("/v1") + "/metrics")
    asks = True

    async def read() -> Drafts | None:
        nonlocal asks
        drafts = None
        if asks:
            try:
                async with httpx.AsyncClient(timeout=_SECONDS) as client:
                    answer = await client.get(url)
                drafts = parse_drafts(answer.text) if answer.status_code == 200 else None
            except httpx.HTTPError:
                pass
        asks = drafts is not None
        return drafts

    return read


async def no_drafts() -> Drafts | None:
    """Read nothing: the engine has no counters."""
    return None


def drafts_of(kind: str, spec: str) -> DraftReader:
    """Return the reader of an engine's counters."""
    return server_drafts(spec) if kind == "http" else vllm_drafts if kind == "vllm" else no_drafts
