"""Transformers' own ``generate`` as an engine: plain, with an assistant model or with prompt lookup.

It is there to be compared with, and decodes one request after the other.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from sot.backends.in_process.chat_template import encode_chat
from sot.backends.torch_engine.convert import converted
from sot.backends.torch_engine.hub import locate
from sot.backends.torch_engine.source import Source, resolve
from sot.backends.torch_engine.text import Detokenizer, StopScanner
from sot.errors import (
    ConfigError,
    ContextLengthError,
    EngineError,
    MissingDependencyError,
    SotError,
    install_command,
)
from sot.types import BackendInfo, Chunk, FinishReason, GenerateConfig, Load, Message, Usage

from .accelerators import Assisted

_EMBEDDED_PENALTY = 1.1  # as the torch engine decodes the embedded default


class GenerateBackend:
    """Backend of a transformers model decoded by ``generate``.

    Args:
        model: A hub id, a folder or a ``.gguf`` file; empty for the embedded default.
    """

    def __init__(self, model: str, assisted: Assisted) -> None:
        self._source = resolve(model)
        self._assisted = assisted
        self._penalty = 1.0 if model else _EMBEDDED_PENALTY
        self._thread = ThreadPoolExecutor(1, "sot-generate")
        self._loaded: Loaded | None = None
        self._drafts = (0, 0)
        self._open = 0

    async def drafts(self) -> tuple[int, int] | None:
        """Tokens proposed so far, and those of them accepted; ``None`` where nothing proposes."""
        return self._drafts if self._assisted.draft or self._assisted.lookup else None

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        loop = asyncio.get_running_loop()
        answers: asyncio.Queue[Chunk | Exception] = asyncio.Queue()
        left = Event()

        def send(answer: Chunk | Exception) -> None:
            if not left.is_set():
                loop.call_soon_threadsafe(answers.put_nowait, answer)

        def work() -> None:
            try:
                self._generate(messages, config, prefill, send, left)
            except SotError as error:
                send(error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the reader must hear of it
                send(EngineError(f"generate failed: {type(error).__name__}: {' '.join(str(error).split())}"))

        self._open += 1
        try:
            done = loop.run_in_executor(self._thread, work)
            while True:
                answer = await answers.get()
                if isinstance(answer, Exception):
                    raise answer
                yield answer
                if answer.finish_reason is not None:
                    break
            await done
        finally:
            left.set()
            self._open -= 1

    async def info(self) -> BackendInfo:
        loop = asyncio.get_running_loop()
        loaded = await loop.run_in_executor(self._thread, self._load)
        return BackendInfo(
            backend=f"generate:{loaded.name}",
            model=loaded.name,
            context_length=loaded.context_length,
            continues_turn=True,
            parallel=1,
        )

    async def load(self) -> Load:
        return Load(min(self._open, 1), max(self._open - 1, 0), 1)

    async def aclose(self) -> None:
        """End the thread once its request has ended."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _load(self) -> Loaded:
        if self._loaded is None:
            self._loaded = load_pair(self._source, self._assisted)
        return self._loaded

    def _generate(
        self,
        messages: Sequence[Message],
        config: GenerateConfig,
        prefill: str | None,
        send: Callable[[Chunk | Exception], None],
        left: Event,
    ) -> None:
        import torch
        from transformers import GenerationConfig, StoppingCriteriaList

        loaded = self._load()
        prompt = encode_chat(loaded.tokenizer, messages, prefill)
        room = loaded.context_length - len(prompt)
        if room < 1:
            raise ContextLengthError(prompt_tokens=len(prompt), context_length=loaded.context_length)
        eos = frozenset[int]() if config.extra.get("ignore_eos") else loaded.eos
        row = _Row(loaded, prompt, config.stop, eos, send, left)
        sampled = bool(config.temperature)
        settings = GenerationConfig(
            max_new_tokens=min(config.max_tokens or room, room),
            do_sample=sampled,
            temperature=config.temperature if sampled else None,
            top_p=config.top_p if sampled else None,
            repetition_penalty=config.repetition_penalty or self._penalty,
            eos_token_id=sorted(eos) or None,
            pad_token_id=min(loaded.eos, default=0),
            prompt_lookup_num_tokens=self._assisted.lookup or None,
        )
        if sampled and config.seed is not None:
            torch.manual_seed(config.seed)
        ids = torch.tensor([prompt], device=loaded.model.device)
        with torch.inference_mode(), _counted(loaded.model, self._count):
            loaded.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                generation_config=settings,
                assistant_model=loaded.assistant,
                streamer=row,
                stopping_criteria=StoppingCriteriaList([row.should_stop]),
            )
        row.finish()

    def _count(self, drafted: int, accepted: int) -> None:
        self._drafts = self._drafts[0] + drafted, self._drafts[1] + accepted


