"""Rendering of a conversation with a tokenizer's chat template, whose ways are tried and not assumed.

A started turn is written as the template writes the head of that turn once it is finished. That is the
template's own way to begin it, without a thinking block or with an empty one, and the next prompts of the
conversation begin with the same tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary, ref

from .chat_turns import GREETING, Turn, TurnForm, forms
from .control_tokens import ASKED, PLACE
from .thinking_switches import switches
from .thought_blocks import closing_text, names_thoughts, open_block

_UNDEFINED = re.compile(r"'(\w+)' is undefined")
_PART = re.compile("""['"]type['"]: ['"]text['"]""")
_MOST_UNDEFINED = 4  # arguments without a value that a template may need


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """Text of a prompt.

    Args:
        opened: Opening mark of the thinking block that the prompt ends in; empty without one.
        continued: Whether the template itself wrote the head of the started turn.
    """

    text: str
    opened: str = ""
    continued: bool = True


class ChatRenderer:
    """Renderer of one tokenizer's chat template.

    Args:
        tokenizer: A transformers tokenizer with a chat template.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.source = template_source(tokenizer)
        self._tokenizer = ref(tokenizer)  # which keeps its renderer in `renderer_of`
        self._arguments: dict[bool | None, dict[str, Any]] = {}

    def render(
        self, turns: Sequence[Turn], prefill: str | None = None, think: bool | None = None
    ) -> RenderedPrompt:
        """Render a conversation up to where the completion begins.

        Args:
            turns: The conversation; the last turn is the user's.
            prefill: The start of the assistant's turn; nothing thinks after it.
            think: Whether the model is to think; ``None`` leaves it to the template.

        Raises:
            Exception: The template's own error, if it refuses the conversation in every form.
        """
        turns = _with_question_marked(turns)
        form, begun = self._begin(turns, think)
        opened = open_block(begun)
        text, continued = begun, True
        if prefill or think is False:
            text, continued = self._without_block(turns, form, begun, think, prefill)
            opened = None
        return RenderedPrompt(text.replace(ASKED, ""), opened[0] if opened else "", continued)

    def generation_prompt(self, turns: Sequence[Turn], think: bool | None) -> str:
        """Render a conversation with the template's generation prompt, as it is."""
        return self._begin(turns, think)[1]

    def arguments(self, think: bool | None) -> Mapping[str, Any]:
        """Return the template's arguments that ask for thinking or for none."""
        if think not in self._arguments:
            asked = [{"role": "user", "content": GREETING}]
            found: dict[str, Any] = {}
            for arguments in switches(self.source, think):
                try:
                    self._template(asked, arguments, generation=True)
                except Exception:  # noqa: BLE001 - templates raise what they like
                    continue
                found = arguments
                break
            self._arguments[think] = found
        return self._arguments[think]

    def _begin(self, turns: Sequence[Turn], think: bool | None) -> tuple[TurnForm, str]:
        """Render with the generation prompt, in the first form that keeps the text of every turn.

        A form without the question counts only where no form was refused.
        """
        best: tuple[int, TurnForm, str] | None = None
        error: Exception | None = None
        for form in forms(turns):
            try:
                text = self._template(form.write(turns), self.arguments(think), generation=True)
            except Exception as failure:  # noqa: BLE001 - templates raise what they like
                error = error or failure
                continue
            texts = _texts(form, turns)
            lost = len(texts) - _kept(text, texts)
            if form.in_parts and _PART.search(text):  # parts printed as they are
                continue
            if error is not None and not _kept(text, texts[-1:]):
                continue
            if best is None or lost < best[0]:
                best = lost, form, text
            if not lost:
                break
        if best is None:
            assert error is not None, "the first form is left out only for an error"
            raise error
        return best[1], best[2]

    def _without_block(
        self, turns: Sequence[Turn], form: TurnForm, begun: str, think: bool | None, prefill: str | None
    ) -> tuple[str, bool]:
        """Return the prompt with the turn begun outside of thinking blocks, and `RenderedPrompt.continued`.

        Args:
            turns: The conversation.
            form: Form in which the template takes it.
            begun: Prompt with the template's generation prompt.
            think: Whether the model is to think.
            prefill: The start of the assistant's turn.
        """
        for head in self._heads(turns, form, begun, think):
            if not open_block(head) and (prefill or _without_thoughts(begun, head)):
                return head + (prefill or ""), True
        opened = open_block(begun)
        closed = begun + closing_text(begun, opened[1], self.source) if opened else begun
        return closed + (prefill or ""), False

    def _heads(self, turns: Sequence[Turn], form: TurnForm, begun: str, think: bool | None) -> Iterator[str]:
        """Yield the prompt up to the assistant's text, as rendered once the turn is finished.

        First with a user turn after it, as in later prompts, then as the last turn. A rendering that loses
        more of the conversation than the generation prompt does, such as the system text, is left out.
        """
        texts = _texts(form, turns)
        answered = [*turns, {"role": "assistant", "content": PLACE}]
        for after in ([{"role": "user", "content": GREETING}], []):
            try:
                text = self._template(
                    form.write([*answered, *after]), self.arguments(think), generation=False
                )
            except Exception:  # noqa: BLE001 - templates raise what they like
                continue
            head, found, rest = text.partition(PLACE)
            if found and PLACE not in rest and _kept(head, texts) >= _kept(begun, texts):
                yield head

    def _template(self, turns: Sequence[Turn], arguments: Mapping[str, Any], *, generation: bool) -> str:
        """Apply the template; what it needs and nobody gives is empty."""
        tokenizer, given = self._tokenizer(), dict(arguments)
        assert tokenizer is not None, "who renders holds the tokenizer"
        while True:
            try:
                return tokenizer.apply_chat_template(
                    list(turns), tokenize=False, add_generation_prompt=generation, **given
                )
            except TypeError:
                if "tools" in given:
                    raise
                given["tools"] = []  # a template for tools only
            except Exception as error:
                missing = _UNDEFINED.search(str(error))
                if missing is None or missing[1] in given or len(given) >= len(arguments) + _MOST_UNDEFINED:
                    raise
                given[missing[1]] = ""


def renderer_of(tokenizer: Any) -> ChatRenderer:
    """Return the renderer of a tokenizer's present chat template; what it found out is kept."""
    known = _RENDERERS.get(tokenizer)
    if known is None or known.source != template_source(tokenizer):
        known = _RENDERERS[tokenizer] = ChatRenderer(tokenizer)
    return known


_RENDERERS: WeakKeyDictionary[Any, ChatRenderer] = WeakKeyDictionary()


def template_source(tokenizer: Any) -> str:
    """Return the text of a tokenizer's chat template; of several, the one for plain conversations."""
    template = tokenizer.chat_template
    if isinstance(template, str):
        return template
    try:
        return str(tokenizer.get_chat_template())
    except Exception:  # noqa: BLE001 - a tokenizer of another kind
        return str(template)


def _with_question_marked(turns: Sequence[Turn]) -> list[Turn]:
    """Put `ASKED` after the last visible character of the last turn, so that trimming does not touch it."""
    marked = list(turns)
    for at in range(len(marked) - 1, -1, -1):
        if marked[at]["role"] != "system":
            text = str(marked[at]["content"])
            end = len(text.rstrip())
            marked[at] = {**marked[at], "content": text[:end] + ASKED + text[end:]}
            break
    return marked


def _without_thoughts(begun: str, head: str) -> bool:
    """Whether the head of a finished turn says, other than the generation prompt, that there are no thoughts.

    It goes on where the generation prompt ends, or it lacks words, not marks, that lead to thoughts.
    """
    shorter, longer = sorted((begun.rstrip(), head.rstrip()), key=len)
    more = longer[len(shorter) :].strip()
    return longer.startswith(shorter) and bool(more) and (longer == head.rstrip() or not names_thoughts(more))


def _texts(form: TurnForm, turns: Sequence[Turn]) -> list[str]:
    return [str(turn["content"]) for turn in replace(form, in_parts=False).write(turns)]


def _kept(prompt: str, texts: Sequence[str]) -> int:
    """Return how many of the turns' texts are in a prompt, whatever became of their white space."""
    flat = " ".join(prompt.split())
    return sum(" ".join(text.split()) in flat for text in texts)


__all__ = ["ChatRenderer", "RenderedPrompt", "renderer_of", "template_source"]
