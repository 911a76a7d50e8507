"""Options that watch a command's requests: traces, and a line for each on standard error."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from logging.handlers import MemoryHandler
from typing import Annotated

from ..command.option_fields import Option
from ..errors import ConfigError
from ..tracing.request_log import LOGGER

_ASKED = "SOT_TRACES"
_HELD = 10_000  # lines


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOptions:
    """Traces and the log of requests."""

    traces: Annotated[
        bool,
        Option(
            "Send a trace of every answer by OpenTelemetry (OTEL_… variables say where; also SOT_TRACES=1)."
        ),
    ] = False
    trace_content: Annotated[bool, Option("Put questions and texts into the traces, too.")] = False
    verbose: Annotated[
        bool, Option("A line for each request to an engine on standard error: tokens, times.")
    ] = False

    @property
    def watches(self) -> bool:
        """True where the requests of this process are to be traced or logged."""
        return self.traces or self.verbose or bool(os.environ.get(_ASKED))

    @contextmanager
    def watching(
        self, *, hold: bool = False, shown: str = "sot: %(message)s"
    ) -> Generator[Callable[[], None], None, None]:
        """Watch the requests that are made inside the context; yields what writes the lines held so far.

        Args:
            hold: Write the lines then, and at the end, since a picture of the answer stands on the terminal
                meanwhile.
            shown: Format of the lines.

        Raises:
            ConfigError: The options or the environment ask for what there is not.
            MissingDependencyError: The packages for traces are not installed.
        """
        with ExitStack() as ends:
            if self.check():
                from ..tracing.export import start_export  # only then: OpenTelemetry takes a while

                ends.callback(start_export())
            yield ends.enter_context(_lines(shown, hold=hold)) if self.verbose else _no_lines

    def check(self) -> bool:
        """Return whether traces are asked for.

        Raises:
            ConfigError: Content is asked for without them.
            MissingDependencyError: The packages for traces are not installed.
        """
        asked = self.traces or os.environ.get(_ASKED, "").strip().lower() in ("1", "true", "on", "yes")
        if self.trace_content and not asked:
            raise ConfigError("--trace-content is for --traces")
        if asked:
            from ..tracing.export import require_packages, show_content

            require_packages()
            if self.trace_content:
                show_content()
        return asked


def _no_lines() -> None:
    """Stand for what writes held lines, where there are none."""


@contextmanager
def _lines(shown: str, *, hold: bool) -> Generator[Callable[[], None], None, None]:
    """Write the log of requests on standard error; yields what writes the lines held so far."""
    log, end = logging.getLogger(LOGGER), logging.StreamHandler(sys.stderr)
    end.setFormatter(logging.Formatter(shown))
    handler = MemoryHandler(_HELD, logging.CRITICAL, end) if hold else end
    before = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield handler.flush
    finally:
        handler.close()  # which writes what it holds
        log.removeHandler(handler)
        log.setLevel(before[0])
        log.propagate = before[1]
