"""Metrics of all workers of one server: each tells its own on a local socket, any of them merges them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from statistics import median

from .metrics import RATIOS

_TELL_S = 2.0  # for a sibling to tell; one that starts or ends at that moment is left out
_LARGEST = 4 * 1024 * 1024
_EARLIEST = "_created"  # ending of the names of metrics that hold the time at which counting began


class MetricsOfAll:
    """Exchange of metrics among the workers of one server.

    Args:
        folder: Folder of the workers' sockets, of this server alone.
        number: Number of this worker.
        own: Returns this worker's metrics in Prometheus's text format.
    """

    def __init__(self, folder: Path, number: int, own: Callable[[], bytes]) -> None:
        self._folder = folder
        self._path = folder / f"{number}.sock"
        self._own = own
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Tell the siblings from now on."""
        self._path.unlink(missing_ok=True)  # of a worker that this one replaces
        self._server = await asyncio.start_unix_server(self._tell, self._path)

    async def stop(self) -> None:
        """Tell them no more."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def text(self) -> bytes:
        """Return all workers' metrics as those of one server."""
        siblings = [path for path in sorted(self._folder.glob("*.sock")) if path != self._path]
        found = await asyncio.gather(*map(_ask, siblings))
        return merged([self._own(), *(text for text in found if text)])

    async def _tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        with suppress(ConnectionError):
            writer.write(self._own())
            await writer.drain()
        writer.close()


async def _ask(path: Path) -> bytes:
    """Return a sibling's metrics; nothing where it does not tell them, or not to the end."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_TELL_S):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                await reader.readexactly(_LARGEST)
            except asyncio.IncompleteReadError as whole:  # it ends before the limit, as it should
                return whole.partial if whole.partial.endswith(b"\n") else b""
            finally:
                writer.close()
    return b""


def merged(texts: Iterable[bytes]) -> bytes:
    """Merge metrics in Prometheus's text format, sample by sample.

    Counts are added up. Of ratios, which every worker measures for itself, the median of those that are known
    is taken, and of the times at which counting began the earliest.
    """
    comments: dict[str, dict[str, None]] = {}  # by metric
    samples: dict[str, dict[str, list[float]]] = {}
    for text in texts:
        metric = ""
        for line in text.decode().removesuffix("\n").split("\n"):
            if line.startswith("#"):
                metric = line.split(" ")[2]
                comments.setdefault(metric, {})[line] = None
                continue
            name, _, value = line.rpartition(" ")
            samples.setdefault(metric, {}).setdefault(name, []).append(float(value))
    lines: list[str] = []
    for metric, said in comments.items():
        found = samples.get(metric, {})
        lines += [*said, *(f"{name} {_of_all(metric, values)}" for name, values in found.items())]
    return "".join(f"{line}\n" for line in lines).encode()


def _of_all(metric: str, values: list[float]) -> float:
    """Return a sample's value for the whole server."""
    if metric.endswith(_EARLIEST):
        return min(values)
    if metric in RATIOS:
        return median([value for value in values if value] or [0.0])
    return sum(values)
