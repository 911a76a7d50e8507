"""Word wrap of text that streams to a terminal.

A terminal breaks a line wherever its last column falls. Here it breaks between words, although the text comes
in pieces and nothing that is shown is taken back: far from the line's end every piece is shown at once, near
to it a word is held until it is whole, which takes about one token.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, get_character_cell_size

_LEAST_COLUMNS = 16  # in fewer, most words would be broken anyway
_LONGEST_WORD = 24  # columns before the line's end in which words are held
_START = 60  # characters of a line that tell what it is
_TAB = 8
_WIDE = 2
_JOINER = "\u200d"
_MARK = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+(?=\S)")
_INDENT = re.compile(r"\s*")
_FENCE = re.compile(r"\s*(?:`{3}|~{3})")
_VERBATIM = re.compile(r"\s*(?:\||`{3}|~{3})")
# Marks that do not begin or end a line in Chinese and Japanese, where lines break between most characters.
_NOT_FIRST = frozenset(
    "、。，．・：；？！ー〜…’”）〕］｝〉》」』】〗〙％‰々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
)
_NOT_LAST = frozenset("‘“（〔［｛〈《「『【〖〘")


class WordWrap:
    """Word wrap for one text, piece by piece.

    Further lines of a list item begin below its text. Lines of tables and code are left to the terminal, so
    that they can be copied.

    Args:
        width: The terminal's columns.
    """

    def __init__(self, width: int) -> None:
        self.resize(width)
        self._column = 0
        self._start = ""  # of the text's line, which may be several of the terminal's
        self._spaces = ""  # not shown yet: they vanish where a line is broken
        self._held = ""  # a word that is not shown yet
        self._held_cells = 0
        self._last = ""  # the last character of the word under way
        self._runs = False  # the word under way is shown as it comes
        self._in_code = False

    def resize(self, width: int) -> None:
        """Set the terminal's columns, which may change while the text streams."""
        self._columns = width - 1  # after a character in the last column, terminals differ in what comes next

    def feed(self, text: str) -> str:
        """Return what to write for the next piece.

        Args:
            text: The piece, without control characters except line ends and tabs.
        """
        return "".join(map(self._put, text))

    def finish(self) -> str:
        """Return what is still held, at the end of the text."""
        return self._end_word()

    def _put(self, char: str) -> str:
        if char == "\n":
            return self._end_line()
        if len(self._start) < _START:
            self._start += char
        if self._in_code or self._columns < _LEAST_COLUMNS or _VERBATIM.match(self._start):
            return self._end_word() + self._take_spaces() + char
        if char in " \t":
            shown = self._end_word()
            self._spaces += char
            return shown
        size = get_character_cell_size(char)
        shown = self._end_word() if self._may_break_before(char, size) else ""
        self._last = char
        return shown + self._put_visible(char, size)

    def _put_visible(self, char: str, size: int) -> str:
        """Show a character of a word, or hold it."""
        if self._runs:
            return self._show(char, size)
        if not self._held and self._next_column() + size <= self._columns - self._reserve():
            self._runs = True
            return self._take_spaces() + self._show(char, size)
        self._held += char
        self._held_cells += size
        if self._held_cells <= self._columns - self._margin():
            return ""
        shown = self._end_word()  # it is longer than a line
        self._runs = True
        return shown

    def _show(self, char: str, size: int) -> str:
        """Show a character of a word that is broken where the line ends."""
        lead = ""
        if size and self._column + size > self._columns:
            lead = self._new_line()
        self._column += size
        return lead + char

    def _end_word(self) -> str:
        """Show the word that is held, on the next line if it does not fit on this one."""
        word, cells = self._held, self._held_cells
        self._held, self._held_cells, self._runs, self._last = "", 0, False, ""
        if not word:
            return ""
        if self._next_column() + cells <= self._columns:
            shown = self._take_spaces() + word
            self._column += cells
            return shown
        self._spaces = ""
        lead = self._new_line() if self._column > self._margin() else self._take_spaces()
        return lead + "".join(self._show(char, get_character_cell_size(char)) for char in word)

    def _end_line(self) -> str:
        shown = self._end_word()
        if not self._start.strip():
            shown += self._take_spaces()
        if _FENCE.match(self._start):
            self._in_code = not self._in_code
        self._start = self._spaces = ""
        self._column = 0
        return shown + "\n"

    def _new_line(self) -> str:
        self._column = self._margin()
        return "\n" + " " * self._column

    def _take_spaces(self) -> str:
        self._column = self._next_column()
        spaces, self._spaces = self._spaces, ""
        return spaces

    def _next_column(self) -> int:
        """Return the column after the spaces and tabs that are not shown yet."""
        column = self._column
        for space in self._spaces:
            column += _TAB - column % _TAB if space == "\t" else 1
        return column

    def _may_break_before(self, char: str, size: int) -> bool:
        """Whether a line may break between the last character and this one without a space."""
        last = self._last
        if not last or not size or last == _JOINER:
            return False
        if last in "–—":
            return char.isalnum()
        wide = size == _WIDE or get_character_cell_size(last) == _WIDE
        return wide and char not in _NOT_FIRST and last not in _NOT_LAST

    def _reserve(self) -> int:
        return min(_LONGEST_WORD, self._columns // 2)

    def _margin(self) -> int:
        """Return where further lines begin: as far in as this line, or below the text of a list item."""
        lead = _MARK.match(self._start) or _INDENT.match(self._start)
        margin = cell_len(lead.group().expandtabs(_TAB)) if lead is not None else 0
        return margin if margin <= self._columns // 2 else 0
