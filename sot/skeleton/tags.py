"""Filter of HTML and XML tags around list items, and of control tokens, in a stream of characters."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

_Known = Literal["token", "mark", "item", "heading", "paragraph", "aside", "frame", "break", ""]

# Tags: elements that hold an item, that explain one, or that stand around the list.
_ITEM = re.compile(
    r"(?:li|point|item|step|idea|tip|title|headline|heading|topic|bullet|entry|element|reason|aspect|option|part"
    r"|chapter|dt|subtopic|h[1-6])(?:[_-]?\d{1,2})?|\d{1,2}"
)
_ASIDE = frozenset(("description", "desc", "dd", "details", "detail", "explanation", "why", "note"))
_FRAME = frozenset(
    """
    ol ul dl points skeleton items list steps outline plan body html div section article main response output
    result root data summary nav answer
    """.split()  # noqa: SIM905 - twenty quoted words would be harder to read
)
_TAG = re.compile(r"<(?P<slash>/?)(?P<name>[a-z][\w-]{0,30}|\d{1,2})(?:\s[^<>\n]{0,80})?/?>", re.IGNORECASE)
_TAG_BEGINS = re.compile(r"</?(?:[a-z][\w-]{0,30}|\d{0,2})(?:\s[^<>\n]{0,80})?/?", re.IGNORECASE)

# Control tokens that a server did not take out.
_TOKEN = re.compile(
    r"<[|｜]?[^\s<>|｜]{1,40}[|｜]>|<[|｜][^\s<>|｜]{1,40}>|<｜[^<>|｜\n]{1,40}｜>|<</?SYS>>"
    r"|<(?:/?s|/?eos|bos|pad|unk|/?eot|eop|sop|eod|eom|end_?of_\w{1,20}|start_of_\w{1,20}|begin_of_\w{1,20}"
    r"|endoftext|im_(?:start|end|sep)|extra_id_\d{1,3}|unused_?\d{1,4}|reserved_\w{1,20}|0x[0-9a-f]{2})>"
    r"|\[/?(?:INST|SYS|EOS|BOS|EOT|PAD|UNK|SEP|CLS|gMASK|END|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]",
    re.IGNORECASE,
)
_TOKEN_BEGINS = re.compile(
    r"<[|｜]?[^\s<>|｜]{0,40}[|｜]?|<｜[^<>|｜\n]{0,40}[|｜]?|<</?S?Y?S?>?|\[/?[A-Z_]{0,15}", re.IGNORECASE
)
_BRACKETS = (
    "INST",
    "SYS",
    "EOS",
    "BOS",
    "EOT",
    "PAD",
    "UNK",
    "SEP",
    "CLS",
    "GMASK",
    "END",
    "AVAILABLE_TOOLS",
)
_BRACKETED = (*_BRACKETS, "TOOL_CALLS", "TOOL_RESULTS")
# Tokens of thoughts, which a title may speak of; `ThoughtSplitter` has taken out those that are real.
_MARK = re.compile(
    r"<\|(?:channel|message|start|constrain|think|/think)\|>|<(?:channel|turn)\|>", re.IGNORECASE
)
_CUT_TOKEN = re.compile(r"<[|｜].+|</s|<(?:end|start)_of.*|\[/INS?T?", re.IGNORECASE | re.DOTALL)
_MAX_HELD = 130
_MAX_BLANKS = 20


class TagFilter:
    """Character filter that translates tags around list items into line breaks and bullets.

    An element counts where a line begins with it; inside a line it is what the title speaks of, as in
    ``Use <li> tags``. Control tokens, such as ``<|im_end|>``, end a line and are dropped. Everything else
    goes through unchanged.

    Args:
        out: Called with each character.
    """

    def __init__(self, out: Callable[[str], None]) -> None:
        self._out = out
        self.forget()

    def forget(self) -> None:
        """Forget all that was read."""
        self._tag = ""  # perhaps the beginning of a tag or a token
        self._waits: _Known = ""  # a whole one, of which the next visible character tells whether it counts
        self._held = ""  # its text
        self._blanks = ""  # blanks after it
        self._fresh = True  # nothing but tags on the line so far
        self._open = ""  # name of the item's element, which is open
        self._last = "\n"

    def char(self, char: str) -> None:
        """Filter the next character."""
        if self._waits:
            if char in " \t\u00a0" and len(self._blanks) < _MAX_BLANKS:
                self._blanks += char
                return
            self._decide(char)
        if not self._tag:
            if char in "<[":
                self._tag = char
            else:
                self._put(char)
            return
        tag = self._tag + char
        if char in ">]" and (_TOKEN.fullmatch(tag) or _TAG.fullmatch(tag)):
            self._tag = ""
            self._whole(tag)
        elif self._may_go_on(tag):
            self._tag = tag
        else:
            self._pass_on()
            self.char(char)

    def close(self) -> None:
        """End the text: pass what was held on, unless it is a token that was cut off."""
        if self._waits:
            self._decide("\n")
        if _CUT_TOKEN.fullmatch(self._tag):
            self._tag = ""
        self._pass_on()

    def _may_go_on(self, tag: str) -> bool:
        if len(tag) > _MAX_HELD:
            return False
        if tag[0] == "[":
            return any(name.startswith(tag[1:].lstrip("/").upper()) for name in _BRACKETED)
        return bool(_TAG_BEGINS.fullmatch(tag) or _TOKEN_BEGINS.fullmatch(tag))

    def _pass_on(self) -> None:
        held, self._tag = self._tag, ""
        self._write(held)

    def _put(self, char: str) -> None:
        self._last = char
        if char in "\n\r":
            self._fresh = True
        elif not char.isspace():
            self._fresh = False
        self._out(char)

    def _write(self, text: str) -> None:
        for char in text:
            self._put(char)

    def _structure(self, text: str) -> None:
        """Write what stands for a tag, after which the line still is fresh."""
        self._write(text)
        self._fresh = True

    # Whole tags and tokens.

    def _whole(self, tag: str) -> None:
        if _TOKEN.fullmatch(tag):
            self._token(tag)
            return
        match = _TAG.fullmatch(tag)
        assert match is not None
        if self._last == "`":  # code: "Use `<br>` tags"
            self._write(tag)
            return
        name, closing = match["name"].lower(), bool(match["slash"])
        inside = self._fresh or bool(self._open)
        if name == "br":
            self._structure("\n") if self._fresh else self._wait("break", tag)
        elif name == "p" or _ITEM.fullmatch(name):
            self._element(tag, name, closing)
        elif name in _ASIDE and inside:
            self._structure("\n\n")
        elif name in _FRAME and inside:
            if not self._fresh or self._last not in "\n":
                self._structure("\n")
        else:
            self._write(tag)

    def _element(self, tag: str, name: str, closing: bool) -> None:
        if closing and (self._open or self._fresh):
            self._structure("\n")
            self._open = "" if name == self._open else self._open
        elif closing:
            self._wait("paragraph", tag)
        elif self._fresh or name == self._open:
            self._open = name
            heading = f"\n{'#' * int(name[1])} " if re.fullmatch(r"h[1-6]", name) else "\n- "
            self._structure("\n" if name == "p" else heading)
        else:
            self._wait("paragraph" if name == "p" else "item", tag)

    def _token(self, tag: str) -> None:
        if _MARK.fullmatch(tag):
            self._wait("mark", tag)
        elif tag.lower() == "<s>":
            return
        else:
            self._wait("token", tag)

    def _wait(self, known: _Known, tag: str) -> None:
        self._waits, self._held, self._blanks = known, tag, ""

    def _decide(self, following: str) -> None:
        """Decide by the visible character after a tag whether it counts or is part of a title."""
        known, held, blanks = self._waits, self._held, self._blanks
        self._waits, self._held, self._blanks = "", "", ""
        ends, spaced = following in "\n\r", self._last.isspace()
        item = following.isdigit() or following in "-*•・<#("
        match known:
            case "token":
                spoken_of = spaced and bool(blanks) and following.isalpha() and not self._fresh
                self._structure("" if spoken_of else "\n\n")
                return
            case "mark":
                counts = ends or not spaced
            case "break":
                counts = ends or item or not spaced
            case "paragraph":
                counts = item or (not spaced and ends and held[1] == "/")
            case _:
                counts = item or self._last in ":："
        if not counts:
            self._write(held + blanks)
        elif known == "item":
            self._open = _name(held)
            self._structure("\n- ")
        else:
            self._structure("\n" + blanks)


def _name(tag: str) -> str:
    match = _TAG.fullmatch(tag)
    return match["name"].lower() if match else ""
