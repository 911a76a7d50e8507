"""Prometheus metrics of the server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from ..speed.step_times import StepTimes
from ..strategies import part_of
from ..terminal import one_line
from ..types import Answer, Sleeps, Usage

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STEP_RATIO, SPEED_UP = "sot_step_ratio", "sot_skeleton_speed_up"
RATIOS = (STEP_RATIO, SPEED_UP)
"""Gauges of what a worker has measured, 0 while it knows nothing: several workers' are not to be added up."""
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160)


class Counts(Protocol):
    """Numbers of questions, read for the gauges."""

    @property
    def running(self) -> int:
        """Number of answers in progress."""
        ...

    @property
    def waiting(self) -> int:
        """Number of answers in the queue."""
        ...


class Metrics:
    """Counters, histograms and gauges of the server, without any content of questions or answers.

    Args:
        capacity: Admission control, read for the gauges.
        step_times: Returns the engine's step times, read for the gauges; ``None`` where they are not known.
        sleeps: The backend, if it can sleep.
    """

    def __init__(
        self,
        capacity: Counts,
        step_times: Callable[[], StepTimes | None] = lambda: None,
        sleeps: Sleeps | None = None,
    ) -> None:
        self._registry = registry = CollectorRegistry()
        self._answers = Counter(
            "sot_answers", "Answers by strategy and outcome.", ("strategy", "outcome"), registry=registry
        )
        self._first_text = Histogram(
            "sot_first_text_seconds",
            "Seconds until the reader's first text.",
            ("strategy",),
            registry=registry,
            buckets=_SECONDS,
        )
        self._total = Histogram(
            "sot_answer_seconds",
            "Seconds until the whole answer.",
            ("strategy",),
            registry=registry,
            buckets=_SECONDS,
        )
        self._points = Counter(
            "sot_points", "Points of skeletons, fields and items, by status.", ("status",), registry=registry
        )
        self._fallbacks = Counter(
            "sot_fallbacks", "Skeletons given up for normal decoding.", registry=registry
        )
        self._tokens = Counter(
            "sot_tokens",
            "Tokens at the engine; cached ones are among the prompt's, thoughts among the completion's.",
            ("kind",),
            registry=registry,
        )
        self._reasoning = Counter(
            "sot_reasoning_tokens", "Completion tokens that went into thoughts.", registry=registry
        )
        self._incomplete = Counter(
            "sot_incomplete_answers", "Answers of which something is missing.", registry=registry
        )
        self._by_model = Counter(
            "sot_stage_tokens",
            "Tokens at the engines by the stage and the model of the request.",
            ("stage", "model", "kind"),
            registry=registry,
        )
        self._replaced = Counter(
            "sot_stage_failures",
            "Answers in which the main engine took a stage over from an engine of its own that failed.",
            ("stage",),
            registry=registry,
        )
        self._requests = Counter("sot_engine_requests", "Requests to the engine.", registry=registry)
        self._cost = Counter(
            "sot_cost",
            "Cost of answers by strategy, at the prices given to the server.",
            ("strategy", "currency"),
            registry=registry,
        )
        running = Gauge("sot_answers_in_flight", "Answers in the making.", registry=registry)
        running.set_function(lambda: capacity.running)
        waiting = Gauge("sot_answers_waiting", "Answers that wait for a place.", registry=registry)
        waiting.set_function(lambda: capacity.waiting)
        ratio = Gauge(
            STEP_RATIO,
            "Decode step time of eight requests over that of one, measured; 0 while unknown.",
            registry=registry,
        )
        ratio.set_function(lambda: times.ratio if (times := step_times()) is not None else 0)
        speed_up = Gauge(
            SPEED_UP,
            "Speed-up of a usual answer by a skeleton, at best, by these step times; 0 while unknown.",
            registry=registry,
        )
        speed_up.set_function(lambda: times.speed_up if (times := step_times()) is not None else 0)

        if sleeps is not None:
            asleep = Gauge(
                "sot_model_asleep", "1 while the model is not in memory, else 0.", registry=registry
            )
            asleep.set_function(lambda: sleeps.asleep)
            registry.register(_Wakes(sleeps))

    def text(self) -> bytes:
        """Return the metrics in Prometheus's text format."""
        return generate_latest(self._registry)

    def count_answer(self, answer: Answer) -> None:
        """Count an answer's points, fallback and usage; points that a revision kept were counted before."""
        given = part_of(answer.route.strategy) not in ("", "point")  # several may have one request
        for point in answer.points:
            if given or point.usage.requests or point.status == "missing":
                self._points.labels(point.status).inc()
        if answer.fell_back is not None:
            self._fallbacks.inc()
        if not answer.complete:
            self._incomplete.inc()
        for use in answer.stages:
            model = one_line(use.model)  # the engine's word for it
            self._by_model.labels(use.stage, model, "prompt").inc(use.usage.prompt_tokens)
            self._by_model.labels(use.stage, model, "completion").inc(use.usage.completion_tokens)
        for stage in {failure.stage for failure in answer.stage_failures}:
            self._replaced.labels(stage).inc()
        self.count_usage(answer.usage)
        if answer.cost is not None:
            self.count_cost(answer.route.strategy, answer.cost.spent, answer.cost.currency)

    def count_cost(self, strategy: str, spent: float, currency: str) -> None:
        """Count the cost of an answer, or of a forwarded request."""
        self._cost.labels(strategy, currency).inc(spent)

    def count_usage(self, usage: Usage) -> None:
        """Count tokens and requests."""
        self._tokens.labels("prompt").inc(usage.prompt_tokens)
        self._tokens.labels("cached").inc(usage.cached_tokens)
        self._tokens.labels("completion").inc(usage.completion_tokens)
        self._reasoning.inc(usage.reasoning_tokens)
        self._requests.inc(usage.requests)

    def count_request(self, record: RequestRecord) -> None:
        """Count an answer that has ended, whatever its outcome, with its times."""
        strategy = record.strategy or "none"
        self._answers.labels(strategy, record.outcome).inc()
        if record.first_text_s is not None:
            self._first_text.labels(strategy).observe(record.first_text_s)
        if record.outcome == "done":
            self._total.labels(strategy).observe(record.elapsed())


class _Wakes(Collector):
    """Counter that the backend keeps."""

    def __init__(self, sleeps: Sleeps) -> None:
        self._sleeps = sleeps

    def collect(self) -> Iterable[Metric]:
        yield CounterMetricFamily("sot_model_wakes", "Times that the model was woken.", self._sleeps.wakes)


@dataclass(slots=True)
class RequestRecord:
    """Record of one request, kept for the metrics until it ends.

    Args:
        strategy: The strategy; ``direct`` for a request that was forwarded to the engine unchanged.
        outcome: ``done``, ``failed``, ``refused``, ``client_gone`` or ``stopped``.
        first_text_s: Seconds from the request's arrival to the first text (TTFT).
        model: Name of the model, on a server with several.
    """

    strategy: str | None = None
    outcome: str = "done"
    first_text_s: float | None = None
    model: str = ""
    clock: Callable[[], float] = time.perf_counter
    _began: float = field(default=0.0)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def elapsed(self) -> float:
        """Return the seconds since the request arrived."""
        return self.clock() - self._began

    def note_first_text(self) -> None:
        """Note the time of the first text."""
        if self.first_text_s is None:
            self.first_text_s = self.elapsed()
