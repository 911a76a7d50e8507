"""Transformers' own ``generate`` as an engine: plain, with an assistant model or with prompt lookup.

It is there to be compared with, and decodes one request after the other.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sot.backends.in_process.chat_template import encode_chat
from sot.backends.in_process.engine_request import EngineRequest
from sot.backends.torch_engine.model_files import model_folder, quiet
from sot.backends.torch_engine.source import Source, resolve
from sot.backends.torch_engine.text import Detokenizer, StopScanner
from sot.errors import ConfigError, ContextLengthError, EngineError, SotError
from sot.types import BackendInfo, Chunk, FinishReason, GenerateConfig, Load, Message

from .accelerators import Assisted

if TYPE_CHECKING:
    from sot.backends.torch_engine.sequence import RunningSequence

_EMBEDDED_PENALTY = 1.1  # as the torch engine decodes the embedded default


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    assistant: Any  # proposes tokens; None without one
    tokenizer: Any
    eos: frozenset[int]
    context_length: int


class GenerateBackend:
    """Backend of a transformers model (``""`` is the embedded default) decoded by ``generate``."""

    def __init__(self, model: str, assisted: Assisted) -> None:
        self._source = resolve(model)
        self._assisted = assisted
        self._penalty = 1.0 if model else _EMBEDDED_PENALTY
        self._thread = ThreadPoolExecutor(1, "sot-generate")
        self._loaded: _Loaded | None = None
        self._drafts = (0, 0)
        self._open = 0

    async def drafts(self) -> tuple[int, int] | None:
        """Tokens proposed so far, and those of them accepted; ``None`` where nothing proposes."""
        return self._drafts if self._assisted.draft or self._assisted.lookup else None

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        request = EngineRequest(messages, config, prefill, wake=lambda: None)
        self._open += 1
        try:
            done = request.loop.run_in_executor(self._thread, self._answer, request)
            while True:
                answer = await request.answers.get()
                if isinstance(answer, Exception):
                    raise answer
                yield answer
                if answer.finish_reason is not None:
                    break
            await done
        finally:
            request.cancel()
            self._open -= 1

    async def info(self) -> BackendInfo:
        loaded = await asyncio.get_running_loop().run_in_executor(self._thread, self._load)
        return BackendInfo(
            backend=f"generate:{self._source.name}",
            model=self._source.name,
            context_length=loaded.context_length,
            continues_turn=True,
            parallel=1,
        )

    async def load(self) -> Load:
        return Load(min(self._open, 1), max(self._open - 1, 0), 1)

    async def aclose(self) -> None:
        """End the thread once its request has ended."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _load(self) -> _Loaded:
        if self._loaded is None:
            os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch reads it when it is imported
            self._loaded = _load_pair(self._source, self._assisted)
        return self._loaded

    def _answer(self, request: EngineRequest) -> None:
        try:
            self._generate(request)
        except SotError as error:
            request.send(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader must hear of it
            text = " ".join(str(error).split())
            request.send(EngineError(f"generate failed: {type(error).__name__}: {text}"))

    def _generate(self, request: EngineRequest) -> None:
        import torch
        from transformers import GenerationConfig, StoppingCriteriaList

        from sot.backends.torch_engine.sequence import RunningSequence  # it imports torch

        loaded, config = self._load(), request.config
        prompt = encode_chat(loaded.tokenizer, request.messages, request.prefill)
        room = loaded.context_length - len(prompt)
        if room < 1:
            raise ContextLengthError(prompt_tokens=len(prompt), context_length=loaded.context_length)
        limit = min(config.max_tokens or room, room)
        eos = frozenset[int]() if config.extra.get("ignore_eos") else loaded.eos
        sampled = bool(config.temperature)
        settings = GenerationConfig(
            max_new_tokens=limit,
            do_sample=sampled,
            temperature=config.temperature if sampled else None,
            top_p=config.top_p if sampled else None,
            repetition_penalty=config.repetition_penalty or self._penalty,
            eos_token_id=sorted(eos) or None,
            pad_token_id=min(loaded.eos, default=0),
            prompt_lookup_num_tokens=self._assisted.lookup or None,
        )
        decode = Detokenizer(lambda ids: loaded.tokenizer.decode(ids, skip_special_tokens=True), prompt)
        row = _Row(
            RunningSequence(
                request,
                [*prompt],
                len(prompt),
                limit,
                sampler=cast(Any, None),  # generate samples
                detokenizer=decode,
                stop=StopScanner(config.stop),
                eos=eos,
            )
        )
        if sampled and config.seed is not None:
            torch.manual_seed(config.seed)
        ids = torch.tensor([prompt], device=loaded.model.device)
        with quiet(), torch.inference_mode(), _counted(loaded.model, self._count):
            loaded.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                generation_config=settings,
                assistant_model=loaded.assistant,
                streamer=row,
                stopping_criteria=StoppingCriteriaList([row.should_stop]),
            )
        row.sequence.finish(row.reason or "length")

    def _count(self, drafted: int, accepted: int) -> None:
        self._drafts = self._drafts[0] + drafted, self._drafts[1] + accepted