class _Row:
    """One completion as ``generate`` hands it out: its streamer and its stopping criterion."""

    def __init__(
        self,
        loaded: Loaded,
        prompt: Sequence[int],
        stop: Sequence[str],
        eos: frozenset[int],
        send: Callable[[Chunk], None],
        left: Event,
    ) -> None:
        self._detokenizer = Detokenizer(
            lambda ids: loaded.tokenizer.decode(ids, skip_special_tokens=True), prompt
        )
        self._filter = StopScanner(stop)
        self._eos, self._send, self._left = eos, send, left
        self._prompt, self._tokens = len(prompt), 0
        self._begun = False
        self._reason: FinishReason | None = None

    def put(self, value: Any) -> None:
        """Take new tokens; the first call brings the prompt."""
        if not self._begun:
            self._begun = True
            return
        for token in value.flatten().tolist():
            if self._reason is not None:
                return
            self._tokens += 1
            if token in self._eos:
                self._reason = "stop"
                return
            text, stopped = self._filter.push(self._detokenizer.push(token))
            if stopped:
                self._reason = "stop"
            if text:
                self._send(Chunk(text, usage=self._usage()))

    def end(self) -> None:
        """``generate`` has no more tokens."""

    def should_stop(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Whether a stop string has come, or nobody reads any more."""
        import torch

        over = self._left.is_set() or self._reason is not None
        return torch.full((input_ids.shape[0],), over, dtype=torch.bool, device=input_ids.device)

    def finish(self) -> None:
        """Send the last chunk."""
        rest = self._filter.flush()
        self._send(Chunk(rest, finish_reason=self._reason or "length", usage=self._usage()))

    def _usage(self) -> Usage:
        return Usage(self._prompt, 0, self._tokens, 1)


class _counted:
    """Counts what the candidate generator of one ``generate`` proposes, which transformers does not tell."""

    def __init__(self, model: Any, count: Callable[[int, int], None]) -> None:
        self._model, self._count = model, count

    def __enter__(self) -> None:
        make = self._model._get_candidate_generator

        def counting(*args: Any, **kwargs: Any) -> Any:
            generator = make(*args, **kwargs)
            update = generator.update_candidate_strategy

            def update_candidate_strategy(input_ids: Any, scores: Any, num_matches: Any) -> Any:
                # There is one row of scores for each candidate, and one for the token after them.
                self._count(scores.shape[1] - 1, int(num_matches))
                return update(input_ids, scores, num_matches)

            generator.update_candidate_strategy = update_candidate_strategy
            return generator

        self._model._get_candidate_generator = counting

    def __exit__(self, *_: object) -> None:
        del self._model._get_candidate_generator  # the class's own shows again


@dataclass(frozen=True, slots=True)
class Loaded:
    """Loaded model, the assistant that proposes tokens (or ``None``), and the tokenizer of both."""

    name: str
    model: Any
    assistant: Any
    tokenizer: Any
    eos: frozenset[int]
    context_length: int


def load_pair(source: Source, assisted: Assisted) -> Loaded:
    """Load a model and its assistant.

    Raises:
        ConfigError: There is no such model.
        MissingDependencyError: A package is missing.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch reads it when it is imported
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
        from transformers.utils import logging as chatter
    except ImportError as error:
        raise MissingDependencyError("transformers", install_command("torch")) from error
    import torch
    from torch import nn

    chatter.set_verbosity_error()
    chatter.disable_progress_bar()
    device = "cuda" if torch.cuda.is_available() else "cpu"

    def model_of(folder: str) -> Any:
        try:
            found = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, assisted.dtype))
        except (OSError, ValueError, KeyError) as error:
            reason = " ".join(str(error).split())
            raise ConfigError(f"cannot load the model {folder}: {reason}") from error
        return nn.Module.to(found.eval().requires_grad_(False), device)

    folder = model_folder(source)
    model = model_of(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    eos = _eos(model, tokenizer)
    model.generation_config = GenerationConfig()  # so that nothing is decided but by the request
    assistant = None
    if assisted.draft:
        assistant = model_of(model_folder(resolve(assisted.draft)))
        assistant.generation_config = GenerationConfig(
            num_assistant_tokens=assisted.tokens,
            num_assistant_tokens_schedule="constant",
            assistant_confidence_threshold=0.0,
        )
    context = getattr(model.config.get_text_config(), "max_position_embeddings", None) or 4096
    return Loaded(source.name, model, assistant, tokenizer, eos, context)


def model_folder(source: Source) -> str:
    """Return what transformers loads a model from: a folder, or a hub id.

    Raises:
        ConfigError: It cannot be had.
    """
    if source.is_gguf:
        return str(converted(Path(source.place)))
    return source.place if Path(source.place).is_dir() else locate(source)


def _eos(model: Any, tokenizer: Any) -> frozenset[int]:
    ids: set[int] = set()
    for holder in (model.generation_config, model.config.get_text_config(), tokenizer):
        value = getattr(holder, "eos_token_id", None)
        ids |= {value} if isinstance(value, int) else set(value or ())
    return frozenset(ids)
