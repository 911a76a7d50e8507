"""The options of ``sot bench latency``, read before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sot.errors import ConfigError
from sot.options import Options
from sot.registry import resolve_spec

from ..question_files import SUITABLE
from ..records import Question
from ..sets import load_questions
from .accelerators import NONE, Accelerator, parse_accelerators
from .figures import Prices
from .lengths import Lengths, parse_lengths
from .methods import parse_methods
from .random_model import SHAPES


@dataclass(frozen=True, slots=True)
class Bench:
    """What the options of ``sot bench latency`` say; see its ``--help``."""

    backend: str | None = None
    model: str | None = None
    engine_args: tuple[str, ...] = ()
    methods: str = "normal,skeleton,skeleton-paper"
    questions: str = "suitable"
    limit: int | None = None
    repeat: int = 1
    seed: int = 0
    max_tokens: int = 1024
    max_point_tokens: int = 192
    temperature: float | None = None
    lengths: str | None = None
    accelerators: str = NONE
    random_llama: str | None = None
    price_in: float | None = None
    price_cached: float | None = None
    price_out: float | None = None
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The options, read and found to make sense."""

    spec: str
    kind: str
    methods: list[str]
    questions: list[Question]
    accelerators: list[Accelerator]
    lengths: Lengths | None
    options: dict[str, Any]
    prices: Prices


def make_plan(bench: Bench) -> Plan:
    """Read the options before anything is loaded.

    Args:
        bench: The options.

    Raises:
        ConfigError: An option makes no sense.
    """
    spec = resolve_spec(bench.backend)
    kind = spec.partition(":")[0].lower()
    for name in ("limit", "repeat"):
        if (value := getattr(bench, name)) is not None and value < 1:
            raise ConfigError(f"--{name} must be at least 1")
    for name in ("price_in", "price_cached", "price_out"):
        if (value := getattr(bench, name)) is not None and not 0 <= value < float("inf"):
            raise ConfigError(f"--{name.replace('_', '-')} must be at least 0")
    if (bench.price_in is None) != (bench.price_out is None):
        raise ConfigError("--price-in and --price-out are needed together")
    if bench.engine_args and kind != "vllm":
        raise ConfigError("--engine-arg is for vllm: backends; a server has options of its own")
    methods = parse_methods(bench.methods)
    lengths = parse_lengths(bench.lengths) if bench.lengths is not None else None
    if bench.random_llama is not None:
        if bench.random_llama not in SHAPES:
            raise ConfigError(f"--random-llama must be one of {', '.join(SHAPES)}")
        if kind not in ("torch", "vllm") or spec.partition(":")[2] or bench.model:
            raise ConfigError("--random-llama makes the model: give --backend torch: or vllm: without one")
        lengths = lengths or Lengths()  # what it writes means nothing and ends nowhere
    if lengths is not None and (unfit := [name for name in methods if name in ("cot", "plan")]):
        raise ConfigError(f"--lengths forces normal answers and skeletons, not {', '.join(unfit)}")
    accelerators = parse_accelerators(bench.accelerators)
    if kind not in ("torch", "vllm") and [accelerator.name for accelerator in accelerators] != [NONE]:
        raise ConfigError("--accelerators is for torch: and vllm:; a server has its own options")
    if kind == "torch":
        accelerators = _with_generate(accelerators)
    path = str(SUITABLE) if bench.questions == "suitable" else bench.questions
    chosen = load_questions(path).chosen(limit=bench.limit)
    unique = {question.question: question for question in chosen}
    options: dict[str, Any] = {"max_tokens": bench.max_tokens, "max_point_tokens": bench.max_point_tokens}
    temperature = 0.0 if bench.random_llama is not None and bench.temperature is None else bench.temperature
    if temperature is not None:
        options["temperature"] = temperature
    Options(**options)  # raises where a value is out of range
    prices = Prices(bench.price_in, bench.price_cached, bench.price_out)
    return Plan(spec, kind, methods, list(unique.values()), accelerators, lengths, options, prices)


def _with_generate(accelerators: Sequence[Accelerator]) -> list[Accelerator]:
    """Assisted generation is to be compared with plain ``generate``, not with our own engine."""
    names = [accelerator.name for accelerator in accelerators]
    assisted = [one for one in accelerators if {kind for kind, _ in one.parts} & {"ngram", "draft"}]
    if not assisted or any("generate" in name for name in names):
        return list(accelerators)
    at = names.index(assisted[0].name)
    return [*accelerators[:at], *parse_accelerators("generate"), *accelerators[at:]]
