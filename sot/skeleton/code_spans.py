"""Code spans of a title, kept as they are written while the rest is shortened and stripped of marks."""

from __future__ import annotations

import re

# `span`, ``span with a ` in it``; and names that need no marks to be code: __init__, *args, **kwargs.
_SPAN = re.compile(
    r"(?<!`)(?P<mark>`{1,3})(?!`)(?P<code>[^\n]{1,200}?)(?<!`)(?P=mark)(?!`)"
    r"|(?<![\w`])__[a-z][a-z0-9_]{0,40}__(?![\w`])|(?<![\w*`])\*{1,2}(?:args|kwargs)(?![\w*`])"
)
_FIRST = 0x10000  # letters of a script that no title is written in: one for each span
_MOST = 12
_WORDS = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)+")


class CodeSpans:
    """Code spans that were taken out of a text, each replaced by as many letters as it is long.

    Args:
        text: The text.

    Attributes:
        text: The text with letters in place of the spans.
    """

    def __init__(self, text: str) -> None:
        self._spans: list[str] = []
        plain = text if any(_FIRST <= ord(c) < _FIRST + _MOST for c in text) else _SPAN.sub(self._take, text)
        self.text = plain

    def _take(self, match: re.Match[str]) -> str:
        code = match["code"]
        if len(self._spans) == _MOST or (code is not None and not any(map(str.isalnum, code))):
            return match.group()
        whole = not match.string[: match.start()].strip("*_ ") and not match.string[match.end() :].strip(
            "*_ .:"
        )
        if code is not None and whole and code[:1].isupper() and _WORDS.fullmatch(code.strip()):
            return code  # the marks are decoration: "`Plan ahead`"
        span = match.group() if code is None else _dressed(" ".join(code.split()), match["mark"])
        self._spans.append(span)
        return chr(_FIRST + len(self._spans) - 1) * len(span)

    def restore(self, text: str) -> str:
        """Put the spans back into what was made of the text; one that was cut stays cut."""
        for number, span in enumerate(self._spans):
            letter = chr(_FIRST + number)
            count = text.count(letter)
            if count:
                whole = span if count >= len(span) else span[:count].strip("`")
                text = text.replace(letter * count, whole, 1)
        return text


def _dressed(code: str, mark: str) -> str:
    """Return code between the marks it needs."""
    if "`" not in code:
        return f"`{code}`"
    return f"{mark} {code} {mark}" if code.startswith("`") or code.endswith("`") else f"{mark}{code}{mark}"


def hide_code(text: str) -> str:
    """Return a text with letters in place of its code spans, each as long as it is written."""
    return _SPAN.sub(lambda match: chr(_FIRST) * len(match.group()), text) if _may_hold(text) else text


def _may_hold(text: str) -> bool:
    return "`" in text or "__" in text or "args" in text