class _Row:
    """Streamer and stopping criterion of one ``generate``."""

    def __init__(self, sequence: RunningSequence) -> None:
        self.sequence = sequence
        self.reason: FinishReason | None = None
        self._begun = False

    def put(self, value: Any) -> None:
        """Take new tokens; the first call brings the prompt."""
        for token in value.flatten().tolist() if self._begun else ():
            if self.reason is None:
                self.reason = self.sequence.accept(token)
        self._begun = True

    def end(self) -> None:
        """``generate`` has no more tokens."""

    def should_stop(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Whether a stop string has come, or nobody reads any more."""
        import torch

        over = self.sequence.request.cancelled or self.reason is not None
        return torch.full((input_ids.shape[0],), over, dtype=torch.bool, device=input_ids.device)


@contextmanager
def _counted(model: Any, count: Callable[[int, int], None]) -> Iterator[None]:
    """Count what the candidate generator of one ``generate`` proposes, which transformers does not tell."""
    make = model._get_candidate_generator

    def counting(*args: Any, **kwargs: Any) -> Any:
        generator = make(*args, **kwargs)
        update = generator.update_candidate_strategy

        def update_candidate_strategy(input_ids: Any, scores: Any, num_matches: Any) -> Any:
            # There is one row of scores for each candidate, and one for the token after them.
            count(scores.shape[1] - 1, int(num_matches))
            return update(input_ids, scores, num_matches)

        generator.update_candidate_strategy = update_candidate_strategy
        return generator

    model._get_candidate_generator = counting
    try:
        yield
    finally:
        del model._get_candidate_generator  # the class's own shows again


@quiet()
def _load_pair(source: Source, assisted: Assisted) -> _Loaded:
    from transformers import AutoTokenizer, GenerationConfig

    folder = model_folder(source)
    model = _model(folder, assisted.dtype)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    eos: set[int] = set()
    for holder in (model.generation_config, model.config.get_text_config(), tokenizer):
        value = getattr(holder, "eos_token_id", None)
        eos |= {value} if isinstance(value, int) else set(value or ())
    model.generation_config = GenerationConfig()  # so that nothing is decided but by the request
    assistant = None
    if assisted.draft:
        assistant = _model(model_folder(resolve(assisted.draft)), assisted.dtype)
        assistant.generation_config = GenerationConfig(
            num_assistant_tokens=assisted.tokens,
            num_assistant_tokens_schedule="constant",
            assistant_confidence_threshold=0.0,
        )
    context = getattr(model.config.get_text_config(), "max_position_embeddings", None) or 4096
    return _Loaded(model, assistant, tokenizer, frozenset(eos), context)


def _model(folder: str, dtype: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    try:
        found = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype))
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"cannot load the model {folder}: {' '.join(str(error).split())}") from error
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.nn.Module.to(found.eval().requires_grad_(False), device)
