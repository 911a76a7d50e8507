"""Metrics of all workers of one server: each tells its own on a local socket, any of them adds them up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

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
        """Return the sum of all workers' metrics."""
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
    """Return a sibling's metrics; nothing where it does not tell them."""
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(_TELL_S):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                return await reader.read(_LARGEST) + await reader.read(_LARGEST)
            finally:
                writer.close()
    return b""


def merged(texts: Iterable[bytes]) -> bytes:
    """Add up metrics in Prometheus's text format, sample by sample; all are counts that can be added."""
    comments: dict[str, dict[str, None]] = {}  # by metric
    sums: dict[str, dict[str, float]] = {}
    for text in texts:
        metric = ""
        for line in text.decode().splitlines():
            if line.startswith("#"):
                metric = line.split(" ")[2]
                comments.setdefault(metric, {})[line] = None
                continue
            name, _, value = line.rpartition(" ")
            samples = sums.setdefault(metric, {})
            if metric.endswith(_EARLIEST):
                samples[name] = min(samples.get(name, float("inf")), float(value))
            else:
                samples[name] = samples.get(name, 0.0) + float(value)
    lines: list[str] = []
    for metric, said in comments.items():
        lines += [*said, *(f"{name} {value}" for name, value in sums.get(metric, {}).items())]
    return "".join(f"{line}\n" for line in lines).encode()
