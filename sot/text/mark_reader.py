"""Reader that finds the marks of thoughts in a streamed text."""

from __future__ import annotations

import re
from typing import Literal

from .thought_marks import DROPPED_TOKENS, HARMONY, PAIRS, WRAPPERS, Kind, Mark

_TAG = re.compile(r"<([\w:|]+)>")
# Parts of messages with channels (harmony, Solar Open, Muse, Inkling): their meaning depends on their place.
_TOKENS: dict[str, tuple[Kind, str]] = {
    "<|start|>": ("header", HARMONY),
    "<|begin|>": ("header", HARMONY),
    "<|channel|>": ("header", HARMONY),
    "<|constrain|>": ("header", HARMONY),
    "<|message|>": ("message", HARMONY),
    "<|content|>": ("final", HARMONY),
    "<|think|>": ("open", HARMONY),
    "<|end|>": ("end", HARMONY),
    "<|return|>": ("end", HARMONY),
    "<|call|>": ("end", HARMONY),
    "<|flush|>": ("end", HARMONY),
    "<|eom|>": ("end", HARMONY),
    "<|eot|>": ("end", HARMONY),
    "<|content_thinking|>": ("open", HARMONY),
    "<|content_text|>": ("final", HARMONY),
    "<|end_message|>": ("end", HARMONY),
    "<|message_model|>": ("skip", ""),
    "<|close|>message<|sep|>": ("skip", ""),
}
_KINDS: tuple[tuple[tuple[tuple[str, str], ...], Kind, Kind], ...] = (
    (PAIRS, "open", "close"),
    (WRAPPERS, "wrap", "unwrap"),
)
# The kinds of <name> and </name>.
_TAGS: dict[str, tuple[Kind, Kind]] = {
    match[1].lower(): (opens, closes)
    for pairs, opens, closes in _KINDS
    for opening, closing in pairs
    if (match := _TAG.fullmatch(opening)) and closing.startswith("</")
}


def _fixed() -> dict[str, tuple[Kind, str]]:
    """Return the kind and the family of each mark that is always written the same, but for its case."""
    fixed = dict(_TOKENS)
    for pairs, opens, closes in _KINDS:
        for opening, closing in pairs:
            if not closing.startswith("</"):
                fixed[opening.lower()] = (opens, opening)
                fixed[closing.lower()] = (closes, opening)
    return fixed


_FIXED = _fixed()
# Marks that are words, so that they count only where nothing stands before them.
_WORDS: dict[str, tuple[Kind, str]] = {
    "assistant<|channel|>": ("header", HARMONY),
    "to=self<|message|>": ("open", HARMONY),  # Muse
    "to=user<|message|>": ("final", HARMONY),
    "assistantfinal": ("final", DROPPED_TOKENS),
    "analysis": ("open", DROPPED_TOKENS),
    "assistantanalysis": ("open", DROPPED_TOKENS),
    "commentary": ("open", DROPPED_TOKENS),
    "assistantcommentary": ("open", DROPPED_TOKENS),
    "thought\n": ("skip", ""),  # Gemma's channel name, left where the server drops the special tokens
}

_ATTRIBUTES = 40
_NAMES = "|".join(re.escape(name) for name in _TAGS)
_WHOLE_TAG = re.compile(rf"<(/?)({_NAMES})(?:[\s:/][^<>]{{0,{_ATTRIBUTES}}})?>", re.IGNORECASE)
_TAG_BEGUN = re.compile(rf"</?(?:{_NAMES})(?:[\s:/][^<>]{{0,{_ATTRIBUTES}}})?", re.IGNORECASE)
_SHAPES = (*_FIXED, *(f"<{slash}{name}" for name in _TAGS for slash in ("", "/")))
_PREFIXES = frozenset(shape[:end] for shape in _SHAPES for end in range(1, len(shape) + 1))
_WORD_PREFIXES = frozenset(word[:end] for word in _WORDS for end in range(1, len(word) + 1))
_LEADS = re.compile(r"[<\[◁]")
_LEADS_OR_FINAL = re.compile(r"[<\[◁]|a(?=s|$)")
_BLANKS = re.compile(r"[\s\ufeff\u200b-\u200f\u2060\u00ad]+")
_HIRAGANA = re.compile(r"[\u3040-\u309f]")


