"""Strategies with a single request: normal decoding, chain of thought, plan and solve."""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import ClassVar, Literal

from ..completion import Completion
from ..prompting.conversation import with_question
from .base import Outcome, Run

# Braces two deep, as in \boxed{\frac{1}{x^{2}}}.
_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")


class NormalStrategy:
    """Normal decoding: the question as it is, in one completion."""

    async def run(self, run: Run) -> Outcome:
        completion = run.complete(
            run.messages,
            run.config(max_tokens=run.token_limit(run.options.max_tokens), stop=run.options.stop),
        )
        await _read(run, completion)
        return Outcome(
            completion.usage,
            finish_reason=completion.finish_reason,
            why_empty=completion.why_empty(),
        )


class _Reasoning:
    """Base of strategies that ask for reasoning steps and extract the final answer."""

    stage: ClassVar[Literal["cot", "plan"]]  # the template's name, and its section of the prompt pack

    async def run(self, run: Run) -> Outcome:
        prompt = run.pack.render(
            self.stage, question=run.messages[-1].content, foreign=run.foreign, language=run.language
        )
        completion = run.complete(
            with_question(run.messages, prompt),
            run.config(max_tokens=run.token_limit(run.options.max_tokens), stop=run.options.stop),
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
