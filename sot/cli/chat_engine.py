"""Engine of a conversation: a running server of this user, else one of the command's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing

from ..api import SkeletonOfThought
from ..command.engine import leave, load
from ..command.kept_steps import keep_steps, recall_steps
from ..events import Event
from ..keys import new_answer_key
from ..types import Answer, Message
from .command_options import ChatOptions
from .warm import WarmAnswer, WarmServers


class ChatEngine:
    """Engine of one conversation.

    A running server of this user answers as long as one takes the questions. From the first that none takes
    on, it is an engine of the command's own, which is loaded only then.

    Args:
        options: The command's options.
    """

    def __init__(self, options: ChatOptions) -> None:
        self._options = options
        self._key = new_answer_key()  # by which an engine router can keep the conversation together
        self._warm = WarmServers(
            options.answers,
            wanted=options.warm and not options.traced.watches,
            quiet=options.quiet,
            session=self._key,
        )
        self._sot: SkeletonOfThought | None = None

    async def start(self) -> None:
        """Find a running server, or load the own engine.

        Raises:
            SotError: The engine cannot be used, or an option makes no sense.
        """
        if not await self._warm.find():
            await self._own()

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Event, None]:
        """Answer a conversation's last turn and yield the events.

        Args:
            messages: The conversation.

        Raises:
            ServerGoneError: The running server ended meanwhile; asked again, another engine answers.
            SotError: The question cannot be answered.
        """
        asked = self._by(
            lambda: self._warm.answer(messages), lambda sot: sot.stream(messages, session_key=self._key)
        )
        async with aclosing(asked) as events:
            async for event in events:
                yield event

    async def revise(
        self, answer: Answer, titles: Sequence[str], conversation: Sequence[Message]
    ) -> AsyncGenerator[Event, None]:
        """Revise an answer by its points and yield the events; see `stream`.

        Args:
            answer: The answer.
            titles: The new points.
            conversation: The conversation that it belongs to.
        """
        asked = self._by(
            lambda: self._warm.revision(answer, titles, conversation),
            lambda sot: sot.revise_stream(answer, titles, conversation=conversation, session_key=self._key),
        )
        async with aclosing(asked) as events:
            async for event in events:
                yield event

    async def end(self) -> None:
        """Remember what the own engine's answers have shown of it."""
        if self._sot is not None:
            await keep_steps(self._sot)

    async def leave(self) -> None:
        """Release the own engine after an interrupt, without waiting for it."""
        if self._sot is not None:
            await leave(self._sot)

    async def aclose(self) -> None:
        """Release the own engine."""
        if self._sot is not None:
            await self._sot.aclose()

    async def _by(
        self,
        server: Callable[[], AbstractAsyncContextManager[WarmAnswer | None]],
        own: Callable[[SkeletonOfThought], AsyncGenerator[Event, None]],
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of a running server's answer, or of the own engine's."""
        if self._sot is None:
            async with server() as warm:
                if warm is not None:
                    async for event in warm.events:
                        yield event
                    return
            self._warm.given_up()
        async with aclosing(own(await self._own())) as events:
            async for event in events:
                yield event

    async def _own(self) -> SkeletonOfThought:
        if self._sot is None:
            sot = self._options.answers.make()
            self._sot = sot
            await load(sot, self._options.answers.engine, quiet=self._options.quiet)
            await recall_steps(sot)
        return self._sot
