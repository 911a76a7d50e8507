"""A test double for an engine: `cli_server.ScriptServer` in OpenAI's complete shapes, streamed and whole."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterable
from typing import Any

from cli_server import MODEL, Gate, ScriptServer, Step
from fault_server import PATIENCE, Activity, Exchange, event


def cut(text: str) -> list[str]:
    """A text as the scripted engine's tokens: words, with what stands before them."""
    return re.findall(r"\s*\S+|\s+", text)


class _ToldActivity(Activity):
    """Tells a test of every change."""

    def __init__(self) -> None:
        object.__setattr__(self, "changed", threading.Condition())
        super().__init__()

    changed: threading.Condition

    def __setattr__(self, name: str, value: object) -> None:
        with self.changed:
            super().__setattr__(name, value)
            self.changed.notify_all()


class EngineServer(ScriptServer):
    """A test double: one model that answers every stage from a script, within ``max_tokens``.

    Args:
        on: A bound socket to listen on; unless given, a free port.
    """

    def __init__(self, on: socket.socket | None = None) -> None:
        super().__init__()
        if on is not None:
            self._socket.close()
            on.listen(512)
            self._socket, self.port = on, on.getsockname()[1]

    def reset(self) -> None:
        """Answer as the constants of `cli_server` say."""
        super().reset()
        self.activity = _ToldActivity()
        self.usage: dict[str, Any] = {"prompt_tokens": 40, "prompt_tokens_details": {"cached_tokens": 10}}

    def stop(self) -> None:
        """End it: connections are refused from now on."""
        self.__exit__(None, None, None)

    def at_rest(self) -> bool:
        """Wait until no request is being answered."""
        changed = self.activity.changed
        with changed:
            return changed.wait_for(lambda: self.activity.now == 0, PATIENCE)

    async def _answer(self, exchange: Exchange) -> None:
        if all(isinstance(turn.get("content"), str) for turn in exchange.body["messages"]):
            await super()._answer(exchange)
        else:  # none of our own requests
            await self._play(exchange, [self.normal] if isinstance(self.normal, str) else self.normal)

    async def _play(self, exchange: Exchange, script: Iterable[Step]) -> None:
        asked, pieces = exchange.body, list[str]()
        streams, finish = bool(asked.get("stream")), self.finish
        await exchange.start(headers={} if streams else {"content-type": "application/json"})
        base = {"id": "chatcmpl-engine", "created": 1, "model": MODEL}
        chunk = {**base, "object": "chat.completion.chunk"}
        for step in script:
            if isinstance(step, Gate):
                await step.passed()
                continue
            for piece in cut(step):
                if len(pieces) == asked.get("max_tokens"):
                    finish = "length"
                    break
                pieces.append(piece)
                if streams:
                    choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
                    await exchange.send(event({**chunk, "choices": [choice]}))
        usage = {**self.usage, "completion_tokens": len(pieces)}
        usage["total_tokens"] = usage["prompt_tokens"] + len(pieces)
        if streams:
            last = {"index": 0, "delta": {}, "finish_reason": finish}
            await exchange.send(event({**chunk, "choices": [last]}))
            if (asked.get("stream_options") or {}).get("include_usage"):
                await exchange.send(event({**chunk, "choices": [], "usage": usage}))
            await exchange.send(event("[DONE]"))
        else:
            message = {"role": "assistant", "content": "".join(pieces)}
            choice = {"index": 0, "message": message, "finish_reason": finish}
            whole = {**base, "object": "chat.completion", "choices": [choice], "usage": usage}
            await exchange.send(json.dumps(whole).encode())
        await exchange.end()