def is_tag(mark: Mark) -> bool:
    """Whether a mark has the form of an XML tag, which a text may hold for other reasons, too."""
    return mark.family in _TAGS


def is_blank(text: str) -> bool:
    """Whether a text has nothing but white space and invisible characters."""
    return not text or _BLANKS.fullmatch(text) is not None


class MarkReader:
    """Incremental reader that cuts a streamed text into marks and the text between them."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0

    def feed(self, text: str) -> None:
        """Append the next delta."""
        self._text = self._text[self._at :] + text
        self._at = 0

    def unread(self, text: str) -> None:
        """Put the end of the last piece back."""
        self._at -= len(text)

    def rest(self) -> str:
        """Take all that has not been read."""
        rest, self._text, self._at = self._text[self._at :], "", 0
        return rest

    def read(self, *, words: bool = False, dropped: bool = False, final: bool = False) -> str | Mark | None:
        """Read the next piece of text or mark.

        Args:
            words: The marks that are words count here.
            dropped: The text may be in a block of `DROPPED_TOKENS`.
            final: Nothing follows the text.

        Returns:
            The piece; ``None`` while it is undecided or nothing is left.
        """
        text, at = self._text, self._at
        if at >= len(text):
            return None
        if words and (blank := _BLANKS.match(text, at)):
            return self._take(blank.end())
        if words and (word := self._word(final=final)) is not False:
            return word
        lead = (_LEADS_OR_FINAL if dropped else _LEADS).search(text, at)
        if lead is None or lead.start() > at:
            return self._take(lead.start() if lead else len(text))
        if dropped and text[at] == "a":
            return self._fixed("assistantfinal", "final", DROPPED_TOKENS, final=final)
        return self._mark(final=final)

    def _take(self, end: int) -> str:
        piece, self._at = self._text[self._at : end], end
        return piece

    def _fixed(self, shape: str, kind: Kind, family: str, *, final: bool) -> str | Mark | None:
        seen = self._text[self._at : self._at + len(shape)]
        if seen == shape:
            return Mark(kind, family, self._take(self._at + len(shape)))
        if shape.startswith(seen) and not final:
            return None
        return self._take(self._at + 1)

    def _mark(self, *, final: bool) -> str | Mark | None:
        """Read at a character that may begin a mark."""
        text, at = self._text, self._at
        if tag := _WHOLE_TAG.match(text, at):
            name = tag[2].lower()
            kind: Kind = _TAGS[name][1 if tag[1] else 0]
            if not tag[1] and tag[0].endswith("/>"):
                kind = "skip"
            return Mark(kind, name, self._take(tag.end()))
        end = at + 1
        while end <= len(text) and (shape := text[at:end].lower()) in _PREFIXES:
            if shape in _FIXED:
                return Mark(*_FIXED[shape], self._take(end))
            end += 1
        begun = end > len(text) or _TAG_BEGUN.fullmatch(text, at)
        return None if begun and not final else self._take(at + 1)

    def _word(self, *, final: bool) -> Mark | Literal[False] | None:
        """Read a mark that is a word; ``False`` when there is none."""
        text, at = self._text, self._at
        end = at + 1
        while end <= len(text) and (shape := text[at:end]) in _WORD_PREFIXES:
            if shape in _WORDS:
                kind, family = _WORDS[shape]
                following = text[end : end + 1]
                if (kind, family) != ("open", DROPPED_TOKENS) or (
                    following.isalnum() and not _HIRAGANA.match(following)
                ):
                    return Mark(kind, family, self._take(end))
            end += 1
        return None if end > len(text) and not final else False
