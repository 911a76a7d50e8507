"""Text of a long string field: what a model wrote for it, without its dress, as it can be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from ..text.loops import Loop
from ..text.sentences import ends_whole, last_sentence_end
from ..types import FinishReason
from .fitting import shortened
from .json_text import MOST_SPACE, JsonText
from .kinds import TextRules
from .strings import StringReader, without_surrogates

Ending = Literal["whole", "trimmed", "cut", "empty"]

_HELD_TOKENS = 32  # tokens before the token limit in which only whole sentences are shown
_HELD_CHARS = 160  # characters before the longest length in which only whole sentences are shown
_SENTENCE = 400  # characters that show whether a sentence is over
_SURELY_QUOTED = 2000  # characters without a closing mark after which an opening one was JSON's
_QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_ESCAPED = re.compile(
    r'(?<!\\)(?:\\\\)*\\["u]|\\n\\n'
)  # what stands in JSON strings, and hardly in a quotation
_NULLS = ("null", "none")
_JSON_REST = " \t\r\n,}"  # what may follow a JSON string that a model wrote by itself
_WRAPPERS = ("```", "~~~", "{", "[")


@dataclass(frozen=True, slots=True)
class FieldEnd:
    """End of a field's text.

    Args:
        text: The text; ``None``: the value is null.
        ending: How it ends.
        problem: Why it is no value of the field; empty where it is one.
    """

    text: str | None
    ending: Ending
    problem: str = ""


class FieldText:
    """Filter from the deltas of one completion to the text of a string field that can be shown.

    A constrained completion is a JSON string, and is read as one. Of other completions quotation marks and
    fences around the whole are taken off, and so are a JSON object around it and the field's name before it;
    the text ends where the model goes on with another field. White space around the text is dropped.

    Args:
        name: Name of the field, as the prompt has it.
        rules: Rules of the string.
        max_tokens: Token limit of the completion; ``None``: none.
        encoded: Whether the completion is known to be JSON.
        own_name: The field's own name, as the schema has it; ``name`` unless given.
        following: Names of the fields with which the model may go on.
        ends: Texts that end it, such as a blank line, unless it is JSON.

    Attributes:
        full: Whether the text is complete, or goes on in vain.
    """

    def __init__(
        self,
        name: str,
        rules: TextRules,
        *,
        max_tokens: int | None = None,
        encoded: bool = False,
        own_name: str | None = None,
        following: Sequence[str] = (),
        ends: Sequence[str] = (),
    ) -> None:
        self._rules = rules
        self._encoded = encoded
        self._label = label_pattern(name, name if own_name is None else own_name)
        self._ends = tuple(ends)
        self._label_length = len(name) + 8
        self._following = _next_labels(following)
        self._longest_label = max(map(len, following), default=0) + 8
        self._tokens_left = max_tokens
        self._head: str | None = ""  # start of the completion, until its form is known
        self._string: StringReader | None = None
        self._text: str = ""
        self._shown = 0
        self._words_from = 0  # place in the text before which it was a JSON string, with marks of its own
        self._whole = False  # the text has come to its end
        self._loop = Loop()
        self._ended_at: int | None = None  # by a repetition, or another field
        self.full = False

    def feed(self, piece: str, tokens: int = 1) -> str:
        """Take in a piece of so many tokens; returns the text that may be shown now."""
        if self._tokens_left is not None:
            self._tokens_left -= tokens
        if self.full:
            return ""
        self._take(piece)
        self._look_for_end()
        return self._show()

    def finish(self, reason: FinishReason | None) -> FieldEnd:
        """End the text.

        Args:
            reason: Finish reason of the completion; ``None`` when it broke off.
        """
        closed = self._string is not None and self._string.over
        whole = self._whole or self.full or closed or reason == "stop"
        if self._head is not None:
            head, self._head = self._head, None
            if self._rules.nullable and head.strip().casefold().strip('"`. ') in _NULLS:
                return FieldEnd(None, "whole")
            self._text = self._undressed(head)
            self._look_for_end()
        text = self._text[: self._ended_at].strip() if self._ended_at is not None else self._text.strip()
        ending: Ending = "whole" if self._ended_at is None else "trimmed"
        if not whole:
            text, ending = self._cut(text)
        if self._rules.longest is not None and len(text) > self._rules.longest:
            text, ending = (
                shortened(text, self._rules.longest, max(self._shown, self._rules.shortest)),
                "trimmed",
            )
        if not text and not (closed and self._encoded):
            return FieldEnd("", "empty")
        least = self._rules.shortest
        problem = f"it has {len(text)} characters, fewer than {least}" if len(text) < least else ""
        return FieldEnd(text, ending, problem)

    def _take(self, piece: str) -> None:
        """Add a piece to the text, once the form of the completion is known."""
        if self._head is not None:
            self._head += piece
            rest = self._decide(self._head)
            if rest is None:
                return
            self._head, piece = None, rest
        if self._string is None:
            self._text += without_surrogates(piece)
        else:
            self._text += self._string.feed(piece)
            if self._string.over:
                self._end_string(self._string.rest)
        if not self._shown:
            self._text = self._text.lstrip()

    def _end_string(self, rest: str) -> None:
        """Take note of the closing mark of a JSON string; what follows one in plain words is text, too."""
        if self._encoded:
            self._whole = True
            self.full = bool(rest.strip()) or len(rest) > MOST_SPACE
        elif rest.strip(_JSON_REST):
            self._string = None
            self._text = self._text if self._shown else self._text.lstrip()
            self._words_from = len(self._text)
            self._text += f'"{without_surrogates(rest)}'

    def _decide(self, head: str) -> str | None:
        """Find out the form of the completion; returns the text so far, ``None`` while it is not known."""
        text = head.lstrip()
        if not text or (self._rules.nullable and any(null.startswith(text.casefold()) for null in _NULLS)):
            return None
        if text[0] == '"' and self._encoded:
            self._string = StringReader()
            return text[1:]
        if text.startswith(_WRAPPERS) or (len(text) < 3 and _WRAPPERS[0].startswith(text)):
            return None
        if len(text) < self._label_length and "\n\n" not in text:
            return None
        if found := self._label.match(text):
            return self._decide(text[found.end() :]) if text[found.end() :].strip() else None
        if text[0] != '"':
            return text
        quoted = _QUOTED.match(text)
        inner = text if quoted is None else quoted[0]  # what came later decides nothing: it may come later
        if len(inner) >= _SURELY_QUOTED or _ESCAPED.search(inner):
            self._string = StringReader()
            return text[1:]
        if quoted is None or not text[quoted.end() :].strip(_JSON_REST):
            return None  # it may be a quotation at the beginning of the text
        return text

    def _undressed(self, head: str) -> str:
        """Return the text of a completion that is over, and whose form has not been known before."""
        text = without_surrogates(head.strip())
        if found := self._label.match(text):
            text = text[found.end() :].strip()
        if text.startswith("{") and (inner := _from_object(text, self._label)) is not None:
            return inner
        for fence in ("```", "~~~"):
            body = text.removeprefix(fence)
            if body != text and body.rstrip().endswith(fence) and fence not in body.rstrip()[: -len(fence)]:
                return body.rstrip().removesuffix(fence).partition("\n")[2]
        if text.startswith('"'):
            reader = StringReader()
            inner = reader.feed(text[1:])
            return inner if not reader.rest.strip(_JSON_REST) else text
        return text

    def _look_for_end(self) -> None:
        """Look for a phrase that comes again and again, and for another field."""
        if self._ended_at is not None or self._head is not None:
            return
        end = self._loop.read(self._text, 0, len(self._text)) if self._text else None
        if self._string is None:
            start = max(self._shown, self._words_from)
            ends = [at for each in self._ends if (at := self._text.find(each, start)) > 0]
            if ends:
                self._text, self._whole, self.full = self._text[: min(ends)], True, True
        if self._following is not None and self._string is None:
            start = max(self._words_from, self._shown - self._longest_label)
            found = _next_field(self._text, self._following, start)
            end = end if found is None else found
        if end is not None:
            if end < self._shown:  # what was shown stays, to the end of its sentence where there is one
                end = max(self._shown, last_sentence_end(self._text))
            self._ended_at = end
            self.full = True
        elif self._rules.longest is not None and len(self._text) > self._rules.longest + _HELD_CHARS:
            self.full = True

    def _show(self) -> str:
        """Return the text that may be shown and has not been."""
        end = self._safe_length()
        shown = self._text[self._shown : end]
        self._shown = max(self._shown, end)
        return shown

    def _safe_length(self) -> int:
        """Return how much of the text is known to stay, and to be the beginning of a valid value."""
        text = self._text if self._ended_at is None else self._text[: self._ended_at]
        text = text.rstrip()
        rules = self._rules
        if self._head is not None or rules.shaped:
            return 0
        longest = rules.longest
        near = self._tokens_left is not None and self._tokens_left < _HELD_TOKENS
        if not self._whole and (near or (longest is not None and len(text) > longest - _HELD_CHARS)):
            text = text[: last_sentence_end(text[:longest], sure=True)]
        elif longest is not None and len(text) > longest:
            return 0
        elif self._following is not None and self._string is None:
            last = text.rfind("\n") + 1
            if last and len(text) - last < self._longest_label:  # the line may name another field
                text = text[:last].rstrip()
        return len(text) if len(text) >= rules.shortest else 0

    def _cut(self, text: str) -> tuple[str, Ending]:
        """Return a text that was cut, at the end of its last sentence where that is possible."""
        end = last_sentence_end(text)
        least = max(1, self._shown, self._rules.shortest)
        if end >= least:
            return text[:end].rstrip(), "trimmed"
        return text, "cut"


def label_words(name: str) -> str:
    """Return a field's own name in words; empty where it has none."""
    return name.replace("_", " ").strip()


