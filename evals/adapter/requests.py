"""Requests of a training example: the prompts that the skeleton strategy sends, and their completions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sot.backends.in_process.chat_template import encode_chat
from sot.options import Options
from sot.prompting.conversation import Conversation, Prompt, outline
from sot.prompting.packs import PromptPack
from sot.types import Message, Point

from .examples import Example
from .packing import Request


class RequestMaker:
    """Maker of a model's requests, in the aligned style with a prefilled turn.

    Args:
        tokenizer: The model's transformers tokenizer.
        pack: The prompt pack.
        demonstrations: Whether the prompts hold the pack's demonstrations, as they do unless a caller leaves
            them out.
    """

    def __init__(self, tokenizer: Any, pack: PromptPack, *, demonstrations: bool = True) -> None:
        self._tokenizer = tokenizer
        self._pack = pack
        self._demonstrations = demonstrations
        self._end: int = tokenizer.eos_token_id

    def requests(self, example: Example, chosen: Sequence[int] | None = None) -> list[Request]:
        """Make the skeleton request and those of the points.

        Args:
            example: The example.
            chosen: Positions of the points to write, from 0; ``None``: all that have a text.
        """
        options = Options()
        conversation = Conversation(
            [Message("user", example.question)],
            self._pack,
            "aligned",
            can_prefill=True,
            min_points=options.min_points,
            max_points=options.max_points,
            demonstrations=self._demonstrations,
        )
        points = [Point(number, title) for number, title in enumerate(example.points, 1)]
        prompt = conversation.skeleton()
        made = [self._request(prompt, outline(points).removeprefix(prompt.prefill or ""), "skeleton")]
        for at in example.written if chosen is None else chosen:
            known = points[: at + 1]  # a point starts when its line is complete
            prompt = conversation.point(points[at], known, outline(known))
            made.append(self._request(prompt, f" {example.texts[at].strip()}", "point"))
        return made

    def _request(self, prompt: Prompt, completion: str, stage: str) -> Request:
        ids = encode_chat(self._tokenizer, prompt.messages, prompt.prefill)
        written = self._tokenizer.encode(completion, add_special_tokens=False)
        return Request((*ids, *written, self._end), len(ids), stage)
