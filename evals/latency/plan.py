"""The plan of a latency comparison: its options, read before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sot.errors import ConfigError
from sot.options import Options
from sot.registry import EngineEntry

from ..question_files import SUITABLE
from ..records import Question
from ..sets import load_questions
from .accelerators import NONE, Accelerator, parse_accelerators
from .engines import FEATURES
from .figures import Prices
from .lengths import Lengths, parse_lengths
from .methods import parse_methods
from .options import LatencyOptions
from .random_model import SHAPES


@dataclass(frozen=True, slots=True)
class Plan:
    """The options, read and found to make sense."""

    spec: str
    entry: EngineEntry
    methods: list[str]
    questions: list[Question]
    accelerators: list[Accelerator]
    lengths: Lengths | None
    options: dict[str, Any]
    prices: Prices


def make_plan(given: LatencyOptions) -> Plan:
    """Read the options before anything is loaded.

    Args:
        given: The options.

    Raises:
        ConfigError: An option makes no sense.
    """
    spec, entry = given.engine.spec, given.engine.entry
    features = FEATURES.get(entry.kind)
    _check_numbers(given)
    given.engine.settings()  # raises where the engine takes none
    methods = parse_methods(given.methods)
    lengths = parse_lengths(given.lengths) if given.lengths is not None else None
    if given.random_llama is not None:
        if given.random_llama not in SHAPES:
            raise ConfigError(f"--random-llama must be one of {', '.join(SHAPES)}")
        able = [f"{kind}:" for kind, each in FEATURES.items() if each.random_model is not None]
        if spec.lower() not in able or given.engine.model:
            raise ConfigError(
                f"--random-llama makes the model: give --backend {' or '.join(able)} without one"
            )
        lengths = lengths or Lengths()  # what it writes means nothing and ends nowhere
    if lengths is not None and (unfit := [name for name in methods if name in ("cot", "plan")]):
        raise ConfigError(f"--lengths forces normal answers and skeletons, not {', '.join(unfit)}")
    accelerators = parse_accelerators(given.accelerators)
    if (features is None or features.setup is None) and [one.name for one in accelerators] != [NONE]:
        able = [f"{kind}:" for kind, each in FEATURES.items() if each.setup is not None]
        raise ConfigError(f"--accelerators is for {' and '.join(able)}; a server has its own options")
    if features is not None and features.generates:
        accelerators = _with_generate(accelerators)
    path = str(SUITABLE) if given.questions == "suitable" else given.questions
    chosen = load_questions(path).chosen(limit=given.limit)
    unique = {question.question: question for question in chosen}
    options = given.limits.settings()
    temperature = 0.0 if given.random_llama is not None and given.temperature is None else given.temperature
    if temperature is not None:
        options["temperature"] = temperature
    Options(**options)  # raises where a value is out of range
    prices = Prices(given.price_in, given.price_cached, given.price_out)
    return Plan(spec, entry, methods, list(unique.values()), accelerators, lengths, options, prices)


def _check_numbers(given: LatencyOptions) -> None:
    for name in ("limit", "repeat"):
        if (value := getattr(given, name)) is not None and value < 1:
            raise ConfigError(f"--{name} must be at least 1")
    for name in ("price_in", "price_cached", "price_out"):
        if (value := getattr(given, name)) is not None and not 0 <= value < float("inf"):
            raise ConfigError(f"--{name.replace('_', '-')} must be at least 0")
    if (given.price_in is None) != (given.price_out is None):
        raise ConfigError("--price-in and --price-out are needed together")


def _with_generate(accelerators: Sequence[Accelerator]) -> list[Accelerator]:
    """Assisted generation is to be compared with plain ``generate``, not with our own engine."""
    names = [accelerator.name for accelerator in accelerators]
    assisted = [one for one in accelerators if {kind for kind, _ in one.parts} & {"ngram", "draft"}]
    if not assisted or any("generate" in name for name in names):
        return list(accelerators)
    at = names.index(assisted[0].name)
    return [*accelerators[:at], *parse_accelerators("generate"), *accelerators[at:]]
