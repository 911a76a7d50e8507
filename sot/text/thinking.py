"""Splitter of a completion into a reasoning model's thoughts and the text of its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from .held_text import HeldText
from .mark_reader import MarkReader, is_blank, is_tag
from .thinking_signs import Context
from .thought_marks import DROPPED_TOKENS, HARMONY, Mark

Stray = Literal["keep", "hold", "watch", "discard"]
_State = Literal["start", "inside", "header", "after", "text", "rest"]

MAX_HELD = 65_536
"""Characters of held text beyond which it is taken for thoughts."""

_MAX_HEADER = 200
_ANY = "any"  # the family of a block whose opening mark was not seen
_THOUGHT_CHANNELS = ("analysis", "commentary", "to=self", "to=functions")


class Discarded:
    """Signal in `ThoughtSplitter.parts` that all text before it was thoughts."""


DISCARDED = Discarded()
Parts = Iterator[str | Discarded]


class ThoughtSplitter:
    """Incremental splitter that drops blocks of thoughts from a streamed completion.

    Blocks in every form of `thought_marks` count at the start of the completion, several in a row, too; an
    answer that talks about the marks later keeps them. How the completion is cut into pieces makes no
    difference, and the time is proportional to its length.

    Args:
        inside: The completion begins inside a block, which the prompt opened.
        stray: What to do about thoughts that end in a closing mark which nothing opened. ``keep``: look for
            it only where no text has come. ``hold``: the model is known to think so: hold all text until the
            mark comes. ``watch``: hold the first `WATCHED` characters, and a text that begins as models think
            until the mark comes. ``discard``: hold nothing, look for blocks anywhere, and signal in `parts`
            that what came before the mark was thoughts.

    Attributes:
        thought: Thoughts that are not blank have come.
        bare: Thoughts ended in a closing mark that nothing opened.
        thought_chars: Characters of thoughts so far, without the marks around them.
    """

    def __init__(self, *, inside: bool = False, stray: Stray = "keep") -> None:
        self.thought = False
        self.bare = False
        self.thought_chars = 0
        self._stray: Stray = stray
        self._reader = MarkReader()
        self._context = Context()
        self._state: _State = "inside" if inside else "start"
        self._family = _ANY  # of the open block
        self._began = False  # something visible has come in the open block
        self._overflowed = False  # the open block is text of which too much was held
        self._wrapper = ""  # family of the marks around the answer
        self._held = HeldText()
        self._header: list[str] = []  # a message's header
        self._before_header: _State = "start"
        self._doubtful: Mark | None = None  # perhaps a closing mark: what follows tells
        self._text_chars = 0  # of text that may still turn out to be thoughts
        self._final = False

    @property
    def thinking(self) -> bool:
        """Whether the completion is inside a block right now."""
        return self._state == "inside"

    def feed(self, text: str) -> str:
        """Split the next delta; returns the part that belongs to the answer and can be shown."""
        return text if self._state == "rest" else _joined(self.parts(text))

    def close(self) -> str:
        """End the completion; returns what was held and is text after all."""
        return _joined(self.end())

    def parts(self, text: str) -> Parts:
        """Split the next delta into the parts of the answer, with `DISCARDED` between them."""
        self._reader.feed(text)
        yield from self._read()

    def end(self) -> Parts:
        """End the completion; yields what `parts` would."""
        self._final = True
        yield from self._read()
        if self._doubtful is not None:
            yield from self._settle(self._held.reads_like_thinking())
        if self._state == "header" and self._before_header in ("start", "text") and not self._context.blank:
            yield from self._no_header()
        if self._state in ("start", "text"):
            yield from self._release()
        self._state = "rest"

    def _read(self) -> Parts:
        while self._state != "rest":
            token = self._reader.read(
                words=self._state == "after" or (self._state == "start" and self._context.blank),
                dropped=self._may_lack_tokens(),
                final=self._final,
            )
            if token is None:
                return
            if self._doubtful is None:
                yield from self._take(token)
                continue
            yield from self._settle(isinstance(token, Mark) or token[0] == "\n" or token[0].isalnum())
            self._reader.unread(token if isinstance(token, str) else token.text)  # it reads otherwise now
        if rest := self._reader.rest():
            yield rest

    def _may_lack_tokens(self) -> bool:
        """Whether this may be a block of which the server dropped the special tokens."""
        if self._state == "inside":
            return self._family in (_ANY, DROPPED_TOKENS)
        if self._state == "after":
            return self._starts_again()
        return self._state == "start" and self._stray in ("hold", "watch")

    def _take(self, token: str | Mark) -> Parts:
        yield from self._take_text(token) if isinstance(token, str) else self._take_mark(token)

    def _take_text(self, token: str) -> Parts:
        match self._state:
            case "start":
                yield from self._start_text(token)
            case "inside":
                self._think(token)
            case "header":
                yield from self._header_text(token)
            case "after":
                yield from self._after_text(token)
            case "text" | "rest":
                yield from self._text(token)

    def _take_mark(self, token: Mark) -> Parts:
        match self._state:
            case "start":
                yield from self._start_mark(token)
            case "inside":
                self._inside_mark(token)
            case "header":
                yield from self._header_mark(token)
            case "after":
                self._after_mark(token)
            case "text" | "rest":
                yield from self._text_mark(token)

    # At the start, where text is held as long as it may be thoughts.

    def _start_text(self, text: str) -> Parts:
        self._context.add(text)
        decided = self._held.add(text)
        if self._context.blank:
            return
        watches = self._stray == "watch" and not (decided and not self._held.reads_like_thinking())
        if not watches and self._stray != "hold":
            yield from self._release()
        elif self._held.chars > MAX_HELD:
            self._overflowed = True
            self._drop_held()
            self._open(_ANY)

    def _start_mark(self, mark: Mark) -> Parts:
        if self._context.blank:
            if mark.kind in ("unwrap", "end", "message") or (mark.kind == "wrap" and is_tag(mark)):
                yield from self._start_text(mark.text)
                return
            if mark.kind == "header":
                self._begin_header(mark)
            elif mark.kind == "skip":
                self._held.labelled = not is_tag(mark)
            else:
                self._held.take()
                self._state = "after"
                self._after_mark(mark)
            return
        match self._sets_apart(mark):
            case None:
                self._doubtful = mark
            case False:
                self._context.add_mark(mark)
                yield from self._start_text(mark.text)
            case True:
                yield from self._set_apart(mark)

    def _set_apart(self, mark: Mark) -> Parts:
        """Take a mark that shows the text before it to be thoughts, or apart from them."""
        if mark.kind == "header":
            self._begin_header(mark)
            return
        if mark.kind == "open":
            if self._state == "start" and (self._stray == "hold" or self._held.reads_like_thinking()):
                self._drop_held()
            else:
                yield from self._held_text()
            self._open(mark.family)
            return
        yield from self._was_thinking()
        self._state = "after"
        self._after_mark(mark)

    def _was_thinking(self) -> Parts:
        """Take all text so far for thoughts."""
        if self._state == "text" or (self._state == "header" and self._before_header == "text"):
            self.thought_chars += self._text_chars
            self.thought = self.thought or self._text_chars > 0
            self._text_chars = 0
            self._held.take()
            self.bare = True
            yield DISCARDED
        elif self._drop_held():
            self.bare = True

    def _sets_apart(self, mark: Mark) -> bool | None:
        """Whether a mark after some text is one; ``None`` if what follows it has to tell."""
        if mark.kind in ("header", "final"):
            return self._context.sets_apart(mark) is not False
        if mark.kind == "wrap":
            return not is_tag(mark) and self._context.sets_apart(mark) is True
        if mark.kind not in ("open", "close"):
            return False
        return True if self._stray == "hold" and mark.kind == "close" else self._context.sets_apart(mark)

    def _settle(self, real: bool) -> Parts:
        """Decide about the doubtful mark."""
        mark, self._doubtful = self._doubtful, None
        assert mark is not None
        if real:
            yield from self._set_apart(mark)
            return
        self._context.add_mark(mark)
        yield from (self._start_text(mark.text) if self._state == "start" else self._show(mark.text))

    # Inside a block.

    def _open(self, family: str) -> None:
        self._state = "inside"
        self._family = family
        self._began = False

    def _think(self, text: str) -> None:
        self.thought_chars += len(text)
        if not self._began and not is_blank(text):
            self._began = self.thought = True

    def _inside_mark(self, mark: Mark) -> None:
        if self._ends_block(mark):
            self.bare = self.bare or self._overflowed
            self._overflowed = False
            if mark.kind == "header":
                self._begin_header(mark)
            else:
                self._state = "after"
                self._after_mark(mark)
        elif mark.kind != "open" or self._began:
            self._think(mark.text)

    def _ends_block(self, mark: Mark) -> bool:
        message = mark.kind in ("end", "header", "final")
        if self._family == _ANY:
            return mark.kind == "close" or message or (mark.kind == "wrap" and not is_tag(mark))
        if self._family in (HARMONY, DROPPED_TOKENS):
            return message
        return mark.kind == "close" and mark.family == self._family

    # In the header of a message.

    def _begin_header(self, mark: Mark) -> None:
        self._before_header = self._state
        self._state = "header"
        self._header = [mark.text]

    def _header_text(self, text: str) -> Parts:
        room = max(_MAX_HEADER - sum(map(len, self._header)), 0)
        line, newline, _ = text.partition("\n")
        taken = text[: min(len(line) + len(newline), room + 1)]
        self._header.append(taken)
        if newline or len(taken) > room:
            self._reader.unread(text[len(taken) :])
            yield from self._no_header()

    def _header_mark(self, mark: Mark) -> Parts:
        if mark.kind == "header":
            self._header.append(mark.text)
        elif mark.kind in ("message", "final") or (mark.kind, mark.family) == ("open", HARMONY):
            header = "".join(self._header)
            yield from self._was_thinking()
            if mark.kind == "open" or (
                mark.kind == "message" and any(name in header for name in _THOUGHT_CHANNELS)
            ):
                self._open(HARMONY)
            else:
                self._wrap(HARMONY)
        else:
            yield from self._no_header()
            yield from self._take(mark)

    def _no_header(self) -> Parts:
        self._state = self._before_header
        text = "".join(self._header)
        self._header = []
        yield from self._take(text)

    # After a block, where another may follow, or marks around the answer.

    def _wrap(self, family: str) -> None:
        self._state = "after"
        self._wrapper = family
        self._held.take()

    def _after_text(self, text: str) -> Parts:
        if is_blank(text):
            self._held.add(text)
            return
        if self._stray != "discard":
            self._held.take()
        if self._starts_again():
            self._state = "start"
            self._context = Context()
            yield from self._start_text(text)
            return
        self._state = "text"
        yield from self._text(text)

    def _starts_again(self) -> bool:
        """Return whether text after a block may be thoughts: an empty one stops few models from thinking."""
        return self._stray == "watch" and not self.thought and not self._wrapper

    def _after_mark(self, mark: Mark) -> None:
        match mark.kind:
            case "open":
                self._open(mark.family)
            case "wrap":
                self._wrap(mark.family)
            case "final":
                self._wrap(HARMONY if mark.family == HARMONY else "")
            case "header":
                self._begin_header(mark)
            case _:
                pass

    # In the text.

    def _text(self, text: str) -> Parts:
        self._context.add(text)
        if self._stray != "discard" and not self._wrapper:
            self._state = "rest"
        yield from self._show(text)

    def _show(self, text: str) -> Parts:
        shown = text.rstrip() if self._wrapper else text
        if shown:
            text_before = self._held.take()
            self._text_chars += len(text_before) + len(shown)
            yield text_before + shown
        if len(shown) < len(text):
            self._held.add(text[len(shown) :])  # dropped if it stands before the mark after the answer

    def _text_mark(self, mark: Mark) -> Parts:
        if self._wrapper and mark.kind in ("unwrap", "end") and mark.family == self._wrapper:
            self._held.take()
            self._wrapper = ""
            if mark.kind == "end":
                self._state = "after"
            elif self._stray != "discard":
                self._state = "rest"
            return
        apart = self._stray == "discard" and self._sets_apart(mark)
        if apart is None:
            self._doubtful = mark
        elif apart:
            yield from self._set_apart(mark)
        else:
            self._context.add_mark(mark)
            yield from self._show(mark.text)

    # Held text.

    def _release(self) -> Parts:
        """Take the held text for text, and all that follows, too, unless blocks count anywhere."""
        self._state = "text" if self._stray == "discard" else "rest"
        yield from self._held_text()

    def _held_text(self) -> Parts:
        if text := self._held.take():
            self._text_chars += len(text)
            yield text

    def _drop_held(self) -> bool:
        """Take the held text for thoughts; returns whether there was any."""
        text = self._held.take()
        self.thought_chars += len(text)
        visible = not is_blank(text)
        self.thought = self.thought or visible
        return visible


def _joined(parts: Iterable[str | Discarded]) -> str:
    """Join the parts of an answer after the last signal."""
    text: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
        else:
            text.clear()
    return "".join(text)


def text_after_thoughts(text: str) -> str:
    """Return the text of a whole completion without its thoughts, wherever in it they are."""
    splitter = ThoughtSplitter(stray="discard")
    return _joined([*splitter.parts(text), *splitter.end()]).lstrip()