def label_pattern(name: str, own_name: str) -> re.Pattern[str]:
    """Return the pattern of a field's name before its text, as models repeat it."""
    words = {name, own_name, label_words(own_name)}
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    return re.compile(rf"[*_#`\"'\s]{{0,5}}(?:{either})[*_`\"']{{0,3}}\s?[:：][*_]{{0,3}}\s?", re.IGNORECASE)


def _next_labels(names: Sequence[str]) -> re.Pattern[str] | None:
    """Return the pattern of a line that begins another field, with the beginning of its text."""
    either = "|".join(re.escape(name) for name in names if name)
    return (
        re.compile(rf"^[*`\"]{{0,3}}(?:{either})[*`\"]{{0,3}}:[*]{{0,2}}[ \t]*\S", re.MULTILINE)
        if either
        else None
    )


def _next_field(text: str, labels: re.Pattern[str], start: int) -> int | None:
    """Return where a line with the name of the next field begins it, and is not a line of the same text.

    A text that is over ends with a sentence, or a blank line; code, and files such as YAML, have names before
    colons, too.

    Args:
        text: The text.
        labels: Pattern of such lines.
        start: Place from which they are looked for.
    """
    read, fences, words = 0, 0, False
    for found in labels.finditer(text, start):
        lines, read = text[read : found.start()], found.start()
        words = words or bool(lines.strip())
        fences += sum(line.lstrip().startswith(("```", "~~~")) for line in lines.splitlines())
        if (
            words
            and fences % 2 == 0
            and (lines.endswith("\n\n") or ends_whole(text[max(0, read - _SENTENCE) : read]))
        ):
            return read
    return None


def _from_object(text: str, label: re.Pattern[str]) -> str | None:
    """Return the text of a field that a model wrapped in a JSON object."""
    found = JsonText("{")
    found.feed(text)
    for value in found.values():
        if not isinstance(value, dict):
            continue
        table = cast("dict[str, object]", value)
        texts = [
            each for name, each in table.items() if isinstance(each, str) and label.fullmatch(f"{name}:")
        ]
        if texts:
            return texts[0]
    return None
