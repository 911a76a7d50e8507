"""The running batch: rows join, share what is already computed, take a step together, and leave."""

from __future__ import annotations

from collections.abc import Callable

import torch

from sot.errors import ConfigError, ContextLengthError, SotError

from ..in_process.chat_template import encode_chat
from ..in_process.engine_request import Request
from .options import EngineOptions
from .packed_attention import Piece, Step
from .prefix import PrefixCache, common_prefix
from .sampling import Sampler, choose
from .sequence import Row
from .text import Detokenizer, StopFilter
from .weights import LoadedModel

_MIN_REUSE = 8  # A shared beginning shorter than this many tokens is not worth a copy or a wait.


class Batch:
    """All rows that are decoded together. Used by the engine's thread alone.

    Args:
        model: The model.
        options: Limits.
        closed: Called when a request has left, with the error it ended with, before its last chunk.
    """

    def __init__(
        self, model: LoadedModel, options: EngineOptions, closed: Callable[[Request, Exception | None], None]
    ) -> None:
        self._model = model
        self._options = options
        self._closed = closed
        self._rows: list[Row] = []  # a row's slot is its place in this list
        self._prefixes = PrefixCache(options.cache_bytes)
        self._kv = model.kv
        self._next: Row | None = None  # made, and waiting for room
        self._alike: tuple[list[Row], int] = [], 0

    @property
    def size(self) -> int:
        """Rows in the batch."""
        return len(self._rows)

    def admit(self, request: Request) -> bool:
        """Take a request into the batch; False while there is no room for it."""
        if len(self._rows) >= self._options.max_batch:
            return False
        row = self._next
        if row is None or row.request is not request:
            try:
                row = self._next = self._row(request)
            except SotError as error:
                self._closed(request, error)
                return True
            except Exception as error:  # noqa: BLE001 - templates and tokenizers raise what they like
                reason = f"this conversation cannot be written as a prompt: {type(error).__name__}: {error}"
                self._closed(request, ConfigError(" ".join(reason.split())))
                return True
        if self._rows and self._bytes_with(row) > self._options.kv_bytes:
            return False
        self._next = None
        row.slot = len(self._rows)
        self._rows.append(row)
        return True

    def step(self) -> None:
        """One forward pass: every decoding row gets a token, and waiting prompts are read further."""
        for row in [row for row in self._rows if row.request.cancelled]:
            self._leave(row)
            self._closed(row.request, row.request.abort)
        if not self._rows:
            return
        rows, pieces = self._plan()
        self._kv.ensure(len(self._rows), max(piece.start + len(piece.ids) for piece in pieces))
        step = Step(self._kv, pieces, self._model.dtype, self._model.device, self._shared(rows))
        with torch.inference_mode():
            logits = self._model.forward(step)
            for row, piece in zip(rows, pieces, strict=True):
                row.computed += len(piece.ids)
            ready = [at for at, row in enumerate(rows) if row.computed == len(row.tokens)]
            if not ready:
                return
            tokens = choose(
                logits if len(ready) == len(rows) else logits[ready], [rows[at].sampler for at in ready]
            )
        for at, token in zip(ready, tokens, strict=True):
            row = rows[at]
            reason = row.accept(token)
            if reason is None and len(row.tokens) >= self._model.context_length:
                reason = "length"
            if reason is not None:
                self._leave(row)
                self._closed(row.request, None)
                row.finish(reason)

    def _plan(self) -> tuple[list[Row], list[Piece]]:
        """Which rows bring how many tokens to the next step; those with one token come first."""
        singles: list[tuple[Row, Piece]] = []
        longer: list[tuple[Row, Piece]] = []
        budget = self._model.prefill_chunk
        for row in self._rows:
            if not row.decoding and (budget <= 0 or (not row.started and self._reuse(row))):
                continue
            count = min(len(row.tokens) - row.computed, budget) if not row.decoding else 1
            if not row.decoding:
                row.started = True
                budget -= count
            piece = Piece(row.slot, row.computed, row.tokens[row.computed : row.computed + count])
            (singles if count == 1 else longer).append((row, piece))
        plan = singles + longer
        return [row for row, _ in plan], [piece for _, piece in plan]

    def _shared(self, rows: list[Row]) -> int:
        """How many tokens all decoding rows have in common from their start."""
        decoding = [row for row in rows if row.decoding]
        if self._alike[0] != decoding:  # computed anew only when a row joined or left
            first = decoding[0].tokens if decoding else []
            common = min((min(common_prefix(first, row.tokens), row.computed) for row in decoding), default=0)
            self._alike = decoding, common
        return self._alike[1]

    def _reuse(self, row: Row) -> bool:
        """Take over what others have computed of the row's beginning. True: better wait for more of it."""
        limit = row.prompt - 1  # the last token is computed in any case: its logits are needed
        stored, pieces = self._prefixes.match(row.tokens, limit)
        donor, best, coming = None, stored, 0
        for other in self._rows:
            if other is row:
                continue
            shared = min(common_prefix(other.tokens, row.tokens), limit)
            if min(shared, other.computed) > best:
                donor, best = other, min(shared, other.computed)
            if other.slot < row.slot and not other.decoding:
                coming = max(coming, shared)
        if best - row.computed >= _MIN_REUSE:
            self._kv.ensure(len(self._rows), best)
            if donor is None:
                self._kv.write(row.slot, row.computed, pieces)
            else:
                self._kv.copy(donor.slot, row.slot, row.computed, best)
            row.computed = row.cached = best
        return coming - row.computed >= _MIN_REUSE

    def _leave(self, row: Row) -> None:
        """Keep what the row computed for later, and let the last row take its slot."""
        self._prefixes.insert(row.tokens[: row.computed], self._kv.view(row.slot, 0, row.computed))
        last = self._rows.pop()
        if last is not row:
            self._kv.copy(last.slot, row.slot, 0, last.computed)
            last.slot = row.slot
            self._rows[last.slot] = last

    def _row(self, request: Request) -> Row:
        model, config = self._model, request.config
        prompt = encode_chat(model.tokenizer, request.messages, request.prefill)
        if len(prompt) + 1 > model.context_length:
            raise ContextLengthError(prompt_tokens=len(prompt), context_length=model.context_length)
        room = model.context_length - len(prompt)
        return Row(
            request=request,
            tokens=prompt,
            prompt=len(prompt),
            limit=room if config.max_tokens is None else min(config.max_tokens, room),
            sampler=Sampler.create(
                temperature=config.temperature,
                top_p=config.top_p,
                penalty=config.repetition_penalty or 1.0,
                seed=config.seed,
                prompt=prompt,
                vocabulary=model.vocabulary,
                device=model.device,
            ),
            detokenizer=Detokenizer(model.decode, prompt),
            stop=StopFilter(config.stop),
            # By the name it has in vLLM: for measurements at forced lengths.
            eos=frozenset() if config.extra.get("ignore_eos") else model.eos,
        )

    def _bytes_with(self, row: Row) -> int:
        longest = max(other.prompt + other.limit for other in [*self._rows, row])
        return (len(self._rows) + 1) * longest * self._kv.token_bytes
