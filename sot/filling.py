"""Python API of parallel fields: the methods of `sot.SkeletonOfThought` that fill a schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast, overload

from .errors import ConfigError
from .fill_types import Filler
from .options import AnswerSettings, lists_settings
from .prompting.messages import Conversational
from .types import Answer

if TYPE_CHECKING:
    from pydantic import TypeAdapter
T = TypeVar("T")


class FillsSchemas(ABC):
    """Base of `sot.SkeletonOfThought` with the methods that answer with an object of a schema."""

    @overload
    async def fill(
        self, model: type[T] | TypeAdapter[T], question: Conversational, **settings: Unpack[AnswerSettings]
    ) -> tuple[T, Answer]: ...

    @overload
    async def fill(
        self, model: Mapping[str, Any], question: Conversational, **settings: Unpack[AnswerSettings]
    ) -> tuple[Any, Answer]: ...

    @lists_settings(AnswerSettings)
    async def fill(
        self,
        model: type[Any] | TypeAdapter[Any] | Mapping[str, Any],
        question: Conversational,
        **settings: Unpack[AnswerSettings],
    ) -> tuple[Any, Answer]:
        """Answer a question with an object, whose long texts are written in parallel.

        Numbers, options and short texts come first, in one request; then every long text, and everything
        else, in a request of its own. A field whose schema has ``x-after`` waits for the fields that it
        names, and sees them; with pydantic: ``Field(json_schema_extra={"x-after": ["title"]})``. To see the
        object while it is written, `stream` with ``strategy="fields"`` and ``schema``.

        Args:
            model: A pydantic model, a dataclass, a TypedDict, a pydantic ``TypeAdapter``, or a JSON schema.
            question: A question, or a conversation that ends with one.
            settings: Settings of this answer alone, from the list below, but for ``strategy`` and ``schema``.

        Returns:
            The validated object, of the type given, or parsed JSON; and the answer, whose text is the
            object as JSON.

        Raises:
            InvalidFieldError: A field got no valid value, or the object is not valid as a whole.
            ConfigError: The schema is invalid or exceeds a limit, or a setting is invalid.
            SotError: The question cannot be answered.

        Examples:
            >>> recipe, answer = await sot.fill(Recipe, "A vegetable soup for four")  # doctest: +SKIP
        """
        if given := {"strategy", "schema"}.intersection(settings):
            raise ConfigError(f"fill sets {' and '.join(sorted(given))} itself")
        filler = Filler(model)
        asked = cast("AnswerSettings", {**settings, "strategy": "fields", "schema": filler.schema})
        answer = await self.answer(question, **asked)
        return filler.read(answer.text), answer

    @overload
    def fill_sync(
        self, model: type[T] | TypeAdapter[T], question: Conversational, **settings: Unpack[AnswerSettings]
    ) -> tuple[T, Answer]: ...

    @overload
    def fill_sync(
        self, model: Mapping[str, Any], question: Conversational, **settings: Unpack[AnswerSettings]
    ) -> tuple[Any, Answer]: ...

    @lists_settings(AnswerSettings)
    def fill_sync(
        self,
        model: type[Any] | TypeAdapter[Any] | Mapping[str, Any],
        question: Conversational,
        **settings: Unpack[AnswerSettings],
    ) -> tuple[Any, Answer]:
        """Answer a question with an object from synchronous code; see `fill` and `answer_sync`.

        Args:
            model: A pydantic model, a dataclass, a TypedDict, a pydantic ``TypeAdapter``, or a JSON schema.
            question: A question, or a conversation that ends with one.
            settings: Settings of this answer alone, from the list below, but for ``strategy`` and ``schema``.

        Raises:
            InvalidFieldError: A field got no valid value, or the object is not valid as a whole.
            SotError: The question cannot be answered.
            ConfigError: The engine was given as an object that is in use in the caller's event loop.
        """

        def work(twin: FillsSchemas) -> Coroutine[Any, Any, tuple[Any, Answer]]:
            return twin.fill(cast("Any", model), question, **settings)

        return self._in_thread(work, "fill")

    @abstractmethod
    async def answer(self, question: Conversational, **settings: Unpack[AnswerSettings]) -> Answer:
        """Answer a question and return the whole answer."""

    @abstractmethod
    def _in_thread(self, work: Callable[[Any], Coroutine[Any, Any, T]], name: str) -> T:
        """Run the method of this name on an object like this one, in a thread with an event loop.

        Raises:
            ConfigError: The engine was given as an object that is in use in another event loop.
        """
