"""Blocks of thoughts in rendered prompts and in the text of chat templates."""

from __future__ import annotations

import re
from collections import Counter

from sot.text.thought_marks import PAIRS

from .control_tokens import ASKED

# Messages of thoughts: unlike the marks of `PAIRS`, what closes them ends any message.
_MESSAGES = {
    "<|channel|>analysis<|message|>": "<|end|>",  # harmony: gpt-oss, llm-jp
    "<|think|>": "<|end|>",  # Solar Open
    "<|content_thinking|>": "<|end_message|>",  # Inkling
    "to=self<|message|>": "<|eom|>",  # Muse
}
_CLOSING_OF = {**dict(PAIRS), **_MESSAGES}
_CLOSING = frozenset(_CLOSING_OF.values())
_ENDS = frozenset(_MESSAGES.values())
_TAGS = "|".join(re.escape(opening[1:-1]) for opening, closing in PAIRS if closing == f"</{opening[1:]}")
_MARKS = re.compile(
    "|".join(
        [
            *map(re.escape, sorted({*_CLOSING_OF, *_CLOSING}, key=len, reverse=True)),
            rf"</?(?:{_TAGS}):\w+>",  # a tag's name may have a suffix, as in <think:name>
        ]
    )
)
_TAIL = 200  # characters at the end of a prompt, where the question is not in it


def open_block(prompt: str) -> tuple[str, str] | None:
    """Return the marks of the thinking block in which a prompt ends, if it does.

    Args:
        prompt: Rendered prompt, with `ASKED` after the question, whose own text opens nothing.
    """
    _, found, tail = prompt.rpartition(ASKED)
    marks = _MARKS.findall(tail if found else prompt[-_TAIL:])
    if not marks or marks[-1] in _CLOSING or marks[-1].startswith("</"):
        return None
    return marks[-1], _CLOSING_OF.get(marks[-1]) or f"</{marks[-1][1:]}"


def closing_text(prompt: str, closing: str, source: str) -> str:
    """Return what closes the block in which a prompt ends, with the line breaks that the template writes.

    Args:
        prompt: Rendered prompt.
        closing: The block's closing mark.
        source: The template.
    """
    after = Counter(re.findall(re.escape(closing) + r"((?:\\n)+)", source))
    lines = max(after, key=after.__getitem__).count("n") if after else 2
    return ("\n" if prompt.endswith("\n") else "") + closing + "\n" * lines


def names_thoughts(text: str) -> bool:
    """Whether a template's text has a mark of thoughts."""
    return any(match[0] not in _ENDS for match in _MARKS.finditer(text))


__all__ = ["closing_text", "names_thoughts", "open_block"]
