"""Plug-in of the command line tool ``llm``: the model ``sot``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, closing
from typing import Any

import llm
from pydantic import Field

from sot import Answer, SkeletonOfThought, SotError
from sot.events import Event, Finished, TextDelta

MODEL = "sot"


@llm.hookimpl
def register_models(register: Any) -> None:
    """Register the model, for synchronous and asynchronous callers."""
    register(Sot(), AsyncSot())


class SotOptions(llm.Options):
    """Options of the model (``llm -o NAME VALUE``)."""

    backend: str | None = Field(default=None, description="Backend spec, such as http://localhost:8000/v1")
    model: str | None = Field(default=None, description="The model's name at the backend")
    strategy: str | None = Field(default=None, description="auto, skeleton, normal, cot, plan, fields, items")
    max_points: int | None = Field(default=None, description="Most points of a skeleton")
    temperature: float | None = Field(default=None, description="Sampling temperature, from 0 to 5")
    seed: int | None = Field(default=None, description="Random seed of the sampling")
    closing: bool | None = Field(default=None, description="Round the answer off at its end")


class _Shared:
    model_id = MODEL
    can_stream = True
    supports_schema = True

    class Options(SotOptions):
        """Options of the model."""


class Sot(_Shared, llm.Model):
    """Model that answers with Skeleton-of-Thought where it suits the question."""

    def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> Iterator[str]:
        """Yield the ordered text of an answer.

        Raises:
            llm.ModelError: The question cannot be answered.
        """
        earlier = [(each.prompt.prompt, each.text()) for each in _responses(conversation)]
        sot, settings = _client(prompt)
        try:
            with closing(sot.stream_sync(_messages(prompt, earlier), **settings)) as events:
                for event in events:
                    yield from _text(event, response)
        except SotError as error:
            raise llm.ModelError(str(error)) from error
        finally:
            sot.close()


class AsyncSot(_Shared, llm.AsyncModel):
    """The same for asynchronous callers."""

    async def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any
    ) -> AsyncIterator[str]:
        """Yield the ordered text of an answer.

        Raises:
            llm.ModelError: The question cannot be answered.
        """
        earlier = [(each.prompt.prompt, await each.text()) for each in _responses(conversation)]
        sot, settings = _client(prompt)
        try:
            async with sot, aclosing(sot.stream(_messages(prompt, earlier), **settings)) as events:
                async for event in events:
                    for piece in _text(event, response):
                        yield piece
        except SotError as error:
            raise llm.ModelError(str(error)) from error


def _client(prompt: Any) -> tuple[SkeletonOfThought, Any]:
    """Return the client for a prompt, and the settings of the answer."""
    given = {name: value for name, value in prompt.options.model_dump().items() if value is not None}
    backend, model = given.pop("backend", None), given.pop("model", None)
    if prompt.schema is not None:
        given = {"strategy": "fields", **given, "schema": prompt.schema}
    try:
        return SkeletonOfThought(backend, model=model), given
    except SotError as error:
        raise llm.ModelError(str(error)) from error


def _responses(conversation: Any) -> Sequence[Any]:
    return conversation.responses if conversation is not None else ()


def _messages(prompt: Any, earlier: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Return the conversation, with the prompt at its end."""
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    for question, answer in earlier:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return [*messages, {"role": "user", "content": prompt.prompt}]


def _text(event: Event, response: Any) -> Iterator[str]:
    """Yield the text of an event; the last one gives the response its usage and details."""
    match event:
        case TextDelta(text):
            yield text
        case Finished(answer):
            usage = answer.usage
            response.set_usage(
                input=usage.prompt_tokens,
                output=usage.completion_tokens,
                details={"cached": usage.cached_tokens, "requests": usage.requests},
            )
            response.response_json = _details(answer)
        case _:
            pass


def _details(answer: Answer) -> dict[str, Any]:
    return {
        "strategy": answer.route.strategy,
        "reason": answer.route.reason,
        "model": answer.model,
        "points": [point.title for point in answer.points],
        "first_text_s": answer.timing.first_text_s,
        "total_s": answer.timing.total_s,
        "finish_reason": answer.finish_reason,
        "complete": answer.complete,
    }
