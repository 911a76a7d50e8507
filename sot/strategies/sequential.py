"""The strategies of one request: normal decoding, chain of thought, plan and solve."""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import Literal

from ..completion import Completion
from ..prompting.conversation import with_question
from .base import Outcome, Run

# Braces two deep, as in \boxed{\frac{1}{x^{2}}}.
_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")


class NormalStrategy:
    """The question as it is, in one sequential completion."""

    async def run(self, run: Run) -> Outcome:
        completion = run.complete(
            run.messages, run.config(max_tokens=run.room(run.options.max_tokens), stop=run.options.stop)
        )
        await _read(run, completion)
        return Outcome(completion.usage, finish_reason=completion.finish_reason)


class ReasoningStrategy:
    """Zero-shot chain of thought, or plan and solve: the steps, then the final answer told apart.

    Args:
        stage: ``cot`` or ``plan``; names the template.
    """

    def __init__(self, stage: Literal["cot", "plan"]) -> None:
        self._stage: Literal["cot", "plan"] = stage

    async def run(self, run: Run) -> Outcome:
        prompt = run.pack.render(self._stage, question=run.messages[-1].content, foreign=run.foreign)
        completion = run.complete(
            with_question(run.messages, prompt),
            run.config(max_tokens=run.room(run.options.max_tokens), stop=run.options.stop),
        )
        await _read(run, completion)
        stage = run.pack.file.cot if self._stage == "cot" else run.pack.file.plan
        return Outcome(
            completion.usage,
            final_answer=find_final_answer(run.text, stage.answer_markers),
            finish_reason=completion.finish_reason,
        )


def find_final_answer(text: str, markers: tuple[str, ...]) -> str | None:
    r"""The result at the end of a chain of thought.

    Args:
        text: The whole completion.
        markers: Texts after which the result stands; the last occurrence of the first one that
            occurs counts, in any case of letters. Then ``\boxed{…}``.

    Returns:
        The result on one line without Markdown marks, or ``None`` where none is marked.
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
    """A pattern for a marker, which may be bold without its colon (``**Final answer**:``)."""
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
