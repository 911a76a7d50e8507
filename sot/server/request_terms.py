"""Terms under which requests are read: the engine's model and abilities, and the operator's choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast

from ..types import BackendInfo
from .failures import Failure, bad_request
from .request_fields import asks_for_nothing
from .settings import ServerSettings

# Fields with a meaning for a completion as a whole, not for its points.
_OF_ONE = frozenset({"min_tokens", "ignore_eos"})
_MOST_TOKENS = 1_000_000
_TOOLS = ("tools", "functions", "tool_choice", "function_call", "parallel_tool_calls", "max_tool_calls")
_FREE = ("auto", "none", None)  # choices of a tool that leave it to the model
_SHOWN = 200  # characters of the caller's own text quoted in an error message


@dataclass(frozen=True, slots=True)
class ReadingTerms:
    """Terms under which a request is read.

    Args:
        own_model: The engine's model name, which callers may use for ``auto``.
        short_tokens: Token limits below this count as short.
        parallel_fields: Whether the fields of a JSON schema are written in parallel where the caller leaves
            the choice of the strategy to the server.
        aliases: Further names of models, and the models that they stand for.
        ignores_tools: Whether tools that the caller does not insist on are left out.
        of_one: Fields that an engine in this process takes with an answer that is one completion.
        constrains: Whether an engine in this process keeps its text to a JSON schema.
        context_length: Most tokens of a prompt and its answer together; ``None`` where that is not known.
    """

    own_model: str
    short_tokens: int
    parallel_fields: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    ignores_tools: bool = False
    of_one: frozenset[str] = frozenset()
    constrains: bool = False
    context_length: int | None = None

    @classmethod
    def of(cls, info: BackendInfo, settings: ServerSettings) -> Self:
        """Return the terms of one server."""
        always_thinks = (
            bool(info.thinks) and not info.stops_thinking
        )  # thoughts, which come first, are no JSON
        return cls(
            own_model=info.model,
            short_tokens=settings.short_answer_tokens,
            parallel_fields=settings.parallel_fields,
            aliases=dict(settings.aliases),
            ignores_tools=settings.tools == "ignore",
            of_one=_OF_ONE & (info.sampling_fields or frozenset()),
            constrains=not info.forwards and bool(info.constrains) and not always_thinks,
            context_length=info.context_length,
        )

    def strategy(self, model: str, strategies: tuple[str, ...], auto: str) -> str:
        """Return the strategy that a model's name stands for.

        Raises:
            Failure: There is no such model (404).
        """
        meant = self.aliases.get(model, model)
        if meant in strategies:
            return meant
        if meant == self.own_model:
            return auto
        names = ", ".join(dict.fromkeys([*strategies, self.own_model, *self.aliases]))
        message = f"there is no model {model[:_SHOWN]!r} here: there are {names}"
        raise Failure(404, message, "model_not_found", "model")

    def without_tools(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a request without tools, where the server ignores them and the caller does not insist."""
        insists = any(not _free(fields.get(name)) for name in ("tool_choice", "function_call"))
        if not self.ignores_tools or insists:
            return fields
        return {name: value for name, value in fields.items() if name not in _TOOLS}

    def fields_of_one(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields that make of the answer one completion, for an engine in this process.

        Raises:
            Failure: A value is of the wrong kind (400).
        """
        found = {name: fields[name] for name in self.of_one if not asks_for_nothing(name, fields.get(name))}
        least = found.get("min_tokens", 0)
        if isinstance(least, bool) or not isinstance(least, int) or not 0 <= least <= _MOST_TOKENS:
            raise bad_request("min_tokens: it must be a whole number of at least 0", param="min_tokens")
        if not isinstance(found.get("ignore_eos", False), bool):
            raise bad_request("ignore_eos: it must be true or false", param="ignore_eos")
        return found


def _free(choice: object) -> bool:
    """Return whether a choice of a tool leaves it to the model."""
    kind: object = cast("dict[str, object]", choice).get("type") if isinstance(choice, dict) else choice
    return any(kind == free for free in _FREE)
