"""Strategies with a single request: normal decoding, chain of thought, plan and solve."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, ClassVar, Literal

from ..completion import Completion
from ..errors import PrefillRefusedError
from ..prompting.conversation import with_question
from ..text.ordered import SEPARATOR
from .base import Outcome, Run

# Braces two deep, as in \boxed{\frac{1}{x^{2}}}.
_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")


def normal_request(
    run: Run, *, spare: int = 0, prefill: str | None = None, schema: Mapping[str, Any] | None = None
) -> Completion:
    """Create the request of normal decoding: the question as it is.

    Args:
        run: The answer in progress.
        spare: Tokens that ``max_answer_tokens`` must leave for requests beside it.
        prefill: The start of the assistant's turn.
        schema: JSON schema that the engine constrains the text by, where it can.
    """
    limit = run.token_limit(run.options.max_tokens, spare=spare)
    config = replace(run.config(max_tokens=limit, stop=run.options.stop), schema=schema)
    return run.complete(run.messages, config, prefill=prefill)


class NormalStrategy:
    """Normal decoding: the question as it is, in one completion, constrained by a schema if there is one."""

    async def run(self, run: Run) -> Outcome:
        completion = normal_request(run, schema=run.options.schema)
        await _read(run, completion)
        return Outcome(
            completion.usage,
            finish_reason=completion.finish_reason,
            why_empty=completion.why_empty(),
        )


async def decode_again(run: Run, shown: str) -> Outcome:
    """Decode a question normally after part of an answer has been shown, which stays.

    Where the engine continues a turn, it continues the text; else what the new text repeats is left out.

    Args:
        run: The answer in progress.
        shown: The text shown so far.

    Raises:
        SotError: Normal decoding failed.
    """
    prefill = shown if shown and run.info.continues_turn else None
    request = normal_request(run, prefill=prefill)
    try:
        await _continue(run, request, "" if prefill else shown)
    except PrefillRefusedError:
        request = normal_request(run)
        await _continue(run, request, shown)
    return Outcome(run.spent, finish_reason=request.finish_reason, why_empty=request.why_empty())


async def _continue(run: Run, request: Completion, shown: str) -> None:
    """Write a request's text without the beginning that has been shown; after a blank line if it has none."""
    held: str | None = "" if shown else None
    async with aclosing(request.text()) as pieces:
        async for piece in pieces:
            if held is None:
                run.write(piece)
                continue
            held = held + piece if held else piece.lstrip()
            if not shown.startswith(held):
                same = held.startswith(shown)
                run.write(held[len(shown) :] if same else f"{SEPARATOR}{held}")
                held = None


class _Reasoning:
    """Base of strategies that ask for reasoning steps and extract the final answer."""

    stage: ClassVar[Literal["cot", "plan"]]  # the template's name, and its section of the prompt pack

    async def run(self, run: Run) -> Outcome:
        prompt = run.pack.render(
            self.stage, question=run.messages[-1].content, foreign=run.foreign, language=run.language
        )
        completion = run.complete(
            with_question(run.messages, prompt),
            run.config(
                max_tokens=run.token_limit(run.options.max_tokens), stop=run.options.stop, stage=self.stage
            ),
        )
        await _read(run, completion)
        markers = getattr(run.pack.file, self.stage).answer_markers
        return Outcome(
            completion.usage,
            final_answer=find_final_answer(run.text, markers),
            finish_reason=completion.finish_reason,
            why_empty=completion.why_empty(),
        )


class ChainOfThought(_Reasoning):
    """Zero-shot chain of thought."""

    stage = "cot"


class PlanAndSolve(_Reasoning):
    """Plan-and-solve prompting: a plan of the steps first, then the steps."""

    stage = "plan"


def find_final_answer(text: str, markers: tuple[str, ...]) -> str | None:
    r"""Return the final answer at the end of a chain of thought.

    Args:
        text: The whole completion.
        markers: Texts that precede the final answer, case-insensitive, in order of preference: the last
            occurrence of the first one that occurs counts. Without any, the last ``\boxed{…}`` counts.

    Returns:
        The final answer on one line without Markdown marks, or ``None`` where none is marked.
    """
    for marker in markers:
        found = list(re.finditer(_bold(marker), text, re.IGNORECASE))
        if found:
            rest = text[found[-1].end() :].strip("*_: \n")
            line = rest.split("\n", 1)[0].strip("*_ ").rstrip(".。")
            if line:
                return _unboxed(line) or line
    return _unboxed(text)


def _bold(marker: str) -> str:
    """Return the pattern of a marker, which may be bold without its colon (``**Final answer**:``)."""
    words = marker.rstrip(":：")
    return re.escape(words) + (r"[*_]*\s*[:：]" if words != marker else "")


def _unboxed(text: str) -> str | None:
    boxed = _BOXED.findall(text)
    return boxed[-1].strip() or None if boxed else None


async def _read(run: Run, completion: Completion) -> None:
    begun = False
    async with aclosing(completion.text()) as pieces:
        async for piece in pieces:
            shown = piece if begun else piece.lstrip()
            begun = begun or bool(shown)
            run.write(shown)
