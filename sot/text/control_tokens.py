"""Control tokens of chat templates that leak into a model's text, such as ``<|im_end|>``."""

from __future__ import annotations

import re

_NAMES = (
    "eos|bos|pad|unk|sep|cls|end_of_turn|start_of_turn|end_of_text|end_of_sentence|begin_of_text|eot|eod|turn"
)
_TOKEN = re.compile(
    rf"<[|｜][^<>|｜\s]{{1,40}}[|｜]>|</?(?:{_NAMES})>|\[/?INST\]|<</?SYS>>|\[(?:EOS|BOS|PAD|UNK|SEP|CLS)\]"
    r"|<\uff5c[^<>]{1,40}\uff5c>|</s>|<s>"
)
_IN_CODE = re.compile(r"<[|｜][^<>|｜\s]{1,40}[|｜]>|<(?:end|start)_of_turn>")  # no markup of any language
_MAYBE = re.compile(r"<(?:[|｜][^<>|｜\s]{0,40}[|｜]?|/?[a-z_]{0,16}|<?/?S?Y?S?>?)?$|\[/?[A-Z]{0,4}$")
LONGEST = 48
"""Characters of the longest token, and a few more."""

_LEADING = re.compile(rf"\s*(?:(?:{_TOKEN.pattern})\s*(?:(?:assistant|model)\s*\n)?\s*)+")


def control_token(line: str, *, fenced: bool, final: bool, after: int = 0) -> tuple[int | None, int]:
    """Look for a control token in a line.

    Args:
        line: The line so far.
        fenced: Whether it is inside a code block, where ``<s>`` may be markup.
        final: Whether the line is complete.
        after: Position before which none begins, to spare the search there.

    Returns:
        The position of the first one, ``None`` without one, and the number of characters at the line's end
        that may be the start of one.
    """
    if line.find("<", after) < 0 and line.find("[", after) < 0:
        return None, 0
    for match in (_IN_CODE if fenced else _TOKEN).finditer(line, after):
        at = match.start()
        if line.endswith(("`", '"', "“", "「"), 0, at) or line.count("`", 0, at) % 2:
            continue  # the text is about the token
        if match[0] == "<s>" or (match[0] == "</s>" and line.find("<s>", 0, at) >= 0):
            continue  # struck out text
        return at, 0
    maybe = None if final else _MAYBE.search(line, max(after, len(line) - LONGEST))
    return None, len(maybe[0]) if maybe is not None else 0


def leading_tokens(text: str, *, final: bool) -> int | None:
    """Return where the control tokens at the start of a text end; ``None`` while that is not known."""
    match = _LEADING.match(text)
    end = match.end() if match is not None else 0
    rest = text[end:].lstrip()
    if final:
        return end
    role = match is not None and any(name.startswith(rest) for name in ("assistant", "model"))
    return None if role or _MAYBE.fullmatch(rest) else end
