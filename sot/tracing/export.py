"""Export of traces by OpenTelemetry's SDK, set up by its own environment variables (``OTEL_…``)."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..errors import ConfigError, MissingDependencyError, install_command
from ..terminal import one_line, shown_spec
from .current import CONTENT

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

_EXPORTER = "OTEL_TRACES_EXPORTER"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HTTP = "http/protobuf"
_SERVICE = "sot"
_TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
_PATIENCE_S = 3.0  # with a collector that is not there: a command waits so long at its end
_LONGEST = 300  # characters of a warning
# vLLM in this process wants its own in place of ours, which stays: it makes vLLM's spans, too.
_OTHERS = "Overriding of current TracerProvider"
_PACKAGES = ("opentelemetry.trace", "opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")


def start_export() -> Callable[[], None]:
    """Send this process's traces by OTLP over HTTP from now on; returns what sends the rest and ends it.

    Raises:
        ConfigError: The environment asks for another way.
        MissingDependencyError: The packages of the extra ``otel`` are not installed.
    """
    require_packages()
    exporter = _exporter()
    from opentelemetry import trace
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = os.environ.get("OTEL_SERVICE_NAME") or f"{SERVICE_NAME}=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    provider = TracerProvider(
        resource=Resource.create(None if named else {SERVICE_NAME: _SERVICE}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _say_failures_shortly()
    trace.set_tracer_provider(provider)

    return provider.shutdown  # which sends what is left


def require_packages() -> None:
    """Require the packages of the extra ``otel``.

    Raises:
        MissingDependencyError: They are not installed.
    """
    for name in _PACKAGES:
        try:
            found = find_spec(name) is not None
        except ModuleNotFoundError:  # of a package above it
            found = False
        if not found:
            raise MissingDependencyError(name, install_command("otel"))


def show_content() -> None:
    """Have questions and texts put into the spans of this process and of those that it starts."""
    os.environ[CONTENT] = "span_only"


def _exporter() -> SpanExporter:
    """Make the exporter.

    Raises:
        ConfigError: The environment asks for one that is not here.
    """
    kind = os.environ.get(_EXPORTER, "").strip() or "otlp"
    if kind == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter(out=sys.stderr, formatter=lambda span: span.to_json(indent=None) + "\n")
    if kind != "otlp":
        raise ConfigError(f"{_EXPORTER}={one_line(kind)}: traces go to otlp or console")
    protocol = next((value for name in _PROTOCOLS if (value := os.environ.get(name, "").strip())), _HTTP)
    if protocol != _HTTP:
        raise ConfigError(f"{_PROTOCOLS[1]}={one_line(protocol)}: traces are sent by {_HTTP}")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    given = any(os.environ.get(name) for name in _TIMEOUTS)
    return OTLPSpanExporter(timeout=None if given else _PATIENCE_S)


def _say_failures_shortly() -> None:
    """Have the SDK's own warnings on one line each, and a collector that takes no traces named once."""
    handler = logging.StreamHandler()
    handler.addFilter(_Once())
    handler.setFormatter(logging.Formatter("sot: %(message)s"))
    log = logging.getLogger("opentelemetry")
    log.addHandler(handler)
    log.setLevel(logging.WARNING)
    log.propagate = False


class _Once(logging.Filter):
    """Filter that puts a record on one line without a traceback; of the exporter's it passes the first."""

    _said = False

    def filter(self, record: logging.LogRecord) -> bool:
        if record.getMessage().startswith(_OTHERS):
            return False
        said = f"traces: {one_line(record.getMessage())[:_LONGEST]}"
        if record.name.startswith("opentelemetry.exporter"):
            if self._said:
                return False
            self._said = True
            said = f"traces could not be sent to {_address()} (OTEL_EXPORTER_OTLP_ENDPOINT says where)"
        record.msg, record.args, record.exc_info = said, (), None
        return True


def _address() -> str:
    given = (os.environ.get(f"OTEL_EXPORTER_OTLP_{name}") for name in ("TRACES_ENDPOINT", "ENDPOINT"))
    return shown_spec(next((each for each in given if each), "http://localhost:4318"))
