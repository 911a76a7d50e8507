"""
title: Skeleton-of-Thought
description: Long answers sooner, by a server sot serve; a line above the answer shows its points.
version: 0.1.0
license: Apache-2.0
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, cast

import httpx
from pydantic import BaseModel, Field

Emitter = Callable[[Mapping[str, Any]], Awaitable[object]]
_PASSED_ON = ("max_tokens", "temperature", "seed")
_CONNECT_S = 10.0


class Pipe:
    """Function of Open WebUI that answers with `sot serve`: a model in its list."""

    class Valves(BaseModel):
        """Settings that the administrator sees."""

        address: str = Field(
            default="http://127.0.0.1:8400", description="Address of sot serve, without /v1."
        )
        api_key: str = Field(default="", description="Its API key, if it wants one.")
        strategy: str = Field(default="auto", description="auto, skeleton, normal, cot or plan.")
        max_points: int = Field(default=10, ge=2, le=50, description="Most points of a skeleton.")

    def __init__(self) -> None:
        self.valves = self.Valves()

    async def pipe(
        self, body: dict[str, Any], __event_emitter__: Emitter | None = None, __task__: str | None = None
    ) -> AsyncGenerator[str | dict[str, Any]]:
        """Yield an answer's text as it comes.

        Args:
            body: The chat-completion request.
            __event_emitter__: Shows what happens above the answer.
            __task__: The chore that the request is for, such as a chat's title; ``None``: it is a question.

        Raises:
            RuntimeError: There is no answer, and the request is not for a stream, which would tell of it.
        """
        streams = bool(body.get("stream"))
        status = _Status(None if __task__ else __event_emitter__)
        try:
            async for event in self._events(_request(body, self.valves, task=__task__)):
                await status.show(event)
                if (
                    event["type"] == "text"
                ):  # a plain text that begins with "data:" would be taken for a frame
                    yield _chunk(event["text"]) if streams else event["text"]
        except (httpx.HTTPError, RuntimeError, ValueError) as error:
            said = str(error) or type(error).__name__
            if isinstance(error, httpx.TransportError):
                said = f"sot serve at {self.valves.address}: {said}"
            await status.say(said, done=True)
            if not streams:
                raise RuntimeError(said) from None
            yield {"error": {"detail": said}}

    async def _events(self, request: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        """Yield the events of an answer; leaving them ends it at the server.

        Raises:
            RuntimeError: The server refuses, or the answer breaks off.
        """
        key = self.valves.api_key.strip()
        headers = {"authorization": f"Bearer {key}"} if key else {}
        url = f"{self.valves.address.rstrip('/').removesuffix('/v1')}/sot/events"
        limits = httpx.Timeout(None, connect=_CONNECT_S)
        async with (
            httpx.AsyncClient(timeout=limits) as client,
            client.stream("POST", url, json=request, headers=headers) as response,
        ):
            if response.status_code != 200:
                raise RuntimeError(_error(await response.aread(), response.status_code))
            rest = b""
            async for piece in response.aiter_bytes():
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    if line.startswith(b"data:"):
                        event = json.loads(line.removeprefix(b"data:"))
                        if event["type"] == "error":
                            raise RuntimeError(event["error"]["message"])
                        yield event
                        if event["type"] == "finished":
                            return
        raise RuntimeError("the answer broke off")


class _Status:
    """The line above an answer that says how far it is."""

    def __init__(self, emit: Emitter | None) -> None:
        self._emit = emit
        self._found = 0
        self._written = 0

    async def show(self, event: Mapping[str, Any]) -> None:
        """Show an event, if it is worth a line."""
        match event["type"]:
            case "waking":
                await self.say("The model is being woken")
            case "routed":
                await self.say(f"{event['route']['strategy']}: {event['route']['reason']}")
            case "point_found":
                self._found = event["index"]
                await self.say(f"{self._found}. {event['title']}")
            case "point_finished":
                self._written += 1
                title = event["point"]["title"]
                await self.say(f"{self._written} of {self._found} points written: {title}")
            case "fell_back":
                self._found = self._written = 0
                await self.say(f"Decoded normally: {event['reason']}")
            case "finished":
                answer = event["answer"]
                points, seconds = len(answer["points"]), answer["timing"]["total_s"]
                many = f"{points} points, " if points else ""
                await self.say(f"{many}{seconds:.1f} s ({answer['route']['strategy']})", done=True)
            case _:
                pass

    async def say(self, line: str, *, done: bool = False) -> None:
        """Show a line."""
        if self._emit is not None:
            await self._emit({"type": "status", "data": {"description": line, "done": done}})


def _request(body: Mapping[str, Any], valves: Pipe.Valves, *, task: str | None) -> dict[str, Any]:
    """Return the request for an answer's events.

    Raises:
        ValueError: The chat holds more than text.
    """
    turns = [{"role": turn["role"], "content": _text(turn.get("content"))} for turn in body["messages"]]
    own = {"strategy": "normal"} if task else {"strategy": valves.strategy, "max_points": valves.max_points}
    passed_on = {name: body[name] for name in _PASSED_ON if body.get(name) is not None}
    return {"messages": [turn for turn in turns if turn["content"].strip()], "sot": own, **passed_on}


def _text(content: object) -> str:
    """Return the text of a turn, which may be in parts."""
    if isinstance(content, str) or content is None:
        return content or ""
    parts = cast("list[dict[str, Any]]", content)
    if other := [part["type"] for part in parts if part["type"] != "text"]:
        raise ValueError(
            f"Skeleton-of-Thought takes text alone, no {other[0]}: choose the engine's own model"
        )
    return "\n".join(part["text"] for part in parts)


def _chunk(text: str) -> dict[str, Any]:
    """Return a piece of text as a chunk of a completion."""
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}],
    }


def _error(body: bytes, status: int) -> str:
    """Return what a server's refusal says."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered with HTTP {status}"
