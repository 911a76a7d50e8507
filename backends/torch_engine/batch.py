"""Running batch (continuous batching): sequences join, reuse computed prefixes, step together and leave."""

from __future__ import annotations

from collections.abc import Callable

import torch

from sot.errors import ConfigError, SotError

from ..in_process.chat_template import encode_request
from ..in_process.engine_request import EngineRequest
from .constraint import Constraints
from .options import EngineOptions
from .packed_attention import MIN_SHARED, Piece, Step
from .prefix import PrefixCache, common_prefix
from .sampling import Sampler, choose
from .sequence import RunningSequence
from .text import Detokenizer, StopScanner
from .weights import LoadedModel

_MIN_REUSE = 8  # tokens; a shorter common prefix is not worth a copy or a wait


class Batch:
    """Sequences that are decoded together. Used by the engine's thread alone.

    Args:
        closed: Called when a request has left the batch, before its last chunk, with the error that ended it.
    """

    def __init__(
        self,
        model: LoadedModel,
        options: EngineOptions,
        closed: Callable[[EngineRequest, Exception | None], None],
    ) -> None:
        self._model = model
        self._options = options
        self._closed = closed
        self._sequences: list[RunningSequence] = []  # a sequence's slot is its index in this list
        self._prefixes = PrefixCache(model.cache_bytes)
        self._kv = model.kv
        self._constraints = Constraints(model.tokenizer, model.eos, model.vocabulary)
        self._next: RunningSequence | None = None  # encoded, and waiting for room
        self._alike: tuple[list[RunningSequence], int, int] = [], 0, 0  # see `_shared`

    @property
    def size(self) -> int:
        """Number of sequences in the batch."""
        return len(self._sequences)

    def admit(self, request: EngineRequest) -> bool:
        """Take a request into the batch; False while there is no room for it."""
        if len(self._sequences) >= self._options.max_batch:
            return False
        sequence = self._next
        if sequence is None or sequence.request is not request:
            try:
                sequence = self._next = self._new_sequence(request)
            except SotError as error:
                self._closed(request, error)
                return True
            except Exception as error:  # noqa: BLE001 - templates and tokenizers raise what they like
                reason = f"this conversation cannot be written as a prompt: {type(error).__name__}: {error}"
                self._closed(request, ConfigError(" ".join(reason.split())))
                return True
        if self._sequences and self._bytes_with(sequence) > self._model.kv_bytes:
            return False
        self._next = None
        sequence.slot = len(self._sequences)
        self._sequences.append(sequence)
        return True

    def step(self) -> None:
        """Run one forward pass: every sequence in decode gets a token, and prefill goes on."""
        for sequence in [sequence for sequence in self._sequences if sequence.request.cancelled]:
            self._leave(sequence)
            self._closed(sequence.request, sequence.request.abort)
        if not self._sequences:
            return
        sequences, pieces = self._plan()
        self._make_room(max(piece.start + len(piece.ids) for piece in pieces))
        shared, alone = self._shared(sequences)
        step = Step(
            self._kv,
            pieces,
            self._model.dtype,
            self._model.device,
            shared,
            alone=alone,
            decodes_all=len(pieces) == len(self._sequences) and all(len(piece.ids) == 1 for piece in pieces),
        )
        with torch.inference_mode():
            logits = self._model.forward(step)
            for sequence, piece in zip(sequences, pieces, strict=True):
                sequence.computed += len(piece.ids)
            ready = [at for at, sequence in enumerate(sequences) if sequence.computed == len(sequence.tokens)]
            if not ready:
                return
            tokens = choose(
                logits if len(ready) == len(sequences) else logits[ready],
                [sequences[at].sampler for at in ready],
            )
        for at, token in zip(ready, tokens, strict=True):
            sequence = sequences[at]
            reason = sequence.accept(token)
            if reason is None and len(sequence.tokens) >= self._model.context_length:
                reason = "length"
            if reason is not None:
                self._leave(sequence)
                self._closed(sequence.request, None)
                sequence.finish(reason)

    def _plan(self) -> tuple[list[RunningSequence], list[Piece]]:
        """Plan the next step: the sequences in it and their tokens; those with one token come first."""
        singles: list[tuple[RunningSequence, Piece]] = []
        longer: list[tuple[RunningSequence, Piece]] = []
        budget = self._model.prefill_chunk
        for sequence in self._sequences:
            if not sequence.decoding and (budget <= 0 or (not sequence.started and self._reuse(sequence))):
                continue
            count = min(len(sequence.tokens) - sequence.computed, budget) if not sequence.decoding else 1
            if not sequence.decoding:
                if count == 1:
                    continue  # a step takes single tokens for decodes: this one waits for the next
                sequence.started = True
                budget -= count
            piece = Piece(
                sequence.slot,
                sequence.computed,
                sequence.tokens[sequence.computed : sequence.computed + count],
                sequence.adapter,
            )
            (singles if count == 1 else longer).append((sequence, piece))
        plan = singles + longer
        return [sequence for sequence, _ in plan], [piece for _, piece in plan]

    def _shared(self, sequences: list[RunningSequence]) -> tuple[int, int]:
        """Return the length of the cached prefix that the sequences in decode share, and how many do not.

        That is none or the first one: normal decoding runs before a skeleton and its points.
        """
        decoding = [sequence for sequence in sequences if sequence.decoding]
        if self._alike[0] != decoding:  # computed anew only when a sequence joined or left
            common, alone = _common(decoding), 0
            if common < MIN_SHARED and len(decoding) > 2:
                common, alone = _common(decoding[1:]), 1
            self._alike = decoding, common, alone
        return self._alike[1:]

    def _reuse(self, sequence: RunningSequence) -> bool:
        """Copy what is already computed of the prompt's prefix, from the cache or another sequence.

        Returns:
            Whether to wait, because a sequence in prefill is about to compute more of that prefix.
        """
        limit = sequence.prompt - 1  # the last token is computed in any case: its logits are needed
        stored, pieces = self._prefixes.match(
            sequence.tokens, limit, adapter=sequence.adapter, tenant=sequence.tenant
        )
        donor, best, coming = None, stored, 0
        for other in self._sequences:
            if other is sequence or not other.may_share(sequence):
                continue
            shared = min(common_prefix(other.tokens, sequence.tokens), limit)
            if min(shared, other.computed) > best:
                donor, best = other, min(shared, other.computed)
            if other.slot < sequence.slot and not other.decoding:
                coming = max(coming, shared)
        if best - sequence.computed >= _MIN_REUSE:
            self._make_room(best)
            if donor is None:
                self._kv.write(sequence.slot, sequence.computed, pieces)
            else:
                self._kv.copy(donor.slot, sequence.slot, sequence.computed, best)
            sequence.computed = sequence.cached = best
        return coming - sequence.computed >= _MIN_REUSE

    def _make_room(self, length: int) -> None:
        """Make room for a row of this length beside what all sequences have computed."""
        longest = max([length, *(sequence.computed for sequence in self._sequences)])
        self._kv.ensure(len(self._sequences), longest)

    def _leave(self, sequence: RunningSequence) -> None:
        """Move the sequence's keys and values to the prefix cache, and the last sequence to its slot."""
        self._prefixes.insert(
            sequence.tokens[: sequence.computed],
            self._kv.view(sequence.slot, 0, sequence.computed),
            adapter=sequence.adapter,
            tenant=sequence.tenant,
        )
        last = self._sequences.pop()
        if last is not sequence:
            self._kv.copy(last.slot, sequence.slot, 0, last.computed)
            last.slot = sequence.slot
            self._sequences[last.slot] = last

    def _new_sequence(self, request: EngineRequest) -> RunningSequence:
        """Encode a request's prompt.

        Raises:
            ContextLengthError: The prompt does not fit.
            ConfigError: There is no such adapter.
        """
        model, config = self._model, request.config
        encoded = encode_request(model.tokenizer, request, model.context_length)
        prompt = encoded.ids
        schema = None if encoded.opened else config.schema  # thoughts, which come first, are no JSON
        room = model.context_length - len(prompt)
        return RunningSequence(
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
                constraint=self._constraints.start(schema, config.extra.get("min_tokens") or 0),
            ),
            detokenizer=Detokenizer(model.decode, prompt),
            stop=StopScanner(config.stop),
            # The fields have their names from vLLM: for measurements at forced lengths.
            eos=frozenset() if config.extra.get("ignore_eos") else model.eos,
            adapter=model.adapters.number(config),
            tenant=config.tenant,
        )

    def _bytes_with(self, sequence: RunningSequence) -> int:
        """Return the bytes of the KV cache, with a further sequence, if all reach their limit."""
        longest = max(other.prompt + other.limit for other in [*self._sequences, sequence])
        return (len(self._sequences) + 1) * longest * self._kv.token_bytes


def _common(sequences: list[RunningSequence]) -> int:
    """Return the length of the cached prefix that all of some sequences have in common."""
    if not all(sequence.may_share(sequences[0]) for sequence in sequences):
        return 0
    first = sequences[0].tokens if sequences else []
    return min(
        (min(common_prefix(first, sequence.tokens), sequence.computed) for sequence in sequences), default=0
    )
