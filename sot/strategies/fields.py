"""Strategy of parallel JSON fields: the parts of a JSON schema are written at once, as one JSON document.

The short values come first, in one request, and are what the fields agree on; then every long string, and
everything else that cannot be taken apart, is one request. Each is constrained by its own schema where the
engine can, and checked in any case. There is no fallback: a field without a valid value ends the answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..errors import BackendError, ConfigError, ContentFilterError, InvalidFieldError
from ..prompting.conversation import WrittenPoint
from ..stages.engines import EngineOfAnswer
from ..structure.document import DocumentStream
from ..structure.plan import Part, StructurePlan
from ..structure.plan_cache import PLANS
from ..structure.validity import Checker, Problem, shown_path
from ..structure.work import Budget
from ..types import GenerateConfig, Message, Point
from .aside import aside
from .base import Outcome, Run, Stage
from .field_prompts import FieldPrompts
from .field_readers import TextReader, ValueReader, ValuesReader
from .part_request import PartFailure, PartReader, PartRequest
from .parts import Parts

_VALUE_TOKENS = 40  # of a short value with its name


class FieldsStrategy:
    """Parallel JSON fields; needs ``Options.schema``."""

    async def run(self, run: Run) -> Outcome:
        """Write the document.

        Raises:
            ConfigError: There is no schema, it is invalid, or it exceeds a limit.
            InvalidFieldError: A field got no valid value, or the whole is not valid.
        """
        if run.options.schema is None:
            raise ConfigError("the strategy fields needs a JSON schema (schema)")
        plan = await _planned(run.options.schema)
        if plan.is_chain and run.engine_for("field").info.constrains is not False:
            plan = plan.in_one()
        return await _Document(run, plan).write()


async def _planned(schema: Mapping[str, Any]) -> StructurePlan:
    """Plan a schema; beside the loop, because that takes a while, and a hostile one takes seconds.

    Raises:
        ConfigError: The schema cannot be used.
    """
    return PLANS.known(schema) or await aside(partial(PLANS.plan, schema))


class _Document:
    """One document in progress."""

    def __init__(self, run: Run, plan: StructurePlan) -> None:
        self._run = run
        self._plan = plan
        self._budget = Budget(weight=plan.weight)
        self._made: dict[int, FieldPrompts] = {}  # by the `id` of the engine, which the run holds
        self._points = tuple(
            Point(part.index, part.name or plan.title or "JSON", part.after) for part in plan.parts
        )
        self._requests = len(plan.alone) + bool(plan.values)

    async def write(self) -> Outcome:
        """Write the document; its end comes once the whole is known to be valid."""
        run, plan = self._run, self._plan
        requests = [self._field(part) for part in plan.alone]
        if plan.values:
            requests.insert(0, self._values(plan.values))
        stream = DocumentStream(plan.frame)
        parts = Parts(run, self._points, requests, stream, give_up=self._give_up)
        await parts.write()
        problem = await self._problem(stream.whole)
        if problem is not None:
            raise InvalidFieldError(shown_path(problem.path), problem.reason)
        run.write(stream.close())
        return parts.outcome()

    async def _problem(self, text: str) -> Problem | None:
        """Return why the whole is not valid; ``None`` where it is."""
        checker = Checker(self._plan.standalone, known=True, budget=self._budget)

        def check() -> Problem | None:
            return checker.problem(json.loads(text))

        return await aside(check) if self._budget.takes_long(text) else check()

    def _prompts(self, engine: EngineOfAnswer) -> FieldPrompts:
        """Return the builder of an engine's prompts."""
        if id(engine) not in self._made:
            self._made[id(engine)] = FieldPrompts(self._run, self._plan, engine.info)
        return self._made[id(engine)]

    def _values(
        self, parts: Sequence[Part], problem: str = "", engine: EngineOfAnswer | None = None
    ) -> PartRequest:
        """Return the request for short values; with a problem, its repair."""
        engine = engine or self._run.engine_for("values")
        prompts = self._prompts(engine)
        tokens = max(self._run.options.max_point_tokens, _VALUE_TOKENS * len(parts))
        config = replace(self._config(tokens, "values"), schema=self._plan.table_constraint(parts))

        def messages(_: Sequence[WrittenPoint]) -> tuple[Message, ...]:
            return prompts.values(parts, problem)

        def repair(failures: Sequence[PartFailure]) -> list[PartRequest]:
            failed = [self._plan.parts[failure.point.index - 1] for failure in failures]
            cut = any(failure.limited for failure in failures)  # one that goes on for ever hides the others
            on = failures[0].engine
            constrains = (on or engine).info.constrains
            if cut or constrains is False:  # one by one is what small models manage
                return [self._field(each, again=True, engine=on) for each in failed]
            said = "; ".join(f"{failure.point.title}: {_told(failure)}" for failure in failures)
            return [self._values(failed, said, on)]

        return PartRequest(
            points=tuple(self._points[part.index - 1] for part in parts),
            config=config,
            messages=messages,
            reader=lambda: ValuesReader(parts, self._budget, again=bool(problem)),
            repair=repair,
            prefill=prompts.values_prefill(parts),
            engine=engine,
        )

    def _field(
        self, part: Part, problem: str = "", *, again: bool = False, engine: EngineOfAnswer | None = None
    ) -> PartRequest:
        """Return the request for a field.

        Args:
            part: The field.
            problem: Why what was written before is of no use, where the model is to be told.
            again: Whether something was written before.
            engine: The engine; unless given, that of the fields.
        """
        engine = engine or self._run.engine_for("field")
        prompts = self._prompts(engine)
        options, text = self._run.options, part.kind == "text"
        config = self._config(
            options.max_tokens if part.kind == "json" else options.max_point_tokens, "field", part.index
        )

        def messages(needed: Sequence[WrittenPoint]) -> tuple[Message, ...]:
            return prompts.field(part, needed, problem)

        def reader() -> PartReader:
            if not text:
                return ValueReader(part, self._budget, again=again)
            return TextReader(
                part,
                self._following(part),
                self._budget,
                encoded=prompts.encoded,
                max_tokens=config.max_tokens,
                ends=self._run.pack.file.point.stop if prompts.prefilled and prompts.in_sentences else (),
            )

        def repair(failures: Sequence[PartFailure]) -> list[PartRequest]:
            return [self._field(part, _told(failures[0]), again=True, engine=failures[0].engine)]

        return PartRequest(
            points=(self._points[part.index - 1],),
            config=replace(config, schema=self._plan.constraint(part)),
            messages=messages,
            reader=reader,
            after=tuple(value.index for value in self._plan.values),
            repair=repair,
            prefill=prompts.field_prefill(part),
            engine=engine,
        )

    def _following(self, part: Part) -> list[str]:
        """Return the names of the fields with which a model may go on: up to the next that is no value."""
        names: list[str] = []
        for each in self._plan.parts[part.index :]:
            names += [each.name, each.own_name] if len(each.path) == 1 else [each.name]
            if each.kind != "value":
                break
        return names

    def _config(self, tokens: int, stage: Stage, priority: int = 0) -> GenerateConfig:
        """Return the decoding settings of a request; ``max_answer_tokens`` is divided equally."""
        whole = self._run.options.max_answer_tokens
        if whole is not None:
            tokens = max(1, min(tokens, whole // self._requests))
        return self._run.config(max_tokens=tokens, stage=stage, priority=priority)

    def _give_up(self, failure: PartFailure) -> str:
        """Raise the error of a field that failed for good.

        Raises:
            BackendError: The engine failed.
            InvalidFieldError: It wrote nothing that is valid.
        """
        if isinstance(failure.error, BackendError) and not isinstance(failure.error, ContentFilterError):
            raise failure.error
        name = self._plan.parts[failure.point.index - 1].name
        raise InvalidFieldError(name, failure.reason) from failure.error


def _told(failure: PartFailure) -> str:
    """Return why a field failed, for the prompt of its repair: never in the engine's words."""
    return failure.public or "it was not valid"
