"""Python API of revisions: the methods of `sot.SkeletonOfThought` that revise an answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from typing import Any, TypeVar, Unpack

from ..errors import ConfigError
from ..events import Event, Finished
from ..options import AnswerSettings, lists_settings
from ..orchestrator import AnswerRequest
from ..prompting.messages import Conversational, as_messages
from ..session import Session
from ..types import Answer, Message, Point
from .plan import plan_revision

T = TypeVar("T")

StoredAnswer = Answer | Mapping[str, Any] | str | bytes
"""An answer, or its JSON as ``sot ask --json`` prints it."""


class RevisesAnswers(ABC):
    """Base of `sot.SkeletonOfThought` with the methods that revise an answer by its points."""

    def revision(
        self,
        answer: StoredAnswer,
        points: Sequence[str | Point],
        *,
        conversation: Conversational | None = None,
        **settings: Unpack[AnswerSettings],
    ) -> AbstractContextManager[Session]:
        """Create the session of a revised answer, to check the revision first and to stream it later.

        Args:
            answer: The answer to revise; see `revise`.
            points: The new points, in order.
            conversation: The conversation that the answer belongs to; see `revise`.
            settings: Settings of this answer alone.

        Raises:
            ConfigError: A setting, the answer or the new list is invalid.
        """
        first, messages = _stored(answer)
        if conversation is not None:
            messages = as_messages(conversation)
            if messages[-1].content != first.question:
                raise ConfigError("the conversation does not end with the question of the answer")
        return Session(self._request(messages, settings), plan_revision(first, points))

    @lists_settings(AnswerSettings)
    async def revise_stream(
        self,
        answer: StoredAnswer,
        points: Sequence[str | Point],
        *,
        conversation: Conversational | None = None,
        **settings: Unpack[AnswerSettings],
    ) -> AsyncGenerator[Event, None]:
        """Revise an answer by its points and yield its events, `sot.events.Finished` last.

        Args:
            answer: The answer to revise; see `revise`.
            points: The new points, in order.
            conversation: The conversation that the answer belongs to; see `revise`.
            settings: Settings of this answer alone, from the list below.

        Raises:
            SotError: The answer cannot be revised.
        """
        with self.revision(answer, points, conversation=conversation, **settings) as session:
            async with aclosing(session.stream()) as events:
                async for event in events:
                    yield event

    @lists_settings(AnswerSettings)
    async def revise(
        self,
        answer: StoredAnswer,
        points: Sequence[str | Point],
        *,
        conversation: Conversational | None = None,
        **settings: Unpack[AnswerSettings],
    ) -> Answer:
        """Revise an answer by its points: write those that are new or changed, and keep the others' texts.

        A point with the title of one in the answer keeps that text, wherever it stands in the new list; every
        other one is one request. Points that are not in the new list are dropped. The usage is that of the
        new points alone; the usage of a kept one is zero. ``strategy`` and ``max_points`` have no effect.

        Args:
            answer: The answer to revise, which must have points: as an object, or as the JSON that
                ``sot ask --json`` printed, as text or parsed.
            points: The new points, in order: titles, or points with a title. At most 50, no title twice, each
                of at most 200 characters.
            conversation: The conversation that the answer belongs to, where it is more than the question:
                with a system prompt, or earlier turns. Stored answers may hold it (``messages``).
            settings: Settings of this answer alone, from the list below.

        Raises:
            SotError: The answer cannot be revised.

        Examples:
            >>> answer = await sot.answer("How can I sleep better?", strategy="skeleton")  # doctest: +SKIP
            >>> titles = [point.title for point in answer.points]  # doctest: +SKIP
            >>> better = await sot.revise(answer, ["Keep regular hours", *titles[1:]])  # doctest: +SKIP
        """
        stream = self.revise_stream(answer, points, conversation=conversation, **settings)
        return await last_answer(stream)

    @lists_settings(AnswerSettings)
    def revise_sync(
        self,
        answer: StoredAnswer,
        points: Sequence[str | Point],
        *,
        conversation: Conversational | None = None,
        **settings: Unpack[AnswerSettings],
    ) -> Answer:
        """Revise an answer from synchronous code; see `revise` and `answer_sync`.

        Args:
            answer: The answer to revise.
            points: The new points, in order.
            conversation: The conversation that the answer belongs to.
            settings: Settings of this answer alone, from the list below.

        Raises:
            SotError: The answer cannot be revised.
            ConfigError: The engine was given as an object that is in use in the caller's event loop.
        """
        return self._in_thread(
            lambda twin: twin.revise(answer, points, conversation=conversation, **settings), "revise"
        )

    @abstractmethod
    def _request(self, messages: Sequence[Message], settings: AnswerSettings) -> AnswerRequest:
        """Return the request of one answer.

        Raises:
            ConfigError: A setting is invalid, or one of the whole object.
        """

    @abstractmethod
    def _in_thread(self, work: Callable[[Any], Coroutine[Any, Any, T]], name: str) -> T:
        """Run the method of this name on an object like this one, in a thread with an event loop.

        Raises:
            ConfigError: The engine was given as an object that is in use in another event loop.
        """


async def last_answer(stream: AsyncGenerator[Event, None]) -> Answer:
    """Read a stream of events to its end, and return the answer."""
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, Finished):
                return event.answer
    raise AssertionError("a stream of events ends with Finished")


def _stored(answer: StoredAnswer) -> tuple[Answer, tuple[Message, ...]]:
    """Return an answer in any of its forms, and the conversation that it belongs to as far as it tells.

    Raises:
        ConfigError: It is not an answer.
    """
    if isinstance(answer, Answer):
        return answer, answer.messages or (Message("user", answer.question),)
    from .stored import read_stored  # only now: it imports pydantic

    stored = read_stored(answer)
    return stored.answer(), stored.conversation()
